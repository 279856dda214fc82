//! The world as the CSV files of `docs/import.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use chrono::NaiveDate;
use kernel::calendar::add_months;

use super::dice::Dice;
use super::people::Person;
use super::world::{Firm, Office, Unit, World};

/// Firms, roles and mandates are older than the oldest claim.
const SINCE: &str = "2018-01-01";
/// Months of headcount before the present one: two years of claims, each with its six months before.
const MONTHS: i32 = 31;
/// Weekly hours of a part-timer, in hundredths.
const PART_TIME: u32 = 2_000;

pub(super) fn employers(world: &World) -> String {
    let heading = "matricola,codice_fiscale,name,csc,authorization_codes,ateco,ateco_version,sector,\
                   protection_scheme,seat_province_istat,registered_office,active_from,active_to";
    file(heading, &world.firms, |firm, line| {
        let Firm {
            matricola,
            partita_iva,
            name,
            trade,
            ..
        } = firm;
        let scheme = firm.scheme();
        let Office { code, province, .. } = &world.offices[firm.office];
        write!(
            line,
            "{matricola},{partita_iva},{name},{},,{},ATECO_2025,{},{scheme},{province},{code},{SINCE},",
            trade.csc, trade.ateco, trade.sector
        )
    })
}

pub(super) fn units(world: &World, today: NaiveDate) -> String {
    let heading = "matricola,production_unit_code,name,address,municipality_belfiore,province_istat,working_days,\
                   is_production_unit,active_from,active_to,headcount";
    let numbered: Vec<(u64, &Unit)> = (0..).zip(&world.units).collect();
    file(heading, &numbered, |(number, unit), line| {
        let Office { name, province, .. } = world.office_of(unit);
        let (matricola, code) = (&unit.key.matricola, unit.key.code);
        let what = if code.get() == 0 {
            "Sede"
        } else {
            "Stabilimento"
        };
        let trade = world.firm_of(unit).trade;
        let days = trade.working_days;
        let heads = headcount(world.seed, *number, unit, trade.weekly_hours, today);
        write!(
            line,
            "{matricola},{code},{what} di {name},Via degli Esempi {},Z99{},{province},{days},true,{SINCE},,{heads}",
            number + 1,
            number % 10
        )
    })
}

/// Heads of employers, as many as their units have, part-timers pro rata of their hours.
pub(super) fn employer_headcount(world: &World, today: NaiveDate) -> String {
    let numbered: Vec<(u64, &Unit)> = (0..).zip(&world.units).collect();
    let mut heads: BTreeMap<(&str, String), u32> = BTreeMap::new();
    for (number, unit) in numbered {
        let matricola = unit.key.matricola.as_str();
        let part_timers =
            unit.part_timers * 100 * PART_TIME / world.firm_of(unit).trade.weekly_hours;
        for (month, full_timers) in full_timers(world.seed, number, unit, today) {
            *heads.entry((matricola, month)).or_default() += 100 * full_timers + part_timers;
        }
    }
    let lines: Vec<_> = heads.into_iter().collect();
    file(
        "matricola,month,heads",
        &lines,
        |((matricola, month), heads), line| {
            write!(
                line,
                "{matricola},{month},{}.{:02}",
                heads / 100,
                heads % 100
            )
        },
    )
}

/// Full-timers of every month, give or take a twentieth.
fn full_timers(
    seed: u64,
    number: u64,
    unit: &Unit,
    today: NaiveDate,
) -> impl Iterator<Item = (String, u32)> {
    let mut dice = Dice::of(seed, "headcount", number);
    let heads = unit.heads;
    let spread = heads / 20;
    (-MONTHS..=0).map(move |offset| {
        let month = add_months(today, offset).format("%Y-%m").to_string();
        (month, heads - spread + dice.between(0, 2 * spread))
    })
}

fn headcount(seed: u64, number: u64, unit: &Unit, weekly_hours: u32, today: NaiveDate) -> String {
    let months: Vec<String> = full_timers(seed, number, unit, today)
        .map(|(month, heads)| {
            let full = format!(
                "{month}/{}.{:02}/{heads}",
                weekly_hours / 100,
                weekly_hours % 100
            );
            match unit.part_timers {
                0 => full,
                some => format!("{full}|{month}/{}/{some}", PART_TIME / 100),
            }
        })
        .collect();
    months.join("|")
}

