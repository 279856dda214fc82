//! What is measured of the pages.

use std::time::Duration;

use http::{Method, StatusCode};
use opentelemetry::metrics::Histogram;
use opentelemetry::{KeyValue, global};

/// Upper bounds of the durations measured, seconds.
const SECONDS: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Measures the pages.
#[derive(Debug)]
pub(crate) struct Metrics {
    duration: Histogram<f64>,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let duration = global::meter("omnia.portal")
            .f64_histogram("http.server.request.duration")
            .with_unit("s")
            .with_description("Time from the arrival of a request to its page.")
            .with_boundaries(SECONDS.to_vec())
            .build();
        Self { duration }
    }

    /// A page was served.
    pub(crate) fn served(&self, method: &Method, route: &str, status: StatusCode, took: Duration) {
        self.duration.record(
            took.as_secs_f64(),
            &[
                KeyValue::new("http.request.method", method.to_string()),
                KeyValue::new("http.route", route.to_owned()),
                KeyValue::new("http.response.status_code", i64::from(status.as_u16())),
            ],
        );
    }
}
