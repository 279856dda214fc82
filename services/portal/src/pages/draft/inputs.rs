//! The inputs of each step: what is asked, with the help and the legal source beside it, and how what was typed becomes
//! the content of a draft.

use chrono::NaiveDate;
use proto::google::r#type::Date;
use proto::omnia::anagrafe::v1::ProductionUnit;
use proto::omnia::claims::v1::{
    Causale, Consultation, ConsultationOutcome, DraftContent, OverrideNote, PaymentMode, Product,
    Recipient, RecipientKind, ReportSection, SectionChoice, SelfDeclaration, TechnicalReport,
};
use proto::omnia::common::v1::{UnitKey, WeekPeriod};

use super::step::Step;
use super::workers;
use crate::fields::Fields;
use crate::pages::view::FindingView;
use crate::text::{Language, Text, format, names};

/// Shortest and longest section of the report, characters (`claims.md` CLM-8).
const SECTION: (u32, u32) = (200, 10_000);
/// Prefix of the inputs of the sections that a reason asks for.
const SECTION_INPUT: &str = "sezione_";
/// Days of an event in the contract.
const MOST_EVENTS: usize = 400;

/// An input of a step.
#[derive(Debug)]
pub(crate) struct Input {
    /// Name in the form, and id on the page.
    pub(crate) id: String,
    /// Label.
    pub(crate) label: String,
    /// What it means, and what would be right; empty for nothing.
    pub(crate) hint: String,
    /// Legal source; empty for none.
    pub(crate) source: &'static str,
    /// How it is asked.
    pub(crate) kind: Ask,
    /// What stands in it.
    pub(crate) value: String,
    /// What is to be said about it.
    pub(crate) notes: Vec<Note>,
}

/// How an input is asked.
#[derive(Debug)]
pub(crate) enum Ask {
    /// One line.
    Line {
        /// `type` of the input.
        sort: &'static str,
        /// Longest text.
        longest: u32,
    },
    /// Several lines.
    Area {
        /// Lines shown.
        rows: u32,
        /// Longest text.
        longest: u32,
        /// Whether it is a table and not prose.
        table: bool,
    },
    /// One of several, all shown.
    Radio(Vec<Choice>),
    /// One of many.
    Select(Vec<Choice>),
    /// Any of several.
    Checks(Vec<Choice>),
}

/// Something that may be chosen.
#[derive(Debug)]
pub(crate) struct Choice {
    /// Value.
    pub(crate) value: String,
    /// Text.
    pub(crate) text: String,
    /// More about it; empty for nothing.
    pub(crate) more: String,
    /// Whether it is chosen.
    pub(crate) chosen: bool,
}

/// Something to be said about an input.
#[derive(Debug, Clone)]
pub(crate) struct Note {
    /// `danger`, `warning`, `info`.
    pub(crate) tone: &'static str,
    /// Ask of the note in words, so that colour is not the only sign.
    pub(crate) kind: &'static str,
    /// The note.
    pub(crate) text: String,
    /// Rule and legal source; empty for none.
    pub(crate) source: String,
}

/// Something typed that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Id of the input.
    pub(crate) id: &'static str,
    /// What is wrong and what would be right.
    pub(crate) text: String,
}

/// What the inputs of a step need besides the draft.
#[derive(Debug, Default)]
pub(crate) struct Around {
    /// Units of the employer.
    pub(crate) units: Vec<ProductionUnit>,
    /// Findings that may be forced, and so need a note.
    pub(crate) forcible: Vec<FindingView>,
    /// Sections that the reason asks for besides the common ones.
    pub(crate) sections: Vec<SectionChoice>,
}

