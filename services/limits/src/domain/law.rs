//! The law as it was known: every set of rules that was recorded, since when, and since when each of its rules.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};

use rulebook::Rules;
use rulebook::rules::{InForce, Record, RulesChange, Unreadable};

/// The SHA-256 by which a set of rules is known.
pub fn digest(record: &Record) -> [u8; 32] {
    Sha256::digest(record.as_str()).into()
}

/// A set of rules.
#[derive(Debug)]
pub struct Law {
    /// The rules.
    pub rules: Rules,
    /// All their rows.
    rows: Vec<InForce>,
    /// The readings by name.
    readings: Vec<(String, String)>,
}

/// A set of rules as it was recorded.
#[derive(Debug)]
pub struct LawVersion {
    /// Progressive, from 1.
    pub number: i32,
    /// Instant from which it is known.
    pub known_from: DateTime<Utc>,
    /// SHA-256 of its text.
    pub digest: Vec<u8>,
    /// The set; or why this version of the program cannot read it.
    pub law: Result<Arc<Law>, Unreadable>,
}

/// Every set that was recorded.
#[derive(Debug, Default)]
pub struct LawHistory {
    /// Oldest first, each with the number of its place.
    versions: Vec<Arc<LawVersion>>,
}

/// A row with the instant from which it has been known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownRow {
    /// The row.
    pub row: InForce,
    /// The instant: from then on every set had it, word for word.
    pub known_from: DateTime<Utc>,
}

/// A reading with the instant from which it has been known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownReading {
    /// Name of the switch.
    pub name: String,
    /// The reading, as the settings spell it.
    pub value: String,
    /// The instant.
    pub known_from: DateTime<Utc>,
}

/// What differs between two sets, and since when what each says has been known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LawChange {
    /// Rows, as they were and as they are.
    pub rows: Vec<(Option<KnownRow>, Option<KnownRow>)>,
    /// The same, without the instants, and the readings.
    pub change: RulesChange,
}

impl From<Rules> for Law {
    fn from(rules: Rules) -> Self {
        Self {
            rows: rules.rows().collect(),
            readings: rules.switches.readings(),
            rules,
        }
    }
}

impl LawVersion {
    /// A set as it was recorded.
    pub fn read(number: i32, known_from: DateTime<Utc>, digest: Vec<u8>, record: &Record) -> Self {
        Self {
            number,
            known_from,
            digest,
            law: record.rules().map(|rules| Arc::new(rules.into())),
        }
    }

    /// Instant before which another set was known; `None` for the first, which stands for all that was before too.
    pub fn follows_at(&self) -> Option<DateTime<Utc>> {
        (self.number > 1).then_some(self.known_from)
    }
}

impl LawHistory {
    /// Takes in what was recorded since; what is there already is left as it is.
    pub fn extend(&mut self, later: impl IntoIterator<Item = LawVersion>) {
        for version in later {
            if version.number == self.last_number() + 1 {
                self.versions.push(Arc::new(version));
            }
        }
    }

    /// Number of the last set; 0 when none is known.
    pub fn last_number(&self) -> i32 {
        self.versions.last().map_or(0, |last| last.number)
    }

    /// The set of a number.
    pub fn get(&self, number: i32) -> Option<Arc<LawVersion>> {
        let place = usize::try_from(number - 1).ok()?;
        self.versions.get(place).cloned()
    }

    /// Every set, newest first.
    pub fn newest_first(&self) -> impl Iterator<Item = &Arc<LawVersion>> {
        self.versions.iter().rev()
    }

    /// A row of the set of a number, with the instant from which it has been known.
    pub fn known_row(&self, number: i32, row: InForce) -> KnownRow {
        KnownRow {
            known_from: self.held_since(number, |law| law.rows.contains(&row)),
            row,
        }
    }

    /// The readings of the set of a number.
    pub fn known_readings(&self, number: i32) -> Vec<KnownReading> {
        let law = self
            .get(number)
            .and_then(|version| version.law.as_ref().ok().cloned());
        let readings = law.map(|law| law.readings.clone()).unwrap_or_default();
        readings
            .into_iter()
            .map(|reading| KnownReading {
                known_from: self.held_since(number, |law| law.readings.contains(&reading)),
                name: reading.0,
                value: reading.1,
            })
            .collect()
    }

    /// What differs between two sets; `None` when one of them cannot be read.
    pub fn change(&self, before: i32, after: i32) -> Option<LawChange> {
        let (from, to) = (self.get(before)?, self.get(after)?);
        let (Ok(old), Ok(new)) = (&from.law, &to.law) else {
            return None;
        };
        let change = RulesChange::between(&old.rules, &new.rules);
        let known = |number, row: &Option<InForce>| {
            let row = row.clone();
            row.map(|row| self.known_row(number, row))
        };
        let rows = change
            .rows
            .iter()
            .map(|row| (known(before, &row.before), known(after, &row.after)));
        Some(LawChange {
            rows: rows.collect(),
            change,
        })
    }

