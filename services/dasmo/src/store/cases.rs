//! The cases behind the stock, within a territory.

use chassis::paging::Page;
use chassis::{Failure, Tx};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::OfficeCode;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::{Product, Selection};

/// Where a page begins. The day is part of it, so that paging goes on over the same picture when the next one is
/// published meanwhile.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CaseKey {
    pub(crate) day: NaiveDate,
    pub(crate) submitted_at: DateTime<Utc>,
    pub(crate) claim_id: Uuid,
}

/// A claim in stock at the end of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Case {
    /// Claim.
    pub(crate) claim_id: Uuid,
    /// Protocol number.
    pub(crate) protocol_number: String,
    /// Instant of the protocol.
    pub(crate) submitted_at: DateTime<Utc>,
    /// Office.
    pub(crate) office: String,
    /// Product.
    pub(crate) product: String,
    /// Reason.
    pub(crate) causale: String,
    /// State.
    pub(crate) state: String,
    /// Age in days.
    pub(crate) age_days: i32,
    /// Above the threshold of the product.
    pub(crate) chronic: bool,
    /// Above 365 days.
    pub(crate) very_old: bool,
    /// Workers.
    pub(crate) workers: i32,
    /// Hours, in hundredths.
    pub(crate) hours_hundredths: i64,
}

/// Whether the cases of a day are kept: those of the last days, a day without any included.
pub(crate) async fn kept(tx: &mut Tx, day: NaiveDate) -> Result<bool, Failure> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from snapshot where day = $1)
              and $1 >= coalesce((select min(day) from stock_case), $1) as "kept!""#,
        day
    )
    .fetch_one(&mut **tx)
    .await?)
}

/// One row more than the page, oldest claims first.
pub(crate) async fn page(
    tx: &mut Tx,
    day: NaiveDate,
    selection: &Selection,
    only_chronic: bool,
    page: &Page<CaseKey>,
) -> Result<Vec<Case>, Failure> {
    let filter = &selection.filter;
    Ok(sqlx::query_as!(
        Case,
        "select claim_id, protocol_number, submitted_at, kept.office, product, causale, state, age_days, chronic,
                very_old, workers, hours_hundredths
           from stock_case kept
           join office_seen seen on seen.office = kept.office
          where kept.day = $1
            and ($2::text[] is null or kept.office = any($2))
            and ($3::text is null or kept.office = $3)
            and ($4::text is null or seen.region_istat = $4)
            and ($5::text is null or kept.product = $5)
            and (chronic or not $6)
            and ($7::timestamptz is null or (submitted_at, claim_id) > ($7, $8))
          order by submitted_at, claim_id
          limit $9",
        day,
        selection.territory.codes() as Option<Vec<String>>,
        filter.office.as_ref().map(OfficeCode::as_str),
        filter.region_istat.as_deref(),
        filter.product.map(Product::code),
        only_chronic,
        page.after.as_ref().map(|key| key.submitted_at),
        page.after.as_ref().map(|key| key.claim_id),
        page.size + 1
    )
    .fetch_all(&mut **tx)
    .await?)
}