impl Input {
    fn new(id: impl Into<String>, label: impl Into<String>, kind: Ask) -> Self {
        Self {
            id: id.into(),
            label: label.into(),
            hint: String::new(),
            source: "",
            kind,
            value: String::new(),
            notes: Vec::new(),
        }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    fn source(mut self, source: &'static str) -> Self {
        self.source = source;
        self
    }

    /// Whether the input is a group of choices and not one control.
    pub(crate) fn is_group(&self) -> bool {
        matches!(self.kind, Ask::Radio(_) | Ask::Checks(_))
    }

    /// Whether something is wrong with it.
    pub(crate) fn is_wrong(&self) -> bool {
        self.notes.iter().any(|note| note.tone == "danger")
    }
}

/// The inputs of a step, filled with `values`.
pub(crate) fn inputs(t: Text, step: Step, values: &Fields, around: &Around) -> Vec<Input> {
    let mut inputs = match step {
        Step::Unit => unit(t, values, &around.units),
        Step::Reason => reason(t, values),
        Step::Period => period(t),
        Step::Workers => list(t),
        Step::Report => report(t, values, &around.sections),
        Step::Statements => statements(t, values, &around.forcible),
        Step::Review => Vec::new(),
    };
    for input in &mut inputs {
        input.value = values.raw(&input.id).to_owned();
    }
    inputs
}

/// A unit in words.
pub(crate) fn unit_choice(t: Text, unit: &ProductionUnit, chosen: bool) -> Choice {
    let key = unit.key.clone().unwrap_or_default();
    Choice {
        value: format!("{}/{}", key.matricola, key.production_unit_code),
        text: format!(
            "{} – {} {}",
            unit.name,
            t.unit_short(),
            key.production_unit_code
        ),
        more: format!("{}, {}", unit.address, unit.municipality_belfiore),
        chosen,
    }
}

fn unit(t: Text, values: &Fields, units: &[ProductionUnit]) -> Vec<Input> {
    let chosen = values.text("unita");
    let choices = units
        .iter()
        .map(|unit| {
            let mut choice = unit_choice(t, unit, false);
            choice.chosen = choice.value == chosen;
            choice
        })
        .collect();
    vec![
        Input::new("unita", t.production_unit(), Ask::Radio(choices))
            .hint(t.production_unit_hint())
            .source("Circ. INPS 197/2015, 139/2016"),
    ]
}

fn reason(t: Text, values: &Fields) -> Vec<Input> {
    let products = names::PRODUCTS
        .iter()
        .map(|product| Choice {
            value: product.as_str_name().to_owned(),
            text: names::product(t, *product).to_owned(),
            more: String::new(),
            chosen: values.text("prodotto") == product.as_str_name(),
        })
        .collect();
    let causali = std::iter::once(Choice {
        value: String::new(),
        text: t.choose().to_owned(),
        more: String::new(),
        chosen: values.text("causale").is_empty(),
    })
    .chain(names::CAUSALI.iter().map(|causale| {
        let (article, eone) = names::article(*causale);
        let mark = if eone { ", EONE" } else { "" };
        Choice {
            value: causale.as_str_name().to_owned(),
            text: format!("{} (art. {article}{mark})", names::causale(t, *causale)),
            more: String::new(),
            chosen: values.text("causale") == causale.as_str_name(),
        }
    }))
    .collect();
    let payments = [PaymentMode::Conguaglio, PaymentMode::Direct]
        .iter()
        .map(|mode| Choice {
            value: mode.as_str_name().to_owned(),
            text: names::payment(t, *mode).to_owned(),
            more: String::new(),
            chosen: values.text("pagamento") == mode.as_str_name(),
        })
        .collect();
    vec![
        Input::new("prodotto", t.product(), Ask::Radio(products))
            .source("D.Lgs. 148/2015 artt. 9-17"),
        Input::new("causale", t.causale(), Ask::Select(causali))
            .hint(t.causale_hint())
            .source("DM 95442/2016 artt. 1-9"),
        Input::new("pagamento", t.payment_mode(), Ask::Radio(payments))
            .source("D.Lgs. 148/2015 art. 7"),
        Input::new(
            "dichiarazione_diretto",
            t.direct_statement(),
            Ask::Area {
                rows: 4,
                longest: 4_000,
                table: false,
            },
        )
        .hint(t.direct_statement_hint())
        .source("D.Lgs. 148/2015 art. 7 c. 5"),
    ]
}

fn line(sort: &'static str, longest: u32) -> Ask {
    Ask::Line { sort, longest }
}

fn period(t: Text) -> Vec<Input> {
    vec![
        Input::new("prima_settimana", t.first_week(), line("date", 10))
            .hint(t.first_week_hint())
            .source("D.Lgs. 148/2015 art. 15"),
        Input::new("settimane", t.weeks_label(), line("number", 3))
            .hint(t.weeks_hint())
            .source("D.Lgs. 148/2015 art. 12 c. 1"),
        Input::new("inizio", t.effective_start(), line("date", 10))
            .hint(t.effective_start_hint())
            .source("Msg INPS 4067/2017"),
        Input::new(
            "giorni_evento",
            t.event_days(),
            Ask::Area {
                rows: 4,
                longest: 6_000,
                table: true,
            },
        )
        .hint(t.event_days_hint())
        .source("Msg INPS 4824/2016, 4275/2017"),
    ]
}

fn list(t: Text) -> Vec<Input> {
    vec![
        Input::new(
            "elenco",
            t.workers_list(),
            Ask::Area {
                rows: 10,
                longest: 500_000,
                table: true,
            },
        )
        .hint(t.workers_list_hint(workers::HEADING))
        .source("D.Lgs. 148/2015 art. 15 c. 1; Msg INPS 3566/2018"),
    ]
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

fn report(t: Text, values: &Fields, of_reason: &[SectionChoice]) -> Vec<Input> {
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

/// The statements that the form offers: id, and text in a language.
fn declarations(t: Text) -> [(&'static str, &'static str); 4] {
    [
        ("PRIOR_CONSULTATION", t.declaration_consultation()),
        ("MARKET_CONTINUITY", t.declaration_market()),
        ("WORKERS_IN_SERVICE", t.declaration_workers()),
        ("FINANCIAL_DIFFICULTY", t.declaration_difficulty()),
    ]
}

fn statements(t: Text, values: &Fields, forcible: &[FindingView]) -> Vec<Input> {
    let declared: Vec<&str> = values.all("dichiarazioni").collect();
    let choices = declarations(t)
        .into_iter()
        .map(|(id, text)| Choice {
            value: id.to_owned(),
            text: text.to_owned(),
            more: String::new(),
            chosen: declared.contains(&id),
        })
        .collect();
    let mut inputs = vec![
        Input::new("dichiarazioni", t.declarations(), Ask::Checks(choices))
            .hint(t.declarations_hint())
            .source("DPR 445/2000 artt. 46, 47, 76"),
    ];
    let mut codes: Vec<&str> = Vec::new();
    for finding in forcible {
        if codes.contains(&finding.code.as_str()) {
            continue;
        }
        codes.push(&finding.code);
        let kind = Ask::Area {
            rows: 3,
            longest: 2_000,
            table: false,
        };
        inputs.push(
            Input::new(format!("nota_{}", finding.code), t.override_note(), kind).hint(format!(
                "{} {}",
                finding.text,
                t.override_note_hint()
            )),
        );
    }
    inputs.push(Input::new(
        "cf_dichiarante",
        t.filer_code(),
        line("text", 16),
    ));
    inputs.push(Input::new("pec", t.contact_pec(), line("email", 254)).hint(t.contact_pec_hint()));
    inputs.push(
        Input::new("telefono", t.contact_phone(), line("tel", 32)).hint(t.contact_phone_hint()),
    );
    inputs.push(Input::new("email", t.contact_email(), line("email", 254)));
    inputs.push(
        Input::new("ticket", t.ticket(), line("text", 16))
            .hint(t.ticket_hint())
            .source("Msg INPS 1759/2016"),
    );
    inputs
}

/// What stands in the inputs of a step for a draft as it is.
pub(crate) fn values(step: Step, content: &DraftContent) -> Fields {
    let mut values: Vec<(String, String)> = Vec::new();
    let mut put = |name: &str, value: String| values.push((name.to_owned(), value));
    let day = |date: Option<&Date>| format::input_value(date);
    match step {
        Step::Unit => {
            if let Some(unit) = &content.unit {
                put(
                    "unita",
                    format!("{}/{}", unit.matricola, unit.production_unit_code),
                );
            }
        }
        Step::Reason => {
            // One instrument alone needs no choice.
            let product = match (content.product(), names::PRODUCTS) {
                (Product::Unspecified, [only]) => only,
                (product, _) => product,
            };
            put("prodotto", product.as_str_name().to_owned());
            put(
                "causale",
                stated(content.causale, content.causale().as_str_name()),
            );
            put(
                "pagamento",
                stated(content.payment_mode, content.payment_mode().as_str_name()),
            );
            put(
                "dichiarazione_diretto",
                content.direct_payment_statement.clone(),
            );
        }
        Step::Period => {
            let period = content.period.unwrap_or_default();
            put("prima_settimana", day(period.first_week.as_ref()));
            put("settimane", number(period.weeks));
            put("inizio", day(content.effective_start_date.as_ref()));
            let days: Vec<String> = content
                .event_days
                .iter()
                .map(|event| format::date(Some(event)))
                .collect();
            put("giorni_evento", days.join("\n"));
        }
        Step::Workers => put("elenco", workers::text_of(content)),
        Step::Report => {
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
        Step::Statements => {
            for declaration in &content.self_declarations {
                put("dichiarazioni", declaration.declaration_id.clone());
            }
            for note in &content.override_notes {
                put(&format!("nota_{}", note.code), note.note.clone());
            }
            put("cf_dichiarante", content.filer_codice_fiscale.clone());
            put("pec", content.contact_pec.clone());
            put("telefono", content.contact_phone.clone());
            put("email", content.contact_email.clone());
            put("ticket", content.ticket.clone());
        }
        Step::Review => {}
    }
    Fields(values)
}

/// The name of a value, once something was chosen.
fn stated(number: i32, name: &str) -> String {
    if number == 0 {
        String::new()
    } else {
        name.to_owned()
    }
}

fn number(number: i32) -> String {
    if number == 0 {
        String::new()
    } else {
        number.to_string()
    }
}

/// Writes what was typed in a step into a draft. What cannot be read leaves what stood there, and is told.
pub(crate) fn apply(
    t: Text,
    step: Step,
    fields: &Fields,
    content: &mut DraftContent,
    role: &str,
    today: NaiveDate,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    // Who files is known: nobody is asked for it.
    content.set_filer_quality(names::quality_of(role));
    match step {
        Step::Unit => match unit_key(fields.text("unita")) {
            Some(unit) => content.unit = Some(unit),
            None => faults.push(Fault {
                id: "unita",
                text: t.fault_choose().to_owned(),
            }),
        },
        Step::Reason => {
            content
                .set_product(Product::from_str_name(fields.text("prodotto")).unwrap_or_default());
            content.set_causale(Causale::from_str_name(fields.text("causale")).unwrap_or_default());
            content.set_payment_mode(
                PaymentMode::from_str_name(fields.text("pagamento")).unwrap_or_default(),
            );
            content.direct_payment_statement = prose(fields, "dichiarazione_diretto");
        }
        Step::Period => apply_period(t, fields, content, &mut faults),
        // A list that is too long to be shown stays, unless another is written.
        Step::Workers if content.beneficiaries_omitted && fields.text("elenco").is_empty() => {}
        Step::Workers => match workers::read(t, fields.raw("elenco")) {
            Ok(list) => workers::put(content, list),
            Err(wrong) => faults.extend(wrong.into_iter().map(|text| Fault { id: "elenco", text })),
        },
        Step::Report => apply_report(t, fields, content, &mut faults),
        Step::Statements => apply_statements(fields, content, today),
        Step::Review => {}
    }
    faults
}

fn apply_period(t: Text, fields: &Fields, content: &mut DraftContent, faults: &mut Vec<Fault>) {
    let before = content.period.unwrap_or_default();
    let first_week = day(t, fields, "prima_settimana", before.first_week, faults);
    let weeks = match (fields.text("settimane"), fields.read_as::<i32>("settimane")) {
        ("", _) => 0,
        (_, Some(weeks)) if (1..=156).contains(&weeks) => weeks,
        _ => {
            faults.push(Fault {
                id: "settimane",
                text: t.fault_weeks().to_owned(),
            });
            before.weeks
        }
    };
    content.period = match (first_week, weeks) {
        (None, 0) => None,
        // The contract takes a whole period: until both are there, the one that is missing is asked for.
        (None, _) => {
            note_missing(t, "prima_settimana", faults);
            content.period
        }
        (Some(_), 0) => {
            note_missing(t, "settimane", faults);
            content.period
        }
        (Some(first_week), weeks) => Some(WeekPeriod {
            first_week: Some(first_week),
            weeks,
        }),
    };
    content.effective_start_date = day(t, fields, "inizio", content.effective_start_date, faults);
    let typed = fields.text("giorni_evento");
    let days: Vec<Option<NaiveDate>> = typed
        .split(['\n', ',', ';', ' '])
        .map(str::trim)
        .filter(|day| !day.is_empty())
        .map(format::typed_day)
        .collect();
    if days.len() > MOST_EVENTS || days.contains(&None) {
        faults.push(Fault {
            id: "giorni_evento",
            text: t.fault_event_days().to_owned(),
        });
    } else {
        let mut days: Vec<NaiveDate> = days.into_iter().flatten().collect();
        days.sort_unstable();
        days.dedup();
        content.event_days = days.into_iter().map(format::to_message).collect();
    }
}

fn note_missing(t: Text, id: &'static str, faults: &mut Vec<Fault>) {
    if faults.iter().all(|fault| fault.id != id) {
        faults.push(Fault {
            id,
            text: t.fault_missing().to_owned(),
        });
    }
}

fn apply_report(t: Text, fields: &Fields, content: &mut DraftContent, faults: &mut Vec<Fault>) {
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

fn apply_statements(fields: &Fields, content: &mut DraftContent, today: NaiveDate) {
    // What is declared is Italian, whatever the language of the page.
    let offered = declarations(Text(Language::Italian));
    let ticked: Vec<&str> = fields.all("dichiarazioni").collect();
    let kept = |id: &str| {
        content
            .self_declarations
            .iter()
            .find(|declaration| declaration.declaration_id == id)
            .cloned()
    };
    let mut declared: Vec<SelfDeclaration> = offered
        .into_iter()
        .filter(|(id, _)| ticked.contains(id))
        .map(|(id, text)| {
            kept(id).unwrap_or_else(|| SelfDeclaration {
                declaration_id: id.to_owned(),
                text: text.to_owned(),
                declared_on: Some(format::to_message(today)),
                declarant: String::new(),
            })
        })
        .collect();
    // Statements that this form does not offer stay as they are.
    declared.extend(
        content
            .self_declarations
            .iter()
            .filter(|one| offered.iter().all(|(id, _)| one.declaration_id != *id))
            .cloned(),
    );
    content.self_declarations = declared;

    for (name, note) in &fields.0 {
        let Some(code) = name.strip_prefix("nota_") else {
            continue;
        };
        content.override_notes.retain(|one| one.code != code);
        let note = note.trim();
        if !note.is_empty() {
            content.override_notes.push(OverrideNote {
                code: code.to_owned(),
                note: note.replace("\r\n", "\n"),
            });
        }
    }
    content.filer_codice_fiscale = fields.text("cf_dichiarante").to_ascii_uppercase();
    fields
        .text("telefono")
        .clone_into(&mut content.contact_phone);
    fields.text("pec").clone_into(&mut content.contact_pec);
    fields.text("email").clone_into(&mut content.contact_email);
    content.ticket = fields.text("ticket").to_ascii_uppercase();
}

/// A text as it was typed, with the line ends of the platform.
fn prose(fields: &Fields, name: &str) -> String {
    fields.text(name).replace("\r\n", "\n")
}

/// The day typed; none when nothing was; the one before, with a fault, when it cannot be read.
fn day(
    t: Text,
    fields: &Fields,
    id: &'static str,
    before: Option<Date>,
    faults: &mut Vec<Fault>,
) -> Option<Date> {
    let typed = fields.text(id);
    if typed.is_empty() {
        return None;
    }
    if let Some(day) = format::typed_day(typed) {
        return Some(format::to_message(day));
    }
    faults.push(Fault {
        id,
        text: t.fault_day().to_owned(),
    });
    before
}

/// `4900000001/0`, as the form names a unit.
pub(crate) fn unit_key(text: &str) -> Option<UnitKey> {
    let (matricola, code) = text.split_once('/')?;
    let well_formed =
        matricola.len() == 10 && matricola.bytes().all(|digit| digit.is_ascii_digit());
    let code = code
        .parse()
        .ok()
        .filter(|code| (0..=99_999).contains(code))?;
    well_formed.then(|| UnitKey {
        matricola: matricola.to_owned(),
        production_unit_code: code,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: Text = Text(Language::Italian);

    fn today() -> NaiveDate {
        "2026-09-02".parse().unwrap()
    }

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        Fields(
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        )
    }

    #[test]
    fn what_a_step_shows_is_what_it_writes() {
        let mut content = DraftContent::default();
        let typed = fields(&[
            ("prima_settimana", "2026-09-07"),
            ("settimane", "10"),
            ("inizio", "09/09/2026"),
            ("giorni_evento", "09/09/2026\n08/09/2026 09/09/2026"),
        ]);
        assert_eq!(
            apply(T, Step::Period, &typed, &mut content, "INT", today()),
            []
        );
        let shown = values(Step::Period, &content);
        assert_eq!(shown.text("inizio"), "2026-09-09");
        assert_eq!(shown.text("giorni_evento"), "08/09/2026\n09/09/2026");
        let mut again = content.clone();
        assert_eq!(
            apply(T, Step::Period, &shown, &mut again, "INT", today()),
            []
        );
        assert_eq!(again, content);
    }

    #[test]
    fn a_step_leaves_the_others_alone() {
        let mut content = DraftContent {
            ticket: "ABCDEFGHIJKLMNOP".to_owned(),
            contact_pec: "studio@pec.esempio.invalid".to_owned(),
            ..DraftContent::default()
        };
        let typed = fields(&[("causale", "CAUSALE_STRIKE"), ("prodotto", "PRODUCT_CIGO")]);
        apply(T, Step::Reason, &typed, &mut content, "INT", today());
        assert_eq!(content.causale(), Causale::Strike);
        assert_eq!(content.ticket, "ABCDEFGHIJKLMNOP");
        assert_eq!(content.contact_pec, "studio@pec.esempio.invalid");
    }

    #[test]
    fn a_day_that_cannot_be_read_is_told_and_changes_nothing() {
        let first_week = Some(format::to_message("2026-09-07".parse().unwrap()));
        let mut content = DraftContent {
            period: Some(WeekPeriod {
                first_week,
                weeks: 3,
            }),
            ..DraftContent::default()
        };
        let typed = fields(&[("prima_settimana", "lunedì"), ("settimane", "4")]);
        let faults = apply(T, Step::Period, &typed, &mut content, "INT", today());
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].id, "prima_settimana");
        assert_eq!(content.period.unwrap().first_week, first_week);
    }

    #[test]
    fn statements_are_dated_once_and_notes_follow_their_findings() {
        let mut content = DraftContent::default();
        let typed = fields(&[
            ("dichiarazioni", "PRIOR_CONSULTATION"),
            ("nota_LIMIT_52_WEEKS", "Le settimane sono corrette."),
        ]);
        apply(T, Step::Statements, &typed, &mut content, "AZ-LR", today());
        let later = today() + chrono::TimeDelta::days(3);
        apply(T, Step::Statements, &typed, &mut content, "AZ-LR", later);
        assert_eq!(content.self_declarations.len(), 1);
        assert_eq!(
            content.self_declarations[0].declared_on,
            Some(format::to_message(today()))
        );
        assert_eq!(content.override_notes[0].code, "LIMIT_52_WEEKS");
        let emptied = fields(&[("nota_LIMIT_52_WEEKS", "")]);
        apply(T, Step::Statements, &emptied, &mut content, "AZ-LR", later);
        assert!(content.override_notes.is_empty() && content.self_declarations.is_empty());
    }
}
