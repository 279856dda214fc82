//! What callers may read.

use std::collections::HashMap;

use chassis::db::ScopedFutureExt;
use chassis::identity::Caller;
use chassis::paging::{Page, cut};
use chassis::{Failure, Tx};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{App, audited};
use crate::domain::amount::{Amount, Basis, explained};
use crate::domain::state::LineState;
use crate::store;
use crate::store::flows::{Filter, Flow};
use crate::store::lines::{Kept, Mine, MineKey};
use crate::store::recoveries::Recovery;

/// Flows a page when the caller does not say.
const FLOWS: i64 = 50;
/// Lines a page when the caller does not say.
const LINES: i64 = 200;
/// One's own payments a page when the caller does not say.
const PAYMENTS: i64 = 24;

/// Which flows to list.
#[derive(Debug, Default)]
pub(crate) struct ListCommand {
    /// What to narrow to.
    pub(crate) filter: Filter,
    /// Flows a page; 0 for the default.
    pub(crate) page_size: i32,
    /// Token of the page before.
    pub(crate) page_token: String,
}

/// A line with the way to its amount.
#[derive(Debug)]
pub(crate) struct Explained {
    /// The line.
    pub(crate) line: Kept,
    /// How its amount was found; `None` for one that an operator set.
    pub(crate) amount: Option<Amount>,
    /// What of it is recovered, in cents.
    pub(crate) recovered: i64,
}

/// A line of a list.
#[derive(Debug)]
pub(crate) struct Seen {
    /// The line.
    pub(crate) line: Kept,
    /// What of it is recovered, in cents.
    pub(crate) recovered: i64,
}

/// A payment as its worker sees it.
pub(crate) struct MyPayment {
    /// The payment.
    pub(crate) mine: Mine,
    /// What of it has to come back, newest first.
    pub(crate) recoveries: Vec<Recovery>,
    /// How its amount was found; `None` for one that an operator set.
    pub(crate) amount: Option<Amount>,
}

impl App {
    /// A flow in the caller's rows; IDN-E06 otherwise.
    pub(crate) async fn flow(&self, caller: &Caller, id: Uuid) -> Result<Flow, Failure> {
        self.database
            .transaction("payments_get_flow", |tx| {
                async move { self.seen(tx, caller, id, "payments.get_flow", 1).await }.scope_boxed()
            })
            .await
    }

    async fn seen(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        id: Uuid,
        action: &'static str,
        rows: usize,
    ) -> Result<Flow, Failure> {
        let flow = store::flows::find(tx, id, &caller.scope)
            .await?
            .ok_or_else(Failure::not_found)?;
        audited(tx, caller, action, ("flow", id), rows, self.clock.now()).await?;
        Ok(flow)
    }

    /// A page of flows in the caller's rows. A filter outside is IDN-E05, or IDN-E07 for the matricola of an intermediary.
    pub(crate) async fn list_flows(
        &self,
        caller: &Caller,
        command: &ListCommand,
    ) -> Result<(Vec<Flow>, String), Failure> {
        if let Some(matricola) = &command.filter.matricola {
            caller.require_matricola(matricola)?;
        }
        if let Some(office) = &command.filter.office {
            caller.require_office(office)?;
        }
        let page: Page<(DateTime<Utc>, Uuid)> =
            Page::read(command.page_size, &command.page_token, FLOWS)?;
        let (after, limit) = (page.after, page.size + 1);
        let rows = self
            .database
            .transaction("payments_list_flows", |tx| {
                async move {
                    let filter = &command.filter;
                    let rows = store::flows::page(tx, &caller.scope, filter, after, limit).await?;
                    let resource = ("flow", Uuid::nil());
                    let now = self.clock.now();
                    audited(tx, caller, "payments.list_flows", resource, rows.len(), now).await?;
                    Ok(rows)
                }
                .scope_boxed()
            })
            .await?;
        Ok(cut(rows, page.size, |flow| (flow.received_at, flow.id)))
    }

    /// A page of the lines of a flow in the caller's rows.
    pub(crate) async fn list_lines(
        &self,
        caller: &Caller,
        id: Uuid,
        states: &[LineState],
        page_size: i32,
        page_token: &str,
    ) -> Result<(Vec<Seen>, String), Failure> {
        let page: Page<i32> = Page::read(page_size, page_token, LINES)?;
        let (after, limit) = (page.after.unwrap_or(0), page.size + 1);
        let rows = self
            .database
            .transaction("payments_list_lines", |tx| {
                async move {
                    let flow = store::flows::find(tx, id, &caller.scope)
                        .await?
                        .ok_or_else(Failure::not_found)?;
                    let rows = store::lines::page(tx, &flow, states, after, limit).await?;
                    let rows = with_recovered(tx, caller, &flow, rows).await?;
                    let now = self.clock.now();
                    let action = "payments.list_lines";
                    audited(tx, caller, action, ("flow", id), rows.len(), now).await?;
                    Ok(rows)
                }
                .scope_boxed()
            })
            .await?;
        Ok(cut(rows, page.size, |seen| number_of(&seen.line)))
    }

