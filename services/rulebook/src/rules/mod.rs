//! The rules as data: figures with the days on which they hold, climate windows, monthly caps, switches; each with its
//! legal source.
//!
//! The files are those of `data/`, or others that the service is told of. [`read()`] checks them as a whole: a new decree
//! is a new row and nothing else, and a past period is judged by the rules of its time.

mod change;
mod key;
mod read;
mod record;
mod switches;

use std::ops::BitOr;
use std::sync::LazyLock;

use chrono::NaiveDate;
use kernel::{Cents, Period, Week};

use super::week_value::Span;

pub use change::{ReadingChange, RowChange, RulesChange};
pub use key::{Key, Unit};
pub use read::{Fault, Faults, RuleFiles, read};
pub use record::{Record, Unreadable};
pub use switches::{HoursBasis, LateRule, Overlap, Switch, Switches, WaitingTrigger};

/// A day known when the program is compiled.
pub(super) const fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    match NaiveDate::from_ymd_opt(year, month, day) {
        Some(date) => date,
        None => panic!("not a day of the calendar"),
    }
}

/// First day that any counter looks at (art. 44 c. 2; Min. Lavoro circ. 17/2017).
pub const FIRST_COUNTED_DAY: NaiveDate = day(2015, 9, 24);

/// A value, the days on which it holds, and where it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dated {
    /// The value, in the unit of its key; percentages in tenths.
    pub value: i64,
    /// First day on which it holds.
    pub from: NaiveDate,
    /// Last day on which it holds; `None` when it still does.
    pub to: Option<NaiveDate>,
    /// Legal source. Rules are read once and live as long as the process.
    pub source: &'static str,
}

/// Days on which the bad weather of letters m, n and o is outside commas 2 and 3 (`limits.md` §2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClimateWindow {
    /// First to last day.
    pub period: Period,
    /// Legal source.
    pub source: &'static str,
    span: Span,
}

/// A monthly cap as INPS prints it (`limits.md` §8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cap {
    /// Before the 5.84 % reduction.
    pub gross: Cents,
    /// After it.
    pub net: Cents,
}

/// The cap of a year for a band, alone and for seasonal bad weather in construction and stone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CapPair {
    /// The cap.
    pub plain: Cap,
    /// The cap for bad weather.
    pub weather: Cap,
}

/// Until 2021 a lower cap for pay that is not above a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LowBand {
    /// Monthly pay, with the accrued extra months, up to which the low cap applies.
    pub threshold: Cents,
    /// The low cap.
    pub caps: CapPair,
}

/// The caps of a span of days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthlyCaps {
    /// First day.
    pub from: NaiveDate,
    /// Last day; `None` when they still hold.
    pub to: Option<NaiveDate>,
    /// The lower band; `None` since 2022.
    pub low: Option<LowBand>,
    /// The high cap, the single one since 2022.
    pub high: CapPair,
    /// Legal source.
    pub source: &'static str,
}

/// A day for which the rules have no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {date} is outside the rule {rule}, which holds from {first}{}", until(*last))]
pub struct OutOfRange {
    /// The field that names the day.
    pub field: &'static str,
    /// The rule that was asked.
    pub rule: &'static str,
    /// The day.
    pub date: NaiveDate,
    /// First day of the rule.
    pub first: NaiveDate,
    /// Last day of the rule; `None` when it still holds.
    pub last: Option<NaiveDate>,
}

fn until(last: Option<NaiveDate>) -> String {
    last.map_or_else(String::new, |last| format!(" to {last}"))
}

/// One row of the rules, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InForce {
    /// Key, such as `biennium_weeks`, `climate_window` or `monthly_cap_high_gross`.
    pub key: &'static str,
    /// Value, as the files spell it.
    pub value: String,
    /// Unit, such as `weeks` or `euro`.
    pub unit: &'static str,
    /// First day.
    pub from: NaiveDate,
    /// Last day; `None` when it still holds.
    pub to: Option<NaiveDate>,
    /// Legal source.
    pub source: &'static str,
}

/// Everything that the counters take from the law.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Rows of each key, in the order of [`Key::ALL`], oldest first; never empty.
    series: Vec<Vec<Dated>>,
    climate: Vec<ClimateWindow>,
    caps: Vec<MonthlyCaps>,
    /// Readings chosen.
    pub switches: Switches,
}

