//! Where a claim stands, and what may happen to it there (`claims.md` §10.1).

use super::codes::coded;
use super::decision::Outcome;
use super::desk::Action;
use super::role::Role;

coded! {
    /// State of a claim.
    pub enum State {
        /// Bozza.
        Draft = "DRAFT",
        /// Protocollata.
        Submitted = "SUBMITTED",
        /// Assegnata.
        Assigned = "ASSIGNED",
        /// In istruttoria.
        UnderReview = "UNDER_REVIEW",
        /// Supplemento istruttorio.
        SupplementPending = "SUPPLEMENT_PENDING",
        /// Accolta.
        Accepted = "ACCEPTED",
        /// Parzialmente accolta.
        PartiallyAccepted = "PARTIALLY_ACCEPTED",
        /// Reiettata.
        Rejected = "REJECTED",
        /// Ritirata.
        Withdrawn = "WITHDRAWN",
        /// Annullata.
        Annulled = "ANNULLED",
        /// In riesame.
        UnderReexamination = "UNDER_REEXAMINATION",
        /// In ricorso.
        UnderAppeal = "UNDER_APPEAL",
    }
}

/// What somebody wants to do with a claim. Deleting a draft is not among them: it leaves no state behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Protocol the draft (filer).
    Submit,
    /// Give it to an operator (P.O. officer).
    Assign,
    /// Move it to another office (director, P.O. officer).
    Transfer,
    /// Open the review (operator).
    TakeInCharge,
    /// A supplement of art. 11 DM 95442/2016 was sent (operator, P.O. officer).
    OpenSupplement,
    /// No supplement is open any more: answered, expired, withdrawn or not delivered.
    CloseSupplement,
    /// Adopt the proposed decision (director or delegate).
    Adopt(Outcome),
    /// Withdraw (filer).
    Withdraw,
    /// Annul ex officio (director, manager).
    Annul,
    /// Reexamine the decision (filer, director, manager).
    Reexamine,
    /// Appeal against the decision (filer).
    Appeal,
    /// Record what the committee decided.
    SettleAppeal(Outcome),
}

impl Command {
    /// Every command.
    pub const ALL: [Self; 16] = [
        Self::Submit,
        Self::Assign,
        Self::Transfer,
        Self::TakeInCharge,
        Self::OpenSupplement,
        Self::CloseSupplement,
        Self::Adopt(Outcome::Acceptance),
        Self::Adopt(Outcome::PartialAcceptance),
        Self::Adopt(Outcome::Rejection),
        Self::Withdraw,
        Self::Annul,
        Self::Reexamine,
        Self::Appeal,
        Self::SettleAppeal(Outcome::Acceptance),
        Self::SettleAppeal(Outcome::PartialAcceptance),
        Self::SettleAppeal(Outcome::Rejection),
    ];
}

impl Command {
    /// How it is recorded.
    pub fn action(self) -> Action {
        match self {
            Self::Submit => Action::Submit,
            Self::Assign => Action::Assign,
            Self::Transfer => Action::Transfer,
            Self::TakeInCharge => Action::TakeInCharge,
            Self::OpenSupplement => Action::OpenSupplement,
            Self::CloseSupplement => Action::CloseSupplement,
            // What settles an appeal is the decision that conforms; a dismissal says so by itself.
            Self::Adopt(_) | Self::SettleAppeal(_) => Action::Adopt,
            Self::Withdraw => Action::Withdraw,
            Self::Annul => Action::Annul,
            Self::Reexamine => Action::Reexamine,
            Self::Appeal => Action::Appeal,
        }
    }

