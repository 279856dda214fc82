//! The service with a clock that stands still, a feed that tells what the test says, and a table of offices.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chassis::access::Role;
use chassis::clock::ManualClock;
use chassis::db::ScopedFutureExt;
use chassis::feed::Handler;
use chassis::identity::{Caller, Level, Scope};
use chassis::lifecycle::Stop;
use chassis::{Database, Failure, Ids, wire};
use chrono::{DateTime, NaiveDate, Utc};
use prost::{Message, Name};
use prost_types::Any;
use proto::omnia::claims::v1 as claims;
use proto::omnia::claims::v1::ClaimState;
use proto::omnia::dasmo::v1 as pb;
use proto::omnia::dasmo::v1::dasmo_digest_service_server::DasmoDigestService;
use proto::omnia::dasmo::v1::dasmo_flows_service_server::DasmoFlowsService;
use proto::omnia::dasmo::v1::dasmo_service_server::DasmoService;
use proto::omnia::feed::v1::Event;
use testkit::TestDatabase;
use tokio::sync::Semaphore;
use tokio_stream::StreamExt;
use tonic::{Request, Status};
use uuid::Uuid;

use super::post::{Mailbox, People};
use crate::app::dashboard::Dashboard;
use crate::app::digest::{Digests, Mailing};
use crate::app::export::AT_A_TIME;
use crate::app::snapshots::{Feed, Snapshots};
use crate::app::territory::{Directory, Territories};
use crate::domain::OfficeInRegion;
use crate::feed::{CLAIMS, ClaimEvents, FlowEvents};
use crate::grpc::{DasmoApi, DigestApi, FlowsApi};
use crate::metrics::Metrics;
use crate::settings::Settings;

/// Offices and regions of the stories.
pub(super) const OFFICES: [(&str, &str); 5] = [
    ("490000", "03"),
    ("490001", "03"),
    ("490100", "03"),
    ("700000", "12"),
    ("040000", "02"),
];

pub(super) struct World {
    pub(super) database: TestDatabase,
    pub(super) clock: Arc<ManualClock>,
    pub(super) feed: Arc<Told>,
    pub(super) snapshots: Arc<Snapshots>,
    api: DasmoApi,
    flows: FlowsApi,
    pub(super) digests: Digests,
    digest_api: DigestApi,
    pub(super) mailbox: Arc<Mailbox>,
    pub(super) people: Arc<People>,
}

impl World {
    /// A fresh service at this hour of Rome.
    pub(super) async fn at(now: &str) -> Self {
        Self::with(now, Settings::default()).await
    }

    pub(super) async fn with(now: &str, settings: Settings) -> Self {
        let database = TestDatabase::create(&crate::MIGRATIONS).await;
        let clock = Arc::new(ManualClock::at(rome(now)));
        let feed = Arc::new(Told::nothing(database.database.clone()));
        let snapshots = Arc::new(Snapshots {
            database: database.database.clone(),
            clock: clock.clone(),
            feeds: vec![feed.clone()],
            settings: settings.clone(),
            metrics: Metrics::new(clock.clone()),
        });
        let dashboard = Dashboard {
            database: database.database.clone(),
            clock: clock.clone(),
            territories: Territories::new(Arc::new(Table), settings.profilo_regionale),
            exports: Arc::new(Semaphore::new(AT_A_TIME)),
        };
        let (mailbox, people) = (Arc::new(Mailbox::empty()), Arc::new(People::default()));
        let digests = Digests {
            dashboard: dashboard.clone(),
            ids: Ids::seeded(1),
            standings: people.clone(),
            mailing: Some(Mailing {
                post: mailbox.clone(),
                domains: vec!["inps.it".to_owned()],
            }),
            portal: "https://omnia.example.it".to_owned(),
        };
        Self {
            database,
            clock,
            feed,
            snapshots,
            digest_api: DigestApi::new(digests.clone()),
            digests,
            mailbox,
            people,
            api: DasmoApi::new(dashboard.clone()),
            flows: FlowsApi::new(dashboard),
        }
    }

    pub(super) fn it_is(&self, now: &str) {
        self.clock.set(rome(now));
    }

    /// The job of the night runs.
    pub(super) async fn night(&self) -> Result<(), Failure> {
        self.snapshots.run(&Stop::new()).await
    }

    pub(super) async fn volumes(
        &self,
        caller: &Caller,
        ask: Ask,
    ) -> Result<pb::GetVolumesResponse, Status> {
        let request = pb::GetVolumesRequest {
            as_of: ask.as_of.map(wire::date),
            filter: Some(ask.filter),
        };
        self.api
            .get_volumes(from(caller, request))
            .await
            .map(tonic::Response::into_inner)
    }

