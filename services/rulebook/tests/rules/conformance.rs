//! The conformance format refuses what it cannot answer, by field and rule, and tells what differs.

use rulebook::conformance::{Unreadable, run};
use rulebook::rules::{HoursBasis, IN_FORCE, Switches};
use serde_json::{Value, json};

fn told(kind: &str, input: &Value, expect: &Value) -> String {
    let case = json!([{ "id": "X", "kind": kind, "title": "", "input": input, "expect": expect }]);
    run(&case.to_string(), &IN_FORCE).unwrap()[0].to_string()
}

fn refused(kind: &str, input: &Value, rule: &str) {
    let told = told(kind, input, &json!({ "anything": 1 }));
    assert!(told.starts_with("INVALID") && told.contains(rule), "{told}");
}

fn agrees(kind: &str, input: &Value, expect: &Value) {
    let told = told(kind, input, expect);
    assert!(told.starts_with("ok"), "{told}");
}

fn biennium(authorisations: &Value) -> Value {
    json!({ "sector": "a", "working_days": 5, "authorisations": authorisations, "ref_week": "2026-11-23" })
}

#[test]
fn a_difference_names_the_field_what_was_expected_and_what_came() {
    let told = told(
        "cigo_biennium",
        &biennium(&json!([])),
        &json!({ "used_units": 30, "residual_weeks": 52 }),
    );
    assert!(told.starts_with("DIFFERS X cigo_biennium"), "{told}");
    assert!(told.ends_with("used_units: expected 30, got 0"), "{told}");
}

#[test]
fn a_case_agrees_when_every_field_does_and_is_neither_when_it_is_invalid() {
    let input = biennium(&json!([]));
    let outcome = |expect: Value| {
        let case = json!([{ "id": "X", "kind": "cigo_biennium", "title": "", "input": input, "expect": expect }]);
        run(&case.to_string(), &IN_FORCE).unwrap().remove(0)
    };
    assert!(outcome(json!({ "used_units": 0 })).agrees());
    assert!(!outcome(json!({ "used_units": 30 })).agrees());
    assert!(!outcome(json!({ "nobody_knows": 30 })).agrees());
}

#[test]
fn a_third_is_asked_for_hours_up_to_all_that_the_unit_works() {
    let asked = |hours: &str| {
        json!({
            "sector": "a", "working_days": 5, "authorisations": [], "last_week": "2026-11-23", "requested_hours": hours,
            "groups": [{ "weekly_hours": 40, "monthly_heads": ["1"] }],
        })
    };
    agrees(
        "cigo_one_third",
        &asked("1386"),
        &json!({ "ok": true, "limit_hours": 1386 }),
    );
    agrees("cigo_one_third", &asked("4160"), &json!({ "ok": false }));
    refused(
        "cigo_one_third",
        &asked("4160.01"),
        "must not exceed the workable hours",
    );
}

#[test]
fn segments_of_a_contribution_are_compared_row_by_row() {
    let input = json!({ "weeks_before_units": 1500, "new_weeks_units": 120, "reduced": false });
    let row = |rate: &str, units: i64| json!({ "rate_pct": rate, "units": units });
    agrees(
        "addizionale",
        &input,
        &json!({ "segments": [row("9", 60), row("12", 60)] }),
    );
    for differing in [
        json!([row("9", 60), row("12", 59)]),
        json!([row("9", 60), row("15", 60)]),
        json!([row("9", 60)]),
        json!([row("9", 60), row("12", 60), row("15", 0)]),
        json!([row("9", 60), { "rate_pct": "12", "units": 60, "since": 1 }]),
        json!([row("9", 60), "12"]),
        json!([]),
    ] {
        let told = told("addizionale", &input, &json!({ "segments": differing }));
        let got = r#"got [{"rate_pct": 9, "units": 60}, {"rate_pct": 12, "units": 60}]"#;
        assert!(told.starts_with("DIFFERS") && told.ends_with(got), "{told}");
    }
}

