//! Search: filters in the address, orders as links, and the list to take along.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use futures_util::{StreamExt, TryStreamExt};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use proto::omnia::claims::v1::{
    Causale, ClaimFilter, ClaimOrder, ClaimState, ExportClaimsRequest, ExportFormat,
    ExportLanguage, FoundClaim, Product, SearchClaimsRequest, SearchClaimsResponse, SortField,
};

use super::claims::{ALL_STATES, RowView, StateChoice, next_page, row, state_choices};
use super::handling::is_told_here;
use super::queue::{found, product_choices};
use super::{query, with_status};
use crate::App;
use crate::fields::Fields;
use crate::frame::Frame;
use crate::problem::{Kind, Outcome, Problem};
use crate::session::{Session, Side};
use crate::text::{Language, Text, format, names};
use crate::web::{Visit, Visitor};

/// Claims of a page.
const PAGE: i32 = 25;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/ricerca", get(search))
        .route("/ricerca/elenco", get(export))
}

/// What claims can be sorted by: the name in the address, and whether the first click puts the highest first.
const ORDERS: [(&str, SortField, bool); 6] = [
    ("protocollo", SortField::Protocol, false),
    ("azienda", SortField::EmployerName, false),
    ("termine", SortField::Deadline, false),
    ("ore", SortField::Hours, true),
    ("stato-dal", SortField::StateSince, false),
    ("presentata", SortField::SubmittedAt, true),
];

/// The heading of a column that the list can be sorted by.
struct Column {
    title: &'static str,
    /// Address of the list in the other order of this column.
    address: String,
    label: String,
    /// `aria-sort` of the column.
    sorted: &'static str,
    mark: &'static str,
}

struct FoundView {
    row: RowView,
    address: String,
    unit_name: String,
    deadline: String,
    hours: String,
    since: String,
}

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage {
    f: Frame,
    is_office: bool,
    columns: Vec<Column>,
    rows: Vec<FoundView>,
    states: Vec<StateChoice>,
    products: Vec<StateChoice>,
    causali: Vec<StateChoice>,
    query: Fields,
    total: String,
    csv: String,
    xlsx: String,
    next: String,
    first: String,
    problem: String,
}

async fn search(State(app): State<Arc<App>>, visit: Visitor) -> Outcome {
    let session = searcher(&visit)?;
    let t = visit.text();
    let query = query(&visit);
    let request = SearchClaimsRequest {
        filter: Some(filter(&query)),
        order: Some(order(&query)),
        page_size: PAGE,
        page_token: query.text("pagina").to_owned(),
    };
    let platform = app.gateway.for_session(session);
    let (answer, problem) = match platform.search().search_claims(request).await {
        Ok(answer) => (answer.into_inner(), None),
        Err(status) => {
            let problem = Problem::from(status);
            if !is_told_here(&problem) {
                return Err(problem);
            }
            (SearchClaimsResponse::default(), Some(problem))
        }
    };
    let is_office = session.side() == Side::Office;
    let states = if is_office {
        &ALL_STATES[1..]
    } else {
        &ALL_STATES[..]
    };
    let today = app.clock.today();
    let first = address("/ricerca", &query, &[]);
    Ok(with_status(
        problem.as_ref().map_or(StatusCode::OK, Problem::status),
        &SearchPage {
            f: visit.frame(t.search_title()).crumb(t.search_title(), ""),
            is_office,
            columns: columns(t, &query),
            rows: answer
                .claims
                .iter()
                .map(|found| found_view(t, found, is_office, today))
                .collect(),
            states: state_choices(t, states, query.text("stato")),
            products: product_choices(t, query.text("prodotto")),
            causali: causale_choices(t, query.text("causale")),
            total: if problem.is_none() {
                found(t, answer.total, answer.total_exceeded)
            } else {
                String::new()
            },
            csv: address("/ricerca/elenco", &query, &[("formato", "csv")]),
            xlsx: address("/ricerca/elenco", &query, &[("formato", "xlsx")]),
            next: if answer.next_page_token.is_empty() {
                String::new()
            } else {
                next_page(&query, &answer.next_page_token)
            },
            first: if query.text("pagina").is_empty() {
                String::new()
            } else {
                first
            },
            problem: problem.map_or(String::new(), |it| it.message(visit.language)),
            query,
        },
    ))
}

