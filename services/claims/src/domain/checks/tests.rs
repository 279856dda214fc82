//! Each rule of the check, told by changing one thing in a correct claim.

use super::*;
use crate::domain::attachment::{AttachmentKind, ScanState};
use crate::domain::product::{Causale, PaymentMode, Product};
use crate::domain::samples::{content, day, unit_facts};

const MONDAY: &str = "2026-09-07";

fn facts(unit: &UnitFacts) -> Facts<'_> {
    Facts {
        today: day("2026-09-10"),
        quality: Some(FilerQuality::CompanyConsultant),
        unit: Some(unit),
        limit: None,
        overlaps: &[],
        same_unit: &[],
        attachments: &[],
    }
}

fn found(content: &Content) -> Vec<(Code, Severity, String)> {
    found_with(content, &facts(&unit_facts()))
}

fn found_with(content: &Content, facts: &Facts<'_>) -> Vec<(Code, Severity, String)> {
    check(content, facts)
        .into_iter()
        .map(|it| (it.code, it.severity, it.field))
        .collect()
}

fn one(code: Code, severity: Severity, field: &str) -> Vec<(Code, Severity, String)> {
    vec![(code, severity, field.to_owned())]
}

fn weather(days: &[&str], weeks: u32) -> Content {
    let mut claim = content(MONDAY, weeks);
    claim.causale = Some(Causale::WeatherIndustry);
    claim.event_days = days.iter().map(|text| day(text)).collect();
    claim
}

#[test]
fn a_correct_claim_has_nothing_to_say() {
    assert_eq!(found(&content(MONDAY, 8)), []);
}

#[test]
fn a_draft_that_names_only_the_unit_lists_everything_that_is_missing() {
    let empty = Content::of(content(MONDAY, 1).unit);
    let findings = check(&empty, &facts(&unit_facts()));
    let incomplete = findings
        .iter()
        .filter(|finding| finding.code == Code::ClaimIncomplete)
        .count();
    assert_eq!(incomplete, 9);
    assert!(
        findings
            .iter()
            .any(|it| it.code == Code::BeneficiariesInvalid && it.field == "beneficiaries")
    );
    assert!(
        findings
            .iter()
            .any(|it| it.code == Code::AttachmentMissing && it.field == "technical_report")
    );
    assert!(!submittable(&empty, &findings));
}

#[test]
fn findings_come_the_most_severe_first() {
    let mut claim = content(MONDAY, 8);
    claim.consultation.as_mut().unwrap().communication_date = Some(day("2026-09-08"));
    claim.beneficiaries[0].qualifica = "3".into();
    let mut late = facts(&unit_facts()).today;
    late += chrono::TimeDelta::days(20);
    let unit = unit_facts();
    let severities: Vec<_> = check(
        &claim,
        &Facts {
            today: late,
            ..facts(&unit)
        },
    )
    .iter()
    .map(|finding| finding.severity)
    .collect();
    assert_eq!(
        severities,
        [Severity::Block, Severity::Force, Severity::Info]
    );
}

#[test]
fn f2_a_wrong_check_letter_and_an_unknown_unit_are_refused() {
    let mut claim = content(MONDAY, 8);
    claim.beneficiaries[1].codice_fiscale = "RSSMRA80A01H501V".into();
    let wrong = one(
        Code::IdentifierInvalid,
        Severity::Block,
        "beneficiaries[1].codice_fiscale",
    );
    assert_eq!(found(&claim), wrong);
    let unit = unit_facts();
    let unknown = Facts {
        unit: None,
        ..facts(&unit)
    };
    assert_eq!(
        found_with(&content(MONDAY, 8), &unknown),
        one(Code::IdentifierInvalid, Severity::Block, "unit")
    );
}

#[test]
fn f2_a_position_that_was_closed_before_the_first_week_is_refused() {
    let mut unit = unit_facts();
    unit.employer_active.to = Some(day("2026-08-31"));
    let refused = found_with(&content(MONDAY, 8), &facts(&unit));
    assert_eq!(
        refused,
        one(Code::IdentifierInvalid, Severity::Block, "unit")
    );
}

