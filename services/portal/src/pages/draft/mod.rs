//! The guided form: steps, autosave, findings beside the fields, and the sending.

mod inputs;
mod step;
mod workers;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use http::StatusCode;
use proto::omnia::anagrafe::v1::{
    Employer, ListEmployersRequest, ListProductionUnitsRequest, ProductionUnit,
};
use proto::omnia::claims::v1::{
    Causale, CheckDraftRequest, CheckDraftResponse, Claim, ClaimState, CreateDraftRequest,
    DeleteDraftRequest, DraftContent, ListCausaliRequest, Product, SectionChoice,
    SubmitClaimRequest, UpdateDraftRequest,
};
use uuid::Uuid;

use self::inputs::{
    Around, Ask, Choice, Fault, Input, Note, apply, inputs, section_input, unit_choice, unit_key,
    values,
};
use self::step::{Step, line_of, place_of, section_of};
use super::claims::{claim, view};
use super::counters::{self, CountersView};
use super::view::{ClaimView, FindingView, findings};
use super::{form, id_of, notice, page, query, see, with_status};
use crate::App;
use crate::fields::Fields;
use crate::frame::Frame;
use crate::gateway::Platform;
use crate::problem::{Kind, Outcome, Problem};
use crate::session::{Session, Side};
use crate::text::{Text, format, names};
use crate::web::{Visit, Visitor};

/// Employers that the first page offers.
const EMPLOYERS: i32 = 50;
/// Units of an employer that are offered.
const UNITS: i32 = 200;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/domande/nuova", get(start).post(create))
        .route("/domande/{id}/compila/{passo}", get(show).post(save))
        .route("/domande/{id}/compila/{passo}/autosalva", form(autosave))
        .route("/domande/{id}/invia", form(submit))
        .route("/domande/{id}/elimina", form(delete))
}

#[derive(Template)]
#[template(path = "draft_start.html")]
struct StartPage {
    f: Frame,
    employers: Vec<EmployerView>,
    request_id: Uuid,
    problem: String,
}

struct EmployerView {
    name: String,
    matricola: String,
    units: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "draft_step.html")]
struct StepPage {
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
    workers: Vec<super::view::WorkerView>,
    workers_omitted: bool,
    workers_count: String,
    hours: String,
    problem: String,
}

#[derive(Template)]
#[template(path = "draft_review.html")]
struct ReviewPage {
    f: Frame,
    c: ClaimView,
    steps: Vec<StepLink>,
    check: CheckView,
    counters: CountersView,
    request_id: Uuid,
    problem: String,
}

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

/// A step in the line of steps.
struct StepLink {
    slug: &'static str,
    title: &'static str,
    number: usize,
    current: bool,
    /// How many findings forbid the sending.
    blocks: usize,
}

/// A line of the summary of what is wrong, with the input where it is mended.
struct SummaryLine {
    id: String,
    label: String,
    text: String,
}

/// What the check says.
#[derive(Debug, Default)]
struct CheckView {
    submittable: bool,
    groups: Vec<CheckGroup>,
    office: String,
    due: String,
    grantable: String,
    first_free: String,
    known: bool,
}

/// The findings of a step.
#[derive(Debug)]
struct CheckGroup {
    slug: &'static str,
    title: &'static str,
    findings: Vec<Placed>,
}

/// A finding and where it is mended.
#[derive(Debug)]
struct Placed {
    finding: FindingView,
    anchor: &'static str,
    line: Option<usize>,
}

/// A draft with everything that a page of it shows.
struct Desk {
    claim: Claim,
    content: DraftContent,
    check: CheckDraftResponse,
}

// --- the first page -------------------------------------------------------------------------------------------------

async fn start(State(app): State<Arc<App>>, visit: Visitor) -> Outcome {
    start_page(&app, &visit, None).await
}

async fn start_page(app: &App, visit: &Visit, problem: Option<&Problem>) -> Outcome {
    let session = visit.session_of(Side::Filer)?;
    let platform = app.gateway.for_session(session);
    let t = visit.text();
    let request = ListEmployersRequest {
        page_size: EMPLOYERS,
        ..ListEmployersRequest::default()
    };
    let employers = platform
        .employers()
        .list_employers(request)
        .await?
        .into_inner()
        .employers;
    let mut shown = Vec::new();
    for employer in employers {
        let units = units(&platform, &employer.matricola).await?;
        shown.push(employer_view(t, employer, &units, app.clock.today()));
    }
    let kept: Option<Uuid> = visit.fields.read_as("richiesta");
    let status = problem.map_or(StatusCode::OK, Problem::status);
    Ok(with_status(
        status,
        &StartPage {
            f: framed(visit, t.new_claim()).crumb(t.new_claim(), ""),
            employers: shown,
            request_id: kept.unwrap_or_else(|| app.ids.at(app.clock.now())),
            problem: problem.map_or(String::new(), |problem| problem.message(visit.language)),
        },
    ))
}

