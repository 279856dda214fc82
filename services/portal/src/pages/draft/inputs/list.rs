//! The workers concerned.

use proto::omnia::claims::v1::{DraftContent, PaymentMode};

use super::{Ask, Input, Typed, YES, tick};
use crate::fields::Fields;
use crate::pages::draft::workers;
use crate::text::Text;

/// What is asked.
pub(super) fn ask(t: Text, values: &Fields, content: &DraftContent) -> Vec<Input> {
    let mut inputs = Vec::new();
    if content.payment_mode() == PaymentMode::Direct {
        let chosen = values.all("anticipo").any(|value| value == YES);
        inputs.push(
            Input::new("anticipo", t.advance(), tick(chosen, t.advance_text()))
                .hint(t.advance_hint())
                .source("DL 34/2020; Circ. INPS 78/2020"),
        );
    }
    let list = Ask::Area {
        rows: 10,
        longest: 500_000,
        table: true,
    };
    inputs.push(
        Input::new("elenco", t.workers_list(), list)
            .hint(t.workers_list_hint(workers::HEADING))
            .source("D.Lgs. 148/2015 art. 15 c. 1; Msg INPS 3566/2018"),
    );
    inputs
}

/// What stands in them for a draft as it is.
pub(super) fn values(content: &DraftContent, put: &mut dyn FnMut(&str, String)) {
    if content.advance_40_requested {
        put("anticipo", YES.to_owned());
    }
    put("elenco", workers::text_of(content));
}

/// Writes what was typed into a draft.
pub(super) fn apply(typed: &mut Typed<'_>, content: &mut DraftContent) {
    if typed.asks("anticipo") {
        content.advance_40_requested = typed.is_ticked("anticipo");
    }
    let list = typed.fields.raw("elenco");
    // A list that is too long to be shown stays, unless another is written.
    if !typed.asks("elenco") || (content.beneficiaries_omitted && list.trim().is_empty()) {
        return;
    }
    match workers::read(typed.t, list) {
        Ok(list) => workers::put(content, list),
        Err(wrong) => {
            for text in wrong {
                typed.fault("elenco", text);
            }
        }
    }
}
