//! Sending a flow: for which authorisation, in which layout, with which header; the file itself goes up like those of claims.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use chrono::{Datelike, NaiveDate};
use futures_util::future::try_join_all;
use futures_util::{StreamExt, stream};
use http::StatusCode;
use kernel::calendar::end_of_month;
use proto::omnia::claims::v1::{
    Claim, ClaimFilter, ClaimState, FoundClaim, PaymentMode, Product, SearchClaimsRequest,
    SearchClaimsResponse,
};
use proto::omnia::payments::v1::{
    BeginFlow, FlowChunk, FlowFormat, FlowHeader, FlowKind, ListUploadsRequest, Upload,
    UploadFlowRequest, UploadState,
};
use uuid::Uuid;

use super::flows::framed;
use super::refused::find;
use crate::App;
use crate::fields::Fields;
use crate::frame::Frame;
use crate::gateway::Platform;
use crate::pages::claims::{StateChoice, claim, next_page};
use crate::pages::files::attachments::saved_as;
use crate::pages::handling::is_told_here;
use crate::pages::uploads::{
    Announced, Destination, Pieces, Progress, UploadForm, cut, form, piece,
};
use crate::pages::{id_of, query, see, with_status};
use crate::problem::{Kind, Outcome, Problem};
use crate::session::Side;
use crate::text::{Language, Text, format, payment_names as names};
use crate::web::{Visit, Visitor};

/// Claims of a page to choose from.
const PAGE: i32 = 25;
/// The first line of a CSV flow (`claims.md` §7.2).
const HEADING: &str = "codice_fiscale;cognome;nome;mese;tipo;qualifica;orario_settimanale;giorni_settimana;part_time_perc;\
paga_oraria;ore_lavorabili;s1;s2;s3;s4;s5;s6;iban;bonifico_domiciliato;indirizzo;cap;comune;provincia;cellulare;trattenute;\
importo_atteso";

/// States in which a grant stands: an appeal is against what was not granted, and what was is paid meanwhile (`claims.md` PAY-3).
const STATES: [ClaimState; 3] = [
    ClaimState::Accepted,
    ClaimState::PartiallyAccepted,
    ClaimState::UnderAppeal,
];

/// A claim whose flows may be sent.
#[derive(Debug)]
struct ChoiceView {
    id: String,
    protocol: String,
    employer: String,
    matricola: String,
    unit: i32,
    unit_name: String,
    period: String,
    product: &'static str,
}

#[derive(Template)]
#[template(path = "flow_choose.html")]
struct ChoosePage {
    f: Frame,
    rows: Vec<ChoiceView>,
    query: Fields,
    filtered: bool,
    next: String,
    later: bool,
    problem: String,
}

/// The claims that were granted with direct payment.
pub(super) async fn choose(State(app): State<Arc<App>>, visit: Visitor) -> Outcome {
    let platform = app.gateway.for_session(visit.session_of(Side::Filer)?);
    let t = visit.text();
    let query = query(&visit);
    let filtered = ["testo", "matricola"]
        .iter()
        .any(|name| !query.text(name).is_empty());
    let (answer, problem) = match granted(&platform, &query).await {
        Ok(answer) => (answer, None),
        Err(problem) if filtered && is_told_here(&problem) => {
            (SearchClaimsResponse::default(), Some(problem))
        }
        Err(problem) => return Err(problem),
    };
    Ok(with_status(
        problem.as_ref().map_or(StatusCode::OK, Problem::status),
        &ChoosePage {
            f: framed(&visit, t.pay_choose_title()).crumb(t.pay_choose_title(), ""),
            rows: choices(t, &answer),
            filtered,
            next: if answer.next_page_token.is_empty() {
                String::new()
            } else {
                next_page(&query, &answer.next_page_token)
            },
            later: !query.text("pagina").is_empty(),
            problem: problem.map_or(String::new(), |it| it.message(visit.language)),
            query,
        },
    ))
}

async fn granted(platform: &Platform, query: &Fields) -> Outcome<SearchClaimsResponse> {
    let filter = ClaimFilter {
        states: STATES.map(|state| state as i32).into(),
        payment_modes: vec![PaymentMode::Direct as i32],
        matricola: query.text("matricola").to_owned(),
        text: query.text("testo").to_owned(),
        ..ClaimFilter::default()
    };
    let request = SearchClaimsRequest {
        filter: Some(filter),
        page_size: PAGE,
        page_token: query.text("pagina").to_owned(),
        ..SearchClaimsRequest::default()
    };
    let mut answer = platform.search().search_claims(request).await?.into_inner();
    let found = answer.claims.into_iter().map(async |found| {
        let granted = is_granted(platform, &found).await?;
        Ok::<_, Problem>(granted.then_some(found))
    });
    answer.claims = try_join_all(found).await?.into_iter().flatten().collect();
    Ok(answer)
}