fn employer_view(
    t: Text,
    employer: Employer,
    units: &[ProductionUnit],
    today: chrono::NaiveDate,
) -> EmployerView {
    let active = units.iter().filter(|unit| {
        let ends = unit.active_to.as_ref().and_then(format::of_message);
        ends.is_none_or(|ends| today <= ends)
    });
    EmployerView {
        name: employer.name,
        matricola: employer.matricola,
        units: active.map(|unit| unit_choice(t, unit, false)).collect(),
    }
}

async fn units(platform: &Platform, matricola: &str) -> Outcome<Vec<ProductionUnit>> {
    let request = ListProductionUnitsRequest {
        matricola: matricola.to_owned(),
        page_size: UNITS,
        ..ListProductionUnitsRequest::default()
    };
    let answer = platform.employers().list_production_units(request).await?;
    Ok(answer.into_inner().production_units)
}

/// Starts a draft, once for each page that was shown.
async fn create(State(app): State<Arc<App>>, visit: Visitor) -> Outcome {
    let session = visit.session_of(Side::Filer)?;
    let (Some(unit), Some(request_id)) = (
        unit_key(visit.fields.text("unita")),
        visit.fields.read_as::<Uuid>("richiesta"),
    ) else {
        let problem = Problem::input(visit.text().fault_choose());
        return start_page(&app, &visit, Some(&problem)).await;
    };
    let role = session.profile.as_ref().map_or("", |profile| &profile.role);
    let request = CreateDraftRequest {
        request_id: request_id.to_string(),
        content: Some(DraftContent {
            unit: Some(unit),
            filer_quality: names::quality_of(role) as i32,
            ..DraftContent::default()
        }),
        ..CreateDraftRequest::default()
    };
    let answer = app
        .gateway
        .for_session(session)
        .claims()
        .create_draft(request)
        .await?;
    let claim = answer.into_inner().claim.unwrap_or_default();
    Ok(see(&path(&claim.claim_id, Step::Reason)))
}

// --- the steps ------------------------------------------------------------------------------------------------------

async fn show(
    State(app): State<Arc<App>>,
    Path((id, slug)): Path<(String, String)>,
    visit: Visitor,
) -> Outcome {
    let session = visit.session_of(Side::Filer)?;
    let (id, step) = address(&id, &slug)?;
    let platform = app.gateway.for_session(session);
    let desk = match open(&platform, id).await? {
        Ok(desk) => desk,
        // What was sent is no longer written.
        Err(sent) => return Ok(see(&format!("/domande/{}", sent.claim_id))),
    };
    if step == Step::Review {
        return review(&app, &visit, &platform, desk, None).await;
    }
    let values = values(step, &desk.content);
    // A step that nobody has filled in yet is not reproached for being empty.
    let told = query(&visit).has("controlla")
        || (step != Step::Unit && values != self::inputs::values(step, &DraftContent::default()));
    let shown = Shown {
        told,
        ..Shown::typed(&values)
    };
    step_page(&app, &visit, &platform, desk, step, &shown).await
}

