//! Who is calling: principals, scopes, and the internal tokens that carry them from the gateway to the services.

mod caller;
pub mod refusal;
mod scope;
pub mod token;

pub use caller::{Caller, MandateInUse, PersonName, caller, service_id};
pub use scope::Scope;

/// Assurance level of an authentication (`identity.md` §1). Printed and parsed as `L2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Password only.
    L1 = 1,
    /// Two factors.
    L2 = 2,
    /// Cryptographic hardware.
    L3 = 3,
}

impl Level {
    /// The `acr` value of SPID and CIE (`identity.md` §1.1).
    pub fn acr(self) -> &'static str {
        match self {
            Self::L1 => "https://www.spid.gov.it/SpidL1",
            Self::L2 => "https://www.spid.gov.it/SpidL2",
            Self::L3 => "https://www.spid.gov.it/SpidL3",
        }
    }

    /// The level of an `acr` claim: the values of SPID and CIE, and those of eIDAS.
    pub fn of_acr(acr: &str) -> Option<Self> {
        match acr {
            "https://www.spid.gov.it/SpidL1" | "http://eidas.europa.eu/LoA/low" => Some(Self::L1),
            "https://www.spid.gov.it/SpidL2" | "http://eidas.europa.eu/LoA/substantial" => {
                Some(Self::L2)
            }
            "https://www.spid.gov.it/SpidL3" | "http://eidas.europa.eu/LoA/high" => Some(Self::L3),
            _ => None,
        }
    }
}

impl std::fmt::Display for Level {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::L1 => "L1",
            Self::L2 => "L2",
            Self::L3 => "L3",
        })
    }
}

impl std::str::FromStr for Level {
    type Err = UnknownLevel;

    fn from_str(text: &str) -> Result<Self, UnknownLevel> {
        [Self::L1, Self::L2, Self::L3]
            .into_iter()
            .find(|level| level.to_string() == text)
            .ok_or(UnknownLevel)
    }
}

/// The text is not a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an assurance level: L1, L2 or L3")]
pub struct UnknownLevel;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_ordered_and_spelled_by_spid_and_eidas() {
        assert!(Level::L1 < Level::L2 && Level::L2 < Level::L3);
        for level in [Level::L1, Level::L2, Level::L3] {
            assert_eq!(Level::of_acr(level.acr()), Some(level));
            assert_eq!(level.to_string().parse(), Ok(level));
        }
        assert_eq!(
            Level::of_acr("http://eidas.europa.eu/LoA/substantial"),
            Some(Level::L2)
        );
        assert_eq!(Level::of_acr("https://www.spid.gov.it/SpidL4"), None);
    }
}
