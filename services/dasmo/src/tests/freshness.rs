//! Nights that go well, and nights that do not.

use std::sync::Arc;
use std::time::Duration;

use chassis::db::ScopedFutureExt;
use chassis::lifecycle::Stop;
use proto::omnia::claims::v1::ClaimState;
use proto::omnia::dasmo::v1::{
    ExportFiguresRequest, ExportFormat, ListCasesRequest, Run, VolumesFilter,
};
use tokio::sync::oneshot;

use super::rows;
use super::world::{Claim, World, central_manager, day, director_of_milano, everything, rome};
use crate::store::pictures;

fn outcome(run: &Run) -> (i32, bool, bool) {
    (
        run.as_of.unwrap().day,
        run.published,
        run.finished_at.is_some(),
    )
}

#[tokio::test]
async fn missed_nights_are_caught_up_in_order() {
    let world = World::at("2026-11-20 09:00").await;
    let mut claim = Claim::number(1);
    world
        .feed
        .tell([claim.submitted("490000", "2026-11-19 10:00")]);
    world.night().await.unwrap();

    world.it_is("2026-11-24 09:00");
    world.feed.tell([
        claim.to(ClaimState::UnderReview, "2026-11-21 10:00"),
        claim.to(ClaimState::Accepted, "2026-11-22 10:00"),
    ]);
    world.night().await.unwrap();

    let published: Vec<_> = rows::revisions(&world.database.database).await;
    assert_eq!(
        published,
        [19, 20, 21, 22, 23].map(|of| (day(&format!("2026-11-{of}")), 1))
    );
    let runs = world.freshness().await.runs;
    assert_eq!(
        runs.iter().map(outcome).collect::<Vec<_>>(),
        [23, 22, 21, 20, 19].map(|day| (day, true, true))
    );
}

#[tokio::test]
async fn a_night_that_was_already_made_makes_nothing_again() {
    let world = World::at("2026-11-24 09:00").await;
    world
        .feed
        .tell([Claim::number(1).submitted("490000", "2026-11-23 10:00")]);
    world.night().await.unwrap();
    let figures = rows::figures(&world.database.database).await;
    world.night().await.unwrap();
    assert_eq!(rows::figures(&world.database.database).await, figures);
    assert_eq!(world.freshness().await.runs.len(), 1);
}

#[tokio::test]
async fn when_the_feed_does_not_answer_the_last_day_stays_and_says_that_it_is_old() {
    let world = World::at("2026-11-23 09:00").await;
    let mut claim = Claim::number(1);
    world
        .feed
        .tell([claim.submitted("490000", "2026-11-22 10:00")]);
    world.night().await.unwrap();

    world.it_is("2026-11-24 09:00");
    world.feed.is_broken(true);
    world.night().await.unwrap_err();
    let old = world
        .volumes(&director_of_milano(), everything())
        .await
        .unwrap();
    assert_eq!(old.as_of.unwrap().day, 22);
    assert!(old.stale);
    let list = world
        .cases(&director_of_milano(), ListCasesRequest::default())
        .await
        .unwrap();
    assert!(list.stale && list.cases.len() == 1);
    let forecast = world
        .forecast(&director_of_milano(), VolumesFilter::default())
        .await
        .unwrap();
    assert!(forecast.stale);
    let file = ExportFiguresRequest {
        cases: Some(ListCasesRequest::default()),
        format: ExportFormat::Csv.into(),
        ..ExportFiguresRequest::default()
    };
    let (_, bytes) = world.export(&director_of_milano(), file).await.unwrap();
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.contains("I dati non sono di ieri"), "{text}");
    let freshness = world.freshness().await;
    assert!(freshness.stale);
    assert_eq!(outcome(&freshness.runs[0]), (23, false, true));
    assert_eq!(
        freshness.runs[0].failure,
        "the feed of claims does not answer"
    );

    world.feed.is_broken(false);
    world.night().await.unwrap();
    assert!(!world.freshness().await.stale);
}

#[tokio::test]
async fn a_day_is_not_over_before_what_began_on_it_can_have_ended() {
    let world = World::at("2026-11-24 00:00").await;
    world.night().await.unwrap();
    assert_eq!(world.freshness().await.as_of.unwrap().day, 22);
    world.it_is("2026-11-24 00:01");
    world.night().await.unwrap();
    assert_eq!(world.freshness().await.as_of.unwrap().day, 23);
}

