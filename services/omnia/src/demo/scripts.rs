//! The claims of a unit as scripts for the loader.

use chrono::{DateTime, Utc};
use claims::domain::content::FilerQuality;
use claims::domain::role::{Actor, Role};
use claims::load::Scripted;
use kernel::{Week, rome};

use super::content;
use super::dice::Dice;
use super::life::{self, Cast};
use super::people::Person;
use super::weeks;
use super::world::{Firm, Unit, World};

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
        let cast = cast(&mut dice, world, unit);
        let quality = cast.filer.role.quality().unwrap_or(FilerQuality::Owner);
        let written = content::write(&mut dice, world, unit, period, quality)?;
        scripts.push(life::script(&mut dice, written, cast, now)?);
    }
    Ok(scripts)
}

/// Those who act on a claim of a unit.
pub(super) fn cast(dice: &mut Dice, world: &World, unit: &Unit) -> Cast {
    let office = world.office_of(unit);
    let actor = |person: &Person, role| Actor {
        person: person.id,
        role,
    };
    Cast {
        filer: filer(dice, world.firm_of(unit)),
        operator: actor(&office.operator, Role::Sede),
        officer: actor(&office.officer, Role::Po),
        director: actor(&office.director, Role::Dsede),
        pace: office.pace,
    }
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
