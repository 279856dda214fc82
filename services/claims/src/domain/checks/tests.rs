//! Each rule of the check, told by changing one thing in a correct claim.

use super::*;
use crate::domain::attachment::{AttachmentKind, ScanState};
use crate::domain::product::{Causale, PaymentMode, Product};
use crate::domain::rules::IN_FORCE;
use crate::domain::samples::{content, day, unit_facts};

const MONDAY: &str = "2026-09-07";

fn facts(unit: &UnitFacts) -> Facts<'_> {
    Facts {
        quality: Some(FilerQuality::CompanyConsultant),
        ..Facts::on(day("2026-09-10"), &IN_FORCE, Some(unit))
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
    let sections = &mut claim.technical_report.as_mut().unwrap().sections;
    sections.truncate(1);
    sections[0].section_id = "days_and_phase".into();
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
    assert_eq!(incomplete, 11);
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
    let missing = ["communication_date", "recipients", "outcome"].map(|field| {
        let field = format!("consultation.{field}");
        (Code::AttachmentMissing, Severity::Block, field)
    });
    assert_eq!(found(&claim), missing);
    let mut builder = unit_facts();
    builder.sector = "m".into();
    assert_eq!(found_with(&claim, &facts(&builder)), []);
    claim.extension_of = "490026000001".into();
    assert_eq!(
        found_with(&claim, &facts(&builder)),
        missing,
        "beyond 13 weeks"
    );
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
fn s2_an_ordinary_reason_is_not_allowed_for_cigs() {
    let mut claim = content(MONDAY, 8);
    claim.product = Some(Product::Cigs);
    let refused = (
        Code::CausaleNotAllowed,
        Severity::Block,
        "causale".to_owned(),
    );
    assert!(found(&claim).contains(&refused));
}

#[test]
fn s2_the_fis_takes_cigs_reasons_only_from_employers_of_up_to_fifteen_heads() {
    let mut claim = content(MONDAY, 8);
    claim.product = Some(Product::AisFis);
    claim.causale = Some(Causale::CompanyCrisis);
    let mut unit = unit_facts();
    unit.protection_scheme = "FIS".into();
    unit.average_heads_hundredths = 1_500;
    assert_eq!(found_with(&claim, &facts(&unit)), []);
    unit.average_heads_hundredths = 1_501;
    assert_eq!(
        found_with(&claim, &facts(&unit)),
        one(Code::CausaleNotAllowed, Severity::Block, "causale")
    );
}

/// A correct claim of the first COVID reason, filed in its time.
fn covid(monday: &str, weeks: u32) -> Content {
    let mut claim = content(monday, weeks);
    claim.causale = Some(Causale::CovidNazionale);
    claim.technical_report = None;
    claim.consultation = None;
    claim
}

fn on<'a>(unit: &'a UnitFacts, today: &str) -> Facts<'a> {
    Facts {
        today: day(today),
        ..facts(unit)
    }
}

#[test]
fn a_covid_claim_needs_neither_report_nor_consultation_nor_proof_of_difficulty() {
    let mut claim = covid("2020-03-09", 9);
    claim.payment_mode = Some(PaymentMode::Direct);
    assert_eq!(found_with(&claim, &on(&unit_facts(), "2020-04-01")), []);
}

#[test]
fn cov1_a_covid_claim_after_its_term_is_refused() {
    let refused = found_with(&covid("2020-03-09", 9), &on(&unit_facts(), "2020-08-03"));
    let expired = one(Code::ClaimTermExpired, Severity::Block, "period.first_week");
    assert_eq!(refused, expired);
}

#[test]
fn cov2_a_week_partly_in_the_window_is_accepted_and_one_wholly_outside_is_not() {
    let unit = unit_facts();
    // The window ends on Monday 31/8/2020.
    assert_eq!(
        found_with(&covid("2020-08-31", 1), &on(&unit, "2020-09-01")),
        []
    );
    assert_eq!(
        found_with(&covid("2020-08-31", 2), &on(&unit, "2020-09-01")),
        one(Code::CovidWindowExceeded, Severity::Block, "period")
    );
}

#[test]
fn cov2_the_maximum_of_a_unit_is_that_of_the_day_of_filing() {
    let unit = unit_facts();
    let exceeded = one(Code::CovidWindowExceeded, Severity::Block, "period.weeks");
    let ten = covid("2020-03-09", 10);
    assert_eq!(found_with(&ten, &on(&unit, "2020-05-18")), exceeded);
    assert_eq!(found_with(&ten, &on(&unit, "2020-05-19")), []);
    let with_five_before = Facts {
        covid_weeks: 5,
        ..on(&unit, "2020-05-19")
    };
    assert_eq!(found_with(&ten, &with_five_before), exceeded);
}