/// Whoever reads claims may search them.
fn searcher(visit: &Visit) -> Outcome<&Session> {
    let session = visit.session()?;
    if matches!(session.side(), Side::Filer | Side::Office) {
        Ok(session)
    } else {
        Err(Problem::of(Kind::Denied))
    }
}

fn filter(query: &Fields) -> ClaimFilter {
    let day = |name| format::typed_day(query.text(name)).map(format::to_message);
    let known = |code: i32| (code != 0).then_some(code).into_iter().collect();
    let state = ClaimState::from_str_name(query.text("stato")).unwrap_or_default();
    let product = Product::from_str_name(query.text("prodotto")).unwrap_or_default();
    let causale = Causale::from_str_name(query.text("causale")).unwrap_or_default();
    ClaimFilter {
        states: known(state as i32),
        products: known(product as i32),
        causali: known(causale as i32),
        period_from: day("dal"),
        period_to: day("al"),
        submitted_from: day("presentata_dal"),
        submitted_to: day("presentata_al"),
        matricola: query.text("matricola").to_owned(),
        production_unit_code: query.read_as("unita"),
        offices: query
            .all("sede")
            .filter(|it| !it.is_empty())
            .map(str::to_owned)
            .collect(),
        protocol_number: query.text("protocollo").to_owned(),
        text: query.text("testo").to_owned(),
        mine: query.text("chi") == "io",
        unassigned: query.text("chi") == "nessuno",
        ..ClaimFilter::default()
    }
}

fn order(query: &Fields) -> ClaimOrder {
    let (_, field, first) = ORDERS
        .into_iter()
        .find(|(name, ..)| *name == query.text("ordine"))
        .unwrap_or(ORDERS[5]);
    ClaimOrder {
        field: field as i32,
        descending: match query.text("verso") {
            "su" => false,
            "giu" => true,
            _ => first,
        },
    }
}

fn columns(t: Text, query: &Fields) -> Vec<Column> {
    let current = order(query);
    ORDERS
        .into_iter()
        .map(|(name, field, first)| {
            let is_current = current.field == field as i32;
            let descending = if is_current {
                !current.descending
            } else {
                first
            };
            let direction = if descending { "giu" } else { "su" };
            let title = match field {
                SortField::Protocol => t.claim(),
                SortField::EmployerName => t.employer_and_unit(),
                SortField::Deadline => t.column_deadline(),
                SortField::Hours => t.column_hours(),
                SortField::StateSince => t.column_state_since(),
                SortField::SubmittedAt | SortField::Unspecified => t.submitted_on(),
            };
            let (sorted, mark) = match (is_current, current.descending) {
                (false, _) => ("none", ""),
                (true, false) => ("ascending", t.sorted_up()),
                (true, true) => ("descending", t.sorted_down()),
            };
            Column {
                title,
                address: address("/ricerca", query, &[("ordine", name), ("verso", direction)]),
                label: t.sort_by(title),
                sorted,
                mark,
            }
        })
        .collect()
}

/// An address with the filters and the order, some of them replaced, or dropped by an empty value; without the page, which
/// belongs to another list.
pub(super) fn address(path: &str, query: &Fields, replaced: &[(&str, &str)]) -> String {
    let start = format!("{path}?");
    let length = start.len();
    let mut address = url::form_urlencoded::Serializer::for_suffix(start, length);
    for (name, value) in &query.0 {
        let kept = name != "pagina" && !value.is_empty();
        if kept && !replaced.iter().any(|(other, _)| other == name) {
            address.append_pair(name, value);
        }
    }
    for (name, value) in replaced.iter().filter(|(_, value)| !value.is_empty()) {
        address.append_pair(name, value);
    }
    address.finish()
}

fn causale_choices(t: Text, chosen: &str) -> Vec<StateChoice> {
    names::causali()
        .map(|causale| StateChoice {
            code: causale.as_str_name(),
            name: names::causale(t, causale),
            chosen: causale.as_str_name() == chosen,
        })
        .collect()
}

