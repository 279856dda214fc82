//! Health and metrics of the process over HTTP, for probes and for Prometheus. Never routed to from outside.

use std::fmt::Write;

use axum::Router;
use axum::routing::get;
use http::StatusCode;
use tokio::net::TcpListener;

use super::health::{State, board};
use crate::lifecycle::Stop;
use crate::telemetry;

/// Serves `/livez`, `/readyz` and `/metrics` until `stop`.
pub async fn serve(listener: TcpListener, stop: Stop) -> std::io::Result<()> {
    let router = Router::new()
        .route("/livez", get(async || "ok\n"))
        .route("/readyz", get(async || readiness()))
        .route("/metrics", get(async || telemetry::metrics_text()));
    axum::serve(listener, router)
        .with_graceful_shutdown(stop.cancelled_owned())
        .await
}

/// Ready when every service of the process is.
fn readiness() -> (StatusCode, String) {
    let board = board();
    let ready = !board.is_empty() && board.values().all(|state| *state == State::Ready);
    let mut text = String::new();
    for (service, state) in board {
        // Writing into a string does not fail.
        let _ = writeln!(text, "{service} {}", word(state));
    }
    (
        if ready {
            StatusCode::OK
        } else {
            StatusCode::SERVICE_UNAVAILABLE
        },
        text,
    )
}

fn word(state: State) -> &'static str {
    match state {
        State::Starting => "starting",
        State::Ready => "ready",
        State::Draining => "draining",
    }
}
