//! The feeds of claims and payments: how their events are read, and how far they are taken in.

mod catch_up;
mod claims;
mod flows;

use chassis::wire;
use chrono::{DateTime, Utc};
use prost::Message;
use prost_types::Timestamp;
use proto::omnia::feed::v1::Event;

pub(crate) use catch_up::Follower;
#[cfg(test)]
pub(crate) use catch_up::Probe;
pub(crate) use claims::ClaimEvents;
pub(crate) use flows::FlowEvents;

/// A feed that is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Source {
    /// Name under which the cursor is stored.
    pub(crate) consumer: &'static str,
    /// The service whose feed it is.
    pub(crate) producer: &'static str,
}

/// What happens to claims.
pub(crate) const CLAIMS: Source = Source {
    consumer: "dasmo-claims",
    producer: "claims",
};

/// What happens to payment flows.
pub(crate) const PAYMENTS: Source = Source {
    consumer: "dasmo-payments",
    producer: "payments",
};

/// An event that this version does not understand. It is not skipped, since the figures would be wrong without it: the
/// feed waits, its lag shows, and the dashboard stays at the last published day until this service is brought up to
/// the one that tells.
#[derive(Debug, thiserror::Error)]
#[error("event {event_id} cannot be understood: {what}")]
struct Unreadable {
    event_id: String,
    what: &'static str,
}

/// Reads an event whose payload is a message of this type.
fn read<M: Message + Default, Told>(
    event: &Event,
    told: impl Fn(&M) -> Result<Told, &'static str>,
) -> Result<Told, Unreadable> {
    let payload = event.payload.as_ref().ok_or("payload");
    let message = payload.and_then(|it| M::decode(it.value.as_ref()).map_err(|_| "payload"));
    message.and_then(|it| told(&it)).map_err(|what| Unreadable {
        event_id: event.event_id.clone(),
        what,
    })
}

/// A name of a contract without the prefix of its enumeration.
fn name<'n>(full: &'n str, prefix: &str) -> &'n str {
    full.strip_prefix(prefix).unwrap_or(full)
}

fn instant(wire: Option<&Timestamp>) -> Option<DateTime<Utc>> {
    wire.and_then(wire::instant)
}
