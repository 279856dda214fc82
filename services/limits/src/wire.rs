//! The ledger and the counters as messages of the contract, for answers and for events.

mod explanation;
mod law;

use std::collections::BTreeMap;

use chassis::wire::{date, timestamp};
use kernel::{Hours, Week};
use proto::omnia::common::v1 as common;
use proto::omnia::limits::v1 as pb;

use crate::app::{Answer, Fit, Inverse};
pub(crate) use explanation::{difference, explanation};
pub(crate) use law::{law_change, law_line, rules_of_day};

use crate::domain::ledger::{State, UnitKey, Usage, Version};
use crate::domain::{
    Alternatives, Cause, Counter, CounterKind, MonthsSimulation, Request, Scheme, Simulation,
    WeekRange,
};

/// A version of an entry.
pub(crate) fn entry(version: &Version) -> pb::LedgerEntry {
    let entry = &version.entry;
    let booking = &entry.booking;
    let (state, expires_at) = match entry.state {
        State::Requested => (pb::EntryState::Requested, None),
        State::Reserved { expires_at } => (pb::EntryState::Reserved, Some(timestamp(expires_at))),
        State::Authorised => (pb::EntryState::Authorised, None),
        State::Released => (pb::EntryState::Released, None),
        State::Expired => (pb::EntryState::Expired, None),
        State::Concluded => (pb::EntryState::Concluded, None),
        State::Cancelled => (pb::EntryState::Cancelled, None),
    };
    let told = entry.facts.map(|facts| facts.working_days);
    pb::LedgerEntry {
        entry_id: entry.id.to_string(),
        unit: Some(unit(&booking.unit)),
        scheme: scheme(booking.scheme).into(),
        cause: cause(booking.cause).into(),
        first_day: Some(date(booking.period.first_day())),
        last_day: Some(date(booking.period.last_day())),
        hours_hundredths: booking.hours.hundredths(),
        state: state.into(),
        origin: booking.origin.clone(),
        expires_at,
        flags: booking.flags.names(),
        working_days: booking
            .working_days
            .or(told)
            .map_or(0, |days| i32::from(days.number())),
        zero_hours: booking.zero_hours,
        hours_by_week: by_week(&booking.hours_by_week),
        usage: entry.usage.as_ref().map(usage),
        version: version.number,
        recorded_at: Some(timestamp(version.recorded_at)),
        superseded_at: None,
        reason: version.reason.clone().unwrap_or_default(),
    }
}

/// What was used.
pub(crate) fn usage(usage: &Usage) -> pb::Usage {
    pb::Usage {
        dates: usage.dates.iter().copied().map(date).collect(),
        hours_by_week: by_week(&usage.hours),
    }
}

fn by_week(hours: &BTreeMap<Week, Hours>) -> Vec<pb::WeekHours> {
    hours
        .iter()
        .map(|(week, hours)| pb::WeekHours {
            week: Some(date(week.monday())),
            hours_hundredths: hours.hundredths(),
        })
        .collect()
}

/// A counter.
pub(crate) fn counter(counter: &Counter) -> pb::Counter {
    pb::Counter {
        kind: kind(counter.kind).into(),
        limit_units: counter.limit_units,
        used_units: counter.used_units,
        residual_units: counter.residual_units,
        residual_weeks: counter.residual_weeks,
        window_start: counter.window.map(|(first, _)| date(first)),
        window_end: counter.window.map(|(_, last)| date(last)),
        first_available_week: counter.first_available.map(date),
        source: counter.source.to_owned(),
        informative: counter.kind.is_informative(),
    }
}

/// What fits of a request, as messages.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// Of weeks.
    pub(crate) simulation: Option<pb::Simulation>,
    /// Of months.
    pub(crate) months: Option<pb::MonthsSimulation>,
    /// Legal source of the counter that refuses; empty when all fits.
    pub(crate) source: String,
}

impl Told {
    /// Of what fits.
    pub(crate) fn of(fit: Fit) -> Self {
        let source = match &fit {
            Fit::Weeks(weeks) => weeks.refusal.map(|refusal| refusal.source),
            Fit::Months(months, _) => months.refusal.map(|refusal| refusal.source),
        };
        let (simulation, months) = match &fit {
            Fit::Weeks(weeks) => (Some(self::simulation(weeks)), None),
            Fit::Months(months, longest) => (None, Some(months_simulation(months, *longest))),
        };
        Self {
            simulation,
            months,
            source: source.unwrap_or_default().to_owned(),
        }
    }
}

fn simulation(simulation: &Simulation) -> pb::Simulation {
    let binding = simulation
        .refusal
        .map_or(pb::CounterKind::Unspecified, |refusal| {
            kind(refusal.binding)
        });
    pb::Simulation {
        grantable_weeks: simulation.grantable_weeks,
        first_failing_week: simulation
            .refusal
            .map(|refusal| date(refusal.week.monday())),
        binding: binding.into(),
        first_block_week: simulation.first_block.map(|week| date(week.monday())),
    }
}

/// The answer to a wish, without counters.
pub(crate) fn answer(answer: &Answer) -> pb::SimulateResponse {
    let told = Told::of(answer.fit);
    pb::SimulateResponse {
        simulation: told.simulation,
        months: told.months,
        source: told.source,
        inverse: answer.inverse.as_ref().map(inverse),
        ..pb::SimulateResponse::default()
    }
}

