//! Chains the records that were committed since the last time, and anchors the head.

use std::error::Error;
use std::time::Duration;

use async_trait::async_trait;
use scoped_futures::ScopedFutureExt;
use tokio::sync::Mutex;

use super::anchor::{Anchor, Head};
use super::chain::{self, Hash, ORIGIN, Record};
use crate::clock::SharedClock;
use crate::db::{Database, Tx};
use crate::failure::Failure;
use crate::jobs::{Job, Schedule};
use crate::lifecycle::Stop;

/// Records sealed in one transaction at most.
const MOST_RECORDS: i64 = 1000;

/// Key of the lock that one sealer holds while it appends: `seal` in ASCII.
const SEALING: i64 = 0x7365_616c;

/// The job that seals the audit trail of a service.
#[derive(Debug)]
pub struct Sealer {
    service: &'static str,
    database: Database,
    anchor: Anchor,
    clock: SharedClock,
    /// What this process knows to be anchored.
    anchored: Mutex<Option<Link>>,
}

/// The last link of the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Link {
    position: i64,
    tx: i64,
    id: i64,
    hash: Hash,
}

impl Link {
    const ORIGIN: Self = Self {
        position: 0,
        tx: 0,
        id: 0,
        hash: ORIGIN,
    };

    fn to(self, record: &Record) -> Self {
        Self {
            position: self.position + 1,
            tx: record.tx,
            id: record.id,
            hash: chain::link(&self.hash, record),
        }
    }
}

impl Sealer {
    /// Seals the trail in the database of `service`.
    pub fn new(
        service: &'static str,
        database: Database,
        anchor: Anchor,
        clock: SharedClock,
    ) -> Self {
        Self {
            service,
            database,
            anchor,
            clock,
            anchored: Mutex::new(None),
        }
    }

    /// Seals everything that can be sealed now and anchors the head. Records of transactions that began after one that
    /// is still in flight are left for the next time, since the order of the chain is the order of transactions.
    pub async fn seal(&self, stop: &Stop) -> Result<(), Failure> {
        let mut anchored = self.anchored.lock().await;
        self.check_anchor(anchored.as_ref()).await?;
        while !stop.is_cancelled() {
            let (head, sealed) = self.append().await?;
            if *anchored != Some(head) && head != Link::ORIGIN {
                self.put_anchor(head).await?;
                *anchored = Some(head);
            }
            if sealed < MOST_RECORDS {
                break;
            }
        }
        Ok(())
    }

    /// Refuses to go on with a chain that no longer reaches its anchor: a new anchor would hide that it was cut.
    async fn check_anchor(&self, known: Option<&Link>) -> Result<(), Failure> {
        match known {
            Some(link) => self.check(link.position, &hex::encode(link.hash)).await,
            None => match self.anchor.head(self.service).await? {
                Some(head) => self.check(head.position, &head.hash).await,
                None => Ok(()),
            },
        }
    }

    async fn check(&self, position: i64, hash: &str) -> Result<(), Failure> {
        let found =
            sqlx::query_scalar!("select hash from audit_seal where position = $1", position)
                .fetch_optional(self.database.pool())
                .await?;
        if found.is_some_and(|found| hex::encode(found) == hash) {
            return Ok(());
        }
        let failure = Failure::internal(
            "the audit chain does not reach its anchor: run `omnia audit verify`",
        );
        tracing::error!(
            audit.service = self.service,
            error = &failure as &dyn Error,
            "audit trail tampered with"
        );
        Err(failure)
    }

    /// Chains one batch; returns the head and the number of records sealed.
    async fn append(&self) -> Result<(Link, i64), Failure> {
        self.database
            .transaction("audit_seal", |tx| append(tx).scope_boxed())
            .await
    }

    /// After the commit, since an anchor ahead of the table is how a cut tail looks. Another instance may have anchored
    /// more meanwhile, which is kept if the table bears it out.
    async fn put_anchor(&self, head: Link) -> Result<(), Failure> {
        let stored = self.anchor.head(self.service).await?;
        if let Some(stored) = stored {
            self.check(stored.position, &stored.hash).await?;
            if stored.position > head.position {
                return Ok(());
            }
        }
        let anchored = Head {
            position: head.position,
            hash: hex::encode(head.hash),
            at: self.clock.now(),
        };
        self.anchor
            .put(self.service, self.clock.today(), &anchored)
            .await
    }
}

#[async_trait]
impl Job for Sealer {
    fn name(&self) -> &'static str {
        "audit-seal"
    }

    fn schedule(&self) -> Schedule {
        Schedule::Every(Duration::from_secs(1))
    }

    async fn run(&self, stop: Stop) -> Result<(), Failure> {
        self.seal(&stop).await
    }
}

async fn append(tx: &mut Tx) -> Result<(Link, i64), Failure> {
    sqlx::query!("select pg_advisory_xact_lock($1)", SEALING)
        .fetch_one(&mut **tx)
        .await?;
    let last = last_link(tx).await?;
    let records = unsealed(tx, last).await?;
    let links: Vec<Link> = records
        .iter()
        .scan(last, |link, record| {
            *link = link.to(record);
            Some(*link)
        })
        .collect();
    insert(tx, &links).await?;
    let sealed = i64::try_from(links.len()).unwrap_or(i64::MAX);
    Ok((links.last().copied().unwrap_or(last), sealed))
}

async fn last_link(tx: &mut Tx) -> Result<Link, Failure> {
    let last = sqlx::query!(
        "select position, record_tx, record_id, hash from audit_seal order by position desc limit 1"
    )
    .fetch_optional(&mut **tx)
    .await?;
    let Some(last) = last else {
        return Ok(Link::ORIGIN);
    };
    let hash = last
        .hash
        .try_into()
        .map_err(|_| Failure::internal("a seal's hash is not of 32 bytes"))?;
    Ok(Link {
        position: last.position,
        tx: last.record_tx,
        id: last.record_id,
        hash,
    })
}

/// The records after a link, below the oldest transaction in flight: the same reasoning as for the feed.
async fn unsealed(tx: &mut Tx, last: Link) -> Result<Vec<Record>, Failure> {
    let records = sqlx::query_as!(
        Record,
        "select tx, id, at, actor, role, scope, mandate, action, resource_type, resource_id, result_count, outcome,
                reason, trace_id
         from audit_record
         where (tx, id) > ($1, $2)
           and tx < (select base from tx_base) + pg_snapshot_xmin(pg_current_snapshot())::text::bigint
         order by tx, id
         limit $3",
        last.tx,
        last.id,
        MOST_RECORDS,
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(records)
}

async fn insert(tx: &mut Tx, links: &[Link]) -> Result<(), Failure> {
    if links.is_empty() {
        return Ok(());
    }
    let positions: Vec<_> = links.iter().map(|link| link.position).collect();
    let txs: Vec<_> = links.iter().map(|link| link.tx).collect();
    let ids: Vec<_> = links.iter().map(|link| link.id).collect();
    let hashes: Vec<_> = links.iter().map(|link| link.hash.to_vec()).collect();
    sqlx::query!(
        "insert into audit_seal (position, record_tx, record_id, hash)
         select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[])",
        &positions,
        &txs,
        &ids,
        &hashes,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
