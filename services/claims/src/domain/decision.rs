//! Proposals and decisions (`claims.md` §4.12).

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{AuthorizationNumber, ProtocolNumber, WeekPeriod};
use uuid::Uuid;

use super::codes::coded;
use super::refused::Refused;
use super::role::Role;
use super::state::State;

coded! {
    /// Kind of a decision (CLM-16).
    pub enum Outcome {
        /// Accoglimento.
        Acceptance = "ACCEPTANCE",
        /// Accoglimento parziale.
        PartialAcceptance = "PARTIAL_ACCEPTANCE",
        /// Reiezione.
        Rejection = "REJECTION",
    }
}

impl Outcome {
    /// State of a claim decided so.
    pub fn state(self) -> State {
        match self {
            Self::Acceptance => State::Accepted,
            Self::PartialAcceptance => State::PartiallyAccepted,
            Self::Rejection => State::Rejected,
        }
    }
}

coded! {
    /// Why something is refused (`claims.md` §4.12).
    pub enum RejectionReason {
        /// Fuori termine.
        OutOfTerm = "OUT_OF_TERM",
        /// Elements of evaluation are missing (CLM-19).
        InsufficientEvidence = "INSUFFICIENT_EVIDENCE",
        /// The event is not transient.
        NotTransient = "NOT_TRANSIENT",
        /// The firm is the cause.
        AttributableToFirm = "ATTRIBUTABLE_TO_FIRM",
        /// No resumption is foreseen.
        NoResumptionForeseen = "NO_RESUMPTION_FORESEEN",
        /// The causale is not proven.
        CausaleNotProven = "CAUSALE_NOT_PROVEN",
        /// Another product is due.
        ProductNotDue = "PRODUCT_NOT_DUE",
        /// A limit is exceeded.
        LimitExceeded = "LIMIT_EXCEEDED",
        /// A worker is not entitled.
        WorkerNotEntitled = "WORKER_NOT_ENTITLED",
        /// The consultation is missing.
        ConsultationMissing = "CONSULTATION_MISSING",
        /// The same was already asked for.
        Duplicate = "DUPLICATE",
        /// Another reason, told in the motivation.
        Other = "OTHER",
    }
}

/// What a partial acceptance or a rejection leaves out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub reason: RejectionReason,
    /// What, in words.
    pub what: String,
}

/// What a decision gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// The weeks.
    pub period: WeekPeriod,
    /// Workers.
    pub beneficiaries: u32,
    /// Hours, in hundredths.
    pub hours_hundredths: i64,
}

/// What was asked for, and how much of it can be recognised at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requested {
    /// All of it.
    pub whole: Grant,
    /// Days before this one cannot be granted (`claims.md` §4.7).
    pub earliest_recognisable: Option<NaiveDate>,
    /// Nothing can be granted.
    pub nothing_recognisable: bool,
}

/// What is known of the evidence: supplements asked for, work resumed (CLM-19, CLM-20).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Evidence {
    /// A supplement of art. 11 c. 2 DM 95442/2016 was answered or has expired.
    pub supplement_activated: bool,
    /// Day on which work resumed.
    pub activity_resumed_on: Option<NaiveDate>,
}

/// Content of a proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposed {
    /// Kind.
    pub outcome: Outcome,
    /// What is granted; `None` for a rejection.
    pub grant: Option<Grant>,
    /// What is left out and why.
    pub refusals: Vec<Refusal>,
    /// Grounds.
    pub motivation: String,
}

/// A proposal that awaits adoption (CLM-15).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Id.
    pub id: Uuid,
    /// What is proposed.
    pub proposed: Proposed,
    /// Who proposed it.
    pub by: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// Remark with which the one before was sent back; empty otherwise.
    pub returned_remark: String,
}

/// An adopted provvedimento.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Id.
    pub id: Uuid,
    /// The proposal that became it.
    pub proposal_id: Uuid,
    /// Progressive of the decisions of the claim, from 1.
    pub sequence: i32,
    /// What was decided.
    pub decided: Proposed,
    /// Outgoing protocol.
    pub protocol: ProtocolNumber,
    /// Authorisation; `None` for a rejection.
    pub authorization: Option<AuthorizationNumber>,
    /// Reservation of the weeks in the limits; `None` for a rejection.
    pub reservation_id: Option<Uuid>,
    /// Who adopted.
    pub adopter: Uuid,
    /// In what quality.
    pub adopter_role: Role,
    /// When.
    pub adopted_at: DateTime<Utc>,
    /// Code by which anybody may check that the act is genuine.
    pub verification_code: String,
    /// Last day to appeal; `None` for a full acceptance.
    pub appeal_due: Option<NaiveDate>,
}

/// Least length of a motivation, in characters (CLM-18).
const MOTIVATION_LEAST: usize = 50;

