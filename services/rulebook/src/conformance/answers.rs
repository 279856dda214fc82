//! Answers each kind of case with the engine.

use chrono::NaiveDate;
use kernel::holidays::Term;
use kernel::{Cents, Week};

use super::fields::Fields;
use super::{Answer, Got};
use crate::amount::{cap, contribution, recovery};
use crate::biennium::Biennium;
use crate::cigs::{cause_measure, hours_cap, next_crisis_from};
use crate::continuous::Continuous;
use crate::exact::{Exact, hundredths, whole};
use crate::one_third::OneThird;
use crate::rules::{Key, OutOfRange};
use crate::staff::AisClass;
use crate::terms::Terms;
use crate::total_duration::{Measure, TotalDuration};
use crate::waiting::Waiting;
use crate::{Cause, Counting, Flags, MonthsRequest, Request, Rules, Sector, Staff, WeekTable};

/// The answer to a case; `None` when its input has a fault, which is then told.
pub(super) fn answer(kind: &str, input: &mut Fields<'_>, rules: &Rules) -> Option<Answer> {
    match kind {
        "cigo_biennium" => cigo_biennium(input, rules),
        "ais_biennium" => ais_biennium(input, rules),
        "fruito_recovery" => fruito_recovery(input),
        "cigo_c1" => cigo_c1(input, rules),
        "cigo_c2" => Some(cigo_c2(input, rules)),
        "cigo_one_third" => cigo_one_third(input, rules),
        "art4" => art4(input, rules),
        "art4_request_weeks" => art4_request_weeks(input, rules),
        "art4_request_months" => art4_request_months(input, rules),
        "cigs_cause" => cigs_cause(input, rules),
        "cigs_80" => cigs_80(input, rules),
        "headcount" => headcount(input, rules),
        "deadline" => deadline(input, rules),
        "cap" => monthly_cap(input, rules),
        "addizionale" => addizionale(input, rules),
        other => {
            input.fault("kind", format!("`{other}` is not a kind of the format"));
            None
        }
    }
}

fn cigo_biennium(input: &mut Fields<'_>, rules: &Rules) -> Option<Answer> {
    let unit = input.unit(None);
    let week = covered_week(input, rules, Key::BienniumWeeks, "ref_week");
    let table = WeekTable::new(&unit, rules, Counting::Biennium);
    let counter = Biennium::new(&table, unit.facts, rules);
    biennium(input, &counter, week)
}

fn ais_biennium(input: &mut Fields<'_>, rules: &Rules) -> Option<Answer> {
    let unit = input.unit(Some(Sector::Fis));
    let week = covered_week(input, rules, Key::AisWeeksSmall, "ref_week");
    let average = input.average("monthly_heads");
    let table = WeekTable::new(&unit, rules, Counting::Ais);
    let on = week.map(Week::monday);
    let class = average.zip(on).map_or(AisClass::Small, |(average, on)| {
        average.ais_class(rules, on)
    });
    let counter = Biennium::ais(&table, unit.facts, rules, class);
    let mut answer = biennium(input, &counter, week)?;
    answer.push(("avg_employees", Got::Number(average?.heads())));
    answer.push(("limit_weeks", counter.limit(week?).value.into()));
    Some(answer)
}

fn biennium(input: &mut Fields<'_>, counter: &Biennium<'_>, week: Option<Week>) -> Option<Answer> {
    let request_weeks = input.optional_count("request_weeks");
    let block_weeks = input.optional_count("block_weeks");
    let week = week?;
    let status = counter.status(week);
    let mut answer = vec![
        ("window_start", status.window_start.into()),
        ("window_end", status.window_end.into()),
        ("used_units", status.used_units.into()),
        ("residual_units", status.residual_units.into()),
        ("residual_weeks", status.residual_weeks.into()),
        ("first_available_week", monday(status.first_available)),
    ];
    if let Some(count) = request_weeks {
        let check = counter.check(&Request::ordinary(week, count));
        answer.push(("grantable_weeks", check.grantable_weeks.into()));
        answer.push(("first_failing_week", monday(check.first_failing)));
    }
    if let Some(count) = block_weeks {
        let block = counter.first_block(&Request::ordinary(week, count));
        answer.push(("first_block_week", monday(block)));
    }
    Some(answer)
}

