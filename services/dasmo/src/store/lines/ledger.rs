//! What the payments service told.

use std::collections::HashMap;

use chassis::{Failure, Tx};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::domain::lines::LineState;
use crate::store::{as_json, stored};

/// A flow that is already known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KnownFlow {
    /// Version after its last event.
    pub(crate) version: i64,
    /// Day of its first event.
    pub(crate) first_day: NaiveDate,
    /// Day of its last event.
    pub(crate) last_day: NaiveDate,
    /// When it was rejected.
    pub(crate) rejected_at: Option<DateTime<Utc>>,
}

/// A line that is already known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KnownLine {
    /// Where it stands.
    pub(crate) state: LineState,
    /// Day of its first step.
    pub(crate) first_day: NaiveDate,
    /// Day and batch with which it left the stock.
    pub(crate) left: Option<(NaiveDate, i64)>,
    /// Whether it ever came back.
    pub(crate) reopened: bool,
}

/// A row of `flow_fact`.
#[derive(Debug, Serialize)]
pub(crate) struct FlowRow {
    pub(crate) flow_id: Uuid,
    pub(crate) version: i64,
    pub(crate) protocol_number: String,
    pub(crate) received_at: DateTime<Utc>,
    pub(crate) received_day: NaiveDate,
    pub(crate) kind: String,
    pub(crate) office: String,
    pub(crate) authorization_number: String,
    pub(crate) product: &'static str,
    pub(crate) causale: String,
    pub(crate) payment_mode: String,
    pub(crate) csc_sector: String,
    pub(crate) average_heads_hundredths: i64,
    pub(crate) lines_count: i32,
    pub(crate) first_day: NaiveDate,
    pub(crate) last_day: NaiveDate,
    pub(crate) rejected_at: Option<DateTime<Utc>>,
}

/// A row of `flow_line`.
#[derive(Debug, Serialize)]
pub(crate) struct LineRow {
    pub(crate) line_id: String,
    pub(crate) flow_id: Uuid,
    pub(crate) worker_id: Option<Uuid>,
    pub(crate) hours_hundredths: i64,
    pub(crate) state: &'static str,
    pub(crate) first_day: NaiveDate,
    pub(crate) left_day: Option<NaiveDate>,
    pub(crate) left_batch: Option<i64>,
    pub(crate) reopened: bool,
}

/// A row of `line_step`.
#[derive(Debug, Serialize)]
pub(crate) struct LineStepRow {
    pub(crate) line_id: String,
    pub(crate) version: i64,
    pub(crate) position: i32,
    pub(crate) batch: i64,
    pub(crate) occurred_at: DateTime<Utc>,
    pub(crate) day: NaiveDate,
    pub(crate) state: &'static str,
    pub(crate) movement: Option<&'static str>,
    pub(crate) anomalies: Vec<String>,
    pub(crate) cents: i64,
}

/// The number of a batch. Steps cannot be held still between this and the end of the transaction, so a picture knows
/// every batch up to the last number that was drawn before it.
pub(crate) async fn next_batch(tx: &mut Tx) -> Result<i64, Failure> {
    sqlx::query!("lock table line_step in row exclusive mode")
        .execute(&mut **tx)
        .await?;
    Ok(
        sqlx::query_scalar!(r#"select nextval('line_batch') as "batch!""#)
            .fetch_one(&mut **tx)
            .await?,
    )
}

/// Which of these flows are known.
pub(crate) async fn known_flows(
    tx: &mut Tx,
    flows: &[Uuid],
) -> Result<HashMap<Uuid, KnownFlow>, Failure> {
    let rows = sqlx::query!(
        "select flow_id, version, first_day, last_day, rejected_at from flow_fact where flow_id = any($1)",
        flows
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let known = KnownFlow {
                version: row.version,
                first_day: row.first_day,
                last_day: row.last_day,
                rejected_at: row.rejected_at,
            };
            (row.flow_id, known)
        })
        .collect())
}

/// Which of these lines are known, and where they stand.
pub(crate) async fn known_lines(
    tx: &mut Tx,
    lines: &[String],
) -> Result<HashMap<String, KnownLine>, Failure> {
    let rows = sqlx::query!(
        "select line_id, state, first_day, left_day, left_batch, reopened from flow_line where line_id = any($1)",
        lines
    )
    .fetch_all(&mut **tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            let known = KnownLine {
                state: stored(&row.state, "flow_line.state")?,
                first_day: row.first_day,
                left: row.left_day.zip(row.left_batch),
                reopened: row.reopened,
            };
            Ok((row.line_id, known))
        })
        .collect()
}

/// Writes flows. What a flow is never changes; how far it came does.
pub(crate) async fn write_flows(tx: &mut Tx, flows: &[FlowRow]) -> Result<(), Failure> {
    sqlx::query!(
        "insert into flow_fact (flow_id, version, protocol_number, received_at, received_day, kind, office,
                authorization_number, product, causale, payment_mode, csc_sector, average_heads_hundredths, lines_count,
                first_day, last_day, rejected_at)
         select flow_id, version, protocol_number, received_at, received_day, kind, office, authorization_number,
                product, causale, payment_mode, csc_sector, average_heads_hundredths, lines_count, first_day, last_day,
                rejected_at
           from jsonb_to_recordset($1) as told (flow_id uuid, version bigint, protocol_number text,
                received_at timestamptz, received_day date, kind text, office text, authorization_number text,
                product text, causale text, payment_mode text, csc_sector text, average_heads_hundredths bigint,
                lines_count integer, first_day date, last_day date, rejected_at timestamptz)
         on conflict (flow_id) do update
            set version = excluded.version, last_day = excluded.last_day, rejected_at = excluded.rejected_at",
        as_json(flows)?
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Writes where lines stand.
pub(crate) async fn write_lines(tx: &mut Tx, lines: &[LineRow]) -> Result<(), Failure> {
    sqlx::query!(
        "insert into flow_line (line_id, flow_id, worker_id, hours_hundredths, state, first_day, left_day, left_batch,
                reopened)
         select line_id, flow_id, worker_id, hours_hundredths, state, first_day, left_day, left_batch, reopened
           from jsonb_to_recordset($1) as told (line_id text, flow_id uuid, worker_id uuid, hours_hundredths bigint,
                state text, first_day date, left_day date, left_batch bigint, reopened boolean)
         on conflict (line_id) do update
            set state = excluded.state, left_day = excluded.left_day, left_batch = excluded.left_batch,
                reopened = excluded.reopened",
        as_json(lines)?
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Appends steps.
pub(crate) async fn append_steps(tx: &mut Tx, steps: &[LineStepRow]) -> Result<(), Failure> {
    sqlx::query!(
        "insert into line_step (line_id, version, position, batch, occurred_at, day, state, movement, anomalies, cents)
         select line_id, version, position, batch, occurred_at, day, state, movement, anomalies, cents
           from jsonb_to_recordset($1) as told (line_id text, version bigint, position integer, batch bigint,
                occurred_at timestamptz, day date, state text, movement text, anomalies text[], cents bigint)",
        as_json(steps)?
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
