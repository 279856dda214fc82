//! The life of a line as DASMO sees it.

use std::fmt;
use std::str::FromStr;

/// Where a line stands (`claims.md` §10.3). Printed and parsed as the page spells it, such as `IN_VERIFICATION`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LineState {
    /// Ricevuta.
    Received,
    /// In verifica.
    InVerification,
    /// Verificata.
    Verified,
    /// Con anomalia.
    Anomaly,
    /// In un ordine di pagamento.
    Ordered,
    /// Pagata.
    Paid,
    /// Restituita dalla banca.
    Returned,
    /// Annullata.
    Cancelled,
}

impl LineState {
    /// Every state, in the order of the page.
    pub const ALL: [Self; 8] = [
        Self::Received,
        Self::InVerification,
        Self::Verified,
        Self::Anomaly,
        Self::Ordered,
        Self::Paid,
        Self::Returned,
        Self::Cancelled,
    ];

    /// The name, such as `IN_VERIFICATION`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Received => "RECEIVED",
            Self::InVerification => "IN_VERIFICATION",
            Self::Verified => "VERIFIED",
            Self::Anomaly => "ANOMALY",
            Self::Ordered => "ORDERED",
            Self::Paid => "PAID",
            Self::Returned => "RETURNED",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// The stage of the stock: whoever has to act next. Nothing is owed any more for a line that is paid or cancelled.
    pub fn stage(self) -> Option<LineStage> {
        match self {
            Self::Received | Self::InVerification => Some(LineStage::Verifying),
            Self::Anomaly | Self::Returned => Some(LineStage::Stopped),
            Self::Verified => Some(LineStage::ToOrder),
            Self::Ordered => Some(LineStage::Ordered),
            Self::Paid | Self::Cancelled => None,
        }
    }
}

impl fmt::Display for LineState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for LineState {
    type Err = UnknownLineState;

    fn from_str(code: &str) -> Result<Self, UnknownLineState> {
        Self::ALL
            .into_iter()
            .find(|state| state.code() == code)
            .ok_or(UnknownLineState)
    }
}

/// The text is not the name of a state of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a state of a line of claims.md §10.3")]
pub struct UnknownLineState;

/// Part of the stock of lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LineStage {
    /// The checks are not over.
    Verifying,
    /// Stopped by an anomaly, or sent back by the bank.
    Stopped,
    /// Good, and in no payment order yet.
    ToOrder,
    /// In a payment order; the bank's answer is awaited.
    Ordered,
}

impl LineStage {
    /// The name, such as `TO_ORDER`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Verifying => "VERIFYING",
            Self::Stopped => "STOPPED",
            Self::ToOrder => "TO_ORDER",
            Self::Ordered => "ORDERED",
        }
    }
}

/// What a step of a line adds to the measures of its day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LineMovement {
    /// Came with its flow.
    Received,
    /// Put into a payment order.
    Ordered,
    /// Paid.
    Paid,
    /// Cancelled, or replaced by a correction.
    Cancelled,
    /// Cancelled since the whole flow was rejected.
    Rejected,
    /// Sent back by the bank before it was paid: it had never left the stock.
    SentBack,
    /// Sent back by the bank after it was paid: it is in stock again.
    Reopened,
}

impl LineMovement {
    /// Every movement.
    pub const ALL: [Self; 7] = [
        Self::Received,
        Self::Ordered,
        Self::Paid,
        Self::Cancelled,
        Self::Rejected,
        Self::SentBack,
        Self::Reopened,
    ];

    /// The name, such as `SENT_BACK`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Received => "RECEIVED",
            Self::Ordered => "ORDERED",
            Self::Paid => "PAID",
            Self::Cancelled => "CANCELLED",
            Self::Rejected => "REJECTED",
            Self::SentBack => "SENT_BACK",
            Self::Reopened => "REOPENED",
        }
    }
}

impl FromStr for LineMovement {
    type Err = UnknownLineState;

    fn from_str(code: &str) -> Result<Self, UnknownLineState> {
        Self::ALL
            .into_iter()
            .find(|movement| movement.code() == code)
            .ok_or(UnknownLineState)
    }
}

