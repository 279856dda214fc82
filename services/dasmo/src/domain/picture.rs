//! The picture of a day: the measures of `claims.md` §9.2 by office and product, and the identity that they obey.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use kernel::OfficeCode;

use super::{Ageing, Movement, Outcome, Product, Stage};

/// What a cell is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellKey {
    /// Office.
    pub office: OfficeCode,
    /// Product.
    pub product: Product,
}

/// The measures of one cell, or the sum of several. Counts of claims, unless the name says otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Measures {
    /// Protocolled on the day.
    pub received: i64,
    /// First decisions on the day.
    pub defined: i64,
    /// Of which acceptances.
    pub accepted: i64,
    /// Of which partial acceptances.
    pub partially_accepted: i64,
    /// Of which rejections.
    pub rejected: i64,
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
        self.defined += other.defined;
        self.accepted += other.accepted;
        self.partially_accepted += other.partially_accepted;
        self.rejected += other.rejected;
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

/// Sum of cells: claims add up (`claims.md` DAS-3). `classes` is the number of classes of age.
pub fn total<'a>(cells: impl IntoIterator<Item = &'a Measures>, classes: usize) -> Measures {
    let mut sum = Measures {
        ages: vec![0; classes],
        ..Measures::default()
    };
    for cell in cells {
        sum += cell;
    }
    sum
}

/// What a cell carries over from the day before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Opening {
    /// Stock at the end of the day before.
    pub stock: i64,
    /// Received since the beginning.
    pub received_total: i64,
    /// Defined since the beginning.
    pub defined_total: i64,
}

/// Claims that made the same movement on the day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Where.
    pub cell: CellKey,
    /// What happened.
    pub movement: Movement,
}

/// Claims that stand alike at the end of the day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// Where.
    pub cell: CellKey,
    /// Stage.
    pub stage: Stage,
    /// Age in days: the day less the day of the protocol. A transfer does not reset it.
    pub age_days: i32,
    /// How many.
    pub claims: i64,
    /// Their workers.
    pub workers: i64,
    /// Their hours, in hundredths.
    pub hours_hundredths: i64,
}

/// Decided claims that wait for a second word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Where.
    pub cell: CellKey,
    /// For what.
    pub waiting_for: WaitingFor,
    /// How many.
    pub claims: i64,
}

/// What a decided claim may wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitingFor {
    /// Riesame.
    Reexamination,
    /// Ricorso.
    Appeal,
}

/// The measures of one day, by office and product. Begins as what the day before left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    cells: BTreeMap<CellKey, Measures>,
    opening: BTreeMap<CellKey, Opening>,
    classes: usize,
}

impl Picture {
    /// A picture without movements or stock yet. Every cell of the day before has one today, since its totals go on.
    pub fn opening(opening: BTreeMap<CellKey, Opening>, ageing: &Ageing) -> Self {
        let classes = ageing.classes();
        let cells = opening
            .iter()
            .map(|(key, before)| {
                let measures = Measures {
                    received_total: before.received_total,
                    defined_total: before.defined_total,
                    ages: vec![0; classes],
                    ..Measures::default()
                };
                (key.clone(), measures)
            })
            .collect();
        Self {
            cells,
            opening,
            classes,
        }
    }

    /// Counts a movement of the day.
    pub fn moved(&mut self, moved: Moved) {
        let cell = self.cell(moved.cell);
        match moved.movement {
            Movement::Received => {
                cell.received += 1;
                cell.received_total += 1;
            }
            Movement::Defined(outcome) => {
                cell.defined += 1;
                cell.defined_total += 1;
                *match outcome {
                    Outcome::Acceptance => &mut cell.accepted,
                    Outcome::PartialAcceptance => &mut cell.partially_accepted,
                    Outcome::Rejection => &mut cell.rejected,
                } += 1;
            }
            Movement::Withdrawn => cell.withdrawn += 1,
            Movement::Annulled => cell.annulled += 1,
            Movement::TransferredIn => cell.transferred_in += 1,
            Movement::TransferredOut => cell.transferred_out += 1,
        }
    }

    /// Counts claims in stock at the end of the day.
    pub fn hold(&mut self, holding: Holding, ageing: &Ageing) {
        let product = holding.cell.product;
        let cell = self.cell(holding.cell);
        cell.stock += holding.claims;
        *match holding.stage {
            Stage::ToTake => &mut cell.stock_to_take,
            Stage::UnderReview => &mut cell.stock_under_review,
            Stage::Waiting => &mut cell.stock_waiting,
        } += holding.claims;
        if ageing.is_chronic(product, holding.age_days) {
            cell.stock_chronic += holding.claims;
        }
        if ageing.is_very_old(holding.age_days) {
            cell.stock_very_old += holding.claims;
        }
        cell.ages[ageing.class_of(holding.age_days)] += holding.claims;
        cell.stock_workers += holding.workers;
        cell.stock_hours_hundredths += holding.hours_hundredths;
    }

