//! A fresh database for each test.
//!
//! The migrations run once per set of migrations, into a template; each test gets a copy of it, which takes a few
//! hundredths of a second. Tests run in processes of their own, so what they share is kept in the server: an advisory
//! lock of the maintenance database lets one build the template while the others wait, and names carry the instant of
//! creation, so that what a killed test left behind is dropped an hour later.

use std::time::Duration;

use chassis::{Database, Ids};
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection};

/// Connections of one test at most. The server of tests allows 400.
const CONNECTIONS: u32 = 40;

/// Serialises the builders of templates: `omnia` in ASCII.
const BUILDING: i64 = 0x006f_6d6e_6961;

/// A database of a service, with its whole schema and no rows. Dropped with this value.
#[derive(Debug)]
pub struct TestDatabase {
    /// The database, as the service's code takes it.
    pub database: Database,
    name: String,
}

impl TestDatabase {
    /// A database with the chassis' schema and the service's.
    ///
    /// # Panics
    ///
    /// When the PostgreSQL of tests does not run, with the command that starts it; or when a migration fails.
    pub async fn create(migrations: &Migrator) -> Self {
        let mut server = maintenance().await;
        let template = template(&mut server, migrations).await;
        let name = format!(
            "test_{}_{}",
            epoch(&mut server).await,
            Ids::random().code(16).to_lowercase()
        );
        execute(
            &mut server,
            format!("create database {name} template {template}"),
        )
        .await;
        close(server).await;
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(Duration::from_secs(30))
            .connect_with(options(&name))
            .await
            .expect("the database just created can be opened");
        Self {
            database: Database::over(pool),
            name,
        }
    }

    /// A database with the chassis' schema alone.
    ///
    /// # Panics
    ///
    /// As [`TestDatabase::create`].
    pub async fn of_chassis() -> Self {
        Self::create(&Migrator::with_migrations(Vec::new())).await
    }

    /// A URL for other programs.
    pub fn url(&self) -> String {
        format!(
            "postgres://postgres@localhost/{}?host={}",
            self.name,
            socket_folder()
        )
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        // In a thread of its own, since the test's runtime must not be blocked on, and may be shutting down.
        let drop = format!("drop database if exists {} with (force)", self.name);
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async {
                let mut server = maintenance().await;
                execute(&mut server, drop).await;
            });
        });
        // A failure to drop is no failure of the test: what is left behind is dropped when it is old.
        let _: std::thread::Result<()> = dropping.join();
    }
}

/// Name of the template for these migrations, which is built if it does not exist yet.
async fn template(server: &mut PgConnection, migrations: &Migrator) -> String {
    let fingerprint = chassis::db::fingerprint(migrations).expect("the migrations can be merged");
    let suffix = &fingerprint[..16];
    if let Some(template) = find_template(server, suffix).await {
        return template;
    }
    sqlx::query("select pg_advisory_lock($1)")
        .bind(BUILDING)
        .execute(&mut *server)
        .await
        .expect("lock");
    let template = match find_template(server, suffix).await {
        Some(template) => template,
        None => build_template(server, suffix, migrations).await,
    };
    sqlx::query("select pg_advisory_unlock($1)")
        .bind(BUILDING)
        .execute(&mut *server)
        .await
        .expect("unlock");
    template
}

async fn find_template(server: &mut PgConnection, suffix: &str) -> Option<String> {
    sqlx::query_scalar(
        "select datname::text from pg_database where datname like 'template\\_%\\_' || $1",
    )
    .bind(suffix)
    .fetch_optional(server)
    .await
    .expect("the catalogue can be read")
}

async fn build_template(server: &mut PgConnection, suffix: &str, migrations: &Migrator) -> String {
    drop_old(server).await;
    let building = format!("building_{suffix}");
    execute(
        server,
        format!("drop database if exists {building} with (force)"),
    )
    .await;
    execute(server, format!("create database {building}")).await;
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .connect_with(options(&building))
        .await
        .expect("connect");
    chassis::db::migrate(&pool, migrations)
        .await
        .expect("the migrations apply");
    pool.close().await;
    wait_until_left(server, &building).await;
    let template = format!("template_{}_{suffix}", epoch(server).await);
    execute(
        server,
        format!("alter database {building} rename to {template}"),
    )
    .await;
    template
}

/// A closed connection is gone a moment later only, and a database in use can be neither renamed nor copied.
async fn wait_until_left(server: &mut PgConnection, name: &str) {
    loop {
        let users: i64 =
            sqlx::query_scalar("select count(*) from pg_stat_activity where datname = $1")
                .bind(name)
                .fetch_one(&mut *server)
                .await
                .expect("the activity can be read");
        if users == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Drops databases older than an hour, and templates older than a day.
async fn drop_old(server: &mut PgConnection) {
    let old: Vec<String> = sqlx::query_scalar(
        "select datname::text from pg_database
         where (datname ~ '^test_[0-9]+_' and split_part(datname, '_', 2)::bigint < extract(epoch from now()) - 3600)
            or (datname ~ '^template_[0-9]+_' and split_part(datname, '_', 2)::bigint < extract(epoch from now()) - 86400)",
    )
    .fetch_all(&mut *server)
    .await
    .expect("the catalogue can be read");
    for name in old {
        execute(
            server,
            format!("drop database if exists {name} with (force)"),
        )
        .await;
    }
}

async fn epoch(server: &mut PgConnection) -> i64 {
    sqlx::query_scalar("select extract(epoch from now())::bigint")
        .fetch_one(server)
        .await
        .expect("the server's time")
}

/// Statements about databases take no parameters; every name in them is made here.
async fn execute(server: &mut PgConnection, statement: String) {
    server
        .execute(AssertSqlSafe(statement.clone()))
        .await
        .unwrap_or_else(|error| panic!("{statement}: {error}"));
}

async fn maintenance() -> PgConnection {
    match options("postgres").connect().await {
        Ok(connection) => connection,
        Err(error) => panic!(
            "no PostgreSQL for tests in {} ({error}): run tools/dev-db up",
            socket_folder()
        ),
    }
}

async fn close(connection: PgConnection) {
    connection.close().await.expect("the connection closes");
}

fn options(name: &str) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass()
        .socket(socket_folder())
        .username("postgres")
        .database(name)
        .application_name("omnia-tests")
        // Tests that provoke deadlocks need not wait a second for each to be noticed.
        .options([("deadlock_timeout", "20ms")])
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests are told where the server is by cargo, not by the configuration"
)]
fn socket_folder() -> String {
    std::env::var("OMNIA_TEST_SOCKET")
        .unwrap_or_else(|_| panic!("OMNIA_TEST_SOCKET is not set: run tests with cargo"))
}