    pub(super) async fn breakdown(
        &self,
        caller: &Caller,
        request: pb::GetBreakdownRequest,
    ) -> Result<pb::GetBreakdownResponse, Status> {
        self.api
            .get_breakdown(from(caller, request))
            .await
            .map(tonic::Response::into_inner)
    }

    pub(super) async fn trend(
        &self,
        caller: &Caller,
        days: (NaiveDate, NaiveDate),
        filter: pb::VolumesFilter,
    ) -> Result<Vec<pb::TrendDay>, Status> {
        self.trend_by(caller, days, filter, pb::TrendStep::Day)
            .await
    }

    pub(super) async fn trend_by(
        &self,
        caller: &Caller,
        days: (NaiveDate, NaiveDate),
        filter: pb::VolumesFilter,
        step: pb::TrendStep,
    ) -> Result<Vec<pb::TrendDay>, Status> {
        let (first, last) = (wire::date(days.0), wire::date(days.1));
        let request = pb::GetTrendRequest {
            from: Some(first),
            to: Some(last),
            filter: Some(filter),
            step: step.into(),
        };
        self.api
            .get_trend(from(caller, request))
            .await
            .map(|answer| answer.into_inner().days)
    }

    pub(super) async fn forecast(
        &self,
        caller: &Caller,
        filter: pb::VolumesFilter,
    ) -> Result<pb::GetForecastResponse, Status> {
        self.forecast_on(caller, None, filter).await
    }

    pub(super) async fn forecast_on(
        &self,
        caller: &Caller,
        as_of: Option<NaiveDate>,
        filter: pb::VolumesFilter,
    ) -> Result<pb::GetForecastResponse, Status> {
        let request = pb::GetForecastRequest {
            filter: Some(filter),
            as_of: as_of.map(wire::date),
        };
        self.api
            .get_forecast(from(caller, request))
            .await
            .map(tonic::Response::into_inner)
    }

    pub(super) async fn corrections(&self, caller: &Caller) -> Result<Vec<pb::Correction>, Status> {
        self.api
            .list_corrections(from(caller, pb::ListCorrectionsRequest::default()))
            .await
            .map(|answer| answer.into_inner().corrections)
    }

    pub(super) async fn case(&self, caller: &Caller, claim: Uuid) -> Result<pb::Case, Status> {
        let request = pb::GetCaseRequest {
            claim_id: claim.to_string(),
        };
        self.api
            .get_case(from(caller, request))
            .await
            .map(|answer| answer.into_inner().case.unwrap())
    }

    /// The header and the bytes of an export.
    pub(super) async fn export(
        &self,
        caller: &Caller,
        request: pb::ExportFiguresRequest,
    ) -> Result<(pb::ExportHeader, Vec<u8>), Status> {
        let answer = self.api.export_figures(from(caller, request)).await?;
        let mut messages = answer.into_inner();
        let mut header = None;
        let mut bytes = Vec::new();
        while let Some(message) = messages.next().await {
            let message = message?;
            header = header.or(message.header);
            bytes.extend(message.data);
        }
        Ok((header.unwrap(), bytes))
    }

    pub(super) async fn cases(
        &self,
        caller: &Caller,
        request: pb::ListCasesRequest,
    ) -> Result<pb::ListCasesResponse, Status> {
        self.api
            .list_cases(from(caller, request))
            .await
            .map(tonic::Response::into_inner)
    }

    pub(super) async fn flow_breakdown(
        &self,
        caller: &Caller,
        request: pb::GetFlowBreakdownRequest,
    ) -> Result<pb::GetFlowBreakdownResponse, Status> {
        self.flows
            .get_flow_breakdown(from(caller, request))
            .await
            .map(tonic::Response::into_inner)
    }

    pub(super) async fn flow_trend(
        &self,
        caller: &Caller,
        request: pb::GetFlowTrendRequest,
    ) -> Result<Vec<pb::FlowTrendDay>, Status> {
        self.flows
            .get_flow_trend(from(caller, request))
            .await
            .map(|answer| answer.into_inner().days)
    }

    pub(super) async fn flow_forecast(
        &self,
        caller: &Caller,
        filter: pb::VolumesFilter,
    ) -> Result<pb::GetForecastResponse, Status> {
        let request = pb::GetFlowForecastRequest {
            filter: Some(filter),
            ..pb::GetFlowForecastRequest::default()
        };
        self.flows
            .get_flow_forecast(from(caller, request))
            .await
            .map(|answer| answer.into_inner().forecast.unwrap())
    }

