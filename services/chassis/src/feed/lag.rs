//! How far a consumer is behind its producer.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::Counter;
use tokio::time::Instant;

/// Lag of one consumer: the time since it last had everything that the producer had committed. Grows as well when the
/// producer cannot be reached.
#[derive(Debug, Clone)]
pub(super) struct Lag {
    complete_at: Arc<Mutex<Instant>>,
    freshness: Freshness,
    events: Counter<u64>,
    labels: [KeyValue; 2],
}

/// How fresh is what a consumer in this process keeps of its producer.
#[derive(Debug, Clone, Default)]
pub struct Freshness(Arc<Mutex<Option<Instant>>>);

impl Freshness {
    /// Time since the consumer last had everything that the producer had committed; `None` when this process has not
    /// seen that yet.
    pub fn age(&self) -> Option<Duration> {
        let complete_at = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        complete_at.map(|at| at.elapsed())
    }

    fn complete(&self, at: Instant) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(at);
    }
}

impl Lag {
    /// A lag that is exported as long as the process lives.
    pub(super) fn watched(consumer: &'static str, producer: &'static str) -> Self {
        let labels = [
            KeyValue::new("feed.consumer", consumer),
            KeyValue::new("feed.producer", producer),
        ];
        let complete_at = Arc::new(Mutex::new(Instant::now()));
        let meter = opentelemetry::global::meter("omnia.chassis.feed");
        let (watched, watched_labels) = (complete_at.clone(), labels.clone());
        meter
            .f64_observable_gauge("omnia.feed.lag")
            .with_unit("s")
            .with_description(
                "Time since the consumer last had everything that the producer had committed.",
            )
            .with_callback(move |observer| {
                let complete_at = *watched.lock().unwrap_or_else(PoisonError::into_inner);
                observer.observe(complete_at.elapsed().as_secs_f64(), &watched_labels);
            })
            .build();
        let events = meter
            .u64_counter("omnia.feed.events")
            .with_description("Events applied.")
            .build();
        Self {
            complete_at,
            freshness: Freshness::default(),
            events,
            labels,
        }
    }

    /// A message came and was applied.
    pub(super) fn heard(&self, caught_up: bool) {
        if caught_up {
            let now = Instant::now();
            *self
                .complete_at
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = now;
            self.freshness.complete(now);
        }
    }

    pub(super) fn freshness(&self) -> Freshness {
        self.freshness.clone()
    }

    pub(super) fn applied(&self, events: usize) {
        self.events
            .add(u64::try_from(events).unwrap_or(u64::MAX), &self.labels);
    }
}
