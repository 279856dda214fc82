//! What the limits ask of the master data.

use std::fmt::Debug;

use async_trait::async_trait;
use chassis::failure::Outcome;
use kernel::OfficeCode;

use crate::domain::Facts;
use crate::domain::ledger::UnitKey;
use crate::domain::staff::HoursGroup;

/// A unit as the master data know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitContext {
    /// What the limits depend on.
    pub facts: Facts,
    /// Its workers by contractual hours; empty when they are not known.
    pub groups: Vec<HoursGroup>,
    /// Office competent for the unit's claims, which decides what staff may see.
    pub competent_office: OfficeCode,
}

/// Finds units in the master data.
#[async_trait]
pub trait UnitRegistry: Debug + Send + Sync + 'static {
    /// The unit of a key. IDN-E06 when there is none; IDN-E19 when the master data do not answer.
    async fn unit(&self, key: &UnitKey) -> Outcome<UnitContext>;
}
