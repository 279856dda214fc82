//! What an operator asks of the pictures: how long they take, and how old the last one is.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use chassis::SharedClock;
use chrono::{Datelike, NaiveDate};
use opentelemetry::KeyValue;
use opentelemetry::metrics::Histogram;

/// No day is published, or none is known to be.
const NONE: i32 = i32::MIN;

/// Named handles.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    duration: Histogram<f64>,
    last_day: Arc<AtomicI32>,
}

impl Metrics {
    /// `omnia.dasmo.snapshot.duration` in seconds, and `omnia.dasmo.published_day.age` in days: 1 on a good day. The
    /// age is computed whenever it is asked for, so it grows when runs stop coming.
    pub(crate) fn new(clock: SharedClock) -> Self {
        let meter = opentelemetry::global::meter("omnia.dasmo");
        let last_day = Arc::new(AtomicI32::new(NONE));
        let watched = last_day.clone();
        meter
            .i64_observable_gauge("omnia.dasmo.published_day.age")
            .with_unit("d")
            .with_description("Days from the last published day to today.")
            .with_callback(move |observer| {
                let day = watched.load(Ordering::Relaxed);
                if day != NONE {
                    observer.observe(
                        i64::from(clock.today().num_days_from_ce()) - i64::from(day),
                        &[],
                    );
                }
            })
            .build();
        let duration = meter
            .f64_histogram("omnia.dasmo.snapshot.duration")
            .with_unit("s")
            .with_description("Time taken to make the picture of a day.")
            .build();
        Self { duration, last_day }
    }

    /// A run ended.
    pub(crate) fn ran(&self, took: Duration, published: bool) {
        let outcome = KeyValue::new("outcome", if published { "published" } else { "failed" });
        self.duration.record(took.as_secs_f64(), &[outcome]);
    }

    /// This is the last published day. Pictures made again are of earlier days, so the latest wins.
    pub(crate) fn published(&self, day: Option<NaiveDate>) {
        if let Some(day) = day {
            self.last_day
                .fetch_max(day.num_days_from_ce(), Ordering::Relaxed);
        }
    }
}
