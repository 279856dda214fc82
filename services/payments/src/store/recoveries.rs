//! Recoveries of over-payments, what was done to them, and their entries on the accounts.

use std::collections::HashMap;

use chassis::identity::Scope;
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::rows::{coded, integer, unsigned};
use crate::domain::order::Account;
use crate::domain::recovery::{Paid, RecoveryAction, RecoveryReason, RecoveryState, Standing};

/// A recovery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recovery {
    pub(crate) id: Uuid,
    /// What opened it.
    pub(crate) opening: Uuid,
    pub(crate) version: i64,
    /// What the worker writes on the transfer.
    pub(crate) code: String,
    pub(crate) end_to_end_id: String,
    pub(crate) month: NaiveDate,
    pub(crate) flow: Uuid,
    pub(crate) number: u32,
    pub(crate) authorization: String,
    pub(crate) office: String,
    pub(crate) person: Uuid,
    pub(crate) reason: RecoveryReason,
    pub(crate) note: String,
    pub(crate) standing: Standing,
    pub(crate) opened_at: DateTime<Utc>,
}

/// A recovery as the office sees it.
pub(crate) struct Shown {
    pub(crate) recovery: Recovery,
    /// Receipt number of the flow.
    pub(crate) protocol: String,
    pub(crate) codice_fiscale: String,
    pub(crate) surname: String,
    pub(crate) name: String,
    /// What was paid for the line, in cents.
    pub(crate) paid: i64,
}

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.recovery.fmt(f)
    }
}

struct Row {
    id: Uuid,
    opening: Uuid,
    version: i64,
    code: String,
    end_to_end_id: String,
    month: NaiveDate,
    flow_id: Uuid,
    number: i32,
    authorization_number: String,
    office: String,
    person_id: Uuid,
    state: String,
    reason: String,
    note: String,
    amount: i64,
    reduction: i64,
    repaid: i64,
    written_off: i64,
    opened_at: DateTime<Utc>,
    notified_on: Option<NaiveDate>,
    due_on: Option<NaiveDate>,
}

impl Row {
    fn recovery(self) -> Result<Recovery, sqlx::Error> {
        Ok(Recovery {
            id: self.id,
            opening: self.opening,
            version: self.version,
            code: self.code,
            end_to_end_id: self.end_to_end_id,
            month: self.month,
            flow: self.flow_id,
            number: unsigned(self.number, "recovery.number")?,
            authorization: self.authorization_number,
            office: self.office,
            person: self.person_id,
            reason: coded(&self.reason, RecoveryReason::parse, "recovery.reason")?,
            note: self.note,
            standing: Standing {
                state: coded(&self.state, RecoveryState::parse, "recovery.state")?,
                amount: self.amount,
                reduction: self.reduction,
                repaid: self.repaid,
                written_off: self.written_off,
                notified_on: self.notified_on,
                due_on: self.due_on,
            },
            opened_at: self.opened_at,
        })
    }
}

/// A line that was paid, and what of it is being recovered.
pub(crate) struct PaidLine {
    pub(crate) end_to_end_id: String,
    pub(crate) month: NaiveDate,
    pub(crate) number: u32,
    pub(crate) authorization: String,
    pub(crate) office: String,
    pub(crate) person: Uuid,
    pub(crate) paid: Paid,
}

/// Lines of a flow of the scope that were paid; their orders are locked in one order until the end of the transaction, and what is
/// recovered of them stands still.
pub(crate) async fn paid_lines(
    db: &mut PgConnection,
    scope: &Scope,
    flow: Uuid,
    numbers: &[i32],
) -> Result<Vec<PaidLine>, sqlx::Error> {
    let offices = scope.offices();
    // Orders are locked before what is recovered is read: a statement sees what was committed when it began.
    let ids = sqlx::query_scalar!(
        "select end_to_end_id from payment_order
         where flow_id = $1 and number = any($2) and state = 'PAID' and ($3::text[] is null or office = any($3))
         order by end_to_end_id for update",
        flow,
        numbers,
        offices.as_deref(),
    )
    .fetch_all(&mut *db)
    .await?;
    let rows = sqlx::query!(
        "select end_to_end_id, month, payment_order.number, authorization_number, payment_order.office, person_id, gross, net,
                recovered,
                coalesce((select sum(reduction)::bigint from recovery
                          where recovery.end_to_end_id = payment_order.end_to_end_id and recovery.state <> 'CANCELLED'), 0)
                    as \"reduction!\"
         from payment_order join flow on flow.id = flow_id where end_to_end_id = any($1) order by payment_order.number",
        &ids,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(PaidLine {
                end_to_end_id: row.end_to_end_id,
                month: row.month,
                number: unsigned(row.number, "payment_order.number")?,
                authorization: row.authorization_number,
                office: row.office,
                person: row.person_id,
                paid: Paid {
                    gross: row.gross,
                    net: row.net,
                    recovered: row.recovered,
                    reduction: row.reduction,
                },
            })
        })
        .collect()
}

