//! What tests of several crates share.

mod database;

pub use database::TestDatabase;