/// The movement that a step makes: one at most, since a line is told from its receipt on. So what was received and came
/// back, less what left, is the stock, for every sequence of steps that this function takes. Whether a cancellation is a
/// rejection is known with the end of the flow, not here.
///
/// # Errors
/// [`ImpossibleLine`] when the first step that is told of a line does not leave it in stock, or when a line leaves and no
/// measure could tell how.
pub fn movement(
    before: Option<LineState>,
    after: LineState,
) -> Result<Option<LineMovement>, ImpossibleLine> {
    let was_in_stock = before.map(|state| state.stage().is_some());
    match (was_in_stock, after) {
        (None, LineState::Paid | LineState::Cancelled) => Err(ImpossibleLine(after)),
        (None, _) => Ok(Some(LineMovement::Received)),
        (Some(true), LineState::Paid) => Ok(Some(LineMovement::Paid)),
        (Some(true), LineState::Cancelled) => Ok(Some(LineMovement::Cancelled)),
        (Some(true), LineState::Ordered) if before != Some(LineState::Ordered) => {
            Ok(Some(LineMovement::Ordered))
        }
        (Some(true), LineState::Returned) if before != Some(LineState::Returned) => {
            Ok(Some(LineMovement::SentBack))
        }
        (Some(false), LineState::Paid | LineState::Cancelled) | (Some(true), _) => Ok(None),
        (Some(false), _) => Ok(Some(LineMovement::Reopened)),
    }
}

/// A line whose first step does not bring it into stock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a line that was not told before cannot be {0}")]
pub struct ImpossibleLine(pub LineState);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_is_received_ordered_and_paid_once_each() {
        use LineState as S;
        let steps = [
            S::Received,
            S::InVerification,
            S::Verified,
            S::Ordered,
            S::Ordered,
            S::Paid,
        ];
        assert_eq!(
            movements(&steps),
            [
                LineMovement::Received,
                LineMovement::Ordered,
                LineMovement::Paid
            ]
        );
    }

    #[test]
    fn what_the_bank_sends_back_is_in_stock_again_only_when_it_was_paid() {
        use LineState as S;
        assert_eq!(
            movement(Some(S::Ordered), S::Returned),
            Ok(Some(LineMovement::SentBack))
        );
        assert_eq!(
            movement(Some(S::Paid), S::Returned),
            Ok(Some(LineMovement::Reopened))
        );
        assert_eq!(movement(Some(S::Returned), S::Anomaly), Ok(None));
    }

    #[test]
    fn a_line_that_begins_at_its_end_is_refused() {
        assert_eq!(
            movement(None, LineState::Paid),
            Err(ImpossibleLine(LineState::Paid))
        );
    }

    #[test]
    fn states_and_movements_are_printed_and_parsed_alike() {
        for state in LineState::ALL {
            assert_eq!(state.code().parse(), Ok(state));
        }
        for movement in LineMovement::ALL {
            assert_eq!(movement.code().parse(), Ok(movement));
        }
        assert_eq!("paid".parse::<LineState>(), Err(UnknownLineState));
    }

    fn movements(states: &[LineState]) -> Vec<LineMovement> {
        let mut before = None;
        let mut all = Vec::new();
        for state in states {
            all.extend(movement(before, *state).unwrap());
            before = Some(*state);
        }
        all
    }

    proptest! {
        #[test]
        fn movements_make_the_stock_whatever_happens(places in proptest::collection::vec(0..LineState::ALL.len(), 0..30)) {
            let mut states = vec![LineState::Received];
            states.extend(places.into_iter().map(|place| LineState::ALL[place]));
            let count = |wanted: &[LineMovement]| movements(&states).iter().filter(|one| wanted.contains(one)).count();
            let came = count(&[LineMovement::Received, LineMovement::Reopened]);
            let left = count(&[LineMovement::Paid, LineMovement::Cancelled]);
            let in_stock = usize::from(states.last().unwrap().stage().is_some());
            prop_assert_eq!(came - left, in_stock);
        }
    }
}
