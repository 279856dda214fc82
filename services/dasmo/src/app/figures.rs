//! Figures: of a day, cut by a dimension, over time, and where their pace leads.

use std::collections::BTreeMap;

use chassis::db::ScopedFutureExt;
use chassis::identity::Caller;
use chassis::{Failure, Tx};
use chrono::{Days, NaiveDate};

use super::dashboard::{Dashboard, last_published, published};
use crate::domain::{
    Dimension, Figures, Filter, Forecast, LONGEST_TREND, Measures, PACE_DAYS, Period, Rates,
    Selection, TrendStep, periods, total,
};
pub(crate) use crate::store::corrections::Correction;
use crate::store::corrections::Noted;
use crate::store::ledger;
use crate::store::volumes::Sum;
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
pub(crate) struct Breakdown<F> {
    pub(crate) from: NaiveDate,
    pub(crate) picture: PublishedDay,
    pub(crate) days: usize,
    pub(crate) stale: bool,
    pub(crate) parts: Vec<Part<F>>,
    pub(crate) total: Part<F>,
}

/// The figures of one value.
#[derive(Debug)]
pub(crate) struct Part<F> {
    pub(crate) value: String,
    pub(crate) figures: F,
    pub(crate) rates: Rates,
    /// Whether the stock is larger than 30 days before; `None` when that day is not published.
    pub(crate) growing: Option<bool>,
}

/// A period of a trend.
#[derive(Debug)]
pub(crate) struct TrendPeriod<F> {
    pub(crate) from: NaiveDate,
    pub(crate) to: NaiveDate,
    pub(crate) revision: i32,
    pub(crate) age_classes: Vec<String>,
    pub(crate) total: F,
}

/// Periods in order.
#[derive(Debug)]
pub(crate) struct Trend<F> {
    /// The last published day.
    pub(crate) as_of: NaiveDate,
    pub(crate) stale: bool,
    pub(crate) periods: Vec<TrendPeriod<F>>,
}

/// Where the pace of a day leads.
#[derive(Debug)]
pub(crate) struct Outlook {
    pub(crate) as_of: NaiveDate,
    pub(crate) stale: bool,
    pub(crate) pace_from: NaiveDate,
    pub(crate) pace_days: usize,
    pub(crate) forecast: Forecast,
}

/// What figures are of.
pub(crate) trait Subject: Send + Sync + 'static {
    /// Its figures.
    type Figures: Figures;

    /// What its corrections are told by.
    const NOTED: Noted;

    /// Names of looks at it in the trail.
    const LOOKS: Looks;

    /// The figures of periods within a selection, put together.
    fn sums(
        tx: &mut Tx,
        periods: &[Period],
        grouping: Grouping,
        selection: &Selection,
    ) -> impl Future<Output = Result<Vec<Sum<Self::Figures>>, Failure>> + Send;
}

/// Names of looks at a subject in the trail.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Looks {
    pub(crate) breakdown: &'static str,
    pub(crate) trend: &'static str,
    pub(crate) forecast: &'static str,
    pub(crate) corrections: &'static str,
}

/// Claims.
pub(crate) struct Claims;

impl Subject for Claims {
    type Figures = Measures;

    const NOTED: Noted = Noted::Claims;

    const LOOKS: Looks = Looks {
        breakdown: "dasmo.breakdown",
        trend: "dasmo.trend",
        forecast: "dasmo.forecast",
        corrections: "dasmo.corrections",
    };

    async fn sums(
        tx: &mut Tx,
        periods: &[Period],
        grouping: Grouping,
        selection: &Selection,
    ) -> Result<Vec<Sum<Measures>>, Failure> {
        volumes::sums(tx, periods, grouping, selection).await
    }
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
                            sums.iter().map(|sum| &sum.figures),
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
    pub(crate) async fn breakdown<S: Subject>(
        &self,
        caller: &Caller,
        question: BreakdownQuestion,
    ) -> Result<Breakdown<S::Figures>, Failure> {
        let action = S::LOOKS.breakdown;
        let selection = &self.select(caller, action, question.filter.clone()).await?;
        let question = &question;
        self.database
            .transaction("get_breakdown", |tx| {
                async move {
                    let breakdown = self.cut::<S>(tx, question, selection).await?;
                    let resource = format!("{}/{}", breakdown.from, breakdown.picture.day);
                    self.shown(tx, caller, action, resource, breakdown.parts.len())
                        .await?;
                    Ok(breakdown)
                }
                .scope_boxed()
            })
            .await
    }

