//! Delegations of signature: who may adopt for the director (`claims.md` CLM-15).

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{OfficeCode, Period};
use uuid::Uuid;

/// A delegation of signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureDelegation {
    /// Id.
    pub id: Uuid,
    /// Office whose director gave it.
    pub office: OfficeCode,
    /// Who may sign.
    pub delegate: Uuid,
    /// Days on which it holds.
    pub days: Period,
    /// When it was withdrawn.
    pub withdrawn_at: Option<DateTime<Utc>>,
}

impl SignatureDelegation {
    /// Whether its holder may sign today.
    pub fn holds_on(&self, today: NaiveDate) -> bool {
        self.withdrawn_at.is_none() && self.days.contains(today)
    }
}
