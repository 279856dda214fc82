//! The outbox: events written in the same transaction as the change that they tell.
//!
//! An event's place in the feed is `(tx, id)`. `tx` is the greater of the writing transaction's id and of the `tx` of
//! the aggregate's event before. The first keeps readers safe: they stop below the oldest transaction still in flight,
//! and whatever that transaction will write stands at or after its own id. The second keeps the order of an aggregate:
//! a transaction may take its id early and change the aggregate late, after one with a higher id, and must not be
//! told before it.

use chrono::{DateTime, Utc};
use prost::Name;
use uuid::Uuid;

use crate::db::Tx;
use crate::failure::Failure;
use crate::trace;

/// Writes an event. Call it after the row of the aggregate was locked or written in the same transaction, so that the
/// events of an aggregate stand in the order of its changes. `payload` is a message of the service's own package, of
/// 1 MiB at most. Within one aggregate, transactions that publish wait for each other.
pub async fn publish<M: prost::Message + Name>(
    tx: &mut Tx,
    event_id: Uuid,
    aggregate_type: &'static str,
    aggregate_id: &str,
    payload: &M,
    occurred_at: DateTime<Utc>,
) -> Result<(), Failure> {
    // The head row is locked before the sequence is asked for an id, so `id` too follows the order of the aggregate.
    sqlx::query!(
        "with head as (
             insert into outbox_head as head (aggregate_type, aggregate_id, tx)
             select $1, $2, base + pg_current_xact_id()::text::bigint from tx_base
             on conflict (aggregate_type, aggregate_id) do update set tx = greatest(head.tx, excluded.tx)
             returning tx
         )
         insert into outbox
             (tx, event_id, aggregate_type, aggregate_id, payload_type, payload, occurred_at, traceparent)
         select head.tx, $3, $1, $2, $4, $5, $6, $7 from head",
        aggregate_type,
        aggregate_id,
        event_id,
        M::full_name(),
        payload.encode_to_vec(),
        occurred_at,
        trace::traceparent(),
    )
    .execute(&mut **tx)
    .await?;
    tx.published = true;
    Ok(())
}

/// An event of many.
#[derive(Debug, Clone, PartialEq)]
pub struct Told<M> {
    /// Id of the event.
    pub event_id: Uuid,
    /// Id of the aggregate.
    pub aggregate_id: String,
    /// What is told.
    pub payload: M,
}

/// Writes events of as many aggregates, each of another one, by one statement; otherwise as [`publish`]. Give the
/// aggregates in one order everywhere, so that transactions that publish wait for each other without a deadlock.
pub async fn publish_all<M: prost::Message + Name>(
    tx: &mut Tx,
    aggregate_type: &'static str,
    events: &[Told<M>],
    occurred_at: DateTime<Utc>,
) -> Result<(), Failure> {
    if events.is_empty() {
        return Ok(());
    }
    let aggregates: Vec<String> = events.iter().map(|one| one.aggregate_id.clone()).collect();
    let ids: Vec<Uuid> = events.iter().map(|one| one.event_id).collect();
    let payloads: Vec<Vec<u8>> = events
        .iter()
        .map(|one| one.payload.encode_to_vec())
        .collect();
    sqlx::query!(
        "with told as (
             select * from unnest($2::text[], $3::uuid[], $4::bytea[]) with ordinality
                 as told (aggregate_id, event_id, payload, place)
         ), head as (
             insert into outbox_head as head (aggregate_type, aggregate_id, tx)
             select $1, aggregate_id, base + pg_current_xact_id()::text::bigint from told, tx_base order by place
             on conflict (aggregate_type, aggregate_id) do update set tx = greatest(head.tx, excluded.tx)
             returning aggregate_id, tx
         )
         insert into outbox
             (tx, event_id, aggregate_type, aggregate_id, payload_type, payload, occurred_at, traceparent)
         select head.tx, event_id, $1, aggregate_id, $5, payload, $6, $7
         from head join told using (aggregate_id) order by place",
        aggregate_type,
        &aggregates,
        &ids,
        &payloads,
        M::full_name(),
        occurred_at,
        trace::traceparent(),
    )
    .execute(&mut **tx)
    .await?;
    tx.published = true;
    Ok(())
}
