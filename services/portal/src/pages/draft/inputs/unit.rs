//! Employer and unit.

use proto::omnia::anagrafe::v1::ProductionUnit;
use proto::omnia::claims::v1::DraftContent;

use super::{Ask, Fault, Input, unit_choice, unit_key};
use crate::fields::Fields;
use crate::text::Text;

/// What is asked.
pub(super) fn ask(t: Text, values: &Fields, units: &[ProductionUnit]) -> Vec<Input> {
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

/// What stands in them for a draft as it is.
pub(super) fn values(content: &DraftContent, put: &mut dyn FnMut(&str, String)) {
    if let Some(unit) = &content.unit {
        put(
            "unita",
            format!("{}/{}", unit.matricola, unit.production_unit_code),
        );
    }
}

/// Writes what was typed into a draft.
pub(super) fn apply(t: Text, fields: &Fields, content: &mut DraftContent, faults: &mut Vec<Fault>) {
    match unit_key(fields.text("unita")) {
        Some(unit) => content.unit = Some(unit),
        None => faults.push(Fault {
            id: "unita",
            text: t.fault_choose().to_owned(),
        }),
    }
}
