//! What a cell is about: where, what, and by which characteristic the figures are cut (`claims.md` DAS-3).

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};
use kernel::OfficeCode;

use super::Product;

/// Whose figures a cell holds. Printed and parsed as `490000`, `R03`, `IT`: the three cannot be taken for each other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// One office.
    Office(OfficeCode),
    /// All offices of a region, by its ISTAT code.
    Region(String),
    /// All offices.
    Italy,
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Office(office) => f.write_str(office.as_str()),
            Self::Region(region) => write!(f, "R{region}"),
            Self::Italy => f.write_str("IT"),
        }
    }
}

impl FromStr for Unit {
    type Err = UnknownUnit;

    fn from_str(text: &str) -> Result<Self, UnknownUnit> {
        match (text, text.strip_prefix('R')) {
            ("IT", _) => Ok(Self::Italy),
            (_, Some(region)) => Ok(Self::Region(region.to_owned())),
            (office, None) => office.parse().map(Self::Office).map_err(|_| UnknownUnit),
        }
    }
}

/// The text names no unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an office, a region or Italy")]
pub struct UnknownUnit;

/// Half of the dashboard (`claims.md` DAS-4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Section {
    /// Claims with a COVID-19 reason (`claims.md` §5).
    Covid,
    /// All others.
    Ordinary,
}

impl Section {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Covid, Self::Ordinary];

    /// The section of a reason: those of `claims.md` §5.2 say so in their name.
    pub fn of(causale: &str) -> Self {
        if causale.starts_with("COVID19_") {
            Self::Covid
        } else {
            Self::Ordinary
        }
    }

    /// The code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Covid => "COVID",
            Self::Ordinary => "ORDINARY",
        }
    }
}

impl FromStr for Section {
    type Err = UnknownSection;

    fn from_str(code: &str) -> Result<Self, UnknownSection> {
        [Self::Covid, Self::Ordinary]
            .into_iter()
            .find(|section| section.code() == code)
            .ok_or(UnknownSection)
    }
}

/// The text is not the code of a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be COVID or ORDINARY")]
pub struct UnknownSection;

/// A characteristic that figures are cut by, besides territory, product and section.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// None: all claims together.
    Whole,
    /// Reason.
    Causale,
    /// Who advances the money.
    PaymentMode,
    /// First digit of the CSC.
    Sector,
    /// Class of the firm's average heads.
    Size,
    /// Month of the protocol, such as `2026-09`.
    Arrival,
    /// Stage of the stock.
    Stage,
    /// Class of age of the stock.
    Age,
    /// Outcome of the first decision, or how a line left the stock.
    Outcome,
    /// Code of PAY-5 that stops lines of payment flows. A line may be stopped by several.
    Anomaly,
}

impl Dimension {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Whole,
        Self::Causale,
        Self::PaymentMode,
        Self::Sector,
        Self::Size,
        Self::Arrival,
        Self::Stage,
        Self::Age,
        Self::Outcome,
        Self::Anomaly,
    ];

    /// The code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Whole => "WHOLE",
            Self::Causale => "CAUSALE",
            Self::PaymentMode => "PAYMENT_MODE",
            Self::Sector => "SECTOR",
            Self::Size => "SIZE",
            Self::Arrival => "ARRIVAL",
            Self::Stage => "STAGE",
            Self::Age => "AGE",
            Self::Outcome => "OUTCOME",
            Self::Anomaly => "ANOMALY",
        }
    }

    /// Whether a claim keeps its value for life, so that the identity of `claims.md` DAS-1 holds in each part. A claim
    /// changes stage and grows older without any movement; the outcome is of the decided ones alone; classes of size are
    /// data, and may be other ones tomorrow.
    pub fn lasts(self) -> bool {
        !matches!(
            self,
            Self::Stage | Self::Age | Self::Outcome | Self::Anomaly | Self::Size
        )
    }

    /// The codes of those in which the identity holds.
    pub fn lasting() -> Vec<String> {
        Self::ALL
            .into_iter()
            .filter(|dimension| dimension.lasts())
            .map(|dimension| dimension.code().to_owned())
            .collect()
    }

    /// Whether cells of this dimension count since the beginning. By month of arrival they would have to be kept for ever
    /// only to say that nothing changed: such a cell ends with its stock.
    pub fn has_totals(self) -> bool {
        self.lasts() && self != Self::Arrival
    }
}

impl FromStr for Dimension {
    type Err = UnknownDimension;

    fn from_str(code: &str) -> Result<Self, UnknownDimension> {
        Self::ALL
            .into_iter()
            .find(|dimension| dimension.code() == code)
            .ok_or(UnknownDimension)
    }
}

/// The text is not the code of a dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a dimension of claims.md DAS-3")]
pub struct UnknownDimension;

/// One part of the claims: those with this value of this characteristic.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cut {
    /// Characteristic.
    pub dimension: Dimension,
    /// Value; empty for the whole.
    pub value: String,
}

impl Cut {
    /// All claims together.
    pub const WHOLE: Self = Self {
        dimension: Dimension::Whole,
        value: String::new(),
    };

    /// Those with this value.
    pub fn by(dimension: Dimension, value: impl Into<String>) -> Self {
        Self {
            dimension,
            value: value.into(),
        }
    }
}

/// What a claim is, for as long as it is counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Attributes {
    /// Instrument.
    pub product: Product,
    /// Reason.
    pub causale: String,
    /// Who advances the money.
    pub payment_mode: String,
    /// First digit of the CSC.
    pub sector: String,
    /// Class of the firm's size.
    pub size: String,
    /// Civil day in Rome of the protocol.
    pub arrived_on: NaiveDate,
}

impl Attributes {
    /// What a claim belongs to whatever happens to it: characteristics and values. `month` is that of its arrival, as
    /// [`month_of`] spells it.
    pub fn parts<'part>(&'part self, month: &'part str) -> [(Dimension, &'part str); 6] {
        [
            (Dimension::Whole, ""),
            (Dimension::Causale, &self.causale),
            (Dimension::PaymentMode, &self.payment_mode),
            (Dimension::Sector, &self.sector),
            (Dimension::Size, &self.size),
            (Dimension::Arrival, month),
        ]
    }

    /// Half of the dashboard.
    pub fn section(&self) -> Section {
        Section::of(&self.causale)
    }
}

/// A month as the cells spell it, such as `2026-09`.
pub fn month_of(day: NaiveDate) -> String {
    format!("{:04}-{:02}", day.year(), day.month())
}

/// What a cell is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellKey {
    /// Where.
    pub unit: Unit,
    /// Instrument.
    pub product: Product,
    /// Half of the dashboard.
    pub section: Section,
    /// Which part of the claims.
    pub cut: Cut,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_printed_and_parsed_alike() {
        for text in ["490000", "R03", "IT"] {
            assert_eq!(text.parse::<Unit>().unwrap().to_string(), text);
        }
        assert_eq!("49".parse::<Unit>(), Err(UnknownUnit));
    }

    #[test]
    fn dimensions_and_sections_are_printed_and_parsed_alike() {
        for dimension in Dimension::ALL {
            assert_eq!(dimension.code().parse(), Ok(dimension));
        }
        assert_eq!("COVID".parse(), Ok(Section::Covid));
        assert_eq!("covid".parse::<Section>(), Err(UnknownSection));
    }

    #[test]
    fn a_reason_of_the_pandemic_makes_the_section() {
        assert_eq!(Section::of("COVID19_DL41"), Section::Covid);
        assert_eq!(Section::of("MARKET_CRISIS"), Section::Ordinary);
    }
}
