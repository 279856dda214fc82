//! The rules of wage-integration claims: pure, with time and facts passed in.

pub mod checks;
pub mod claim;
mod codes;
pub mod content;
pub mod decision;
pub mod delegation;
pub mod product;
pub mod refused;
pub mod role;
#[cfg(test)]
pub(crate) mod samples;
pub mod state;
pub mod terms;
pub mod unit;
