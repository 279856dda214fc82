//! Recomputes the chain of a service and compares it with what was anchored.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::{Connection, PgConnection, PgPool};
use uuid::Uuid;

use super::anchor::{Anchor, Head};
use super::chain::{self, Hash, ORIGIN, Record};
use crate::failure::Failure;

/// Seals read at a time.
const PAGE: i64 = 5000;

/// Findings kept; a chain that is broken in more places needs no longer list.
const MOST_FINDINGS: usize = 100;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Number of links in the chain.
    pub sealed: i64,
    /// Records that wait to be sealed.
    pub unsealed: i64,
    /// What is kept outside the table; `None` when nothing was anchored.
    pub anchored: Option<Head>,
    /// Signs of tampering, in the order of the chain; the first hundred.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether the trail is as it was written.
    pub fn is_intact(&self) -> bool {
        self.findings.is_empty()
    }
}

/// A sign of tampering.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Finding {
    /// Content and hash do not belong together.
    #[error("the record at position {position} was changed")]
    Changed {
        /// Where.
        position: i64,
    },
    /// A sealed record is gone.
    #[error("the record at position {position} was deleted")]
    Deleted {
        /// Where.
        position: i64,
    },
    /// A seal is gone.
    #[error("the seal at position {position} was deleted")]
    SealDeleted {
        /// Where.
        position: i64,
    },
    /// A link seals a record that is older than the one before.
    #[error("the record at position {position} was moved")]
    Moved {
        /// Where.
        position: i64,
    },
    /// Records were written in the past.
    #[error("{count} records were added behind the head of the chain")]
    Added {
        /// How many.
        count: i64,
    },
    /// The anchor knows more links than the table.
    #[error("the tail was cut: position {anchored} was anchored, the chain ends at {sealed}")]
    Cut {
        /// Position that was anchored.
        anchored: i64,
        /// Position at which the chain ends.
        sealed: i64,
    },
    /// The chain is consistent in itself, but is not the one that was anchored.
    #[error("the chain up to position {position} was written anew")]
    Rewritten {
        /// Position that was anchored with another hash.
        position: i64,
    },
    /// There is a chain and no anchor.
    #[error("nothing is anchored: the anchor was removed, or the sealer never ran to its end")]
    NotAnchored,
}

/// Reads the whole trail and recomputes it. Fails when database or anchor cannot be read; what is wrong with the trail
/// is in the report.
pub async fn verify(pool: &PgPool, anchor: &Anchor, service: &str) -> Result<Report, Failure> {
    // The anchors first: the chain only grows, so whatever was anchored before the snapshot must be in it.
    let anchors = anchor.heads(service).await?;
    let mut connection = pool.acquire().await?;
    let mut snapshot = connection
        .begin_with("begin isolation level repeatable read read only")
        .await?;
    sqlx::query!("select set_config('statement_timeout', '0', true)")
        .fetch_one(&mut *snapshot)
        .await?;
    let mut scan = Scan::new(&anchors);
    while let Some(page) = scan.next_page(&mut snapshot).await? {
        for sealed in page {
            scan.check(sealed);
        }
    }
    scan.check_end(&mut snapshot).await?;
    let unsealed = records_after(&mut snapshot, scan.last).await?;
    snapshot.rollback().await?;
    // The first anchor ever may have been written meanwhile.
    if scan.position > 0 && anchors.is_empty() && anchor.head(service).await?.is_none() {
        scan.find(Finding::NotAnchored);
    }
    let anchored = anchors.into_iter().max_by_key(|head| head.position);
    Ok(Report {
        sealed: scan.position,
        unsealed,
        anchored,
        findings: scan.findings,
    })
}

/// A seal with the record that it names, if it is there.
struct Sealed {
    position: i64,
    record_tx: i64,
    record_id: i64,
    hash: Vec<u8>,
    at: Option<DateTime<Utc>>,
    actor: Option<Uuid>,
    role: Option<String>,
    scope: Option<String>,
    mandate: Option<Uuid>,
    action: Option<String>,
    resource_type: Option<String>,
    resource_id: Option<String>,
    result_count: Option<i64>,
    outcome: Option<String>,
    reason: Option<String>,
    trace_id: Option<String>,
}

