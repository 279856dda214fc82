//! The overall maximum in the quinquennio mobile, art. 4 (`limits.md` §3, §12.6), in UM of 1/780 of a month.

use std::borrow::Cow;
use std::ops::BitOr;

use chrono::NaiveDate;
use kernel::calendar::add_years;
use kernel::{Period, Week};

use super::cigs::{self, MONTH_UM, month_end, months_um, unseen};
use super::request::{Check, MonthsRequest, Request};
use super::rules::{Dated, Key, Overlap, Rules};
use super::unit::{Authorisation, Cause, Facts, Scheme, Unit};
use super::week_value::{Counting, Span, WEEK_UNITS, WHOLE_WEEK, WeekTable};
use super::weeks::{candidates, five_years_back, next_day, previous_day, through, weekday};

/// UM of a whole week: 12/52 of a month.
pub const WEEK_UM: i64 = 180;

/// UM of one thirtieth of a week.
pub const UNIT_UM: i64 = WEEK_UM / WEEK_UNITS;

/// The counter of a unit.
#[derive(Debug, Clone)]
pub struct TotalDuration<'a> {
    facts: Facts,
    rules: &'a Rules,
    history: Cow<'a, TotalHistory>,
}

/// What a unit has had, as art. 4 looks at it.
#[derive(Debug, Clone)]
pub(super) struct TotalHistory {
    pub(super) table: WeekTable,
    /// CIGS other than contratti di solidarietà, each day once.
    pub(super) plain: Vec<Period>,
    /// Contratti di solidarietà on the days that are left.
    pub(super) solidarity: Vec<Period>,
}

impl TotalHistory {
    pub(super) fn empty() -> Self {
        Self {
            table: WeekTable::empty(),
            plain: Vec::new(),
            solidarity: Vec::new(),
        }
    }

    /// Takes a unit in the place of the one that was there.
    pub(super) fn fill(&mut self, unit: &Unit, rules: &Rules) {
        self.take_cigs(unit, None);
        let except: Vec<Period> = match rules.switches.overlap {
            Overlap::Cigo => Vec::new(),
            Overlap::Cigs => self.cigs().collect(),
        };
        self.table
            .fill(unit, rules, Counting::TotalDuration, &except);
    }

    /// The CIGS that counts, each day once: authorisations in order of their first day, other grounds before contratti
    /// di solidarietà (`limits.md` §3.4).
    fn take_cigs(&mut self, unit: &Unit, asked: Option<(Cause, Period)>) {
        self.plain.clear();
        self.solidarity.clear();
        let mut periods: Vec<(Period, Cause)> = unit
            .authorisations
            .iter()
            .filter(|one| cigs::counts(one))
            .map(|one: &Authorisation| (one.period, one.cause))
            .chain(asked.map(|(cause, period)| (period, cause)))
            .collect();
        if periods.is_empty() {
            return;
        }
        periods.sort_by_key(|(period, _)| *period);
        let of = |solidarity: bool| {
            let wanted = move |one: &&(Period, Cause)| (one.1 == Cause::Cds) == solidarity;
            periods.iter().filter(wanted).map(|(period, _)| *period)
        };
        let mut seen = Vec::new();
        self.plain = unseen(of(false), &mut seen);
        self.solidarity = unseen(of(true), &mut seen);
    }

