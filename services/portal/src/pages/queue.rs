//! The queue of an office: what waits, how old it is, and who gets it.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use http::StatusCode;
use proto::omnia::claims::v1::{
    AgeBand, AssignClaimsRequest, ClaimState, GetQueueRequest, GetQueueResponse, ListQueueRequest,
    ListQueueResponse, Product, QueueCell, QueueFilter,
};

use super::claims::{RowView, StateChoice, next_page, rows, state_choices};
use super::handling::{Colleagues, is_told_here};
use super::{form, notice, page, query, with_status};
use crate::App;
use crate::fields::Fields;
use crate::frame::Frame;
use crate::gateway::Platform;
use crate::problem::{Outcome, Problem};
use crate::session::{Profile, Side};
use crate::text::{Text, format, names};
use crate::web::{Visit, Visitor};

/// Claims of a page of the queue.
const PAGE: i32 = 25;
/// Most offices among which a select is still of use.
const OFFICES_CHOSEN_FROM: usize = 2;

/// Claims that await the office.
const WAITING: [ClaimState; 5] = [
    ClaimState::Submitted,
    ClaimState::Assigned,
    ClaimState::UnderReview,
    ClaimState::SupplementPending,
    ClaimState::UnderReexamination,
];
/// Classes of age, the youngest first.
const AGES: [AgeBand; 7] = [
    AgeBand::AgeBand015,
    AgeBand::AgeBand1630,
    AgeBand::AgeBand3160,
    AgeBand::AgeBand6190,
    AgeBand::AgeBand91180,
    AgeBand::AgeBand181365,
    AgeBand::Over365,
];

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/ufficio", get(queue))
        .route("/ufficio/assegna", form(assign))
}

/// Counts of an instrument, or of an office where there are several.
struct CountRow {
    name: String,
    cells: Vec<CountCell>,
    total: String,
}

struct CountCell {
    count: String,
    /// Address of the claims that are counted; empty for none.
    address: String,
}

#[derive(Template)]
#[template(path = "queue.html")]
struct QueuePage {
    f: Frame,
    ages: Vec<&'static str>,
    counts: Vec<CountRow>,
    rows: Vec<RowView>,
    states: Vec<StateChoice>,
    products: Vec<StateChoice>,
    bands: Vec<StateChoice>,
    offices: Vec<(String, String)>,
    query: Fields,
    total: String,
    next: String,
    later: bool,
    /// To whom claims may be assigned; nobody for who does not assign.
    operators: Vec<(String, String)>,
    request: String,
    problem: String,
}

