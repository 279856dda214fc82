//! Rights to be paid, orders, batches and accounts.

use std::collections::HashSet;

use chassis::identity::Scope;
use chrono::{DateTime, NaiveDate, Utc};
use kernel::Cents;
use sqlx::PgConnection;
use uuid::Uuid;

use super::lines::{Kept, way_columns, way_of};
use super::rows::{coded, integer, unsigned};
use crate::domain::line::Way;
use crate::domain::order::{Account, Movement, OrderState, postings};

/// Takes the right to be paid for the days of lines of one grant, in their order. Returns the numbers of those that have it now:
/// for the days of the others somebody is being paid already.
pub(crate) async fn entitle(
    db: &mut PgConnection,
    authorization: &str,
    flow: Uuid,
    lines: &[(&Kept, Uuid)],
) -> Result<HashSet<i32>, sqlx::Error> {
    let months: Vec<_> = lines.iter().map(|it| it.0.month.first_day()).collect();
    let persons: Vec<_> = lines.iter().map(|it| it.1).collect();
    let firsts: Vec<_> = lines.iter().map(|it| it.0.days.first_day()).collect();
    let lasts: Vec<_> = lines.iter().map(|it| it.0.days.last_day()).collect();
    let numbers: Vec<_> = lines
        .iter()
        .map(|it| integer(it.0.number))
        .collect::<Result<_, _>>()?;
    let taken = sqlx::query_scalar!(
        "insert into entitlement (month, person_id, authorization_number, days, flow_id, number)
         select month, person, $1, daterange(first, last, '[]'), $2, number
         from unnest($3::date[], $4::uuid[], $5::date[], $6::date[], $7::int[]) as one (month, person, first, last, number)
         on conflict do nothing returning number",
        authorization,
        flow,
        &months,
        &persons,
        &firsts,
        &lasts,
        &numbers as &[i32],
    )
    .fetch_all(db)
    .await?;
    Ok(taken.into_iter().collect())
}

/// Gives the right of a line back, if it has it: the bank has sent the money back, or the line is not ordered after all.
pub(crate) async fn disentitle(
    db: &mut PgConnection,
    month: NaiveDate,
    flow: Uuid,
    number: u32,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from entitlement where month = $1 and flow_id = $2 and number = $3",
        month,
        flow,
        integer(number)?,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Batch {
    pub(crate) id: Uuid,
    pub(crate) message_id: String,
    pub(crate) office: String,
    pub(crate) execution_date: NaiveDate,
    pub(crate) answer_due: NaiveDate,
    pub(crate) orders: u32,
    pub(crate) total: Cents,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) paid: u32,
    pub(crate) returned: u32,
    pub(crate) unknown: u32,
}

/// Adds a batch.
pub(crate) async fn insert_batch(
    db: &mut PgConnection,
    batch: &Batch,
    person: Uuid,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into batch (id, message_id, office, execution_date, answer_due, orders, total, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        batch.id,
        batch.message_id,
        batch.office,
        batch.execution_date,
        batch.answer_due,
        integer(batch.orders)?,
        batch.total.get(),
        person,
        batch.created_at,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Batches in a scope, newest first, after a key; of one id when it is given.
pub(crate) async fn batches(
    db: &mut PgConnection,
    scope: &Scope,
    id: Option<Uuid>,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> Result<Vec<Batch>, sqlx::Error> {
    let offices = scope.offices();
    let rows = sqlx::query!(
        "select batch.id, message_id, office, execution_date, answer_due, orders, total, created_at, paid as \"paid!\",
                returned as \"returned!\", unknown as \"unknown!\"
         from batch cross join lateral (
             select count(*) filter (where state = 'PAID')::int as paid,
                    count(*) filter (where state = 'RETURNED')::int as returned,
                    count(*) filter (where state = 'UNKNOWN')::int as unknown
             from payment_order where batch_id = batch.id) as counted
         where ($1::text[] is null or office = any($1)) and ($2::uuid is null or batch.id = $2)
           and ($3::timestamptz is null or (created_at, batch.id) < ($3, $4))
         order by created_at desc, batch.id desc limit $5",
        offices.as_deref(),
        id,
        after.map(|key| key.0),
        after.map(|key| key.1),
        limit,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Batch {
                id: row.id,
                message_id: row.message_id,
                office: row.office,
                execution_date: row.execution_date,
                answer_due: row.answer_due,
                orders: unsigned(row.orders, "batch.orders")?,
                total: Cents::new(row.total),
                created_at: row.created_at,
                paid: unsigned(row.paid, "batch.paid")?,
                returned: unsigned(row.returned, "batch.returned")?,
                unknown: unsigned(row.unknown, "batch.unknown")?,
            })
        })
        .collect()
}

/// An order.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) end_to_end_id: String,
    pub(crate) batch: Uuid,
    pub(crate) position: u32,
    pub(crate) month: NaiveDate,
    pub(crate) flow: Uuid,
    pub(crate) number: u32,
    pub(crate) attempt: u32,
    pub(crate) person: Uuid,
    pub(crate) office: String,
    pub(crate) gross: Cents,
    pub(crate) net: Cents,
    pub(crate) creditor: String,
    pub(crate) way: Way,
    pub(crate) state: OrderState,
}

