//! Why the domain refuses something.

use super::state::{InvalidState, State};

/// A refusal by a rule of `claims.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The transition is not drawn (§10.1).
    #[error("the claim is in a state that does not allow this")]
    InvalidState(State),
    /// The role does not make this step (§10.1, §10.5).
    #[error("the role does not make this step")]
    NotForRole,
    /// Assigned to, or in charge of, somebody else (CLM-14, CLM-15).
    #[error("the claim is assigned to somebody else")]
    AssignedToOther,
    /// Who proposed may not adopt (CLM-15).
    #[error("who proposed a decision may not adopt it")]
    SamePersonCannotAdopt,
    /// The proposal that the caller read is no longer the one that awaits adoption.
    #[error("the proposal has changed")]
    ProposalChanged,
    /// The kind does not fit the content (CLM-16).
    #[error("the kind of the proposal does not fit its content")]
    OutcomeMismatch,
    /// More than was asked for, or than can be recognised (CLM-17).
    #[error("the grant exceeds the request or what can be recognised")]
    GrantExceedsRequest,
    /// Too short a motivation (CLM-18).
    #[error("the motivation is missing or shorter than 50 characters")]
    MotivationMissing,
    /// Refusal for lack of evidence without a supplement (CLM-19).
    #[error("no supplement was activated")]
    SupplementNotActivated,
    /// Work resumed (CLM-20).
    #[error("the resumption of work proves transience")]
    ResumptionProvesTransience,
    /// A supplement is still open (CLM-21).
    #[error("a supplement is still open")]
    SupplementStillOpen,
    /// The 30 days are over (CLM-25).
    #[error("the term of the appeal is over")]
    AppealTermExpired,
    /// A full acceptance (CLM-25).
    #[error("a full acceptance cannot be appealed")]
    NotAppealable,
}

impl From<InvalidState> for Refused {
    fn from(InvalidState(state): InvalidState) -> Self {
        Self::InvalidState(state)
    }
}

impl Refused {
    /// The reason of `claims.md` §11; `ETAG_MISMATCH` for a proposal that changed under the reader.
    pub fn code(self) -> &'static str {
        match self {
            Self::InvalidState(_) => "INVALID_STATE",
            Self::NotForRole => "IDN_E04",
            Self::AssignedToOther => "ASSIGNED_TO_OTHER",
            Self::SamePersonCannotAdopt => "SAME_PERSON_CANNOT_ADOPT",
            Self::ProposalChanged => "ETAG_MISMATCH",
            Self::OutcomeMismatch => "OUTCOME_MISMATCH",
            Self::GrantExceedsRequest => "GRANT_EXCEEDS_REQUEST",
            Self::MotivationMissing => "MOTIVATION_MISSING",
            Self::SupplementNotActivated => "SUPPLEMENT_NOT_ACTIVATED",
            Self::ResumptionProvesTransience => "RESUMPTION_PROVES_TRANSIENCE",
            Self::SupplementStillOpen => "SUPPLEMENT_STILL_OPEN",
            Self::AppealTermExpired => "APPEAL_TERM_EXPIRED",
            Self::NotAppealable => "NOT_APPEALABLE",
        }
    }

    /// What people read, in Italian.
    pub fn italian(self) -> &'static str {
        match self {
            Self::InvalidState(_) => "Lo stato della domanda non consente l'operazione.",
            Self::NotForRole => "Il ruolo scelto non consente questa operazione.",
            Self::AssignedToOther => "La domanda è assegnata o in carico ad altro operatore.",
            Self::SamePersonCannotAdopt => "Chi ha proposto il provvedimento non può adottarlo.",
            Self::ProposalChanged => {
                "La proposta è cambiata nel frattempo: rileggerla e riprovare."
            }
            Self::OutcomeMismatch => "Il tipo di provvedimento non corrisponde al suo contenuto.",
            Self::GrantExceedsRequest => {
                "Quanto concesso eccede la richiesta o quanto è riconoscibile."
            }
            Self::MotivationMissing => "La motivazione manca o ha meno di 50 caratteri.",
            Self::SupplementNotActivated => {
                "Per rigettare per carenza di elementi occorre prima il supplemento istruttorio."
            }
            Self::ResumptionProvesTransience => {
                "La ripresa dell'attività prova la transitorietà dell'evento."
            }
            Self::SupplementStillOpen => "È ancora aperto un supplemento istruttorio.",
            Self::AppealTermExpired => "Il termine per il ricorso è scaduto.",
            Self::NotAppealable => "Un accoglimento integrale non è impugnabile.",
        }
    }

    /// What people read, in English.
    pub fn english(self) -> &'static str {
        match self {
            Self::InvalidState(_) => "The state of the claim does not allow this.",
            Self::NotForRole => "The chosen role does not allow this operation.",
            Self::AssignedToOther => "The claim is assigned to, or in charge of, somebody else.",
            Self::SamePersonCannotAdopt => "Who proposed the decision may not adopt it.",
            Self::ProposalChanged => "The proposal has changed meanwhile: read it again and retry.",
            Self::OutcomeMismatch => "The kind of the decision does not fit its content.",
            Self::GrantExceedsRequest => "The grant exceeds the request or what can be recognised.",
            Self::MotivationMissing => "The motivation is missing or shorter than 50 characters.",
            Self::SupplementNotActivated => {
                "Refusing for lack of evidence needs a supplement first."
            }
            Self::ResumptionProvesTransience => {
                "The resumption of work proves that the event was transient."
            }
            Self::SupplementStillOpen => "A supplement is still open.",
            Self::AppealTermExpired => "The term of the appeal is over.",
            Self::NotAppealable => "A full acceptance cannot be appealed.",
        }
    }
}
