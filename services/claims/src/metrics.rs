//! What a person would ask of claims: how many in each state, how many submitted and decided, what files came.

use opentelemetry::metrics::{Counter, Gauge};
use opentelemetry::{KeyValue, global};

use crate::domain::decision::Outcome;
use crate::domain::product::Product;
use crate::domain::state::State;
use crate::domain::upload::{Brought, Upload, UploadState};

/// The instruments of this service.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    submitted: Counter<u64>,
    decided: Counter<u64>,
    by_state: Gauge<u64>,
    uploads: Counter<u64>,
    workers: Counter<u64>,
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
            uploads: meter
                .u64_counter("claims.uploads")
                .with_description("Files that came whole, by what they bring and what came of it")
                .with_unit("{file}")
                .build(),
            workers: meter
                .u64_counter("claims.beneficiaries.uploaded")
                .with_description("Workers of lists that took effect")
                .with_unit("{worker}")
                .build(),
        }
    }

    /// A file came whole, and was looked at.
    pub(crate) fn uploaded(&self, upload: &Upload) {
        let kind = match upload.announced.brought {
            Brought::List { .. } => "list",
            Brought::Attachment { .. } => "attachment",
        };
        let state = KeyValue::new("state", upload.state.code());
        self.uploads.add(1, &[KeyValue::new("kind", kind), state]);
        if let Some(report) = &upload.report
            && upload.state == UploadState::Accepted
        {
            self.workers.add(u64::from(report.workers), &[]);
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
