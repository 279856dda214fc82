//! From columns to values of the domain, refusing what the domain cannot have written.

use chrono::NaiveDate;
use kernel::{Hours, Period};

/// A column holds what the domain cannot have written.
pub(super) fn corrupt(column: &'static str) -> sqlx::Error {
    sqlx::Error::Decode(format!("unexpected value in column {column}").into())
}

/// Reads an identifier of the kernel.
pub(super) fn parsed<T: std::str::FromStr>(
    text: &str,
    column: &'static str,
) -> Result<T, sqlx::Error> {
    text.parse().map_err(|_| corrupt(column))
}

/// Reads a value by its code.
pub(super) fn coded<T>(
    code: &str,
    parse: fn(&str) -> Option<T>,
    column: &'static str,
) -> Result<T, sqlx::Error> {
    parse(code).ok_or_else(|| corrupt(column))
}

/// Reads a number that is never negative.
pub(super) fn unsigned(number: i32, column: &'static str) -> Result<u32, sqlx::Error> {
    u32::try_from(number).map_err(|_| corrupt(column))
}

/// A number for a column of type integer.
pub(super) fn integer<T: TryInto<i32>>(number: T) -> Result<i32, sqlx::Error> {
    number
        .try_into()
        .map_err(|_| sqlx::Error::Encode("a number does not fit its column".into()))
}

/// Reads days.
pub(super) fn period(
    from: NaiveDate,
    to: NaiveDate,
    column: &'static str,
) -> Result<Period, sqlx::Error> {
    Period::new(from, to).map_err(|_| corrupt(column))
}

/// Reads hours.
pub(super) fn hours(hundredths: impl Into<i64>) -> Hours {
    Hours::from_hundredths(hundredths.into())
}

/// Writes to JSON.
pub(super) fn json(value: &impl serde::Serialize) -> Result<serde_json::Value, sqlx::Error> {
    serde_json::to_value(value).map_err(|error| sqlx::Error::Encode(Box::new(error)))
}

/// Reads from JSON.
pub(super) fn from_json<T: serde::de::DeserializeOwned>(
    value: serde_json::Value,
) -> Result<T, sqlx::Error> {
    serde_json::from_value(value).map_err(|error| sqlx::Error::Decode(Box::new(error)))
}
