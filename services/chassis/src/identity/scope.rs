//! The rows that a caller may see. Stores take a scope as a parameter of every query that returns rows.

use kernel::OfficeCode;

/// The territory or firms that were granted for this call (`identity.md` §2, claim `scope`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// OWN: the person's own rows, and those of these matricole.
    Own(Vec<String>),
    /// MANDATE: the matricola of the mandate in use.
    Mandate(String),
    /// SEDE, METRO or REGIONE, spelled out as the codes of the offices in it.
    Offices(Vec<OfficeCode>),
    /// NAZIONALE: everything.
    National,
    /// SYSTEM: an internal service at work; rows follow from the task.
    System,
}

impl Scope {
    /// Matricole to filter by: `None` when the scope does not filter by firm. For `= ANY($n)` parameters:
    /// `($n::text[] IS NULL OR matricola = ANY($n))`.
    pub fn matricole(&self) -> Option<Vec<String>> {
        match self {
            Self::Own(matricole) => Some(matricole.clone()),
            Self::Mandate(matricola) => Some(vec![matricola.clone()]),
            Self::Offices(_) | Self::National | Self::System => None,
        }
    }

    /// Office codes to filter by: `None` when the scope does not filter by office.
    pub fn offices(&self) -> Option<Vec<String>> {
        match self {
            Self::Offices(offices) => Some(
                offices
                    .iter()
                    .map(|office| office.as_str().to_owned())
                    .collect(),
            ),
            Self::Own(_) | Self::Mandate(_) | Self::National | Self::System => None,
        }
    }

    /// Whether a firm lies inside.
    pub fn holds_matricola(&self, matricola: &str) -> bool {
        self.matricole()
            .is_none_or(|held| held.iter().any(|one| one == matricola))
    }

    /// Whether an office lies inside.
    pub fn holds_office(&self, office: &str) -> bool {
        self.offices()
            .is_none_or(|held| held.iter().any(|one| one == office))
    }
}
