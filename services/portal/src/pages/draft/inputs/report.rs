//! Days of the event, technical report, figures of the firm, consultation.

use proto::google::r#type::Date;
use proto::omnia::claims::v1::{
    CausaleChoice, Consultation, ConsultationOutcome, DraftContent, FinancialIndicator, Recipient,
    RecipientKind, ReportSection, TechnicalReport,
};

use super::{Around, Ask, Choice, Input, Typed, YES, line, lines_of, stated, tick};
use crate::fields::Fields;
use crate::text::{Language, Text, format, names};

/// Shortest and longest section of the report, characters (`claims.md` CLM-8).
const SECTION: (u32, u32) = (200, 10_000);

/// Days of an event in the contract.
const MOST_EVENTS: usize = 400;
/// Years or quarters in the contract.
const MOST_INDICATORS: usize = 20;
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

/// What is asked: only what instrument and reason ask for.
pub(super) fn ask(t: Text, values: &Fields, content: &DraftContent, around: &Around) -> Vec<Input> {
    let causale = around.causale(content);
    let mut inputs = Vec::new();
    if causale.is_some_and(|causale| causale.eone) {
        let days = Ask::Area {
            rows: 4,
            longest: 6_000,
            table: true,
        };
        inputs.push(
            Input::new("giorni_evento", t.event_days(), days)
                .hint(t.event_days_hint())
                .source("Msg INPS 4824/2016, 4275/2017"),
        );
    }
    inputs.extend(report_sections(t, causale));
    if causale.is_some_and(|causale| causale.indicators_required) {
        let table = Ask::Area {
            rows: 4,
            longest: 4_000,
            table: true,
        };
        inputs.push(
            Input::new("indicatori", t.indicators(), table)
                .hint(t.indicators_hint())
                .source("Msg INPS 2372/2023"),
        );
    }
    // Nobody is consulted for a reason with a window of its own, which is of COVID-19 (`claims.md` CLM-9).
    let consults = around.product(content).is_none_or(|rule| rule.consultation);
    if consults && causale.is_none_or(|causale| causale.window_from.is_none()) {
        inputs.extend(consultation(t, values));
    }
    inputs
}

/// The sections of the reason; the common ones while it is not chosen.
fn report_sections(t: Text, causale: Option<&CausaleChoice>) -> Vec<Input> {
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
    let asked = |id: &str| {
        causale.is_none_or(|causale| causale.sections.iter().any(|one| one.section_id == id))
    };
    let common = sections(t);
    let common = common
        .iter()
        .filter(|(id, ..)| asked(id))
        .map(|(id, label, hint)| area((*id).to_owned(), label, hint));
    let Text(language) = t;
    let own = causale.map_or(&[][..], |causale| &causale.sections);
    let own = own.iter().filter(|section| section.of_causale);
    let own = own.map(|section| {
        let label = match language {
            Language::Italian => &section.label_it,
            Language::English => &section.label_en,
        };
        area(section_input(&section.section_id), label, "")
    });
    common.chain(own).collect()
}

fn consultation(t: Text, values: &Fields) -> Vec<Input> {
    let asked = values.all("esame").any(|value| value == YES);
    let mut inputs = vec![
        Input::new("comunicazione", t.consultation_date(), line("date", 10))
            .hint(t.consultation_date_hint())
            .source("D.Lgs. 148/2015 art. 14"),
        Input::new(
            "esame",
            t.joint_exam(),
            tick(asked, t.joint_exam_requested()),
        ),
        Input::new("esame_fine", t.joint_exam_end(), line("date", 10))
            .hint(t.joint_exam_end_hint())
            .source("D.Lgs. 148/2015 art. 14 c. 3"),
    ];
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
    let outcomes = Ask::Select(outcomes(t, values));
    inputs.push(
        Input::new("esito_consultazione", t.consultation_outcome(), outcomes)
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
    put("giorni_evento", lines_of(&content.event_days));
    let figures: Vec<String> = content
        .financial_indicators
        .iter()
        .map(figures_text)
        .collect();
    put("indicatori", figures.join("\n"));
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
        put("esame", YES.to_owned());
    }
    put("esame_fine", day(consultation.joint_exam_end_date.as_ref()));
}

