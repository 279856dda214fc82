//! Reads the cases of the rulebook and answers them with the engine.

use std::path::{Path, PathBuf};

use chrono::{Datelike, NaiveDate};
use kernel::{Period, Week};
use limits::domain::biennium::Biennium;
use limits::domain::continuous::Continuous;
use limits::domain::rules::IN_FORCE;
use limits::domain::total_duration::{Measure, TotalDuration};
use limits::domain::waiting::Waiting;
use limits::domain::{
    Authorisation, Cause, Counting, Facts, Flags, MonthsRequest, Request, Scheme, Staff, Unit,
    UsedDates, WeekTable, WorkingDays,
};
use serde_json::{Map, Value, json};

/// Kinds of cases that the engine answers.
pub(crate) const KINDS: [&str; 6] = [
    "cigo_biennium",
    "cigo_c1",
    "cigo_c2",
    "art4",
    "art4_request_weeks",
    "art4_request_months",
];

/// Compares what the rulebook expects of a case with what the engine answers.
pub(crate) fn check(id: &str) {
    let Some(cases) = cases() else { return };
    let case = cases
        .iter()
        .find(|case| case["id"] == id)
        .unwrap_or_else(|| panic!("no case {id}"));
    let answer = answer(case["kind"].as_str().unwrap(), &case["input"]);
    for (name, expected) in case["expect"].as_object().unwrap() {
        assert_eq!(
            answer.get(name),
            Some(expected),
            "{id} {}: {name}",
            case["title"]
        );
    }
}

/// Every case of the rulebook with its kind.
pub(crate) fn ids_and_kinds() -> Vec<(String, String)> {
    let text = |case: &Value, name: &str| case[name].as_str().unwrap().to_owned();
    cases()
        .unwrap_or_default()
        .iter()
        .map(|case| (text(case, "id"), text(case, "kind")))
        .collect()
}

/// The machine-readable block of the rulebook; `None`, and a word about it, when the rulebook is not there.
fn cases() -> Option<Vec<Value>> {
    let path = folder().join("limits.md");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!(
            "skipped: the rulebook is not at {} (OMNIA_SPEC names its folder)",
            path.display()
        );
        return None;
    };
    let block = text
        .split("```json\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    Some(
        serde_json::from_str(block.expect("the rulebook has a JSON block"))
            .expect("the block is JSON"),
    )
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests are told where the rulebook is"
)]
fn folder() -> PathBuf {
    let beside_the_repository =
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/domain");
    std::env::var("OMNIA_SPEC").map_or_else(|_| beside_the_repository(), PathBuf::from)
}

fn answer(kind: &str, input: &Value) -> Map<String, Value> {
    let unit = unit(input);
    let answer = match kind {
        "cigo_biennium" => biennium(&unit, input),
        "cigo_c1" => continuous(&unit, input),
        "cigo_c2" => waiting(&unit),
        "art4" => {
            measure_fields(&TotalDuration::new(&unit, &IN_FORCE).measure(date(&input["last_day"])))
        }
        "art4_request_weeks" => request_weeks(&unit, input),
        "art4_request_months" => request_months(&unit, input),
        other => panic!("no counter of kind {other}"),
    };
    answer.as_object().unwrap().clone()
}

fn biennium(unit: &Unit, input: &Value) -> Value {
    let table = WeekTable::new(unit, &IN_FORCE, Counting::Biennium);
    let counter = Biennium::new(&table, unit.facts, &IN_FORCE);
    let week = Week::of(date(&input["ref_week"]));
    let status = counter.status(week);
    let check = counter.check(&Request::ordinary(week, number(&input["request_weeks"], 1)));
    let block = counter.first_block(&Request::ordinary(week, number(&input["block_weeks"], 1)));
    json!({
        "window_start": status.window_start,
        "window_end": status.window_end,
        "used_units": status.used_units,
        "residual_units": status.residual_units,
        "residual_weeks": status.residual_weeks,
        "first_available_week": monday(status.first_available),
        "grantable_weeks": check.grantable_weeks,
        "first_failing_week": monday(check.first_failing),
        "first_block_week": monday(block),
    })
}

fn continuous(unit: &Unit, input: &Value) -> Value {
    let table = WeekTable::new(unit, &IN_FORCE, Counting::Continuous);
    let check = Continuous::new(&table, &IN_FORCE).check(&request(input));
    json!({ "grantable_weeks": check.grantable_weeks })
}

fn waiting(unit: &Unit) -> Value {
    let counted = WeekTable::new(unit, &IN_FORCE, Counting::Biennium);
    let touched = WeekTable::new(unit, &IN_FORCE, Counting::Continuous);
    json!({ "first_allowed_week": monday(Waiting::new(unit, &IN_FORCE, &counted, &touched).first_allowed()) })
}

