//! Age of the stock (`claims.md` DAS-2): classes, and the thresholds beyond which a case is flagged. All of it is data.

use std::collections::BTreeMap;

use super::Product;

/// A class of age.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgeClass {
    /// Name, such as `31-60`.
    pub name: String,
    /// First day of age in the class.
    pub from_days: i32,
}

/// Classes and thresholds in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ageing {
    classes: Vec<AgeClass>,
    chronic_default: i32,
    chronic: BTreeMap<Product, i32>,
    very_old: i32,
}

impl Ageing {
    /// Classes from the youngest to the oldest, each reaching up to the next; days above which a case is `CHRONIC`, by
    /// default and by product; days above which it is `VERY_OLD`.
    ///
    /// # Errors
    /// [`AgeingFault`] when the classes do not begin at age 0 or are not in order, or a threshold is negative.
    pub fn new(
        classes: Vec<AgeClass>,
        chronic_default: i32,
        chronic: BTreeMap<Product, i32>,
        very_old: i32,
    ) -> Result<Self, AgeingFault> {
        if classes.first().is_none_or(|first| first.from_days != 0) {
            return Err(AgeingFault::NotFromZero);
        }
        if classes
            .windows(2)
            .any(|pair| pair[0].from_days >= pair[1].from_days)
        {
            return Err(AgeingFault::NotInOrder);
        }
        if chronic_default < 0 || very_old < 0 || chronic.values().any(|days| *days < 0) {
            return Err(AgeingFault::NegativeThreshold);
        }
        Ok(Self {
            classes,
            chronic_default,
            chronic,
            very_old,
        })
    }

    /// Names of the classes, youngest first.
    pub fn names(&self) -> Vec<String> {
        self.classes
            .iter()
            .map(|class| class.name.clone())
            .collect()
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.classes.len()
    }

    /// Position of the class of an age. Ages below zero count as zero.
    pub fn class_of(&self, age_days: i32) -> usize {
        self.classes
            .partition_point(|class| class.from_days <= age_days.max(0))
            .saturating_sub(1)
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

/// Classes or thresholds that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AgeingFault {
    /// Some ages would have no class.
    #[error("the first class of age must begin at 0 days")]
    NotFromZero,
    /// Some ages would have two classes.
    #[error("the classes of age must be in order, each beginning later than the one before")]
    NotInOrder,
    /// A threshold makes no sense.
    #[error("a threshold of age must not be negative")]
    NegativeThreshold,
}

#[cfg(test)]
pub(super) mod tests {
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
        let classes = classes.map(|(name, from_days)| AgeClass {
            name: name.to_owned(),
            from_days,
        });
        Ageing::new(classes.to_vec(), 180, BTreeMap::new(), 365).unwrap()
    }

    #[test]
    fn an_age_on_the_border_belongs_to_the_class_that_names_it() {
        let ageing = of_the_page();
        let class = |age| ageing.names()[ageing.class_of(age)].clone();
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
            vec![AgeClass {
                name: "all".to_owned(),
                from_days: 0,
            }],
            180,
            BTreeMap::from([(Product::Cigs, 900)]),
            365,
        )
        .unwrap();
        assert!(!patient.is_chronic(Product::Cigs, 365));
        assert!(patient.is_chronic(Product::Cigs, 366));
    }

    #[test]
    fn classes_that_leave_a_gap_at_the_start_or_overlap_are_refused() {
        let class = |from_days: i32| AgeClass {
            name: from_days.to_string(),
            from_days,
        };
        let build = |classes| Ageing::new(classes, 180, BTreeMap::new(), 365);
        assert_eq!(build(vec![]), Err(AgeingFault::NotFromZero));
        assert_eq!(build(vec![class(1)]), Err(AgeingFault::NotFromZero));
        assert_eq!(
            build(vec![class(0), class(30), class(30)]),
            Err(AgeingFault::NotInOrder)
        );
    }
}
