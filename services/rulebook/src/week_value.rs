//! What a calendar week is worth for a counter (`limits.md` §6.4, §12.2), in thirtieths of a week.

use kernel::{Period, Week};

use super::rules::{FIRST_COUNTED_DAY, Rules};
use super::unit::{Cause, DeclaredDays, Facts, Outline, Scheme, Unit, WorkingDays};
use super::weeks::through;

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
    /// AIS, art. 29.
    Ais,
    /// Art. 4: CIGO and AIS without those granted in derogation.
    TotalDuration,
}

/// Why a period, or a day of it, does not count (`limits.md` §12.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exclusion {
    /// An evento oggettivamente non evitabile that art. 12 c. 4, or a switch of the rulebook, lifts out.
    EoneC4,
    /// A climate window of that year.
    Climate(i32),
    /// A COVID-19 causale.
    Covid,
    /// The extra weeks of 2022.
    Dl21,
    /// Before the reform.
    Pre2015,
    /// Granted in derogation of art. 4.
    DerogaArt4,
    /// Declared outside the authorised period.
    OutsideAuthorised,
    /// Outside the days that the counter looks at.
    OutsideWindow,
    /// The day, or the week, is counted already by another period.
    CountedOnce,
}

impl std::fmt::Display for Exclusion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::EoneC4 => f.write_str("EONE_C4"),
            Self::Climate(year) => write!(f, "CLIMATE_{year}"),
            Self::Covid => f.write_str("COVID"),
            Self::Dl21 => f.write_str("DL21_2022"),
            Self::Pre2015 => f.write_str("PRE_2015"),
            Self::DerogaArt4 => f.write_str("DEROGA_ART4"),
            Self::OutsideAuthorised => f.write_str("OUTSIDE_AUTHORISED"),
            Self::OutsideWindow => f.write_str("OUTSIDE_WINDOW"),
            Self::CountedOnce => f.write_str("COUNTED_ONCE"),
        }
    }
}

/// How a counter looks at a period as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// The counter is not about it.
    Foreign,
    /// None of its days counts.
    Excluded(Exclusion),
    /// Its days count, except those in a climate window.
    OutsideClimate,
    /// All its days count.
    Counts,
}

impl Counting {
    /// How the counter looks at a period, days before the reform apart.
    pub(super) fn standing(self, facts: Facts, rules: &Rules, period: Outline<'_>) -> Standing {
        let is_looked_at = match self {
            Self::Continuous | Self::Biennium => period.scheme == Scheme::Cigo,
            Self::Ais => period.scheme == Scheme::Ais,
            Self::TotalDuration => {
                period.scheme == Scheme::Cigo
                    || (period.scheme == Scheme::Ais && rules.switches.art4_includes_ais.is_on())
            }
        };
        if !is_looked_at {
            return Standing::Foreign;
        }
        if period.flags.covid {
            return Standing::Excluded(Exclusion::Covid);
        }
        if period.flags.dl21_2022 {
            return Standing::Excluded(Exclusion::Dl21);
        }
        if self == Self::TotalDuration && period.flags.deroga_art4 {
            return Standing::Excluded(Exclusion::DerogaArt4);
        }
        if period.cause == Cause::Eone {
            self.standing_of_eone(facts, rules)
        } else {
            Standing::Counts
        }
    }

    fn standing_of_eone(self, facts: Facts, rules: &Rules) -> Standing {
        let lifted = match self {
            Self::Continuous => false,
            Self::Biennium if facts.sector.is_construction_or_stone() => {
                return Standing::OutsideClimate;
            }
            Self::Biennium => true,
            Self::Ais => rules.switches.ais_eone_exempt.is_on(),
            Self::TotalDuration => !rules.switches.art4_includes_eone.is_on(),
        };
        if lifted {
            Standing::Excluded(Exclusion::EoneC4)
        } else {
            Standing::Counts
        }
    }
}

/// Whether commas 2 and 3 pass over a requested week: EONE of letters a to l always, EONE of letters m, n and o when
/// every working day of the week lies in a climate window (`limits.md` §12.3).
pub(super) fn is_exempt_week(facts: Facts, rules: &Rules, cause: Cause, week: Week) -> bool {
    let working = facts.working_days.mask();
    cause == Cause::Eone
        && (!facts.sector.is_construction_or_stone()
            || rules.climate_days(week) & working == working)
}

/// The days of a period, ready to be asked for week by week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub(super) first: Week,
    pub(super) last: Week,
    first_days: u8,
    last_days: u8,
}

impl Span {
    pub(super) fn of(period: Period) -> Self {
        let (first, from) = Week::and_weekday_of(period.first_day());
        let (last, to) = Week::and_weekday_of(period.last_day());
        Self {
            first,
            last,
            first_days: WHOLE_WEEK << from & WHOLE_WEEK,
            last_days: WHOLE_WEEK >> (6 - to),
        }
    }

