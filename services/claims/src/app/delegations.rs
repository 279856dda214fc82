//! Delegations of signature (CLM-15).

use chassis::db::ScopedFutureExt;
use chassis::failure::{Class, Reason};
use chassis::identity::Caller;
use chassis::paging::{Page, cut};
use chassis::{Failure, Tx, audit, idempotency};
use chrono::{DateTime, Utc};
use kernel::{OfficeCode, Period};
use uuid::Uuid;

use super::{App, actor};
use crate::domain::delegation::SignatureDelegation;
use crate::domain::role::Role;
use crate::store;

/// Method of the idempotency key.
const GRANT: &str = "claims.grant_signature_delegation";
/// Delegations a page when the caller does not say.
const DEFAULT_PAGE: i64 = 50;

/// A delegation to give.
#[derive(Debug)]
pub(crate) struct GrantCommand {
    /// Client's id of the request.
    pub(crate) request_id: Uuid,
    /// The request as it came.
    pub(crate) fingerprint: Vec<u8>,
    /// Who may sign.
    pub(crate) delegate: Uuid,
    /// On which days.
    pub(crate) days: Period,
}

impl App {
    /// Refuses who may not sign decisions of the office: the director may, others only by delegation (IDN-E07).
    pub(super) async fn require_signature(&self, caller: &Caller) -> Result<(), Failure> {
        if actor(caller)?.role == Role::Dsede {
            return Ok(());
        }
        let mut connection = self.database.pool().acquire().await?;
        let given =
            store::delegations::of_delegate(&mut connection, &office_of(caller)?, caller.person)
                .await?;
        let today = self.clock.today();
        let holds = given.iter().any(|delegation| delegation.holds_on(today));
        if holds {
            Ok(())
        } else {
            Err(Failure::mandate_not_active())
        }
    }

    /// Lets somebody adopt for the director. IDN-E16 for the director's own person.
    pub(crate) async fn grant_delegation(
        &self,
        caller: &Caller,
        command: &GrantCommand,
    ) -> Result<SignatureDelegation, Failure> {
        if command.delegate == caller.person {
            return Err(delegation_to_oneself());
        }
        let office = &office_of(caller)?;
        self.database
            .transaction("claims_grant_delegation", |tx| {
                async move { self.grant_in(tx, caller, command, office).await }.scope_boxed()
            })
            .await
    }

    async fn grant_in(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        command: &GrantCommand,
        office: &OfficeCode,
    ) -> Result<SignatureDelegation, Failure> {
        let (person, request) = (caller.person, command.request_id);
        if let Some(id) =
            idempotency::claim(tx, GRANT, person, request, &command.fingerprint).await?
        {
            return store::delegations::lock(tx, id, &caller.scope)
                .await?
                .ok_or_else(Failure::not_found);
        }
        let now = self.clock.now();
        let delegation = SignatureDelegation {
            id: self.ids.at(now),
            office: office.clone(),
            delegate: command.delegate,
            days: command.days,
            withdrawn_at: None,
        };
        store::delegations::insert(tx, &delegation, person, now).await?;
        recorded(tx, caller, GRANT, delegation.id.to_string(), 1, now).await?;
        idempotency::complete(tx, GRANT, person, request, delegation.id).await?;
        Ok(delegation)
    }

    /// Ends a delegation at once; one that ended before stays as it was.
    pub(crate) async fn withdraw_delegation(
        &self,
        caller: &Caller,
        id: Uuid,
    ) -> Result<SignatureDelegation, Failure> {
        self.database
            .transaction("claims_withdraw_delegation", |tx| {
                async move {
                    let found = store::delegations::lock(tx, id, &caller.scope).await?;
                    let mut delegation = found.ok_or_else(Failure::not_found)?;
                    if delegation.withdrawn_at.is_none() {
                        let now = self.clock.now();
                        store::delegations::withdraw(tx, id, now).await?;
                        delegation.withdrawn_at = Some(now);
                        let action = "claims.withdraw_signature_delegation";
                        recorded(tx, caller, action, id.to_string(), 1, now).await?;
                    }
                    Ok(delegation)
                }
                .scope_boxed()
            })
            .await
    }

    /// Delegations of the caller's offices, by id, and the token of the next page.
    pub(crate) async fn list_delegations(
        &self,
        caller: &Caller,
        page_size: i32,
        page_token: &str,
    ) -> Result<(Vec<SignatureDelegation>, String), Failure> {
        let page: Page<Uuid> = Page::read(page_size, page_token, DEFAULT_PAGE)?;
        let (after, limit) = (page.after, page.size + 1);
        let rows = self
            .database
            .transaction("claims_list_delegations", |tx| {
                async move {
                    let rows = store::delegations::list(tx, &caller.scope, after, limit).await?;
                    let shown = i64::try_from(rows.len()).unwrap_or(i64::MAX).min(limit - 1);
                    let action = "claims.list_signature_delegations";
                    recorded(tx, caller, action, String::new(), shown, self.clock.now()).await?;
                    Ok(rows)
                }
                .scope_boxed()
            })
            .await?;
        Ok(cut(rows, page.size, |row| row.id))
    }
}

/// The office at which the caller holds the role.
fn office_of(caller: &Caller) -> Result<OfficeCode, Failure> {
    caller
        .organisation
        .parse()
        .map_err(|_| Failure::internal("a member of staff without an office"))
}

fn delegation_to_oneself() -> Failure {
    Failure::new(
        Class::Malformed,
        Reason::IdnE16,
        "Non si può delegare la firma a sé stessi.",
        "One cannot delegate one's signature to oneself.",
    )
    .with_violation("delegate_person_id", "must be somebody else")
}

async fn recorded(
    tx: &mut Tx,
    caller: &Caller,
    action: &'static str,
    resource_id: String,
    result_count: i64,
    at: DateTime<Utc>,
) -> Result<(), Failure> {
    let entry = audit::Entry {
        action,
        resource_type: "signature_delegation",
        resource_id,
        result_count,
    };
    audit::record(tx, caller, entry, at).await
}
