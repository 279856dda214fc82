//! What the other services are told of flows and their lines.

use chassis::{Failure, Tx, outbox, wire};
use chrono::{DateTime, Utc};
use proto::omnia::claims::v1 as claims;
use proto::omnia::common::v1 as common;
use proto::omnia::payments::v1 as pb;

use super::App;
use super::moving::Moved;
use crate::domain::authorisation::family;
use crate::domain::line::Way;
use crate::domain::order::end_to_end_id;
use crate::domain::state::FlowState;
use crate::names;
use crate::store::flows::Flow;
use crate::store::lines::Kept;

/// Kind of the aggregate in the feed.
const AGGREGATE: &str = "flow";

/// Lines of an event at most.
pub(super) const LINES_MOST: usize = 1_000;

impl App {
    /// Tells lines that moved, in parts; raises the version of the flow by one a part. `from` is the state of the flow before; it
    /// changes with the last part when `last` says that no more lines of the step follow.
    pub(super) async fn tell(
        &self,
        tx: &mut Tx,
        flow: &mut Flow,
        from: Option<FlowState>,
        mut steps: Vec<pb::LineStep>,
        last: bool,
        at: DateTime<Utc>,
    ) -> Result<(), Failure> {
        let to = flow.state();
        if steps.is_empty() && last && from != Some(to) {
            return self.publish(tx, flow, from, to, steps, at).await;
        }
        while !steps.is_empty() {
            let rest = steps.split_off(steps.len().min(LINES_MOST));
            let part = std::mem::replace(&mut steps, rest);
            let ends = last && steps.is_empty();
            let to = if ends {
                to
            } else {
                from.unwrap_or(FlowState::Received)
            };
            let from = (flow.version > 0).then(|| from.unwrap_or(FlowState::Received));
            self.publish(tx, flow, from, to, part, at).await?;
        }
        Ok(())
    }

    async fn publish(
        &self,
        tx: &mut Tx,
        flow: &mut Flow,
        from: Option<FlowState>,
        to: FlowState,
        lines: Vec<pb::LineStep>,
        at: DateTime<Utc>,
    ) -> Result<(), Failure> {
        flow.version += 1;
        let event = pb::FlowEvent {
            flow_id: flow.id.to_string(),
            version: flow.version,
            from: from
                .map_or(pb::FlowState::Unspecified, names::flow_state)
                .into(),
            to: names::flow_state(to).into(),
            occurred_at: Some(wire::timestamp(at)),
            facts: Some(facts(flow)),
            lines,
        };
        outbox::publish(tx, self.ids.at(at), AGGREGATE, &event.flow_id, &event, at).await
    }
}

fn facts(flow: &Flow) -> pb::FlowFacts {
    let count = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    let product = claims::Product::from_str_name(&format!("PRODUCT_{}", flow.product));
    let causale = claims::Causale::from_str_name(&format!("CAUSALE_{}", flow.causale));
    pb::FlowFacts {
        protocol_number: flow.protocol.to_string(),
        received_at: Some(wire::timestamp(flow.received_at)),
        kind: names::flow_kind(flow.kind).into(),
        competent_office: flow.office.to_string(),
        region_istat: flow.region_istat.clone(),
        authorization_number: flow.authorization.to_string(),
        claim_id: flow.claim.to_string(),
        unit: Some(common::UnitKey {
            matricola: flow.matricola.to_string(),
            production_unit_code: count(flow.unit.get()),
        }),
        product: product.unwrap_or_default().into(),
        causale: causale.unwrap_or_default().into(),
        family: names::family(family(&flow.causale)).into(),
        payment_mode: claims::PaymentMode::Direct.into(),
        csc_sector: flow.csc_sector.clone(),
        average_heads_hundredths: flow.average_heads_hundredths,
        lines_count: count(flow.lines),
        hours_hundredths: flow.hours.hundredths(),
        corrects_flow_id: flow.corrects.map(|id| id.to_string()).unwrap_or_default(),
    }
}

/// What is told of a line that moved.
pub(super) fn step(moved: &Moved) -> pb::LineStep {
    let line = &moved.line;
    pb::LineStep {
        line_id: line_id(line),
        worker_id: line.person.map(|id| id.to_string()).unwrap_or_default(),
        month: Some(wire::date(line.month.first_day())),
        r#type: names::line_type(line.line_type).into(),
        from: moved
            .from
            .map_or(pb::LineState::Unspecified, names::line_state)
            .into(),
        to: names::line_state(moved.to).into(),
        anomalies: line
            .anomalies
            .iter()
            .map(|it| names::anomaly(*it).into())
            .collect(),
        hours_hundredths: line.hours.hundredths(),
        hours_by_week_hundredths: hours_by_week(line),
        gross_cents: line.amount.map_or(0, |it| it.0.get()),
        net_cents: line.amount.map_or(0, |it| it.1.get()),
        way: way(&line.way).into(),
        attempt: i32::try_from(line.attempt).unwrap_or(i32::MAX),
        end_to_end_id: if line.attempt == 0 {
            String::new()
        } else {
            end_to_end_id(line.flow, line.number, line.attempt)
        },
        bank_date: line.bank_date.map(wire::date),
    }
}

/// Id of a line for the other services.
fn line_id(line: &Kept) -> String {
    format!("{}/{}", line.flow, line.number)
}

fn way(way: &Way) -> pb::PaymentWay {
    match way {
        Way::Transfer(_) => pb::PaymentWay::Transfer,
        Way::Domiciled(_) => pb::PaymentWay::Domiciled,
    }
}

/// Hours by week without the zeros at the end.
fn hours_by_week(line: &Kept) -> Vec<i64> {
    let weeks = line.weeks.map(kernel::Hours::hundredths);
    let length = weeks
        .iter()
        .rposition(|it| *it != 0)
        .map_or(0, |last| last + 1);
    weeks[..length].to_vec()
}
