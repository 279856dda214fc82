//! The trail of a counter: week by week what counted, what did not and why, and the running total (`limits.md` §12.7).
//!
//! A second pass over the periods: the plain answers do not pay for it. Its total is what the counter calls used, which
//! a property test holds against it.

use chrono::NaiveDate;
use kernel::{Hours, Period, Week};

use super::assessment::{Assessment, CounterKind, cause_of};
use super::biennium::{Biennium, WEEKS_BEFORE};
use super::cigs::{self, cause_measure, months_and_days};
use super::exact::{Exact, hundredths, whole};
use super::one_third::{BIENNIUM_WEEKS, OneThird};
use super::request::{MonthsRequest, Request};
use super::rules::{FIRST_COUNTED_DAY, Key, Overlap, Rules};
use super::staff::HoursGroup;
use super::total_duration::UNIT_UM;
use super::unit::{Authorisation, AuthorisationId, Cause, Facts, Scheme, Unit};
use super::week_value::{Cell, Counting, Exclusion, Marking, Span, Standing, WEEK_UNITS};
use super::weeks::{five_years_back, next_day, through};

/// On what ground a week has its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// A period without declared days holds a working day.
    Authorised,
    /// Declared days.
    Fruito,
    /// The week is asked for.
    Requested,
    /// Nothing counted.
    None,
}

impl Basis {
    /// The name that the rulebook gives it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Authorised => "AUTHORISED",
            Self::Fruito => "FRUITO",
            Self::Requested => "REQUESTED",
            Self::None => "NONE",
        }
    }
}

/// A period by its place in the unit, and why it did not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Excluded {
    /// Place in the unit's authorisations.
    pub position: usize,
    /// Why.
    pub reason: Exclusion,
}

/// One week of the window that holds any period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeekLine {
    /// The week.
    pub week: Week,
    /// Its value, in the unit of the counter.
    pub units: i64,
    /// Ground of the value.
    pub basis: Basis,
    /// Places, in the unit, of the periods that counted.
    pub counted: Vec<usize>,
    /// Periods, or days of them, that did not count.
    pub excluded: Vec<Excluded>,
    /// Sum of the values so far, this week included.
    pub running_total: i64,
}

/// A piece of CIGS that counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CigsPiece {
    /// Place of the authorisation in the unit.
    pub position: usize,
    /// First to last day.
    pub period: Period,
    /// Whole calendar months.
    pub months: i64,
    /// Days that remain, each 1/30 of a month, at most 30.
    pub days: i64,
    /// UM of the piece, before a contratto di solidarietà is halved.
    pub units: i64,
    /// Whether it is a contratto di solidarietà.
    pub solidarity: bool,
}

/// Days of CIGS that were cut out of a period, or a period that does not count at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// Place of the authorisation in the unit.
    pub position: usize,
    /// First to last day.
    pub period: Period,
    /// Why.
    pub reason: Exclusion,
}

/// How contratti di solidarietà weigh (art. 22 c. 5 and 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SolidarityWeight {
    /// UM of the pieces.
    pub actual_units: i64,
    /// UM as they weigh.
    pub counted_units: i64,
}

/// The hours of art. 12 c. 5.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoursTrail {
    /// Groups by contractual hours.
    pub groups: Vec<HoursGroup>,
    /// Weeks over which they are workable: the 104 of the biennio, or those of a programme of CIGS.
    pub weeks: Exact,
    /// Workable hours of those weeks, exact.
    pub workable_hours: Exact,
    /// The part of them that is allowed: one third, or 80 %.
    pub part: Exact,
    /// Whole hours: that part, rounded down.
    pub limit_hours: i64,
    /// Hours of each authorisation in the window, exact, by place in the unit.
    pub loads: Vec<(usize, Exact)>,
    /// Hours asked for on top, exact; `None` without a request.
    pub requested_hours: Option<Exact>,
    /// Hours used, those asked for included, exact; rounded up to whole hours where they are taken from the limit.
    pub used_hours: Exact,
}

