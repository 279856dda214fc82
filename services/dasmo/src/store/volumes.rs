//! Published pictures, within a territory.

use chassis::{Failure, Tx};
use chrono::{DateTime, NaiveDate, Utc};

use super::ledger;
use crate::domain::{
    Cut, DaysTaken, Dimension, Measures, Period, Product, Section, Selection, Unit,
};

/// A published day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PublishedDay {
    /// The day.
    pub(crate) day: NaiveDate,
    /// Its present revision.
    pub(crate) revision: i32,
    /// When that was published.
    pub(crate) at: DateTime<Utc>,
    /// Names of its classes of age.
    pub(crate) age_classes: Vec<String>,
}

/// What figures are put together by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grouping {
    /// Not at all: one sum.
    Nothing,
    /// Office.
    Office,
    /// Region.
    Region,
    /// Office and product, as `490000 CIGO`.
    OfficeAndProduct,
    /// Product.
    Product,
    /// Half of the dashboard.
    Section,
    /// Values of a characteristic.
    Values(Dimension),
}

impl Grouping {
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Nothing => "NOTHING",
            Self::Office => "OFFICE",
            Self::Region => "REGION",
            Self::OfficeAndProduct => "OFFICE_AND_PRODUCT",
            Self::Product => "PRODUCT",
            Self::Section => "SECTION",
            Self::Values(_) => "VALUE",
        }
    }
}

/// The figures of one group in one period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sum<F> {
    /// Position of the period.
    pub(crate) period: usize,
    /// The group; empty when there is only one.
    pub(crate) group: String,
    /// Figures.
    pub(crate) figures: F,
}

