//! Lines and flows under somebody's hands: what the sender cancels (PAY-8), what the office cures (PAY-7, PAY-9) or rejects.

use chassis::db::ScopedFutureExt;
use chassis::identity::Caller;
use chassis::{Failure, Tx};
use chrono::{DateTime, Utc};
use kernel::Cents;
use uuid::Uuid;

use super::moving::Moving;
use super::refusals::{invalid_state, payments_exist};
use super::{App, audited};
use crate::domain::checks::Anomaly;
use crate::domain::line::{Address, Way};
use crate::domain::state::{Ended, LineState, LineStep};
use crate::store;
use crate::store::flows::Flow;
use crate::store::lines::{Act, Kept};

/// Lines of a flow that are read at once.
const PAGE: i64 = 1_000;

/// What the office does with a line.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Cure {
    /// Pays it as bonifico domiciliato (PAY-7 b).
    Domiciled(Address),
    /// Confirms the deductions (PAY-7 c).
    Deductions,
    /// Sets gross and net of an adjustment (PAY-9).
    Amount(Cents, Cents),
    /// Cancels it (PAY-7 d).
    Cancel,
}

impl App {
    /// Deletes a flow of the sender. Again without effect.
    pub(crate) async fn delete_flow(
        &self,
        caller: &Caller,
        id: Uuid,
        reason: &str,
    ) -> Result<Flow, Failure> {
        self.end_flow(caller, id, Ended::Deleted, reason).await
    }

    /// Rejects a flow of the office. Again without effect.
    pub(crate) async fn reject_flow(
        &self,
        caller: &Caller,
        id: Uuid,
        reason: &str,
    ) -> Result<Flow, Failure> {
        self.end_flow(caller, id, Ended::Rejected, reason).await
    }

    async fn end_flow(
        &self,
        caller: &Caller,
        id: Uuid,
        ended: Ended,
        reason: &str,
    ) -> Result<Flow, Failure> {
        self.database
            .transaction("payments_end_flow", |tx| {
                async move {
                    let flow = self.locked(tx, caller, id).await?;
                    if flow.ended == Some(ended) {
                        return Ok(flow);
                    }
                    self.end_in(tx, caller, flow, ended, reason).await
                }
                .scope_boxed()
            })
            .await
    }

