//! The biennio mobile of one unit after the other, in bits: one counter of many units (`limits.md` §6.5, §12.3).
//!
//! The 103 weeks before a week and those that a request asks for fit 128 bits. A week that an undeclared period makes whole
//! is one bit, and whole weeks are counted all at once; only weeks with declared days are looked at one by one. Nothing is
//! rounded or presumed: what lies beyond the bits is left to [`Biennium`], which has a table of all weeks.
//!
//! [`Biennium`]: super::biennium::Biennium

use chrono::NaiveDate;
use kernel::Week;

use super::biennium::{Limit, Status, WEEKS_BEFORE};
use super::request::{Check, Request};
use super::rules::Rules;
use super::unit::{Authorisation, Facts, WorkingDays};
use super::week_value::{Counting, Marking, WEEK_UNITS};
use super::weeks::{candidates, through};

/// Weeks that are held.
const WEEKS: u8 = 128;

/// Place of the week from which the counter is seen.
const SEEN_FROM: u8 = 103;

/// The weeks before it.
const BEFORE: u128 = (1 << SEEN_FROM) - 1;

/// The weeks around the one from which a counter is seen, of one unit after the other.
#[derive(Debug, Clone)]
pub struct Window<'a> {
    rules: &'a Rules,
    counting: Counting,
    week: Week,
    first: Week,
    last: Week,
    /// First and last day that are held.
    days: (NaiveDate, NaiveDate),
    /// Monday and Sunday of the week from which the counter is seen.
    seen_from: (NaiveDate, NaiveDate),
    /// Days of each week in a climate window.
    climate: [u8; WEEKS as usize],
    /// Weeks that an undeclared period makes whole, the first week in the lowest bit.
    whole: u128,
    /// Weeks with declared days, whole or not.
    declared: u128,
    declared_days: [DeclaredDays; WEEKS as usize],
    /// Whether a period may hold weeks after the last one.
    beyond: bool,
}

/// An answer that takes weeks which are not held.
struct NotHeld;

/// The days declared in a week, Monday in the lowest bit. A day that is declared both ways counts once, at the larger
/// value.
#[derive(Debug, Clone, Copy, Default)]
struct DeclaredDays {
    of_five: u8,
    of_six: u8,
}

impl DeclaredDays {
    fn units(self) -> i64 {
        let (five, six) = (WorkingDays::Five.day_units(), WorkingDays::Six.day_units());
        let fives = self.of_five.count_ones() * u32::from(five);
        let sixes = (self.of_six & !self.of_five).count_ones() * u32::from(six);
        i64::from(fives + sixes).min(WEEK_UNITS)
    }
}

impl<'a> Window<'a> {
    /// Around the week from which a counter is seen that values weeks in this way. What the rules say of these weeks is
    /// looked up once for all units.
    pub fn new(rules: &'a Rules, counting: Counting, week: Week) -> Self {
        let first = week - WEEKS_BEFORE;
        let last = first + (i32::from(WEEKS) - 1);
        let mut climate = [0; WEEKS as usize];
        for (days, week) in climate.iter_mut().zip(through(first, last)) {
            *days = rules.climate_days(week);
        }
        Self {
            rules,
            counting,
            week,
            first,
            last,
            days: (first.monday(), last.sunday()),
            seen_from: (week.monday(), week.sunday()),
            climate,
            whole: 0,
            declared: 0,
            declared_days: [DeclaredDays::default(); WEEKS as usize],
            beyond: false,
        }
    }

