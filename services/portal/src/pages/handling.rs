//! What an office does with a claim besides deciding: hand it over, note something, transfer it, record what the committee
//! decided on an appeal.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use http::StatusCode;
use proto::omnia::claims::v1::{
    AddNoteRequest, Claim, ClaimState, Colleague, HandOverClaimRequest, ListColleaguesRequest,
    ListNotesRequest, Note, RecordAppealRulingRequest, RulingOutcome, TransferClaimRequest,
};
use uuid::Uuid;

use super::claims::StateChoice;
use super::office::{acted, desk_page};
use super::{form, id_of};
use crate::App;
use crate::gateway::Platform;
use crate::problem::{Outcome, Problem};
use crate::session::{Profile, Side};
use crate::text::{Text, format, names};
use crate::web::{Visit, Visitor};

/// Notes that the desk shows: more than that is not a file but an archive, and the history has them all.
const NOTES: i32 = 200;
/// Letters of an opaque id by which colleagues are told apart.
const CODE: usize = 4;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/ufficio/{id}/cedi", form(hand_over))
        .route("/ufficio/{id}/nota", form(add_note))
        .route("/ufficio/{id}/trasferisci", form(transfer))
        .route("/ufficio/{id}/esito-ricorso", form(rule))
}

/// Who works at the office. People have no names on the platform: a role, and the end of an opaque id.
#[derive(Debug, Clone, Default)]
pub(crate) struct Colleagues(Vec<Colleague>);

impl Colleagues {
    /// Those of the caller's office; nobody for roles that belong to none.
    pub(super) async fn of(platform: &Platform, profile: &Profile) -> Outcome<Self> {
        if !matches!(profile.role.as_str(), "SEDE" | "PO" | "DIR" | "DSEDE") {
            return Ok(Self::default());
        }
        let request = ListColleaguesRequest {};
        let answer = platform.desk().list_colleagues(request).await?;
        Ok(Self(answer.into_inner().colleagues))
    }

    /// How somebody is called who did something in a role; the role alone for others than colleagues.
    pub(crate) fn name(&self, t: Text, person: &str, role: &str) -> String {
        match self.0.iter().find(|it| it.person_id == person) {
            Some(it) if it.is_caller => t.colleague_you(names::role(t, &it.role)),
            Some(it) => t.colleague(names::role(t, &it.role), &code(person)),
            None => names::role(t, role).to_owned(),
        }
    }

    /// Those in one of the roles, other than the caller if that is wanted, to choose from.
    pub(super) fn choices(
        &self,
        t: Text,
        roles: &[&str],
        but_caller: bool,
    ) -> Vec<(String, String)> {
        self.0
            .iter()
            .filter(|it| roles.contains(&it.role.as_str()) && !(but_caller && it.is_caller))
            .map(|it| (it.person_id.clone(), self.name(t, &it.person_id, &it.role)))
            .collect()
    }

    fn is_caller(&self, person: &str) -> bool {
        self.0
            .iter()
            .any(|it| it.is_caller && it.person_id == person)
    }
}

fn code(person: &str) -> String {
    let start = person.len().saturating_sub(CODE);
    person.get(start..).unwrap_or(person).to_uppercase()
}

/// A note as the desk shows it.
pub(crate) struct NoteView {
    pub(crate) id: String,
    pub(crate) heading: String,
    pub(crate) text: String,
    /// Heading of the note that it corrects; empty for none.
    pub(crate) corrects: String,
}

