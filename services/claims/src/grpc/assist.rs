//! Assisted compilation on the wire: products, reasons and the form.

use chassis::wire;
use chrono::NaiveDate;
use proto::omnia::claims::v1 as pb;

use super::show::{Reader, content, filled, source_status};
use crate::app::{FilingForm, ProductChoice, Suggested, Summary};
use crate::domain::claim::Claim;
use crate::domain::content::TechnicalReport;
use crate::domain::product::Product;
use crate::domain::rules::{Allowed, CausaleRule, Dated, Need, Report, Rules};
use crate::names;

/// Names of the six common sections, Italian and English, in the order of the page.
const COMMON: [(&str, &str); 6] = [
    ("Attività dell'unità produttiva", "Activity of the unit"),
    ("Evento e sue cause", "The event and its causes"),
    ("Conseguenze sul lavoro", "Consequences on work"),
    (
        "Transitorietà e ripresa dell'attività",
        "Transience and resumption",
    ),
    (
        "Non imputabilità all'impresa e ai lavoratori",
        "Neither firm nor workers are the cause",
    ),
    (
        "Continuità dell'operatività sul mercato",
        "Continuity in the market",
    ),
];

fn number(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// Products with how they fit.
pub(super) fn suggested(suggested: Suggested) -> pb::SuggestProductsResponse {
    let scheme = suggested.scheme.unwrap_or_default();
    pb::SuggestProductsResponse {
        products: choices(&suggested.products, &scheme),
        protection_scheme: scheme,
    }
}

fn choices(products: &[ProductChoice], scheme: &str) -> Vec<pb::ProductChoice> {
    products.iter().map(|it| product(it, scheme)).collect()
}

fn product(choice: &ProductChoice, scheme: &str) -> pb::ProductChoice {
    let rule = &choice.rule.value;
    let (compatibility, why_it, why_en) = match choice.suggested {
        Some(true) => (
            pb::Compatibility::Suggested,
            format!("L'inquadramento {scheme} comprende la prestazione."),
            format!("The classification {scheme} contains the product."),
        ),
        Some(false) => (
            pb::Compatibility::NotCompatible,
            format!(
                "L'inquadramento {scheme} non comprende la prestazione: si può proseguire con una nota."
            ),
            format!(
                "The classification {scheme} does not contain the product: one may go on with a note."
            ),
        ),
        None => (
            pb::Compatibility::Unspecified,
            "L'inquadramento non è noto.".to_owned(),
            "The classification is not known.".to_owned(),
        ),
    };
    pb::ProductChoice {
        product: names::product(rule.product).into(),
        compatibility: compatibility.into(),
        why_it,
        why_en,
        weeks_most: number(rule.weeks_most),
        days_most: rule.days_most.map_or(0, number),
        decree_required: rule.decree == Need::Required,
        direct_only: rule.direct_only,
        consultation: rule.consultation,
        source: choice.rule.source.clone(),
    }
}

/// The reasons of an instrument on a day; `today` is the day of filing.
pub(super) fn causali(
    rules: &Rules,
    product: Product,
    day: NaiveDate,
    today: NaiveDate,
) -> pb::ListCausaliResponse {
    let causali = rules.causali_of(product, day);
    let declarations = rules.declarations(day);
    pb::ListCausaliResponse {
        causali: causali
            .map(|(allowed, causale)| choice(rules, allowed, causale, day, today))
            .collect(),
        declarations: declarations
            .map(|row| pb::DeclarationChoice {
                declaration_id: row.value.declaration.clone(),
                text_it: row.value.text_it.clone(),
                text_en: row.value.text_en.clone(),
                source: row.source.clone(),
            })
            .collect(),
        funds: rules
            .funds(day)
            .filter(|_| product == Product::AisFund)
            .map(|row| pb::FundChoice {
                fund_code: row.value.fund.clone(),
                name: row.value.name.clone(),
            })
            .collect(),
    }
}

fn choice(
    rules: &Rules,
    allowed: &Dated<Allowed>,
    causale: &Dated<CausaleRule>,
    day: NaiveDate,
    today: NaiveDate,
) -> pb::CausaleChoice {
    let rule = &causale.value;
    let covid = rules.covid(rule.causale, allowed.value.product, today);
    let covid = covid.map(|row| &row.value);
    pb::CausaleChoice {
        causale: names::causale(rule.causale).into(),
        label_it: rule.label_it.clone(),
        label_en: rule.label_en.clone(),
        eone: rule.eone,
        sections: sections(rules, &allowed.value, day),
        indicators_required: rule.indicators == Need::Required
            && allowed.value.report == Report::Full,
        heads_most: allowed.value.heads_most.map_or(0, number),
        window_from: covid.map(|it| wire::date(it.window.first_day())),
        window_to: covid.map(|it| wire::date(it.window.last_day())),
        weeks_most: covid.and_then(|it| it.weeks_most).map_or(0, number),
        hired_by: covid.and_then(|it| it.hired_by).map(wire::date),
        source: format!("{}; {}", causale.source, allowed.source),
    }
}

fn sections(rules: &Rules, allowed: &Allowed, day: NaiveDate) -> Vec<pb::SectionChoice> {
    let empty = TechnicalReport::default();
    let common = empty
        .sections()
        .into_iter()
        .zip(COMMON)
        .filter(|((id, _), _)| allowed.report.asks_for(id))
        .map(|((id, _), (it, en))| pb::SectionChoice {
            section_id: id.to_owned(),
            label_it: it.to_owned(),
            label_en: en.to_owned(),
            of_causale: false,
        });
    let own = rules
        .sections(allowed.causale, day)
        .filter(|_| allowed.report != Report::None)
        .map(|row| pb::SectionChoice {
            section_id: row.value.section.clone(),
            label_it: row.value.label_it.clone(),
            label_en: row.value.label_en.clone(),
            of_causale: true,
        });
    common.chain(own).collect()
}

/// The form.
pub(super) fn form(form: FilingForm, reader: Reader) -> pb::GetFilingFormResponse {
    let scheme = form.suggested.scheme.unwrap_or_default();
    pb::GetFilingFormResponse {
        content: Some(content(form.content)),
        filled: form.filled.into_iter().map(filled).collect(),
        products: choices(&form.suggested.products, &scheme),
        last_claim: form.last.map(|claim| reader.summary(summary(claim))),
        sources: form.sources.into_iter().map(source_status).collect(),
    }
}

fn summary(claim: Claim) -> Summary {
    let forced = claim.forced().next().is_some();
    let filing = claim.filing.as_ref();
    Summary {
        id: claim.id,
        state: claim.state,
        protocol: filing.map(|it| it.protocol.to_string()),
        product: claim.content.product,
        causale: claim.content.causale,
        period: claim.content.period,
        office: filing.map(|it| it.office.to_string()),
        submitted_at: filing.map(|it| it.submitted_at),
        beneficiaries_count: number(claim.content.beneficiaries_count),
        hours_requested_hundredths: claim.content.hours_requested_hundredths,
        handler: claim.handler,
        forced,
        proposal_pending: claim.proposal.is_some(),
        unit: claim.content.unit,
        employer_name: claim.employer_name,
    }
}
