//! Finds personal identifiers in text. The tests of the platform read its logs and traces with it: a codice fiscale
//! there is a defect.

use kernel::{CodiceFiscale, Iban};

/// Length of an Italian IBAN.
const IBAN_LENGTH: usize = 27;

/// Whether a text holds a codice fiscale of a person (with a right control character) or an Italian IBAN (with right
/// check digits, also in groups of four).
pub fn contains_personal_identifier(text: &str) -> bool {
    words(text).any(is_codice_fiscale) || iban_starts(text).any(is_iban)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_ascii_alphanumeric())
}

fn is_codice_fiscale(word: &str) -> bool {
    word.len() == 16 && word.to_ascii_uppercase().parse::<CodiceFiscale>().is_ok()
}

/// The rests of the text that begin with the word `IT…`.
fn iban_starts(text: &str) -> impl Iterator<Item = &str> {
    let starts_word =
        |at: usize| !text[..at].ends_with(|letter: char| letter.is_ascii_alphanumeric());
    text.match_indices("IT")
        .filter(move |(at, _)| starts_word(*at))
        .map(|(at, _)| &text[at..])
}

fn is_iban(rest: &str) -> bool {
    let grouped = rest
        .chars()
        .take_while(|letter| letter.is_ascii_alphanumeric() || *letter == ' ');
    let compact: String = grouped
        .filter(|letter| *letter != ' ')
        .take(IBAN_LENGTH)
        .collect();
    compact.len() == IBAN_LENGTH && compact.parse::<Iban>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::contains_personal_identifier as found;

    #[test]
    fn a_codice_fiscale_is_found_wherever_it_stands() {
        for text in [
            "RSSMRA85T10A562S",
            "sub=TINIT-RSSMRA85T10A562S;",
            "{\"cf\":\"rssmra85t10a562s\"}",
        ] {
            assert!(found(text), "{text}");
        }
    }

    #[test]
    fn a_codice_fiscale_with_a_wrong_control_character_is_only_a_word() {
        assert!(!found("RSSMRA85T10A562T"));
    }

    #[test]
    fn an_iban_is_found_also_in_groups() {
        assert!(found("pagare su IT60X0542811101000000123456 domani"));
        assert!(found("pagare su IT60 X054 2811 1010 0000 0123 456 domani"));
        assert!(!found("pagare su IT61X0542811101000000123456 domani"));
    }

    #[test]
    fn trace_ids_uuids_and_matricole_are_not_personal_identifiers() {
        for text in [
            "4bf92f3577b34da6a3ce929d0e0e4736",
            "0190f3c2-7d8e-7abc-8def-0123456789ab",
            "4901234567",
            "",
        ] {
            assert!(!found(text), "{text}");
        }
    }
}
