//! The measures of `claims.md` §9.2.

use std::ops::AddAssign;

use sheet::Cell;

use super::{ColumnHead, DaysTaken, Figures, Language, Opening, columns};

/// The measures of one cell, or the sum of several. Counts of claims, unless the name says otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Measures {
    /// Protocolled on the day.
    pub received: i64,
    /// Workers of those.
    pub received_workers: i64,
    /// Hours of those, in hundredths.
    pub received_hours_hundredths: i64,
    /// First decisions on the day.
    pub defined: i64,
    /// Of which acceptances.
    pub accepted: i64,
    /// Of which partial acceptances.
    pub partially_accepted: i64,
    /// Of which rejections.
    pub rejected: i64,
    /// Workers of the claims defined.
    pub defined_workers: i64,
    /// Hours of the claims defined, in hundredths.
    pub defined_hours_hundredths: i64,
    /// Days from the protocol to the first decision, of the claims defined.
    pub gross_days: DaysTaken,
    /// The same less the days spent waiting for the employer (`claims.md` INT-9).
    pub net_days: DaysTaken,
    /// Withdrawn on the day before a decision.
    pub withdrawn: i64,
    /// Annulled on the day before a decision.
    pub annulled: i64,
    /// Came from other offices on the day.
    pub transferred_in: i64,
    /// Went to other offices on the day.
    pub transferred_out: i64,
    /// Pending at the end of the day (giacenza).
    pub stock: i64,
    /// Of the stock: to take in charge.
    pub stock_to_take: i64,
    /// Of the stock: under review.
    pub stock_under_review: i64,
    /// Of the stock: waiting for the employer.
    pub stock_waiting: i64,
    /// Of the stock: above the threshold of the product.
    pub stock_chronic: i64,
    /// Of the stock: very old.
    pub stock_very_old: i64,
    /// Workers of the claims in stock.
    pub stock_workers: i64,
    /// Hours of the claims in stock, in hundredths.
    pub stock_hours_hundredths: i64,
    /// Received up to and including the day.
    pub received_total: i64,
    /// First decisions up to and including the day.
    pub defined_total: i64,
    /// Reexaminations pending; not in the stock.
    pub reexaminations_pending: i64,
    /// Appeals pending; not in the stock.
    pub appeals_pending: i64,
    /// The stock by class of age, youngest first.
    pub ages: Vec<i64>,
}

impl AddAssign<&Measures> for Measures {
    fn add_assign(&mut self, other: &Self) {
        self.received += other.received;
        self.received_workers += other.received_workers;
        self.received_hours_hundredths += other.received_hours_hundredths;
        self.defined += other.defined;
        self.accepted += other.accepted;
        self.partially_accepted += other.partially_accepted;
        self.rejected += other.rejected;
        self.defined_workers += other.defined_workers;
        self.defined_hours_hundredths += other.defined_hours_hundredths;
        self.gross_days += &other.gross_days;
        self.net_days += &other.net_days;
        self.withdrawn += other.withdrawn;
        self.annulled += other.annulled;
        self.transferred_in += other.transferred_in;
        self.transferred_out += other.transferred_out;
        self.stock += other.stock;
        self.stock_to_take += other.stock_to_take;
        self.stock_under_review += other.stock_under_review;
        self.stock_waiting += other.stock_waiting;
        self.stock_chronic += other.stock_chronic;
        self.stock_very_old += other.stock_very_old;
        self.stock_workers += other.stock_workers;
        self.stock_hours_hundredths += other.stock_hours_hundredths;
        self.received_total += other.received_total;
        self.defined_total += other.defined_total;
        self.reexaminations_pending += other.reexaminations_pending;
        self.appeals_pending += other.appeals_pending;
        self.ages.resize(self.ages.len().max(other.ages.len()), 0);
        for (sum, more) in self.ages.iter_mut().zip(&other.ages) {
            *sum += more;
        }
    }
}

impl Figures for Measures {
    fn none(age_classes: usize) -> Self {
        Self {
            ages: vec![0; age_classes],
            ..Self::default()
        }
    }

    fn received(&self) -> i64 {
        self.received
    }

    fn concluded(&self) -> i64 {
        self.defined
    }

    fn succeeded(&self) -> i64 {
        self.accepted + self.partially_accepted
    }

    fn stock(&self) -> i64 {
        self.stock
    }

    fn chronic(&self) -> i64 {
        self.stock_chronic
    }

    /// First decisions, withdrawals, annulments, and transfers to other offices less those from them.
    fn left(&self) -> i64 {
        self.defined + self.withdrawn + self.annulled + self.transferred_out - self.transferred_in
    }

    fn carry_over(&mut self, before: &Opening) {
        self.received_total += before.received_total;
        self.defined_total += before.defined_total;
    }

    fn forget_totals(&mut self) {
        self.received_total = 0;
        self.defined_total = 0;
    }

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

#[cfg(test)]
mod tests {
    use super::super::total;
    use super::*;

    #[test]
    fn a_total_is_the_sum_of_its_parts_and_has_every_class_of_age() {
        let parts = [
            Measures {
                stock: 2,
                ages: vec![2, 0],
                ..Measures::default()
            },
            Measures {
                stock: 1,
                ages: vec![0, 1],
                ..Measures::default()
            },
        ];
        let sum = total(&parts, 2);
        assert_eq!((sum.stock, sum.ages), (3, vec![2, 1]));
        assert_eq!(total::<Measures>([], 2).ages, [0, 0]);
    }
}
