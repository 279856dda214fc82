//! Everything that a test of the gateway needs.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chassis::Database;
use chassis::access::{Dasmo, Resolved, Role, Standing};
use chassis::clock::{Clock, ManualClock};
use chassis::config::{DatabaseConfig, GatewayConfig, IssuerConfig, Platform};
use chassis::identity::token::{Signer, Verifier, create_keys};
use chassis::identity::{Caller, MandateInUse, Scope};
use chassis::ids::Ids;
use chassis::lifecycle::Stop;
use chrono::{DateTime, Utc};
use gateway::{Ask, Deps, GatewayError, PrincipalResolver, Unreachable};
use secrecy::SecretString;
use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::TestDatabase;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::client::{Answer, Client};
use crate::issuer::{self, AUDIENCE, ISSUER, Issuer};
use crate::service::{self, Seen};

pub(crate) const SUBMIT: &str = "/omnia.claims.v1.ClaimsService/SubmitClaim";
pub(crate) const GET: &str = "/omnia.claims.v1.ClaimsService/GetClaim";
pub(crate) const ADOPT: &str = "/omnia.claims.v1.OfficeService/AdoptDecision";
pub(crate) const VERIFY: &str = "/omnia.claims.v1.ActsService/VerifyAct";
pub(crate) const CASES: &str = "/omnia.dasmo.v1.DasmoService/ListCases";
pub(crate) const PROFILES: &str = "/omnia.anagrafe.v1.ProfileService/ListProfiles";
pub(crate) const OFFICE: &str = "/omnia.anagrafe.v1.TerritoryService/GetOffice";
pub(crate) const GRANT_ROLE: &str = "/omnia.anagrafe.v1.RolesService/GrantStaffRole";
pub(crate) const WATCH: &str = "/omnia.anagrafe.v1.MandatesService/WatchMandate";
pub(crate) const RESOLVE: &str = "/omnia.anagrafe.v1.PrincipalService/ResolvePrincipal";

pub(crate) const CODE: &str = "RSSMRA80A01H501U";
pub(crate) const MATRICOLA: &str = "4900000001";
pub(crate) const PERSON: Uuid = Uuid::from_u128(7);

/// Says what the test told it.
#[derive(Debug)]
pub(crate) struct Anagrafe {
    answer: Mutex<Resolved>,
    reachable: AtomicBool,
    asked: AtomicU32,
}

impl Anagrafe {
    pub(crate) fn says(&self, answer: Resolved) {
        *self.answer.lock().unwrap() = answer;
    }

    pub(crate) fn reachable(&self, reachable: bool) {
        self.reachable.store(reachable, Ordering::SeqCst);
    }

    pub(crate) fn asked(&self) -> u32 {
        self.asked.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl PrincipalResolver for Anagrafe {
    async fn resolve(&self, _ask: &Ask) -> Result<Resolved, Unreachable> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if self.reachable.load(Ordering::SeqCst) {
            Ok(self.answer.lock().unwrap().clone())
        } else {
            Err(Unreachable("nobody answers".into()))
        }
    }
}

/// A consultant of one firm.
pub(crate) fn consultant() -> Resolved {
    Resolved {
        person: Some(PERSON),
        standing: Standing::Effective,
        role: Role::AzCon,
        organisation: String::new(),
        territory: Scope::Own(vec![MATRICOLA.to_owned()]),
        areas: Vec::new(),
        dasmo: Dasmo::Absent,
        mandate: None,
    }
}

/// An intermediary with an active mandate.
pub(crate) fn intermediary() -> Resolved {
    Resolved {
        role: Role::Int,
        territory: Scope::Mandate(MATRICOLA.to_owned()),
        mandate: Some(MandateInUse {
            id: Uuid::from_u128(9),
            matricola: MATRICOLA.to_owned(),
        }),
        ..consultant()
    }
}

/// A director of the office of Milano.
pub(crate) fn director() -> Resolved {
    Resolved {
        role: Role::Dsede,
        organisation: "490000".to_owned(),
        territory: Scope::Offices(vec!["490000".parse().unwrap()]),
        ..consultant()
    }
}

/// The gateway and its surroundings.
pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) anagrafe: Arc<Anagrafe>,
    pub(crate) issuer: Issuer,
    pub(crate) seen: Arc<Seen>,
    pub(crate) config: GatewayConfig,
    pub(crate) folder: TempDir,
    pub(crate) database: TestDatabase,
    service: SocketAddr,
    gateway: Option<Running>,
}

