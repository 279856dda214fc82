//! The law that the limits judge by: recorded when an instance brings another one, and found again as it was known.
//!
//! Every instance judges by the set that was recorded last, whatever rules it was started with, so that an instant names
//! one law. An instance that reads the present says by which law it counts, and the database refuses when that has been
//! superseded; a law that is recorded waits for the answers and the changes under way, and is stamped after them.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use chassis::db::{Connection, ScopedFutureExt};
use chassis::identity::Scope;
use chassis::paging::{Page, cut};
use chassis::{Database, Failure, SharedClock, Tx};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use kernel::rome;

use crate::domain::Rules;
use crate::domain::law::{KnownReading, KnownRow, Law, LawChange, LawHistory, LawVersion, digest};
use crate::domain::ledger::{UnitKey, Version};
use crate::domain::rules::Record;
use crate::store::{self, Reading, StaffMonths};

use super::counters::Known;
use super::{App, refusals};

/// Sets a page when the caller does not say.
const DEFAULT_PAGE: i64 = 50;

/// Every set of rules that was recorded, as far as this instance has read them: each is read once.
#[derive(Debug, Default)]
pub struct LawBook(RwLock<LawHistory>);

/// Entries, and the law by which to count them.
#[derive(Debug)]
pub(super) struct UnderLaw {
    /// Entries.
    pub(super) entries: Vec<Version>,
    /// The law.
    pub(super) law: Arc<LawVersion>,
}

/// The rules of a day.
#[derive(Debug)]
pub struct RulesOfDay {
    /// The day.
    pub on: NaiveDate,
    /// The rules in force on it.
    pub rows: Vec<KnownRow>,
    /// The readings chosen.
    pub readings: Vec<KnownReading>,
    /// The law that holds them.
    pub law: Arc<LawVersion>,
}

/// One page of the sets that were recorded.
#[derive(Debug)]
pub struct LawPage {
    /// The sets, newest first.
    pub laws: Vec<LawLine>,
    /// Token of the next page; empty when this is the last.
    pub next_page_token: String,
}

/// A set of rules among those that were recorded.
#[derive(Debug)]
pub struct LawLine {
    /// The set.
    pub law: Arc<LawVersion>,
    /// Instant from which the next one is known.
    pub superseded_at: Option<DateTime<Utc>>,
    /// What it changed; `None` for the first, and where one of the two cannot be read.
    pub change: Option<LawChange>,
}

impl LawBook {
    /// Records the rules that an instance was started with, unless they were recorded before, and reads all that was.
    /// `LAW_UNREADABLE` when this version of the program cannot read the set that was recorded last.
    ///
    /// A set that was superseded is not recorded again: an instance of before that starts once more, while others are
    /// replaced, would turn the law back for all. Whoever means to raises the edition.
    pub async fn open(
        database: &Database,
        clock: &SharedClock,
        rules: &Rules,
        edition: u32,
    ) -> Result<Self, Failure> {
        let record = Record::of(rules, edition);
        let digest = digest(&record);
        let mut connection = database.pool().acquire().await?;
        if !store::law_is_recorded(&mut connection, &digest).await? {
            record_law(database, clock, &record, &digest).await?;
        }
        let book = Self::default();
        let number = store::law_known(&mut connection, None).await?;
        let law = book.version(&mut connection, number).await?;
        readable(&law)?;
        if law.digest == digest {
            tracing::info!(law.version = law.number, "the rules are the law in force");
        } else {
            tracing::warn!(
                law.version = law.number,
                "the rules of this instance were superseded: it judges by the law recorded last; deploy its rules, or \
                 raise law_edition to take these up again"
            );
        }
        Ok(book)
    }

