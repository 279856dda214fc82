//! One third of the workable hours of the biennio mobile, art. 12 c. 5 (`limits.md` §2.3, §12.5). INPS looks at the same for
//! AIS, as information.
//!
//! Hours are exact fractions. Two roundings, both declared: the limit is rounded down to whole hours, and what is left
//! takes the used hours rounded up.

use kernel::{Hours, Week};

use super::biennium::WEEKS_BEFORE;
use super::exact::{Exact, ceil, floor, hundredths, whole};
use super::request::{Check, Request};
use super::rules::{Dated, HoursBasis, Key, Rules};
use super::staff::{days_of, holidays_on_working_days};
use super::unit::{Authorisation, Cause, PeriodHours, Scheme, Unit};
use super::week_value::Exclusion;
use super::weeks::{candidates, through};

/// Weeks of the biennio.
pub const BIENNIUM_WEEKS: i64 = 104;

/// The counter of a unit whose groups are known.
#[derive(Debug, Clone, Copy)]
pub struct OneThird<'a> {
    unit: &'a Unit,
    rules: &'a Rules,
    /// CIGO or AIS.
    scheme: Scheme,
    weekly_hours: Exact,
}

/// The hours of the window that ends with a week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// First week of the window.
    pub first: Week,
    /// Last week of the window.
    pub last: Week,
    /// Workable hours, exact.
    pub workable_hours: Exact,
    /// Whole hours that may be authorised.
    pub limit_hours: i64,
    /// Hours used, exact.
    pub used_hours: Exact,
    /// Whole hours left.
    pub residual_hours: i64,
}

impl<'a> OneThird<'a> {
    /// The counter; `None` when the groups of the unit are not known.
    pub fn new(unit: &'a Unit, rules: &'a Rules) -> Option<Self> {
        Self::of(Scheme::Cigo, unit, rules)
    }

    /// The same of the hours of AIS; `None` when the groups of the unit are not known.
    pub fn ais(unit: &'a Unit, rules: &'a Rules) -> Option<Self> {
        Self::of(Scheme::Ais, unit, rules)
    }

    fn of(scheme: Scheme, unit: &'a Unit, rules: &'a Rules) -> Option<Self> {
        (!unit.staff.groups.is_empty()).then(|| Self {
            unit,
            rules,
            scheme,
            weekly_hours: unit.staff.weekly_hours(),
        })
    }

    /// How the counter stands for the window that ends with a week, that week included.
    pub fn status(&self, last: Week) -> Status {
        let workable_hours = self.workable_hours(last);
        let limit_hours = self.limit_of(&workable_hours, last);
        let used_hours = self.used_hours(last);
        Status {
            first: last - WEEKS_BEFORE,
            last,
            workable_hours,
            limit_hours,
            used_hours,
            residual_hours: limit_hours.saturating_sub(ceil(&used_hours)).max(0),
        }
    }

    /// Whether so many hours fit beside what the window that ends with a week holds.
    pub fn fits(&self, last: Week, requested: &Exact) -> bool {
        let limit = self.limit_of(&self.workable_hours(last), last);
        self.used_hours(last) + requested <= whole(limit)
    }

    /// How many weeks of a request fit: all when its hours fit in the window of its last week, else the longest part
    /// from its first week on, with its share of the hours. A request without hours is not refused.
    pub fn check(&self, request: &Request) -> Check {
        check_parts(request, |last, hours| self.fits(last, hours))
    }

    /// Like [`Self::check`], but also refuses weeks whose hours would push the window that ends with later ones, already
    /// authorised or set aside, over the limit. Without later hours the two agree.
    pub fn check_keeping_later(&self, request: &Request) -> Check {
        check_parts(request, |last, hours| {
            self.fits(last, hours) && self.later_ones_fit(request.first, last, hours)
        })
    }

    /// Whether hours that lie evenly over some weeks keep within the limit every window that ends with a week of a later
    /// period and reaches them.
    fn later_ones_fit(&self, first: Week, last: Week, hours: &Exact) -> bool {
        self.later_windows(first, last)
            .all(|(end, share)| self.fits(end, &(hours * share)))
    }

    /// The last weeks of the windows that end with a week of a later period and reach some weeks, with the part of those
    /// weeks that they reach.
    fn later_windows(&self, first: Week, last: Week) -> impl Iterator<Item = (Week, Exact)> {
        let authorisations = self.unit.authorisations.iter();
        let later = authorisations
            .filter(|one| self.hours_of(one).is_some_and(|hours| hours.is_ok()))
            .flat_map(move |one| {
                let from = Week::of(one.period.first_day()).max(last + 1);
                let to = Week::of(one.period.last_day()).min(last + WEEKS_BEFORE);
                through(from, to)
            });
        later.map(move |end| {
            let inside = last - first.max(end - WEEKS_BEFORE) + 1;
            (end, part(inside, last - first + 1))
        })
    }