pub(super) fn roles(world: &World) -> String {
    let owners = world
        .firms
        .iter()
        .map(|firm| (&firm.owner, "AZ-TIT", firm.matricola.as_str()));
    let staff = offices_with_claims(world).into_iter().flat_map(|office| {
        let office = &world.offices[office];
        let code = office.code.as_str();
        [
            (&office.operator, "SEDE", code),
            (&office.officer, "PO", code),
            (&office.director, "DSEDE", code),
        ]
    });
    let lines: Vec<(&Person, &str, &str)> = owners.chain(staff).collect();
    let heading =
        "codice_fiscale,client_id,role,organisation,areas,effective_from,effective_to,dasmo_from";
    file(heading, &lines, |(person, role, organisation), line| {
        let area = if *role == "AZ-TIT" {
            ""
        } else {
            "AMMORTIZZATORI"
        };
        let dasmo = if matches!(*role, "PO" | "DSEDE") {
            SINCE
        } else {
            ""
        };
        write!(
            line,
            "{},,{role},{organisation},{area},{SINCE},,{dasmo}",
            person.codice_fiscale
        )
    })
}

fn offices_with_claims(world: &World) -> BTreeSet<usize> {
    world.units.iter().map(|unit| unit.office).collect()
}

pub(super) fn mandates(world: &World) -> String {
    let given: Vec<(&Firm, &Person)> = world
        .firms
        .iter()
        .filter_map(|firm| Some((firm, firm.intermediary.as_ref()?)))
        .collect();
    file(
        "matricola,delegate_codice_fiscale,valid_from,valid_to",
        &given,
        |(firm, delegate), line| {
            write!(
                line,
                "{},{},{SINCE},",
                firm.matricola, delegate.codice_fiscale
            )
        },
    )
}

/// How many people the files name.
pub(super) fn people(world: &World) -> usize {
    let delegates: BTreeSet<&str> = world
        .firms
        .iter()
        .filter_map(|firm| firm.intermediary.as_ref())
        .map(|person| person.codice_fiscale.as_str())
        .collect();
    world.firms.len() + delegates.len() + 3 * offices_with_claims(world).len()
}

/// A line for each item. Writing to a text cannot fail.
fn file<T>(
    heading: &str,
    items: &[T],
    line: impl Fn(&T, &mut String) -> std::fmt::Result,
) -> String {
    let mut text = format!("{heading}\n");
    for item in items {
        let _ = line(item, &mut text);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::world::tests::world;
    use super::*;

    fn day() -> NaiveDate {
        "2026-09-02".parse().unwrap()
    }

    fn columns(file: &str) -> Vec<usize> {
        file.lines().map(|line| line.split(',').count()).collect()
    }

    #[test]
    fn every_line_has_the_columns_of_its_heading() {
        let world = world(1, 30);
        for file in [
            employers(&world),
            units(&world, day()),
            employer_headcount(&world, day()),
            roles(&world),
            mandates(&world),
        ] {
            let columns = columns(&file);
            assert!(
                columns.len() > 10 && columns.iter().all(|count| *count == columns[0]),
                "{file}"
            );
        }
    }

    #[test]
    fn headcount_covers_the_six_months_before_the_oldest_claim() {
        let file = units(&world(1, 5), day());
        assert!(
            file.lines()
                .skip(1)
                .all(|line| line.contains("2024-02/") && line.contains("2026-09/"))
        );
    }

    #[test]
    fn an_employer_has_the_heads_of_its_units_part_timers_pro_rata() {
        let world = world(1, 5);
        let number = world.units.iter().position(|unit| unit.part_timers > 0);
        let number = number.unwrap();
        let unit = &world.units[number];
        let alone = World {
            units: vec![],
            ..super::super::world::tests::world(1, 5)
        };
        assert_eq!(employer_headcount(&alone, day()).lines().count(), 1);
        let file = employer_headcount(&world, day());
        let matricola = unit.key.matricola.as_str();
        let months = file.lines().filter(|line| line.starts_with(matricola));
        assert_eq!(months.count(), 32);
    }

    #[test]
    fn everybody_is_named_once() {
        let world = world(1, 30);
        let named = |file: String, column: usize| {
            let cells = file
                .lines()
                .skip(1)
                .map(|line| line.split(',').nth(column).unwrap().to_owned());
            cells.collect::<BTreeSet<_>>()
        };
        let everybody = named(roles(&world), 0).len() + named(mandates(&world), 1).len();
        assert_eq!(everybody, people(&world));
        assert_eq!(
            roles(&world).lines().count() - 1,
            named(roles(&world), 0).len()
        );
    }

    #[test]
    fn the_same_seed_writes_the_same_files() {
        assert_eq!(units(&world(1, 10), day()), units(&world(1, 10), day()));
        assert_eq!(roles(&world(1, 10)), roles(&world(1, 10)));
        assert_ne!(roles(&world(1, 10)), roles(&world(2, 10)));
    }
}