    /// The set of a number, which was recorded.
    async fn version(
        &self,
        connection: &mut Connection,
        number: Option<i32>,
    ) -> Result<Arc<LawVersion>, Failure> {
        let number = number.ok_or_else(|| Failure::internal("no law was recorded"))?;
        if let Some(known) = self.read().get(number) {
            return Ok(known);
        }
        self.read_on(connection).await?;
        let found = self.read().get(number);
        found.ok_or_else(|| Failure::internal("a law that was recorded is not there"))
    }

    /// Reads what was recorded since, and says which set is the last.
    async fn read_on(&self, connection: &mut Connection) -> Result<(), Failure> {
        let last = self.read().last_number();
        let later = store::laws_after(connection, last).await?;
        self.0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(later);
        Ok(())
    }

    fn read(&self) -> RwLockReadGuard<'_, LawHistory> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn record_law(
    database: &Database,
    clock: &SharedClock,
    record: &Record,
    digest: &[u8],
) -> Result<(), Failure> {
    database
        .transaction("limits_record_law", |tx| {
            async move {
                store::lock_law(tx).await?;
                store::record_law(tx, record, digest, clock.now()).await
            }
            .scope_boxed()
        })
        .await
}

/// A law that can be judged by. `LAW_UNREADABLE` when this version of the program cannot read it.
pub(super) fn readable(version: &LawVersion) -> Result<Arc<Law>, Failure> {
    match &version.law {
        Ok(law) => Ok(Arc::clone(law)),
        Err(why) => Err(refusals::law_unreadable(version.number, why)),
    }
}

impl App {
    /// The law in force, and its number.
    pub(super) async fn law_in_force(&self) -> Result<(Arc<Law>, i32), Failure> {
        let mut connection = self.database.pool().acquire().await?;
        let law = self.law_known(&mut connection, None).await?;
        Ok((readable(&law)?, law.number))
    }

    /// The law by which to book, which stays in force until the end of the transaction.
    pub(super) async fn law_to_book(&self, tx: &mut Tx) -> Result<Arc<Law>, Failure> {
        let law = self.law_known(tx, None).await?;
        readable(&law)
    }

    /// The law known at an instant; now without one.
    async fn law_known(
        &self,
        connection: &mut Connection,
        at: Option<DateTime<Utc>>,
    ) -> Result<Arc<LawVersion>, Failure> {
        let number = store::law_known(connection, at).await?;
        self.laws.version(connection, number).await
    }

    /// The entries of a unit with the law by which to count them, as they are now or as they were known at an instant.
    pub(super) async fn ledger_under_law(
        &self,
        connection: &mut Connection,
        scope: &Scope,
        unit: &UnitKey,
        as_known_at: Option<DateTime<Utc>>,
    ) -> Result<Known<UnderLaw>, Failure> {
        let settled = self.settled();
        let under = match as_known_at {
            Some(_) => UnderLaw {
                law: self.law_known(connection, as_known_at).await?,
                entries: store::entries(connection, scope, unit, as_known_at).await?,
            },
            None => self.present(connection, scope, unit).await?,
        };
        under_law(under.entries, under.law, settled, as_known_at)
    }

    /// The entries of a unit as they are now, and the law of the very same instant.
    async fn present(
        &self,
        connection: &mut Connection,
        scope: &Scope,
        unit: &UnitKey,
    ) -> Result<UnderLaw, Failure> {
        // Each turn but the last finds a law recorded since the one before, which is a matter of days.
        loop {
            let number = self.laws.read().last_number();
            let law = self.laws.version(connection, Some(number)).await?;
            if let Some(entries) = store::entries_under(connection, scope, unit, number).await? {
                return Ok(UnderLaw { entries, law });
            }
            self.laws.read_on(connection).await?;
        }
    }

