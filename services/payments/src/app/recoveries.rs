//! Recovery of over-payments: opened by an office or by the annulment of a grant, repaid once for each reference of the bank.

use std::collections::BTreeMap;

use chassis::db::ScopedFutureExt;
use chassis::failure::Class;
use chassis::identity::{Caller, Scope};
use chassis::paging::{Page, cut};
use chassis::{Failure, Tx, idempotency, outbox, wire};
use chrono::{DateTime, NaiveDate, Utc};
use proto::omnia::payments::v1 as pb;
use uuid::Uuid;

use super::refusals::{
    invalid_state, not_paid, recovery_exceeds_paid, reference_used, repayment_exceeds,
};
use super::{App, audited};
use crate::domain::order::Account;
use crate::domain::recovery::{
    RecoveryAction, RecoveryReason, RecoveryState, Refused, Standing, Taken, code_of, entry_kind,
    postings,
};
use crate::names;
use crate::store;
use crate::store::recoveries::{Filter, PageKey, PaidLine, Recovery, Shown, Step};

/// Method of the idempotency key.
const OPEN: &str = "payments.open_recoveries";
/// Kind of the aggregate in the feed.
const AGGREGATE: &str = "recovery";
/// Recoveries a page when the caller does not say.
const RECOVERIES: i64 = 50;
/// Recoveries of a request at most.
const OPENED_MOST: i64 = 1_000;
/// What the worker is told of a grant that was annulled.
const ANNULLED: &str =
    "L'autorizzazione in base alla quale è stato disposto il pagamento è stata annullata.";

/// Recoveries to open.
#[derive(Debug)]
pub(crate) struct OpenCommand {
    /// Client's id of the request.
    pub(crate) request_id: Uuid,
    /// The request as it came.
    pub(crate) fingerprint: Vec<u8>,
    /// Flow.
    pub(crate) flow: Uuid,
    /// Numbers of lines with what is to come back, in cents; `None` for all that is left.
    pub(crate) lines: Vec<(i32, Option<i64>)>,
    /// Why.
    pub(crate) reason: RecoveryReason,
    /// What the worker is told.
    pub(crate) note: String,
}

/// What is done to a recovery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RecoveryStep {
    /// The letter reached the worker on this day.
    Notify(NaiveDate),
    /// A later term, and why.
    Extend(NaiveDate, String),
    /// Money came back.
    Repay(Repayment),
    /// The rest is given up, and why.
    WriteOff(String),
    /// It should not have been opened, and why.
    Cancel(String),
    /// The bank sent the payment itself back.
    SendBack,
}

/// A credit of the bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Repayment {
    /// Reference of the bank.
    pub(crate) reference: String,
    /// Amount, in cents.
    pub(crate) cents: i64,
    /// Day of the credit.
    pub(crate) on: NaiveDate,
}

/// Which recoveries to list.
#[derive(Debug, Default)]
pub(crate) struct RecoveriesCommand {
    /// What to narrow to, but for the term.
    pub(crate) filter: Filter,
    /// Those alone whose term is over.
    pub(crate) overdue_only: bool,
    /// Recoveries a page; 0 for the default.
    pub(crate) page_size: i32,
    /// Token of the page before.
    pub(crate) page_token: String,
}

impl App {
    /// Opens recoveries for lines of a flow of the caller's office, all or none.
    pub(crate) async fn open_recoveries(
        &self,
        caller: &Caller,
        command: &OpenCommand,
    ) -> Result<Vec<Shown>, Failure> {
        self.database
            .transaction("payments_open_recoveries", |tx| {
                async move {
                    let opening = self.open_once(tx, caller, command).await?;
                    let filter = Filter {
                        opening: Some(opening),
                        ..Filter::default()
                    };
                    let scope = &caller.scope;
                    let mut opened =
                        store::recoveries::page(tx, scope, &filter, None, OPENED_MOST).await?;
                    opened.sort_by_key(|one| one.recovery.number);
                    Ok(opened)
                }
                .scope_boxed()
            })
            .await
    }