/// The embedded rules with the readings of the rulebook, state of 22 November 2026.
pub static IN_FORCE: LazyLock<Rules> = LazyLock::new(|| {
    Rules::embedded(Switches::default()).expect("a test reads the embedded rules")
});

impl Rules {
    /// The rules that come with the program.
    pub fn embedded(switches: Switches) -> Result<Self, Faults> {
        read(&RuleFiles::embedded(), switches)
    }

    /// The same rules under other readings.
    #[must_use]
    pub fn with(&self, switches: Switches) -> Self {
        Self {
            switches,
            ..self.clone()
        }
    }

    /// The row that holds on a day. A day before the first row is judged by it, one after the last row by the last:
    /// days outside are refused where they enter, by [`Self::covering`].
    pub fn on(&self, key: Key, date: NaiveDate) -> &Dated {
        let rows = &self.series[key as usize];
        rows.iter()
            .rev()
            .find(|row| row.from <= date)
            .unwrap_or(&rows[0])
    }

    /// The least value that a key ever had.
    pub(super) fn least(&self, key: Key) -> i64 {
        let rows = &self.series[key as usize];
        rows.iter().map(|row| row.value).min().unwrap_or(0)
    }

    /// The row that holds on a day that the rules cover; `field` names the day in the refusal.
    pub fn covering(
        &self,
        key: Key,
        date: NaiveDate,
        field: &'static str,
    ) -> Result<&Dated, OutOfRange> {
        let row = self.on(key, date);
        if row.from <= date && row.to.is_none_or(|to| date <= to) {
            return Ok(row);
        }
        let rows = &self.series[key as usize];
        Err(OutOfRange {
            field,
            rule: key.as_str(),
            date,
            first: rows[0].from,
            last: rows[rows.len() - 1].to,
        })
    }

    /// The caps that hold on a day; `field` names the day in the refusal.
    pub fn caps_on(
        &self,
        date: NaiveDate,
        field: &'static str,
    ) -> Result<&MonthlyCaps, OutOfRange> {
        let holds = |caps: &&MonthlyCaps| caps.from <= date && caps.to.is_none_or(|to| date <= to);
        self.caps.iter().find(holds).ok_or_else(|| OutOfRange {
            field,
            rule: "monthly_caps",
            date,
            first: self.caps[0].from,
            last: self.caps[self.caps.len() - 1].to,
        })
    }

    /// Whether a day lies in a climate window.
    pub fn in_climate_window(&self, date: NaiveDate) -> bool {
        self.climate
            .iter()
            .any(|window| window.period.contains(date))
    }

    /// The days of a week that lie in a climate window, Monday in the lowest bit.
    pub(super) fn climate_days(&self, week: Week) -> u8 {
        self.climate
            .iter()
            .map(|window| window.span.days(week))
            .fold(0, BitOr::bitor)
    }

    /// Everything in force on a day: figures by key, then climate windows, then caps.
    pub fn in_force(&self, date: NaiveDate) -> Vec<InForce> {
        let holds = |row: &InForce| row.from <= date && row.to.is_none_or(|to| date <= to);
        self.rows().filter(holds).collect()
    }

    /// Every row of any time: figures by key, then climate windows, then caps; of each the oldest first.
    pub fn rows(&self) -> impl Iterator<Item = InForce> {
        let figures = Key::ALL.iter().flat_map(|key| {
            self.series[*key as usize].iter().map(|row| InForce {
                key: key.as_str(),
                value: read::spelled(row.value, key.unit()),
                unit: key.unit().as_str(),
                from: row.from,
                to: row.to,
                source: row.source,
            })
        });
        let climate = self.climate.iter().map(|window| InForce {
            key: "climate_window",
            value: "true".to_owned(),
            unit: "flag",
            from: window.period.first_day(),
            to: Some(window.period.last_day()),
            source: window.source,
        });
        let caps = self.caps.iter().flat_map(MonthlyCaps::listed);
        figures.chain(climate).chain(caps)
    }
}

