//! Adoption of decisions (CLM-15 to CLM-17), and the saga that keeps them together with the limits.
//!
//! A grant goes INTENT → RESERVED → ADOPTED → CONFIRMED: who may adopt says so; the limits set the weeks aside; the
//! decision is adopted, in one transaction, only while the reservation surely holds; the limits are told that it is
//! final. Every step can be repeated, so whoever finds a saga half way goes on from there ([`super::resume`]). While
//! the first two last nothing else may change the claim. A rejection needs no weeks and is adopted at once.

use chassis::db::ScopedFutureExt;
use chassis::failure::Reason;
use chassis::identity::{Caller, PersonName, Scope};
use chassis::{Failure, Tx, audit};
use chrono::TimeDelta;
use kernel::{ProtocolNumber, rome};
use uuid::Uuid;

use super::documents::Signed;
use super::refusals::{being_adopted, broken, limit_exceeded, other_scheme, unjudged};
use super::resume::LEASE;
use super::{App, actor, events, payments};
use crate::domain::claim::{ActNumbers, Claim, Filing};
use crate::domain::decision::{Grant, Outcome};
use crate::domain::documents::{Replaced, VerificationCode};
use crate::domain::refused::Refused;
use crate::domain::role::Actor;
use crate::ports::{ConfirmError, LimitsUnit, Order, ReserveError};
use crate::store;
use crate::store::adoptions::{Saga, SagaState};
use crate::store::decisions::ProposalStatus;
use crate::store::registers::Direction;

/// A decision is adopted only while its reservation lasts at least this much longer, so that it can be confirmed.
const RESERVATION_LEAST: TimeDelta = TimeDelta::hours(1);

/// How an adoption began.
enum Begun {
    /// The proposal is a decision already: by this call, or by an earlier one.
    Done { claim: Box<Claim>, now: bool },
    /// The saga goes on.
    Saga(Uuid),
}

impl App {
    /// Adopts the proposal that the caller read. The same call again gives the same decision. `LIMIT_EXCEEDED` when the
    /// weeks are no longer free; the claim is then as it was.
    pub(crate) async fn adopt(
        &self,
        caller: &Caller,
        id: Uuid,
        proposal: Uuid,
    ) -> Result<Claim, Failure> {
        self.require_signature(caller).await?;
        let read = self.read(caller, id).await?;
        let signed = &self.signed(&read, caller.name.clone()).await;
        let begun = self
            .database
            .transaction("claims_adopt_begin", |tx| {
                async move { self.begin(tx, caller, id, proposal, signed).await }.scope_boxed()
            })
            .await?;
        let saga = match begun {
            Begun::Done { claim, now } => {
                self.count_decision(
                    claim
                        .decision
                        .as_ref()
                        .filter(|_| now)
                        .map(|it| it.decided.outcome),
                );
                return Ok(*claim);
            }
            Begun::Saga(saga) => saga,
        };
        let driven = self.drive(saga).await;
        let claim = self.read(caller, id).await?;
        let decided = claim
            .decision
            .as_ref()
            .is_some_and(|decision| decision.proposal_id == proposal);
        match driven {
            // What is still to do after the adoption is done in the background.
            Err(failure) if decided => {
                tracing::warn!(
                    error = &failure as &dyn std::error::Error,
                    "the adoption is finished later"
                );
                Ok(claim)
            }
            Err(failure) => Err(failure),
            Ok(()) => Ok(claim),
        }
    }

    async fn begin(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        id: Uuid,
        proposal: Uuid,
        signed: &Signed,
    ) -> Result<Begun, Failure> {
        let mut claim = self.locked(tx, caller, id).await?;
        if store::decisions::is_adopted(tx, id, proposal).await? {
            return Ok(Begun::Done {
                claim: Box::new(claim),
                now: false,
            });
        }
        let by = actor(caller)?;
        let grant = claim.adoptable(proposal, by)?.proposed.grant;
        if let Some(open) = claim.adoption {
            let same = store::adoptions::find(tx, open)
                .await?
                .is_some_and(|saga| saga.proposal == Some(proposal));
            return if same {
                Ok(Begun::Saga(open))
            } else {
                Err(being_adopted())
            };
        }
        payments::require_covered(tx, &claim, grant).await?;
        if grant.is_none() || filing_of(&claim)?.asked.ground().is_none() {
            self.adopt_in(tx, &mut claim, by, None, signed).await?;
            return Ok(Begun::Done {
                claim: Box::new(claim),
                now: true,
            });
        }
        self.start_adoption(tx, &mut claim, proposal, by, &signed.name)
            .await
            .map(Begun::Saga)
    }