/// Whether anything was granted: an appeal may be against a rejection, and the search does not tell.
async fn is_granted(platform: &Platform, found: &FoundClaim) -> Outcome<bool> {
    let summary = found.claim.clone().unwrap_or_default();
    if summary.state() != ClaimState::UnderAppeal {
        return Ok(true);
    }
    let id = summary.claim_id.parse();
    let id = id.map_err(|_| Problem::of(Kind::Internal))?;
    Ok(Grant::of(&claim(platform, id).await?).is_some())
}

fn choices(t: Text, found: &SearchClaimsResponse) -> Vec<ChoiceView> {
    let claims = found.claims.iter();
    claims
        .map(|found| {
            let claim = found.claim.clone().unwrap_or_default();
            let unit = claim.unit.clone().unwrap_or_default();
            ChoiceView {
                period: crate::pages::view::period(t, claim.period.as_ref()),
                product: crate::text::names::product(t, claim.product()),
                id: claim.claim_id,
                protocol: claim.protocol_number,
                employer: claim.employer_name,
                matricola: unit.matricola,
                unit: unit.production_unit_code,
                unit_name: found.unit_name.clone(),
            }
        })
        .collect()
}

/// The grant that a flow rests on.
#[derive(Debug)]
struct Grant {
    claim: String,
    number: String,
    ticket: String,
    matricola: String,
    employer: String,
    first: NaiveDate,
    last: NaiveDate,
    hours: i64,
    agriculture: bool,
}

impl Grant {
    /// The grant of a claim whose workers INPS pays; `None` for any other.
    fn of(claim: &Claim) -> Option<Self> {
        let content = claim.content.as_ref()?;
        if !STATES.contains(&claim.state()) || content.payment_mode() != PaymentMode::Direct {
            return None;
        }
        let decision = claim.decision.as_ref()?;
        let grant = decision.grant.as_ref()?;
        let period = grant.period.as_ref()?;
        let first = period.first_week.as_ref().and_then(format::of_message)?;
        Some(Self {
            claim: claim.claim_id.clone(),
            number: decision.authorization_number.clone(),
            ticket: claim.ticket.clone(),
            matricola: content.unit.as_ref()?.matricola.clone(),
            employer: claim.employer_name.clone(),
            first,
            last: first + chrono::TimeDelta::days(i64::from(period.weeks) * 7 - 1),
            hours: grant.hours_hundredths,
            agriculture: content.product() == Product::Cisoa,
        })
    }

    /// What the form begins with: what the address asks for, the form in force, and the first month of the period.
    fn header(&self, query: &Fields) -> Fields {
        let kind = if self.agriculture {
            FlowKind::Sr43
        } else {
            FlowKind::UniemensCig
        };
        let day = |day: NaiveDate| day.format("%Y-%m-%d").to_string();
        let month_ends = end_of_month(self.first.with_day(1).unwrap_or(self.first));
        let fields = [
            ("tipo_flusso", kind.as_str_name().to_owned()),
            ("dal", day(self.first)),
            ("al", day(self.last.min(month_ends))),
            ("formato", query.text("formato").to_owned()),
            ("corregge", query.text("corregge").to_owned()),
        ];
        Fields(fields.map(|(name, value)| (name.to_owned(), value)).into())
    }
}

/// What came of an earlier sending.
#[derive(Debug)]
struct AttemptView {
    text: String,
    tone: &'static str,
    /// Where its faults are told, or its flow; empty for neither.
    address: String,
    label: &'static str,
}

/// An upload that was broken off.
#[derive(Debug)]
struct BrokenView {
    id: String,
    sha256: String,
    text: String,
}

#[derive(Template)]
#[template(path = "flow_send.html")]
struct SendPage {
    f: Frame,
    g: GrantView,
    is_xml: bool,
    kinds: Vec<StateChoice>,
    /// What stands in the inputs.
    v: Fields,
    /// Said when the file corrects another flow.
    corrects: String,
    form: UploadForm,
    broken: Vec<BrokenView>,
    attempts: Vec<AttemptView>,
    problem: String,
}

#[derive(Debug)]
struct GrantView {
    claim: String,
    number: String,
    ticket: String,
    matricola: String,
    employer: String,
    period: String,
    hours: String,
}