/// A gateway on threads of its own, so that it can be ended as a process is.
struct Running {
    address: SocketAddr,
    stop: Stop,
    serving: Option<JoinHandle<Result<(), GatewayError>>>,
    runtime: Option<Runtime>,
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// With a change of the configuration.
    pub(crate) async fn with(change: impl FnOnce(&mut GatewayConfig)) -> Self {
        let issuer = Issuer::start().await;
        let (service, seen) = service::start().await;
        let folder = tempfile::tempdir().unwrap();
        create_keys(&folder.path().join("keys"), &["gateway"]).unwrap();
        let mut config = Platform::default().gateway;
        config.issuers = BTreeMap::from([(
            "test".to_owned(),
            IssuerConfig {
                issuer: ISSUER.to_owned(),
                audience: AUDIENCE.to_owned(),
                jwks_url: Some(format!("http://{}/jwks.json", issuer.address)),
                discovery_url: None,
                algorithms: chassis::config::Algorithm::all(),
            },
        )]);
        change(&mut config);
        let mut world = Self {
            clock: Arc::new(ManualClock::at(start())),
            anagrafe: Arc::new(Anagrafe {
                answer: Mutex::new(consultant()),
                reachable: AtomicBool::new(true),
                asked: AtomicU32::new(0),
            }),
            issuer,
            seen,
            config,
            folder,
            database: TestDatabase::create(&gateway::MIGRATOR).await,
            service,
            gateway: None,
        };
        world.start();
        world
    }

    /// Starts the gateway, on the same journal and database as before.
    pub(crate) fn start(&mut self) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let stop = Stop::new();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let serving = runtime.spawn(serve(self.ingredients(), listener, stop.clone()));
        self.gateway = Some(Running {
            address,
            stop,
            serving: Some(serving),
            runtime: Some(runtime),
        });
    }

    fn ingredients(&self) -> (GatewayConfig, SecretString, Deps) {
        let upstreams = self
            .config
            .routes
            .values()
            .map(|name| (name.clone(), self.service.into()))
            .collect();
        let deps = Deps {
            clock: self.clock.clone(),
            ids: Ids::random(),
            database: self.database.database.clone(),
            signer: Signer::open(&self.keys(), "gateway", self.clock.clone()).unwrap(),
            resolver: self.anagrafe.clone(),
            upstreams,
            journal_folder: self.journal(),
            traces_exported: false,
            drain: Duration::from_secs(20),
            recheck: Duration::from_millis(20),
        };
        (self.config.clone(), self.database.url().into(), deps)
    }

    /// Stops the gateway as SIGTERM does.
    pub(crate) async fn stop(&mut self) {
        let mut running = self.gateway.take().unwrap();
        running.stop.cancel();
        running.serving.take().unwrap().await.unwrap().unwrap();
    }

    /// Ends the gateway in the midst of everything.
    pub(crate) async fn kill(&mut self) {
        drop(self.gateway.take());
        let lock = std::fs::File::open(self.journal().join("instance")).unwrap();
        eventually(async || lock.try_lock().is_ok()).await;
    }

    /// Asks the gateway to stop, and does not wait.
    pub(crate) fn begin_stop(&self) {
        self.gateway.as_ref().unwrap().stop.cancel();
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.gateway.as_ref().unwrap().address
    }

    pub(crate) async fn client(&self) -> Client {
        Client::over(TcpStream::connect(self.address()).await.unwrap()).await
    }

    /// One call on a connection of its own.
    pub(crate) async fn call(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.client().await.call(path, headers, "message").await
    }

    /// One call with a token of two factors.
    pub(crate) async fn call_known(&self, path: &str) -> Answer {
        let token = self.token();
        self.call(path, &[("authorization", &token)]).await
    }

    /// The claims of a person who logged in now with two factors, with changes: `null` takes a claim away.
    pub(crate) fn claims(&self, changes: &Value) -> Value {
        let now = self.clock.now().timestamp();
        let mut claims = json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": "pairwise", "sid": "s-1", "iat": now, "nbf": now, "exp": now + 900,
            "acr": "https://www.spid.gov.it/SpidL2",
            "https://attributes.eid.gov.it/fiscal_number": format!("TINIT-{CODE}"),
        });
        for (name, value) in changes.as_object().unwrap() {
            if value.is_null() {
                claims.as_object_mut().unwrap().remove(name);
            } else {
                claims[name] = value.clone();
            }
        }
        claims
    }

    pub(crate) fn token(&self) -> String {
        self.token_with(&json!({}))
    }

    pub(crate) fn token_with(&self, changes: &Value) -> String {
        format!("Bearer {}", issuer::signed("ec", &self.claims(changes)))
    }

    /// Who the service behind was told is calling.
    pub(crate) fn told(&self) -> Option<Arc<Caller>> {
        let header = self.seen.header("authorization")?;
        let verifier = Verifier::open(&self.keys(), self.clock.clone()).unwrap();
        Some(
            verifier
                .verify(header.strip_prefix("Bearer ").unwrap())
                .unwrap(),
        )
    }

    fn keys(&self) -> PathBuf {
        self.folder.path().join("keys")
    }

    fn journal(&self) -> PathBuf {
        self.folder.path().join("journal")
    }
}

/// With connections to the database of its own, which end with it.
async fn serve(
    (config, url, mut deps): (GatewayConfig, SecretString, Deps),
    listener: std::net::TcpListener,
    stop: Stop,
) -> Result<(), GatewayError> {
    deps.database = Database::connect(&DatabaseConfig::at(url)).await.unwrap();
    gateway::serve(config, deps, TcpListener::from_std(listener).unwrap(), stop).await
}

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_671_114_630, 0).unwrap()
}

/// Waits until something holds.
pub(crate) async fn eventually(condition: impl AsyncFn() -> bool) {
    crate::client::within(async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}
