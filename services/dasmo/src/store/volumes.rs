//! Published pictures, within a territory.

use chassis::{Failure, Tx};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::OfficeCode;

use super::stored;
use crate::domain::{Measures, Product, Selection};

/// A published day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PublishedDay {
    /// The day.
    pub(crate) day: NaiveDate,
    /// When its present revision was published.
    pub(crate) at: DateTime<Utc>,
    /// Names of its classes of age.
    pub(crate) age_classes: Vec<String>,
}

/// A cell of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cell {
    /// Office.
    pub(crate) office: OfficeCode,
    /// ISTAT code of its region.
    pub(crate) region_istat: String,
    /// Product.
    pub(crate) product: Product,
    /// Figures.
    pub(crate) measures: Measures,
}

/// The last published day.
pub(crate) async fn last_published(tx: &mut Tx) -> Result<Option<PublishedDay>, Failure> {
    Ok(sqlx::query_as!(
        PublishedDay,
        "select day, published_at as at, age_classes from snapshot order by day desc limit 1"
    )
    .fetch_optional(&mut **tx)
    .await?)
}

/// A day, if it is published.
pub(crate) async fn published(
    tx: &mut Tx,
    day: NaiveDate,
) -> Result<Option<PublishedDay>, Failure> {
    Ok(sqlx::query_as!(
        PublishedDay,
        "select day, published_at as at, age_classes from snapshot where day = $1",
        day
    )
    .fetch_optional(&mut **tx)
    .await?)
}

/// The published days of an interval, in order.
pub(crate) async fn published_between(
    tx: &mut Tx,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<PublishedDay>, Failure> {
    Ok(sqlx::query_as!(
        PublishedDay,
        "select day, published_at as at, age_classes from snapshot where day between $1 and $2 order by day",
        from,
        to
    )
    .fetch_all(&mut **tx)
    .await?)
}

/// The cells of a day within a selection, ordered by office and product.
pub(crate) async fn cells(
    tx: &mut Tx,
    day: NaiveDate,
    selection: &Selection,
) -> Result<Vec<Cell>, Failure> {
    let filter = &selection.filter;
    let rows = sqlx::query!(
        r#"select cell.*, seen.region_istat
             from cell
             join office_seen seen on seen.office = cell.office
            where cell.day = $1
              and ($2::text[] is null or cell.office = any($2))
              and ($3::text is null or cell.office = $3)
              and ($4::text is null or seen.region_istat = $4)
              and ($5::text is null or cell.product = $5)
            order by cell.office, cell.product"#,
        day,
        selection.territory.codes() as Option<Vec<String>>,
        filter.office.as_ref().map(OfficeCode::as_str),
        filter.region_istat.as_deref(),
        filter.product.map(Product::code)
    )
    .fetch_all(&mut **tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Cell {
                office: stored(&row.office, "cell.office")?,
                region_istat: row.region_istat,
                product: stored(&row.product, "cell.product")?,
                measures: Measures {
                    received: row.received,
                    defined: row.defined,
                    accepted: row.accepted,
                    partially_accepted: row.partially_accepted,
                    rejected: row.rejected,
                    withdrawn: row.withdrawn,
                    annulled: row.annulled,
                    transferred_in: row.transferred_in,
                    transferred_out: row.transferred_out,
                    stock: row.stock,
                    stock_to_take: row.stock_to_take,
                    stock_under_review: row.stock_under_review,
                    stock_waiting: row.stock_waiting,
                    stock_chronic: row.stock_chronic,
                    stock_very_old: row.stock_very_old,
                    stock_workers: row.stock_workers,
                    stock_hours_hundredths: row.stock_hours_hundredths,
                    received_total: row.received_total,
                    defined_total: row.defined_total,
                    reexaminations_pending: row.reexaminations_pending,
                    appeals_pending: row.appeals_pending,
                    ages: row.ages,
                },
            })
        })
        .collect()
}

