//! The overall maximum in the quinquennio mobile, art. 4 (`limits.md` §3, §12.6), in UM of 1/780 of a month.

use chrono::{Datelike, NaiveDate};
use kernel::calendar::{add_months, add_years};
use kernel::{Period, Week};

use super::request::{Check, Request};
use super::rules::{Dated, FIRST_COUNTED_DAY, Rules};
use super::unit::{Authorisation, Cause, Facts, Flags, Scheme, Sector, Unit};
use super::week_value::{Counting, WEEK_UNITS, WHOLE_WEEK, WeekTable};
use super::weeks::{candidates, five_years_back, next_day, previous_day, through, weekday};

/// UM of a whole calendar month.
pub const MONTH_UM: i64 = 780;

/// UM of a whole week: 12/52 of a month.
pub const WEEK_UM: i64 = 180;

/// UM of one thirtieth of a week.
const UNIT_UM: i64 = WEEK_UM / WEEK_UNITS;

/// UM of a day of CIGS that does not complete a month.
const DAY_UM: i64 = 26;

/// Days of a month for the rest of a piece.
const MONTH_DAYS: i64 = 30;

/// Months looked ahead at most for a CIGS request.
const MOST_MONTHS: i32 = 60;

/// The counter of a unit.
#[derive(Debug, Clone)]
pub struct TotalDuration<'a> {
    facts: Facts,
    rules: &'a Rules,
    table: WeekTable,
    plain: Vec<Period>,
    solidarity: Vec<Period>,
    later_ends: Vec<NaiveDate>,
}

/// What the five years that end on a day hold, in UM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measure {
    /// First day of the window.
    pub window_start: NaiveDate,
    /// Last day of the window.
    pub window_end: NaiveDate,
    /// Weeks of CIGO and AIS.
    pub week_units: i64,
    /// CIGS other than contratti di solidarietà.
    pub cigs_units: i64,
    /// Contratti di solidarietà, before halving.
    pub cds_actual_units: i64,
    /// Contratti di solidarietà as they weigh.
    pub cds_counted_units: i64,
    /// All together.
    pub used_units: i64,
    /// Most that the window may hold.
    pub limit_units: i64,
}

impl Measure {
    /// UM left; negative when the limit is exceeded.
    pub fn residual_units(&self) -> i64 {
        self.limit_units - self.used_units
    }

    /// Whole weeks left.
    pub fn residual_weeks(&self) -> i64 {
        self.residual_units().max(0) / WEEK_UM
    }

    /// Whole months left.
    pub fn residual_months(&self) -> i64 {
        self.residual_units().max(0) / MONTH_UM
    }

    /// Whether the limit is kept.
    pub fn fits(&self) -> bool {
        self.used_units <= self.limit_units
    }
}

/// How many months of a CIGS request fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthsCheck {
    /// Months that fit, from the first on.
    pub grantable_months: i32,
    /// Last day of the first month that does not fit; `None` when all do.
    pub first_failing_end: Option<NaiveDate>,
    /// The measure at the last month checked.
    pub last_checked: Measure,
}

impl<'a> TotalDuration<'a> {
    /// Prepares the counter of a unit.
    pub fn new(unit: &Unit, rules: &'a Rules) -> Self {
        let (plain, solidarity) = cigs_periods(&unit.authorisations);
        let later_ends = plain
            .iter()
            .chain(&solidarity)
            .map(|piece| piece.last_day())
            .collect();
        let table = WeekTable::new(unit, rules, Counting::TotalDuration);
        Self {
            facts: unit.facts,
            rules,
            table,
            plain,
            solidarity,
            later_ends,
        }
    }

    /// What the five years that end on `last` hold.
    pub fn measure(&self, last: NaiveDate) -> Measure {
        self.measure_with(last, None)
    }

    /// Like [`Self::measure`], with the weeks from the first to the last `requested` presumed fully used.
    pub fn measure_with(&self, last: NaiveDate, requested: Option<(Week, Week)>) -> Measure {
        let window = Window::ending(last, requested);
        let week_units = self.week_units(&window);
        let cigs_units = self.cigs_units(&self.plain, &window);
        let cds_actual_units = self.cigs_units(&self.solidarity, &window);
        let cds_counted_units = self.weigh_solidarity(cds_actual_units, last);
        Measure {
            window_start: window.period.first_day(),
            window_end: last,
            week_units,
            cigs_units,
            cds_actual_units,
            cds_counted_units,
            used_units: week_units + cigs_units + cds_counted_units,
            limit_units: self.limit(last).value * MONTH_UM,
        }
    }

    /// How many weeks of a request fit: one looks back from the Sunday of each.
    pub fn check(&self, request: &Request) -> Check {
        Check::each(request, |week| {
            self.is_outside(request) || self.fits(request, week)
        })
    }

    /// Like [`Self::check`], but also refuses a week that would push a later period, already authorised or set aside,
    /// over the limit: the observation period moves while the treatment runs (`limits.md` §3.1).
    pub fn check_keeping_later(&self, request: &Request) -> Check {
        Check::each(request, |week| {
            self.is_outside(request)
                || (self.fits(request, week) && self.later_periods_fit(request, week))
        })
    }