/// Judges whether a proposal may be made: CLM-16 to CLM-20, in their order.
pub fn judge(
    proposed: &Proposed,
    requested: &Requested,
    evidence: Evidence,
) -> Result<(), Refused> {
    within_request(proposed.grant.as_ref(), requested)?;
    kind_fits(proposed, requested)?;
    if proposed.motivation.trim().chars().count() < MOTIVATION_LEAST {
        return Err(Refused::MotivationMissing);
    }
    evidence_allows(&proposed.refusals, evidence)
}

/// CLM-17: never more than was asked for, nor than can be recognised.
fn within_request(grant: Option<&Grant>, requested: &Requested) -> Result<(), Refused> {
    let Some(grant) = grant else { return Ok(()) };
    let whole = &requested.whole;
    let inside = whole.period.first_day() <= grant.period.first_day()
        && grant.period.last_day() <= whole.period.last_day()
        && grant.beneficiaries <= whole.beneficiaries
        && grant.hours_hundredths <= whole.hours_hundredths;
    let recognisable = !requested.nothing_recognisable
        && requested
            .earliest_recognisable
            .is_none_or(|earliest| earliest <= grant.period.first_day());
    if inside && recognisable {
        Ok(())
    } else {
        Err(Refused::GrantExceedsRequest)
    }
}

/// CLM-16: the kind says what the content is.
fn kind_fits(proposed: &Proposed, requested: &Requested) -> Result<(), Refused> {
    let everything = proposed.grant == Some(requested.whole);
    let explained = !proposed.refusals.is_empty();
    let fits = match proposed.outcome {
        Outcome::Acceptance => everything && !explained,
        Outcome::PartialAcceptance => {
            proposed
                .grant
                .is_some_and(|grant| grant.beneficiaries > 0 && grant.hours_hundredths > 0)
                && !everything
                && explained
        }
        Outcome::Rejection => {
            proposed.grant.is_none() && explained && out_of_term_is_said(proposed, requested)
        }
    };
    if fits {
        Ok(())
    } else {
        Err(Refused::OutcomeMismatch)
    }
}

/// Where nothing can be recognised only a rejection with `OUT_OF_TERM` can follow (`claims.md` §4.7).
fn out_of_term_is_said(proposed: &Proposed, requested: &Requested) -> bool {
    !requested.nothing_recognisable
        || proposed
            .refusals
            .iter()
            .any(|refusal| refusal.reason == RejectionReason::OutOfTerm)
}

