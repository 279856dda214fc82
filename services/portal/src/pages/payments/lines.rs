//! The lines of a flow, page by page, with what stops them.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use proto::omnia::payments::v1::{Anomaly, Line, LineState, ListLinesRequest, ListLinesResponse};
use uuid::Uuid;

use super::flows::framed;
use super::{euro, flow, reader};
use crate::App;
use crate::frame::Frame;
use crate::gateway::Platform;
use crate::pages::claims::{StateChoice, next_page};
use crate::pages::{id_of, page as shown, query};
use crate::problem::Outcome;
use crate::text::{Text, format, payment_names as names};
use crate::web::Visitor;

/// Lines of a page.
const PAGE: i32 = 100;

/// What stops a line.
#[derive(Debug)]
pub(super) struct AnomalyView {
    pub(super) name: &'static str,
    pub(super) code: &'static str,
    pub(super) remedy: String,
}

/// A line in a list.
#[derive(Debug)]
pub(super) struct LineRow {
    pub(super) number: i32,
    pub(super) worker: String,
    pub(super) codice_fiscale: String,
    pub(super) month: String,
    pub(super) kind: &'static str,
    pub(super) state: &'static str,
    pub(super) tone: &'static str,
    pub(super) anomalies: Vec<AnomalyView>,
    pub(super) hours: String,
    pub(super) gross: String,
    pub(super) net: String,
    pub(super) differs: bool,
}

pub(super) fn row(t: Text, line: &Line) -> LineRow {
    LineRow {
        number: line.line_number,
        worker: format!("{} {}", line.surname, line.name),
        codice_fiscale: line.codice_fiscale.clone(),
        month: names::month(t, line.month.as_ref()),
        kind: names::line_type(t, line.r#type()),
        state: names::line_state(t, line.state()),
        tone: names::line_tone(line.state()),
        anomalies: line.anomalies.iter().map(|it| anomaly(t, it)).collect(),
        hours: format::hundredths(line.hours_hundredths, t.0),
        gross: euro(line.gross_cents, t.0),
        net: euro(line.net_cents, t.0),
        differs: line.expected_differs,
    }
}

fn anomaly(t: Text, anomaly: &Anomaly) -> AnomalyView {
    AnomalyView {
        name: names::anomaly(t, anomaly.code()),
        code: names::code(anomaly.code()),
        remedy: t.of(&anomaly.remedy_it, &anomaly.remedy_en).to_owned(),
    }
}

#[derive(Template)]
#[template(path = "flow_lines.html")]
struct LinesPage {
    f: Frame,
    id: String,
    rows: Vec<LineRow>,
    states: Vec<StateChoice>,
    next: String,
    later: bool,
}

pub(super) async fn page(State(app): State<Arc<App>>, id: Path<String>, visit: Visitor) -> Outcome {
    let platform = app.gateway.for_session(reader(&visit)?);
    let t = visit.text();
    let id = id_of(&id)?;
    let query = query(&visit);
    let state = LineState::from_str_name(query.text("stato"))
        .filter(|state| *state != LineState::Unspecified);
    let token = query.text("pagina").to_owned();
    let (flow, lines) = tokio::try_join!(
        flow(&platform, id),
        lines_of(&platform, id, state, PAGE, token)
    )?;
    Ok(shown(&LinesPage {
        f: framed(&visit, t.pay_lines_title())
            .crumb(
                flow.protocol_number.clone(),
                format!("/pagamenti/flussi/{id}"),
            )
            .crumb(t.pay_lines_title(), ""),
        id: id.to_string(),
        rows: lines.lines.iter().map(|line| row(t, line)).collect(),
        states: names::LINE_STATES
            .map(|state| StateChoice {
                code: state.as_str_name(),
                name: names::line_state(t, state),
                chosen: state.as_str_name() == query.text("stato"),
            })
            .into(),
        next: if lines.next_page_token.is_empty() {
            String::new()
        } else {
            next_page(&query, &lines.next_page_token)
        },
        later: !query.text("pagina").is_empty(),
    }))
}

/// A page of lines.
pub(super) async fn lines_of(
    platform: &Platform,
    flow: Uuid,
    state: Option<LineState>,
    page_size: i32,
    page_token: String,
) -> Outcome<ListLinesResponse> {
    let request = ListLinesRequest {
        flow_id: flow.to_string(),
        states: state.into_iter().map(|state| state as i32).collect(),
        page_size,
        page_token,
    };
    Ok(platform.flows().list_lines(request).await?.into_inner())
}