/// Adds orders.
pub(crate) async fn insert_orders(
    db: &mut PgConnection,
    orders: &[Order],
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let mut columns = Columns::default();
    for order in orders {
        columns.push(order)?;
    }
    sqlx::query!(
        "insert into payment_order
             (end_to_end_id, batch_id, position, month, flow_id, number, attempt, person_id, office, gross, net, creditor, iban,
              address, state, updated_at)
         select *, $16 from unnest($1::text[], $2::uuid[], $3::int[], $4::date[], $5::uuid[], $6::int[], $7::int[], $8::uuid[],
                                   $9::text[], $10::bigint[], $11::bigint[], $12::text[], $13::text[], $14::jsonb[], $15::text[])",
        &columns.end_to_end_id,
        &columns.batch,
        &columns.position,
        &columns.month,
        &columns.flow,
        &columns.number,
        &columns.attempt,
        &columns.person,
        &columns.office,
        &columns.gross,
        &columns.net,
        &columns.creditor,
        &columns.iban as &[Option<String>],
        &columns.address as &[Option<serde_json::Value>],
        &columns.state,
        at,
    )
    .execute(db)
    .await?;
    Ok(())
}

#[derive(Default)]
struct Columns {
    end_to_end_id: Vec<String>,
    batch: Vec<Uuid>,
    position: Vec<i32>,
    month: Vec<NaiveDate>,
    flow: Vec<Uuid>,
    number: Vec<i32>,
    attempt: Vec<i32>,
    person: Vec<Uuid>,
    office: Vec<String>,
    gross: Vec<i64>,
    net: Vec<i64>,
    creditor: Vec<String>,
    iban: Vec<Option<String>>,
    address: Vec<Option<serde_json::Value>>,
    state: Vec<String>,
}

impl Columns {
    fn push(&mut self, order: &Order) -> Result<(), sqlx::Error> {
        let (iban, address) = way_columns(&order.way)?;
        self.end_to_end_id.push(order.end_to_end_id.clone());
        self.batch.push(order.batch);
        self.position.push(integer(order.position)?);
        self.month.push(order.month);
        self.flow.push(order.flow);
        self.number.push(integer(order.number)?);
        self.attempt.push(integer(order.attempt)?);
        self.person.push(order.person);
        self.office.push(order.office.clone());
        self.gross.push(order.gross.get());
        self.net.push(order.net.get());
        self.creditor.push(order.creditor.clone());
        self.iban.push(iban);
        self.address.push(address);
        self.state.push(order.state.code().to_owned());
        Ok(())
    }
}

struct OrderRow {
    end_to_end_id: String,
    batch_id: Uuid,
    position: i32,
    month: NaiveDate,
    flow_id: Uuid,
    number: i32,
    attempt: i32,
    person_id: Uuid,
    office: String,
    gross: i64,
    net: i64,
    creditor: String,
    iban: Option<String>,
    address: Option<serde_json::Value>,
    state: String,
}

impl OrderRow {
    fn order(self) -> Result<Order, sqlx::Error> {
        Ok(Order {
            end_to_end_id: self.end_to_end_id,
            batch: self.batch_id,
            position: unsigned(self.position, "payment_order.position")?,
            month: self.month,
            flow: self.flow_id,
            number: unsigned(self.number, "payment_order.number")?,
            attempt: unsigned(self.attempt, "payment_order.attempt")?,
            person: self.person_id,
            office: self.office,
            gross: Cents::new(self.gross),
            net: Cents::new(self.net),
            creditor: self.creditor,
            way: way_of(self.iban.as_deref(), self.address)?,
            state: coded(&self.state, OrderState::parse, "payment_order.state")?,
        })
    }
}