    async fn end_in(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        flow: Flow,
        ended: Ended,
        reason: &str,
    ) -> Result<Flow, Failure> {
        if flow.ended.is_some() {
            return Err(invalid_state(flow.state().code()));
        }
        if LineState::ALL
            .iter()
            .any(|state| state.is_ordered_or_paid() && flow.counts.of(*state) > 0)
        {
            return Err(payments_exist());
        }
        let now = self.clock.now();
        let id = flow.id;
        let mut moving = Moving::of(flow);
        let mut after = 0;
        loop {
            let page = store::lines::page(tx, moving.flow(), &[], after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = i32::try_from(last.number).unwrap_or(i32::MAX);
            for mut line in page {
                if line.state != LineState::Cancelled {
                    moving.step(&mut line, LineStep::Cancel)?;
                }
            }
            moving.flush(self, tx, now).await?;
        }
        let flow = moving.flow();
        flow.ended = Some(ended);
        reason.clone_into(&mut flow.reason);
        let flow = moving.end(self, tx, now).await?;
        let action = match ended {
            Ended::Deleted => "payments.delete_flow",
            Ended::Rejected => "payments.reject_flow",
        };
        audited(tx, caller, action, ("flow", id), 1, now).await?;
        Ok(flow)
    }

    /// Cancels lines of a flow of the sender, all or none (PAY-8).
    pub(crate) async fn cancel_lines(
        &self,
        caller: &Caller,
        id: Uuid,
        numbers: &[i32],
        reason: &str,
    ) -> Result<Flow, Failure> {
        self.database
            .transaction("payments_cancel_lines", |tx| {
                async move {
                    let mut moving = Moving::of(self.locked(tx, caller, id).await?);
                    let lines = store::lines::by_number(tx, moving.flow(), numbers).await?;
                    if lines.len() != numbers.len() {
                        return Err(Failure::not_found());
                    }
                    let now = self.clock.now();
                    let act = act(&Cure::Cancel, reason, caller.person, now);
                    for mut line in lines {
                        store::lines::keep_act(tx, &line, &act).await?;
                        cancel(&mut moving, &mut line)?;
                    }
                    let flow = moving.end(self, tx, now).await?;
                    let resource = ("flow", id);
                    let count = numbers.len();
                    audited(tx, caller, "payments.cancel_lines", resource, count, now).await?;
                    Ok(flow)
                }
                .scope_boxed()
            })
            .await
    }

    /// Works a line of a flow of the office.
    pub(crate) async fn cure_line(
        &self,
        caller: &Caller,
        id: Uuid,
        number: i32,
        cure: &Cure,
        reason: &str,
    ) -> Result<Kept, Failure> {
        self.database
            .transaction("payments_cure_line", |tx| {
                async move {
                    let mut moving = Moving::of(self.locked(tx, caller, id).await?);
                    let mut line = store::lines::by_number(tx, moving.flow(), &[number])
                        .await?
                        .pop()
                        .ok_or_else(Failure::not_found)?;
                    let now = self.clock.now();
                    let act = act(cure, reason, caller.person, now);
                    store::lines::keep_act(tx, &line, &act).await?;
                    apply(&mut moving, &mut line, cure, now)?;
                    moving.end(self, tx, now).await?;
                    audited(tx, caller, "payments.cure_line", ("flow", id), 1, now).await?;
                    Ok(line)
                }
                .scope_boxed()
            })
            .await
    }

    /// A flow in the caller's rows with its grant, both locked; IDN-E06 otherwise.
    async fn locked(&self, tx: &mut Tx, caller: &Caller, id: Uuid) -> Result<Flow, Failure> {
        let found = store::flows::find(tx, id, &caller.scope)
            .await?
            .ok_or_else(Failure::not_found)?;
        store::authorisations::lock(tx, &[found.authorization.to_string()]).await?;
        let locked = store::flows::lock(tx, &[id]).await?.pop();
        locked.ok_or_else(Failure::not_found)
    }
}

fn act<'r>(cure: &Cure, reason: &'r str, person: Uuid, at: DateTime<Utc>) -> Act<'r> {
    Act {
        action: match cure {
            Cure::Domiciled(_) => "DOMICILED",
            Cure::Deductions => "DEDUCTIONS",
            Cure::Amount(..) => "AMOUNT",
            Cure::Cancel => "CANCEL",
        },
        reason,
        person,
        at,
    }
}

/// Cancels a line; one that is cancelled stays so, and one that is ordered or paid forbids it.
fn cancel(moving: &mut Moving, line: &mut Kept) -> Result<(), Failure> {
    if line.state == LineState::Cancelled {
        return Ok(());
    }
    if line.state.is_ordered_or_paid() {
        return Err(payments_exist());
    }
    moving.step(line, LineStep::Cancel)
}

fn apply(
    moving: &mut Moving,
    line: &mut Kept,
    cure: &Cure,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    match cure {
        Cure::Cancel => cancel(moving, line),
        Cure::Domiciled(address) => {
            // Every reason to stop must be of the account: what else is wrong stays wrong.
            require_stopped_by(line, Anomaly::is_of_the_account)?;
            line.way = Way::Domiciled(address.clone());
            resume(moving, line, now)
        }
        Cure::Deductions => {
            require_stopped_by(line, |anomaly| anomaly == Anomaly::DeductionsToWork)?;
            line.deductions = false;
            resume(moving, line, now)
        }
        Cure::Amount(gross, net) => {
            if line.state != LineState::InVerification || line.amount.is_some() {
                return Err(invalid_state(line.state.code()));
            }
            if net > gross {
                return Err(Failure::field(
                    "amount.net_cents",
                    "must not be above the gross",
                ));
            }
            line.amount = Some((*gross, *net));
            line.check_after = Some(now);
            moving.touch(line);
            Ok(())
        }
    }
}

fn require_stopped_by(line: &Kept, by: fn(Anomaly) -> bool) -> Result<(), Failure> {
    let all = line.anomalies.iter().all(|anomaly| by(*anomaly));
    if line.state == LineState::Anomaly && all {
        Ok(())
    } else {
        Err(invalid_state(line.state.code()))
    }
}

/// A cured line is checked again by those who were not asked, or whose answer may be another now.
fn resume(moving: &mut Moving, line: &mut Kept, now: DateTime<Utc>) -> Result<(), Failure> {
    line.holder_tries = 0;
    line.check_after = line.amount.map(|_| now);
    moving.step(line, LineStep::Cure)
}
