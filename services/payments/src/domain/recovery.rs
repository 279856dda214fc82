//! Recovery of an over-payment: one paid line, and what of it the worker has to give back. The line stays paid; what is owed stands
//! on the accounts until it came back or was given up.

use chrono::{Months, NaiveDate, TimeDelta};
use kernel::{Cents, coded};
use uuid::Uuid;

use super::order::{Account, base32};

coded! {
    /// Where a recovery stands.
    pub enum RecoveryState {
        /// The worker sees it; the letter has not reached them.
        Opened = "OPENED",
        /// The term to repay runs.
        Notified = "NOTIFIED",
        /// Something came back.
        PartlyRepaid = "PARTLY_REPAID",
        /// Everything came back.
        Settled = "SETTLED",
        /// The rest was given up.
        WrittenOff = "WRITTEN_OFF",
        /// Nothing was to be recovered.
        Cancelled = "CANCELLED",
    }
}

coded! {
    /// Why money has to come back.
    pub enum RecoveryReason {
        /// The grant was annulled.
        GrantAnnulled = "GRANT_ANNULLED",
        /// The grant was reduced.
        GrantReduced = "GRANT_REDUCED",
        /// The employer declares fewer hours.
        LineCorrected = "LINE_CORRECTED",
        /// The worker had died before the month.
        PayeeDeceased = "PAYEE_DECEASED",
        /// The amount was wrong.
        AmountCorrected = "AMOUNT_CORRECTED",
        /// The worker was not entitled.
        NotEntitled = "NOT_ENTITLED",
    }
}

coded! {
    /// What is done to a recovery.
    pub enum RecoveryAction {
        /// It is opened.
        Open = "OPEN",
        /// The letter reached the worker.
        Notify = "NOTIFY",
        /// A later term is granted.
        Extend = "EXTEND",
        /// Money comes back.
        Repay = "REPAY",
        /// The rest is given up.
        WriteOff = "WRITE_OFF",
        /// It should not have been opened.
        Cancel = "CANCEL",
        /// The bank sent the payment itself back.
        SendBack = "SEND_BACK",
    }
}

/// Days to repay from the day on which the letter reached the worker.
const DAYS_TO_REPAY: i64 = 30;
/// Longest term that may be granted, from today.
const TERM_MOST: Months = Months::new(24);

/// Where a recovery stands, with its money in cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// State.
    pub state: RecoveryState,
    /// What is to come back, of the net.
    pub amount: i64,
    /// Part of the reduction of 5.84 % that goes back with it.
    pub reduction: i64,
    /// What came back.
    pub repaid: i64,
    /// What was given up.
    pub written_off: i64,
    /// Day on which the letter reached the worker.
    pub notified_on: Option<NaiveDate>,
    /// Last day to repay.
    pub due_on: Option<NaiveDate>,
}

/// Why a step is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The state does not allow it.
    #[error("a recovery in {} does not take this step", .0.code())]
    State(RecoveryState),
    /// More than is owed.
    #[error("only {0} cents are owed")]
    Exceeds(i64),
    /// A day out of its range.
    #[error("{0}")]
    Day(&'static str),
}

/// What a step came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// A change.
    Changed,
    /// The same step as before: nothing.
    Repeated,
}

impl Standing {
    /// A recovery that has just been opened.
    pub fn opened(amount: i64, reduction: i64) -> Self {
        Self {
            state: RecoveryState::Opened,
            amount,
            reduction,
            repaid: 0,
            written_off: 0,
            notified_on: None,
            due_on: None,
        }
    }

    /// What is still owed.
    pub fn outstanding(&self) -> i64 {
        if self.state == RecoveryState::Cancelled {
            0
        } else {
            self.amount - self.repaid - self.written_off
        }
    }

    /// What came back and was not owed after all.
    pub fn refund_due(&self) -> i64 {
        if self.state == RecoveryState::Cancelled {
            self.repaid
        } else {
            0
        }
    }

    /// Whether the term is over and something is owed.
    pub fn is_overdue(&self, today: NaiveDate) -> bool {
        self.outstanding() > 0 && self.due_on.is_some_and(|due| due < today)
    }

    /// The letter reached the worker: the term begins.
    pub fn notify(
        &mut self,
        on: NaiveDate,
        opened_on: NaiveDate,
        today: NaiveDate,
    ) -> Result<Taken, Refused> {
        if self.notified_on == Some(on) {
            return Ok(Taken::Repeated);
        }
        if self.notified_on.is_some() {
            return Err(Refused::State(self.state));
        }
        self.require_owed()?;
        if on < opened_on {
            return Err(Refused::Day("must not lie before the recovery was opened"));
        }
        if on > today {
            return Err(Refused::Day("must not lie in the future"));
        }
        self.notified_on = Some(on);
        self.due_on = Some(on + TimeDelta::days(DAYS_TO_REPAY));
        if self.state == RecoveryState::Opened {
            self.state = RecoveryState::Notified;
        }
        Ok(Taken::Changed)
    }