    async fn open_once(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        command: &OpenCommand,
    ) -> Result<Uuid, Failure> {
        let (person, request) = (caller.person, command.request_id);
        let fingerprint = &command.fingerprint;
        if let Some(opening) = idempotency::claim(tx, OPEN, person, request, fingerprint).await? {
            return Ok(opening);
        }
        let opening = self.ids.at(self.clock.now());
        self.open_in(tx, caller, opening, command).await?;
        idempotency::complete(tx, OPEN, person, request, opening).await?;
        Ok(opening)
    }

    async fn open_in(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        opening: Uuid,
        command: &OpenCommand,
    ) -> Result<(), Failure> {
        let wanted: BTreeMap<i32, Option<i64>> = command.lines.iter().copied().collect();
        if wanted.len() != command.lines.len() {
            return Err(Failure::field("lines", "must name each line once"));
        }
        let flow = store::flows::find(tx, command.flow, &caller.scope)
            .await?
            .ok_or_else(Failure::not_found)?;
        let numbers: Vec<i32> = wanted.keys().copied().collect();
        let paid = store::recoveries::paid_lines(tx, &caller.scope, flow.id, &numbers).await?;
        let now = self.clock.now();
        for number in numbers {
            let line = paid
                .iter()
                .find(|line| i32::try_from(line.number) == Ok(number))
                .ok_or_else(|| not_paid(number))?;
            let amount = wanted.get(&number).copied().flatten();
            let standing = line
                .paid
                .recover(amount)
                .map_err(|left| recovery_exceeds_paid(number, left))?;
            let recovery = self.new_recovery(opening, flow.id, line, command, standing, now);
            self.open_one(tx, caller, &recovery, now).await?;
        }
        let resource = ("flow", flow.id);
        audited(tx, caller, OPEN, resource, wanted.len(), now).await
    }

    fn new_recovery(
        &self,
        opening: Uuid,
        flow: Uuid,
        line: &PaidLine,
        command: &OpenCommand,
        standing: Standing,
        now: DateTime<Utc>,
    ) -> Recovery {
        let id = self.ids.at(now);
        Recovery {
            id,
            opening,
            version: 1,
            code: code_of(id),
            end_to_end_id: line.end_to_end_id.clone(),
            month: line.month,
            flow,
            number: line.number,
            authorization: line.authorization.clone(),
            office: line.office.clone(),
            person: line.person,
            reason: command.reason,
            note: command.note.clone(),
            standing,
            opened_at: now,
        }
    }

    async fn open_one(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        recovery: &Recovery,
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        store::recoveries::insert(tx, recovery).await?;
        let step = Step {
            from: None,
            cents: recovery.standing.amount,
            note: recovery.note.clone(),
            ..step_of(RecoveryAction::Open, recovery, caller, now)
        };
        let posted = postings(step.action, &recovery.standing, &recovery.standing);
        self.write_step(tx, recovery, step, &posted).await
    }

    /// Opens recoveries for whatever was paid under grants that were annulled meanwhile. Claims refuse to annul a grant with
    /// payments (CLM-23); this is for those that were under way when it was annulled.
    pub(crate) async fn recover_annulled(&self) -> Result<(), Failure> {
        let caller = &Caller::service("payments");
        loop {
            let opened = self
                .database
                .transaction("payments_recover_annulled", |tx| {
                    async move { self.recover_some(tx, caller).await }.scope_boxed()
                })
                .await?;
            if opened == 0 {
                return Ok(());
            }
        }
    }

    async fn recover_some(&self, tx: &mut Tx, caller: &Caller) -> Result<usize, Failure> {
        let found = store::recoveries::paid_under_annulled(tx, OPENED_MOST).await?;
        let mut by_flow: BTreeMap<Uuid, Vec<(i32, Option<i64>)>> = BTreeMap::new();
        for (flow, number) in &found {
            by_flow.entry(*flow).or_default().push((*number, None));
        }
        for (flow, lines) in by_flow {
            let opening = self.ids.at(self.clock.now());
            let command = OpenCommand {
                request_id: opening,
                fingerprint: Vec::new(),
                flow,
                lines,
                reason: RecoveryReason::GrantAnnulled,
                note: ANNULLED.to_owned(),
            };
            self.open_in(tx, caller, opening, &command).await?;
        }
        Ok(found.len())
    }

