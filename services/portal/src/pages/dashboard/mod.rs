//! DASMO, the dashboard of workloads (`claims.md` §9): figures as of the previous day, from Italy down to the case.

mod asked;
mod cases;
mod cut;
pub(crate) mod digest;
mod export;
mod figure;
mod flows;
mod map;
mod single;
mod subject;
mod updates;
mod view;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use chrono::NaiveDate;
use http::StatusCode;
use proto::omnia::dasmo::v1::{Dimension, GetFreshnessRequest, GetVolumesRequest};

use self::cut::Point;
use self::export::Files;
use self::map::Circle;
use self::subject::{Subject, Words};
use self::view::{Line, PartRow, Tile, View};
use super::handling::is_told_here;
use super::search::address;
use super::{query, with_status};
use crate::App;
use crate::fields::Fields;
use crate::frame::Frame;
use crate::gateway::Platform;
use crate::problem::{Kind, Outcome, Problem};
use crate::session::Session;
use crate::text::{Text, format, names};
use crate::web::{Visit, Visitor};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/cruscotto", get(of_claims))
        .route("/cruscotto/pratiche", get(cases::page))
        .route("/cruscotto/pratiche/{id}", get(single::case))
        .route("/cruscotto/flussi", get(of_flows))
        .route("/cruscotto/flussi/elenco", get(flows::page))
        .route("/cruscotto/flussi/elenco/{id}", get(single::flow))
        .route("/cruscotto/esporta", get(export::file))
        .route("/cruscotto/aggiornamento", get(updates::page))
        .merge(digest::routes())
}

/// A value of a select.
struct Choice {
    code: String,
    name: String,
    chosen: bool,
}

/// A filter that is not in the form, and the address without it.
struct Chip {
    text: String,
    label: String,
    address: String,
}

/// What the page shows, once there is a published day.
struct Shown {
    as_of: String,
    /// The last published day, if it is not yesterday.
    stale: Option<String>,
    revised: String,
    interval: String,
    tiles: Vec<Tile>,
    ages: Vec<Line>,
    stages: Vec<Line>,
    /// What stops lines; nothing where the figures cannot be cut by it.
    anomalies: Option<Vec<Line>>,
    forecast: String,
    pace: String,
    trend: Vec<Point>,
    /// Whether any of it has a day that was made again.
    trend_revised: bool,
    cut_name: &'static str,
    cut_title: String,
    cut: Vec<PartRow>,
    regions: Vec<PartRow>,
    offices: Vec<PartRow>,
    total: Vec<PartRow>,
    circles: Vec<Circle>,
    outlines: Vec<String>,
    width: i32,
    height: i32,
    list: String,
    /// Anomalies, regions and offices as files.
    anomaly_files: Files,
    region_files: Files,
    office_files: Files,
    files: [Files; 2],
}

#[derive(Template)]
#[template(path = "dashboard.html")]
struct DashboardPage {
    f: Frame,
    path: &'static str,
    words: Words,
    of_flows: bool,
    subjects: Vec<Tab>,
    digest: String,
    chips: Vec<Chip>,
    filters: String,
    kept: Vec<(String, String)>,
    regions: Vec<Choice>,
    products: Vec<Choice>,
    sections: Vec<Choice>,
    steps: Vec<Choice>,
    cuts: Vec<Choice>,
    office: String,
    with_agencies: bool,
    from: String,
    to: String,
    problem: String,
    shown: Option<Shown>,
}

/// The way to the same figures of another subject.
struct Tab {
    name: &'static str,
    address: String,
    chosen: bool,
}

async fn of_claims(State(app): State<Arc<App>>, visit: Visitor) -> Outcome {
    dashboard(&app, &visit, Subject::Claims).await
}

async fn of_flows(State(app): State<Arc<App>>, visit: Visitor) -> Outcome {
    dashboard(&app, &visit, Subject::Flows).await
}