    /// A later term is granted.
    pub fn extend(&mut self, due: NaiveDate, today: NaiveDate) -> Result<Taken, Refused> {
        if self.due_on == Some(due) {
            return Ok(Taken::Repeated);
        }
        self.require_owed()?;
        let Some(before) = self.due_on else {
            return Err(Refused::State(self.state));
        };
        if due <= before {
            return Err(Refused::Day("must lie after the present term"));
        }
        if due > today + TERM_MOST {
            return Err(Refused::Day("must lie within two years from today"));
        }
        self.due_on = Some(due);
        Ok(Taken::Changed)
    }

    /// Money comes back.
    pub fn repay(&mut self, cents: i64, on: NaiveDate, today: NaiveDate) -> Result<Taken, Refused> {
        self.require_owed()?;
        if on > today {
            return Err(Refused::Day("must not lie in the future"));
        }
        if cents < 1 || cents > self.outstanding() {
            return Err(Refused::Exceeds(self.outstanding()));
        }
        self.repaid += cents;
        self.state = if self.outstanding() == 0 {
            RecoveryState::Settled
        } else {
            RecoveryState::PartlyRepaid
        };
        Ok(Taken::Changed)
    }

    /// The rest is given up.
    pub fn write_off(&mut self) -> Result<Taken, Refused> {
        if self.state == RecoveryState::WrittenOff {
            return Ok(Taken::Repeated);
        }
        self.require_owed()?;
        self.written_off = self.outstanding();
        self.state = RecoveryState::WrittenOff;
        Ok(Taken::Changed)
    }

    /// It should not have been opened. Not when money came back: that would have to be refunded.
    pub fn cancel(&mut self) -> Result<Taken, Refused> {
        if self.state == RecoveryState::Cancelled {
            return Ok(Taken::Repeated);
        }
        self.require_owed()?;
        if self.repaid > 0 {
            return Err(Refused::State(self.state));
        }
        self.state = RecoveryState::Cancelled;
        Ok(Taken::Changed)
    }

    /// The bank sent the payment itself back: nothing is owed, and what came back is to be refunded.
    pub fn send_back(&mut self) {
        self.state = RecoveryState::Cancelled;
    }

    fn require_owed(&self) -> Result<(), Refused> {
        if self.outstanding() > 0 {
            Ok(())
        } else {
            Err(Refused::State(self.state))
        }
    }
}

/// What a step from one standing to another posts. The sum is zero, whatever the amounts; empty when no money moves.
pub fn postings(
    action: RecoveryAction,
    before: &Standing,
    after: &Standing,
) -> Vec<(Account, i64)> {
    let (amount, reduction) = (after.amount, after.reduction);
    let posted = match action {
        RecoveryAction::Open => vec![
            (Account::Receivable, amount),
            (Account::Reduction, reduction),
            (Account::Benefits, -(amount + reduction)),
        ],
        RecoveryAction::Repay => {
            let back = after.repaid - before.repaid;
            vec![(Account::Treasury, back), (Account::Receivable, -back)]
        }
        RecoveryAction::WriteOff => {
            let rest = after.written_off - before.written_off;
            vec![(Account::WriteOffs, rest), (Account::Receivable, -rest)]
        }
        RecoveryAction::Cancel | RecoveryAction::SendBack => vec![
            (Account::Benefits, amount + reduction),
            (Account::Reduction, -reduction),
            (Account::Receivable, -before.outstanding()),
            (Account::WriteOffs, -before.written_off),
            (Account::RefundsDue, -before.repaid),
        ],
        RecoveryAction::Notify | RecoveryAction::Extend => Vec::new(),
    };
    posted
        .into_iter()
        .filter(|(_, cents)| *cents != 0)
        .collect()
}

/// Kind of the entry of a step that moves money.
pub fn entry_kind(action: RecoveryAction) -> &'static str {
    match action {
        RecoveryAction::Open => "RECOVERY_OPENED",
        RecoveryAction::Repay => "REPAID",
        RecoveryAction::WriteOff => "WRITTEN_OFF",
        RecoveryAction::Cancel | RecoveryAction::SendBack => "RECOVERY_CANCELLED",
        RecoveryAction::Notify | RecoveryAction::Extend => "",
    }
}

