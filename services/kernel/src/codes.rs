//! Codes of employers, units, offices and places (`claims.md` §2.4, §2.5).

use serde::{Deserialize, Serialize};

use crate::Refused;
use crate::text::{is_digits, text_identifier};

/// Declares a code that is a fixed number of digits.
macro_rules! digits_code {
    ($(#[$doc:meta])* $name:ident, $length:literal, $what:literal, $rule:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        text_identifier!($name);

        impl $name {
            fn check(text: &str) -> Result<(), Refused> {
                if is_digits(text, $length) { Ok(()) } else { Err(Refused::new($what, $rule)) }
            }
        }
    };
}

digits_code!(
    /// Matricola INPS of an employer: 10 digits, unique in the country. The first two are historically a province; they
    /// are not checked (`claims.md` §2.4).
    Matricola, 10, "matricola", "must be 10 digits"
);
digits_code!(
    /// Codice statistico contributivo: 5 digits; the first is the sector.
    Csc, 5, "csc", "must be 5 digits"
);
digits_code!(
    /// Code of an INPS office, `PPSSAA`: province, direction, agency (`claims.md` §2.5). The tree of offices is master
    /// data, not derived from the digits.
    OfficeCode, 6, "office code", "must be 6 digits"
);
digits_code!(
    /// ISTAT code of a province: 3 digits.
    IstatProvince, 3, "ISTAT province", "must be 3 digits"
);

/// Declares a code of two digits that runs from 01 to a last one.
macro_rules! region_code {
    ($(#[$doc:meta])* $name:ident, $last:literal, $what:literal, $rule:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        text_identifier!($name);

        impl $name {
            fn check(text: &str) -> Result<(), Refused> {
                let known = is_digits(text, 2) && (1..=$last).contains(&crate::text::number(text));
                if known { Ok(()) } else { Err(Refused::new($what, $rule)) }
            }
        }
    };
}

region_code!(
    /// ISTAT code of a region: 01 Piemonte to 20 Sardegna (`claims.md` §2.5).
    IstatRegion, 20, "ISTAT region", "must be 01 to 20"
);
region_code!(
    /// Code of a region in the tax administration's table (DM 1986): 01 to 21, Trento and Bolzano apart.
    RegionDm1986, 21, "region (DM 1986)", "must be 01 to 21"
);

impl Csc {
    /// Sector: 1 industry, 2 public bodies, 4 crafts, 5 agriculture, 6 credit and insurance, 7 commerce.
    pub fn sector(&self) -> char {
        char::from(self.0.as_bytes()[0])
    }
}

impl OfficeCode {
    /// The first four digits, as protocol numbers and F24 use them.
    pub fn office4(&self) -> &str {
        &self.0[..4]
    }
}

/// Codice di autorizzazione of an employer: one digit and one letter, such as `1S`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AuthorizationCode(String);

text_identifier!(AuthorizationCode);

impl AuthorizationCode {
    fn check(text: &str) -> Result<(), Refused> {
        match text.as_bytes() {
            [digit, letter] if digit.is_ascii_digit() && letter.is_ascii_uppercase() => Ok(()),
            _ => Err(Refused::new(
                "authorisation code",
                "must be one digit and one letter",
            )),
        }
    }
}

/// Belfiore code of a municipality or country: one letter and three digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Belfiore(String);

text_identifier!(Belfiore);

impl Belfiore {
    fn check(text: &str) -> Result<(), Refused> {
        match text.as_bytes() {
            [letter, digits @ ..]
                if letter.is_ascii_uppercase()
                    && digits.len() == 3
                    && digits.iter().all(u8::is_ascii_digit) =>
            {
                Ok(())
            }
            _ => Err(Refused::new(
                "Belfiore code",
                "must be one letter and three digits",
            )),
        }
    }
}

/// ATECO code, `NN.NN.NN`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Ateco(String);

text_identifier!(Ateco);

impl Ateco {
    fn check(text: &str) -> Result<(), Refused> {
        let shaped = text.len() == 8
            && text.bytes().enumerate().all(|(place, byte)| match place {
                2 | 5 => byte == b'.',
                _ => byte.is_ascii_digit(),
            });
        if shaped {
            Ok(())
        } else {
            Err(Refused::new("ATECO code", "must have the form NN.NN.NN"))
        }
    }
}

/// Edition of the ATECO classification. ATECO 2025 is in force from 1/1/2025.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AtecoVersion {
    /// ATECO 2007.
    #[serde(rename = "ATECO_2007")]
    Ateco2007,
    /// ATECO 2025.
    #[serde(rename = "ATECO_2025")]
    Ateco2025,
}

impl AtecoVersion {
    /// `ATECO_2007` or `ATECO_2025`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ateco2007 => "ATECO_2007",
            Self::Ateco2025 => "ATECO_2025",
        }
    }
}

