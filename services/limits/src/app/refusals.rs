//! What the limits refuse, in the words of people and of programs.

use chassis::failure::{Class, Failure, Reason};

use crate::domain::ledger::LedgerRefusal;
use crate::domain::{Refusal, Request};
use crate::wire;

/// The weeks do not fit: names the counter that binds, its source, the weeks that would fit and the first that does not.
pub(super) fn limit_exceeded(request: &Request, refusal: &Refusal) -> Failure {
    let counter = wire::counter_name(refusal.binding);
    let failing = refusal.week.monday();
    let grantable = refusal.week - request.first;
    let asked = request.count;
    let source = refusal.source;
    Failure::new(
        Class::Precondition,
        Reason::LimitExceeded,
        format!(
            "Il periodo supera il limite di {source}: {grantable} settimane concedibili su {asked}; \
             la prima che non rientra inizia il {}.",
            failing.format("%d/%m/%Y")
        ),
        format!(
            "The period exceeds the limit of {source}: {grantable} of {asked} weeks can be granted; the first that does \
             not fit starts on {failing}."
        ),
    )
    .with_metadata("counter", counter)
    .with_metadata("source", source)
    .with_metadata("grantableWeeks", grantable.to_string())
    .with_metadata("firstFailingWeek", failing.to_string())
}

/// The unit is covered by the FIS and has no CIGO.
pub(super) fn no_cigo() -> Failure {
    Failure::new(
        Class::Precondition,
        Reason::ProductNotCompatible,
        "L'unità produttiva rientra nel FIS: la CIGO non può essere richiesta.",
        "The production unit is covered by the FIS: it cannot have CIGO.",
    )
}

pub(super) fn ledger(refusal: LedgerRefusal) -> Failure {
    match refusal {
        LedgerRefusal::OtherContent => Failure::new(
            Class::Exists,
            Reason::IdnE12,
            "Lo stesso identificativo è già stato usato con un altro contenuto.",
            "The same id was already used with another content.",
        ),
        LedgerRefusal::Released => released(),
    }
}

/// The weeks were given back, perhaps before they were asked for.
pub(super) fn released() -> Failure {
    Failure::new(
        Class::Precondition,
        Reason::ReservationState,
        "La prenotazione è stata rilasciata.",
        "The reservation was released.",
    )
}

/// The reservation lapsed and its weeks no longer fit.
pub(super) fn expired() -> Failure {
    Failure::new(
        Class::Precondition,
        Reason::ReservationExpired,
        "La prenotazione è scaduta e le settimane non rientrano più nei limiti.",
        "The reservation has expired and its weeks no longer fit.",
    )
}

/// There is no reservation with this id.
pub(super) fn unknown() -> Failure {
    Failure::new(
        Class::Precondition,
        Reason::ReservationState,
        "Nessuna prenotazione con questo identificativo.",
        "There is no reservation with this id.",
    )
}
