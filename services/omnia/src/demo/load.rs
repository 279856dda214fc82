//! Loads the claims into the running claims service's database, office by office.

use std::collections::BTreeMap;

use anyhow::{Context, bail, ensure};
use chassis::{Class, Ids};
use chrono::{DateTime, Utc};
use claims::domain::content::UnitKey;
use claims::load::{Loaded, Loader, Scripted};

use super::dice::Dice;
use super::scripts;
use super::world::World;
use crate::up::say;

/// Claims loaded at once, or those of one office when they are more: what memory must hold, and what one transaction
/// writes.
const BATCH: u32 = 1_000;
/// Times that a batch is tried when somebody takes numbers of the same office meanwhile.
const ATTEMPTS: u32 = 5;

/// Units whose claims belong together, since their offices share registers: protocol numbers follow time within one
/// call of the loader.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Batch {
    /// In [`World::units`], with the number of their claims.
    pub(super) units: Vec<(usize, u32)>,
    pub(super) claims: u32,
}

/// Puts units into batches: all those of a register into one.
pub(super) fn batches(world: &World, quotas: &[u32]) -> Vec<Batch> {
    let mut registers: BTreeMap<&str, Batch> = BTreeMap::new();
    for (unit, quota) in quotas.iter().enumerate().filter(|(_, quota)| **quota > 0) {
        let office = world.office_of(&world.units[unit]);
        let batch = registers.entry(office.code.office4()).or_default();
        batch.units.push((unit, *quota));
        batch.claims += quota;
    }
    let mut batches: Vec<Batch> = Vec::new();
    for register in registers.into_values() {
        match batches.last_mut() {
            Some(batch) if batch.claims + register.claims <= BATCH => {
                batch.units.extend(register.units);
                batch.claims += register.claims;
            }
            _ => batches.push(register),
        }
    }
    batches
}

/// Keys of the units of a batch.
pub(super) fn keys(world: &World, batch: &Batch) -> Vec<UnitKey> {
    batch
        .units
        .iter()
        .map(|(unit, _)| world.units[*unit].key.clone())
        .collect()
}

/// What came of all batches.
#[derive(Debug, Default)]
pub(super) struct Sum {
    /// Claims written.
    pub(super) claims: usize,
    /// Scripts that a rule cut short, by its code.
    pub(super) cut_short: BTreeMap<&'static str, usize>,
}

/// Loads batches, telling how far it is.
pub(super) async fn all(
    context: &chassis::Context,
    world: &World,
    batches: &[(u64, Batch)],
    now: DateTime<Utc>,
) -> anyhow::Result<Sum> {
    let total: u32 = batches.iter().map(|(_, batch)| batch.claims).sum();
    let mut sum = Sum::default();
    for (number, batch) in batches {
        let mut stories: Vec<Scripted> = Vec::new();
        for (unit, quota) in &batch.units {
            stories.extend(scripts::of_unit(world, *unit, *quota, now)?);
        }
        let loaded = one(context, world, (*number, batch), &stories).await?;
        sum.claims += loaded.claims;
        for (_, code) in loaded.cut_short {
            *sum.cut_short.entry(code).or_default() += 1;
        }
        say(&format!("claims {}/{total}", sum.claims));
    }
    Ok(sum)
}

/// Loads one batch. Its identifiers come from the seed too, the same at every attempt.
async fn one(
    context: &chassis::Context,
    world: &World,
    (number, batch): (u64, &Batch),
    stories: &[Scripted],
) -> anyhow::Result<Loaded> {
    for _ in 0..ATTEMPTS {
        let ids = Ids::seeded(Dice::of(world.seed, "ids", number).seed());
        let loader = Loader::new(&chassis::Context {
            ids,
            ..context.clone()
        });
        let failure = match loader.load(stories).await {
            Ok(done) => return Ok(done),
            Err(failure) => failure,
        };
        ensure!(
            loader.claims_of(&keys(world, batch)).await? == 0,
            "the limits did not take the weeks of claims that are loaded ({failure}): fill a fresh platform instead"
        );
        if failure.class() != Class::Unavailable {
            return Err(failure).context("load claims");
        }
        say(&format!("once more: {failure}"));
    }
    bail!("somebody goes on filing claims at the offices of this batch: try again later")
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::super::weeks;
    use super::super::world::tests::world;
    use super::*;

    #[test]
    fn every_claim_is_in_one_batch_and_no_register_in_two() {
        let world = world(1, 200);
        let quotas = weeks::quotas(1, world.units.len(), 5_000).unwrap();
        let batches = batches(&world, &quotas);
        assert_eq!(batches.iter().map(|batch| batch.claims).sum::<u32>(), 5_000);
        let mut of_register: HashMap<String, usize> = HashMap::new();
        for (place, batch) in batches.iter().enumerate() {
            for (unit, quota) in &batch.units {
                assert_eq!(quotas[*unit], *quota);
                let register = world
                    .office_of(&world.units[*unit])
                    .code
                    .office4()
                    .to_owned();
                assert_eq!(*of_register.entry(register).or_insert(place), place);
            }
        }
    }
}
