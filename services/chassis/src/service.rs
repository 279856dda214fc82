//! A service and what it stands on.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use object_store::local::LocalFileSystem;
use proto::omnia::feed::v1::feed_service_server::FeedServiceServer;
use sqlx::migrate::{MigrateError, Migrator};
use tokio::net::TcpListener;

use crate::audit::{Anchor, Sealer};
use crate::client::Channels;
use crate::clock::SharedClock;
use crate::config::{
    AntivirusConfig, AuditConfig, ObjectsConfig, Platform, Profile, ServiceConfig,
};
use crate::db::{self, Database};
use crate::failure::Failure;
use crate::feed::FeedServer;
use crate::identity::token::{KeyError, Signer, Verifier};
use crate::ids::Ids;
use crate::jobs::{Runner, SharedJob, Upkeep};
use crate::lifecycle::Stop;
use crate::server::health::{State, forget, note};
use crate::server::{self, ServeError, Setup, Task};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What a service is given when it is built.
#[derive(Debug, Clone)]
pub struct Context {
    /// What the platform runs for.
    pub profile: Profile,
    /// The clock.
    pub clock: SharedClock,
    /// Identifiers.
    pub ids: Ids,
    /// Its database.
    pub database: Database,
    /// Channels to other services, carrying this service's own identity.
    pub channels: Channels,
    /// Where its files are kept: open it with [`crate::Objects::open`].
    pub objects: ObjectsConfig,
    /// What looks at files: [`crate::antivirus::Antivirus::of`].
    pub antivirus: AntivirusConfig,
    /// Origin of the portal, for what is printed: `https://omnia.example.it`.
    pub portal_url: String,
    /// The service's own section of the configuration (`[services.<name>.settings]`), as a JSON value; read it with
    /// `serde_json::from_value` into a type that denies unknown fields.
    pub settings: serde_json::Value,
    /// When to stop.
    pub stop: Stop,
}

/// A service: its name, its schema, and how it is built from its parts.
#[async_trait]
pub trait Service: Send + Sync + 'static {
    /// Name: folder, database, upstream and configuration section.
    fn name(&self) -> &'static str;

    /// Its migrations, versions from 1000 on.
    fn migrations(&self) -> &'static Migrator;

    /// Builds the service.
    async fn build(
        &self,
        context: Context,
    ) -> Result<Parts, Box<dyn std::error::Error + Send + Sync>>;
}

/// What a service serves and does.
#[derive(Default)]
pub struct Parts {
    /// gRPC services: `Routes::new(ClaimsServiceServer::new(..)).add_service(..)`. The feed is added by the chassis.
    pub routes: tonic::service::Routes,
    /// Full names of the gRPC services, for health and reflection.
    pub grpc_services: Vec<&'static str>,
    /// Jobs.
    pub jobs: Vec<SharedJob>,
    /// Loops that run as long as the service, such as feed consumers; each ends when the stop token fires.
    pub tasks: Vec<futures_util::future::BoxFuture<'static, ()>>,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts")
            .field("grpc_services", &self.grpc_services)
            .finish_non_exhaustive()
    }
}

/// Runs a service on `listener` until `stop`: connects, checks the schema, builds, serves, drains.
pub async fn run(
    service: Arc<dyn Service>,
    platform: Arc<Platform>,
    clock: SharedClock,
    ids: Ids,
    listener: TcpListener,
    stop: Stop,
) -> Result<(), RunError> {
    let name = service.name();
    note(name, State::Starting);
    let outcome =
        start_and_serve(service, &platform, clock, ids, listener, stop.child_token()).await;
    forget(name);
    outcome
}

/// The address that the configuration gives a service, bound. An address with port 0 takes any free port.
pub async fn bind(platform: &Platform, name: &'static str) -> Result<TcpListener, RunError> {
    let address = section(platform, name)?.listen;
    TcpListener::bind(address)
        .await
        .map_err(|source| RunError::Bind {
            name,
            address,
            source,
        })
}

/// What a service is given: its database with the schema that it needs, and what leads to the others. For those who
/// build one, and for tools that work as the service itself without serving it.
pub async fn context(
    service: &dyn Service,
    platform: &Platform,
    clock: SharedClock,
    ids: Ids,
    stop: Stop,
) -> Result<Context, RunError> {
    let name = service.name();
    let section = section(platform, name)?;
    let database = connect(service, section).await?;
    let signer = Signer::open(&platform.identity.keys_folder, name, clock.clone())?;
    Ok(Context {
        profile: platform.profile,
        clock,
        ids,
        database,
        channels: Channels::new(platform, signer),
        objects: platform.objects.clone(),
        antivirus: platform.antivirus.clone(),
        portal_url: platform.portal.public_url.clone(),
        settings: serde_json::Value::Object(section.settings.clone()),
        stop,
    })
}

/// Builds a service without serving it, for the sake of its jobs (`omnia job`).
pub async fn prepare(
    service: &dyn Service,
    platform: &Platform,
    clock: SharedClock,
    ids: Ids,
    stop: Stop,
) -> Result<Prepared, RunError> {
    let name = service.name();
    let context = context(service, platform, clock, ids, stop).await?;
    let parts = service
        .build(context.clone())
        .await
        .map_err(|source| RunError::Build(name, source))?;
    Ok(Prepared {
        context,
        jobs: parts.jobs,
    })
}

/// A service that was built and is not served.
pub struct Prepared {
    context: Context,
    jobs: Vec<SharedJob>,
}

impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.jobs.iter().map(|job| job.name()).collect();
        f.debug_struct("Prepared")
            .field("jobs", &names)
            .finish_non_exhaustive()
    }
}

impl Prepared {
    /// The jobs of the service, without those that every service has.
    pub fn jobs(&self) -> &[SharedJob] {
        &self.jobs
    }

    /// The job of this name.
    pub fn job(&self, name: &str) -> Option<&SharedJob> {
        self.jobs.iter().find(|job| job.name() == name)
    }

    /// Runs a job now, after a run under way in another process has ended. A name that is not known is a malformed
    /// field; otherwise fails as the job does.
    pub async fn run_job(&self, name: &str) -> Result<(), Failure> {
        let Context {
            database,
            clock,
            stop,
            ..
        } = self.context.clone();
        Runner::new(database, clock, self.jobs.clone(), stop)
            .run_now(name)
            .await
    }
}

/// Where the heads of the audit chains are kept.
pub fn anchor(config: &AuditConfig) -> Result<Anchor, RunError> {
    let folder = config.folder();
    let unusable = |source: BoxError| RunError::Anchor(folder.to_path_buf(), source);
    std::fs::create_dir_all(folder).map_err(|error| unusable(error.into()))?;
    let store = LocalFileSystem::new_with_prefix(folder).map_err(|error| unusable(error.into()))?;
    Ok(Anchor::in_store(Arc::new(store)))
}

/// A service cannot start, or ended otherwise than by being told to.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The configuration has no section for it.
    #[error("the configuration has no section [services.{0}]")]
    NotConfigured(&'static str),
    /// The address is taken or not ours.
    #[error("{name} cannot listen on {address}: set services.{name}.listen to a free address")]
    Bind {
        /// Service.
        name: &'static str,
        /// Address.
        address: std::net::SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// No database is configured.
    #[error("{0} has no database: set OMNIA__SERVICES__{upper}__DATABASE__URL", upper = .0.to_uppercase())]
    NoDatabase(&'static str),
    /// The database cannot be reached.
    #[error("connect to the database of {0}")]
    Connect(&'static str, #[source] sqlx::Error),
    /// The schema cannot be read.
    #[error("read the migrations of {0}")]
    Migrations(&'static str, #[source] MigrateError),
    /// The schema is behind.
    #[error("{name} needs {count} migrations that its database does not have: run `omnia migrate`")]
    Pending {
        /// Service.
        name: &'static str,
        /// How many.
        count: usize,
    },
    /// The keys of the internal tokens cannot be read.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The service refuses to be built, for instance since it does not know one of its settings.
    #[error("build {0}")]
    Build(
        &'static str,
        #[source] Box<dyn std::error::Error + Send + Sync>,
    ),
    /// The folder of the audit anchors cannot be used.
    #[error("use the folder {} of the audit anchors", .0.display())]
    Anchor(PathBuf, #[source] BoxError),
    /// The server ended by itself.
    #[error("serve {0}")]
    Serve(&'static str, #[source] ServeError),
}

async fn start_and_serve(
    service: Arc<dyn Service>,
    platform: &Platform,
    clock: SharedClock,
    ids: Ids,
    listener: TcpListener,
    stop: Stop,
) -> Result<(), RunError> {
    let name = service.name();
    let verifier = Verifier::open(&platform.identity.keys_folder, clock.clone())?;
    let anchor = anchor(&platform.audit)?;
    let context = context(service.as_ref(), platform, clock, ids, stop.clone()).await?;
    let mut parts = service
        .build(context.clone())
        .await
        .map_err(|source| RunError::Build(name, source))?;

    let feed = FeedServer::new(context.database.clone(), stop.clone());
    let routes = std::mem::take(&mut parts.routes).add_service(FeedServiceServer::new(feed));
    let setup = Setup {
        service: name,
        grpc_services: parts.grpc_services.clone(),
        config: platform.server.clone(),
        verifier,
    };
    let tasks = background(name, &context, anchor, parts);
    let served = server::serve(setup, routes, tasks, listener, stop).await;
    context.database.pool().close().await;
    served.map_err(|source| RunError::Serve(name, source))
}

fn section<'p>(platform: &'p Platform, name: &'static str) -> Result<&'p ServiceConfig, RunError> {
    platform.service(name).ok_or(RunError::NotConfigured(name))
}

/// The database of a service, with the schema that this version needs.
async fn connect(service: &dyn Service, section: &ServiceConfig) -> Result<Database, RunError> {
    let name = service.name();
    let config = section
        .database
        .resolved()
        .ok_or(RunError::NoDatabase(name))?;
    let database = Database::connect(&config)
        .await
        .map_err(|source| RunError::Connect(name, source))?;
    let pending = db::pending(database.pool(), service.migrations()).await;
    match pending.map_err(|source| RunError::Migrations(name, source))? {
        0 => Ok(database),
        count => Err(RunError::Pending { name, count }),
    }
}

/// What runs beside the server: the service's own loops, and its jobs with those that every service has.
fn background(name: &'static str, context: &Context, anchor: Anchor, parts: Parts) -> Vec<Task> {
    let (database, clock) = (&context.database, &context.clock);
    let mut jobs = parts.jobs;
    jobs.push(Arc::new(Sealer::new(
        name,
        database.clone(),
        anchor,
        clock.clone(),
    )));
    jobs.push(Arc::new(Upkeep::new(database.clone(), clock.clone())));
    let runner = Runner::new(database.clone(), clock.clone(), jobs, context.stop.clone());
    let mut tasks = parts.tasks;
    tasks.push(Box::pin(runner.run()));
    tasks
}