pub(super) async fn page(State(app): State<Arc<App>>, id: Path<String>, visit: Visitor) -> Outcome {
    send_page(&app, &visit, id_of(&id)?, None).await
}

/// The form; with what was typed and why it was refused, when it was.
async fn send_page(
    app: &App,
    visit: &Visit,
    id: Uuid,
    refused: Option<(Fields, &Problem)>,
) -> Outcome {
    let session = visit.session_of(Side::Filer)?;
    let platform = app.gateway.for_session(session);
    let t = visit.text();
    let claim = claim(&platform, id).await?;
    let Some(grant) = Grant::of(&claim) else {
        return Err(Problem::refused(t.pay_not_authorised()));
    };
    let query = query(visit);
    let begins_anew = query.has("nuovo");
    let uploads = uploads(&platform, &grant.number).await?;
    let (values, problem) = match refused {
        Some((typed, problem)) => (typed, Some(problem)),
        None => (grant.header(&query), None),
    };
    let corrects = values.text("corregge").to_owned();
    let chosen = values.text("tipo_flusso").to_owned();
    Ok(with_status(
        problem.map_or(StatusCode::OK, Problem::status),
        &SendPage {
            f: framed(visit, t.pay_send_title())
                .crumb(t.pay_choose_title(), "/pagamenti/invio")
                .crumb(t.pay_send_title(), ""),
            is_xml: values.text("formato") == "xml",
            kinds: names::KINDS
                .map(|kind| StateChoice {
                    code: kind.as_str_name(),
                    name: names::kind(t, kind),
                    chosen: kind.as_str_name() == chosen,
                })
                .into(),
            v: values,
            corrects: if corrects.is_empty() {
                corrects
            } else {
                t.pay_corrects_flow(&corrects)
            },
            form: UploadForm {
                id: app.ids.at(app.clock.now()).to_string(),
                action: format!("/pagamenti/invio/{id}"),
                pieces: "/pagamenti/caricamenti/".to_owned(),
            },
            broken: if begins_anew {
                Vec::new()
            } else {
                broken(t, &uploads)
            },
            attempts: attempts(t, &uploads),
            problem: problem.map_or(String::new(), |it| it.told(visit.language)),
            g: grant_view(t, grant),
        },
    ))
}

fn grant_view(t: Text, grant: Grant) -> GrantView {
    GrantView {
        period: format!("{} – {}", format::day(grant.first), format::day(grant.last)),
        hours: format::hundredths(grant.hours, t.0),
        claim: grant.claim,
        number: grant.number,
        ticket: grant.ticket,
        matricola: grant.matricola,
        employer: grant.employer,
    }
}

async fn uploads(platform: &Platform, authorization: &str) -> Outcome<Vec<Upload>> {
    let request = ListUploadsRequest {
        authorization_number: authorization.to_owned(),
    };
    let answer = platform.flows().list_uploads(request).await?;
    Ok(answer.into_inner().uploads)
}

/// What can be gone on with by choosing the same file again.
fn broken(t: Text, uploads: &[Upload]) -> Vec<BrokenView> {
    let open = uploads
        .iter()
        .filter(|upload| upload.state() == UploadState::Receiving);
    open.map(|upload| BrokenView {
        id: upload.upload_id.clone(),
        sha256: upload.sha256.clone(),
        text: t.upload_broken(
            &format::bytes(upload.stored_bytes, t.0),
            &format::bytes(upload.total_bytes, t.0),
            &format::timestamp(upload.updated_at.as_ref()),
        ),
    })
    .collect()
}

fn attempts(t: Text, uploads: &[Upload]) -> Vec<AttemptView> {
    uploads
        .iter()
        .filter_map(|upload| attempt(t, upload))
        .collect()
}

fn attempt(t: Text, upload: &Upload) -> Option<AttemptView> {
    let at = format::timestamp(upload.updated_at.as_ref());
    match upload.state() {
        UploadState::Accepted => Some(AttemptView {
            text: t.pay_attempt_accepted(&at, &upload.protocol_number),
            tone: "bene",
            address: outcome_path(upload),
            label: t.pay_flow(),
        }),
        UploadState::Refused => Some(AttemptView {
            text: t.pay_attempt_refused(&at),
            tone: "danger",
            address: outcome_path(upload),
            label: t.pay_attempt_see(),
        }),
        UploadState::Receiving | UploadState::Unspecified => None,
    }
}

/// The heading alone: a file to begin with.
pub(super) async fn template(visit: Visitor) -> Outcome {
    visit.session()?;
    let heading = format!("\u{feff}{HEADING}\r\n");
    Ok(saved_as("flusso.csv", stream::iter([Ok(heading)])))
}