    async fn start_adoption(
        &self,
        tx: &mut Tx,
        claim: &mut Claim,
        proposal: Uuid,
        by: Actor,
        name: &PersonName,
    ) -> Result<Uuid, Failure> {
        let now = self.clock.now();
        // After a refusal the weeks may have been given back, and an id that was released is dead for the limits.
        let tried = store::adoptions::was_tried(tx, proposal).await?;
        let saga = Saga {
            id: self.ids.at(now),
            claim: claim.id,
            proposal: Some(proposal),
            state: SagaState::Intent,
            reservation: if tried { self.ids.at(now) } else { proposal },
            reserved_until: None,
            by,
            name: name.clone(),
        };
        store::adoptions::start(tx, &saga, now + LEASE, now).await?;
        claim.adoption = Some(saga.id);
        store::claims::advance(tx, claim).await?;
        Ok(saga.id)
    }

    /// Takes a saga to its end, from wherever it stands.
    pub(super) async fn drive(&self, id: Uuid) -> Result<(), Failure> {
        loop {
            let saga = self.saga(id).await?;
            match saga.state {
                SagaState::Intent => self.reserve(&saga).await?,
                SagaState::Reserved => self.conclude(&saga).await?,
                SagaState::Adopted => self.confirm(&saga).await?,
                SagaState::Release => self.release(&saga).await?,
                SagaState::Keep => self.enter_kept(&saga).await?,
                SagaState::Confirmed
                | SagaState::Refused
                | SagaState::Released
                | SagaState::Kept => return Ok(()),
            }
        }
    }

    async fn saga(&self, id: Uuid) -> Result<Saga, Failure> {
        let mut connection = self.database.pool().acquire().await?;
        let found = store::adoptions::find(&mut connection, id).await?;
        found.ok_or_else(|| Failure::internal("a saga has vanished"))
    }

    /// INTENT → RESERVED, or REFUSED when the weeks do not fit.
    async fn reserve(&self, saga: &Saga) -> Result<(), Failure> {
        let order = self.order(saga).await?;
        let refused = match self.limits.reserve(&order).await {
            Ok(until) if until - self.clock.now() <= RESERVATION_LEAST => {
                return Err(Failure::internal(
                    "the limits give too short a reservation to adopt in",
                ));
            }
            Ok(until) => {
                let mut connection = self.database.pool().acquire().await?;
                let now = self.clock.now();
                store::adoptions::advance(
                    &mut connection,
                    saga,
                    SagaState::Reserved,
                    Some(until),
                    now,
                )
                .await?;
                return Ok(());
            }
            Err(error) => refusal(error)?,
        };
        self.refuse(saga, &refused).await?;
        Err(refused)
    }

    async fn order(&self, saga: &Saga) -> Result<Order, Failure> {
        let claim = self.claim_of(saga).await?;
        let filing = filing_of(&claim)?;
        let grant =
            granted(&claim, saga).ok_or_else(|| Failure::internal("a saga without its grant"))?;
        Ok(Order {
            reservation: saga.reservation,
            unit: LimitsUnit {
                key: claim.content.unit.clone(),
                sector: filing.unit.sector.clone(),
                working_days: filing.unit.working_days,
                // The flows of the months before the period may have come since: the limits ask what is known now.
                staff: None,
                filed_on: Some(rome::date_of(filing.submitted_at)),
            },
            ground: filing
                .asked
                .ground()
                .ok_or_else(|| Failure::internal("a saga for weeks that nobody keeps"))?,
            period: grant.period,
            hours_hundredths: grant.hours_hundredths,
            claim: claim.id,
        })
    }

    pub(super) async fn claim_of(&self, saga: &Saga) -> Result<Claim, Failure> {
        let mut connection = self.database.pool().acquire().await?;
        let claim = store::claims::find(&mut connection, saga.claim, &Scope::System).await?;
        claim.ok_or_else(|| Failure::internal("a saga without its claim"))
    }

