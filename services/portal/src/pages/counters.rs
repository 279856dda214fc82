//! The counters as a picture: a band of two years, week by week, with a twin in words.

use chrono::{NaiveDate, TimeDelta};
use kernel::Week;
use proto::omnia::claims::v1::Product;
use proto::omnia::common::v1::{UnitKey, WeekPeriod};
use proto::omnia::limits::v1::{
    Counter, CounterKind, EntryState, GetCountersRequest, LedgerEntry, ListLedgerRequest,
};

use crate::gateway::Platform;
use crate::problem::Outcome;
use crate::text::{Language, Text, format, names};

/// Weeks of the band: the biennio mobile.
const BAND: i32 = 104;
/// Weeks of a row: half a year, which a phone still shows.
const ROW: i32 = 26;
/// Distance from a week of the picture to the next; each is 9 wide.
const STEP: i32 = 11;
const ROW_HEIGHT: i32 = 34;
const HEAD: i32 = 14;

/// The counters of a unit, ready to be shown.
#[derive(Debug, Default)]
pub(crate) struct CountersView {
    /// One row a counter.
    pub(crate) rows: Vec<CounterRow>,
    /// The picture; none when nothing is known.
    pub(crate) band: Option<Band>,
}

/// One counter.
#[derive(Debug)]
pub(crate) struct CounterRow {
    /// Name.
    pub(crate) name: &'static str,
    /// Legal source.
    pub(crate) source: String,
    /// What the law allows.
    pub(crate) limit: String,
    /// What is used.
    pub(crate) used: String,
    /// What is left.
    pub(crate) left: String,
    /// Share that is used, 0 to 100.
    pub(crate) percent: i64,
    /// First week from which something may be asked; empty when it may be now.
    pub(crate) available: String,
}

/// The picture of two years.
#[derive(Debug)]
pub(crate) struct Band {
    /// Width of the picture.
    pub(crate) width: i32,
    /// Height of the picture.
    pub(crate) height: i32,
    /// The weeks.
    pub(crate) cells: Vec<Cell>,
    /// Months: position and name.
    pub(crate) months: Vec<(i32, i32, String)>,
    /// The same in words, a line a run of weeks.
    pub(crate) words: Vec<String>,
    /// One sentence that says all.
    pub(crate) summary: String,
}

/// One week.
#[derive(Debug)]
pub(crate) struct Cell {
    /// Position.
    pub(crate) x: i32,
    /// Position.
    pub(crate) y: i32,
    /// `libera`, `usata`, `chiesta`, `domanda`.
    pub(crate) kind: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    Free,
    Used,
    Asked,
    Claim,
}

impl Use {
    fn class(self) -> &'static str {
        match self {
            Self::Free => "libera",
            Self::Used => "usata",
            Self::Asked => "chiesta",
            Self::Claim => "domanda",
        }
    }

    fn word(self, t: Text) -> &'static str {
        match self {
            Self::Free => t.band_free(),
            Self::Used => t.band_used(),
            Self::Asked => t.band_asked(),
            Self::Claim => t.band_claim(),
        }
    }
}

impl CountersView {
    /// Whether there is nothing to show.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.band.is_none()
    }
}

/// Whether the platform keeps counters for a product, or for one that is not chosen yet: the other funds have counters of
/// their own (`limits.md` §5.4), agriculture and deroga none here.
pub(crate) fn are_kept_for(product: Product) -> bool {
    !matches!(
        product,
        Product::AisFund | Product::Cisoa | Product::Cigd | Product::CigdMulti
    )
}

/// Asks the limits for a unit, seen from the first week of a period or else from next Monday.
pub(crate) async fn of_unit(
    platform: &Platform,
    t: Text,
    unit: &UnitKey,
    period: Option<&WeekPeriod>,
    claim_id: &str,
    today: NaiveDate,
) -> Outcome<CountersView> {
    let request = GetCountersRequest {
        unit: Some(unit.clone()),
        reference_week: period.and_then(|period| period.first_week),
        ..GetCountersRequest::default()
    };
    let counters = platform
        .limits()
        .get_counters(request)
        .await?
        .into_inner()
        .counters;
    with_ledger(platform, t, unit, &counters, period, claim_id, today).await
}

