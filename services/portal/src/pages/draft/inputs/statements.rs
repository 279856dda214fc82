//! Statements, notes, contacts.

use chrono::NaiveDate;
use proto::omnia::claims::v1::{DraftContent, OverrideNote, SelfDeclaration};

use super::{Ask, Choice, Input, line};
use crate::fields::Fields;
use crate::pages::view::FindingView;
use crate::text::{Language, Text, format};

/// What is asked.
pub(super) fn ask(t: Text, values: &Fields, forcible: &[FindingView]) -> Vec<Input> {
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

/// The statements that the form offers: id, and text in a language.
fn declarations(t: Text) -> [(&'static str, &'static str); 4] {
    [
        ("PRIOR_CONSULTATION", t.declaration_consultation()),
        ("MARKET_CONTINUITY", t.declaration_market()),
        ("WORKERS_IN_SERVICE", t.declaration_workers()),
        ("FINANCIAL_DIFFICULTY", t.declaration_difficulty()),
    ]
}

/// What stands in them for a draft as it is.
pub(super) fn values(content: &DraftContent, put: &mut dyn FnMut(&str, String)) {
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
pub(super) fn apply(fields: &Fields, content: &mut DraftContent, today: NaiveDate) {
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
