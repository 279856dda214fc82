//! The claims of a unit as scripts for the loader.

use chrono::{DateTime, Utc};
use claims::domain::role::{Actor, Role};
use claims::load::Scripted;
use kernel::{Week, rome};

use super::content;
use super::dice::Dice;
use super::life::{self, Cast};
use super::weeks;
use super::world::{Firm, World};

/// So many claims of the `unit`-th unit, as they stand at `now`.
pub(super) fn of_unit(
    world: &World,
    unit: usize,
    claims: u32,
    now: DateTime<Utc>,
) -> anyhow::Result<Vec<Scripted>> {
    let mut dice = Dice::of(world.seed, "unit", u64::try_from(unit)?);
    let unit = &world.units[unit];
    let last = Week::of(rome::date_of(now));
    let mut scripts = Vec::new();
    for period in weeks::periods(&mut dice, claims, last) {
        let filer = filer(&mut dice, world.firm_of(unit));
        let quality = filer
            .role
            .quality()
            .unwrap_or(claims::domain::content::FilerQuality::Owner);
        let written = content::write(&mut dice, world, unit, period, quality)?;
        let office = world.office_of(unit);
        let cast = Cast {
            filer,
            operator: Actor {
                person: office.operator.id,
                role: Role::Sede,
            },
            officer: Actor {
                person: office.officer.id,
                role: Role::Po,
            },
            director: Actor {
                person: office.director.id,
                role: Role::Dsede,
            },
            pace: office.pace,
        };
        scripts.push(life::script(&mut dice, written, cast, now)?);
    }
    Ok(scripts)
}

/// The intermediary, where there is one, nine times out of ten.
fn filer(dice: &mut Dice, firm: &Firm) -> Actor {
    let by_intermediary = dice.in_hundred(90);
    match &firm.intermediary {
        Some(person) if by_intermediary => Actor {
            person: person.id,
            role: Role::Int,
        },
        _ => Actor {
            person: firm.owner.id,
            role: Role::AzTit,
        },
    }
}
