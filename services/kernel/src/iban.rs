//! IBAN: ISO 13616, with the CIN of Italian accounts (`claims.md` §2.3).

use serde::{Deserialize, Serialize};

use crate::Refused;
use crate::check_letter::check_letter;
use crate::text::{redacted_debug, text_identifier};

/// Countries of the SEPA scheme and the lengths of their IBANs.
const SEPA: [(&str, usize); 42] = [
    ("AD", 24),
    ("AL", 28),
    ("AT", 20),
    ("BE", 16),
    ("BG", 22),
    ("CH", 21),
    ("CY", 28),
    ("CZ", 24),
    ("DE", 22),
    ("DK", 18),
    ("EE", 20),
    ("ES", 24),
    ("FI", 18),
    ("FR", 27),
    ("GB", 22),
    ("GI", 23),
    ("GR", 27),
    ("HR", 21),
    ("HU", 28),
    ("IE", 22),
    ("IS", 26),
    ("IT", 27),
    ("LI", 21),
    ("LT", 20),
    ("LU", 20),
    ("LV", 21),
    ("MC", 27),
    ("MD", 24),
    ("ME", 22),
    ("MK", 19),
    ("MT", 31),
    ("NL", 18),
    ("NO", 15),
    ("PL", 28),
    ("PT", 25),
    ("RO", 24),
    ("RS", 22),
    ("SE", 24),
    ("SI", 19),
    ("SK", 24),
    ("SM", 27),
    ("VA", 22),
];

/// International bank account number of a SEPA country.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Iban(String);

text_identifier!(Iban);
redacted_debug!(Iban);

impl Iban {
    fn check(text: &str) -> Result<(), Refused> {
        if !text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
        {
            return Err(refused("must be letters and digits only"));
        }
        let length = SEPA
            .iter()
            .find(|(country, _)| text.starts_with(country))
            .map(|(_, length)| *length);
        let length = length.ok_or(refused("must begin with a country of the SEPA scheme"))?;
        if text.len() != length {
            return Err(refused("does not have the length of its country"));
        }
        if !text.as_bytes()[2..4].iter().all(u8::is_ascii_digit) || remainder(text) != 1 {
            return Err(refused("the check digits do not match"));
        }
        if text.starts_with("IT") {
            check_italian(text)
        } else {
            Ok(())
        }
    }

    /// The last four characters, the others starred: for people who must recognise it.
    pub fn masked(&self) -> String {
        let hidden = self.0.len() - 4;
        format!("{}{}", "*".repeat(hidden), &self.0[hidden..])
    }
}

/// ISO 7064 mod 97-10, with the first four characters moved to the end and letters as 10…35.
fn remainder(text: &str) -> u32 {
    text.bytes()
        .cycle()
        .skip(4)
        .take(text.len())
        .fold(0, |sum, byte| match byte {
            b'0'..=b'9' => (sum * 10 + u32::from(byte - b'0')) % 97,
            _ => (sum * 100 + u32::from(byte - b'A') + 10) % 97,
        })
}

/// CIN, ABI, CAB, account.
fn check_italian(text: &str) -> Result<(), Refused> {
    if !text.as_bytes()[5..15].iter().all(u8::is_ascii_digit) {
        return Err(refused("ABI and CAB must be ten digits"));
    }
    if check_letter(&text[5..]) == Some(text.as_bytes()[4]) {
        Ok(())
    } else {
        Err(refused("the CIN does not match"))
    }
}

const fn refused(rule: &'static str) -> Refused {
    Refused::new("IBAN", rule)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_examples_of_the_page() {
        for valid in [
            "IT60X0542811101000000123456",
            "IT98Q0306903200100000012345",
            "IT26Z0200805181000400567890",
        ] {
            assert!(valid.parse::<Iban>().is_ok(), "{valid}");
        }
        for invalid in [
            "IT61X0542811101000000123456",
            "C0893X0542811101000000123456",
            "IT60X054281110100000012345",
        ] {
            assert!(invalid.parse::<Iban>().is_err(), "{invalid}");
        }
    }

    #[test]
    fn the_account_of_another_sepa_country_is_taken_on_length_and_remainder() {
        assert!("DE89370400440532013000".parse::<Iban>().is_ok());
        assert!("VA59001123000012345678".parse::<Iban>().is_ok());
        assert!("DE8937040044053201300".parse::<Iban>().is_err());
        assert!("BR1500000000000010932840814P2".parse::<Iban>().is_err());
    }

    #[test]
    fn only_the_last_four_characters_are_shown() {
        let iban: Iban = "IT60X0542811101000000123456".parse().unwrap();
        assert_eq!(iban.masked(), "***********************3456");
        assert_eq!(format!("{iban:?}"), "Iban(***)");
    }

    proptest! {
        #[test]
        fn a_single_wrong_character_is_noticed(place in 0_usize..27, byte in prop_oneof![b'0'..=b'9', b'A'..=b'Z']) {
            let valid = "IT60X0542811101000000123456";
            let mut changed = valid.as_bytes().to_vec();
            changed[place] = byte;
            let changed: String = changed.into_iter().map(char::from).collect();
            prop_assert_eq!(changed.parse::<Iban>().is_ok(), changed == valid);
        }

        #[test]
        fn any_text_is_parsed_or_refused(text in "\\PC{0,40}") {
            let _ = text.parse::<Iban>();
        }
    }
}