impl QueuePage {
    /// The filters as the query of an address, without the page.
    fn filters(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::for_suffix(String::from("?"), 1);
        for (name, value) in &self.query.0 {
            if name != "pagina" && name != "esito" && !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        query.finish()
    }
}

/// What came of one claim.
struct AssignedRow {
    id: String,
    protocol: String,
    said: &'static str,
    is_done: bool,
}

#[derive(Template)]
#[template(path = "assigned.html")]
struct AssignedPage {
    f: Frame,
    rows: Vec<AssignedRow>,
}

/// Instruments to narrow a list to.
pub(super) fn product_choices(t: Text, chosen: &str) -> Vec<StateChoice> {
    names::PRODUCTS
        .map(|product| StateChoice {
            code: product.as_str_name(),
            name: names::product(t, product),
            chosen: product.as_str_name() == chosen,
        })
        .into()
}

async fn queue(State(app): State<Arc<App>>, visit: Visitor) -> Outcome {
    queue_page(&app, &visit, &query(&visit), None).await
}

async fn queue_page(
    app: &App,
    visit: &Visit,
    query: &Fields,
    problem: Option<&Problem>,
) -> Outcome {
    let session = visit.session_of(Side::Office)?;
    let platform = app.gateway.for_session(session);
    let t = visit.text();
    let filter = filter_of(query);
    let counted = QueueFilter {
        age: 0,
        ..filter.clone()
    };
    let counts = GetQueueRequest {
        filter: Some(counted),
    };
    let listed = ListQueueRequest {
        filter: Some(filter),
        page_size: PAGE,
        page_token: query.text("pagina").to_owned(),
    };
    let answer = async {
        let counts = platform.desk().get_queue(counts).await?.into_inner();
        let listed = platform.desk().list_queue(listed).await?.into_inner();
        Ok::<_, Problem>((counts, listed))
    };
    let (counts, listed, told) = match answer.await {
        Ok((counts, listed)) => (counts, listed, None),
        Err(refusal) if is_told_here(&refusal) => {
            let nothing = (GetQueueResponse::default(), ListQueueResponse::default());
            (nothing.0, nothing.1, Some(refusal))
        }
        Err(refusal) => return Err(refusal),
    };
    let problem = problem.or(told.as_ref());
    let claims: Vec<_> = listed
        .claims
        .into_iter()
        .filter_map(|it| it.claim)
        .collect();
    let profile = session.profile.clone().unwrap_or_default();
    let known = app.directory.offices(&platform, app.clock.now()).await;
    let mut offices: Vec<_> = counts
        .cells
        .iter()
        .map(|cell| cell.office.clone())
        .collect();
    offices.dedup();
    Ok(with_status(
        problem.map_or(StatusCode::OK, Problem::status),
        &QueuePage {
            f: visit
                .frame(t.queue_title())
                .crumb(t.queue_title(), "")
                .noticing(notice(t, query)),
            ages: AGES.map(|band| names::age_band(t, band)).into(),
            counts: count_rows(t, &counts.cells, query),
            rows: rows(t, &claims, app.clock.today()),
            states: state_choices(t, &WAITING, query.text("stato")),
            products: product_choices(t, query.text("prodotto")),
            bands: band_choices(t, query.text("eta")),
            offices: if offices.len() >= OFFICES_CHOSEN_FROM || !query.text("sede").is_empty() {
                offices
                    .iter()
                    .map(|code| (code.clone(), known.name(code)))
                    .collect()
            } else {
                Vec::new()
            },
            total: found(t, listed.total, listed.total_exceeded),
            next: if listed.next_page_token.is_empty() {
                String::new()
            } else {
                next_page(query, &listed.next_page_token)
            },
            later: !query.text("pagina").is_empty(),
            operators: operators(&platform, t, &profile).await?,
            request: app.ids.at(app.clock.now()).to_string(),
            problem: problem.map_or(String::new(), |it| it.message(visit.language)),
            query: query.clone(),
        },
    ))
}

/// How many were found, in words.
pub(super) fn found(t: Text, total: i32, exceeded: bool) -> String {
    if exceeded {
        t.found_more(&format::number(total.into(), t.0))
    } else {
        t.found(total.into())
    }
}

async fn operators(
    platform: &Platform,
    t: Text,
    profile: &Profile,
) -> Outcome<Vec<(String, String)>> {
    if profile.role != "PO" {
        return Ok(Vec::new());
    }
    let colleagues = Colleagues::of(platform, profile).await?;
    Ok(colleagues.choices(t, &["SEDE", "PO"], false))
}

fn filter_of(query: &Fields) -> QueueFilter {
    let state = ClaimState::from_str_name(query.text("stato")).unwrap_or_default();
    QueueFilter {
        office: query.text("sede").to_owned(),
        product: Product::from_str_name(query.text("prodotto")).unwrap_or_default() as i32,
        age: AgeBand::from_str_name(query.text("eta")).unwrap_or_default() as i32,
        state: state as i32,
        mine: query.has("mie"),
        unassigned: query.has("libere"),
    }
}

fn band_choices(t: Text, chosen: &str) -> Vec<StateChoice> {
    AGES.map(|band| StateChoice {
        code: band.as_str_name(),
        name: names::age_band(t, band),
        chosen: band.as_str_name() == chosen,
    })
    .into()
}

/// The counts by instrument, each leading to the claims that it counts.
fn count_rows(t: Text, cells: &[QueueCell], query: &Fields) -> Vec<CountRow> {
    let count = |product: Product, band: Option<AgeBand>| -> i64 {
        cells
            .iter()
            .filter(|it| it.product() == product && band.is_none_or(|band| it.age() == band))
            .map(|it| it.claims)
            .sum()
    };
    names::PRODUCTS
        .into_iter()
        .filter(|product| count(*product, None) > 0)
        .map(|product| CountRow {
            name: names::product(t, product).to_owned(),
            cells: AGES
                .map(|band| {
                    let claims = count(product, Some(band));
                    CountCell {
                        count: format::number(claims, t.0),
                        address: if claims > 0 {
                            address(query, product, band)
                        } else {
                            String::new()
                        },
                    }
                })
                .into(),
            total: format::number(count(product, None), t.0),
        })
        .collect()
}

fn address(query: &Fields, product: Product, band: AgeBand) -> String {
    let start = String::from("/ufficio?");
    let length = start.len();
    let mut address = url::form_urlencoded::Serializer::for_suffix(start, length);
    for name in ["sede", "stato", "mie", "libere"] {
        if !query.text(name).is_empty() {
            address.append_pair(name, query.text(name));
        }
    }
    address
        .append_pair("prodotto", product.as_str_name())
        .append_pair("eta", band.as_str_name())
        .finish()
}

async fn assign(State(app): State<Arc<App>>, visit: Visitor) -> Outcome {
    let session = visit.session_of(Side::Office)?;
    let platform = app.gateway.for_session(session);
    let (t, fields) = (visit.text(), &visit.fields);
    // A box holds the id of its claim and the protocol number, so that the answer can name it.
    let chosen: Vec<(String, String)> = fields
        .all("domanda")
        .filter_map(|it| it.split_once(' '))
        .map(|(id, protocol)| (id.to_owned(), protocol.to_owned()))
        .collect();
    let back = Fields::read(fields.text("filtri").trim_start_matches('?').as_bytes());
    if chosen.is_empty() {
        let problem = Problem::input(t.queue_assign_none());
        return queue_page(&app, &visit, &back, Some(&problem)).await;
    }
    let request = AssignClaimsRequest {
        request_id: fields.text("richiesta").to_owned(),
        operator_id: fields.text("operatore").to_owned(),
        claim_ids: chosen.iter().map(|(id, _)| id.clone()).collect(),
    };
    let results = match platform.desk().assign_claims(request).await {
        Ok(answer) => answer.into_inner().results,
        Err(status) => {
            let problem = Problem::from(status);
            if is_told_here(&problem) {
                return queue_page(&app, &visit, &back, Some(&problem)).await;
            }
            return Err(problem);
        }
    };
    let rows = results.into_iter().map(|result| AssignedRow {
        protocol: chosen
            .iter()
            .find(|(id, _)| *id == result.claim_id)
            .map(|(_, protocol)| protocol.clone())
            .unwrap_or_default(),
        said: said(t, &result.refused),
        is_done: result.refused.is_empty(),
        id: result.claim_id,
    });
    Ok(page(&AssignedPage {
        f: visit
            .frame(t.queue_assigned_title())
            .crumb(t.queue_title(), "/ufficio")
            .crumb(t.queue_assigned_title(), ""),
        rows: rows.collect(),
    }))
}

fn said(t: Text, refused: &str) -> &'static str {
    match refused {
        "" => t.assigned_done(),
        "INVALID_STATE" => t.assigned_state(),
        "IDN-E06" => t.assigned_gone(),
        "CONFLICT" => t.assigned_busy(),
        _ => t.assigned_other(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    #[test]
    fn counts_lead_to_the_claims_that_they_count_and_keep_the_other_filters() {
        let t = Text(Language::Italian);
        let cell = |age: AgeBand, claims| QueueCell {
            office: "490000".into(),
            product: Product::Cigo as i32,
            age: age as i32,
            claims,
        };
        let cells = [cell(AgeBand::AgeBand015, 3), cell(AgeBand::Over365, 1_200)];
        let query = Fields::read(b"libere=si&pagina=abc");
        let rows = count_rows(t, &cells, &query);
        assert_eq!(
            rows.len(),
            1,
            "instruments that nobody asked for are not shown"
        );
        assert_eq!((rows[0].total.as_str(), rows[0].cells.len()), ("1.203", 7));
        assert_eq!(
            rows[0].cells[0].address,
            "/ufficio?libere=si&prodotto=PRODUCT_CIGO&eta=AGE_BAND_0_15"
        );
        assert_eq!(rows[0].cells[1].address, "");
    }
}
