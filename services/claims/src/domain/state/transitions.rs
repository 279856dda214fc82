//! Every transition of `claims.md` §10.1, allowed and forbidden, by every role of `identity.md` §4 that meets claims: one
//! named test each, `state::command::role`. What is expected is written here a second time, as the page draws it.

use super::super::role::Role;
use super::{Command, Outcome, State};

/// Where the page draws the command, and where it leads.
fn drawn(state: State, command: Command) -> Option<State> {
    use State::{
        Accepted, Annulled, Assigned, Draft, PartiallyAccepted, Rejected, Submitted,
        SupplementPending, UnderAppeal, UnderReexamination, UnderReview, Withdrawn,
    };
    let arrows: &[(State, State)] = match command {
        Command::Submit => &[(Draft, Submitted)],
        Command::Assign => &[(Submitted, Assigned)],
        Command::Transfer => &[(Submitted, Submitted), (Assigned, Submitted)],
        Command::TakeInCharge => &[(Submitted, UnderReview), (Assigned, UnderReview)],
        Command::OpenSupplement => &[(UnderReview, SupplementPending)],
        Command::CloseSupplement => &[(SupplementPending, UnderReview)],
        Command::Adopt(Outcome::Acceptance) => {
            &[(UnderReview, Accepted), (UnderReexamination, Accepted)]
        }
        Command::Adopt(Outcome::PartialAcceptance) => &[
            (UnderReview, PartiallyAccepted),
            (UnderReexamination, PartiallyAccepted),
        ],
        Command::Adopt(Outcome::Rejection) => {
            &[(UnderReview, Rejected), (UnderReexamination, Rejected)]
        }
        Command::Withdraw => &[
            (Submitted, Withdrawn),
            (Assigned, Withdrawn),
            (UnderReview, Withdrawn),
            (SupplementPending, Withdrawn),
        ],
        Command::Annul => &[
            (Submitted, Annulled),
            (Assigned, Annulled),
            (UnderReview, Annulled),
            (Accepted, Annulled),
            (PartiallyAccepted, Annulled),
        ],
        Command::Reexamine => &[
            (Accepted, UnderReexamination),
            (PartiallyAccepted, UnderReexamination),
            (Rejected, UnderReexamination),
        ],
        Command::Appeal => &[(PartiallyAccepted, UnderAppeal), (Rejected, UnderAppeal)],
        Command::SettleAppeal(Outcome::Acceptance) => &[(UnderAppeal, Accepted)],
        Command::SettleAppeal(Outcome::PartialAcceptance) => &[(UnderAppeal, PartiallyAccepted)],
        Command::SettleAppeal(Outcome::Rejection) => &[(UnderAppeal, Rejected)],
    };
    arrows
        .iter()
        .find(|(from, _)| *from == state)
        .map(|(_, to)| *to)
}

/// Who makes the step, by the ids of §1.1.
fn makers(command: Command) -> &'static [&'static str] {
    const FILERS: &[&str] = &["AZ-TIT", "AZ-LR", "AZ-CON", "INT"];
    match command {
        Command::Submit | Command::Withdraw | Command::Appeal => FILERS,
        Command::Assign => &["PO"],
        Command::Transfer => &["PO", "DSEDE"],
        Command::TakeInCharge | Command::OpenSupplement | Command::CloseSupplement => {
            &["SEDE", "PO"]
        }
        Command::Adopt(_) => &["PO", "DIR", "DSEDE"],
        Command::Annul => &["DIR", "DSEDE"],
        Command::Reexamine => &["AZ-TIT", "AZ-LR", "AZ-CON", "INT", "DIR", "DSEDE"],
        Command::SettleAppeal(Outcome::Acceptance | Outcome::PartialAcceptance) => {
            &["PO", "DIR", "DSEDE"]
        }
        Command::SettleAppeal(Outcome::Rejection) => &["DIR"],
    }
}

/// Holds one case against the domain. A role that claims do not know makes no step at all.
fn holds(state: State, command: Command, role: &str) {
    let may = Role::parse(role).is_some_and(|role| command.is_for(role));
    let reached = state.after(command).ok().filter(|_| may);
    let expected = drawn(state, command).filter(|_| makers(command).contains(&role));
    assert_eq!(reached, expected);
}

macro_rules! by_role {
    ($state:ident, $command:expr) => {
        by_role!(@each $state, $command,
            owner = "AZ-TIT", legal_representative = "AZ-LR", consultant = "AZ-CON", intermediary = "INT",
            worker = "LAV", operator = "SEDE", position_officer = "PO", manager = "DIR", director = "DSEDE",
            regional_director = "DREG", metropolitan_director = "DCM", advisor = "ADV");
    };
    (@each $state:ident, $command:expr, $($name:ident = $role:literal),+) => {
        use super::*;
        $(#[test] fn $name() { holds(State::$state, $command, $role); })+
    };
}

macro_rules! by_command {
    ($($module:ident = $state:ident),+ $(,)?) => {
        $(mod $module {
            use super::*;
            mod submit { by_role!($state, Command::Submit); }
            mod assign { by_role!($state, Command::Assign); }
            mod transfer { by_role!($state, Command::Transfer); }
            mod take_in_charge { by_role!($state, Command::TakeInCharge); }
            mod open_supplement { by_role!($state, Command::OpenSupplement); }
            mod close_supplement { by_role!($state, Command::CloseSupplement); }
            mod adopt_acceptance { by_role!($state, Command::Adopt(Outcome::Acceptance)); }
            mod adopt_partial { by_role!($state, Command::Adopt(Outcome::PartialAcceptance)); }
            mod adopt_rejection { by_role!($state, Command::Adopt(Outcome::Rejection)); }
            mod withdraw { by_role!($state, Command::Withdraw); }
            mod annul { by_role!($state, Command::Annul); }
            mod reexamine { by_role!($state, Command::Reexamine); }
            mod appeal { by_role!($state, Command::Appeal); }
            mod settle_upheld { by_role!($state, Command::SettleAppeal(Outcome::Acceptance)); }
            mod settle_partly { by_role!($state, Command::SettleAppeal(Outcome::PartialAcceptance)); }
            mod settle_dismissed { by_role!($state, Command::SettleAppeal(Outcome::Rejection)); }
        })+
    };
}

by_command! {
    draft = Draft,
    submitted = Submitted,
    assigned = Assigned,
    under_review = UnderReview,
    supplement_pending = SupplementPending,
    accepted = Accepted,
    partially_accepted = PartiallyAccepted,
    rejected = Rejected,
    withdrawn = Withdrawn,
    annulled = Annulled,
    under_reexamination = UnderReexamination,
    under_appeal = UnderAppeal,
}
