//! The biennio mobile of one unit after the other: one counter of many units (`limits.md` §6.5, §12.3).
//!
//! The 103 weeks before a week and those that a request asks for are 128 bytes, one a week, which are filled anew for each
//! unit and summed at once. Nothing is rounded or presumed: what lies beyond them is left to [`Biennium`], which has a table
//! of all weeks.
//!
//! [`Biennium`]: super::biennium::Biennium

use chrono::NaiveDate;
use kernel::Week;

use super::biennium::{Limit, Status, WEEKS_BEFORE};
use super::request::{Check, Request};
use super::rules::Rules;
use super::unit::{DeclaredDays, Facts, Outline, WorkingDays};
use super::week_value::{Counting, Marking, WEEK_UNITS};
use super::weeks::{candidates, through};

/// Weeks that are held.
const WEEKS: usize = 128;

/// Place of the week from which the counter is seen.
const SEEN_FROM: usize = 103;

/// A whole week, as it is held.
const WHOLE: u8 = 30;

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
    climate: [u8; WEEKS],
    /// Thirtieths of each week.
    units: [u8; WEEKS],
    /// Days declared in each week where a day is a fifth of it, Monday in the lowest bit.
    of_five: [u8; WEEKS],
    /// And where it is a sixth. A day that is declared both ways counts once, at the larger value.
    of_six: [u8; WEEKS],
    /// Whether any days were declared of either.
    has_fives: bool,
    has_sixes: bool,
    /// Thirtieths of the weeks before the one from which the counter is seen.
    used: i64,
    /// Whether a period may hold weeks after the last one.
    beyond: bool,
}

/// An answer that takes weeks which are not held.
struct NotHeld;