#[test]
fn f3_the_quality_declared_is_that_of_the_caller() {
    let mut claim = content(MONDAY, 8);
    claim.filer_quality = Some(FilerQuality::Owner);
    assert_eq!(
        found(&claim),
        one(Code::FilerNotEntitled, Severity::Block, "filer_quality")
    );
}

#[test]
fn f4_a_period_is_made_of_one_to_thirteen_weeks_from_a_monday() {
    let mut fourteen = content(MONDAY, 14);
    fourteen
        .beneficiaries
        .iter_mut()
        .for_each(|worker| worker.hours_requested_hundredths = 1);
    fourteen.hours_requested_hundredths = 2;
    assert_eq!(
        found(&fourteen),
        one(Code::PeriodInvalid, Severity::Block, "period.weeks")
    );

    let mut tuesday = content(MONDAY, 8);
    tuesday.period.as_mut().unwrap().first_day = day("2026-09-08");
    assert_eq!(
        found(&tuesday),
        one(Code::PeriodInvalid, Severity::Block, "period.first_week")
    );
}

#[test]
fn f4_the_effective_start_lies_in_the_first_week() {
    let mut claim = content(MONDAY, 8);
    claim.effective_start_date = Some(day("2026-09-14"));
    assert_eq!(
        found(&claim),
        one(Code::PeriodInvalid, Severity::Block, "effective_start_date")
    );
    claim.effective_start_date = Some(day("2026-09-13"));
    assert_eq!(found(&claim), []);
}

#[test]
fn f4_a_claim_may_not_come_more_than_fifteen_days_ahead() {
    let claim = content("2026-09-28", 4);
    assert_eq!(
        found(&claim),
        one(Code::ClaimTooEarly, Severity::Block, "period.first_week")
    );
    let unit = unit_facts();
    assert_eq!(
        found_with(
            &claim,
            &Facts {
                today: day("2026-09-13"),
                ..facts(&unit)
            }
        ),
        []
    );
}

#[test]
fn f5_the_list_adds_up_to_what_is_asked_for() {
    let mut claim = content(MONDAY, 8);
    claim.beneficiaries_count = 3;
    claim.hours_requested_hundredths += 1;
    let fields: Vec<_> = found(&claim)
        .into_iter()
        .map(|(_, _, field)| field)
        .collect();
    assert_eq!(
        fields,
        ["beneficiaries_count", "hours_requested_hundredths"]
    );
}

#[test]
fn f5_a_worker_appears_once() {
    let mut claim = content(MONDAY, 8);
    claim.beneficiaries[1].codice_fiscale = "rssmra80a01h501u".into();
    let twice = one(
        Code::BeneficiariesInvalid,
        Severity::Block,
        "beneficiaries[1].codice_fiscale",
    );
    assert_eq!(found(&claim), twice);
}

#[test]
fn f5_a_worker_has_a_known_qualifica_and_hours_within_forty_eight() {
    let mut claim = content(MONDAY, 8);
    claim.beneficiaries[0].qualifica = "Z".into();
    claim.beneficiaries[0].weekly_hours_hundredths = 4_801;
    claim.beneficiaries[0].hired_on = Some(day("2026-09-11"));
    let fields: Vec<_> = found(&claim)
        .into_iter()
        .filter(|(code, ..)| *code == Code::BeneficiariesInvalid)
        .collect();
    assert_eq!(fields.len(), 3);
}

#[test]
fn f6_the_report_has_six_sections_of_two_hundred_characters() {
    let mut claim = content(MONDAY, 8);
    claim.technical_report.as_mut().unwrap().consequences = "è".repeat(199);
    assert_eq!(
        found(&claim),
        one(
            Code::AttachmentMissing,
            Severity::Block,
            "technical_report.consequences"
        )
    );
    claim.technical_report.as_mut().unwrap().consequences = "è".repeat(200);
    assert_eq!(found(&claim), []);
}

#[test]
fn f6_direct_payment_needs_a_statement() {
    let mut claim = content(MONDAY, 8);
    claim.payment_mode = Some(PaymentMode::Direct);
    assert_eq!(
        found(&claim),
        one(
            Code::AttachmentMissing,
            Severity::Block,
            "direct_payment_statement"
        )
    );
}

