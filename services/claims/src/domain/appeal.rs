//! What the committee of art. 25 L. 88/1989 decides on a ricorso (`claims.md` CLM-25).

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::codes::coded;
use super::decision::Outcome;

coded! {
    /// What was decided.
    pub enum RulingOutcome {
        /// Accolto: all that was asked for is due.
        Upheld = "UPHELD",
        /// Accolto in parte.
        PartlyUpheld = "PARTLY_UPHELD",
        /// Respinto: the decision stands, for good.
        Dismissed = "DISMISSED",
    }
}

impl RulingOutcome {
    /// Kind of the decision that the office adopts to conform; `None` when the decision stands.
    pub fn conforming(self) -> Option<Outcome> {
        match self {
            Self::Upheld => Some(Outcome::Acceptance),
            Self::PartlyUpheld => Some(Outcome::PartialAcceptance),
            Self::Dismissed => None,
        }
    }
}

/// A ruling, as a manager records it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppealRuling {
    /// Id.
    pub id: Uuid,
    /// Decision that was appealed against.
    pub decision: Uuid,
    /// What was decided.
    pub outcome: RulingOutcome,
    /// Number of the deliberation.
    pub number: String,
    /// Its day.
    pub ruled_on: NaiveDate,
    /// Grounds, in short.
    pub grounds: String,
    /// Who recorded it.
    pub by: Uuid,
    /// When.
    pub at: DateTime<Utc>,
}
