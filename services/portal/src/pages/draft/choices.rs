//! What may be chosen in a step, and what the choices made before ask for.

use proto::google::r#type::Date;
use proto::omnia::anagrafe::v1::{ListProductionUnitsRequest, ProductionUnit};
use proto::omnia::claims::v1::{
    CheckDraftResponse, DraftContent, ListCausaliRequest, ListCausaliResponse, Product,
    ProductChoice, SuggestProductsRequest,
};

use super::inputs::Around;
use super::step::Step;
use crate::gateway::Platform;
use crate::pages::view::findings;
use crate::problem::{Kind, Outcome, Problem};
use crate::text::{Text, names};

/// Units of a page of the list.
const UNITS: i32 = 200;
/// Units of an employer that are offered at most.
const MOST_UNITS: usize = 2_000;

/// What a step needs besides the draft.
pub(super) async fn around(
    platform: &Platform,
    step: Step,
    content: &DraftContent,
) -> Outcome<Around> {
    Ok(match step {
        Step::Unit => {
            let unit = content.unit.clone().unwrap_or_default();
            Around {
                units: units(platform, &unit.matricola).await?,
                ..Around::default()
            }
        }
        Step::Product => Around {
            products: products(platform, content).await?,
            ..Around::default()
        },
        Step::Reason | Step::Report | Step::Statements => {
            let (products, lists) = tokio::try_join!(
                products(platform, content),
                causali(platform, step, content)
            )?;
            Around {
                products,
                causali: lists.causali,
                funds: lists.funds,
                declarations: lists.declarations,
                ..Around::default()
            }
        }
        Step::Period | Step::Workers | Step::Attachments | Step::Review => Around::default(),
    })
}

/// The same, with what the check lets the filer force.
pub(super) async fn around_checked(
    platform: &Platform,
    t: Text,
    step: Step,
    content: &DraftContent,
    check: &CheckDraftResponse,
) -> Outcome<Around> {
    let mut around = around(platform, step, content).await?;
    if step == Step::Statements {
        around.forcible = findings(t, &check.findings);
        around.forcible.retain(|finding| finding.is_force);
    }
    Ok(around)
}

/// The units of an employer, page after page.
pub(super) async fn units(platform: &Platform, matricola: &str) -> Outcome<Vec<ProductionUnit>> {
    let mut units = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListProductionUnitsRequest {
            matricola: matricola.to_owned(),
            page_size: UNITS,
            page_token,
        };
        let page = platform.employers().list_production_units(request).await?;
        let page = page.into_inner();
        units.extend(page.production_units);
        page_token = page.next_page_token;
        if page_token.is_empty() || units.len() >= MOST_UNITS {
            return Ok(units);
        }
    }
}

/// The day that decides which law holds: the start of the suspension.
fn first_day(content: &DraftContent) -> Option<Date> {
    let monday = content.period.and_then(|period| period.first_week);
    content.effective_start_date.or(monday)
}

/// The instruments of the day. When the anagrafe does not answer nothing is said of how they fit, and all are offered.
async fn products(platform: &Platform, content: &DraftContent) -> Outcome<Vec<ProductChoice>> {
    let request = SuggestProductsRequest {
        unit: content.unit.clone(),
        first_day: first_day(content),
    };
    match platform.claims().suggest_products(request).await {
        Ok(answer) => Ok(answer.into_inner().products),
        Err(status) => match Problem::from(status) {
            problem if problem.kind == Kind::Unavailable => Ok(names::PRODUCTS
                .map(|product| ProductChoice {
                    product: product as i32,
                    ..ProductChoice::default()
                })
                .to_vec()),
            problem => Err(problem),
        },
    }
}

/// Most weeks of a claim for the instrument of a draft; 0 when it is not known.
pub(super) async fn weeks_most(platform: &Platform, content: &DraftContent) -> Outcome<i32> {
    let products = products(platform, content).await?;
    let chosen = products.iter().find(|it| it.product == content.product);
    Ok(chosen.map_or(0, |rule| rule.weeks_most))
}

/// The reasons of the instrument and the catalogues. Without an instrument there are no reasons, but there are statements.
async fn causali(
    platform: &Platform,
    step: Step,
    content: &DraftContent,
) -> Outcome<ListCausaliResponse> {
    let chosen = content.product();
    let product = match (chosen, step) {
        (Product::Unspecified, Step::Statements) => Product::Cigo,
        (Product::Unspecified, _) => return Ok(ListCausaliResponse::default()),
        (product, _) => product,
    };
    let request = ListCausaliRequest {
        product: product as i32,
        first_day: first_day(content),
    };
    let mut lists = platform.claims().list_causali(request).await?.into_inner();
    if chosen == Product::Unspecified {
        lists.causali.clear();
    }
    Ok(lists)
}