    /// The days of a period that counters look at; `None` when all of them are before the reform.
    pub(super) fn since_the_reform(period: Period) -> Option<Self> {
        let from = period.first_day().max(FIRST_COUNTED_DAY);
        Period::new(from, period.last_day()).ok().map(Self::of)
    }

    /// The days of a week that lie inside, Monday in the lowest bit.
    pub(super) fn days(&self, week: Week) -> u8 {
        if week < self.first || self.last < week {
            return 0;
        }
        let mut days = WHOLE_WEEK;
        if week == self.first {
            days &= self.first_days;
        }
        if week == self.last {
            days &= self.last_days;
        }
        days
    }
}

/// How one period marks the weeks of a counter.
#[derive(Debug, Clone, Copy)]
pub(super) struct Marking<'a> {
    /// The days of the period since the reform.
    pub(super) span: Span,
    pub(super) outside_climate: bool,
    working: u8,
    day_units: u8,
    pub(super) declared: Option<DeclaredDays<'a>>,
}

impl<'a> Marking<'a> {
    /// The marking of a period; `None` when none of its days counts.
    #[expect(
        clippy::inline_always,
        reason = "a tenth of the time of a window: `cargo bench -p rulebook`, engine-biennium"
    )]
    #[inline(always)]
    pub(super) fn of(
        counting: Counting,
        facts: Facts,
        rules: &Rules,
        one: Outline<'a>,
    ) -> Option<Self> {
        let outside_climate = match counting.standing(facts, rules, one) {
            Standing::Foreign | Standing::Excluded(_) => return None,
            Standing::OutsideClimate => true,
            Standing::Counts => false,
        };
        let working_days = one.working_days.unwrap_or(facts.working_days);
        Some(Self {
            span: one.span?,
            outside_climate,
            working: working_days.mask(),
            day_units: working_days.day_units(),
            declared: declared_dates(facts, rules, one),
        })
    }

    /// The days of a week that count, weekend included.
    pub(super) fn counted_days(&self, rules: &Rules, week: Week) -> u8 {
        self.counted_days_in(week, |week| rules.climate_days(week))
    }

    /// The same, where the days of a week in a climate window are known.
    pub(super) fn counted_days_in(&self, week: Week, climate_days: impl Fn(Week) -> u8) -> u8 {
        let days = self.span.days(week);
        if self.outside_climate && days != 0 {
            days & !climate_days(week)
        } else {
            days
        }
    }

    /// Whether a week of an undeclared period is whole, where the days of a week in a climate window are known.
    pub(super) fn makes_whole(&self, week: Week, climate_days: impl Fn(Week) -> u8) -> bool {
        self.counted_days_in(week, climate_days) & self.working != 0
    }

    /// Of these days, those that mark the week: working days of an undeclared period, declared days of a declared one.
    pub(super) fn marked(&self, week: Week, days: u8) -> u8 {
        match self.declared {
            None => days & self.working,
            Some(declared) => days & declared.days(week),
        }
    }

    /// Marks some days of a week.
    pub(super) fn mark(&self, cell: &mut Cell, days: u8) {
        if self.declared.is_none() {
            cell.authorised |= days;
            return;
        }
        for (bit, units) in cell.declared.iter_mut().enumerate() {
            if days & (1 << bit) != 0 {
                *units = (*units).max(self.day_units);
            }
        }
    }
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
        if self.declared == [0; 7] {
            return 0;
        }
        let declared = (0..7)
            .filter(|bit| inside & (1 << bit) != 0)
            .map(|bit| i64::from(self.declared[bit]));
        declared.sum::<i64>().min(WEEK_UNITS)
    }

    /// Whether an undeclared period makes the week whole.
    pub(super) fn is_whole(self) -> bool {
        self.authorised != 0
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
            .map(|bit| 1 << bit)
            .sum()
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
        let mut table = Self::empty();
        table.fill(unit, rules, counting, &[]);
        table
    }

    /// A table without weeks.
    pub(super) fn empty() -> Self {
        Self {
            first: Week::from_index(0),
            cells: Vec::new(),
            sums: vec![0],
        }
    }

    /// Values the weeks of a unit in the place of those that were there, leaving out the days of `except`.
    pub(super) fn fill(
        &mut self,
        unit: &Unit,
        rules: &Rules,
        counting: Counting,
        except: &[Period],
    ) {
        let markings: Vec<Marking<'_>> = unit
            .authorisations
            .iter()
            .filter_map(|one| Marking::of(counting, unit.facts, rules, one.into()))
            .collect();
        let first = markings.iter().map(|one| one.span.first).min();
        let last = markings.iter().map(|one| one.span.last).max();
        self.cells.clear();
        self.first = first.unwrap_or(Week::from_index(0));
        let length = first.zip(last).map_or(0, |(first, last)| last - first + 1);
        let length = usize::try_from(length).unwrap_or(0);
        self.cells.resize(length, Cell::default());
        for one in &markings {
            self.mark(rules, one, except);
        }
        running_sums(&self.cells, &mut self.sums);
    }

    fn mark(&mut self, rules: &Rules, one: &Marking<'_>, except: &[Period]) {
        let offset = usize::try_from(one.span.first - self.first).unwrap_or(0);
        for (cell, week) in self.cells[offset..]
            .iter_mut()
            .zip(through(one.span.first, one.span.last))
        {
            let mut days = one.counted_days(rules, week);
            for period in except {
                days &= !Span::of(*period).days(week);
            }
            one.mark(cell, one.marked(week, days));
        }
    }

    /// Units of a week, 0 to 30.
    pub fn value(&self, week: Week) -> i64 {
        self.cell(week).value(WHOLE_WEEK)
    }

    /// Units of the weeks from `first` to `last`, both included; none when they are crossed.
    pub fn sum(&self, first: Week, last: Week) -> i64 {
        let from = self.position(first);
        let to = self.position(last + 1).max(from);
        self.sums[to] - self.sums[from]
    }

    /// Weeks that hold anything, with their units, in order.
    pub fn weeks(&self) -> impl Iterator<Item = (Week, i64)> {
        through(self.first, self.end())
            .map(|week| (week, self.value(week)))
            .filter(|(_, units)| *units > 0)
    }

    /// Weeks of the longest chain of consecutive ones that hold anything.
    pub(super) fn longest_chain(&self) -> i64 {
        let (mut longest, mut chain) = (0, 0);
        for cell in &self.cells {
            chain = if cell.value(WHOLE_WEEK) > 0 {
                chain + 1
            } else {
                0
            };
            longest = longest.max(chain);
        }
        longest
    }

    /// Takes all weeks out.
    pub(super) fn clear(&mut self) {
        self.cells.clear();
        running_sums(&self.cells, &mut self.sums);
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

fn running_sums(cells: &[Cell], sums: &mut Vec<i64>) {
    sums.clear();
    sums.push(0);
    sums.extend(cells.iter().scan(0, |sum, cell| {
        *sum += cell.value(WHOLE_WEEK);
        Some(*sum)
    }));
}

fn declared_dates<'a>(facts: Facts, rules: &Rules, one: Outline<'a>) -> Option<DeclaredDays<'a>> {
    let weather_in_construction = facts.sector.is_construction() && one.cause == Cause::Eone;
    let by_day = rules.switches.construction_weather_by_day.is_on() || !weather_in_construction;
    one.declared.filter(|_| by_day)
}

