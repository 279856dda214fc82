//! What callers are told when something is refused.

use chassis::Failure;
use chassis::failure::{Class, Reason};

/// The state of a line or flow does not allow this (§10.3).
pub(super) fn invalid_state(state: &str) -> Failure {
    Failure::new(
        Class::Precondition,
        Reason::InvalidState,
        "Lo stato attuale non consente questa operazione.",
        "The current state does not allow this operation.",
    )
    .with_metadata("state", state)
}

/// Money is on its way, or there (PAY-8).
pub(super) fn payments_exist() -> Failure {
    Failure::new(
        Class::Precondition,
        Reason::PaymentsExist,
        "Ci sono righe già disposte o pagate.",
        "Some lines are ordered or paid.",
    )
}

/// What is cured does not fit into the hours that are left (PAY-6).
pub(super) fn hours_exceed() -> Failure {
    Failure::new(
        Class::Precondition,
        Reason::HoursExceedAuthorized,
        "Le ore superano quelle ancora disponibili dell'autorizzazione.",
        "The hours are above those that the authorisation has left.",
    )
}

pub(super) fn nothing_to_order() -> Failure {
    Failure::new(
        Class::Precondition,
        Reason::NothingToOrder,
        "Nessuna riga verificata da disporre.",
        "No verified line to order.",
    )
}