fn fruito_recovery(input: &mut Fields<'_>) -> Option<Answer> {
    let working_days = input.working_days();
    let weeks = input.amount("authorised_weeks");
    let days = input.amount("used_days");
    let recovery = recovery(working_days, weeks?, days?);
    Some(vec![
        ("used_units", recovery.used_units.into()),
        ("used_weeks", recovery.used_weeks.into()),
        ("used_rest_days", recovery.used_rest_days.into()),
        ("recoverable_units", recovery.recoverable_units.into()),
        ("recoverable_weeks", recovery.recoverable_weeks.into()),
    ])
}

fn cigo_c1(input: &mut Fields<'_>, rules: &Rules) -> Option<Answer> {
    let unit = input.unit(None);
    let request = weeks_request(input, rules, Key::ContinuousWeeks)?;
    let table = WeekTable::new(&unit, rules, Counting::Continuous);
    let check = Continuous::new(&table, rules).check(&request);
    Some(vec![("grantable_weeks", check.grantable_weeks.into())])
}

fn cigo_c2(input: &mut Fields<'_>, rules: &Rules) -> Answer {
    let mut unit = input.unit(None);
    unit.authorisations.extend(input.zero_hours_cigs());
    let counted = WeekTable::new(&unit, rules, Counting::Biennium);
    let touched = WeekTable::new(&unit, rules, Counting::Continuous);
    let first_allowed = Waiting::new(&unit, rules, &counted, &touched).first_allowed();
    vec![("first_allowed_week", monday(first_allowed))]
}

fn cigo_one_third(input: &mut Fields<'_>, rules: &Rules) -> Option<Answer> {
    let mut unit = input.unit(None);
    let groups = input.groups();
    let last = covered_week(input, rules, Key::WorkableDivisor, "last_week");
    let requested = input.hours("requested_hours");
    unit.staff = Staff {
        headcount: None,
        groups: groups?,
    };
    let (counter, last) = (OneThird::new(&unit, rules)?, last?);
    let requested = hundredths(requested?.hundredths());
    let status = counter.status(last);
    if requested > status.workable_hours {
        input.fault("requested_hours", "must not exceed the workable hours");
    }
    Some(vec![
        ("workable_hours", Got::Number(status.workable_hours)),
        ("limit_hours", status.limit_hours.into()),
        ("used_hours", Got::Number(status.used_hours)),
        ("residual_hours", status.residual_hours.into()),
        ("ok", Got::Flag(counter.fits(last, &requested))),
    ])
}

fn art4(input: &mut Fields<'_>, rules: &Rules) -> Option<Answer> {
    let unit = input.unit(None);
    let last = covered_day(input, rules, Key::TotalMonths, "last_day")?;
    let measure = TotalDuration::new(&unit, rules).measure(last);
    let Measure {
        window_start,
        window_end,
        week_units,
        cigs_units,
        cds_actual_units,
        cds_counted_units,
        used_units,
        limit_units,
    } = measure;
    Some(vec![
        ("window_start", window_start.into()),
        ("window_end", window_end.into()),
        ("week_units", week_units.into()),
        ("cigs_units", cigs_units.into()),
        ("cds_actual_units", cds_actual_units.into()),
        ("cds_counted_units", cds_counted_units.into()),
        ("used_units", used_units.into()),
        ("limit_units", limit_units.into()),
        ("residual_units", measure.residual_units().into()),
        ("residual_weeks", measure.residual_weeks().into()),
        ("residual_months", measure.residual_months().into()),
    ])
}

fn art4_request_weeks(input: &mut Fields<'_>, rules: &Rules) -> Option<Answer> {
    let unit = input.unit(None);
    let request = weeks_request(input, rules, Key::TotalMonths)?;
    let counter = TotalDuration::new(&unit, rules);
    let check = counter.check(&request);
    let last = check
        .first_failing
        .unwrap_or(request.first + request.count - 1);
    let measure = counter.measure_with(last.sunday(), Some((request.first, last)));
    let first_available = counter.first_available(request.first);
    Some(vec![
        ("grantable_weeks", check.grantable_weeks.into()),
        ("first_failing_week", monday(check.first_failing)),
        ("first_available_week", monday(first_available)),
        ("used_units_at_last_checked_week", measure.used_units.into()),
        ("limit_units", measure.limit_units.into()),
        (
            "window_start_at_last_checked_week",
            measure.window_start.into(),
        ),
    ])
}

