//! Classes of a number, such as the age of a claim or the size of a firm. They are data.

use serde::{Deserialize, Serialize};

/// A class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Band {
    /// Name, such as `31-60`.
    pub name: String,
    /// First number in the class; it reaches up to the next.
    pub from: i32,
}

/// Classes from the lowest to the highest, so that every number from zero on is in exactly one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bands(Vec<Band>);

impl Bands {
    /// Classes in their order.
    ///
    /// # Errors
    /// [`BandFault`] when they do not begin at zero or are not in order.
    pub fn new(bands: Vec<Band>) -> Result<Self, BandFault> {
        if bands.first().is_none_or(|first| first.from != 0) {
            return Err(BandFault::NotFromZero);
        }
        if bands.windows(2).any(|pair| pair[0].from >= pair[1].from) {
            return Err(BandFault::NotInOrder);
        }
        Ok(Self(bands))
    }

    /// Number of classes.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Names, lowest class first.
    pub fn names(&self) -> Vec<String> {
        self.0.iter().map(|band| band.name.clone()).collect()
    }

    /// Position of the class of a number. Numbers below zero count as zero.
    pub fn position(&self, number: i32) -> usize {
        self.0
            .partition_point(|band| band.from <= number.max(0))
            .saturating_sub(1)
    }

    /// Name of the class of a number.
    pub fn name_of(&self, number: i32) -> &str {
        &self.0[self.position(number)].name
    }

    /// The numbers of the class of this name: its first, and the first of the next class if there is one.
    pub fn reach_of(&self, name: &str) -> Option<(i32, Option<i32>)> {
        let position = self.0.iter().position(|band| band.name == name)?;
        let next = self.0.get(position + 1).map(|band| band.from);
        Some((self.0[position].from, next))
    }
}

/// Classes that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BandFault {
    /// Some numbers would have no class.
    #[error("the first class must begin at 0")]
    NotFromZero,
    /// Some numbers would have two classes.
    #[error("the classes must be in order, each beginning later than the one before")]
    NotInOrder,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(from: &[i32]) -> Result<Bands, BandFault> {
        let band = |from: &i32| Band {
            name: from.to_string(),
            from: *from,
        };
        Bands::new(from.iter().map(band).collect())
    }

    #[test]
    fn classes_that_leave_a_gap_at_the_start_or_overlap_are_refused() {
        assert_eq!(build(&[]), Err(BandFault::NotFromZero));
        assert_eq!(build(&[1]), Err(BandFault::NotFromZero));
        assert_eq!(build(&[0, 30, 30]), Err(BandFault::NotInOrder));
    }

    #[test]
    fn a_number_on_the_border_belongs_to_the_class_that_begins_there() {
        let bands = build(&[0, 501, 1501]).unwrap();
        assert_eq!((bands.name_of(500), bands.name_of(501)), ("0", "501"));
        assert_eq!(bands.name_of(-3), "0");
    }

    #[test]
    fn a_class_reaches_up_to_the_next_and_the_last_one_has_no_end() {
        let bands = build(&[0, 501, 1501]).unwrap();
        assert_eq!(bands.reach_of("501"), Some((501, Some(1501))));
        assert_eq!(bands.reach_of("1501"), Some((1501, None)));
        assert_eq!(bands.reach_of("7"), None);
    }
}
