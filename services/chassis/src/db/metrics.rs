//! Figures of named transactions and of the pool.

use std::sync::LazyLock;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram};
use sqlx::PgPool;

use crate::failure::{Class, Failure};

/// Created with the first transaction, thus after telemetry was set up.
static TRANSACTIONS: LazyLock<Instruments> = LazyLock::new(Instruments::new);

struct Instruments {
    duration: Histogram<f64>,
    retries: Counter<u64>,
}

impl Instruments {
    fn new() -> Self {
        let meter = opentelemetry::global::meter("omnia.chassis.db");
        Self {
            duration: meter
                .f64_histogram("db.transaction.duration")
                .with_unit("s")
                .with_description("Duration of a named transaction, retries included.")
                .with_boundaries(vec![
                    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0,
                ])
                .build(),
            retries: meter
                .u64_counter("db.transaction.retries")
                .with_description(
                    "Attempts that lost a race with another transaction and were made again.",
                )
                .build(),
        }
    }
}

/// How a transaction ended.
pub(super) fn outcome<T>(result: &Result<T, Failure>) -> &'static str {
    match result {
        Ok(_) => "committed",
        Err(failure) => match failure.class() {
            Class::Internal | Class::Unavailable => "failed",
            Class::Conflict => "conflict",
            _ => "refused",
        },
    }
}

pub(super) fn ended(name: &'static str, outcome: &'static str, lasted: Duration) {
    let labels = [
        KeyValue::new("transaction", name),
        KeyValue::new("outcome", outcome),
    ];
    TRANSACTIONS.duration.record(lasted.as_secs_f64(), &labels);
}

pub(super) fn retried(name: &'static str) {
    TRANSACTIONS
        .retries
        .add(1, &[KeyValue::new("transaction", name)]);
}

/// Watches the connections of a pool for as long as the process lives.
pub(super) fn watch(pool: PgPool, name: String) {
    opentelemetry::global::meter("omnia.chassis.db")
        .u64_observable_gauge("db.client.connection.count")
        .with_description("Connections of a pool, by state.")
        .with_callback(move |observer| {
            let idle = u64::try_from(pool.num_idle()).unwrap_or(u64::MAX);
            let used = u64::from(pool.size()).saturating_sub(idle);
            for (state, count) in [("idle", idle), ("used", used)] {
                let labels = [
                    KeyValue::new("db.client.connection.pool.name", name.clone()),
                    KeyValue::new("db.client.connection.state", state),
                ];
                observer.observe(count, &labels);
            }
        })
        .build();
}
