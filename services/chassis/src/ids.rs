//! Identifiers: random in production, repeatable in tests and demo data.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use rand::rngs::StdRng;
use rand::{RngCore, SeedableRng};
use uuid::Uuid;

/// Makes identifiers.
#[derive(Debug, Clone)]
pub struct Ids(Arc<Mutex<StdRng>>);

impl Ids {
    /// Identifiers that nobody can guess.
    pub fn random() -> Self {
        Self(Arc::new(Mutex::new(StdRng::from_os_rng())))
    }

    /// The same identifiers in the same order for the same seed.
    pub fn seeded(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    /// A new identifier (UUID version 7), ordered by `now`.
    pub fn at(&self, now: DateTime<Utc>) -> Uuid {
        let mut random = [0_u8; 10];
        self.fill(&mut random);
        let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }

    /// `N` bytes that nobody can guess.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut random = [0_u8; N];
        self.fill(&mut random);
        random
    }

    /// `length` characters of `A-Z0-9`, for tickets.
    pub fn code(&self, length: usize) -> String {
        const ALPHABET: &[u8; 36] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        let mut random = vec![0_u8; length * 2];
        self.fill(&mut random);
        random
            .chunks_exact(2)
            .map(|pair| {
                char::from(ALPHABET[usize::from(u16::from_be_bytes([pair[0], pair[1]])) % 36])
            })
            .collect()
    }

    fn fill(&self, bytes: &mut [u8]) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .fill_bytes(bytes);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_identifiers() {
        let now = DateTime::UNIX_EPOCH;
        let (one, two) = (Ids::seeded(7), Ids::seeded(7));
        assert_eq!(one.at(now), two.at(now));
        assert_eq!(one.code(10), two.code(10));
        assert_eq!(one.bytes::<8>(), two.bytes::<8>());
        assert_ne!(one.bytes::<8>(), one.bytes::<8>());
        assert_ne!(one.at(now), one.at(now));
        assert_ne!(Ids::seeded(8).at(now), Ids::seeded(7).at(now));
    }

    #[test]
    fn clones_share_one_sequence() {
        let ids = Ids::seeded(7);
        assert_ne!(
            ids.clone().at(DateTime::UNIX_EPOCH),
            ids.at(DateTime::UNIX_EPOCH)
        );
    }

    proptest! {
        #[test]
        fn identifiers_are_ordered_by_time(earlier in 0_i64..4_000_000_000_000, later in 1_i64..1_000_000) {
            let at = |millis| DateTime::from_timestamp_millis(millis).unwrap();
            let ids = Ids::seeded(1);
            let (first, second) = (ids.at(at(earlier)), ids.at(at(earlier + later)));
            prop_assert!(first < second);
            prop_assert_eq!(first.get_version_num(), 7);
        }

        #[test]
        fn codes_have_the_length_and_the_letters_asked_for(length in 0_usize..40) {
            let code = Ids::seeded(3).code(length);
            prop_assert_eq!(code.len(), length);
            prop_assert!(code.bytes().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit()));
        }
    }
}
