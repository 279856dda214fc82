//! What payments forbid: to annul a claim that has some (CLM-23), and to reduce its grant below them (CLM-24).

use chassis::{Failure, Tx};
use uuid::Uuid;

use super::refusals::{below_payments, payments_exist};
use crate::domain::claim::Claim;
use crate::domain::decision::Grant;
use crate::store;
use crate::store::payments::Payments;

/// Takes in what the feed of payments tells, in its order.
pub(crate) async fn take_in_payments(
    tx: &mut Tx,
    told: &[(Uuid, Payments)],
) -> Result<(), Failure> {
    for (claim, moved) in told {
        if *moved != Payments::default() {
            store::payments::add(tx, *claim, *moved).await?;
        }
    }
    Ok(())
}

/// `PAYMENTS_EXIST` for a claim with lines that are ordered or paid: it cannot be annulled any more.
pub(super) async fn require_none(tx: &mut Tx, claim: &Claim) -> Result<(), Failure> {
    let payments = store::payments::of_claim(tx, claim.id).await?;
    if payments.lines == 0 {
        return Ok(());
    }
    let protocol = claim.filing.as_ref().map(|filing| &filing.protocol);
    Err(payments_exist(payments.lines, protocol))
}

/// `PAYMENTS_EXIST` for a decision that would grant fewer hours than are ordered or paid already, as a rejection would.
pub(super) async fn require_covered(
    tx: &mut Tx,
    claim: &Claim,
    grant: Option<Grant>,
) -> Result<(), Failure> {
    let payments = store::payments::of_claim(tx, claim.id).await?;
    let covers = |grant: Grant| grant.hours_hundredths >= payments.hours;
    if payments.lines == 0 || grant.is_some_and(covers) {
        return Ok(());
    }
    Err(below_payments(payments.hours))
}