    /// RESERVED → ADOPTED; back to INTENT when the reservation might lapse before it is confirmed.
    async fn conclude(&self, saga: &Saga) -> Result<(), Failure> {
        let lasts = saga
            .reserved_until
            .is_some_and(|until| until - self.clock.now() > RESERVATION_LEAST);
        if !lasts {
            let mut connection = self.database.pool().acquire().await?;
            store::adoptions::advance(
                &mut connection,
                saga,
                SagaState::Intent,
                None,
                self.clock.now(),
            )
            .await?;
            return Ok(());
        }
        let claim = self.claim_of(saga).await?;
        let signed = &self.signed(&claim, saga.name.clone()).await;
        let concluded = self
            .database
            .transaction("claims_adopt", |tx| {
                async move { self.conclude_in(tx, saga, signed).await }.scope_boxed()
            })
            .await;
        match concluded {
            Err(failure) if is_final(&failure) => {
                self.limits
                    .release(saga.reservation, "adoption refused")
                    .await?;
                self.refuse(saga, &failure).await?;
                Err(failure)
            }
            Err(failure) => Err(failure),
            Ok(adopted) => {
                self.count_decision(adopted);
                Ok(())
            }
        }
    }

    fn count_decision(&self, adopted: Option<Outcome>) {
        if let Some(outcome) = adopted {
            self.metrics.decided(outcome);
        }
    }

    /// What was adopted; `None` when somebody else was faster, and the state says how it went.
    async fn conclude_in(
        &self,
        tx: &mut Tx,
        saga: &Saga,
        signed: &Signed,
    ) -> Result<Option<Outcome>, Failure> {
        let mut claim = self.locked_by_saga(tx, saga).await?;
        let now = self.clock.now();
        if !store::adoptions::advance(tx, saga, SagaState::Adopted, saga.reserved_until, now)
            .await?
        {
            return Ok(None);
        }
        self.adopt_in(tx, &mut claim, saga.by, Some(saga.reservation), signed)
            .await?;
        Ok(claim.decision.map(|decision| decision.decided.outcome))
    }

    /// Adopts the pending proposal: numbers, decision, act, days, history, event.
    async fn adopt_in(
        &self,
        tx: &mut Tx,
        claim: &mut Claim,
        by: Actor,
        reservation: Option<Uuid>,
        signed: &Signed,
    ) -> Result<(), Failure> {
        let now = self.clock.now();
        let before = claim.counted();
        let superseded = claim.decision.as_ref().map(Replaced::of);
        self.give_back(tx, claim, by).await?;
        let numbers = self.numbers(tx, claim, reservation).await?;
        let step = claim.adopt(numbers, by, now)?;
        let decision = claim
            .decision
            .as_ref()
            .ok_or_else(|| Failure::internal("adopted without a decision"))?;
        store::decisions::close_proposal(tx, claim.id, ProposalStatus::Adopted, "").await?;
        store::decisions::insert_decisions(tx, &[(claim.id, decision)]).await?;
        self.issue_act(tx, claim, decision, superseded.as_ref(), signed)
            .await?;
        store::workers::recount(tx, claim, &before)
            .await
            .map_err(broken)?;
        store::claims::advance(tx, claim).await?;
        store::history::append(tx, &[(claim.id, &step)]).await?;
        events::publish(tx, self.ids.at(now), claim, &step).await?;
        self.prevail(tx, claim, by).await?;
        record_adoption(tx, claim, by, now).await
    }

    async fn numbers(
        &self,
        tx: &mut Tx,
        claim: &Claim,
        reservation: Option<Uuid>,
    ) -> Result<ActNumbers, Failure> {
        let now = self.clock.now();
        let office = &filing_of(claim)?.office;
        let protocol: ProtocolNumber =
            store::registers::protocol(tx, office, Direction::Outgoing, claim.id, now).await?;
        let grants = claim
            .proposal
            .as_ref()
            .is_some_and(|pending| pending.proposed.grant.is_some());
        let authorization = if grants {
            Some(store::registers::authorization(tx, office, rome::date_of(now)).await?)
        } else {
            None
        };
        Ok(ActNumbers {
            id: self.ids.at(now),
            protocol,
            authorization,
            reservation_id: reservation,
            verification_code: VerificationCode::of(self.ids.bytes()).into(),
        })
    }

    /// INTENT or RESERVED → REFUSED: the claim is free again, its proposal kept, and its history says why.
    async fn refuse(&self, saga: &Saga, refusal: &Failure) -> Result<(), Failure> {
        let reason = &chassis::failure::reason_code(refusal.reason());
        self.database
            .transaction("claims_adopt_refused", |tx| {
                async move {
                    let mut claim = self.locked_by_saga(tx, saga).await?;
                    let now = self.clock.now();
                    if !store::adoptions::advance(tx, saga, SagaState::Refused, None, now).await? {
                        return Ok(());
                    }
                    let step = claim.adoption_refused(saga.by, reason.clone(), now);
                    store::claims::advance(tx, &claim).await?;
                    store::history::append(tx, &[(claim.id, &step)]).await?;
                    store::adoptions::note_error(tx, saga.id, reason).await?;
                    Ok(())
                }
                .scope_boxed()
            })
            .await
    }

