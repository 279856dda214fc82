//! Saving a step: when somebody says so, and by itself while they type.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use proto::omnia::claims::v1::{Claim, ClaimState, Severity, UpdateDraftRequest};
use uuid::Uuid;

use super::check::{CheckView, check_view};
use super::choices::{around, around_checked};
use super::fix::fixes;
use super::inputs::{Around, Fault, Filer, Input, apply, inputs};
use super::page::{Shown, is_known, note, step_page};
use super::step::{Step, place_of};
use super::{Desk, address, check, counters_of, open, path, workers};
use crate::App;
use crate::fields::Fields;
use crate::frame::Frame;
use crate::gateway::Platform;
use crate::pages::claims::claim;
use crate::pages::counters::CountersView;
use crate::pages::view::findings;
use crate::pages::{page, see};
use crate::problem::{Kind, Outcome, Problem};
use crate::session::{Session, Side};
use crate::text::format;
use crate::web::{Visit, Visitor};

/// Prefix of the buttons that mend something.
const FIX: &str = "rimedio:";

#[derive(Template)]
#[template(path = "draft_saved.html")]
struct SavedPart {
    f: Frame,
    etag: String,
    status: String,
    is_problem: bool,
    inputs: Vec<Input>,
    counters: CountersView,
    check: CheckView,
}

pub(super) async fn save(
    State(app): State<Arc<App>>,
    Path((id, slug)): Path<(String, String)>,
    visit: Visitor,
) -> Outcome {
    let session = visit.session_of(Side::Filer)?;
    let (id, step) = address(&id, &slug)?;
    let platform = app.gateway.for_session(session);
    let fields = added(&visit.fields);
    let done = match write(&app, &platform, &visit, session, (id, step), &fields, true).await {
        Ok(Written::Draft(done)) => done,
        Ok(Written::Sent(sent)) => return Ok(see(&format!("/domande/{}", sent.claim_id))),
        Err(problem) if problem.is_about_request() => {
            let Ok(desk) = open(&platform, id).await? else {
                return Err(problem);
            };
            let shown = Shown {
                problem: Some(&problem),
                ..Shown::typed(&fields)
            };
            return step_page(&app, &visit, &platform, desk, step, &shown).await;
        }
        Err(problem) => return Err(problem),
    };
    if !done.faults.is_empty() {
        let Ok(desk) = open(&platform, id).await? else {
            return Err(Problem::of(Kind::Refused));
        };
        let shown = Shown {
            faults: &done.faults,
            ..Shown::typed(&fields)
        };
        return step_page(&app, &visit, &platform, desk, step, &shown).await;
    }
    let action = visit.fields.text("azione");
    if let Some(name) = action.strip_prefix(FIX) {
        mend(&platform, id, name).await?;
        let id = id.to_string();
        return Ok(see(&format!(
            "{}?esito=rimediata&controlla",
            path(&id, step)
        )));
    }
    let id = id.to_string();
    if action != "continua" {
        return Ok(see(&format!("{}?esito=salvata&controlla", path(&id, step))));
    }
    let check = check(&platform, &id).await?;
    let stays = check
        .findings
        .iter()
        .any(|finding| finding.severity() == Severity::Block && place_of(&finding.field).0 == step);
    Ok(see(&if stays && !visit.fields.has("controllato") {
        format!("{}?controlla#riepilogo", path(&id, step))
    } else {
        path(&id, step.next())
    }))
}

