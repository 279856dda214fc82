//! Rulings of the committee on ricorsi.

use sqlx::PgConnection;
use uuid::Uuid;

use super::rows::corrupt;
use crate::domain::appeal::{AppealRuling, RulingOutcome};

/// The last ruling on a claim.
pub(super) async fn last(
    db: &mut PgConnection,
    claim: Uuid,
) -> Result<Option<AppealRuling>, sqlx::Error> {
    let row = sqlx::query!(
        "select id, decision_id, ruling, number, ruled_on, grounds, recorded_by, recorded_at
         from appeal_ruling where claim_id = $1 order by recorded_at desc, id desc limit 1",
        claim,
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        Ok(AppealRuling {
            id: row.id,
            decision: row.decision_id,
            outcome: RulingOutcome::parse(&row.ruling)
                .ok_or_else(|| corrupt("appeal_ruling.ruling"))?,
            number: row.number,
            ruled_on: row.ruled_on,
            grounds: row.grounds,
            by: row.recorded_by,
            at: row.recorded_at,
        })
    })
    .transpose()
}

/// Adds a ruling.
pub(crate) async fn insert(
    db: &mut PgConnection,
    claim: Uuid,
    ruling: &AppealRuling,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into appeal_ruling (id, claim_id, decision_id, ruling, number, ruled_on, grounds, recorded_by, recorded_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        ruling.id,
        claim,
        ruling.decision,
        ruling.outcome.code(),
        ruling.number,
        ruling.ruled_on,
        ruling.grounds,
        ruling.by,
        ruling.at,
    )
    .execute(db)
    .await?;
    Ok(())
}
