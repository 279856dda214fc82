//! The audit trail: who did what, on whose behalf, to whose data, with what outcome. Append-only and hash-chained; the
//! head of the chain is anchored outside the table (`identity.md` §9).
//!
//! A record is written in the transaction of what it records. Later the [`Sealer`] chains it: the chain is a table of
//! its own, so that records are never updated and writers never wait for each other.

mod anchor;
mod chain;
mod seal;
mod verify;

pub use anchor::{Anchor, Head};
use chrono::{DateTime, Utc};
pub use seal::Sealer;
use uuid::Uuid;
pub use verify::{Finding, Report, verify};

use crate::access::Role;
use crate::db::Tx;
use crate::failure::Failure;
use crate::identity::{Caller, Scope};
use crate::trace;

/// One thing to record. Holds opaque ids only: no codice fiscale, no name, no content.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What was done, such as `claims.submit`.
    pub action: &'static str,
    /// Kind of the thing, such as `claim`.
    pub resource_type: &'static str,
    /// Opaque id of the thing; empty for a list.
    pub resource_id: String,
    /// Rows shown or changed.
    pub result_count: i64,
}

/// What the gateway decided about a call.
#[derive(Debug, Clone)]
pub struct Decision {
    /// When.
    pub at: DateTime<Utc>,
    /// The method, such as `omnia.claims.v1.ClaimService/SubmitClaim`.
    pub method: String,
    /// Who called; `None` when that could not be established.
    pub actor: Option<Uuid>,
    /// The role chosen, when there was one.
    pub role: Option<Role>,
    /// Kind of the scope granted, see [`scope_kind`].
    pub scope: Option<&'static str>,
    /// Mandate in use.
    pub mandate: Option<Uuid>,
    /// Reason code of the refusal, such as `IDN-E04`; `None` when the call was allowed.
    pub refused: Option<String>,
    /// Trace of the call.
    pub trace_id: Option<String>,
}

/// Records an access or a change by `caller`, in the transaction of the change.
pub async fn record(
    tx: &mut Tx,
    caller: &Caller,
    entry: Entry,
    at: DateTime<Utc>,
) -> Result<(), Failure> {
    sqlx::query!(
        "insert into audit_record
             (at, tx, actor, role, scope, mandate, action, resource_type, resource_id, result_count, outcome, trace_id)
         select $1, base + pg_current_xact_id()::text::bigint, $2, $3, $4, $5, $6, $7, $8, $9, 'DONE', $10
         from tx_base",
        at,
        caller.person,
        caller.role.id(),
        scope_kind(&caller.scope),
        caller.mandate.as_ref().map(|mandate| mandate.id),
        entry.action,
        entry.resource_type,
        entry.resource_id,
        entry.result_count,
        trace::trace_id(),
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Records decisions about calls, in a transaction of the gateway.
pub async fn record_decisions(tx: &mut Tx, decisions: &[Decision]) -> Result<(), Failure> {
    let at: Vec<_> = decisions.iter().map(|decision| decision.at).collect();
    let method: Vec<_> = decisions
        .iter()
        .map(|decision| decision.method.clone())
        .collect();
    let actor: Vec<_> = decisions.iter().map(|decision| decision.actor).collect();
    let role: Vec<_> = decisions
        .iter()
        .map(|decision| decision.role.map(|role| role.id().to_owned()))
        .collect();
    let scope: Vec<_> = decisions
        .iter()
        .map(|decision| decision.scope.map(str::to_owned))
        .collect();
    let mandate: Vec<_> = decisions.iter().map(|decision| decision.mandate).collect();
    let refused: Vec<_> = decisions
        .iter()
        .map(|decision| decision.refused.clone())
        .collect();
    let trace_id: Vec<_> = decisions
        .iter()
        .map(|decision| decision.trace_id.clone())
        .collect();
    sqlx::query!(
        "insert into audit_record
             (at, tx, actor, role, scope, mandate, action, resource_type, resource_id, result_count, outcome, reason,
              trace_id)
         select at, base + pg_current_xact_id()::text::bigint, actor, role, scope, mandate, method, 'method', '', 0,
                case when refused is null then 'ALLOWED' else 'REFUSED' end, refused, trace_id
         from tx_base, unnest($1::timestamptz[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::uuid[],
                              $7::text[], $8::text[])
              as decision (at, method, actor, role, scope, mandate, refused, trace_id)",
        &at,
        &method,
        &actor as &[Option<Uuid>],
        &role as &[Option<String>],
        &scope as &[Option<String>],
        &mandate as &[Option<Uuid>],
        &refused as &[Option<String>],
        &trace_id as &[Option<String>],
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Kind of a scope, as the audit trail spells it.
pub fn scope_kind(scope: &Scope) -> &'static str {
    match scope {
        Scope::Own(_) => "OWN",
        Scope::Mandate(_) => "MANDATE",
        Scope::Offices(_) => "OFFICES",
        Scope::National => "NATIONAL",
        Scope::System => "SYSTEM",
    }
}
