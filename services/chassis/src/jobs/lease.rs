//! Who runs the jobs: advisory locks of PostgreSQL, held by a connection that does nothing else. When the process dies
//! so does the connection, and the server gives the locks to another.

use std::time::Duration;

use sha2::{Digest, Sha256};
use sqlx::{Connection, PgConnection};
use tokio::sync::Mutex;

use crate::db::Database;

/// How often the connection is checked while jobs run.
const PULSE: Duration = Duration::from_secs(1);

/// How often a lock that somebody else holds is asked for again.
const ASK_AGAIN_AFTER: Duration = Duration::from_millis(200);

/// Locks on a connection of their own.
#[derive(Debug)]
pub(super) struct Lease(Mutex<PgConnection>);

/// What is locked.
#[derive(Debug, Clone, Copy)]
pub(super) enum Right<'a> {
    /// To follow the schedules, for as long as the process lives.
    Lead,
    /// To run one job, by schedule or by hand.
    Run(&'a str),
}

impl Right<'_> {
    fn key(self) -> i64 {
        let text = match self {
            Self::Lead => "omnia.jobs.lead".to_owned(),
            Self::Run(job) => format!("omnia.jobs.run.{job}"),
        };
        let digest: [u8; 32] = Sha256::digest(text).into();
        i64::from_be_bytes(digest[..8].try_into().unwrap_or_default())
    }
}

impl Lease {
    pub(super) async fn open(database: &Database) -> Result<Self, sqlx::Error> {
        let options = database.pool().connect_options();
        Ok(Self(Mutex::new(
            PgConnection::connect_with(&options).await?,
        )))
    }

    /// Takes a right if nobody has it.
    pub(super) async fn try_take(&self, right: Right<'_>) -> Result<bool, sqlx::Error> {
        sqlx::query_scalar!(
            r#"select pg_try_advisory_lock($1) as "taken!""#,
            right.key()
        )
        .fetch_one(&mut *self.0.lock().await)
        .await
    }

    /// Takes a right, when whoever has it gives it back.
    pub(super) async fn take(&self, right: Right<'_>) -> Result<(), sqlx::Error> {
        while !self.try_take(right).await? {
            tokio::time::sleep(ASK_AGAIN_AFTER).await;
        }
        Ok(())
    }

    pub(super) async fn give_back(&self, right: Right<'_>) -> Result<(), sqlx::Error> {
        sqlx::query!("select pg_advisory_unlock($1)", right.key())
            .fetch_one(&mut *self.0.lock().await)
            .await?;
        Ok(())
    }

    /// Ready when the connection is lost, and with it every right.
    pub(super) async fn lost(&self) -> sqlx::Error {
        loop {
            tokio::time::sleep(PULSE).await;
            if let Err(error) = self.0.lock().await.ping().await {
                return error;
            }
        }
    }

    /// Gives everything back at once.
    pub(super) async fn close(self) -> Result<(), sqlx::Error> {
        self.0.into_inner().close().await
    }
}