    /// How many months of a CIGS request from `from` fit: one looks back from the last day of each.
    pub fn check_months(
        unit: &Unit,
        rules: &'a Rules,
        cause: Cause,
        from: NaiveDate,
        months: i32,
    ) -> MonthsCheck {
        let mut passed = 0;
        loop {
            let end = previous_day(add_months(from, passed + 1));
            let measure = Self::new(&with_cigs(unit, cause, from, end), rules).measure(end);
            if !measure.fits() {
                return MonthsCheck {
                    grantable_months: passed,
                    first_failing_end: Some(end),
                    last_checked: measure,
                };
            }
            passed += 1;
            if passed >= months.clamp(1, MOST_MONTHS) {
                return MonthsCheck {
                    grantable_months: passed,
                    first_failing_end: None,
                    last_checked: measure,
                };
            }
        }
    }

    /// First week from `week` on that could be asked for; `None` within ten years.
    pub fn first_available(&self, week: Week) -> Option<Week> {
        candidates(week).find(|later| {
            self.measure_with(later.sunday(), Some((*later, *later)))
                .fits()
        })
    }

    /// The limit, in months, that holds on a day.
    pub fn limit(&self, date: NaiveDate) -> &'a Dated {
        match self.facts.sector {
            Sector::M | Sector::N | Sector::O => self.rules.total_months_construction.on(date),
            _ => self.rules.total_months.on(date),
        }
    }

    /// Requests that art. 4 does not look at.
    fn is_outside(&self, request: &Request) -> bool {
        let lifted =
            request.cause == Cause::Eone && !self.rules.switches.total_duration.includes_eone;
        request.flags.deroga_art4 || lifted
    }

    fn fits(&self, request: &Request, week: Week) -> bool {
        self.measure_with(week.sunday(), Some((request.first, week)))
            .fits()
    }

    fn later_periods_fit(&self, request: &Request, week: Week) -> bool {
        let horizon = add_years(week.sunday(), 5);
        let weeks = self
            .table
            .weeks_after(week, Week::of(horizon))
            .map(Week::sunday);
        let ends = self
            .later_ends
            .iter()
            .copied()
            .filter(|end| *end > week.sunday() && *end <= horizon);
        weeks
            .chain(ends)
            .all(|last| self.measure_with(last, Some((request.first, week))).fits())
    }

    fn week_units(&self, window: &Window) -> i64 {
        let recorded = |week: Week| self.table.cell(week).value(window.inside(week));
        let whole = self.table.sum(window.first_week + 1, window.last_week - 1);
        let replaced: i64 = window
            .requested_weeks()
            .map(|week| WEEK_UNITS - recorded(week))
            .sum();
        UNIT_UM * (whole + recorded(window.first_week) + recorded(window.last_week) + replaced)
    }

    /// UM of what is left of CIGS once the days that stand for CIGO and AIS weeks are cut out.
    fn cigs_units(&self, cigs: &[Period], window: &Window) -> i64 {
        let inside = cigs
            .iter()
            .filter_map(|one| one.intersection(window.period));
        inside.map(|one| self.pieces_units(one, window)).sum()
    }

    fn pieces_units(&self, cigs: Period, window: &Window) -> i64 {
        let mut total = 0;
        let mut piece_start = cigs.first_day();
        let end = next_day(cigs.last_day());
        let mut cut = |from: NaiveDate, to: NaiveDate| {
            total += months_um(piece_start, from.min(end));
            piece_start = piece_start.max(next_day(to));
        };
        for week in through(Week::of(cigs.first_day()), Week::of(cigs.last_day())) {
            match self.days_covered(week, window) {
                0 => {}
                WHOLE_WEEK => cut(week.monday(), week.sunday()),
                days => week
                    .days()
                    .filter(|date| days & (1 << weekday(*date)) != 0)
                    .for_each(|date| cut(date, date)),
            }
        }
        cut(end, end);
        total
    }

    fn days_covered(&self, week: Week, window: &Window) -> u8 {
        if window.asks_for(week) {
            return WHOLE_WEEK;
        }
        let cell = self.table.cell(week);
        if cell.is_empty() {
            0
        } else {
            cell.days_covered(window.inside(week))
        }
    }

    /// Art. 22 c. 5 and 6: one half up to 24 months, in full beyond; always in full for construction.
    fn weigh_solidarity(&self, actual: i64, on: NaiveDate) -> i64 {
        let sector = self.facts.sector;
        let stone_in_full = sector.is_construction_or_stone()
            && !self.rules.switches.total_duration.half_cds_for_stone;
        if sector.is_construction() || stone_in_full {
            return actual;
        }
        let halved = self.rules.halved_cds_months.on(on).value * MONTH_UM;
        actual.min(halved) / 2 + (actual - halved).max(0)
    }
}

/// Five years, and the first and last week asked for on top.
struct Window {
    period: Period,
    first_week: Week,
    last_week: Week,
    requested: Option<(Week, Week)>,
}