async fn dashboard(app: &App, visit: &Visit, subject: Subject) -> Outcome {
    let session = monitor(app, visit).await?;
    let query = query(visit);
    let platform = app.gateway.for_session(session);
    let (shown, problem) = match shown(app, &platform, visit, subject, &query).await {
        Ok(shown) => (shown, None),
        Err(problem) if is_told_here(&problem) && !query.0.is_empty() => (None, Some(problem)),
        Err(problem) => return Err(problem),
    };
    Ok(with_status(
        problem.as_ref().map_or(StatusCode::OK, Problem::status),
        &page(visit, subject, &query, shown, problem),
    ))
}

/// Whoever may have the dashboard may try: the platform knows who has it. It refuses the others too, so that their attempt is
/// in the audit trail (`claims.md` DAS-11); whatever it answers, they are shown nothing.
pub(super) async fn monitor<'a>(app: &App, visit: &'a Visit) -> Outcome<&'a Session> {
    let session = visit.session()?;
    let profile = session.profile.as_ref();
    if !profile.is_some_and(crate::session::Profile::monitors) {
        let mut dasmo = app.gateway.for_session(session).dasmo();
        dasmo.get_volumes(GetVolumesRequest::default()).await?;
        return Err(Problem::of(Kind::Denied));
    }
    Ok(session)
}

/// The last published day; `None` before the first.
async fn last_day(platform: &Platform) -> Outcome<Option<NaiveDate>> {
    let freshness = platform
        .dasmo()
        .get_freshness(GetFreshnessRequest {})
        .await?
        .into_inner();
    Ok(freshness.as_of.as_ref().and_then(format::of_message))
}

async fn shown(
    app: &App,
    platform: &Platform,
    visit: &Visit,
    subject: Subject,
    query: &Fields,
) -> Outcome<Option<Shown>> {
    let Some(last) = last_day(platform).await? else {
        return Ok(None);
    };
    let t = visit.text();
    let by = asked::cut_by(subject, query);
    let by = by.ok_or_else(|| Problem::input(t.dash_cut_unknown()))?;
    let days = asked::interval(query, last);
    let answers = subject.ask(platform, query, days, by).await?;
    let offices = app.directory.offices(platform, app.clock.now()).await;
    let cut = &answers.cut;
    let view = View {
        t,
        subject,
        query,
        // Lists are kept of the last day, not of those before.
        listed: days.1 == last,
    };
    let (forecast, pace) = view::forecast(t, &answers.forecast);
    let [figures, trend, _] = subject.files();
    Ok(Some(Shown {
        as_of: format::day(days.1),
        stale: cut.stale.then(|| format::day(last)),
        revised: if cut.revision > 1 {
            t.dash_revised(cut.revision, &cut.published_at)
        } else {
            String::new()
        },
        interval: t.dash_interval(
            &format::day(days.0),
            &format::day(days.1),
            &format::number(i64::from(cut.days), t.0),
        ),
        tiles: view.tiles(&cut.total),
        ages: view.ages(&cut.total.measures),
        stages: view.stages(&cut.total.measures),
        anomalies: answers.anomalies.as_ref().map(|cut| view.anomalies(cut)),
        forecast,
        pace,
        trend_revised: answers.trend.iter().any(|point| point.revised),
        trend: answers.trend,
        cut_name: asked::axis(t, by),
        cut_title: t.dash_by(asked::axis(t, by)),
        cut: view.parts(by, cut, &offices),
        regions: if answers.regions.parts.len() > 1 {
            view.parts(Dimension::Region, &answers.regions, &offices)
        } else {
            Vec::new()
        },
        offices: view.parts(Dimension::Office, &answers.offices, &offices),
        total: vec![view.total_row(cut)],
        circles: map::circles(subject, query, &answers.offices.parts, &offices),
        outlines: map::outlines(),
        width: map::WIDTH,
        height: map::HEIGHT,
        list: view.list(&[]),
        anomaly_files: Files::cut(t.dash_anomalies(), query, figures, "anomalia"),
        region_files: Files::cut(t.dash_regions(), query, figures, "regione"),
        office_files: Files::cut(t.dash_offices(), query, figures, "sede"),
        files: [
            Files::of(t.dash_export_figures(), query, figures),
            Files::of(t.dash_export_trend(), query, trend),
        ],
    }))
}

