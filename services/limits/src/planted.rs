//! Bugs planted on purpose, so that the checkers of the platform can be seen to catch them.
//!
//! A crash test that never fails proves nothing. With `planted_bug` in the service's settings, development profile
//! only, the ledger misbehaves in one way, and the checker must say so:
//!
//! - `skip_lock`: a reservation does not lock the row of its unit, so that two at the same instant can both take the
//!   last free week;
//! - `double_reservation`: a confirmation books the same weeks a second time, under a new id.
//!
//! Everything that misbehaves is in this file; the use cases ask it two questions and know nothing else.

use chassis::config::Profile;
use serde::Deserialize;
use uuid::Uuid;

use crate::domain::ledger::Entry;

/// A bug that can be planted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlantedBug {
    /// A reservation does not lock its unit.
    SkipLock,
    /// A confirmation books the weeks twice.
    DoubleReservation,
}

/// The bug that is planted, if any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Planted(Option<PlantedBug>);

/// A bug is planted outside the development profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("settings.planted_bug is for the development profile only: remove it")]
pub struct NotInDevelopment;

impl Planted {
    /// No bug.
    pub fn none() -> Self {
        Self(None)
    }

    /// Plants a bug. Fails outside the development profile.
    pub fn plant(bug: Option<PlantedBug>, profile: Profile) -> Result<Self, NotInDevelopment> {
        if bug.is_some() && profile != Profile::Development {
            return Err(NotInDevelopment);
        }
        if let Some(bug) = bug {
            tracing::warn!(
                ?bug,
                "a bug is planted: the limits will be broken on purpose"
            );
        }
        Ok(Self(bug))
    }

    /// Whether a reservation goes on without the lock of its unit.
    pub(crate) fn skips_lock(self) -> bool {
        self.0 == Some(PlantedBug::SkipLock)
    }

    /// The second booking of an entry that was just confirmed.
    pub(crate) fn double(self, entry: &Entry, id: impl FnOnce() -> Uuid) -> Option<Entry> {
        (self.0 == Some(PlantedBug::DoubleReservation)).then(|| Entry {
            id: id(),
            ..entry.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bug_can_be_planted_in_the_development_profile_alone() {
        for bug in [PlantedBug::SkipLock, PlantedBug::DoubleReservation] {
            assert_eq!(
                Planted::plant(Some(bug), Profile::Production),
                Err(NotInDevelopment)
            );
            assert_eq!(
                Planted::plant(Some(bug), Profile::Development),
                Ok(Planted(Some(bug)))
            );
        }
        assert_eq!(
            Planted::plant(None, Profile::Production),
            Ok(Planted::none())
        );
    }
}
