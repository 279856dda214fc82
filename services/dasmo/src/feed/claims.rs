//! Events of the claims service: wire to domain.

use async_trait::async_trait;
use chassis::feed::Handler;
use chassis::{Failure, Tx};
use prost::Name;
use proto::omnia::claims::v1 as claims;
use proto::omnia::feed::v1::Event;

use super::{instant, name, read};
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
            .map(|event| read(event, told))
            .collect::<Result<Vec<_>, _>>()
            .map_err(Failure::internal)?;
        ledger::take_in(tx, &told).await
    }
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
            read(&event, told).unwrap_err().to_string(),
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
