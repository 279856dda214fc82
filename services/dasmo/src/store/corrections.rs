//! Where published days came out other when they were made again, within a territory.

use std::str::FromStr;

use chassis::{Failure, Tx};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::OfficeCode;

use crate::domain::{Product, Section, Selection};

/// What a correction, or a digest, is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Noted {
    /// Claims.
    Claims,
    /// Lines of payment flows.
    Lines,
}

impl Noted {
    /// As the table spells it.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Claims => "CLAIMS",
            Self::Lines => "LINES",
        }
    }
}

impl FromStr for Noted {
    type Err = UnknownSubject;

    fn from_str(code: &str) -> Result<Self, UnknownSubject> {
        [Self::Claims, Self::Lines]
            .into_iter()
            .find(|subject| subject.code() == code)
            .ok_or(UnknownSubject)
    }
}

/// The text names no subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not CLAIMS or LINES")]
pub(crate) struct UnknownSubject;

/// A cell that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Correction {
    pub(crate) day: NaiveDate,
    pub(crate) revision: i32,
    pub(crate) published_at: DateTime<Utc>,
    pub(crate) office: String,
    pub(crate) product: String,
    pub(crate) section: String,
    pub(crate) received_before: i32,
    pub(crate) received_after: i32,
    pub(crate) defined_before: i32,
    pub(crate) defined_after: i32,
    pub(crate) stock_before: i32,
    pub(crate) stock_after: i32,
    pub(crate) changed: Vec<String>,
}

/// The last corrections, newest first.
pub(crate) async fn last(
    tx: &mut Tx,
    noted: Noted,
    selection: &Selection,
    limit: i64,
) -> Result<Vec<Correction>, Failure> {
    let filter = &selection.filter;
    Ok(sqlx::query_as!(
        Correction,
        "select day, revision, published_at, noted.office, product, section, received_before, received_after,
                defined_before, defined_after, stock_before, stock_after, changed
           from correction noted
           join office_seen seen on seen.office = noted.office
          where subject = $7
            and ($1::text[] is null or noted.office = any($1))
            and ($2::text is null or noted.office = $2)
            and ($3::text is null or seen.region_istat = $3)
            and ($4::text is null or product = $4)
            and ($5::text is null or section = $5)
          order by published_at desc, day desc, noted.office, product, section
          limit $6",
        selection.territory.codes() as Option<Vec<String>>,
        filter.office.as_ref().map(OfficeCode::as_str),
        filter.region_istat.as_deref(),
        filter.product.map(Product::code),
        filter.section.map(Section::code),
        limit,
        noted.code()
    )
    .fetch_all(&mut **tx)
    .await?)
}