    /// Whether a role makes this step (`claims.md` §10.1, §10.5). An officer or a manager who adopts needs a delegation
    /// of signature besides (CLM-15). What the committee decided is recorded by a manager; the decision that conforms to
    /// it is adopted as any other (CLM-25), so that only a dismissal is a manager's alone.
    pub fn is_for(self, role: Role) -> bool {
        let filer = role.quality().is_some();
        match self {
            Self::Submit | Self::Withdraw | Self::Appeal => filer,
            Self::Assign => role == Role::Po,
            Self::Transfer => matches!(role, Role::Po | Role::Dsede),
            Self::TakeInCharge | Self::OpenSupplement | Self::CloseSupplement => {
                matches!(role, Role::Sede | Role::Po)
            }
            Self::Adopt(_)
            | Self::SettleAppeal(Outcome::Acceptance | Outcome::PartialAcceptance) => {
                matches!(role, Role::Po | Role::Dir | Role::Dsede)
            }
            Self::Annul => matches!(role, Role::Dir | Role::Dsede),
            Self::Reexamine => filer || matches!(role, Role::Dir | Role::Dsede),
            Self::SettleAppeal(Outcome::Rejection) => role == Role::Dir,
        }
    }
}

/// A transition that the state machine does not draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a claim in state {} does not allow this", .0.code())]
pub struct InvalidState(pub State);

impl State {
    /// The state after a command; a transition that is not drawn is refused.
    pub fn after(self, command: Command) -> Result<Self, InvalidState> {
        use State::{
            Accepted, Annulled, Assigned, Draft, PartiallyAccepted, Rejected, Submitted,
            SupplementPending, UnderAppeal, UnderReexamination, UnderReview, Withdrawn,
        };
        match (self, command) {
            (Draft, Command::Submit) | (Submitted | Assigned, Command::Transfer) => Ok(Submitted),
            (Submitted, Command::Assign) => Ok(Assigned),
            (Submitted | Assigned, Command::TakeInCharge)
            | (SupplementPending, Command::CloseSupplement) => Ok(UnderReview),
            (UnderReview, Command::OpenSupplement) => Ok(SupplementPending),
            (UnderReview | UnderReexamination, Command::Adopt(outcome))
            | (UnderAppeal, Command::SettleAppeal(outcome)) => Ok(outcome.state()),
            (Submitted | Assigned | UnderReview | SupplementPending, Command::Withdraw) => {
                Ok(Withdrawn)
            }
            (Submitted | Assigned | UnderReview | Accepted | PartiallyAccepted, Command::Annul) => {
                Ok(Annulled)
            }
            (Accepted | PartiallyAccepted | Rejected, Command::Reexamine) => Ok(UnderReexamination),
            (PartiallyAccepted | Rejected, Command::Appeal) => Ok(UnderAppeal),
            (state, _) => Err(InvalidState(state)),
        }
    }

    /// Whether the claim counts against others for the same workers (`claims.md` CLM-10).
    pub fn is_live(self) -> bool {
        !matches!(
            self,
            Self::Draft | Self::Rejected | Self::Withdrawn | Self::Annulled
        )
    }

    /// Whether a P.O. officer may still move the claim to another operator: while somebody works on it (CLM-14).
    pub fn may_be_reassigned(self) -> bool {
        matches!(
            self,
            Self::Assigned | Self::UnderReview | Self::SupplementPending | Self::UnderReexamination
        )
    }

    /// Whether somebody has the claim in charge, or may take it from the queue to which it was handed back.
    pub fn is_worked_on(self) -> bool {
        matches!(
            self,
            Self::UnderReview | Self::SupplementPending | Self::UnderReexamination
        )
    }

    /// Whether a decision may be proposed.
    pub fn may_be_proposed(self) -> bool {
        self.after(Command::Adopt(Outcome::Rejection)).is_ok()
    }
}

#[cfg(test)]
mod transitions;

#[cfg(test)]
mod tests {
    use super::State::*;
    use super::*;
    use proptest::prelude::*;