async fn save(
    State(app): State<Arc<App>>,
    Path((id, slug)): Path<(String, String)>,
    visit: Visitor,
) -> Outcome {
    let session = visit.session_of(Side::Filer)?;
    let (id, step) = address(&id, &slug)?;
    let platform = app.gateway.for_session(session);
    let fields = added(&visit.fields);
    let done = match write(&app, &platform, &visit, session, id, step, &fields).await {
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
    let id = id.to_string();
    if visit.fields.text("azione") != "continua" {
        return Ok(see(&format!("{}?esito=salvata&controlla", path(&id, step))));
    }
    let check = check(&platform, &id).await?;
    let stays = check.findings.iter().any(|finding| {
        finding.severity() == proto::omnia::claims::v1::Severity::Block
            && place_of(&finding.field).0 == step
    });
    Ok(see(&if stays && !visit.fields.has("controllato") {
        format!("{}?controlla#riepilogo", path(&id, step))
    } else {
        path(&id, step.next())
    }))
}

/// Saves while somebody types, and answers with the parts of the page that changed.
async fn autosave(
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
        match write(&app, &platform, &visit, session, id, step, fields).await {
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
    let around = around(&platform, t, step, &desk).await?;
    let mut inputs = inputs(t, step, fields, &around);
    let found = findings(t, &desk.check.findings);
    note(t, step, &mut inputs, &found, &faults);
    let counters = counters_of(&app, &platform, t, step, &desk).await?;
    let offices = app.directory.offices(&platform, app.clock.now()).await;
    Ok(page(&SavedPart {
        f: visit.frame(""),
        etag,
        status,
        is_problem: !faults.is_empty(),
        inputs,
        counters,
        check: check_view(t, &desk.check, &found, &offices),
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
    id: Uuid,
    step: Step,
    fields: &Fields,
) -> Outcome<Written> {
    let current = claim(platform, id).await?;
    if current.state() != ClaimState::Draft {
        return Ok(Written::Sent(Box::new(current)));
    }
    let before = current.content.clone().unwrap_or_default();
    let mut content = before.clone();
    let role = session.profile.as_ref().map_or("", |profile| &profile.role);
    let today = app.clock.today();
    let faults = apply(visit.text(), step, fields, &mut content, role, today);
    if content == before {
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
        ..UpdateDraftRequest::default()
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
            apply(visit.text(), step, fields, &mut content, role, today);
            if content != before {
                return Err(problem);
            }
            current.etag
        }
    };
    Ok(Written::Draft(Done { etag, faults }))
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

/// What a page of a step shows besides the draft.
struct Shown<'a> {
    /// What stands in the inputs.
    values: &'a Fields,
    /// What was typed and cannot be read.
    faults: &'a [Fault],
    /// Whether faults and findings are told.
    told: bool,
    /// Why the draft was not saved.
    problem: Option<&'a Problem>,
}

impl<'a> Shown<'a> {
    /// What somebody typed, and everything that is to be said about it.
    fn typed(values: &'a Fields) -> Self {
        Self {
            values,
            faults: &[],
            told: true,
            problem: None,
        }
    }
}

async fn step_page(
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
    let content = super::view::ContentView::of(t, &desk.content);
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

fn lead(t: Text, step: Step) -> &'static str {
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

fn links(t: Text, current: Step, found: &[FindingView]) -> Vec<StepLink> {
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
fn note(t: Text, step: Step, inputs: &mut [Input], found: &[FindingView], faults: &[Fault]) {
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

fn summary(inputs: &[Input]) -> Vec<SummaryLine> {
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

async fn around(platform: &Platform, t: Text, step: Step, desk: &Desk) -> Outcome<Around> {
    Ok(match step {
        Step::Unit => {
            let unit = desk.content.unit.clone().unwrap_or_default();
            Around {
                units: units(platform, &unit.matricola).await?,
                ..Around::default()
            }
        }
        Step::Report => Around {
            sections: sections_of_reason(platform, &desk.content).await?,
            ..Around::default()
        },
        Step::Statements => Around {
            forcible: findings(t, &desk.check.findings)
                .into_iter()
                .filter(|finding| finding.is_force)
                .collect(),
            ..Around::default()
        },
        _ => Around::default(),
    })
}

/// The sections of the report that the reason of a draft asks for besides the common ones.
async fn sections_of_reason(
    platform: &Platform,
    content: &DraftContent,
) -> Outcome<Vec<SectionChoice>> {
    if content.product() == Product::Unspecified || content.causale() == Causale::Unspecified {
        return Ok(Vec::new());
    }
    let request = ListCausaliRequest {
        product: content.product,
        first_day: content.period.and_then(|period| period.first_week),
    };
    let answer = platform.claims().list_causali(request).await?.into_inner();
    let asked = answer
        .causali
        .into_iter()
        .find(|one| one.causale == content.causale);
    let sections = asked.map_or_else(Vec::new, |one| one.sections);
    Ok(sections.into_iter().filter(|one| one.of_causale).collect())
}

async fn counters_of(
    app: &App,
    platform: &Platform,
    t: Text,
    step: Step,
    desk: &Desk,
) -> Outcome<CountersView> {
    let (Step::Period | Step::Review, Some(unit)) = (step, &desk.content.unit) else {
        return Ok(CountersView::default());
    };
    counters::with_ledger(
        platform,
        t,
        unit,
        &desk.check.counters,
        desk.content.period.as_ref(),
        &desk.claim.claim_id,
        app.clock.today(),
    )
    .await
}

fn check_view(
    t: Text,
    check: &CheckDraftResponse,
    found: &[FindingView],
    offices: &crate::gateway::Offices,
) -> CheckView {
    let groups = Step::ALL
        .into_iter()
        .map(|step| CheckGroup {
            slug: step.slug(),
            title: step.title(t),
            findings: found
                .iter()
                .filter(|finding| place_of(&finding.field).0 == step)
                .map(|finding| Placed {
                    finding: finding.clone(),
                    anchor: place_of(&finding.field).1,
                    line: line_of(&finding.field),
                })
                .collect(),
        })
        .filter(|group: &CheckGroup| !group.findings.is_empty())
        .collect();
    let simulation = check.simulation;
    CheckView {
        submittable: check.submittable,
        groups,
        office: if check.competent_office.is_empty() {
            String::new()
        } else {
            offices.name(&check.competent_office)
        },
        due: format::date(check.filing_due_date.as_ref()),
        grantable: simulation.map_or(String::new(), |one| t.weeks(one.grantable_weeks.into())),
        first_free: simulation
            .filter(|one| one.first_failing_week.is_some())
            .map_or(String::new(), |one| {
                format::date(one.first_block_week.as_ref())
            }),
        known: true,
    }
}

// --- check and send -------------------------------------------------------------------------------------------------

async fn review(
    app: &App,
    visit: &Visit,
    platform: &Platform,
    desk: Desk,
    problem: Option<&Problem>,
) -> Outcome {
    let t = visit.text();
    let found = findings(t, &desk.check.findings);
    let counters = counters_of(app, platform, t, Step::Review, &desk).await?;
    let offices = app.directory.offices(platform, app.clock.now()).await;
    let kept: Option<Uuid> = visit.fields.read_as("richiesta");
    let c = view(app, platform, t, &desk.claim).await;
    Ok(with_status(
        problem.map_or(StatusCode::OK, Problem::status),
        &ReviewPage {
            f: framed(visit, t.step_title(Step::Review.title(t)))
                .crumb(t.draft(), "")
                .noticing(notice(t, &query(visit))),
            c,
            steps: links(t, Step::Review, &found),
            check: check_view(t, &desk.check, &found, &offices),
            counters,
            request_id: kept.unwrap_or_else(|| app.ids.at(app.clock.now())),
            problem: problem.map_or(String::new(), |problem| problem.message(visit.language)),
        },
    ))
}

/// Sends the claim, once: who goes back, refreshes or clicks twice comes to the receipt of the first time.
async fn submit(State(app): State<Arc<App>>, id: Path<String>, visit: Visitor) -> Outcome {
    let session = visit.session_of(Side::Filer)?;
    let id = id_of(&id)?;
    let platform = app.gateway.for_session(session);
    let request_id: Uuid = visit
        .fields
        .read_as("richiesta")
        .ok_or_else(|| Problem::of(Kind::Input))?;
    let request = SubmitClaimRequest {
        claim_id: id.to_string(),
        request_id: request_id.to_string(),
        etag: visit.fields.text("etag").to_owned(),
    };
    let receipt = format!("/domande/{id}/ricevuta");
    let problem = match platform.claims().submit_claim(request).await {
        Ok(_) => return Ok(see(&format!("{receipt}?esito=inviata"))),
        Err(status) => Problem::from(status),
    };
    if !problem.is_about_request() {
        return Err(problem);
    }
    match open(&platform, id).await? {
        Ok(desk) => review(&app, &visit, &platform, desk, Some(&problem)).await,
        Err(_sent) => Ok(see(&receipt)),
    }
}

async fn delete(State(app): State<Arc<App>>, id: Path<String>, visit: Visitor) -> Outcome {
    let session = visit.session_of(Side::Filer)?;
    let request = DeleteDraftRequest {
        claim_id: id_of(&id)?.to_string(),
    };
    app.gateway
        .for_session(session)
        .claims()
        .delete_draft(request)
        .await?;
    Ok(see("/domande?esito=eliminata"))
}

// --- together -------------------------------------------------------------------------------------------------------

/// The draft and its check; the claim alone when it is no draft any more.
async fn open(platform: &Platform, id: Uuid) -> Outcome<Result<Desk, Box<Claim>>> {
    let claim = claim(platform, id).await?;
    if claim.state() != ClaimState::Draft {
        return Ok(Err(Box::new(claim)));
    }
    let check = check(platform, &claim.claim_id).await?;
    let content = claim.content.clone().unwrap_or_default();
    Ok(Ok(Desk {
        claim,
        content,
        check,
    }))
}

async fn check(platform: &Platform, id: &str) -> Outcome<CheckDraftResponse> {
    let request = CheckDraftRequest {
        claim_id: id.to_owned(),
    };
    Ok(platform.claims().check_draft(request).await?.into_inner())
}

fn address(id: &str, slug: &str) -> Outcome<(Uuid, Step)> {
    let id = Uuid::try_parse(id).ok();
    id.zip(Step::of_slug(slug))
        .ok_or_else(|| Problem::of(Kind::NotFound))
}

fn path(id: &str, step: Step) -> String {
    format!("/domande/{id}/compila/{}", step.slug())
}

fn framed(visit: &Visit, title: impl Into<String>) -> Frame {
    let t = visit.text();
    visit.frame(title).crumb(t.claims_title(), "/domande")
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