    async fn locked_by_saga(&self, tx: &mut Tx, saga: &Saga) -> Result<Claim, Failure> {
        let vanished = || Failure::internal("a saga without its claim");
        store::claims::lock(tx, saga.claim, &Scope::System)
            .await?
            .ok_or_else(vanished)?;
        store::claims::find(tx, saga.claim, &Scope::System)
            .await?
            .ok_or_else(vanished)
    }

    /// ADOPTED → CONFIRMED. A reservation that lapsed meanwhile is made again: the decision stands.
    async fn confirm(&self, saga: &Saga) -> Result<(), Failure> {
        match self.limits.confirm(saga.reservation).await {
            Ok(()) => {}
            Err(ConfirmError::Expired) => return self.reserve_again(saga).await,
            Err(ConfirmError::Failed(failure)) => return Err(failure),
        }
        let mut connection = self.database.pool().acquire().await?;
        let until = saga.reserved_until;
        store::adoptions::advance(
            &mut connection,
            saga,
            SagaState::Confirmed,
            until,
            self.clock.now(),
        )
        .await?;
        Ok(())
    }

    async fn reserve_again(&self, saga: &Saga) -> Result<(), Failure> {
        let order = self.order(saga).await?;
        match self.limits.reserve(&order).await {
            Ok(_) => Err(Failure::unavailable(
                "the reservation of an adopted decision had lapsed and was renewed",
            )),
            Err(error) => Err(refusal(error)?),
        }
    }

    /// RELEASE → RELEASED.
    async fn release(&self, saga: &Saga) -> Result<(), Failure> {
        self.limits
            .release(saga.reservation, "decision annulled or replaced")
            .await?;
        let mut connection = self.database.pool().acquire().await?;
        store::adoptions::advance(
            &mut connection,
            saga,
            SagaState::Released,
            None,
            self.clock.now(),
        )
        .await?;
        Ok(())
    }
}

/// Whether an adoption was refused for good: a worker's days are taken, or a claim that would have to give way has payments.
fn is_final(failure: &Failure) -> bool {
    matches!(
        failure.reason(),
        Reason::ClaimPeriodOverlaps | Reason::PaymentsExist
    )
}

/// Why the weeks were refused; fails when they were not, and may be asked for again.
fn refusal(error: ReserveError) -> Result<Failure, Failure> {
    match error {
        ReserveError::Exceeded { counter } => Ok(limit_exceeded(&counter)),
        ReserveError::OtherScheme => Ok(other_scheme()),
        ReserveError::Unjudged { rule } => Ok(unjudged(&rule)),
        ReserveError::Failed(failure) => Err(failure),
    }
}

pub(super) fn filing_of(claim: &Claim) -> Result<&Filing, Failure> {
    claim
        .filing
        .as_ref()
        .ok_or_else(|| Refused::InvalidState(claim.state).into())
}

/// What the saga grants: by the pending proposal, or by the decision that it has become.
fn granted(claim: &Claim, saga: &Saga) -> Option<Grant> {
    let pending = claim
        .proposal
        .as_ref()
        .filter(|proposal| Some(proposal.id) == saga.proposal);
    let decided = claim
        .decision
        .as_ref()
        .filter(|decision| Some(decision.proposal_id) == saga.proposal);
    pending
        .map(|proposal| &proposal.proposed)
        .or(decided.map(|decision| &decision.decided))?
        .grant
}

/// The audit record names who adopted, also when the saga was resumed in the background.
async fn record_adoption(
    tx: &mut Tx,
    claim: &Claim,
    by: Actor,
    at: chrono::DateTime<chrono::Utc>,
) -> Result<(), Failure> {
    let filing = filing_of(claim)?;
    let role = by.role.code().parse().map_err(Failure::internal)?;
    let adopter = Caller {
        person: by.person,
        role,
        scope: Scope::Offices(vec![filing.office.clone()]),
        organisation: filing.office.to_string(),
        level: chassis::identity::Level::L2,
        service: None,
        ..Caller::service("claims")
    };
    let entry = audit::Entry {
        action: "claims.adopt",
        resource_type: "claim",
        resource_id: claim.id.to_string(),
        result_count: 1,
    };
    audit::record(tx, &adopter, entry, at).await
}
