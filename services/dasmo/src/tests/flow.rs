//! A payment flow whose steps are told one after the other.

use chassis::wire;
use chrono::{DateTime, Utc};
use prost::{Message, Name};
use prost_types::Any;
use proto::omnia::claims::v1 as claims;
use proto::omnia::feed::v1::Event;
use proto::omnia::payments::v1::{
    AnomalyCode, FlowEvent, FlowFacts, FlowKind, FlowState, LineState, LineStep,
};
use uuid::Uuid;

use super::world::{OFFICES, rome};

/// Hours of a line of the stories, in hundredths.
pub(super) const HOURS: i64 = 8_000;
/// What a worker of the stories is due for it, in euro cents.
pub(super) const CENTS: i64 = 63_836;

/// UniEmens-CIG of a CIGO for a crisis of the market, of a firm of industry with 25 heads.
#[derive(Clone)]
pub(super) struct Flow {
    id: Uuid,
    version: i64,
    state: FlowState,
    office: String,
    product: claims::Product,
    causale: claims::Causale,
    workers: Vec<Option<u128>>,
    lines: Vec<(LineState, Vec<AnomalyCode>)>,
    received_at: Option<DateTime<Utc>>,
}

impl Flow {
    /// With a line for each of these workers.
    pub(super) fn number(number: u128, workers: &[u128]) -> Self {
        Self {
            id: Uuid::from_u128(0xf10_0000 + number),
            version: 0,
            state: FlowState::Unspecified,
            office: String::new(),
            product: claims::Product::Cigo,
            causale: claims::Causale::MarketCrisis,
            workers: workers.iter().copied().map(Some).collect(),
            lines: vec![(LineState::Unspecified, Vec::new()); workers.len()],
            received_at: None,
        }
    }

    pub(super) fn of(mut self, product: claims::Product) -> Self {
        self.product = product;
        self
    }

    pub(super) fn because(mut self, causale: claims::Causale) -> Self {
        self.causale = causale;
        self
    }

    /// The codice fiscale of this line is not valid, so nobody knows whose it is.
    pub(super) fn of_nobody(mut self, line: usize) -> Self {
        self.workers[line] = None;
        self
    }

    pub(super) fn id(&self) -> Uuid {
        self.id
    }

    pub(super) fn received(&mut self, office: &str, when: &str) -> Event {
        office.clone_into(&mut self.office);
        let all: Vec<usize> = (0..self.lines.len()).collect();
        self.to(&all, LineState::Received, when)
    }

    /// Lines make a step.
    pub(super) fn to(&mut self, lines: &[usize], to: LineState, when: &str) -> Event {
        self.steps(&[(lines, to, &[])], None, when)
    }

    /// Lines are stopped by these codes.
    pub(super) fn stopped(&mut self, lines: &[usize], by: &[AnomalyCode], when: &str) -> Event {
        self.steps(&[(lines, LineState::Anomaly, by)], None, when)
    }

    /// All lines that are not cancelled yet are, and the flow with them.
    pub(super) fn rejected(&mut self, when: &str) -> Event {
        let left: Vec<usize> = (0..self.lines.len())
            .filter(|line| self.lines[*line].0 != LineState::Cancelled)
            .collect();
        self.steps(
            &[(&left, LineState::Cancelled, &[])],
            Some(FlowState::Rejected),
            when,
        )
    }

    /// Several steps of lines that are told by one event.
    pub(super) fn steps(
        &mut self,
        steps: &[(&[usize], LineState, &[AnomalyCode])],
        to: Option<FlowState>,
        when: &str,
    ) -> Event {
        let occurred_at = rome(when);
        self.received_at.get_or_insert(occurred_at);
        self.version += 1;
        let from = self.state;
        self.state = to.unwrap_or(FlowState::InPayment);
        let mut told = Vec::new();
        for (lines, state, by) in steps {
            for line in *lines {
                let before = std::mem::replace(&mut self.lines[*line], (*state, by.to_vec()));
                told.push(self.line(*line, before.0));
            }
        }
        let event = FlowEvent {
            flow_id: self.id.to_string(),
            version: self.version,
            from: from.into(),
            to: self.state.into(),
            occurred_at: Some(wire::timestamp(occurred_at)),
            facts: Some(self.facts()),
            lines: told,
        };
        Event {
            event_id: Uuid::from_u128(
                self.id.as_u128() << 32 | u128::try_from(self.version).unwrap(),
            )
            .to_string(),
            aggregate_type: "flow".to_owned(),
            aggregate_id: self.id.to_string(),
            payload: Some(Any {
                type_url: FlowEvent::type_url(),
                value: event.encode_to_vec(),
            }),
            occurred_at: Some(wire::timestamp(occurred_at)),
            ..Event::default()
        }
    }

    fn line(&self, line: usize, from: LineState) -> LineStep {
        let (state, anomalies) = &self.lines[line];
        LineStep {
            line_id: format!("{}/{}", self.id, line + 1),
            worker_id: self.workers[line]
                .map(|worker| Uuid::from_u128(worker).to_string())
                .unwrap_or_default(),
            from: from.into(),
            to: (*state).into(),
            anomalies: anomalies.iter().map(|code| (*code).into()).collect(),
            hours_hundredths: HOURS,
            net_cents: CENTS,
            ..LineStep::default()
        }
    }

    fn facts(&self) -> FlowFacts {
        let region = OFFICES
            .iter()
            .find(|(office, _)| *office == self.office)
            .expect("an office of the stories")
            .1;
        FlowFacts {
            protocol_number: format!(
                "INPS.{}.02/11/2026.{:07}",
                &self.office[..4],
                self.id.as_u128()
            ),
            received_at: self.received_at.map(wire::timestamp),
            kind: FlowKind::UniemensCig.into(),
            competent_office: self.office.clone(),
            region_istat: region.to_owned(),
            authorization_number: "490026000001".to_owned(),
            product: self.product.into(),
            causale: self.causale.into(),
            payment_mode: claims::PaymentMode::Direct.into(),
            csc_sector: "1".to_owned(),
            average_heads_hundredths: 2_500,
            lines_count: i32::try_from(self.lines.len()).unwrap(),
            ..FlowFacts::default()
        }
    }
}
