//! The home: what awaits the person, by the side of the counter on which they stand.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use proto::omnia::claims::v1::{ClaimState, ClaimSummary, ListClaimsRequest};

use super::claims::{RowView, rows};
use super::payments::{
    BatchView, FlowRow, MineView, RecoveryRow, awaiting_batches, flow_rows, my_payments, overdue,
    stopped_flows,
};
use super::{notice, page as render, profile, query, see};
use crate::App;
use crate::frame::Frame;
use crate::gateway::Platform;
use crate::problem::{Kind, Outcome};
use crate::session::{Session, Side};
use crate::text::{Text, names};
use crate::web::{Visit, Visitor};

/// Claims that a card shows.
const SHOWN: i32 = 5;
/// Claims that are counted; more are told as "at least".
const COUNTED: i32 = 200;

/// Claims that the office works on, in the order of the work.
const QUEUE: [ClaimState; 5] = [
    ClaimState::Submitted,
    ClaimState::Assigned,
    ClaimState::UnderReview,
    ClaimState::SupplementPending,
    ClaimState::UnderReexamination,
];

/// Claims that were decided.
const DECIDED: [ClaimState; 3] = [
    ClaimState::Accepted,
    ClaimState::PartiallyAccepted,
    ClaimState::Rejected,
];
/// Claims that somebody works on.
const IN_HAND: [ClaimState; 3] = [
    ClaimState::Assigned,
    ClaimState::UnderReview,
    ClaimState::UnderReexamination,
];

#[derive(Template)]
#[template(path = "home_filer.html")]
struct FilerHome {
    f: Frame,
    drafts: Vec<RowView>,
    waiting: Vec<RowView>,
    decided: Vec<RowView>,
    /// Flows with stopped lines; none when payments are away.
    flows: Option<Vec<FlowRow>>,
}

#[derive(Template)]
#[template(path = "home_office.html")]
struct OfficeHome {
    f: Frame,
    counts: Vec<CountView>,
    to_adopt: Vec<RowView>,
    mine: Vec<RowView>,
    adopts: bool,
    examines: bool,
    /// Flows with stopped lines; none when payments are away.
    flows: Option<Vec<FlowRow>>,
    /// Batches that wait for the bank; none for who does not order payments.
    batches: Option<Vec<BatchView>>,
    /// Recoveries whose term is over; none when payments are away.
    recoveries: Option<Vec<RecoveryRow>>,
}

#[derive(Template)]
#[template(path = "home_worker.html")]
struct WorkerHome {
    f: Frame,
    /// The last ones; none when payments are away.
    payments: Option<Vec<MineView>>,
}

#[derive(Template)]
#[template(path = "home_other.html")]
struct OtherHome {
    f: Frame,
}

/// How many claims are in a state.
struct CountView {
    state: &'static str,
    code: &'static str,
    count: String,
}

pub(super) async fn page(State(app): State<Arc<App>>, visit: Visitor) -> Outcome {
    let Some(session) = &visit.session else {
        return Ok(see("/accesso"));
    };
    if session.profile.is_none() {
        let found = profile::profiles(&app, session).await?;
        // Who has no choice is not asked.
        return Ok(match <[_; 1]>::try_from(found) {
            Ok([(only, _)]) => profile::enter(&app, session, only, "/"),
            Err(_) => see("/profilo"),
        });
    }
    match session.side() {
        Side::Filer => filer(&app, &visit, session).await,
        Side::Office => office(&app, &visit, session).await,
        Side::Worker => worker(&app, &visit, session).await,
        Side::Other => Ok(render(&OtherHome {
            f: visit.frame(visit.text().home_title()),
        })),
    }
}

