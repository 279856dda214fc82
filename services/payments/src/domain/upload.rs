//! A flow on its way.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use kernel::{AuthorizationNumber, Digest, Matricola, coded};
use uuid::Uuid;

use super::flow::Header;
use super::layout::Format;
use super::refusal::{Fault, FlowCode};

/// An upload that has not ended and has not moved for so long is forgotten.
pub const FORGOTTEN_AFTER: TimeDelta = TimeDelta::hours(24);

coded! {
    /// How far an upload is.
    pub enum UploadState {
        /// Bytes are missing, or the file has not been looked at.
        Receiving = "RECEIVING",
        /// The flow was received.
        Accepted = "ACCEPTED",
        /// The flow was refused as a whole.
        Refused = "REFUSED",
    }
}

/// What is announced before the first byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announced {
    /// Client's id of the upload.
    pub id: Uuid,
    /// The grant that the flow rests on.
    pub authorization: AuthorizationNumber,
    /// Employer.
    pub matricola: Matricola,
    /// Layout.
    pub format: Format,
    /// The header of a CSV flow.
    pub header: Option<Header>,
    /// Size, bytes.
    pub total_bytes: i64,
    /// SHA-256 of the whole.
    pub digest: Digest,
}

/// Why a flow was refused as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refusal {
    /// The codes, in the order of PAY-3.
    pub codes: Vec<FlowCode>,
    /// Faults of the file, counted.
    pub faults_count: u32,
    /// The first of them.
    pub faults: Vec<Fault>,
    /// First day on which it may be sent.
    pub not_before: Option<NaiveDate>,
    /// The term that is over, and its source.
    pub term: Option<(NaiveDate, String)>,
}

/// An upload as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Who sends.
    pub person: Uuid,
    /// What was announced.
    pub announced: Announced,
    /// Id of the flow that is to come of it.
    pub flow: Uuid,
    /// How far it is.
    pub state: UploadState,
    /// Bytes that are safely stored.
    pub stored_bytes: i64,
    /// Why it was refused.
    pub refusal: Option<Refusal>,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it last moved.
    pub updated_at: DateTime<Utc>,
}
