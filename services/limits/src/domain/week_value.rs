//! What a calendar week is worth for a counter (`limits.md` §6.4, §12.2), in thirtieths of a week.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use kernel::Week;

use super::rules::{FIRST_COUNTED_DAY, Rules};
use super::unit::{Authorisation, Cause, Facts, Scheme, Unit, WorkingDays};
use super::weeks::{through, weekday};

/// Units of a whole week.
pub const WEEK_UNITS: i64 = 30;

/// Every day of a week, Monday in the lowest bit.
pub(super) const WHOLE_WEEK: u8 = 0b111_1111;

/// The counters that add up week values: each counts other periods (`limits.md` §2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counting {
    /// Art. 12 c. 1: every CIGO, EONE included.
    Continuous,
    /// Art. 12 c. 2 and 3: CIGO without the EONE that comma 4 lifts out.
    Biennium,
    /// Art. 4: CIGO and AIS without those granted in derogation.
    TotalDuration,
}

impl Counting {
    /// Whether a period counts on a day that lies inside it.
    pub fn counts(
        self,
        facts: Facts,
        rules: &Rules,
        period: &Authorisation,
        date: NaiveDate,
    ) -> bool {
        if date < FIRST_COUNTED_DAY || period.flags.is_neutral() {
            return false;
        }
        match self {
            Self::Continuous => period.scheme == Scheme::Cigo,
            Self::Biennium => {
                period.scheme == Scheme::Cigo && !is_lifted(facts, rules, period.cause, date)
            }
            Self::TotalDuration => counts_toward_total(rules, period),
        }
    }
}

/// Art. 12 c. 4: EONE is outside commas 2 and 3, except for letters m, n and o; and for those too in a climate window.
fn is_lifted(facts: Facts, rules: &Rules, cause: Cause, date: NaiveDate) -> bool {
    cause == Cause::Eone
        && (!facts.sector.is_construction_or_stone() || rules.in_climate_window(date))
}

fn counts_toward_total(rules: &Rules, period: &Authorisation) -> bool {
    let switches = rules.switches.total_duration;
    let scheme = match period.scheme {
        Scheme::Cigo => true,
        Scheme::Ais => switches.includes_ais,
        Scheme::Cigs => false,
    };
    scheme && !period.flags.deroga_art4 && (switches.includes_eone || period.cause != Cause::Eone)
}

/// Whether commas 2 and 3 pass over a requested week: EONE of letters a to l always, EONE of letters m, n and o when
/// every working day of the week lies in a climate window (`limits.md` §12.3).
pub(super) fn is_exempt_week(facts: Facts, rules: &Rules, cause: Cause, week: Week) -> bool {
    week.days()
        .take(usize::from(facts.working_days.number()))
        .all(|date| is_lifted(facts, rules, cause, date))
}

/// One week as the periods leave it: which days make it worth a whole week, and what the declared days are worth.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cell {
    authorised: u8,
    declared: [u8; 7],
}

impl Cell {
    /// Units of the week, looking only at the days in `inside` (Monday in the lowest bit): 30 when an undeclared
    /// period holds a working day, else the declared days, at most 30.
    pub(super) fn value(self, inside: u8) -> i64 {
        if self.authorised & inside != 0 {
            return WEEK_UNITS;
        }
        let declared = (0..7)
            .filter(|bit| inside & (1 << bit) != 0)
            .map(|bit| i64::from(self.declared[bit]));
        declared.sum::<i64>().min(WEEK_UNITS)
    }

    /// Whether nothing was marked.
    pub(super) fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// The days that the value stands for: the whole week, or the declared days that were counted.
    pub(super) fn days_covered(self, inside: u8) -> u8 {
        if self.authorised & inside != 0 {
            return WHOLE_WEEK;
        }
        (0..7)
            .filter(|bit| inside & (1 << bit) != 0 && self.declared[*bit] > 0)
            .fold(0, |mask, bit| mask | 1 << bit)
    }
}

/// The value of every week of a unit for one counter, with running sums.
#[derive(Debug, Clone)]
pub struct WeekTable {
    first: Week,
    cells: Vec<Cell>,
    /// `sums[i]` is the sum of the first `i` cells.
    sums: Vec<i64>,
}