    /// All that an answer about a unit as it is now needs, and the law of the very same instant.
    pub(super) async fn reading_under_law(
        &self,
        connection: &mut Connection,
        scope: &Scope,
        unit: &UnitKey,
        months: StaffMonths,
    ) -> Result<(Reading, Arc<LawVersion>), Failure> {
        loop {
            let number = self.laws.read().last_number();
            let law = self.laws.version(connection, Some(number)).await?;
            if let Some(reading) = store::reading(connection, scope, unit, number, months).await? {
                return Ok((reading, law));
            }
            self.laws.read_on(connection).await?;
        }
    }

    /// The rules of a day, as they are known now or were known at an instant; of the day of that instant without one.
    pub async fn rules_on(
        &self,
        on: Option<NaiveDate>,
        as_known_at: Option<DateTime<Utc>>,
    ) -> Result<Known<RulesOfDay>, Failure> {
        let settled = self.settled();
        let mut connection = self.database.pool().acquire().await?;
        let law = self.law_known(&mut connection, as_known_at).await?;
        let known_at = instant_of(settled, law.follows_at(), as_known_at)?;
        let on = on.unwrap_or_else(|| rome::date_of(known_at));
        let in_force = readable(&law)?.rules.in_force(on);
        let history = self.laws.read();
        let row = |row| history.known_row(law.number, row);
        Ok(Known {
            answer: RulesOfDay {
                on,
                rows: in_force.into_iter().map(row).collect(),
                readings: history.known_readings(law.number),
                law,
            },
            known_at,
        })
    }

    /// The sets of rules that were recorded, newest first.
    pub async fn laws(&self, page_size: i32, page_token: &str) -> Result<LawPage, Failure> {
        let page: Page<i32> = Page::read(page_size, page_token, DEFAULT_PAGE)?;
        let mut connection = self.database.pool().acquire().await?;
        self.law_known(&mut connection, None).await?;
        let history = self.laws.read();
        let at_most = usize::try_from(page.size + 1).unwrap_or(usize::MAX);
        let lines = history
            .newest_first()
            .filter(|law| page.after.is_none_or(|after| law.number < after))
            .take(at_most)
            .map(|law| LawLine {
                law: Arc::clone(law),
                superseded_at: history.get(law.number + 1).map(|next| next.known_from),
                change: history.change(law.number - 1, law.number),
            });
        let (laws, next_page_token) =
            cut(lines.collect(), page.size, |line: &LawLine| line.law.number);
        Ok(LawPage {
            laws,
            next_page_token,
        })
    }

    /// What differs between two laws; `None` when one of them cannot be read.
    pub(super) fn law_change(&self, before: &LawVersion, after: &LawVersion) -> Option<LawChange> {
        self.laws.read().change(before.number, after.number)
    }

    /// The last instant of which everything is known: a change may still be recorded in this very microsecond.
    pub(super) fn settled(&self) -> DateTime<Utc> {
        self.clock.now() - TimeDelta::microseconds(1)
    }
}

/// Entries and their law, with the instant as of which an answer by them is given.
pub(super) fn under_law(
    entries: Vec<Version>,
    law: Arc<LawVersion>,
    settled: DateTime<Utc>,
    as_known_at: Option<DateTime<Utc>>,
) -> Result<Known<UnderLaw>, Failure> {
    let last = entries.iter().map(|version| version.recorded_at);
    let last = last.chain(law.follows_at()).max();
    let known_at = instant_of(settled, last, as_known_at)?;
    Ok(Known {
        answer: UnderLaw { entries, law },
        known_at,
    })
}

/// The instant as of which an answer is given: the one asked for, which must have passed, or the last of which
/// everything is known and that which was recorded last.
pub(super) fn instant_of(
    settled: DateTime<Utc>,
    last: Option<DateTime<Utc>>,
    as_known_at: Option<DateTime<Utc>>,
) -> Result<DateTime<Utc>, Failure> {
    let latest = last.map_or(settled, |last| last.max(settled));
    let known_at = as_known_at.unwrap_or(latest);
    if known_at > latest {
        return Err(Failure::field("as_known_at", "must lie in the past"));
    }
    Ok(known_at)
}