#[test]
fn an_expectation_of_another_type_differs() {
    let input = json!({ "monthly_heads": ["15"] });
    for (field, expected) in [
        ("cigs_in_scope", json!(true)),
        ("cigs_in_scope", json!("false")),
        ("cigs_in_scope", json!(null)),
        ("avg_employees", json!(true)),
        ("avg_employees", json!("fifteen")),
        ("avg_employees", json!(null)),
    ] {
        let told = told("headcount", &input, &json!({ field: expected }));
        assert!(told.starts_with("DIFFERS"), "{told}");
    }
}

#[test]
fn a_case_without_an_id_is_told_by_its_place() {
    let case = json!([{ "id": "", "kind": "cigo_biennium", "title": "T", "input": {}, "expect": { "used_units": 0 } }]);
    let told = run(&case.to_string(), &IN_FORCE).unwrap()[0].to_string();
    assert!(told.starts_with("INVALID [0] cigo_biennium T"), "{told}");
}

#[test]
fn money_and_hours_are_compared_as_decimals() {
    let input = json!({ "year": 2026, "monthly_pay": "2600", "construction_weather": true });
    agrees(
        "cap",
        &input,
        &json!({ "gross_cap": "1708.440", "net_cap": 1608.66 }),
    );
    // Until 2021 the pay chose one of two caps, and the lower one went up to the threshold.
    for (pay, band, gross) in [
        ("2102.24", "LOW", "971.71"),
        ("2102.25", "HIGH", "1167.91"),
        ("3000", "HIGH", "1167.91"),
    ] {
        let input = json!({ "year": 2016, "monthly_pay": pay, "construction_weather": false });
        agrees("cap", &input, &json!({ "band": band, "gross_cap": gross }));
    }
    let groups = json!([{ "weekly_hours": 40, "monthly_heads": ["10"] }]);
    let input = json!({ "months": 7, "groups": groups });
    let expect =
        json!({ "programme_weeks": "30.33", "workable_hours": "12133.33", "limit_hours": 9706 });
    agrees("cigs_80", &input, &expect);
    let told = told("cigs_80", &input, &json!({ "programme_weeks": "30.34" }));
    assert!(told.contains("expected \"30.34\", got 30.3333"), "{told}");
}

#[test]
fn kinds_without_a_worked_example_are_answered_too() {
    agrees(
        "headcount",
        &json!({ "monthly_heads": ["15", "16"] }),
        &json!({ "avg_employees": "15.5000", "ais_limit_weeks": 26, "cigs_in_scope": true, "ais_extraordinary_causes": false }),
    );
    let reorganisation = json!([{ "id": "S", "scheme": "CIGS", "cause": "RIORG", "from": "2025-01-01", "to": "2025-12-31" }]);
    agrees(
        "cigs_cause",
        &json!({ "cause": "RIORG", "authorisations": reorganisation, "last_day": "2026-12-31" }),
        &json!({ "used": 9360, "limit": 18720, "residual": 9360 }),
    );
    agrees(
        "art4_request_weeks",
        &json!({ "sector": "a", "working_days": 5, "authorisations": [], "ref_week": "2026-11-23", "request_weeks": 4 }),
        &json!({
            "grantable_weeks": 4, "first_failing_week": null, "used_units_at_last_checked_week": 4 * 180,
            "window_start_at_last_checked_week": "2021-12-21",
        }),
    );
    for (input, expect) in [
        (
            json!({ "type": "CIGO_EONE", "events": ["2026-01-14"] }),
            json!({ "nominal_due": "2026-02-28", "effective_due": "2026-02-28" }),
        ),
        (
            json!({ "type": "AIS_EARLIEST", "start": "2026-12-01" }),
            json!({ "earliest_submission": "2026-11-01" }),
        ),
        (
            json!({ "type": "AIS_LATEST", "start": "2026-12-10" }),
            json!({ "nominal_due": "2026-12-25", "effective_due": "2026-12-28" }),
        ),
        (
            json!({ "type": "LATE", "start": "2026-11-02", "submitted": "2026-11-26" }),
            json!({ "coverage_from": "2026-11-16" }),
        ),
        (
            json!({ "type": "CIGS", "agreement": "2026-11-22" }),
            json!({ "nominal_due": "2026-11-29", "effective_due": "2026-11-30" }),
        ),
        (
            json!({ "type": "CIGS_LATE", "submitted": "2026-11-02" }),
            json!({ "coverage_from": "2026-12-02" }),
        ),
    ] {
        agrees("deadline", &input, &expect);
    }
    let run_of_52 = json!([{ "id": "A", "scheme": "CIGO", "cause": "ORD", "from": "2025-01-06", "to": "2026-01-04" }]);
    agrees(
        "cigo_c2",
        &json!({ "sector": "a", "authorisations": run_of_52, "zero_hour_cigs_periods": [["2026-02-02", "2026-02-08"]] }),
        &json!({ "first_allowed_week": "2027-01-11" }),
    );
    agrees(
        "cigo_c2",
        &json!({ "sector": "a", "authorisations": [] }),
        &json!({ "first_allowed_week": null }),
    );
}