    /// A page of recoveries of the caller's office.
    pub(crate) async fn list_recoveries(
        &self,
        caller: &Caller,
        command: &RecoveriesCommand,
    ) -> Result<(Vec<Shown>, String), Failure> {
        let page: Page<PageKey> = Page::read(command.page_size, &command.page_token, RECOVERIES)?;
        let (after, limit) = (page.after, page.size + 1);
        let mut filter = command.filter.clone();
        filter.overdue_on = command.overdue_only.then(|| self.clock.today());
        let filter = &filter;
        let rows = self
            .database
            .transaction("payments_list_recoveries", |tx| {
                async move {
                    let scope = &caller.scope;
                    let rows = store::recoveries::page(tx, scope, filter, after, limit).await?;
                    let resource = (AGGREGATE, Uuid::nil());
                    let now = self.clock.now();
                    let action = "payments.list_recoveries";
                    audited(tx, caller, action, resource, rows.len(), now).await?;
                    Ok(rows)
                }
                .scope_boxed()
            })
            .await?;
        Ok(cut(rows, page.size, |shown| {
            (shown.recovery.opened_at, shown.recovery.id)
        }))
    }

    /// A recovery of the caller's office with everything that was done to it; IDN-E06 otherwise.
    pub(crate) async fn recovery(
        &self,
        caller: &Caller,
        id: Uuid,
    ) -> Result<(Shown, Vec<Step>), Failure> {
        self.database
            .transaction("payments_get_recovery", |tx| {
                async move {
                    let shown = shown(tx, &caller.scope, id).await?;
                    let steps = store::recoveries::steps(tx, id).await?;
                    let now = self.clock.now();
                    let action = "payments.get_recovery";
                    audited(tx, caller, action, (AGGREGATE, id), 1, now).await?;
                    Ok((shown, steps))
                }
                .scope_boxed()
            })
            .await
    }

    /// Takes a step of a recovery of the caller's office. The same step again changes nothing.
    pub(crate) async fn step_recovery(
        &self,
        caller: &Caller,
        id: Uuid,
        step: &RecoveryStep,
    ) -> Result<Shown, Failure> {
        self.database
            .transaction("payments_step_recovery", |tx| {
                async move {
                    let now = self.clock.now();
                    let mut recovery = locked(tx, &caller.scope, id).await?;
                    self.take_step(tx, caller, &mut recovery, step, now).await?;
                    let action = audited_as(step);
                    audited(tx, caller, action, (AGGREGATE, id), 1, now).await?;
                    shown(tx, &caller.scope, id).await
                }
                .scope_boxed()
            })
            .await
    }