impl WeekTable {
    /// Values the weeks of a unit.
    pub fn new(unit: &Unit, rules: &Rules, counting: Counting) -> Self {
        let weekly = || {
            unit.authorisations
                .iter()
                .filter(|one| one.scheme != Scheme::Cigs)
        };
        let first = weekly()
            .map(|one| Week::of(one.period.first_day()))
            .min()
            .unwrap_or(Week::from_index(0));
        let length = weekly()
            .map(|one| Week::of(one.period.last_day()) - first + 1)
            .max()
            .unwrap_or(0);
        let mut cells = vec![Cell::default(); usize::try_from(length).unwrap_or(0)];
        for one in weekly() {
            mark(&mut cells, first, unit.facts, rules, counting, one);
        }
        let sums = running_sums(&cells);
        Self { first, cells, sums }
    }

    /// Units of a week, 0 to 30.
    pub fn value(&self, week: Week) -> i64 {
        self.cell(week).value(WHOLE_WEEK)
    }

    /// Units of the weeks from `first` to `last`, both included; none when they are crossed.
    pub fn sum(&self, first: Week, last: Week) -> i64 {
        let (from, to) = (self.position(first), self.position(last + 1));
        if from < to {
            self.sums[to] - self.sums[from]
        } else {
            0
        }
    }

    /// Weeks that hold anything, with their units, in order.
    pub fn weeks(&self) -> impl Iterator<Item = (Week, i64)> {
        through(self.first, self.end())
            .map(|week| (week, self.value(week)))
            .filter(|(_, units)| *units > 0)
    }

    /// Weeks after `week` that hold anything, in order, as far as `last`.
    pub(super) fn weeks_after(&self, week: Week, last: Week) -> impl Iterator<Item = Week> {
        through((week + 1).max(self.first), last.min(self.end()))
            .filter(|later| self.value(*later) > 0)
    }

    pub(super) fn cell(&self, week: Week) -> Cell {
        let position = usize::try_from(week - self.first).ok();
        position
            .and_then(|position| self.cells.get(position))
            .copied()
            .unwrap_or_default()
    }

    /// Last week of the table.
    fn end(&self) -> Week {
        self.first + i32::try_from(self.cells.len()).unwrap_or(i32::MAX) - 1
    }

    /// Where a week stands in the sums; the nearest edge when it lies outside.
    fn position(&self, week: Week) -> usize {
        usize::try_from(week - self.first)
            .unwrap_or(0)
            .min(self.cells.len())
    }
}

fn running_sums(cells: &[Cell]) -> Vec<i64> {
    let values = cells.iter().scan(0, |sum, cell| {
        *sum += cell.value(WHOLE_WEEK);
        Some(*sum)
    });
    std::iter::once(0).chain(values).collect()
}

fn mark(
    cells: &mut [Cell],
    first: Week,
    facts: Facts,
    rules: &Rules,
    counting: Counting,
    one: &Authorisation,
) {
    let working_days = one.working_days.unwrap_or(facts.working_days);
    let declared = declared_dates(facts, rules, one);
    for date in one
        .period
        .days()
        .filter(|date| counting.counts(facts, rules, one, *date))
    {
        let Some(cell) = usize::try_from(Week::of(date) - first)
            .ok()
            .and_then(|position| cells.get_mut(position))
        else {
            continue;
        };
        let bit = weekday(date);
        match declared {
            None if bit < u32::from(working_days.number()) => cell.authorised |= 1 << bit,
            Some(dates) if dates.contains(&date) => {
                raise(&mut cell.declared[bit as usize], day_units(working_days));
            }
            _ => {}
        }
    }
}

fn declared_dates<'a>(
    facts: Facts,
    rules: &Rules,
    one: &'a Authorisation,
) -> Option<&'a BTreeSet<NaiveDate>> {
    let weather_in_construction = facts.sector.is_construction() && one.cause == Cause::Eone;
    let by_day = rules.switches.construction_weather_by_day || !weather_in_construction;
    one.used_dates.as_ref().filter(|_| by_day)
}

