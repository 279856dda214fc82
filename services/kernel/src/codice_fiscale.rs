//! Codice fiscale of persons (`claims.md` §2.1) and of firms.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::check_letter::check_letter;
use crate::text::{is_digits, number, redacted_debug, text_identifier};
use crate::{PartitaIva, Refused};

/// Letters that stand for the digits 0–9 in omocodia.
const OMOCODIA: &[u8; 10] = b"LMNPQRSTUV";
/// Letters of the months, January first.
const MONTHS: &[u8; 12] = b"ABCDEHLMPRST";
/// Places where a digit stands, from 0.
const DIGIT_PLACES: [usize; 7] = [6, 7, 9, 10, 12, 13, 14];

/// Codice fiscale of a person: 16 characters, or a provisional code of 11 digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CodiceFiscale(String);

text_identifier!(CodiceFiscale);
redacted_debug!(CodiceFiscale);

/// Sex as the code states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sex {
    /// Day of birth 1–31.
    Male,
    /// Day of birth 41–71.
    Female,
}

impl CodiceFiscale {
    fn check(text: &str) -> Result<(), Refused> {
        match text.len() {
            11 => check_provisional(text),
            16 => check_personal(text),
            _ => Err(refused(
                "must have 16 characters, or 11 digits when provisional",
            )),
        }
    }

    /// Whether it is a provisional code of 11 digits.
    pub fn is_provisional(&self) -> bool {
        self.0.len() == 11
    }

    /// Sex; `None` for a provisional code.
    pub fn sex(&self) -> Option<Sex> {
        let day = number(self.personal_body()?.get(9..11)?);
        Some(if day > 40 { Sex::Female } else { Sex::Male })
    }

    /// Date of birth; the century is the latest that does not lie after `reference`. `None` for a provisional code.
    pub fn birth_date(&self, reference: NaiveDate) -> Option<NaiveDate> {
        let body = self.personal_body()?;
        let year = number(&body[6..8]).cast_signed();
        let century = reference.year() / 100 * 100;
        [century, century - 100, century - 200]
            .into_iter()
            .filter_map(|century| birth_date_in(&body, century + year))
            .find(|day| *day <= reference)
    }

    /// Belfiore code of the place of birth; `None` for a provisional code.
    pub fn birthplace(&self) -> Option<String> {
        self.personal_body().map(|body| body[11..15].to_owned())
    }

    fn personal_body(&self) -> Option<String> {
        (!self.is_provisional()).then(|| without_omocodia(&self.0[..15]))
    }
}

fn check_provisional(text: &str) -> Result<(), Refused> {
    if is_digits(text, 11)
        && text != "00000000000"
        && crate::partita_iva::check_digit(text) == text.as_bytes()[10]
    {
        Ok(())
    } else {
        Err(refused(
            "a provisional code is 11 digits with a matching check digit",
        ))
    }
}

fn check_personal(text: &str) -> Result<(), Refused> {
    if !has_shape(text.as_bytes()) {
        return Err(refused(
            "must be six letters, year, month letter, day, place of birth and check letter",
        ));
    }
    if check_letter(&text[..15]) != Some(text.as_bytes()[15]) {
        return Err(refused("the check letter does not match"));
    }
    let body = without_omocodia(&text[..15]);
    let year = number(&body[6..8]).cast_signed();
    // A day that exists in either century: 29 February 1900 did not, 29 February 2000 did.
    if birth_date_in(&body, 1900 + year)
        .or(birth_date_in(&body, 2000 + year))
        .is_none()
    {
        return Err(refused("the date of birth does not exist"));
    }
    Ok(())
}

fn has_shape(text: &[u8]) -> bool {
    text.iter().enumerate().all(|(place, byte)| match place {
        _ if DIGIT_PLACES.contains(&place) => byte.is_ascii_digit() || OMOCODIA.contains(byte),
        8 => MONTHS.contains(byte),
        _ => byte.is_ascii_uppercase(),
    })
}

fn without_omocodia(body: &str) -> String {
    let mut bytes = body.as_bytes().to_vec();
    for place in DIGIT_PLACES {
        if let Some(digit) = OMOCODIA.iter().position(|letter| *letter == bytes[place]) {
            bytes[place] = b'0' + u8::try_from(digit).unwrap_or(0);
        }
    }
    bytes.into_iter().map(char::from).collect()
}

