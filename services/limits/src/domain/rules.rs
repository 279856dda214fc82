//! The rules as data: limits with the day from which they hold, climate windows, switches; each with its legal source.
//!
//! A new climate window is expected every summer and a new limit whenever the law changes: both are a new row here and
//! nothing else.

use chrono::NaiveDate;

/// A day known when the program is compiled.
pub(super) const fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    match NaiveDate::from_ymd_opt(year, month, day) {
        Some(date) => date,
        None => panic!("not a day of the calendar"),
    }
}

/// First day that any counter looks at (art. 44 c. 2; Min. Lavoro circ. 17/2017).
pub const FIRST_COUNTED_DAY: NaiveDate = day(2015, 9, 24);

/// A value, the day from which it holds, and where it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dated {
    /// The value; its unit is that of the series.
    pub value: i64,
    /// First day on which it holds; it holds until the next row.
    pub from: NaiveDate,
    /// Legal source.
    pub source: &'static str,
}

/// A value that the law has changed over time: the first row, and those that replaced it, oldest first.
#[derive(Debug, Clone, Copy)]
pub struct Series {
    first: Dated,
    later: &'static [Dated],
}

impl Series {
    /// A value that has not changed since the reform.
    pub const fn unchanged(value: i64, source: &'static str) -> Self {
        Self {
            first: Dated {
                value,
                from: FIRST_COUNTED_DAY,
                source,
            },
            later: &[],
        }
    }

    /// A value with its later changes, oldest first.
    pub const fn changing(first: Dated, later: &'static [Dated]) -> Self {
        Self { first, later }
    }

    /// The row that holds on a day; before the first row, the first row.
    pub fn on(&self, date: NaiveDate) -> &Dated {
        self.later
            .iter()
            .rev()
            .find(|row| row.from <= date)
            .unwrap_or(&self.first)
    }
}

/// Days on which the bad weather of letters m, n and o is outside commas 2 and 3 (`limits.md` §2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClimateWindow {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// Legal source.
    pub source: &'static str,
}

/// What triggers the bar of comma 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitingTrigger {
    /// 52 weeks really consumed.
    Units,
    /// 52 weeks touched, however little.
    Touched,
}

/// The readings chosen where the sources are silent (`limits.md` §14).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Switches {
    /// `construction_weather_by_day`: declared days count for the bad weather of letter m too.
    pub construction_weather_by_day: bool,
    /// What counts toward art. 4 besides ordinary CIGO.
    pub total_duration: TotalDurationSwitches,
    /// `c2_trigger`.
    pub waiting_trigger: WaitingTrigger,
}

/// The readings of art. 4 (`limits.md` §14).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TotalDurationSwitches {
    /// `art4_includes_ais`.
    pub includes_ais: bool,
    /// `art4_includes_eone`.
    pub includes_eone: bool,
    /// `cds_half_for_stone`: letters n and o keep the halving of the contratto di solidarietà.
    pub half_cds_for_stone: bool,
}

/// Everything that the counters take from the law.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// Weeks of one application, art. 12 c. 1.
    pub application_weeks: Series,
    /// Continuous weeks, art. 12 c. 1.
    pub continuous_weeks: Series,
    /// Consecutive weeks that bring the waiting of art. 12 c. 2.
    pub waiting_after_weeks: Series,
    /// Weeks of normal work asked for by art. 12 c. 2.
    pub waiting_weeks: Series,
    /// Weeks in the biennio mobile, art. 12 c. 3.
    pub biennium_weeks: Series,
    /// Months in the quinquennio mobile, art. 4.
    pub total_months: Series,
    /// Months in the quinquennio mobile for letters m, n and o, art. 4.
    pub total_months_construction: Series,
    /// Months of contratto di solidarietà that weigh one half, art. 22 c. 5.
    pub halved_cds_months: Series,
    /// Climate windows, oldest first.
    pub climate: &'static [ClimateWindow],
    /// Readings chosen.
    pub switches: Switches,
}

impl Rules {
    /// Whether a day lies in a climate window.
    pub fn in_climate_window(&self, date: NaiveDate) -> bool {
        self.climate
            .iter()
            .any(|window| (window.from..=window.to).contains(&date))
    }
}

/// The rules in force, state of 22 November 2026.
pub static IN_FORCE: Rules = Rules {
    application_weeks: Series::unchanged(13, "art. 12 c. 1 D.Lgs. 148/2015"),
    continuous_weeks: Series::unchanged(52, "art. 12 c. 1 D.Lgs. 148/2015"),
    waiting_after_weeks: Series::unchanged(52, "art. 12 c. 2 D.Lgs. 148/2015"),
    waiting_weeks: Series::unchanged(52, "art. 12 c. 2 D.Lgs. 148/2015"),
    biennium_weeks: Series::unchanged(52, "art. 12 c. 3 D.Lgs. 148/2015"),
    total_months: Series::unchanged(24, "art. 4 c. 1 D.Lgs. 148/2015"),
    total_months_construction: Series::unchanged(30, "art. 4 c. 2 D.Lgs. 148/2015"),
    halved_cds_months: Series::unchanged(24, "art. 22 c. 5 D.Lgs. 148/2015"),
    climate: &[
        ClimateWindow {
            from: day(2023, 7, 1),
            to: day(2023, 12, 31),
            source: "art. 1 D.L. 98/2023",
        },
        ClimateWindow {
            from: day(2024, 7, 1),
            to: day(2024, 12, 31),
            source: "art. 2-bis D.L. 63/2024",
        },
        ClimateWindow {
            from: day(2025, 7, 1),
            to: day(2025, 12, 31),
            source: "art. 10-bis D.L. 92/2025",
        },
        ClimateWindow {
            from: day(2026, 7, 1),
            to: day(2026, 12, 31),
            source: "art. 6 D.L. 107/2026",
        },
    ],
    switches: Switches {
        construction_weather_by_day: true,
        total_duration: TotalDurationSwitches {
            includes_ais: true,
            includes_eone: true,
            half_cds_for_stone: true,
        },
        waiting_trigger: WaitingTrigger::Units,
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_limit_holds_from_its_own_day() {
        const LATER: [Dated; 1] = [Dated {
            value: 60,
            from: day(2030, 1, 1),
            source: "a later law",
        }];
        let series = Series::changing(
            *Series::unchanged(52, "the first law").on(FIRST_COUNTED_DAY),
            &LATER,
        );
        assert_eq!(series.on(day(2029, 12, 31)).value, 52);
        assert_eq!(series.on(day(2030, 1, 1)).value, 60);
        assert_eq!(series.on(day(2000, 1, 1)).value, 52);
    }

    #[test]
    fn climate_windows_are_in_order_and_do_not_meet() {
        for pair in IN_FORCE.climate.windows(2) {
            assert!(
                pair[0].from <= pair[0].to && pair[0].to < pair[1].from,
                "{pair:?}"
            );
        }
    }
}
