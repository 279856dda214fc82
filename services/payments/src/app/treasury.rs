//! Payment orders: what is verified goes to the bank once, and what the bank answers is taken in once (PAY-10).

use std::collections::{BTreeMap, HashSet};

use chassis::db::ScopedFutureExt;
use chassis::identity::Caller;
use chassis::paging::{Page, cut};
use chassis::{Failure, Tx, idempotency};
use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc, Weekday};
use kernel::holidays::is_public_holiday;
use kernel::{Cents, OfficeCode};
use uuid::Uuid;

use super::moving::Moving;
use super::recoveries::Repayment;
use super::refusals::nothing_to_order;
use super::{App, audited};
use crate::domain::answers::{self, Answer, Credit, Sent, Told};
use crate::domain::checks::{Anomaly, LaterGrant};
use crate::domain::order::{Effect, Movement, OrderState, Outcome, end_to_end_id};
use crate::domain::pain001::{self, Message, Transfer, information_in, sepa};
use crate::domain::recovery::Taken;
use crate::domain::state::{LineState, LineStep};
use crate::store;
use crate::store::flows::Flow;
use crate::store::lines::Kept;
use crate::store::orders::{Balances, Batch, Entry, Order};

/// Method of the idempotency key.
const CREATE_BATCH: &str = "payments.create_batch";
/// Orders of a batch at most, so that its file fits an answer.
const ORDERS_MOST: i64 = 5_000;
/// Batches a page when the caller does not say.
const BATCHES: i64 = 50;
/// End-to-end ids that are told as unmatched.
const UNMATCHED_TOLD: usize = 100;

/// A batch to make.
#[derive(Debug)]
pub(crate) struct BatchCommand {
    /// Client's id of the request.
    pub(crate) request_id: Uuid,
    /// The request as it came.
    pub(crate) fingerprint: Vec<u8>,
    /// Orders at most; 0 for the default.
    pub(crate) lines_most: i32,
}

/// What came of a file of the bank.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Ingested {
    /// Answers in the file.
    pub(crate) answers: usize,
    /// Orders that were paid.
    pub(crate) paid: usize,
    /// Orders that were sent back.
    pub(crate) returned: usize,
    /// Orders whose outcome is not known.
    pub(crate) unknown: usize,
    /// Answers and repayments that changed nothing.
    pub(crate) repeated: usize,
    /// Repayments of recoveries.
    pub(crate) repayments: usize,
    /// Ids of orders and of files, and codes of recoveries, that are nobody's, or contradict what is known.
    pub(crate) unmatched: Vec<String>,
}

impl App {
    /// Puts verified lines of the caller's office into payment orders.
    pub(crate) async fn create_batch(
        &self,
        caller: &Caller,
        command: &BatchCommand,
    ) -> Result<Batch, Failure> {
        // Lines may have been stopped although none was ordered: that stands, and so does the answer.
        let id = self.order_verified(caller, command).await?;
        self.batch(caller, id.ok_or_else(nothing_to_order)?).await
    }

    /// The same; `None` when there was nothing to order.
    pub(crate) async fn order_verified(
        &self,
        caller: &Caller,
        command: &BatchCommand,
    ) -> Result<Option<Uuid>, Failure> {
        self.know_later_grants(caller).await?;
        let id = self
            .database
            .transaction("payments_create_batch", |tx| {
                async move { self.create_batch_in(tx, caller, command).await }.scope_boxed()
            })
            .await?;
        Ok((!id.is_nil()).then_some(id))
    }

    /// Asks what later decisions grant to whom, before lines of the grants before them are held against those.
    async fn know_later_grants(&self, caller: &Caller) -> Result<(), Failure> {
        let mut connection = self.database.pool().acquire().await?;
        let numbers =
            store::authorisations::unknown_in_force(&mut connection, &caller.scope).await?;
        drop(connection);
        for number in &numbers {
            self.grant(number).await?;
        }
        Ok(())
    }