#[test]
fn cov2_confinement_was_for_three_regions_and_the_decree_of_2021_for_textile_firms() {
    let mut unit = unit_facts();
    let mut claim = covid("2020-03-09", 4);
    claim.causale = Some(Causale::CovidObbligoPermanenza);
    assert_eq!(found_with(&claim, &on(&unit, "2020-04-01")), []);
    unit.region_istat = "12".into();
    let elsewhere = one(Code::CovidWindowExceeded, Severity::Block, "causale");
    assert_eq!(found_with(&claim, &on(&unit, "2020-04-01")), elsewhere);
    let mut textile = covid("2021-10-04", 9);
    textile.causale = Some(Causale::CovidDl146);
    assert_eq!(found_with(&textile, &on(&unit, "2021-10-15")), elsewhere);
    unit.ateco = "13.20.00".into();
    assert_eq!(found_with(&textile, &on(&unit, "2021-10-15")), []);
}

#[test]
fn cov2_farm_workers_have_a_maximum_in_days() {
    let mut claim = covid("2020-03-09", 4);
    claim.product = Some(Product::Cisoa);
    claim.causale = Some(Causale::CovidObbligoPermanenza);
    claim.days_requested = 20;
    let mut unit = unit_facts();
    unit.protection_scheme = "CISOA".into();
    assert_eq!(found_with(&claim, &on(&unit, "2020-04-01")), []);
    claim.days_requested = 21;
    let exceeded = one(Code::CovidWindowExceeded, Severity::Block, "days_requested");
    assert_eq!(found_with(&claim, &on(&unit, "2020-04-01")), exceeded);
}

