//! Delegations of signature of an office (`claims.md` CLM-15): who may adopt for the director, and on which days.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use chrono::NaiveDate;
use http::StatusCode;
use proto::omnia::claims::v1::{
    GrantSignatureDelegationRequest, ListSignatureDelegationsRequest, SignatureDelegation,
    WithdrawSignatureDelegationRequest,
};

use super::handling::{Colleagues, is_told_here};
use super::{form, id_of, notice, query, see, with_status};
use crate::App;
use crate::fields::Fields;
use crate::frame::Frame;
use crate::problem::{Kind, Outcome, Problem};
use crate::session::{Profile, Session, Side};
use crate::text::{Text, format};
use crate::web::{Visit, Visitor};

/// Delegations that the page shows.
const SHOWN: i32 = 200;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/ufficio/deleghe", get(list).post(grant))
        .route("/ufficio/deleghe/{id}/revoca", form(withdraw))
}

struct DelegationView {
    id: String,
    who: String,
    from: String,
    until: String,
    state: &'static str,
    tone: &'static str,
    /// What ends it, in words; empty where it cannot be ended.
    end: String,
}

#[derive(Template)]
#[template(path = "delegations.html")]
struct DelegationsPage {
    f: Frame,
    rows: Vec<DelegationView>,
    /// Who may be delegated; nobody for who does not delegate.
    delegates: Vec<(String, String)>,
    v: Fields,
    request: String,
    problem: String,
}

async fn list(State(app): State<Arc<App>>, visit: Visitor) -> Outcome {
    delegations_page(&app, &visit, None).await
}

async fn delegations_page(app: &App, visit: &Visit, problem: Option<&Problem>) -> Outcome {
    let session = signer(visit)?;
    let platform = app.gateway.for_session(session);
    let t = visit.text();
    let request = ListSignatureDelegationsRequest {
        page_size: SHOWN,
        page_token: String::new(),
    };
    let mut delegations = platform
        .office()
        .list_signature_delegations(request)
        .await?
        .into_inner()
        .delegations;
    // Newest first: ids grow with time.
    delegations.reverse();
    let profile = session.profile.clone().unwrap_or_default();
    let colleagues = Colleagues::of(&platform, &profile).await?;
    let delegates = profile.role == "DSEDE";
    let today = app.clock.today();
    Ok(with_status(
        problem.map_or(StatusCode::OK, Problem::status),
        &DelegationsPage {
            f: visit
                .frame(t.delegations_title())
                .crumb(t.queue_title(), "/ufficio")
                .crumb(t.delegations_title(), "")
                .noticing(notice(t, &query(visit))),
            rows: delegations
                .iter()
                .map(|it| delegation_view(t, it, &colleagues, today, delegates))
                .collect(),
            delegates: if delegates {
                colleagues.choices(t, &["PO", "DIR"], true)
            } else {
                Vec::new()
            },
            v: (*visit.fields).clone(),
            request: app.ids.at(app.clock.now()).to_string(),
            problem: problem.map_or(String::new(), |it| it.message(visit.language)),
        },
    ))
}

/// The session of who may sign, if need be by delegation.
fn signer(visit: &Visit) -> Outcome<&Session> {
    let session = visit.session_of(Side::Office)?;
    let signs = session.profile.as_ref().is_some_and(Profile::adopts);
    if signs {
        Ok(session)
    } else {
        Err(Problem::of(Kind::Denied))
    }
}

fn delegation_view(
    t: Text,
    delegation: &SignatureDelegation,
    colleagues: &Colleagues,
    today: NaiveDate,
    delegates: bool,
) -> DelegationView {
    let who = colleagues.name(t, &delegation.delegate_person_id, "DIR");
    let day = |day: Option<&proto::google::r#type::Date>| day.and_then(format::of_message);
    let (from, until) = (day(delegation.from.as_ref()), day(delegation.to.as_ref()));
    let (state, tone) = if delegation.withdrawn_at.is_some() {
        (t.delegation_withdrawn(), "chiusa")
    } else if until.is_some_and(|until| until < today) {
        (t.delegation_over(), "chiusa")
    } else if from.is_some_and(|from| from > today) {
        (t.delegation_future(), "corso")
    } else {
        (t.delegation_active(), "bene")
    };
    let from = format::date(delegation.from.as_ref());
    DelegationView {
        id: delegation.delegation_id.clone(),
        end: if delegates && tone != "chiusa" {
            t.delegation_end_of(&who, &from)
        } else {
            String::new()
        },
        until: format::date(delegation.to.as_ref()),
        from,
        who,
        state,
        tone,
    }
}

async fn grant(State(app): State<Arc<App>>, visit: Visitor) -> Outcome {
    let session = signer(&visit)?;
    let fields = &visit.fields;
    let day = |name| format::typed_day(fields.text(name)).map(format::to_message);
    let (from, to) = (day("dal"), day("al"));
    if from.is_none() || to.is_none() {
        let problem = Problem::input(visit.text().fault_dates());
        return delegations_page(&app, &visit, Some(&problem)).await;
    }
    let request = GrantSignatureDelegationRequest {
        request_id: fields.text("richiesta").to_owned(),
        delegate_person_id: fields.text("delegato").to_owned(),
        from,
        to,
    };
    let done = app
        .gateway
        .for_session(session)
        .office()
        .grant_signature_delegation(request)
        .await;
    done_or_told(&app, &visit, done.map(drop), "delega").await
}

async fn withdraw(State(app): State<Arc<App>>, id: Path<String>, visit: Visitor) -> Outcome {
    let session = signer(&visit)?;
    let request = WithdrawSignatureDelegationRequest {
        delegation_id: id_of(&id)?.to_string(),
    };
    let done = app
        .gateway
        .for_session(session)
        .office()
        .withdraw_signature_delegation(request)
        .await;
    done_or_told(&app, &visit, done.map(drop), "revocata").await
}

async fn done_or_told(
    app: &App,
    visit: &Visit,
    done: Result<(), tonic::Status>,
    outcome: &str,
) -> Outcome {
    match done.map_err(Problem::from) {
        Ok(()) => Ok(see(&format!("/ufficio/deleghe?esito={outcome}"))),
        Err(problem) if is_told_here(&problem) => {
            delegations_page(app, visit, Some(&problem)).await
        }
        Err(problem) => Err(problem),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    fn delegation(from: &str, to: &str) -> SignatureDelegation {
        let day = |text: &str| text.parse().ok().map(format::to_message);
        SignatureDelegation {
            from: day(from),
            to: day(to),
            ..SignatureDelegation::default()
        }
    }

    #[test]
    fn a_delegation_is_in_force_on_its_days_and_can_be_ended_only_before_it_is_over() {
        let t = Text(Language::Italian);
        let today = "2026-09-10".parse().unwrap();
        let view = |it| delegation_view(t, &it, &Colleagues::default(), today, true);
        let told = [
            ("2026-09-01", "2026-09-09", "scaduta", false),
            ("2026-09-10", "2026-09-10", "in corso", true),
            ("2026-09-11", "2026-09-30", "futura", true),
        ];
        for (from, to, state, ends) in told {
            let view = view(delegation(from, to));
            assert_eq!((view.state, !view.end.is_empty()), (state, ends), "{from}");
        }
    }
}
