//! What the limits ask of the master data.

use std::fmt::Debug;

use async_trait::async_trait;
use chassis::failure::Outcome;
use chrono::{Datelike, NaiveDate};
use kernel::OfficeCode;

use crate::domain::ledger::UnitKey;
use crate::domain::{Facts, Staff};

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
