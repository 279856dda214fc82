//! What the limits refuse, in the words of people and of programs.

use chassis::failure::{Class, Failure, Reason};

use crate::domain::ledger::{Entry, LedgerRefusal};
use crate::domain::{Refusal, Request};
use crate::wire;

/// Violations that one answer names at most: they travel in headers.
const MOST_VIOLATIONS: usize = 50;

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
        LedgerRefusal::NotAuthorised => Failure::new(
            Class::Precondition,
            Reason::ReservationState,
            "Il periodo non è autorizzato.",
            "The period is not authorised.",
        ),
        LedgerRefusal::AlreadyDeclared => Failure::new(
            Class::Precondition,
            Reason::UsageAlreadyDeclared,
            "Per il periodo è già stato dichiarato un altro fruito: occorre una rettifica motivata.",
            "Another usage of the period was declared already: it takes a correction that says why.",
        ),
        LedgerRefusal::NotABooking => Failure::new(
            Class::Precondition,
            Reason::ReservationState,
            "L'identificativo è quello della richiesta di una domanda.",
            "The id is that of what a claim asks for.",
        ),
    }
}

/// The rule that lines of history break which tell the same days twice.
pub(super) const REPEATS: &str =
    "must not share days with another line of the same unit, scheme and cause";

/// Lines of a batch that cannot be right: the index, the field, and the rule. Passes when there are none.
pub(super) fn lines<'f>(
    faults: impl IntoIterator<Item = (usize, &'f str, &'f str)>,
) -> Result<(), Failure> {
    malformed(
        faults
            .into_iter()
            .map(|(index, field, rule)| (format!("entries[{index}].{field}"), rule)),
    )
}

/// What cannot be right of one entry. Passes when nothing is wrong.
pub(super) fn entry_faults(entry: &Entry) -> Result<(), Failure> {
    let faults = entry.faults().into_iter();
    malformed(faults.map(|fault| (format!("entry.{}", fault.field), fault.rule)))
}

fn malformed<'f>(faults: impl Iterator<Item = (String, &'f str)>) -> Result<(), Failure> {
    let failure =
        faults
            .take(MOST_VIOLATIONS)
            .fold(None, |failure: Option<Failure>, (field, rule)| {
                Some(match failure {
                    None => Failure::field(field, rule),
                    Some(failure) => failure.with_violation(field, rule),
                })
            });
    failure.map_or(Ok(()), Err)
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
