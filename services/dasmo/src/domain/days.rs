//! How long definitions took (`claims.md` §9.2, `definition_days`).

use std::ops::AddAssign;

/// Definitions counted by the days they took, shortest first. Kept whole, so that percentiles of any sum of cells are exact. In a
/// row of memory: a month of all offices is the sum of thousands of cells, with some dozens of different days in each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DaysTaken(Vec<(i32, i64)>);

impl DaysTaken {
    /// So many claims took so many days.
    pub fn add(&mut self, days: i32, claims: i64) {
        match self.0.binary_search_by_key(&days, |(days, _)| *days) {
            Ok(place) => self.0[place].1 += claims,
            Err(place) => self.0.insert(place, (days, claims)),
        }
    }

    /// As many claims took as many days, pair by pair.
    pub fn add_all(&mut self, days: &[i32], claims: &[i32]) {
        for (days, claims) in days.iter().zip(claims) {
            self.add(*days, i64::from(*claims));
        }
    }

    /// Days and claims, shortest first.
    pub fn iter(&self) -> impl Iterator<Item = (i32, i64)> {
        self.0.iter().copied()
    }

    /// Mean, median and 90th percentile; `None` when nothing was defined.
    pub fn summary(&self) -> Option<Summary> {
        let claims: i64 = self.iter().map(|(_, claims)| claims).sum();
        if claims == 0 {
            return None;
        }
        let days: i64 = self
            .iter()
            .map(|(days, claims)| i64::from(days) * claims)
            .sum();
        Some(Summary {
            mean_hundredths: (days * 200 + claims).div_euclid(claims * 2),
            median: self.percentile(claims, 50),
            p90: self.percentile(claims, 90),
        })
    }

    /// The smallest number of days within which at least this share of the claims was defined (nearest rank, as
    /// `percentile_disc` of SQL).
    fn percentile(&self, claims: i64, percent: i64) -> i32 {
        let mut within = 0;
        for (days, more) in self.iter() {
            within += more;
            if within * 100 >= claims * percent {
                return days;
            }
        }
        0
    }
}

impl AddAssign<&DaysTaken> for DaysTaken {
    fn add_assign(&mut self, other: &Self) {
        for (days, claims) in other.iter() {
            self.add(days, claims);
        }
    }
}

impl FromIterator<(i32, i64)> for DaysTaken {
    fn from_iter<T: IntoIterator<Item = (i32, i64)>>(pairs: T) -> Self {
        let mut taken = Self::default();
        for (days, claims) in pairs {
            taken.add(days, claims);
        }
        taken
    }
}

/// Days to a first decision, in short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Mean in hundredths of a day, half up.
    pub mean_hundredths: i64,
    /// Median in days.
    pub median: i32,
    /// 90th percentile in days.
    pub p90: i32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_defined_has_no_figure() {
        assert_eq!(DaysTaken::default().summary(), None);
    }

    #[test]
    fn percentiles_are_days_that_some_claim_took() {
        let taken: DaysTaken = (1..=10).map(|days| (days, 1)).collect();
        assert_eq!(
            taken.summary(),
            Some(Summary {
                mean_hundredths: 550,
                median: 5,
                p90: 9
            })
        );
        let one: DaysTaken = [(7, 1)].into_iter().collect();
        assert_eq!(one.summary().map(|it| (it.median, it.p90)), Some((7, 7)));
    }

    #[test]
    fn a_mean_is_rounded_half_up() {
        let taken: DaysTaken = [(1, 1), (2, 2)].into_iter().collect();
        assert_eq!(taken.summary().unwrap().mean_hundredths, 167);
    }
}