    fn cigs(&self) -> impl Iterator<Item = Period> {
        self.plain.iter().chain(&self.solidarity).copied()
    }
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
        let mut history = TotalHistory::empty();
        history.fill(unit, rules);
        Self {
            facts: unit.facts,
            rules,
            history: Cow::Owned(history),
        }
    }

    /// The counter over a history that was taken already.
    pub(super) fn over(history: &'a TotalHistory, facts: Facts, rules: &'a Rules) -> Self {
        Self {
            facts,
            rules,
            history: Cow::Borrowed(history),
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
        let cigs_units = self.cigs_units(&self.history.plain, &window);
        let cds_actual_units = self.cigs_units(&self.history.solidarity, &window);
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

    /// How many months of a CIGS request fit: one looks back from the last day of each.
    pub fn check_months(unit: &Unit, rules: &'a Rules, request: &MonthsRequest) -> MonthsCheck {
        let mut counter = Self::new(unit, rules);
        let mut passed = 0;
        loop {
            let end = month_end(request.from, passed + 1);
            let measure = counter.measure_asking(unit, request, end);
            let fits = measure.fits() || request.is_outside_art4();
            if fits {
                passed += 1;
            }
            if !fits || passed >= request.months.max(1) {
                return MonthsCheck {
                    grantable_months: passed,
                    first_failing_end: (!fits).then_some(end),
                    last_checked: measure,
                };
            }
        }
    }

    /// What the five years that end on `end` hold once CIGS is asked for up to that day.
    fn measure_asking(&mut self, unit: &Unit, request: &MonthsRequest, end: NaiveDate) -> Measure {
        let asked = (!request.is_outside_art4())
            .then(|| (request.cause, Period::between(request.from, end)));
        let history = self.history.to_mut();
        history.take_cigs(unit, asked);
        if self.rules.switches.overlap == Overlap::Cigs {
            let except: Vec<Period> = history.cigs().collect();
            history
                .table
                .fill(unit, self.rules, Counting::TotalDuration, &except);
        }
        self.measure(end)
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
        let key = if self.facts.sector.is_construction_or_stone() {
            Key::TotalMonthsConstruction
        } else {
            Key::TotalMonths
        };
        self.rules.on(key, date)
    }

    /// Requests that art. 4 does not look at.
    fn is_outside(&self, request: &Request) -> bool {
        let switches = self.rules.switches;
        let eone_lifted = request.cause == Cause::Eone && !switches.art4_includes_eone.is_on();
        let ais_lifted = request.scheme == Scheme::Ais && !switches.art4_includes_ais.is_on();
        request.flags.deroga_art4 || eone_lifted || ais_lifted
    }

    fn fits(&self, request: &Request, week: Week) -> bool {
        self.measure_with(week.sunday(), Some((request.first, week)))
            .fits()
    }

    fn later_periods_fit(&self, request: &Request, week: Week) -> bool {
        self.ends_after(week.sunday())
            .all(|last| self.measure_with(last, Some((request.first, week))).fits())
    }

    /// Whether every period that ends after a day, already authorised or set aside, keeps the limit.
    pub(super) fn later_ones_fit(&self, day: NaiveDate) -> bool {
        self.ends_after(day).all(|last| self.measure(last).fits())
    }

    /// Sundays of the recorded weeks after that of a day, and last days of the months of CIGS after it, as far as five
    /// years see.
    fn ends_after(&self, day: NaiveDate) -> impl Iterator<Item = NaiveDate> {
        let horizon = add_years(day, 5);
        let weeks = self
            .history
            .table
            .weeks_after(Week::of(day), Week::of(horizon))
            .map(Week::sunday);
        let ends = self
            .history
            .cigs()
            .flat_map(month_ends)
            .filter(move |end| *end > day && *end <= horizon);
        weeks.chain(ends)
    }

    fn week_units(&self, window: &Window) -> i64 {
        let recorded = |week: Week| self.history.table.cell(week).value(window.inside(week));
        let whole = self
            .history
            .table
            .sum(window.first_week + 1, window.last_week - 1);
        let replaced: i64 = window
            .requested_weeks()
            .map(|week| self.asked_value(week) - recorded(week))
            .sum();
        UNIT_UM * (whole + recorded(window.first_week) + recorded(window.last_week) + replaced)
    }

    /// A requested week is presumed fully used. Where CIGS prevails, nothing of it is left when every working day is
    /// under CIGS.
    pub(super) fn asked_value(&self, week: Week) -> i64 {
        if self.rules.switches.overlap == Overlap::Cigo {
            return WEEK_UNITS;
        }
        let working = self.facts.working_days.mask();
        let under_cigs = self
            .history
            .cigs()
            .map(|piece| Span::of(piece).days(week))
            .fold(0, BitOr::bitor);
        if under_cigs & working == working {
            0
        } else {
            WEEK_UNITS
        }
    }

    /// UM of what is left of CIGS once the days that stand for CIGO and AIS weeks are cut out.
    fn cigs_units(&self, cigs: &[Period], window: &Window) -> i64 {
        let mut total = 0;
        for one in cigs {
            if let Some(inside) = one.intersection(window.period) {
                self.each_piece(inside, window, |first, end| total += months_um(first, end));
            }
        }
        total
    }

    /// Tells the pieces that are left of a period of CIGS, each by its first day and the day after its last; empty
    /// ones too.
    fn each_piece(
        &self,
        cigs: Period,
        window: &Window,
        mut tell: impl FnMut(NaiveDate, NaiveDate),
    ) {
        let mut piece_start = cigs.first_day();
        let end = next_day(cigs.last_day());
        let mut cut = |from: NaiveDate, to: NaiveDate| {
            tell(piece_start, from.min(end));
            piece_start = piece_start.max(next_day(to));
        };
        if self.rules.switches.overlap == Overlap::Cigs {
            return cut(end, end);
        }
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
    }

    /// The pieces of CIGS that count in a window, with whether each is a contratto di solidarietà.
    pub(super) fn pieces(
        &self,
        last: NaiveDate,
        requested: Option<(Week, Week)>,
    ) -> Vec<(Period, bool)> {
        let window = Window::ending(last, requested);
        let mut pieces = Vec::new();
        for (cigs, solidarity) in [
            (&self.history.plain, false),
            (&self.history.solidarity, true),
        ] {
            for one in cigs
                .iter()
                .filter_map(|one| one.intersection(window.period))
            {
                self.each_piece(one, &window, |first, end| {
                    let piece = Period::new(first, previous_day(end));
                    pieces.extend(piece.ok().map(|piece| (piece, solidarity)));
                });
            }
        }
        pieces
    }

    fn days_covered(&self, week: Week, window: &Window) -> u8 {
        if window.asks_for(week) {
            return WHOLE_WEEK;
        }
        let cell = self.history.table.cell(week);
        if cell.is_empty() {
            0
        } else {
            cell.days_covered(window.inside(week))
        }
    }

    /// Art. 22 c. 5 and 6: one half up to 24 months, in full beyond; always in full for construction.
    fn weigh_solidarity(&self, actual: i64, on: NaiveDate) -> i64 {
        let sector = self.facts.sector;
        let stone_in_full =
            sector.is_construction_or_stone() && !self.rules.switches.cds_half_for_stone.is_on();
        if sector.is_construction() || stone_in_full {
            return actual;
        }
        let halved = self.rules.on(Key::HalvedCdsMonths, on).value * MONTH_UM;
        actual.min(halved) / 2 + (actual - halved).max(0)
    }
}

/// Last day of each month of a piece of CIGS, counted from its first day, and of the piece.
fn month_ends(piece: Period) -> impl Iterator<Item = NaiveDate> {
    let whole = (1..)
        .map(move |months| month_end(piece.first_day(), months))
        .take_while(move |end| *end < piece.last_day());
    whole.chain([piece.last_day()])
}

/// Five years, and the first and last week asked for on top.
struct Window {
    period: Period,
    span: Span,
    first_week: Week,
    last_week: Week,
    requested: Option<(Week, Week)>,
}

impl Window {
    fn ending(last: NaiveDate, requested: Option<(Week, Week)>) -> Self {
        let period = Period::between(five_years_back(last), last);
        let span = Span::of(period);
        Self {
            period,
            span,
            first_week: span.first,
            last_week: span.last,
            requested,
        }
    }

    /// The days of a week that lie inside, Monday in the lowest bit.
    fn inside(&self, week: Week) -> u8 {
        self.span.days(week)
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