fn birth_date_in(body: &str, year: i32) -> Option<NaiveDate> {
    let letter = body.as_bytes()[8];
    let month = MONTHS.iter().position(|month| *month == letter)? + 1;
    let day = match number(&body[9..11]) {
        day @ 1..=31 => day,
        day @ 41..=71 => day - 40,
        _ => return None,
    };
    NaiveDate::from_ymd_opt(year, u32::try_from(month).ok()?, day)
}

const fn refused(rule: &'static str) -> Refused {
    Refused::new("codice fiscale", rule)
}

/// Codice fiscale of an employer: that of a firm (11 digits) or of the person who is the firm.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmployerCode(String);

text_identifier!(EmployerCode);
redacted_debug!(EmployerCode);

impl EmployerCode {
    fn check(text: &str) -> Result<(), Refused> {
        if text.len() == 16 {
            CodiceFiscale::check(text)
        } else {
            PartitaIva::check(text)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Result<CodiceFiscale, Refused> {
        text.parse()
    }

    #[test]
    fn the_examples_of_the_page_are_well_formed() {
        for code in [
            "RSSMRA80A01H501U",
            "BNCLRA85D45F205E",
            "VRDGPP70M10F839N",
            "NREPLA92T50L219Q",
            "GLLMRC78C12A662K",
            "RSSMRA80A01H50MM",
        ] {
            assert_eq!(parse(code).unwrap().as_str(), code);
        }
    }

    #[test]
    fn a_wrong_check_letter_is_refused_without_repeating_the_code() {
        for code in ["RSSMRA80A01H501V", "RSSMRA65F63H501Y"] {
            let error = parse(code).unwrap_err().to_string();
            assert!(!error.contains(code), "{error}");
        }
    }

    #[test]
    fn a_day_that_does_not_exist_is_refused() {
        for body in [
            "RSSMRA80B30H501",
            "RSSMRA80A00H501",
            "RSSMRA80A72H501",
            "RSSMRA81B29H501",
        ] {
            let code = format!("{body}{}", char::from(check_letter(body).unwrap()));
            assert_eq!(
                parse(&code).unwrap_err().rule(),
                "the date of birth does not exist"
            );
        }
    }

    #[test]
    fn a_code_of_omocodia_is_valid_and_another_one() {
        let digits = parse("RSSMRA80A01H501U").unwrap();
        let letters = parse("RSSMRA80A01H50MM").unwrap();
        assert_ne!(letters, digits, "they are two persons");
        let today = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
        assert_eq!(letters.birth_date(today), digits.birth_date(today));
        assert_eq!(letters.birthplace(), digits.birthplace());
    }

    #[test]
    fn the_code_tells_birth_sex_and_place() {
        let today = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
        let laura = parse(" bnclra85d45f205e ").unwrap();
        assert_eq!(laura.birth_date(today), NaiveDate::from_ymd_opt(1985, 4, 5));
        assert_eq!(
            (laura.sex(), laura.birthplace().as_deref()),
            (Some(Sex::Female), Some("F205"))
        );
    }

    #[test]
    fn a_provisional_code_is_eleven_digits_with_a_check_digit() {
        assert!(parse("12345678903").unwrap().is_provisional());
        assert!(parse("12345678901").is_err());
        assert!(parse("00000000000").is_err());
    }

    #[test]
    fn it_never_prints_itself_when_debugged() {
        assert_eq!(
            format!("{:?}", parse("RSSMRA80A01H501U").unwrap()),
            "CodiceFiscale(***)"
        );
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused_and_what_parses_prints_back(text in "\\PC{0,20}") {
            if let Ok(code) = parse(&text) {
                prop_assert_eq!(parse(&code.to_string()).unwrap(), code);
            }
        }

        #[test]
        fn another_letter_in_the_name_is_noticed(place in 0_usize..6, letter in b'A'..=b'Z') {
            let code = "RSSMRA80A01H501U";
            let mut changed = code.as_bytes().to_vec();
            changed[place] = letter;
            let changed: String = changed.into_iter().map(char::from).collect();
            prop_assert_eq!(parse(&changed).is_ok(), changed == code);
        }
    }
}
