//! Instrument, reason, payment.

use proto::omnia::claims::v1::{Causale, DraftContent, PaymentMode, Product};

use super::{Ask, Choice, Input, prose, stated};
use crate::fields::Fields;
use crate::text::{Text, names};

/// What is asked.
pub(super) fn ask(t: Text, values: &Fields) -> Vec<Input> {
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

/// What stands in them for a draft as it is.
pub(super) fn values(content: &DraftContent, put: &mut dyn FnMut(&str, String)) {
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

/// Writes what was typed into a draft.
pub(super) fn apply(fields: &Fields, content: &mut DraftContent) {
    content.set_product(Product::from_str_name(fields.text("prodotto")).unwrap_or_default());
    content.set_causale(Causale::from_str_name(fields.text("causale")).unwrap_or_default());
    content
        .set_payment_mode(PaymentMode::from_str_name(fields.text("pagamento")).unwrap_or_default());
    content.direct_payment_statement = prose(fields, "dichiarazione_diretto");
}