#[test]
fn hours_by_week_and_hours_used_are_read() {
    let groups = json!([{ "weekly_hours": "40", "monthly_heads": [10] }]);
    let weekly = json!([{ "id": "A", "scheme": "CIGO", "cause": "ORD", "from": "2026-01-05", "to": "2026-01-18",
        "hours": { "2026-01-05": "10.5", "2026-01-12": 20 }, "used_hours": 1 }]);
    let input = json!({ "sector": "a", "groups": groups, "authorisations": weekly, "last_week": "2026-12-21", "requested_hours": 10 });
    agrees(
        "cigo_one_third",
        &input,
        &json!({ "used_hours": "30.50", "residual_hours": 13835, "ok": true }),
    );
}

/// What was used counts in the place of what was authorised where the switch says so, and no other case sees it.
#[test]
fn hours_used_count_where_the_switch_says_so() {
    let groups = json!([{ "weekly_hours": "40", "monthly_heads": [10] }]);
    let authorisation = json!([{ "id": "A", "scheme": "CIGO", "cause": "ORD", "from": "2026-01-05", "to": "2026-01-18",
        "hours": 30, "used_hours": 12 }]);
    let input = json!({ "sector": "a", "groups": groups, "authorisations": authorisation, "last_week": "2026-12-21",
        "requested_hours": 10 });
    let case = json!([{ "id": "X", "kind": "cigo_one_third", "title": "", "input": input, "expect": { "used_hours": 12 } }]);
    let used = IN_FORCE.with(Switches {
        hours_basis: HoursBasis::Used,
        ..IN_FORCE.switches
    });
    let agrees = |rules| run(&case.to_string(), rules).unwrap()[0].agrees();
    assert!(agrees(&used));
    assert!(!agrees(&IN_FORCE));
}

#[test]
fn cigs_at_zero_hours_among_the_authorisations_makes_no_week_normal() {
    let authorisations = |zero_hours: bool| {
        json!([
            { "id": "A", "scheme": "CIGO", "cause": "ORD", "from": "2025-01-06", "to": "2026-01-04" },
            { "id": "S", "scheme": "CIGS", "cause": "RIORG", "from": "2026-02-02", "to": "2026-02-08", "zero_hours": zero_hours },
        ])
    };
    for (zero_hours, first) in [(true, "2027-01-11"), (false, "2027-01-04")] {
        agrees(
            "cigo_c2",
            &json!({ "sector": "a", "authorisations": authorisations(zero_hours) }),
            &json!({ "first_allowed_week": first }),
        );
    }
}

