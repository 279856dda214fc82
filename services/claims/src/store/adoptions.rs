//! The saga between a grant here and its weeks in the limits.

use chassis::identity::PersonName;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::rows::corrupt;
use crate::domain::role::{Actor, Role};

/// Where a saga stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SagaState {
    /// Somebody who may adopt wants to.
    Intent,
    /// The weeks are set aside.
    Reserved,
    /// The decision is adopted; the weeks are to be confirmed.
    Adopted,
    /// All done.
    Confirmed,
    /// The limits, or another claim, were in the way; the proposal is kept.
    Refused,
    /// Weeks are to be given back.
    Release,
    /// They were.
    Released,
    /// Some weeks are to stay in the limits, in place of those given back.
    Keep,
    /// They do.
    Kept,
}

impl SagaState {
    fn code(self) -> &'static str {
        match self {
            Self::Intent => "INTENT",
            Self::Reserved => "RESERVED",
            Self::Adopted => "ADOPTED",
            Self::Confirmed => "CONFIRMED",
            Self::Refused => "REFUSED",
            Self::Release => "RELEASE",
            Self::Released => "RELEASED",
            Self::Keep => "KEEP",
            Self::Kept => "KEPT",
        }
    }

    fn parse(code: &str) -> Option<Self> {
        [
            Self::Intent,
            Self::Reserved,
            Self::Adopted,
            Self::Confirmed,
            Self::Refused,
            Self::Release,
            Self::Released,
            Self::Keep,
            Self::Kept,
        ]
        .into_iter()
        .find(|state| state.code() == code)
    }
}

/// One saga.
#[derive(Debug, Clone)]
pub(crate) struct Saga {
    /// Id.
    pub(crate) id: Uuid,
    /// The claim.
    pub(crate) claim: Uuid,
    /// The proposal under adoption; `None` when weeks are given back.
    pub(crate) proposal: Option<Uuid>,
    /// Where it stands.
    pub(crate) state: SagaState,
    /// Reservation in the limits.
    pub(crate) reservation: Uuid,
    /// When the reservation lapses.
    pub(crate) reserved_until: Option<DateTime<Utc>>,
    /// Who wanted it.
    pub(crate) by: Actor,
    /// Name of who wanted it, for the act; empty when it is not known.
    pub(crate) name: PersonName,
}

/// Starts a saga, leased until an instant to who starts it.
pub(crate) async fn start(
    db: &mut PgConnection,
    saga: &Saga,
    leased_until: DateTime<Utc>,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into adoption (id, claim_id, proposal_id, state, reservation_id, actor_id, actor_role, leased_until,
                               attempts, last_error, created_at, updated_at, actor_name)
         values ($1, $2, $3, $4, $5, $6, $7, $8, 0, '', $9, $9, $10)",
        saga.id,
        saga.claim,
        saga.proposal,
        saga.state.code(),
        saga.reservation,
        saga.by.person,
        saga.by.role.code(),
        leased_until,
        at,
        saga.name.0,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The saga with this id.
pub(crate) async fn find(db: &mut PgConnection, id: Uuid) -> Result<Option<Saga>, sqlx::Error> {
    let row = sqlx::query!(
        "select id, claim_id, proposal_id, state, reservation_id, reserved_until, actor_id, actor_role,
                actor_name
         from adoption where id = $1",
        id,
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        Ok(Saga {
            id: row.id,
            claim: row.claim_id,
            proposal: row.proposal_id,
            state: SagaState::parse(&row.state).ok_or_else(|| corrupt("adoption.state"))?,
            reservation: row.reservation_id,
            reserved_until: row.reserved_until,
            by: Actor {
                person: row.actor_id,
                role: Role::parse(&row.actor_role).ok_or_else(|| corrupt("adoption.actor_role"))?,
            },
            name: PersonName(row.actor_name),
        })
    })
    .transpose()
}

/// Moves a saga on from the state in which it was read; false when somebody else moved it meanwhile.
pub(crate) async fn advance(
    db: &mut PgConnection,
    saga: &Saga,
    to: SagaState,
    reserved_until: Option<DateTime<Utc>>,
    at: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let moved = sqlx::query!(
        "update adoption set state = $3, reserved_until = $4, last_error = '', updated_at = $5
         where id = $1 and state = $2",
        saga.id,
        saga.state.code(),
        to.code(),
        reserved_until,
        at,
    )
    .execute(db)
    .await?;
    Ok(moved.rows_affected() == 1)
}

/// Leases the unfinished saga that has waited longest, passing over those that somebody works on.
pub(crate) async fn lease_next(
    db: &mut PgConnection,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "update adoption set leased_until = $2, attempts = attempts + 1
         where id = (select id from adoption
                     where state in ('INTENT', 'RESERVED', 'ADOPTED', 'RELEASE', 'KEEP') and leased_until <= $1
                     order by leased_until limit 1
                     for update skip locked)
         returning id",
        now,
        until,
    )
    .fetch_optional(db)
    .await
}

/// Notes why an attempt failed, for who operates the platform.
pub(crate) async fn note_error(
    db: &mut PgConnection,
    id: Uuid,
    reason: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update adoption set last_error = $2 where id = $1",
        id,
        reason
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Whether a proposal was tried before, so that its reservation needs another id.
pub(crate) async fn was_tried(db: &mut PgConnection, proposal: Uuid) -> Result<bool, sqlx::Error> {
    let tried = sqlx::query_scalar!(
        "select exists (select from adoption where proposal_id = $1) as \"tried!\"",
        proposal
    )
    .fetch_one(db)
    .await?;
    Ok(tried)
}

/// Whether weeks of the claim still wait for being confirmed, or kept, in the limits.
pub(crate) async fn is_unconfirmed(
    db: &mut PgConnection,
    claim: Uuid,
) -> Result<bool, sqlx::Error> {
    let found = sqlx::query_scalar!(
        "select exists (select from adoption where claim_id = $1 and state in ('ADOPTED', 'KEEP')) as \"found!\"",
        claim,
    )
    .fetch_one(db)
    .await?;
    Ok(found)
}
