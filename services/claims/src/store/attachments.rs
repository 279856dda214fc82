//! Attachments, and the objects that hold their content and that of documents. A claim is looked up in the caller's scope before its
//! attachments are.

use chrono::{DateTime, Utc};
use kernel::Digest;
use sqlx::PgConnection;
use uuid::Uuid;

use super::rows::{corrupt, parsed};
use crate::domain::attachment::{Attachment, AttachmentFact, AttachmentKind, ScanState};
use crate::domain::file_type::FileType;

struct Row {
    id: Uuid,
    kind: String,
    file_name: String,
    file_type: String,
    size_bytes: i64,
    sha256: String,
    scan: String,
    uploaded_at: DateTime<Utc>,
}

impl Row {
    fn attachment(self) -> Result<Attachment, sqlx::Error> {
        Ok(Attachment {
            id: self.id,
            kind: kind(&self.kind)?,
            file_name: self.file_name,
            file_type: FileType::parse(&self.file_type)
                .ok_or_else(|| corrupt("attachment.file_type"))?,
            size_bytes: self.size_bytes,
            digest: parsed(&self.sha256, "attachment.sha256")?,
            scan: scan(&self.scan)?,
            uploaded_at: self.uploaded_at,
        })
    }
}

fn kind(code: &str) -> Result<AttachmentKind, sqlx::Error> {
    AttachmentKind::parse(code).ok_or_else(|| corrupt("attachment.kind"))
}

fn scan(code: &str) -> Result<ScanState, sqlx::Error> {
    ScanState::parse(code).ok_or_else(|| corrupt("attachment.scan"))
}

/// An attachment of a claim.
pub(crate) async fn find(
    db: &mut PgConnection,
    claim: Uuid,
    id: Uuid,
) -> Result<Option<Attachment>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        "select id, kind, file_name, file_type, size_bytes, sha256, scan, uploaded_at
         from attachment where claim_id = $1 and id = $2",
        claim,
        id,
    )
    .fetch_optional(db)
    .await?
    .map(Row::attachment)
    .transpose()
}

/// The attachments of a claim, oldest first.
pub(crate) async fn of_claim(
    db: &mut PgConnection,
    claim: Uuid,
) -> Result<Vec<Attachment>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        "select id, kind, file_name, file_type, size_bytes, sha256, scan, uploaded_at
         from attachment where claim_id = $1 order by uploaded_at, id",
        claim,
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(Row::attachment)
    .collect()
}

/// What the check needs to know of the attachments of a claim.
pub(crate) async fn facts(
    db: &mut PgConnection,
    claim: Uuid,
) -> Result<Vec<AttachmentFact>, sqlx::Error> {
    let rows = sqlx::query!(
        "select kind, scan from attachment where claim_id = $1",
        claim
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(AttachmentFact {
                kind: kind(&row.kind)?,
                scan: scan(&row.scan)?,
            })
        })
        .collect()
}

/// Adds an attachment to a claim. Its object must be known ([`need`]).
pub(crate) async fn insert(
    db: &mut PgConnection,
    claim: Uuid,
    attachment: &Attachment,
    person: Uuid,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into attachment (claim_id, id, kind, file_name, file_type, size_bytes, sha256, scan, uploaded_by,
                                 uploaded_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        claim,
        attachment.id,
        attachment.kind.code(),
        attachment.file_name,
        attachment.file_type.code(),
        attachment.size_bytes,
        attachment.digest.to_string(),
        attachment.scan.code(),
        person,
        attachment.uploaded_at,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Takes an attachment from a claim.
pub(crate) async fn delete(
    db: &mut PgConnection,
    claim: Uuid,
    id: Uuid,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from attachment where claim_id = $1 and id = $2",
        claim,
        id,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Contents that the antivirus has not looked at yet, the oldest first.
pub(crate) async fn unscanned(
    db: &mut PgConnection,
    most: i64,
) -> Result<Vec<Digest>, sqlx::Error> {
    let rows = sqlx::query_scalar!(
        "select sha256 from attachment where scan = 'PENDING' group by sha256 order by min(uploaded_at) limit $1",
        most,
    )
    .fetch_all(db)
    .await?;
    rows.iter()
        .map(|sha256| parsed(sha256, "attachment.sha256"))
        .collect()
}

/// Writes what the antivirus says of a content, wherever it is attached and waits for it.
pub(crate) async fn scanned(
    db: &mut PgConnection,
    digest: Digest,
    state: ScanState,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update attachment set scan = $2 where sha256 = $1 and scan = 'PENDING'",
        digest.to_string(),
        state.code(),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Says that an object is about to be needed. Waits for whoever is removing it, and then it is written anew.
pub(crate) async fn need(
    db: &mut PgConnection,
    digest: Digest,
    size_bytes: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into stored_object (sha256, size_bytes) values ($1, $2)
         on conflict (sha256) do update set size_bytes = excluded.size_bytes",
        digest.to_string(),
        size_bytes,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Locks an object, after this one in order, that nothing seems to need.
pub(crate) async fn lock_unneeded(
    db: &mut PgConnection,
    after: Option<Digest>,
) -> Result<Option<Digest>, sqlx::Error> {
    let found = sqlx::query_scalar!(
        "select sha256 from stored_object
         where sha256 > $1
           and not exists (select from attachment where attachment.sha256 = stored_object.sha256)
           and not exists (select from document where document.sha256 = stored_object.sha256)
           and not exists (select from upload where upload.sha256 = stored_object.sha256 and kind = 'ATTACHMENT'
                                                and state = 'RECEIVING')
         order by sha256 limit 1 for update skip locked",
        after.map(|digest| digest.to_string()).unwrap_or_default(),
    )
    .fetch_optional(db)
    .await?;
    found
        .map(|sha256| parsed(&sha256, "stored_object.sha256"))
        .transpose()
}

/// Forgets an object that is locked, if nothing needs it now that nobody else can come to. Says whether it did.
pub(crate) async fn forget_unneeded(
    db: &mut PgConnection,
    digest: Digest,
) -> Result<bool, sqlx::Error> {
    let forgotten = sqlx::query!(
        "delete from stored_object
         where sha256 = $1
           and not exists (select from attachment where attachment.sha256 = $1)
           and not exists (select from document where document.sha256 = $1)
           and not exists (select from upload where upload.sha256 = $1 and kind = 'ATTACHMENT' and state = 'RECEIVING')",
        digest.to_string(),
    )
    .execute(db)
    .await?;
    Ok(forgotten.rows_affected() == 1)
}
