//! Feeds: how one service learns what happened in another, each event taking effect exactly once and in order.
//!
//! The producer writes events in the transaction of the change ([`crate::outbox`]) and serves them in feed order
//! ([`server`]), never past a transaction that is still in flight. The consumer stores its cursor in the transaction
//! in which it applies the events ([`consumer`]). Notifications only wake readers up: nothing depends on them.

mod bell;
pub mod consumer;
mod cursor;
mod lag;
mod read;
pub mod server;

pub use consumer::{Consumer, Handler};
pub use lag::Freshness;
pub use server::FeedServer;
