//! The page of a step: its inputs with everything that is to be said about them, and the check beside it.

use askama::Template;
use http::StatusCode;
use proto::omnia::claims::v1::UploadKind;

use super::check::{CheckView, check_view};
use super::choices::around_checked;
use super::inputs::{Ask, Fault, Input, Note, inputs, section_input};
use super::step::{Step, line_of, place_of, section_of};
use super::{Desk, counters_of, framed};
use crate::App;
use crate::fields::Fields;
use crate::frame::Frame;
use crate::gateway::Platform;
use crate::pages::counters::CountersView;
use crate::pages::files::attachments::{self, AttachmentView};
use crate::pages::files::lists::{self, UploadsView};
use crate::pages::provenance::{FilledView, filled};
use crate::pages::uploads::UploadForm;
use crate::pages::view::{ContentView, FindingView, WorkerView, findings};
use crate::pages::{notice, query, with_status};
use crate::problem::{Outcome, Problem};
use crate::text::{Text, format, names};
use crate::web::Visit;

/// Workers that the step shows in a table, each with a button; the text above it has them all.
const WORKERS: usize = 100;

#[derive(Template)]
#[template(path = "draft_step.html")]
pub(super) struct StepPage {
    f: Frame,
    id: String,
    etag: String,
    step: Step,
    step_title: &'static str,
    steps: Vec<StepLink>,
    lead: &'static str,
    inputs: Vec<Input>,
    /// What the platform filled in and this step does not ask for.
    filled: Vec<FilledView>,
    /// Codice fiscale of who files, where it is told and not asked for.
    filer: String,
    summary: Vec<SummaryLine>,
    counters: CountersView,
    check: CheckView,
    workers: Vec<WorkerView>,
    workers_more: bool,
    workers_omitted: bool,
    workers_count: String,
    hours: String,
    files: FilesView,
    problem: String,
}

/// Files that a step takes.
#[derive(Default)]
struct FilesView {
    /// The form of the next file; without an id where none is taken.
    form: UploadForm,
    uploads: UploadsView,
    /// What is attached; none in the step of the list.
    attachments: Option<Vec<AttachmentView>>,
    /// What an attachment may be for: code and name.
    kinds: Vec<(&'static str, &'static str)>,
}

/// A step in the line of steps.
pub(super) struct StepLink {
    pub(super) slug: &'static str,
    pub(super) title: &'static str,
    pub(super) number: usize,
    pub(super) current: bool,
    /// How many findings forbid the sending.
    pub(super) blocks: usize,
}

/// A line of the summary of what is wrong, with the input where it is mended.
pub(super) struct SummaryLine {
    pub(super) id: String,
    pub(super) label: String,
    pub(super) text: String,
}

/// What a page of a step shows besides the draft.
pub(super) struct Shown<'a> {
    /// What stands in the inputs.
    pub(super) values: &'a Fields,
    /// What was typed and cannot be read.
    pub(super) faults: &'a [Fault],
    /// Whether faults and findings are told.
    pub(super) told: bool,
    /// Why the draft was not saved.
    pub(super) problem: Option<&'a Problem>,
}

impl<'a> Shown<'a> {
    /// What somebody typed, and everything that is to be said about it.
    pub(super) fn typed(values: &'a Fields) -> Self {
        Self {
            values,
            faults: &[],
            told: true,
            problem: None,
        }
    }
}

pub(super) async fn step_page(
    app: &App,
    visit: &Visit,
    platform: &Platform,
    desk: Desk,
    step: Step,
    shown: &Shown<'_>,
) -> Outcome {
    let Shown {
        values,
        faults,
        told,
        problem,
    } = *shown;
    let t = visit.text();
    let (around, files, counters, offices) = tokio::join!(
        around_checked(platform, t, step, &desk.content, &desk.check),
        files_of(app, platform, t, step, &desk.claim.claim_id),
        counters_of(app, platform, t, step, &desk),
        app.directory.offices(platform, app.clock.now()),
    );
    let (around, files, counters) = (around?, files?, counters?);
    let mut inputs = inputs(t, step, values, &desk.content, &around);
    if step == Step::Statements && is_known(visit) {
        inputs.retain(|input| input.id != FILER);
    }
    let found = findings(t, &desk.check.findings);
    if told {
        note(t, step, &mut inputs, &found, faults);
    }
    let filled = say_where_from(&mut inputs, step, filled(t, &desk.claim, &offices));
    let Text(language) = t;
    let mut workers = match step {
        Step::Workers => ContentView::of(t, &desk.content).workers,
        _ => Vec::new(),
    };
    let workers_more = workers.len() > WORKERS;
    workers.truncate(WORKERS);
    let status = match problem {
        Some(problem) => problem.status(),
        None if faults.is_empty() => StatusCode::OK,
        None => StatusCode::UNPROCESSABLE_ENTITY,
    };
    Ok(with_status(
        status,
        &StepPage {
            f: framed(visit, t.step_title(step.title(t)))
                .crumb(t.draft(), "")
                .noticing(notice(t, &query(visit))),
            id: desk.claim.claim_id.clone(),
            etag: desk.claim.etag.clone(),
            step,
            step_title: step.title(t),
            steps: links(t, step, &found),
            lead: lead(t, step),
            summary: summary(&inputs),
            inputs,
            filled,
            filer: filer_of(visit, step),
            counters,
            check: check_view(t, app.clock.today(), &desk, &found, &offices),
            workers,
            workers_more,
            workers_omitted: desk.content.beneficiaries_omitted,
            workers_count: format::number(desk.content.beneficiaries_count.into(), language),
            hours: format::hundredths(desk.content.hours_requested_hundredths, language),
            files,
            problem: problem.map_or(String::new(), |problem| problem.told(visit.language)),
        },
    ))
}

