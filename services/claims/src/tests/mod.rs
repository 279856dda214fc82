//! Tests of the use cases against a real database, with a clock that stands still and ports of their own.

mod adoption;
mod assisted;
mod attachments;
mod authorizations;
mod desk;
mod documents;
mod lists;
mod loading;
mod office;
mod outage;
mod payments;
mod plans;
mod ports;
mod remedies;
mod search;
mod submission;
mod transport;
mod visibility;

use std::sync::Arc;

use chassis::access::Role;
use chassis::clock::ManualClock;
use chassis::config::{ObjectsConfig, S3Config};
use chassis::failure::reason_code;
use chassis::identity::{Caller, Level, MandateInUse, Scope};
use chassis::{Failure, Ids, Objects};
use chrono::TimeDelta;
use testkit::TestDatabase;
use uuid::Uuid;

use self::ports::{FakeLimits, FakeRegistry};
use crate::app::{App, CreateCommand, Files, SubmitCommand};
use crate::domain::claim::Claim;
use crate::domain::content::{Content, UnitKey};
use crate::domain::decision::{Grant, Outcome, Proposed, Refusal, RejectionReason};
use crate::domain::samples::{self, instant};
use crate::metrics::Metrics;
use crate::planted::Planted;

/// The firm of the samples, its second position, and another firm at the same office.
const OFFICINE: &str = "4900000001";
const OFFICINE_TWO: &str = "4900000002";
const TESSITURA: &str = "4900000009";
/// A shop of the FIS at the office of Milano.
const BOTTEGA: &str = "4900000017";
/// A firm at another office.
const CANTIERI: &str = "7000000001";
/// Offices.
const MILANO: &str = "490000";
const ROMA: &str = "700000";
/// A regional directorate.
const LOMBARDIA: &str = "490099";

/// The service on a database of its own, on Thursday 10 September 2026 at noon.
struct World {
    app: App,
    clock: Arc<ManualClock>,
    limits: Arc<FakeLimits>,
    database: TestDatabase,
    /// Where the contents of attachments lie.
    folder: tempfile::TempDir,
}

/// A store of objects in a folder.
fn objects_in(folder: &std::path::Path) -> Objects {
    let config = ObjectsConfig {
        store: folder.display().to_string(),
        max_object_bytes: 64 << 20,
        s3: S3Config::default(),
    };
    Objects::open(&config, "claims").unwrap()
}

impl World {
    async fn new() -> Self {
        let database = TestDatabase::create(&crate::MIGRATOR).await;
        let clock = Arc::new(ManualClock::at(instant("2026-09-10")));
        let limits = Arc::new(FakeLimits::new(clock.clone()));
        let folder = tempfile::tempdir().unwrap();
        let app = App {
            database: database.database.clone(),
            clock: clock.clone(),
            ids: Ids::seeded(7),
            registry: Arc::new(FakeRegistry),
            limits: limits.clone(),
            metrics: Metrics::new(),
            files: Files::new(objects_in(folder.path()), None),
            planted: Planted::default(),
            rules: &crate::domain::rules::IN_FORCE,
            persons: None,
            uniemens: None,
            patience: std::time::Duration::from_mins(1),
            verification_page: "https://omnia.example.it/verifica".to_owned(),
            exports: Arc::new(tokio::sync::Semaphore::new(1)),
        };
        Self {
            app,
            clock,
            limits,
            database,
            folder,
        }
    }

    fn later(&self, by: TimeDelta) {
        self.clock.advance(by);
    }

    async fn draft(&self, caller: &Caller, content: &Content) -> Claim {
        let command = create(content, fresh());
        self.app.create_draft(caller, &command).await.unwrap()
    }

    /// A claim submitted by its consultant.
    async fn submitted(&self, content: &Content) -> Claim {
        let caller = consultant(&[content.unit.matricola.as_str()]);
        let draft = self.draft(&caller, content).await;
        self.app
            .submit(&caller, &submit(&draft, fresh()))
            .await
            .unwrap()
            .claim
    }

    /// A claim that the operator of Milano has in charge.
    async fn under_review(&self, content: &Content) -> Claim {
        let claim = self.submitted(content).await;
        self.app
            .take_in_charge(&operator(), claim.id)
            .await
            .unwrap()
    }

    /// A claim whose full acceptance awaits adoption, with the proposal.
    async fn proposed(&self, content: &Content) -> (Claim, Uuid) {
        let claim = Box::pin(self.under_review(content)).await;
        self.propose(&claim, acceptance(&claim)).await
    }

    async fn propose(&self, claim: &Claim, proposed: Proposed) -> (Claim, Uuid) {
        let claim = self
            .app
            .propose(&operator(), claim.id, &proposed)
            .await
            .unwrap();
        let proposal = claim.proposal.as_ref().unwrap().id;
        (claim, proposal)
    }

    /// A claim with an adopted decision.
    async fn decided(&self, content: &Content, decide: fn(&Claim) -> Proposed) -> Claim {
        let claim = Box::pin(self.under_review(content)).await;
        let (claim, proposal) = self.propose(&claim, decide(&claim)).await;
        self.app
            .adopt(&director(), claim.id, proposal)
            .await
            .unwrap()
    }

