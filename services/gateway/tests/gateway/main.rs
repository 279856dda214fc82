//! The gateway as its callers see it: a real listener, a real issuer of tokens, a service behind, and PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

mod audit;
mod client;
mod issuer;
mod refusals;
mod service;
mod streams;
mod tls;
mod tokens;
mod web;
mod world;
