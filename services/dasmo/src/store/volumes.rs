//! Published pictures, within a territory.

use std::collections::BTreeMap;

use chassis::{Failure, Tx};
use chrono::{DateTime, NaiveDate, Utc};
use futures_util::TryStreamExt;

use super::cells::ALL;
use super::integers::Integers;
use super::ledger;
use crate::domain::{
    Cut, Dimension, Figures, Filter, Measures, Period, Product, Section, Selection, Unit,
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

/// Has everything that follows read from one snapshot, so that offices and the sums of regions belong together; and planned for
/// the days and units that are asked for: a plan for any of them reads all the cells of a day, 150 times as long.
pub(crate) async fn take_snapshot(tx: &mut Tx) -> Result<(), Failure> {
    sqlx::query!("set transaction isolation level repeatable read")
        .execute(&mut **tx)
        .await?;
    sqlx::query!("set local plan_cache_mode = 'force_custom_plan'")
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
    let mut rows = sqlx::query_as!(
        CellRow,
        r#"select period.number as "number!", period.closes as "closes!",
                  case $4 when 'OFFICE' then cell.unit
                          when 'REGION' then coalesce(seen.region_istat, substr(cell.unit, 2))
                          when 'OFFICE_AND_PRODUCT' then cell.unit || ' ' || cell.product
                          when 'PRODUCT' then cell.product when 'SECTION' then cell.section
                          when 'VALUE' then cell.value else '' end as "grouped!",
                  received, received_workers, received_hours_hundredths, defined, accepted, partially_accepted, rejected,
                  defined_workers, defined_hours_hundredths, gross_days as "gross_days: Integers",
                  gross_claims as "gross_claims: Integers", net_days as "net_days: Integers",
                  net_claims as "net_claims: Integers", withdrawn, annulled, transferred_in, transferred_out, stock, stock_to_take, stock_under_review, stock_waiting,
                  stock_chronic, stock_very_old, stock_workers, stock_hours_hundredths, received_total, defined_total,
                  reexaminations_pending, appeals_pending, ages as "ages: Integers"
             from unnest($1::date[], $2::integer[], $3::boolean[]) as period (day, number, closes)
             join cell on cell.day = period.day
             left join office_seen seen on seen.office = cell.unit
            where cell.unit = any($5) and cell.dimension = $6 and cell.day = any($1) and cell.product = any($7)
              and cell.section = any($8) and ($9::text is null or cell.value = $9)"#,
        &days,
        &numbers,
        &closing,
        grouping.code(),
        &units,
        dimension_of(grouping, part).code(),
        &products(grouping, filter),
        &sections(grouping, filter),
        part.map(|cut| cut.value.as_str()),
    )
    .fetch(&mut **tx);
    let mut sums = Sums::default();
    while let Some(row) = rows.try_next().await? {
        row.add_to(sums.of(row.number, &row.grouped));
    }
    sums.in_order()
}

/// Codes of the instruments whose rows answer: each by itself where they are told apart, else the one chosen, or the sum of all.
pub(super) fn products(grouping: Grouping, filter: &Filter) -> Vec<String> {
    let codes = match (filter.product, grouping) {
        (Some(product), _) => vec![product.code()],
        (None, Grouping::Product | Grouping::OfficeAndProduct) => {
            Product::ALL.map(Product::code).to_vec()
        }
        (None, _) => vec![ALL],
    };
    codes.into_iter().map(str::to_owned).collect()
}

/// Codes of the halves of the dashboard whose rows answer, likewise.
pub(super) fn sections(grouping: Grouping, filter: &Filter) -> Vec<String> {
    let codes = match (filter.section, grouping) {
        (Some(section), _) => vec![section.code()],
        (None, Grouping::Section) => Section::ALL.map(Section::code).to_vec(),
        (None, _) => vec![ALL],
    };
    codes.into_iter().map(str::to_owned).collect()
}

/// Figures in the making, by period and group.
#[derive(Debug)]
pub(super) struct Sums<F>(BTreeMap<(i32, String), F>);

impl<F> Default for Sums<F> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<F: Figures> Sums<F> {
    /// What a group has so far.
    pub(super) fn of(&mut self, number: i32, group: &str) -> &mut F {
        self.0.entry((number, group.to_owned())).or_default()
    }

    /// All of them, in order of periods and groups.
    pub(super) fn in_order(self) -> Result<Vec<Sum<F>>, Failure> {
        let sums = self.0.into_iter().map(|((number, group), figures)| {
            Ok(Sum {
                period: usize::try_from(number).map_err(Failure::internal)?,
                group,
                figures,
            })
        });
        sums.collect()
    }
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

/// A cell on a day of a period, or a sum of cells.
struct CellRow {
    number: i32,
    closes: bool,
    grouped: String,
    received: i32,
    received_workers: i32,
    received_hours_hundredths: i64,
    defined: i32,
    accepted: i32,
    partially_accepted: i32,
    rejected: i32,
    defined_workers: i32,
    defined_hours_hundredths: i64,
    gross_days: Integers,
    gross_claims: Integers,
    net_days: Integers,
    net_claims: Integers,
    withdrawn: i32,
    annulled: i32,
    transferred_in: i32,
    transferred_out: i32,
    stock: i32,
    stock_to_take: i32,
    stock_under_review: i32,
    stock_waiting: i32,
    stock_chronic: i32,
    stock_very_old: i32,
    stock_workers: i32,
    stock_hours_hundredths: i64,
    received_total: i32,
    defined_total: i32,
    reexaminations_pending: i32,
    appeals_pending: i32,
    ages: Integers,
}

impl CellRow {
    /// Adds what happened and, on the last day of a period, what is left.
    fn add_to(&self, sum: &mut Measures) {
        sum.received += i64::from(self.received);
        sum.received_workers += i64::from(self.received_workers);
        sum.received_hours_hundredths += self.received_hours_hundredths;
        sum.defined += i64::from(self.defined);
        sum.accepted += i64::from(self.accepted);
        sum.partially_accepted += i64::from(self.partially_accepted);
        sum.rejected += i64::from(self.rejected);
        sum.defined_workers += i64::from(self.defined_workers);
        sum.defined_hours_hundredths += self.defined_hours_hundredths;
        sum.gross_days.add_all(&self.gross_days, &self.gross_claims);
        sum.net_days.add_all(&self.net_days, &self.net_claims);
        sum.withdrawn += i64::from(self.withdrawn);
        sum.annulled += i64::from(self.annulled);
        sum.transferred_in += i64::from(self.transferred_in);
        sum.transferred_out += i64::from(self.transferred_out);
        if self.closes {
            self.add_stock_to(sum);
        }
    }

    fn add_stock_to(&self, sum: &mut Measures) {
        sum.stock += i64::from(self.stock);
        sum.stock_to_take += i64::from(self.stock_to_take);
        sum.stock_under_review += i64::from(self.stock_under_review);
        sum.stock_waiting += i64::from(self.stock_waiting);
        sum.stock_chronic += i64::from(self.stock_chronic);
        sum.stock_very_old += i64::from(self.stock_very_old);
        sum.stock_workers += i64::from(self.stock_workers);
        sum.stock_hours_hundredths += self.stock_hours_hundredths;
        sum.received_total += i64::from(self.received_total);
        sum.defined_total += i64::from(self.defined_total);
        sum.reexaminations_pending += i64::from(self.reexaminations_pending);
        sum.appeals_pending += i64::from(self.appeals_pending);
        add_ages(&mut sum.ages, &self.ages);
    }
}

/// Adds classes of age one by one.
pub(super) fn add_ages(sum: &mut Vec<i64>, more: &[i32]) {
    sum.resize(sum.len().max(more.len()), 0);
    for (sum, more) in sum.iter_mut().zip(more) {
        *sum += i64::from(*more);
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
