//! What the figures of every subject have in common, whether they are of claims or of lines of payment flows: the same
//! pictures, comparisons, forecasts and tables are made of both.

use std::ops::AddAssign;

use sheet::Cell;

use super::{ColumnHead, Language, Opening};

/// The figures of one cell, or the sum of several.
pub trait Figures:
    Clone + std::fmt::Debug + Default + PartialEq + Send + Sync + 'static + for<'a> AddAssign<&'a Self>
{
    /// Nothing counted yet.
    fn none(age_classes: usize) -> Self;

    /// What arrived.
    fn received(&self) -> i64;

    /// What came to an end.
    fn concluded(&self) -> i64;

    /// Of which with what was asked for.
    fn succeeded(&self) -> i64;

    /// What is pending (giacenza).
    fn stock(&self) -> i64;

    /// Of which above the threshold of the product.
    fn chronic(&self) -> i64;

    /// What left the stock, less what came into it otherwise than by arriving.
    fn left(&self) -> i64;

    /// Takes over what is counted since the beginning.
    fn carry_over(&mut self, before: &Opening);

    /// Counts nothing since the beginning.
    fn forget_totals(&mut self);

    /// As if there were so many classes of age.
    #[must_use]
    fn with_age_classes(self, age_classes: usize) -> Self;

    /// Heads of the columns of a table of these figures, after that of what they are of.
    fn heads(age_classes: &[String], language: Language) -> Vec<ColumnHead>;

    /// The cells under those heads.
    fn cells(&self) -> Vec<Cell>;

    /// What the stock of the day before and the movements of the day leave at its end (`claims.md` DAS-1).
    fn stock_by_movements(&self, before: i64) -> i64 {
        before + self.received() - self.left()
    }
}

/// Sum of cells: claims and lines add up (`claims.md` DAS-3). `age_classes` is the number of classes of age.
pub fn total<'a, F: Figures>(cells: impl IntoIterator<Item = &'a F>, age_classes: usize) -> F {
    let mut sum = F::none(age_classes);
    for cell in cells {
        sum += cell;
    }
    sum
}
