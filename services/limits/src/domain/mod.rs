//! What the service decides without a database: the rules of the law, which are the crate [`rulebook`], and [`ledger`],
//! the life of a period from reservation to release.

pub mod ledger;

pub use rulebook::*;