    pub(super) async fn flow_corrections(
        &self,
        caller: &Caller,
    ) -> Result<Vec<pb::Correction>, Status> {
        self.flows
            .list_flow_corrections(from(caller, pb::ListFlowCorrectionsRequest::default()))
            .await
            .map(|answer| answer.into_inner().corrections)
    }

    pub(super) async fn stock_flows(
        &self,
        caller: &Caller,
        request: pb::ListStockFlowsRequest,
    ) -> Result<pb::ListStockFlowsResponse, Status> {
        self.flows
            .list_stock_flows(from(caller, request))
            .await
            .map(tonic::Response::into_inner)
    }

    pub(super) async fn stock_flow(
        &self,
        caller: &Caller,
        flow: Uuid,
    ) -> Result<pb::StockFlow, Status> {
        let request = pb::GetStockFlowRequest {
            flow_id: flow.to_string(),
        };
        self.flows
            .get_stock_flow(from(caller, request))
            .await
            .map(|answer| answer.into_inner().flow.unwrap())
    }

    /// The header and the bytes of an export of flows.
    pub(super) async fn export_flows(
        &self,
        caller: &Caller,
        request: pb::ExportFlowFiguresRequest,
    ) -> Result<(pb::ExportHeader, Vec<u8>), Status> {
        let answer = self
            .flows
            .export_flow_figures(from(caller, request))
            .await?;
        let mut messages = answer.into_inner();
        let mut header = None;
        let mut bytes = Vec::new();
        while let Some(message) = messages.next().await {
            let message = message?;
            header = header.or(message.header);
            bytes.extend(message.data);
        }
        Ok((header.unwrap(), bytes))
    }

    pub(super) async fn digest(&self, caller: &Caller) -> pb::GetDigestResponse {
        self.digest_api
            .get_digest(from(caller, pb::GetDigestRequest {}))
            .await
            .unwrap()
            .into_inner()
    }

    pub(super) async fn subscribe(
        &self,
        caller: &Caller,
        request: pb::SubscribeDigestRequest,
    ) -> Result<pb::DigestSubscription, Status> {
        self.digest_api
            .subscribe_digest(from(caller, request))
            .await
            .map(|answer| answer.into_inner().subscription.unwrap())
    }

    pub(super) async fn unsubscribe(
        &self,
        caller: &Caller,
        subject: pb::DigestSubject,
    ) -> Result<(), Status> {
        let request = pb::UnsubscribeDigestRequest {
            subject: subject.into(),
            ..pb::UnsubscribeDigestRequest::default()
        };
        self.digest_api
            .unsubscribe_digest(from(caller, request))
            .await
            .map(drop)
    }

    /// The link of a mail is followed, by whoever holds it.
    pub(super) async fn cancel(&self, token: &str) -> Result<(), Status> {
        let request = pb::CancelDigestRequest {
            token: token.to_owned(),
        };
        self.digest_api
            .cancel_digest(Request::new(request))
            .await
            .map(drop)
    }

    pub(super) async fn freshness(&self) -> pb::GetFreshnessResponse {
        let sre = person(Role::Sre, Scope::System, "");
        self.freshness_for(&sre).await
    }

    pub(super) async fn freshness_for(&self, caller: &Caller) -> pb::GetFreshnessResponse {
        self.api
            .get_freshness(from(caller, pb::GetFreshnessRequest {}))
            .await
            .unwrap()
            .into_inner()
    }
}

fn from<T>(caller: &Caller, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.extensions_mut().insert(caller.clone());
    request
}

/// What is asked of the volumes.
#[derive(Default)]
pub(super) struct Ask {
    as_of: Option<NaiveDate>,
    filter: pb::VolumesFilter,
}

pub(super) fn everything() -> Ask {
    Ask::default()
}

impl Ask {
    pub(super) fn as_of(day: NaiveDate) -> Self {
        Self {
            as_of: Some(day),
            ..Self::default()
        }
    }

    pub(super) fn office(code: &str) -> Self {
        Self {
            filter: pb::VolumesFilter {
                office: code.to_owned(),
                ..pb::VolumesFilter::default()
            },
            as_of: None,
        }
    }

    pub(super) fn with(filter: pb::VolumesFilter) -> Self {
        Self {
            filter,
            as_of: None,
        }
    }