/// The orders of a batch that was found in the scope, in their order.
pub(crate) async fn of_batch(
    db: &mut PgConnection,
    batch: Uuid,
) -> Result<Vec<Order>, sqlx::Error> {
    sqlx::query_as!(
        OrderRow,
        "select end_to_end_id, batch_id, position, month, flow_id, number, attempt, person_id, office, gross, net, creditor, iban,
                address, state
         from payment_order where batch_id = $1 order by position",
        batch,
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(OrderRow::order)
    .collect()
}

/// End-to-end ids of orders in a scope that went to the bank in one file: all of them, or those with an address or with an account.
pub(crate) async fn of_file(
    db: &mut PgConnection,
    scope: &Scope,
    message: &str,
    domiciled: Option<bool>,
) -> Result<Vec<String>, sqlx::Error> {
    let offices = scope.offices();
    sqlx::query_scalar!(
        "select end_to_end_id from payment_order join batch on batch.id = batch_id
         where message_id = $2 and ($3::boolean is null or (iban is null) = $3)
           and ($1::text[] is null or payment_order.office = any($1))
         order by position",
        offices.as_deref(),
        message,
        domiciled,
    )
    .fetch_all(db)
    .await
}

/// Orders in a scope by end-to-end id, with their authorisations.
pub(crate) async fn named(
    db: &mut PgConnection,
    scope: &Scope,
    ids: &[String],
) -> Result<Vec<(String, Uuid)>, sqlx::Error> {
    let offices = scope.offices();
    let rows = sqlx::query!(
        "select authorization_number, flow_id from payment_order join flow on flow.id = flow_id
         where end_to_end_id = any($2) and ($1::text[] is null or payment_order.office = any($1))",
        offices.as_deref(),
        ids,
    )
    .fetch_all(db)
    .await?;
    let keys = rows.into_iter();
    Ok(keys
        .map(|row| (row.authorization_number, row.flow_id))
        .collect())
}

/// Orders in a scope by end-to-end id, locked in one order until the end of the transaction.
pub(crate) async fn lock(
    db: &mut PgConnection,
    scope: &Scope,
    ids: &[String],
) -> Result<Vec<Order>, sqlx::Error> {
    let offices = scope.offices();
    sqlx::query_as!(
        OrderRow,
        "select end_to_end_id, batch_id, position, month, flow_id, number, attempt, person_id, office, gross, net, creditor, iban,
                address, state
         from payment_order
         where end_to_end_id = any($2) and ($1::text[] is null or office = any($1))
         order by end_to_end_id for update",
        offices.as_deref(),
        ids,
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(OrderRow::order)
    .collect()
}

/// Writes where an order stands now.
pub(crate) async fn advance(
    db: &mut PgConnection,
    order: &Order,
    reason: &str,
    bank_date: Option<NaiveDate>,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update payment_order set state = $2, reason = $3, bank_date = coalesce($4, bank_date), updated_at = $5
         where end_to_end_id = $1",
        order.end_to_end_id,
        order.state.code(),
        reason,
        bank_date,
        at,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Orders whose answer is overdue become unknown: nothing is sent again. Returns how many.
pub(crate) async fn overdue(
    db: &mut PgConnection,
    today: NaiveDate,
    at: DateTime<Utc>,
) -> Result<u64, sqlx::Error> {
    let overdue = sqlx::query!(
        "update payment_order set state = 'UNKNOWN', reason = 'OVERDUE', updated_at = $2
         from batch where batch.id = batch_id and payment_order.state = 'ORDERED' and answer_due < $1",
        today,
        at,
    )
    .execute(db)
    .await?;
    Ok(overdue.rows_affected())
}

/// A movement of an order, to be posted.
pub(crate) struct Entry<'o> {
    /// Id of the entry.
    pub(crate) id: Uuid,
    /// What moves.
    pub(crate) movement: Movement,
    /// The order.
    pub(crate) order: &'o Order,
    /// Where it stood.
    pub(crate) from: OrderState,
}

/// Writes what movements post.
pub(crate) async fn post(
    db: &mut PgConnection,
    entries: &[Entry<'_>],
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let (mut ids, mut kinds, mut offices, mut orders) = (vec![], vec![], vec![], vec![]);
    let (mut of, mut of_office, mut accounts, mut cents) = (vec![], vec![], vec![], vec![]);
    for entry in entries {
        let order = entry.order;
        ids.push(entry.id);
        kinds.push(entry.movement.code().to_owned());
        offices.push(order.office.clone());
        orders.push(order.end_to_end_id.clone());
        let (gross, net) = (order.gross.get(), order.net.get());
        for (account, moved) in postings(entry.movement, entry.from, gross, net) {
            of.push(entry.id);
            of_office.push(order.office.clone());
            accounts.push(account.code().to_owned());
            cents.push(moved);
        }
    }
    sqlx::query!(
        "insert into ledger_entry (id, kind, office, end_to_end_id, occurred_at)
         select *, $5 from unnest($1::uuid[], $2::text[], $3::text[], $4::text[])",
        &ids,
        &kinds,
        &offices,
        &orders,
        at,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "insert into posting (entry_id, office, account, cents)
         select * from unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[])",
        &of,
        &of_office,
        &accounts,
        &cents,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Accounts and orders of a scope, side by side.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Balances {
    /// By account, debits less credits.
    pub(crate) accounts: Vec<(String, i64)>,
    /// Ordered and not answered, by the orders.
    pub(crate) in_transit: i64,
    /// Paid, by the orders.
    pub(crate) paid: i64,
    /// What came back, by the recoveries.
    pub(crate) repaid: i64,
    /// What is owed, by the recoveries.
    pub(crate) receivable: i64,
    /// What was given up, by the recoveries.
    pub(crate) written_off: i64,
    /// What came back and is to be refunded, by the recoveries.
    pub(crate) refunds_due: i64,
}

/// The balances, read in one snapshot.
pub(crate) async fn balances(
    db: &mut PgConnection,
    scope: &Scope,
) -> Result<Balances, sqlx::Error> {
    let offices = scope.offices();
    let row = sqlx::query!(
        "select coalesce((select array_agg(account order by account) from (select distinct account from posting
                          where ($1::text[] is null or office = any($1))) as one), '{}') as \"accounts!\",
                coalesce((select array_agg(balance order by account) from (select account, sum(cents)::bigint as balance from posting
                          where ($1::text[] is null or office = any($1)) group by account) as one), '{}') as \"balances!\",
                coalesce((select sum(net)::bigint from payment_order
                          where state in ('ORDERED', 'UNKNOWN') and ($1::text[] is null or office = any($1))), 0) as \"in_transit!\",
                coalesce((select sum(net)::bigint from payment_order
                          where state = 'PAID' and ($1::text[] is null or office = any($1))), 0) as \"paid!\",
                coalesce(repaid, 0) as \"repaid!\", coalesce(receivable, 0) as \"receivable!\",
                coalesce(written_off, 0) as \"written_off!\", coalesce(refunds_due, 0) as \"refunds_due!\"
         from (select sum(repaid)::bigint as repaid,
                      sum(amount - repaid - written_off) filter (where state <> 'CANCELLED')::bigint as receivable,
                      sum(written_off) filter (where state <> 'CANCELLED')::bigint as written_off,
                      sum(repaid) filter (where state = 'CANCELLED')::bigint as refunds_due
               from recovery where ($1::text[] is null or office = any($1))) as recoveries",
        offices.as_deref(),
    )
    .fetch_one(db)
    .await?;
    Ok(Balances {
        accounts: row.accounts.into_iter().zip(row.balances).collect(),
        in_transit: row.in_transit,
        paid: row.paid,
        repaid: row.repaid,
        receivable: row.receivable,
        written_off: row.written_off,
        refunds_due: row.refunds_due,
    })
}

impl Balances {
    /// The balance of an account.
    pub(crate) fn of(&self, account: Account) -> i64 {
        let code = account.code();
        let found = self.accounts.iter().find(|(name, _)| name == code);
        found.map_or(0, |(_, cents)| *cents)
    }

    /// Sum of all accounts: 0.
    pub(crate) fn sum(&self) -> i64 {
        self.accounts.iter().map(|(_, cents)| cents).sum()
    }

    /// Whether accounts say the same as orders and recoveries.
    pub(crate) fn agree(&self) -> bool {
        let told = [
            (Account::BankClearing, -self.in_transit),
            (Account::Treasury, self.repaid - self.paid),
            (Account::Receivable, self.receivable),
            (Account::WriteOffs, self.written_off),
            (Account::RefundsDue, -self.refunds_due),
        ];
        self.sum() == 0
            && told
                .iter()
                .all(|(account, cents)| self.of(*account) == *cents)
    }
}