/// What was paid for a line, and what of it other recoveries are for already, in cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paid {
    /// Gross.
    pub gross: i64,
    /// Net: what the worker received.
    pub net: i64,
    /// Of the net, what is being recovered, was, or was given up.
    pub recovered: i64,
    /// Of the reduction, what went back with it.
    pub reduction: i64,
}

impl Paid {
    /// What may be recovered yet.
    pub fn left(&self) -> i64 {
        self.net - self.recovered
    }

    /// A recovery of so many cents, or of all that is left. All recoveries of a line together take the part of the reduction that
    /// goes with their sum, to the cent: the last one may take a cent more or less for it. `Err` with what is left.
    pub fn recover(&self, wanted: Option<i64>) -> Result<Standing, i64> {
        let left = self.left();
        let amount = wanted.unwrap_or(left);
        if amount <= 0 || amount > left {
            return Err(left);
        }
        let of_all = Cents::new(self.recovered + amount)
            .checked_ratio(self.gross - self.net, self.net)
            .ok_or(left)?;
        Ok(Standing::opened(amount, of_all.get() - self.reduction))
    }
}

/// Code that a worker writes on the transfer: `REC` and the id in 26 characters.
pub fn code_of(id: Uuid) -> String {
    format!("REC{}", base32(id.as_u128(), 26))
}

/// The code in a text that came with money, if one stands in it, whatever stands around it.
pub fn code_in(text: &str) -> Option<String> {
    let text = text.to_ascii_uppercase();
    text.split(|it: char| !it.is_ascii_alphanumeric())
        .find(|word| word.len() == CODE_LENGTH && word.starts_with("REC"))
        .map(str::to_owned)
}

