//! Taking in what the payments service tells.

use std::collections::{BTreeMap, HashMap};

use chassis::{Failure, Tx};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::{IstatRegion, OfficeCode, rome};
use uuid::Uuid;

use crate::app::ledger::settle;
use crate::domain::Product;
use crate::domain::lines::{LineMovement, LineState, movement};
use crate::store::lines::ledger::{
    self as store, FlowRow, KnownFlow, KnownLine, LineRow, LineStepRow,
};

/// One event of a flow, as told.
#[derive(Debug, Clone)]
pub(crate) struct FlowTold {
    pub(crate) flow_id: Uuid,
    pub(crate) version: i64,
    /// Whether the flow was rejected with it.
    pub(crate) rejected: bool,
    pub(crate) occurred_at: DateTime<Utc>,
    pub(crate) facts: FlowFacts,
    pub(crate) lines: Vec<LineTold>,
}

/// The flow.
#[derive(Debug, Clone)]
pub(crate) struct FlowFacts {
    pub(crate) protocol_number: String,
    pub(crate) received_at: DateTime<Utc>,
    pub(crate) kind: String,
    pub(crate) office: OfficeCode,
    pub(crate) region: IstatRegion,
    pub(crate) authorization_number: String,
    pub(crate) product: Product,
    pub(crate) causale: String,
    pub(crate) payment_mode: String,
    pub(crate) csc_sector: String,
    pub(crate) average_heads_hundredths: i64,
    pub(crate) lines_count: i32,
}

/// A line after a step.
#[derive(Debug, Clone)]
pub(crate) struct LineTold {
    pub(crate) line_id: String,
    pub(crate) worker_id: Option<Uuid>,
    pub(crate) to: LineState,
    pub(crate) anomalies: Vec<String>,
    pub(crate) hours_hundredths: i64,
    pub(crate) cents: i64,
}

/// Takes in events, each flow's in order. An event that was taken in before changes nothing. One of a day that is already
/// published orders the pictures from that day on to be made again.
pub(crate) async fn take_in(tx: &mut Tx, told: &[FlowTold]) -> Result<(), Failure> {
    let flows: Vec<Uuid> = told.iter().map(|told| told.flow_id).collect();
    let known = store::known_flows(tx, &flows).await?;
    let is_new = |told: &&FlowTold| {
        let before = known.get(&told.flow_id);
        before.is_none_or(|before| before.version < told.version)
    };
    let new: Vec<&FlowTold> = told.iter().filter(is_new).collect();
    // A batch is drawn only for something, since it waits for a picture that is in the making.
    if new.is_empty() {
        return Ok(());
    }
    let lines = new.iter().flat_map(|told| &told.lines);
    let lines: Vec<String> = lines.map(|line| line.line_id.clone()).collect();
    let lines = store::known_lines(tx, &lines).await?;
    let mut news = News::after(known, lines, store::next_batch(tx).await?);
    for told in new {
        news.take(told)?;
    }
    let Some(first_day) = news.first_day else {
        return Ok(());
    };
    store::write_flows(tx, &news.flows.into_values().collect::<Vec<_>>()).await?;
    store::write_lines(tx, &news.lines.into_values().collect::<Vec<_>>()).await?;
    store::append_steps(tx, &news.steps).await?;
    settle(tx, &news.regions, first_day).await
}

/// What is new in a batch.
struct News {
    known_flows: HashMap<Uuid, KnownFlow>,
    known_lines: HashMap<String, KnownLine>,
    batch: i64,
    flows: BTreeMap<Uuid, FlowRow>,
    lines: BTreeMap<String, LineRow>,
    steps: Vec<LineStepRow>,
    regions: BTreeMap<String, String>,
    first_day: Option<NaiveDate>,
}

impl News {
    fn after(
        known_flows: HashMap<Uuid, KnownFlow>,
        known_lines: HashMap<String, KnownLine>,
        batch: i64,
    ) -> Self {
        Self {
            known_flows,
            known_lines,
            batch,
            flows: BTreeMap::new(),
            lines: BTreeMap::new(),
            steps: Vec::new(),
            regions: BTreeMap::new(),
            first_day: None,
        }
    }

