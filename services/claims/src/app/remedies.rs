//! Withdrawal, riesame, ricorso, annulment (CLM-23 to CLM-25).

use chassis::db::ScopedFutureExt;
use chassis::identity::{Caller, PersonName};
use chassis::{Failure, Tx};
use uuid::Uuid;

use super::refusals::{being_adopted, broken};
use super::{App, actor, payments};
use crate::domain::claim::Claim;
use crate::domain::role::Actor;
use crate::store;
use crate::store::adoptions::{Saga, SagaState};
use crate::store::decisions::ProposalStatus;

impl App {
    /// Withdraws a claim that has no decision, and frees its days.
    pub(crate) async fn withdraw(
        &self,
        caller: &Caller,
        id: Uuid,
        reason: &str,
    ) -> Result<Claim, Failure> {
        self.database
            .transaction("claims_withdraw", |tx| {
                async move {
                    let mut claim = self.locked_for_change(tx, caller, id).await?;
                    let before = claim.counted();
                    let step =
                        claim.withdraw(reason.to_owned(), actor(caller)?, self.clock.now())?;
                    store::decisions::close_proposal(tx, id, ProposalStatus::Dropped, "").await?;
                    store::workers::recount(tx, &claim, &before).await?;
                    self.record_step(tx, caller, "claims.withdraw", &claim, &step)
                        .await?;
                    Ok(claim)
                }
                .scope_boxed()
            })
            .await
    }

    /// Asks for a riesame of the decision.
    pub(crate) async fn reexamine(
        &self,
        caller: &Caller,
        id: Uuid,
        reason: &str,
    ) -> Result<Claim, Failure> {
        self.database
            .transaction("claims_reexamine", |tx| {
                async move {
                    let mut claim = self.locked_for_change(tx, caller, id).await?;
                    let before = claim.counted();
                    let step =
                        claim.reexamine(reason.to_owned(), actor(caller)?, self.clock.now())?;
                    store::workers::recount(tx, &claim, &before)
                        .await
                        .map_err(broken)?;
                    self.record_step(tx, caller, "claims.reexamine", &claim, &step)
                        .await?;
                    Ok(claim)
                }
                .scope_boxed()
            })
            .await
    }

    /// Files a ricorso against a rejection or a partial acceptance, in its term.
    pub(crate) async fn appeal(
        &self,
        caller: &Caller,
        id: Uuid,
        grounds: &str,
    ) -> Result<Claim, Failure> {
        self.database
            .transaction("claims_appeal", |tx| {
                async move {
                    let mut claim = self.locked_for_change(tx, caller, id).await?;
                    let before = claim.counted();
                    let step =
                        claim.appeal(grounds.to_owned(), actor(caller)?, self.clock.now())?;
                    store::workers::recount(tx, &claim, &before)
                        .await
                        .map_err(broken)?;
                    self.record_step(tx, caller, "claims.appeal", &claim, &step)
                        .await?;
                    Ok(claim)
                }
                .scope_boxed()
            })
            .await
    }

    /// Annuls a claim ex officio, frees its days, and gives the weeks of a grant back to the limits.
    pub(crate) async fn annul(
        &self,
        caller: &Caller,
        id: Uuid,
        reason: &str,
    ) -> Result<Claim, Failure> {
        let (claim, releases) = self
            .database
            .transaction("claims_annul", |tx| {
                async move { self.annul_in(tx, caller, id, reason).await }.scope_boxed()
            })
            .await?;
        for saga in releases {
            self.finish_later(saga).await;
        }
        Ok(claim)
    }

    async fn annul_in(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        id: Uuid,
        reason: &str,
    ) -> Result<(Claim, Vec<Uuid>), Failure> {
        let mut claim = self.locked_for_change(tx, caller, id).await?;
        // Weeks that wait to be confirmed cannot be given back before.
        if store::adoptions::is_unconfirmed(tx, id).await? {
            return Err(being_adopted());
        }
        let by = actor(caller)?;
        let before = claim.counted();
        let step = claim.annul(reason.to_owned(), by, self.clock.now())?;
        payments::require_none(tx, &claim).await?;
        store::decisions::close_proposal(tx, id, ProposalStatus::Dropped, "").await?;
        store::workers::recount(tx, &claim, &before).await?;
        self.record_step(tx, caller, "claims.annul", &claim, &step)
            .await?;
        let releases = self.give_back(tx, &claim, by).await?;
        Ok((claim, releases))
    }

    /// Starts giving back to the limits what stands there for a claim: what was kept when it gave way, or else the weeks
    /// of its decision. Returns the sagas.
    pub(super) async fn give_back(
        &self,
        tx: &mut Tx,
        claim: &Claim,
        by: Actor,
    ) -> Result<Vec<Uuid>, Failure> {
        let mut reservations = store::kept::forget(tx, claim.id).await?;
        if reservations.is_empty() {
            let decision = claim.decision.as_ref();
            reservations.extend(decision.and_then(|decision| decision.reservation_id));
        }
        let mut sagas = Vec::new();
        for reservation in reservations {
            let state = SagaState::Release;
            sagas.push(
                self.start_saga(tx, claim.id, state, reservation, by)
                    .await?,
            );
        }
        Ok(sagas)
    }

    /// Starts a saga that gives weeks back, or keeps some.
    pub(super) async fn start_saga(
        &self,
        tx: &mut Tx,
        claim: Uuid,
        state: SagaState,
        reservation: Uuid,
        by: Actor,
    ) -> Result<Uuid, Failure> {
        let now = self.clock.now();
        let saga = Saga {
            id: self.ids.at(now),
            claim,
            proposal: None,
            state,
            reservation,
            reserved_until: None,
            by,
            name: PersonName::default(),
        };
        store::adoptions::start(tx, &saga, now + super::resume::LEASE, now).await?;
        Ok(saga.id)
    }
}
