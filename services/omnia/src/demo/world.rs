//! Offices, firms and production units.

use anyhow::{Context, ensure};
use claims::domain::content::UnitKey;
use kernel::{OfficeCode, PartitaIva, ProductionUnitCode};

use super::dice::{Dice, scatter};
use super::people::{self, Kind, Person};
use super::trades::{self, Trade};

/// Provinces with more firms than others.
const LARGE: [&str; 16] = [
    "015", "001", "058", "063", "017", "016", "037", "028", "024", "023", "026", "036", "072",
    "048", "082", "087",
];
/// How many of a hundred firms lie there, once every province has one.
const IN_LARGE: u32 = 55;
/// Firms of one intermediary.
const FIRMS_OF_INTERMEDIARY: usize = 6;
/// Most workers of a unit whose hours are ever asked for.
const WORKERS_MOST: u32 = 12;
/// Matricole are `PP` and eight digits from here: far from those of the personas.
const MATRICOLA_FROM: u64 = 10_000_000;
const MATRICOLE: u64 = 90_000_000;
/// Room for the workers of one unit in the numbering of people.
const WORKERS_ROOM: u64 = 64;

/// An office to which claims belong, with those who work there.
#[derive(Debug, Clone)]
pub(super) struct Office {
    pub(super) code: OfficeCode,
    pub(super) name: String,
    pub(super) province: String,
    pub(super) operator: Person,
    pub(super) officer: Person,
    pub(super) director: Person,
    /// How long things take there, in hundredths of the usual time.
    pub(super) pace: u32,
}

impl Office {
    /// The office of a province.
    pub(super) fn staffed(
        seed: u64,
        code: OfficeCode,
        name: String,
        province: String,
    ) -> anyhow::Result<Self> {
        let number: usize = code
            .as_str()
            .parse()
            .context("an office code is a number")?;
        Ok(Self {
            name,
            province,
            operator: Person::invent(seed, Kind::Operator, number)?,
            officer: Person::invent(seed, Kind::Officer, number)?,
            director: Person::invent(seed, Kind::Director, number)?,
            pace: Dice::of(seed, "office", u64::try_from(number)?).between(50, 220),
            code,
        })
    }
}

/// An employer position.
#[derive(Debug)]
pub(super) struct Firm {
    pub(super) matricola: String,
    pub(super) partita_iva: String,
    pub(super) name: String,
    pub(super) trade: &'static Trade,
    /// Where it is registered, in [`World::offices`].
    pub(super) office: usize,
    pub(super) owner: Person,
    pub(super) intermediary: Option<Person>,
    pub(super) number: usize,
    pub(super) heads: u32,
}

/// Average heads above which a firm is under the CIGS too (`limits.md` §1.2).
const CIGS_ABOVE: u32 = 15;

impl Firm {
    /// Whether it is under the CIGS too.
    pub(super) fn has_cigs(&self) -> bool {
        self.heads > CIGS_ABOVE && self.scheme().contains("CIGS")
    }

    /// Protection scheme (`claims.md` CLM-2).
    pub(super) fn scheme(&self) -> &'static str {
        let (small, large) = self.trade.schemes;
        if self.heads > CIGS_ABOVE {
            large
        } else {
            small
        }
    }
}

/// A production unit.
#[derive(Debug)]
pub(super) struct Unit {
    pub(super) key: UnitKey,
    /// In [`World::firms`].
    pub(super) firm: usize,
    /// The competent office, in [`World::offices`]: that of the province (CLM-5).
    pub(super) office: usize,
    /// Full-timers.
    pub(super) heads: u32,
    /// Workers of twenty hours.
    pub(super) part_timers: u32,
    /// Codici fiscali of those whose hours may be asked for.
    pub(super) workers: Vec<String>,
}

/// Everything that is there before the first claim.
#[derive(Debug)]
pub(super) struct World {
    pub(super) seed: u64,
    pub(super) offices: Vec<Office>,
    pub(super) firms: Vec<Firm>,
    pub(super) units: Vec<Unit>,
}