/// Takes flows, each announced by the form around its file.
struct Flows(Language);

impl Destination for Flows {
    const MOST: u64 = 512 * 1024 * 1024;

    async fn send(
        &self,
        platform: &Platform,
        file: Announced,
        pieces: Pieces,
    ) -> Outcome<Progress> {
        let begin = UploadFlowRequest {
            begin: Some(begin(Text(self.0), &file)?),
            chunk: None,
        };
        let chunks = cut(file.from, pieces).map(|(offset, data)| UploadFlowRequest {
            begin: None,
            chunk: Some(FlowChunk { offset, data }),
        });
        let messages = stream::iter([begin]).chain(chunks);
        let answer = platform.flows().upload_flow(messages).await?;
        let upload = answer.into_inner().upload;
        let upload = upload.ok_or_else(|| Problem::of(Kind::Internal))?;
        Ok(progress(&upload))
    }

    async fn find(&self, platform: &Platform, upload: Uuid) -> Outcome<Progress> {
        Ok(progress(&find(platform, upload).await?))
    }
}

/// Announces a flow as the form says it. Whether the parts belong together is for the service to say.
fn begin(t: Text, file: &Announced) -> Outcome<BeginFlow> {
    let fields = &file.fields;
    let is_xml = fields.text("formato") == "xml";
    let format = if is_xml {
        FlowFormat::Xml
    } else {
        FlowFormat::Csv
    };
    Ok(BeginFlow {
        upload_id: file.upload.to_string(),
        authorization_number: fields.text("autorizzazione").to_owned(),
        matricola: fields.text("matricola").to_owned(),
        format: format as i32,
        header: if is_xml {
            None
        } else {
            Some(header(t, fields)?)
        },
        total_bytes: file.bytes,
        sha256: file.sha256.clone(),
    })
}

/// The header of a CSV flow, which travels beside the file.
fn header(t: Text, fields: &Fields) -> Outcome<FlowHeader> {
    let day = |name| format::typed_day(fields.text(name)).map(format::to_message);
    let days = day("dal").zip(day("al"));
    let (from, to) = days.ok_or_else(|| Problem::input(t.fault_flow_days()))?;
    let totals = fields
        .read_as::<i32>("righe")
        .zip(format::typed_hundredths(fields.text("ore")));
    let (lines_count, hours_hundredths) =
        totals.ok_or_else(|| Problem::input(t.fault_flow_totals()))?;
    let kind = FlowKind::from_str_name(fields.text("tipo_flusso")).unwrap_or_default();
    Ok(FlowHeader {
        kind: kind as i32,
        ticket: fields.text("ticket").to_owned(),
        from: Some(from),
        to: Some(to),
        lines_count,
        hours_hundredths,
        corrects_protocol_number: fields.text("corregge").to_owned(),
    })
}

fn progress(upload: &Upload) -> Progress {
    Progress {
        stored: upload.stored_bytes,
        next: outcome_path(upload),
    }
}

/// The page that tells what came of an upload; empty while it has not ended.
fn outcome_path(upload: &Upload) -> String {
    match upload.state() {
        UploadState::Accepted => {
            format!("/pagamenti/flussi/{}?esito=flusso-ricevuto", upload.flow_id)
        }
        UploadState::Refused => format!("/pagamenti/caricamenti/{}", upload.upload_id),
        UploadState::Receiving | UploadState::Unspecified => String::new(),
    }
}

/// Takes a flow by a plain form.
pub(super) async fn whole(
    State(app): State<Arc<App>>,
    id: Path<String>,
    visit: Visitor,
    request: Request,
) -> Outcome {
    let claim = id_of(&id)?;
    let session = visit.session_of(Side::Filer)?;
    let to = Flows(visit.language);
    let posted = form::posted(&visit, request, Flows::MOST).await?;
    let typed = posted.fields.clone();
    match form::pass_on(&app, &visit, session, &to, posted).await {
        Ok(progress) => Ok(see(&progress.next)),
        Err(problem) if is_told_here(&problem) => {
            send_page(&app, &visit, claim, Some((typed, &problem))).await
        }
        Err(problem) => Err(problem),
    }
}

/// Takes a piece of a flow.
pub(super) async fn receive(
    State(app): State<Arc<App>>,
    id: Path<String>,
    visit: Visitor,
    request: Request,
) -> Response {
    let received = async {
        let session = visit.session_of(Side::Filer)?;
        let to = Flows(visit.language);
        piece::receive(&app, session, &to, id_of(&id)?, request).await
    };
    piece::answer(&visit, received.await)
}

