//! The rulebook as pure functions: what the weeks of a unit are worth, what each counter says, what fits.
//!
//! One file a counter. [`Assessment`] puts them together; [`rules`] holds every figure that comes from the law;
//! [`ledger`] is the life of a period from reservation to release. Integers throughout: thirtieths of a week, and
//! 780ths of a month.

pub mod amount;
mod assessment;
pub mod biennium;
pub mod cigs;
pub mod continuous;
pub mod exact;
pub mod explain;
pub mod ledger;
pub mod one_third;
pub mod render;
mod request;
pub mod rules;
pub mod staff;
pub mod terms;
pub mod total_duration;
mod unit;
pub mod waiting;
pub mod week_value;
mod weeks;

pub use assessment::{
    Alternatives, Assessment, Counter, CounterKind, Evaluator, MonthsSimulation, Refusal,
    Simulation, WeekRange,
};
pub use request::{Check, MonthsRequest, Request};
pub use rules::Rules;
pub use staff::Staff;
pub use unit::{
    Authorisation, AuthorisationId, Cause, Facts, Flags, PeriodHours, Scheme, Sector, Unit,
    Unknown, UsedDates, WorkingDays,
};
pub use week_value::{Counting, Exclusion, WEEK_UNITS, WeekTable};
pub use weeks::SEARCH_WEEKS;
