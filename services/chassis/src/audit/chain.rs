//! What a link of the chain is made of.

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Hash of a link.
pub(super) type Hash = [u8; 32];

/// The hash before the first link.
pub(super) const ORIGIN: Hash = [0; 32];

/// Says which encoding follows; another one would be told by another text.
const ENCODING: &[u8] = b"omnia.audit.1";

/// A record as it is chained: every column.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) tx: i64,
    pub(super) id: i64,
    pub(super) at: DateTime<Utc>,
    pub(super) actor: Option<Uuid>,
    pub(super) role: Option<String>,
    pub(super) scope: Option<String>,
    pub(super) mandate: Option<Uuid>,
    pub(super) action: String,
    pub(super) resource_type: String,
    pub(super) resource_id: String,
    pub(super) result_count: i64,
    pub(super) outcome: String,
    pub(super) reason: Option<String>,
    pub(super) trace_id: Option<String>,
}

/// The hash of the link that follows `before` and seals `record`.
pub(super) fn link(before: &Hash, record: &Record) -> Hash {
    let mut encoded = Encoded(Sha256::new());
    encoded.0.update(ENCODING);
    encoded.0.update(before);
    encoded.some(&record.tx.to_be_bytes());
    encoded.some(&record.id.to_be_bytes());
    encoded.some(&record.at.timestamp_micros().to_be_bytes());
    encoded.option(record.actor.as_ref().map(Uuid::as_bytes));
    encoded.option(record.role.as_ref());
    encoded.option(record.scope.as_ref());
    encoded.option(record.mandate.as_ref().map(Uuid::as_bytes));
    encoded.some(record.action.as_bytes());
    encoded.some(record.resource_type.as_bytes());
    encoded.some(record.resource_id.as_bytes());
    encoded.some(&record.result_count.to_be_bytes());
    encoded.some(record.outcome.as_bytes());
    encoded.option(record.reason.as_ref());
    encoded.option(record.trace_id.as_ref());
    encoded.0.finalize().into()
}

/// Fields one after the other, each with its length, so that no two records have the same encoding.
struct Encoded(Sha256);

impl Encoded {
    fn some(&mut self, field: &[u8]) {
        self.0
            .update(u64::try_from(field.len()).unwrap_or(u64::MAX).to_be_bytes());
        self.0.update(field);
    }

    fn option(&mut self, field: Option<impl AsRef<[u8]>>) {
        match field {
            Some(field) => {
                self.0.update([1]);
                self.some(field.as_ref());
            }
            None => self.0.update([0]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        Record {
            tx: 7,
            id: 1,
            at: DateTime::UNIX_EPOCH,
            actor: Some(Uuid::nil()),
            role: Some("AZ-CON".to_owned()),
            scope: None,
            mandate: None,
            action: "claims.submit".to_owned(),
            resource_type: "claim".to_owned(),
            resource_id: "1".to_owned(),
            result_count: 1,
            outcome: "DONE".to_owned(),
            reason: None,
            trace_id: None,
        }
    }

    #[test]
    fn the_encoding_of_a_record_never_changes() {
        assert_eq!(
            hex::encode(link(&ORIGIN, &record())),
            "1622d68bee659fd9d779a0b71b4c248a89257da818eed8646d9f92e431e48f18"
        );
    }

    #[test]
    fn a_text_cannot_move_from_one_field_to_the_next() {
        let moved = Record {
            resource_type: "claim1".to_owned(),
            resource_id: String::new(),
            ..record()
        };
        assert_ne!(link(&ORIGIN, &record()), link(&ORIGIN, &moved));
    }

    #[test]
    fn an_absent_field_is_not_an_empty_one() {
        let empty = Record {
            scope: Some(String::new()),
            ..record()
        };
        assert_ne!(link(&ORIGIN, &record()), link(&ORIGIN, &empty));
    }
}
