//! Pictures in the making: what a day is computed from, and what is written of it.

use std::collections::BTreeMap;

use chassis::{Failure, Tx};
use chrono::{DateTime, NaiveDate, Utc};
use futures_util::TryStreamExt;
use kernel::OfficeCode;
use sqlx::types::Json;

use super::stored;
use crate::domain::{
    Ageing, Attributes, Bands, CellKey, Classes, Cut, Dimension, Holding, Opening, Product,
    Standing, State, Step, Waiting, WaitingFor,
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
    /// What the claim is.
    pub(crate) attributes: Attributes,
    /// Its workers.
    pub(crate) workers: i64,
    /// Its hours, in hundredths.
    pub(crate) hours_hundredths: i64,
    /// Where it stood; `None` when this is its first step.
    pub(crate) before: Option<Standing>,
    /// The step.
    pub(crate) step: Step,
}

/// Keeps steps from being added until the transaction ends, so that movements, stock and cases of a day are all read
/// from the same steps. Readers go on. A night reads more than a request: it may take longer for it, and the
/// places of all claims in stock fit its memory, so that no page is searched for which of its rows they are.
pub(crate) async fn hold_steps_still(tx: &mut Tx) -> Result<(), Failure> {
    sqlx::query!("set local statement_timeout = '10min'")
        .execute(&mut **tx)
        .await?;
    sqlx::query!("set local work_mem = '64MB'")
        .execute(&mut **tx)
        .await?;
    sqlx::query!("lock table claim_step, line_step in share row exclusive mode")
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The last batch of steps of lines, while they are held still.
pub(crate) async fn last_batch(tx: &mut Tx) -> Result<i64, Failure> {
    Ok(sqlx::query_scalar!(
        r#"select case when is_called then last_value else 0 end as "last!" from line_batch"#
    )
    .fetch_one(&mut **tx)
    .await?)
}

/// How far the pictures have come.
pub(crate) async fn progress(tx: &mut Tx) -> Result<Progress, Failure> {
    Ok(sqlx::query_as!(
        Progress,
        "select last_day, redo_from,
                least((select min(day) from claim_step), (select min(first_day) from flow_fact)) as first_step
           from publication"
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
        "select unit, dimension, product, section, value, stock, received_total, defined_total
           from cell where day = $1 and dimension = any($2) and product <> '' and section <> ''",
        day_before,
        &Dimension::lasting()
    )
    .fetch_all(&mut **tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            let key = CellKey {
                unit: stored(&row.unit, "cell.unit")?,
                product: stored(&row.product, "cell.product")?,
                section: stored(&row.section, "cell.section")?,
                cut: Cut::by(stored(&row.dimension, "cell.dimension")?, row.value),
            };
            let opening = Opening {
                stock: row.stock.into(),
                received_total: row.received_total.into(),
                defined_total: row.defined_total.into(),
            };
            Ok((key, opening))
        })
        .collect()
}

/// The region of every office that claims named.
pub(crate) async fn regions(tx: &mut Tx) -> Result<BTreeMap<OfficeCode, String>, Failure> {
    let offices = super::ledger::offices(tx).await?;
    let region = |one: crate::domain::OfficeInRegion| (one.office, one.region_istat);
    Ok(offices.into_iter().map(region).collect())
}

/// The steps of a day, each claim's in order.
pub(crate) async fn steps_of(
    tx: &mut Tx,
    day: NaiveDate,
    sizes: &Bands,
) -> Result<Vec<StepOfDay>, Failure> {
    let rows = sqlx::query!(
        r#"select fact.product, fact.causale, fact.payment_mode, fact.csc_sector, fact.average_heads_hundredths,
                  fact.submitted_day, fact.workers, fact.hours_hundredths, step.to_state, step.office,
                  before.to_state as "state_before?", before.office as "office_before?",
                  before.decided as "decided_before?", before.day as "day_before?",
                  before.waited_days as "waited_before?"
             from claim_step step
             join claim_fact fact on fact.claim_id = step.claim_id
             left join lateral (
               select earlier.to_state, earlier.office, earlier.decided, earlier.day, earlier.waited_days
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
                row.waited_before,
            ) {
                (Some(state), Some(office), Some(decided), Some(day), Some(waited_days)) => {
                    Some(Standing {
                        state: stored(&state, "claim_step.to_state")?,
                        office: stored(&office, "claim_step.office")?,
                        decided,
                        day,
                        waited_days,
                    })
                }
                _ => None,
            };
            let step = Step {
                to: stored(&row.to_state, "claim_step.to_state")?,
                day,
                office: stored(&row.office, "claim_step.office")?,
            };
            Ok(StepOfDay {
                attributes: Attributes {
                    product: stored(&row.product, "claim_fact.product")?,
                    causale: row.causale,
                    payment_mode: row.payment_mode,
                    sector: row.csc_sector,
                    size: size(sizes, row.average_heads_hundredths),
                    arrived_on: row.submitted_day,
                },
                workers: row.workers.into(),
                hours_hundredths: row.hours_hundredths,
                before,
                step,
            })
        })
        .collect()
}

