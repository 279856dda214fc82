//! Withdrawal, annulment, riesame, ricorso.

use super::ports::{Booked, Call, Fault};
use super::*;
use crate::domain::state::State;

#[tokio::test]
async fn a_withdrawn_claim_frees_its_days() {
    let world = World::new().await;
    let (claim, proposal) = world.proposed(&content_of(OFFICINE, 1)).await;
    let withdrawn = world
        .app
        .withdraw(&consultant(&[OFFICINE]), claim.id, "Ripresa del lavoro")
        .await
        .unwrap();
    assert_eq!(
        (withdrawn.state, withdrawn.proposal),
        (State::Withdrawn, None)
    );
    assert_eq!(
        refused(world.app.adopt(&director(), claim.id, proposal).await),
        "INVALID_STATE"
    );
    world.submitted(&content_of(OFFICINE, 1)).await;
}

#[tokio::test]
async fn an_annulled_grant_gives_its_weeks_back_also_when_the_limits_were_away() {
    let world = World::new().await;
    let claim = world.decided(&content_of(OFFICINE, 1), acceptance).await;
    world.limits.spoil(Call::Release, &[Fault::Lost]);
    let annulled = world
        .app
        .annul(&manager(), claim.id, "Domanda duplicata")
        .await
        .unwrap();
    assert_eq!(annulled.state, State::Annulled);
    assert_eq!(world.limits.weeks_taken(&claim.content.unit), 8, "not yet");
    world.later(TimeDelta::seconds(6));
    world.app.resume_adoptions().await;
    assert_eq!(world.limits.weeks_taken(&claim.content.unit), 0);
    world.submitted(&content_of(OFFICINE, 1)).await;
}

#[tokio::test]
async fn a_grant_is_not_annulled_before_its_weeks_are_confirmed() {
    let world = World::new().await;
    let (claim, proposal) = world.proposed(&content_of(OFFICINE, 1)).await;
    world.limits.spoil(Call::Confirm, &[Fault::Lost]);
    world
        .app
        .adopt(&director(), claim.id, proposal)
        .await
        .unwrap();
    assert_eq!(
        refused(world.app.annul(&director(), claim.id, "Duplicata").await),
        "CONFLICT"
    );
    world.later(TimeDelta::seconds(6));
    world.app.resume_adoptions().await;
    assert!(
        world
            .app
            .annul(&director(), claim.id, "Duplicata")
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_riesame_ends_with_a_new_decision_that_replaces_weeks_and_numbers() {
    let world = World::new().await;
    let claim = world
        .decided(&content_of(OFFICINE, 1), first_four_weeks)
        .await;
    let reexamined = world
        .app
        .reexamine(&consultant(&[OFFICINE]), claim.id, "Nuovi ordini")
        .await
        .unwrap();
    assert_eq!(reexamined.state, State::UnderReexamination);
    let again = world
        .app
        .reexamine(&consultant(&[OFFICINE]), claim.id, "Ancora")
        .await;
    assert_eq!(refused(again), "INVALID_STATE");

    let (_, proposal) = world.propose(&reexamined, acceptance(&reexamined)).await;
    let decided = world
        .app
        .adopt(&director(), claim.id, proposal)
        .await
        .unwrap();
    let decision = decided.decision.unwrap();
    assert_eq!((decided.state, decision.sequence), (State::Accepted, 2));
    assert_eq!(decision.authorization.unwrap().as_str(), "490026000002");
    world.later(TimeDelta::seconds(6));
    world.app.resume_adoptions().await;
    assert_eq!(world.limits.weeks_taken(&claim.content.unit), 8);
    let booked: Vec<_> = world
        .limits
        .booked(&claim.content.unit)
        .into_iter()
        .map(|(_, how)| how)
        .collect();
    assert!(booked.contains(&Booked::Released) && booked.contains(&Booked::Authorised));
}

#[tokio::test]
async fn a_riesame_does_not_give_days_that_another_claim_has_taken_meanwhile() {
    let world = World::new().await;
    let claim = world.decided(&content_of(OFFICINE, 1), rejection).await;
    world.submitted(&content_of(OFFICINE, 2)).await;
    let reexamined = world
        .app
        .reexamine(&consultant(&[OFFICINE]), claim.id, "Nuovi ordini")
        .await
        .unwrap();
    let (_, proposal) = world.propose(&reexamined, acceptance(&reexamined)).await;
    let adopted = world.app.adopt(&director(), claim.id, proposal).await;
    assert_eq!(refused(adopted), "CLAIM_PERIOD_OVERLAPS");
    let now = world.app.claim(&director(), claim.id).await.unwrap();
    assert_eq!((now.state, now.adoption), (State::UnderReexamination, None));
    assert_eq!(
        world.limits.weeks_taken(&claim.content.unit),
        0,
        "the reservation was given back"
    );
    let outgoing = world
        .register("4900")
        .await
        .into_iter()
        .filter(|(_, way)| way == "OUT")
        .count();
    assert_eq!(outgoing, 1, "the refused adoption took no number");
}

#[tokio::test]
async fn a_rejection_can_be_appealed_until_the_thirtieth_day_and_an_acceptance_never() {
    let world = World::new().await;
    world.clock.set(instant("2026-11-06"));
    let mut content = content_of(OFFICINE, 1);
    content.period.as_mut().unwrap().first_day = samples::day("2026-11-02");
    content.consultation.as_mut().unwrap().communication_date = Some(samples::day("2026-10-20"));
    let rejected = world.decided(&content, rejection).await;
    assert_eq!(
        rejected.decision.as_ref().unwrap().appeal_due,
        Some(samples::day("2026-12-07"))
    );
    let caller = consultant(&[OFFICINE]);

    world.clock.set(instant("2026-12-08"));
    let late = world.app.appeal(&caller, rejected.id, "Motivi").await;
    assert_eq!(refused(late), "APPEAL_TERM_EXPIRED");
    world.clock.set(instant("2026-12-07"));
    let appealed = world
        .app
        .appeal(&caller, rejected.id, "Motivi")
        .await
        .unwrap();
    assert_eq!(appealed.state, State::UnderAppeal);

    world.clock.set(instant("2026-11-06"));
    let accepted = world
        .decided(
            &Content {
                unit: unit_key(TESSITURA, 1),
                ..content
            },
            acceptance,
        )
        .await;
    let appeal = world
        .app
        .appeal(&consultant(&[TESSITURA]), accepted.id, "Motivi")
        .await;
    assert_eq!(refused(appeal), "NOT_APPEALABLE");
}
