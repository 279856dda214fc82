//! The outside sources that a check depends on, and how they stand.

use chrono::{DateTime, Utc};

use super::checks::{Code, Finding};
use super::codes::coded;

coded! {
    /// An outside source.
    pub enum Source {
        /// Employers, units and offices.
        Anagrafe = "ANAGRAFE",
        /// Counters.
        Limits = "LIMITS",
        /// The register of persons (S7).
        Persons = "PERSONS",
        /// The UniEmens declarations (S8).
        Uniemens = "UNIEMENS",
    }
}

/// A source that did not answer, or not in time, or not with sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Degraded {
    /// The source.
    pub source: Source,
    /// Instant of what it said last, where that is used instead.
    pub known_at: Option<DateTime<Utc>>,
}

/// A check that a submission had to leave out because a source was degraded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The source.
    pub source: Source,
    /// When the claim went on without it.
    pub since: DateTime<Utc>,
    /// When it was made and what it had to say; `None` while it was not.
    pub done: Option<(DateTime<Utc>, Vec<Finding>)>,
}

impl Source {
    /// Whether a finding rests on this source.
    pub fn bears(self, code: Code) -> bool {
        match self {
            Self::Anagrafe => matches!(
                code,
                Code::IdentifierInvalid
                    | Code::ProductNotCompatible
                    | Code::CausaleNotAllowed
                    | Code::CovidWindowExceeded
                    | Code::ConsultationInconsistent
            ),
            Self::Limits => matches!(
                code,
                Code::Limit52Weeks | Code::LimitOneThirdHours | Code::LimitTotalDuration
            ),
            Self::Persons => code == Code::WorkerUnknown,
            Self::Uniemens => code == Code::WorkerNotEmployed,
        }
    }
}
