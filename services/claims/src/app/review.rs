//! The office at work: assign, take in charge, propose, send back (CLM-14, CLM-15).

use chassis::db::ScopedFutureExt;
use chassis::identity::Caller;
use chassis::{Failure, Tx};
use kernel::OfficeCode;
use uuid::Uuid;

use super::{App, actor, payments};
use crate::domain::claim::Claim;
use crate::domain::decision::Proposed;
use crate::store;
use crate::store::decisions::ProposalStatus;

impl App {
    /// Gives a claim to an operator, or moves it to another. The field is refused when nobody of that id examines claims
    /// at the competent office.
    pub(crate) async fn assign(
        &self,
        caller: &Caller,
        id: Uuid,
        operator: Uuid,
    ) -> Result<Claim, Failure> {
        let seen = self.read(caller, id).await?;
        self.require_examiner(&seen, operator, "operator_id")
            .await?;
        self.database
            .transaction("claims_assign", |tx| {
                async move {
                    let mut claim = self.locked_for_change(tx, caller, id).await?;
                    let step = claim.assign(operator, actor(caller)?, self.clock.now())?;
                    self.record_step(tx, caller, "claims.assign", &claim, &step)
                        .await?;
                    Ok(claim)
                }
                .scope_boxed()
            })
            .await
    }

    /// Moves a claim that nobody has in charge to another office, of whose region it is from then on. The field is refused
    /// when it is the same office, when the anagrafe knows no such office, or when that works no claims.
    pub(crate) async fn transfer(
        &self,
        caller: &Caller,
        id: Uuid,
        office: &OfficeCode,
        reason: &str,
    ) -> Result<(), Failure> {
        self.read(caller, id).await?;
        let found = self.registry.office(office).await?;
        let facts = &found.ok_or_else(|| Failure::field("office", "is not an office"))?;
        if !facts.works_claims {
            return Err(Failure::field("office", "does not work claims"));
        }
        self.database
            .transaction("claims_transfer", |tx| {
                async move {
                    let mut claim = self.locked_for_change(tx, caller, id).await?;
                    let here = claim.filing.as_ref().map(|filing| &filing.office);
                    if here == Some(office) {
                        return Err(Failure::field("office", "must be another office"));
                    }
                    let by = actor(caller)?;
                    let now = self.clock.now();
                    let step = claim.transfer(office.clone(), facts, reason.to_owned(), by, now)?;
                    self.record_step(tx, caller, "claims.transfer", &claim, &step)
                        .await
                }
                .scope_boxed()
            })
            .await
    }

    /// Opens the review. `ASSIGNED_TO_OTHER` when a colleague has it; no error when the caller already has.
    pub(crate) async fn take_in_charge(&self, caller: &Caller, id: Uuid) -> Result<Claim, Failure> {
        self.database
            .transaction("claims_take_in_charge", |tx| {
                async move {
                    let mut claim = self.locked_for_change(tx, caller, id).await?;
                    if let Some(step) = claim.take_in_charge(actor(caller)?, self.clock.now())? {
                        self.record_step(tx, caller, "claims.take_in_charge", &claim, &step)
                            .await?;
                    }
                    Ok(claim)
                }
                .scope_boxed()
            })
            .await
    }

    /// Writes a proposal for adoption, replacing the one before.
    pub(crate) async fn propose(
        &self,
        caller: &Caller,
        id: Uuid,
        proposed: &Proposed,
    ) -> Result<Claim, Failure> {
        self.database
            .transaction("claims_propose", |tx| {
                async move {
                    let mut claim = self.locked_for_change(tx, caller, id).await?;
                    self.propose_in(tx, caller, &mut claim, proposed.clone())
                        .await?;
                    Ok(claim)
                }
                .scope_boxed()
            })
            .await
    }

    async fn propose_in(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        claim: &mut Claim,
        proposed: Proposed,
    ) -> Result<(), Failure> {
        let now = self.clock.now();
        let remark = store::decisions::last_remark(tx, claim.id).await?;
        let grant = proposed.grant;
        let step = claim.propose(self.ids.at(now), proposed, remark, actor(caller)?, now)?;
        payments::require_covered(tx, claim, grant).await?;
        store::decisions::close_proposal(tx, claim.id, ProposalStatus::Replaced, "").await?;
        if let Some(proposal) = &claim.proposal {
            store::decisions::insert_proposals(
                tx,
                &[(claim.id, proposal, ProposalStatus::Pending)],
            )
            .await?;
        }
        self.record_step(tx, caller, "claims.propose", claim, &step)
            .await
    }

    /// Sends a proposal back to the operator with a remark. For who could adopt it.
    pub(crate) async fn return_proposal(
        &self,
        caller: &Caller,
        id: Uuid,
        proposal: Uuid,
        remark: &str,
    ) -> Result<Claim, Failure> {
        self.require_signature(caller).await?;
        self.database
            .transaction("claims_return_proposal", |tx| {
                async move {
                    let mut claim = self.locked_for_change(tx, caller, id).await?;
                    let step = claim.return_proposal(
                        proposal,
                        remark.to_owned(),
                        actor(caller)?,
                        self.clock.now(),
                    )?;
                    store::decisions::close_proposal(tx, id, ProposalStatus::Returned, remark)
                        .await?;
                    self.record_step(tx, caller, "claims.return_proposal", &claim, &step)
                        .await?;
                    Ok(claim)
                }
                .scope_boxed()
            })
            .await
    }
}
