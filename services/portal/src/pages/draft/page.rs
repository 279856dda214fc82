//! The page of a step: its inputs with everything that is to be said about them, and the check beside it.

use askama::Template;
use http::StatusCode;

use super::check::{CheckView, check_view};
use super::inputs::{Ask, Fault, Input, Note, inputs, section_input};
use super::step::{Step, line_of, place_of, section_of};
use super::{Desk, around, counters_of, framed};
use crate::App;
use crate::fields::Fields;
use crate::frame::Frame;
use crate::gateway::Platform;
use crate::pages::counters::CountersView;
use crate::pages::view::{ContentView, FindingView, WorkerView, findings};
use crate::pages::{notice, query, with_status};
use crate::problem::{Outcome, Problem};
use crate::text::{Text, format};
use crate::web::Visit;

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
    summary: Vec<SummaryLine>,
    counters: CountersView,
    check: CheckView,
    workers: Vec<WorkerView>,
    workers_omitted: bool,
    workers_count: String,
    hours: String,
    problem: String,
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
    let around = around(platform, t, step, &desk).await?;
    let mut inputs = inputs(t, step, values, &around);
    let found = findings(t, &desk.check.findings);
    if told {
        note(t, step, &mut inputs, &found, faults);
    }
    let counters = counters_of(app, platform, t, step, &desk).await?;
    let offices = app.directory.offices(platform, app.clock.now()).await;
    let Text(language) = t;
    let content = ContentView::of(t, &desk.content);
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
            counters,
            check: check_view(t, &desk.check, &found, &offices),
            workers: if step == Step::Workers {
                content.workers
            } else {
                Vec::new()
            },
            workers_omitted: desk.content.beneficiaries_omitted,
            workers_count: format::number(desk.content.beneficiaries_count.into(), language),
            hours: format::hundredths(desk.content.hours_requested_hundredths, language),
            problem: problem.map_or(String::new(), |problem| problem.message(visit.language)),
        },
    ))
}

pub(super) fn lead(t: Text, step: Step) -> &'static str {
    match step {
        Step::Unit => t.step_unit_lead(),
        Step::Reason => t.step_reason_lead(),
        Step::Period => t.step_period_lead(),
        Step::Workers => t.step_workers_lead(),
        Step::Report => t.step_report_lead(),
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
