//! The history of claims: append-only.

use sqlx::PgConnection;
use uuid::Uuid;

use super::rows::{corrupt, state};
use crate::domain::claim::Step;
use crate::domain::desk::Action;
use crate::domain::role::{Actor, Role};

/// Adds steps of claims.
pub(crate) async fn append(
    db: &mut PgConnection,
    steps: &[(Uuid, &Step)],
) -> Result<(), sqlx::Error> {
    let claim_id: Vec<_> = steps.iter().map(|it| it.0).collect();
    let version: Vec<_> = steps.iter().map(|it| it.1.version).collect();
    let occurred_at: Vec<_> = steps.iter().map(|it| it.1.at).collect();
    let from_state: Vec<_> = steps
        .iter()
        .map(|it| it.1.from.map(|state| state.code().to_owned()))
        .collect();
    let to_state: Vec<_> = steps.iter().map(|it| it.1.to.code().to_owned()).collect();
    let actor_role: Vec<_> = steps
        .iter()
        .map(|it| it.1.by.role.code().to_owned())
        .collect();
    let actor_id: Vec<_> = steps.iter().map(|it| it.1.by.person).collect();
    let note: Vec<_> = steps.iter().map(|it| it.1.note.clone()).collect();
    let action: Vec<_> = steps
        .iter()
        .map(|it| it.1.action.map(|action| action.code().to_owned()))
        .collect();
    let person_id: Vec<_> = steps.iter().map(|it| it.1.person).collect();
    sqlx::query!(
        "insert into history (claim_id, version, occurred_at, from_state, to_state, actor_role, actor_id, note,
                              action, person_id)
         select * from unnest($1::uuid[], $2::bigint[], $3::timestamptz[], $4::text[], $5::text[], $6::text[],
                              $7::uuid[], $8::text[], $9::text[], $10::uuid[])",
        &claim_id,
        &version,
        &occurred_at,
        &from_state as &[Option<String>],
        &to_state,
        &actor_role,
        &actor_id,
        &note,
        &action as &[Option<String>],
        &person_id as &[Option<Uuid>],
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The steps of a claim, oldest first. The caller has made sure that the claim is in the scope.
pub(crate) async fn of_claim(db: &mut PgConnection, claim: Uuid) -> Result<Vec<Step>, sqlx::Error> {
    let rows = sqlx::query!(
        "select version, occurred_at, from_state, to_state, actor_role, actor_id, note, action, person_id
         from history where claim_id = $1 order by version",
        claim,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Step {
                version: row.version,
                at: row.occurred_at,
                from: row.from_state.as_deref().map(state).transpose()?,
                to: state(&row.to_state)?,
                by: Actor {
                    person: row.actor_id,
                    role: Role::parse(&row.actor_role)
                        .ok_or_else(|| corrupt("history.actor_role"))?,
                },
                action: row
                    .action
                    .map(|code| Action::parse(&code).ok_or_else(|| corrupt("history.action")))
                    .transpose()?,
                person: row.person_id,
                note: row.note,
            })
        })
        .collect()
}