/// Has everything that follows read from one snapshot, so that offices and the sums of regions belong together.
pub(crate) async fn take_snapshot(tx: &mut Tx) -> Result<(), Failure> {
    sqlx::query!("set transaction isolation level repeatable read")
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The last published day.
pub(crate) async fn last_published(tx: &mut Tx) -> Result<Option<PublishedDay>, Failure> {
    Ok(sqlx::query_as!(
        PublishedDay,
        "select day, revision, published_at as at, age_classes from snapshot order by day desc limit 1"
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
        "select day, revision, published_at as at, age_classes from snapshot where day = $1",
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
        "select day, revision, published_at as at, age_classes
           from snapshot where day between $1 and $2 order by day",
        from,
        to
    )
    .fetch_all(&mut **tx)
    .await?)
}

/// Names of the classes of size in force, the smallest first.
pub(crate) async fn size_classes(tx: &mut Tx) -> Result<Vec<String>, Failure> {
    Ok(
        sqlx::query_scalar!("select name from size_class order by from_hundredths")
            .fetch_all(&mut **tx)
            .await?,
    )
}

/// The figures of periods within a selection, put together: what happened is summed over the days of a period, what is
/// left is that of its last day. A group without cells is left out. In order of periods and groups.
pub(crate) async fn sums(
    tx: &mut Tx,
    periods: &[Period],
    grouping: Grouping,
    selection: &Selection,
) -> Result<Vec<Sum<Measures>>, Failure> {
    let units = units(tx, grouping, selection).await?;
    let (days, numbers, closing) = days_of(periods);
    let filter = &selection.filter;
    let part = filter.part.as_ref();
    let rows = sqlx::query_as!(
        SumRow,
        r#"with period as (
             select * from unnest($1::date[], $2::integer[], $3::boolean[]) as period (day, number, closes)
           ), chosen as materialized (
             select period.number, period.closes,
                    case $4 when 'OFFICE' then cell.unit
                            when 'REGION' then coalesce(seen.region_istat, substr(cell.unit, 2))
                            when 'OFFICE_AND_PRODUCT' then cell.unit || ' ' || cell.product
                            when 'PRODUCT' then cell.product when 'SECTION' then cell.section
                            when 'VALUE' then cell.value else '' end as grouped,
                    cell.*
               from period
               join cell on cell.day = period.day
               left join office_seen seen on seen.office = cell.unit
              where cell.unit = any($5) and cell.dimension = $6
                and ($7::text is null or cell.value = $7) and ($8::text is null or cell.product = $8)
                and ($9::text is null or cell.section = $9)
           ), summed as (
             select number, grouped,
                    sum(received) as received, sum(received_workers) as received_workers,
                    sum(received_hours_hundredths)::bigint as received_hours_hundredths,
                    sum(defined) as defined, sum(accepted) as accepted,
                    sum(partially_accepted) as partially_accepted, sum(rejected) as rejected,
                    sum(defined_workers) as defined_workers,
                    sum(defined_hours_hundredths)::bigint as defined_hours_hundredths,
                    sum(withdrawn) as withdrawn, sum(annulled) as annulled,
                    sum(transferred_in) as transferred_in, sum(transferred_out) as transferred_out,
                    coalesce(sum(stock) filter (where closes), 0) as stock,
                    coalesce(sum(stock_to_take) filter (where closes), 0) as stock_to_take,
                    coalesce(sum(stock_under_review) filter (where closes), 0) as stock_under_review,
                    coalesce(sum(stock_waiting) filter (where closes), 0) as stock_waiting,
                    coalesce(sum(stock_chronic) filter (where closes), 0) as stock_chronic,
                    coalesce(sum(stock_very_old) filter (where closes), 0) as stock_very_old,
                    coalesce(sum(stock_workers) filter (where closes), 0) as stock_workers,
                    coalesce(sum(stock_hours_hundredths) filter (where closes), 0)::bigint as stock_hours_hundredths,
                    coalesce(sum(received_total) filter (where closes), 0) as received_total,
                    coalesce(sum(defined_total) filter (where closes), 0) as defined_total,
                    coalesce(sum(reexaminations_pending) filter (where closes), 0) as reexaminations_pending,
                    coalesce(sum(appeals_pending) filter (where closes), 0) as appeals_pending
               from chosen group by number, grouped
           ), aged as (
             select number, grouped, array_agg(claims order by position) as ages
               from (select number, grouped, position, sum(claims) as claims
                       from chosen, unnest(ages) with ordinality as class (claims, position)
                      where closes
                      group by number, grouped, position) classes
              group by number, grouped
           ), gross as (
             select number, grouped, array_agg(days) as days, array_agg(claims) as claims
               from (select number, grouped, taken.days, sum(taken.claims) as claims
                       from chosen, unnest(gross_days, gross_claims) as taken (days, claims)
                      group by number, grouped, taken.days) summed
              group by number, grouped
           ), net as (
             select number, grouped, array_agg(days) as days, array_agg(claims) as claims
               from (select number, grouped, taken.days, sum(taken.claims) as claims
                       from chosen, unnest(net_days, net_claims) as taken (days, claims)
                      group by number, grouped, taken.days) summed
              group by number, grouped
           )
           select summed.number as "number!", summed.grouped as "grouped!", received as "received!",
                  received_workers as "received_workers!", received_hours_hundredths as "received_hours_hundredths!",
                  defined as "defined!", accepted as "accepted!", partially_accepted as "partially_accepted!",
                  rejected as "rejected!", defined_workers as "defined_workers!",
                  defined_hours_hundredths as "defined_hours_hundredths!", withdrawn as "withdrawn!",
                  annulled as "annulled!", transferred_in as "transferred_in!",
                  transferred_out as "transferred_out!", stock as "stock!", stock_to_take as "stock_to_take!",
                  stock_under_review as "stock_under_review!", stock_waiting as "stock_waiting!",
                  stock_chronic as "stock_chronic!", stock_very_old as "stock_very_old!",
                  stock_workers as "stock_workers!", stock_hours_hundredths as "stock_hours_hundredths!",
                  received_total as "received_total!", defined_total as "defined_total!",
                  reexaminations_pending as "reexaminations_pending!", appeals_pending as "appeals_pending!",
                  ages as "ages?", gross.days as "gross_days?", gross.claims as "gross_claims?",
                  net.days as "net_days?", net.claims as "net_claims?"
             from summed
             left join aged using (number, grouped)
             left join gross using (number, grouped)
             left join net using (number, grouped)
            order by summed.number, summed.grouped"#,
        &days,
        &numbers,
        &closing,
        grouping.code(),
        &units,
        dimension_of(grouping, part).code(),
        part.map(|cut| cut.value.as_str()),
        filter.product.map(Product::code),
        filter.section.map(Section::code)
    )
    .fetch_all(&mut **tx)
    .await?;
    rows.into_iter().map(SumRow::sum).collect()
}