    async fn create_batch_in(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        command: &BatchCommand,
    ) -> Result<Uuid, Failure> {
        let (person, request) = (caller.person, command.request_id);
        let fingerprint = &command.fingerprint;
        if let Some(id) = idempotency::claim(tx, CREATE_BATCH, person, request, fingerprint).await?
        {
            return Ok(id);
        }
        let most = match command.lines_most {
            0 => ORDERS_MOST,
            most => i64::from(most),
        };
        let now = self.clock.now();
        let office = office_of(caller)?;
        let id = self.ids.at(now);
        let orders = self.order_lines(tx, caller, id, most, now).await?;
        if orders.is_empty() {
            let none = Uuid::nil();
            idempotency::complete(tx, CREATE_BATCH, person, request, none).await?;
            return Ok(none);
        }
        let execution_date = next_banking_day(self.clock.today());
        let batch = Batch {
            id,
            message_id: format!("OMNIA{}", &id.simple().to_string()[..29].to_uppercase()),
            office: office.to_string(),
            execution_date,
            answer_due: execution_date + TimeDelta::days(self.treasury.answer_days),
            orders: u32::try_from(orders.len()).unwrap_or(u32::MAX),
            total: Cents::new(orders.iter().map(|order| order.net.get()).sum()),
            created_at: now,
            paid: 0,
            returned: 0,
            unknown: 0,
        };
        store::orders::insert_batch(tx, &batch, person).await?;
        store::orders::insert_orders(tx, &orders, now).await?;
        let entries: Vec<_> = orders
            .iter()
            .map(|order| Entry {
                id: self.ids.at(now),
                movement: Movement::Ordered,
                order,
                from: OrderState::Ordered,
            })
            .collect();
        store::orders::post(tx, &entries, now).await?;
        idempotency::complete(tx, CREATE_BATCH, person, request, id).await?;
        let resource = ("batch", id);
        audited(
            tx,
            caller,
            "payments.create_batch",
            resource,
            orders.len(),
            now,
        )
        .await?;
        Ok(id)
    }

    /// Orders verified lines, flow by flow. A line whose days are somebody's already is stopped instead, and so is one that a later
    /// decision on its claim does not grant any more.
    async fn order_lines(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        batch: Uuid,
        most: i64,
        now: DateTime<Utc>,
    ) -> Result<Vec<Order>, Failure> {
        let found = store::lines::to_order(tx, &caller.scope, most).await?;
        let keys = found.iter();
        let numbers = lines_by_flow(found.iter().map(|(_, flow, number)| (*flow, *number)));
        let grants: Vec<_> = keys.map(|(grant, _, _)| grant.clone()).collect();
        store::authorisations::lock(tx, &grants).await?;
        let flows: Vec<Uuid> = numbers.keys().copied().collect();
        let mut orders = Vec::new();
        for flow in store::flows::lock(tx, &flows).await? {
            let mut later = match store::authorisations::in_force(tx, flow.claim).await? {
                Some(grant) if grant.authorisation.number == flow.authorization => None,
                Some(grant) if grant.details.is_some() => Some(LaterGrant {
                    allowance: store::authorisations::allowance(tx, &grant).await?,
                    period: grant.authorisation.period,
                }),
                // What was decided since they were found: they wait.
                _ => continue,
            };
            let of_flow = numbers.get(&flow.id).map_or(&[][..], Vec::as_slice);
            let mut lines = store::lines::by_number(tx, &flow, of_flow).await?;
            lines.retain(|line| line.state == LineState::Verified);
            let entitled = self.entitle(tx, &flow, &lines).await?;
            let mut moving = Moving::of(flow);
            for mut line in lines {
                match may_be_ordered(&line, &entitled, later.as_mut()) {
                    Ok(()) => {
                        line.attempt += 1;
                        moving.step(&mut line, LineStep::Order)?;
                        orders.push(order(&line, moving.flow(), batch, orders.len())?);
                    }
                    Err(anomaly) => {
                        let month = line.month.first_day();
                        store::orders::disentitle(tx, month, line.flow, line.number).await?;
                        moving.stop(&mut line, vec![anomaly])?;
                    }
                }
            }
            moving.end(self, tx, now).await?;
        }
        Ok(orders)
    }

    /// Numbers of the lines that may be paid: adjustments always, hours when nobody is being paid for the same days.
    async fn entitle(
        &self,
        tx: &mut Tx,
        flow: &Flow,
        lines: &[Kept],
    ) -> Result<HashSet<u32>, Failure> {
        let of_hours = lines.iter().filter(|line| line.line_type.pays_hours());
        let asked: Vec<(&Kept, Uuid)> = of_hours
            .filter_map(|line| Some((line, line.person?)))
            .collect();
        let number = flow.authorization.as_str();
        let taken = store::orders::entitle(tx, number, flow.id, &asked).await?;
        let may = |line: &&Kept| {
            !line.line_type.pays_hours()
                || self.planted.ignores_entitlement()
                || i32::try_from(line.number).is_ok_and(|number| taken.contains(&number))
        };
        Ok(lines.iter().filter(may).map(|line| line.number).collect())
    }

