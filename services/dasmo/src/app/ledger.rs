//! Taking in what the claims service tells.

use std::collections::BTreeMap;

use chassis::{Failure, Tx};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::{IstatRegion, OfficeCode};
use uuid::Uuid;

use crate::domain::{Outcome, Product, State, Step, advance};
use crate::store::ledger::{self as store, FactRow, Known, StepRow};
use crate::store::pictures;

/// One step, as told.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) claim_id: Uuid,
    pub(crate) version: i64,
    pub(crate) from: State,
    pub(crate) to: State,
    pub(crate) occurred_at: DateTime<Utc>,
    pub(crate) decision: Option<(Outcome, i32)>,
    pub(crate) facts: Facts,
}

/// The claim at that step.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub(crate) protocol_number: String,
    pub(crate) submitted_at: DateTime<Utc>,
    pub(crate) office: OfficeCode,
    pub(crate) region: IstatRegion,
    pub(crate) product: Product,
    pub(crate) causale: String,
    pub(crate) payment_mode: String,
    pub(crate) workers: i32,
    pub(crate) hours_hundredths: i64,
    pub(crate) csc_sector: String,
    pub(crate) average_heads_hundredths: i64,
}

/// Takes in steps, each claim's in order. A step that was taken in before changes nothing. A step of a day that is
/// already published orders the pictures from that day on to be made again.
pub(crate) async fn take_in(tx: &mut Tx, told: &[Told]) -> Result<(), Failure> {
    let claims: Vec<Uuid> = told.iter().map(|told| told.claim_id).collect();
    let known = store::known(tx, &claims).await?;
    let news = News::of(told, known.into_iter().collect())?;
    if news.steps.is_empty() {
        return Ok(());
    }
    store::append_steps(tx, &news.steps).await?;
    store::write_facts(tx, &news.facts.into_values().collect::<Vec<_>>()).await?;
    match news.steps.iter().map(|step| step.day).min() {
        Some(first_day) => settle(tx, &news.regions, first_day).await,
        None => Ok(()),
    }
}

/// Remembers where offices lie, and orders pictures that are published already to be made again: all of them when an office
/// moved to another region, else those from the first day of what is new.
pub(super) async fn settle(
    tx: &mut Tx,
    regions: &BTreeMap<String, String>,
    first_day: NaiveDate,
) -> Result<(), Failure> {
    if store::remember_offices(tx, regions).await? {
        order_all_again(tx).await?;
    }
    order_again_when_published(tx, first_day).await
}

async fn order_again_when_published(tx: &mut Tx, day: NaiveDate) -> Result<(), Failure> {
    if store::redo_from(tx, day).await? {
        tracing::warn!(%day, "something came after its day was published: the days from then on will be made again");
    }
    Ok(())
}

/// The sums of regions hold an office where it lies now, on every day.
async fn order_all_again(tx: &mut Tx) -> Result<(), Failure> {
    if let Some(first) = pictures::first_published(tx).await? {
        order_again_when_published(tx, first).await?;
    }
    Ok(())
}

/// What is new in a batch.
struct News {
    steps: Vec<StepRow>,
    facts: BTreeMap<Uuid, FactRow>,
    regions: BTreeMap<String, String>,
}

impl News {
    fn of(told: &[Told], mut known: BTreeMap<Uuid, Known>) -> Result<Self, Failure> {
        let mut news = Self {
            steps: Vec::new(),
            facts: BTreeMap::new(),
            regions: BTreeMap::new(),
        };
        for told in told {
            let before = known.get(&told.claim_id);
            if before.is_some_and(|before| before.version >= told.version) {
                continue;
            }
            let after = step_on(before, told)?;
            news.steps.push(step_row(told, &after));
            news.facts.insert(told.claim_id, fact_row(told, &after));
            news.regions.insert(
                told.facts.office.as_str().to_owned(),
                told.facts.region.as_str().to_owned(),
            );
            known.insert(told.claim_id, after);
        }
        Ok(news)
    }
}

fn step_on(before: Option<&Known>, told: &Told) -> Result<Known, Failure> {
    let step = Step {
        to: told.to,
        day: kernel::rome::date_of(told.occurred_at),
        office: told.facts.office.clone(),
    };
    let (standing, _) = advance(before.map(|before| &before.standing), &step).map_err(|error| {
        Failure::internal(format!(
            "claim {}, version {}: {error}",
            told.claim_id, told.version
        ))
    })?;
    let left_before = before.and_then(|before| before.left_stock_day);
    Ok(Known {
        version: told.version,
        first_day: before.map_or(standing.day, |before| before.first_day),
        left_stock_day: left_before.or_else(|| (!standing.in_stock()).then_some(standing.day)),
        standing,
    })
}

fn step_row(told: &Told, after: &Known) -> StepRow {
    StepRow {
        claim_id: told.claim_id,
        version: told.version,
        from_state: told.from.code(),
        to_state: told.to.code(),
        occurred_at: told.occurred_at,
        day: after.standing.day,
        office: told.facts.office.as_str().to_owned(),
        decided: after.standing.decided,
        waited_days: after.standing.waited_days,
        outcome: told.decision.map(|(outcome, _)| outcome.code()),
        decision_sequence: told.decision.map(|(_, sequence)| sequence),
    }
}

fn fact_row(told: &Told, after: &Known) -> FactRow {
    let facts = &told.facts;
    FactRow {
        claim_id: told.claim_id,
        version: told.version,
        protocol_number: facts.protocol_number.clone(),
        submitted_at: facts.submitted_at,
        submitted_day: kernel::rome::date_of(facts.submitted_at),
        product: facts.product.code(),
        causale: facts.causale.clone(),
        payment_mode: facts.payment_mode.clone(),
        workers: facts.workers,
        hours_hundredths: facts.hours_hundredths,
        csc_sector: facts.csc_sector.clone(),
        average_heads_hundredths: facts.average_heads_hundredths,
        state: told.to.code(),
        office: facts.office.as_str().to_owned(),
        decided: after.standing.decided,
        first_day: after.first_day,
        last_day: after.standing.day,
        waited_days: after.standing.waited_days,
        left_stock_day: after.left_stock_day,
    }
}