    pub(in crate::app) async fn cut<S: Subject>(
        &self,
        tx: &mut Tx,
        question: &BreakdownQuestion,
        selection: &Selection,
    ) -> Result<Breakdown<S::Figures>, Failure> {
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
        let cut = S::sums(tx, &asked, question.by, selection).await?;
        let whole = S::sums(tx, &asked, Grouping::Nothing, selection).await?;
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
        let blank = S::Figures::none(picture.age_classes.len());
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
    pub(crate) async fn trend<S: Subject>(
        &self,
        caller: &Caller,
        question: TrendQuestion,
    ) -> Result<Trend<S::Figures>, Failure> {
        let action = S::LOOKS.trend;
        let selection = &self.select(caller, action, question.filter.clone()).await?;
        let question = &question;
        self.database
            .transaction("get_trend", |tx| {
                async move {
                    let trend = self.follow::<S>(tx, question, selection).await?;
                    let resource = format!("{}/{}", question.from, question.to);
                    self.shown(tx, caller, action, resource, trend.periods.len())
                        .await?;
                    Ok(trend)
                }
                .scope_boxed()
            })
            .await
    }

    /// The periods of a question.
    pub(super) async fn follow<S: Subject>(
        &self,
        tx: &mut Tx,
        question: &TrendQuestion,
        selection: &Selection,
    ) -> Result<Trend<S::Figures>, Failure> {
        if question.from > question.to {
            return Err(Failure::field("to", "must not be before from"));
        }
        within_reason(question.from, question.to, "to")?;
        volumes::take_snapshot(tx).await?;
        let last = last_published(tx).await?.day;
        let published = volumes::published_between(tx, question.from, question.to).await?;
        let periods = periods(&days(&published), question.step);
        let sums = S::sums(tx, &periods, Grouping::Nothing, selection).await?;
        Ok(Trend {
            as_of: last,
            stale: self.stale(Some(last)),
            periods: trend_of(&periods, &published, sums),
        })
    }

    /// When the stock of a day, the last published one when none is named, clears at the pace of the days up to it.
    pub(crate) async fn forecast<S: Subject>(
        &self,
        caller: &Caller,
        as_of: Option<NaiveDate>,
        filter: Filter,
    ) -> Result<Outlook, Failure> {
        let action = S::LOOKS.forecast;
        let selection = &self.select(caller, action, filter).await?;
        self.database
            .transaction("get_forecast", |tx| {
                async move {
                    volumes::take_snapshot(tx).await?;
                    let (picture, last) = published(tx, as_of).await?;
                    let as_of = picture.day;
                    let first = as_of - Days::new(PACE_DAYS - 1);
                    let pace = Period {
                        days: days(&volumes::published_between(tx, first, as_of).await?),
                    };
                    let (pace_from, pace_days) = (pace.from(), pace.days.len());
                    let sums = S::sums(tx, &[pace], Grouping::Nothing, selection).await?;
                    let figures: S::Figures = total(sums.iter().map(|sum| &sum.figures), 0);
                    self.shown(tx, caller, action, as_of.to_string(), 1).await?;
                    Ok(Outlook {
                        as_of,
                        stale: self.stale(Some(last)),
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
    pub(crate) async fn corrections<S: Subject>(
        &self,
        caller: &Caller,
        filter: Filter,
    ) -> Result<Vec<Correction>, Failure> {
        let action = S::LOOKS.corrections;
        let selection = &self.select(caller, action, filter).await?;
        self.database
            .transaction("list_corrections", |tx| {
                async move {
                    let found =
                        corrections::last(tx, S::NOTED, selection, CORRECTIONS_SHOWN).await?;
                    self.shown(tx, caller, action, String::new(), found.len())
                        .await?;
                    Ok(found)
                }
                .scope_boxed()
            })
            .await
    }
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
    if (to - from).num_days() > LONGEST_TREND {
        return Err(Failure::field(
            field,
            "must be at most 800 days away (claims.md DAS-6)",
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

fn cell(sum: Sum<Measures>, regions: &BTreeMap<String, String>) -> Cell {
    let (office, product) = sum.group.split_once(' ').unwrap_or((&sum.group, ""));
    Cell {
        office: office.to_owned(),
        region_istat: regions.get(office).cloned().unwrap_or_default(),
        product: product.to_owned(),
        measures: sum.figures,
    }
}

/// The groups of the interval, the first period, beside their stock in the second, 30 days before.
fn parts<F: Figures>(sums: Vec<Sum<F>>, has_before: bool, days: usize) -> Vec<Part<F>> {
    let (interval, before): (Vec<_>, Vec<_>) = sums.into_iter().partition(|sum| sum.period == 0);
    let before: BTreeMap<String, i64> = before
        .into_iter()
        .map(|sum| (sum.group, sum.figures.stock()))
        .collect();
    let stock_before =
        |group: &str| has_before.then(|| before.get(group).copied().unwrap_or_default());
    interval
        .into_iter()
        .map(|sum| {
            let stock_before = stock_before(&sum.group);
            part(sum.group, sum.figures, stock_before, days)
        })
        .collect()
}

/// Classes come lowest first, not by their names.
fn in_order_of<F>(parts: &mut [Part<F>], classes: &[String]) {
    parts.sort_by_key(|part| classes.iter().position(|class| *class == part.value));
}

fn part<F: Figures>(value: String, figures: F, stock_before: Option<i64>, days: usize) -> Part<F> {
    Part {
        value,
        rates: Rates::of(&figures, signed(days)),
        growing: stock_before.map(|before| figures.stock() > before),
        figures,
    }
}

/// One entry a period: one in which the selection has no cell counts nothing, but is there.
fn trend_of<F: Figures>(
    periods: &[Period],
    published: &[PublishedDay],
    sums: Vec<Sum<F>>,
) -> Vec<TrendPeriod<F>> {
    let mut sums: BTreeMap<usize, F> = sums
        .into_iter()
        .map(|sum| (sum.period, sum.figures))
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
                    .unwrap_or_else(|| F::none(classes.len())),
                age_classes: classes,
            })
        })
        .collect()
}

fn signed(days: usize) -> i64 {
    i64::try_from(days).unwrap_or(i64::MAX)
}