/// The explanation of one counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trail {
    /// The counter.
    pub kind: CounterKind,
    /// Key of the rule that limits it.
    pub rule: &'static str,
    /// Legal source.
    pub source: &'static str,
    /// First and last day looked at; `None` when there is nothing to look at.
    pub window: Option<(NaiveDate, NaiveDate)>,
    /// What is allowed, in the unit of the counter; 0 for comma 2, which only bars.
    pub limit_units: i64,
    /// Weeks, in order.
    pub weeks: Vec<WeekLine>,
    /// CIGS that counted.
    pub cigs: Vec<CigsPiece>,
    /// CIGS that did not.
    pub cuts: Vec<Cut>,
    /// Weighing of contratti di solidarietà, for art. 4.
    pub solidarity: Option<SolidarityWeight>,
    /// Hours, for art. 12 c. 5.
    pub hours: Option<HoursTrail>,
    /// Periods of the counter wholly outside the window.
    pub outside: Vec<Excluded>,
    /// For comma 2, the first week allowed again.
    pub first_allowed: Option<Week>,
    /// What is used, in the unit of the counter; for art. 12 c. 5, hours rounded up.
    pub total: i64,
}

impl Trail {
    fn new(kind: CounterKind, rule: Key, rules: &Rules, on: NaiveDate) -> Self {
        Self {
            kind,
            rule: rule.as_str(),
            source: rules.on(rule, on).source,
            window: None,
            limit_units: 0,
            weeks: Vec::new(),
            cigs: Vec::new(),
            cuts: Vec::new(),
            solidarity: None,
            hours: None,
            outside: Vec::new(),
            first_allowed: None,
            total: 0,
        }
    }
}

