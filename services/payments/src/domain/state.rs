//! States of a line and of a flow (`claims.md` §7.6, §10.3).

use kernel::coded;

coded! {
    /// Where a line stands.
    pub enum LineState {
        /// Received.
        Received = "RECEIVED",
        /// In verification.
        InVerification = "IN_VERIFICATION",
        /// Every check passed.
        Verified = "VERIFIED",
        /// Stopped.
        Anomaly = "ANOMALY",
        /// In a payment order.
        Ordered = "ORDERED",
        /// Paid.
        Paid = "PAID",
        /// Sent back by the bank.
        Returned = "RETURNED",
        /// Cancelled or replaced.
        Cancelled = "CANCELLED",
    }
}

coded! {
    /// What happens to a line.
    pub enum LineStep {
        /// The checks begin.
        Check = "CHECK",
        /// All passed.
        Pass = "PASS",
        /// One did not.
        Stop = "STOP",
        /// An operator cures what stopped it.
        Cure = "CURE",
        /// It goes into a payment order.
        Order = "ORDER",
        /// The bank executed the order.
        Execute = "EXECUTE",
        /// The bank sent the money back, before or after it was paid.
        SendBack = "SEND_BACK",
        /// Cancelled, or replaced by a correction.
        Cancel = "CANCEL",
    }
}

/// A step that §10.3 does not draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a line in {} does not take the step {}", .0.code(), .1.code())]
pub struct InvalidStep(pub LineState, pub LineStep);

impl LineState {
    /// The state after a step. A line in verification may be cancelled too, as a flow in `CHECKING` may be deleted or
    /// rejected (PAY-8).
    pub fn after(self, step: LineStep) -> Result<Self, InvalidStep> {
        match (self, step) {
            (Self::Received, LineStep::Check) | (Self::Anomaly, LineStep::Cure) => {
                Ok(Self::InVerification)
            }
            (Self::InVerification, LineStep::Pass) => Ok(Self::Verified),
            // What another flow is paid for in the meantime stops a line that had passed (`ALREADY_PAID`).
            (Self::InVerification | Self::Verified | Self::Returned, LineStep::Stop) => {
                Ok(Self::Anomaly)
            }
            (Self::Verified, LineStep::Order) => Ok(Self::Ordered),
            (Self::Ordered, LineStep::Execute) => Ok(Self::Paid),
            (Self::Ordered | Self::Paid, LineStep::SendBack) => Ok(Self::Returned),
            (
                Self::Received | Self::InVerification | Self::Verified | Self::Anomaly,
                LineStep::Cancel,
            ) => Ok(Self::Cancelled),
            _ => Err(InvalidStep(self, step)),
        }
    }

    /// Whether hours of the authorisation are set aside for the line. One that is stopped before it was ever paid has
    /// none, and asks for them again when it is cured.
    pub fn holds_hours(self) -> bool {
        matches!(
            self,
            Self::Received
                | Self::InVerification
                | Self::Verified
                | Self::Ordered
                | Self::Paid
                | Self::Returned
        )
    }

    /// Whether money is on its way or there: such a line is not cancelled (PAY-8).
    pub fn is_ordered_or_paid(self) -> bool {
        matches!(self, Self::Ordered | Self::Paid)
    }
}

coded! {
    /// Where a flow stands.
    pub enum FlowState {
        /// Ricevuto.
        Received = "RECEIVED",
        /// In verifica.
        Checking = "CHECKING",
        /// Con anomalie.
        WithAnomalies = "WITH_ANOMALIES",
        /// In pagamento.
        InPayment = "IN_PAYMENT",
        /// Pagato.
        Paid = "PAID",
        /// Respinto.
        Rejected = "REJECTED",
        /// Deleted.
        Deleted = "DELETED",
    }
}

/// How a flow was brought to an end by a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Rejected by an operator.
    Rejected,
    /// Deleted by its sender.
    Deleted,
}

/// How many lines of a flow stand where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts([i64; LineState::ALL.len()]);

impl Counts {
    /// Lines in a state.
    pub fn of(&self, state: LineState) -> i64 {
        self.0[state as usize]
    }

