//! Figures: of a day, cut by a dimension, over time, and where their pace leads.

use std::collections::BTreeMap;

use chassis::db::ScopedFutureExt;
use chassis::identity::Caller;
use chassis::{Failure, Tx};
use chrono::{Days, NaiveDate};

use super::dashboard::{Dashboard, last_published, published};
use crate::domain::{
    Dimension, Filter, Forecast, LONGEST_TREND, Measures, PACE_DAYS, Period, Rates, Selection,
    TrendStep, periods, total,
};
pub(crate) use crate::store::corrections::Correction;
use crate::store::ledger;
pub(crate) use crate::store::volumes::{Grouping, PublishedDay};
use crate::store::{corrections, volumes};

/// How far back the stock is looked at to say whether it grows (`claims.md` DAS-2).
const GROWING_OVER: Days = Days::new(30);

/// Corrections shown.
const CORRECTIONS_SHOWN: i64 = 500;

/// The picture of a day, by office and product.
#[derive(Debug)]
pub(crate) struct Volumes {
    pub(crate) picture: PublishedDay,
    pub(crate) stale: bool,
    pub(crate) cells: Vec<Cell>,
    pub(crate) total: Measures,
}

/// A cell of it.
#[derive(Debug)]
pub(crate) struct Cell {
    pub(crate) office: String,
    pub(crate) region_istat: String,
    pub(crate) product: String,
    pub(crate) measures: Measures,
}

/// Figures cut by a dimension.
#[derive(Debug)]
pub(crate) struct Breakdown {
    pub(crate) from: NaiveDate,
    pub(crate) picture: PublishedDay,
    pub(crate) days: usize,
    pub(crate) stale: bool,
    pub(crate) parts: Vec<Part>,
    pub(crate) total: Part,
}

/// The figures of one value.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) value: String,
    pub(crate) measures: Measures,
    pub(crate) rates: Rates,
    /// Whether the stock is larger than 30 days before; `None` when that day is not published.
    pub(crate) growing: Option<bool>,
}

/// A period of a trend.
#[derive(Debug)]
pub(crate) struct TrendPeriod {
    pub(crate) from: NaiveDate,
    pub(crate) to: NaiveDate,
    pub(crate) revision: i32,
    pub(crate) age_classes: Vec<String>,
    pub(crate) total: Measures,
}

/// Where the present pace leads.
#[derive(Debug)]
pub(crate) struct Outlook {
    pub(crate) as_of: NaiveDate,
    pub(crate) pace_from: NaiveDate,
    pub(crate) pace_days: usize,
    pub(crate) forecast: Forecast,
}

/// What to cut, and by what.
#[derive(Debug, Clone)]
pub(crate) struct BreakdownQuestion {
    pub(crate) as_of: Option<NaiveDate>,
    pub(crate) from: Option<NaiveDate>,
    pub(crate) filter: Filter,
    pub(crate) by: Grouping,
}

/// Which days to tell, and how.
#[derive(Debug, Clone)]
pub(crate) struct TrendQuestion {
    pub(crate) from: NaiveDate,
    pub(crate) to: NaiveDate,
    pub(crate) step: TrendStep,
    pub(crate) filter: Filter,
}

impl Dashboard {
    /// The picture of a day, the last published one when none is named.
    pub(crate) async fn volumes(
        &self,
        caller: &Caller,
        as_of: Option<NaiveDate>,
        filter: Filter,
    ) -> Result<Volumes, Failure> {
        let action = "dasmo.volumes";
        let selection = &self.select(caller, action, filter).await?;
        self.database
            .transaction("get_volumes", |tx| {
                async move {
                    volumes::take_snapshot(tx).await?;
                    let (picture, last) = published(tx, as_of).await?;
                    let day = [Period::day(picture.day)];
                    let sums =
                        volumes::sums(tx, &day, Grouping::OfficeAndProduct, selection).await?;
                    let regions = regions(tx).await?;
                    self.shown(tx, caller, action, picture.day.to_string(), sums.len())
                        .await?;
                    Ok(Volumes {
                        stale: self.stale(Some(last)),
                        total: total(
                            sums.iter().map(|sum| &sum.measures),
                            picture.age_classes.len(),
                        ),
                        cells: sums.into_iter().map(|sum| cell(sum, &regions)).collect(),
                        picture,
                    })
                }
                .scope_boxed()
            })
            .await
    }

