//! The weeks in the biennio mobile: 52 of CIGO, art. 12 c. 3, and 13 or 26 of AIS, art. 29 (`limits.md` §5, §6.5,
//! §12.3).
//!
//! The window of a week is that week and the 103 before it.

use chrono::NaiveDate;
use kernel::Week;

use super::request::{Added, Check, Request};
use super::rules::{Dated, Key, Rules};
use super::staff::AisClass;
use super::unit::{Cause, Facts};
use super::week_value::{WEEK_UNITS, WeekTable, is_exempt_week};
use super::weeks::candidates;

/// Weeks of a window before the week it ends with.
pub(super) const WEEKS_BEFORE: i32 = 103;

/// The counter of a unit.
#[derive(Debug, Clone, Copy)]
pub struct Biennium<'a> {
    table: &'a WeekTable,
    limit: Limit<'a>,
}

/// How many weeks a unit may have, whatever it has had.
#[derive(Debug, Clone, Copy)]
pub struct Limit<'a> {
    facts: Facts,
    rules: &'a Rules,
    scheme: Limited,
}

/// Whose weeks are limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Limited {
    Cigo,
    Ais(AisClass),
}

/// What weighs on a week before it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// First day of the window.
    pub window_start: NaiveDate,
    /// Last day of the window.
    pub window_end: NaiveDate,
    /// Most units that the window may hold.
    pub limit_units: i64,
    /// Units of the 103 weeks before.
    pub used_units: i64,
    /// Units left, never negative.
    pub residual_units: i64,
    /// Whole weeks left.
    pub residual_weeks: i64,
    /// The first week that could be asked for; `None` within ten years.
    pub first_available: Option<Week>,
}

impl<'a> Biennium<'a> {
    /// The counter of CIGO. The table must be valued with [`super::Counting::Biennium`].
    pub fn new(table: &'a WeekTable, facts: Facts, rules: &'a Rules) -> Self {
        Self::over(table, Limit::cigo(facts, rules))
    }

    /// The counter of AIS for the class of today's headcount. The table must be valued with [`super::Counting::Ais`].
    pub fn ais(table: &'a WeekTable, facts: Facts, rules: &'a Rules, class: AisClass) -> Self {
        Self::over(table, Limit::ais(facts, rules, class))
    }

    pub(super) fn over(table: &'a WeekTable, limit: Limit<'a>) -> Self {
        Self { table, limit }
    }

    /// How the counter stands for week `week`, which is left out of what is used.
    pub fn status(&self, week: Week) -> Status {
        let used = self.used_before(week);
        self.limit.status(week, used, self.first_available(week))
    }

    /// How many weeks of a request fit: each of its weeks is presumed fully used, and the window that ends with it may
    /// not hold more than the limit.
    pub fn check(&self, request: &Request) -> Check {
        let mut added = Added::from(request.first);
        Check::each(request, |week| {
            self.is_exempt(request, week, &mut added) || self.fits(week, &added)
        })
    }

    /// Like [`Self::check`], but also refuses a week that would push the window of a later week, already authorised or
    /// set aside, over the limit: the condition must hold at every moment (`limits.md` §6.5). Without later weeks the
    /// two agree.
    pub fn check_keeping_later(&self, request: &Request) -> Check {
        let mut added = Added::from(request.first);
        Check::each(request, |week| {
            self.is_exempt(request, week, &mut added)
                || (self.fits(week, &added) && self.later_weeks_fit(week, &added))
        })
    }

    /// First week from which all of a request fits, as far as this counter goes.
    pub fn first_block(&self, request: &Request) -> Option<Week> {
        candidates(request.first).find(|first| self.check(&request.starting(*first)).passes())
    }

