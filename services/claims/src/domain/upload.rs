//! A file on its way into a claim.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::Digest;
use uuid::Uuid;

use super::attachment::AttachmentKind;
use super::codes::coded;
use super::list::ListReport;

/// An upload that has not ended and has not moved for so long is forgotten.
pub const FORGOTTEN_AFTER: TimeDelta = TimeDelta::hours(24);
/// What came of an upload is kept for so long.
pub const KEPT_FOR: TimeDelta = TimeDelta::days(30);

coded! {
    /// How far an upload is.
    pub enum UploadState {
        /// Bytes are missing, or the file has not been looked at.
        Receiving = "RECEIVING",
        /// It took effect.
        Accepted = "ACCEPTED",
        /// It has faults and took no effect.
        Refused = "REFUSED",
    }
}

/// What an upload brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Brought {
    /// The list of workers of a draft.
    List {
        /// Version of the draft that it is for.
        version: i64,
        /// Whether the totals of the draft are written too.
        set_totals: bool,
    },
    /// An attachment.
    Attachment {
        /// What it is for.
        kind: AttachmentKind,
        /// Name at the sender's, not yet made safe.
        file_name: String,
    },
}

/// What is announced before the first byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announced {
    /// The draft.
    pub claim: Uuid,
    /// Client's id of the upload.
    pub id: Uuid,
    /// What it brings.
    pub brought: Brought,
    /// Size, bytes.
    pub total_bytes: i64,
    /// SHA-256 of the whole.
    pub digest: Digest,
}

impl Announced {
    /// Whether both announce the same file. The version of the draft may differ: whoever begins again may have read it
    /// again.
    pub fn is_same_file(&self, other: &Self) -> bool {
        let same = match (&self.brought, &other.brought) {
            (Brought::List { .. }, Brought::List { .. }) => true,
            (one, another) => one == another,
        };
        same && self.total_bytes == other.total_bytes && self.digest == other.digest
    }
}

/// An upload as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// What was announced.
    pub announced: Announced,
    /// How far it is.
    pub state: UploadState,
    /// Bytes that are safely stored.
    pub stored_bytes: i64,
    /// What was read in a list that was looked at.
    pub report: Option<ListReport>,
    /// Version of the draft after an accepted list.
    pub version_after: Option<i64>,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it last moved.
    pub updated_at: DateTime<Utc>,
}

impl Upload {
    /// A new upload, without a byte.
    pub fn begin(announced: Announced, at: DateTime<Utc>) -> Self {
        Self {
            announced,
            state: UploadState::Receiving,
            stored_bytes: 0,
            report: None,
            version_after: None,
            created_at: at,
            updated_at: at,
        }
    }
}