    /// Protocol numbers of an office, in order, with their direction.
    async fn register(&self, office4: &str) -> Vec<(i32, String)> {
        sqlx::query!(
            "select number, direction from protocol_entry where office4 = $1 order by number",
            office4
        )
        .fetch_all(self.database.database.pool())
        .await
        .unwrap()
        .into_iter()
        .map(|row| (row.number, row.direction))
        .collect()
    }

    /// Events of a claim in the outbox.
    async fn events(&self, claim: Uuid) -> i64 {
        let id = claim.to_string();
        sqlx::query_scalar!(
            "select count(*) as \"count!\" from outbox where aggregate_id = $1",
            id
        )
        .fetch_one(self.database.database.pool())
        .await
        .unwrap()
    }
}

/// An id that nobody has used.
fn fresh() -> Uuid {
    Ids::random().at(chrono::DateTime::UNIX_EPOCH)
}

fn create(content: &Content, request_id: Uuid) -> CreateCommand {
    CreateCommand {
        request_id,
        fingerprint: format!("{content:?}").into_bytes(),
        content: content.clone(),
        copy_from: None,
    }
}

fn submit(draft: &Claim, request_id: Uuid) -> SubmitCommand {
    SubmitCommand {
        claim: draft.id,
        request_id,
        fingerprint: format!("{}{}", draft.id, draft.version).into_bytes(),
        etag: draft.version.to_string(),
    }
}

/// The correct claim of the samples, for a unit.
fn content_of(matricola: &str, unit: u32) -> Content {
    Content {
        unit: unit_key(matricola, unit),
        ..samples::content("2026-09-07", 8)
    }
}

/// The same with a single worker, chosen by a number.
fn content_with_worker(matricola: &str, unit: u32, worker: u32) -> Content {
    let mut content = content_of(matricola, unit);
    content.beneficiaries.truncate(1);
    content.beneficiaries[0].codice_fiscale = codice_fiscale(worker);
    content.beneficiaries_count = 1;
    content.hours_requested_hundredths = content.beneficiaries[0].hours_requested_hundredths;
    content
}

/// A correct codice fiscale for each number below 20 000.
fn codice_fiscale(number: u32) -> String {
    let letter = |value: u32| char::from(b'A' + u8::try_from(value % 20).unwrap());
    let (a, b, c) = (letter(number / 400), letter(number / 20), letter(number));
    let day = number / 8_000 + 1;
    let body = format!("{a}{b}{c}MRA80A{day:02}H501");
    ('A'..='Z')
        .map(|check| format!("{body}{check}"))
        .find(|it| it.parse::<kernel::CodiceFiscale>().is_ok())
        .unwrap()
}

fn unit_key(matricola: &str, unit: u32) -> UnitKey {
    UnitKey {
        matricola: matricola.parse().unwrap(),
        code: unit.try_into().unwrap(),
    }
}

fn acceptance(claim: &Claim) -> Proposed {
    samples::acceptance(claim)
}

fn rejection(_: &Claim) -> Proposed {
    samples::rejection()
}

/// The first four weeks, with half of the hours.
fn first_four_weeks(claim: &Claim) -> Proposed {
    let whole = claim.requested().unwrap().whole;
    let period = samples::weeks(&whole.period.first_day().to_string(), 4);
    let refusal = Refusal {
        reason: RejectionReason::LimitExceeded,
        what: "dalla quinta settimana".into(),
    };
    Proposed {
        outcome: Outcome::PartialAcceptance,
        grant: Some(Grant {
            period,
            hours_hundredths: whole.hours_hundredths / 2,
            ..whole
        }),
        refusals: vec![refusal],
        ..samples::rejection()
    }
}

fn person(number: u128, role: Role, scope: Scope, organisation: &str) -> Caller {
    Caller {
        person: Uuid::from_u128(number),
        role,
        scope,
        organisation: organisation.to_owned(),
        areas: vec!["AMMORTIZZATORI".into()],
        level: Level::L2,
        service: None,
        ..Caller::service("tests")
    }
}

fn consultant(matricole: &[&str]) -> Caller {
    let matricole = matricole
        .iter()
        .map(|&matricola| matricola.to_owned())
        .collect();
    person(1, Role::AzCon, Scope::Own(matricole), "")
}

fn intermediary(matricola: &str) -> Caller {
    let mandate = MandateInUse {
        id: Uuid::from_u128(500),
        matricola: matricola.to_owned(),
    };
    Caller {
        mandate: Some(mandate),
        ..person(11, Role::Int, Scope::Mandate(matricola.to_owned()), "")
    }
}

fn staff(number: u128, role: Role, office: &str) -> Caller {
    person(
        number,
        role,
        Scope::Offices(vec![office.parse().unwrap()]),
        office,
    )
}

fn operator() -> Caller {
    staff(2, Role::Sede, MILANO)
}

fn position_officer() -> Caller {
    staff(3, Role::Po, MILANO)
}

fn director() -> Caller {
    staff(4, Role::Dsede, MILANO)
}

fn manager() -> Caller {
    staff(5, Role::Dir, MILANO)
}

/// The reason of a refusal, as it travels.
fn refused<T: std::fmt::Debug>(result: Result<T, Failure>) -> String {
    reason_code(result.unwrap_err().reason())
}
