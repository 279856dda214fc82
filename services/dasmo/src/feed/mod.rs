//! The feed of claims: how its events are read, and how far they are taken in.

mod catch_up;
mod events;

pub(crate) use catch_up::Follower;
#[cfg(test)]
pub(crate) use catch_up::Probe;
pub(crate) use events::ClaimEvents;

/// Name under which the cursor is stored.
pub(crate) const CONSUMER: &str = "dasmo-claims";

/// The service whose feed is followed.
pub(crate) const PRODUCER: &str = "claims";
