//! SQL: one function a question. What returns rows to a caller takes the caller's scope.

pub mod employers;
pub mod grants;
pub mod headcount;
pub mod mandates;
pub mod people;
pub mod territory;
pub mod told;

use std::str::FromStr;

/// Rows of a bulk statement, so that one message to the server stays of moderate size.
const BATCH: usize = 5_000;

/// A value that only this service writes and that does not parse: a defect.
fn decode<T>(text: &str) -> Result<T, sqlx::Error>
where
    T: FromStr,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    text.parse()
        .map_err(|error: T::Err| sqlx::Error::Decode(Box::new(error)))
}
