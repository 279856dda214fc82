//! The measures of payment flows (`claims.md` §9.2).

use std::ops::AddAssign;

use sheet::Cell;

use super::super::{ColumnHead, DaysTaken, Figures, Language, Opening};
use super::columns;

/// The measures of one cell, or the sum of several. Counts of lines (*trattamenti*), unless the name says otherwise;
/// amounts are what workers are due after the reduction, as far as they are known. Distinct workers are not among them:
/// they do not add up (`claims.md` DAS-3).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LineMeasures {
    /// Flows received on the day.
    pub received_flows: i64,
    /// Lines of those.
    pub received: i64,
    /// Hours of those, in hundredths.
    pub received_hours_hundredths: i64,
    /// Their amounts as far as the checks knew them, in euro cents.
    pub received_cents: i64,
    /// Put into payment orders on the day.
    pub ordered: i64,
    /// Amounts of those, in euro cents.
    pub ordered_cents: i64,
    /// Paid on the day.
    pub paid: i64,
    /// Hours of those, in hundredths.
    pub paid_hours_hundredths: i64,
    /// Amounts of those, in euro cents.
    pub paid_cents: i64,
    /// Days from the receipt to the payment, of the lines paid.
    pub payment_days: DaysTaken,
    /// Cancelled on the day with the whole flow, which was rejected.
    pub rejected: i64,
    /// Amounts of those, in euro cents.
    pub rejected_cents: i64,
    /// Cancelled on the day otherwise.
    pub cancelled: i64,
    /// Sent back by the bank on the day.
    pub sent_back: i64,
    /// Of which after they had been paid, and in stock again.
    pub reopened: i64,
    /// Pending at the end of the day (giacenza).
    pub stock: i64,
    /// Of the stock: in verification.
    pub stock_verifying: i64,
    /// Of the stock: stopped.
    pub stock_stopped: i64,
    /// Of the stock: to be ordered.
    pub stock_to_order: i64,
    /// Of the stock: ordered.
    pub stock_ordered: i64,
    /// Of the stock: above the threshold of the product.
    pub stock_chronic: i64,
    /// Of the stock: very old.
    pub stock_very_old: i64,
    /// Hours of the stock, in hundredths.
    pub stock_hours_hundredths: i64,
    /// Amounts of the stock as far as they are known, in euro cents.
    pub stock_cents: i64,
    /// The stock by class of age, youngest first.
    pub ages: Vec<i64>,
}

impl AddAssign<&LineMeasures> for LineMeasures {
    fn add_assign(&mut self, other: &Self) {
        self.received_flows += other.received_flows;
        self.received += other.received;
        self.received_hours_hundredths += other.received_hours_hundredths;
        self.received_cents += other.received_cents;
        self.ordered += other.ordered;
        self.ordered_cents += other.ordered_cents;
        self.paid += other.paid;
        self.paid_hours_hundredths += other.paid_hours_hundredths;
        self.paid_cents += other.paid_cents;
        self.payment_days += &other.payment_days;
        self.rejected += other.rejected;
        self.rejected_cents += other.rejected_cents;
        self.cancelled += other.cancelled;
        self.sent_back += other.sent_back;
        self.reopened += other.reopened;
        self.stock += other.stock;
        self.stock_verifying += other.stock_verifying;
        self.stock_stopped += other.stock_stopped;
        self.stock_to_order += other.stock_to_order;
        self.stock_ordered += other.stock_ordered;
        self.stock_chronic += other.stock_chronic;
        self.stock_very_old += other.stock_very_old;
        self.stock_hours_hundredths += other.stock_hours_hundredths;
        self.stock_cents += other.stock_cents;
        self.ages.resize(self.ages.len().max(other.ages.len()), 0);
        for (sum, more) in self.ages.iter_mut().zip(&other.ages) {
            *sum += more;
        }
    }
}

impl Figures for LineMeasures {
    fn none(age_classes: usize) -> Self {
        Self::default().with_age_classes(age_classes)
    }

    fn received(&self) -> i64 {
        self.received
    }

    fn concluded(&self) -> i64 {
        self.paid + self.rejected + self.cancelled
    }

    fn succeeded(&self) -> i64 {
        self.paid
    }

    fn stock(&self) -> i64 {
        self.stock
    }

    fn chronic(&self) -> i64 {
        self.stock_chronic
    }

    /// Paid, rejected and cancelled, less what came back after it had been paid. A flow never changes its office.
    fn left(&self) -> i64 {
        self.concluded() - self.reopened
    }

    /// Nothing: lines are not counted since the beginning, since an interval tells it.
    fn carry_over(&mut self, _: &Opening) {}

    fn forget_totals(&mut self) {}

    fn with_age_classes(mut self, age_classes: usize) -> Self {
        self.ages.resize(age_classes, 0);
        self
    }

    fn heads(age_classes: &[String], language: Language) -> Vec<ColumnHead> {
        columns::figure_heads(age_classes, language)
    }

    fn cells(&self) -> Vec<Cell> {
        columns::figure_cells(self)
    }
}