/// The days of periods, with the position of each one's period, and whether it is the last of it.
pub(super) fn days_of(periods: &[Period]) -> (Vec<NaiveDate>, Vec<i32>, Vec<bool>) {
    let (mut days, mut numbers, mut closing) = (Vec::new(), Vec::new(), Vec::new());
    for (number, period) in (0..).zip(periods) {
        for day in &period.days {
            days.push(*day);
            numbers.push(number);
            closing.push(*day == period.to());
        }
    }
    (days, numbers, closing)
}

/// The cells that are read: those of the characteristic to put together by, or of the one to filter by.
pub(super) fn dimension_of(grouping: Grouping, part: Option<&Cut>) -> Dimension {
    match (grouping, part) {
        (Grouping::Values(dimension), _) => dimension,
        (_, Some(cut)) => cut.dimension,
        (_, None) => Dimension::Whole,
    }
}

/// A group as the query gives it; what a period without its last day leaves is nothing.
struct SumRow {
    number: i32,
    grouped: String,
    received: i64,
    received_workers: i64,
    received_hours_hundredths: i64,
    defined: i64,
    accepted: i64,
    partially_accepted: i64,
    rejected: i64,
    defined_workers: i64,
    defined_hours_hundredths: i64,
    withdrawn: i64,
    annulled: i64,
    transferred_in: i64,
    transferred_out: i64,
    stock: i64,
    stock_to_take: i64,
    stock_under_review: i64,
    stock_waiting: i64,
    stock_chronic: i64,
    stock_very_old: i64,
    stock_workers: i64,
    stock_hours_hundredths: i64,
    received_total: i64,
    defined_total: i64,
    reexaminations_pending: i64,
    appeals_pending: i64,
    ages: Option<Vec<i64>>,
    gross_days: Option<Vec<i32>>,
    gross_claims: Option<Vec<i64>>,
    net_days: Option<Vec<i32>>,
    net_claims: Option<Vec<i64>>,
}

impl SumRow {
    fn sum(self) -> Result<Sum<Measures>, Failure> {
        Ok(Sum {
            period: usize::try_from(self.number).map_err(Failure::internal)?,
            group: self.grouped,
            figures: Measures {
                received: self.received,
                received_workers: self.received_workers,
                received_hours_hundredths: self.received_hours_hundredths,
                defined: self.defined,
                accepted: self.accepted,
                partially_accepted: self.partially_accepted,
                rejected: self.rejected,
                defined_workers: self.defined_workers,
                defined_hours_hundredths: self.defined_hours_hundredths,
                gross_days: days_taken(self.gross_days, self.gross_claims),
                net_days: days_taken(self.net_days, self.net_claims),
                withdrawn: self.withdrawn,
                annulled: self.annulled,
                transferred_in: self.transferred_in,
                transferred_out: self.transferred_out,
                stock: self.stock,
                stock_to_take: self.stock_to_take,
                stock_under_review: self.stock_under_review,
                stock_waiting: self.stock_waiting,
                stock_chronic: self.stock_chronic,
                stock_very_old: self.stock_very_old,
                stock_workers: self.stock_workers,
                stock_hours_hundredths: self.stock_hours_hundredths,
                received_total: self.received_total,
                defined_total: self.defined_total,
                reexaminations_pending: self.reexaminations_pending,
                appeals_pending: self.appeals_pending,
                ages: self.ages.unwrap_or_default(),
            },
        })
    }
}

/// The units whose cells answer: offices one by one when they are to be told apart, else the fewest that add up.
pub(super) async fn units(
    tx: &mut Tx,
    grouping: Grouping,
    selection: &Selection,
) -> Result<Vec<String>, Failure> {
    let directory = ledger::offices(tx).await?;
    let units: Vec<Unit> = match grouping {
        Grouping::Office | Grouping::OfficeAndProduct => {
            let offices = selection.offices(&directory);
            offices
                .map(|one| Unit::Office(one.office.clone()))
                .collect()
        }
        Grouping::Region => selection.regions(&directory),
        _ => selection.cover(&directory),
    };
    Ok(units.iter().map(ToString::to_string).collect())
}

pub(super) fn days_taken(days: Option<Vec<i32>>, claims: Option<Vec<i64>>) -> DaysTaken {
    days.unwrap_or_default()
        .into_iter()
        .zip(claims.unwrap_or_default())
        .collect()
}
