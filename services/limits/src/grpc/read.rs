//! Messages to domain values.

use std::collections::BTreeMap;

use chassis::Failure;
use chassis::wire::{day, instant, optional_day, parse, weeks};
use chrono::{DateTime, Utc};
use kernel::{Hours, Period, ProductionUnitCode, Week, WeekPeriod};
use proto::omnia::common::v1 as common;
use proto::omnia::limits::v1 as pb;
use uuid::Uuid;

use crate::app::{Cancellation, Correction, ReserveCommand, Subject, Told, Wish};
use crate::domain::exact::hundredths;
use crate::domain::ledger::{Booking, Entry, State, UnitKey, Usage};
use crate::domain::staff::{Average, HoursGroup};
use crate::domain::{
    Cause, CounterKind, Facts, Flags, MonthsRequest, Request, Scheme, Staff, WorkingDays,
};
use crate::wire::counter_kind;

pub(super) fn unit(wire: Option<&common::UnitKey>, field: &str) -> Result<UnitKey, Failure> {
    let wire = wire.ok_or_else(|| Failure::field(field, "is required"))?;
    unit_key(
        &wire.matricola,
        wire.production_unit_code,
        &format!("{field}."),
    )
}

/// A unit from its matricola and code; the fields at fault are named with what stands before them.
pub(super) fn unit_key(matricola: &str, code: i32, prefix: &str) -> Result<UnitKey, Failure> {
    let code = u32::try_from(code)
        .ok()
        .and_then(|code| ProductionUnitCode::try_from(code).ok());
    let code_field = format!("{prefix}production_unit_code");
    Ok(UnitKey {
        matricola: parse(matricola, &format!("{prefix}matricola"))?,
        production_unit: code
            .ok_or_else(|| Failure::field(code_field, "must be between 0 and 99999"))?,
    })
}

/// What the claims service tells of a unit.
pub(super) fn told(wire: Option<&pb::UnitFacts>) -> Result<Told, Failure> {
    let wire = wire.ok_or_else(|| Failure::field("facts", "is required"))?;
    let facts = Facts {
        sector: parse(&wire.sector, "facts.sector")?,
        working_days: WorkingDays::from_number(wire.working_days)
            .ok_or_else(|| Failure::field("facts.working_days", "must be 5 or 6"))?,
    };
    Ok(Told {
        facts,
        staff: staff(wire.staff.as_ref(), "facts.staff")?,
        filed_on: optional_day(wire.filed_on.as_ref(), "facts.filed_on")?,
    })
}

/// Whom a question is about.
pub(super) fn subject(
    unit_key: Option<&common::UnitKey>,
    told: Option<&pb::Staff>,
    as_known_at: Option<&prost_types::Timestamp>,
) -> Result<Subject, Failure> {
    Ok(Subject {
        unit: unit(unit_key, "unit")?,
        staff: staff(told, "staff")?,
        as_known_at: optional_instant(as_known_at, "as_known_at")?,
    })
}

/// Who works in a unit; nobody knows when nothing is told.
pub(super) fn staff(wire: Option<&pb::Staff>, field: &str) -> Result<Staff, Failure> {
    let Some(wire) = wire else {
        return Ok(Staff::default());
    };
    let group = |(place, group): (usize, &pb::HoursGroup)| {
        let months = format!("{field}.groups[{place}].monthly_heads_hundredths");
        let exact = headcount(&group.monthly_heads_hundredths, &months)?;
        let average = || Average::known(hundredths(group.average_heads_hundredths));
        Ok(HoursGroup {
            weekly_hours: hundredths(group.weekly_hours_hundredths),
            heads: exact.unwrap_or_else(average),
        })
    };
    let groups = wire.groups.iter().enumerate().map(group);
    Ok(Staff {
        headcount: headcount(
            &wire.employer_monthly_heads_hundredths,
            &format!("{field}.employer_monthly_heads_hundredths"),
        )?,
        groups: groups.collect::<Result<_, Failure>>()?,
    })
}

