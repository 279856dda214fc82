//! What figures say once volume is taken out of them, and when the stock clears at the present pace.

use chrono::{Days, NaiveDate};

use super::Figures;

/// Days whose pace a forecast goes on with: four whole weeks, so that each day of the week counts alike.
pub const PACE_DAYS: u64 = 28;

/// Furthest day that a forecast names: beyond, a pace says nothing any more.
const FURTHEST: i64 = 3_650;

/// Figures of an interval that offices of any size can be compared by. `None` where the divisor is zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// Indice di deflusso: first decisions for 100 claims received, in hundredths.
    pub clearance: Option<i64>,
    /// Indice di giacenza: the stock in days of what is received on average, in hundredths.
    pub stock_days: Option<i64>,
    /// Chronic claims for 100 in stock, in hundredths.
    pub chronic: Option<i64>,
    /// Acceptances, whole or partial, for 100 first decisions, in hundredths.
    pub acceptance: Option<i64>,
}

impl Rates {
    /// Of an interval of so many days.
    pub fn of(figures: &impl Figures, days: i64) -> Self {
        Self {
            clearance: ratio(figures.concluded() * 10_000, figures.received()),
            stock_days: ratio(figures.stock() * days * 100, figures.received()),
            chronic: ratio(figures.chronic() * 10_000, figures.stock()),
            acceptance: ratio(figures.succeeded() * 10_000, figures.concluded()),
        }
    }
}

/// Half up; `None` when there is nothing to divide by.
fn ratio(dividend: i64, divisor: i64) -> Option<i64> {
    (divisor > 0).then(|| (dividend * 2 + divisor).div_euclid(divisor * 2))
}

/// When the stock clears if every day goes as those of the interval did on average: what leaves the stock (first
/// decisions, withdrawals, annulments, transfers to others less those from others) less what is received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forecast {
    /// The stock that is to clear.
    pub stock: i64,
    /// Received a day, in hundredths.
    pub received_a_day: i64,
    /// Gone a day, in hundredths.
    pub gone_a_day: i64,
    /// Day on which nothing is left; `None` when the stock does not shrink, or not within ten years.
    pub clears_on: Option<NaiveDate>,
    /// The same if nothing were received any more.
    pub clears_without_arrivals_on: Option<NaiveDate>,
}

impl Forecast {
    /// From the figures of the last days up to `as_of`, of which there are `days`.
    pub fn of(figures: &impl Figures, as_of: NaiveDate, days: i64) -> Self {
        let gone = figures.left();
        let clears = |a_window: i64| clears_on(figures.stock(), a_window, days, as_of);
        Self {
            stock: figures.stock(),
            received_a_day: ratio(figures.received() * 100, days).unwrap_or(0),
            gone_a_day: ratio(gone * 100, days).unwrap_or(0),
            clears_on: clears(gone - figures.received()),
            clears_without_arrivals_on: clears(gone),
        }
    }
}

/// `fewer` claims are left after each `days` days.
fn clears_on(stock: i64, fewer: i64, days: i64, as_of: NaiveDate) -> Option<NaiveDate> {
    if stock == 0 {
        return Some(as_of);
    }
    if fewer <= 0 {
        return None;
    }
    let needed = (stock * days + fewer - 1).div_euclid(fewer);
    let needed = u64::try_from(needed).ok().filter(|_| needed <= FURTHEST)?;
    as_of.checked_add_days(Days::new(needed))
}

#[cfg(test)]
mod tests {
    use super::super::Measures;
    use super::*;

    fn as_of() -> NaiveDate {
        "2026-11-24".parse().unwrap()
    }

    fn month(received: i64, defined: i64, stock: i64) -> Measures {
        Measures {
            received,
            defined,
            stock,
            accepted: defined,
            ..Measures::default()
        }
    }

    #[test]
    fn offices_of_any_size_compare() {
        let small = Rates::of(&month(30, 15, 10), 30);
        let large = Rates::of(&month(3_000, 1_500, 1_000), 30);
        assert_eq!(small, large);
        assert_eq!(
            (small.clearance, small.stock_days, small.chronic),
            (Some(5_000), Some(1_000), Some(0))
        );
    }

    #[test]
    fn nothing_received_or_left_has_no_rate() {
        let none = Rates::of(&month(0, 0, 0), 30);
        assert_eq!(
            (
                none.clearance,
                none.stock_days,
                none.chronic,
                none.acceptance
            ),
            (None, None, None, None)
        );
    }

    #[test]
    fn the_stock_clears_when_more_goes_than_comes() {
        // 28 come and 56 go in 28 days: one a day fewer.
        let forecast = Forecast::of(&month(28, 56, 10), as_of(), 28);
        assert_eq!((forecast.received_a_day, forecast.gone_a_day), (100, 200));
        assert_eq!(forecast.clears_on, "2026-12-04".parse().ok());
        assert_eq!(
            forecast.clears_without_arrivals_on,
            "2026-11-29".parse().ok()
        );
    }

    #[test]
    fn a_stock_that_grows_never_clears_and_an_empty_one_has() {
        assert_eq!(
            Forecast::of(&month(56, 28, 10), as_of(), 28).clears_on,
            None
        );
        assert_eq!(
            Forecast::of(&month(28, 28, 10), as_of(), 28).clears_on,
            None
        );
        assert_eq!(
            Forecast::of(&month(56, 28, 0), as_of(), 28).clears_on,
            Some(as_of())
        );
    }

    #[test]
    fn a_day_beyond_ten_years_is_not_named() {
        assert_eq!(
            Forecast::of(&month(0, 1, 1_000), as_of(), 28).clears_on,
            None
        );
    }
}
