//! The cases behind the stock, within a territory.

use chassis::paging::Page;
use chassis::{Failure, Tx};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::OfficeCode;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::{Cut, Dimension, Product, Section, Selection};

/// Cases that are counted at most.
pub(crate) const COUNTED_MOST: i64 = 10_000;

/// Where a page begins. The day is part of it, so that paging goes on over the same picture when the next one is
/// published meanwhile.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CaseKey {
    pub(crate) day: NaiveDate,
    pub(crate) arrived_at: DateTime<Utc>,
    pub(crate) id: Uuid,
}

/// Which cases, besides the territory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct CaseFilter {
    /// Above the threshold of the product.
    pub(crate) only_chronic: bool,
    /// Above 365 days.
    pub(crate) only_very_old: bool,
    /// With all of these characteristics.
    pub(crate) parts: Vec<Cut>,
}

impl CaseFilter {
    /// The value asked for of a characteristic.
    pub(crate) fn value(&self, dimension: Dimension) -> Option<&str> {
        self.parts
            .iter()
            .find(|cut| cut.dimension == dimension)
            .map(|cut| cut.value.as_str())
    }
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
    /// Who advances the money.
    pub(crate) payment_mode: String,
    /// First digit of the CSC.
    pub(crate) csc_sector: String,
    /// Class of the firm's size.
    pub(crate) size_class: String,
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

/// Whether the lists of a day are kept: those of the last days, a day without any row included.
pub(crate) async fn kept(tx: &mut Tx, day: NaiveDate) -> Result<bool, Failure> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from snapshot where day = $1)
              and $1 >= coalesce(least((select min(day) from stock_case), (select min(day) from stock_flow)), $1)
                  as "kept!""#,
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
    cases: &CaseFilter,
    page: &Page<CaseKey>,
) -> Result<Vec<Case>, Failure> {
    let filter = &selection.filter;
    Ok(sqlx::query_as!(
        Case,
        "select claim_id, protocol_number, submitted_at, kept.office, product, causale, payment_mode, csc_sector,
                size_class, state, age_days, chronic, very_old, workers, hours_hundredths
           from stock_case kept
           join office_seen seen on seen.office = kept.office
          where kept.day = $1
            and ($2::text[] is null or kept.office = any($2))
            and ($3::text is null or kept.office = $3)
            and ($4::text is null or seen.region_istat = $4)
            and ($5::text is null or kept.product = $5)
            and ($6::text is null or kept.section = $6)
            and (chronic or not $7)
            and (very_old or not $8)
            and ($9::text is null or causale = $9)
            and ($10::text is null or payment_mode = $10)
            and ($11::text is null or csc_sector = $11)
            and ($12::text is null or size_class = $12)
            and ($13::text is null or arrival = $13)
            and ($14::text is null or stage = $14)
            and ($15::text is null or age_class = $15)
            and ($16::timestamptz is null or (submitted_at, claim_id) > ($16, $17))
          order by submitted_at, claim_id
          limit $18",
        day,
        selection.territory.codes() as Option<Vec<String>>,
        filter.office.as_ref().map(OfficeCode::as_str),
        filter.region_istat.as_deref(),
        filter.product.map(Product::code),
        filter.section.map(Section::code),
        cases.only_chronic,
        cases.only_very_old,
        cases.value(Dimension::Causale),
        cases.value(Dimension::PaymentMode),
        cases.value(Dimension::Sector),
        cases.value(Dimension::Size),
        cases.value(Dimension::Arrival),
        cases.value(Dimension::Stage),
        cases.value(Dimension::Age),
        page.after.as_ref().map(|key| key.arrived_at),
        page.after.as_ref().map(|key| key.id),
        page.size + 1
    )
    .fetch_all(&mut **tx)
    .await?)
}

/// How many there are, up to a limit. In the order of the list, so that its key is gone along: without an order all days are
/// read up to the one asked for.
pub(crate) async fn count(
    tx: &mut Tx,
    day: NaiveDate,
    selection: &Selection,
    cases: &CaseFilter,
    limit: i64,
) -> Result<i64, Failure> {
    let filter = &selection.filter;
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!"
             from (select 1
                     from stock_case kept
                     join office_seen seen on seen.office = kept.office
                    where kept.day = $1
                      and ($2::text[] is null or kept.office = any($2))
                      and ($3::text is null or kept.office = $3)
                      and ($4::text is null or seen.region_istat = $4)
                      and ($5::text is null or kept.product = $5)
                      and ($6::text is null or kept.section = $6)
                      and (chronic or not $7)
                      and (very_old or not $8)
                      and ($9::text is null or causale = $9)
                      and ($10::text is null or payment_mode = $10)
                      and ($11::text is null or csc_sector = $11)
                      and ($12::text is null or size_class = $12)
                      and ($13::text is null or arrival = $13)
                      and ($14::text is null or stage = $14)
                      and ($15::text is null or age_class = $15)
                    order by kept.submitted_at, kept.claim_id
                    limit $16) found"#,
        day,
        selection.territory.codes() as Option<Vec<String>>,
        filter.office.as_ref().map(OfficeCode::as_str),
        filter.region_istat.as_deref(),
        filter.product.map(Product::code),
        filter.section.map(Section::code),
        cases.only_chronic,
        cases.only_very_old,
        cases.value(Dimension::Causale),
        cases.value(Dimension::PaymentMode),
        cases.value(Dimension::Sector),
        cases.value(Dimension::Size),
        cases.value(Dimension::Arrival),
        cases.value(Dimension::Stage),
        cases.value(Dimension::Age),
        limit
    )
    .fetch_one(&mut **tx)
    .await?)
}

/// A case of a day within a territory.
pub(crate) async fn one(
    tx: &mut Tx,
    day: NaiveDate,
    selection: &Selection,
    claim_id: Uuid,
) -> Result<Option<Case>, Failure> {
    Ok(sqlx::query_as!(
        Case,
        "select claim_id, protocol_number, submitted_at, office, product, causale, payment_mode, csc_sector, size_class,
                state, age_days, chronic, very_old, workers, hours_hundredths
           from stock_case
          where claim_id = $1 and day = $2 and ($3::text[] is null or office = any($3))",
        claim_id,
        day,
        selection.territory.codes() as Option<Vec<String>>
    )
    .fetch_optional(&mut **tx)
    .await?)
}