#[test]
fn f6_the_unions_are_told_before_an_ordinary_suspension_but_not_on_a_building_site() {
    let mut claim = content(MONDAY, 8);
    claim.consultation = None;
    assert_eq!(
        found(&claim),
        one(
            Code::AttachmentMissing,
            Severity::Block,
            "consultation.communication_date"
        )
    );
    let mut builder = unit_facts();
    builder.sector = "m".into();
    assert_eq!(found_with(&claim, &facts(&builder)), []);
}

#[test]
fn s1_a_product_outside_the_classification_can_be_forced_with_a_note() {
    let mut unit = unit_facts();
    unit.protection_scheme = "FIS".into();
    let mut claim = content(MONDAY, 8);
    let findings = check(&claim, &facts(&unit));
    assert_eq!(findings.len(), 1);
    assert!(!submittable(&claim, &findings));
    let note = |text: &str| super::super::content::OverrideNote {
        code: "PRODUCT_NOT_COMPATIBLE".into(),
        note: text.into(),
    };
    claim.override_notes = vec![note("troppo breve")];
    assert!(
        !submittable(&claim, &findings),
        "a note has 20 characters at least"
    );
    claim.override_notes = vec![note("L'inquadramento è in corso di rettifica.")];
    assert!(submittable(&claim, &findings));
}

#[test]
fn s1_a_product_that_is_not_served_yet_blocks() {
    let mut claim = content(MONDAY, 8);
    claim.product = Some(Product::AisFis);
    assert_eq!(
        found(&claim),
        one(Code::ProductNotCompatible, Severity::Block, "product")
    );
}

#[test]
fn s2_an_ordinary_reason_is_not_allowed_for_cigs() {
    let mut claim = content(MONDAY, 8);
    claim.product = Some(Product::Cigs);
    assert!(found(&claim).iter().any(|(code, severity, _)| {
        *code == Code::CausaleNotAllowed && *severity == Severity::Block
    }));
}

#[test]
fn s3_a_late_claim_is_told_from_when_it_can_be_recognised() {
    let unit = unit_facts();
    let late = Facts {
        today: day("2026-09-30"),
        ..facts(&unit)
    };
    let findings = check(&content(MONDAY, 8), &late);
    assert_eq!(findings.len(), 1);
    assert_eq!(
        (findings[0].code, findings[0].severity),
        (Code::ClaimFiledLate, Severity::Info)
    );
    assert!(findings[0].it.contains("21/09/2026") && findings[0].en.contains("2026-09-21"));
    assert!(submittable(&content(MONDAY, 8), &findings));
}

#[test]
fn s4_three_six_and_twelve_october_make_one_claim_but_five_and_twenty_eight_november_two() {
    let one_claim = |days: &[&str], monday: &str, weeks: u32, today: &str| {
        let mut claim = weather(days, weeks);
        claim.period.as_mut().unwrap().first_day = day(monday);
        let unit = unit_facts();
        found_with(
            &claim,
            &Facts {
                today: day(today),
                ..facts(&unit)
            },
        )
    };
    let october = ["2016-10-03", "2016-10-06", "2016-10-12"];
    assert_eq!(one_claim(&october, "2016-10-03", 2, "2016-10-14"), []);
    let november = one_claim(&["2016-11-05", "2016-11-28"], "2016-10-31", 5, "2016-11-30");
    assert_eq!(november.len(), 3);
    assert!(
        november
            .iter()
            .all(|(code, ..)| *code == Code::EoneWeekWithoutEvent)
    );
}

#[test]
fn s5_a_worker_of_another_live_claim_blocks_and_is_not_named_across_matricole() {
    let other = Overlap {
        protocol: "INPS.4900.01/09/2026.0000007".into(),
        first_day: day("2026-09-07"),
        last_day: day("2026-09-20"),
        same_matricola: false,
        workers: 2,
        positions: Vec::new(),
    };
    let unit = unit_facts();
    let overlaps = [other];
    let findings = check(
        &content(MONDAY, 8),
        &Facts {
            overlaps: &overlaps,
            ..facts(&unit)
        },
    );
    assert_eq!(
        (findings[0].code, findings[0].severity),
        (Code::ClaimPeriodOverlaps, Severity::Block)
    );
    assert!(
        findings[0].it.starts_with("2 lavoratori")
            && findings[0].it.contains("INPS.4900.01/09/2026.0000007")
    );
    assert_eq!(findings[0].field, "beneficiaries");
}