    /// Source of the limit that holds for a week.
    pub fn limit(&self, week: Week) -> &'a Dated {
        self.limit.row(week)
    }

    /// Key of the limit.
    pub fn key(&self) -> Key {
        self.limit.key()
    }

    pub(super) fn law(&self) -> &Limit<'a> {
        &self.limit
    }

    fn first_available(&self, week: Week) -> Option<Week> {
        candidates(week)
            .find(|later| self.used_before(*later) + WEEK_UNITS <= self.limit.units(*later))
    }

    fn used_before(&self, week: Week) -> i64 {
        self.table.sum(week - WEEKS_BEFORE, week - 1)
    }

    /// Adds a requested week to `added`; tells whether it passes without a check and adds nothing.
    fn is_exempt(&self, request: &Request, week: Week, added: &mut Added) -> bool {
        let exempt = self.passes_over(request, week);
        added.push(if exempt {
            0
        } else {
            WEEK_UNITS - self.table.value(week)
        });
        exempt
    }

    /// Whether a requested week passes without a check and adds nothing.
    pub(super) fn passes_over(&self, request: &Request, week: Week) -> bool {
        self.limit.passes_over(request, week)
    }

    fn fits(&self, week: Week, added: &Added) -> bool {
        let first = week - WEEKS_BEFORE;
        self.table.sum(first, week) + added.sum(first, week) <= self.limit.units(week)
    }

    fn later_weeks_fit(&self, week: Week, added: &Added) -> bool {
        self.table
            .weeks_after(week, week + WEEKS_BEFORE)
            .all(|later| self.fits(later, added))
    }
}

impl<'a> Limit<'a> {
    /// Of CIGO.
    pub fn cigo(facts: Facts, rules: &'a Rules) -> Self {
        let scheme = Limited::Cigo;
        Self {
            facts,
            rules,
            scheme,
        }
    }

    /// Of AIS for the class of today's headcount, which holds for the whole window (`limits.md` §5.1).
    pub fn ais(facts: Facts, rules: &'a Rules, class: AisClass) -> Self {
        let scheme = Limited::Ais(class);
        Self {
            facts,
            rules,
            scheme,
        }
    }

    /// Key of the rule.
    pub fn key(&self) -> Key {
        match self.scheme {
            Limited::Cigo => Key::BienniumWeeks,
            Limited::Ais(AisClass::Small) => Key::AisWeeksSmall,
            Limited::Ais(AisClass::Large) => Key::AisWeeksLarge,
        }
    }

    /// The rule that holds for a week.
    pub fn row(&self, week: Week) -> &'a Dated {
        self.rules.on(self.key(), week.monday())
    }

    /// Most thirtieths that the window of a week may hold.
    pub(super) fn units(&self, week: Week) -> i64 {
        self.units_on(week.monday())
    }

    /// The same for the week of a Monday.
    pub(super) fn units_on(&self, monday: NaiveDate) -> i64 {
        self.rules.on(self.key(), monday).value * WEEK_UNITS
    }

    /// The same for every week from that of a Monday to that of a day; `None` when it changes between them.
    pub(super) fn units_through(&self, monday: NaiveDate, last: NaiveDate) -> Option<i64> {
        let row = self.rules.on(self.key(), monday);
        let is_last = std::ptr::eq(row, self.rules.on(self.key(), last));
        is_last.then_some(row.value * WEEK_UNITS)
    }

    /// How a counter stands for a week before which so much is used.
    pub(super) fn status(
        &self,
        week: Week,
        used_units: i64,
        first_available: Option<Week>,
    ) -> Status {
        let limit_units = self.units(week);
        let residual_units = (limit_units - used_units).max(0);
        Status {
            window_start: (week - WEEKS_BEFORE).monday(),
            window_end: week.sunday(),
            limit_units,
            used_units,
            residual_units,
            residual_weeks: residual_units / WEEK_UNITS,
            first_available,
        }
    }

    /// Whether a requested week passes without a check and adds nothing.
    pub(super) fn passes_over(&self, request: &Request, week: Week) -> bool {
        match self.scheme {
            Limited::Cigo => is_exempt_week(self.facts, self.rules, request.cause, week),
            Limited::Ais(_) => {
                request.cause == Cause::Eone && self.rules.switches.ais_eone_exempt.is_on()
            }
        }
    }
}
