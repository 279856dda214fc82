//! Uploads under way and what came of them. A claim is looked up in the caller's scope before its uploads are.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use super::rows::{corrupt, integer, parsed, unsigned};
use crate::domain::attachment::AttachmentKind;
use crate::domain::list::{LineFault, LineRule, ListReport};
use crate::domain::upload::{Announced, Brought, Upload, UploadState};

/// Uploads of a claim that are listed.
const LISTED_MOST: i64 = 100;

#[derive(Serialize, Deserialize)]
struct StoredFault {
    line: u32,
    rule: String,
}

struct Row {
    claim_id: Uuid,
    id: Uuid,
    attachment_kind: Option<String>,
    file_name: Option<String>,
    version: Option<i64>,
    set_totals: bool,
    total_bytes: i64,
    stored_bytes: i64,
    sha256: String,
    state: String,
    workers: Option<i32>,
    hours_hundredths: Option<i64>,
    faults_count: Option<i32>,
    faults: Option<serde_json::Value>,
    version_after: Option<i64>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl Row {
    fn upload(self) -> Result<Upload, sqlx::Error> {
        let report = match (self.workers, self.hours_hundredths, self.faults_count) {
            (Some(workers), Some(hours_hundredths), Some(count)) => Some(ListReport {
                workers: unsigned(workers, "upload.workers")?,
                hours_hundredths,
                faults_count: unsigned(count, "upload.faults_count")?,
                faults: self.faults.map_or(Ok(Vec::new()), faults)?,
            }),
            _ => None,
        };
        let brought = match (self.attachment_kind, self.file_name, self.version) {
            (Some(kind), Some(file_name), _) => Brought::Attachment {
                kind: AttachmentKind::parse(&kind)
                    .ok_or_else(|| corrupt("upload.attachment_kind"))?,
                file_name,
            },
            (_, _, Some(version)) => Brought::List {
                version,
                set_totals: self.set_totals,
            },
            _ => return Err(corrupt("upload.version")),
        };
        Ok(Upload {
            announced: Announced {
                claim: self.claim_id,
                id: self.id,
                brought,
                total_bytes: self.total_bytes,
                digest: parsed(&self.sha256, "upload.sha256")?,
            },
            state: UploadState::parse(&self.state).ok_or_else(|| corrupt("upload.state"))?,
            stored_bytes: self.stored_bytes,
            report,
            version_after: self.version_after,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}

fn faults(kept: serde_json::Value) -> Result<Vec<LineFault>, sqlx::Error> {
    let stored: Vec<StoredFault> =
        serde_json::from_value(kept).map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    stored
        .into_iter()
        .map(|it| {
            Ok(LineFault {
                line: it.line,
                rule: LineRule::parse(&it.rule).ok_or_else(|| corrupt("upload.faults.rule"))?,
            })
        })
        .collect()
}

/// An upload of a claim.
pub(crate) async fn find(
    db: &mut PgConnection,
    claim: Uuid,
    id: Uuid,
) -> Result<Option<Upload>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        "select claim_id, id, attachment_kind, file_name, version, set_totals, total_bytes, stored_bytes, sha256, state,
                workers, hours_hundredths, faults_count, faults, version_after, created_at, updated_at
         from upload where claim_id = $1 and id = $2",
        claim,
        id,
    )
    .fetch_optional(db)
    .await?
    .map(Row::upload)
    .transpose()
}

/// The uploads of a claim, newest first, without the faults of lists.
pub(crate) async fn of_claim(
    db: &mut PgConnection,
    claim: Uuid,
) -> Result<Vec<Upload>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        "select claim_id, id, attachment_kind, file_name, version, set_totals, total_bytes, stored_bytes, sha256, state,
                workers, hours_hundredths, faults_count, null::jsonb as faults, version_after, created_at, updated_at
         from upload where claim_id = $1 order by created_at desc, id desc limit $2",
        claim,
        LISTED_MOST,
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(Row::upload)
    .collect()
}

/// Kinds and sizes of the attachments of a claim that are on their way.
pub(crate) async fn attachments_under_way(
    db: &mut PgConnection,
    claim: Uuid,
) -> Result<Vec<(AttachmentKind, i64)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select attachment_kind as \"kind!\", total_bytes from upload
         where claim_id = $1 and kind = 'ATTACHMENT' and state = 'RECEIVING'",
        claim,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let kind = AttachmentKind::parse(&row.kind);
            Ok((
                kind.ok_or_else(|| corrupt("upload.attachment_kind"))?,
                row.total_bytes,
            ))
        })
        .collect()
}

