//! The rulebook as pure functions: what the weeks of a unit are worth, what each counter says, what fits.
//!
//! One file a counter. [`Assessment`] puts them together; [`rules`] holds every figure that comes from the law;
//! [`ledger`] is the life of a period from reservation to release. Integers throughout: thirtieths of a week, and
//! 780ths of a month.

mod assessment;
pub mod biennium;
pub mod continuous;
pub mod ledger;
mod request;
pub mod rules;
pub mod total_duration;
mod unit;
pub mod waiting;
pub mod week_value;
mod weeks;

pub use assessment::{Assessment, Counter, CounterKind, Refusal, Simulation};
pub use request::{Check, Request};
pub use rules::Rules;
pub use unit::{Authorisation, Cause, Facts, Flags, Scheme, Sector, Unit, Unknown, WorkingDays};
pub use week_value::{Counting, WEEK_UNITS, WeekTable};
pub use weeks::SEARCH_WEEKS;
