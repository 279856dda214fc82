//! What flows of direct payment say was used, as the feed of payments tells it (`limits.md` §6.3).
//!
//! A flow tells hours by worker and week. Once every month of an authorised period has flows whose lines are all paid or
//! cancelled, the hours paid are what was used, and the days are the working days of the weeks with hours [C]: a flow does not
//! tell on which days they lie. Until then what is authorised counts as used. What a later flow changes is a new version.

use std::collections::{BTreeMap, BTreeSet};

use chassis::{Failure, Tx};
use chrono::{Datelike, NaiveDate, Weekday};
use kernel::calendar::{add_months, end_of_month};
use kernel::{Hours, Period, Week};
use uuid::Uuid;

use crate::domain::WorkingDays;
use crate::domain::ledger::{Entry, UnitKey, Usage, Version};
use crate::store;
use crate::store::{MonthChange, PaidMonth};

use super::App;

/// Why a version is written.
const REASON: &str = "flussi di pagamento diretto";

/// What a step of a line changes.
#[derive(Debug, Clone)]
pub struct LineTold {
    /// The claim.
    pub claim: Uuid,
    /// Its unit.
    pub unit: UnitKey,
    /// First day of the month.
    pub month: NaiveDate,
    /// Lines that become open, or are no longer.
    pub open_lines: i64,
    /// Hundredths of hours by week, in the order of the weeks of the month, that become paid; below zero those sent back.
    pub paid_hours: Vec<i64>,
}

impl App {
    /// Takes steps of lines in, in the order in which they happened.
    pub async fn take_paid(&self, tx: &mut Tx, told: &[LineTold]) -> Result<(), Failure> {
        store::change_months(tx, &by_month(told)).await?;
        let claims: BTreeMap<Uuid, &UnitKey> =
            told.iter().map(|line| (line.claim, &line.unit)).collect();
        if claims.is_empty() {
            return Ok(());
        }
        let units: BTreeSet<UnitKey> = claims.values().copied().cloned().collect();
        let units: Vec<UnitKey> = units.into_iter().collect();
        let at = self.lock(tx, &units).await?;
        let mut news = Vec::new();
        for known in store::authorised(tx, &units).await? {
            let Some(claim) = claim_of(&known.entry).filter(|claim| claims.contains_key(claim))
            else {
                continue;
            };
            let months = store::paid_months(tx, claim).await?;
            let usage = used(&known.entry, &months);
            if usage.is_some() && usage != known.entry.usage {
                let entry = Entry {
                    usage,
                    ..known.entry.clone()
                };
                news.push(known.next(entry, at, Some(REASON.to_owned())));
            }
        }
        news.sort_by_key(|version: &Version| version.entry.id);
        self.write_all(tx, &news).await
    }
}

fn by_month(told: &[LineTold]) -> Vec<(Uuid, NaiveDate, MonthChange)> {
    let mut changes: BTreeMap<(Uuid, NaiveDate), MonthChange> = BTreeMap::new();
    for line in told {
        let change = changes.entry((line.claim, line.month)).or_default();
        change.open_lines += line.open_lines;
        let first = Week::of(line.month);
        for (place, hours) in (0..).zip(&line.paid_hours) {
            *change.hours.entry(first + place).or_default() += hours;
        }
    }
    changes
        .into_iter()
        .map(|((claim, month), change)| (claim, month, change))
        .collect()
}

fn claim_of(entry: &Entry) -> Option<Uuid> {
    entry.booking.origin.strip_prefix("claim:")?.parse().ok()
}

/// What was used of a period; `None` until each of its months has flows that are paid or cancelled whole.
fn used(entry: &Entry, months: &[PaidMonth]) -> Option<Usage> {
    let period = entry.booking.period;
    let whole = |month: NaiveDate| {
        let known = months.iter().find(|known| known.month == month);
        known.is_some_and(|known| known.open_lines == 0)
    };
    if !months_of(period).all(whole) || months.iter().any(|known| known.open_lines > 0) {
        return None;
    }
    let mut dates = BTreeSet::new();
    let mut hours: BTreeMap<Week, Hours> = BTreeMap::new();
    for known in months {
        let month = Period::between(known.month, end_of_month(known.month));
        for (week, paid) in &known.hours {
            dates.extend(
                week.days()
                    .filter(|day| works_on(entry, *day))
                    .filter(|day| month.contains(*day) && period.contains(*day)),
            );
            let sum = hours.entry(*week).or_default();
            *sum = sum.checked_add(*paid)?;
        }
    }
    let usage = Usage { dates, hours };
    let told = Entry {
        usage: Some(usage.clone()),
        ..entry.clone()
    };
    // Hours that the ledger does not have, as of an entry that was corrected since, are left untold; the days stand.
    Some(if told.faults().is_empty() {
        usage
    } else {
        Usage {
            hours: BTreeMap::new(),
            ..usage
        }
    })
}

fn works_on(entry: &Entry, day: NaiveDate) -> bool {
    let of_unit = entry.facts.map(|facts| facts.working_days);
    let six = entry.booking.working_days.or(of_unit) == Some(WorkingDays::Six);
    match day.weekday() {
        Weekday::Sun => false,
        Weekday::Sat => six,
        _ => true,
    }
}

/// First days of the months that a period touches.
fn months_of(period: Period) -> impl Iterator<Item = NaiveDate> {
    let first = period.first_day().with_day(1);
    std::iter::successors(first, |month| Some(add_months(*month, 1)))
        .take_while(move |month| *month <= period.last_day())
}