/// Average of monthly heads; `None` when none are told.
pub(super) fn headcount(months: &[i64], field: &str) -> Result<Option<Average>, Failure> {
    if months.is_empty() {
        return Ok(None);
    }
    let heads: Vec<_> = months.iter().copied().map(hundredths).collect();
    let average = Average::of(&heads);
    average
        .map(Some)
        .map_err(|error| Failure::field(field, error.to_string()))
}

/// Counters by name.
pub(super) fn kinds(wire: &[i32]) -> Result<Vec<CounterKind>, Failure> {
    let kind =
        |wire: &i32| counter_kind(*wire).ok_or_else(|| Failure::field("kinds", "must be stated"));
    wire.iter().map(kind).collect()
}

/// What is asked for, as several requests spell it.
pub(super) struct Asked<'w> {
    /// Ground.
    pub(super) cause: i32,
    /// Weeks.
    pub(super) period: Option<&'w common::WeekPeriod>,
    /// Months.
    pub(super) months: Option<&'w pb::MonthPeriod>,
    /// Hours, in hundredths.
    pub(super) hours: i64,
    /// Marks.
    pub(super) flags: &'w [String],
}

/// Weeks of CIGO or AIS, or months of CIGS, as the ground says. The fields at fault are named with what stands before them.
pub(super) fn wish(asked: &Asked<'_>, prefix: &str) -> Result<Wish, Failure> {
    let field = |name: &str| format!("{prefix}{name}");
    let cause = cause(asked.cause, &field("cause"))?;
    let flags = flags(asked.flags, &field("flags"))?;
    let hours = hours(asked.hours, &field("hours_hundredths"))?;
    let hours = Some(hours).filter(|hours| *hours > Hours::default());
    let in_months = Scheme::Cigs.admits(cause);
    if let Some(name) = superfluous(in_months, asked.period, asked.months) {
        return Err(Failure::field(field(name), "does not belong to the cause"));
    }
    if in_months {
        let months = months(asked.months, &field("months"), cause, flags)?;
        return Ok(Wish::Months(MonthsRequest { hours, ..months }));
    }
    let period = period(asked.period, &field("period"))?;
    let request = Request::new(cause, flags, period);
    Ok(Wish::Weeks(Request { hours, ..request }))
}

/// The weeks beside what is asked for in months, or the other way round.
fn superfluous(
    in_months: bool,
    period: Option<&common::WeekPeriod>,
    months: Option<&pb::MonthPeriod>,
) -> Option<&'static str> {
    if in_months {
        period.map(|_| "period")
    } else {
        months.map(|_| "months")
    }
}

/// A request that is explained.
pub(super) fn on_top(wire: &pb::RequestOnTop) -> Result<Wish, Failure> {
    let asked = Asked {
        cause: wire.cause,
        period: wire.period.as_ref(),
        months: wire.months.as_ref(),
        hours: wire.hours_hundredths,
        flags: &wire.flags,
    };
    wish(&asked, "request.")
}

fn period(wire: Option<&common::WeekPeriod>, field: &str) -> Result<WeekPeriod, Failure> {
    let wire = wire.ok_or_else(|| Failure::field(field, "is required"))?;
    weeks(wire, field)
}

fn months(
    wire: Option<&pb::MonthPeriod>,
    field: &str,
    cause: Cause,
    flags: Flags,
) -> Result<MonthsRequest, Failure> {
    let wire = wire.ok_or_else(|| Failure::field(field, "is required"))?;
    Ok(MonthsRequest {
        cause,
        flags,
        from: required_day(wire.first_day.as_ref(), &format!("{field}.first_day"))?,
        months: wire.months,
        hours: None,
    })
}

