//! How many claims each unit has, and for which weeks: one after the other, never two for one week, and together within
//! what the limits allow in any two years.

use anyhow::ensure;
use kernel::{Week, WeekPeriod};

use super::dice::Dice;

/// Weeks over which the claims of a unit are spread.
pub(super) const WINDOW: u32 = 104;
/// Most weeks of all claims of a unit together: 52 are the limit (art. 12 c. 3 D.Lgs. 148/2015).
pub(super) const BUDGET: u32 = 45;
/// Most claims of a unit.
pub(super) const CLAIMS_MOST: u32 = 40;
/// Most weeks of a claim (art. 12 c. 1).
const LONGEST: u32 = 13;
/// Weeks that a claim has on average where there is room.
const USUAL: u32 = 5;

/// Spreads `claims` over `units`: no unit gets more than [`CLAIMS_MOST`].
pub(super) fn quotas(seed: u64, units: usize, claims: u32) -> anyhow::Result<Vec<u32>> {
    let count = u32::try_from(units)?;
    let room = u64::from(count) * u64::from(CLAIMS_MOST);
    ensure!(
        u64::from(claims) <= room,
        "these employers have {units} production units, which can hold {room} claims at most: ask for more employers \
         or for fewer claims"
    );
    let (each, left) = (claims / count.max(1), claims % count.max(1));
    let mut quotas: Vec<u32> = (0..count)
        .map(|unit| each + u32::from(unit < left))
        .collect();
    let mut dice = Dice::of(seed, "quotas", 0);
    for pair in quotas.chunks_exact_mut(2) {
        let moved = dice.between(0, pair[0] * 2 / 3).min(CLAIMS_MOST - pair[1]);
        pair[0] -= moved;
        pair[1] += moved;
    }
    Ok(quotas)
}

/// So many periods in the [`WINDOW`] that ends with the week `last`, in order.
pub(super) fn periods(dice: &mut Dice, claims: u32, last: Week) -> Vec<WeekPeriod> {
    let lengths = lengths(dice, claims);
    let free = WINDOW.saturating_sub(lengths.iter().sum());
    let mut pauses: Vec<u32> = lengths.iter().map(|_| dice.between(0, free)).collect();
    pauses.sort_unstable();
    let first = last - (WINDOW.cast_signed() - 1);
    let mut taken = 0;
    let mut periods = Vec::with_capacity(lengths.len());
    for (length, pause) in lengths.into_iter().zip(pauses) {
        let start = first + (pause + taken).cast_signed();
        taken += length;
        periods.extend(WeekPeriod::new(start, length));
    }
    periods
}

fn lengths(dice: &mut Dice, claims: u32) -> Vec<u32> {
    let mut lengths: Vec<u32> = (0..claims).map(|_| 1).collect();
    let most = BUDGET.min(claims * USUAL);
    for _ in claims..most {
        let index = dice.between(0, claims - 1) as usize;
        lengths[index] = (lengths[index] + 1).min(LONGEST);
    }
    lengths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last() -> Week {
        Week::of("2026-09-02".parse().unwrap())
    }

    #[test]
    fn quotas_add_up_and_differ() {
        let quotas = quotas(1, 1_000, 18_000).unwrap();
        assert_eq!(quotas.iter().sum::<u32>(), 18_000);
        assert!(quotas.iter().all(|quota| *quota <= CLAIMS_MOST));
        assert!(quotas.iter().max() > quotas.iter().min().map(|least| least + 5).as_ref());
    }

    #[test]
    fn more_claims_than_weeks_are_refused() {
        assert!(quotas(1, 10, 400).is_ok());
        let refused = quotas(1, 10, 401).unwrap_err().to_string();
        assert!(refused.contains("400 claims at most"), "{refused}");
    }

    #[test]
    fn periods_of_a_unit_follow_each_other_and_leave_the_limit_alone() {
        for number in 0..500 {
            let mut dice = Dice::of(1, "periods", number);
            let claims = dice.between(0, CLAIMS_MOST);
            let periods = periods(&mut dice, claims, last());
            assert_eq!(periods.len(), claims as usize);
            assert!(
                periods
                    .windows(2)
                    .all(|pair| pair[0].last_week() < pair[1].first_week())
            );
            assert!(periods.iter().all(|period| period.count() <= LONGEST));
            assert!(periods.iter().map(|period| period.count()).sum::<u32>() <= BUDGET);
            let window = (last() - 103)..=last();
            assert!(periods.iter().all(|period| {
                window.contains(&period.first_week()) && window.contains(&period.last_week())
            }));
        }
    }
}
