//! How far the journal is in the audit trail.

use chassis::{Database, Failure, Tx};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A place in a journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    /// File of the journal, from 1.
    pub(crate) segment: u64,
    /// Bytes of it.
    pub(crate) offset: u64,
}

/// Where a journal is; `None` before its first record.
pub(crate) async fn position(
    database: &Database,
    instance: Uuid,
) -> Result<Option<Position>, Failure> {
    let row = sqlx::query!(
        "select segment, position from journal_position where instance = $1",
        instance
    )
    .fetch_optional(database.pool())
    .await?;
    Ok(row.map(|row| Position {
        segment: row.segment.unsigned_abs(),
        offset: row.position.unsigned_abs(),
    }))
}

/// Moves a journal's position from `before` to `after`. Fails when somebody else moved it meanwhile.
pub(crate) async fn advance(
    tx: &mut Tx,
    instance: Uuid,
    before: Option<Position>,
    after: Position,
    at: DateTime<Utc>,
) -> Result<(), Failure> {
    let number = |number: u64| i64::try_from(number).map_err(Failure::internal);
    let (segment, offset) = (number(after.segment)?, number(after.offset)?);
    let moved = match before {
        None => {
            sqlx::query!(
                "insert into journal_position (instance, segment, position, moved) values ($1, $2, $3, $4)
                 on conflict on constraint journal_position_pk do nothing",
                instance,
                segment,
                offset,
                at,
            )
            .execute(&mut **tx)
            .await?
        }
        Some(before) => {
            sqlx::query!(
                "update journal_position set segment = $4, position = $5, moved = $6
                 where instance = $1 and segment = $2 and position = $3",
                instance,
                number(before.segment)?,
                number(before.offset)?,
                segment,
                offset,
                at,
            )
            .execute(&mut **tx)
            .await?
        }
    };
    if moved.rows_affected() == 1 {
        Ok(())
    } else {
        Err(Failure::internal("the journal was moved by somebody else"))
    }
}
