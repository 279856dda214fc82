//! A line of a flow: one worker, one month, one type code (`claims.md` §7.2).

use kernel::{Cents, Hours, Iban, Period, Week, coded};

use super::month::Month;

/// Weeks for which a line has room; no month touches more.
pub const WEEKS_MOST: usize = 6;

coded! {
    /// What a line asks for (§7.1).
    pub enum LineType {
        /// Zero hours: the worker is suspended.
        ZeroHours = "0",
        /// Reduced hours.
        ReducedHours = "1",
        /// Adjustment of what was paid.
        Adjustment = "3",
        /// Adjustment of the family allowance.
        FamilyAllowance = "4",
        /// Adjustment for the higher ceiling.
        HigherCeiling = "6",
    }
}

impl LineType {
    /// Whether the line is paid for hours, and so takes from those granted. The others adjust what hours already counted
    /// for, by an amount that an operator sets (PAY-9).
    pub fn pays_hours(self) -> bool {
        matches!(self, Self::ZeroHours | Self::ReducedHours)
    }
}

/// Where a bonifico domiciliato is announced.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    /// Street and number.
    pub street: String,
    /// Postal code, 5 digits.
    pub postal_code: String,
    /// Municipality.
    pub municipality: String,
    /// Sign of the province.
    pub province: String,
}

/// How a worker is to be paid.
#[derive(Clone, PartialEq, Eq)]
pub enum Way {
    /// Transfer to an account.
    Transfer(Iban),
    /// Bonifico domiciliato: cash at a post office, announced by letter.
    Domiciled(Address),
}

/// A line whose values are each well formed. The codice fiscale is kept as it was written: one that is wrong stops the
/// line, not the flow (PAY-5).
#[derive(Clone, PartialEq, Eq)]
pub struct Line {
    /// Place in the flow, from 1.
    pub number: u32,
    /// Codice fiscale as written, trimmed and upper-cased.
    pub codice_fiscale: String,
    /// Surname.
    pub surname: String,
    /// Name.
    pub name: String,
    /// Month.
    pub month: Month,
    /// What it asks for.
    pub line_type: LineType,
    /// Qualifica (§4.6).
    pub qualifica: String,
    /// Contractual hours a week of full time.
    pub weekly_hours: Hours,
    /// Working days a week: 5 or 6.
    pub days_a_week: u8,
    /// Part time, in hundredths of per cent; `None` for full time.
    pub part_time_hundredths: Option<i64>,
    /// Pay of an hour.
    pub hourly_pay: Cents,
    /// Workable hours of the month.
    pub workable_hours: Hours,
    /// Hours integrated in each week that touches the month.
    pub weeks: [Hours; WEEKS_MOST],
    /// How to pay.
    pub way: Way,
    /// Telephone, for the notice.
    pub phone: String,
    /// Whether a pension or court deduction applies.
    pub deductions: bool,
    /// What the employer expects: compared, never used.
    pub expected: Option<Cents>,
}

/// Prints its place alone: everything else is about a person.
impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Line({})", self.number)
    }
}

impl Line {
    /// Hours of the line.
    pub fn hours(&self) -> Hours {
        Hours::from_hundredths(self.weeks.iter().map(|week| week.hundredths()).sum())
    }

    /// Contractual hours a week of this worker: a part of those of full time for a part-timer, half up to the hundredth. [D]
    pub fn contractual_hours(&self) -> Hours {
        let full = self.weekly_hours.hundredths();
        Hours::from_hundredths(match self.part_time_hundredths {
            Some(percent) => (full * percent + 5_000) / 10_000,
            None => full,
        })
    }

    /// Each week that touches the month, with the hours of the line in it.
    pub fn hours_by_week(&self) -> impl Iterator<Item = (Week, Hours)> {
        self.month.weeks().zip(self.weeks)
    }

    /// The days of the month that a flow over `covered` pays.
    pub fn days(&self, covered: Period) -> Option<Period> {
        self.month.period().intersection(covered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::samples::{WORKERS, line};

    #[test]
    fn the_hours_of_a_part_timer_are_rounded_half_up() {
        let contractual = |weekly_hours: i64, percent: i64| {
            let part_timer = Line {
                weekly_hours: Hours::from_hundredths(weekly_hours),
                part_time_hundredths: Some(percent),
                ..line(WORKERS[0])
            };
            part_timer.contractual_hours().hundredths()
        };
        // 38 hours at 62.55 % are 23.769; 36.50 at 50.02 %, 18.2573; 36.50 at 50.00 %, 18.25; 0.50 at 75.00 %, 0.375.
        assert_eq!(contractual(3_800, 6_255), 2_377);
        assert_eq!(contractual(3_650, 5_002), 1_826);
        assert_eq!(contractual(3_650, 5_000), 1_825);
        assert_eq!(contractual(50, 7_500), 38);
    }
}
