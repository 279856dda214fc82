//! What the limits ask of the master data.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use chassis::failure::Outcome;
use chassis::feed::Freshness;
use chrono::{Datelike, NaiveDate};
use kernel::OfficeCode;

use crate::domain::ledger::UnitKey;
use crate::domain::{Facts, Staff};
use crate::store::{self, MasterUnit, StaffMonths};

use super::App;

/// How old the copy of the master data may be: five signs of life of a quiet feed. Beyond that the anagrafe is asked.
pub const TOLERATED_AGE: Duration = Duration::from_secs(10);

/// A unit as the master data know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitContext {
    /// What the limits depend on.
    pub facts: Facts,
    /// Who works there, as far as it is known.
    pub staff: Staff,
    /// Office competent for the unit's claims, which decides what staff may see.
    pub competent_office: OfficeCode,
}

/// The days before whose months lie the semesters of a headcount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StaffDays {
    /// First day of the period asked for: of the groups by contractual hours (`limits.md` §2.3).
    pub start: NaiveDate,
    /// Day of the filing: of the heads of the employer (`limits.md` §1.3).
    pub filed_on: NaiveDate,
}

/// First day of the month before which lies the semester of a day.
pub(super) fn month_of(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

/// Finds units in the master data.
#[async_trait]
pub trait UnitRegistry: Debug + Send + Sync + 'static {
    /// The unit of a key. IDN-E06 when there is none; IDN-E19 when the master data do not answer.
    async fn unit(&self, key: &UnitKey, days: StaffDays) -> Outcome<UnitContext>;
}

/// How old the copy of the master data is.
pub trait CopyAge: Debug + Send + Sync + 'static {
    /// Time since it held everything that the master data had; `None` when this process never saw that.
    fn age(&self) -> Option<Duration>;
}

impl CopyAge for Freshness {
    fn age(&self) -> Option<Duration> {
        Self::age(self)
    }
}

impl StaffDays {
    pub(super) fn months(self) -> StaffMonths {
        StaffMonths {
            groups: month_of(self.start),
            employer: month_of(self.filed_on),
        }
    }
}

impl From<MasterUnit> for UnitContext {
    fn from(unit: MasterUnit) -> Self {
        Self {
            facts: unit.known.facts,
            staff: unit.known.staff,
            competent_office: unit.competent_office,
        }
    }
}

impl App {
    /// Whether the copy of the master data is fresh enough to answer by it.
    pub(super) fn copy_is_fresh(&self) -> bool {
        let age = self.copy_age.age();
        age.is_some_and(|age| age <= TOLERATED_AGE)
    }

    /// A unit as the master data know it: by the copy where that is fresh and has the unit, else as they answer.
    pub(super) async fn context(&self, key: &UnitKey, days: StaffDays) -> Outcome<UnitContext> {
        if self.copy_is_fresh() {
            let mut connection = self.database.pool().acquire().await?;
            let copied = store::master_unit(&mut connection, key, days.months()).await?;
            if let Some(unit) = copied {
                return Ok(unit.into());
            }
        }
        self.registry.unit(key, days).await
    }
}
