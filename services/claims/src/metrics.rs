//! What a person would ask of claims: how many in each state, how many submitted and decided.

use opentelemetry::metrics::{Counter, Gauge};
use opentelemetry::{KeyValue, global};

use crate::domain::decision::Outcome;
use crate::domain::product::Product;
use crate::domain::state::State;

/// The instruments of this service.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    submitted: Counter<u64>,
    decided: Counter<u64>,
    by_state: Gauge<u64>,
}

impl Metrics {
    /// The instruments, under the platform's meter provider.
    pub(crate) fn new() -> Self {
        let meter = global::meter("omnia.claims");
        Self {
            submitted: meter
                .u64_counter("claims.submitted")
                .with_description("Claims protocolled, by product")
                .with_unit("{claim}")
                .build(),
            decided: meter
                .u64_counter("claims.decisions")
                .with_description("Decisions adopted, by outcome")
                .with_unit("{decision}")
                .build(),
            by_state: meter
                .u64_gauge("claims.count")
                .with_description("Claims, by state")
                .with_unit("{claim}")
                .build(),
        }
    }

    /// A claim was protocolled.
    pub(crate) fn submitted(&self, product: Product) {
        self.submitted
            .add(1, &[KeyValue::new("product", product.code())]);
    }

    /// A decision was adopted.
    pub(crate) fn decided(&self, outcome: Outcome) {
        self.decided
            .add(1, &[KeyValue::new("outcome", outcome.code())]);
    }

    /// So many claims are in each state; states not named have none.
    pub(crate) fn counted(&self, counts: &[(State, i64)]) {
        for &state in State::ALL {
            let count = counts
                .iter()
                .find(|(counted, _)| *counted == state)
                .map_or(0, |(_, count)| *count);
            self.by_state.record(
                u64::try_from(count).unwrap_or(0),
                &[KeyValue::new("state", state.code())],
            );
        }
    }
}
