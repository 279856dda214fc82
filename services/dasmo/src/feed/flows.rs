//! Events of the payments service: wire to domain.

use async_trait::async_trait;
use chassis::feed::Handler;
use chassis::{Failure, Tx};
use prost::Name;
use proto::omnia::claims::v1 as claims;
use proto::omnia::feed::v1::Event;
use proto::omnia::payments::v1 as payments;

use super::{instant, name, read};
use crate::app::lines::ledger::{self, FlowFacts, FlowTold, LineTold};
use crate::domain::lines::LineState;

/// Takes in the events of the payments service.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FlowEvents;

#[async_trait]
impl Handler for FlowEvents {
    fn types(&self) -> Vec<String> {
        vec![payments::FlowEvent::full_name()]
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

fn told(message: &payments::FlowEvent) -> Result<FlowTold, &'static str> {
    let to = payments::FlowState::try_from(message.to).map_err(|_| "to")?;
    if to == payments::FlowState::Unspecified {
        return Err("to");
    }
    Ok(FlowTold {
        flow_id: message.flow_id.parse().map_err(|_| "flow_id")?,
        version: message.version,
        rejected: to == payments::FlowState::Rejected,
        occurred_at: instant(message.occurred_at.as_ref()).ok_or("occurred_at")?,
        facts: facts(message.facts.as_ref().ok_or("facts")?)?,
        lines: message.lines.iter().map(line).collect::<Result<_, _>>()?,
    })
}

fn facts(facts: &payments::FlowFacts) -> Result<FlowFacts, &'static str> {
    let product = claims::Product::try_from(facts.product).map_err(|_| "facts.product")?;
    Ok(FlowFacts {
        protocol_number: facts.protocol_number.clone(),
        received_at: instant(facts.received_at.as_ref()).ok_or("facts.received_at")?,
        kind: name(facts.kind().as_str_name(), "FLOW_KIND_").to_owned(),
        office: facts
            .competent_office
            .parse()
            .map_err(|_| "facts.competent_office")?,
        region: facts
            .region_istat
            .parse()
            .map_err(|_| "facts.region_istat")?,
        authorization_number: facts.authorization_number.clone(),
        product: name(product.as_str_name(), "PRODUCT_")
            .parse()
            .map_err(|_| "facts.product")?,
        causale: name(facts.causale().as_str_name(), "CAUSALE_").to_owned(),
        payment_mode: name(facts.payment_mode().as_str_name(), "PAYMENT_MODE_").to_owned(),
        csc_sector: facts.csc_sector.clone(),
        average_heads_hundredths: facts.average_heads_hundredths,
        lines_count: facts.lines_count,
    })
}

fn line(step: &payments::LineStep) -> Result<LineTold, &'static str> {
    let worker_id = match step.worker_id.as_str() {
        "" => None,
        id => Some(id.parse().map_err(|_| "lines.worker_id")?),
    };
    Ok(LineTold {
        line_id: step.line_id.clone(),
        worker_id,
        to: state(step.to).ok_or("lines.to")?,
        anomalies: step
            .anomalies
            .iter()
            .map(|wire| anomaly(*wire).ok_or("lines.anomalies"))
            .collect::<Result<_, _>>()?,
        hours_hundredths: step.hours_hundredths,
        cents: step.net_cents,
    })
}

fn state(wire: i32) -> Option<LineState> {
    let state = payments::LineState::try_from(wire).ok()?;
    name(state.as_str_name(), "LINE_STATE_").parse().ok()
}

fn anomaly(wire: i32) -> Option<String> {
    let code = payments::AnomalyCode::try_from(wire).ok()?;
    Some(name(code.as_str_name(), "ANOMALY_CODE_").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_of_a_line_is_understood() {
        for number in 1..=8 {
            assert!(state(number).is_some(), "state {number}");
        }
        assert_eq!(state(0), None);
    }

    #[test]
    fn a_step_without_its_state_or_with_a_strange_worker_is_not_skipped() {
        let step = payments::LineStep {
            line_id: "a/1".to_owned(),
            ..payments::LineStep::default()
        };
        assert_eq!(line(&step).unwrap_err(), "lines.to");
        let step = payments::LineStep {
            worker_id: "RSSMRA80A01H501U".to_owned(),
            ..step
        };
        assert_eq!(line(&step).unwrap_err(), "lines.worker_id");
    }
}