    /// A line of a flow in the caller's rows, with the way to its amount.
    pub(crate) async fn line(
        &self,
        caller: &Caller,
        id: Uuid,
        number: i32,
    ) -> Result<Explained, Failure> {
        self.database
            .transaction("payments_get_line", |tx| {
                async move {
                    let flow = self.seen(tx, caller, id, "payments.get_line", 1).await?;
                    let found = store::lines::by_number(tx, &flow, &[number]).await?;
                    let seen = with_recovered(tx, caller, &flow, found).await?.pop();
                    let Seen { line, recovered } = seen.ok_or_else(Failure::not_found)?;
                    let amount = self.way_to_amount(&line, &flow.causale);
                    Ok(Explained {
                        line,
                        amount,
                        recovered,
                    })
                }
                .scope_boxed()
            })
            .await
    }

    /// The caller's own payments, and nobody else's, whatever is asked.
    pub(crate) async fn my_payments(
        &self,
        caller: &Caller,
        page_size: i32,
        page_token: &str,
    ) -> Result<(Vec<MyPayment>, String), Failure> {
        let page: Page<MineKey> = Page::read(page_size, page_token, PAYMENTS)?;
        let (after, limit) = (page.after, page.size + 1);
        let person = caller.person;
        let rows = self
            .database
            .transaction("payments_mine", |tx| {
                async move {
                    let rows = store::lines::of_worker(tx, person, after, limit).await?;
                    let rows = self.with_recoveries(tx, person, rows).await?;
                    let resource = ("person", person);
                    let now = self.clock.now();
                    audited(tx, caller, "payments.list_mine", resource, rows.len(), now).await?;
                    Ok(rows)
                }
                .scope_boxed()
            })
            .await?;
        Ok(cut(rows, page.size, |payment| {
            let line = &payment.mine.line;
            (line.month.first_day(), line.flow, number_of(line))
        }))
    }

    /// Payments of a worker with their recoveries, and the way to their amounts.
    async fn with_recoveries(
        &self,
        tx: &mut Tx,
        person: Uuid,
        payments: Vec<Mine>,
    ) -> Result<Vec<MyPayment>, Failure> {
        let flows: Vec<Uuid> = payments.iter().map(|mine| mine.line.flow).collect();
        let all = store::recoveries::of_worker(tx, person, &flows).await?;
        let of = |line: &Kept| -> Vec<Recovery> {
            let key = (line.flow, line.number);
            let found = all.iter().filter(|one| (one.flow, one.number) == key);
            found.cloned().collect()
        };
        let payment = |mine: Mine| MyPayment {
            recoveries: of(&mine.line),
            amount: self.way_to_amount(&mine.line, &mine.causale),
            mine,
        };
        Ok(payments.into_iter().map(payment).collect())
    }

    /// How the amount of a line was found; `None` for one that an operator set.
    fn way_to_amount(&self, line: &Kept, causale: &str) -> Option<Amount> {
        line.line_type
            .pays_hours()
            .then(|| explained(self.rules, &basis(line, causale)))
            .flatten()
    }
}

fn number_of(line: &Kept) -> i32 {
    i32::try_from(line.number).unwrap_or(i32::MAX)
}

/// Lines of a flow with what of each is recovered. That is between the office and the worker: senders are not told.
async fn with_recovered(
    tx: &mut Tx,
    caller: &Caller,
    flow: &Flow,
    lines: Vec<Kept>,
) -> Result<Vec<Seen>, Failure> {
    let numbers: Vec<i32> = lines.iter().map(number_of).collect();
    let recovered = if caller.is_filer() {
        HashMap::new()
    } else {
        store::recoveries::recovered(tx, flow.id, &numbers).await?
    };
    let seen = |line: Kept| Seen {
        recovered: recovered.get(&number_of(&line)).copied().unwrap_or(0),
        line,
    };
    Ok(lines.into_iter().map(seen).collect())
}

fn basis(line: &Kept, causale: &str) -> Basis {
    Basis {
        month: line.month,
        hourly_pay: line.hourly_pay,
        workable_hours: line.workable_hours,
        hours: line.hours,
        construction_weather: causale == "WEATHER_CONSTRUCTION",
    }
}
