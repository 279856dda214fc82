//! The flow and its header (`claims.md` §7.2).

use kernel::{AuthorizationNumber, Hours, Matricola, Period, ProtocolNumber, Ticket, coded};

use super::month::Month;

coded! {
    /// Form of a flow (§7.1).
    pub enum FlowKind {
        /// SR41.
        Sr41 = "SR41",
        /// SR43: agriculture (CISOA).
        Sr43 = "SR43",
        /// UniEmens-CIG.
        UniemensCig = "UNIEMENS_CIG",
    }
}

/// What stands at the head of a flow (`Testata`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Form.
    pub kind: FlowKind,
    /// The grant that it rests on.
    pub authorization: AuthorizationNumber,
    /// Ticket of the suspension.
    pub ticket: Ticket,
    /// Employer.
    pub matricola: Matricola,
    /// Days covered. One month for UniEmens-CIG, several for the others.
    pub period: Period,
    /// Lines, as the sender counts them.
    pub lines: u32,
    /// Hours of all lines, as the sender counts them.
    pub hours: Hours,
    /// Receipt number of the flow that this one corrects (PAY-7).
    pub corrects: Option<ProtocolNumber>,
}

impl Header {
    /// The months covered, in order.
    pub fn months(&self) -> impl Iterator<Item = Month> {
        Month::touched_by(self.period)
    }

    /// Whether the form allows this period: a UniEmens-CIG flow covers one month.
    pub fn covers_allowed_months(&self) -> bool {
        self.kind != FlowKind::UniemensCig || self.months().count() == 1
    }
}