/// Saves while somebody types, and answers with the parts of the page that changed.
pub(super) async fn autosave(
    State(app): State<Arc<App>>,
    Path((id, slug)): Path<(String, String)>,
    visit: Visitor,
) -> Outcome {
    let session = visit.session_of(Side::Filer)?;
    let (id, step) = address(&id, &slug)?;
    let platform = app.gateway.for_session(session);
    let t = visit.text();
    let fields = &visit.fields;
    let (etag, status, faults) =
        match write(&app, &platform, &visit, session, (id, step), fields, false).await {
            Ok(Written::Draft(done)) => {
                let status = if done.faults.is_empty() {
                    t.saved_at(&format::instant(app.clock.now()))
                } else {
                    t.saved_in_part().to_owned()
                };
                (done.etag, status, done.faults)
            }
            Ok(Written::Sent(_)) => (String::new(), t.already_sent().to_owned(), Vec::new()),
            Err(problem) if problem.is_about_request() => {
                let part = SavedPart {
                    f: visit.frame(""),
                    etag: fields.text("etag").to_owned(),
                    status: problem.message(visit.language),
                    is_problem: true,
                    inputs: Vec::new(),
                    counters: CountersView::default(),
                    check: CheckView::default(),
                };
                return Ok(page(&part));
            }
            Err(problem) => return Err(problem),
        };
    let Ok(desk) = open(&platform, id).await? else {
        return Err(Problem::of(Kind::Refused));
    };
    let (around, counters, offices) = tokio::join!(
        around_checked(&platform, t, step, &desk.content, &desk.check),
        counters_of(&app, &platform, t, step, &desk),
        app.directory.offices(&platform, app.clock.now()),
    );
    let (around, counters) = (around?, counters?);
    let mut inputs = inputs(t, step, fields, &desk.content, &around);
    if is_known(&visit) {
        inputs.retain(|input| input.id != "cf_dichiarante");
    }
    let found = findings(t, &desk.check.findings);
    note(t, step, &mut inputs, &found, &faults);
    Ok(page(&SavedPart {
        f: visit.frame(""),
        etag,
        status,
        is_problem: !faults.is_empty(),
        inputs,
        counters,
        check: check_view(t, app.clock.today(), &desk, &found, &offices),
    }))
}

enum Written {
    Draft(Done),
    Sent(Box<Claim>),
}

struct Done {
    etag: String,
    faults: Vec<Fault>,
}

/// Writes a step. Who comes with an old version but changes nothing that somebody else changed meanwhile is let
/// through: a form sent twice, or sent while its autosave is under way, is no conflict.
async fn write(
    app: &App,
    platform: &Platform,
    visit: &Visit,
    session: &Session,
    (id, step): (Uuid, Step),
    fields: &Fields,
    confirms: bool,
) -> Outcome<Written> {
    let current = claim(platform, id).await?;
    if current.state() != ClaimState::Draft {
        return Ok(Written::Sent(Box::new(current)));
    }
    let before = current.content.clone().unwrap_or_default();
    let filer = Filer {
        role: session.profile.as_ref().map_or("", |profile| &profile.role),
        code: &session.fiscal_code,
        today: app.clock.today(),
    };
    // Only statements are taken from a catalogue.
    let around = match step {
        Step::Statements => around(platform, step, &before).await?,
        _ => Around::default(),
    };
    let t = visit.text();
    let mut content = before.clone();
    let faults = apply(t, step, fields, &mut content, filer, &around);
    let confirmed_fields = if confirms {
        unconfirmed(&current, step)
    } else {
        Vec::new()
    };
    if content == before && confirmed_fields.is_empty() {
        return Ok(Written::Draft(Done {
            etag: current.etag,
            faults,
        }));
    }
    let stated = fields.text("etag");
    let request = UpdateDraftRequest {
        claim_id: id.to_string(),
        etag: if stated.is_empty() {
            current.etag
        } else {
            stated.to_owned()
        },
        content: Some(content),
        confirmed_fields,
    };
    let etag = match platform.claims().update_draft(request).await {
        Ok(answer) => answer.into_inner().claim.unwrap_or_default().etag,
        Err(status) => {
            let problem = Problem::from(status);
            if problem.reason != "ETAG_MISMATCH" {
                return Err(problem);
            }
            // The same form may have come twice, or its autosave just before it.
            let current = claim(platform, id).await?;
            let before = current.content.clone().unwrap_or_default();
            let mut content = before.clone();
            apply(t, step, fields, &mut content, filer, &around);
            if content != before {
                return Err(problem);
            }
            current.etag
        }
    };
    Ok(Written::Draft(Done { etag, faults }))
}