    /// The instant from which every set up to that of a number has held something, which that one does.
    fn held_since(&self, number: i32, holds: impl Fn(&Law) -> bool) -> DateTime<Utc> {
        let upto = usize::try_from(number).unwrap_or_default();
        self.versions
            .iter()
            .take(upto)
            .rev()
            .take_while(|version| version.law.as_ref().is_ok_and(|law| holds(law)))
            .last()
            .map_or(DateTime::UNIX_EPOCH, |version| version.known_from)
    }
}

#[cfg(test)]
mod tests {
    use rulebook::rules::{IN_FORCE, RuleFiles, Switches, read};

    use super::*;

    fn hour(hour: u32) -> DateTime<Utc> {
        format!("2026-11-22T{hour:02}:00:00Z").parse().unwrap()
    }

    /// Sets recorded at one hour after another, each with another number of weeks in the biennio mobile.
    fn history(weeks: &[&str]) -> LawHistory {
        let mut history = LawHistory::default();
        history.extend((1..).zip(weeks).map(|(number, weeks)| {
            let values = RuleFiles::embedded()
                .values
                .replace("biennium_weeks,52,", &format!("biennium_weeks,{weeks},"));
            let files = RuleFiles {
                values: &values,
                ..RuleFiles::embedded()
            };
            let record = match *weeks {
                "unreadable" => Record::kept("{}".to_owned()),
                _ => Record::of(&read(&files, Switches::default()).unwrap(), 0),
            };
            let at = hour(number.try_into().unwrap());
            LawVersion::read(number, at, digest(&record).to_vec(), &record)
        }));
        history
    }

    fn since(history: &LawHistory, number: i32, key: &str) -> DateTime<Utc> {
        let version = history.get(number).unwrap();
        let law = version.law.as_ref().unwrap();
        let row = law.rows.iter().find(|row| row.key == key).unwrap();
        history.known_row(number, row.clone()).known_from
    }

    #[test]
    fn the_digest_is_that_of_the_text_and_the_same_for_the_same_rules() {
        let record = Record::of(&IN_FORCE, 0);
        let again = Record::of(&record.rules().unwrap(), 0);
        assert_eq!(digest(&record), digest(&again));
        assert_ne!(digest(&record), digest(&Record::of(&IN_FORCE, 1)));
        assert_eq!(
            hex::encode(digest(&Record::kept("law".to_owned()))),
            "8f1f74adf65864c86d3d471ea8ca9e329d4282489edc156c99604264090774bf"
        );
    }

    #[test]
    fn a_row_has_been_known_since_the_first_set_that_had_it_without_a_break() {
        let history = history(&["52", "60", "60", "52"]);
        let biennium = |number| since(&history, number, "biennium_weeks");
        assert_eq!(
            [biennium(1), biennium(2), biennium(3), biennium(4)],
            [hour(1), hour(2), hour(2), hour(4)]
        );
        assert_eq!(since(&history, 4, "total_months"), hour(1));
        let readings = history.known_readings(4);
        assert!(readings.iter().all(|reading| reading.known_from == hour(1)));
        assert_eq!(readings.len(), 11);
    }

    #[test]
    fn a_set_that_cannot_be_read_breaks_what_is_known_and_has_no_difference() {
        let history = history(&["52", "unreadable", "52"]);
        assert_eq!(since(&history, 3, "biennium_weeks"), hour(3));
        assert_eq!(history.change(1, 2), None);
        assert_eq!(history.change(2, 3), None);
        assert!(history.change(1, 3).unwrap().change.is_empty());
    }

    #[test]
    fn a_difference_says_since_when_each_side_was_known() {
        let history = history(&["52", "52", "60", "70"]);
        let change = history.change(2, 4).unwrap();
        let [(Some(before), Some(after))] = &change.rows[..] else {
            panic!("one row differs: {change:?}");
        };
        assert_eq!(
            (before.row.value.as_str(), before.known_from),
            ("52", hour(1))
        );
        assert_eq!(
            (after.row.value.as_str(), after.known_from),
            ("70", hour(4))
        );
    }

    #[test]
    fn what_was_read_before_is_not_taken_in_twice() {
        let mut known = history(&["52", "60"]);
        let first = known.get(1).unwrap();
        known.extend([
            LawVersion::read(1, hour(9), Vec::new(), &Record::kept("{}".to_owned())),
            LawVersion::read(3, hour(3), Vec::new(), &Record::of(&IN_FORCE, 0)),
            LawVersion::read(5, hour(5), Vec::new(), &Record::of(&IN_FORCE, 0)),
        ]);
        assert_eq!(known.last_number(), 3);
        assert!(Arc::ptr_eq(&first, &known.get(1).unwrap()));
        assert_eq!(first.follows_at(), None);
        assert_eq!(known.get(2).unwrap().follows_at(), Some(hour(2)));
        assert!(known.get(0).is_none() && known.get(4).is_none());
    }
}