    /// Takes the weeks of a unit in the place of those of the one before.
    pub fn fill<'u>(
        &mut self,
        facts: Facts,
        authorisations: impl IntoIterator<Item = &'u Authorisation>,
    ) {
        self.clear();
        let (from, to) = self.days;
        for one in authorisations {
            let period = one.period;
            self.beyond |= period.last_day() > to;
            if period.first_day() <= to && period.last_day() >= from {
                self.take(facts, one);
            }
        }
    }

    /// How weeks are valued.
    pub(super) fn counting(&self) -> Counting {
        self.counting
    }

    fn clear(&mut self) {
        while self.declared != 0 {
            self.declared_days[self.declared.trailing_zeros() as usize] = DeclaredDays::default();
            self.declared &= self.declared - 1;
        }
        self.whole = 0;
        self.beyond = false;
    }

    fn take(&mut self, facts: Facts, one: &Authorisation) {
        let Some(marking) = Marking::of(self.counting, facts, self.rules, one) else {
            return;
        };
        let (first, climate) = (self.first, &self.climate);
        let climate_of = |week: Week| {
            let place = usize::try_from(week - first).ok();
            place
                .and_then(|place| climate.get(place))
                .map_or(0, |days| *days)
        };
        let Some(declared) = marking.declared else {
            self.whole |= marking.whole_weeks(climate_of, first, self.last);
            return;
        };
        let working_days = one.working_days.unwrap_or(facts.working_days);
        for (week, days) in declared.weeks() {
            let Some(place) = u8::try_from(week - first)
                .ok()
                .filter(|place| *place < WEEKS)
            else {
                continue;
            };
            let days = days & marking.counted_days_in(week, climate_of);
            self.declared |= u128::from(days != 0) << place;
            let known = &mut self.declared_days[usize::from(place)];
            match working_days {
                WorkingDays::Five => known.of_five |= days,
                WorkingDays::Six => known.of_six |= days,
            }
        }
    }

    /// How a counter stands for the week from which it is seen; `None` when that takes weeks that are not held.
    pub fn status(&self, limit: &Limit<'_>) -> Option<Status> {
        let used_units = self.used();
        let first_available = self.first_available(limit, used_units).ok()?;
        let limit_units = limit.units_on(self.seen_from.0);
        let residual_units = (limit_units - used_units).max(0);
        Some(Status {
            window_start: self.days.0,
            window_end: self.seen_from.1,
            limit_units,
            used_units,
            residual_units,
            residual_weeks: residual_units / WEEK_UNITS,
            first_available,
        })
    }

    /// How many weeks of a request from the week from which the counter is seen fit; `None` when that takes weeks that are
    /// not held. As [`super::biennium::Biennium::check`].
    pub fn check(&self, limit: &Limit<'_>, request: &Request) -> Option<Check> {
        let last = request.first + (request.count - 1);
        if request.first != self.week || last > self.last {
            return None;
        }
        // Over all the weeks that are held, for nearly every unit.
        let same = limit.units_through(self.seen_from.0, self.days.1);
        // What the window that ends with the week before holds, requested weeks with it.
        let mut window = self.used();
        Some(Check::each(request, |asked| {
            if asked > request.first {
                window -= self.value(asked - 1 - WEEKS_BEFORE);
            }
            let exempt = limit.passes_over(request, asked);
            window += if exempt {
                self.value(asked)
            } else {
                WEEK_UNITS
            };
            exempt || window <= same.unwrap_or_else(|| limit.units(asked))
        }))
    }

    /// Thirtieths of the 103 weeks before.
    fn used(&self) -> i64 {
        let whole = i64::from((self.whole & BEFORE).count_ones()) * WEEK_UNITS;
        let mut partial = self.declared & !self.whole & BEFORE;
        let mut used = whole;
        while partial != 0 {
            used += self.declared_days[partial.trailing_zeros() as usize].units();
            partial &= partial - 1;
        }
        used
    }

    /// The first week that could be asked for; `None` within ten years.
    fn first_available(&self, limit: &Limit<'_>, used: i64) -> Result<Option<Week>, NotHeld> {
        if used + WEEK_UNITS <= limit.units_on(self.seen_from.0) {
            return Ok(Some(self.week));
        }
        let mut before = used;
        for week in candidates(self.week).skip(1) {
            if self.beyond && week - 1 > self.last {
                return Err(NotHeld);
            }
            before += self.value(week - 1) - self.value(week - 1 - WEEKS_BEFORE);
            if before + WEEK_UNITS <= limit.units(week) {
                return Ok(Some(week));
            }
        }
        Ok(None)
    }

    /// Thirtieths of a week; none outside of those that are held.
    fn value(&self, week: Week) -> i64 {
        match u8::try_from(week - self.first) {
            Ok(place) if place < WEEKS => {
                if self.whole >> place & 1 == 1 {
                    WEEK_UNITS
                } else {
                    self.declared_days[usize::from(place)].units()
                }
            }
            _ => 0,
        }
    }
}
