//! Pictures in the making: what a day is computed from, and what is written of it.

use std::collections::BTreeMap;

use chassis::{Failure, Tx};
use chrono::{DateTime, NaiveDate, Utc};

use super::stored;
use crate::domain::{
    Ageing, CellKey, Holding, Measures, Opening, Product, Standing, State, Step, Waiting,
    WaitingFor,
};

/// How far the pictures have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Last published day.
    pub(crate) last_day: Option<NaiveDate>,
    /// First published day to be computed again.
    pub(crate) redo_from: Option<NaiveDate>,
    /// Day of the first step ever told.
    pub(crate) first_step: Option<NaiveDate>,
}

/// A step of the day, with where the claim stood before.
#[derive(Debug)]
pub(crate) struct StepOfDay {
    /// Product of the claim.
    pub(crate) product: Product,
    /// Where it stood; `None` when this is its first step.
    pub(crate) before: Option<Standing>,
    /// The step.
    pub(crate) step: Step,
}

/// Keeps steps from being added until the transaction ends, so that movements, stock and cases of a day are all read
/// from the same steps. Readers go on.
pub(crate) async fn hold_steps_still(tx: &mut Tx) -> Result<(), Failure> {
    sqlx::query!("lock table claim_step in share row exclusive mode")
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// How far the pictures have come.
pub(crate) async fn progress(tx: &mut Tx) -> Result<Progress, Failure> {
    Ok(sqlx::query_as!(
        Progress,
        "select last_day, redo_from, (select min(day) from claim_step) as first_step from publication"
    )
    .fetch_one(&mut **tx)
    .await?)
}

/// The first published day.
pub(crate) async fn first_published(tx: &mut Tx) -> Result<Option<NaiveDate>, Failure> {
    Ok(sqlx::query_scalar!("select min(day) from snapshot")
        .fetch_one(&mut **tx)
        .await?)
}

/// What the cells of a published day leave to the next.
pub(crate) async fn opening(
    tx: &mut Tx,
    day_before: NaiveDate,
) -> Result<BTreeMap<CellKey, Opening>, Failure> {
    let rows = sqlx::query!(
        "select office, product, stock, received_total, defined_total from cell where day = $1",
        day_before
    )
    .fetch_all(&mut **tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            let opening = Opening {
                stock: row.stock,
                received_total: row.received_total,
                defined_total: row.defined_total,
            };
            Ok((key(&row.office, &row.product)?, opening))
        })
        .collect()
}

/// The steps of a day, each claim's in order.
pub(crate) async fn steps_of(tx: &mut Tx, day: NaiveDate) -> Result<Vec<StepOfDay>, Failure> {
    let rows = sqlx::query!(
        r#"select fact.product, step.to_state, step.office, before.to_state as "state_before?",
                  before.office as "office_before?", before.decided as "decided_before?", before.day as "day_before?"
             from claim_step step
             join claim_fact fact on fact.claim_id = step.claim_id
             left join lateral (
               select earlier.to_state, earlier.office, earlier.decided, earlier.day
                 from claim_step earlier
                where earlier.claim_id = step.claim_id and earlier.version < step.version
                order by earlier.version desc
                limit 1
             ) before on true
            where step.day = $1
            order by step.claim_id, step.version"#,
        day
    )
    .fetch_all(&mut **tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            let before = match (
                row.state_before,
                row.office_before,
                row.decided_before,
                row.day_before,
            ) {
                (Some(state), Some(office), Some(decided), Some(day)) => Some(Standing {
                    state: stored(&state, "claim_step.to_state")?,
                    office: stored(&office, "claim_step.office")?,
                    decided,
                    day,
                }),
                _ => None,
            };
            let step = Step {
                to: stored(&row.to_state, "claim_step.to_state")?,
                day,
                office: stored(&row.office, "claim_step.office")?,
            };
            Ok(StepOfDay {
                product: stored(&row.product, "claim_fact.product")?,
                before,
                step,
            })
        })
        .collect()
}

/// The stock at the end of a day, claims that stand alike together.
pub(crate) async fn holdings(tx: &mut Tx, day: NaiveDate) -> Result<Vec<Holding>, Failure> {
    let rows = sqlx::query!(
        r#"select office as "office!", product as "product!", state as "state!", age_days as "age_days!",
                  count(*) as "claims!", sum(workers)::bigint as "workers!",
                  sum(hours_hundredths)::bigint as "hours_hundredths!"
             from stock_on($1)
            group by office, product, state, age_days"#,
        day
    )
    .fetch_all(&mut **tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            let state: State = stored(&row.state, "claim_step.to_state")?;
            Ok(Holding {
                cell: key(&row.office, &row.product)?,
                stage: state.stage().ok_or_else(|| {
                    Failure::internal(format!("a claim in stock stands in {state}"))
                })?,
                age_days: row.age_days,
                claims: row.claims,
                workers: row.workers,
                hours_hundredths: row.hours_hundredths,
            })
        })
        .collect()
}

/// Reexaminations and appeals that are pending at the end of a day.
pub(crate) async fn waiting(tx: &mut Tx, day: NaiveDate) -> Result<Vec<Waiting>, Failure> {
    let rows = sqlx::query!(
        r#"select step.office, fact.product, step.to_state = 'UNDER_APPEAL' as "appeal!", count(*) as "claims!"
             from claim_step step
             join claim_fact fact on fact.claim_id = step.claim_id
            where step.to_state in ('UNDER_REEXAMINATION', 'UNDER_APPEAL')
              and step.day <= $1
              and not exists (
                select from claim_step later
                 where later.claim_id = step.claim_id and later.version > step.version and later.day <= $1
              )
            group by 1, 2, 3"#,
        day
    )
    .fetch_all(&mut **tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            let waiting_for = if row.appeal {
                WaitingFor::Appeal
            } else {
                WaitingFor::Reexamination
            };
            Ok(Waiting {
                cell: key(&row.office, &row.product)?,
                waiting_for,
                claims: row.claims,
            })
        })
        .collect()
}

