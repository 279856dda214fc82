//! Employers and units, told over the feed to whoever keeps a copy: what an import changed, and once what was there before
//! the feed told anything.

use async_trait::async_trait;
use chassis::db::ScopedFutureExt;
use chassis::jobs::{Job, Schedule};
use chassis::lifecycle::Stop;
use chassis::outbox::{self, Told};
use chassis::{Failure, Tx, wire};
use chrono::NaiveDate;
use kernel::headcount::MonthHeads;
use proto::omnia::anagrafe::v1 as pb;
use proto::omnia::common::v1 as common;

use super::App;
use crate::store;
use crate::store::told::{Changed, ToldEmployer, ToldUnit, UnitKey};

/// Events written by one statement: each has some hundred bytes, more for one that tells years of months.
const BATCH: usize = 1_000;

/// Kind of the aggregate that events of employers speak of.
const EMPLOYER: &str = "employer";
/// Kind of the aggregate that events of units speak of.
const PRODUCTION_UNIT: &str = "production_unit";

/// What is to be told.
#[derive(Debug, Default)]
pub(super) struct Changes {
    employers: Changed<String>,
    units: Changed<UnitKey>,
}

impl Changes {
    /// Something of an employer changed.
    pub(super) fn employer(&mut self, matricola: String) {
        self.employers.entry(matricola).or_default();
    }

    /// The heads of an employer in a month changed.
    pub(super) fn employer_month(&mut self, matricola: String, month: NaiveDate) {
        self.employers.entry(matricola).or_default().insert(month);
    }

    /// Something of a unit changed.
    pub(super) fn unit(&mut self, unit: UnitKey) {
        self.units.entry(unit).or_default();
    }

    /// The heads of a unit in a month changed.
    pub(super) fn unit_month(&mut self, unit: UnitKey, month: NaiveDate) {
        self.units.entry(unit).or_default().insert(month);
    }
}

impl App {
    /// Tells what changed in this transaction, which must hold the lock of imports: the rows are told as they are now.
    pub(super) async fn tell_changes(
        &self,
        tx: &mut Tx,
        mut changes: Changes,
    ) -> Result<(), Failure> {
        while !changes.employers.is_empty() {
            let batch = first(&mut changes.employers);
            self.tell_employers(tx, &batch).await?;
        }
        while !changes.units.is_empty() {
            let batch = first(&mut changes.units);
            self.tell_units(tx, &batch).await?;
        }
        Ok(())
    }

    async fn tell_employers(&self, tx: &mut Tx, changed: &Changed<String>) -> Result<(), Failure> {
        let now = self.clock.now();
        let employers = store::told::employers(tx, changed).await?;
        let events: Vec<_> = employers
            .into_iter()
            .map(|employer| Told {
                event_id: self.ids.at(now),
                aggregate_id: employer.matricola.clone(),
                payload: employer_event(employer),
            })
            .collect();
        outbox::publish_all(tx, EMPLOYER, &events, now).await
    }

    async fn tell_units(&self, tx: &mut Tx, changed: &Changed<UnitKey>) -> Result<(), Failure> {
        let now = self.clock.now();
        let units = store::told::units(tx, changed).await?;
        let events: Vec<_> = units
            .into_iter()
            .map(|unit| Told {
                event_id: self.ids.at(now),
                aggregate_id: format!("{}/{}", unit.key.0, unit.key.1),
                payload: unit_event(unit),
            })
            .collect();
        outbox::publish_all(tx, PRODUCTION_UNIT, &events, now).await
    }

    /// Tells some of the employers that were never told, after a matricola; the last of them, `None` when there are no
    /// more.
    async fn tell_untold_employers(&self, after: &str) -> Result<Option<String>, Failure> {
        self.database
            .transaction("tell_employers", |tx| {
                async move {
                    store::employers::lock_imports(tx).await?;
                    let untold = store::told::untold_employers(tx, after, AT_MOST).await?;
                    self.tell_employers(tx, &untold).await?;
                    Ok(untold.into_keys().next_back())
                }
                .scope_boxed()
            })
            .await
    }

    /// The same for units.
    async fn tell_untold_units(&self, after: &UnitKey) -> Result<Option<UnitKey>, Failure> {
        self.database
            .transaction("tell_units", |tx| {
                async move {
                    store::employers::lock_imports(tx).await?;
                    let untold = store::told::untold_units(tx, after, AT_MOST).await?;
                    self.tell_units(tx, &untold).await?;
                    Ok(untold.into_keys().next_back())
                }
                .scope_boxed()
            })
            .await
    }
}

/// Rows of a batch, as a query limits them.
const AT_MOST: i64 = 1_000;

/// Job `anagrafe-tell`: tells the employers and units that were never told, such as those from before the feed told any.
#[derive(Debug)]
pub struct TellUntold(pub App);

#[async_trait]
impl Job for TellUntold {
    fn name(&self) -> &'static str {
        "anagrafe-tell"
    }

    fn schedule(&self) -> Schedule {
        Schedule::DailyAt(3, 20)
    }

    async fn run(&self, stop: Stop) -> Result<(), Failure> {
        let mut employer = Some(String::new());
        while let Some(after) = employer.filter(|_| !stop.is_cancelled()) {
            employer = self.0.tell_untold_employers(&after).await?;
        }
        let mut unit = Some((String::new(), -1));
        while let Some(after) = unit.filter(|_| !stop.is_cancelled()) {
            unit = self.0.tell_untold_units(&after).await?;
        }
        Ok(())
    }
}

/// Takes the first batch out.
fn first<K: Ord + Clone>(all: &mut Changed<K>) -> Changed<K> {
    match all.keys().nth(BATCH).cloned() {
        Some(next) => {
            let rest = all.split_off(&next);
            std::mem::replace(all, rest)
        }
        None => std::mem::take(all),
    }
}

fn employer_event(employer: ToldEmployer) -> pb::EmployerEvent {
    let month = |(month, heads_hundredths)| pb::EmployerMonth {
        month: Some(wire::date(month)),
        heads_hundredths,
    };
    pb::EmployerEvent {
        matricola: employer.matricola,
        sector: employer.sector,
        months: employer.months.into_iter().map(month).collect(),
    }
}

fn unit_event(unit: ToldUnit) -> pb::ProductionUnitEvent {
    let (matricola, production_unit_code) = unit.key;
    let months = unit.heads.chunk_by(|one, next| one.month == next.month);
    pb::ProductionUnitEvent {
        unit: Some(common::UnitKey {
            matricola,
            production_unit_code,
        }),
        working_days: i32::from(unit.working_days),
        competent_office: unit.competent_office,
        months: months.map(month_of).collect(),
    }
}

/// The groups of a month, of which there is at least one.
fn month_of(groups: &[MonthHeads]) -> pb::ProductionUnitMonth {
    let group = |one: &MonthHeads| pb::GroupHeads {
        weekly_hours_hundredths: one.weekly_hours,
        heads_hundredths: one.heads,
    };
    pb::ProductionUnitMonth {
        month: groups.first().map(|one| wire::date(one.month)),
        groups: groups.iter().map(group).collect(),
    }
}
