//! A correct claim and its people, for the tests of the domain to change one thing at a time.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Week, WeekPeriod, rome};
use uuid::Uuid;

use super::checks::{Facts, check};
use super::claim::{ActNumbers, Asked, Claim, Filing, FrozenUnit};
use super::content::*;
use super::decision::{Outcome, Proposed, Refusal, RejectionReason};
use super::file_type::FileType;
use super::product::{Causale, PaymentMode, Product};
use super::role::{Actor, Role};
use super::rules::IN_FORCE;
use super::terms::Filed;
use super::unit::{Activity, HoursGroup, Staff, UnitFacts};

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Noon in Rome.
pub(crate) fn instant(text: &str) -> DateTime<Utc> {
    rome::at(day(text), 12, 0)
}

pub(crate) fn weeks(monday: &str, count: u32) -> WeekPeriod {
    WeekPeriod::new(Week::from_monday(day(monday)).unwrap(), count).unwrap()
}

pub(crate) fn filer() -> Actor {
    Actor {
        person: Uuid::from_u128(1),
        role: Role::AzCon,
    }
}

pub(crate) fn operator() -> Actor {
    Actor {
        person: Uuid::from_u128(2),
        role: Role::Sede,
    }
}

pub(crate) fn position_officer() -> Actor {
    Actor {
        person: Uuid::from_u128(3),
        role: Role::Po,
    }
}

pub(crate) fn director() -> Actor {
    Actor {
        person: Uuid::from_u128(4),
        role: Role::Dsede,
    }
}

pub(crate) fn unit_facts() -> UnitFacts {
    let always = Activity {
        from: day("2010-01-01"),
        to: None,
    };
    UnitFacts {
        employer_name: "Officine Riunite".into(),
        employer_cf: "12345678903".into(),
        csc: "10603".into(),
        authorization_codes: vec!["1S".into()],
        ateco: "25.11.00".into(),
        ateco_version: "ATECO_2025".into(),
        seat_province_istat: "015".into(),
        unit_name: "Stabilimento di Sesto".into(),
        unit_address: "Viale dell'Industria 12".into(),
        unit_municipality: "I690".into(),
        unit_province_istat: "015".into(),
        is_production_unit: true,
        sector: "a".into(),
        working_days: 5,
        protection_scheme: "CIGO_CIGS".into(),
        employer_active: always,
        unit_active: always,
        competent_office: "490000".parse().unwrap(),
        office_title: "Direzione provinciale di Milano".into(),
        region_istat: "03".into(),
        average_heads_hundredths: 6_000,
        staff: Staff {
            groups: vec![HoursGroup {
                weekly_hours: 4_000,
                monthly_heads: vec![6_000; 6],
            }],
            employer_monthly_heads: vec![6_000; 6],
        },
        headcount: vec![HeadcountGroup {
            weekly_hours_hundredths: 4_000,
            average_heads_hundredths: 6_000,
        }],
    }
}

/// A correct claim of two workers, 40 hours a week.
pub(crate) fn content(monday: &str, count: u32) -> Content {
    let start = day(monday);
    let hours = 4_000 * i64::from(count);
    let worker = |code: &str| Beneficiary {
        codice_fiscale: code.into(),
        qualifica: "1".into(),
        weekly_hours_hundredths: 4_000,
        hired_on: Some(day("2015-03-02")),
        hours_requested_hundredths: hours,
        iban: String::new(),
    };
    let section = "Il calo degli ordini è temporaneo e non dipende dalla gestione. ".repeat(5);
    let unit = UnitKey {
        matricola: "4900000001".parse().unwrap(),
        code: 1.try_into().unwrap(),
    };
    Content {
        product: Some(Product::Cigo),
        causale: Some(Causale::LackOfWorkOrOrders),
        period: Some(WrittenPeriod {
            first_day: start,
            weeks: count,
        }),
        beneficiaries_count: 2,
        hours_requested_hundredths: hours * 2,
        beneficiaries: vec![worker("RSSMRA80A01H501U"), worker("BNCLRA85D45F205E")],
        payment_mode: Some(PaymentMode::Conguaglio),
        technical_report: Some(TechnicalReport {
            activity: section.clone(),
            event_and_causes: section.clone(),
            consequences: section.clone(),
            transience_and_resumption: section.clone(),
            non_attributability: section.clone(),
            market_continuity: section.clone(),
            sections: ["orders_fall", "orders_attempts"]
                .map(|section_id| ReportSection {
                    section_id: section_id.into(),
                    text: section.clone(),
                })
                .into(),
        }),
        consultation: Some(Consultation {
            communication_date: start.pred_opt(),
            joint_exam_requested: false,
            joint_exam_end_date: None,
            recipients: vec![Recipient {
                kind: Some(RecipientKind::Rsu),
                name: "RSU Officine Riunite".into(),
            }],
            outcome: Some(ConsultationOutcome::NotRequested),
        }),
        self_declarations: vec![SelfDeclaration {
            declaration_id: "PRIOR_CONSULTATION".into(),
            text: "La consultazione è stata svolta.".into(),
            declared_on: Some(start),
            declarant: "VRDGPP70M10F839N".into(),
        }],
        filer_quality: Some(FilerQuality::CompanyConsultant),
        contact_pec: "officine@pec.example.it".into(),
        contact_phone: "+39 02 1234567".into(),
        filer_codice_fiscale: "VRDGPP70M10F839N".into(),
        ..Content::of(unit)
    }
}