/// CLM-19 and CLM-20: what may not be held against the firm.
fn evidence_allows(refusals: &[Refusal], evidence: Evidence) -> Result<(), Refused> {
    let says = |reason| refusals.iter().any(|refusal| refusal.reason == reason);
    let lacking = says(RejectionReason::InsufficientEvidence);
    if evidence.activity_resumed_on.is_some() && (lacking || says(RejectionReason::NotTransient)) {
        return Err(Refused::ResumptionProvesTransience);
    }
    if lacking && !evidence.supplement_activated {
        Err(Refused::SupplementNotActivated)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::samples::{day, weeks};

    fn asked() -> Requested {
        Requested {
            whole: Grant {
                period: weeks("2026-09-07", 8),
                beneficiaries: 10,
                hours_hundredths: 800_000,
            },
            earliest_recognisable: None,
            nothing_recognisable: false,
        }
    }

    fn proposal(outcome: Outcome, grant: Option<Grant>, reasons: &[RejectionReason]) -> Proposed {
        let refusals = reasons
            .iter()
            .map(|&reason| Refusal {
                reason,
                what: "ultime quattro settimane".into(),
            })
            .collect();
        Proposed {
            outcome,
            grant,
            refusals,
            motivation: "Esaminati la relazione tecnica e gli indici economici, l'evento risulta transitorio.".into(),
        }
    }

    fn shorter() -> Grant {
        Grant {
            period: weeks("2026-09-07", 4),
            beneficiaries: 10,
            hours_hundredths: 400_000,
        }
    }

    fn verdict(proposed: &Proposed) -> Result<(), Refused> {
        judge(proposed, &asked(), Evidence::default())
    }

    #[test]
    fn an_acceptance_gives_exactly_what_was_asked_for() {
        assert_eq!(
            verdict(&proposal(Outcome::Acceptance, Some(asked().whole), &[])),
            Ok(())
        );
        assert_eq!(
            verdict(&proposal(Outcome::Acceptance, Some(shorter()), &[])),
            Err(Refused::OutcomeMismatch)
        );
        assert_eq!(
            verdict(&proposal(Outcome::Acceptance, None, &[])),
            Err(Refused::OutcomeMismatch)
        );
    }

    #[test]
    fn a_partial_acceptance_is_a_proper_part_and_says_what_is_left_out() {
        let reasons = [RejectionReason::LimitExceeded];
        assert_eq!(
            verdict(&proposal(
                Outcome::PartialAcceptance,
                Some(shorter()),
                &reasons
            )),
            Ok(())
        );
        assert_eq!(
            verdict(&proposal(Outcome::PartialAcceptance, Some(shorter()), &[])),
            Err(Refused::OutcomeMismatch)
        );
        assert_eq!(
            verdict(&proposal(
                Outcome::PartialAcceptance,
                Some(asked().whole),
                &reasons
            )),
            Err(Refused::OutcomeMismatch)
        );
    }

    #[test]
    fn a_rejection_grants_nothing_and_gives_a_reason() {
        assert_eq!(
            verdict(&proposal(
                Outcome::Rejection,
                None,
                &[RejectionReason::NotTransient]
            )),
            Ok(())
        );
        assert_eq!(
            verdict(&proposal(Outcome::Rejection, None, &[])),
            Err(Refused::OutcomeMismatch)
        );
        assert_eq!(
            verdict(&proposal(
                Outcome::Rejection,
                Some(shorter()),
                &[RejectionReason::Other]
            )),
            Err(Refused::OutcomeMismatch)
        );
    }

    #[test]
    fn a_grant_beyond_the_request_is_refused_before_its_kind_is_looked_at() {
        let longer = Grant {
            period: weeks("2026-09-07", 9),
            ..asked().whole
        };
        let earlier = Grant {
            period: weeks("2026-08-31", 4),
            ..shorter()
        };
        let more_workers = Grant {
            beneficiaries: 11,
            ..shorter()
        };
        let more_hours = Grant {
            hours_hundredths: 800_001,
            ..shorter()
        };
        for grant in [longer, earlier, more_workers, more_hours] {
            assert_eq!(
                verdict(&proposal(Outcome::Rejection, Some(grant), &[])),
                Err(Refused::GrantExceedsRequest),
                "{grant:?}"
            );
        }
    }

    #[test]
    fn days_before_the_earliest_recognisable_one_are_never_granted() {
        let late = Requested {
            earliest_recognisable: Some(day("2026-09-21")),
            ..asked()
        };
        let from_start = proposal(
            Outcome::PartialAcceptance,
            Some(shorter()),
            &[RejectionReason::OutOfTerm],
        );
        assert_eq!(
            judge(&from_start, &late, Evidence::default()),
            Err(Refused::GrantExceedsRequest)
        );
        let from_there = Grant {
            period: weeks("2026-09-21", 6),
            ..shorter()
        };
        let proposed = proposal(
            Outcome::PartialAcceptance,
            Some(from_there),
            &[RejectionReason::OutOfTerm],
        );
        assert_eq!(judge(&proposed, &late, Evidence::default()), Ok(()));
    }

    #[test]
    fn where_nothing_is_recognisable_only_a_rejection_out_of_term_can_follow() {
        let hopeless = Requested {
            nothing_recognisable: true,
            ..asked()
        };
        let judged = |proposed: &Proposed| judge(proposed, &hopeless, Evidence::default());
        assert_eq!(
            judged(&proposal(Outcome::Acceptance, Some(asked().whole), &[])),
            Err(Refused::GrantExceedsRequest)
        );
        assert_eq!(
            judged(&proposal(
                Outcome::Rejection,
                None,
                &[RejectionReason::NotTransient]
            )),
            Err(Refused::OutcomeMismatch)
        );
        assert_eq!(
            judged(&proposal(
                Outcome::Rejection,
                None,
                &[RejectionReason::OutOfTerm]
            )),
            Ok(())
        );
    }

    #[test]
    fn every_decision_states_its_grounds_in_fifty_characters_at_least() {
        let mut proposed = proposal(Outcome::Acceptance, Some(asked().whole), &[]);
        proposed.motivation = format!("  {}  ", "è".repeat(49));
        assert_eq!(verdict(&proposed), Err(Refused::MotivationMissing));
        proposed.motivation = "è".repeat(50);
        assert_eq!(verdict(&proposed), Ok(()));
    }

    #[test]
    fn lack_of_evidence_needs_a_supplement_first() {
        let proposed = proposal(
            Outcome::Rejection,
            None,
            &[RejectionReason::InsufficientEvidence],
        );
        assert_eq!(verdict(&proposed), Err(Refused::SupplementNotActivated));
        let asked_for = Evidence {
            supplement_activated: true,
            ..Evidence::default()
        };
        assert_eq!(judge(&proposed, &asked(), asked_for), Ok(()));
    }

    #[test]
    fn work_that_resumed_proves_transience_and_heals_gaps_of_evidence() {
        let resumed = Evidence {
            supplement_activated: true,
            activity_resumed_on: Some(day("2026-11-02")),
        };
        for reason in [
            RejectionReason::InsufficientEvidence,
            RejectionReason::NotTransient,
        ] {
            let proposed = proposal(Outcome::Rejection, None, &[reason]);
            assert_eq!(
                judge(&proposed, &asked(), resumed),
                Err(Refused::ResumptionProvesTransience)
            );
        }
        let other = proposal(
            Outcome::Rejection,
            None,
            &[RejectionReason::AttributableToFirm],
        );
        assert_eq!(judge(&other, &asked(), resumed), Ok(()));
    }
}