/// Hands over the stock at the end of a day, claim by claim.
pub(crate) async fn each_holding(
    tx: &mut Tx,
    day: NaiveDate,
    sizes: &Bands,
    mut take: impl FnMut(&Holding) + Send,
) -> Result<(), Failure> {
    let mut rows = sqlx::query!(
        r#"select office as "office!", product as "product!", causale as "causale!", payment_mode as "payment_mode!",
                  csc_sector as "csc_sector!", average_heads_hundredths as "average_heads_hundredths!",
                  submitted_day as "submitted_day!", state as "state!", workers as "workers!",
                  hours_hundredths as "hours_hundredths!"
             from stock_on($1)"#,
        day
    )
    .fetch(&mut **tx);
    while let Some(row) = rows.try_next().await? {
        let state: State = stored(&row.state, "claim_fact.state")?;
        take(&Holding {
            office: stored(&row.office, "claim_fact.office")?,
            attributes: Attributes {
                product: stored(&row.product, "claim_fact.product")?,
                causale: row.causale,
                payment_mode: row.payment_mode,
                sector: row.csc_sector,
                size: size(sizes, row.average_heads_hundredths),
                arrived_on: row.submitted_day,
            },
            stage: state
                .stage()
                .ok_or_else(|| Failure::internal(format!("a claim in stock stands in {state}")))?,
            age_days: age(day, row.submitted_day),
            workers: row.workers.into(),
            hours_hundredths: row.hours_hundredths,
        });
    }
    Ok(())
}

/// Age at the end of a day (`claims.md` DAS-2).
pub(super) fn age(day: NaiveDate, submitted_day: NaiveDate) -> i32 {
    let days = (day - submitted_day).num_days().max(0);
    i32::try_from(days).unwrap_or(i32::MAX)
}

/// Name of the class of size.
pub(super) fn size(sizes: &Bands, average_heads_hundredths: i64) -> String {
    let heads = i32::try_from(average_heads_hundredths).unwrap_or(i32::MAX);
    sizes.name_of(heads).to_owned()
}

/// Reexaminations and appeals that are pending at the end of a day.
pub(crate) async fn waiting(
    tx: &mut Tx,
    day: NaiveDate,
    sizes: &Bands,
) -> Result<Vec<Waiting>, Failure> {
    let rows = sqlx::query!(
        r#"select step.office, fact.product, fact.causale, fact.payment_mode, fact.csc_sector,
                  fact.average_heads_hundredths, fact.submitted_day, step.to_state = 'UNDER_APPEAL' as "appeal!",
                  count(*) as "claims!"
             from claim_step step
             join claim_fact fact on fact.claim_id = step.claim_id
            where step.to_state in ('UNDER_REEXAMINATION', 'UNDER_APPEAL')
              and step.day <= $1
              and not exists (
                select from claim_step later
                 where later.claim_id = step.claim_id and later.version > step.version and later.day <= $1
              )
            group by 1, 2, 3, 4, 5, 6, 7, 8"#,
        day
    )
    .fetch_all(&mut **tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Waiting {
                office: stored(&row.office, "claim_step.office")?,
                attributes: Attributes {
                    product: stored(&row.product, "claim_fact.product")?,
                    causale: row.causale,
                    payment_mode: row.payment_mode,
                    sector: row.csc_sector,
                    size: size(sizes, row.average_heads_hundredths),
                    arrived_on: row.submitted_day,
                },
                waiting_for: if row.appeal {
                    WaitingFor::Appeal
                } else {
                    WaitingFor::Reexamination
                },
                claims: row.claims,
            })
        })
        .collect()
}

/// Publishes a day, or a new revision of it; returns the number of the revision.
pub(crate) async fn publish(
    tx: &mut Tx,
    day: NaiveDate,
    at: DateTime<Utc>,
    cells: i32,
    classes: &Classes,
    last_batch: i64,
) -> Result<i32, Failure> {
    let revision = sqlx::query_scalar!(
        "insert into snapshot as former (day, revision, published_at, cells, age_classes, classes, last_batch)
         values ($1, 1, $2, $3, $4, $5, $6)
         on conflict (day) do update set revision = former.revision + 1, published_at = excluded.published_at,
            cells = excluded.cells, age_classes = excluded.age_classes, classes = excluded.classes,
            last_batch = excluded.last_batch
         returning revision",
        day,
        at,
        cells,
        &classes.ageing.classes().names(),
        Json(classes) as _,
        last_batch
    )
    .fetch_one(&mut **tx)
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
    Ok(revision)
}

/// Products, and the days above which what is of each is chronic.
pub(super) fn thresholds(ageing: &Ageing) -> (Vec<String>, Vec<i32>) {
    Product::ALL
        .iter()
        .map(|product| (product.code().to_owned(), ageing.chronic_above(*product)))
        .unzip()
}