pub(super) fn reserve(wire: &pb::ReserveRequest) -> Result<ReserveCommand, Failure> {
    let scheme = scheme(wire.scheme, "scheme")?;
    let cause = cause(wire.cause, "cause")?;
    if !scheme.admits(cause) {
        return Err(Failure::field("cause", "does not belong to the scheme"));
    }
    if wire.zero_hours && scheme != Scheme::Cigs {
        return Err(Failure::field("zero_hours", "belongs to CIGS alone"));
    }
    let flags = flags(&wire.flags, "flags")?;
    let booking = Booking {
        unit: unit(wire.unit.as_ref(), "unit")?,
        scheme,
        cause,
        period: days_to_book(wire, scheme, cause, flags)?,
        hours: hours(wire.hours_hundredths, "hours_hundredths")?,
        hours_by_week: BTreeMap::new(),
        flags,
        working_days: None,
        zero_hours: wire.zero_hours,
        origin: origin(&wire.origin, "origin")?,
    };
    let id = id(&wire.reservation_id, "reservation_id")?;
    Ok(ReserveCommand {
        id,
        booking,
        told: told(wire.facts.as_ref())?,
    })
}

fn days_to_book(
    wire: &pb::ReserveRequest,
    scheme: Scheme,
    cause: Cause,
    flags: Flags,
) -> Result<Period, Failure> {
    let in_months = wire.months.is_some();
    let in_weeks = wire.period.is_some();
    if in_months && scheme != Scheme::Cigs {
        return Err(Failure::field("months", "does not belong to the scheme"));
    }
    if in_months && in_weeks {
        return Err(Failure::field("period", "does not stand beside months"));
    }
    if scheme == Scheme::Cigs && !in_weeks && !in_months {
        return Err(Failure::field("months", "is required without a period"));
    }
    if in_months {
        let asked = months(wire.months.as_ref(), "months", cause, flags)?;
        Ok(asked.first_months(asked.months))
    } else {
        Ok(period(wire.period.as_ref(), "period")?.period())
    }
}

/// A line of history: an authorised period, whatever state it names.
pub(super) fn history(wire: &pb::LedgerEntry, index: usize) -> Result<Entry, Failure> {
    authorised(wire, &format!("entries[{index}]"))
}

/// An authorised period, whatever state it names.
pub(super) fn authorised(wire: &pb::LedgerEntry, path: &str) -> Result<Entry, Failure> {
    let field = |name: &str| format!("{path}.{name}");
    let scheme = scheme(wire.scheme, &field("scheme"))?;
    let cause = cause(wire.cause, &field("cause"))?;
    if !scheme.admits(cause) {
        return Err(Failure::field(
            field("cause"),
            "does not belong to the scheme",
        ));
    }
    let first_day = required_day(wire.first_day.as_ref(), &field("first_day"))?;
    let last_day = required_day(wire.last_day.as_ref(), &field("last_day"))?;
    let booking = Booking {
        unit: unit(wire.unit.as_ref(), &field("unit"))?,
        scheme,
        cause,
        period: Period::new(first_day, last_day)
            .map_err(|_| Failure::field(field("last_day"), "must not be before first_day"))?,
        hours: hours(wire.hours_hundredths, &field("hours_hundredths"))?,
        hours_by_week: by_week(&wire.hours_by_week, &field("hours_by_week"))?,
        flags: flags(&wire.flags, &field("flags"))?,
        working_days: working_days(wire.working_days, &field("working_days"))?,
        zero_hours: wire.zero_hours,
        origin: origin(&wire.origin, &field("origin"))?,
    };
    Ok(Entry {
        id: id(&wire.entry_id, &field("entry_id"))?,
        booking,
        facts: None,
        staff: None,
        state: State::Authorised,
        usage: wire
            .usage
            .as_ref()
            .map(|used| usage(used, &field("usage")))
            .transpose()?,
    })
}

pub(super) fn usage(wire: &pb::Usage, path: &str) -> Result<Usage, Failure> {
    let dates = wire
        .dates
        .iter()
        .enumerate()
        .map(|(index, date)| day(date, &format!("{path}.dates[{index}]")))
        .collect::<Result<_, _>>()?;
    Ok(Usage {
        dates,
        hours: by_week(&wire.hours_by_week, &format!("{path}.hours_by_week"))?,
    })
}

fn by_week(wire: &[pb::WeekHours], path: &str) -> Result<BTreeMap<Week, Hours>, Failure> {
    let mut by_week = BTreeMap::new();
    for (index, one) in wire.iter().enumerate() {
        let field = format!("{path}[{index}].week");
        let monday = required_day(one.week.as_ref(), &field)?;
        let week =
            Week::from_monday(monday).map_err(|_| Failure::field(&field, "must be a Monday"))?;
        let hours = hours(
            one.hours_hundredths,
            &format!("{path}[{index}].hours_hundredths"),
        )?;
        if by_week.insert(week, hours).is_some() {
            return Err(Failure::field(field, "must be named once"));
        }
    }
    Ok(by_week)
}

