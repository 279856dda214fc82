//! The life of a claim as DASMO sees it: one step after the other, each on a civil day at an office.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use kernel::OfficeCode;

/// Where a claim stands (`claims.md` §10.1). Printed and parsed as the page spells it, such as `UNDER_REVIEW`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Bozza.
    Draft,
    /// Protocollata.
    Submitted,
    /// Assegnata.
    Assigned,
    /// In istruttoria.
    UnderReview,
    /// Supplemento istruttorio.
    SupplementPending,
    /// Accolta.
    Accepted,
    /// Parzialmente accolta.
    PartiallyAccepted,
    /// Reiettata.
    Rejected,
    /// Ritirata.
    Withdrawn,
    /// Annullata.
    Annulled,
    /// In riesame.
    UnderReexamination,
    /// In ricorso.
    UnderAppeal,
}

impl State {
    /// Every state, in the order of the page.
    pub const ALL: [Self; 12] = [
        Self::Draft,
        Self::Submitted,
        Self::Assigned,
        Self::UnderReview,
        Self::SupplementPending,
        Self::Accepted,
        Self::PartiallyAccepted,
        Self::Rejected,
        Self::Withdrawn,
        Self::Annulled,
        Self::UnderReexamination,
        Self::UnderAppeal,
    ];

    /// The name, such as `UNDER_REVIEW`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Submitted => "SUBMITTED",
            Self::Assigned => "ASSIGNED",
            Self::UnderReview => "UNDER_REVIEW",
            Self::SupplementPending => "SUPPLEMENT_PENDING",
            Self::Accepted => "ACCEPTED",
            Self::PartiallyAccepted => "PARTIALLY_ACCEPTED",
            Self::Rejected => "REJECTED",
            Self::Withdrawn => "WITHDRAWN",
            Self::Annulled => "ANNULLED",
            Self::UnderReexamination => "UNDER_REEXAMINATION",
            Self::UnderAppeal => "UNDER_APPEAL",
        }
    }

    /// The stage of the stock, for the states in which the office still owes the first decision.
    pub fn stage(self) -> Option<Stage> {
        match self {
            Self::Submitted | Self::Assigned => Some(Stage::ToTake),
            Self::UnderReview => Some(Stage::UnderReview),
            Self::SupplementPending => Some(Stage::Waiting),
            _ => None,
        }
    }

    /// The outcome, for the states that a decision leads to.
    pub fn outcome(self) -> Option<Outcome> {
        match self {
            Self::Accepted => Some(Outcome::Acceptance),
            Self::PartiallyAccepted => Some(Outcome::PartialAcceptance),
            Self::Rejected => Some(Outcome::Rejection),
            _ => None,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for State {
    type Err = UnknownState;

    fn from_str(code: &str) -> Result<Self, UnknownState> {
        Self::ALL
            .into_iter()
            .find(|state| state.code() == code)
            .ok_or(UnknownState)
    }
}

/// The text is not the name of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a state of claims.md §10.1")]
pub struct UnknownState;

/// Part of the stock (`claims.md` §9.2, "by stage").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// To take in charge.
    ToTake,
    /// Under review.
    UnderReview,
    /// Waiting for the employer.
    Waiting,
}

impl Stage {
    /// Every stage, in the order of the work.
    pub const ALL: [Self; 3] = [Self::ToTake, Self::UnderReview, Self::Waiting];

    /// The name, such as `TO_TAKE`.
    pub fn code(self) -> &'static str {
        match self {
            Self::ToTake => "TO_TAKE",
            Self::UnderReview => "UNDER_REVIEW",
            Self::Waiting => "WAITING",
        }
    }
}

/// Kind of a decision (`claims.md` CLM-16).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Accoglimento.
    Acceptance,
    /// Accoglimento parziale.
    PartialAcceptance,
    /// Reiezione.
    Rejection,
}

