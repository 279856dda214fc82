//! Bugs planted on purpose, so that the checkers of the platform can be seen to catch them.
//!
//! With `planted_bug` in the service's settings, development profile only, payments misbehave in one way, and the checker must
//! say so:
//!
//! - `forgotten_hours`: the hours of a flow that is received are not set aside;
//! - `double_payment`: lines are ordered whoever is being paid for the same days;
//! - `lost_posting`: what the bank sends back leaves the accounts as they were;
//! - `lost_repayment`: what workers give back leaves the accounts as they were.
//!
//! Everything that misbehaves is in this file; the use cases ask it four questions and know nothing else.

use chassis::config::Profile;
use serde::Deserialize;

use crate::domain::order::Movement;
use crate::domain::recovery::RecoveryAction;

/// A bug that can be planted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlantedBug {
    /// Hours are not set aside.
    ForgottenHours,
    /// Lines are ordered without the right to be paid.
    DoublePayment,
    /// What the bank sends back is not posted.
    LostPosting,
    /// What workers give back is not posted.
    LostRepayment,
}

/// The bug that is planted, if any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Planted(Option<PlantedBug>);

/// A bug is planted outside the development profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("settings.planted_bug is for the development profile only: remove it")]
pub struct NotInDevelopment;

impl Planted {
    /// Plants a bug. Fails outside the development profile.
    pub fn plant(bug: Option<PlantedBug>, profile: Profile) -> Result<Self, NotInDevelopment> {
        if bug.is_some() && profile != Profile::Development {
            return Err(NotInDevelopment);
        }
        if let Some(bug) = bug {
            tracing::warn!(?bug, "a bug is planted: payments will be wrong on purpose");
        }
        Ok(Self(bug))
    }

    /// Whether the hours of a flow are not set aside.
    pub(crate) fn forgets_hours(self) -> bool {
        self.0 == Some(PlantedBug::ForgottenHours)
    }

    /// Whether lines are ordered without the right to be paid.
    pub(crate) fn ignores_entitlement(self) -> bool {
        self.0 == Some(PlantedBug::DoublePayment)
    }

    /// Whether a step of a recovery is not posted.
    pub(crate) fn forgets_repayment(self, action: RecoveryAction) -> bool {
        self.0 == Some(PlantedBug::LostRepayment) && action == RecoveryAction::Repay
    }

    /// Whether a movement is not posted.
    pub(crate) fn forgets_posting(self, movement: Movement) -> bool {
        self.0 == Some(PlantedBug::LostPosting) && movement == Movement::Returned
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bug_can_be_planted_in_the_development_profile_alone() {
        for bug in [
            PlantedBug::ForgottenHours,
            PlantedBug::DoublePayment,
            PlantedBug::LostPosting,
            PlantedBug::LostRepayment,
        ] {
            assert_eq!(
                Planted::plant(Some(bug), Profile::Production),
                Err(NotInDevelopment)
            );
            assert!(Planted::plant(Some(bug), Profile::Development).is_ok());
        }
        assert!(Planted::plant(None, Profile::Production).is_ok());
    }
}