impl WorkingDays {
    /// The working days of a week, Monday in the lowest bit.
    pub(super) fn mask(self) -> u8 {
        match self {
            Self::Five => 0b1_1111,
            Self::Six => 0b11_1111,
        }
    }

    /// Units of a declared day.
    pub(super) fn day_units(self) -> u8 {
        match self {
            Self::Five => 6,
            Self::Six => 5,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::rules::{IN_FORCE, day};
    use super::super::staff::Staff;
    use super::super::unit::{Authorisation, Sector};
    use super::*;
    use chrono::NaiveDate;

    fn unit(working_days: WorkingDays, periods: &[(NaiveDate, NaiveDate)]) -> Unit {
        let authorisations = periods.iter().map(|(from, to)| {
            let period = Period::between(*from, *to);
            Authorisation::new("A".into(), Scheme::Cigo, Cause::Ord, period)
        });
        Unit {
            facts: Facts {
                sector: Sector::A,
                working_days,
            },
            staff: Staff::default(),
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
    fn of_declared_days_those_inside_are_worth_something_and_covered() {
        let mut unit = unit(WorkingDays::Five, &[(day(2026, 3, 2), day(2026, 3, 8))]);
        unit.authorisations[0].used_dates = Some([day(2026, 3, 3), day(2026, 3, 5)].into());
        let table = WeekTable::new(&unit, &IN_FORCE, Counting::Biennium);
        let cell = table.cell(Week::of(day(2026, 3, 2)));
        assert_eq!(
            (cell.value(WHOLE_WEEK), cell.days_covered(WHOLE_WEEK)),
            (12, 0b1010)
        );
        assert_eq!((cell.value(0b111), cell.days_covered(0b111)), (6, 0b10));
        assert_eq!((cell.value(0b100), cell.days_covered(0b100)), (0, 0));
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