impl Assessment<'_> {
    /// The trail of a counter seen from a week, as [`Self::counters`] sees it: for commas 3 and AIS what weighs on the
    /// week, for art. 12 c. 5, art. 4 and the causali what the window that ends with it holds. `None` when the counter
    /// cannot be told for this unit.
    pub fn explain(&self, kind: CounterKind, week: Week) -> Option<Trail> {
        Some(match kind {
            CounterKind::Biennium => self.explain_biennium(week, None),
            CounterKind::AisBiennium => return self.explain_ais(week, None),
            CounterKind::Continuous => self.explain_continuous(week, None),
            CounterKind::Waiting => self.explain_waiting(week),
            CounterKind::OneThird => {
                return self
                    .one_third()
                    .map(|one| self.explain_hours(kind, &one, week, None));
            }
            CounterKind::AisOneThird => {
                return self
                    .ais_one_third(week)
                    .map(|one| self.explain_hours(kind, &one, week, None));
            }
            CounterKind::TotalDuration => self.explain_total(week.sunday(), None),
            CounterKind::Riorg | CounterKind::Crisi | CounterKind::Cds => {
                self.explain_cause(kind, week.sunday())?
            }
            CounterKind::CigsHours => return None,
        })
    }

    /// The trail of a counter with a request of weeks on top, presumed fully used: of the window that ends with its last
    /// week, of the chain that it would join, or of the run that bars it. `None` for counters that do not look at it.
    pub fn explain_request(&self, kind: CounterKind, request: &Request) -> Option<Trail> {
        let last = request.first + request.count - 1;
        let of_cigo = request.scheme == Scheme::Cigo;
        match kind {
            CounterKind::Continuous if of_cigo => {
                Some(self.explain_continuous(request.first, Some(request)))
            }
            CounterKind::Waiting if of_cigo => {
                let bars = self.bars().bars();
                let barred = request
                    .weeks()
                    .find(|week| bars.iter().any(|bar| bar.refuses(*week)));
                Some(self.explain_waiting(barred.unwrap_or(request.first)))
            }
            CounterKind::Biennium if of_cigo => Some(self.explain_biennium(last, Some(request))),
            CounterKind::OneThird if of_cigo => {
                let one = self.one_third()?;
                Some(self.explain_hours(kind, &one, last, request.hours))
            }
            CounterKind::AisBiennium if !of_cigo => self.explain_ais(last, Some(request)),
            CounterKind::AisOneThird if !of_cigo => {
                let one = self.ais_one_third(last)?;
                Some(self.explain_hours(kind, &one, last, request.hours))
            }
            CounterKind::TotalDuration => Some(self.explain_total(last.sunday(), Some(request))),
            _ => None,
        }
    }

    /// The trail of a counter of CIGS on a day: of its causale, or of art. 4. Months that are asked for must be among the
    /// periods of the unit ([`with_months`]). `None` for the other counters.
    pub fn explain_on(&self, kind: CounterKind, last: NaiveDate) -> Option<Trail> {
        match kind {
            CounterKind::TotalDuration => Some(self.explain_total(last, None)),
            _ => self.explain_cause(kind, last),
        }
    }

    /// The trail of the hours of a programme: what is workable in it, the part that may be suspended, what is suspended in
    /// it already and what is asked for. `None` where art. 22 c. 4 does not apply, or groups or hours are not told.
    pub fn explain_programme(&self, request: &MonthsRequest) -> Option<Trail> {
        let hours = self.cigs_hours(request, request.months)?;
        let programme = request.first_months(request.months);
        let rule = Key::CigsHoursPercent;
        let mut trail = Trail::new(CounterKind::CigsHours, rule, self.rules(), request.from);
        trail.window = Some((programme.first_day(), programme.last_day()));
        trail.limit_units = hours.cap.limit_hours;
        let used_hours = hours.suspended() + hours.asked;
        trail.total = super::exact::ceil(&used_hours);
        let tenths = self.rules().on(rule, request.from).value;
        trail.hours = Some(HoursTrail {
            groups: self.unit().staff.groups.clone(),
            weeks: hours.cap.programme_weeks,
            workable_hours: hours.cap.workable_hours,
            part: Exact::new(tenths.into(), 1000),
            limit_hours: hours.cap.limit_hours,
            loads: hours.loads,
            requested_hours: Some(hours.asked),
            used_hours,
        });
        Some(trail)
    }

    fn explain_biennium(&self, week: Week, request: Option<&Request>) -> Trail {
        let mut trail = Trail::new(
            CounterKind::Biennium,
            Key::BienniumWeeks,
            self.rules(),
            week.monday(),
        );
        trail.limit_units = self.biennium().limit(week).value * WEEK_UNITS;
        let biennium = self.biennium();
        self.trace_biennium(&mut trail, &biennium, Counting::Biennium, week, request);
        trail
    }

    fn explain_ais(&self, week: Week, request: Option<&Request>) -> Option<Trail> {
        let ais = self.ais(week)?;
        let mut trail = Trail::new(
            CounterKind::AisBiennium,
            ais.key(),
            self.rules(),
            week.monday(),
        );
        trail.limit_units = ais.limit(week).value * WEEK_UNITS;
        self.trace_biennium(&mut trail, &ais, Counting::Ais, week, request);
        Some(trail)
    }

    /// The 103 weeks before, and with a request the week itself.
    fn trace_biennium(
        &self,
        trail: &mut Trail,
        counter: &Biennium<'_>,
        counting: Counting,
        week: Week,
        request: Option<&Request>,
    ) {
        let first = week - WEEKS_BEFORE;
        let last = if request.is_some() { week } else { week - 1 };
        trail.window = Some((first.monday(), week.sunday()));
        let window = Period::between(first.monday(), last.sunday());
        let mut tracer = Tracer::new(self.unit(), self.rules(), counting, window);
        trail.outside = tracer.outside();
        for week in through(first, last) {
            // A week that the counter passes over adds nothing to what is there.
            let asked = request.is_some_and(|request| {
                asks_for(request, week) && !counter.passes_over(request, week)
            });
            let line = if asked {
                Some(tracer.requested(week, WEEK_UNITS))
            } else {
                tracer.line(week, 1)
            };
            trail.weeks.extend(line);
        }
        trail.total = total_of(&trail.weeks);
    }

    /// The chain that a request from the week would join, or joins, one unit a week.
    fn explain_continuous(&self, week: Week, request: Option<&Request>) -> Trail {
        let mut trail = Trail::new(
            CounterKind::Continuous,
            Key::ContinuousWeeks,
            self.rules(),
            week.monday(),
        );
        let status = self.continuous().status(week);
        trail.limit_units = status.limit_weeks;
        let chain = match request {
            Some(request) => Some(self.continuous().chain_of(request)),
            None => status.chain,
        };
        let Some((first, last)) = chain else {
            return trail;
        };
        let window = (first.monday(), last.sunday());
        trail.window = Some(window);
        let window = Period::between(window.0, window.1);
        let mut tracer = Tracer::new(self.unit(), self.rules(), Counting::Continuous, window);
        trail.outside = tracer.outside();
        for week in through(first, last) {
            let asked = request.is_some_and(|request| asks_for(request, week));
            let line = if asked {
                Some(tracer.requested(week, 1))
            } else {
                tracer.touched_line(week)
            };
            trail.weeks.extend(line);
        }
        trail.total = total_of(&trail.weeks);
        trail
    }

    /// The run that bars a week, or the latest one; its total is the units of the run.
    fn explain_waiting(&self, week: Week) -> Trail {
        let mut trail = Trail::new(
            CounterKind::Waiting,
            Key::WaitingWeeks,
            self.rules(),
            week.monday(),
        );
        let bars = self.bars().bars();
        let barring = bars.iter().find(|bar| bar.refuses(week)).or(bars.last());
        let Some(bar) = barring else {
            return trail;
        };
        trail.first_allowed = Some(bar.first_allowed);
        let window = (bar.run_start.monday(), bar.run_end.sunday());
        trail.window = Some(window);
        let window = Period::between(window.0, window.1);
        let mut tracer = Tracer::new(self.unit(), self.rules(), Counting::Biennium, window);
        trail.outside = tracer.outside();
        for week in through(bar.run_start, bar.run_end) {
            trail.weeks.extend(tracer.line(week, 1));
        }
        trail.total = total_of(&trail.weeks);
        trail
    }

    fn explain_hours(
        &self,
        kind: CounterKind,
        counter: &OneThird<'_>,
        week: Week,
        asked: Option<Hours>,
    ) -> Trail {
        let status = counter.status(week);
        let mut trail = Trail::new(kind, counter.key(), self.rules(), week.monday());
        trail.window = Some((status.first.monday(), status.last.sunday()));
        trail.limit_units = status.limit_hours;
        let mut loads = Vec::new();
        for (position, load) in counter.loads(week) {
            match load {
                Ok(hours) => loads.push((position, hours)),
                Err(reason) => trail.outside.push(Excluded { position, reason }),
            }
        }
        let requested_hours = asked.map(|hours| hundredths(hours.hundredths()));
        let used_hours: Exact = loads
            .iter()
            .map(|(_, hours)| hours)
            .chain(&requested_hours)
            .sum();
        trail.total = super::exact::ceil(&used_hours);
        trail.hours = Some(HoursTrail {
            groups: self.unit().staff.groups.clone(),
            weeks: whole(BIENNIUM_WEEKS),
            workable_hours: status.workable_hours,
            part: Exact::new(1, counter.limit(week).value.into()),
            limit_hours: status.limit_hours,
            loads,
            requested_hours,
            used_hours,
        });
        trail
    }

    fn explain_total(&self, last: NaiveDate, request: Option<&Request>) -> Trail {
        let total = self.total();
        let rule = if self.unit().facts.sector.is_construction_or_stone() {
            Key::TotalMonthsConstruction
        } else {
            Key::TotalMonths
        };
        let mut trail = Trail::new(CounterKind::TotalDuration, rule, self.rules(), last);
        let requested = request.map(|request| (request.first, Week::of(last)));
        let measure = total.measure_with(last, requested);
        trail.window = Some((measure.window_start, last));
        trail.limit_units = measure.limit_units;
        let window = Period::between(measure.window_start, last);
        let mut tracer = Tracer::new(self.unit(), self.rules(), Counting::TotalDuration, window);
        trail.outside = tracer.outside();
        let span = Span::of(window);
        for week in through(span.first, span.last) {
            let asked = request.filter(|request| asks_for(request, week));
            let line = match asked {
                Some(_) => Some(tracer.requested(week, UNIT_UM * total.asked_value(week))),
                None => tracer.line(week, UNIT_UM),
            };
            trail.weeks.extend(line);
        }
        let pieces = total.pieces(last, requested);
        trail.cigs = self.owned_pieces(&pieces);
        trail.cuts = self.cuts(window, &pieces);
        trail.solidarity = Some(SolidarityWeight {
            actual_units: measure.cds_actual_units,
            counted_units: measure.cds_counted_units,
        });
        let plain = trail.cigs.iter().filter(|piece| !piece.solidarity);
        trail.total = total_of(&trail.weeks)
            + plain.map(|piece| piece.units).sum::<i64>()
            + measure.cds_counted_units;
        trail
    }

    fn explain_cause(&self, kind: CounterKind, last: NaiveDate) -> Option<Trail> {
        let cause = cause_of(kind)?;
        let measure = cause_measure(self.unit(), self.rules(), cause, last);
        let rule = cigs::cause_key(self.unit().facts, cause);
        let mut trail = Trail::new(kind, rule, self.rules(), last);
        trail.window = Some((measure.window_start, last));
        trail.limit_units = measure.limit_units;
        let window = Period::between(five_years_back(last), last);
        let pieces: Vec<(Period, bool)> = cigs::cause_pieces(self.unit(), cause, last)
            .into_iter()
            .map(|piece| (piece, cause == Cause::Cds))
            .collect();
        trail.cigs = self.owned_pieces(&pieces);
        trail.cuts = self.cuts(window, &pieces);
        trail
            .cuts
            .retain(|cut| self.unit().authorisations[cut.position].cause == cause);
        trail.total = trail.cigs.iter().map(|piece| piece.units).sum();
        Some(trail)
    }

    /// Pieces with the authorisation that each comes from: of several that hold it, the earliest.
    fn owned_pieces(&self, pieces: &[(Period, bool)]) -> Vec<CigsPiece> {
        let owner = |piece: &Period, solidarity: bool| {
            let authorisations = self.unit().authorisations.iter().enumerate();
            let holders = authorisations.filter(|(_, one)| {
                cigs::counts(one)
                    && (one.cause == Cause::Cds) == solidarity
                    && one.period.overlaps(*piece)
            });
            holders
                .min_by_key(|(_, one)| one.period)
                .map_or(0, |(position, _)| position)
        };
        let counted = pieces.iter().map(|(piece, solidarity)| {
            let (months, days) = months_and_days(piece.first_day(), next_day(piece.last_day()));
            CigsPiece {
                position: owner(piece, *solidarity),
                period: *piece,
                months,
                days,
                units: cigs::piece_um(*piece),
                solidarity: *solidarity,
            }
        });
        counted.collect()
    }

    /// The days of CIGS that no piece of their own holds, with the reason.
    fn cuts(&self, window: Period, pieces: &[(Period, bool)]) -> Vec<Cut> {
        let mut cuts = Vec::new();
        for (position, one) in self.unit().authorisations.iter().enumerate() {
            if one.scheme != Scheme::Cigs {
                continue;
            }
            let mut cut = |period, reason| {
                cuts.push(Cut {
                    position,
                    period,
                    reason,
                });
            };
            if let Some(reason) = excluded_cigs(one) {
                cut(one.period, reason);
                continue;
            }
            let solidarity = one.cause == Cause::Cds;
            let own: Vec<Period> = pieces
                .iter()
                .filter(|(_, of_cds)| *of_cds == solidarity)
                .map(|(piece, _)| *piece)
                .collect();
            for left in cigs::beside(one.period, &own) {
                for (period, reason) in by_reason(left, window) {
                    cut(period, reason);
                }
            }
        }
        cuts
    }
}

