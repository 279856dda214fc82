//! The workers concerned.

use proto::omnia::claims::v1::DraftContent;

use super::{Ask, Fault, Input};
use crate::fields::Fields;
use crate::pages::draft::workers;
use crate::text::Text;

/// What is asked.
pub(super) fn ask(t: Text) -> Vec<Input> {
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

/// What stands in them for a draft as it is.
pub(super) fn values(content: &DraftContent, put: &mut dyn FnMut(&str, String)) {
    put("elenco", workers::text_of(content));
}

/// Writes what was typed into a draft.
pub(super) fn apply(t: Text, fields: &Fields, content: &mut DraftContent, faults: &mut Vec<Fault>) {
    // A list that is too long to be shown stays, unless another is written.
    if content.beneficiaries_omitted && fields.text("elenco").is_empty() {
        return;
    }
    match workers::read(t, fields.raw("elenco")) {
        Ok(list) => workers::put(content, list),
        Err(wrong) => faults.extend(wrong.into_iter().map(|text| Fault { id: "elenco", text })),
    }
}
