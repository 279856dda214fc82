//! Numbers that the platform issues: protocol, authorisation, ticket (`claims.md` §2.4, IDF-1 to IDF-3).

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::text::{is_digits, number, text_identifier};
use crate::{OfficeCode, Refused};

/// Protocol number, `INPS.<office4>.<DD/MM/YYYY>.<7 digits>` (IDF-1). Ordered by office, then as it was given out.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProtocolNumber(String);

text_identifier!(ProtocolNumber);

impl ProtocolNumber {
    /// The number of an office, a day in Rome and a progressive, 1 to 9 999 999.
    pub fn new(office: &OfficeCode, day: NaiveDate, progressive: u32) -> Result<Self, Refused> {
        let text = format!(
            "INPS.{}.{}.{progressive:07}",
            office.office4(),
            day.format("%d/%m/%Y")
        );
        Self::check(&text)?;
        Ok(Self(text))
    }

    fn check(text: &str) -> Result<(), Refused> {
        let parts: Vec<&str> = text.split('.').collect();
        let [head, office, day, progressive] = parts[..] else {
            return Err(refused_protocol(
                "must have the form INPS.NNNN.DD/MM/YYYY.NNNNNNN",
            ));
        };
        if head != "INPS" || !is_digits(office, 4) || !is_digits(progressive, 7) {
            return Err(refused_protocol(
                "must have the form INPS.NNNN.DD/MM/YYYY.NNNNNNN",
            ));
        }
        if progressive == "0000000" {
            return Err(refused_protocol("the progressive starts at 0000001"));
        }
        parse_day(day)
            .map(|_| ())
            .ok_or(refused_protocol("the day does not exist"))
    }

    /// First four digits of the office code.
    pub fn office4(&self) -> &str {
        &self.0[5..9]
    }

    /// Day of the protocol, in Rome.
    pub fn day(&self) -> NaiveDate {
        parse_day(&self.0[10..20]).unwrap_or_default()
    }

    /// Progressive within the office and the year.
    pub fn progressive(&self) -> u32 {
        number(&self.0[21..])
    }
}

impl Ord for ProtocolNumber {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let key = |number: &Self| (number.day().year(), number.progressive(), number.day());
        self.office4()
            .cmp(other.office4())
            .then_with(|| key(self).cmp(&key(other)))
    }
}

impl PartialOrd for ProtocolNumber {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

fn parse_day(text: &str) -> Option<NaiveDate> {
    let shaped = text.len() == 10
        && text.bytes().enumerate().all(|(place, byte)| match place {
            2 | 5 => byte == b'/',
            _ => byte.is_ascii_digit(),
        });
    shaped.then(|| {
        NaiveDate::from_ymd_opt(
            number(&text[6..]).cast_signed(),
            number(&text[3..5]),
            number(&text[..2]),
        )
    })?
}

const fn refused_protocol(rule: &'static str) -> Refused {
    Refused::new("protocol number", rule)
}

/// Number of an authorisation: `office4`, two digits of the year, six of a progressive (IDF-2).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AuthorizationNumber(String);

text_identifier!(AuthorizationNumber);

impl AuthorizationNumber {
    /// The number of an office, the year of a day in Rome, and a progressive, 1 to 999 999.
    pub fn new(office: &OfficeCode, day: NaiveDate, progressive: u32) -> Result<Self, Refused> {
        if progressive == 0 {
            return Err(Refused::new(
                "authorisation number",
                "the progressive starts at 000001",
            ));
        }
        let text = format!(
            "{}{:02}{progressive:06}",
            office.office4(),
            day.year().rem_euclid(100)
        );
        Self::check(&text)?;
        Ok(Self(text))
    }

    fn check(text: &str) -> Result<(), Refused> {
        if is_digits(text, 12) {
            Ok(())
        } else {
            Err(Refused::new("authorisation number", "must be 12 digits"))
        }
    }
}

/// Ticket of one period of suspension: 16 upper-case alphanumerics (IDF-3).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Ticket(String);

text_identifier!(Ticket);

impl Ticket {
    fn check(text: &str) -> Result<(), Refused> {
        let shaped = text.len() == 16
            && text
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
        if shaped {
            Ok(())
        } else {
            Err(Refused::new("ticket", "must be 16 letters and digits"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn milano() -> OfficeCode {
        "490000".parse().unwrap()
    }

    #[test]
    fn a_protocol_number_reads_back_into_its_parts() {
        let number: ProtocolNumber = "INPS.4900.21/09/2026.0000042".parse().unwrap();
        assert_eq!(number.office4(), "4900");
        assert_eq!(number.day(), NaiveDate::from_ymd_opt(2026, 9, 21).unwrap());
        assert_eq!(number.progressive(), 42);
        assert_eq!(
            ProtocolNumber::new(&milano(), number.day(), 42).unwrap(),
            number
        );
    }

    #[test]
    fn a_protocol_number_out_of_form_is_refused() {
        for text in [
            "INPS.4900.21/09/2026.42",
            "INPS.4900.31/02/2026.0000001",
            "INPS.4900.21/09/2026.0000000",
            "INPS.490000.21/09/2026.0000001",
            "X.4900.21/09/2026.0000001",
            "INPS.4900.21/09/2026.0000001.1",
        ] {
            assert!(text.parse::<ProtocolNumber>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_numbers_of_a_register_sort_as_they_were_given_out() {
        let number = |text: &str| text.parse::<ProtocolNumber>().unwrap();
        assert!(number("INPS.4900.21/01/2026.0000001") < number("INPS.4900.03/02/2026.0000002"));
    }

    #[test]
    fn an_authorisation_number_carries_office_and_year() {
        let day = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
        assert_eq!(
            AuthorizationNumber::new(&milano(), day, 7)
                .unwrap()
                .as_str(),
            "490026000007"
        );
        assert!(AuthorizationNumber::new(&milano(), day, 1_000_000).is_err());
        assert!(AuthorizationNumber::new(&milano(), day, 0).is_err());
    }

    proptest! {
        #[test]
        fn any_parts_make_a_number_that_parses(office in "[0-9]{6}", offset in 0_i64..36_500, progressive in 1_u32..10_000_000) {
            let day = NaiveDate::from_ymd_opt(2000, 1, 1).unwrap() + chrono::TimeDelta::days(offset);
            let number = ProtocolNumber::new(&office.parse().unwrap(), day, progressive).unwrap();
            prop_assert_eq!(number.to_string().parse::<ProtocolNumber>().unwrap(), number.clone());
            prop_assert_eq!((number.day(), number.progressive()), (day, progressive));
        }

        #[test]
        fn any_text_is_parsed_or_refused(text in "\\PC{0,40}") {
            let _ = (text.parse::<ProtocolNumber>(), text.parse::<AuthorizationNumber>(), text.parse::<Ticket>());
        }
    }
}
