//! The refusals of authentication and of the choice of a role, with the codes of `identity.md` §7. Their texts say what
//! to do and never whether a user exists, nor what exactly is wrong with a token.

use std::time::Duration;

use super::Level;
use crate::failure::{Class, Failure, Reason};

/// IDN-E01: no token, or one that cannot be accepted.
pub fn unauthenticated() -> Failure {
    Failure::new(
        Class::Unauthenticated,
        Reason::IdnE01,
        "Autenticazione mancante o non valida.",
        "Authentication missing or not valid.",
    )
}

/// IDN-E02: the token or the session is over.
pub fn expired() -> Failure {
    Failure::new(
        Class::Unauthenticated,
        Reason::IdnE02,
        "Sessione scaduta: autenticarsi di nuovo.",
        "The session has expired: authenticate again.",
    )
}

/// IDN-E03: the level is below the need (RFC 9470 step-up).
pub fn level_too_low(needed: Level) -> Failure {
    Failure::new(
        Class::Unauthenticated,
        Reason::IdnE03,
        format!(
            "Questa operazione richiede un'autenticazione di livello {}.",
            needed as u8
        ),
        format!(
            "This operation needs an authentication of level {}.",
            needed as u8
        ),
    )
    .with_metadata("acr_values", needed.acr())
}

/// IDN-E04: several roles are held and none was chosen.
pub fn role_not_chosen(choices: &[String]) -> Failure {
    let choices = choices.join(", ");
    Failure::new(
        Class::Denied,
        Reason::IdnE04,
        format!("Scegliere il profilo con cui operare (x-omnia-role): {choices}."),
        format!("Choose the role to act in (x-omnia-role): {choices}."),
    )
    .with_metadata("choices", choices)
}

/// IDN-E09: the role, or the DASMO grant, does not work yet.
pub fn not_effective() -> Failure {
    Failure::new(
        Class::Denied,
        Reason::IdnE09,
        "L'abilitazione non è ancora efficace: lo sarà dal giorno successivo alla concessione.",
        "The role is not effective yet: it works from the day after it was granted.",
    )
}

/// IDN-E11: the identity carries no usable codice fiscale.
pub fn no_codice_fiscale() -> Failure {
    Failure::new(
        Class::Denied,
        Reason::IdnE11,
        "L'identità digitale non riporta un codice fiscale valido.",
        "The digital identity carries no valid codice fiscale.",
    )
}

/// IDN-E18: too many requests; `after` says when the next is admitted.
pub fn too_many_requests(after: Duration) -> Failure {
    Failure::new(
        Class::Exhausted,
        Reason::IdnE18,
        "Troppe richieste: riprovare più tardi.",
        "Too many requests: try again later.",
    )
    .with_retry_after(after)
}