fn request_weeks(unit: &Unit, input: &Value) -> Value {
    let counter = TotalDuration::new(unit, &IN_FORCE);
    let request = request(input);
    let check = counter.check(&request);
    let last_checked = check
        .first_failing
        .unwrap_or(request.first + request.count - 1);
    let measure = counter.measure_with(last_checked.sunday(), Some((request.first, last_checked)));
    json!({
        "grantable_weeks": check.grantable_weeks,
        "first_failing_week": monday(check.first_failing),
        "first_available_week": monday(counter.first_available(request.first)),
        "used_units_at_last_checked_week": measure.used_units,
        "limit_units": measure.limit_units,
        "window_start_at_last_checked_week": measure.window_start,
    })
}

fn request_months(unit: &Unit, input: &Value) -> Value {
    let cause = input["cause"].as_str().unwrap().parse().unwrap();
    let months = number(&input["months"], 1);
    let request = MonthsRequest {
        cause,
        flags: Flags::default(),
        from: date(&input["from"]),
        months,
    };
    let check = TotalDuration::check_months(unit, &IN_FORCE, &request);
    json!({
        "grantable_months": check.grantable_months,
        "first_failing_month_end": check.first_failing_end,
        "used_units_at_last_checked_month": check.last_checked.used_units,
        "limit_units": check.last_checked.limit_units,
    })
}

fn measure_fields(measure: &Measure) -> Value {
    json!({
        "window_start": measure.window_start,
        "window_end": measure.window_end,
        "week_units": measure.week_units,
        "cigs_units": measure.cigs_units,
        "cds_actual_units": measure.cds_actual_units,
        "cds_counted_units": measure.cds_counted_units,
        "used_units": measure.used_units,
        "limit_units": measure.limit_units,
        "residual_units": measure.residual_units(),
        "residual_weeks": measure.residual_weeks(),
        "residual_months": measure.residual_months(),
    })
}

fn request(input: &Value) -> Request {
    Request::ordinary(
        Week::of(date(&input["ref_week"])),
        number(&input["request_weeks"], 1),
    )
}

fn unit(input: &Value) -> Unit {
    let sector = input["sector"].as_str().unwrap_or("fis").parse().unwrap();
    let working_days = WorkingDays::from_number(number(&input["working_days"], 5)).unwrap();
    let authorisations = input["authorisations"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    let zero_hours = input["zero_hour_cigs_periods"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    let periods = authorisations
        .iter()
        .map(authorisation)
        .chain(zero_hours.iter().map(zero_hours_cigs));
    Unit {
        facts: Facts {
            sector,
            working_days,
        },
        staff: Staff::default(),
        authorisations: periods.collect(),
    }
}

fn authorisation(case: &Value) -> Authorisation {
    let period = Period::between(date(&case["from"]), date(&case["to"]));
    let flags: Vec<&str> = case["flags"]
        .as_array()
        .map_or(&[][..], Vec::as_slice)
        .iter()
        .filter_map(Value::as_str)
        .collect();
    Authorisation {
        working_days: case["working_days"]
            .as_i64()
            .and_then(|days| WorkingDays::from_number(days.try_into().unwrap())),
        used_dates: used_dates(case, period),
        flags: Flags::from_names(flags).unwrap(),
        ..Authorisation::new(
            case["id"].as_str().unwrap().into(),
            case["scheme"].as_str().unwrap().parse().unwrap(),
            case["cause"].as_str().unwrap().parse().unwrap(),
            period,
        )
    }
}

fn zero_hours_cigs(pair: &Value) -> Authorisation {
    let period = Period::between(date(&pair[0]), date(&pair[1]));
    Authorisation {
        zero_hours: true,
        ..Authorisation::new("Z".into(), Scheme::Cigs, Cause::Crisi, period)
    }
}

fn used_dates(case: &Value, period: Period) -> Option<UsedDates> {
    if let Some(dates) = case["used_dates"].as_array() {
        return Some(dates.iter().map(date).collect());
    }
    let weekdays: Vec<u64> = case["used_weekdays"]
        .as_array()?
        .iter()
        .filter_map(Value::as_u64)
        .collect();
    Some(
        period
            .days()
            .filter(|day| weekdays.contains(&day.weekday().number_from_monday().into()))
            .collect(),
    )
}

fn number(value: &Value, otherwise: i32) -> i32 {
    value
        .as_i64()
        .map_or(otherwise, |number| number.try_into().unwrap())
}

fn date(value: &Value) -> NaiveDate {
    value.as_str().unwrap().parse().unwrap()
}

fn monday(week: Option<Week>) -> Option<NaiveDate> {
    week.map(Week::monday)
}
