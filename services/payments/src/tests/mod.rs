//! Tests of the use cases against a real database, with a clock that stands still and ports of their own.

mod curing;
mod later;
mod mine;
mod ports;
mod receiving;
mod recoveries;
mod scale;
mod told;
mod treasury;

use std::sync::Arc;

use chassis::access::Role;
use chassis::clock::ManualClock;
use chassis::db::ScopedFutureExt;
use chassis::failure::reason_code;
use chassis::identity::{Caller, Level, MandateInUse, Scope};
use chassis::upload::{Begun, Uploads};
use chassis::{Failure, Ids};
use chrono::{NaiveDate, TimeZone, Utc};
use kernel::{Digest, Hours, Period};
use sha2::{Digest as _, Sha256};
use testkit::TestDatabase;
use tokio::sync::Semaphore;
use uuid::Uuid;

use self::ports::{FakeClaims, FakePeople, FakeRegisters};
use crate::app::{AT_A_TIME, App, Flow, Kept, Shown, Told, Treasury, take_in};
use crate::domain::authorisation::{Authorisation, Details};
use crate::domain::flow::{FlowKind, Header};
use crate::domain::layout::{COLUMNS, Format};
use crate::domain::state::{FlowState, LineState};
use crate::domain::upload::{Announced, UploadState};
use crate::planted::Planted;
use crate::store;

/// The firm, its office, and another of each.
const OFFICINE: &str = "4900000001";
const CANTIERI: &str = "7000000001";
const MILANO: &str = "490000";
const ROMA: &str = "700000";
/// The grant of most tests, and another of the same workers and days.
const NUMBER: &str = "490026000001";
const OTHER_NUMBER: &str = "490026000002";
const TICKET: &str = "A0DWB0WZ3UK4M3Y1";
/// Workers of the grant, 160 hours each, 400 in all.
const WORKERS: [&str; 3] = ["RSSMRA80A01H501U", "BNCLRA85D45F205E", "VRDGPP70M10F839N"];

/// The service on a database of its own, on Sunday 25 October 2026 at noon.
struct World {
    app: App,
    clock: Arc<ManualClock>,
    claims: Arc<FakeClaims>,
    registers: Arc<FakeRegisters>,
    /// Lives as long as the world.
    _database: TestDatabase,
}

impl World {
    async fn new() -> Self {
        let database = TestDatabase::create(&crate::MIGRATOR).await;
        let noon = Utc.with_ymd_and_hms(2026, 10, 25, 11, 0, 0).unwrap();
        let clock = Arc::new(ManualClock::at(noon));
        let claims = Arc::new(FakeClaims::default());
        let registers = Arc::new(FakeRegisters::default());
        let app = App {
            database: database.database.clone(),
            clock: clock.clone(),
            ids: Ids::seeded(7),
            grants: claims.clone(),
            people: Arc::new(FakePeople),
            registers: Some(registers.clone()),
            rules: &rulebook::rules::IN_FORCE,
            treasury: Treasury {
                name: "INPS".into(),
                iban: "IT60X0542811101000000123456".parse().unwrap(),
                bic: "BITAITRRXXX".into(),
                post_bic: "BPPIITRRXXX".into(),
                answer_days: 5,
            },
            turns: Arc::new(Semaphore::new(AT_A_TIME)),
            planted: Planted::default(),
        };
        let world = Self {
            app,
            clock,
            claims,
            registers,
            _database: database,
        };
        world.granted(grant(NUMBER)).await;
        world
    }

    /// Claims grant something, and their feed tells it.
    async fn granted(&self, authorisation: Authorisation) {
        let details = Details {
            employer_name: "Officine Ambrosiane S.r.l.".into(),
            ticket: if authorisation.number.as_str() == NUMBER {
                TICKET.parse().unwrap()
            } else {
                "B0DWB0WZ3UK4M3Y1".parse().unwrap()
            },
        };
        self.claims.grant(authorisation.clone(), details);
        self.feed(&[Told::Granted(Box::new(authorisation))]).await;
    }

