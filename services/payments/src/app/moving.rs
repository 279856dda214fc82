//! The one door through which lines move: states, hours set aside, counts of the flow, and what is told of it.

use chassis::{Failure, Tx};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::App;
use super::events::step;
use super::refusals::{hours_exceed, invalid_state};
use crate::domain::checks::Anomaly;
use crate::domain::state::{FlowState, LineState, LineStep};
use crate::store;
use crate::store::flows::Flow;
use crate::store::lines::Kept;

/// A step that a line made, with the line after it.
#[derive(Debug, Clone)]
pub(super) struct Moved {
    /// The line as it is now.
    pub(super) line: Kept,
    /// State before; `None` for the step that brought it.
    pub(super) from: Option<LineState>,
    /// State after.
    pub(super) to: LineState,
}

/// Lines of one flow on their way from where they stood to where they stand, in one transaction.
pub(super) struct Moving {
    flow: Flow,
    from: FlowState,
    moved: Vec<Moved>,
    held: Vec<(Uuid, i64)>,
}

impl Moving {
    /// Begins with a flow that is locked, as its grant is.
    pub(super) fn of(flow: Flow) -> Self {
        Self {
            from: flow.state(),
            flow,
            moved: Vec::new(),
            held: Vec::new(),
        }
    }

    /// The flow as it is for now.
    pub(super) fn flow(&mut self) -> &mut Flow {
        &mut self.flow
    }

    /// A line makes a step. `INVALID_STATE` where it is not drawn.
    pub(super) fn step(&mut self, line: &mut Kept, step: LineStep) -> Result<(), Failure> {
        let from = line.state;
        let to = from.after(step).map_err(|_| invalid_state(from.code()))?;
        line.state = to;
        if to != LineState::Anomaly {
            line.anomalies.clear();
        }
        if to != LineState::InVerification {
            line.check_after = None;
        }
        self.flow.counts.add(from, -1);
        self.flow.counts.add(to, 1);
        self.hold(line, from, to);
        self.moved.push(Moved {
            line: line.clone(),
            from: Some(from),
            to,
        });
        Ok(())
    }

    /// A line is stopped.
    pub(super) fn stop(&mut self, line: &mut Kept, anomalies: Vec<Anomaly>) -> Result<(), Failure> {
        line.anomalies = anomalies;
        self.step(line, LineStep::Stop)
    }

    /// A line changes and stays where it stands.
    pub(super) fn touch(&mut self, line: &Kept) {
        self.moved.push(Moved {
            line: line.clone(),
            from: Some(line.state),
            to: line.state,
        });
    }

    fn hold(&mut self, line: &Kept, from: LineState, to: LineState) {
        let (Some(person), true) = (line.person, line.line_type.pays_hours()) else {
            return;
        };
        match (from.holds_hours(), to.holds_hours()) {
            (true, false) => self.held.push((person, -line.hours.hundredths())),
            (false, true) => self.held.push((person, line.hours.hundredths())),
            _ => {}
        }
    }

    /// Writes down and tells what moved so far, when there is more to come than is held at once.
    pub(super) async fn flush(
        &mut self,
        app: &App,
        tx: &mut Tx,
        at: DateTime<Utc>,
    ) -> Result<(), Failure> {
        self.write(tx).await?;
        let steps = self.moved.iter().map(step).collect();
        app.tell(tx, &mut self.flow, Some(self.from), steps, false, at)
            .await?;
        self.moved.clear();
        Ok(())
    }

    /// Writes everything down and tells it.
    pub(super) async fn end(
        mut self,
        app: &App,
        tx: &mut Tx,
        at: DateTime<Utc>,
    ) -> Result<Flow, Failure> {
        self.write(tx).await?;
        let steps = self.moved.iter().map(step).collect();
        app.tell(tx, &mut self.flow, Some(self.from), steps, true, at)
            .await?;
        store::flows::advance(tx, &self.flow).await?;
        Ok(self.flow)
    }

    async fn write(&mut self, tx: &mut Tx) -> Result<(), Failure> {
        store::lines::advance(tx, &last_of_each(&self.moved)).await?;
        let held = std::mem::take(&mut self.held);
        let number = self.flow.authorization.as_str();
        // More than was granted breaks a constraint, whatever was checked before (PAY-6).
        if !held.is_empty() && !store::authorisations::hold(tx, number, &held).await? {
            return Err(hours_exceed());
        }
        Ok(())
    }
}

/// Each line once, after its last step.
fn last_of_each(moved: &[Moved]) -> Vec<&Kept> {
    let mut last = std::collections::BTreeMap::new();
    for one in moved {
        last.insert(one.line.number, &one.line);
    }
    last.into_values().collect()
}
