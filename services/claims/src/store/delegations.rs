//! Delegations of signature.

use chassis::identity::Scope;
use chrono::{DateTime, NaiveDate, Utc};
use kernel::{OfficeCode, Period};
use sqlx::PgConnection;
use uuid::Uuid;

use super::rows::{corrupt, parsed};
use crate::domain::delegation::SignatureDelegation;

struct DelegationRow {
    id: Uuid,
    office: String,
    delegate_id: Uuid,
    valid_from: NaiveDate,
    valid_to: NaiveDate,
    withdrawn_at: Option<DateTime<Utc>>,
}

impl DelegationRow {
    fn into_delegation(self) -> Result<SignatureDelegation, sqlx::Error> {
        Ok(SignatureDelegation {
            id: self.id,
            office: parsed(&self.office, "signature_delegation.office")?,
            delegate: self.delegate_id,
            days: Period::new(self.valid_from, self.valid_to)
                .map_err(|_| corrupt("signature_delegation.valid_to"))?,
            withdrawn_at: self.withdrawn_at,
        })
    }
}

/// Adds a delegation.
pub(crate) async fn insert(
    db: &mut PgConnection,
    delegation: &SignatureDelegation,
    granted_by: Uuid,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into signature_delegation (id, office, delegate_id, granted_by, valid_from, valid_to, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        delegation.id,
        delegation.office.as_str(),
        delegation.delegate,
        granted_by,
        delegation.days.first_day(),
        delegation.days.last_day(),
        at,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The delegation with this id in the scope, locked.
pub(crate) async fn lock(
    db: &mut PgConnection,
    id: Uuid,
    scope: &Scope,
) -> Result<Option<SignatureDelegation>, sqlx::Error> {
    let offices = scope.offices();
    let row = sqlx::query_as!(
        DelegationRow,
        "select id, office, delegate_id, valid_from, valid_to, withdrawn_at
         from signature_delegation
         where id = $1 and ($2::text[] is null or office = any($2))
         for update",
        id,
        offices.as_deref(),
    )
    .fetch_optional(db)
    .await?;
    row.map(DelegationRow::into_delegation).transpose()
}

/// Ends a delegation.
pub(crate) async fn withdraw(
    db: &mut PgConnection,
    id: Uuid,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update signature_delegation set withdrawn_at = $2 where id = $1",
        id,
        at
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The delegations that a person has at an office.
pub(crate) async fn of_delegate(
    db: &mut PgConnection,
    office: &OfficeCode,
    delegate: Uuid,
) -> Result<Vec<SignatureDelegation>, sqlx::Error> {
    let rows = sqlx::query_as!(
        DelegationRow,
        "select id, office, delegate_id, valid_from, valid_to, withdrawn_at
         from signature_delegation where office = $1 and delegate_id = $2",
        office.as_str(),
        delegate,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(DelegationRow::into_delegation)
        .collect()
}

/// Delegations in the scope, by id, at most `limit`, after the one with id `after`.
pub(crate) async fn list(
    db: &mut PgConnection,
    scope: &Scope,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<SignatureDelegation>, sqlx::Error> {
    let offices = scope.offices();
    let rows = sqlx::query_as!(
        DelegationRow,
        "select id, office, delegate_id, valid_from, valid_to, withdrawn_at
         from signature_delegation
         where ($1::text[] is null or office = any($1)) and ($2::uuid is null or id > $2)
         order by id
         limit $3",
        offices.as_deref(),
        after,
        limit,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(DelegationRow::into_delegation)
        .collect()
}
