//! The rules of direct payment (`claims.md` §7): no input or output, no clock, no database.

pub mod amount;
pub mod answers;
pub mod authorisation;
pub mod checks;
pub mod flow;
pub mod layout;
pub mod line;
pub mod month;
pub mod order;
pub mod pain001;
pub mod recovery;
pub mod refusal;
pub mod state;
pub mod terms;
pub mod upload;

#[cfg(test)]
mod samples;
