//! The database of a service: pool, named and retried transactions, migrations.

mod metrics;
mod migrate;

use std::error::Error;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

pub use migrate::{fingerprint, migrate, pending};
use rand::Rng;
pub use scoped_futures::{ScopedBoxFuture, ScopedFutureExt};
use secrecy::ExposeSecret;
/// Why a query failed; becomes a [`Failure`] by `?`.
pub use sqlx::Error as StoreError;
/// What a query runs on: a pooled connection, or a [`Tx`]. Use cases hand it to stores under this name.
pub use sqlx::PgConnection as Connection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{PgConnection, PgPool, Postgres};
use tokio::sync::watch;
use tracing::Instrument;

use crate::config::DatabaseConfig;
use crate::failure::Failure;

/// How long a transaction may sit idle. It holds back every feed of the cluster, so it is short.
const IDLE_IN_TRANSACTION_TIMEOUT: &str = "15s";

/// A connection that rested for so long is looked at before it is used again, since the server may have gone away
/// meanwhile. Looking each time would cost every query a second round trip.
const UNTRUSTED_AFTER: Duration = Duration::from_secs(1);

/// Attempts after the first, when a transaction loses a race.
const MOST_RETRIES: u32 = 5;

/// The database of one service.
#[derive(Debug, Clone)]
pub struct Database {
    pool: PgPool,
    /// Rung after each commit that published events.
    bell: Arc<watch::Sender<()>>,
}

/// A transaction under way. Dereferences to a connection, so that queries run on `&mut **tx`.
#[derive(Debug)]
pub struct Tx {
    inner: sqlx::Transaction<'static, Postgres>,
    /// Whether events were published, so that readers of the feed are woken after the commit.
    pub(crate) published: bool,
}

/// A part of a transaction that can be taken back alone; dereferences to a connection.
pub type Savepoint<'t> = sqlx::Transaction<'t, Postgres>;

impl Tx {
    /// Marks a point to which everything that follows can be taken back.
    pub async fn savepoint(&mut self) -> Result<Savepoint<'_>, StoreError> {
        sqlx::Connection::begin(&mut **self).await
    }
}

impl Deref for Tx {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.inner
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.inner
    }
}

impl Database {
    /// Opens the pool. Fails when the server cannot be reached or refuses the login.
    pub async fn connect(config: &DatabaseConfig) -> Result<Self, sqlx::Error> {
        let options: PgConnectOptions = config.url.expose_secret().parse()?;
        let name = options.get_database().unwrap_or("omnia").to_owned();
        let pool = PgPoolOptions::new()
            .max_connections(config.max_connections)
            .min_connections(config.min_connections)
            .acquire_timeout(Duration::from_millis(config.acquire_timeout_ms))
            .idle_timeout(Duration::from_millis(config.idle_timeout_ms))
            .test_before_acquire(false)
            .before_acquire(|connection, rest| {
                Box::pin(async move {
                    let rested = rest.idle_for >= UNTRUSTED_AFTER;
                    Ok(!rested || sqlx::Connection::ping(connection).await.is_ok())
                })
            })
            .connect_with(within_limits(options, config.statement_timeout_ms))
            .await?;
        metrics::watch(pool.clone(), name);
        Ok(Self::over(pool))
    }

    /// A database over a pool that is already open (tests).
    pub fn over(pool: PgPool) -> Self {
        Self {
            pool,
            bell: Arc::new(watch::Sender::new(())),
        }
    }

    /// Connections for reads outside a transaction.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Changes after each commit of this process that published events.
    pub(crate) fn commits(&self) -> watch::Receiver<()> {
        self.bell.subscribe()
    }

    /// Runs `work` in a transaction that has a name in traces and metrics. Serialization failures and deadlocks are
    /// retried a few times with jitter, so `work` may run more than once and must not have other effects.
    ///
    /// ```ignore
    /// database.transaction("submit_claim", |tx| async move { store::insert(tx, claim).await }.scope_boxed()).await
    /// ```
    pub async fn transaction<'a, T, W>(&self, name: &'static str, work: W) -> Result<T, Failure>
    where
        W: for<'t> FnMut(&'t mut Tx) -> ScopedBoxFuture<'a, 't, Result<T, Failure>> + Send,
        T: Send,
    {
        let span = tracing::info_span!(
            "db.transaction",
            otel.name = format!("db.transaction {name}"),
            transaction.name = name,
            transaction.outcome = tracing::field::Empty,
        );
        let began = tokio::time::Instant::now();
        let result = self.attempts(name, work).instrument(span.clone()).await;
        let outcome = metrics::outcome(&result);
        span.record("transaction.outcome", outcome);
        metrics::ended(name, outcome, began.elapsed());
        result
    }

    async fn attempts<'a, T, W>(&self, name: &'static str, mut work: W) -> Result<T, Failure>
    where
        W: for<'t> FnMut(&'t mut Tx) -> ScopedBoxFuture<'a, 't, Result<T, Failure>> + Send,
        T: Send,
    {
        let mut retries = 0;
        loop {
            match self.attempt(&mut work).await {
                Err(failure) if retries < MOST_RETRIES && lost_a_race(&failure) => {
                    retries += 1;
                    metrics::retried(name);
                    tracing::debug!(retries, "transaction lost a race, running it again");
                    tokio::time::sleep(pause_before(retries)).await;
                }
                result => return result,
            }
        }
    }

    async fn attempt<'a, T, W>(&self, work: &mut W) -> Result<T, Failure>
    where
        W: for<'t> FnMut(&'t mut Tx) -> ScopedBoxFuture<'a, 't, Result<T, Failure>> + Send,
        T: Send,
    {
        let mut tx = Tx {
            inner: self.pool.begin().await?,
            published: false,
        };
        match work(&mut tx).await {
            Ok(value) => {
                let published = tx.published;
                tx.inner.commit().await?;
                if published {
                    self.bell.send_replace(());
                }
                Ok(value)
            }
            Err(failure) => {
                // Without an answer the connection is broken, and the server rolls back by itself.
                if let Err(error) = tx.inner.rollback().await {
                    tracing::debug!(error = &error as &dyn Error, "rollback was not confirmed");
                }
                Err(failure)
            }
        }
    }
}

/// Whether an error means that another transaction was in the way (40001, 40P01).
pub fn is_conflict(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .is_some_and(|code| code == "40001" || code == "40P01")
}

/// Limits of every statement, and no compiling of any: where PostgreSQL guesses that it would pay, it takes as long as the
/// statement itself (0.3 s to read the stock of 10,000,000 claims).
fn within_limits(options: PgConnectOptions, statement_timeout_ms: u64) -> PgConnectOptions {
    let named = match options.get_application_name() {
        Some(_) => options,
        None => options.application_name("omnia"),
    };
    named.options([
        (
            "statement_timeout",
            statement_timeout_ms.to_string().as_str(),
        ),
        (
            "idle_in_transaction_session_timeout",
            IDLE_IN_TRANSACTION_TIMEOUT,
        ),
        ("jit", "off"),
    ])
}

fn lost_a_race(failure: &Failure) -> bool {
    let mut cause = failure.source();
    while let Some(error) = cause {
        if error.downcast_ref::<sqlx::Error>().is_some_and(is_conflict) {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Doubles from 10 ms on, at random between nothing and that, so that the losers of a race do not meet again.
fn pause_before(retry: u32) -> Duration {
    Duration::from_millis(rand::rng().random_range(0..=10_u64 << retry.min(6)))
}