#[test]
fn cov3_a_worker_hired_after_the_decree_is_refused() {
    let mut claim = covid("2020-03-30", 4);
    claim.beneficiaries[1].hired_on = Some(day("2020-03-26"));
    assert_eq!(
        found_with(&claim, &on(&unit_facts(), "2020-04-10")),
        one(
            Code::WorkerNotEligible,
            Severity::Block,
            "beneficiaries[1].hired_on"
        )
    );
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
        covid: false,
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
    for (kind, code, source) in [
        (LimitKind::AisWeeks, Code::Limit52Weeks, "artt. 29 e 30"),
        (
            LimitKind::CigsMonths,
            Code::LimitTotalDuration,
            "art. 22 D.Lgs.",
        ),
        (
            LimitKind::CigsHours,
            Code::LimitOneThirdHours,
            "art. 22 c. 4",
        ),
    ] {
        let finding = &reached(kind)[0];
        assert_eq!((finding.code, finding.severity), (code, Severity::Force));
        assert!(finding.source.contains(source), "{}", finding.source);
    }
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

#[test]
fn s5_a_covid_reason_prevails_over_another_and_not_the_other_way_round() {
    let unit = unit_facts();
    let other = |covid| {
        [Overlap {
            protocol: "INPS.4900.01/03/2020.0000007".into(),
            first_day: day("2020-03-09"),
            last_day: day("2020-03-22"),
            same_matricola: true,
            covid,
            workers: 1,
            positions: vec![1],
        }]
    };
    let field = "beneficiaries[1].codice_fiscale";
    let severity = |claim: &Content, overlaps: &[Overlap], today: &str| {
        let facts = Facts {
            overlaps,
            ..on(&unit, today)
        };
        let found = found_with(claim, &facts);
        assert_eq!(
            (found[0].0, found[0].2.as_str()),
            (Code::ClaimPeriodOverlaps, field)
        );
        found[0].1
    };
    let covid = covid("2020-03-09", 2);
    assert_eq!(
        severity(&covid, &other(false), "2020-04-01"),
        Severity::Info
    );
    assert_eq!(
        severity(&covid, &other(true), "2020-04-01"),
        Severity::Block
    );
    let ordinary = content("2020-03-09", 2);
    assert_eq!(
        severity(&ordinary, &other(true), "2020-03-10"),
        Severity::Block
    );
}

#[test]
fn s7_and_s8_a_worker_whom_the_registers_do_not_name_can_be_forced() {
    let unit = unit_facts();
    let doubtful = Facts {
        unknown_workers: &[1],
        not_employed: &[0],
        ..facts(&unit)
    };
    assert_eq!(
        found_with(&content(MONDAY, 8), &doubtful),
        [
            (
                Code::WorkerUnknown,
                Severity::Force,
                "beneficiaries[1].codice_fiscale".to_owned()
            ),
            (
                Code::WorkerNotEmployed,
                Severity::Force,
                "beneficiaries[0].codice_fiscale".to_owned()
            ),
        ]
    );
}

#[test]
fn f1_who_files_and_a_phone_are_needed_and_a_fund_for_a_fund() {
    let mut claim = content(MONDAY, 8);
    claim.contact_phone = String::new();
    assert_eq!(
        found(&claim),
        one(Code::ClaimIncomplete, Severity::Block, "contact_phone")
    );
    let mut claim = content(MONDAY, 8);
    claim.product = Some(Product::AisFund);
    let mut unit = unit_facts();
    unit.protection_scheme = "FUND:SOLIMARE".into();
    let missing = one(Code::ClaimIncomplete, Severity::Block, "fund_code");
    assert_eq!(found_with(&claim, &facts(&unit)), missing);
    claim.fund_code = "SOLIMARE".into();
    assert_eq!(found_with(&claim, &facts(&unit)), []);
    claim.fund_code = "TRASPORTO".into();
    let other_fund = one(Code::ProductNotCompatible, Severity::Force, "product");
    assert_eq!(found_with(&claim, &facts(&unit)), other_fund);
    claim.fund_code = "NESSUNO".into();
    let unknown = (
        Code::IdentifierInvalid,
        Severity::Block,
        "fund_code".to_owned(),
    );
    assert!(found_with(&claim, &facts(&unit)).contains(&unknown));
}

#[test]
fn f2_phone_extension_and_declarations_are_of_their_form_or_list() {
    type Spoil = (&'static str, fn(&mut Content));
    let wrong: [Spoil; 4] = [
        ("contact_phone", |it| it.contact_phone = "12".into()),
        ("extension_of", |it| it.extension_of = "proroga".into()),
        ("filer_codice_fiscale", |it| {
            it.filer_codice_fiscale = "RSSMRA80A01H501V".into();
        }),
        ("self_declarations[0].declaration_id", |it| {
            it.self_declarations[0].declaration_id = "ALTRO".into();
        }),
    ];
    for (field, spoil) in wrong {
        let mut claim = content(MONDAY, 8);
        spoil(&mut claim);
        let invalid = one(Code::IdentifierInvalid, Severity::Block, field);
        assert_eq!(found(&claim), invalid, "{field}");
    }
    let mut extension = content(MONDAY, 8);
    extension.extension_of = "490026000001".into();
    assert_eq!(found(&extension), []);
}

#[test]
fn f5_an_iban_comes_with_the_advance_and_only_with_it() {
    let mut claim = content(MONDAY, 8);
    claim.beneficiaries[0].iban = "IT60X0542811101000000123456".into();
    let superfluous = one(
        Code::BeneficiariesInvalid,
        Severity::Block,
        "beneficiaries[0].iban",
    );
    assert_eq!(found(&claim), superfluous);
    claim.payment_mode = Some(PaymentMode::Direct);
    claim.direct_payment_statement = "Difficoltà finanziarie serie e documentate.".into();
    claim.advance_40_requested = true;
    let missing = one(
        Code::BeneficiariesInvalid,
        Severity::Block,
        "beneficiaries[1].iban",
    );
    assert_eq!(found(&claim), missing);
    claim.beneficiaries[1].iban = "IT98Q0306903200100000012345".into();
    assert_eq!(found(&claim), []);
}

#[test]
fn f6_a_reason_has_sections_of_its_own() {
    let mut claim = content(MONDAY, 8);
    claim.technical_report.as_mut().unwrap().sections.pop();
    let missing = one(
        Code::AttachmentMissing,
        Severity::Block,
        "technical_report.sections[orders_attempts]",
    );
    assert_eq!(found(&claim), missing);
}

#[test]
fn f6_a_market_crisis_shows_two_years_or_eight_quarters_and_never_both() {
    let mut claim = content(MONDAY, 8);
    claim.causale = Some(Causale::MarketCrisis);
    let report = claim.technical_report.as_mut().unwrap();
    let text = report.activity.clone();
    report.sections = [
        "sector_context",
        "management_independence",
        "recovery_elements",
    ]
    .map(|section_id| crate::domain::content::ReportSection {
        section_id: section_id.into(),
        text: text.clone(),
    })
    .into();
    let figures = |year, quarter| crate::domain::content::FinancialIndicator {
        year,
        quarter,
        turnover_cents: 100_000_000,
        operating_result_cents: -100_000,
        net_result_cents: -500_000,
        debt_cents: 0,
    };
    let missing = one(
        Code::AttachmentMissing,
        Severity::Block,
        "financial_indicators",
    );
    claim.financial_indicators = vec![figures(2025, None)];
    assert_eq!(found(&claim), missing);
    claim.financial_indicators.push(figures(2024, None));
    assert_eq!(found(&claim), []);
    claim.financial_indicators.push(figures(2026, Some(1)));
    assert!(
        found(&claim)
            .iter()
            .any(|it| it.0 == Code::ClaimIncomplete && it.2 == "financial_indicators")
    );
}

fn decreed(product: Product) -> (Content, UnitFacts) {
    let mut claim = content(MONDAY, 8);
    claim.product = Some(product);
    claim.causale = Some(Causale::CompanyCrisis);
    claim.technical_report = None;
    claim.decree = Some(crate::domain::content::Decree {
        authority: "Ministero del lavoro".into(),
        number: "1234".into(),
        date: Some(day("2026-09-01")),
        from: Some(day("2026-09-07")),
        to: Some(day("2027-09-06")),
        hours_hundredths: 1_000_000,
    });
    (claim, unit_facts())
}

#[test]
fn clm1_cigs_comes_after_a_decree_and_within_it() {
    let (claim, unit) = decreed(Product::Cigs);
    assert_eq!(found_with(&claim, &facts(&unit)), []);
    let mut without = claim.clone();
    without.decree = None;
    let missing = one(Code::AttachmentMissing, Severity::Block, "decree");
    assert_eq!(found_with(&without, &facts(&unit)), missing);
    let mut longer = claim.clone();
    longer.decree.as_mut().unwrap().to = Some(day("2026-10-25"));
    let exceeded = one(Code::DecreeExceeded, Severity::Block, "period");
    assert_eq!(found_with(&longer, &facts(&unit)), exceeded);
    let mut more = claim;
    more.decree.as_mut().unwrap().hours_hundredths = 1;
    let exceeded = one(
        Code::DecreeExceeded,
        Severity::Block,
        "hours_requested_hundredths",
    );
    assert_eq!(found_with(&more, &facts(&unit)), exceeded);
}

#[test]
fn cisoa_is_asked_for_in_days_of_its_weeks() {
    let mut claim = content(MONDAY, 2);
    claim.product = Some(Product::Cisoa);
    claim.causale = Some(Causale::SeasonalBadWeather);
    claim.technical_report = None;
    claim.consultation = None;
    let mut unit = unit_facts();
    unit.protection_scheme = "CISOA".into();
    let missing = one(Code::ClaimIncomplete, Severity::Block, "days_requested");
    assert_eq!(found_with(&claim, &facts(&unit)), missing);
    claim.days_requested = 12;
    assert_eq!(found_with(&claim, &facts(&unit)), []);
    claim.days_requested = 13;
    let too_many = one(Code::PeriodInvalid, Severity::Block, "days_requested");
    assert_eq!(found_with(&claim, &facts(&unit)), too_many);
}

#[test]
fn cigd_is_paid_by_inps_and_needs_the_decree_of_the_region_at_first() {
    let mut claim = covid("2020-04-06", 4);
    claim.product = Some(Product::Cigd);
    let mut unit = unit_facts();
    unit.protection_scheme = "NONE".into();
    let found = found_with(&claim, &on(&unit, "2020-04-20"));
    assert_eq!(
        found,
        [
            (
                Code::ClaimIncomplete,
                Severity::Block,
                "payment_mode".to_owned()
            ),
            (
                Code::AttachmentMissing,
                Severity::Block,
                "decree".to_owned()
            ),
        ]
    );
    let mut later = covid("2020-06-22", 4);
    later.product = Some(Product::Cigd);
    later.payment_mode = Some(PaymentMode::Direct);
    assert_eq!(found_with(&later, &on(&unit, "2020-07-01")), []);
}

#[test]
fn a_source_that_does_not_answer_blocks_only_what_rests_on_it() {
    let unit = unit_facts();
    let away = |source| Degraded {
        source,
        known_at: None,
    };
    let told = |facts: &Facts<'_>| {
        let found = found_with(&content(MONDAY, 8), facts);
        assert!(
            found.iter().all(|it| it.0 == Code::SourceDegraded),
            "{found:?}"
        );
        found[0].1
    };
    for source in [
        Source::Limits,
        Source::Persons,
        Source::Uniemens,
        Source::Anagrafe,
    ] {
        let degraded = [away(source)];
        let facts = Facts {
            degraded: &degraded,
            ..facts(&unit)
        };
        assert_eq!(told(&facts), Severity::Info, "{source:?}");
    }
    let degraded = [away(Source::Anagrafe)];
    let nothing_known = Facts {
        degraded: &degraded,
        unit: None,
        ..facts(&unit)
    };
    assert_eq!(
        found_with(&content(MONDAY, 8), &nothing_known),
        one(Code::SourceDegraded, Severity::Block, "unit")
    );
}

#[test]
fn every_finding_says_what_to_do_in_two_languages() {
    for &code in Code::ALL {
        let finding = Finding {
            code,
            severity: Severity::Info,
            field: String::new(),
            it: String::new(),
            en: String::new(),
            source: "".into(),
        };
        assert!(
            finding.fix_it().len() > 10 && finding.fix_en().len() > 10,
            "{code:?}"
        );
    }
}
