//! SQL, one function a question.

pub(crate) mod cases;
pub(crate) mod cells;
pub(crate) mod classes;
pub(crate) mod corrections;
pub(crate) mod digest;
pub(crate) mod feed;
mod integers;
pub(crate) mod ledger;
pub(crate) mod lines;
pub(crate) mod listed;
pub(crate) mod pictures;
pub(crate) mod runs;
pub(crate) mod volumes;

use chassis::Failure;
use serde::Serialize;

/// Reads a value that this service itself wrote. A text that no longer parses is a defect of ours, never the caller's.
fn stored<T>(text: &str, column: &'static str) -> Result<T, Failure>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    text.parse()
        .map_err(|error: T::Err| Failure::internal(format!("read column {column}: {error}")))
}

/// Rows as one parameter of a statement.
fn as_json<Row: Serialize>(rows: &[Row]) -> Result<serde_json::Value, Failure> {
    serde_json::to_value(rows).map_err(Failure::internal)
}
