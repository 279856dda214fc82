//! A service from its start to its end, on a real database.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use chassis::clock::ManualClock;
use chassis::config::{Platform, ServiceConfig};
use chassis::identity::token::create_keys;
use chassis::jobs::{Job, Schedule};
use chassis::lifecycle::Stop;
use chassis::service::{RunError, prepare, run};
use chassis::{Class, Context, Failure, Ids, Parts, Service, SharedClock};
use proto::omnia::feed::v1::SubscribeRequest;
use proto::omnia::feed::v1::feed_service_client::FeedServiceClient;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use tempfile::TempDir;
use testkit::TestDatabase;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tonic::Code;
use tonic::transport::Endpoint;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

/// A service that knows one setting and has one job.
struct Small(&'static Migrator);

#[async_trait]
impl Service for Small {
    fn name(&self) -> &'static str {
        "limits"
    }

    fn migrations(&self) -> &'static Migrator {
        self.0
    }

    async fn build(
        &self,
        context: Context,
    ) -> Result<Parts, Box<dyn std::error::Error + Send + Sync>> {
        let settings: Settings = serde_json::from_value(context.settings)?;
        let job = Arc::new(Fails(settings.fails));
        Ok(Parts {
            jobs: vec![job],
            ..Parts::default()
        })
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
struct Settings {
    fails: bool,
}

struct Fails(bool);

#[async_trait]
impl Job for Fails {
    fn name(&self) -> &'static str {
        "limits-test"
    }

    fn schedule(&self) -> Schedule {
        Schedule::Manual
    }

    async fn run(&self, _: Stop) -> Result<(), Failure> {
        if self.0 {
            Err(Failure::internal("on purpose"))
        } else {
            Ok(())
        }
    }
}

fn no_migrations() -> &'static Migrator {
    Box::leak(Box::new(Migrator::with_migrations(Vec::new())))
}

fn one_migration() -> &'static Migrator {
    let sql = sqlx::AssertSqlSafe("create table thing (id bigint)".to_owned());
    let migration = Migration::new(
        1000,
        "thing".into(),
        MigrationType::Simple,
        sqlx::SqlSafeStr::into_sql_str(sql),
        false,
    );
    Box::leak(Box::new(Migrator::with_migrations(vec![migration])))
}

struct House {
    folder: TempDir,
    database: TestDatabase,
}

impl House {
    async fn build() -> Self {
        let folder = tempfile::tempdir().unwrap();
        create_keys(&folder.path().join("keys"), &["gateway", "limits"]).unwrap();
        Self {
            folder,
            database: TestDatabase::of_chassis().await,
        }
    }

    fn platform(&self) -> Platform {
        let mut platform = Platform::default();
        platform.identity.keys_folder = self.folder.path().join("keys");
        platform.audit.anchor = self.folder.path().join("anchors").display().to_string();
        section(&mut platform).database.url = Some(self.database.url().into());
        platform
    }

    fn with_setting(&self, key: &str, value: bool) -> Platform {
        let mut platform = self.platform();
        section(&mut platform)
            .settings
            .insert(key.to_owned(), value.into());
        platform
    }
}

fn section(platform: &mut Platform) -> &mut ServiceConfig {
    platform.services.get_mut("limits").unwrap()
}

fn clock() -> SharedClock {
    Arc::new(ManualClock::at("2026-11-23T09:00:00Z".parse().unwrap()))
}

async fn start(
    platform: Platform,
    migrations: &'static Migrator,
) -> (std::net::SocketAddr, Stop, JoinHandle<Result<(), RunError>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = Stop::new();
    let service = Arc::new(Small(migrations));
    let running = run(
        service,
        Arc::new(platform),
        clock(),
        Ids::seeded(1),
        listener,
        stop.clone(),
    );
    (address, stop, tokio::spawn(running))
}

async fn refusal(platform: Platform, migrations: &'static Migrator) -> RunError {
    let (_, _, running) = start(platform, migrations).await;
    running.await.unwrap().unwrap_err()
}

#[tokio::test]
async fn a_service_serves_health_and_its_feed_until_it_is_told_to_stop() {
    let house = House::build().await;
    let (address, stop, running) = start(house.platform(), no_migrations()).await;
    let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
    let channel = endpoint.connect().await.unwrap();
    let mut health = HealthClient::new(channel.clone());
    health
        .check(HealthCheckRequest {
            service: "readiness".to_owned(),
        })
        .await
        .unwrap();

    let mut feed = FeedServiceClient::new(channel);
    let refused = feed
        .subscribe(SubscribeRequest::default())
        .await
        .unwrap_err();
    assert_eq!(
        refused.code(),
        Code::Unauthenticated,
        "the feed is there, and for services only"
    );

    stop.cancel();
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_service_refuses_to_start_on_an_old_schema_and_says_what_to_do() {
    let house = House::build().await;
    let error = refusal(house.platform(), one_migration()).await;
    assert!(
        matches!(error, RunError::Pending { count: 1, .. }),
        "{error:?}"
    );
    assert!(error.to_string().contains("run `omnia migrate`"));
}

#[tokio::test]
async fn a_service_refuses_a_setting_that_it_does_not_know() {
    let house = House::build().await;
    let error = refusal(house.with_setting("colour", true), no_migrations()).await;
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("unknown field `colour`"), "{cause}");
}

#[tokio::test]
async fn a_service_without_section_keys_or_database_says_which_is_missing() {
    let house = House::build().await;

    let mut platform = house.platform();
    platform.services.remove("limits");
    assert!(
        refusal(platform, no_migrations())
            .await
            .to_string()
            .contains("[services.limits]")
    );

    let mut platform = house.platform();
    section(&mut platform).database.url = None;
    let error = refusal(platform, no_migrations()).await;
    assert!(
        error
            .to_string()
            .contains("OMNIA__SERVICES__LIMITS__DATABASE__URL"),
        "{error}"
    );

    let mut platform = house.platform();
    platform.identity.keys_folder = Path::new("/nowhere").to_path_buf();
    assert!(matches!(
        refusal(platform, no_migrations()).await,
        RunError::Keys(_)
    ));

    let mut platform = house.platform();
    section(&mut platform).database.url =
        Some("postgres://nobody@127.0.0.1:1/nothing".to_owned().into());
    assert!(matches!(
        refusal(platform, no_migrations()).await,
        RunError::Connect("limits", _)
    ));
}

#[tokio::test]
async fn a_job_can_be_run_by_hand_without_serving() {
    let house = House::build().await;
    let service = Small(no_migrations());
    let prepared = async |platform: &Platform| {
        prepare(&service, platform, clock(), Ids::seeded(1), Stop::new())
            .await
            .unwrap()
    };
    let small = prepared(&house.platform()).await;
    assert_eq!(small.jobs().len(), 1);
    assert!(small.job("limits-test").is_some() && small.job("unknown").is_none());
    small.run_job("limits-test").await.unwrap();
    assert_eq!(
        small.run_job("unknown").await.unwrap_err().class(),
        Class::Malformed
    );

    let failing = prepared(&house.with_setting("fails", true)).await;
    assert_eq!(
        failing.run_job("limits-test").await.unwrap_err().class(),
        Class::Internal
    );
}