/// A unit with months of CIGS on top, which are called `REQUESTED`.
pub fn with_months(unit: &Unit, request: &MonthsRequest) -> Unit {
    let asked = request.first_months(request.months);
    cigs::with_cigs(unit, request.cause, request.flags, asked)
}

fn excluded_cigs(one: &Authorisation) -> Option<Exclusion> {
    if one.flags.covid {
        Some(Exclusion::Covid)
    } else if one.flags.dl21_2022 {
        Some(Exclusion::Dl21)
    } else if one.flags.deroga_art4 {
        Some(Exclusion::DerogaArt4)
    } else {
        None
    }
}

/// The parts of days of CIGS that did not count: before the reform, outside the window, counted by another period.
fn by_reason(left: Period, window: Period) -> impl Iterator<Item = (Period, Exclusion)> {
    let reform = Period::between(FIRST_COUNTED_DAY, NaiveDate::MAX);
    let before = cigs::beside(left, &[reform])
        .into_iter()
        .map(|part| (part, Exclusion::Pre2015));
    let since = left.intersection(reform);
    let outside = since.map_or_else(Vec::new, |since| cigs::beside(since, &[window]));
    let inside = since.and_then(|since| since.intersection(window));
    before
        .chain(
            outside
                .into_iter()
                .map(|part| (part, Exclusion::OutsideWindow)),
        )
        .chain(inside.map(|part| (part, Exclusion::CountedOnce)))
}