/// Adds an upload.
pub(crate) async fn insert(
    db: &mut PgConnection,
    upload: &Upload,
    person: Uuid,
) -> Result<(), sqlx::Error> {
    let announced = &upload.announced;
    let (kind, attachment_kind, file_name, version, set_totals) = match &announced.brought {
        Brought::List {
            version,
            set_totals,
        } => ("BENEFICIARIES", None, None, Some(*version), *set_totals),
        Brought::Attachment { kind, file_name } => (
            "ATTACHMENT",
            Some(kind.code()),
            Some(file_name.as_str()),
            None,
            false,
        ),
    };
    sqlx::query!(
        "insert into upload (claim_id, id, kind, attachment_kind, file_name, version, set_totals, total_bytes,
                             stored_bytes, sha256, state, created_by, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        announced.claim,
        announced.id,
        kind,
        attachment_kind,
        file_name,
        version,
        set_totals,
        announced.total_bytes,
        upload.stored_bytes,
        announced.digest.to_string(),
        upload.state.code(),
        person,
        upload.created_at,
        upload.updated_at,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Writes what an upload is for now: whoever begins again may have read the draft again.
pub(crate) async fn renew(
    db: &mut PgConnection,
    claim: Uuid,
    id: Uuid,
    version: i64,
    set_totals: bool,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update upload set version = $3, set_totals = $4, updated_at = $5 where claim_id = $1 and id = $2",
        claim,
        id,
        version,
        set_totals,
        at,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Stores the next bytes, and moves the offset with them. False when the upload is not there, or not at this offset.
pub(crate) async fn append(
    db: &mut PgConnection,
    claim: Uuid,
    id: Uuid,
    first_byte: i64,
    data: &[u8],
    at: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let stored = sqlx::query!(
        "with moved as (
             update upload set stored_bytes = stored_bytes + octet_length($4::bytea), updated_at = $5
             where claim_id = $1 and id = $2 and stored_bytes = $3 and state = 'RECEIVING'
             returning claim_id, id)
         insert into upload_part (claim_id, upload_id, first_byte, data) select claim_id, id, $3, $4 from moved",
        claim,
        id,
        first_byte,
        data,
        at,
    )
    .execute(db)
    .await?;
    Ok(stored.rows_affected() == 1)
}

/// The bytes that begin at an offset; `None` when none do.
pub(crate) async fn part(
    db: &mut PgConnection,
    claim: Uuid,
    id: Uuid,
    first_byte: i64,
) -> Result<Option<Vec<u8>>, sqlx::Error> {
    sqlx::query_scalar!(
        "select data from upload_part where claim_id = $1 and upload_id = $2 and first_byte = $3",
        claim,
        id,
        first_byte,
    )
    .fetch_optional(db)
    .await
}

/// Writes how an upload ended, and drops its bytes.
pub(crate) async fn end(db: &mut PgConnection, upload: &Upload) -> Result<(), sqlx::Error> {
    let (claim, id) = (upload.announced.claim, upload.announced.id);
    let report = upload.report.as_ref();
    let faults = report.map(faults_to_json).transpose()?;
    sqlx::query!(
        "update upload
         set state = $3, workers = $4, hours_hundredths = $5, faults_count = $6, faults = $7, version_after = $8,
             updated_at = $9
         where claim_id = $1 and id = $2",
        claim,
        id,
        upload.state.code(),
        report.map(|it| integer(it.workers)).transpose()?,
        report.map(|it| it.hours_hundredths),
        report.map(|it| integer(it.faults_count)).transpose()?,
        faults,
        upload.version_after,
        upload.updated_at,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "delete from upload_part where claim_id = $1 and upload_id = $2",
        claim,
        id,
    )
    .execute(db)
    .await?;
    Ok(())
}

fn faults_to_json(report: &ListReport) -> Result<serde_json::Value, sqlx::Error> {
    let stored: Vec<_> = report
        .faults
        .iter()
        .map(|it| StoredFault {
            line: it.line,
            rule: it.rule.code().to_owned(),
        })
        .collect();
    serde_json::to_value(stored).map_err(|error| sqlx::Error::Encode(Box::new(error)))
}

/// Forgets an upload that took no effect, with its bytes.
pub(crate) async fn forget(
    db: &mut PgConnection,
    claim: Uuid,
    id: Uuid,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from upload where claim_id = $1 and id = $2 and state <> 'ACCEPTED'",
        claim,
        id,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Forgets uploads that nobody goes on with and those that ended long ago, at most so many. Returns how many.
pub(crate) async fn forget_old(
    db: &mut PgConnection,
    abandoned_before: DateTime<Utc>,
    ended_before: DateTime<Utc>,
    most: i64,
) -> Result<u64, sqlx::Error> {
    let forgotten = sqlx::query!(
        "delete from upload where (claim_id, id) in (
             select claim_id, id from upload
             where updated_at < case when state = 'RECEIVING' then $1::timestamptz else $2::timestamptz end
             limit $3 for update skip locked)",
        abandoned_before,
        ended_before,
        most,
    )
    .execute(db)
    .await?;
    Ok(forgotten.rows_affected())
}
