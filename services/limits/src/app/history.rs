//! The periods that were authorised before the platform.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chassis::db::ScopedFutureExt;
use chassis::identity::Caller;
use chassis::{Class, Failure, Tx};
use chrono::NaiveDate;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use kernel::Hours;
use uuid::Uuid;

use crate::domain::Staff;
use crate::domain::ledger::{Entry, LedgerRefusal, UnitKey, Version};
use crate::store;

use super::registry::{StaffDays, month_of};
use super::{App, record_many, refusals};

/// The service whose lines name units that it has looked at.
const CLAIMS: &str = "claims";

impl App {
    /// Adds authorised periods from before the platform, all or none, and returns how many are new. No limit is checked:
    /// history is what it is. The same line again changes nothing, even after a correction; another content under a
    /// known id is IDN-E12. A line that cannot be right names its field and the rule. A dry run only looks.
    pub async fn import_history(
        &self,
        caller: &Caller,
        history: &[Entry],
        dry_run: bool,
    ) -> Result<usize, Failure> {
        require_faultless(history)?;
        if caller.service.as_deref() != Some(CLAIMS) {
            self.require_known_units(history).await?;
        }
        let units = units_of(history);
        let units = &units;
        self.database
            .transaction("limits_import_history", |tx| {
                async move {
                    if dry_run {
                        return Ok(new_lines(tx, history, units).await?.len());
                    }
                    let at = self.lock(tx, units).await?;
                    let new: Vec<Version> = new_lines(tx, history, units)
                        .await?
                        .into_iter()
                        .map(|line| Version::first(line.clone(), at))
                        .collect();
                    self.write_all(tx, &new).await?;
                    let count = i64::try_from(new.len()).unwrap_or(i64::MAX);
                    record_many(
                        tx,
                        caller,
                        "limits.import_history",
                        String::new(),
                        count,
                        at,
                    )
                    .await?;
                    Ok(new.len())
                }
                .scope_boxed()
            })
            .await
    }

    /// Refuses lines of units that the anagrafe does not know, and lines with more hours than their unit works.
    async fn require_known_units(&self, history: &[Entry]) -> Result<(), Failure> {
        let questions: BTreeSet<Question> =
            history.iter().map(|line| self.question(line)).collect();
        let answers: BTreeMap<Question, Option<Staff>> = stream::iter(questions)
            .map(|question| self.answer(question))
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        let faults = history.iter().enumerate().filter_map(|(index, line)| {
            match answers.get(&self.question(line)) {
                Some(Some(staff)) => line.exceeds_workable(staff).then_some((
                    index,
                    "hours_hundredths",
                    refusals::OVER_WORKABLE,
                )),
                Some(None) | None => Some((index, "unit", refusals::UNKNOWN_UNIT)),
            }
        });
        refusals::lines(faults)
    }

    /// Refuses an entry with more hours than its unit works. A unit that the anagrafe knows no longer is not judged.
    pub(super) async fn require_workable(&self, entry: &Entry) -> Result<(), Failure> {
        if entry.booking.hours == Hours::default() {
            return Ok(());
        }
        let (_, staff) = self.answer(self.question(entry)).await?;
        if staff.is_some_and(|staff| entry.exceeds_workable(&staff)) {
            let field = "entry.hours_hundredths";
            return Err(Failure::field(field, refusals::OVER_WORKABLE));
        }
        Ok(())
    }

    /// What the anagrafe is asked about a line: its unit, and the month before which lies the semester of its staff; the
    /// same for all lines without hours.
    fn question(&self, line: &Entry) -> Question {
        let booking = &line.booking;
        let start = if booking.hours > Hours::default() {
            booking.period.first_day()
        } else {
            self.clock.today()
        };
        (booking.unit.clone(), month_of(start))
    }

    /// Who works in the unit of a question; `None` when there is no such unit.
    async fn answer(&self, question: Question) -> Result<(Question, Option<Staff>), Failure> {
        let (unit, start) = &question;
        let days = StaffDays {
            start: *start,
            filed_on: *start,
        };
        match self.context(unit, days).await {
            Ok(context) => Ok((question, Some(context.staff))),
            Err(failure) if failure.class() == Class::NotFound => Ok((question, None)),
            Err(failure) => Err(failure),
        }
    }
}

/// A unit, and the first day of the month before which lies a semester.
type Question = (UnitKey, NaiveDate);

/// Questions to the anagrafe at work at once.
const AT_ONCE: usize = 8;

fn units_of(history: &[Entry]) -> Vec<UnitKey> {
    let units: BTreeSet<UnitKey> = history
        .iter()
        .map(|line| line.booking.unit.clone())
        .collect();
    units.into_iter().collect()
}

fn require_faultless(history: &[Entry]) -> Result<(), Failure> {
    let faults = history.iter().enumerate().flat_map(|(index, line)| {
        let faults = line.faults().into_iter();
        faults.map(move |fault| (index, fault.field, fault.rule))
    });
    refusals::lines(faults)
}

/// The lines that are not on the ledger yet, each id once. Refuses the batch when a line says something else than what
/// came first under its id, or tells days that another line tells.
async fn new_lines<'h>(
    tx: &mut Tx,
    history: &'h [Entry],
    units: &[UnitKey],
) -> Result<Vec<&'h Entry>, Failure> {
    let ids: Vec<Uuid> = history.iter().map(|line| line.id).collect();
    let now = store::find_many(tx, &ids).await?;
    let first = store::first_versions(tx, history).await?;
    let mut known: HashMap<Uuid, Entry> = HashMap::new();
    for version in now.into_iter().chain(first) {
        known.insert(version.entry.id, version.entry);
    }
    let mut new = Vec::new();
    for (index, line) in history.iter().enumerate() {
        match known.get(&line.id) {
            None => {
                known.insert(line.id, line.clone());
                new.push((index, line));
            }
            Some(entry) if entry.booking == line.booking && entry.usage == line.usage => {}
            Some(_) => return Err(other_content(index)),
        }
    }
    require_no_repeats(tx, &new, units).await?;
    Ok(new.into_iter().map(|(_, line)| line).collect())
}

async fn require_no_repeats(
    tx: &mut Tx,
    new: &[(usize, &Entry)],
    units: &[UnitKey],
) -> Result<(), Failure> {
    let authorised = store::authorised(tx, units).await?;
    let mut of_unit: HashMap<&UnitKey, Vec<&Entry>> = HashMap::new();
    for version in &authorised {
        let entry = &version.entry;
        of_unit.entry(&entry.booking.unit).or_default().push(entry);
    }
    let mut repeated = Vec::new();
    for (index, line) in new {
        let others = of_unit.entry(&line.booking.unit).or_default();
        if others.iter().any(|other| line.repeats(other)) {
            repeated.push(*index);
        }
        others.push(line);
    }
    refusals::lines(
        repeated
            .into_iter()
            .map(|index| (index, "first_day", refusals::REPEATS)),
    )
}

fn other_content(index: usize) -> Failure {
    refusals::ledger(LedgerRefusal::OtherContent).with_violation(
        format!("entries[{index}].entry_id"),
        "must be new for a new content",
    )
}
