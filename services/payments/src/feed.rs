//! The feed of claims: what was granted, and whether it stands.

use async_trait::async_trait;
use chassis::feed::Handler;
use chassis::{Failure, Tx, wire};
use kernel::{Hours, ProductionUnitCode};
use prost::{Message, Name};
use proto::omnia::claims::v1::{self as claims, ClaimState};
use proto::omnia::feed::v1::Event;
use uuid::Uuid;

use crate::app::{Told, take_in};
use crate::domain::authorisation::Authorisation;

/// Name under which the cursor is stored.
pub(crate) const CONSUMER: &str = "payments-claims";

/// The service whose feed is followed.
pub(crate) const PRODUCER: &str = "claims";

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
        take_in(tx, &told.concat()).await
    }
}

/// An event that this version does not understand. It is not skipped: the feed waits, and its lag shows.
#[derive(Debug, thiserror::Error)]
#[error("event {event_id} cannot be understood: {what}")]
struct Unreadable {
    event_id: String,
    what: &'static str,
}

fn read(event: &Event) -> Result<Vec<Told>, Unreadable> {
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

/// What a step of a claim means for its grants: nothing before the first decision.
fn told(message: &claims::ClaimEvent) -> Result<Vec<Told>, &'static str> {
    let claim: Uuid = message.claim_id.parse().map_err(|_| "claim_id")?;
    let state = ClaimState::try_from(message.to).map_err(|_| "to")?;
    Ok(match state {
        ClaimState::Accepted | ClaimState::PartiallyAccepted => match &message.decision {
            Some(decision) => vec![Told::Granted(Box::new(granted(message, claim, decision)?))],
            // Dismissed on appeal: what was granted before stands.
            None => vec![Told::Active(claim, true)],
        },
        ClaimState::Rejected | ClaimState::UnderReexamination => vec![Told::Active(claim, false)],
        ClaimState::Annulled => vec![Told::Annulled(claim)],
        // An appeal is against what was not granted: what was is paid meanwhile.
        ClaimState::UnderAppeal
        | ClaimState::Draft
        | ClaimState::Submitted
        | ClaimState::Assigned
        | ClaimState::UnderReview
        | ClaimState::SupplementPending
        | ClaimState::Withdrawn => Vec::new(),
        ClaimState::Unspecified => return Err("to"),
    })
}

fn granted(
    message: &claims::ClaimEvent,
    claim: Uuid,
    decision: &claims::DecisionFacts,
) -> Result<Authorisation, &'static str> {
    let facts = message.facts.as_ref().ok_or("facts")?;
    let grant = decision.grant.as_ref().ok_or("decision.grant")?;
    let period = grant.period.as_ref().ok_or("decision.grant.period")?;
    let unit = facts.unit.as_ref().ok_or("facts.unit")?;
    let communicated = decision.adopted_on.as_ref().ok_or("decision.adopted_on")?;
    Ok(Authorisation {
        number: decision
            .authorization_number
            .parse()
            .map_err(|_| "decision.authorization_number")?,
        claim,
        active: true,
        direct: facts.payment_mode() == claims::PaymentMode::Direct,
        matricola: unit.matricola.parse().map_err(|_| "facts.unit")?,
        unit: unit_code(unit.production_unit_code).ok_or("facts.unit")?,
        office: facts
            .competent_office
            .parse()
            .map_err(|_| "facts.competent_office")?,
        region_istat: facts.region_istat.clone(),
        product: name(facts.product().as_str_name(), "PRODUCT_").to_owned(),
        causale: name(facts.causale().as_str_name(), "CAUSALE_").to_owned(),
        period: wire::weeks(period, "decision.grant.period")
            .map_err(|_| "decision.grant.period")?
            .period(),
        hours: Hours::from_hundredths(grant.hours_hundredths),
        communicated: wire::day(communicated, "decision.adopted_on")
            .map_err(|_| "decision.adopted_on")?,
        csc_sector: facts.csc_sector.clone(),
        average_heads_hundredths: facts.average_heads_hundredths,
    })
}

/// Reads the code of a unit.
pub(crate) fn unit_code(code: i32) -> Option<ProductionUnitCode> {
    let code = u32::try_from(code).ok()?;
    ProductionUnitCode::try_from(code).ok()
}

/// A name of the contract without the prefix of its enumeration.
pub(crate) fn name<'n>(full: &'n str, prefix: &str) -> &'n str {
    full.strip_prefix(prefix).unwrap_or(full)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_of_the_contract_is_understood() {
        for state in 1..=12 {
            let message = claims::ClaimEvent {
                claim_id: Uuid::nil().to_string(),
                to: state,
                ..claims::ClaimEvent::default()
            };
            assert!(told(&message).is_ok(), "{state}");
        }
    }

    #[test]
    fn a_grant_stands_until_the_claim_is_looked_at_again() {
        let told = |state: ClaimState| {
            told(&claims::ClaimEvent {
                claim_id: Uuid::nil().to_string(),
                to: state.into(),
                ..claims::ClaimEvent::default()
            })
            .unwrap()
        };
        let active = |active| vec![Told::Active(Uuid::nil(), active)];
        assert_eq!(told(ClaimState::UnderReexamination), active(false));
        assert_eq!(told(ClaimState::Annulled), [Told::Annulled(Uuid::nil())]);
        assert_eq!(told(ClaimState::UnderAppeal), []);
        assert_eq!(told(ClaimState::PartiallyAccepted), active(true));
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