/// How far a flow is on its way.
pub(super) async fn state(
    State(app): State<Arc<App>>,
    id: Path<String>,
    visit: Visitor,
) -> Response {
    let found = async {
        let session = visit.session_of(Side::Filer)?;
        piece::how_far(&app, session, &Flows(visit.language), id_of(&id)?).await
    };
    piece::answer(&visit, found.await)
}

#[cfg(test)]
mod tests {
    use proto::omnia::claims::v1::{Decision, DraftContent, Grant as Granted};
    use proto::omnia::common::v1::{UnitKey, WeekPeriod};

    use super::*;

    const T: Text = Text(Language::Italian);

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn claim(mode: PaymentMode) -> Claim {
        let period = WeekPeriod {
            first_week: Some(format::to_message(day("2026-09-07"))),
            weeks: 5,
        };
        let mut content = DraftContent {
            unit: Some(UnitKey {
                matricola: "4900000001".to_owned(),
                production_unit_code: 0,
            }),
            ..DraftContent::default()
        };
        content.set_payment_mode(mode);
        let mut claim = Claim {
            content: Some(content),
            ticket: "A0DWB0WZ3UK4M3Y1".to_owned(),
            decision: Some(Decision {
                authorization_number: "490026000001".to_owned(),
                grant: Some(Granted {
                    period: Some(period),
                    ..Granted::default()
                }),
                ..Decision::default()
            }),
            ..Claim::default()
        };
        claim.set_state(ClaimState::Accepted);
        claim
    }

    #[test]
    fn flows_are_sent_for_what_was_granted_with_direct_payment() {
        assert!(Grant::of(&claim(PaymentMode::Conguaglio)).is_none());
        for (state, stands) in [
            (ClaimState::UnderAppeal, true),
            (ClaimState::UnderReexamination, false),
            (ClaimState::Annulled, false),
        ] {
            let mut claim = claim(PaymentMode::Direct);
            claim.set_state(state);
            assert_eq!(Grant::of(&claim).is_some(), stands, "{state:?}");
        }
        let mut rejected = claim(PaymentMode::Direct);
        rejected.set_state(ClaimState::UnderAppeal);
        rejected.decision = Some(Decision::default());
        assert!(Grant::of(&rejected).is_none());
        let grant = Grant::of(&claim(PaymentMode::Direct)).unwrap();
        assert_eq!(
            (grant.first, grant.last),
            (day("2026-09-07"), day("2026-10-11"))
        );
        let header = grant.header(&Fields::read(b"formato=xml"));
        assert_eq!(header.text("tipo_flusso"), "FLOW_KIND_UNIEMENS_CIG");
        assert_eq!(
            (header.text("dal"), header.text("al")),
            ("2026-09-07", "2026-09-30"),
            "one month alone"
        );
        assert_eq!(header.text("formato"), "xml");
    }

    fn announced(fields: &str) -> Announced {
        Announced {
            upload: Uuid::nil(),
            name: "flusso.csv".to_owned(),
            bytes: 3,
            sha256: "ab".to_owned(),
            fields: Fields::read(fields.as_bytes()),
            from: 0,
        }
    }

    #[test]
    fn the_header_of_a_csv_is_read_from_the_form_and_that_of_an_xml_stands_in_the_file() {
        let form = "autorizzazione=490026000001&matricola=4900000001&ticket=A0DWB0WZ3UK4M3Y1\
                    &tipo_flusso=FLOW_KIND_UNIEMENS_CIG&dal=2026-09-07&al=30/09/2026&righe=3&ore=1.192,00";
        let begun = begin(T, &announced(form)).unwrap();
        let header = begun.header.unwrap();
        assert_eq!((header.lines_count, header.hours_hundredths), (3, 119_200));
        assert_eq!(header.kind(), FlowKind::UniemensCig);
        let xml = begin(T, &announced("formato=xml&autorizzazione=490026000001")).unwrap();
        assert!(xml.header.is_none() && xml.format() == FlowFormat::Xml);
        for missing in [
            "dal=2026-09-07",
            "dal=2026-09-07&al=2026-09-30&righe=molte&ore=1",
        ] {
            let refused = begin(T, &announced(missing)).unwrap_err();
            assert_eq!(refused.kind, Kind::Input, "{missing}");
        }
    }

    #[test]
    fn the_heading_has_the_columns_of_the_layout() {
        assert_eq!(HEADING.split(';').count(), 26);
        assert!(HEADING.ends_with(";importo_atteso"));
    }
}