/// The sums of the days of an interval within a selection, in order of days; a day without cells there is left out.
pub(crate) async fn totals_between(
    tx: &mut Tx,
    from: NaiveDate,
    to: NaiveDate,
    selection: &Selection,
) -> Result<Vec<(NaiveDate, Measures)>, Failure> {
    let filter = &selection.filter;
    let rows = sqlx::query!(
        r#"with chosen as (
             select cell.*
               from cell
               join office_seen seen on seen.office = cell.office
              where cell.day between $1 and $2
                and ($3::text[] is null or cell.office = any($3))
                and ($4::text is null or cell.office = $4)
                and ($5::text is null or seen.region_istat = $5)
                and ($6::text is null or cell.product = $6)
           ), aged as (
             select day, array_agg(claims order by position) as ages
               from (select day, position, sum(claims)::bigint as claims
                       from chosen, unnest(ages) with ordinality as class (claims, position)
                      group by day, position) classes
              group by day
           ), summed as (
             select day, sum(received)::bigint as received, sum(defined)::bigint as defined,
                    sum(accepted)::bigint as accepted, sum(partially_accepted)::bigint as partially_accepted,
                    sum(rejected)::bigint as rejected, sum(withdrawn)::bigint as withdrawn,
                    sum(annulled)::bigint as annulled, sum(transferred_in)::bigint as transferred_in,
                    sum(transferred_out)::bigint as transferred_out, sum(stock)::bigint as stock,
                    sum(stock_to_take)::bigint as stock_to_take,
                    sum(stock_under_review)::bigint as stock_under_review,
                    sum(stock_waiting)::bigint as stock_waiting, sum(stock_chronic)::bigint as stock_chronic,
                    sum(stock_very_old)::bigint as stock_very_old, sum(stock_workers)::bigint as stock_workers,
                    sum(stock_hours_hundredths)::bigint as stock_hours_hundredths,
                    sum(received_total)::bigint as received_total, sum(defined_total)::bigint as defined_total,
                    sum(reexaminations_pending)::bigint as reexaminations_pending,
                    sum(appeals_pending)::bigint as appeals_pending
               from chosen group by day
           )
           select summed.day as "day!", received as "received!", defined as "defined!", accepted as "accepted!",
                  partially_accepted as "partially_accepted!", rejected as "rejected!", withdrawn as "withdrawn!",
                  annulled as "annulled!", transferred_in as "transferred_in!",
                  transferred_out as "transferred_out!", stock as "stock!", stock_to_take as "stock_to_take!",
                  stock_under_review as "stock_under_review!", stock_waiting as "stock_waiting!",
                  stock_chronic as "stock_chronic!", stock_very_old as "stock_very_old!",
                  stock_workers as "stock_workers!", stock_hours_hundredths as "stock_hours_hundredths!",
                  received_total as "received_total!", defined_total as "defined_total!",
                  reexaminations_pending as "reexaminations_pending!", appeals_pending as "appeals_pending!",
                  ages as "ages!"
             from summed join aged on aged.day = summed.day
            order by summed.day"#,
        from,
        to,
        selection.territory.codes() as Option<Vec<String>>,
        filter.office.as_ref().map(OfficeCode::as_str),
        filter.region_istat.as_deref(),
        filter.product.map(Product::code)
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let measures = Measures {
                received: row.received,
                defined: row.defined,
                accepted: row.accepted,
                partially_accepted: row.partially_accepted,
                rejected: row.rejected,
                withdrawn: row.withdrawn,
                annulled: row.annulled,
                transferred_in: row.transferred_in,
                transferred_out: row.transferred_out,
                stock: row.stock,
                stock_to_take: row.stock_to_take,
                stock_under_review: row.stock_under_review,
                stock_waiting: row.stock_waiting,
                stock_chronic: row.stock_chronic,
                stock_very_old: row.stock_very_old,
                stock_workers: row.stock_workers,
                stock_hours_hundredths: row.stock_hours_hundredths,
                received_total: row.received_total,
                defined_total: row.defined_total,
                reexaminations_pending: row.reexaminations_pending,
                appeals_pending: row.appeals_pending,
                ages: row.ages,
            };
            (row.day, measures)
        })
        .collect())
}