    /// A batch of the caller's office; IDN-E06 otherwise.
    pub(crate) async fn batch(&self, caller: &Caller, id: Uuid) -> Result<Batch, Failure> {
        let mut connection = self.database.pool().acquire().await?;
        let found =
            store::orders::batches(&mut connection, &caller.scope, Some(id), None, 1).await?;
        found.into_iter().next().ok_or_else(Failure::not_found)
    }

    /// A page of batches of the caller's office.
    pub(crate) async fn list_batches(
        &self,
        caller: &Caller,
        page_size: i32,
        page_token: &str,
    ) -> Result<(Vec<Batch>, String), Failure> {
        let page: Page<(DateTime<Utc>, Uuid)> = Page::read(page_size, page_token, BATCHES)?;
        let mut connection = self.database.pool().acquire().await?;
        let limit = page.size + 1;
        let rows =
            store::orders::batches(&mut connection, &caller.scope, None, page.after, limit).await?;
        Ok(cut(rows, page.size, |batch| (batch.created_at, batch.id)))
    }

    /// The file of a batch: the same bytes every time.
    pub(crate) async fn batch_file(
        &self,
        caller: &Caller,
        id: Uuid,
    ) -> Result<(String, Vec<u8>), Failure> {
        let batch = self.batch(caller, id).await?;
        let orders = self
            .database
            .transaction("payments_batch_file", |tx| {
                async move {
                    let orders = store::orders::of_batch(tx, id).await?;
                    let now = self.clock.now();
                    let action = "payments.get_batch_file";
                    audited(tx, caller, action, ("batch", id), orders.len(), now).await?;
                    Ok(orders)
                }
                .scope_boxed()
            })
            .await?;
        let message = Message {
            id: batch.message_id.clone(),
            created_at: batch.created_at,
            execution_date: batch.execution_date,
            debtor: self.treasury.debtor(),
            transfers: orders.into_iter().map(transfer).collect(),
        };
        let file = pain001::write(&message).map_err(Failure::internal)?;
        Ok((format!("{}.xml", batch.message_id), file))
    }

    /// Takes in a file of the bank, once: what was taken in before changes nothing.
    pub(crate) async fn ingest(&self, caller: &Caller, file: &[u8]) -> Result<Ingested, Failure> {
        let told = &answers::read(file)
            .map_err(|refused| Failure::field("content", refused.to_string()))?;
        self.database
            .transaction("payments_ingest", |tx| {
                async move {
                    let now = self.clock.now();
                    let (answers, unknown) = named_one_by_one(tx, caller, told).await?;
                    let mut ingested = self.ingest_in(tx, caller, &answers, now).await?;
                    ingested.answers += unknown.len();
                    ingested.unmatched.extend(unknown);
                    self.ingest_credits(tx, caller, &told.credits, &mut ingested, now)
                        .await?;
                    ingested.unmatched.truncate(UNMATCHED_TOLD);
                    let resource = ("bank_answers", Uuid::nil());
                    let count = ingested.answers;
                    audited(tx, caller, "payments.ingest", resource, count, now).await?;
                    Ok(ingested)
                }
                .scope_boxed()
            })
            .await
    }

    /// Takes in credits that carry the code of a recovery. One that no recovery of the scope can take is told as unmatched.
    async fn ingest_credits(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        credits: &[Credit],
        ingested: &mut Ingested,
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        ingested.answers += credits.len();
        for credit in credits {
            let repayment = Repayment {
                reference: credit.reference.clone(),
                cents: credit.cents,
                on: credit.on,
            };
            let taken = if credit.reference.is_empty() {
                None
            } else {
                self.take_credit(tx, caller, &credit.code, repayment, now)
                    .await?
            };
            match taken {
                Some(Taken::Changed) => ingested.repayments += 1,
                Some(Taken::Repeated) => ingested.repeated += 1,
                None => ingested.unmatched.push(credit.code.clone()),
            }
        }
        Ok(())
    }

