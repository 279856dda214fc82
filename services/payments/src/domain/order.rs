//! Payment orders (`claims.md` PAY-10) and what they move on the accounts.

use kernel::coded;
use uuid::Uuid;

coded! {
    /// Where an order stands.
    pub enum OrderState {
        /// In a batch.
        Ordered = "ORDERED",
        /// The answer is overdue, or says that the outcome is not known.
        Unknown = "UNKNOWN",
        /// Executed.
        Paid = "PAID",
        /// Refused or sent back.
        Returned = "RETURNED",
    }
}

coded! {
    /// What the bank says of an order.
    pub enum Outcome {
        /// Executed.
        Paid = "PAID",
        /// Refused, or sent back after it was executed.
        Returned = "RETURNED",
        /// Not known yet.
        Unknown = "UNKNOWN",
        /// On its way: taken in, and nothing more.
        Accepted = "ACCEPTED",
    }
}

/// What an answer of the bank does to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It stands elsewhere now.
    Becomes(OrderState),
    /// Nothing new.
    Nothing,
    /// The answer cannot be: what was sent back is not paid afterwards, and nothing is paid by another amount.
    Contradicts,
}

impl OrderState {
    /// What an answer does. An order that was sent back is at its end: a new attempt has an id of its own.
    pub fn answered(self, outcome: Outcome) -> Effect {
        match (self, outcome) {
            (Self::Ordered | Self::Unknown, Outcome::Paid) => Effect::Becomes(Self::Paid),
            (Self::Ordered | Self::Unknown | Self::Paid, Outcome::Returned) => {
                Effect::Becomes(Self::Returned)
            }
            (Self::Ordered, Outcome::Unknown) => Effect::Becomes(Self::Unknown),
            (Self::Returned, Outcome::Paid) => Effect::Contradicts,
            _ => Effect::Nothing,
        }
    }

    /// Whether the line of the order may not be ordered again.
    pub fn is_alive(self) -> bool {
        self != Self::Returned
    }
}

coded! {
    /// The accounts. Debits are above zero, credits below.
    pub enum Account {
        /// What was due to workers, gross.
        Benefits = "BENEFITS",
        /// The reduction of 5.84 %, which INPS keeps (art. 26 L. 41/1986).
        Reduction = "REDUCTION",
        /// Ordered, and not answered.
        BankClearing = "BANK_CLEARING",
        /// What left the treasury, less what came back.
        Treasury = "TREASURY",
        /// What workers were paid too much and have not given back.
        Receivable = "RECEIVABLE",
        /// What was given up of it.
        WriteOffs = "WRITE_OFFS",
        /// What workers gave back and did not owe after all.
        RefundsDue = "REFUNDS_DUE",
    }
}

coded! {
    /// What moves money.
    pub enum Movement {
        /// A line is ordered.
        Ordered = "ORDERED",
        /// The bank executed.
        Paid = "PAID",
        /// The bank sent back.
        Returned = "RETURNED",
    }
}

/// What a movement posts for an order of so many cents. `from` is where the order stood. The sum is zero, whatever the
/// amounts.
pub fn postings(movement: Movement, from: OrderState, gross: i64, net: i64) -> Vec<(Account, i64)> {
    let reduction = gross - net;
    let posted = match movement {
        Movement::Ordered => vec![
            (Account::Benefits, gross),
            (Account::Reduction, -reduction),
            (Account::BankClearing, -net),
        ],
        Movement::Paid => vec![(Account::BankClearing, net), (Account::Treasury, -net)],
        Movement::Returned => {
            let back = if from == OrderState::Paid {
                Account::Treasury
            } else {
                Account::BankClearing
            };
            vec![
                (back, net),
                (Account::Reduction, reduction),
                (Account::Benefits, -gross),
            ]
        }
    };
    posted
        .into_iter()
        .filter(|(_, cents)| *cents != 0)
        .collect()
}