impl<'a> Window<'a> {
    /// Around the week from which a counter is seen that values weeks in this way. What the rules say of these weeks is
    /// looked up once for all units.
    pub fn new(rules: &'a Rules, counting: Counting, week: Week) -> Self {
        let first = week - WEEKS_BEFORE;
        let last = first + 127;
        let mut climate = [0; WEEKS];
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
            units: NONE,
            of_five: NONE,
            of_six: NONE,
            has_fives: false,
            has_sixes: false,
            used: 0,
            beyond: false,
        }
    }

    /// Takes the weeks of a unit in the place of those of the one before.
    pub fn fill<'u>(
        &mut self,
        facts: Facts,
        authorisations: impl IntoIterator<Item = Outline<'u>>,
    ) {
        self.units = NONE;
        self.of_five = NONE;
        self.of_six = NONE;
        (self.has_fives, self.has_sixes) = (false, false);
        self.beyond = false;
        for one in authorisations {
            let Some(span) = one.span else { continue };
            self.beyond |= span.last > self.last;
            if span.first <= self.last && span.last >= self.first {
                self.take(facts, one);
            }
        }
        self.value_declared();
        // 103 weeks of thirty are far from what 16 bits hold, and the processor adds eight such numbers at once.
        let before = &self.units[..SEEN_FROM];
        self.used = i64::from(before.iter().map(|units| u16::from(*units)).sum::<u16>());
    }

    /// How weeks are valued.
    pub(super) fn counting(&self) -> Counting {
        self.counting
    }

    fn take(&mut self, facts: Facts, one: Outline<'_>) {
        let Some(marking) = Marking::of(self.counting, facts, self.rules, one) else {
            return;
        };
        match marking.declared {
            None => self.take_whole(&marking),
            Some(declared) => {
                let working_days = one.working_days.unwrap_or(facts.working_days);
                self.declare(working_days, &marking, declared);
            }
        }
    }

    /// Takes the weeks that an undeclared period makes whole.
    fn take_whole(&mut self, marking: &Marking<'_>) {
        let span = marking.span;
        let (from, to) = (span.first.max(self.first), span.last.min(self.last));
        let (Some(start), Some(end)) = (place(self.first, from), place(self.first, to)) else {
            return;
        };
        let (first, climate) = (self.first, &self.climate);
        let is_whole =
            |week: Week| marking.makes_whole(week, |week| climate_days(first, climate, week));
        let units = &mut self.units[start..=end];
        if marking.outside_climate {
            for (units, _) in units
                .iter_mut()
                .zip(through(from, to))
                .filter(|(_, week)| is_whole(*week))
            {
                *units = WHOLE;
            }
        } else {
            // Only the first week can lack a working day: each after it has its Monday.
            let lacking = usize::from(!is_whole(from));
            units[lacking..].fill(WHOLE);
        }
    }

    /// Takes the days declared inside a period.
    fn declare(
        &mut self,
        working_days: WorkingDays,
        marking: &Marking<'_>,
        days: DeclaredDays<'_>,
    ) {
        let span = marking.span;
        let from = span.first.max(days.first).max(self.first);
        let to = span.last.min(days.last()).min(self.last);
        let (Some(start), Some(end)) = (place(self.first, from), place(self.first, to)) else {
            return;
        };
        if from > to {
            return;
        }
        let known = match working_days {
            WorkingDays::Five => {
                self.has_fives = true;
                &mut self.of_five[start..=end]
            }
            WorkingDays::Six => {
                self.has_sixes = true;
                &mut self.of_six[start..=end]
            }
        };
        let days = days.between(from, to);
        let (first, climate) = (self.first, &self.climate);
        let inside =
            |week| marking.counted_days_in(week, |week| climate_days(first, climate, week));
        // All days of a week are inside but for the weeks at the edges.
        let last = days.len() - 1;
        known[0] |= days[0] & inside(from);
        known[last] |= days[last] & inside(to);
        let inner = 1..last.max(1);
        let known = known[inner.clone()].iter_mut().zip(&days[inner.clone()]);
        if marking.outside_climate {
            let climate = &climate[start..=end][inner];
            known
                .zip(climate)
                .for_each(|((known, days), climate)| *known |= days & !climate);
        } else {
            known.for_each(|(known, days)| *known |= days);
        }
    }

    /// Values the weeks that are not whole by their declared days. Plain steps over all that are held, which the processor
    /// takes many at once; most units have weeks of one length alone, which are fewer steps.
    fn value_declared(&mut self) {
        let weeks = self.of_five.iter().zip(&self.of_six);
        let declared = self.units.iter_mut().zip(weeks);
        match (self.has_fives, self.has_sixes) {
            (false, false) => {}
            (true, false) => declared.for_each(|(units, (five, _))| at_least(units, fives(*five))),
            (false, true) => declared.for_each(|(units, (_, six))| at_least(units, sixes(*six))),
            (true, true) => declared.for_each(|(units, (five, six))| {
                at_least(units, fives(*five) + sixes(six & !five));
            }),
        }
    }

    /// Thirtieths of a week that weigh on the one from which the counter is seen.
    pub fn used_units(&self) -> i64 {
        self.used
    }

    /// How a counter stands for the week from which it is seen; `None` when that takes weeks that are not held.
    pub fn status(&self, limit: &Limit<'_>) -> Option<Status> {
        let used_units = self.used;
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
        let same = self.same_limit(limit);
        // What the window that ends with the week before holds, requested weeks with it.
        let mut window = self.used;
        // No week asked for adds more than itself, whatever leaves the window meanwhile.
        let most = window + i64::from(request.count) * WEEK_UNITS;
        if same.is_some_and(|same| most <= same) {
            return Some(Check::all(request));
        }
        Some(Check::each(request, |asked| {
            // Nothing is held of what leaves at the first week: it is not in the window either.
            window -= self.value(asked - 1 - WEEKS_BEFORE);
            let exempt = limit.passes_over(request, asked);
            window += if exempt {
                self.value(asked)
            } else {
                WEEK_UNITS
            };
            exempt || window <= same.unwrap_or_else(|| limit.units(asked))
        }))
    }

    /// Most thirtieths of every window that ends with a week that is held; `None` when the law changes between them,
    /// which it seldom does.
    fn same_limit(&self, limit: &Limit<'_>) -> Option<i64> {
        limit.units_through(self.seen_from.0, self.days.1)
    }

    /// The first week that could be asked for; `None` within ten years.
    fn first_available(&self, limit: &Limit<'_>, used: i64) -> Result<Option<Week>, NotHeld> {
        if used + WEEK_UNITS <= limit.units_on(self.seen_from.0) {
            return Ok(Some(self.week));
        }
        let same = self.same_limit(limit);
        let mut before = used;
        for week in candidates(self.week).skip(1) {
            if self.beyond && week - 1 > self.last {
                return Err(NotHeld);
            }
            before += self.value(week - 1) - self.value(week - 1 - WEEKS_BEFORE);
            let same = same.filter(|_| week <= self.last);
            if before + WEEK_UNITS <= same.unwrap_or_else(|| limit.units(week)) {
                return Ok(Some(week));
            }
        }
        Ok(None)
    }

    /// Thirtieths of a week; none outside of those that are held.
    fn value(&self, week: Week) -> i64 {
        place(self.first, week).map_or(0, |place| i64::from(self.units[place]))
    }
}

/// Days of a week in a climate window; none of those that are not held.
fn climate_days(first: Week, climate: &[u8; WEEKS], week: Week) -> u8 {
    place(first, week).map_or(0, |place| climate[place])
}

/// Where a week is held, if it is.
fn place(first: Week, week: Week) -> Option<usize> {
    let place = usize::try_from(week - first).ok();
    place.filter(|place| *place < WEEKS)
}

/// A number of no week.
const NONE: [u8; WEEKS] = [0; WEEKS];

/// Raises the thirtieths of a week to what its days are worth, a whole week at most.
fn at_least(units: &mut u8, days: u8) {
    *units = (*units).max(days.min(WHOLE));
}

fn fives(days: u8) -> u8 {
    days_in(days) * WorkingDays::Five.day_units()
}

fn sixes(days: u8) -> u8 {
    days_in(days) * WorkingDays::Six.day_units()
}

/// How many days a set of days of a week holds. Counted pair by pair, since not every processor counts bits in one step.
fn days_in(days: u8) -> u8 {
    let pairs = (days & 0b101_0101) + (days >> 1 & 0b101_0101);
    let fours = (pairs & 0b11_0011) + (pairs >> 2 & 0b11_0011);
    (fours & 0b1111) + (fours >> 4)
}
