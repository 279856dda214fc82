//! The office at work before the decision.

use super::*;
use crate::app::Entry;
use crate::domain::state::State;

#[tokio::test]
async fn an_officer_assigns_and_only_the_operator_named_takes_in_charge() {
    let world = World::new().await;
    let claim = world.submitted(&content_of(OFFICINE, 1)).await;
    let app = &world.app;
    let colleague = staff(20, Role::Sede, MILANO);
    let assigned = app
        .assign(&position_officer(), claim.id, colleague.person)
        .await
        .unwrap();
    assert_eq!(
        (assigned.state, assigned.handler),
        (State::Assigned, Some(colleague.person))
    );
    assert_eq!(
        refused(app.take_in_charge(&operator(), claim.id).await),
        "ASSIGNED_TO_OTHER"
    );
    let taken = app.take_in_charge(&colleague, claim.id).await.unwrap();
    assert_eq!(taken.state, State::UnderReview);
    assert_eq!(
        app.take_in_charge(&colleague, claim.id)
            .await
            .unwrap()
            .version,
        taken.version
    );
    let moved = app
        .assign(&position_officer(), claim.id, operator().person)
        .await
        .unwrap();
    assert_eq!(
        (moved.state, moved.handler),
        (State::UnderReview, Some(operator().person))
    );
    assert_eq!(
        world.events(claim.id).await,
        3,
        "moving between operators is told to nobody outside"
    );
}

#[tokio::test]
async fn before_taking_in_charge_nothing_can_be_decided() {
    let world = World::new().await;
    let claim = world.submitted(&content_of(OFFICINE, 1)).await;
    let proposed = world
        .app
        .propose(&operator(), claim.id, &acceptance(&claim))
        .await;
    assert_eq!(refused(proposed), "INVALID_STATE");
    assert_eq!(
        refused(world.app.adopt(&director(), claim.id, Uuid::nil()).await),
        "INVALID_STATE"
    );
}

#[tokio::test]
async fn a_colleague_does_not_propose_but_an_officer_may() {
    let world = World::new().await;
    let claim = world.under_review(&content_of(OFFICINE, 1)).await;
    let colleague = staff(20, Role::Sede, MILANO);
    let proposed = world
        .app
        .propose(&colleague, claim.id, &acceptance(&claim))
        .await;
    assert_eq!(refused(proposed), "ASSIGNED_TO_OTHER");
    assert!(
        world
            .app
            .propose(&position_officer(), claim.id, &acceptance(&claim))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_proposal_is_judged_when_it_is_made() {
    let world = World::new().await;
    let claim = world.under_review(&content_of(OFFICINE, 1)).await;
    let mut mute = acceptance(&claim);
    mute.motivation = "Si accoglie.".into();
    assert_eq!(
        refused(world.app.propose(&operator(), claim.id, &mute).await),
        "MOTIVATION_MISSING"
    );
    let mut unproven = rejection(&claim);
    unproven.refusals[0].reason = RejectionReason::InsufficientEvidence;
    assert_eq!(
        refused(world.app.propose(&operator(), claim.id, &unproven).await),
        "SUPPLEMENT_NOT_ACTIVATED"
    );
}

#[tokio::test]
async fn a_proposal_sent_back_tells_its_remark_with_the_next_one() {
    let world = World::new().await;
    let (claim, proposal) = world.proposed(&content_of(OFFICINE, 1)).await;
    let app = &world.app;
    let back = app
        .return_proposal(&director(), claim.id, proposal, "Motivare la transitorietà")
        .await
        .unwrap();
    assert_eq!((back.state, back.proposal), (State::UnderReview, None));
    assert_eq!(
        refused(app.adopt(&director(), claim.id, proposal).await),
        "ETAG_MISMATCH"
    );
    let (next, _) = world.propose(&claim, first_four_weeks(&claim)).await;
    assert_eq!(
        next.proposal.unwrap().returned_remark,
        "Motivare la transitorietà"
    );
    let notes: Vec<_> = app
        .history(&director(), claim.id)
        .await
        .unwrap()
        .into_iter()
        .filter_map(|entry| match entry {
            Entry::Step(step) => Some(step.note),
            Entry::Note(..) => None,
        })
        .collect();
    assert_eq!(
        notes,
        [
            "",
            "",
            "",
            "ACCEPTANCE",
            "Motivare la transitorietà",
            "PARTIAL_ACCEPTANCE"
        ]
    );
}

#[tokio::test]
async fn a_replaced_proposal_can_no_longer_be_adopted() {
    let world = World::new().await;
    let (claim, read) = world.proposed(&content_of(OFFICINE, 1)).await;
    let (_, replaced) = world.propose(&claim, first_four_weeks(&claim)).await;
    assert_eq!(
        refused(world.app.adopt(&director(), claim.id, read).await),
        "ETAG_MISMATCH"
    );
    let adopted = world
        .app
        .adopt(&director(), claim.id, replaced)
        .await
        .unwrap();
    assert_eq!(adopted.state, State::PartiallyAccepted);
}

#[tokio::test]
async fn a_claim_that_nobody_has_in_charge_is_transferred_and_keeps_its_protocol_and_age() {
    let world = World::new().await;
    let app = &world.app;
    let claim = world.submitted(&content_of(OFFICINE, 1)).await;
    app.assign(&position_officer(), claim.id, operator().person)
        .await
        .unwrap();
    let rome = ROMA.parse().unwrap();
    let reason = "L'unità ha sede a Roma.";
    let by_manager = app.transfer(&manager(), claim.id, &rome, reason).await;
    assert_eq!(refused(by_manager), "IDN-E04");
    let nowhere = "999999".parse().unwrap();
    let to_nowhere = app.transfer(&director(), claim.id, &nowhere, reason).await;
    assert_eq!(refused(to_nowhere), "FIELD_INVALID");
    world.later(TimeDelta::days(3));
    app.transfer(&director(), claim.id, &rome, reason)
        .await
        .unwrap();
    let gone = app.claim(&operator(), claim.id).await;
    assert_eq!(refused(gone), "IDN-E06");
    let there = staff(30, Role::Sede, ROMA);
    let found = app.claim(&there, claim.id).await.unwrap();
    assert_eq!((found.state, found.handler), (State::Submitted, None));
    let (before, after) = (claim.filing.unwrap(), found.filing.as_ref().unwrap());
    assert_eq!(before.protocol, after.protocol);
    assert_eq!(found.gross_days(app.clock.today()), 3);
    let taken = app.take_in_charge(&there, claim.id).await.unwrap();
    assert_eq!(taken.state, State::UnderReview);
    let late = app
        .transfer(
            &staff(31, Role::Dsede, ROMA),
            claim.id,
            &MILANO.parse().unwrap(),
            reason,
        )
        .await;
    assert_eq!(refused(late), "INVALID_STATE");
}
