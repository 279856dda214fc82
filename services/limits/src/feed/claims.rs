//! The feed of claims: what it tells of the weeks that are asked for.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chassis::feed::Handler;
use chassis::{Failure, Tx, wire};
use kernel::{Hours, ProductionUnitCode};
use prost::{Message, Name};
use proto::omnia::claims::v1::{self as claims, Causale, ClaimState, Product};
use proto::omnia::common::v1 as common;
use proto::omnia::feed::v1::Event;

use crate::app::{App, Asked};
use crate::domain::ledger::{Booking, Entry, State, UnitKey};
use crate::domain::{Cause, Flags, Scheme};

use super::Unreadable;

/// Name under which the cursor is stored.
pub(crate) const CONSUMER: &str = "limits-claims";

/// The service whose feed is followed.
pub(crate) const PRODUCER: &str = "claims";

/// Takes in the events of the claims service.
#[derive(Debug, Clone)]
pub struct ClaimEvents(pub App);

#[async_trait]
impl Handler for ClaimEvents {
    fn types(&self) -> Vec<String> {
        vec![claims::ClaimEvent::full_name()]
    }

    async fn apply(&self, tx: &mut Tx, events: &[Event]) -> Result<(), Failure> {
        let asked = events
            .iter()
            .filter_map(|event| read(event).transpose())
            .collect::<Result<Vec<_>, Unreadable>>()
            .map_err(Failure::internal)?;
        self.0.take_in(tx, &asked).await
    }
}

/// What an event asks for; `None` for an instrument that has no counter here.
fn read(event: &Event) -> Result<Option<Asked>, Unreadable> {
    decode(event)
        .and_then(|message| asked(&message))
        .map_err(|what| Unreadable::of(event, what))
}

fn decode(event: &Event) -> Result<claims::ClaimEvent, &'static str> {
    let payload = event.payload.as_ref().ok_or("payload")?;
    claims::ClaimEvent::decode(payload.value.as_ref()).map_err(|_| "payload")
}

fn asked(message: &claims::ClaimEvent) -> Result<Option<Asked>, &'static str> {
    let facts = message.facts.as_ref().ok_or("facts")?;
    let Some(scheme) = scheme(facts.product())? else {
        return Ok(None);
    };
    let period = facts.period.as_ref().ok_or("facts.period")?;
    let weeks = wire::weeks(period, "facts.period").map_err(|_| "facts.period")?;
    let state = ClaimState::try_from(message.to).map_err(|_| "to")?;
    let outcome = outcome(state)?;
    let (cause, flags) = cause(scheme, facts.causale())?;
    let booking = Booking {
        unit: unit(facts.unit.as_ref().ok_or("facts.unit")?)?,
        scheme,
        cause,
        period: weeks.period(),
        hours: Hours::from_hundredths(facts.hours_requested_hundredths),
        hours_by_week: BTreeMap::new(),
        flags,
        working_days: None,
        zero_hours: false,
        origin: format!("claim:{}", message.claim_id),
    };
    let entry = Entry {
        id: message.claim_id.parse().map_err(|_| "claim_id")?,
        booking,
        facts: None,
        staff: None,
        state: if outcome.is_some() {
            State::Concluded
        } else {
            State::Requested
        },
        usage: None,
    };
    Ok(Some(Asked {
        entry,
        claim_version: message.version,
        outcome,
    }))
}

/// How the request ended; `None` while a decision is awaited, the first or another one (`claims.md` §10.1).
fn outcome(state: ClaimState) -> Result<Option<String>, &'static str> {
    match state {
        ClaimState::Submitted
        | ClaimState::Assigned
        | ClaimState::UnderReview
        | ClaimState::SupplementPending
        | ClaimState::UnderReexamination
        | ClaimState::UnderAppeal => Ok(None),
        ClaimState::Accepted
        | ClaimState::PartiallyAccepted
        | ClaimState::Rejected
        | ClaimState::Withdrawn
        | ClaimState::Annulled => {
            let name = state.as_str_name();
            Ok(Some(
                name.strip_prefix("CLAIM_STATE_").unwrap_or(name).to_owned(),
            ))
        }
        ClaimState::Unspecified | ClaimState::Draft => Err("to"),
    }
}