const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// End-to-end id of an attempt: flow, line and attempt, in 32 characters that every bank passes on. Different attempts never
/// share one, and the same attempt always has the same.
pub fn end_to_end_id(flow: Uuid, number: u32, attempt: u32) -> String {
    [
        (flow.as_u128(), 26),
        (number.into(), 4),
        (attempt.into(), 2),
    ]
    .map(|(value, digits)| base32(value, digits))
    .concat()
}

/// A number in so many digits to the base of 32, which every bank passes on.
pub(super) fn base32(value: u128, digits: u32) -> String {
    let digit = |place| usize::try_from((value >> (5 * place)) & 31).unwrap_or(0);
    (0..digits)
        .rev()
        .map(|place| char::from(DIGITS[digit(place)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_unknown_outcome_ends_by_an_answer_alone() {
        use OrderState::{Ordered, Paid, Returned, Unknown};
        let answered = |state: OrderState| {
            [
                Outcome::Paid,
                Outcome::Returned,
                Outcome::Unknown,
                Outcome::Accepted,
            ]
            .map(|outcome| state.answered(outcome))
        };
        let (paid, returned) = (Effect::Becomes(Paid), Effect::Becomes(Returned));
        let nothing = Effect::Nothing;
        assert_eq!(
            answered(Ordered),
            [paid, returned, Effect::Becomes(Unknown), nothing]
        );
        assert_eq!(answered(Unknown), [paid, returned, nothing, nothing]);
        assert_eq!(answered(Paid), [nothing, returned, nothing, nothing]);
        assert_eq!(
            answered(Returned),
            [Effect::Contradicts, nothing, nothing, nothing]
        );
        assert!(Unknown.is_alive() && !Returned.is_alive());
    }

    /// Every way that an order can go, with where the money is at its end.
    fn lives() -> Vec<Vec<(Movement, OrderState)>> {
        let ordered = (Movement::Ordered, OrderState::Ordered);
        let paid = (Movement::Paid, OrderState::Unknown);
        vec![
            vec![ordered],
            vec![ordered, paid],
            vec![ordered, (Movement::Returned, OrderState::Ordered)],
            vec![ordered, paid, (Movement::Returned, OrderState::Paid)],
        ]
    }

    fn balances(
        life: &[(Movement, OrderState)],
        gross: i64,
        net: i64,
    ) -> [i64; Account::ALL.len()] {
        let mut balances = [0; Account::ALL.len()];
        for (movement, from) in life {
            for (account, cents) in postings(*movement, *from, gross, net) {
                balances[account as usize] += cents;
            }
        }
        balances
    }

    proptest! {
        #[test]
        fn the_accounts_sum_to_zero_after_every_movement(net in 1_i64..1_000_000, reduction in 0_i64..100_000) {
            for (movement, from) in lives().concat() {
                let posted = postings(movement, from, net + reduction, net);
                prop_assert_eq!(posted.iter().map(|(_, cents)| cents).sum::<i64>(), 0);
            }
        }

        #[test]
        fn what_is_sent_back_leaves_nothing_behind(net in 1_i64..1_000_000, reduction in 0_i64..100_000) {
            let gross = net + reduction;
            let [in_transit, paid, returned, taken_back] =
                [0, 1, 2, 3].map(|life| balances(&lives()[life], gross, net));
            prop_assert_eq!(in_transit, [gross, -reduction, -net, 0, 0, 0, 0]);
            prop_assert_eq!(paid, [gross, -reduction, 0, -net, 0, 0, 0]);
            prop_assert_eq!(returned, [0; Account::ALL.len()]);
            prop_assert_eq!(taken_back, [0; Account::ALL.len()]);
        }

        #[test]
        fn attempts_have_ids_of_their_own(flow in any::<u128>(), number in 1_u32..=200_000, attempt in 1_u32..1_000) {
            let flow = Uuid::from_u128(flow);
            let ids: HashSet<_> = [(number, attempt), (number + 1, attempt), (number, attempt + 1)]
                .map(|(number, attempt)| end_to_end_id(flow, number, attempt))
                .into();
            prop_assert_eq!(ids.len(), 3);
            prop_assert!(ids.iter().all(|id| id.len() == 32 && id.bytes().all(|it| it.is_ascii_alphanumeric())));
        }
    }
}
