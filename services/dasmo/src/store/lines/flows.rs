//! The flows behind the stock, within a territory.

use chassis::paging::Page;
use chassis::{Failure, Tx};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::OfficeCode;
use uuid::Uuid;

use crate::domain::{Dimension, Product, Section, Selection};
use crate::store::cases::{CaseFilter, CaseKey};

/// A flow with lines in stock at the end of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StockFlow {
    /// Flow.
    pub(crate) flow_id: Uuid,
    /// Protocol number.
    pub(crate) protocol_number: String,
    /// Instant of the receipt.
    pub(crate) received_at: DateTime<Utc>,
    /// Form, such as `UNIEMENS_CIG`.
    pub(crate) kind: String,
    /// Office.
    pub(crate) office: String,
    /// Product.
    pub(crate) product: String,
    /// Reason.
    pub(crate) causale: String,
    /// First digit of the CSC.
    pub(crate) csc_sector: String,
    /// Class of the firm's size.
    pub(crate) size_class: String,
    /// Age in days.
    pub(crate) age_days: i32,
    /// Above the threshold of the product.
    pub(crate) chronic: bool,
    /// Above 365 days.
    pub(crate) very_old: bool,
    /// Lines that it came with.
    pub(crate) lines_count: i32,
    /// Lines in stock.
    pub(crate) stock: i32,
    /// Of which in verification.
    pub(crate) stock_verifying: i32,
    /// Of which stopped.
    pub(crate) stock_stopped: i32,
    /// Of which to be ordered.
    pub(crate) stock_to_order: i32,
    /// Of which ordered.
    pub(crate) stock_ordered: i32,
    /// Codes that stop any of them.
    pub(crate) anomalies: Vec<String>,
    /// Distinct workers of the lines in stock.
    pub(crate) workers: i32,
    /// Hours of the lines in stock, in hundredths.
    pub(crate) hours_hundredths: i64,
    /// Amounts of the lines in stock as far as they are known, in euro cents.
    pub(crate) cents: i64,
}

/// One row more than the page, oldest flows first.
pub(crate) async fn page(
    tx: &mut Tx,
    day: NaiveDate,
    selection: &Selection,
    cases: &CaseFilter,
    page: &Page<CaseKey>,
) -> Result<Vec<StockFlow>, Failure> {
    let filter = &selection.filter;
    Ok(sqlx::query_as!(
        StockFlow,
        "select flow_id, protocol_number, received_at, kind, kept.office, product, causale, csc_sector, size_class,
                age_days, chronic, very_old, lines_count, stock, stock_verifying, stock_stopped, stock_to_order,
                stock_ordered, anomalies, workers, hours_hundredths, cents
           from stock_flow kept
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
            and ($14::text is null or $14 = any(stages))
            and ($15::text is null or age_class = $15)
            and ($16::text is null or $16 = any(anomalies))
            and ($17::timestamptz is null or (received_at, flow_id) > ($17, $18))
          order by received_at, flow_id
          limit $19",
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
        cases.value(Dimension::Anomaly),
        page.after.as_ref().map(|key| key.arrived_at),
        page.after.as_ref().map(|key| key.id),
        page.size + 1
    )
    .fetch_all(&mut **tx)
    .await?)
}

/// How many there are, up to a limit, in the order of the list so that its key is gone along.
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
                     from stock_flow kept
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
                      and ($14::text is null or $14 = any(stages))
                      and ($15::text is null or age_class = $15)
                      and ($16::text is null or $16 = any(anomalies))
                    order by kept.received_at, kept.flow_id
                    limit $17) found"#,
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
        cases.value(Dimension::Anomaly),
        limit
    )
    .fetch_one(&mut **tx)
    .await?)
}

/// A flow of a day within a territory.
pub(crate) async fn one(
    tx: &mut Tx,
    day: NaiveDate,
    selection: &Selection,
    flow_id: Uuid,
) -> Result<Option<StockFlow>, Failure> {
    Ok(sqlx::query_as!(
        StockFlow,
        "select flow_id, protocol_number, received_at, kind, office, product, causale, csc_sector, size_class, age_days,
                chronic, very_old, lines_count, stock, stock_verifying, stock_stopped, stock_to_order, stock_ordered,
                anomalies, workers, hours_hundredths, cents
           from stock_flow
          where flow_id = $1 and day = $2 and ($3::text[] is null or office = any($3))",
        flow_id,
        day,
        selection.territory.codes() as Option<Vec<String>>
    )
    .fetch_optional(&mut **tx)
    .await?)
}
