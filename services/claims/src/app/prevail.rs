//! A COVID claim prevails over earlier claims with another reason (CLM-11).

use chassis::identity::Caller;
use chassis::{Failure, Tx};

use super::adoption::filing_of;
use super::refusals::{being_adopted, broken};
use super::{App, payments};
use crate::domain::claim::Claim;
use crate::domain::role::Actor;
use crate::ports::PastGrant;
use crate::store;
use crate::store::adoptions::{Saga, SagaState};
use crate::store::decisions::ProposalStatus;
use crate::store::kept::Kept;

impl App {
    /// Makes the claims that a granted COVID claim prevails over give way: annulled ex officio for the weeks that it covers.
    /// What is left of a grant stays in the limits, in place of the whole. `PAYMENTS_EXIST` when something is paid under one of
    /// them.
    pub(super) async fn prevail(
        &self,
        tx: &mut Tx,
        claim: &Claim,
        by: Actor,
    ) -> Result<(), Failure> {
        let counted = claim.counted();
        let (Some(filing), [weeks]) = (&claim.filing, counted.as_slice()) else {
            return Ok(());
        };
        if !filing.asked.causale.is_covid() {
            return Ok(());
        }
        let caller = Caller::service("claims");
        for id in store::workers::prevailed_over(tx, claim.id).await? {
            let mut other = self.locked(tx, &caller, id).await?;
            if other.adoption.is_some() || store::adoptions::is_unconfirmed(tx, id).await? {
                return Err(being_adopted());
            }
            payments::require_none(tx, &other).await?;
            let before = other.counted();
            let step = other.give_way(&filing.protocol, *weeks, by, self.clock.now());
            if other.proposal.is_none() {
                store::decisions::close_proposal(tx, id, ProposalStatus::Dropped, "").await?;
            }
            self.give_back(tx, &other, by).await?;
            self.keep_rest(tx, &other, by).await?;
            store::workers::recount(tx, &other, &before)
                .await
                .map_err(broken)?;
            self.record_step(tx, &caller, "claims.give_way", &other, &step)
                .await?;
        }
        Ok(())
    }

    /// Starts putting into the limits what is left of a grant that gave way, each stretch without a gap by itself.
    async fn keep_rest(&self, tx: &mut Tx, claim: &Claim, by: Actor) -> Result<(), Failure> {
        let decision = claim.decision.as_ref();
        let Some(grant) = decision
            .filter(|decision| decision.reservation_id.is_some())
            .and_then(|decision| decision.decided.grant)
        else {
            return Ok(());
        };
        for period in claim.counted() {
            let weeks = i64::from(period.count());
            let kept = Kept {
                id: self.ids.at(self.clock.now()),
                period,
                hours_hundredths: grant.hours_hundredths * weeks / i64::from(grant.period.count()),
            };
            store::kept::insert(tx, claim.id, &kept).await?;
            self.start_saga(tx, claim.id, SagaState::Keep, kept.id, by)
                .await?;
        }
        Ok(())
    }

    /// KEEP → KEPT. What was given back meanwhile is not put there any more.
    pub(super) async fn enter_kept(&self, saga: &Saga) -> Result<(), Failure> {
        let claim = self.claim_of(saga).await?;
        let ground = filing_of(&claim)?.asked.ground();
        let mut connection = self.database.pool().acquire().await?;
        let kept = store::kept::find(&mut connection, saga.reservation).await?;
        drop(connection);
        if let Some((kept, ground)) = kept.zip(ground) {
            let grant = PastGrant {
                reservation: kept.id,
                unit: claim.content.unit.clone(),
                ground,
                period: kept.period,
                hours_hundredths: kept.hours_hundredths,
                claim: claim.id,
            };
            self.limits.import(&[grant]).await?;
        }
        let mut connection = self.database.pool().acquire().await?;
        let now = self.clock.now();
        store::adoptions::advance(&mut connection, saga, SagaState::Kept, None, now).await?;
        Ok(())
    }
}