impl MonthlyCaps {
    /// Every cell of the row that is not empty.
    fn listed(&self) -> Vec<InForce> {
        let cell = |key: &'static str, value: Cents| InForce {
            key,
            value: value.to_string(),
            unit: "euro",
            from: self.from,
            to: self.to,
            source: self.source,
        };
        let mut cells = Vec::new();
        if let Some(low) = self.low {
            cells.push(cell("monthly_cap_threshold", low.threshold));
            cells.push(cell("monthly_cap_low_gross", low.caps.plain.gross));
            cells.push(cell("monthly_cap_low_net", low.caps.plain.net));
            cells.push(cell(
                "monthly_cap_low_weather_gross",
                low.caps.weather.gross,
            ));
            cells.push(cell("monthly_cap_low_weather_net", low.caps.weather.net));
        }
        cells.push(cell("monthly_cap_high_gross", self.high.plain.gross));
        cells.push(cell("monthly_cap_high_net", self.high.plain.net));
        cells.push(cell(
            "monthly_cap_high_weather_gross",
            self.high.weather.gross,
        ));
        cells.push(cell("monthly_cap_high_weather_net", self.high.weather.net));
        cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_limit_holds_from_its_own_day() {
        let values = RuleFiles::embedded().values.replace(
            "biennium_weeks,52,weeks,2015-09-24,,art. 12 c. 3 D.Lgs. 148/2015",
            "biennium_weeks,52,weeks,2015-09-24,2029-12-31,the first law\n\
             biennium_weeks,60,weeks,2030-01-01,,a later law",
        );
        let files = RuleFiles {
            values: &values,
            ..RuleFiles::embedded()
        };
        let rules = read(&files, Switches::default()).unwrap();
        let weeks = |date| rules.on(Key::BienniumWeeks, date).value;
        assert_eq!(weeks(day(2029, 12, 31)), 52);
        assert_eq!(weeks(day(2030, 1, 1)), 60);
        assert_eq!(weeks(day(2000, 1, 1)), 52);
    }

    #[test]
    fn a_day_that_no_rule_covers_is_refused_by_field_and_rule() {
        let refused = IN_FORCE
            .covering(Key::AisWeeksSmall, day(2021, 12, 31), "reference_week")
            .unwrap_err();
        assert_eq!(
            refused.to_string(),
            "reference_week: 2021-12-31 is outside the rule ais_weeks_small, which holds from 2022-01-01"
        );
        let refused = IN_FORCE.caps_on(day(2027, 1, 1), "month").unwrap_err();
        assert_eq!(
            refused.to_string(),
            "month: 2027-01-01 is outside the rule monthly_caps, which holds from 2016-01-01 to 2026-12-31"
        );
    }

    #[test]
    fn a_rule_that_ended_covers_its_last_day_and_none_after_it() {
        let values = RuleFiles::embedded().values.replace(
            "biennium_weeks,52,weeks,2015-09-24,,",
            "biennium_weeks,52,weeks,2015-09-24,2029-12-31,",
        );
        let files = RuleFiles {
            values: &values,
            ..RuleFiles::embedded()
        };
        let rules = read(&files, Switches::default()).unwrap();
        let covering = |date| rules.covering(Key::BienniumWeeks, date, "week");
        assert_eq!(covering(day(2029, 12, 31)).unwrap().value, 52);
        assert_eq!(
            covering(day(2030, 1, 1)).unwrap_err().to_string(),
            "week: 2030-01-01 is outside the rule biennium_weeks, which holds from 2015-09-24 to 2029-12-31"
        );
    }

    #[test]
    fn what_is_in_force_is_listed_with_its_source() {
        let on = |date| IN_FORCE.in_force(date);
        let find =
            |listed: &[InForce], key: &str| listed.iter().find(|row| row.key == key).cloned();
        let now = on(day(2026, 11, 22));
        assert_eq!(
            find(&now, "contribution_ais_reduced_percent")
                .unwrap()
                .value,
            "2.4"
        );
        assert_eq!(
            find(&now, "biennium_weeks").unwrap().source,
            "art. 12 c. 3 D.Lgs. 148/2015"
        );
        assert_eq!(
            find(&now, "climate_window").unwrap().source,
            "art. 6 D.L. 107/2026"
        );
        assert_eq!(
            find(&now, "monthly_cap_high_gross").unwrap().value,
            "1423.69"
        );
        assert_eq!(find(&now, "monthly_cap_low_gross"), None);
        let then = on(day(2021, 6, 30));
        assert_eq!(find(&then, "climate_window"), None);
        assert_eq!(find(&then, "ais_weeks_small"), None);
        assert_eq!(
            find(&then, "monthly_cap_threshold").unwrap().value,
            "2159.48"
        );
    }
}
