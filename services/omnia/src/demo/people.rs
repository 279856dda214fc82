//! Invented people. Their codici fiscali are well formed but name birthplaces that do not exist (`Z990` to `Z999`), so
//! that none can be somebody's.

use anyhow::Context;
use kernel::CodiceFiscale;
use uuid::Uuid;

use super::dice::{Dice, scatter};

/// Letters of names. No `X`, with which the names of the personas begin.
const LETTERS: &[u8; 15] = b"BCDFGLMNPRSTVZQ";
/// Letters of the months, January first.
const MONTHS: &[u8; 12] = b"ABCDEHLMPRST";
/// Years of birth: everybody was of age when they were hired.
const BORN_FROM: u64 = 1955;
const YEARS: u64 = 45;
/// Days of birth, so that every one exists in every month.
const DAYS: u64 = 28;
const PLACES: u64 = 10;
const NAMES: u64 = 15 * 15 * 15 * 15 * 15 * 15;
/// How many people there can be.
const EVERYBODY: u64 = PLACES * 2 * DAYS * 12 * YEARS * NAMES;
/// Room for the people of one kind.
const OF_A_KIND: u64 = 1 << 38;

/// What somebody is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Worker,
    Owner,
    Intermediary,
    Operator,
    Officer,
    Director,
}

impl Kind {
    fn topic(self) -> &'static str {
        match self {
            Self::Worker => "worker",
            Self::Owner => "owner",
            Self::Intermediary => "intermediary",
            Self::Operator => "operator",
            Self::Officer => "officer",
            Self::Director => "director",
        }
    }
}

/// Somebody who acts. The anagrafe gives people their ids when it comes to know them and tells them to nobody but the
/// gateway, so `id` is not the one under which they would log in: it stands in histories and decisions, and is the same
/// for the same seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) codice_fiscale: String,
    pub(super) id: Uuid,
}

impl Person {
    /// The `number`-th person of a kind.
    pub(super) fn invent(seed: u64, kind: Kind, number: usize) -> anyhow::Result<Self> {
        let number = u64::try_from(number)?;
        Ok(Self {
            codice_fiscale: codice_fiscale(seed, kind, number)?,
            id: Dice::of(seed, kind.topic(), number).uuid(),
        })
    }
}

/// The codice fiscale of the `number`-th person of a kind; no two have the same.
pub(super) fn codice_fiscale(seed: u64, kind: Kind, number: u64) -> anyhow::Result<String> {
    let mut rest = scatter(seed, kind as u64 * OF_A_KIND + number, EVERYBODY);
    let mut take = |size: u64| {
        let taken = rest % size;
        rest /= size;
        taken
    };
    let (place, female, day) = (take(PLACES), take(2), take(DAYS) + 1);
    let (month, year) = (take(12), (BORN_FROM + take(YEARS)) % 100);
    let name: String = (0..6).map(|_| letter(LETTERS, take(15))).collect();
    let month = letter(MONTHS, month);
    let body = format!("{name}{year:02}{month}{:02}Z99{place}", day + female * 40);
    with_check_letter(&body).context("no check letter fits an invented codice fiscale")
}

fn letter(letters: &[u8], place: u64) -> char {
    usize::try_from(place)
        .ok()
        .and_then(|place| letters.get(place))
        .map_or('B', |byte| char::from(*byte))
}

fn with_check_letter(body: &str) -> Option<String> {
    ('A'..='Z')
        .map(|last| format!("{body}{last}"))
        .find(|code| code.parse::<CodiceFiscale>().is_ok())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_codice_fiscale_is_well_formed_and_nobodys() {
        let kinds = [
            Kind::Worker,
            Kind::Owner,
            Kind::Intermediary,
            Kind::Operator,
            Kind::Officer,
            Kind::Director,
        ];
        let mut seen = HashSet::new();
        for kind in kinds {
            for number in 0..300 {
                let code = codice_fiscale(1, kind, number).unwrap();
                let parsed: CodiceFiscale = code.parse().unwrap();
                let place = parsed.birthplace().unwrap();
                assert!(place.starts_with("Z99"), "{place} may exist");
                assert!(!code.starts_with('X'), "taken by the personas");
                let of_age = "2000-01-01".parse().unwrap();
                assert!(
                    parsed
                        .birth_date(of_age)
                        .is_some_and(|day| day.to_string().as_str() >= "1955-01-01")
                );
                assert!(seen.insert(code), "two people with one codice fiscale");
            }
        }
    }

    #[test]
    fn another_seed_invents_other_people() {
        let of = |seed| Person::invent(seed, Kind::Owner, 3).unwrap();
        assert_eq!(of(1), of(1));
        assert_ne!(of(1).codice_fiscale, of(2).codice_fiscale);
        assert_ne!(of(1).id, of(2).id);
    }
}