impl Outcome {
    /// The name, such as `PARTIAL_ACCEPTANCE`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Acceptance => "ACCEPTANCE",
            Self::PartialAcceptance => "PARTIAL_ACCEPTANCE",
            Self::Rejection => "REJECTION",
        }
    }
}

/// One step of a protocolled claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// State after the step.
    pub to: State,
    /// Civil day in Rome.
    pub day: NaiveDate,
    /// Office competent after the step.
    pub office: OfficeCode,
}

/// Where a claim stands after a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// State.
    pub state: State,
    /// Competent office.
    pub office: OfficeCode,
    /// Whether a decision was ever adopted.
    pub decided: bool,
    /// Day of the step. Never before the day of the step before, so that "at the end of D" has one answer even when
    /// two servers' clocks disagree around midnight.
    pub day: NaiveDate,
    /// Days spent waiting for the employer so far: for each stay in `SUPPLEMENT_PENDING`, the day it ended less the day
    /// it began (`claims.md` INT-9).
    pub waited_days: i32,
}

impl Standing {
    /// Whether the claim is in stock (giacenza): protocolled, and no decision yet.
    pub fn in_stock(&self) -> bool {
        !self.decided && self.state.stage().is_some()
    }
}

/// What a step adds to the measures of its day, at one office.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Movement {
    /// Protocolled.
    Received,
    /// First decision.
    Defined(Outcome),
    /// Withdrawn before a decision.
    Withdrawn,
    /// Annulled before a decision.
    Annulled,
    /// Came from another office.
    TransferredIn,
    /// Went to another office.
    TransferredOut,
}

/// Takes one step: where the claim stands then, and the movements that the step makes. The first step that is known of
/// a claim is its receipt, whatever it leads to; a claim that leaves the stock does so by exactly one movement. So the
/// identity of `claims.md` DAS-1 holds for every sequence of steps that this function takes.
///
/// # Errors
/// [`ImpossibleStep`] when a claim in stock goes to a state that `claims.md` §10.1 does not draw from there, since no
/// measure could tell it.
pub fn advance(
    before: Option<&Standing>,
    step: &Step,
) -> Result<(Standing, Vec<(OfficeCode, Movement)>), ImpossibleStep> {
    let day = before.map_or(step.day, |before| before.day.max(step.day));
    let after = Standing {
        state: step.to,
        office: step.office.clone(),
        decided: before.is_some_and(|before| before.decided) || step.to.outcome().is_some(),
        day,
        waited_days: before.map_or(0, |before| before.waited_days + waited(before, day)),
    };
    let mut movements = Vec::new();
    let was_pending = match before {
        None => {
            movements.push((step.office.clone(), Movement::Received));
            true
        }
        Some(before) => before.in_stock(),
    };
    if was_pending {
        if let Some(before) = before.filter(|before| before.office != step.office) {
            movements.push((before.office.clone(), Movement::TransferredOut));
            movements.push((step.office.clone(), Movement::TransferredIn));
        }
        if !after.in_stock() {
            movements.push((step.office.clone(), exit(step.to)?));
        }
    }
    Ok((after, movements))
}

/// Days from a step that put the claim on hold to the step after it.
fn waited(before: &Standing, until: NaiveDate) -> i32 {
    if before.state != State::SupplementPending {
        return 0;
    }
    i32::try_from((until - before.day).num_days()).unwrap_or(i32::MAX)
}

fn exit(to: State) -> Result<Movement, ImpossibleStep> {
    match (to, to.outcome()) {
        (_, Some(outcome)) => Ok(Movement::Defined(outcome)),
        (State::Withdrawn, None) => Ok(Movement::Withdrawn),
        (State::Annulled, None) => Ok(Movement::Annulled),
        (to, None) => Err(ImpossibleStep { to }),
    }
}

/// A claim that waits for its first decision cannot go there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a claim without a decision cannot become {to}")]
pub struct ImpossibleStep {
    /// Where it was said to go.
    pub to: State,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn office(code: &str) -> OfficeCode {
        code.parse().unwrap()
    }