    async fn feed(&self, told: &[Told]) {
        self.app
            .database
            .transaction("tests_feed", |tx| {
                async move { take_in(tx, told).await }.scope_boxed()
            })
            .await
            .unwrap();
    }

    /// Sends a file as a consultant of the firm, in pieces of 1 000 bytes.
    async fn send(&self, announced: &Announced, file: &[u8]) -> Result<Shown, Failure> {
        self.send_as(&consultant(), announced, file).await
    }

    async fn send_as(
        &self,
        caller: &Caller,
        announced: &Announced,
        file: &[u8],
    ) -> Result<Shown, Failure> {
        let mut receiving = match self.app.begin_upload(caller, announced).await? {
            Begun::Over(shown) => return Ok(shown),
            Begun::Open(receiving) => receiving,
        };
        for (place, piece) in file.chunks(1_000).enumerate() {
            let offset = i64::try_from(place * 1_000).unwrap();
            self.app.receive(&mut receiving, offset, piece).await?;
        }
        self.app.finish_upload(caller, receiving).await
    }

    /// A flow that is received.
    async fn received(&self, lines: &[Vec<String>]) -> Flow {
        let shown = self.send_lines(NUMBER, lines).await;
        assert_eq!(shown.upload.state, UploadState::Accepted, "{shown:?}");
        self.app
            .flow(&consultant(), shown.upload.flow)
            .await
            .unwrap()
    }

    async fn send_lines(&self, number: &str, lines: &[Vec<String>]) -> Shown {
        let file = csv(lines);
        let announced = announce(number, lines, &file);
        self.send(&announced, file.as_bytes()).await.unwrap()
    }

    /// A flow whose lines were asked about.
    async fn checked(&self, lines: &[Vec<String>]) -> Flow {
        let flow = self.received(lines).await;
        self.check().await;
        self.flow(flow.id).await
    }

    async fn check(&self) {
        while self.app.check_some().await.unwrap() {}
    }

    async fn flow(&self, id: Uuid) -> Flow {
        self.app.flow(&operator(), id).await.unwrap()
    }

    async fn lines(&self, flow: Uuid) -> Vec<Kept> {
        self.app
            .list_lines(&operator(), flow, &[], 0, "")
            .await
            .unwrap()
            .0
            .into_iter()
            .map(|seen| seen.line)
            .collect()
    }

    async fn states(&self, flow: Uuid) -> Vec<LineState> {
        self.lines(flow)
            .await
            .iter()
            .map(|line| line.state)
            .collect()
    }

    /// Codes that stop a line.
    async fn stopped_by(&self, flow: Uuid, number: usize) -> Vec<&'static str> {
        let lines = self.lines(flow).await;
        lines[number - 1]
            .anomalies
            .iter()
            .map(|it| it.code())
            .collect()
    }

    /// Hours that the grant has set aside or paid, in hundredths.
    async fn held(&self) -> i64 {
        let mut connection = self.app.database.pool().acquire().await.unwrap();
        let kept = store::authorisations::find(&mut connection, NUMBER).await;
        kept.unwrap().unwrap().held.hundredths()
    }
}

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

/// A grant of ten weeks from 7 September 2026, communicated on 20 October.
fn grant(number: &str) -> Authorisation {
    Authorisation {
        number: number.parse().unwrap(),
        claim: Uuid::from_u128(number.parse().unwrap()),
        active: true,
        direct: true,
        matricola: OFFICINE.parse().unwrap(),
        unit: 1.try_into().unwrap(),
        office: MILANO.parse().unwrap(),
        region_istat: "03".into(),
        product: "CIGO".into(),
        causale: "MARKET_CRISIS".into(),
        period: Period::between(day(2026, 9, 7), day(2026, 11, 15)),
        hours: Hours::from_hundredths(40_000),
        communicated: day(2026, 10, 20),
        csc_sector: "1".into(),
        average_heads_hundredths: 5_000,
    }
}

