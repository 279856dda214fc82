//! Notes of the office, and assignments of many claims at once. Whoever asks has made sure that the claim is in the
//! scope.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::rows::corrupt;
use crate::domain::desk::Note;
use crate::domain::role::{Actor, Role};

struct NoteRow {
    id: Uuid,
    author_id: Uuid,
    author_role: String,
    body: String,
    corrects_id: Option<Uuid>,
    created_at: DateTime<Utc>,
}

impl NoteRow {
    fn note(self) -> Result<Note, sqlx::Error> {
        Ok(Note {
            id: self.id,
            text: self.body,
            by: Actor {
                person: self.author_id,
                role: Role::parse(&self.author_role).ok_or_else(|| corrupt("note.author_role"))?,
            },
            at: self.created_at,
            corrects: self.corrects_id,
        })
    }
}

/// Adds a note.
pub(crate) async fn insert_note(
    db: &mut PgConnection,
    claim: Uuid,
    note: &Note,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into note (id, claim_id, author_id, author_role, body, corrects_id, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        note.id,
        claim,
        note.by.person,
        note.by.role.code(),
        note.text,
        note.corrects,
        note.at,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A note of a claim.
pub(crate) async fn find_note(
    db: &mut PgConnection,
    claim: Uuid,
    id: Uuid,
) -> Result<Option<Note>, sqlx::Error> {
    sqlx::query_as!(
        NoteRow,
        "select id, author_id, author_role, body, corrects_id, created_at from note where claim_id = $1 and id = $2",
        claim,
        id,
    )
    .fetch_optional(db)
    .await?
    .map(NoteRow::note)
    .transpose()
}

/// Notes of a claim, oldest first, after the one with id `after`, at most `limit`. Ids grow with time.
pub(crate) async fn notes(
    db: &mut PgConnection,
    claim: Uuid,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Note>, sqlx::Error> {
    sqlx::query_as!(
        NoteRow,
        "select id, author_id, author_role, body, corrects_id, created_at
         from note where claim_id = $1 and ($2::uuid is null or id > $2) order by id limit $3",
        claim,
        after,
        limit,
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(NoteRow::note)
    .collect()
}

/// All notes of a claim, oldest first.
pub(crate) async fn all_notes(
    db: &mut PgConnection,
    claim: Uuid,
) -> Result<Vec<Note>, sqlx::Error> {
    notes(db, claim, None, i64::MAX).await
}

/// Records an assignment of many claims, with what came of each.
pub(crate) async fn insert_assignment(
    db: &mut PgConnection,
    id: Uuid,
    operator: Uuid,
    by: Uuid,
    at: DateTime<Utc>,
    results: &serde_json::Value,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into bulk_assignment (id, operator_id, assigned_by, assigned_at, results) values ($1, $2, $3, $4, $5)",
        id,
        operator,
        by,
        at,
        results,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What came of each claim of an assignment that somebody made.
pub(crate) async fn assignment(
    db: &mut PgConnection,
    id: Uuid,
    by: Uuid,
) -> Result<Option<serde_json::Value>, sqlx::Error> {
    sqlx::query_scalar!(
        "select results from bulk_assignment where id = $1 and assigned_by = $2",
        id,
        by,
    )
    .fetch_optional(db)
    .await
}
