//! What the other services are told of a claim.

use chassis::{Failure, Tx, outbox, wire};
use proto::omnia::claims::v1 as pb;
use proto::omnia::common::v1 as common;
use uuid::Uuid;

use crate::domain::claim::{Claim, Step};
use crate::domain::decision::{Decision, Grant};
use crate::domain::state::State;
use crate::names;

/// Kind of the aggregate in the feed.
pub(super) const AGGREGATE: &str = "claim";

/// Writes the event of a step. Drafts are private and make none.
pub(super) async fn publish(
    tx: &mut Tx,
    id: Uuid,
    claim: &Claim,
    step: &Step,
) -> Result<(), Failure> {
    match event(claim, step) {
        Some(event) => outbox::publish(tx, id, AGGREGATE, &event.claim_id, &event, step.at).await,
        None => Ok(()),
    }
}

/// The event of a step; `None` for a draft.
pub(super) fn event(claim: &Claim, step: &Step) -> Option<pb::ClaimEvent> {
    let filing = claim.filing.as_ref()?;
    let asked = &filing.asked;
    let adopted = matches!(
        step.to,
        State::Accepted | State::PartiallyAccepted | State::Rejected
    );
    let decision = claim.decision.as_ref().filter(|_| adopted);
    Some(pb::ClaimEvent {
        claim_id: claim.id.to_string(),
        version: step.version,
        from: step
            .from
            .map_or(pb::ClaimState::Unspecified, names::state)
            .into(),
        to: names::state(step.to).into(),
        occurred_at: Some(wire::timestamp(step.at)),
        facts: Some(pb::ClaimFacts {
            protocol_number: filing.protocol.to_string(),
            submitted_at: Some(wire::timestamp(filing.submitted_at)),
            competent_office: filing.office.to_string(),
            region_istat: filing.unit.region_istat.clone(),
            unit: Some(common::UnitKey {
                matricola: claim.content.unit.matricola.to_string(),
                production_unit_code: i32::try_from(claim.content.unit.code.get())
                    .unwrap_or(i32::MAX),
            }),
            product: names::product(asked.product).into(),
            causale: names::causale(asked.causale).into(),
            payment_mode: names::payment_mode(asked.payment_mode).into(),
            period: Some(wire::week_period(asked.whole.period)),
            beneficiaries_count: i32::try_from(asked.whole.beneficiaries).unwrap_or(i32::MAX),
            hours_requested_hundredths: asked.whole.hours_hundredths,
            csc_sector: filing.unit.csc.chars().take(1).collect(),
            average_heads_hundredths: filing.unit.average_heads_hundredths,
        }),
        decision: decision.map(decision_facts),
    })
}

fn decision_facts(decision: &Decision) -> pb::DecisionFacts {
    pb::DecisionFacts {
        decision_id: decision.id.to_string(),
        outcome: names::outcome(decision.decided.outcome).into(),
        grant: decision.decided.grant.as_ref().map(grant),
        authorization_number: decision
            .authorization
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        adopted_on: Some(wire::date(kernel::rome::date_of(decision.adopted_at))),
        sequence: decision.sequence,
    }
}

fn grant(grant: &Grant) -> pb::Grant {
    pb::Grant {
        period: Some(wire::week_period(grant.period)),
        beneficiaries_count: i32::try_from(grant.beneficiaries).unwrap_or(i32::MAX),
        hours_hundredths: grant.hours_hundredths,
    }
}