#[test]
fn a_period_may_have_weeks_of_other_days_than_its_unit() {
    let days = |working_days: i32| {
        biennium(
            &json!([{ "id": "A", "scheme": "CIGO", "cause": "ORD", "from": "2026-03-02", "to": "2026-03-08",
            "used_dates": ["2026-03-02"], "working_days": working_days }]),
        )
    };
    agrees("cigo_biennium", &days(5), &json!({ "used_units": 6 }));
    agrees("cigo_biennium", &days(6), &json!({ "used_units": 5 }));
}

#[test]
fn a_sector_that_may_be_left_out_is_read_when_it_is_there() {
    let input = |sector: &str| json!({ "sector": sector, "cause": "RIORG", "authorisations": [], "last_day": "2026-12-31" });
    agrees("cigs_cause", &input("a"), &json!({ "used": 0 }));
    refused("cigs_cause", &input("nobody"), "sector: ");
}

#[test]
fn a_case_is_judged_by_the_rules_of_its_own_day() {
    let heads = |date: &str| json!({ "monthly_heads": ["10"], "date": date });
    agrees(
        "headcount",
        &heads("2026-01-01"),
        &json!({ "avg_employees": 10 }),
    );
    refused(
        "headcount",
        &heads("2001-01-01"),
        "date: 2001-01-01 is outside the rule",
    );
    refused("headcount", &heads("yesterday"), "date: must be a day");
}

#[test]
fn bad_input_names_the_field_and_the_rule() {
    let one = |changes: &Value| {
        let mut one = json!({ "id": "A", "scheme": "CIGO", "cause": "ORD", "from": "2026-01-05", "to": "2026-01-11" });
        one.as_object_mut()
            .unwrap()
            .extend(changes.as_object().unwrap().clone());
        biennium(&json!([one]))
    };
    for (changes, rule) in [
        (
            json!({ "to": "2026-01-01" }),
            "input.authorisations[0].to: must not be before from",
        ),
        (
            json!({ "from": "5/1/2026" }),
            "input.authorisations[0].from: must be a day",
        ),
        (
            json!({ "scheme": "CIGX" }),
            "input.authorisations[0].scheme: must be one of CIGO, CIGS, AIS",
        ),
        (
            json!({ "cause": "CDS" }),
            "input.authorisations[0].cause: does not belong to the scheme",
        ),
        (
            json!({ "flags": ["covid19"] }),
            "input.authorisations[0].flags: must be one of",
        ),
        (
            json!({ "working_days": 7 }),
            "input.authorisations[0].working_days: must be 5 or 6",
        ),
        (
            json!({ "used_weekdays": [0] }),
            "input.authorisations[0].used_weekdays: must be a list of days from 1",
        ),
        (
            json!({ "hours": -1 }),
            "input.authorisations[0].hours: must be hours",
        ),
        (
            json!({ "hous": 1 }),
            "input.authorisations[0].hous: is not a field of the format",
        ),
    ] {
        refused("cigo_biennium", &one(&changes), rule);
    }
    let same = json!({ "id": "A", "scheme": "CIGO", "cause": "ORD", "from": "2026-01-05", "to": "2026-01-11" });
    refused(
        "cigo_biennium",
        &biennium(&json!([same, same])),
        "input.authorisations[1].id: names an entry that overlaps",
    );
    refused(
        "cigo_biennium",
        &json!({ "sector": "a", "authorisations": [] }),
        "input.ref_week: is missing",
    );
    refused(
        "cigo_biennium",
        &json!({ "sector": "j", "authorisations": [], "ref_week": "2026-11-23" }),
        "input.sector: must be one of",
    );
    refused(
        "cigo_biennium",
        &json!({ "sector": "a", "authorisations": [], "ref_week": "2015-09-14" }),
        "input.ref_week: 2015-09-14 is outside the rule biennium_weeks",
    );
    refused(
        "ais_biennium",
        &json!({ "monthly_heads": [], "authorisations": [], "ref_week": "2026-11-23" }),
        "input.monthly_heads: must have one to six months",
    );
    refused(
        "cap",
        &json!({ "year": 2027, "monthly_pay": "1", "construction_weather": false }),
        "input.year: 2027-01-01 is outside the rule monthly_caps",
    );
    refused(
        "cigs_cause",
        &json!({ "cause": "CRISI", "previous": ["2026-02-01", "2026-01-01"] }),
        "input.previous: must not end before it starts",
    );
    refused(
        "deadline",
        &json!({ "type": "NEVER" }),
        "input.type: `NEVER` is not a type of deadline",
    );
    refused(
        "addizionale",
        &json!({ "weeks_before_units": -30, "new_weeks_units": 0, "reduced": false }),
        "input.weeks_before_units: must not be negative",
    );
}