async fn filer(app: &App, visit: &Visit, session: &Session) -> Outcome {
    let platform = app.gateway.for_session(session);
    let t = visit.text();
    let claims = async {
        tokio::try_join!(
            listed(&platform, &[ClaimState::Draft], SHOWN, false),
            listed(&platform, &QUEUE, SHOWN, false),
            listed(&platform, &DECIDED, SHOWN, false),
        )
    };
    let (claims, flows) = tokio::join!(claims, stopped_flows(&platform, SHOWN));
    let (drafts, waiting, decided) = claims?;
    let today = app.clock.today();
    Ok(render(&FilerHome {
        f: visit
            .frame(t.home_title())
            .noticing(notice(t, &query(visit))),
        drafts: rows(t, &drafts, today),
        waiting: rows(t, &waiting, today),
        decided: rows(t, &decided, today),
        flows: unless_away(flows)?.map(|flows| flow_rows(t, &flows)),
    }))
}

async fn office(app: &App, visit: &Visit, session: &Session) -> Outcome {
    let platform = app.gateway.for_session(session);
    let t = visit.text();
    let profile = session.profile.clone().unwrap_or_default();
    let claims = async {
        tokio::try_join!(
            listed(&platform, &QUEUE, COUNTED, false),
            listed(&platform, &IN_HAND, SHOWN, true),
        )
    };
    let batches = async {
        if profile.orders_payments() {
            unless_away(awaiting_batches(&platform, t).await)
        } else {
            Ok(None)
        }
    };
    let (claims, flows, batches, recoveries) = tokio::join!(
        claims,
        stopped_flows(&platform, SHOWN),
        batches,
        overdue(&platform, t, SHOWN)
    );
    let (queue, mine) = claims?;
    let to_adopt: Vec<_> = queue
        .iter()
        .filter(|claim| claim.proposal_pending)
        .cloned()
        .collect();
    let today = app.clock.today();
    Ok(render(&OfficeHome {
        f: visit.frame(t.home_title()),
        counts: counts(t, &queue),
        to_adopt: rows(t, &to_adopt, today),
        mine: rows(t, &mine, today),
        adopts: profile.adopts(),
        examines: profile.examines(),
        flows: unless_away(flows)?.map(|flows| flow_rows(t, &flows)),
        batches: batches?,
        recoveries: unless_away(recoveries)?,
    }))
}

/// A home is shown also while payments are away.
fn unless_away<T>(outcome: Outcome<T>) -> Outcome<Option<T>> {
    match outcome {
        Ok(found) => Ok(Some(found)),
        Err(problem) if matches!(problem.kind, Kind::Unavailable | Kind::Internal) => Ok(None),
        Err(problem) => Err(problem),
    }
}

/// What a worker comes for: the last payments.
async fn worker(app: &App, visit: &Visit, session: &Session) -> Outcome {
    let platform = app.gateway.for_session(session);
    let t = visit.text();
    let payments = unless_away(my_payments(&platform, t, SHOWN, "").await)?;
    Ok(render(&WorkerHome {
        f: visit.frame(t.home_title()),
        payments: payments.map(|(payments, _)| payments),
    }))
}

fn counts(t: Text, queue: &[ClaimSummary]) -> Vec<CountView> {
    let at_least = queue.len() >= usize::try_from(COUNTED).unwrap_or(usize::MAX);
    QUEUE
        .into_iter()
        .map(|state| {
            let count = queue.iter().filter(|claim| claim.state() == state).count();
            CountView {
                state: names::state(t, state),
                code: state.as_str_name(),
                count: if at_least {
                    t.at_least(count)
                } else {
                    count.to_string()
                },
            }
        })
        .collect()
}

async fn listed(
    platform: &Platform,
    states: &[ClaimState],
    page_size: i32,
    mine: bool,
) -> Outcome<Vec<ClaimSummary>> {
    let request = ListClaimsRequest {
        states: states.iter().map(|state| *state as i32).collect(),
        page_size,
        mine,
        ..ListClaimsRequest::default()
    };
    Ok(platform
        .claims()
        .list_claims(request)
        .await?
        .into_inner()
        .claims)
}