    fn step(to: State, day: u32, at: &str) -> Step {
        Step {
            to,
            day: NaiveDate::from_ymd_opt(2026, 11, day).unwrap(),
            office: office(at),
        }
    }

    fn live(steps: &[Step]) -> (Standing, Vec<(OfficeCode, Movement)>) {
        let mut standing = None;
        let mut all = Vec::new();
        for step in steps {
            let (after, movements) = advance(standing.as_ref(), step).unwrap();
            standing = Some(after);
            all.extend(movements);
        }
        (standing.unwrap(), all)
    }

    #[test]
    fn a_claim_is_in_stock_from_its_protocol_to_its_first_decision() {
        let (standing, movements) = live(&[
            step(State::Submitted, 2, "490000"),
            step(State::UnderReview, 3, "490000"),
        ]);
        assert!(standing.in_stock());
        assert_eq!(movements, [(office("490000"), Movement::Received)]);

        let (standing, movements) = live(&[
            step(State::Submitted, 2, "490000"),
            step(State::UnderReview, 3, "490000"),
            step(State::Rejected, 9, "490000"),
        ]);
        assert!(!standing.in_stock());
        assert_eq!(
            movements[1],
            (office("490000"), Movement::Defined(Outcome::Rejection))
        );
    }

    #[test]
    fn a_transfer_leaves_one_office_and_enters_the_other() {
        let (_, movements) = live(&[
            step(State::Assigned, 2, "490000"),
            step(State::Submitted, 3, "490100"),
        ]);
        assert_eq!(
            movements[1..],
            [
                (office("490000"), Movement::TransferredOut),
                (office("490100"), Movement::TransferredIn)
            ]
        );
    }

    #[test]
    fn what_follows_the_first_decision_moves_no_stock() {
        let (standing, movements) = live(&[
            step(State::Submitted, 2, "490000"),
            step(State::UnderReview, 2, "490000"),
            step(State::Rejected, 4, "490000"),
            step(State::UnderReexamination, 6, "490000"),
            step(State::Accepted, 9, "490000"),
            step(State::Annulled, 11, "490000"),
        ]);
        assert!(standing.decided);
        assert_eq!(movements.len(), 2, "received and defined, once each");
    }

    #[test]
    fn a_clock_that_runs_back_over_midnight_does_not_move_a_claim_back_to_yesterday() {
        let (standing, _) = live(&[
            step(State::Submitted, 3, "490000"),
            step(State::UnderReview, 2, "490000"),
        ]);
        assert_eq!(standing.day, NaiveDate::from_ymd_opt(2026, 11, 3).unwrap());
    }

    #[test]
    fn every_stay_with_the_employer_is_taken_off_the_net_days() {
        let (standing, _) = live(&[
            step(State::Submitted, 2, "490000"),
            step(State::UnderReview, 3, "490000"),
            step(State::SupplementPending, 4, "490000"),
            step(State::UnderReview, 10, "490000"),
            step(State::SupplementPending, 12, "490000"),
            step(State::UnderReview, 12, "490000"),
            step(State::SupplementPending, 13, "490000"),
            step(State::UnderReview, 14, "490000"),
            step(State::Accepted, 20, "490000"),
        ]);
        assert_eq!(standing.waited_days, 6 + 1);
    }

    #[test]
    fn a_claim_without_a_decision_cannot_be_reexamined() {
        let submitted = live(&[step(State::Submitted, 2, "490000")]).0;
        let refused = advance(
            Some(&submitted),
            &step(State::UnderReexamination, 3, "490000"),
        );
        assert_eq!(
            refused,
            Err(ImpossibleStep {
                to: State::UnderReexamination
            })
        );
    }

    #[test]
    fn states_are_printed_and_parsed_alike() {
        for state in State::ALL {
            assert_eq!(state.code().parse(), Ok(state));
        }
        assert_eq!("BOZZA".parse::<State>(), Err(UnknownState));
    }
}
