//! What the claims service told.

use std::collections::{BTreeMap, HashMap};

use chassis::{Failure, Tx};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::{as_json, stored};
use crate::domain::{OfficeInRegion, Standing};

/// A claim that is already known.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    /// Version after its last step.
    pub(crate) version: i64,
    /// Day of its first step.
    pub(crate) first_day: NaiveDate,
    /// Day on which it left the stock.
    pub(crate) left_stock_day: Option<NaiveDate>,
    /// Where it stands.
    pub(crate) standing: Standing,
}

/// A row of `claim_fact`.
#[derive(Debug, Serialize)]
pub(crate) struct FactRow {
    pub(crate) claim_id: Uuid,
    pub(crate) version: i64,
    pub(crate) protocol_number: String,
    pub(crate) submitted_at: DateTime<Utc>,
    pub(crate) submitted_day: NaiveDate,
    pub(crate) product: &'static str,
    pub(crate) causale: String,
    pub(crate) payment_mode: String,
    pub(crate) workers: i32,
    pub(crate) hours_hundredths: i64,
    pub(crate) csc_sector: String,
    pub(crate) average_heads_hundredths: i64,
    pub(crate) state: &'static str,
    pub(crate) office: String,
    pub(crate) decided: bool,
    pub(crate) first_day: NaiveDate,
    pub(crate) last_day: NaiveDate,
    pub(crate) waited_days: i32,
    pub(crate) left_stock_day: Option<NaiveDate>,
}

/// A row of `claim_step`.
#[derive(Debug, Serialize)]
pub(crate) struct StepRow {
    pub(crate) claim_id: Uuid,
    pub(crate) version: i64,
    pub(crate) from_state: &'static str,
    pub(crate) to_state: &'static str,
    pub(crate) occurred_at: DateTime<Utc>,
    pub(crate) day: NaiveDate,
    pub(crate) office: String,
    pub(crate) decided: bool,
    pub(crate) waited_days: i32,
    pub(crate) outcome: Option<&'static str>,
    pub(crate) decision_sequence: Option<i32>,
}

/// Which of these claims are known, and where they stand.
pub(crate) async fn known(tx: &mut Tx, claims: &[Uuid]) -> Result<HashMap<Uuid, Known>, Failure> {
    let rows = sqlx::query!(
        "select claim_id, version, state, office, decided, first_day, last_day, waited_days, left_stock_day
           from claim_fact where claim_id = any($1)",
        claims
    )
    .fetch_all(&mut **tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            let standing = Standing {
                state: stored(&row.state, "claim_fact.state")?,
                office: stored(&row.office, "claim_fact.office")?,
                decided: row.decided,
                day: row.last_day,
                waited_days: row.waited_days,
            };
            let known = Known {
                version: row.version,
                first_day: row.first_day,
                left_stock_day: row.left_stock_day,
                standing,
            };
            Ok((row.claim_id, known))
        })
        .collect()
}

/// Writes the latest facts; older ones than those written do nothing.
pub(crate) async fn write_facts(tx: &mut Tx, facts: &[FactRow]) -> Result<(), Failure> {
    sqlx::query!(
        "insert into claim_fact as known (claim_id, version, protocol_number, submitted_at, submitted_day, product,
                causale, payment_mode, workers, hours_hundredths, csc_sector, average_heads_hundredths, state, office,
                decided, first_day, last_day, waited_days, left_stock_day)
         select claim_id, version, protocol_number, submitted_at, submitted_day, product, causale, payment_mode,
                workers, hours_hundredths, csc_sector, average_heads_hundredths, state, office, decided, first_day,
                last_day, waited_days, left_stock_day
           from jsonb_to_recordset($1) as told (claim_id uuid, version bigint, protocol_number text,
                submitted_at timestamptz, submitted_day date, product text, causale text, payment_mode text,
                workers integer, hours_hundredths bigint, csc_sector text, average_heads_hundredths bigint,
                state text, office text, decided boolean, first_day date, last_day date, waited_days integer,
                left_stock_day date)
         on conflict (claim_id) do update
            set version = excluded.version, protocol_number = excluded.protocol_number,
                submitted_at = excluded.submitted_at, submitted_day = excluded.submitted_day,
                product = excluded.product, causale = excluded.causale, payment_mode = excluded.payment_mode,
                workers = excluded.workers, hours_hundredths = excluded.hours_hundredths,
                csc_sector = excluded.csc_sector, average_heads_hundredths = excluded.average_heads_hundredths,
                state = excluded.state, office = excluded.office, decided = excluded.decided,
                last_day = excluded.last_day, waited_days = excluded.waited_days,
                left_stock_day = excluded.left_stock_day
          where known.version < excluded.version",
        as_json(facts)?
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Appends steps; a step that is there already stays as it is.
pub(crate) async fn append_steps(tx: &mut Tx, steps: &[StepRow]) -> Result<(), Failure> {
    sqlx::query!(
        "insert into claim_step (claim_id, version, from_state, to_state, occurred_at, day, office, decided,
                waited_days, outcome, decision_sequence)
         select claim_id, version, from_state, to_state, occurred_at, day, office, decided, waited_days, outcome,
                decision_sequence
           from jsonb_to_recordset($1) as told (claim_id uuid, version bigint, from_state text, to_state text,
                occurred_at timestamptz, day date, office text, decided boolean, waited_days integer, outcome text,
                decision_sequence integer)
         on conflict (claim_id, version) do nothing",
        as_json(steps)?
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Remembers the region of offices; returns whether one that was known lies in another region now.
pub(crate) async fn remember_offices(
    tx: &mut Tx,
    regions: &BTreeMap<String, String>,
) -> Result<bool, Failure> {
    let (offices, regions): (Vec<String>, Vec<String>) = regions.clone().into_iter().unzip();
    let moved = sqlx::query_scalar!(
        r#"with told as (
             select * from unnest($1::text[], $2::text[]) as told (office, region_istat)
           ), moved as (
             update office_seen seen set region_istat = told.region_istat
               from told
              where seen.office = told.office and seen.region_istat <> told.region_istat
             returning 1
           ), new as (
             insert into office_seen (office, region_istat) select office, region_istat from told
             on conflict (office) do nothing
           )
           select exists (select from moved) as "moved!""#,
        &offices,
        &regions
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(moved)
}

/// The offices that claims named, with their regions, by code.
pub(crate) async fn offices(tx: &mut Tx) -> Result<Vec<OfficeInRegion>, Failure> {
    let rows = sqlx::query!("select office, region_istat from office_seen order by office")
        .fetch_all(&mut **tx)
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(OfficeInRegion {
                office: stored(&row.office, "office_seen.office")?,
                region_istat: row.region_istat,
                agency_of: None,
            })
        })
        .collect()
}

/// Orders the published days from `day` on to be computed again; does nothing when `day` is not published yet. Returns
/// whether it was.
pub(crate) async fn redo_from(tx: &mut Tx, day: NaiveDate) -> Result<bool, Failure> {
    let done = sqlx::query!(
        "update publication set redo_from = least(redo_from, $1) where last_day >= $1",
        day
    )
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() > 0)
}
