//! What every service stands on: configuration, telemetry, database, identity, access rules, errors, health, outbox
//! and feeds, uploads, files and their antivirus, jobs, clock and graceful shutdown.
//!
//! A service crate describes itself as a [`service::Service`]; [`service::run`] gives it everything here and serves it
//! until it is told to stop.

pub mod access;
pub mod antivirus;
pub mod audit;
pub mod client;
pub mod clock;
pub mod config;
pub mod db;
pub mod failure;
pub mod feed;
pub mod idempotency;
pub mod identity;
pub mod ids;
pub mod jobs;
pub mod lifecycle;
pub mod objects;
pub mod outbox;
pub mod paging;
pub mod server;
pub mod service;
pub mod telemetry;
mod trace;
pub mod upload;
pub mod wire;

pub use clock::{Clock, SharedClock};
pub use db::{Database, Tx};
pub use failure::{Class, Failure, Reason};
pub use ids::Ids;
pub use objects::Objects;
pub use service::{Context, Parts, Service};