/// The other funds have counters of their own (`limits.md` §5.4), agriculture and deroga none here.
fn scheme(product: Product) -> Result<Option<Scheme>, &'static str> {
    match product {
        Product::Cigo => Ok(Some(Scheme::Cigo)),
        Product::AisFis => Ok(Some(Scheme::Ais)),
        Product::Cigs => Ok(Some(Scheme::Cigs)),
        Product::AisFund | Product::Cisoa | Product::Cigd | Product::CigdMulti => Ok(None),
        Product::Unspecified => Err("facts.product"),
    }
}

/// EONE as the table of `claims.md` §4.5 says, and COVID reasons by their flag. The extraordinary reasons have counters of
/// their own in CIGS; the FIS has one counter for both kinds (`limits.md` §5).
fn cause(scheme: Scheme, causale: Causale) -> Result<(Cause, Flags), &'static str> {
    let none = Flags::default();
    if scheme == Scheme::Cigs {
        return match causale {
            Causale::Reorganisation => Ok((Cause::Riorg, none)),
            Causale::CompanyCrisis => Ok((Cause::Crisi, none)),
            Causale::SolidarityContract => Ok((Cause::Cds, none)),
            _ => Err("facts.causale"),
        };
    }
    match causale {
        Causale::WeatherIndustry
        | Causale::WeatherConstruction
        | Causale::FireCollapseFlood
        | Causale::PremisesUnusable
        | Causale::PublicAuthorityOrder
        | Causale::PowerFailure
        | Causale::Earthquake
        | Causale::MachineFailure => Ok((Cause::Eone, none)),
        Causale::LackOfWorkOrOrders
        | Causale::MarketCrisis
        | Causale::EndOfSite
        | Causale::EndOfPhase
        | Causale::VariantWorks
        | Causale::LackOfMaterials
        | Causale::Strike
        | Causale::ExtraordinaryMaintenance
        | Causale::Reorganisation
        | Causale::CompanyCrisis
        | Causale::SolidarityContract => Ok((Cause::Ord, none)),
        Causale::Covid19Nazionale
        | Causale::Covid19SospCigs
        | Causale::Covid19ObbligoPermanenza
        | Causale::Covid19Dl104
        | Causale::Covid19Dl137
        | Causale::Covid19L178
        | Causale::Covid19Dl41
        | Causale::Covid19Dl146
        | Causale::Covid19Dl42022 => Ok((
            Cause::Ord,
            Flags {
                covid: true,
                ..none
            },
        )),
        // Reasons of agriculture alone, whose instrument has no counter here.
        Causale::SeasonalBadWeather
        | Causale::NotAttributableCause
        | Causale::Covid19Cisoa
        | Causale::Unspecified => Err("facts.causale"),
    }
}

pub(super) fn unit(key: &common::UnitKey) -> Result<UnitKey, &'static str> {
    let code = u32::try_from(key.production_unit_code)
        .ok()
        .and_then(|code| ProductionUnitCode::try_from(code).ok());
    Ok(UnitKey {
        matricola: key.matricola.parse().map_err(|_| "facts.unit")?,
        production_unit: code.ok_or("facts.unit")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_product_and_reason_of_the_contract_is_understood() {
        for number in 2..=12 {
            let state = ClaimState::try_from(number).unwrap();
            assert!(outcome(state).is_ok(), "{state:?}");
        }
        for number in 1..=7 {
            assert!(scheme(Product::try_from(number).unwrap()).is_ok());
        }
        let understood: Vec<_> = (1..=39)
            .filter_map(|number| Causale::try_from(number).ok())
            .filter_map(|causale| cause(Scheme::Cigo, causale).ok())
            .collect();
        let eone = understood
            .iter()
            .filter(|(cause, _)| *cause == Cause::Eone)
            .count();
        let covid = understood.iter().filter(|(_, flags)| flags.covid).count();
        assert_eq!((understood.len(), eone, covid), (28, 8, 9));
        let of_cigs: Vec<_> = (1..=39)
            .filter_map(|number| Causale::try_from(number).ok())
            .filter_map(|causale| cause(Scheme::Cigs, causale).ok())
            .map(|(cause, _)| cause)
            .collect();
        assert_eq!(of_cigs, [Cause::Riorg, Cause::Crisi, Cause::Cds]);
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