/// Paid lines of annulled grants that were not recovered for it, by flow and number.
pub(crate) async fn paid_under_annulled(
    db: &mut PgConnection,
    most: i64,
) -> Result<Vec<(Uuid, i32)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select flow_id, payment_order.number
         from authorisation
         join flow on flow.authorization_number = authorisation.number
         join payment_order on payment_order.flow_id = flow.id
         where annulled and payment_order.state = 'PAID' and recovered < net
           and not exists (select from recovery where recovery.end_to_end_id = payment_order.end_to_end_id
                                                  and recovery.reason = 'GRANT_ANNULLED')
         order by flow_id, payment_order.number limit $1",
        most,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.flow_id, row.number))
        .collect())
}

/// Adds a recovery.
pub(crate) async fn insert(db: &mut PgConnection, one: &Recovery) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into recovery
             (id, opening, version, code, end_to_end_id, month, flow_id, number, authorization_number, office, person_id, state,
              reason, note, amount, reduction, opened_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
        one.id,
        one.opening,
        one.version,
        one.code,
        one.end_to_end_id,
        one.month,
        one.flow,
        integer(one.number)?,
        one.authorization,
        one.office,
        one.person,
        one.standing.state.code(),
        one.reason.code(),
        one.note,
        one.standing.amount,
        one.standing.reduction,
        one.opened_at,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Writes where a recovery stands now.
pub(crate) async fn advance(db: &mut PgConnection, one: &Recovery) -> Result<(), sqlx::Error> {
    let standing = &one.standing;
    sqlx::query!(
        "update recovery
         set version = $2, state = $3, repaid = $4, written_off = $5, notified_on = $6, due_on = $7 where id = $1",
        one.id,
        one.version,
        standing.state.code(),
        standing.repaid,
        standing.written_off,
        standing.notified_on,
        standing.due_on,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The end-to-end id of the payment that a recovery of the scope is about.
pub(crate) async fn payment_of(
    db: &mut PgConnection,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<String>, sqlx::Error> {
    let offices = scope.offices();
    sqlx::query_scalar!(
        "select end_to_end_id from recovery where id = $1 and ($2::text[] is null or office = any($2))",
        id,
        offices.as_deref(),
    )
    .fetch_optional(db)
    .await
}

/// The recovery of a code, in a scope, with the end-to-end id of its payment.
pub(crate) async fn coded_as(
    db: &mut PgConnection,
    scope: &Scope,
    code: &str,
) -> Result<Option<Uuid>, sqlx::Error> {
    let offices = scope.offices();
    sqlx::query_scalar!(
        "select id from recovery where code = $1 and ($2::text[] is null or office = any($2))",
        code,
        offices.as_deref(),
    )
    .fetch_optional(db)
    .await
}

/// The recoveries of a payment that stand, or stood until they ended: all that were not cancelled. The payment is locked first.
pub(crate) async fn of_payment(
    db: &mut PgConnection,
    end_to_end_id: &str,
) -> Result<Vec<Recovery>, sqlx::Error> {
    sqlx::query!(
        "select end_to_end_id from payment_order where end_to_end_id = $1 for update",
        end_to_end_id,
    )
    .fetch_all(&mut *db)
    .await?;
    sqlx::query_as!(
        Row,
        "select id, opening, version, code, end_to_end_id, month, flow_id, number, authorization_number, office, person_id, state,
                reason, note, amount, reduction, repaid, written_off, opened_at, notified_on, due_on
         from recovery where end_to_end_id = $1 order by id for update",
        end_to_end_id,
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(Row::recovery)
    .collect()
}

/// The recoveries of a worker's own lines, newest first.
pub(crate) async fn of_worker(
    db: &mut PgConnection,
    person: Uuid,
    flows: &[Uuid],
) -> Result<Vec<Recovery>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        "select id, opening, version, code, end_to_end_id, month, flow_id, number, authorization_number, office, person_id, state,
                reason, note, amount, reduction, repaid, written_off, opened_at, notified_on, due_on
         from recovery where person_id = $1 and flow_id = any($2) order by opened_at desc, id desc",
        person,
        flows,
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(Row::recovery)
    .collect()
}

/// What is recovered of lines of a flow that the caller found in the scope, by number; lines without any are left out.
pub(crate) async fn recovered(
    db: &mut PgConnection,
    flow: Uuid,
    numbers: &[i32],
) -> Result<HashMap<i32, i64>, sqlx::Error> {
    let rows = sqlx::query!(
        "select number, recovered from payment_order where flow_id = $1 and number = any($2) and recovered > 0",
        flow,
        numbers,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.number, row.recovered))
        .collect())
}

/// What to narrow a list to.
#[derive(Debug, Default, Clone)]
pub(crate) struct Filter {
    /// States; none means every one.
    pub(crate) states: Vec<RecoveryState>,
    /// Reasons; none means every one.
    pub(crate) reasons: Vec<RecoveryReason>,
    /// One alone.
    pub(crate) id: Option<Uuid>,
    /// Those of one request.
    pub(crate) opening: Option<Uuid>,
    /// Flow.
    pub(crate) flow: Option<Uuid>,
    /// Authorisation number.
    pub(crate) authorization: Option<String>,
    /// Worker.
    pub(crate) codice_fiscale: Option<String>,
    /// Those whose term ended before this day, and that are owed.
    pub(crate) overdue_on: Option<NaiveDate>,
}

/// Key of a page: when it was opened, id.
pub(crate) type PageKey = (DateTime<Utc>, Uuid);

/// Recoveries in a scope, newest first.
pub(crate) async fn page(
    db: &mut PgConnection,
    scope: &Scope,
    filter: &Filter,
    after: Option<PageKey>,
    limit: i64,
) -> Result<Vec<Shown>, sqlx::Error> {
    let offices = scope.offices();
    let states: Vec<_> = filter
        .states
        .iter()
        .map(|it| it.code().to_owned())
        .collect();
    let reasons: Vec<_> = filter
        .reasons
        .iter()
        .map(|it| it.code().to_owned())
        .collect();
    let rows = sqlx::query!(
        "select recovery.id, opening, recovery.version, code, recovery.end_to_end_id, recovery.month, recovery.flow_id,
                recovery.number, recovery.authorization_number, recovery.office, recovery.person_id, recovery.state,
                recovery.reason, note, amount, reduction, repaid, written_off, opened_at, notified_on, due_on,
                protocol_number, codice_fiscale, surname, name, payment_order.net as \"paid!\"
         from recovery
         join flow on flow.id = recovery.flow_id
         join line on line.month = recovery.month and line.flow_id = recovery.flow_id and line.number = recovery.number
         join payment_order on payment_order.end_to_end_id = recovery.end_to_end_id
         where ($1::text[] is null or recovery.office = any($1))
           and (cardinality($2::text[]) = 0 or recovery.state = any($2))
           and (cardinality($3::text[]) = 0 or recovery.reason = any($3))
           and ($4::uuid is null or recovery.id = $4)
           and ($5::uuid is null or opening = $5)
           and ($6::uuid is null or recovery.flow_id = $6)
           and ($7::text is null or recovery.authorization_number = $7)
           and ($8::text is null or codice_fiscale = $8)
           and ($9::date is null or (due_on < $9 and recovery.state in ('NOTIFIED', 'PARTLY_REPAID')))
           and ($10::timestamptz is null or (opened_at, recovery.id) < ($10, $11))
         order by opened_at desc, recovery.id desc limit $12",
        offices.as_deref(),
        &states,
        &reasons,
        filter.id,
        filter.opening,
        filter.flow,
        filter.authorization,
        filter.codice_fiscale,
        filter.overdue_on,
        after.map(|key| key.0),
        after.map(|key| key.1),
        limit,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let recovery = Row {
                id: row.id,
                opening: row.opening,
                version: row.version,
                code: row.code,
                end_to_end_id: row.end_to_end_id,
                month: row.month,
                flow_id: row.flow_id,
                number: row.number,
                authorization_number: row.authorization_number,
                office: row.office,
                person_id: row.person_id,
                state: row.state,
                reason: row.reason,
                note: row.note,
                amount: row.amount,
                reduction: row.reduction,
                repaid: row.repaid,
                written_off: row.written_off,
                opened_at: row.opened_at,
                notified_on: row.notified_on,
                due_on: row.due_on,
            };
            Ok(Shown {
                recovery: recovery.recovery()?,
                protocol: row.protocol_number,
                codice_fiscale: row.codice_fiscale,
                surname: row.surname,
                name: row.name,
                paid: row.paid,
            })
        })
        .collect()
}

/// Something that was done to a recovery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) action: RecoveryAction,
    /// State before; `None` for the first.
    pub(crate) from: Option<RecoveryState>,
    pub(crate) to: RecoveryState,
    /// Money that it moved.
    pub(crate) cents: i64,
    /// Reference of the bank, of a repayment.
    pub(crate) reference: Option<String>,
    pub(crate) day: Option<NaiveDate>,
    pub(crate) note: String,
    pub(crate) role: String,
    /// Who did it; `None` for the platform.
    pub(crate) person: Option<Uuid>,
    pub(crate) at: DateTime<Utc>,
}

