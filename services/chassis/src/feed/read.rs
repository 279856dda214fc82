//! Reads the outbox in feed order.

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use prost_types::Any;
use proto::omnia::feed::v1::Event;
use sqlx::PgPool;
use uuid::Uuid;

use super::cursor::Cursor;
use crate::wire;

/// Events in a batch at most.
const MOST_EVENTS: i64 = 500;

/// Payload in a batch at which it is closed.
const ENOUGH_BYTES: usize = 1 << 20;

/// What was read in one go.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) events: Vec<Event>,
    /// Cursor after the last row looked at, wanted or not; `None` when there was none.
    pub(super) cursor: Option<Cursor>,
    /// Whether the batch was closed for its size, so that more is likely to be there.
    pub(super) full: bool,
}

struct Row {
    tx: i64,
    id: i64,
    event_id: Uuid,
    aggregate_type: String,
    aggregate_id: String,
    payload_type: String,
    payload: Option<Vec<u8>>,
    occurred_at: DateTime<Utc>,
    traceparent: String,
}

/// The events after a cursor, up to the oldest transaction still in flight.
///
/// Why the cursor can pass no event: an event of transaction `x` has `tx >= x`. Rows and horizon come from one snapshot
/// and only rows below its `xmin` are returned, so every transaction that may still commit has `x >= xmin` and writes
/// behind whatever is returned here.
pub(super) async fn after(
    pool: &PgPool,
    cursor: Cursor,
    types: &[String],
) -> Result<Batch, sqlx::Error> {
    // `tx >= $1` says nothing that the row comparison does not, but lets the planner prune partitions.
    let mut rows = sqlx::query_as!(
        Row,
        r#"select tx, id, event_id, aggregate_type, aggregate_id, payload_type,
                  case when cardinality($3::text[]) = 0 or payload_type = any($3) then payload end as payload,
                  occurred_at, traceparent
           from outbox
           where tx >= $1 and (tx, id) > ($1, $2)
             and tx < (select base from tx_base) + pg_snapshot_xmin(pg_current_snapshot())::text::bigint
           order by tx, id
           limit $4"#,
        cursor.tx,
        cursor.id,
        types,
        MOST_EVENTS,
    )
    .fetch(pool);
    let mut batch = Batch::default();
    let (mut seen, mut bytes) = (0, 0);
    while let Some(row) = rows.try_next().await? {
        seen += 1;
        batch.cursor = Some(Cursor {
            tx: row.tx,
            id: row.id,
        });
        bytes += row.payload.as_ref().map_or(0, Vec::len);
        batch.events.extend(row.into_event());
        batch.full = seen == MOST_EVENTS || bytes >= ENOUGH_BYTES;
        if batch.full {
            break;
        }
    }
    Ok(batch)
}

/// Whether anything was committed after a cursor, be it readable already or not.
pub(super) async fn any_after(pool: &PgPool, cursor: Cursor) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from outbox where tx >= $1 and (tx, id) > ($1, $2)) as "any!""#,
        cursor.tx,
        cursor.id,
    )
    .fetch_one(pool)
    .await
}

impl Row {
    /// The event, unless its type is not wanted.
    fn into_event(self) -> Option<Event> {
        Some(Event {
            event_id: self.event_id.to_string(),
            aggregate_type: self.aggregate_type,
            aggregate_id: self.aggregate_id,
            payload: Some(Any {
                type_url: format!("type.googleapis.com/{}", self.payload_type),
                value: self.payload?,
            }),
            occurred_at: Some(wire::timestamp(self.occurred_at)),
            cursor: Cursor {
                tx: self.tx,
                id: self.id,
            }
            .to_string(),
            traceparent: self.traceparent,
        })
    }
}