/// Characters of a code.
const CODE_LENGTH: usize = 29;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::samples::day;

    fn owed(amount: i64) -> Standing {
        Standing::opened(amount, 0)
    }

    /// Money comes back today.
    fn repaid(one: &mut Standing, cents: i64) -> Result<Taken, Refused> {
        let today = day(2026, 11, 3);
        one.repay(cents, today, today)
    }

    #[test]
    fn the_term_runs_from_the_day_of_the_letter() {
        let (opened, today) = (day(2026, 10, 25), day(2026, 11, 3));
        let mut one = owed(100);
        let early = one.notify(day(2026, 10, 24), opened, today);
        assert!(matches!(early, Err(Refused::Day(_))));
        let late = one.notify(day(2026, 11, 4), opened, today);
        assert!(matches!(late, Err(Refused::Day(_))));
        let on = day(2026, 11, 2);
        assert_eq!(one.notify(on, opened, today), Ok(Taken::Changed));
        assert_eq!(one.notify(on, opened, today), Ok(Taken::Repeated));
        let another = one.notify(today, opened, today);
        assert_eq!(another, Err(Refused::State(RecoveryState::Notified)));
        assert_eq!(one.due_on, Some(day(2026, 12, 2)));
        assert!(!one.is_overdue(day(2026, 12, 2)));
        assert!(one.is_overdue(day(2026, 12, 3)));
    }

    #[test]
    fn a_term_is_only_ever_moved_later_and_within_two_years() {
        let today = day(2026, 11, 3);
        let mut one = owed(100);
        let before = one.extend(day(2027, 1, 1), today);
        assert_eq!(before, Err(Refused::State(RecoveryState::Opened)));
        one.notify(today, today, today).unwrap();
        assert!(matches!(
            one.extend(day(2026, 12, 2), today),
            Err(Refused::Day(_))
        ));
        assert!(matches!(
            one.extend(day(2028, 11, 4), today),
            Err(Refused::Day(_))
        ));
        assert_eq!(one.extend(day(2028, 11, 3), today), Ok(Taken::Changed));
        assert_eq!(one.extend(day(2028, 11, 3), today), Ok(Taken::Repeated));
    }

    #[test]
    fn money_comes_back_up_to_what_is_owed() {
        let mut one = owed(100);
        repaid(&mut one, 40).unwrap();
        assert_eq!(one.state, RecoveryState::PartlyRepaid);
        assert_eq!(repaid(&mut one, 61), Err(Refused::Exceeds(60)));
        let tomorrow = one.repay(60, day(2026, 11, 4), day(2026, 11, 3));
        assert!(matches!(tomorrow, Err(Refused::Day(_))));
        repaid(&mut one, 60).unwrap();
        assert_eq!((one.state, one.outstanding()), (RecoveryState::Settled, 0));
        assert_eq!(
            repaid(&mut one, 1),
            Err(Refused::State(RecoveryState::Settled))
        );
        assert_eq!(one.write_off(), Err(Refused::State(RecoveryState::Settled)));
    }

    #[test]
    fn a_repayment_before_the_letter_does_not_hinder_it() {
        let today = day(2026, 11, 3);
        let mut one = owed(100);
        repaid(&mut one, 40).unwrap();
        assert_eq!(one.notify(today, today, today), Ok(Taken::Changed));
        assert_eq!(one.state, RecoveryState::PartlyRepaid);
    }

    #[test]
    fn what_came_back_forbids_to_cancel_and_not_to_give_up_the_rest() {
        let mut one = owed(100);
        repaid(&mut one, 40).unwrap();
        assert_eq!(
            one.cancel(),
            Err(Refused::State(RecoveryState::PartlyRepaid))
        );
        assert_eq!(one.write_off(), Ok(Taken::Changed));
        assert_eq!(one.write_off(), Ok(Taken::Repeated));
        assert_eq!((one.written_off, one.outstanding()), (60, 0));
        let mut other = owed(100);
        assert_eq!(other.cancel(), Ok(Taken::Changed));
        assert_eq!(other.cancel(), Ok(Taken::Repeated));
        assert_eq!(other.outstanding(), 0);
    }

    #[test]
    fn a_code_is_found_in_what_people_write() {
        let code = code_of(Uuid::from_u128(7));
        assert_eq!(code.len(), CODE_LENGTH);
        let written = format!("Restituzione {} - Rossi", code.to_lowercase());
        assert_eq!(code_in(&written), Some(code));
        assert_eq!(code_in("RECUPERO di quanto versato"), None);
    }

    /// A step of somebody, and what it posts.
    fn step(one: &mut Standing, kind: u8, cents: i64) -> Vec<(Account, i64)> {
        let before = *one;
        let today = day(2026, 11, 3);
        let action = match kind {
            0 => one
                .notify(today, today, today)
                .map(|_| RecoveryAction::Notify),
            1 => repaid(one, cents).map(|_| RecoveryAction::Repay),
            2 => one.write_off().map(|_| RecoveryAction::WriteOff),
            3 => one.cancel().map(|_| RecoveryAction::Cancel),
            _ => {
                let first = one.state != RecoveryState::Cancelled;
                one.send_back();
                first
                    .then_some(RecoveryAction::SendBack)
                    .ok_or(Refused::State(one.state))
            }
        };
        match action {
            Ok(action) if *one != before => postings(action, &before, one),
            _ => Vec::new(),
        }
    }

    proptest! {
        #[test]
        fn the_accounts_sum_to_zero_and_hold_what_is_owed_after_every_step(
            amount in 1_i64..1_000, reduction in 0_i64..100, steps in proptest::collection::vec((0_u8..5, 1_i64..500), 0..8)
        ) {
            let mut one = Standing::opened(amount, reduction);
            let mut balances = [0_i64; Account::ALL.len()];
            let mut post = |posted: Vec<(Account, i64)>| {
                for (account, cents) in posted {
                    balances[account as usize] += cents;
                }
                balances
            };
            post(postings(RecoveryAction::Open, &one, &one));
            for (kind, cents) in steps {
                let balances = post(step(&mut one, kind, cents));
                let of = |account: Account| balances[account as usize];
                prop_assert_eq!(balances.iter().sum::<i64>(), 0);
                prop_assert_eq!(of(Account::Receivable), one.outstanding());
                prop_assert_eq!(of(Account::Treasury), one.repaid);
                prop_assert_eq!(of(Account::RefundsDue), -one.refund_due());
                let cancelled = one.state == RecoveryState::Cancelled;
                prop_assert_eq!(of(Account::Benefits), if cancelled { 0 } else { -(amount + reduction) });
                prop_assert_eq!(of(Account::WriteOffs), if cancelled { 0 } else { one.written_off });
                prop_assert!(one.repaid + one.written_off <= amount);
            }
        }

        #[test]
        fn recoveries_of_a_line_never_exceed_it_and_together_take_its_whole_reduction(
            net in 1_i64..200_000, reduction in 0_i64..12_000, wanted in proptest::collection::vec(1_i64..90_000, 0..6)
        ) {
            let mut paid = Paid { gross: net + reduction, net, recovered: 0, reduction: 0 };
            for wanted in wanted.into_iter().map(Some).chain([None]) {
                let left = paid.left();
                match paid.recover(wanted) {
                    Ok(one) => {
                        paid.recovered += one.amount;
                        paid.reduction += one.reduction;
                    }
                    Err(told) => {
                        prop_assert_eq!(told, left);
                        prop_assert!(left == 0 || wanted.is_some_and(|wanted| wanted > left));
                    }
                }
                prop_assert!(paid.recovered <= net);
            }
            prop_assert_eq!((paid.recovered, paid.reduction), (net, reduction));
        }
    }
}
