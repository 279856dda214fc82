//! Partita IVA, and codice fiscale of companies (`claims.md` §2.2).

use serde::{Deserialize, Serialize};

use crate::Refused;
use crate::text::{is_digits, text_identifier};

/// Partita IVA: 11 digits, the last one a check digit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PartitaIva(String);

text_identifier!(PartitaIva);

impl PartitaIva {
    pub(crate) fn check(text: &str) -> Result<(), Refused> {
        if !is_digits(text, 11) {
            return Err(Refused::new("partita IVA", "must be 11 digits"));
        }
        if text == "00000000000" {
            return Err(Refused::new("partita IVA", "is not given to anybody"));
        }
        if check_digit(text) != text.as_bytes()[10] {
            return Err(Refused::new(
                "partita IVA",
                "the check digit does not match",
            ));
        }
        Ok(())
    }
}

/// Check digit over the first ten digits: even positions doubled, minus 9 when above 9.
pub(crate) fn check_digit(digits: &str) -> u8 {
    let sum: u32 = digits
        .bytes()
        .take(10)
        .enumerate()
        .map(|(index, byte)| {
            let digit = u32::from(byte - b'0');
            match (index % 2, digit * 2) {
                (0, _) => digit,
                (_, doubled @ 10..) => doubled - 9,
                (_, doubled) => doubled,
            }
        })
        .sum();
    b'0' + u8::try_from((10 - sum % 10) % 10).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_examples_of_the_page() {
        for valid in [
            "12345678903",
            "01234567897",
            "07154400589",
            "00764352019",
            "80078150010",
        ] {
            assert!(valid.parse::<PartitaIva>().is_ok(), "{valid}");
        }
        for invalid in ["12345678901", "00000000000", "1234567890", "1234567890A"] {
            assert!(invalid.parse::<PartitaIva>().is_err(), "{invalid}");
        }
    }

    proptest! {
        #[test]
        fn a_single_wrong_digit_is_noticed(digits in "[0-9]{10}", place in 0_usize..10, digit in b'0'..=b'9') {
            let valid = format!("{digits}{}", char::from(check_digit(&digits)));
            let mut changed = valid.clone().into_bytes();
            changed[place] = digit;
            let changed: String = changed.into_iter().map(char::from).collect();
            prop_assume!(changed != valid && changed != "00000000000");
            prop_assert!(changed.parse::<PartitaIva>().is_err());
        }
    }
}