fn found_view(t: Text, found: &FoundClaim, is_office: bool, today: chrono::NaiveDate) -> FoundView {
    let claim = found.claim.clone().unwrap_or_default();
    let base = if is_office { "/ufficio" } else { "/domande" };
    FoundView {
        address: format!("{base}/{}", claim.claim_id),
        unit_name: found.unit_name.clone(),
        deadline: format::date(found.filing_due_date.as_ref()),
        hours: format::hundredths(claim.hours_requested_hundredths, t.0),
        since: format::timestamp(found.state_since.as_ref()),
        row: row(t, &claim, today),
    }
}

/// The list as a file, passed on as it comes.
async fn export(State(app): State<Arc<App>>, visit: Visitor) -> Outcome {
    let session = searcher(&visit)?;
    let query = query(&visit);
    let format = match query.text("formato") {
        "xlsx" => ExportFormat::Xlsx,
        "csv" => ExportFormat::Csv,
        _ => return Err(Problem::of(Kind::NotFound)),
    };
    let language = match visit.language {
        Language::Italian => ExportLanguage::Italian,
        Language::English => ExportLanguage::English,
    };
    let request = ExportClaimsRequest {
        filter: Some(filter(&query)),
        order: Some(order(&query)),
        format: format as i32,
        language: language as i32,
        ..ExportClaimsRequest::default()
    };
    let platform = app.gateway.for_session(session);
    let mut messages = platform.search().export_claims(request).await?.into_inner();
    let first = messages.try_next().await?;
    let header = first
        .and_then(|message| message.header)
        .ok_or_else(|| Problem::of(Kind::Internal))?;
    // A message of progress has nothing for the browser. One that fails breaks the file off, so that half a list is not
    // taken for a whole one.
    let pieces = messages
        .map_ok(|message| message.data)
        .try_filter(|data: &Bytes| std::future::ready(!data.is_empty()))
        .boxed();
    let mut response = Response::new(Body::from_stream(pieces));
    let headers = response.headers_mut();
    let value = |text: String| HeaderValue::try_from(text).map_err(|_| Problem::of(Kind::Internal));
    headers.insert(CONTENT_TYPE, value(header.media_type)?);
    headers.insert(
        CONTENT_DISPOSITION,
        value(format!("attachment; filename=\"{}\"", header.file_name))?,
    );
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_holds_filters_and_order_and_forgets_the_page_when_they_change() {
        let query = Fields::read(b"testo=officine&stato=&pagina=abc&ordine=ore&verso=giu");
        assert_eq!(
            address(
                "/ricerca",
                &query,
                &[("ordine", "azienda"), ("verso", "su")]
            ),
            "/ricerca?testo=officine&ordine=azienda&verso=su"
        );
        let order = order(&query);
        assert_eq!((order.field(), order.descending), (SortField::Hours, true));
    }

    #[test]
    fn a_click_on_the_column_that_sorts_turns_the_order_round() {
        let t = Text(Language::Italian);
        let columns = columns(t, &Fields::read(b"ordine=azienda&verso=su"));
        assert_eq!(
            (columns[1].sorted, columns[0].sorted),
            ("ascending", "none")
        );
        assert!(columns[1].address.ends_with("ordine=azienda&verso=giu"));
        assert!(columns[3].address.ends_with("ordine=ore&verso=giu"));
        let columns = super::columns(t, &Fields::default());
        assert_eq!(
            columns[5].sorted, "descending",
            "the newest first, unless said otherwise"
        );
    }

    #[test]
    fn a_filter_reads_what_the_form_sends_and_leaves_out_what_is_empty() {
        let query = Fields::read(
            b"testo=rossi+spa&stato=CLAIM_STATE_REJECTED&prodotto=&dal=2026-09-07&chi=nessuno&unita=&sede=490000&sede=",
        );
        let filter = filter(&query);
        assert_eq!(filter.text, "rossi spa");
        assert_eq!(filter.states().collect::<Vec<_>>(), [ClaimState::Rejected]);
        assert!(filter.products.is_empty() && filter.production_unit_code.is_none());
        assert_eq!(filter.period_from.map(|it| it.day), Some(7));
        assert_eq!((filter.mine, filter.unassigned), (false, true));
        assert_eq!(filter.offices, ["490000"]);
    }
}
