//! The feed of payments: what flows say was used.

use async_trait::async_trait;
use chassis::feed::Handler;
use chassis::{Failure, Tx, wire};
use prost::{Message, Name};
use proto::omnia::feed::v1::Event;
use proto::omnia::payments::v1::{self as pb, LineState, LineType};

use crate::app::{App, LineTold};

use super::{Unreadable, claims};

/// Name under which the cursor is stored.
pub(crate) const CONSUMER: &str = "limits-payments";

/// The service whose feed is followed.
pub(crate) const PRODUCER: &str = "payments";

/// Takes in the events of the payments service.
#[derive(Debug, Clone)]
pub struct FlowEvents(pub App);

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
        self.0.take_paid(tx, &told.concat()).await
    }
}

fn read(event: &Event) -> Result<Vec<LineTold>, Unreadable> {
    decode(event)
        .and_then(|message| told(&message))
        .map_err(|what| Unreadable::of(event, what))
}

fn decode(event: &Event) -> Result<pb::FlowEvent, &'static str> {
    let payload = event.payload.as_ref().ok_or("payload")?;
    pb::FlowEvent::decode(payload.value.as_ref()).map_err(|_| "payload")
}

fn told(message: &pb::FlowEvent) -> Result<Vec<LineTold>, &'static str> {
    let facts = message.facts.as_ref().ok_or("facts")?;
    let claim = facts.claim_id.parse().map_err(|_| "facts.claim_id")?;
    let unit = claims::unit(facts.unit.as_ref().ok_or("facts.unit")?)?;
    // Adjustments are about hours that other lines tell.
    let of_hours = |step: &&pb::LineStep| {
        matches!(step.r#type(), LineType::ZeroHours | LineType::ReducedHours)
    };
    message
        .lines
        .iter()
        .filter(of_hours)
        .map(|step| {
            let month = step.month.as_ref().ok_or("lines.month")?;
            let paid = is_paid(step.to()) - is_paid(step.from());
            let hours = step.hours_by_week_hundredths.iter();
            Ok(LineTold {
                claim,
                unit: unit.clone(),
                month: wire::day(month, "lines.month").map_err(|_| "lines.month")?,
                open_lines: is_open(step.to()) - is_open(step.from()),
                paid_hours: hours.map(|hours| hours * paid).collect(),
            })
        })
        .collect()
}

fn is_paid(state: LineState) -> i64 {
    i64::from(state == LineState::Paid)
}

/// Whether something may still come of a line; one that has not come yet is not open.
fn is_open(state: LineState) -> i64 {
    i64::from(!matches!(
        state,
        LineState::Unspecified | LineState::Paid | LineState::Cancelled
    ))
}
