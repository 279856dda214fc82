//! What callers are told when something is refused.

use chassis::Failure;
use chassis::failure::{Class, Reason};

pub(super) fn upload_id_used() -> Failure {
    Failure::new(
        Class::Exists,
        Reason::IdnE12,
        "Lo stesso upload_id è già stato usato per un altro file.",
        "The same upload_id was already used for another file.",
    )
    .with_violation("begin.upload_id", "must be new for another file")
}

pub(super) fn gap(stored: i64) -> Failure {
    Failure::new(
        Class::Precondition,
        Reason::UploadGap,
        "Mancano dei byte prima di questi: riprendere dal punto indicato.",
        "Bytes before these are missing: go on from the offset that is told.",
    )
    .with_metadata("storedBytes", stored.to_string())
}

/// Another call goes on with the same upload.
pub(super) fn crossed() -> Failure {
    Failure::new(
        Class::Conflict,
        Reason::Conflict,
        "Un'altra chiamata sta proseguendo lo stesso caricamento.",
        "Another call goes on with the same upload.",
    )
}

pub(super) fn other_content() -> Failure {
    Failure::field("begin.sha256", "is not that of the bytes that came")
}

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