    /// Figures of an interval up to a day, cut by a dimension.
    pub(crate) async fn breakdown(
        &self,
        caller: &Caller,
        question: BreakdownQuestion,
    ) -> Result<Breakdown, Failure> {
        let action = "dasmo.breakdown";
        let selection = &self.select(caller, action, question.filter.clone()).await?;
        let question = &question;
        self.database
            .transaction("get_breakdown", |tx| {
                async move {
                    let breakdown = self.cut(tx, question, selection).await?;
                    let resource = format!("{}/{}", breakdown.from, breakdown.picture.day);
                    self.shown(tx, caller, action, resource, breakdown.parts.len())
                        .await?;
                    Ok(breakdown)
                }
                .scope_boxed()
            })
            .await
    }

    pub(super) async fn cut(
        &self,
        tx: &mut Tx,
        question: &BreakdownQuestion,
        selection: &Selection,
    ) -> Result<Breakdown, Failure> {
        fits_the_part(question)?;
        volumes::take_snapshot(tx).await?;
        let (picture, last) = published(tx, question.as_of).await?;
        let from = question.from.unwrap_or(picture.day);
        within_reason(from, picture.day, "from")?;
        let interval = Period {
            days: days(&volumes::published_between(tx, from, picture.day).await?),
        };
        let before = volumes::published(tx, picture.day - GROWING_OVER).await?;
        let counted = interval.days.len();
        let mut asked = vec![interval];
        asked.extend(before.as_ref().map(|day| Period::day(day.day)));
        let cut = volumes::sums(tx, &asked, question.by, selection).await?;
        let whole = volumes::sums(tx, &asked, Grouping::Nothing, selection).await?;
        let has_before = before.is_some();
        let mut totals = parts(whole, has_before, counted);
        let mut parts = parts(cut, has_before, counted);
        match question.by {
            Grouping::Values(Dimension::Age) => in_order_of(&mut parts, &picture.age_classes),
            Grouping::Values(Dimension::Size) => {
                in_order_of(&mut parts, &volumes::size_classes(tx).await?);
            }
            _ => {}
        }
        let blank = Measures::none(picture.age_classes.len());
        Ok(Breakdown {
            from,
            days: counted,
            stale: self.stale(Some(last)),
            parts,
            total: totals
                .pop()
                .unwrap_or_else(|| part(String::new(), blank, has_before.then_some(0), counted)),
            picture,
        })
    }

    /// The totals of the published days of an interval, by periods.
    pub(crate) async fn trend(
        &self,
        caller: &Caller,
        question: TrendQuestion,
    ) -> Result<Vec<TrendPeriod>, Failure> {
        let action = "dasmo.trend";
        let selection = &self.select(caller, action, question.filter.clone()).await?;
        let question = &question;
        self.database
            .transaction("get_trend", |tx| {
                async move {
                    let trend = follow(tx, question, selection).await?;
                    let resource = format!("{}/{}", question.from, question.to);
                    self.shown(tx, caller, action, resource, trend.len())
                        .await?;
                    Ok(trend)
                }
                .scope_boxed()
            })
            .await
    }

    /// When the stock clears at the pace of the last days.
    pub(crate) async fn forecast(
        &self,
        caller: &Caller,
        filter: Filter,
    ) -> Result<Outlook, Failure> {
        let action = "dasmo.forecast";
        let selection = &self.select(caller, action, filter).await?;
        self.database
            .transaction("get_forecast", |tx| {
                async move {
                    volumes::take_snapshot(tx).await?;
                    let as_of = last_published(tx).await?.day;
                    let first = as_of - Days::new(PACE_DAYS - 1);
                    let pace = Period {
                        days: days(&volumes::published_between(tx, first, as_of).await?),
                    };
                    let (pace_from, pace_days) = (pace.from(), pace.days.len());
                    let sums = volumes::sums(tx, &[pace], Grouping::Nothing, selection).await?;
                    let figures = total(sums.iter().map(|sum| &sum.measures), 0);
                    self.shown(tx, caller, action, as_of.to_string(), 1).await?;
                    Ok(Outlook {
                        as_of,
                        pace_from,
                        pace_days,
                        forecast: Forecast::of(&figures, as_of, signed(pace_days)),
                    })
                }
                .scope_boxed()
            })
            .await
    }

    /// Where published days came out other when they were made again.
    pub(crate) async fn corrections(
        &self,
        caller: &Caller,
        filter: Filter,
    ) -> Result<Vec<Correction>, Failure> {
        let action = "dasmo.corrections";
        let selection = &self.select(caller, action, filter).await?;
        self.database
            .transaction("list_corrections", |tx| {
                async move {
                    let found = corrections::last(tx, selection, CORRECTIONS_SHOWN).await?;
                    self.shown(tx, caller, action, String::new(), found.len())
                        .await?;
                    Ok(found)
                }
                .scope_boxed()
            })
            .await
    }
}