fn asks_for(request: &Request, week: Week) -> bool {
    request.first <= week && week < request.first + request.count
}

fn total_of(lines: &[WeekLine]) -> i64 {
    lines.last().map_or(0, |line| line.running_total)
}

/// Goes through the weeks of a window in order.
struct Tracer<'a> {
    rules: &'a Rules,
    window: Span,
    periods: Vec<Traced<'a>>,
    /// Days under CIGS, which are left out where CIGS prevails.
    under_cigs: Vec<Span>,
    running_total: i64,
}

/// A period that the counter is about.
struct Traced<'a> {
    position: usize,
    one: &'a Authorisation,
    span: Span,
    /// How it marks weeks, or why it never does.
    marking: Result<Marking<'a>, Exclusion>,
}

impl<'a> Tracer<'a> {
    fn new(unit: &'a Unit, rules: &'a Rules, counting: Counting, window: Period) -> Self {
        let authorisations = unit.authorisations.iter().enumerate();
        let periods = authorisations
            .filter_map(|(position, one)| Traced::of(unit.facts, rules, counting, position, one));
        let cigs_prevails =
            counting == Counting::TotalDuration && rules.switches.overlap == Overlap::Cigs;
        let under_cigs = unit
            .authorisations
            .iter()
            .filter(|one| cigs_prevails && cigs::counts(one))
            .map(|one| Span::of(one.period));
        Self {
            rules,
            window: Span::of(window),
            periods: periods.collect(),
            under_cigs: under_cigs.collect(),
            running_total: 0,
        }
    }