/// Publishes a day, or a new revision of it.
pub(crate) async fn publish(
    tx: &mut Tx,
    day: NaiveDate,
    at: DateTime<Utc>,
    cells: i32,
    age_classes: &[String],
) -> Result<(), Failure> {
    sqlx::query!(
        "insert into snapshot as former (day, revision, published_at, cells, age_classes) values ($1, 1, $2, $3, $4)
         on conflict (day) do update set revision = former.revision + 1, published_at = excluded.published_at,
            cells = excluded.cells, age_classes = excluded.age_classes",
        day,
        at,
        cells,
        age_classes
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!(
        "update publication
            set last_day = greatest(last_day, $1),
                redo_from = case when redo_from <= $1 and $1 < last_day then $1 + 1
                                 when redo_from <= $1 then null
                                 else redo_from end",
        day
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Writes the cells of a day in place of those that it had.
pub(crate) async fn replace_cells(
    tx: &mut Tx,
    day: NaiveDate,
    cells: &BTreeMap<CellKey, Measures>,
) -> Result<(), Failure> {
    let rows: serde_json::Value = cells
        .iter()
        .map(|(key, measures)| cell_row(key, measures))
        .collect();
    sqlx::query!("delete from cell where day = $1", day)
        .execute(&mut **tx)
        .await?;
    sqlx::query!(
        "insert into cell (day, office, product, received, defined, accepted, partially_accepted, rejected, withdrawn,
                annulled, transferred_in, transferred_out, stock, stock_to_take, stock_under_review, stock_waiting,
                stock_chronic, stock_very_old, stock_workers, stock_hours_hundredths, received_total, defined_total,
                reexaminations_pending, appeals_pending, ages)
         select $1, office, product, received, defined, accepted, partially_accepted, rejected, withdrawn,
                annulled, transferred_in, transferred_out, stock, stock_to_take, stock_under_review, stock_waiting,
                stock_chronic, stock_very_old, stock_workers, stock_hours_hundredths, received_total, defined_total,
                reexaminations_pending, appeals_pending, ages
           from jsonb_to_recordset($2) as drawn (office text, product text, received bigint, defined bigint,
                accepted bigint, partially_accepted bigint, rejected bigint, withdrawn bigint, annulled bigint,
                transferred_in bigint, transferred_out bigint, stock bigint, stock_to_take bigint,
                stock_under_review bigint, stock_waiting bigint, stock_chronic bigint, stock_very_old bigint,
                stock_workers bigint, stock_hours_hundredths bigint, received_total bigint, defined_total bigint,
                reexaminations_pending bigint, appeals_pending bigint, ages bigint[])",
        day,
        rows
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Writes the cases of a day in place of those that it had; returns how many they are.
pub(crate) async fn replace_cases(
    tx: &mut Tx,
    day: NaiveDate,
    ageing: &Ageing,
) -> Result<u64, Failure> {
    let products: Vec<String> = Product::ALL
        .iter()
        .map(|product| product.code().to_owned())
        .collect();
    let chronic_above: Vec<i32> = Product::ALL
        .iter()
        .map(|product| ageing.chronic_above(*product))
        .collect();
    sqlx::query!("delete from stock_case where day = $1", day)
        .execute(&mut **tx)
        .await?;
    let written = sqlx::query!(
        "insert into stock_case (day, submitted_at, claim_id, protocol_number, office, product, causale, state,
                age_days, chronic, very_old, workers, hours_hundredths)
         select $1, submitted_at, claim_id, protocol_number, office, stock.product, causale, state, age_days,
                age_days > threshold.above_days, age_days > $4, workers, hours_hundredths
           from stock_on($1) stock
           join unnest($2::text[], $3::integer[]) as threshold (product, above_days)
             on threshold.product = stock.product",
        day,
        &products,
        &chronic_above,
        ageing.very_old_above()
    )
    .execute(&mut **tx)
    .await?;
    Ok(written.rows_affected())
}

/// Forgets the cases of the days before `first_kept`.
pub(crate) async fn drop_cases_before(tx: &mut Tx, first_kept: NaiveDate) -> Result<(), Failure> {
    sqlx::query!("delete from stock_case where day < $1", first_kept)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

fn key(office: &str, product: &str) -> Result<CellKey, Failure> {
    Ok(CellKey {
        office: stored(office, "office")?,
        product: stored(product, "product")?,
    })
}

fn cell_row(key: &CellKey, measures: &Measures) -> serde_json::Value {
    serde_json::json!({
        "office": key.office.as_str(),
        "product": key.product.code(),
        "received": measures.received,
        "defined": measures.defined,
        "accepted": measures.accepted,
        "partially_accepted": measures.partially_accepted,
        "rejected": measures.rejected,
        "withdrawn": measures.withdrawn,
        "annulled": measures.annulled,
        "transferred_in": measures.transferred_in,
        "transferred_out": measures.transferred_out,
        "stock": measures.stock,
        "stock_to_take": measures.stock_to_take,
        "stock_under_review": measures.stock_under_review,
        "stock_waiting": measures.stock_waiting,
        "stock_chronic": measures.stock_chronic,
        "stock_very_old": measures.stock_very_old,
        "stock_workers": measures.stock_workers,
        "stock_hours_hundredths": measures.stock_hours_hundredths,
        "received_total": measures.received_total,
        "defined_total": measures.defined_total,
        "reexaminations_pending": measures.reexaminations_pending,
        "appeals_pending": measures.appeals_pending,
        "ages": measures.ages,
    })
}
