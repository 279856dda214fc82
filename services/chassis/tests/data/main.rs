//! What the chassis does with PostgreSQL, each test on a database of its own.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod audit;
mod database;
mod feed;
mod idempotency;
mod jobs;

use std::time::Duration;

/// Waits for a condition, and gives up when it has not come true for a long time.
async fn eventually<F: AsyncFnMut() -> bool>(what: &str, mut condition: F) {
    let waiting = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), waiting)
        .await
        .unwrap_or_else(|_| panic!("never: {what}"));
}