#[test]
fn s6_another_claim_of_the_unit_can_be_forced() {
    let same_unit = [SameUnit {
        protocol: "INPS.4900.01/09/2026.0000007".into(),
        first_day: day("2026-09-07"),
        last_day: day("2026-09-20"),
    }];
    let unit = unit_facts();
    let findings = found_with(
        &content(MONDAY, 8),
        &Facts {
            same_unit: &same_unit,
            ..facts(&unit)
        },
    );
    assert_eq!(
        findings,
        one(Code::SameUnitSamePeriod, Severity::Force, "period")
    );
}

#[test]
fn s9_executives_are_refused() {
    let mut claim = content(MONDAY, 8);
    claim.beneficiaries[0].qualifica = "3".into();
    assert_eq!(
        found(&claim),
        one(
            Code::WorkerNotEligible,
            Severity::Block,
            "beneficiaries[0].qualifica"
        )
    );
}

#[test]
fn s10_thirty_days_from_hiring_are_needed_except_for_unavoidable_events() {
    let mut claim = content(MONDAY, 8);
    claim.beneficiaries[0].hired_on = Some(day("2026-08-12"));
    assert_eq!(
        found(&claim),
        one(
            Code::WorkerSeniorityShort,
            Severity::Force,
            "beneficiaries[0].hired_on"
        )
    );
    claim.beneficiaries[0].hired_on = Some(day("2026-08-11"));
    assert_eq!(found(&claim), []);
    let mut storm = weather(&["2026-09-08"], 1);
    storm.beneficiaries[0].hired_on = Some(day("2026-09-01"));
    assert_eq!(found(&storm), []);
}

#[test]
fn s10_periods_before_2022_needed_ninety_days() {
    let mut claim = content("2021-11-08", 2);
    claim.beneficiaries[0].hired_on = Some(day("2021-09-01"));
    let unit = unit_facts();
    let findings = found_with(
        &claim,
        &Facts {
            today: day("2021-11-10"),
            ..facts(&unit)
        },
    );
    assert_eq!(
        findings,
        one(
            Code::WorkerSeniorityShort,
            Severity::Force,
            "beneficiaries[0].hired_on"
        )
    );
}

#[test]
fn s11_hours_stay_within_the_contract() {
    let mut claim = content(MONDAY, 8);
    claim.beneficiaries[0].hours_requested_hundredths += 1;
    claim.hours_requested_hundredths += 1;
    let field = "beneficiaries[0].hours_requested_hundredths";
    assert_eq!(
        found(&claim),
        one(Code::WorkerHoursExceedContract, Severity::Block, field)
    );
}

#[test]
fn s12_s13_and_s14_say_how_many_weeks_fit() {
    let unit = unit_facts();
    let reached = |kind| {
        let limit = Some(LimitReached {
            kind,
            grantable_weeks: 3,
            first_failing_week: Some(day("2026-09-28")),
        });
        check(
            &content(MONDAY, 8),
            &Facts {
                limit,
                ..facts(&unit)
            },
        )
    };
    let weeks = reached(LimitKind::Weeks52);
    assert_eq!(
        (weeks[0].code, weeks[0].severity),
        (Code::Limit52Weeks, Severity::Force)
    );
    assert!(weeks[0].it.contains("3 settimane"));
    assert_eq!(
        reached(LimitKind::TotalDuration)[0].code,
        Code::LimitTotalDuration
    );
    let third = &reached(LimitKind::OneThird)[0];
    assert_eq!(
        (third.code, third.severity, third.field.as_str()),
        (
            Code::LimitOneThirdHours,
            Severity::Force,
            "hours_requested_hundredths"
        )
    );
    assert!(third.en.contains("3 weeks"), "{}", third.en);
}