    fn take(&mut self, told: &FlowTold) -> Result<(), Failure> {
        let before = self.known_flows.get(&told.flow_id);
        if before.is_some_and(|before| before.version >= told.version) {
            return Ok(());
        }
        let flow = flow_after(before, told);
        let day = flow.last_day;
        for (position, line) in (0..).zip(&told.lines) {
            self.take_line(told, line, position, day)?;
        }
        self.flows.insert(told.flow_id, flow_row(told, &flow));
        self.known_flows.insert(told.flow_id, flow);
        self.regions.insert(
            told.facts.office.as_str().to_owned(),
            told.facts.region.as_str().to_owned(),
        );
        self.first_day = self.first_day.into_iter().chain([day]).min();
        Ok(())
    }

    fn take_line(
        &mut self,
        told: &FlowTold,
        line: &LineTold,
        position: i32,
        day: NaiveDate,
    ) -> Result<(), Failure> {
        let before = self.known_lines.get(&line.line_id).copied();
        let movement = movement(before.map(|before| before.state), line.to).map_err(|error| {
            Failure::internal(format!(
                "line {}, version {}: {error}",
                line.line_id, told.version
            ))
        })?;
        let after = line_after(before, line.to, day, self.batch);
        self.steps.push(LineStepRow {
            line_id: line.line_id.clone(),
            version: told.version,
            position,
            batch: self.batch,
            occurred_at: told.occurred_at,
            day,
            state: line.to.code(),
            movement: movement.map(LineMovement::code),
            anomalies: line.anomalies.clone(),
            cents: line.cents,
        });
        self.lines.insert(
            line.line_id.clone(),
            LineRow {
                line_id: line.line_id.clone(),
                flow_id: told.flow_id,
                worker_id: line.worker_id,
                hours_hundredths: line.hours_hundredths,
                state: after.state.code(),
                first_day: after.first_day,
                left_day: after.left.map(|(day, _)| day),
                left_batch: after.left.map(|(_, batch)| batch),
                reopened: after.reopened,
            },
        );
        self.known_lines.insert(line.line_id.clone(), after);
        Ok(())
    }
}

/// The day never goes back, so that "at the end of D" has one answer even when two servers' clocks disagree around
/// midnight.
fn flow_after(before: Option<&KnownFlow>, told: &FlowTold) -> KnownFlow {
    let day = rome::date_of(told.occurred_at);
    let day = before.map_or(day, |before| before.last_day.max(day));
    KnownFlow {
        version: told.version,
        first_day: before.map_or(day, |before| before.first_day),
        last_day: day,
        rejected_at: before
            .and_then(|before| before.rejected_at)
            .or_else(|| told.rejected.then_some(told.occurred_at)),
    }
}

fn line_after(before: Option<KnownLine>, to: LineState, day: NaiveDate, batch: i64) -> KnownLine {
    let left_before = before.and_then(|before| before.left);
    let left = if to.stage().is_some() {
        None
    } else {
        left_before.or(Some((day, batch)))
    };
    KnownLine {
        state: to,
        first_day: before.map_or(day, |before| before.first_day),
        left,
        reopened: before.is_some_and(|before| before.reopened)
            || (left_before.is_some() && left.is_none()),
    }
}

fn flow_row(told: &FlowTold, after: &KnownFlow) -> FlowRow {
    let facts = &told.facts;
    FlowRow {
        flow_id: told.flow_id,
        version: after.version,
        protocol_number: facts.protocol_number.clone(),
        received_at: facts.received_at,
        received_day: rome::date_of(facts.received_at),
        kind: facts.kind.clone(),
        office: facts.office.as_str().to_owned(),
        authorization_number: facts.authorization_number.clone(),
        product: facts.product.code(),
        causale: facts.causale.clone(),
        payment_mode: facts.payment_mode.clone(),
        csc_sector: facts.csc_sector.clone(),
        average_heads_hundredths: facts.average_heads_hundredths,
        lines_count: facts.lines_count,
        first_day: after.first_day,
        last_day: after.last_day,
        rejected_at: after.rejected_at,
    }
}
