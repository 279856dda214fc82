//! Technical report and consultation.

use proto::google::r#type::Date;
use proto::omnia::claims::v1::{
    Consultation, ConsultationOutcome, DraftContent, Recipient, RecipientKind, ReportSection,
    SectionChoice, TechnicalReport,
};

use super::{Ask, Choice, Fault, Input, day, line, prose, stated};
use crate::fields::Fields;
use crate::text::{Language, Text, format, names};

/// Shortest and longest section of the report, characters (`claims.md` CLM-8).
const SECTION: (u32, u32) = (200, 10_000);

/// Prefix of the inputs of the sections that a reason asks for.
const SECTION_INPUT: &str = "sezione_";

/// The three kinds of addressees, each with its input.
const RECIPIENTS: [(&str, RecipientKind); 3] = [
    ("destinatari_rsa", RecipientKind::Rsa),
    ("destinatari_rsu", RecipientKind::Rsu),
    ("destinatari_sindacati", RecipientKind::TerritorialUnion),
];

const OUTCOMES: [ConsultationOutcome; 4] = [
    ConsultationOutcome::NotRequested,
    ConsultationOutcome::Agreement,
    ConsultationOutcome::NoAgreement,
    ConsultationOutcome::Lapsed,
];

/// What is asked.
pub(super) fn ask(t: Text, values: &Fields, of_reason: &[SectionChoice]) -> Vec<Input> {
    let (shortest, longest) = SECTION;
    let area = |id: String, label: &str, hint: &str| {
        let kind = Ask::Area {
            rows: 5,
            longest,
            table: false,
        };
        let length = t.section_length(shortest, longest);
        Input::new(id, label, kind)
            .hint(format!("{hint} {length}").trim().to_owned())
            .source("DM 95442/2016 art. 2")
    };
    let common = sections(t);
    let common = common
        .iter()
        .map(|(id, label, hint)| area((*id).to_owned(), label, hint));
    let Text(language) = t;
    let of_reason = of_reason.iter().map(|section| {
        let label = match language {
            Language::Italian => &section.label_it,
            Language::English => &section.label_en,
        };
        area(section_input(&section.section_id), label, "")
    });
    let mut inputs: Vec<Input> = common.chain(of_reason).collect();
    inputs.push(
        Input::new("comunicazione", t.consultation_date(), line("date", 10))
            .hint(t.consultation_date_hint())
            .source("D.Lgs. 148/2015 art. 14"),
    );
    inputs.push(Input::new(
        "esame",
        t.joint_exam(),
        Ask::Checks(vec![Choice {
            value: "si".to_owned(),
            text: t.joint_exam_requested().to_owned(),
            more: String::new(),
            chosen: values.has("esame"),
        }]),
    ));
    inputs.push(
        Input::new("esame_fine", t.joint_exam_end(), line("date", 10))
            .hint(t.joint_exam_end_hint())
            .source("D.Lgs. 148/2015 art. 14 c. 3"),
    );
    inputs.extend(RECIPIENTS.map(|(id, kind)| {
        let ask = Ask::Area {
            rows: 2,
            longest: 4_000,
            table: false,
        };
        let label = format!("{}: {}", t.recipients(), names::recipient(t, kind));
        Input::new(id, label, ask)
            .hint(t.recipients_hint())
            .source("D.Lgs. 148/2015 art. 14 c. 1")
    }));
    inputs.push(
        Input::new(
            "esito_consultazione",
            t.consultation_outcome(),
            Ask::Select(outcomes(t, values)),
        )
        .source("D.Lgs. 148/2015 art. 14"),
    );
    inputs
}