impl Sealed {
    fn into_record(self) -> Option<Record> {
        Some(Record {
            tx: self.record_tx,
            id: self.record_id,
            at: self.at?,
            actor: self.actor,
            role: self.role,
            scope: self.scope,
            mandate: self.mandate,
            action: self.action?,
            resource_type: self.resource_type?,
            resource_id: self.resource_id?,
            result_count: self.result_count?,
            outcome: self.outcome?,
            reason: self.reason,
            trace_id: self.trace_id,
        })
    }
}

struct Scan {
    position: i64,
    last: (i64, i64),
    hash: Hash,
    /// Records found for the seals so far.
    records: i64,
    /// Anchored hashes by position, of which those passed were removed.
    anchors: BTreeMap<i64, String>,
    findings: Vec<Finding>,
}

impl Scan {
    fn new(anchors: &[Head]) -> Self {
        let anchors = anchors
            .iter()
            .map(|head| (head.position, head.hash.clone()))
            .collect();
        Self {
            position: 0,
            last: (0, 0),
            hash: ORIGIN,
            records: 0,
            anchors,
            findings: Vec::new(),
        }
    }

    async fn next_page(
        &self,
        snapshot: &mut PgConnection,
    ) -> Result<Option<Vec<Sealed>>, sqlx::Error> {
        let page = sqlx::query_as!(
            Sealed,
            r#"select s.position, s.record_tx, s.record_id, s.hash, r.at as "at?", r.actor as "actor?",
                      r.role as "role?", r.scope as "scope?", r.mandate as "mandate?", r.action as "action?",
                      r.resource_type as "resource_type?", r.resource_id as "resource_id?",
                      r.result_count as "result_count?", r.outcome as "outcome?", r.reason as "reason?",
                      r.trace_id as "trace_id?"
               from (select * from audit_seal where position > $1 order by position limit $2) s
               left join audit_record r on r.tx = s.record_tx and r.id = s.record_id
               order by s.position"#,
            self.position,
            PAGE,
        )
        .fetch_all(snapshot)
        .await?;
        Ok((!page.is_empty()).then_some(page))
    }

    fn check(&mut self, sealed: Sealed) {
        let (position, place) = (sealed.position, (sealed.record_tx, sealed.record_id));
        for missing in (self.position + 1..position).take(MOST_FINDINGS) {
            self.find(Finding::SealDeleted { position: missing });
        }
        let found = Hash::try_from(sealed.hash.as_slice()).unwrap_or_default();
        match sealed.into_record() {
            None => self.find(Finding::Deleted { position }),
            Some(record) => {
                self.records += 1;
                if place <= self.last {
                    self.find(Finding::Moved { position });
                } else if chain::link(&self.hash, &record) != found && position == self.position + 1
                {
                    self.find(Finding::Changed { position });
                }
            }
        }
        if self
            .anchors
            .remove(&position)
            .is_some_and(|anchored| anchored != hex::encode(found))
        {
            self.find(Finding::Rewritten { position });
        }
        // Going on from the hash that is stored, a fault shows where it is and not in all that follows.
        (self.position, self.last, self.hash) = (position, self.last.max(place), found);
    }

    /// Compares with what lies beyond the chain: anchors not reached, and records that no seal names.
    async fn check_end(&mut self, snapshot: &mut PgConnection) -> Result<(), sqlx::Error> {
        let added = records_until(snapshot, self.last).await? - self.records;
        if added > 0 {
            self.find(Finding::Added { count: added });
        }
        if let Some((&anchored, _)) = self
            .anchors
            .last_key_value()
            .filter(|(anchored, _)| **anchored > self.position)
        {
            self.find(Finding::Cut {
                anchored,
                sealed: self.position,
            });
        }
        Ok(())
    }

    fn find(&mut self, finding: Finding) {
        if self.findings.len() < MOST_FINDINGS {
            self.findings.push(finding);
        }
    }
}

async fn records_until(
    snapshot: &mut PgConnection,
    (tx, id): (i64, i64),
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from audit_record where (tx, id) <= ($1, $2)"#,
        tx,
        id
    )
    .fetch_one(snapshot)
    .await
}

async fn records_after(
    snapshot: &mut PgConnection,
    (tx, id): (i64, i64),
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from audit_record where (tx, id) > ($1, $2)"#,
        tx,
        id
    )
    .fetch_one(snapshot)
    .await
}
