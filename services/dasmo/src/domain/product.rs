//! The instruments that claims ask for.

use std::fmt;
use std::str::FromStr;

/// The instrument asked for (`claims.md` §4.2). Printed and parsed as the page spells it, such as `CIGO`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Product {
    /// Assegno di integrazione salariale of the FIS.
    AisFis,
    /// Assegno di integrazione salariale of a bilateral fund.
    AisFund,
    /// In deroga.
    Cigd,
    /// In deroga plurilocalizzata, a product of its own (`claims.md` DAS-4).
    CigdMulti,
    /// Cassa integrazione guadagni ordinaria.
    Cigo,
    /// Cassa integrazione guadagni straordinaria.
    Cigs,
    /// Cassa integrazione speciale operai agricoli.
    Cisoa,
}

impl Product {
    /// Every product, ordered by code.
    pub const ALL: [Self; 7] = [
        Self::AisFis,
        Self::AisFund,
        Self::Cigd,
        Self::CigdMulti,
        Self::Cigo,
        Self::Cigs,
        Self::Cisoa,
    ];

    /// The code, such as `CIGO`.
    pub fn code(self) -> &'static str {
        match self {
            Self::AisFis => "AIS_FIS",
            Self::AisFund => "AIS_FUND",
            Self::Cigd => "CIGD",
            Self::CigdMulti => "CIGD_MULTI",
            Self::Cigo => "CIGO",
            Self::Cigs => "CIGS",
            Self::Cisoa => "CISOA",
        }
    }
}

impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Product {
    type Err = UnknownProduct;

    fn from_str(code: &str) -> Result<Self, UnknownProduct> {
        Self::ALL
            .into_iter()
            .find(|product| product.code() == code)
            .ok_or(UnknownProduct)
    }
}

/// The text is not the code of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a product of claims.md §4.2, such as CIGO")]
pub struct UnknownProduct;