    /// Takes in a credit of the bank that carries the code of a recovery of the scope. `None` when there is none, or it cannot take
    /// this credit: somebody has to look at it.
    pub(super) async fn take_credit(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        code: &str,
        repayment: Repayment,
        now: DateTime<Utc>,
    ) -> Result<Option<Taken>, Failure> {
        let Some(id) = store::recoveries::coded_as(tx, &caller.scope, code).await? else {
            return Ok(None);
        };
        let mut recovery = locked(tx, &caller.scope, id).await?;
        let before = recovery.standing;
        let step = RecoveryStep::Repay(repayment);
        match self.try_step(tx, &mut recovery, &step).await {
            Ok(Taken::Changed) => {
                self.record_step(tx, caller, &before, &mut recovery, &step, now)
                    .await?;
                Ok(Some(Taken::Changed))
            }
            Ok(Taken::Repeated) => Ok(Some(Taken::Repeated)),
            Err(failure) if is_refusal(&failure) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// The bank sends a payment back: there is nothing to recover of it any more.
    pub(super) async fn send_back_recoveries(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        end_to_end_id: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        for mut recovery in store::recoveries::of_payment(tx, end_to_end_id).await? {
            if recovery.standing.state != RecoveryState::Cancelled {
                let step = RecoveryStep::SendBack;
                self.take_step(tx, caller, &mut recovery, &step, now)
                    .await?;
            }
        }
        Ok(())
    }

    async fn take_step(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        recovery: &mut Recovery,
        step: &RecoveryStep,
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        let before = recovery.standing;
        if self.try_step(tx, recovery, step).await? == Taken::Changed {
            self.record_step(tx, caller, &before, recovery, step, now)
                .await?;
        }
        Ok(())
    }

    /// Where a step brings a recovery; nothing is written.
    async fn try_step(
        &self,
        tx: &mut Tx,
        recovery: &mut Recovery,
        step: &RecoveryStep,
    ) -> Result<Taken, Failure> {
        if let RecoveryStep::Repay(repayment) = step
            && came_before(tx, recovery.id, repayment).await?
        {
            return Ok(Taken::Repeated);
        }
        let opened_on = kernel::rome::date_of(recovery.opened_at);
        apply(&mut recovery.standing, step, opened_on, self.clock.today())
    }

    async fn record_step(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        before: &Standing,
        recovery: &mut Recovery,
        step: &RecoveryStep,
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        recovery.version += 1;
        store::recoveries::advance(tx, recovery).await?;
        let kept = kept(step, before, recovery, caller, now);
        let posted = postings(kept.action, before, &recovery.standing);
        self.write_step(tx, recovery, kept, &posted).await
    }

    /// Writes what was done to a recovery: the step, its postings, and what the others are told.
    async fn write_step(
        &self,
        tx: &mut Tx,
        recovery: &Recovery,
        step: Step,
        posted: &[(Account, i64)],
    ) -> Result<(), Failure> {
        let at = step.at;
        let kept = store::recoveries::keep_step(tx, recovery, &step).await;
        kept.map_err(|error| {
            if store::recoveries::is_second_repayment(&error) {
                reference_used()
            } else {
                error.into()
            }
        })?;
        if !posted.is_empty() && !self.planted.forgets_repayment(step.action) {
            let entry = self.ids.at(at);
            let kind = entry_kind(step.action);
            store::recoveries::post(tx, entry, kind, recovery, posted, at).await?;
        }
        let event = event(recovery, &step);
        let id = self.ids.at(at);
        outbox::publish(tx, id, AGGREGATE, &event.recovery_id, &event, at).await
    }
}

/// A recovery of a scope as the office sees it; IDN-E06 otherwise.
async fn shown(tx: &mut Tx, scope: &Scope, id: Uuid) -> Result<Shown, Failure> {
    let filter = Filter {
        id: Some(id),
        ..Filter::default()
    };
    let found = store::recoveries::page(tx, scope, &filter, None, 1).await?;
    found.into_iter().next().ok_or_else(Failure::not_found)
}

/// A recovery of a scope, locked after its payment; IDN-E06 otherwise.
async fn locked(tx: &mut Tx, scope: &Scope, id: Uuid) -> Result<Recovery, Failure> {
    let payment = store::recoveries::payment_of(tx, scope, id)
        .await?
        .ok_or_else(Failure::not_found)?;
    let found = store::recoveries::of_payment(tx, &payment).await?;
    let one = found.into_iter().find(|recovery| recovery.id == id);
    one.ok_or_else(Failure::not_found)
}

/// Whether a step was refused by a rule, and nothing of ours failed.
fn is_refusal(failure: &Failure) -> bool {
    matches!(
        failure.class(),
        Class::Malformed | Class::Precondition | Class::Exists
    )
}

/// Whether a repayment came before. `REFERENCE_ALREADY_USED` when another one did under its reference.
async fn came_before(tx: &mut Tx, recovery: Uuid, repayment: &Repayment) -> Result<bool, Failure> {
    match store::recoveries::repayment(tx, &repayment.reference).await? {
        None => Ok(false),
        Some(came) if came == (recovery, repayment.cents, Some(repayment.on)) => Ok(true),
        Some(_) => Err(reference_used()),
    }
}

fn apply(
    standing: &mut Standing,
    step: &RecoveryStep,
    opened_on: NaiveDate,
    today: NaiveDate,
) -> Result<Taken, Failure> {
    match step {
        RecoveryStep::Notify(on) => {
            let taken = standing.notify(*on, opened_on, today);
            taken.map_err(|why| refused(why, "notified_on"))
        }
        RecoveryStep::Extend(due, _) => {
            let taken = standing.extend(*due, today);
            taken.map_err(|why| refused(why, "due_on"))
        }
        RecoveryStep::Repay(repayment) => {
            let taken = standing.repay(repayment.cents, repayment.on, today);
            taken.map_err(|why| refused(why, "credited_on"))
        }
        RecoveryStep::WriteOff(_) => standing.write_off().map_err(|why| refused(why, "")),
        RecoveryStep::Cancel(_) => standing.cancel().map_err(|why| refused(why, "")),
        RecoveryStep::SendBack => {
            standing.send_back();
            Ok(Taken::Changed)
        }
    }
}

/// `day` names the field that holds the day of the step.
fn refused(why: Refused, day: &str) -> Failure {
    match why {
        Refused::State(state) => invalid_state(state.code()),
        Refused::Exceeds(owed) => repayment_exceeds(owed),
        Refused::Day(rule) => Failure::field(day, rule),
    }
}

/// What is kept of a step that everybody may see alike: who, when, from where to where.
fn step_of(action: RecoveryAction, after: &Recovery, caller: &Caller, now: DateTime<Utc>) -> Step {
    Step {
        action,
        from: Some(after.standing.state),
        to: after.standing.state,
        cents: 0,
        reference: None,
        day: None,
        note: String::new(),
        role: caller.role.to_string(),
        person: caller.service.is_none().then_some(caller.person),
        at: now,
    }
}

fn kept(
    step: &RecoveryStep,
    before: &Standing,
    after: &Recovery,
    caller: &Caller,
    now: DateTime<Utc>,
) -> Step {
    let of = |action| Step {
        from: Some(before.state),
        ..step_of(action, after, caller, now)
    };
    match step {
        RecoveryStep::Notify(on) => Step {
            day: Some(*on),
            ..of(RecoveryAction::Notify)
        },
        RecoveryStep::Extend(due, why) => Step {
            day: Some(*due),
            note: why.clone(),
            ..of(RecoveryAction::Extend)
        },
        RecoveryStep::Repay(repayment) => Step {
            cents: repayment.cents,
            reference: Some(repayment.reference.clone()),
            day: Some(repayment.on),
            ..of(RecoveryAction::Repay)
        },
        RecoveryStep::WriteOff(why) => Step {
            cents: after.standing.written_off,
            note: why.clone(),
            ..of(RecoveryAction::WriteOff)
        },
        RecoveryStep::Cancel(why) => Step {
            cents: before.outstanding(),
            note: why.clone(),
            ..of(RecoveryAction::Cancel)
        },
        RecoveryStep::SendBack => Step {
            cents: before.outstanding(),
            ..of(RecoveryAction::SendBack)
        },
    }
}

fn audited_as(step: &RecoveryStep) -> &'static str {
    match step {
        RecoveryStep::Notify(_) => "payments.notify_recovery",
        RecoveryStep::Extend(..) => "payments.extend_recovery",
        RecoveryStep::Repay(_) => "payments.register_repayment",
        RecoveryStep::WriteOff(_) => "payments.write_off_recovery",
        RecoveryStep::Cancel(_) => "payments.cancel_recovery",
        RecoveryStep::SendBack => "payments.send_back_recovery",
    }
}

fn event(recovery: &Recovery, step: &Step) -> pb::RecoveryEvent {
    let standing = &recovery.standing;
    pb::RecoveryEvent {
        recovery_id: recovery.id.to_string(),
        version: recovery.version,
        from: step
            .from
            .map_or(pb::RecoveryState::Unspecified, names::recovery_state)
            .into(),
        to: names::recovery_state(step.to).into(),
        action: names::recovery_action(step.action).into(),
        occurred_at: Some(wire::timestamp(step.at)),
        reason: names::recovery_reason(recovery.reason).into(),
        flow_id: recovery.flow.to_string(),
        line_id: format!("{}/{}", recovery.flow, recovery.number),
        authorization_number: recovery.authorization.clone(),
        competent_office: recovery.office.clone(),
        worker_id: recovery.person.to_string(),
        month: Some(wire::date(recovery.month)),
        amount_cents: standing.amount,
        repaid_cents: standing.repaid,
        written_off_cents: standing.written_off,
        outstanding_cents: standing.outstanding(),
    }
}
