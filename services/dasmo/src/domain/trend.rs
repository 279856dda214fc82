//! Days in a row: what a period is made of (`claims.md` DAS-6).

use chrono::{Datelike, Days, NaiveDate};

/// Longest trend in days (`claims.md` DAS-6).
pub const LONGEST_TREND: i64 = 800;

/// How long a period of a trend is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A day.
    Day,
    /// Monday to Sunday (`claims.md` CAL-5).
    Week,
    /// A month of the calendar.
    Month,
}

impl Step {
    fn first_day(self, day: NaiveDate) -> NaiveDate {
        let back = match self {
            Self::Day => 0,
            Self::Week => u64::from(day.weekday().num_days_from_monday()),
            Self::Month => u64::from(day.day0()),
        };
        day - Days::new(back)
    }
}

/// Published days that are told together: what happened is that of all of them, what is left is that of the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// The days, in order; never none.
    pub days: Vec<NaiveDate>,
}

impl Period {
    /// A day by itself.
    pub fn day(day: NaiveDate) -> Self {
        Self { days: vec![day] }
    }

    /// First day.
    pub fn from(&self) -> NaiveDate {
        self.days.first().copied().unwrap_or_default()
    }

    /// Last day, whose stock the period shows.
    pub fn to(&self) -> NaiveDate {
        self.days.last().copied().unwrap_or_default()
    }
}

/// Published days, in order, by periods.
pub fn periods(published: &[NaiveDate], step: Step) -> Vec<Period> {
    published
        .chunk_by(|one, next| step.first_day(*one) == step.first_day(*next))
        .map(|days| Period {
            days: days.to_vec(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(step: Step) -> Vec<(String, String, usize)> {
        let first: NaiveDate = "2026-10-29".parse().unwrap();
        let days: Vec<_> = first.iter_days().take(12).collect();
        periods(&days, step)
            .iter()
            .map(|it| (it.from().to_string(), it.to().to_string(), it.days.len()))
            .collect()
    }

    fn span(from: &str, to: &str, days: usize) -> (String, String, usize) {
        (from.to_owned(), to.to_owned(), days)
    }

    #[test]
    fn weeks_end_on_sunday_and_the_first_and_last_may_be_short() {
        assert_eq!(
            spans(Step::Week),
            [
                span("2026-10-29", "2026-11-01", 4),
                span("2026-11-02", "2026-11-08", 7),
                span("2026-11-09", "2026-11-09", 1)
            ]
        );
    }

    #[test]
    fn months_are_those_of_the_calendar() {
        assert_eq!(
            spans(Step::Month),
            [
                span("2026-10-29", "2026-10-31", 3),
                span("2026-11-01", "2026-11-09", 9)
            ]
        );
        assert_eq!(spans(Step::Day).len(), 12);
    }
}