/// The periods of a question.
pub(super) async fn follow(
    tx: &mut Tx,
    question: &TrendQuestion,
    selection: &Selection,
) -> Result<Vec<TrendPeriod>, Failure> {
    if question.from > question.to {
        return Err(Failure::field("to", "must not be before from"));
    }
    within_reason(question.from, question.to, "to")?;
    volumes::take_snapshot(tx).await?;
    last_published(tx).await?;
    let published = volumes::published_between(tx, question.from, question.to).await?;
    let periods = periods(&days(&published), question.step);
    let sums = volumes::sums(tx, &periods, Grouping::Nothing, selection).await?;
    Ok(trend_of(&periods, &published, sums))
}

/// Pictures are kept by each characteristic, not by their combinations: those with one value of one cannot be cut by
/// another.
fn fits_the_part(question: &BreakdownQuestion) -> Result<(), Failure> {
    match (question.by, &question.filter.part) {
        (Grouping::Values(by), Some(part)) if by != part.dimension => Err(Failure::field(
            "by",
            "must be a territory, product, section or the characteristic of filter.parts: pictures are kept by each \
             characteristic, not by their combinations",
        )),
        _ => Ok(()),
    }
}

fn within_reason(from: NaiveDate, to: NaiveDate, field: &str) -> Result<(), Failure> {
    if from > to {
        return Err(Failure::field(field, "must not be after as_of"));
    }
    if (to - from).num_days() >= LONGEST_TREND {
        return Err(Failure::field(
            field,
            "must be less than 800 days away (claims.md DAS-6)",
        ));
    }
    Ok(())
}

fn days(published: &[PublishedDay]) -> Vec<NaiveDate> {
    published.iter().map(|day| day.day).collect()
}

async fn regions(tx: &mut Tx) -> Result<BTreeMap<String, String>, Failure> {
    let offices = ledger::offices(tx).await?;
    Ok(offices
        .into_iter()
        .map(|one| (one.office.as_str().to_owned(), one.region_istat))
        .collect())
}

fn cell(sum: volumes::Sum, regions: &BTreeMap<String, String>) -> Cell {
    let (office, product) = sum.group.split_once(' ').unwrap_or((&sum.group, ""));
    Cell {
        office: office.to_owned(),
        region_istat: regions.get(office).cloned().unwrap_or_default(),
        product: product.to_owned(),
        measures: sum.measures,
    }
}

/// The groups of the interval, the first period, beside their stock in the second, 30 days before.
fn parts(sums: Vec<volumes::Sum>, has_before: bool, days: usize) -> Vec<Part> {
    let (interval, before): (Vec<_>, Vec<_>) = sums.into_iter().partition(|sum| sum.period == 0);
    let before: BTreeMap<String, i64> = before
        .into_iter()
        .map(|sum| (sum.group, sum.measures.stock))
        .collect();
    let stock_before =
        |group: &str| has_before.then(|| before.get(group).copied().unwrap_or_default());
    interval
        .into_iter()
        .map(|sum| {
            let stock_before = stock_before(&sum.group);
            part(sum.group, sum.measures, stock_before, days)
        })
        .collect()
}

/// Classes come lowest first, not by their names.
fn in_order_of(parts: &mut [Part], classes: &[String]) {
    parts.sort_by_key(|part| classes.iter().position(|class| *class == part.value));
}

fn part(value: String, measures: Measures, stock_before: Option<i64>, days: usize) -> Part {
    Part {
        value,
        rates: Rates::of(&measures, signed(days)),
        growing: stock_before.map(|before| measures.stock > before),
        measures,
    }
}

/// One entry a period: one in which the selection has no cell counts nothing, but is there.
fn trend_of(
    periods: &[Period],
    published: &[PublishedDay],
    sums: Vec<volumes::Sum>,
) -> Vec<TrendPeriod> {
    let mut sums: BTreeMap<usize, Measures> = sums
        .into_iter()
        .map(|sum| (sum.period, sum.measures))
        .collect();
    let mut published = published.iter();
    periods
        .iter()
        .enumerate()
        .filter_map(|(number, period)| {
            let days: Vec<_> = published.by_ref().take(period.days.len()).collect();
            let last = days.last()?;
            let classes = last.age_classes.clone();
            Some(TrendPeriod {
                from: period.from(),
                to: period.to(),
                revision: days.iter().map(|day| day.revision).max().unwrap_or(1),
                total: sums
                    .remove(&number)
                    .unwrap_or_else(|| Measures::none(classes.len())),
                age_classes: classes,
            })
        })
        .collect()
}

fn signed(days: usize) -> i64 {
    i64::try_from(days).unwrap_or(i64::MAX)
}