    pub(super) fn on(mut self, day: NaiveDate) -> Self {
        self.as_of = Some(day);
        self
    }

    pub(super) fn region(code: &str) -> Self {
        let filter = pb::VolumesFilter {
            region_istat: code.to_owned(),
            ..pb::VolumesFilter::default()
        };
        Self {
            filter,
            as_of: None,
        }
    }
}

/// Director of the office of Milano, with its agency.
pub(super) fn director_of_milano() -> Caller {
    person(Role::Dsede, offices(&["490000", "490001"]), "490000")
}

pub(super) fn director_of_lombardia() -> Caller {
    person(Role::Dreg, offices(&["490000", "490001", "490100"]), "03")
}

pub(super) fn central_manager() -> Caller {
    person(Role::Dir, Scope::National, "")
}

pub(super) fn offices(codes: &[&str]) -> Scope {
    Scope::Offices(codes.iter().map(|code| code.parse().unwrap()).collect())
}

pub(super) fn person(role: Role, scope: Scope, organisation: &str) -> Caller {
    Caller {
        person: Uuid::from_u128(7),
        role,
        scope,
        organisation: organisation.to_owned(),
        level: Level::L2,
        service: None,
        dasmo: true,
        ..Caller::service("test")
    }
}

/// An instant of Rome, such as `2026-11-02 10:00`.
pub(super) fn rome(text: &str) -> DateTime<Utc> {
    let (day, time) = text.split_once(' ').unwrap();
    let (hour, minute) = time.split_once(':').unwrap();
    kernel::rome::at(
        day.parse().unwrap(),
        hour.parse().unwrap(),
        minute.parse().unwrap(),
    )
}

pub(super) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A claim whose steps are told one after the other.
#[derive(Clone)]
pub(super) struct Claim {
    id: Uuid,
    version: i64,
    state: ClaimState,
    office: String,
    product: claims::Product,
    causale: claims::Causale,
    payment_mode: claims::PaymentMode,
    sector: &'static str,
    heads_hundredths: i64,
    region: Option<&'static str>,
    submitted_at: Option<DateTime<Utc>>,
}

impl Claim {
    /// CIGO for a crisis of the market, paid by INPS, of a firm of industry with 25 heads, for 10 workers and 400 hours.
    pub(super) fn number(number: u128) -> Self {
        Self {
            id: Uuid::from_u128(number),
            version: 0,
            state: ClaimState::Draft,
            office: String::new(),
            product: claims::Product::Cigo,
            causale: claims::Causale::MarketCrisis,
            payment_mode: claims::PaymentMode::Direct,
            sector: "1",
            heads_hundredths: 2_500,
            region: None,
            submitted_at: None,
        }
    }

    pub(super) fn of(mut self, product: claims::Product) -> Self {
        self.product = product;
        self
    }

    pub(super) fn because(mut self, causale: claims::Causale) -> Self {
        self.causale = causale;
        self
    }

    pub(super) fn set_off(mut self) -> Self {
        self.payment_mode = claims::PaymentMode::Conguaglio;
        self
    }

    /// Of a firm of this sector and so many heads, in hundredths.
    pub(super) fn by(mut self, sector: &'static str, heads_hundredths: i64) -> Self {
        self.sector = sector;
        self.heads_hundredths = heads_hundredths;
        self
    }

    /// Its office lies in another region than the stories say.
    pub(super) fn in_region(mut self, region: &'static str) -> Self {
        self.region = Some(region);
        self
    }

    pub(super) fn id(&self) -> Uuid {
        self.id
    }

    pub(super) fn submitted(&mut self, office: &str, when: &str) -> Event {
        office.clone_into(&mut self.office);
        self.to(ClaimState::Submitted, when)
    }

    /// The next step.
    pub(super) fn to(&mut self, to: ClaimState, when: &str) -> Event {
        let occurred_at = rome(when);
        let submitted_at = *self.submitted_at.get_or_insert(occurred_at);
        self.version += 1;
        let event = claims::ClaimEvent {
            claim_id: self.id.to_string(),
            version: self.version,
            from: self.state.into(),
            to: to.into(),
            occurred_at: Some(wire::timestamp(occurred_at)),
            facts: Some(self.facts(submitted_at)),
            decision: self.decision(to),
        };
        self.state = to;
        Event {
            event_id: Uuid::from_u128(
                self.id.as_u128() << 32 | u128::try_from(self.version).unwrap(),
            )
            .to_string(),
            aggregate_type: "claim".to_owned(),
            aggregate_id: self.id.to_string(),
            payload: Some(Any {
                type_url: claims::ClaimEvent::type_url(),
                value: event.encode_to_vec(),
            }),
            occurred_at: Some(wire::timestamp(occurred_at)),
            ..Event::default()
        }
    }