/// Two periods that share a declared date: the larger value counts.
fn raise(declared: &mut u8, units: u8) {
    *declared = (*declared).max(units);
}

fn day_units(working_days: WorkingDays) -> u8 {
    match working_days {
        WorkingDays::Five => 6,
        WorkingDays::Six => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::super::rules::{IN_FORCE, day};
    use super::super::unit::{Flags, Sector};
    use super::*;
    use kernel::Period;

    fn unit(working_days: WorkingDays, periods: &[(NaiveDate, NaiveDate)]) -> Unit {
        let authorisations = periods.iter().map(|(from, to)| Authorisation {
            scheme: Scheme::Cigo,
            cause: Cause::Ord,
            period: Period::between(*from, *to),
            working_days: None,
            used_dates: None,
            flags: Flags::default(),
            zero_hours: false,
        });
        Unit {
            facts: Facts {
                sector: Sector::A,
                working_days,
            },
            authorisations: authorisations.collect(),
        }
    }

    fn values(unit: &Unit) -> Vec<(NaiveDate, i64)> {
        let table = WeekTable::new(unit, &IN_FORCE, Counting::Biennium);
        table
            .weeks()
            .map(|(week, units)| (week.monday(), units))
            .collect()
    }

    #[test]
    fn an_undeclared_period_from_wednesday_to_tuesday_costs_two_weeks() {
        let unit = unit(WorkingDays::Five, &[(day(2026, 3, 4), day(2026, 3, 10))]);
        assert_eq!(
            values(&unit),
            [(day(2026, 3, 2), 30), (day(2026, 3, 9), 30)]
        );
    }

    #[test]
    fn a_spill_over_onto_saturday_costs_a_week_only_on_six_days() {
        let period = [(day(2026, 3, 2), day(2026, 3, 14))];
        let spill = [
            (day(2026, 3, 2), day(2026, 3, 8)),
            (day(2026, 3, 14), day(2026, 3, 15)),
        ];
        assert_eq!(values(&unit(WorkingDays::Five, &period)).len(), 2);
        assert_eq!(values(&unit(WorkingDays::Five, &spill)).len(), 1);
        assert_eq!(values(&unit(WorkingDays::Six, &spill)).len(), 2);
    }

    #[test]
    fn several_departments_in_the_same_week_cost_it_once() {
        let same = (day(2026, 3, 2), day(2026, 3, 8));
        assert_eq!(
            values(&unit(WorkingDays::Five, &[same, same])),
            [(day(2026, 3, 2), 30)]
        );
    }

    #[test]
    fn the_same_day_declared_by_two_authorisations_counts_once_at_the_larger_value() {
        let mut unit = unit(WorkingDays::Six, &[(day(2026, 3, 2), day(2026, 3, 8)); 2]);
        let tuesday = [day(2026, 3, 3)];
        unit.authorisations[0].used_dates = Some(tuesday.into());
        unit.authorisations[1].used_dates = Some([day(2026, 3, 3), day(2026, 3, 4)].into());
        unit.authorisations[1].working_days = Some(WorkingDays::Five);
        assert_eq!(values(&unit), [(day(2026, 3, 2), 12)]);
    }

    #[test]
    fn days_before_the_reform_are_worth_nothing() {
        let unit = unit(WorkingDays::Five, &[(day(2015, 9, 14), day(2015, 9, 27))]);
        assert_eq!(values(&unit), [(day(2015, 9, 21), 30)]);
    }

    #[test]
    fn sums_agree_with_the_single_weeks_also_beyond_the_edges() {
        let unit = unit(
            WorkingDays::Five,
            &[
                (day(2026, 3, 2), day(2026, 3, 15)),
                (day(2026, 4, 6), day(2026, 4, 12)),
            ],
        );
        let table = WeekTable::new(&unit, &IN_FORCE, Counting::Biennium);
        let first = Week::of(day(2026, 1, 5));
        for last in through(first - 2, first + 30) {
            let expected: i64 = through(first, last).map(|week| table.value(week)).sum();
            assert_eq!(table.sum(first, last), expected);
        }
    }
}