impl World {
    /// Invents so many firms over the offices.
    pub(super) fn invent(seed: u64, offices: Vec<Office>, firms: u32) -> anyhow::Result<Self> {
        ensure!(
            !offices.is_empty(),
            "the anagrafe knows no office of a province"
        );
        ensure!(firms > 0, "there must be one employer at least");
        let mut world = Self {
            seed,
            offices,
            firms: Vec::new(),
            units: Vec::new(),
        };
        let large_first = world.offices_large_first();
        for number in 0..usize::try_from(firms)? {
            world.add_firm(number, &large_first)?;
        }
        Ok(world)
    }

    fn offices_large_first(&self) -> Vec<usize> {
        let rank = |office: &usize| {
            LARGE
                .iter()
                .position(|large| *large == self.offices[*office].province)
        };
        let mut order: Vec<usize> = (0..self.offices.len()).collect();
        order.sort_by_key(|office| rank(office).unwrap_or(LARGE.len()));
        order
    }

    fn add_firm(&mut self, number: usize, large_first: &[usize]) -> anyhow::Result<()> {
        let mut dice = Dice::of(self.seed, "firm", u64::try_from(number)?);
        let trade = dice.one_of(trades::ALL);
        let office = registered_at(&mut dice, number, large_first);
        let mut firm = Firm {
            matricola: self.matricola(number, office)?,
            partita_iva: partita_iva(self.seed, number)?,
            name: name(&mut dice, trade, number),
            trade,
            office,
            owner: Person::invent(self.seed, Kind::Owner, number)?,
            intermediary: if dice.in_hundred(75) {
                Some(Person::invent(
                    self.seed,
                    Kind::Intermediary,
                    number / FIRMS_OF_INTERMEDIARY,
                )?)
            } else {
                None
            },
            number,
            heads: 0,
        };
        for code in 0..dice.weighted(&[(1, 35), (2, 30), (3, 20), (4, 15)]) {
            let elsewhere = code > 0 && dice.in_hundred(30);
            let place = if elsewhere {
                *dice.one_of(large_first)
            } else {
                office
            };
            let unit = self.unit(&mut dice, &firm, code, place)?;
            firm.heads += unit.heads + unit.part_timers;
            self.units.push(unit);
        }
        self.firms.push(firm);
        Ok(())
    }

    fn matricola(&self, number: usize, office: usize) -> anyhow::Result<String> {
        let place = MATRICOLA_FROM + scatter(self.seed, u64::try_from(number)?, MATRICOLE);
        Ok(format!(
            "{}{place:08}",
            &self.offices[office].code.as_str()[..2]
        ))
    }

    fn unit(&self, dice: &mut Dice, firm: &Firm, code: u32, office: usize) -> anyhow::Result<Unit> {
        let (least, most) = dice.weighted(&[
            ((4, 15), 45),
            ((16, 50), 35),
            ((51, 120), 15),
            ((121, 250), 5),
        ]);
        let heads = dice.between(least, most);
        let number = u64::try_from(self.units.len())?;
        // Half of the full-timers at most, so that forty-five weeks stay within a third of the hours (art. 12 c. 5).
        let workers = (heads / 2).clamp(1, WORKERS_MOST);
        let workers = (0..u64::from(workers)).map(|worker| {
            people::codice_fiscale(self.seed, Kind::Worker, number * WORKERS_ROOM + worker)
        });
        Ok(Unit {
            key: UnitKey {
                matricola: firm.matricola.parse()?,
                code: ProductionUnitCode::try_from(code)?,
            },
            firm: firm.number,
            office,
            heads,
            part_timers: if dice.in_hundred(60) { heads / 8 } else { 0 },
            workers: workers.collect::<anyhow::Result<_>>()?,
        })
    }

    /// The firm of a unit.
    pub(super) fn firm_of(&self, unit: &Unit) -> &Firm {
        &self.firms[unit.firm]
    }

    /// The competent office of a unit.
    pub(super) fn office_of(&self, unit: &Unit) -> &Office {
        &self.offices[unit.office]
    }
}

/// One firm for each office first, large ones before small ones; then more of them where there is more industry.
fn registered_at(dice: &mut Dice, number: usize, large_first: &[usize]) -> usize {
    if let Some(office) = large_first.get(number) {
        return *office;
    }
    let large = LARGE.len().min(large_first.len());
    *if dice.in_hundred(IN_LARGE) {
        dice.one_of(&large_first[..large])
    } else {
        dice.one_of(large_first)
    }
}