    /// Most hours, down to the hundredth, that a request of these weeks may have: as many as its own window and those of
    /// later weeks leave.
    pub fn most_hours(&self, request: &Request) -> Hours {
        let last = request.first + request.count - 1;
        let left = |end| {
            let limit = self.limit_of(&self.workable_hours(end), end);
            (whole(limit) - self.used_hours(end)) * whole(100)
        };
        let later = self.later_windows(request.first, last);
        let most = later
            .map(|(end, share)| left(end) / share)
            .fold(left(last), Exact::min);
        Hours::from_hundredths(floor(&most).max(0))
    }

    /// First week from `week` on in whose window a whole hour is left; `None` within ten years.
    pub fn first_available(&self, week: Week) -> Option<Week> {
        candidates(week).find(|later| self.status(*later).residual_hours > 0)
    }

    /// Source of the limit that holds for a week.
    pub fn limit(&self, week: Week) -> &'a Dated {
        self.rules.on(self.key(), week.monday())
    }

    /// Key of what the workable hours are divided by.
    pub fn key(&self) -> Key {
        if self.scheme == Scheme::Ais {
            Key::AisWorkableDivisor
        } else {
            Key::WorkableDivisor
        }
    }

    /// Hours of each authorisation that the window that ends with a week holds, or why it holds none; those that the
    /// counter is not about are left out.
    pub fn loads(&self, last: Week) -> impl Iterator<Item = (usize, Result<Exact, Exclusion>)> {
        let authorisations = self.unit.authorisations.iter().enumerate();
        authorisations
            .filter_map(move |(position, one)| self.load(one, last).map(|load| (position, load)))
    }

    fn workable_hours(&self, last: Week) -> Exact {
        let mut weeks = whole(BIENNIUM_WEEKS);
        if self.rules.switches.deduct_holidays.is_on() {
            let working_days = self.unit.facts.working_days;
            let days = days_of(last - WEEKS_BEFORE, last);
            let holidays = holidays_on_working_days(days, working_days);
            weeks -= Exact::new(holidays.into(), working_days.number().into());
        }
        self.weekly_hours * weeks
    }

    fn limit_of(&self, workable: &Exact, week: Week) -> i64 {
        floor(&(workable / whole(self.limit(week).value)))
    }

    fn used_hours(&self, last: Week) -> Exact {
        self.loads(last)
            .filter_map(|(_, load)| load.ok())
            .sum::<Exact>()
    }

    fn load(&self, one: &Authorisation, last: Week) -> Option<Result<Exact, Exclusion>> {
        let hours = self.hours_of(one)?;
        Some(hours.and_then(|hours| hours_in(hours, one, last)))
    }

    /// Hours of an authorisation that the counter is about, or why they do not count.
    fn hours_of<'u>(&self, one: &'u Authorisation) -> Option<Result<&'u PeriodHours, Exclusion>> {
        if one.scheme != self.scheme {
            return None;
        }
        let hours = match self.rules.switches.hours_basis {
            HoursBasis::Authorised => one.hours.as_ref(),
            HoursBasis::Used => one.used_hours.as_ref().or(one.hours.as_ref()),
        }?;
        let switch = self.rules.switches.one_third_includes_eone.is_on();
        let includes_eone = switch || self.scheme == Scheme::Ais;
        Some(if one.flags.covid {
            Err(Exclusion::Covid)
        } else if one.flags.dl21_2022 {
            Err(Exclusion::Dl21)
        } else if one.cause == Cause::Eone && !includes_eone {
            Err(Exclusion::EoneC4)
        } else {
            Ok(hours)
        })
    }
}

/// The longest part of a request, from its first week on, that fits with its share of the hours.
fn check_parts(request: &Request, fit: impl Fn(Week, &Exact) -> bool) -> Check {
    let Some(hours) = request.hours else {
        return Check::all(request);
    };
    let share = |count: i32| hundredths(hours.hundredths()) * part(count, request.count);
    let fits = |count: &i32| fit(request.first + *count - 1, &share(*count));
    let most = (1..=request.count).rev().find(fits).unwrap_or(0);
    if most == request.count {
        return Check::all(request);
    }
    Check {
        grantable_weeks: most,
        first_failing: Some(request.first + most),
    }
}

/// Hours of an authorisation in the window that ends with a week. Weeks before the reform hold none, as everywhere.
fn hours_in(hours: &PeriodHours, one: &Authorisation, last: Week) -> Result<Exact, Exclusion> {
    let reform = Week::of(super::rules::FIRST_COUNTED_DAY);
    let window = (last - WEEKS_BEFORE).max(reform)..=last;
    if one.period.last_day() < super::rules::FIRST_COUNTED_DAY {
        return Err(Exclusion::Pre2015);
    }
    let (from, to) = (
        Week::of(one.period.first_day()),
        Week::of(one.period.last_day()),
    );
    let inside = to.min(*window.end()) - from.max(*window.start()) + 1;
    if inside <= 0 {
        return Err(Exclusion::OutsideWindow);
    }
    Ok(match hours {
        PeriodHours::Total(total) => hundredths(total.hundredths()) * part(inside, to - from + 1),
        PeriodHours::Weekly(weeks) => weeks
            .iter()
            .filter(|(week, _)| window.contains(week))
            .map(|(_, hours)| hundredths(hours.hundredths()))
            .sum(),
    })
}

fn part(of: i32, all: i32) -> Exact {
    Exact::new(of.into(), all.max(1).into())
}
