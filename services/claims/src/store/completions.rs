//! Checks that submissions had to leave out because a source was degraded.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::content::{findings_from_json, findings_to_json};
use super::rows::corrupt;
use crate::domain::checks::Finding;
use crate::domain::source::{Completion, Source};

/// One that is due.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Due {
    /// The claim.
    pub(crate) claim: Uuid,
    /// The source to ask again.
    pub(crate) source: Source,
    /// How often it was asked before.
    pub(crate) attempts: i32,
}

/// Notes what has to be completed.
pub(crate) async fn open(
    db: &mut PgConnection,
    claim: Uuid,
    sources: &[Source],
    since: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    if sources.is_empty() {
        return Ok(());
    }
    let codes: Vec<_> = sources.iter().map(|it| it.code().to_owned()).collect();
    sqlx::query!(
        "insert into completion (claim_id, source, since, next_at)
         select $1, source, $3, $3 from unnest($2::text[]) as source",
        claim,
        &codes,
        since,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Takes the next one that is due, so that nobody else asks before `until`.
pub(crate) async fn take(
    db: &mut PgConnection,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Option<Due>, sqlx::Error> {
    let row = sqlx::query!(
        "update completion set next_at = $2, attempts = attempts + 1
         where (claim_id, source) = (
             select claim_id, source from completion
             where completed_at is null and next_at <= $1
             order by next_at, claim_id, source limit 1 for update skip locked)
         returning claim_id, source, attempts",
        now,
        until,
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        Ok(Due {
            claim: row.claim_id,
            source: Source::parse(&row.source).ok_or_else(|| corrupt("completion.source"))?,
            attempts: row.attempts,
        })
    })
    .transpose()
}

/// Puts one off.
pub(crate) async fn put_off(
    db: &mut PgConnection,
    due: Due,
    until: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update completion set next_at = $3 where claim_id = $1 and source = $2",
        due.claim,
        due.source.code(),
        until,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Records what the check had to say.
pub(crate) async fn complete(
    db: &mut PgConnection,
    due: Due,
    findings: &[Finding],
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update completion set completed_at = $3, findings = $4
         where claim_id = $1 and source = $2 and completed_at is null",
        due.claim,
        due.source.code(),
        at,
        findings_to_json(findings)?,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Those of a claim, in the order of their sources.
pub(super) async fn of_claim(
    db: &mut PgConnection,
    claim: Uuid,
) -> Result<Vec<Completion>, sqlx::Error> {
    let rows = sqlx::query!(
        "select source, since, completed_at, findings from completion where claim_id = $1 order by source",
        claim,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let findings = row.findings.map(findings_from_json).transpose()?;
            Ok(Completion {
                source: Source::parse(&row.source).ok_or_else(|| corrupt("completion.source"))?,
                since: row.since,
                done: row.completed_at.zip(findings),
            })
        })
        .collect()
}
