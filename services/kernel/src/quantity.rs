//! Money and hours: integers, with declared rounding, never binary floats.

use serde::{Deserialize, Serialize};

use crate::Refused;

/// Euro cents.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Cents(i64);

impl Cents {
    /// So many cents.
    pub const fn new(cents: i64) -> Self {
        Self(cents)
    }

    /// Number of cents.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Sum; `None` on overflow.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// Difference; `None` on overflow.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// `self × numerator ÷ denominator`, rounded half up to the cent; `None` on overflow or a denominator below 1.
    pub fn checked_ratio(self, numerator: i64, denominator: i64) -> Option<Self> {
        (denominator > 0).then_some(())?;
        let product = i128::from(self.0) * i128::from(numerator);
        let (product, denominator) = (
            product * 2 + i128::from(denominator),
            i128::from(denominator) * 2,
        );
        i64::try_from(product.div_euclid(denominator))
            .ok()
            .map(Self)
    }

    /// As Italians write it: `1.234,56 €`.
    pub fn italian(self) -> String {
        let digits = (self.0.unsigned_abs() / 100).to_string();
        let mut grouped = String::new();
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                grouped.push('.');
            }
            grouped.push(digit);
        }
        format!(
            "{}{grouped},{:02} €",
            sign(self.0),
            self.0.unsigned_abs() % 100
        )
    }
}

impl std::fmt::Display for Cents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", hundredths(self.0))
    }
}

impl std::str::FromStr for Cents {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        parse_hundredths(text).map(Self).ok_or(Refused::new(
            "amount",
            "must be a number with at most two decimals",
        ))
    }
}

/// Hours, in hundredths.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Hours(i64);

impl Hours {
    /// So many hundredths of an hour.
    pub const fn from_hundredths(hundredths: i64) -> Self {
        Self(hundredths)
    }

    /// Number of hundredths.
    pub const fn hundredths(self) -> i64 {
        self.0
    }

    /// Sum; `None` on overflow.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// Product with a whole number; `None` on overflow.
    pub fn checked_mul(self, factor: i64) -> Option<Self> {
        self.0.checked_mul(factor).map(Self)
    }
}

impl std::fmt::Display for Hours {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", hundredths(self.0))
    }
}

impl std::str::FromStr for Hours {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        parse_hundredths(text).map(Self).ok_or(Refused::new(
            "hours",
            "must be a number with at most two decimals",
        ))
    }
}

fn sign(value: i64) -> &'static str {
    if value < 0 { "-" } else { "" }
}

fn hundredths(value: i64) -> String {
    format!(
        "{}{}.{:02}",
        sign(value),
        value.unsigned_abs() / 100,
        value.unsigned_abs() % 100
    )
}

/// A decimal number, with comma or point, of at most two decimals, as hundredths.
fn parse_hundredths(text: &str) -> Option<i64> {
    let text = text.trim();
    let (negative, digits) = text
        .strip_prefix('-')
        .map_or((false, text), |rest| (true, rest));
    let (whole, decimals) = digits.split_once([',', '.']).unwrap_or((digits, ""));
    let only_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let separator_needs_decimals = digits.len() == whole.len() || !decimals.is_empty();
    if whole.is_empty()
        || decimals.len() > 2
        || !only_digits(whole)
        || !only_digits(decimals)
        || !separator_needs_decimals
    {
        return None;
    }
    let value: i64 = format!("{whole}{decimals:0<2}").parse().ok()?;
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hours_are_read_with_comma_or_point() {
        assert_eq!(
            "12,50".parse::<Hours>().unwrap(),
            Hours::from_hundredths(1250)
        );
        assert_eq!(
            "12.5".parse::<Hours>().unwrap(),
            Hours::from_hundredths(1250)
        );
        assert_eq!("48".parse::<Hours>().unwrap().to_string(), "48.00");
        for wrong in ["", ",5", "1,234", "1.", "a", "1,2,3", "--1"] {
            assert!(wrong.parse::<Hours>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn amounts_are_written_as_italians_do() {
        assert_eq!(Cents::new(123_456).italian(), "1.234,56 €");
        assert_eq!(Cents::new(-123_456_789).italian(), "-1.234.567,89 €");
        assert_eq!(Cents::new(5).italian(), "0,05 €");
    }

    #[test]
    fn a_ratio_rounds_half_up() {
        assert_eq!(Cents::new(5).checked_ratio(1, 2), Some(Cents::new(3)));
        assert_eq!(
            Cents::new(28_800).checked_ratio(9416, 10_000),
            Some(Cents::new(27_118))
        );
        assert_eq!(Cents::new(1).checked_ratio(1, 0), None);
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(value in -1_000_000_000_000_i64..1_000_000_000_000) {
            prop_assert_eq!(Cents::new(value).to_string().parse::<Cents>().unwrap(), Cents::new(value));
            prop_assert_eq!(Hours::from_hundredths(value).to_string().parse::<Hours>().unwrap(), Hours::from_hundredths(value));
        }

        #[test]
        fn any_text_is_parsed_or_refused(text in "\\PC{0,30}") {
            let _ = text.parse::<Cents>();
        }
    }
}