fn months_simulation(months: &MonthsSimulation, longest_months: i32) -> pb::MonthsSimulation {
    let binding = months
        .refusal
        .map_or(pb::CounterKind::Unspecified, |refusal| {
            kind(refusal.binding)
        });
    pb::MonthsSimulation {
        grantable_months: months.grantable_months,
        first_failing_month_end: months.refusal.map(|refusal| date(refusal.month_end)),
        binding: binding.into(),
        first_block_day: months.first_block.map(date),
        longest_months,
    }
}

fn inverse(inverse: &Inverse) -> pb::InverseAnswers {
    let ranges = |ranges: &[WeekRange]| ranges.iter().copied().map(week_range).collect();
    pb::InverseAnswers {
        free_weeks: ranges(&inverse.free_weeks),
        admissible_starts: ranges(&inverse.admissible_starts),
        longest_weeks: inverse.longest_weeks,
        alternatives: alternatives(&inverse.alternatives),
    }
}

fn week_range(range: WeekRange) -> pb::WeekRange {
    pb::WeekRange {
        first_week: Some(date(range.first.monday())),
        last_week: Some(date(range.last.monday())),
    }
}

fn alternatives(found: &Alternatives) -> Vec<pb::Alternative> {
    let alternative = |kind: pb::AlternativeKind, request: Request| pb::Alternative {
        kind: kind.into(),
        period: Some(common::WeekPeriod {
            first_week: Some(date(request.first.monday())),
            weeks: request.count,
        }),
        hours_hundredths: request.hours.unwrap_or_default().hundredths(),
    };
    [
        (pb::AlternativeKind::Shorter, found.shorter),
        (pb::AlternativeKind::Later, found.later),
        (pb::AlternativeKind::FewerHours, found.fewer_hours),
    ]
    .into_iter()
    .filter_map(|(kind, request)| request.map(|request| alternative(kind, request)))
    .collect()
}

/// The counter that a message names; `None` when it names none.
pub(crate) fn counter_kind(wire: i32) -> Option<CounterKind> {
    Some(match pb::CounterKind::try_from(wire).ok()? {
        pb::CounterKind::Unspecified => return None,
        pb::CounterKind::CigoBiennium => CounterKind::Biennium,
        pb::CounterKind::CigoContinuous => CounterKind::Continuous,
        pb::CounterKind::CigoWaiting => CounterKind::Waiting,
        pb::CounterKind::TotalDuration => CounterKind::TotalDuration,
        pb::CounterKind::CigoOneThird => CounterKind::OneThird,
        pb::CounterKind::AisBiennium => CounterKind::AisBiennium,
        pb::CounterKind::CigsRiorg => CounterKind::Riorg,
        pb::CounterKind::CigsCrisi => CounterKind::Crisi,
        pb::CounterKind::CigsCds => CounterKind::Cds,
        pb::CounterKind::CigsHours => CounterKind::CigsHours,
        pb::CounterKind::AisOneThird => CounterKind::AisOneThird,
    })
}

/// Name of a counter, as the contract spells it without its prefix: `CIGO_BIENNIUM`.
pub(crate) fn counter_name(counter: CounterKind) -> &'static str {
    let name = kind(counter).as_str_name();
    name.strip_prefix("COUNTER_KIND_").unwrap_or(name)
}

fn unit(key: &UnitKey) -> common::UnitKey {
    common::UnitKey {
        matricola: key.matricola.to_string(),
        production_unit_code: key.production_unit.get().cast_signed(),
    }
}

fn kind(kind: CounterKind) -> pb::CounterKind {
    match kind {
        CounterKind::Biennium => pb::CounterKind::CigoBiennium,
        CounterKind::Continuous => pb::CounterKind::CigoContinuous,
        CounterKind::Waiting => pb::CounterKind::CigoWaiting,
        CounterKind::OneThird => pb::CounterKind::CigoOneThird,
        CounterKind::AisBiennium => pb::CounterKind::AisBiennium,
        CounterKind::TotalDuration => pb::CounterKind::TotalDuration,
        CounterKind::Riorg => pb::CounterKind::CigsRiorg,
        CounterKind::Crisi => pb::CounterKind::CigsCrisi,
        CounterKind::Cds => pb::CounterKind::CigsCds,
        CounterKind::CigsHours => pb::CounterKind::CigsHours,
        CounterKind::AisOneThird => pb::CounterKind::AisOneThird,
    }
}

fn scheme(scheme: Scheme) -> pb::Scheme {
    match scheme {
        Scheme::Cigo => pb::Scheme::Cigo,
        Scheme::Cigs => pb::Scheme::Cigs,
        Scheme::Ais => pb::Scheme::Ais,
    }
}

fn cause(cause: Cause) -> pb::Cause {
    match cause {
        Cause::Ord => pb::Cause::Ord,
        Cause::Eone => pb::Cause::Eone,
        Cause::Riorg => pb::Cause::Riorg,
        Cause::Crisi => pb::Cause::Crisi,
        Cause::Cds => pb::Cause::Cds,
    }
}
