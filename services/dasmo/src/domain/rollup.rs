//! Sums over instruments and over both halves of the dashboard, kept beside the cells: a question reads one row for each day
//! and group that it tells of, however many instruments there are.

use std::collections::BTreeMap;

use super::{CellKey, Cut, Figures, Product, Section, Unit};

/// What a row is about: a cell, or the sum of those that differ by instrument, by half of the dashboard, or by both.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowKey {
    /// Where.
    pub unit: Unit,
    /// Which part of the claims.
    pub cut: Cut,
    /// Instrument; `None` for the sum of all.
    pub product: Option<Product>,
    /// Half of the dashboard; `None` for the sum of both.
    pub section: Option<Section>,
}

/// Cells with their sums, ordered.
pub fn with_sums<F: Figures>(cells: &BTreeMap<CellKey, F>) -> BTreeMap<RowKey, F> {
    let mut rows: BTreeMap<RowKey, F> = BTreeMap::new();
    for (key, figures) in cells {
        for product in [Some(key.product), None] {
            for section in [Some(key.section), None] {
                let row = RowKey {
                    unit: key.unit.clone(),
                    cut: key.cut.clone(),
                    product,
                    section,
                };
                *rows.entry(row).or_default() += figures;
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::super::Measures;
    use super::*;

    fn cell(product: Product, section: Section, received: i64) -> (CellKey, Measures) {
        let key = CellKey {
            unit: Unit::Italy,
            product,
            section,
            cut: Cut::WHOLE,
        };
        let measures = Measures {
            received,
            ages: vec![received],
            ..Measures::default()
        };
        (key, measures)
    }

    #[test]
    fn a_cell_counts_in_its_instrument_in_its_half_and_in_the_whole() {
        let cells = BTreeMap::from([
            cell(Product::Cigo, Section::Covid, 1),
            cell(Product::Cigo, Section::Ordinary, 2),
            cell(Product::Cigs, Section::Ordinary, 4),
        ]);
        let rows = with_sums(&cells);
        let received = |product, section| {
            let row = RowKey {
                unit: Unit::Italy,
                cut: Cut::WHOLE,
                product,
                section,
            };
            rows.get(&row).map(|one| (one.received, one.ages.clone()))
        };
        let (cigo, ordinary) = (Some(Product::Cigo), Some(Section::Ordinary));
        assert_eq!(received(cigo, ordinary), Some((2, vec![2])));
        assert_eq!(received(cigo, None), Some((3, vec![3])));
        assert_eq!(received(None, ordinary), Some((6, vec![6])));
        assert_eq!(received(None, None), Some((7, vec![7])));
        assert_eq!(received(Some(Product::Cigs), Some(Section::Covid)), None);
        assert_eq!(rows.len(), 3 + 2 + 2 + 1);
    }
}