/// 80 hours of September 2026 of a worker, by column.
fn line(worker: &str) -> Vec<String> {
    let values = [
        worker,
        "Rossi",
        "Mario",
        "2026-09",
        "0",
        "1",
        "40,00",
        "5",
        "",
        "12,50",
        "168,00",
        "",
        "40,00",
        "20,00",
        "20,00",
        "",
        "",
        "IT98Q0306903200100000012345",
        "N",
        "",
        "",
        "",
        "",
        "",
        "N",
        "677,95",
    ];
    values.map(str::to_owned).to_vec()
}

/// The same with other values in some columns.
fn with(mut line: Vec<String>, values: &[(&str, &str)]) -> Vec<String> {
    for (column, value) in values {
        let place = COLUMNS.iter().position(|it| it == column).unwrap();
        (*value).clone_into(&mut line[place]);
    }
    line
}

/// A line of hours in the second week of the month alone.
fn hours_in_one_week(worker: &str, hours: &str) -> Vec<String> {
    with(line(worker), &[("s2", hours), ("s3", ""), ("s4", "")])
}

fn csv(lines: &[Vec<String>]) -> String {
    let mut file = COLUMNS.join(";") + "\n";
    for line in lines {
        file += &line.join(";");
        file += "\n";
    }
    file
}

fn hours_of(lines: &[Vec<String>]) -> i64 {
    let weeks = lines.iter().flat_map(|line| &line[11..17]);
    weeks
        .filter(|text| !text.is_empty())
        .map(|text| text.parse::<Hours>().unwrap().hundredths())
        .sum()
}

fn header(number: &str, lines: &[Vec<String>]) -> Header {
    Header {
        kind: FlowKind::UniemensCig,
        authorization: number.parse().unwrap(),
        ticket: if number == NUMBER {
            TICKET
        } else {
            "B0DWB0WZ3UK4M3Y1"
        }
        .parse()
        .unwrap(),
        matricola: OFFICINE.parse().unwrap(),
        period: Period::between(day(2026, 9, 7), day(2026, 9, 30)),
        lines: u32::try_from(lines.len()).unwrap(),
        hours: Hours::from_hundredths(hours_of(lines)),
        corrects: None,
    }
}

fn announce(number: &str, lines: &[Vec<String>], file: &str) -> Announced {
    Announced {
        id: fresh(),
        authorization: number.parse().unwrap(),
        matricola: OFFICINE.parse().unwrap(),
        format: Format::Csv,
        header: Some(header(number, lines)),
        total_bytes: i64::try_from(file.len()).unwrap(),
        digest: digest(file.as_bytes()),
    }
}

fn digest(bytes: &[u8]) -> Digest {
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    digest.into()
}

/// An id that nobody has used.
fn fresh() -> Uuid {
    Ids::random().at(chrono::DateTime::UNIX_EPOCH)
}

fn person(number: u128, role: Role, scope: Scope, organisation: &str) -> Caller {
    Caller {
        person: Uuid::from_u128(number),
        role,
        scope,
        organisation: organisation.to_owned(),
        level: Level::L2,
        service: None,
        ..Caller::service("tests")
    }
}

fn consultant() -> Caller {
    person(1, Role::AzCon, Scope::Own(vec![OFFICINE.to_owned()]), "")
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
    let scope = Scope::Offices(vec![office.parse().unwrap()]);
    person(number, role, scope, office)
}

fn operator() -> Caller {
    staff(2, Role::Sede, MILANO)
}

fn position_officer() -> Caller {
    staff(3, Role::Po, MILANO)
}

/// The worker of a place in [`WORKERS`].
fn worker(place: usize) -> Caller {
    let id = FakePeople::id(WORKERS[place]);
    Caller {
        person: id,
        ..person(0, Role::Lav, Scope::Own(Vec::new()), "")
    }
}

/// The reason of a refusal, as it travels.
fn refused<T: std::fmt::Debug>(result: Result<T, Failure>) -> String {
    reason_code(result.unwrap_err().reason())
}