    /// Adds lines to a state, or takes them away.
    pub fn add(&mut self, state: LineState, lines: i64) {
        self.0[state as usize] += lines;
    }

    /// Lines in all.
    pub fn total(&self) -> i64 {
        self.0.iter().sum()
    }

    /// The state of a flow with these lines (§7.6).
    pub fn state(&self, ended: Option<Ended>) -> FlowState {
        let any = |state| self.of(state) > 0;
        match ended {
            Some(Ended::Rejected) => return FlowState::Rejected,
            Some(Ended::Deleted) => return FlowState::Deleted,
            None => {}
        }
        if self.of(LineState::Received) == self.total() {
            FlowState::Received
        } else if any(LineState::Anomaly) || any(LineState::Returned) {
            // The good lines go on all the same.
            FlowState::WithAnomalies
        } else if any(LineState::Received) || any(LineState::InVerification) {
            FlowState::Checking
        } else if any(LineState::Verified) || any(LineState::Ordered) {
            FlowState::InPayment
        } else if any(LineState::Paid) {
            FlowState::Paid
        } else {
            FlowState::Deleted
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::LineState::{
        Anomaly, Cancelled, InVerification, Ordered, Paid, Received, Returned, Verified,
    };
    use super::*;

    #[test]
    fn every_transition_that_is_drawn_and_no_other() {
        let drawn = [
            (Received, LineStep::Check, InVerification),
            (InVerification, LineStep::Pass, Verified),
            (InVerification, LineStep::Stop, Anomaly),
            (Verified, LineStep::Stop, Anomaly),
            (Anomaly, LineStep::Cure, InVerification),
            (Anomaly, LineStep::Cancel, Cancelled),
            (Verified, LineStep::Order, Ordered),
            (Ordered, LineStep::Execute, Paid),
            (Ordered, LineStep::SendBack, Returned),
            (Paid, LineStep::SendBack, Returned),
            (Returned, LineStep::Stop, Anomaly),
            (Received, LineStep::Cancel, Cancelled),
            (InVerification, LineStep::Cancel, Cancelled),
            (Verified, LineStep::Cancel, Cancelled),
        ];
        for from in LineState::ALL {
            for step in LineStep::ALL {
                let to = drawn
                    .iter()
                    .find(|(one, by, _)| one == from && by == step)
                    .map(|(_, _, to)| *to);
                assert_eq!(from.after(*step).ok(), to, "{from:?} {step:?}");
            }
        }
    }

    fn counts(lines: &[(LineState, i64)]) -> Counts {
        let mut counts = Counts::default();
        for (state, number) in lines {
            counts.add(*state, *number);
        }
        counts
    }

    #[test]
    fn a_flow_stands_where_its_lines_do() {
        let state = |lines: &[(LineState, i64)]| counts(lines).state(None);
        assert_eq!(state(&[(Received, 3)]), FlowState::Received);
        assert_eq!(
            state(&[(InVerification, 1), (Verified, 2)]),
            FlowState::Checking
        );
        assert_eq!(state(&[(Anomaly, 1), (Paid, 2)]), FlowState::WithAnomalies);
        assert_eq!(state(&[(Ordered, 1), (Paid, 2)]), FlowState::InPayment);
        assert_eq!(state(&[(Cancelled, 1), (Paid, 2)]), FlowState::Paid);
        assert_eq!(state(&[(Cancelled, 3)]), FlowState::Deleted);
        let rejected = counts(&[(Cancelled, 3)]).state(Some(Ended::Rejected));
        assert_eq!(rejected, FlowState::Rejected);
    }

    proptest! {
        #[test]
        fn a_flow_with_a_stopped_line_always_says_so(others in proptest::collection::vec((0_usize..8, 0_i64..5), 0..8)) {
            let mut counts = counts(&[(Anomaly, 1)]);
            for (place, number) in others {
                counts.add(LineState::ALL[place], number);
            }
            prop_assert_eq!(counts.state(None), FlowState::WithAnomalies);
        }
    }
}