/// The counters that are known already, with the picture that the ledger gives.
pub(crate) async fn with_ledger(
    platform: &Platform,
    t: Text,
    unit: &UnitKey,
    counters: &[Counter],
    period: Option<&WeekPeriod>,
    claim_id: &str,
    today: NaiveDate,
) -> Outcome<CountersView> {
    let request = ListLedgerRequest {
        unit: Some(unit.clone()),
        ..ListLedgerRequest::default()
    };
    let entries = platform
        .limits()
        .list_ledger(request)
        .await?
        .into_inner()
        .entries;
    Ok(CountersView {
        rows: rows(t, counters),
        band: Some(band(t, &entries, period, claim_id, today)),
    })
}

fn rows(t: Text, counters: &[Counter]) -> Vec<CounterRow> {
    counters
        .iter()
        .filter(|counter| counter.limit_units > 0)
        .map(|counter| row(t, counter))
        .collect()
}

fn row(t: Text, counter: &Counter) -> CounterRow {
    let amount = |units: i64| amount(t, counter.kind(), units);
    let residual = if matches!(
        counter.kind(),
        CounterKind::CigoBiennium | CounterKind::AisBiennium
    ) {
        t.weeks(counter.residual_weeks)
    } else {
        amount(counter.residual_units)
    };
    let percent = counter
        .used_units
        .saturating_mul(100)
        .checked_div(counter.limit_units)
        .unwrap_or(0)
        .clamp(0, 100);
    CounterRow {
        name: names::counter(t, counter.kind()),
        source: counter.source.clone(),
        limit: amount(counter.limit_units),
        used: amount(counter.used_units),
        left: residual,
        percent,
        available: if counter.residual_units > 0 {
            String::new()
        } else {
            format::date(counter.first_available_week.as_ref())
        },
    }
}

/// Units of a counter as people count them (`limits.proto`, `CounterKind`).
fn amount(t: Text, kind: CounterKind, units: i64) -> String {
    let Text(language) = t;
    match kind {
        CounterKind::CigoBiennium | CounterKind::AisBiennium => {
            t.weeks_text(&fraction(units, 30, language))
        }
        CounterKind::CigoContinuous | CounterKind::CigoWaiting => t.weeks(units),
        CounterKind::CigoOneThird | CounterKind::CigsHours | CounterKind::AisOneThird => {
            t.hours_text(&format::number(units, language))
        }
        CounterKind::TotalDuration
        | CounterKind::CigsRiorg
        | CounterKind::CigsCrisi
        | CounterKind::CigsCds => t.months_text(&fraction(units, 780, language)),
        CounterKind::Unspecified => format::number(units, language),
    }
}

/// A count of parts as whole numbers, with two decimals only where there is a rest.
fn fraction(units: i64, parts: i64, language: Language) -> String {
    if units % parts == 0 {
        format::number(units / parts, language)
    } else {
        format::hundredths(units * 100 / parts, language)
    }
}

fn band(
    t: Text,
    entries: &[LedgerEntry],
    period: Option<&WeekPeriod>,
    claim_id: &str,
    today: NaiveDate,
) -> Band {
    let wanted = period.and_then(|period| {
        let first = period.first_week.as_ref().and_then(format::of_message)?;
        Some((Week::of(first).index(), period.weeks))
    });
    // The band ends with what is asked for, or else with the week under way.
    let last = wanted.map_or(Week::of(today).index(), |(first, weeks)| {
        (first + weeks - 1).max(Week::of(today).index())
    });
    let first = last - BAND + 1;
    let own = format!("claim:{claim_id}");
    let uses: Vec<Use> = (first..=last)
        .map(|week| use_of(week, entries, wanted, &own))
        .collect();
    Band {
        width: ROW * STEP,
        height: BAND / ROW * ROW_HEIGHT,
        cells: cells(&uses),
        months: months(first, t),
        words: words(t, first, &uses),
        summary: summary(t, &uses),
    }
}

fn use_of(week: i32, entries: &[LedgerEntry], wanted: Option<(i32, i32)>, own: &str) -> Use {
    let is_wanted = wanted.is_some_and(|(first, weeks)| (first..first + weeks).contains(&week));
    let monday = Week::from_index(week).monday();
    let touching = entries
        .iter()
        // Flags make a period neutral: it does not count (`limits.md` §2.5).
        .filter(|entry| entry.flags.is_empty() && touches(entry, monday));
    let mut asked = false;
    for entry in touching {
        match entry.state() {
            EntryState::Authorised | EntryState::Reserved => return Use::Used,
            EntryState::Requested if entry.origin != own => asked = true,
            _ => {}
        }
    }
    match (is_wanted, asked) {
        (true, _) => Use::Claim,
        (false, true) => Use::Asked,
        (false, false) => Use::Free,
    }
}