/// What the platform filled in for a step and nobody has confirmed yet: who saves the step has seen it.
fn unconfirmed(claim: &Claim, step: Step) -> Vec<String> {
    let open = claim.filled.iter().filter(|one| one.confirmed_at.is_none());
    let here = open.filter(|one| place_of(&one.field).0 == step);
    here.map(|one| one.field.clone()).collect()
}

/// Mends what a click can mend, on the draft as it is now. What is mended already needs nothing.
async fn mend(platform: &Platform, id: Uuid, name: &str) -> Outcome<()> {
    let Ok(Desk {
        claim,
        mut content,
        check,
        weeks_most,
    }) = open(platform, id).await?
    else {
        return Ok(());
    };
    let mut offered = fixes(&content, &check, weeks_most).into_iter();
    let Some(fix) = offered.find(|fix| fix.name() == name) else {
        return Ok(());
    };
    fix.apply(&mut content, &check);
    let request = UpdateDraftRequest {
        claim_id: id.to_string(),
        etag: claim.etag,
        content: Some(content),
        ..UpdateDraftRequest::default()
    };
    platform.claims().update_draft(request).await?;
    Ok(())
}

/// A worker typed in the line below the list joins it, and one that is taken out leaves it.
fn added(fields: &Fields) -> Fields {
    let mut fields = fields.clone();
    let columns = [
        "nuovo_cf",
        "nuovo_qualifica",
        "nuovo_orario",
        "nuovo_assunzione",
        "nuovo_ore",
    ];
    let line: Vec<String> = columns
        .iter()
        .map(|name| fields.text(name).to_owned())
        .collect();
    let action = fields.text("azione").to_owned();
    let Some((_, list)) = fields.0.iter_mut().find(|(name, _)| name == "elenco") else {
        return fields;
    };
    if line.iter().any(|cell| !cell.is_empty()) {
        let day = format::typed_day(&line[3]).map_or_else(|| line[3].clone(), format::day);
        let text = format!("{};{};{};{day};{}", line[0], line[1], line[2], line[4]);
        let before = list.trim();
        let apart = if before.is_empty() { "" } else { "\n" };
        *list = format!("{before}{apart}{text}\n");
        fields.0.retain(|(name, _)| !name.starts_with("nuovo_"));
    } else if let Some(index) = action
        .strip_prefix("togli:")
        .and_then(|at| at.parse::<usize>().ok())
    {
        let rows = list.lines().filter(|row| {
            let row = row.trim();
            !row.is_empty() && !row.eq_ignore_ascii_case(workers::HEADING)
        });
        let rows: Vec<&str> = rows
            .enumerate()
            .filter(|(at, _)| *at != index)
            .map(|(_, row)| row)
            .collect();
        *list = rows.join("\n");
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        Fields(
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        )
    }

    #[test]
    fn a_worker_typed_by_hand_joins_the_list() {
        let typed = fields(&[
            ("elenco", "AAA;1;40;01/01/2020;10\n"),
            ("nuovo_cf", "BBB"),
            ("nuovo_qualifica", "2"),
            ("nuovo_orario", "38,5"),
            ("nuovo_assunzione", "2021-02-03"),
            ("nuovo_ore", "20"),
        ]);
        assert_eq!(
            added(&typed).raw("elenco"),
            "AAA;1;40;01/01/2020;10\nBBB;2;38,5;03/02/2021;20\n"
        );
    }

    #[test]
    fn a_worker_taken_out_leaves_the_list() {
        let typed = fields(&[("elenco", "AAA;1\n\nBBB;2\nCCC;3"), ("azione", "togli:1")]);
        assert_eq!(added(&typed).raw("elenco"), "AAA;1\nCCC;3");
    }
}
