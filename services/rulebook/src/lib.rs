//! The rulebook of wage integration as pure functions (`domain/limits.md`): what the weeks of a unit are worth, what each
//! counter says, what fits.
//!
//! One file a counter. [`Assessment`] puts them together; [`rules`] holds every figure that comes from the law, read from
//! `data/`; [`explain`] gives the trail behind a figure and [`render`] its text; [`conformance`] answers cases of the
//! public format. No I/O, no clock. Integers throughout: thirtieths of a week, and 780ths of a month.

pub mod amount;
mod assessment;
pub mod biennium;
pub mod cigs;
pub mod conformance;
pub mod continuous;
pub mod exact;
pub mod explain;
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
pub mod window;

pub use assessment::{
    Alternatives, Assessment, Counter, CounterKind, Evaluator, MonthsRefusal, MonthsSimulation,
    Refusal, Simulation, WeekRange, kind_of,
};
pub use request::{Check, MonthsRequest, Request};
pub use rules::Rules;
pub use staff::Staff;
pub use unit::{
    Authorisation, AuthorisationId, Cause, DeclaredDays, Facts, Flags, Outline, PeriodHours,
    Scheme, Sector, Unit, Unknown, UsedDates, WorkingDays,
};
pub use week_value::{Counting, Exclusion, Span, WEEK_UNITS, WeekTable};
pub use weeks::SEARCH_WEEKS;