/// Keeps what was done to a recovery, as the step that brought it to its version. `repayment_once` when the reference came before.
pub(crate) async fn keep_step(
    db: &mut PgConnection,
    recovery: &Recovery,
    step: &Step,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into recovery_step
             (recovery_id, version, action, from_state, to_state, cents, reference, day, note, actor_role, person_id, occurred_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        recovery.id,
        recovery.version,
        step.action.code(),
        step.from.map(RecoveryState::code),
        step.to.code(),
        step.cents,
        step.reference,
        step.day,
        step.note,
        step.role,
        step.person,
        step.at,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What was done to a recovery that the caller found in the scope, oldest first.
pub(crate) async fn steps(db: &mut PgConnection, id: Uuid) -> Result<Vec<Step>, sqlx::Error> {
    let rows = sqlx::query!(
        "select action, from_state, to_state, cents, reference, day, note, actor_role, person_id, occurred_at
         from recovery_step where recovery_id = $1 order by version",
        id,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let state = |code: &str| coded(code, RecoveryState::parse, "recovery_step.to_state");
            Ok(Step {
                action: coded(&row.action, RecoveryAction::parse, "recovery_step.action")?,
                from: row.from_state.as_deref().map(state).transpose()?,
                to: state(&row.to_state)?,
                cents: row.cents,
                reference: row.reference,
                day: row.day,
                note: row.note,
                role: row.actor_role,
                person: row.person_id,
                at: row.occurred_at,
            })
        })
        .collect()
}

/// The repayment that came under a reference: recovery, cents, day.
pub(crate) async fn repayment(
    db: &mut PgConnection,
    reference: &str,
) -> Result<Option<(Uuid, i64, Option<NaiveDate>)>, sqlx::Error> {
    let found = sqlx::query!(
        "select recovery_id, cents, day from recovery_step where reference = $1",
        reference,
    )
    .fetch_optional(db)
    .await?;
    Ok(found.map(|row| (row.recovery_id, row.cents, row.day)))
}

/// Whether a change broke what takes in each reference once.
pub(crate) fn is_second_repayment(error: &sqlx::Error) -> bool {
    let constraint = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::constraint);
    constraint == Some("repayment_once")
}

/// Posts the last step of a recovery, which is kept already.
pub(crate) async fn post(
    db: &mut PgConnection,
    entry: Uuid,
    kind: &str,
    recovery: &Recovery,
    postings: &[(Account, i64)],
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into ledger_entry (id, kind, office, recovery_id, step, occurred_at) values ($1, $2, $3, $4, $5, $6)",
        entry,
        kind,
        recovery.office,
        recovery.id,
        recovery.version,
        at,
    )
    .execute(&mut *db)
    .await?;
    let accounts: Vec<_> = postings.iter().map(|it| it.0.code().to_owned()).collect();
    let cents: Vec<_> = postings.iter().map(|it| it.1).collect();
    sqlx::query!(
        "insert into posting (entry_id, office, account, cents)
         select $1, $2, * from unnest($3::text[], $4::bigint[])",
        entry,
        recovery.office,
        &accounts,
        &cents,
    )
    .execute(db)
    .await?;
    Ok(())
}