/// Names of places that do not exist, and the number: nobody's firm.
fn name(dice: &mut Dice, trade: &Trade, number: usize) -> String {
    const PLACES: [&str; 10] = [
        "Valfinta",
        "Montefinto",
        "Borgoprova",
        "Riofinto",
        "Acquaprova",
        "Pianfinto",
        "Rocca Esempio",
        "Castel Prova",
        "Portofinto",
        "Campo Esempio",
    ];
    const FORMS: [&str; 4] = ["S.r.l.", "S.r.l.", "S.p.A.", "S.n.c."];
    format!(
        "{} {} {:04} {}",
        trade.noun,
        dice.one_of(&PLACES),
        number + 1,
        dice.one_of(&FORMS)
    )
}

/// A partita IVA of an office that gives out none (`990`): well formed, and no firm's.
fn partita_iva(seed: u64, number: usize) -> anyhow::Result<String> {
    let body = scatter(seed, u64::try_from(number)?, 10_000_000);
    (0..10)
        .map(|check| format!("{body:07}990{check}"))
        .find(|code| code.parse::<PartitaIva>().is_ok())
        .context("no check digit fits an invented partita IVA")
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::HashSet;

    use super::*;

    /// Milano, Monza and Fermo, whose register is that of Ascoli.
    pub(crate) fn offices(seed: u64) -> Vec<Office> {
        [
            ("060001", "Fermo", "109"),
            ("490000", "Milano", "015"),
            ("490100", "Monza", "108"),
        ]
        .into_iter()
        .map(|(code, name, province)| {
            Office::staffed(
                seed,
                code.parse().unwrap(),
                name.to_owned(),
                province.to_owned(),
            )
            .unwrap()
        })
        .collect()
    }

    pub(crate) fn world(seed: u64, firms: u32) -> World {
        World::invent(seed, offices(seed), firms).unwrap()
    }

    #[test]
    fn every_office_has_a_firm_and_the_largest_has_the_first() {
        let world = world(1, 40);
        assert_eq!(world.offices[world.firms[0].office].name, "Milano");
        let served: HashSet<usize> = world.firms.iter().map(|firm| firm.office).collect();
        assert_eq!(served.len(), 3);
    }

    #[test]
    fn a_firm_has_one_to_four_units_the_first_where_it_is_registered() {
        let world = world(1, 100);
        for firm in &world.firms {
            let units: Vec<_> = world
                .units
                .iter()
                .filter(|unit| unit.firm == firm.number)
                .collect();
            assert!((1..=4).contains(&units.len()));
            assert!(
                units
                    .iter()
                    .zip(0_u32..)
                    .all(|(unit, code)| unit.key.code.get() == code)
            );
            assert_eq!(units[0].office, firm.office);
            assert_eq!(
                units
                    .iter()
                    .map(|unit| unit.heads + unit.part_timers)
                    .sum::<u32>(),
                firm.heads
            );
        }
    }

    #[test]
    fn no_two_firms_share_a_number_and_no_worker_has_two_units() {
        let world = world(1, 300);
        let matricole: HashSet<_> = world.firms.iter().map(|firm| &firm.matricola).collect();
        let codes: HashSet<_> = world.firms.iter().map(|firm| &firm.partita_iva).collect();
        assert_eq!((matricole.len(), codes.len()), (300, 300));
        let workers: Vec<_> = world.units.iter().flat_map(|unit| &unit.workers).collect();
        assert_eq!(workers.iter().collect::<HashSet<_>>().len(), workers.len());
        assert!(
            world
                .units
                .iter()
                .all(|unit| !unit.workers.is_empty() && unit.workers.len() <= 12)
        );
    }

    #[test]
    fn more_firms_leave_the_first_ones_as_they_were() {
        let (few, many) = (world(1, 20), world(1, 60));
        for (one, other) in few.firms.iter().zip(&many.firms) {
            assert_eq!(
                (&one.matricola, &one.name, one.heads),
                (&other.matricola, &other.name, other.heads)
            );
        }
    }
}
