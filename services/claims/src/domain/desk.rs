//! The desk of an office: notes, who does what, and how old what waits is.

use chrono::{DateTime, Days, NaiveDate, Utc};
use uuid::Uuid;

use super::codes::coded;
use super::role::{Actor, Role};
use super::state::State;

/// States in which a claim waits for its office.
pub const WAITING: [State; 5] = [
    State::Submitted,
    State::Assigned,
    State::UnderReview,
    State::SupplementPending,
    State::UnderReexamination,
];

coded! {
    /// What somebody did to a claim.
    pub enum Action {
        /// Began the draft.
        Draft = "DRAFT",
        /// Submitted it.
        Submit = "SUBMIT",
        /// Gave it to an operator.
        Assign = "ASSIGN",
        /// Moved it to another office.
        Transfer = "TRANSFER",
        /// Took it in charge.
        TakeInCharge = "TAKE_IN_CHARGE",
        /// Handed it over.
        HandOver = "HAND_OVER",
        /// Sent a supplement.
        OpenSupplement = "OPEN_SUPPLEMENT",
        /// The last supplement was closed.
        CloseSupplement = "CLOSE_SUPPLEMENT",
        /// Proposed a decision.
        Propose = "PROPOSE",
        /// Sent the proposal back.
        ReturnProposal = "RETURN_PROPOSAL",
        /// Adopted the proposal.
        Adopt = "ADOPT",
        /// The adoption was refused.
        AdoptionRefused = "ADOPTION_REFUSED",
        /// Withdrew it.
        Withdraw = "WITHDRAW",
        /// Annulled it ex officio.
        Annul = "ANNUL",
        /// It gave way to a claim that prevails.
        GiveWay = "GIVE_WAY",
        /// Opened a riesame.
        Reexamine = "REEXAMINE",
        /// Filed a ricorso.
        Appeal = "APPEAL",
        /// Recorded what the committee decided.
        RuleOnAppeal = "RULE_ON_APPEAL",
    }
}

coded! {
    /// Class of the age of a claim, in days since the protocol (DAS-2).
    pub enum AgeBand {
        /// Up to 15 days.
        UpTo15 = "0_15",
        /// Up to 30.
        UpTo30 = "16_30",
        /// Up to 60.
        UpTo60 = "31_60",
        /// Up to 90.
        UpTo90 = "61_90",
        /// Up to 180.
        UpTo180 = "91_180",
        /// Up to 365.
        UpTo365 = "181_365",
        /// More.
        Over365 = "OVER_365",
    }
}

impl AgeBand {
    /// The most days of it; `None` for the last.
    fn most(self) -> Option<u64> {
        match self {
            Self::UpTo15 => Some(15),
            Self::UpTo30 => Some(30),
            Self::UpTo60 => Some(60),
            Self::UpTo90 => Some(90),
            Self::UpTo180 => Some(180),
            Self::UpTo365 => Some(365),
            Self::Over365 => None,
        }
    }

    /// The class of a claim that was protocolled on a day.
    pub fn of(submitted_on: NaiveDate, today: NaiveDate) -> Self {
        let age = u64::try_from((today - submitted_on).num_days()).unwrap_or(0);
        let found = Self::ALL
            .iter()
            .find(|band| band.most().is_none_or(|most| age <= most));
        found.copied().unwrap_or(Self::Over365)
    }

    /// First and last day of the protocol of the claims in it; `None` where it is open.
    pub fn days(self, today: NaiveDate) -> (Option<NaiveDate>, Option<NaiveDate>) {
        let ago = |days: u64| today.checked_sub_days(Days::new(days));
        let younger = Self::ALL.iter().take_while(|band| **band != self).last();
        let first = self.most().and_then(ago);
        let last = younger
            .and_then(|band| band.most())
            .and_then(|most| ago(most + 1));
        (first, last)
    }
}

/// A note of the office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Id.
    pub id: Uuid,
    /// Text.
    pub text: String,
    /// Author.
    pub by: Actor,
    /// When.
    pub at: DateTime<Utc>,
    /// The note that it corrects.
    pub corrects: Option<Uuid>,
}

/// Somebody who holds a role at an office.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colleague {
    /// Opaque id.
    pub person: Uuid,
    /// In what role.
    pub role: Role,
}

/// Whether somebody of an office may be given claims to examine: an operator or a P.O. officer there.
pub fn examines(staff: &[Colleague], person: Uuid) -> bool {
    staff
        .iter()
        .any(|it| it.person == person && matches!(it.role, Role::Sede | Role::Po))
}

/// An office, as far as claims are moved there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficeFacts {
    /// Its title, such as `Direzione provinciale di Milano`.
    pub title: String,
    /// ISTAT code of its region, two digits.
    pub region_istat: String,
    /// Whether it works claims: regional directorates and coordinations do not (`claims.md` §1.2).
    pub works_claims: bool,
}

#[cfg(test)]
mod tests {
    use super::super::samples::day;
    use super::*;

    #[test]
    fn every_age_is_in_the_class_whose_days_hold_it() {
        let today = day("2026-09-10");
        for age in 0..800 {
            let submitted = today - Days::new(age);
            let band = AgeBand::of(submitted, today);
            for &other in AgeBand::ALL {
                let (first, last) = other.days(today);
                let inside = first.is_none_or(|first| first <= submitted)
                    && last.is_none_or(|last| submitted <= last);
                assert_eq!(inside, other == band, "{age} days, {other:?}");
            }
        }
        assert_eq!(AgeBand::of(day("2026-08-26"), today), AgeBand::UpTo15);
        assert_eq!(AgeBand::of(day("2026-08-25"), today), AgeBand::UpTo30);
    }

    #[test]
    fn a_manager_is_a_colleague_but_examines_nothing() {
        let person = Uuid::from_u128(1);
        let manager = Colleague {
            person,
            role: Role::Dir,
        };
        let officer = Colleague {
            person,
            role: Role::Po,
        };
        assert!(!examines(&[manager], person));
        assert!(examines(&[manager, officer], person));
        assert!(!examines(&[officer], Uuid::from_u128(2)));
    }
}
