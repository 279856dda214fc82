//! The rules of wage-integration claims: pure, with time and facts passed in.

pub mod appeal;
pub mod attachment;
pub mod checks;
pub mod claim;
mod codes;
pub mod content;
pub mod decision;
pub mod delegation;
pub mod desk;
pub mod documents;
pub mod file_type;
pub mod filled;
pub mod ground;
pub mod list;
pub mod product;
pub mod refused;
pub mod role;
pub mod rules;
#[cfg(test)]
pub(crate) mod samples;
pub mod search;
pub mod source;
pub mod state;
pub mod table;
pub mod terms;
pub mod unit;
pub mod upload;
