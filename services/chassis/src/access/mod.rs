//! Who may call what: the rules written on the methods, and the permission matrix.
//!
//! [`decide()`] is the one place where both meet a caller. The gateway asks it with what the anagrafe says of the person;
//! each service asks it again, through [`admit`], with what the internal token says.

mod decide;
pub mod matrix;
mod page;
mod resolved;
pub mod role;
pub mod rules;
#[cfg(test)]
mod specification;

pub use decide::{Dasmo, Facts, Standing, admit, decide};
pub use matrix::{Cell, Matrix, ScopeKind};
pub use page::permissions_markdown;
pub use resolved::Resolved;
pub use role::Role;
pub use rules::{Access, MethodRule, Rules};