    /// The periods that the window does not reach.
    fn outside(&self) -> Vec<Excluded> {
        let outside = self.periods.iter().filter(|traced| {
            traced.span.last < self.window.first || self.window.last < traced.span.first
        });
        outside
            .map(|traced| Excluded {
                position: traced.position,
                reason: Exclusion::OutsideWindow,
            })
            .collect()
    }

    /// A week asked for, which replaces whatever was there.
    fn requested(&mut self, week: Week, units: i64) -> WeekLine {
        let replaced = self
            .periods
            .iter()
            .filter(|traced| traced.span.days(week) != 0);
        let excluded = replaced.map(|traced| Excluded {
            position: traced.position,
            reason: Exclusion::CountedOnce,
        });
        let excluded = excluded.collect();
        self.told(week, units, Basis::Requested, Vec::new(), excluded)
    }

    /// The line of a week in the unit of the counter; `None` when no period touches it.
    fn line(&mut self, week: Week, unit: i64) -> Option<WeekLine> {
        let (value, basis, counted, excluded) = self.value(week)?;
        Some(self.told(week, value * unit, basis, counted, excluded))
    }

    /// The line of a week of which only matters whether it holds anything.
    fn touched_line(&mut self, week: Week) -> Option<WeekLine> {
        let (value, basis, counted, excluded) = self.value(week)?;
        Some(self.told(week, i64::from(value > 0), basis, counted, excluded))
    }

    fn told(
        &mut self,
        week: Week,
        units: i64,
        basis: Basis,
        counted: Vec<usize>,
        excluded: Vec<Excluded>,
    ) -> WeekLine {
        self.running_total += units;
        WeekLine {
            week,
            units,
            basis,
            counted,
            excluded,
            running_total: self.running_total,
        }
    }

    fn value(&self, week: Week) -> Option<(i64, Basis, Vec<usize>, Vec<Excluded>)> {
        let mut cell = Cell::default();
        let (mut counted, mut excluded) = (Vec::new(), Vec::new());
        for traced in self.periods.iter().filter(|traced| traced.touches(week)) {
            let verdict = self.verdict(traced, week);
            let before = cell;
            if let (Ok(marking), true) = (&traced.marking, verdict.marked != 0) {
                marking.mark(&mut cell, verdict.marked);
            }
            let position = traced.position;
            let exclude = |reason| Excluded { position, reason };
            if adds(before, cell) {
                counted.push(position);
            } else if verdict.marked != 0 {
                excluded.push(exclude(Exclusion::CountedOnce));
            }
            excluded.extend(verdict.reasons.into_iter().flatten().map(exclude));
        }
        if counted.is_empty() && excluded.is_empty() {
            return None;
        }
        let basis = cell.basis();
        let whole = basis == Basis::Authorised;
        let late = |position: &usize| whole && self.is_declared(*position);
        excluded.extend(
            counted
                .iter()
                .filter(|position| late(position))
                .map(|position| Excluded {
                    position: *position,
                    reason: Exclusion::CountedOnce,
                }),
        );
        counted.retain(|position| !late(position));
        Some((
            cell.value(super::week_value::WHOLE_WEEK),
            basis,
            counted,
            excluded,
        ))
    }