/// What may be done with a claim besides deciding, and what is noted about it.
pub(crate) struct Handling {
    pub(crate) colleagues: Colleagues,
    /// Who has the claim, in words; empty for who may not know.
    pub(crate) handler: String,
    /// Whether the caller may hand it over.
    pub(crate) hand_over: bool,
    pub(crate) receivers: Vec<(String, String)>,
    /// Whether notes may be read and written.
    pub(crate) noting: bool,
    pub(crate) notes: Vec<NoteView>,
    /// Offices to which it may be transferred; nobody may where there are none.
    pub(crate) offices: Vec<(String, String)>,
    /// What may be recorded of the committee; nothing where there is nothing to record.
    pub(crate) rulings: Vec<StateChoice>,
    /// What the committee decided, by name and value; empty before.
    pub(crate) ruled: Vec<(&'static str, String)>,
    /// Whether the decision that conforms to it is still to come.
    pub(crate) conforming_due: bool,
    /// Id of the next request, so that clicking twice does one thing.
    pub(crate) request: String,
}

impl Handling {
    /// For a claim at the desk of somebody.
    pub(super) async fn of(
        app: &App,
        platform: &Platform,
        t: Text,
        profile: &Profile,
        claim: &Claim,
    ) -> Outcome<Self> {
        let state = claim.state();
        let colleagues = Colleagues::of(platform, profile).await?;
        let noting = !colleagues.0.is_empty();
        let notes = if noting {
            notes(platform, &claim.claim_id).await?
        } else {
            Vec::new()
        };
        let worked_on = matches!(
            state,
            ClaimState::UnderReview
                | ClaimState::SupplementPending
                | ClaimState::UnderReexamination
        );
        let transfers = matches!(profile.role.as_str(), "PO" | "DSEDE")
            && matches!(state, ClaimState::Submitted | ClaimState::Assigned);
        let offices = if transfers {
            let known = app.directory.offices(platform, app.clock.now()).await;
            let mut offices = known.all();
            offices.retain(|(code, _)| *code != claim.competent_office);
            offices
        } else {
            Vec::new()
        };
        let open = state == ClaimState::UnderAppeal;
        let ruling = claim.appeal_ruling.as_ref();
        let pending = ruling.filter(|it| {
            let decision = claim.decision.as_ref().map(|it| it.decision_id.as_str());
            decision == Some(it.decision_id.as_str())
        });
        Ok(Self {
            handler: handler(t, &colleagues, noting, claim),
            hand_over: profile.examines() && worked_on && colleagues.is_caller(&claim.handler_id),
            receivers: colleagues.choices(t, &["SEDE", "PO"], true),
            notes: note_views(t, &notes, &colleagues),
            rulings: if open && pending.is_none() && profile.role == "DIR" {
                ruling_choices(t)
            } else {
                Vec::new()
            },
            ruled: ruling.map_or_else(Vec::new, |it| {
                vec![
                    (t.ruling_label(), names::ruling(t, it.ruling()).to_owned()),
                    (t.ruling_number(), it.number.clone()),
                    (t.ruling_day(), format::date(it.ruled_on.as_ref())),
                    (t.ruling_grounds(), it.grounds.clone()),
                ]
            }),
            conforming_due: open && pending.is_some(),
            request: app.ids.at(app.clock.now()).to_string(),
            noting,
            offices,
            colleagues,
        })
    }
}

fn handler(t: Text, colleagues: &Colleagues, noting: bool, claim: &Claim) -> String {
    if !noting {
        String::new()
    } else if claim.handler_id.is_empty() {
        t.handler_nobody().to_owned()
    } else if colleagues.is_caller(&claim.handler_id) {
        t.handler_you().to_owned()
    } else {
        colleagues.name(t, &claim.handler_id, "SEDE")
    }
}

fn ruling_choices(t: Text) -> Vec<StateChoice> {
    [
        RulingOutcome::Upheld,
        RulingOutcome::PartlyUpheld,
        RulingOutcome::Dismissed,
    ]
    .map(|ruling| StateChoice {
        code: ruling.as_str_name(),
        name: names::ruling(t, ruling),
        chosen: false,
    })
    .into()
}

async fn notes(platform: &Platform, claim_id: &str) -> Outcome<Vec<Note>> {
    let request = ListNotesRequest {
        claim_id: claim_id.to_owned(),
        page_size: NOTES,
        page_token: String::new(),
    };
    Ok(platform
        .desk()
        .list_notes(request)
        .await?
        .into_inner()
        .notes)
}

fn note_views(t: Text, notes: &[Note], colleagues: &Colleagues) -> Vec<NoteView> {
    let heading = |note: &Note| {
        let who = colleagues.name(t, &note.author_id, &note.author_role);
        t.note_of(&format::timestamp(note.created_at.as_ref()), &who)
    };
    notes
        .iter()
        .map(|note| NoteView {
            id: note.note_id.clone(),
            heading: heading(note),
            text: note.text.clone(),
            corrects: notes
                .iter()
                .find(|it| it.note_id == note.corrects_note_id)
                .map(heading)
                .unwrap_or_default(),
        })
        .collect()
}

async fn hand_over(State(app): State<Arc<App>>, id: Path<String>, visit: Visitor) -> Outcome {
    let (id, platform) = at_the_desk(&app, &visit, &id)?;
    let request = HandOverClaimRequest {
        request_id: visit.fields.text("richiesta").to_owned(),
        claim_id: id.to_string(),
        to_person_id: visit.fields.text("a").to_owned(),
        reason: visit.fields.text("perche").to_owned(),
    };
    let done = platform.desk().hand_over_claim(request).await;
    acted(&app, &visit, id, done.map(drop), "ceduta").await
}

async fn add_note(State(app): State<Arc<App>>, id: Path<String>, visit: Visitor) -> Outcome {
    let (id, platform) = at_the_desk(&app, &visit, &id)?;
    let request = AddNoteRequest {
        request_id: visit.fields.text("richiesta").to_owned(),
        claim_id: id.to_string(),
        text: visit.fields.text("nota").replace("\r\n", "\n"),
        corrects_note_id: visit.fields.text("corregge").to_owned(),
    };
    let done = platform.desk().add_note(request).await;
    acted(&app, &visit, id, done.map(drop), "nota").await
}

async fn transfer(State(app): State<Arc<App>>, id: Path<String>, visit: Visitor) -> Outcome {
    let (id, platform) = at_the_desk(&app, &visit, &id)?;
    let request = TransferClaimRequest {
        claim_id: id.to_string(),
        office: visit.fields.text("sede").to_owned(),
        reason: visit.fields.text("perche").to_owned(),
    };
    match platform.office().transfer_claim(request).await {
        // The claim is no longer of this office, and its desk is gone.
        Ok(_) => Ok(super::see("/ufficio?esito=trasferita")),
        Err(status) => acted(&app, &visit, id, Err(status), "").await,
    }
}

async fn rule(State(app): State<Arc<App>>, id: Path<String>, visit: Visitor) -> Outcome {
    let (id, platform) = at_the_desk(&app, &visit, &id)?;
    let fields = &visit.fields;
    let ruling = RulingOutcome::from_str_name(fields.text("esito-comitato")).unwrap_or_default();
    let day = format::typed_day(fields.text("data-delibera")).map(format::to_message);
    if ruling == RulingOutcome::Unspecified || day.is_none() {
        let problem = Problem::input(visit.text().fault_choose());
        return desk_page(&app, &visit, id, Some(&problem)).await;
    }
    let request = RecordAppealRulingRequest {
        request_id: fields.text("richiesta").to_owned(),
        claim_id: id.to_string(),
        ruling: ruling as i32,
        number: fields.text("numero").to_owned(),
        ruled_on: day,
        grounds: fields.text("motivi").replace("\r\n", "\n"),
    };
    let done = platform.desk().record_appeal_ruling(request).await;
    acted(&app, &visit, id, done.map(drop), "esito-ricorso").await
}

fn at_the_desk(app: &App, visit: &Visit, id: &Path<String>) -> Outcome<(Uuid, Platform)> {
    let id = id_of(id)?;
    let session = visit.session_of(Side::Office)?;
    Ok((id, app.gateway.for_session(session)))
}

/// Whether a problem is told where it was asked.
pub(super) fn is_told_here(problem: &Problem) -> bool {
    problem.is_about_request() || problem.status() == StatusCode::FORBIDDEN
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    fn colleague(person_id: &str, role: &str, is_caller: bool) -> Colleague {
        Colleague {
            person_id: person_id.into(),
            role: role.into(),
            is_caller,
        }
    }

    #[test]
    fn colleagues_are_told_apart_and_oneself_is_you() {
        let t = Text(Language::Italian);
        let colleagues = Colleagues(vec![
            colleague("0190-aa11", "SEDE", true),
            colleague("0190-bb22", "SEDE", false),
            colleague("0190-cc33", "DIR", false),
        ]);
        assert_eq!(
            colleagues.name(t, "0190-aa11", "SEDE"),
            "Operatore di Sede (tu)"
        );
        assert_eq!(
            colleagues.name(t, "0190-bb22", "SEDE"),
            "Operatore di Sede n. BB22"
        );
        assert_eq!(colleagues.name(t, "0190-dd44", "INT"), "Intermediario");
        let receivers = colleagues.choices(t, &["SEDE", "PO"], true);
        assert_eq!(receivers.len(), 1);
        assert_eq!(receivers[0].0, "0190-bb22");
    }
}
