//! The documents of claims, as they were issued, and the files that they were set as.

use chrono::{DateTime, Utc};
use kernel::Digest;
use press::Document;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::rows::{corrupt, parsed};
use crate::domain::decision::Outcome;
use crate::domain::documents::Kind;

/// A document that was issued.
#[derive(Debug)]
pub(crate) struct Issued {
    /// What it says.
    pub(crate) content: Document,
    /// Its file; `None` until it is first asked for.
    pub(crate) file: Option<File>,
}

/// The file of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct File {
    /// SHA-256 of its bytes.
    pub(crate) digest: Digest,
    /// How many they are.
    pub(crate) size_bytes: i64,
}

/// Keeps what a document says. One that is kept already stays as it is.
pub(crate) async fn issue(
    db: &mut PgConnection,
    id: Uuid,
    claim: Uuid,
    kind: Kind,
    content: &Document,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into document (id, claim_id, kind, content) values ($1, $2, $3, $4) on conflict (id) do nothing",
        id,
        claim,
        kind.code(),
        Json(content) as _,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The document with this id.
pub(crate) async fn find(db: &mut PgConnection, id: Uuid) -> Result<Option<Issued>, sqlx::Error> {
    let row = sqlx::query!(
        "select content as \"content: Json<Document>\", sha256, size_bytes from document where id = $1",
        id,
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        Ok(Issued {
            content: row.content.0,
            file: file(row.sha256, row.size_bytes)?,
        })
    })
    .transpose()
}

/// Locks a document, so that its file is made once. Returns the file when it was made meanwhile.
pub(crate) async fn lock(db: &mut PgConnection, id: Uuid) -> Result<Option<File>, sqlx::Error> {
    let row = sqlx::query!(
        "select sha256, size_bytes from document where id = $1 for update",
        id
    )
    .fetch_one(db)
    .await?;
    file(row.sha256, row.size_bytes)
}

/// Says which file a locked document was set as.
pub(crate) async fn made(db: &mut PgConnection, id: Uuid, file: File) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update document set sha256 = $2, size_bytes = $3 where id = $1",
        id,
        file.digest.to_string(),
        file.size_bytes,
    )
    .execute(db)
    .await?;
    Ok(())
}

fn file(sha256: Option<String>, size_bytes: Option<i64>) -> Result<Option<File>, sqlx::Error> {
    let Some((sha256, size_bytes)) = sha256.zip(size_bytes) else {
        return Ok(None);
    };
    let digest = parsed(&sha256, "document.sha256")?;
    Ok(Some(File { digest, size_bytes }))
}

/// What anybody may know of the act that a verification code belongs to (CLM-22).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Genuine {
    /// Kind of the act.
    pub(crate) outcome: Outcome,
    /// Its protocol.
    pub(crate) protocol: String,
    /// When it was adopted.
    pub(crate) adopted_at: DateTime<Utc>,
}

/// The act with this verification code.
pub(crate) async fn by_code(
    db: &mut PgConnection,
    code: &str,
) -> Result<Option<Genuine>, sqlx::Error> {
    let row = sqlx::query!(
        "select outcome, decision.protocol_number, adopted_at
         from decision join proposal on proposal.id = proposal_id
         where verification_code = $1",
        code,
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        Ok(Genuine {
            outcome: Outcome::parse(&row.outcome).ok_or_else(|| corrupt("proposal.outcome"))?,
            protocol: row.protocol_number,
            adopted_at: row.adopted_at,
        })
    })
    .transpose()
}
