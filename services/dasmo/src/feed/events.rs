//! Events of the claims service: wire to domain.

use async_trait::async_trait;
use chassis::feed::Handler;
use chassis::{Failure, Tx, wire};
use chrono::{DateTime, Utc};
use prost::{Message, Name};
use prost_types::Timestamp;
use proto::omnia::claims::v1 as claims;
use proto::omnia::feed::v1::Event;

use crate::app::ledger::{self, Facts, Told};
use crate::domain::{Outcome, Product, State};

/// Takes in the events of the claims service.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClaimEvents;

#[async_trait]
impl Handler for ClaimEvents {
    fn types(&self) -> Vec<String> {
        vec![claims::ClaimEvent::full_name()]
    }

    async fn apply(&self, tx: &mut Tx, events: &[Event]) -> Result<(), Failure> {
        let told = events
            .iter()
            .map(read)
            .collect::<Result<Vec<_>, Unreadable>>()
            .map_err(Failure::internal)?;
        ledger::take_in(tx, &told).await
    }
}

/// An event that this version does not understand. It is not skipped, since the figures would be wrong without it: the
/// feed waits, its lag shows, and the dashboard stays at the last published day until this service is brought up to
/// the claims service.
#[derive(Debug, thiserror::Error)]
#[error("event {event_id} cannot be understood: {what}")]
struct Unreadable {
    event_id: String,
    what: &'static str,
}

fn read(event: &Event) -> Result<Told, Unreadable> {
    let told = decode(event).and_then(|message| told(&message));
    told.map_err(|what| Unreadable {
        event_id: event.event_id.clone(),
        what,
    })
}

fn decode(event: &Event) -> Result<claims::ClaimEvent, &'static str> {
    let payload = event.payload.as_ref().ok_or("payload")?;
    claims::ClaimEvent::decode(payload.value.as_ref()).map_err(|_| "payload")
}

fn told(message: &claims::ClaimEvent) -> Result<Told, &'static str> {
    Ok(Told {
        claim_id: message.claim_id.parse().map_err(|_| "claim_id")?,
        version: message.version,
        from: state(message.from).unwrap_or(State::Draft),
        to: state(message.to).ok_or("to")?,
        occurred_at: instant(message.occurred_at.as_ref()).ok_or("occurred_at")?,
        decision: message.decision.as_ref().map(decision).transpose()?,
        facts: facts(message.facts.as_ref().ok_or("facts")?)?,
    })
}

fn decision(decision: &claims::DecisionFacts) -> Result<(Outcome, i32), &'static str> {
    let outcome = match decision.outcome() {
        claims::Outcome::Acceptance => Outcome::Acceptance,
        claims::Outcome::PartialAcceptance => Outcome::PartialAcceptance,
        claims::Outcome::Rejection => Outcome::Rejection,
        claims::Outcome::Unspecified => return Err("decision.outcome"),
    };
    Ok((outcome, decision.sequence))
}

fn facts(facts: &claims::ClaimFacts) -> Result<Facts, &'static str> {
    let product = claims::Product::try_from(facts.product).map_err(|_| "facts.product")?;
    Ok(Facts {
        protocol_number: facts.protocol_number.clone(),
        submitted_at: instant(facts.submitted_at.as_ref()).ok_or("facts.submitted_at")?,
        office: facts
            .competent_office
            .parse()
            .map_err(|_| "facts.competent_office")?,
        region: facts
            .region_istat
            .parse()
            .map_err(|_| "facts.region_istat")?,
        product: name(product.as_str_name(), "PRODUCT_")
            .parse::<Product>()
            .map_err(|_| "facts.product")?,
        causale: name(facts.causale().as_str_name(), "CAUSALE_").to_owned(),
        payment_mode: name(facts.payment_mode().as_str_name(), "PAYMENT_MODE_").to_owned(),
        workers: facts.beneficiaries_count,
        hours_hundredths: facts.hours_requested_hundredths,
        csc_sector: facts.csc_sector.clone(),
        average_heads_hundredths: facts.average_heads_hundredths,
    })
}

fn state(wire: i32) -> Option<State> {
    let state = claims::ClaimState::try_from(wire).ok()?;
    name(state.as_str_name(), "CLAIM_STATE_").parse().ok()
}

fn name<'n>(full: &'n str, prefix: &str) -> &'n str {
    full.strip_prefix(prefix).unwrap_or(full)
}

fn instant(wire: Option<&Timestamp>) -> Option<DateTime<Utc>> {
    wire.and_then(wire::instant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_and_product_of_the_contract_is_understood() {
        for number in 1..=12 {
            assert!(state(number).is_some(), "state {number}");
        }
        for number in 1..=7 {
            let product = claims::Product::try_from(number).unwrap();
            assert!(
                name(product.as_str_name(), "PRODUCT_")
                    .parse::<Product>()
                    .is_ok(),
                "product {number}"
            );
        }
    }

    #[test]
    fn an_event_without_its_state_is_not_skipped() {
        let event = Event {
            event_id: "an-id".to_owned(),
            payload: None,
            ..Event::default()
        };
        assert_eq!(
            read(&event).unwrap_err().to_string(),
            "event an-id cannot be understood: payload"
        );
        assert_eq!(
            told(&claims::ClaimEvent {
                claim_id: uuid::Uuid::nil().to_string(),
                ..claims::ClaimEvent::default()
            })
            .unwrap_err(),
            "to"
        );
    }
}