fn sections(t: Text) -> [(&'static str, &'static str, &'static str); 6] {
    [
        ("activity", t.report_activity(), t.report_activity_hint()),
        ("event_and_causes", t.report_event(), t.report_event_hint()),
        (
            "consequences",
            t.report_consequences(),
            t.report_consequences_hint(),
        ),
        (
            "transience_and_resumption",
            t.report_transience(),
            t.report_transience_hint(),
        ),
        (
            "non_attributability",
            t.report_non_attributability(),
            t.report_non_attributability_hint(),
        ),
        (
            "market_continuity",
            t.report_market(),
            t.report_market_hint(),
        ),
    ]
}

/// Name of the input of a section that a reason asks for.
pub(crate) fn section_input(section: &str) -> String {
    format!("{SECTION_INPUT}{section}")
}

fn outcomes(t: Text, values: &Fields) -> Vec<Choice> {
    let chosen = values.text("esito_consultazione");
    let nothing = Choice {
        value: String::new(),
        text: t.choose().to_owned(),
        more: String::new(),
        chosen: chosen.is_empty(),
    };
    let all = OUTCOMES.iter().map(|outcome| Choice {
        value: outcome.as_str_name().to_owned(),
        text: names::consultation_outcome(t, *outcome).to_owned(),
        more: String::new(),
        chosen: chosen == outcome.as_str_name(),
    });
    std::iter::once(nothing).chain(all).collect()
}

/// What stands in them for a draft as it is.
pub(super) fn values(content: &DraftContent, put: &mut dyn FnMut(&str, String)) {
    let day = |date: Option<&Date>| format::input_value(date);
    let report = content.technical_report.clone().unwrap_or_default();
    put("activity", report.activity);
    put("event_and_causes", report.event_and_causes);
    put("consequences", report.consequences);
    put(
        "transience_and_resumption",
        report.transience_and_resumption,
    );
    put("non_attributability", report.non_attributability);
    put("market_continuity", report.market_continuity);
    for section in report.sections {
        put(&section_input(&section.section_id), section.text);
    }
    let consultation = content.consultation.clone().unwrap_or_default();
    for (id, kind) in RECIPIENTS {
        let told = consultation
            .recipients
            .iter()
            .filter(|one| one.kind() == kind);
        let names: Vec<&str> = told.map(|one| one.name.as_str()).collect();
        put(id, names.join("\n"));
    }
    put(
        "esito_consultazione",
        stated(consultation.outcome, consultation.outcome().as_str_name()),
    );
    put(
        "comunicazione",
        day(consultation.communication_date.as_ref()),
    );
    if consultation.joint_exam_requested {
        put("esame", "si".to_owned());
    }
    put("esame_fine", day(consultation.joint_exam_end_date.as_ref()));
}

/// Writes what was typed into a draft.
pub(super) fn apply(t: Text, fields: &Fields, content: &mut DraftContent, faults: &mut Vec<Fault>) {
    let report = TechnicalReport {
        activity: prose(fields, "activity"),
        event_and_causes: prose(fields, "event_and_causes"),
        consequences: prose(fields, "consequences"),
        transience_and_resumption: prose(fields, "transience_and_resumption"),
        non_attributability: prose(fields, "non_attributability"),
        market_continuity: prose(fields, "market_continuity"),
        sections: sections_typed(fields),
    };
    content.technical_report = (report != TechnicalReport::default()).then_some(report);
    let before = content.consultation.clone().unwrap_or_default();
    let outcome = ConsultationOutcome::from_str_name(fields.text("esito_consultazione"));
    let consultation = Consultation {
        communication_date: day(
            t,
            fields,
            "comunicazione",
            before.communication_date,
            faults,
        ),
        joint_exam_requested: fields.has("esame"),
        joint_exam_end_date: day(t, fields, "esame_fine", before.joint_exam_end_date, faults),
        recipients: recipients_typed(fields),
        outcome: outcome.unwrap_or_default() as i32,
    };
    content.consultation = (consultation != Consultation::default()).then_some(consultation);
}

/// The sections of the reason, one each, that are not empty.
fn sections_typed(fields: &Fields) -> Vec<ReportSection> {
    let typed = fields.0.iter().filter_map(|(name, _)| {
        let section = name.strip_prefix(SECTION_INPUT)?;
        let text = prose(fields, name);
        (!text.is_empty()).then(|| ReportSection {
            section_id: section.to_owned(),
            text,
        })
    });
    typed.collect()
}

/// Who was told, a name a line.
fn recipients_typed(fields: &Fields) -> Vec<Recipient> {
    let named = RECIPIENTS.iter().flat_map(|(id, kind)| {
        let names = fields.text(id).lines().map(str::trim);
        names.filter(|name| !name.is_empty()).map(|name| Recipient {
            kind: *kind as i32,
            name: name.to_owned(),
        })
    });
    named.collect()
}
