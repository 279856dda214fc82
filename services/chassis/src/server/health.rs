//! Health: live, ready and started are different questions, asked over `grpc.health.v1` and over HTTP.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

/// Names under which `grpc.health.v1` answers, besides the gRPC services themselves.
pub const LIVENESS: &str = "liveness";
/// Whether requests may be sent here.
pub const READINESS: &str = "readiness";
/// Whether the start is over.
pub const STARTUP: &str = "startup";

/// The states that a service goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Connecting and checking.
    Starting,
    /// Serving.
    Ready,
    /// Finishing what runs; sends new requests away.
    Draining,
}

/// The services of this process and their states, for `/readyz`.
static BOARD: LazyLock<Mutex<BTreeMap<String, State>>> = LazyLock::new(Mutex::default);

/// Notes the state of a service of this process. The gateway, which serves in its own way, notes its own.
pub fn note(service: &str, state: State) {
    BOARD
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(service.to_owned(), state);
}

/// Forgets a service that has ended.
pub fn forget(service: &str) {
    BOARD
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .remove(service);
}

/// The services of this process and their states.
pub fn board() -> BTreeMap<String, State> {
    BOARD.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// The health of one service.
#[derive(Debug)]
pub(super) struct Health {
    service: String,
    grpc_services: Vec<&'static str>,
    reporter: HealthReporter,
}

impl Health {
    pub(super) fn of(service: &str, grpc_services: &[&'static str]) -> Self {
        Self {
            service: service.to_owned(),
            grpc_services: grpc_services.to_vec(),
            reporter: HealthReporter::new(),
        }
    }

    pub(super) fn reporter(&self) -> HealthReporter {
        self.reporter.clone()
    }

    pub(super) async fn ready(&self) {
        note(&self.service, State::Ready);
        self.set(&[LIVENESS, STARTUP], ServingStatus::Serving).await;
        self.set(&self.readiness(), ServingStatus::Serving).await;
    }

    pub(super) async fn draining(&self) {
        note(&self.service, State::Draining);
        self.set(&self.readiness(), ServingStatus::NotServing).await;
    }

    /// Ends the streams of those who watch, so that they do not hold their connections open.
    pub(super) async fn release_watchers(&self) {
        let mut reporter = self.reporter.clone();
        for name in self.readiness().iter().chain(&[LIVENESS, STARTUP]) {
            reporter.clear_service_status(name).await;
        }
    }

    /// The empty name is the whole server.
    fn readiness(&self) -> Vec<&'static str> {
        ["", READINESS]
            .into_iter()
            .chain(self.grpc_services.iter().copied())
            .collect()
    }

    async fn set(&self, names: &[&'static str], status: ServingStatus) {
        for name in names {
            self.reporter.set_service_status(name, status).await;
        }
    }
}

impl Drop for Health {
    fn drop(&mut self) {
        forget(&self.service);
    }
}