    /// Declared days do not add to a week that an undeclared period makes whole.
    fn is_declared(&self, position: usize) -> bool {
        self.periods
            .iter()
            .filter(|traced| traced.position == position)
            .any(|traced| {
                matches!(
                    traced.marking,
                    Ok(Marking {
                        declared: Some(_),
                        ..
                    })
                )
            })
    }

    /// Which days of a period mark a week, and why others do not.
    fn verdict(&self, traced: &Traced<'_>, week: Week) -> Verdict {
        let mut verdict = Verdict::default();
        let days = traced.span.days(week);
        let inside = days & self.window.days(week);
        let marking = match &traced.marking {
            Err(reason) => {
                verdict.reasons[0] = (days != 0).then_some(*reason);
                return verdict;
            }
            Ok(marking) => marking,
        };
        let mut counted = marking.counted_days(self.rules, week) & inside;
        for cigs in &self.under_cigs {
            counted &= !cigs.days(week);
        }
        verdict.marked = marking.marked(week, counted);
        let lost = marking.marked(week, days);
        let since_reform = marking.span.days(week);
        let outside_authorised = marking
            .declared
            .is_some_and(|declared| declared.days(week) & !days != 0);
        let open = inside & since_reform;
        let by_climate = lost & open & !marking.counted_days(self.rules, week);
        let by_cigs = lost & open & marking.counted_days(self.rules, week) & !counted;
        verdict.reasons = [
            (lost & !since_reform != 0).then_some(Exclusion::Pre2015),
            (lost & since_reform & !inside != 0).then_some(Exclusion::OutsideWindow),
            (by_climate != 0).then(|| Exclusion::Climate(chrono::Datelike::year(&week.monday()))),
            (by_cigs != 0).then_some(Exclusion::CountedOnce),
            outside_authorised.then_some(Exclusion::OutsideAuthorised),
        ];
        verdict
    }
}

/// What a period does to a week.
#[derive(Default)]
struct Verdict {
    marked: u8,
    reasons: [Option<Exclusion>; 5],
}

/// Whether a period that marked a cell changed its value or the ground of it.
fn adds(before: Cell, after: Cell) -> bool {
    let (had, has) = (before.basis(), after.basis());
    (had != Basis::Authorised && has == Basis::Authorised)
        || (has == Basis::Fruito && before != after)
}

impl Cell {
    /// The ground of the cell's value.
    fn basis(self) -> Basis {
        if self.days_covered(super::week_value::WHOLE_WEEK) == 0 {
            Basis::None
        } else if self.is_whole() {
            Basis::Authorised
        } else {
            Basis::Fruito
        }
    }
}

impl<'a> Traced<'a> {
    fn of(
        facts: Facts,
        rules: &Rules,
        counting: Counting,
        position: usize,
        one: &'a Authorisation,
    ) -> Option<Self> {
        let marking = match counting.standing(facts, rules, one.into()) {
            Standing::Foreign => return None,
            Standing::Excluded(reason) => Err(reason),
            Standing::OutsideClimate | Standing::Counts => {
                Marking::of(counting, facts, rules, one.into()).ok_or(Exclusion::Pre2015)
            }
        };
        Some(Self {
            position,
            one,
            span: Span::of(one.period),
            marking,
        })
    }

    /// Whether the period, or a day declared for it, lies in a week.
    fn touches(&self, week: Week) -> bool {
        let declared = self.one.used_dates.as_ref();
        self.span.days(week) != 0 || declared.is_some_and(|declared| declared.days(week) != 0)
    }
}

/// The id of a period of a trail.
pub fn id_of(unit: &Unit, position: usize) -> Option<&AuthorisationId> {
    unit.authorisations.get(position).map(|one| &one.id)
}