fn art4_request_months(input: &mut Fields<'_>, rules: &Rules) -> Option<Answer> {
    let unit = input.unit(None);
    let cause = cigs_ground(input);
    let from = covered_day(input, rules, Key::TotalMonths, "from");
    let months = input.count("months");
    let request = MonthsRequest {
        cause: cause?,
        flags: Flags::default(),
        from: from?,
        months: months?,
        hours: None,
    };
    let check = TotalDuration::check_months(&unit, rules, &request);
    Some(vec![
        ("grantable_months", check.grantable_months.into()),
        ("first_failing_month_end", check.first_failing_end.into()),
        (
            "used_units_at_last_checked_month",
            check.last_checked.used_units.into(),
        ),
        ("limit_units", check.last_checked.limit_units.into()),
    ])
}

fn cigs_cause(input: &mut Fields<'_>, rules: &Rules) -> Option<Answer> {
    let cause = cigs_ground(input)?;
    if cause == Cause::Crisi {
        let previous = input.pair("previous")?;
        let covered = rules.covering(Key::CrisiGapThirds, previous.last_day(), "previous");
        input.covered(covered)?;
        let next = next_crisis_from(rules, previous);
        return Some(vec![("next_crisis_from", next.into())]);
    }
    let unit = input.unit(Some(Sector::A));
    let last = covered_day(input, rules, Key::RiorgMonths, "last_day")?;
    let measure = cause_measure(&unit, rules, cause, last);
    Some(vec![
        ("used", measure.used_units.into()),
        ("limit", measure.limit_units.into()),
        ("residual", measure.residual_units().into()),
        ("used_units", measure.used_units.into()),
        ("limit_units", measure.limit_units.into()),
        ("residual_units", measure.residual_units().into()),
    ])
}

fn cigs_80(input: &mut Fields<'_>, rules: &Rules) -> Option<Answer> {
    let months = input.count("months");
    let groups = input.groups();
    let working_days = input.working_days();
    let from = input.optional_day("from");
    if from.is_none() && rules.switches.deduct_holidays.is_on() {
        input.fault("from", "is missing: holidays are deducted");
    }
    let from = from.unwrap_or(LATEST);
    let staff = Staff {
        headcount: None,
        groups: groups?,
    };
    let covered = rules.covering(Key::CigsHoursPercent, from, "from");
    input.covered(covered)?;
    let cap = hours_cap(rules, &staff, from, months?, working_days);
    Some(vec![
        ("programme_weeks", Got::Number(cap.programme_weeks)),
        ("workable_hours", Got::Number(cap.workable_hours)),
        ("limit_hours", cap.limit_hours.into()),
    ])
}

fn headcount(input: &mut Fields<'_>, rules: &Rules) -> Option<Answer> {
    let average = input.average("monthly_heads");
    let on = input.optional_day("date").unwrap_or(LATEST);
    let covered = rules.covering(Key::AisSmallHeads, on, "date");
    input.covered(covered)?;
    let average = average?;
    let key = match average.ais_class(rules, on) {
        AisClass::Small => Key::AisWeeksSmall,
        AisClass::Large => Key::AisWeeksLarge,
    };
    let extraordinary = average.ais_extraordinary_causes(rules, on);
    Some(vec![
        ("avg_employees", Got::Number(average.heads())),
        ("ais_limit_weeks", rules.on(key, on).value.into()),
        ("cigs_in_scope", Got::Flag(average.cigs_in_scope(rules, on))),
        ("ais_extraordinary_causes", Got::Flag(extraordinary)),
    ])
}

fn deadline(input: &mut Fields<'_>, rules: &Rules) -> Option<Answer> {
    let terms = Terms::new(rules);
    match input.text("type")? {
        "CIGO_ORD" => {
            let term = terms.cigo(input.day("start")?);
            due(input, term)
        }
        "AIS_LATEST" => {
            let term = terms.ais_latest(input.day("start")?);
            due(input, term)
        }
        "CIGO_EONE" => {
            let events = input.days("events")?;
            let term = terms.eone(&events);
            let term = input.covered(term)??;
            due(input, Ok(term))
        }
        "AIS_EARLIEST" => {
            let earliest = terms.ais_earliest(input.day("start")?);
            let earliest = input.covered(earliest)?;
            Some(vec![("earliest_submission", earliest.into())])
        }
        "LATE" => {
            let (start, submitted) = (input.day("start"), input.day("submitted"));
            let from = terms.late_coverage(start?, submitted?);
            let from = input.covered(from)?;
            Some(vec![("coverage_from", from.into())])
        }
        "CIGS" => {
            let term = terms.cigs(input.day("agreement")?);
            due(input, term)
        }
        "CIGS_LATE" => {
            let from = terms.cigs_late_coverage(input.day("submitted")?);
            let from = input.covered(from)?;
            Some(vec![("coverage_from", from.into())])
        }
        "DIRECT" => {
            let (month, communicated) = (input.day("month"), input.day("communicated"));
            let direct = terms.direct_payment(month?, communicated?);
            let direct = input.covered(direct)?;
            Some(vec![
                ("by_month_rule", direct.by_month_rule.into()),
                ("by_60_days_rule", direct.by_60_days_rule.into()),
                ("due", direct.due().into()),
            ])
        }
        other => {
            input.fault("type", format!("`{other}` is not a type of deadline"));
            None
        }
    }
}

