//! Where this service stands in the feeds that it follows.

use chassis::{Database, Failure};

/// The stored cursor of a consumer; empty before the first event. The row is written by the chassis' consumer, in the
/// transaction that applies the events up to it.
pub(crate) async fn cursor(database: &Database, consumer: &str) -> Result<String, Failure> {
    let cursor = sqlx::query_scalar!(
        "select cursor from feed_cursor where consumer = $1",
        consumer
    )
    .fetch_optional(database.pool())
    .await?;
    Ok(cursor.unwrap_or_default())
}