impl Window {
    fn ending(last: NaiveDate, requested: Option<(Week, Week)>) -> Self {
        let period = Period::between(five_years_back(last), last);
        let (first_week, last_week) = (Week::of(period.first_day()), Week::of(last));
        Self {
            period,
            first_week,
            last_week,
            requested,
        }
    }

    /// The days of a week that lie inside, Monday in the lowest bit.
    fn inside(&self, week: Week) -> u8 {
        let mut mask = WHOLE_WEEK;
        if week == self.first_week {
            mask &= WHOLE_WEEK << weekday(self.period.first_day());
        }
        if week == self.last_week {
            mask &= WHOLE_WEEK >> (6 - weekday(self.period.last_day()));
        }
        mask
    }

    fn asks_for(&self, week: Week) -> bool {
        self.requested
            .is_some_and(|(first, last)| first <= week && week <= last)
    }

    /// Requested weeks that the window reaches.
    fn requested_weeks(&self) -> impl Iterator<Item = Week> {
        let reached =
            |(from, to): (Week, Week)| through(from.max(self.first_week), to.min(self.last_week));
        self.requested.map(reached).into_iter().flatten()
    }
}

/// The CIGS that counts, each day once: authorisations in order of their first day, other grounds before contratti di
/// solidarietà (`limits.md` §3.4).
fn cigs_periods(authorisations: &[Authorisation]) -> (Vec<Period>, Vec<Period>) {
    let mut counted: Vec<&Authorisation> = authorisations
        .iter()
        .filter(|one| {
            one.scheme == Scheme::Cigs && !one.flags.is_neutral() && !one.flags.deroga_art4
        })
        .collect();
    counted.sort_by_key(|one| one.period);
    let (solidarity, plain): (Vec<_>, Vec<_>) =
        counted.into_iter().partition(|one| one.cause == Cause::Cds);
    let mut seen = Vec::new();
    (unseen(&plain, &mut seen), unseen(&solidarity, &mut seen))
}

/// The days of each authorisation that no earlier one has, which are seen from here on.
fn unseen(authorisations: &[&Authorisation], seen: &mut Vec<Period>) -> Vec<Period> {
    let from_the_reform_on = Period::between(FIRST_COUNTED_DAY, NaiveDate::MAX);
    let mut all = Vec::new();
    for one in authorisations {
        let mut left: Vec<Period> = one
            .period
            .intersection(from_the_reform_on)
            .into_iter()
            .collect();
        for other in seen.iter() {
            left = left
                .into_iter()
                .flat_map(|piece| without(piece, *other))
                .collect();
        }
        seen.extend(&left);
        all.extend(left);
    }
    all
}

/// What is left of a period beside another.
fn without(period: Period, other: Period) -> impl Iterator<Item = Period> {
    let before = Period::new(
        period.first_day(),
        previous_day(other.first_day()).min(period.last_day()),
    );
    let after = Period::new(
        next_day(other.last_day()).max(period.first_day()),
        period.last_day(),
    );
    before.into_iter().chain(after)
}

/// UM of a piece of CIGS that ends the day before `end`: whole calendar months, and the days that remain, at most 30.
/// Nothing when it ends before it starts.
fn months_um(first: NaiveDate, end: NaiveDate) -> i64 {
    if end <= first {
        return 0;
    }
    let months = whole_months(first, end);
    let rest = end
        .signed_duration_since(add_months(first, months))
        .num_days();
    MONTH_UM * i64::from(months) + DAY_UM * rest.min(MONTH_DAYS)
}

/// Largest number of months that, added to `first`, does not pass `end`.
fn whole_months(first: NaiveDate, end: NaiveDate) -> i32 {
    let months =
        (end.year() - first.year()) * 12 + end.month().cast_signed() - first.month().cast_signed();
    if add_months(first, months) <= end {
        months
    } else {
        months - 1
    }
}

fn with_cigs(unit: &Unit, cause: Cause, from: NaiveDate, to: NaiveDate) -> Unit {
    let mut unit = unit.clone();
    unit.authorisations.push(Authorisation {
        scheme: Scheme::Cigs,
        cause,
        period: Period::between(from, to),
        working_days: None,
        used_dates: None,
        flags: Flags::default(),
        zero_hours: false,
    });
    unit
}

#[cfg(test)]
mod tests {
    use super::super::rules::day;
    use super::*;

    #[test]
    fn a_piece_of_cigs_is_whole_months_and_thirtieths() {
        for (first, last, expected) in [
            (day(2025, 1, 1), day(2025, 1, 31), 780),
            (day(2025, 1, 1), day(2025, 3, 2), 2 * 780 + 2 * 26),
            (day(2025, 3, 31), day(2025, 12, 31), 9 * 780 + 26),
            (day(2025, 1, 31), day(2025, 2, 27), 780),
            (day(2025, 1, 1), day(2025, 1, 30), 30 * 26),
            (day(2024, 2, 29), day(2025, 2, 27), 12 * 780),
        ] {
            assert_eq!(
                months_um(first, next_day(last)),
                expected,
                "{first} to {last}"
            );
        }
    }
}
