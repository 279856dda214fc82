//! A bug planted on purpose, so that the checkers of the platform can be seen to catch it.
//!
//! With `planted_bug = "drop_event"` in the service's settings, development profile only, every tenth submission
//! commits without its event. Everything that misbehaves is in this file; submission asks it one question.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chassis::config::Profile;
use serde::Deserialize;

/// A bug that can be planted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlantedBug {
    /// Every tenth submission commits without its event.
    DropEvent,
}

/// Which submissions lose their event: one in so many.
const DROPPED_ONE_IN: u64 = 10;

/// The bug that is planted, if any.
#[derive(Debug, Clone, Default)]
pub struct Planted(Option<Arc<AtomicU64>>);

/// A bug is planted outside the development profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("settings.planted_bug is for the development profile only: remove it")]
pub struct NotInDevelopment;

impl Planted {
    /// Plants a bug. Fails outside the development profile.
    pub fn plant(bug: Option<PlantedBug>, profile: Profile) -> Result<Self, NotInDevelopment> {
        let Some(bug) = bug else {
            return Ok(Self::default());
        };
        if profile != Profile::Development {
            return Err(NotInDevelopment);
        }
        tracing::warn!(?bug, "a bug is planted: events will be lost on purpose");
        Ok(Self(Some(Arc::new(AtomicU64::new(0)))))
    }

    /// Whether this submission commits without its event.
    pub(crate) fn drops_event(&self) -> bool {
        self.0.as_ref().is_some_and(|count| {
            count.fetch_add(1, Ordering::Relaxed) % DROPPED_ONE_IN == DROPPED_ONE_IN - 1
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bug_can_be_planted_in_the_development_profile_alone() {
        assert!(Planted::plant(Some(PlantedBug::DropEvent), Profile::Production).is_err());
        assert!(Planted::plant(None, Profile::Production).is_ok());
    }

    #[test]
    fn every_tenth_submission_loses_its_event_and_none_without_the_bug() {
        let planted = Planted::plant(Some(PlantedBug::DropEvent), Profile::Development).unwrap();
        let lost = (0..100).filter(|_| planted.drops_event()).count();
        assert_eq!(lost, 10);
        assert!(!(0..100).any(|_| Planted::default().drops_event()));
    }
}
