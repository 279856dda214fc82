//! A COVID claim prevails over earlier claims with another reason (CLM-11).

use chassis::identity::Caller;
use chassis::{Failure, Tx};

use super::App;
use super::refusals::{being_adopted, broken};
use crate::domain::claim::Claim;
use crate::domain::role::Actor;
use crate::domain::state::State;
use crate::store;
use crate::store::decisions::ProposalStatus;

impl App {
    /// Makes the claims that a granted COVID claim prevails over give way: annulled ex officio, or noted when only some of
    /// their weeks are covered.
    pub(super) async fn prevail(
        &self,
        tx: &mut Tx,
        claim: &Claim,
        by: Actor,
    ) -> Result<(), Failure> {
        let (Some(filing), Some(weeks)) = (&claim.filing, claim.counted_weeks()) else {
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
            let before = other.counted_weeks();
            let step = other.give_way(&filing.protocol, weeks, by, self.clock.now());
            if other.state == State::Annulled {
                store::decisions::close_proposal(tx, id, ProposalStatus::Dropped, "").await?;
                let reservation = other.decision.as_ref().and_then(|it| it.reservation_id);
                if let Some(reservation) = reservation {
                    self.start_release(tx, id, reservation, by).await?;
                }
            }
            store::workers::recount(tx, &other, before)
                .await
                .map_err(broken)?;
            self.record_step(tx, &caller, "claims.give_way", &other, &step)
                .await?;
        }
        Ok(())
    }
}
