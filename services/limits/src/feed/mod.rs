//! The feeds that the service follows.

mod anagrafe;
mod claims;
mod payments;

use proto::omnia::feed::v1::Event;

pub use anagrafe::MasterEvents;
pub use claims::ClaimEvents;
pub use payments::FlowEvents;

pub(crate) use anagrafe::{CONSUMER as MASTER_CONSUMER, PRODUCER as ANAGRAFE};
pub(crate) use claims::{CONSUMER as CLAIMS_CONSUMER, PRODUCER as CLAIMS};
pub(crate) use payments::{CONSUMER as PAYMENTS_CONSUMER, PRODUCER as PAYMENTS};

/// An event that this version does not understand. It is not skipped: the feed waits, and its lag shows, until this
/// service is brought up to the one that tells.
#[derive(Debug, thiserror::Error)]
#[error("event {event_id} cannot be understood: {what}")]
struct Unreadable {
    event_id: String,
    what: &'static str,
}

impl Unreadable {
    fn of(event: &Event, what: &'static str) -> Self {
        Self {
            event_id: event.event_id.clone(),
            what,
        }
    }
}