#[tokio::test]
async fn a_picture_that_does_not_add_up_is_not_published() {
    let world = World::at("2026-11-23 09:00").await;
    let mut claim = Claim::number(1);
    world
        .feed
        .tell([claim.submitted("490000", "2026-11-22 10:00")]);
    world.night().await.unwrap();
    world.it_is("2026-11-24 09:00");
    let taken = [
        claim.to(ClaimState::UnderReview, "2026-11-23 10:00"),
        claim.to(ClaimState::Accepted, "2026-11-23 11:00"),
    ];
    world.feed.take_in(taken.to_vec()).await.unwrap();
    rows::lose_last_step(&world.database.database, claim.id()).await;

    world.night().await.unwrap_err();
    let freshness = world.freshness().await;
    assert_eq!(freshness.as_of.unwrap().day, 22);
    let failure = &freshness.runs[0].failure;
    assert!(
        failure.starts_with("identity DAS-1 is broken at 490000 for CIGO: "),
        "{failure}"
    );
    let seen_from_milano = world.freshness_for(&director_of_milano()).await;
    assert_eq!(
        seen_from_milano.runs[0].failure, "failed",
        "figures of other offices may stand in the sentence"
    );
}

#[tokio::test]
async fn a_run_that_is_killed_leaves_the_last_day_and_the_next_run_makes_up_for_it() {
    let world = World::at("2026-11-23 09:00").await;
    let mut claim = Claim::number(1);
    world
        .feed
        .tell([claim.submitted("490000", "2026-11-22 10:00")]);
    world.night().await.unwrap();
    world.it_is("2026-11-24 09:00");

    // Another transaction holds the steps, so that the run is killed in the middle of its own.
    let (held, is_held) = oneshot::channel();
    let (let_go, wait) = oneshot::channel::<()>();
    let database = world.database.database.clone();
    let (mut held, mut wait) = (Some(held), Some(wait));
    let holder = tokio::spawn(async move {
        database
            .transaction("hold", |tx| {
                let (held, wait) = (held.take().unwrap(), wait.take().unwrap());
                async move {
                    pictures::hold_steps_still(tx).await?;
                    held.send(()).unwrap();
                    wait.await.unwrap();
                    Ok(())
                }
                .scope_boxed()
            })
            .await
    });
    is_held.await.unwrap();
    let snapshots = Arc::clone(&world.snapshots);
    let night = tokio::spawn(async move { snapshots.run(&Stop::new()).await });
    while world.freshness().await.runs.len() < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    night.abort();
    assert!(night.await.unwrap_err().is_cancelled());
    let_go.send(()).unwrap();
    holder.await.unwrap().unwrap();

    let after = world.freshness().await;
    assert_eq!(after.as_of.unwrap().day, 22);
    assert!(after.stale);
    assert_eq!(
        outcome(&after.runs[0]),
        (23, false, false),
        "cut short: it has no end"
    );
    assert!(
        world
            .volumes(&director_of_milano(), everything())
            .await
            .unwrap()
            .stale
    );

    world.night().await.unwrap();
    assert_eq!(world.freshness().await.as_of.unwrap().day, 23);
    assert_eq!(
        rows::revisions(&world.database.database).await.last(),
        Some(&(day("2026-11-23"), 1))
    );
}

#[tokio::test]
async fn a_service_that_stops_leaves_the_run_unfinished_business_and_says_so() {
    let world = World::at("2026-11-24 09:00").await;
    world
        .feed
        .tell([Claim::number(1).submitted("490000", "2026-11-20 10:00")]);
    let stop = Stop::new();
    stop.cancel();
    world.snapshots.run(&stop).await.unwrap_err();
    world.night().await.unwrap();
    assert_eq!(
        world
            .volumes(&central_manager(), everything())
            .await
            .unwrap()
            .total
            .unwrap()
            .stock,
        1
    );
    assert_eq!(
        world.freshness().await.published_at.unwrap().seconds,
        rome("2026-11-24 09:00").timestamp()
    );
}
