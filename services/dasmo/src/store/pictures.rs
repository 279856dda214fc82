//! Pictures in the making: what a day is computed from, and what is written of it.

use std::collections::BTreeMap;

use chassis::{Failure, Tx};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::OfficeCode;

use super::stored;
use crate::domain::{
    Ageing, Attributes, CellKey, Cut, Dimension, Holding, Opening, Product, Standing, State, Step,
    Waiting, WaitingFor,
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
/// from the same steps. Readers go on. A night reads more than a request, and may take longer for it.
pub(crate) async fn hold_steps_still(tx: &mut Tx) -> Result<(), Failure> {
    sqlx::query!("set local statement_timeout = '10min'")
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
pub(crate) async fn steps_of(tx: &mut Tx, day: NaiveDate) -> Result<Vec<StepOfDay>, Failure> {
    let rows = sqlx::query!(
        r#"select fact.product as "product!", fact.causale as "causale!", fact.payment_mode as "payment_mode!",
                  fact.csc_sector as "csc_sector!", fact.size_class as "size_class!",
                  fact.submitted_day as "submitted_day!", fact.workers as "workers!",
                  fact.hours_hundredths as "hours_hundredths!", step.to_state, step.office,
                  before.to_state as "state_before?", before.office as "office_before?",
                  before.decided as "decided_before?", before.day as "day_before?",
                  before.waited_days as "waited_before?"
             from claim_step step
             join claim_sized fact on fact.claim_id = step.claim_id
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
                    size: row.size_class,
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

/// The stock at the end of a day, claims that stand alike together.
pub(crate) async fn holdings(tx: &mut Tx, day: NaiveDate) -> Result<Vec<Holding>, Failure> {
    let rows = sqlx::query!(
        r#"select office as "office!", product as "product!", causale as "causale!", payment_mode as "payment_mode!",
                  csc_sector as "csc_sector!", size_class as "size_class!", submitted_day as "submitted_day!",
                  state as "state!", age_days as "age_days!", count(*) as "claims!",
                  sum(workers)::bigint as "workers!", sum(hours_hundredths)::bigint as "hours_hundredths!"
             from stock_on($1)
            group by office, product, causale, payment_mode, csc_sector, size_class, submitted_day, state, age_days"#,
        day
    )
    .fetch_all(&mut **tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            let state: State = stored(&row.state, "claim_step.to_state")?;
            Ok(Holding {
                office: stored(&row.office, "claim_step.office")?,
                attributes: Attributes {
                    product: stored(&row.product, "claim_fact.product")?,
                    causale: row.causale,
                    payment_mode: row.payment_mode,
                    sector: row.csc_sector,
                    size: row.size_class,
                    arrived_on: row.submitted_day,
                },
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
        r#"select step.office, fact.product as "product!", fact.causale as "causale!",
                  fact.payment_mode as "payment_mode!", fact.csc_sector as "csc_sector!",
                  fact.size_class as "size_class!", fact.submitted_day as "submitted_day!",
                  step.to_state = 'UNDER_APPEAL' as "appeal!", count(*) as "claims!"
             from claim_step step
             join claim_sized fact on fact.claim_id = step.claim_id
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
                    size: row.size_class,
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
    age_classes: &[String],
    last_batch: i64,
) -> Result<i32, Failure> {
    let revision = sqlx::query_scalar!(
        "insert into snapshot as former (day, revision, published_at, cells, age_classes, last_batch)
         values ($1, 1, $2, $3, $4, $5)
         on conflict (day) do update set revision = former.revision + 1, published_at = excluded.published_at,
            cells = excluded.cells, age_classes = excluded.age_classes, last_batch = excluded.last_batch
         returning revision",
        day,
        at,
        cells,
        age_classes,
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

/// Writes the cases of a day in place of those that it had; returns how many they are.
pub(crate) async fn replace_cases(
    tx: &mut Tx,
    day: NaiveDate,
    ageing: &Ageing,
) -> Result<u64, Failure> {
    let (products, chronic_above) = thresholds(ageing);
    sqlx::query!("delete from stock_case where day = $1", day)
        .execute(&mut **tx)
        .await?;
    let written = sqlx::query!(
        "insert into stock_case (day, submitted_at, claim_id, protocol_number, office, product, section, causale,
                payment_mode, csc_sector, size_class, arrival, state, stage, age_days, age_class, chronic, very_old,
                workers, hours_hundredths)
         select $1, submitted_at, claim_id, protocol_number, office, stock.product,
                case when causale like 'COVID19\\_%' then 'COVID' else 'ORDINARY' end, causale, payment_mode, csc_sector,
                size_class, to_char(submitted_day, 'YYYY-MM'), state,
                case state when 'UNDER_REVIEW' then 'UNDER_REVIEW' when 'SUPPLEMENT_PENDING' then 'WAITING'
                           else 'TO_TAKE' end,
                age_days, class.name, age_days > threshold.above_days, age_days > $4, workers, hours_hundredths
           from stock_on($1) stock
           join unnest($2::text[], $3::integer[]) as threshold (product, above_days)
             on threshold.product = stock.product
           join (select name, from_days, lead(from_days) over (order by from_days) as up_to from ageing_class) class
             on age_days >= class.from_days and (class.up_to is null or age_days < class.up_to)",
        day,
        &products,
        &chronic_above,
        ageing.very_old_above()
    )
    .execute(&mut **tx)
    .await?;
    Ok(written.rows_affected())
}

/// Products, and the days above which what is of each is chronic.
pub(super) fn thresholds(ageing: &Ageing) -> (Vec<String>, Vec<i32>) {
    Product::ALL
        .iter()
        .map(|product| (product.code().to_owned(), ageing.chronic_above(*product)))
        .unzip()
}

/// Forgets the cases of the days before `first_kept`.
pub(crate) async fn drop_cases_before(tx: &mut Tx, first_kept: NaiveDate) -> Result<(), Failure> {
    sqlx::query!("delete from stock_case where day < $1", first_kept)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
