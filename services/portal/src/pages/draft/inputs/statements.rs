//! Statements, notes, who files and where the answers go.

use chrono::NaiveDate;
use proto::omnia::claims::v1::{Causale, DraftContent, OverrideNote, PaymentMode, SelfDeclaration};

use super::{Around, Ask, Choice, Input, Typed, line};
use crate::fields::Fields;
use crate::text::{Language, Text, format};

/// What is asked.
pub(super) fn ask(t: Text, values: &Fields, content: &DraftContent, around: &Around) -> Vec<Input> {
    let mut inputs = Vec::new();
    if justifies_direct_payment(content, around) {
        let text = Ask::Area {
            rows: 4,
            longest: 4_000,
            table: false,
        };
        inputs.push(
            Input::new("dichiarazione_diretto", t.direct_statement(), text)
                .hint(t.direct_statement_hint())
                .source("D.Lgs. 148/2015 art. 7 c. 5"),
        );
    }
    inputs.push(
        Input::new(
            "dichiarazioni",
            t.declarations(),
            Ask::Checks(declarations(t, values, content, around)),
        )
        .hint(t.declarations_hint())
        .source("DPR 445/2000 artt. 46, 47, 76"),
    );
    inputs.extend(notes(t, around));
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

/// Whether direct payment is the filer's choice, and so has to be justified: where only INPS pays, and for the reasons
/// of COVID-19, which have a window, there is nothing to say (`claims.md` §5.1).
fn justifies_direct_payment(content: &DraftContent, around: &Around) -> bool {
    let direct_only = around.product(content).is_some_and(|rule| rule.direct_only);
    let causale = around.causale(content);
    content.payment_mode() == PaymentMode::Direct
        && !direct_only
        && causale.is_none_or(|causale| causale.window_from.is_none())
}

/// The statements that the form offers.
fn declarations(t: Text, values: &Fields, content: &DraftContent, around: &Around) -> Vec<Choice> {
    let Text(language) = t;
    let declared: Vec<&str> = values.all("dichiarazioni").collect();
    let offered = around.declarations.iter().filter(|one| {
        is_offered(&one.declaration_id, content) || declared.contains(&one.declaration_id.as_str())
    });
    let choices = offered.map(|one| Choice {
        value: one.declaration_id.clone(),
        text: match language {
            Language::Italian => one.text_it.clone(),
            Language::English => one.text_en.clone(),
        },
        more: String::new(),
        chosen: declared.contains(&one.declaration_id.as_str()),
    });
    choices.collect()
}

/// Two statements answer for something that most claims do not hold (`claims.md` §4.4).
fn is_offered(declaration: &str, content: &DraftContent) -> bool {
    match declaration {
        "USED_WEEKS" => content.declared_used.is_some(),
        "STRATEGIC_INTEREST" => content.causale() == Causale::Covid19Dl42022,
        "FINANCIAL_DIFFICULTY" => content.payment_mode() == PaymentMode::Direct,
        _ => true,
    }
}

/// A note for each code that may be forced.
fn notes(t: Text, around: &Around) -> Vec<Input> {
    let mut codes: Vec<&str> = Vec::new();
    let mut notes = Vec::new();
    for finding in &around.forcible {
        if codes.contains(&finding.code.as_str()) {
            continue;
        }
        codes.push(&finding.code);
        let kind = Ask::Area {
            rows: 3,
            longest: 2_000,
            table: false,
        };
        let hint = format!("{} {}", finding.text, t.override_note_hint());
        let id = format!("nota_{}", finding.code);
        notes.push(Input::new(id, t.override_note(), kind).hint(hint));
    }
    notes
}

/// What stands in them for a draft as it is.
pub(super) fn values(content: &DraftContent, put: &mut dyn FnMut(&str, String)) {
    put(
        "dichiarazione_diretto",
        content.direct_payment_statement.clone(),
    );
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

/// Writes what was typed into a draft.
pub(super) fn apply(
    typed: &Typed<'_>,
    content: &mut DraftContent,
    today: NaiveDate,
    around: &Around,
) {
    typed.text_into(
        "dichiarazione_diretto",
        &mut content.direct_payment_statement,
    );
    if typed.asks("dichiarazioni") {
        content.self_declarations = declared(typed, content, today, around);
    }
    for (name, note) in &typed.fields.0 {
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
    typed.text_into("cf_dichiarante", &mut content.filer_codice_fiscale);
    content.filer_codice_fiscale.make_ascii_uppercase();
    typed.text_into("telefono", &mut content.contact_phone);
    typed.text_into("pec", &mut content.contact_pec);
    typed.text_into("email", &mut content.contact_email);
    typed.text_into("ticket", &mut content.ticket);
    content.ticket.make_ascii_uppercase();
}

/// What is declared, in Italian whatever the language of the page, each dated when it was first ticked.
fn declared(
    typed: &Typed<'_>,
    content: &DraftContent,
    today: NaiveDate,
    around: &Around,
) -> Vec<SelfDeclaration> {
    let ticked: Vec<&str> = typed.fields.all("dichiarazioni").collect();
    let before = &content.self_declarations;
    let is_catalogued = |id: &str| {
        around
            .declarations
            .iter()
            .any(|one| one.declaration_id == id)
    };
    let offered = around.declarations.iter();
    let declared = offered
        .filter(|one| ticked.contains(&one.declaration_id.as_str()))
        .map(|one| {
            let known = before
                .iter()
                .find(|made| made.declaration_id == one.declaration_id);
            known.cloned().unwrap_or_else(|| SelfDeclaration {
                declaration_id: one.declaration_id.clone(),
                text: one.text_it.clone(),
                declared_on: Some(format::to_message(today)),
                declarant: String::new(),
            })
        });
    // Statements that this form does not offer stay as they are.
    let others = before
        .iter()
        .filter(|made| !is_catalogued(&made.declaration_id));
    declared.chain(others.cloned()).collect()
}
