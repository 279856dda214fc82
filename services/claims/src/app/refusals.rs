//! What claims refuse, in the words of people and of programs.

use std::time::Duration;

use chassis::failure::{Class, Failure, Reason};
use kernel::{Hours, ProtocolNumber};

use crate::domain::attachment::NotAllowed;
use crate::domain::checks::{Finding, Severity, unanswered};
use crate::domain::content::Content;
use crate::domain::refused::Refused;
use crate::store;

/// Violations told at most: they travel in the trailers of the answer.
const VIOLATIONS_MOST: usize = 20;

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        if refused == Refused::NotForRole {
            return Self::capability_lacking();
        }
        let class = match refused {
            Refused::OutcomeMismatch
            | Refused::GrantExceedsRequest
            | Refused::MotivationMissing => Class::Malformed,
            Refused::ProposalChanged => Class::Conflict,
            _ => Class::Precondition,
        };
        let failure = Self::new(
            class,
            reason(refused.code()),
            refused.italian(),
            refused.english(),
        );
        match refused {
            Refused::InvalidState(state) => failure.with_metadata("state", state.code()),
            Refused::MotivationMissing => failure.with_violation("motivation", refused.english()),
            Refused::OutcomeMismatch => failure.with_violation("outcome", refused.english()),
            Refused::GrantExceedsRequest => failure.with_violation("grant", refused.english()),
            Refused::ProposalChanged => failure.with_violation("proposal_id", refused.english()),
            _ => failure,
        }
    }
}

/// The catalogued reason of a code of the domain.
fn reason(code: &str) -> Reason {
    Reason::from_str_name(&format!("REASON_{code}")).unwrap_or(Reason::Internal)
}

/// Refuses a submission that findings forbid: the reason is that of the first, and each is a violation.
pub(super) fn forbid(content: &Content, findings: &[Finding]) -> Result<(), Failure> {
    let blocking: Vec<_> = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Block)
        .collect();
    if let Some(first) = blocking.first() {
        let class = if first.code.is_formal() {
            Class::Malformed
        } else {
            Class::Precondition
        };
        let failure = Failure::new(
            class,
            reason(first.code.code()),
            first.it.as_str(),
            first.en.as_str(),
        );
        return Err(with_findings(failure, &blocking));
    }
    let open: Vec<_> = unanswered(content, findings).collect();
    if open.is_empty() {
        return Ok(());
    }
    let failure = Failure::new(
        Class::Malformed,
        Reason::OverrideNoteMissing,
        "Manca la nota di forzatura per un'anomalia.",
        "The override note of a forced finding is missing.",
    );
    Err(with_findings(failure, &open))
}

fn with_findings(failure: Failure, findings: &[&Finding]) -> Failure {
    findings
        .iter()
        .take(VIOLATIONS_MOST)
        .fold(failure, |failure, finding| {
            let field = if finding.field.is_empty() {
                "content".to_owned()
            } else {
                format!("content.{}", finding.field)
            };
            failure.with_violation(field, format!("{}: {}", finding.code.code(), finding.en))
        })
}

/// A file may not be attached.
pub(super) fn not_allowed(refused: NotAllowed) -> Failure {
    Failure::new(
        Class::Malformed,
        Reason::AttachmentNotAllowed,
        refused.italian(),
        refused.to_string(),
    )
    .with_violation(refused.field(), refused.to_string())
}

/// An adoption is under way: it ends within moments, one way or the other.
pub(super) fn being_adopted() -> Failure {
    Failure::new(
        Class::Conflict,
        Reason::Conflict,
        "È in corso l'adozione del provvedimento: riprovare tra poco.",
        "The decision is being adopted: try again shortly.",
    )
    .with_retry_after(Duration::from_secs(1))
}

/// The weeks no longer fit; the claim stays where it was, with its proposal.
pub(super) fn limit_exceeded(counter: &str) -> Failure {
    Failure::new(
        Class::Precondition,
        Reason::LimitExceeded,
        "Le settimane proposte non rientrano più nei limiti: la domanda resta in istruttoria.",
        "The weeks proposed no longer fit the limits: the claim stays under review.",
    )
    .with_metadata("counter", counter)
}

/// The unit is covered by another instrument.
pub(super) fn other_scheme() -> Failure {
    Failure::new(
        Class::Precondition,
        Reason::ProductNotCompatible,
        "La prestazione non è compatibile con l'inquadramento dell'unità produttiva.",
        "The production unit is covered by another instrument.",
    )
}

/// The limits do not know enough to judge the weeks.
pub(super) fn unjudged(rule: &str) -> Failure {
    Failure::new(
        Class::Precondition,
        Reason::LimitExceeded,
        "I limiti non possono essere verificati con i dati noti: la domanda resta in istruttoria.",
        "The limits cannot be verified by what is known: the claim stays under review.",
    )
    .with_metadata("rule", rule)
}

/// Lines of direct payment are ordered or paid (CLM-23).
pub(super) fn payments_exist(lines: i64, protocol: Option<&ProtocolNumber>) -> Failure {
    let failure = Failure::new(
        Class::Precondition,
        Reason::PaymentsExist,
        "La domanda ha righe di pagamento già disposte o pagate e non si può annullare. Per quanto non è ancora pagato si apra un \
         riesame; per quanto è pagato si apra un recupero dal flusso di pagamento.",
        "The claim has payment lines that are ordered or paid, and cannot be annulled. Open a riesame for what is not paid yet, \
         and a recovery from the payment flow for what is.",
    )
    .with_metadata("lines", lines.to_string());
    match protocol {
        Some(protocol) => failure.with_metadata("protocolNumber", protocol.to_string()),
        None => failure,
    }
}

/// A decision below what is ordered or paid already (CLM-24).
pub(super) fn below_payments(hours_hundredths: i64) -> Failure {
    let hours = Hours::from_hundredths(hours_hundredths);
    Failure::new(
        Class::Precondition,
        Reason::PaymentsExist,
        format!("Per la domanda sono già disposte o pagate {hours} ore: il nuovo provvedimento non può concederne meno."),
        format!("{hours} hours of the claim are ordered or paid already: the new decision cannot grant fewer."),
    )
    .with_violation("grant.hours_hundredths", format!("must be at least {hours_hundredths}"))
}

/// A worker is in another live claim on the same day.
pub(super) fn overlaps() -> Failure {
    Failure::new(
        Class::Precondition,
        Reason::ClaimPeriodOverlaps,
        "Alcuni lavoratori sono già in un'altra domanda per gli stessi giorni.",
        "Some workers are already in another claim on the same days.",
    )
}

/// Turns a broken constraint into the rule that it keeps.
pub(super) fn broken(error: chassis::db::StoreError) -> Failure {
    match store::broken_constraint(&error) {
        Some(store::WORKER_IN_TWO_CLAIMS) => overlaps(),
        Some(store::TICKET_USED) => Failure::new(
            Class::Precondition,
            Reason::TicketAlreadyUsed,
            "Il ticket è già collegato a un'altra domanda.",
            "The ticket is already linked to another claim.",
        )
        .with_violation("content.ticket", "is linked to another claim"),
        _ => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::checks::Code;

    #[test]
    fn every_code_of_a_finding_is_in_the_catalogue_of_reasons() {
        for code in Code::ALL {
            assert_ne!(reason(code.code()), Reason::Internal, "{}", code.code());
        }
    }
}
