//! What the payments service asks: what was granted, to whom, and the protocol number of a flow.

use chassis::Failure;
use chassis::db::ScopedFutureExt;
use chassis::identity::Caller;
use chassis::paging::{Page, cut};
use kernel::{AuthorizationNumber, ProtocolNumber};
use uuid::Uuid;

use super::{App, audited};
use crate::domain::content::Beneficiary;
use crate::store;
use crate::store::authorizations::Authorization;

/// Workers a page when the caller does not say.
const DEFAULT_PAGE: i64 = 5_000;

impl App {
    /// The grant of a number; IDN-E06 when there is none.
    pub(crate) async fn authorization(
        &self,
        number: &AuthorizationNumber,
    ) -> Result<Authorization, Failure> {
        let mut connection = self.database.pool().acquire().await?;
        store::authorizations::find(&mut connection, number)
            .await?
            .ok_or_else(Failure::not_found)
    }

    /// A page of the workers of a grant.
    pub(crate) async fn granted_workers(
        &self,
        caller: &Caller,
        number: &AuthorizationNumber,
        page_size: i32,
        page_token: &str,
    ) -> Result<(Vec<Beneficiary>, String), Failure> {
        let page: Page<i32> = Page::read(page_size, page_token, DEFAULT_PAGE)?;
        let (after, limit) = (page.after, page.size + 1);
        let rows = self
            .database
            .transaction("claims_granted_workers", |tx| {
                async move {
                    let granted = store::authorizations::find(tx, number)
                        .await?
                        .ok_or_else(Failure::not_found)?;
                    let rows = store::workers::page(tx, granted.claim, after, limit).await?;
                    let now = self.clock.now();
                    audited(
                        tx,
                        caller,
                        "claims.list_granted_workers",
                        granted.claim,
                        now,
                    )
                    .await?;
                    Ok(rows)
                }
                .scope_boxed()
            })
            .await?;
        let (rows, next) = cut(rows, page.size, |(position, _)| *position);
        Ok((rows.into_iter().map(|(_, worker)| worker).collect(), next))
    }

    /// The protocol number of a flow, which is entered in the register the first time that it is asked for.
    pub(crate) async fn register_flow(
        &self,
        caller: &Caller,
        flow: Uuid,
        number: &AuthorizationNumber,
    ) -> Result<ProtocolNumber, Failure> {
        self.database
            .transaction("claims_register_flow", |tx| {
                async move {
                    let granted = store::authorizations::find(tx, number)
                        .await?
                        .ok_or_else(Failure::not_found)?;
                    // Two calls for one flow wait for each other here, and the second finds the number of the first.
                    store::claims::lock(tx, granted.claim, &caller.scope).await?;
                    let known =
                        store::authorizations::protocol_of_flow(tx, flow, &granted.office).await?;
                    if let Some(known) = known {
                        return Ok(known);
                    }
                    let now = self.clock.now();
                    let protocol = store::authorizations::register_flow(
                        tx,
                        flow,
                        granted.claim,
                        &granted.office,
                        now,
                    )
                    .await?;
                    audited(tx, caller, "claims.register_flow", granted.claim, now).await?;
                    Ok(protocol)
                }
                .scope_boxed()
            })
            .await
    }
}