    /// Protocolled on one day, taken on the same, decided on another.
    pub(super) fn decided(
        &mut self,
        office: &str,
        when: &str,
        to: ClaimState,
        later: &str,
    ) -> [Event; 3] {
        [
            self.submitted(office, when),
            self.to(ClaimState::UnderReview, when),
            self.to(to, later),
        ]
    }

    fn facts(&self, submitted_at: DateTime<Utc>) -> claims::ClaimFacts {
        let region = OFFICES
            .iter()
            .find(|(office, _)| *office == self.office)
            .expect("an office of the stories")
            .1;
        claims::ClaimFacts {
            protocol_number: format!(
                "INPS.{}.02/11/2026.{:07}",
                &self.office[..4],
                self.id.as_u128()
            ),
            submitted_at: Some(wire::timestamp(submitted_at)),
            competent_office: self.office.clone(),
            region_istat: self.region.unwrap_or(region).to_owned(),
            product: self.product.into(),
            causale: self.causale.into(),
            payment_mode: self.payment_mode.into(),
            beneficiaries_count: 10,
            hours_requested_hundredths: 40_000,
            csc_sector: self.sector.to_owned(),
            average_heads_hundredths: self.heads_hundredths,
            ..claims::ClaimFacts::default()
        }
    }

    fn decision(&self, to: ClaimState) -> Option<claims::DecisionFacts> {
        let outcome = match to {
            ClaimState::Accepted => claims::Outcome::Acceptance,
            ClaimState::PartiallyAccepted => claims::Outcome::PartialAcceptance,
            ClaimState::Rejected => claims::Outcome::Rejection,
            _ => return None,
        };
        let sequence = if self.state == ClaimState::UnderReview {
            1
        } else {
            2
        };
        Some(claims::DecisionFacts {
            outcome: outcome.into(),
            sequence,
            ..claims::DecisionFacts::default()
        })
    }
}

/// The feeds of claims and payments, as far as the test tells them.
pub(super) struct Told {
    database: Database,
    waiting: Mutex<VecDeque<Event>>,
    broken: AtomicBool,
}

impl Told {
    fn nothing(database: Database) -> Self {
        Self {
            database,
            waiting: Mutex::default(),
            broken: AtomicBool::new(false),
        }
    }

    /// These events are committed by the claims service; they are taken in when the feed catches up.
    pub(super) fn tell(&self, events: impl IntoIterator<Item = Event>) {
        self.waiting.lock().unwrap().extend(events);
    }

    /// From now on the claims service does not answer, or answers again.
    pub(super) fn is_broken(&self, broken: bool) {
        self.broken.store(broken, Ordering::Relaxed);
    }

    /// Takes in events as the consumer does, in one transaction.
    pub(super) async fn take_in(&self, events: Vec<Event>) -> Result<(), Failure> {
        let of_claims = |event: &Event| {
            let payload = event.payload.as_ref().unwrap();
            payload.type_url == claims::ClaimEvent::type_url()
        };
        let (claims, flows): (Vec<_>, Vec<_>) = events.into_iter().partition(of_claims);
        let (claims, flows) = (&claims, &flows);
        self.database
            .transaction("feed_apply", |tx| {
                async move {
                    ClaimEvents.apply(tx, claims).await?;
                    FlowEvents.apply(tx, flows).await
                }
                .scope_boxed()
            })
            .await
    }
}

#[async_trait]
impl Feed for Told {
    fn producer(&self) -> &'static str {
        CLAIMS.producer
    }

    async fn catch_up(&self) -> Result<(), Failure> {
        if self.broken.load(Ordering::Relaxed) {
            return Err(Failure::unavailable("the feed of claims does not answer"));
        }
        let events = self.waiting.lock().unwrap().drain(..).collect();
        self.take_in(events).await
    }
}

struct Table;

#[async_trait]
impl Directory for Table {
    async fn offices(&self) -> Result<Arc<[OfficeInRegion]>, Failure> {
        let table = OFFICES.map(|(office, region)| OfficeInRegion {
            office: office.parse().unwrap(),
            region_istat: region.to_owned(),
            agency_of: (office == "490001").then(|| "490000".parse().unwrap()),
        });
        Ok(table.into_iter().collect())
    }
}