    /// The arrows of `claims.md` §10.1, one by one.
    const DRAWN: [(State, State); 28] = [
        (Draft, Submitted),
        (Submitted, Submitted),
        (Submitted, Assigned),
        (Assigned, Submitted),
        (Submitted, UnderReview),
        (Assigned, UnderReview),
        (UnderReview, SupplementPending),
        (SupplementPending, UnderReview),
        (UnderReview, Accepted),
        (UnderReview, PartiallyAccepted),
        (UnderReview, Rejected),
        (Submitted, Withdrawn),
        (Assigned, Withdrawn),
        (UnderReview, Withdrawn),
        (SupplementPending, Withdrawn),
        (Submitted, Annulled),
        (Assigned, Annulled),
        (UnderReview, Annulled),
        (Accepted, Annulled),
        (PartiallyAccepted, Annulled),
        (Accepted, UnderReexamination),
        (PartiallyAccepted, UnderReexamination),
        (Rejected, UnderReexamination),
        (UnderReexamination, Accepted),
        (UnderReexamination, PartiallyAccepted),
        (UnderReexamination, Rejected),
        (PartiallyAccepted, UnderAppeal),
        (Rejected, UnderAppeal),
    ];
    /// The arrows that leave the appeal.
    const SETTLED: [(State, State); 3] = [
        (UnderAppeal, Rejected),
        (UnderAppeal, PartiallyAccepted),
        (UnderAppeal, Accepted),
    ];

    #[test]
    fn of_the_144_pairs_of_states_exactly_the_drawn_ones_can_follow_each_other() {
        for &from in State::ALL {
            for &to in State::ALL {
                let drawn = DRAWN.contains(&(from, to)) || SETTLED.contains(&(from, to));
                let reachable = Command::ALL
                    .iter()
                    .any(|&command| from.after(command) == Ok(to));
                assert_eq!(reachable, drawn, "{from:?} to {to:?}");
            }
        }
    }

    #[test]
    fn each_command_is_allowed_exactly_where_the_page_draws_it() {
        let allowed: [(Command, &[State]); 12] = [
            (Command::Submit, &[Draft]),
            (Command::Assign, &[Submitted]),
            (Command::Transfer, &[Submitted, Assigned]),
            (Command::TakeInCharge, &[Submitted, Assigned]),
            (Command::OpenSupplement, &[UnderReview]),
            (Command::CloseSupplement, &[SupplementPending]),
            (
                Command::Adopt(Outcome::Acceptance),
                &[UnderReview, UnderReexamination],
            ),
            (
                Command::Withdraw,
                &[Submitted, Assigned, UnderReview, SupplementPending],
            ),
            (
                Command::Annul,
                &[
                    Submitted,
                    Assigned,
                    UnderReview,
                    Accepted,
                    PartiallyAccepted,
                ],
            ),
            (Command::Reexamine, &[Accepted, PartiallyAccepted, Rejected]),
            (Command::Appeal, &[PartiallyAccepted, Rejected]),
            (Command::SettleAppeal(Outcome::Rejection), &[UnderAppeal]),
        ];
        for (command, states) in allowed {
            for &state in State::ALL {
                assert_eq!(
                    state.after(command).is_ok(),
                    states.contains(&state),
                    "{command:?} in {state:?}"
                );
            }
        }
    }

    #[test]
    fn a_refused_transition_names_the_state_that_refused_it() {
        assert_eq!(
            Withdrawn.after(Command::TakeInCharge),
            Err(InvalidState(Withdrawn))
        );
    }

    #[test]
    fn eight_states_are_live() {
        let live: Vec<_> = State::ALL.iter().filter(|state| state.is_live()).collect();
        assert_eq!(live.len(), 8);
    }

    #[test]
    fn codes_print_and_parse_back() {
        for &state in State::ALL {
            assert_eq!(State::parse(state.code()), Some(state));
        }
    }

    proptest! {
        #[test]
        fn whatever_happens_a_claim_never_becomes_a_draft_again_nor_leaves_its_end(
            commands in prop::collection::vec(prop::sample::select(Command::ALL.to_vec()), 0..40)
        ) {
            let mut state = Draft;
            for command in commands {
                let before = state;
                state = before.after(command).unwrap_or(before);
                prop_assert!(state != Draft || before == Draft);
                prop_assert!(!matches!(before, Withdrawn | Annulled) || state == before);
            }
        }
    }
}
