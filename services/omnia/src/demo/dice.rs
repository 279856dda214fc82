//! Chance that repeats itself: the same throws for the same seed, topic and number, whatever was thrown elsewhere.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use uuid::Uuid;

/// A prime beyond every size that [`scatter`] is given, so that it divides none of them.
const STEP: u128 = (1 << 61) - 1;
/// How far apart two neighbouring seeds start.
const SHIFT: u128 = 982_451_653;

/// Dice of one thing.
pub(super) struct Dice(StdRng);

impl Dice {
    /// The dice of the `number`-th thing of a kind. The first sixteen letters of `topic` tell kinds apart.
    pub(super) fn of(seed: u64, topic: &str, number: u64) -> Self {
        let mut key = [0_u8; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&number.to_le_bytes());
        for (slot, letter) in key[16..].iter_mut().zip(topic.bytes()) {
            *slot = letter;
        }
        Self(StdRng::from_seed(key))
    }

    /// A number from `least` to `most`, both included.
    pub(super) fn between(&mut self, least: u32, most: u32) -> u32 {
        self.0.random_range(least..=most.max(least))
    }

    /// Happens so many times in a hundred.
    pub(super) fn in_hundred(&mut self, times: u32) -> bool {
        self.between(1, 100) <= times
    }

    /// One of several things, of which there is one at least.
    pub(super) fn one_of<'a, T>(&mut self, things: &'a [T]) -> &'a T {
        &things[self.0.random_range(0..things.len())]
    }

    /// One of several things, each as often as its weight says.
    pub(super) fn weighted<T: Copy>(&mut self, things: &[(T, u32)]) -> T {
        let total: u32 = things.iter().map(|(_, weight)| weight).sum();
        let mut left = self.between(1, total);
        for (thing, weight) in things {
            if left <= *weight {
                return *thing;
            }
            left -= weight;
        }
        things[0].0
    }

    /// An opaque identifier.
    pub(super) fn uuid(&mut self) -> Uuid {
        uuid::Builder::from_random_bytes(self.0.random()).into_uuid()
    }

    /// A seed for other generators.
    pub(super) fn seed(&mut self) -> u64 {
        self.0.random()
    }
}

/// Sends the numbers below `size` onto themselves, no two onto one, in an order that depends on the seed.
pub(super) fn scatter(seed: u64, number: u64, size: u64) -> u64 {
    let place = (u128::from(number) * STEP + u128::from(seed) * SHIFT) % u128::from(size);
    u64::try_from(place).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_same_seed_topic_and_number_throw_the_same() {
        let throw = |seed, topic, number| Dice::of(seed, topic, number).seed();
        assert_eq!(throw(1, "unit", 7), throw(1, "unit", 7));
        for other in [
            throw(2, "unit", 7),
            throw(1, "firm", 7),
            throw(1, "unit", 8),
        ] {
            assert_ne!(other, throw(1, "unit", 7));
        }
    }

    #[test]
    fn weights_are_respected() {
        let mut dice = Dice::of(1, "weights", 0);
        let often = (0..1_000)
            .filter(|_| dice.weighted(&[(true, 9), (false, 1)]))
            .count();
        assert!((850..950).contains(&often), "{often}");
    }

    #[test]
    fn scattered_numbers_stay_apart() {
        let size = 10_000;
        let places: HashSet<u64> = (0..size).map(|number| scatter(3, number, size)).collect();
        assert_eq!(places.len(), 10_000);
        assert_ne!(scatter(3, 5, size), scatter(4, 5, size));
    }
}
