//! Heads of employers as a whole (`limits.md` §1.3).

use chrono::NaiveDate;

pub use kernel::headcount::{Group, MonthHeads, groups, semester_before};

/// Heads of an employer in one month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmployerHeads {
    /// Matricola.
    pub matricola: String,
    /// First day of the month.
    pub month: NaiveDate,
    /// Heads, part-timers pro rata of their hours, hundredths.
    pub heads: i64,
}