    /// Counts decided claims that wait for a second word at the end of the day.
    pub fn waiting(&mut self, waiting: Waiting) {
        let cell = self.cell(waiting.cell);
        *match waiting.waiting_for {
            WaitingFor::Reexamination => &mut cell.reexaminations_pending,
            WaitingFor::Appeal => &mut cell.appeals_pending,
        } += waiting.claims;
    }

    /// The finished cells, ordered by office and product, without those in which nothing ever happened or is left.
    ///
    /// # Errors
    /// [`IdentityBroken`] when the stock of a cell is not what the day before and the movements of the day make of it
    /// (`claims.md` DAS-1). Stock and movements are counted apart, so this catches a step lost or counted twice.
    pub fn close(mut self) -> Result<BTreeMap<CellKey, Measures>, IdentityBroken> {
        for (key, cell) in &self.cells {
            let before = self.opening.get(key).map_or(0, |opening| opening.stock);
            let expected = before + cell.received - cell.defined - cell.withdrawn - cell.annulled
                + cell.transferred_in
                - cell.transferred_out;
            if expected != cell.stock {
                return Err(IdentityBroken {
                    cell: key.clone(),
                    expected,
                    counted: cell.stock,
                });
            }
        }
        let blank = Measures {
            ages: vec![0; self.classes],
            ..Measures::default()
        };
        self.cells.retain(|_, cell| *cell != blank);
        Ok(self.cells)
    }

    fn cell(&mut self, key: CellKey) -> &mut Measures {
        let classes = self.classes;
        self.cells.entry(key).or_insert_with(|| Measures {
            ages: vec![0; classes],
            ..Measures::default()
        })
    }
}

/// The figures of a cell contradict each other (`claims.md` DAS-1).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "identity DAS-1 is broken at office {} for {}: the movements make a stock of {expected}, {counted} claims are counted",
    .cell.office, .cell.product
)]
pub struct IdentityBroken {
    /// Where.
    pub cell: CellKey,
    /// Stock by the movements.
    pub expected: i64,
    /// Stock by the claims themselves.
    pub counted: i64,
}

#[cfg(test)]
mod tests {
    use super::super::ageing::tests::of_the_page;
    use super::*;

    fn key(office: &str) -> CellKey {
        CellKey {
            office: office.parse().unwrap(),
            product: Product::Cigo,
        }
    }

    fn holding(office: &str, age_days: i32, claims: i64) -> Holding {
        Holding {
            cell: key(office),
            stage: Stage::UnderReview,
            age_days,
            claims,
            workers: 3 * claims,
            hours_hundredths: 100 * claims,
        }
    }

    #[test]
    fn stock_is_counted_by_stage_age_and_flag() {
        let ageing = of_the_page();
        let mut picture = Picture::opening(
            BTreeMap::from([(
                key("490000"),
                Opening {
                    stock: 6,
                    ..Opening::default()
                },
            )]),
            &ageing,
        );
        for (age, claims) in [(0, 1), (181, 2), (400, 3)] {
            picture.hold(holding("490000", age, claims), &ageing);
        }
        let cells = picture.close().unwrap();
        let cell = &cells[&key("490000")];
        assert_eq!(
            (cell.stock, cell.stock_under_review, cell.stock_to_take),
            (6, 6, 0)
        );
        assert_eq!((cell.stock_chronic, cell.stock_very_old), (5, 3));
        assert_eq!(cell.ages, [1, 0, 0, 0, 0, 2, 3]);
        assert_eq!((cell.stock_workers, cell.stock_hours_hundredths), (18, 600));
    }

    #[test]
    fn a_step_that_was_lost_breaks_the_identity() {
        let ageing = of_the_page();
        let mut picture = Picture::opening(BTreeMap::new(), &ageing);
        picture.moved(Moved {
            cell: key("490000"),
            movement: Movement::Received,
        });
        assert_eq!(
            picture.close(),
            Err(IdentityBroken {
                cell: key("490000"),
                expected: 1,
                counted: 0
            })
        );
    }

    #[test]
    fn an_office_where_nothing_happens_keeps_its_totals() {
        let before = Opening {
            stock: 0,
            received_total: 9,
            defined_total: 8,
        };
        let picture = Picture::opening(BTreeMap::from([(key("040000"), before)]), &of_the_page());
        let cell = picture.close().unwrap().remove(&key("040000")).unwrap();
        assert_eq!(
            (cell.received_total, cell.defined_total, cell.received),
            (9, 8, 0)
        );
    }

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
        assert_eq!(total([], 2).ages, [0, 0]);
    }
}