/// The files of a step that takes some.
async fn files_of(
    app: &App,
    platform: &Platform,
    t: Text,
    step: Step,
    claim_id: &str,
) -> Outcome<FilesView> {
    let kind = match step {
        Step::Workers => UploadKind::Beneficiaries,
        Step::Attachments => UploadKind::Attachment,
        _ => return Ok(FilesView::default()),
    };
    let uploads = lists::uploads(platform, t, claim_id, kind).await?;
    let attachments = match step {
        Step::Attachments => Some(attachments::list(platform, t, claim_id).await?),
        _ => None,
    };
    Ok(FilesView {
        form: UploadForm {
            id: app.ids.at(app.clock.now()).to_string(),
            action: format!("/domande/{claim_id}/{}/carica", step.slug()),
            pieces: format!("/domande/{claim_id}/caricamenti/"),
        },
        uploads,
        attachments,
        kinds: names::ATTACHMENT_KINDS
            .iter()
            .map(|kind| (kind.as_str_name(), names::attachment_kind(t, *kind)))
            .collect(),
    })
}

/// Input of the codice fiscale of who files.
const FILER: &str = "cf_dichiarante";

/// Whether the provider vouches for the codice fiscale of the person: then it is not asked for.
pub(super) fn is_known(visit: &Visit) -> bool {
    let session = visit.session.as_ref();
    session.is_some_and(|session| !session.fiscal_code.is_empty())
}

fn filer_of(visit: &Visit, step: Step) -> String {
    match &visit.session {
        Some(session) if step == Step::Statements => session.fiscal_code.clone(),
        _ => String::new(),
    }
}

/// Says of inputs that the platform filled in where the value comes from; returns what this step shows without asking.
fn say_where_from(inputs: &mut [Input], step: Step, filled: Vec<FilledView>) -> Vec<FilledView> {
    let mut others = Vec::new();
    for one in filled {
        let (place, id) = place_of(&one.field);
        if place != step {
            continue;
        }
        // Only a field with an input of its own: the unit's address is not its choice.
        let own = inputs.iter_mut().find(|input| input.id == id);
        match own.filter(|input| input.filled.is_none() && is_asked(&one.field)) {
            Some(input) => input.filled = Some(one),
            None => others.push(one),
        }
    }
    others
}

/// Whether a field is one that the filer writes, and not one that is only read.
fn is_asked(field: &str) -> bool {
    let read_only = ["employer.", "unit.", "competent_office", "filer_quality"];
    !read_only.iter().any(|one| field.starts_with(one))
}

pub(super) fn lead(t: Text, step: Step) -> &'static str {
    match step {
        Step::Unit => t.step_unit_lead(),
        Step::Period => t.step_period_lead(),
        Step::Product => t.step_product_lead(),
        Step::Reason => t.step_reason_lead(),
        Step::Workers => t.step_workers_lead(),
        Step::Report => t.step_report_lead(),
        Step::Attachments => t.step_attachments_lead(),
        Step::Statements => t.step_statements_lead(),
        Step::Review => t.step_review_lead(),
    }
}

pub(super) fn links(t: Text, current: Step, found: &[FindingView]) -> Vec<StepLink> {
    (1..)
        .zip(Step::ALL)
        .map(|(number, step)| StepLink {
            slug: step.slug(),
            title: step.title(t),
            number,
            current: step == current,
            blocks: found
                .iter()
                .filter(|finding| finding.is_block && place_of(&finding.field).0 == step)
                .count(),
        })
        .collect()
}

/// Puts findings and faults beside the inputs that they are about.
pub(super) fn note(
    t: Text,
    step: Step,
    inputs: &mut [Input],
    found: &[FindingView],
    faults: &[Fault],
) {
    for fault in faults {
        if let Some(input) = inputs.iter_mut().find(|input| input.id == fault.id) {
            input.notes.push(Note {
                tone: "danger",
                kind: t.severity_block(),
                text: fault.text.clone(),
                source: String::new(),
            });
        }
    }
    for finding in found {
        let (place, id) = place_of(&finding.field);
        let asked_note = format!("nota_{}", finding.code);
        let id = section_of(&finding.field).map_or_else(|| id.to_owned(), section_input);
        let at = inputs
            .iter_mut()
            .find(|input| (place == step && input.id == id) || input.id == asked_note);
        let Some(input) = at else {
            continue;
        };
        // What is typed wrong is told once.
        if faults.iter().any(|fault| input.id == fault.id) {
            continue;
        }
        let text = match line_of(&finding.field) {
            Some(line) => t.line_text(line, &finding.text),
            None => finding.text.clone(),
        };
        input.notes.push(Note {
            tone: finding.tone,
            kind: finding.severity,
            text: format!("{text} {}", finding.fix).trim_end().to_owned(),
            source: finding.source.clone(),
        });
    }
}

pub(super) fn summary(inputs: &[Input]) -> Vec<SummaryLine> {
    inputs
        .iter()
        .flat_map(|input| {
            input
                .notes
                .iter()
                .filter(|note| note.tone == "danger")
                .map(|note| SummaryLine {
                    id: input.id.clone(),
                    label: input.label.clone(),
                    text: note.text.clone(),
                })
        })
        .collect()
}
