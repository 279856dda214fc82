//! SHA-256 of a content, which is also its address.

use serde::{Deserialize, Serialize};

use crate::Refused;

/// SHA-256: 32 bytes, written as 64 hexadecimal digits in lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; 32]);

impl Digest {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for Digest {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::str::FromStr for Digest {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        const RULE: Refused = Refused::new("SHA-256", "must have 64 hexadecimal digits");
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return Err(RULE);
        }
        let mut bytes = [0_u8; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = value(pair[0])
                .zip(value(pair[1]))
                .map(|(high, low)| (high << 4) | low)
                .ok_or(RULE)?;
        }
        Ok(Self(bytes))
    }
}

/// Value of a hexadecimal digit in lower case.
fn value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

impl TryFrom<String> for Digest {
    type Error = Refused;

    fn try_from(text: String) -> Result<Self, Refused> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_not_64_digits_in_lower_case_is_no_digest() {
        for text in ["", "00", &"g".repeat(64), &"A".repeat(64), &"0".repeat(65)] {
            assert!(text.parse::<Digest>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_digest_comes_back_from_its_text(bytes in any::<[u8; 32]>()) {
            let digest = Digest::from(bytes);
            prop_assert_eq!(digest.to_string().parse(), Ok(digest));
        }
    }
}
