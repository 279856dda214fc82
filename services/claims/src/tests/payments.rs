//! Claims with payments: what they forbid (CLM-23, CLM-24, CLM-11).

use chassis::db::ScopedFutureExt;

use super::*;
use crate::app::take_in_payments;
use crate::domain::state::State;
use crate::store::payments::Payments;

impl World {
    /// The feed of payments tells that lines of a claim were ordered or paid, or came back.
    pub(super) async fn paid(&self, claim: Uuid, lines: i64, hours: i64) {
        let told = [(claim, Payments { lines, hours })];
        let told = &told;
        self.app
            .database
            .transaction("tests_payments", |tx| {
                async move { take_in_payments(tx, told).await }.scope_boxed()
            })
            .await
            .unwrap();
    }

    async fn reexamined(&self, claim: Uuid) -> Claim {
        self.app
            .reexamine(&consultant(&[OFFICINE]), claim, "Nuovi ordini")
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn clm_23_a_claim_with_payments_is_not_annulled_until_the_money_comes_back() {
    let world = World::new().await;
    let claim = world.decided(&content_of(OFFICINE, 1), acceptance).await;
    world.paid(claim.id, 2, 1_600).await;
    let annulled = world.app.annul(&director(), claim.id, "Duplicata").await;
    assert_eq!(refused(annulled), "PAYMENTS_EXIST");
    let stands = world.app.claim(&director(), claim.id).await.unwrap();
    assert_eq!(stands.state, State::Accepted);
    world.paid(claim.id, -2, -1_600).await;
    let annulled = world.app.annul(&director(), claim.id, "Duplicata").await;
    assert_eq!(annulled.unwrap().state, State::Annulled);
}

#[tokio::test]
async fn clm_24_a_riesame_grants_at_least_what_is_paid() {
    let world = World::new().await;
    let claim = world.decided(&content_of(OFFICINE, 1), acceptance).await;
    let half = claim.requested().unwrap().whole.hours_hundredths / 2;
    let reexamined = world.reexamined(claim.id).await;
    let (reexamined, proposal) = world
        .propose(&reexamined, first_four_weeks(&reexamined))
        .await;
    world.paid(claim.id, 1, half + 1).await;
    let adopted = world.app.adopt(&director(), claim.id, proposal).await;
    assert_eq!(refused(adopted), "PAYMENTS_EXIST");
    for proposed in [rejection(&reexamined), first_four_weeks(&reexamined)] {
        let again = world.app.propose(&operator(), claim.id, &proposed).await;
        assert_eq!(refused(again), "PAYMENTS_EXIST");
    }
    let (_, whole) = world.propose(&reexamined, acceptance(&reexamined)).await;
    let adopted = world.app.adopt(&director(), claim.id, whole).await;
    assert_eq!(adopted.unwrap().state, State::Accepted);
}

#[tokio::test]
async fn clm_24_a_riesame_may_reduce_a_grant_to_what_is_paid() {
    let world = World::new().await;
    let claim = world.decided(&content_of(OFFICINE, 1), acceptance).await;
    let half = claim.requested().unwrap().whole.hours_hundredths / 2;
    world.paid(claim.id, 1, half).await;
    let reexamined = world.reexamined(claim.id).await;
    let (_, proposal) = world
        .propose(&reexamined, first_four_weeks(&reexamined))
        .await;
    let adopted = world.app.adopt(&director(), claim.id, proposal).await;
    assert_eq!(adopted.unwrap().state, State::PartiallyAccepted);
}
