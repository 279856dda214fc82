//! What the service decides without a database: the rules of the law, which are the crate [`rulebook`], [`law`], which of
//! them was known when, and [`ledger`], the life of a period from reservation to release.

pub mod law;
pub mod ledger;

pub use rulebook::*;