pub(crate) fn filed(monday: &str, count: u32, on: &str) -> Claim {
    let content = content(monday, count);
    let unit = unit_facts();
    let facts = Facts {
        quality: filer().role.quality(),
        ..Facts::on(day(on), &IN_FORCE, Some(&unit))
    };
    let filing = Filing {
        protocol: "INPS.4900.10/09/2026.0000001".parse().unwrap(),
        ticket: "ABCDEFGH12345678".parse().unwrap(),
        submitted_at: instant(on),
        office: unit.competent_office.clone(),
        unit: FrozenUnit::of(&unit),
        lateness: Filed::of(&content, &IN_FORCE).unwrap().lateness(day(on)),
        findings: check(&content, &facts),
        asked: Asked::of(&content).unwrap(),
    };
    let (mut claim, _) = Claim::draft(
        Uuid::from_u128(100),
        content,
        unit.employer_name,
        filer(),
        instant(on),
    );
    claim.submit(filing, filer()).unwrap();
    claim
}

const GROUNDS: &str =
    "Esaminati la relazione tecnica e gli indici economici, l'evento risulta transitorio.";

pub(crate) fn acceptance(claim: &Claim) -> Proposed {
    Proposed {
        outcome: Outcome::Acceptance,
        grant: Some(claim.requested().unwrap().whole),
        refusals: Vec::new(),
        motivation: GROUNDS.into(),
    }
}

pub(crate) fn rejection() -> Proposed {
    let refusal = Refusal {
        reason: RejectionReason::NotTransient,
        what: "l'intero periodo".into(),
    };
    Proposed {
        outcome: Outcome::Rejection,
        grant: None,
        refusals: vec![refusal],
        motivation: GROUNDS.into(),
    }
}

pub(crate) fn numbers() -> ActNumbers {
    ActNumbers {
        id: Uuid::from_u128(200),
        protocol: "INPS.4900.16/09/2026.0000002".parse().unwrap(),
        authorization: None,
        reservation_id: None,
        verification_code: "AAAABBBBCCCCDDDD".into(),
    }
}

/// The beginning of a file of each type.
pub(crate) fn file_of(file_type: FileType) -> Vec<u8> {
    match file_type {
        FileType::Pdf => b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n".to_vec(),
        FileType::P7m => [
            &b"\x30\x82\x01\x00\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"[..],
            b"\xa0\x82\x00\xf0\x30\x82\x00\xec\x02\x01\x01",
        ]
        .concat(),
        FileType::Xml => b"\xef\xbb\xbf<?xml version=\"1.0\"?>\n<elenco/>".to_vec(),
        FileType::Csv => b"reparto;ore\nfonderia;320\n".to_vec(),
        FileType::Jpeg => b"\xff\xd8\xff\xe0\x00\x10JFIF\x00".to_vec(),
        FileType::Png => b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR".to_vec(),
        FileType::Tiff => b"II*\x00\x08\x00\x00\x00\x00\x00\x00\x00".to_vec(),
    }
}