fn due(input: &mut Fields<'_>, term: Result<Term, OutOfRange>) -> Option<Answer> {
    let term = input.covered(term)?;
    Some(vec![
        ("nominal_due", term.nominal.into()),
        ("effective_due", term.effective.into()),
    ])
}

fn monthly_cap(input: &mut Fields<'_>, rules: &Rules) -> Option<Answer> {
    let year = input.number("year");
    let pay = input.decimal("monthly_pay");
    let weather = input.flag("construction_weather");
    let january = year
        .and_then(|year| i32::try_from(year).ok())
        .and_then(|year| NaiveDate::from_ymd_opt(year, 1, 1));
    if january.is_none() && year.is_some() {
        input.fault("year", "must be a year");
    }
    let cents = pay.map(|pay| pay * whole(100)).filter(Exact::is_integer);
    let cents = cents.and_then(|cents| i64::try_from(cents.to_integer()).ok());
    if cents.is_none() && pay.is_some() {
        input.fault("monthly_pay", "must be an amount with at most two decimals");
    }
    let found = cap(rules, january?, Cents::new(cents?), weather?);
    let found = found.map_err(|refused| OutOfRange {
        field: "year",
        ..refused
    });
    let (band, cap) = input.covered(found)?;
    Some(vec![
        ("band", Got::Text(band.as_str().to_owned())),
        ("gross_cap", Got::Number(hundredths(cap.gross.get()))),
        ("net_cap", Got::Number(hundredths(cap.net.get()))),
    ])
}

fn addizionale(input: &mut Fields<'_>, rules: &Rules) -> Option<Answer> {
    let before = input.amount("weeks_before_units");
    let new = input.amount("new_weeks_units");
    let reduced = input.flag("reduced");
    let on = input.optional_day("date").unwrap_or(LATEST);
    let segments = contribution(rules, on, before?, new?, reduced?);
    let segments = input.covered(segments)?;
    let row = |rate_tenths: i64, units: i64| -> Answer {
        vec![
            ("rate_pct", Got::Number(whole(rate_tenths) / whole(10))),
            ("units", units.into()),
        ]
    };
    let rows = segments
        .iter()
        .map(|segment| row(segment.rate_tenths, segment.units));
    Some(vec![("segments", Got::List(rows.collect()))])
}

/// A case without a day is judged by the rules that were last in force.
const LATEST: NaiveDate = NaiveDate::MAX;

fn weeks_request(input: &mut Fields<'_>, rules: &Rules, key: Key) -> Option<Request> {
    let week = covered_week(input, rules, key, "ref_week");
    let count = input.count("request_weeks");
    Some(Request::ordinary(week?, count?))
}

fn covered_week(
    input: &mut Fields<'_>,
    rules: &Rules,
    key: Key,
    name: &'static str,
) -> Option<Week> {
    let week = input.week(name)?;
    let covered = rules.covering(key, week.monday(), name);
    input.covered(covered).map(|_| week)
}

fn covered_day(
    input: &mut Fields<'_>,
    rules: &Rules,
    key: Key,
    name: &'static str,
) -> Option<NaiveDate> {
    let day = input.day(name)?;
    let covered = rules.covering(key, day, name);
    input.covered(covered).map(|_| day)
}

fn cigs_ground(input: &mut Fields<'_>) -> Option<Cause> {
    let cause = input.cause("cause")?;
    let is_cigs = matches!(cause, Cause::Riorg | Cause::Crisi | Cause::Cds);
    if !is_cigs {
        input.fault("cause", "must be RIORG, CRISI or CDS");
    }
    is_cigs.then_some(cause)
}

fn monday(week: Option<Week>) -> Got {
    week.map(Week::monday).into()
}