fn working_days(number: i32, field: &str) -> Result<Option<WorkingDays>, Failure> {
    if number == 0 {
        return Ok(None);
    }
    let days = WorkingDays::from_number(number);
    days.map(Some)
        .ok_or_else(|| Failure::field(field, "must be 5, 6, or 0 for those of the unit"))
}

/// An instant of the past to look from, if one is named.
pub(super) fn optional_instant(
    wire: Option<&prost_types::Timestamp>,
    field: &str,
) -> Result<Option<DateTime<Utc>>, Failure> {
    let read = |wire| instant(wire).ok_or_else(|| Failure::field(field, "must be an instant"));
    wire.map(read).transpose()
}

pub(super) fn correction(wire: &pb::CorrectEntryRequest) -> Result<Correction, Failure> {
    let entry = wire
        .entry
        .as_ref()
        .ok_or_else(|| Failure::field("entry", "is required"))?;
    Ok(Correction {
        request_id: id(&wire.request_id, "request_id")?,
        version: entry.version,
        entry: authorised(entry, "entry")?,
        reason: wire.reason.clone(),
    })
}

pub(super) fn cancellation(wire: &pb::CancelEntryRequest) -> Result<Cancellation, Failure> {
    Ok(Cancellation {
        request_id: id(&wire.request_id, "request_id")?,
        version: wire.version,
        id: id(&wire.entry_id, "entry_id")?,
        reason: wire.reason.clone(),
    })
}

pub(super) fn id(text: &str, field: &str) -> Result<Uuid, Failure> {
    Uuid::parse_str(text).map_err(|_| Failure::field(field, "must be a UUID"))
}

fn required_day(
    wire: Option<&proto::google::r#type::Date>,
    field: &str,
) -> Result<chrono::NaiveDate, Failure> {
    day(
        wire.ok_or_else(|| Failure::field(field, "is required"))?,
        field,
    )
}

fn hours(hundredths: i64, field: &str) -> Result<Hours, Failure> {
    if hundredths < 0 {
        return Err(Failure::field(field, "must not be negative"));
    }
    Ok(Hours::from_hundredths(hundredths))
}

fn flags(names: &[String], field: &str) -> Result<Flags, Failure> {
    Flags::from_names(names.iter().map(String::as_str))
        .map_err(|error| Failure::field(field, error.to_string()))
}

fn origin(text: &str, field: &str) -> Result<String, Failure> {
    if (1..=128).contains(&text.chars().count()) {
        Ok(text.to_owned())
    } else {
        Err(Failure::field(field, "must have 1 to 128 characters"))
    }
}

fn scheme(wire: i32, field: &str) -> Result<Scheme, Failure> {
    match pb::Scheme::try_from(wire) {
        Ok(pb::Scheme::Cigo) => Ok(Scheme::Cigo),
        Ok(pb::Scheme::Cigs) => Ok(Scheme::Cigs),
        Ok(pb::Scheme::Ais) => Ok(Scheme::Ais),
        Ok(pb::Scheme::Unspecified) | Err(_) => {
            Err(Failure::field(field, "must be CIGO, CIGS or AIS"))
        }
    }
}

fn cause(wire: i32, field: &str) -> Result<Cause, Failure> {
    match pb::Cause::try_from(wire) {
        Ok(pb::Cause::Ord) => Ok(Cause::Ord),
        Ok(pb::Cause::Eone) => Ok(Cause::Eone),
        Ok(pb::Cause::Riorg) => Ok(Cause::Riorg),
        Ok(pb::Cause::Crisi) => Ok(Cause::Crisi),
        Ok(pb::Cause::Cds) => Ok(Cause::Cds),
        Ok(pb::Cause::Unspecified) | Err(_) => Err(Failure::field(field, "must be stated")),
    }
}
