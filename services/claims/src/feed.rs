//! The feed of payments: which claims have lines that are ordered or paid.

use async_trait::async_trait;
use chassis::feed::Handler;
use chassis::{Failure, Tx};
use prost::{Message, Name};
use proto::omnia::feed::v1::Event;
use proto::omnia::payments::v1::{self as pb, LineState, LineType};
use uuid::Uuid;

use crate::app::take_in_payments;
use crate::store::payments::Payments;

/// Name under which the cursor is stored.
pub(crate) const CONSUMER: &str = "claims-payments";

/// The service whose feed is followed.
pub(crate) const PRODUCER: &str = "payments";

/// Takes in the events of the payments service.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FlowEvents;

#[async_trait]
impl Handler for FlowEvents {
    fn types(&self) -> Vec<String> {
        vec![pb::FlowEvent::full_name()]
    }

    async fn apply(&self, tx: &mut Tx, events: &[Event]) -> Result<(), Failure> {
        let told = events
            .iter()
            .map(read)
            .collect::<Result<Vec<_>, Unreadable>>()
            .map_err(Failure::internal)?;
        take_in_payments(tx, &told).await
    }
}

/// An event that this version does not understand. It is not skipped: the feed waits, and its lag shows.
#[derive(Debug, thiserror::Error)]
#[error("event {event_id} cannot be understood: {what}")]
struct Unreadable {
    event_id: String,
    what: &'static str,
}

fn read(event: &Event) -> Result<(Uuid, Payments), Unreadable> {
    let told = decode(event).and_then(|message| told(&message));
    told.map_err(|what| Unreadable {
        event_id: event.event_id.clone(),
        what,
    })
}

fn decode(event: &Event) -> Result<pb::FlowEvent, &'static str> {
    let payload = event.payload.as_ref().ok_or("payload")?;
    pb::FlowEvent::decode(payload.value.as_ref()).map_err(|_| "payload")
}

/// What a step of a flow adds to the payments of its claim.
fn told(message: &pb::FlowEvent) -> Result<(Uuid, Payments), &'static str> {
    let facts = message.facts.as_ref().ok_or("facts")?;
    let claim = facts.claim_id.parse().map_err(|_| "facts.claim_id")?;
    let mut moved = Payments::default();
    for step in &message.lines {
        let lines = is_payment(step.to()) - is_payment(step.from());
        moved.lines += lines;
        // Adjustments are about hours that other lines tell.
        if matches!(step.r#type(), LineType::ZeroHours | LineType::ReducedHours) {
            moved.hours += lines * step.hours_hundredths;
        }
    }
    Ok((claim, moved))
}

fn is_payment(state: LineState) -> i64 {
    i64::from(matches!(state, LineState::Ordered | LineState::Paid))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(kind: LineType, from: LineState, to: LineState) -> pb::LineStep {
        pb::LineStep {
            r#type: kind.into(),
            from: from.into(),
            to: to.into(),
            hours_hundredths: 800,
            ..pb::LineStep::default()
        }
    }

    fn moved(lines: Vec<pb::LineStep>) -> (i64, i64) {
        let message = pb::FlowEvent {
            facts: Some(pb::FlowFacts {
                claim_id: Uuid::nil().to_string(),
                ..pb::FlowFacts::default()
            }),
            lines,
            ..pb::FlowEvent::default()
        };
        let (_, payments) = told(&message).unwrap();
        (payments.lines, payments.hours)
    }

    #[test]
    fn a_line_counts_from_its_order_until_the_money_comes_back() {
        use LineState::{Anomaly, Ordered, Paid, Returned, Verified};
        let zero = LineType::ZeroHours;
        assert_eq!(moved(vec![step(zero, Verified, Ordered)]), (1, 800));
        assert_eq!(moved(vec![step(zero, Ordered, Paid)]), (0, 0));
        let back = vec![step(zero, Paid, Returned), step(zero, Returned, Anomaly)];
        assert_eq!(moved(back), (-1, -800));
        let adjustment = step(LineType::Adjustment, Verified, Ordered);
        assert_eq!(moved(vec![adjustment]), (1, 0));
    }

    #[test]
    fn an_event_without_its_payload_is_not_skipped() {
        let event = Event {
            event_id: "an-id".to_owned(),
            ..Event::default()
        };
        assert_eq!(
            read(&event).unwrap_err().to_string(),
            "event an-id cannot be understood: payload"
        );
    }
}
