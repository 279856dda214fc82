//! Wakes the subscribers of a feed when something was committed.
//!
//! Commits of this process ring directly. Other processes over the same database are told by `NOTIFY`, sent after the
//! commit, on its own and at most ten times a second: inside the business transaction it makes all commits of the
//! cluster queue for one lock (measured with pgbench, 16 clients, two cores: a third of the commits a second).

use std::error::Error;
use std::time::Duration;

use sqlx::postgres::{PgListener, PgPoolOptions};
use tokio::sync::watch;

use crate::db::Database;
use crate::lifecycle::Stop;

const CHANNEL: &str = "outbox";

/// Pause after telling the others, during which further commits are told together.
const GATHERING: Duration = Duration::from_millis(100);

/// Pause before listening again after the connection was lost.
const LISTEN_AGAIN_AFTER: Duration = Duration::from_secs(2);

/// What a subscriber waits on.
#[derive(Debug, Clone)]
pub(super) struct Bell {
    here: watch::Receiver<()>,
    elsewhere: watch::Receiver<()>,
}

impl Bell {
    /// Hangs the bell of a database; it is looked after until `stop`.
    pub(super) fn hang(database: &Database, stop: &Stop) -> Self {
        let (ring, elsewhere) = watch::channel(());
        tokio::spawn(
            stop.clone()
                .run_until_cancelled_owned(tell_others(database.clone())),
        );
        tokio::spawn(
            stop.clone()
                .run_until_cancelled_owned(hear_others(database.clone(), ring)),
        );
        Self {
            here: database.commits(),
            elsewhere,
        }
    }

    /// Ready once something was committed since the last time; never, when nobody looks after the bell any more.
    pub(super) async fn rung(&mut self) {
        let rung = tokio::select! {
            rung = self.here.changed() => rung,
            rung = self.elsewhere.changed() => rung,
        };
        if rung.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

async fn tell_others(database: Database) {
    let mut commits = database.commits();
    while commits.changed().await.is_ok() {
        if let Err(error) = sqlx::query!("select pg_notify($1, '')", CHANNEL)
            .fetch_one(database.pool())
            .await
        {
            tracing::debug!(
                error = &error as &dyn Error,
                "other instances were not told of new events"
            );
        }
        tokio::time::sleep(GATHERING).await;
    }
}

async fn hear_others(database: Database, ring: watch::Sender<()>) {
    loop {
        if let Err(error) = listen(&database, &ring).await {
            tracing::debug!(
                error = &error as &dyn Error,
                "lost the connection that listens for new events"
            );
        }
        tokio::time::sleep(LISTEN_AGAIN_AFTER).await;
    }
}

async fn listen(database: &Database, ring: &watch::Sender<()>) -> Result<(), sqlx::Error> {
    // A pool of its own, since a listener keeps its connection for good.
    let options = database.pool().connect_options().as_ref().clone();
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .connect_lazy_with(options);
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.listen(CHANNEL).await?;
    loop {
        listener.recv().await?;
        ring.send_replace(());
    }
}