    async fn ingest_in(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        answers: &[Answer],
        now: DateTime<Utc>,
    ) -> Result<Ingested, Failure> {
        let ids: Vec<String> = answers.iter().map(|it| it.end_to_end_id.clone()).collect();
        let named = store::orders::named(tx, &caller.scope, &ids).await?;
        let grants: Vec<_> = named.iter().map(|(grant, _)| grant.clone()).collect();
        store::authorisations::lock(tx, &grants).await?;
        let flows: Vec<Uuid> = named.iter().map(|(_, flow)| *flow).collect();
        let flows = store::flows::lock(tx, &flows).await?;
        let mut orders: BTreeMap<String, Order> = store::orders::lock(tx, &caller.scope, &ids)
            .await?
            .into_iter()
            .map(|order| (order.end_to_end_id.clone(), order))
            .collect();
        let mut ingested = Ingested {
            answers: answers.len(),
            ..Ingested::default()
        };
        let mut moves = Vec::new();
        for answer in answers {
            let Some(order) = orders.get_mut(&answer.end_to_end_id) else {
                ingested.unmatched.push(answer.end_to_end_id.clone());
                continue;
            };
            let effect = if answer.pays_other_than(order.net) {
                Effect::Contradicts
            } else {
                order.state.answered(answer.outcome)
            };
            match effect {
                Effect::Nothing => ingested.repeated += 1,
                Effect::Contradicts => ingested.unmatched.push(answer.end_to_end_id.clone()),
                Effect::Becomes(state) => {
                    let from = std::mem::replace(&mut order.state, state);
                    self.book(tx, caller, order, from, answer, now).await?;
                    ingested.count(state);
                    moves.push((order.flow, order.number, state, answer.on));
                }
            }
        }
        self.move_answered(tx, flows, &moves, now).await?;
        Ok(ingested)
    }

    /// Writes an order where its answer brought it, and on the accounts.
    async fn book(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        order: &Order,
        from: OrderState,
        answer: &Answer,
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        if order.state == OrderState::Returned {
            self.send_back_recoveries(tx, caller, &order.end_to_end_id, now)
                .await?;
        }
        store::orders::advance(tx, order, &answer.reason, answer.on, now).await?;
        let movement = match order.state {
            OrderState::Paid => Movement::Paid,
            OrderState::Returned => Movement::Returned,
            OrderState::Ordered | OrderState::Unknown => return Ok(()),
        };
        if order.state == OrderState::Returned {
            store::orders::disentitle(tx, order.month, order.flow, order.number).await?;
        }
        if !self.planted.forgets_posting(movement) {
            let entry = Entry {
                id: self.ids.at(now),
                movement,
                order,
                from,
            };
            store::orders::post(tx, &[entry], now).await?;
        }
        Ok(())
    }

    /// Moves the lines of orders that were answered, flow by flow.
    async fn move_answered(
        &self,
        tx: &mut Tx,
        flows: Vec<Flow>,
        moves: &[(Uuid, u32, OrderState, Option<NaiveDate>)],
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        let numbers = lines_by_flow(
            moves
                .iter()
                .filter_map(|(flow, number, _, _)| Some((*flow, i32::try_from(*number).ok()?))),
        );
        for flow in flows {
            let Some(of_flow) = numbers.get(&flow.id) else {
                continue;
            };
            let id = flow.id;
            let mut moving = Moving::of(flow);
            for mut line in store::lines::by_number(tx, moving.flow(), of_flow).await? {
                let number = line.number;
                let of_line = moves.iter().filter(|it| (it.0, it.1) == (id, number));
                for (_, _, state, on) in of_line {
                    line.bank_date = on.or(Some(self.clock.today()));
                    step_of(&mut moving, &mut line, *state)?;
                }
            }
            moving.end(self, tx, now).await?;
        }
        Ok(())
    }

    /// Accounts and orders of the caller's office.
    pub(crate) async fn ledger(&self, caller: &Caller) -> Result<Balances, Failure> {
        let mut connection = self.database.pool().acquire().await?;
        Ok(store::orders::balances(&mut connection, &caller.scope).await?)
    }
}

impl Ingested {
    fn count(&mut self, state: OrderState) {
        match state {
            OrderState::Paid => self.paid += 1,
            OrderState::Returned => self.returned += 1,
            OrderState::Unknown => self.unknown += 1,
            OrderState::Ordered => {}
        }
    }
}

/// What a file says of each order: by its id, or together with others that it does not name. What is said of the part holds before
/// what is said of the whole. The ids of what is none of the caller's come with it.
async fn named_one_by_one(
    tx: &mut Tx,
    caller: &Caller,
    told: &Told,
) -> Result<(Vec<Answer>, Vec<String>), Failure> {
    let (mut answers, mut unknown) = (told.answers.clone(), Vec::new());
    let mut named: HashSet<String> = answers.iter().map(|it| it.end_to_end_id.clone()).collect();
    for of_many in told.of_many.iter().rev() {
        let orders = sent_in(tx, caller, &of_many.sent).await?;
        if orders.is_empty() {
            unknown.push(of_many.sent.id().to_owned());
        }
        for id in orders {
            // What is on its way, or told order by order (`PART`), is no answer.
            if named.insert(id.clone()) && of_many.outcome != Outcome::Accepted {
                answers.push(of_many.answer(id));
            }
        }
    }
    Ok((answers, unknown))
}

