//! What callers may read.

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

    /// A page of flows in the caller's rows.
    pub(crate) async fn list_flows(
        &self,
        caller: &Caller,
        command: &ListCommand,
    ) -> Result<(Vec<Flow>, String), Failure> {
        if let Some(matricola) = &command.filter.matricola {
            caller.require_matricola(matricola)?;
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
    ) -> Result<(Vec<Kept>, String), Failure> {
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
                    let now = self.clock.now();
                    let action = "payments.list_lines";
                    audited(tx, caller, action, ("flow", id), rows.len(), now).await?;
                    Ok(rows)
                }
                .scope_boxed()
            })
            .await?;
        Ok(cut(rows, page.size, |line| {
            i32::try_from(line.number).unwrap_or(i32::MAX)
        }))
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
                    let line = store::lines::by_number(tx, &flow, &[number])
                        .await?
                        .pop()
                        .ok_or_else(Failure::not_found)?;
                    let amount = line
                        .line_type
                        .pays_hours()
                        .then(|| explained(self.rules, &basis(&line, &flow)).ok())
                        .flatten();
                    Ok(Explained { line, amount })
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
    ) -> Result<(Vec<Mine>, String), Failure> {
        let page: Page<MineKey> = Page::read(page_size, page_token, PAYMENTS)?;
        let (after, limit) = (page.after, page.size + 1);
        let person = caller.person;
        let rows = self
            .database
            .transaction("payments_mine", |tx| {
                async move {
                    let rows = store::lines::of_worker(tx, person, after, limit).await?;
                    let resource = ("person", person);
                    let now = self.clock.now();
                    audited(tx, caller, "payments.list_mine", resource, rows.len(), now).await?;
                    Ok(rows)
                }
                .scope_boxed()
            })
            .await?;
        Ok(cut(rows, page.size, |mine| {
            let number = i32::try_from(mine.line.number).unwrap_or(i32::MAX);
            (mine.line.month.first_day(), mine.line.flow, number)
        }))
    }
}

fn basis(line: &Kept, flow: &Flow) -> Basis {
    Basis {
        month: line.month,
        hourly_pay: line.hourly_pay,
        workable_hours: line.workable_hours,
        hours: line.hours,
        construction_weather: flow.causale == "WEATHER_CONSTRUCTION",
    }
}