#[test]
fn s15_the_communication_comes_before_the_suspension() {
    let mut claim = content(MONDAY, 8);
    claim.consultation.as_mut().unwrap().communication_date = Some(day(MONDAY));
    let field = "consultation.communication_date";
    assert_eq!(
        found(&claim),
        one(Code::ConsultationInconsistent, Severity::Force, field)
    );
}

#[test]
fn s15_a_joint_examination_ends_or_lapses_after_25_days_10_for_small_firms() {
    let mut claim = content(MONDAY, 8);
    let consultation = claim.consultation.as_mut().unwrap();
    consultation.communication_date = Some(day("2026-08-25"));
    consultation.joint_exam_requested = true;
    let open = one(
        Code::ConsultationInconsistent,
        Severity::Force,
        "consultation.joint_exam_end_date",
    );
    assert_eq!(found(&claim), open);
    let mut small = unit_facts();
    small.average_heads_hundredths = 5_000;
    assert_eq!(found_with(&claim, &facts(&small)), []);
    claim.consultation.as_mut().unwrap().joint_exam_end_date = Some(day("2026-09-04"));
    assert_eq!(found(&claim), []);
}

#[test]
fn s15_an_event_without_communication_can_be_forced() {
    let mut storm = weather(&["2026-09-08"], 1);
    storm.consultation = None;
    let field = "consultation.communication_date";
    assert_eq!(
        found(&storm),
        one(Code::ConsultationInconsistent, Severity::Force, field)
    );
}

#[test]
fn an_answer_holds_at_most_a_thousand_findings() {
    let mut claim = content(MONDAY, 8);
    let mut executive = claim.beneficiaries[0].clone();
    executive.qualifica = "3".into();
    claim.beneficiaries = vec![executive; 1_500];
    assert_eq!(check(&claim, &facts(&unit_facts())).len(), 1_000);
}

fn attached(kind: AttachmentKind, scan: ScanState) -> [AttachmentFact; 1] {
    [AttachmentFact { kind, scan }]
}

#[test]
fn f6_an_attached_report_stands_in_for_the_sections() {
    let unit = unit_facts();
    let mut claim = content(MONDAY, 8);
    claim.technical_report = None;
    let missing = one(Code::AttachmentMissing, Severity::Block, "technical_report");
    for (kind, expected) in [
        (AttachmentKind::TechnicalReport, Vec::new()),
        (AttachmentKind::Other, missing.clone()),
    ] {
        let attachments = &attached(kind, ScanState::Clean);
        let facts = Facts {
            attachments,
            ..facts(&unit)
        };
        assert_eq!(found_with(&claim, &facts), expected, "{kind:?}");
    }
}

#[test]
fn f6_an_attached_statement_of_difficulty_stands_in_for_the_text() {
    let unit = unit_facts();
    let mut claim = content(MONDAY, 8);
    claim.payment_mode = Some(PaymentMode::Direct);
    let missing = one(
        Code::AttachmentMissing,
        Severity::Block,
        "direct_payment_statement",
    );
    assert_eq!(found(&claim), missing);
    let attachments = &attached(AttachmentKind::DirectPaymentStatement, ScanState::Off);
    let facts = Facts {
        attachments,
        ..facts(&unit)
    };
    assert_eq!(found_with(&claim, &facts), []);
}

#[test]
fn an_attachment_that_is_infected_or_not_yet_scanned_holds_the_claim_back() {
    let unit = unit_facts();
    let claim = content(MONDAY, 8);
    for (scan, code) in [
        (ScanState::Pending, Code::AttachmentNotScanned),
        (ScanState::Infected, Code::AttachmentNotAllowed),
    ] {
        let attachments = &attached(AttachmentKind::Other, scan);
        let facts = Facts {
            attachments,
            ..facts(&unit)
        };
        let expected = one(code, Severity::Block, "attachments");
        assert_eq!(found_with(&claim, &facts), expected);
    }
    let attachments = &attached(AttachmentKind::TechnicalReport, ScanState::Infected);
    let mut without = claim.clone();
    without.technical_report = None;
    let facts = Facts {
        attachments,
        ..facts(&unit)
    };
    assert_eq!(
        found_with(&without, &facts).len(),
        2,
        "a file with malware is no report"
    );
}