/// Writes what was typed into a draft.
pub(super) fn apply(typed: &mut Typed<'_>, content: &mut DraftContent) {
    content.event_days = typed.days(
        "giorni_evento",
        MOST_EVENTS,
        std::mem::take(&mut content.event_days),
    );
    let report = report_typed(typed, content.technical_report.take().unwrap_or_default());
    content.technical_report = (report != TechnicalReport::default()).then_some(report);
    if typed.asks("indicatori") {
        match figures_typed(typed.fields.text("indicatori")) {
            Some(figures) => content.financial_indicators = figures,
            None => typed.fault("indicatori", typed.t.fault_indicators()),
        }
    }
    if typed.asks("comunicazione") {
        let before = content.consultation.take().unwrap_or_default();
        let consultation = consultation_typed(typed, &before);
        content.consultation = (consultation != Consultation::default()).then_some(consultation);
    }
}

fn report_typed(typed: &Typed<'_>, mut report: TechnicalReport) -> TechnicalReport {
    typed.text_into("activity", &mut report.activity);
    typed.text_into("event_and_causes", &mut report.event_and_causes);
    typed.text_into("consequences", &mut report.consequences);
    typed.text_into(
        "transience_and_resumption",
        &mut report.transience_and_resumption,
    );
    typed.text_into("non_attributability", &mut report.non_attributability);
    typed.text_into("market_continuity", &mut report.market_continuity);
    // A report that is written holds the sections of its reason, and none of another chosen before.
    if typed.asks("activity") {
        report.sections = sections_typed(typed);
    }
    report
}

/// The sections of the reason, one each, that are not empty.
fn sections_typed(typed: &Typed<'_>) -> Vec<ReportSection> {
    let sections = typed.fields.0.iter().filter_map(|(name, _)| {
        let section = name.strip_prefix(SECTION_INPUT)?;
        let text = typed.prose(name);
        (!text.is_empty()).then(|| ReportSection {
            section_id: section.to_owned(),
            text,
        })
    });
    sections.collect()
}

fn consultation_typed(typed: &mut Typed<'_>, before: &Consultation) -> Consultation {
    let outcome = ConsultationOutcome::from_str_name(typed.fields.text("esito_consultazione"));
    Consultation {
        communication_date: typed.day("comunicazione", before.communication_date),
        joint_exam_requested: typed.is_ticked("esame"),
        joint_exam_end_date: typed.day("esame_fine", before.joint_exam_end_date),
        recipients: recipients_typed(typed.fields),
        outcome: outcome.unwrap_or_default() as i32,
    }
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

/// `2024;1;250.000,00;10.000,00;-2.000,00;80.000,00`: year, quarter or nothing, turnover, results, debt.
fn figures_text(one: &FinancialIndicator) -> String {
    let euro = |cents| format::hundredths(cents, Language::Italian);
    let quarter = match one.quarter {
        0 => String::new(),
        quarter => quarter.to_string(),
    };
    [
        one.year.to_string(),
        quarter,
        euro(one.turnover_cents),
        euro(one.operating_result_cents),
        euro(one.net_result_cents),
        euro(one.debt_cents),
    ]
    .join(";")
}

fn figures_typed(text: &str) -> Option<Vec<FinancialIndicator>> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let figures: Option<Vec<FinancialIndicator>> = lines.map(figures_of).collect();
    figures.filter(|figures| figures.len() <= MOST_INDICATORS)
}

fn figures_of(line: &str) -> Option<FinancialIndicator> {
    let columns: Vec<&str> = line.split([';', '\t']).map(str::trim).collect();
    let &[year, quarter, turnover, operating, net, debt] = columns.as_slice() else {
        return None;
    };
    let quarter = match quarter {
        "" => 0,
        quarter => quarter
            .parse()
            .ok()
            .filter(|quarter| (1..=4).contains(quarter))?,
    };
    Some(FinancialIndicator {
        year: year
            .parse()
            .ok()
            .filter(|year| (1990..=2199).contains(year))?,
        quarter,
        turnover_cents: format::typed_hundredths(turnover)?,
        operating_result_cents: signed(operating)?,
        net_result_cents: signed(net)?,
        debt_cents: format::typed_hundredths(debt)?,
    })
}

/// An amount that a loss makes negative.
fn signed(text: &str) -> Option<i64> {
    match text.strip_prefix(['-', '−']) {
        Some(loss) => format::typed_hundredths(loss).map(|loss| -loss),
        None => format::typed_hundredths(text),
    }
}
