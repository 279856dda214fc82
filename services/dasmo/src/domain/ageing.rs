//! Age of the stock (`claims.md` DAS-2): classes, and the thresholds beyond which a case is flagged. All of it is data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Bands, Product};

/// Classes and thresholds of age.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ageing {
    classes: Bands,
    chronic_default: i32,
    chronic: BTreeMap<Product, i32>,
    very_old: i32,
}

impl Ageing {
    /// Classes in days from the youngest to the oldest; days above which a case is `CHRONIC`, by default and by product;
    /// days above which it is `VERY_OLD`.
    ///
    /// # Errors
    /// [`NegativeThreshold`] when a threshold makes no sense.
    pub fn new(
        classes: Bands,
        chronic_default: i32,
        chronic: BTreeMap<Product, i32>,
        very_old: i32,
    ) -> Result<Self, NegativeThreshold> {
        if chronic_default < 0 || very_old < 0 || chronic.values().any(|days| *days < 0) {
            return Err(NegativeThreshold);
        }
        Ok(Self {
            classes,
            chronic_default,
            chronic,
            very_old,
        })
    }

    /// Classes of age in days.
    pub fn classes(&self) -> &Bands {
        &self.classes
    }

    /// Days above which a case of this product is chronic: its threshold, but never more than that of the very old,
    /// since a very old case is always chronic too.
    pub fn chronic_above(&self, product: Product) -> i32 {
        self.chronic
            .get(&product)
            .copied()
            .unwrap_or(self.chronic_default)
            .min(self.very_old)
    }

    /// Days above which a case is very old.
    pub fn very_old_above(&self) -> i32 {
        self.very_old
    }

    /// `CHRONIC`: older than the threshold of the product.
    pub fn is_chronic(&self, product: Product, age_days: i32) -> bool {
        age_days > self.chronic_above(product)
    }

    /// `VERY_OLD`.
    pub fn is_very_old(&self, age_days: i32) -> bool {
        age_days > self.very_old
    }
}

/// What a picture is classed by, as it was in force when the picture was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Classes {
    /// Of age.
    pub ageing: Ageing,
    /// Of the average heads of a unit, in hundredths.
    pub sizes: Bands,
}

/// A threshold of age below zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a threshold of age must not be negative")]
pub struct NegativeThreshold;

#[cfg(test)]
pub(super) mod tests {
    use super::super::Band;
    use super::*;

    /// The table of `claims.md` DAS-2.
    pub(crate) fn of_the_page() -> Ageing {
        let classes = [
            ("0-15", 0),
            ("16-30", 16),
            ("31-60", 31),
            ("61-90", 61),
            ("91-180", 91),
            ("181-365", 181),
            (">365", 366),
        ];
        let classes = classes.map(|(name, from)| Band {
            name: name.to_owned(),
            from,
        });
        let classes = Bands::new(classes.to_vec()).unwrap();
        Ageing::new(classes, 180, BTreeMap::new(), 365).unwrap()
    }

    #[test]
    fn an_age_on_the_border_belongs_to_the_class_that_names_it() {
        let ageing = of_the_page();
        let class = |age| ageing.classes().name_of(age).to_owned();
        for (age, name) in [
            (0, "0-15"),
            (15, "0-15"),
            (16, "16-30"),
            (30, "16-30"),
            (180, "91-180"),
            (181, "181-365"),
            (365, "181-365"),
            (366, ">365"),
            (4000, ">365"),
        ] {
            assert_eq!(class(age), name, "age {age}");
        }
    }

    #[test]
    fn a_case_is_chronic_above_the_threshold_and_not_on_it() {
        let ageing = of_the_page();
        assert!(!ageing.is_chronic(Product::Cigo, 180));
        assert!(ageing.is_chronic(Product::Cigo, 181));
        assert!(!ageing.is_very_old(365));
        assert!(ageing.is_very_old(366));
    }

    #[test]
    fn a_very_old_case_is_chronic_even_where_the_threshold_is_higher() {
        let patient = Ageing::new(
            Bands::new(vec![Band {
                name: "all".to_owned(),
                from: 0,
            }])
            .unwrap(),
            180,
            BTreeMap::from([(Product::Cigs, 900)]),
            365,
        )
        .unwrap();
        assert!(!patient.is_chronic(Product::Cigs, 365));
        assert!(patient.is_chronic(Product::Cigs, 366));
    }
}