#[test]
fn an_unknown_kind_or_an_expectation_nobody_answers_is_refused() {
    refused(
        "horoscope",
        &json!({}),
        "`horoscope` is not a kind of the format",
    );
    refused(
        "cigo_biennium",
        &biennium(&json!([])),
        "expect.anything: is not a field that this case answers",
    );
    let told = told("cigo_biennium", &biennium(&json!([])), &json!({}));
    assert!(
        told.contains("expect: must state at least one field"),
        "{told}"
    );
}

#[test]
fn a_reference_that_is_not_a_monday_is_taken_by_its_week_with_a_warning() {
    let input = json!({ "sector": "a", "authorisations": [], "ref_week": "2026-11-25" });
    let told = told(
        "cigo_biennium",
        &input,
        &json!({ "window_end": "2026-11-29" }),
    );
    assert!(
        told.starts_with("ok") && told.contains("warning: input.ref_week: is not a Monday"),
        "{told}"
    );
}

#[test]
fn a_file_that_holds_no_cases_is_unreadable() {
    assert!(matches!(run("{", &IN_FORCE), Err(Unreadable::NotJson(_))));
    assert!(matches!(run("{}", &IN_FORCE), Err(Unreadable::NotAList)));
    assert!(matches!(run("[]", &IN_FORCE), Err(Unreadable::Empty)));
    assert!(
        run("[1]", &IN_FORCE).unwrap()[0]
            .to_string()
            .contains("case: must be an object")
    );
}

#[test]
fn a_day_used_outside_the_period_is_ignored_and_one_at_the_weekend_counts_each_with_a_warning() {
    let declared = |used: Value| {
        biennium(&json!([{
            "id": "A", "scheme": "CIGO", "cause": "ORD", "from": "2026-03-02", "to": "2026-03-08", "used_dates": used,
        }]))
    };
    let plain = told(
        "cigo_biennium",
        &declared(json!(["2026-03-02", "2026-03-06"])),
        &json!({ "used_units": 12 }),
    );
    assert!(
        plain.starts_with("ok") && !plain.contains("warning"),
        "{plain}"
    );
    let warned = told(
        "cigo_biennium",
        &declared(json!(["2026-03-06", "2026-03-07", "2026-03-09"])),
        &json!({ "used_units": 12 }),
    );
    assert!(warned.starts_with("ok"), "{warned}");
    assert!(
        warned.contains("2026-03-07 is a Saturday or Sunday")
            && warned.contains("2026-03-09 is outside the period: ignored")
            && !warned.contains("2026-03-06 is"),
        "{warned}"
    );
}

#[test]
fn groups_of_no_hours_or_of_more_than_a_week_has_are_refused() {
    for hours in [0, 169] {
        let groups = json!([{ "weekly_hours": hours, "monthly_heads": ["10"] }]);
        refused(
            "cigs_80",
            &json!({ "months": 7, "groups": groups }),
            "weekly_hours: must be above 0, at most 168",
        );
    }
}
