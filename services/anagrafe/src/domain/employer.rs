//! Employer positions and production units as the anagrafe knows them.

use std::str::FromStr;

use chrono::NaiveDate;

/// An employer position (matricola). Values were parsed when they were imported and are kept as they print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Employer {
    /// Matricola.
    pub matricola: String,
    /// Codice fiscale of the firm or of its owner.
    pub codice_fiscale: String,
    /// Name.
    pub name: String,
    /// Codice statistico contributivo.
    pub csc: String,
    /// Authorisation codes.
    pub authorization_codes: Vec<String>,
    /// ATECO code.
    pub ateco: String,
    /// Edition of ATECO.
    pub ateco_version: String,
    /// Letter of art. 10, or `fis`.
    pub sector: String,
    /// Protection scheme, of the month for which the position was asked.
    pub protection_scheme: String,
    /// ISTAT province of the registered seat.
    pub seat_province_istat: String,
    /// Office where it is registered.
    pub registered_office: String,
    /// First day of activity.
    pub active_from: NaiveDate,
    /// Last day of activity.
    pub active_to: Option<NaiveDate>,
}

/// The protection scheme of an employer from a month on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemeFrom {
    /// Matricola.
    pub matricola: String,
    /// First day of the month.
    pub month: NaiveDate,
    /// Scheme.
    pub protection_scheme: String,
}

/// A production unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductionUnit {
    /// Matricola of the employer.
    pub matricola: String,
    /// Code within the matricola.
    pub code: i32,
    /// Name.
    pub name: String,
    /// Street and number.
    pub address: String,
    /// Belfiore code of the municipality.
    pub municipality_belfiore: String,
    /// ISTAT province.
    pub province_istat: String,
    /// Working days of a week, 5 or 6.
    pub working_days: i16,
    /// False for a building site that does not qualify.
    pub is_production_unit: bool,
    /// Competent office (CLM-5).
    pub competent_office: String,
    /// First day of activity.
    pub active_from: NaiveDate,
    /// Last day of activity.
    pub active_to: Option<NaiveDate>,
}

/// Sector of `limits.md` §12.1: the letter of art. 10 c. 1 D.Lgs. 148/2015 (`j` and `k` do not exist), or `fis`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sector(String);

/// Protection scheme of `claims.md` CLM-2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtectionScheme(String);

/// A value is not in its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be {0}")]
pub struct NotInList(&'static str);

impl FromStr for Sector {
    type Err = NotInList;

    fn from_str(text: &str) -> Result<Self, NotInList> {
        let letter = text.len() == 1
            && text
                .chars()
                .all(|one| ('a'..='o').contains(&one) && !"jk".contains(one));
        accept(
            letter || text == "fis",
            text,
            "a letter a to o without j and k, or fis",
        )
        .map(Self)
    }
}

impl FromStr for ProtectionScheme {
    type Err = NotInList;

    fn from_str(text: &str) -> Result<Self, NotInList> {
        let fixed = matches!(
            text,
            "CIGO" | "CIGO_CIGS" | "CIGS_FIS" | "FIS" | "CISOA" | "NONE"
        );
        let fund = text.strip_prefix("FUND:").is_some_and(|code| {
            (1..=16).contains(&code.len())
                && code
                    .bytes()
                    .all(|one| one.is_ascii_alphanumeric() || one == b'_')
        });
        accept(
            fixed || fund,
            text,
            "CIGO, CIGO_CIGS, CIGS_FIS, FIS, FUND:<code>, CISOA or NONE",
        )
        .map(Self)
    }
}

fn accept(good: bool, text: &str, rule: &'static str) -> Result<String, NotInList> {
    if good {
        Ok(text.to_owned())
    } else {
        Err(NotInList(rule))
    }
}

impl From<Sector> for String {
    fn from(value: Sector) -> Self {
        value.0
    }
}

impl From<ProtectionScheme> for String {
    fn from(value: ProtectionScheme) -> Self {
        value.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_letters_j_and_k_of_article_ten_do_not_exist() {
        for good in ["a", "i", "l", "o", "fis"] {
            assert!(good.parse::<Sector>().is_ok(), "{good}");
        }
        for bad in ["j", "k", "p", "A", "ab", ""] {
            assert!(bad.parse::<Sector>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_fund_is_named_by_its_code() {
        for good in ["CIGO", "CIGS_FIS", "FUND:FSBA", "NONE"] {
            assert!(good.parse::<ProtectionScheme>().is_ok(), "{good}");
        }
        for bad in ["FUND:", "FUND", "cigo", "FUND:A B"] {
            assert!(bad.parse::<ProtectionScheme>().is_err(), "{bad}");
        }
    }
}
