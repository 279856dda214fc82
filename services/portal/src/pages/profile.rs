//! The choice of the profile: own roles, roles at employers and offices, mandates (`identity.md` §2).

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use proto::omnia::anagrafe::v1::{ListProfilesRequest, ListProfilesResponse, RoleGrant};

use super::session::local;
use super::{notice, page as render, query, see};
use crate::App;
use crate::frame::Frame;
use crate::problem::{Kind, Outcome, Problem};
use crate::session::{Profile, Session, Side};
use crate::text::{format, names};
use crate::web::{self, Visitor};

#[derive(Template)]
#[template(path = "profile.html")]
struct ProfilePage {
    f: Frame,
    choices: Vec<Choice>,
    next: String,
}

/// One profile that may be chosen.
struct Choice {
    /// Value that names it in the form.
    value: String,
    /// Role in words.
    role: &'static str,
    /// For whom, or where.
    organisation: String,
    /// Whether it is a mandate.
    is_mandate: bool,
    /// Last day of a mandate; empty while open-ended.
    until: String,
    /// Whether it is in use now.
    current: bool,
}

/// The profiles to choose from.
pub(super) async fn page_of(app: &App, visit: &web::Visit) -> Outcome {
    let session = visit.session()?;
    let t = visit.text();
    let found = profiles(app, session).await?;
    let choices = found
        .into_iter()
        .map(|(profile, until)| Choice {
            value: value_of(&profile),
            role: names::role(t, &profile.role),
            organisation: place_of(&profile),
            is_mandate: profile.is_mandate(),
            until,
            current: session.profile.as_ref() == Some(&profile),
        })
        .collect();
    let query = query(visit);
    Ok(render(&ProfilePage {
        f: visit.frame(t.profile_title()).noticing(notice(t, &query)),
        choices,
        next: query.text("next").to_owned(),
    }))
}

pub(super) async fn page(State(app): State<Arc<App>>, visit: Visitor) -> Outcome {
    page_of(&app, &visit).await
}

/// Chooses a profile that the person really holds.
pub(super) async fn choose(State(app): State<Arc<App>>, visit: Visitor) -> Outcome {
    let session = visit.session()?;
    let wanted = visit.fields.text("profilo");
    let profile = profiles(&app, session)
        .await?
        .into_iter()
        .map(|(profile, _)| profile)
        .find(|profile| value_of(profile) == wanted)
        .ok_or_else(|| Problem::of(Kind::Denied))?;
    let next = local(visit.fields.text("next"));
    Ok(enter(&app, session, profile, &next))
}

/// Goes on under a profile.
pub(super) fn enter(app: &App, session: &Session, profile: Profile, next: &str) -> Response {
    let session = Session {
        profile: Some(profile),
        seen: app.clock.now().timestamp(),
        // Another profile is another session: forms of the one before do not fit (`identity.md` §2).
        csrf: app.ids.code(32),
        ..session.clone()
    };
    let mut response = see(next);
    web::keep_session(app, &session, &mut response);
    response
}

/// What the person may act as now, with the last day of mandates.
pub(super) async fn profiles(app: &App, session: &Session) -> Outcome<Vec<(Profile, String)>> {
    let asker = Session {
        profile: None,
        ..session.clone()
    };
    let answer = app
        .gateway
        .for_session(&asker)
        .profiles()
        .list_profiles(ListProfilesRequest {})
        .await?
        .into_inner();
    Ok(choices(answer, app.clock.now()))
}

fn choices(answer: ListProfilesResponse, now: DateTime<Utc>) -> Vec<(Profile, String)> {
    let mandates = answer
        .mandates
        .into_iter()
        .filter(|mandate| mandate.active)
        .map(|mandate| {
            let until = format::date(mandate.to.as_ref());
            let profile = Profile {
                role: "INT".to_owned(),
                mandate: mandate.mandate_id,
                organisation: String::new(),
                name: format!("{} ({})", mandate.employer_name, mandate.matricola),
            };
            (profile, until)
        });
    let roles = answer
        .roles
        .into_iter()
        .filter(|grant| is_effective(grant, now))
        .map(|grant| {
            let profile = Profile {
                role: grant.role,
                mandate: String::new(),
                organisation: grant.organisation,
                name: grant.organisation_name,
            };
            (profile, String::new())
        });
    let mut all: Vec<_> = roles.chain(mandates).collect();
    // What the portal serves comes first.
    all.sort_by_key(|(profile, _)| profile.side() == Side::Other);
    all
}

fn is_effective(grant: &RoleGrant, now: DateTime<Utc>) -> bool {
    let at = |time: &Option<prost_types::Timestamp>| time.as_ref().and_then(format::instant_of);
    at(&grant.effective_from).is_none_or(|from| from <= now)
        && at(&grant.effective_to).is_none_or(|to| now < to)
}

fn value_of(profile: &Profile) -> String {
    format!(
        "{}|{}|{}",
        profile.role, profile.mandate, profile.organisation
    )
}

fn place_of(profile: &Profile) -> String {
    match (profile.name.is_empty(), profile.organisation.is_empty()) {
        (true, _) => profile.organisation.clone(),
        (false, true) => profile.name.clone(),
        (false, false) => format!("{} ({})", profile.name, profile.organisation),
    }
}

#[cfg(test)]
mod tests {
    use proto::omnia::anagrafe::v1::Mandate;

    use super::*;

    fn at(seconds: i64) -> prost_types::Timestamp {
        prost_types::Timestamp { seconds, nanos: 0 }
    }

    #[test]
    fn only_what_works_now_may_be_chosen_and_what_is_served_comes_first() {
        let role = |role: &str, from, to| RoleGrant {
            role: role.to_owned(),
            effective_from: Some(from),
            effective_to: to,
            ..RoleGrant::default()
        };
        let mandate = |id: &str, active| Mandate {
            mandate_id: id.to_owned(),
            active,
            ..Mandate::default()
        };
        let answer = ListProfilesResponse {
            roles: vec![
                role("DLD", at(0), None),
                role("PO", at(200), None),
                role("SEDE", at(0), Some(at(50))),
                role("DIR", at(0), Some(at(150))),
            ],
            mandates: vec![mandate("one", true), mandate("over", false)],
        };
        let found: Vec<_> = choices(answer, DateTime::from_timestamp(100, 0).unwrap())
            .into_iter()
            .map(|(profile, _)| (profile.role, profile.mandate))
            .collect();
        let expected = [("DIR", ""), ("INT", "one"), ("DLD", "")];
        assert_eq!(
            found,
            expected.map(|(role, mandate)| (role.to_owned(), mandate.to_owned()))
        );
    }
}
