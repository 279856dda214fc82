//! The instrument: what fits the unit, and why others do not.

use proto::omnia::claims::v1::{Causale, Compatibility, DraftContent, Product, ProductChoice};

use super::{Around, Ask, Choice, Input, Typed, is_derogation, stated};
use crate::fields::Fields;
use crate::text::{Language, Text, names};

/// What is asked.
pub(super) fn ask(t: Text, values: &Fields, around: &Around) -> Vec<Input> {
    let chosen = values.text("prodotto");
    let choices = around
        .products
        .iter()
        .map(|choice| Choice {
            value: choice.product().as_str_name().to_owned(),
            text: names::product(t, choice.product()).to_owned(),
            more: about(t, choice),
            chosen: chosen == choice.product().as_str_name(),
        })
        .collect();
    vec![
        Input::new("prodotto", t.product(), Ask::Radio(choices))
            .hint(t.product_hint())
            .source("D.Lgs. 148/2015 artt. 9-40; L. 457/1972"),
    ]
}

/// Whether it fits, why, and what the law asks for with it.
fn about(t: Text, choice: &ProductChoice) -> String {
    let Text(language) = t;
    let why = match language {
        Language::Italian => &choice.why_it,
        Language::English => &choice.why_en,
    };
    let fits = match choice.compatibility() {
        Compatibility::Suggested => t.product_suggested(),
        Compatibility::NotCompatible => t.product_not_compatible(),
        Compatibility::Unspecified => "",
    };
    let mut told = vec![fits.to_owned(), why.clone()];
    if choice.weeks_most > 0 {
        told.push(t.product_weeks(&t.weeks(choice.weeks_most.into())));
    }
    if choice.days_most > 0 {
        told.push(t.product_days(choice.days_most));
    }
    if choice.decree_required {
        told.push(t.product_decree().to_owned());
    }
    if choice.direct_only {
        told.push(t.product_direct_only().to_owned());
    }
    told.retain(|one| !one.is_empty());
    told.join(" ")
}

/// What stands in them for a draft as it is.
pub(super) fn values(content: &DraftContent, put: &mut dyn FnMut(&str, String)) {
    let name = content.product().as_str_name();
    put("prodotto", stated(content.product, name));
}

/// Writes what was typed into a draft. What only the instrument before asked for goes with it.
pub(super) fn apply(typed: &mut Typed<'_>, content: &mut DraftContent) {
    let Some(product) = Product::from_str_name(typed.fields.text("prodotto")) else {
        return;
    };
    if product == content.product() {
        return;
    }
    content.set_product(product);
    content.set_causale(Causale::Unspecified);
    content.days_requested = 0;
    content.fund_code.clear();
    if product != Product::Cigs && !is_derogation(product) {
        content.decree = None;
    }
}