/// The subjects, each with what of the filters goes along: characteristics are of one subject alone.
fn tabs(t: Text, subject: Subject, query: &Fields) -> Vec<Tab> {
    let mut dropped = vec![("taglio", "")];
    let parts = asked::parts(query);
    dropped.extend(
        parts
            .iter()
            .map(|part| (asked::name_of(part.dimension()), "")),
    );
    [Subject::Claims, Subject::Flows]
        .map(|one| Tab {
            name: one.name(t),
            address: address(one.path(), query, &dropped),
            chosen: one == subject,
        })
        .into()
}

fn page(
    visit: &Visit,
    subject: Subject,
    query: &Fields,
    shown: Option<Shown>,
    problem: Option<Problem>,
) -> DashboardPage {
    let t = visit.text();
    DashboardPage {
        f: visit.frame(t.dash_title()).crumb(t.dash_title(), ""),
        path: subject.path(),
        words: subject.words(t),
        of_flows: subject == Subject::Flows,
        subjects: tabs(t, subject, query),
        digest: digest::offer(subject, query),
        chips: chips(t, query, subject.path()),
        filters: asked::told(t, &asked::filter(query), &[]),
        kept: kept(query),
        regions: region_choices(query),
        products: product_choices(t, query),
        sections: section_choices(t, query),
        steps: [
            ("giorno", t.dash_day()),
            ("settimana", t.dash_week()),
            ("mese", t.dash_month()),
        ]
        .map(|(code, name)| choice(code, name, query.text("passo")))
        .into(),
        cuts: subject
            .cuts()
            .map(|(code, dimension)| Choice {
                code: code.to_owned(),
                name: asked::axis(t, dimension).to_owned(),
                chosen: asked::cut_by(subject, query) == Some(dimension),
            })
            .collect(),
        office: query.text("sede").to_owned(),
        with_agencies: asked::with_agencies(query),
        from: query.text("dal").to_owned(),
        to: query.text("al").to_owned(),
        problem: problem.map_or(String::new(), |it| it.message(visit.language)),
        shown,
    }
}

fn choice(code: &str, name: &str, chosen: &str) -> Choice {
    Choice {
        code: code.to_owned(),
        name: name.to_owned(),
        chosen: code == chosen,
    }
}

fn region_choices(query: &Fields) -> Vec<Choice> {
    asked::REGIONS
        .map(|(code, name)| choice(code, name, query.text("regione")))
        .into()
}

fn product_choices(t: Text, query: &Fields) -> Vec<Choice> {
    names::PRODUCTS
        .map(|product| {
            let code = product.as_str_name().trim_start_matches("PRODUCT_");
            choice(code, names::product(t, product), query.text("prodotto"))
        })
        .into()
}

fn section_choices(t: Text, query: &Fields) -> Vec<Choice> {
    ["COVID", "ORDINARY"]
        .map(|code| {
            let name = asked::section(t, code).unwrap_or(code);
            choice(code, name, query.text("sezione"))
        })
        .into()
}

/// The characteristics that the page is narrowed to.
fn chips(t: Text, query: &Fields, path: &str) -> Vec<Chip> {
    asked::parts(query)
        .into_iter()
        .map(|part| {
            let dimension = part.dimension();
            let value = asked::value(t, dimension, &part.value);
            let text = t.dash_part(asked::axis(t, dimension), &value);
            Chip {
                label: t.dash_remove(&text),
                address: address(path, query, &[(asked::name_of(dimension), "")]),
                text,
            }
        })
        .collect()
}

/// The same as fields of the form, so that another choice in it does not lose them.
fn kept(query: &Fields) -> Vec<(String, String)> {
    asked::parts(query)
        .into_iter()
        .map(|part| (asked::name_of(part.dimension()).to_owned(), part.value))
        .collect()
}