/// The caller's orders that went to the bank together.
async fn sent_in(tx: &mut Tx, caller: &Caller, sent: &Sent) -> Result<Vec<String>, Failure> {
    let (message, domiciled) = match sent {
        Sent::File(message) => (message.as_str(), None),
        Sent::Information(id) => match information_in(id) {
            Some((message, domiciled)) => (message, Some(domiciled)),
            None => return Ok(Vec::new()),
        },
    };
    Ok(store::orders::of_file(tx, &caller.scope, message, domiciled).await?)
}

/// What an answer does to the line of its order. What is sent back is stopped at once (§10.3).
fn step_of(moving: &mut Moving, line: &mut Kept, state: OrderState) -> Result<(), Failure> {
    match state {
        OrderState::Paid => moving.step(line, LineStep::Execute),
        OrderState::Returned => {
            moving.step(line, LineStep::SendBack)?;
            moving.stop(line, vec![Anomaly::IbanReturned])
        }
        OrderState::Ordered | OrderState::Unknown => Ok(()),
    }
}

/// Whether a verified line is ordered, or what stops it after all: the days are somebody's already, or a later decision does not
/// grant its hours any more.
fn may_be_ordered(
    line: &Kept,
    entitled: &HashSet<u32>,
    later: Option<&mut LaterGrant>,
) -> Result<(), Anomaly> {
    if !entitled.contains(&line.number) {
        return Err(Anomaly::AlreadyPaid);
    }
    match later {
        Some(later) if line.line_type.pays_hours() => {
            later.take(&line.codice_fiscale, line.days, line.hours)
        }
        _ => Ok(()),
    }
}

/// The order of the next attempt at a line.
fn order(line: &Kept, flow: &Flow, batch: Uuid, place: usize) -> Result<Order, Failure> {
    let (Some(person), Some((gross, net))) = (line.person, line.amount) else {
        return Err(Failure::internal(
            "a verified line lacks its worker or amount",
        ));
    };
    Ok(Order {
        end_to_end_id: end_to_end_id(line.flow, line.number, line.attempt),
        batch,
        position: u32::try_from(place).unwrap_or(u32::MAX),
        month: line.month.first_day(),
        flow: line.flow,
        number: line.number,
        attempt: line.attempt,
        person,
        office: flow.office.to_string(),
        gross,
        net,
        creditor: format!("{} {}", line.name, line.surname),
        way: line.way.clone(),
        state: OrderState::Ordered,
    })
}

fn lines_by_flow(lines: impl Iterator<Item = (Uuid, i32)>) -> BTreeMap<Uuid, Vec<i32>> {
    let mut by_flow: BTreeMap<Uuid, Vec<i32>> = BTreeMap::new();
    for (flow, number) in lines {
        by_flow.entry(flow).or_default().push(number);
    }
    by_flow
}

fn transfer(order: Order) -> Transfer {
    Transfer {
        remittance: sepa(
            &format!("Integrazione salariale {}", order.month.format("%m/%Y")),
            140,
        ),
        end_to_end_id: order.end_to_end_id,
        amount: order.net,
        creditor: order.creditor,
        way: order.way,
    }
}

/// The office that orders: that of the role.
fn office_of(caller: &Caller) -> Result<OfficeCode, Failure> {
    caller
        .organisation
        .parse()
        .map_err(|_| Failure::internal("a role of an office without an office"))
}

/// The next day on which banks work.
fn next_banking_day(today: NaiveDate) -> NaiveDate {
    let works = |day: &NaiveDate| day.weekday() != Weekday::Sat && !is_public_holiday(*day);
    today
        .iter_days()
        .skip(1)
        .find(works)
        .unwrap_or(NaiveDate::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn banks_rest_on_saturdays_and_holidays() {
        let day = |month, day| NaiveDate::from_ymd_opt(2026, month, day).unwrap();
        assert_eq!(next_banking_day(day(10, 29)), day(10, 30));
        assert_eq!(next_banking_day(day(10, 30)), day(11, 2));
        assert_eq!(next_banking_day(day(12, 24)), day(12, 28));
    }
}