fn touches(entry: &LedgerEntry, monday: NaiveDate) -> bool {
    let day =
        |date: &Option<proto::google::r#type::Date>| date.as_ref().and_then(format::of_message);
    let (Some(first), Some(last)) = (day(&entry.first_day), day(&entry.last_day)) else {
        return false;
    };
    first <= monday + TimeDelta::days(6) && monday <= last
}

fn cells(uses: &[Use]) -> Vec<Cell> {
    (0..)
        .zip(uses)
        .map(|(index, kind)| Cell {
            x: index % ROW * STEP,
            y: index / ROW * ROW_HEIGHT + HEAD,
            kind: kind.class(),
        })
        .collect()
}

/// The first week of every third month carries its name.
fn months(first: i32, t: Text) -> Vec<(i32, i32, String)> {
    use chrono::Datelike;
    (0..BAND)
        .filter_map(|index| {
            let monday = Week::from_index(first + index).monday();
            let starts = monday.day() <= 7 && monday.month0().is_multiple_of(3);
            // The name of a month needs some room before the end of the row.
            let fits = index % ROW <= ROW - 6;
            (starts && fits).then(|| {
                let name = format!("{} {}", t.month(monday.month0() as usize), monday.year());
                (
                    index % ROW * STEP,
                    index / ROW * ROW_HEIGHT + HEAD - 4,
                    name,
                )
            })
        })
        .collect()
}

fn words(t: Text, first: i32, uses: &[Use]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut start = 0;
    while start < uses.len() {
        let kind = uses[start];
        let length = uses[start..]
            .iter()
            .take_while(|other| **other == kind)
            .count();
        if kind != Use::Free {
            let at = |index: usize| Week::from_index(first + i32::try_from(index).unwrap_or(0));
            lines.push(t.band_run(
                &format::day(at(start).monday()),
                &format::day(at(start + length - 1).sunday()),
                kind.word(t),
            ));
        }
        start += length;
    }
    lines
}

fn summary(t: Text, uses: &[Use]) -> String {
    let count = |kind: Use| uses.iter().filter(|other| **other == kind).count();
    t.band_summary(
        count(Use::Used),
        count(Use::Asked),
        count(Use::Claim),
        count(Use::Free),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn entry(first: &str, last: &str, state: EntryState, origin: &str) -> LedgerEntry {
        LedgerEntry {
            first_day: Some(format::to_message(day(first))),
            last_day: Some(format::to_message(day(last))),
            state: state as i32,
            origin: origin.to_owned(),
            ..LedgerEntry::default()
        }
    }

    #[test]
    fn the_band_shows_what_is_used_asked_and_wanted_in_the_last_two_years() {
        let entries = [
            entry(
                "2026-03-02",
                "2026-03-15",
                EntryState::Authorised,
                "history:1",
            ),
            entry(
                "2026-04-06",
                "2026-04-12",
                EntryState::Requested,
                "claim:other",
            ),
            entry(
                "2026-09-07",
                "2026-09-13",
                EntryState::Requested,
                "claim:own",
            ),
            entry(
                "2020-01-06",
                "2020-02-02",
                EntryState::Authorised,
                "history:2",
            ),
        ];
        let period = WeekPeriod {
            first_week: Some(format::to_message(day("2026-09-07"))),
            weeks: 3,
        };
        let band = band(
            Text(Language::Italian),
            &entries,
            Some(&period),
            "own",
            day("2026-09-02"),
        );
        let count = |kind| band.cells.iter().filter(|cell| cell.kind == kind).count();
        assert_eq!(band.cells.len(), 104);
        assert_eq!(
            (
                count("usata"),
                count("chiesta"),
                count("domanda"),
                count("libera")
            ),
            (2, 1, 3, 98)
        );
        assert_eq!(band.words.len(), 3);
        assert!(band.words[0].contains("02/03/2026") && band.words[0].contains("15/03/2026"));
    }

    #[test]
    fn a_counter_is_told_in_weeks_and_months_and_not_in_its_own_units() {
        let t = Text(Language::Italian);
        assert_eq!(
            amount(t, CounterKind::CigoBiennium, 1_560),
            t.weeks_text("52")
        );
        assert_eq!(
            amount(t, CounterKind::CigoBiennium, 45),
            t.weeks_text("1,50")
        );
        assert_eq!(
            amount(t, CounterKind::TotalDuration, 18_720),
            t.months_text("24")
        );
        assert_eq!(
            amount(t, CounterKind::CigoOneThird, 58_933),
            t.hours_text("58.933")
        );
    }
}