impl std::fmt::Display for AtecoVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for AtecoVersion {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        [Self::Ateco2007, Self::Ateco2025]
            .into_iter()
            .find(|version| version.as_str() == text.trim())
            .ok_or(Refused::new(
                "ATECO version",
                "must be ATECO_2007 or ATECO_2025",
            ))
    }
}

/// Code of a production unit within its matricola: 0 to 99999; 0 is the registered seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct ProductionUnitCode(u32);

impl ProductionUnitCode {
    /// The number.
    pub fn get(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for ProductionUnitCode {
    type Error = Refused;

    fn try_from(code: u32) -> Result<Self, Refused> {
        if code <= 99_999 {
            Ok(Self(code))
        } else {
            Err(Refused::new("production unit", "must be 0 to 99999"))
        }
    }
}

impl From<ProductionUnitCode> for u32 {
    fn from(code: ProductionUnitCode) -> Self {
        code.0
    }
}

impl std::fmt::Display for ProductionUnitCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for ProductionUnitCode {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        let text = text.trim();
        if (1..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()) {
            Self::try_from(crate::text::number(text))
        } else {
            Err(Refused::new("production unit", "must be 0 to 99999"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_code_takes_its_own_form_and_no_other() {
        assert!("4900000001".parse::<Matricola>().is_ok());
        assert!("490000000".parse::<Matricola>().is_err());
        assert_eq!("10603".parse::<Csc>().unwrap().sector(), '1');
        assert!("1060A".parse::<Csc>().is_err());
        assert_eq!("490100".parse::<OfficeCode>().unwrap().office4(), "4901");
        assert!("4900".parse::<OfficeCode>().is_err());
        assert!("1s".parse::<AuthorizationCode>().is_ok());
        assert!("S1".parse::<AuthorizationCode>().is_err());
        assert!("25.11.00".parse::<Ateco>().is_ok());
        assert!("251100".parse::<Ateco>().is_err());
        assert!("F205".parse::<Belfiore>().is_ok());
        assert!("F2055".parse::<Belfiore>().is_err());
        assert!("20".parse::<IstatRegion>().is_ok() && "21".parse::<RegionDm1986>().is_ok());
        assert!("00".parse::<IstatRegion>().is_err() && "21".parse::<IstatRegion>().is_err());
        assert_eq!("99999".parse::<ProductionUnitCode>().unwrap().get(), 99_999);
        assert!(ProductionUnitCode::try_from(100_000).is_err());
        assert!("-1".parse::<ProductionUnitCode>().is_err());
    }

    proptest! {
        #[test]
        fn what_parses_prints_back_the_same(text in "[0-9A-Z.]{0,11}") {
            fn round_trip<T: std::str::FromStr + ToString + PartialEq + std::fmt::Debug>(text: &str) {
                if let Ok(value) = text.parse::<T>() {
                    assert_eq!(value.to_string().parse::<T>().ok(), Some(value));
                }
            }
            round_trip::<Matricola>(&text);
            round_trip::<Csc>(&text);
            round_trip::<OfficeCode>(&text);
            round_trip::<AuthorizationCode>(&text);
            round_trip::<Belfiore>(&text);
            round_trip::<Ateco>(&text);
            round_trip::<ProductionUnitCode>(&text);
        }
    }
}
