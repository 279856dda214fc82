//! What callers are told when something is refused.

use chassis::Failure;
use chassis::failure::{Class, Reason};
use kernel::Cents;

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

/// Only what was paid is recovered.
pub(super) fn not_paid(line: i32) -> Failure {
    Failure::new(
        Class::Precondition,
        Reason::InvalidState,
        format!("La riga {line} non risulta pagata: non c'è nulla da recuperare."),
        format!("Line {line} is not paid: there is nothing to recover."),
    )
    .with_metadata("line", line.to_string())
}

/// More than was paid for a line and is not being recovered yet.
pub(super) fn recovery_exceeds_paid(line: i32, left: i64) -> Failure {
    let sum = Cents::new(left);
    Failure::new(
        Class::Precondition,
        Reason::RecoveryExceedsPaid,
        format!(
            "Della riga {line} si possono recuperare ancora {}.",
            sum.italian()
        ),
        format!("Of line {line} € {sum} may be recovered yet."),
    )
    .with_metadata("line", line.to_string())
    .with_metadata("leftCents", left.to_string())
}

/// More than the worker owes.
pub(super) fn repayment_exceeds(owed: i64) -> Failure {
    let sum = Cents::new(owed);
    Failure::new(
        Class::Precondition,
        Reason::RepaymentExceedsOutstanding,
        format!(
            "Restano da restituire {}: registrare questo importo e rimborsare l'eccedenza.",
            sum.italian()
        ),
        format!("€ {sum} are owed: register that amount, and refund the rest."),
    )
    .with_violation("amount_cents", "must not exceed what is owed")
    .with_metadata("outstandingCents", owed.to_string())
}

/// A credit of the bank is taken in once.
pub(super) fn reference_used() -> Failure {
    Failure::new(
        Class::Exists,
        Reason::ReferenceAlreadyUsed,
        "Con questo riferimento bancario è già stato registrato un altro versamento.",
        "Another repayment was registered under this reference of the bank.",
    )
    .with_violation("reference", "must be that of a credit not registered yet")
}

pub(super) fn nothing_to_order() -> Failure {
    Failure::new(
        Class::Precondition,
        Reason::NothingToOrder,
        "Nessuna riga verificata da disporre.",
        "No verified line to order.",
    )
}
