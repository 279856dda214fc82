//! What a day shows.

use proto::omnia::claims::v1::{ClaimState, Product};
use proto::omnia::dasmo::v1::{ListCasesRequest, VolumesFilter};
use tonic::Code;

use super::rows;
use super::world::{Ask, Claim, World, central_manager, day, director_of_milano, everything};

#[tokio::test]
async fn what_happens_today_is_invisible_until_tomorrow() {
    let world = World::at("2026-11-24 09:00").await;
    let mut old = Claim::number(1);
    let mut new = Claim::number(2);
    world.feed.tell([
        old.submitted("490000", "2026-11-23 10:00"),
        new.submitted("490000", "2026-11-24 08:00"),
    ]);
    world.night().await.unwrap();

    let today = world
        .volumes(&director_of_milano(), everything())
        .await
        .unwrap();
    assert_eq!(today.as_of.map(|day| (day.month, day.day)), Some((11, 23)));
    assert!(!today.stale);
    assert_eq!(
        today
            .total
            .as_ref()
            .map(|total| (total.received, total.stock)),
        Some((1, 1))
    );
    let refused = world
        .volumes(&director_of_milano(), Ask::as_of(day("2026-11-24")))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);

    world.it_is("2026-11-25 09:00");
    world.night().await.unwrap();
    let tomorrow = world
        .volumes(&director_of_milano(), everything())
        .await
        .unwrap()
        .total
        .unwrap();
    assert_eq!(
        (tomorrow.received, tomorrow.stock, tomorrow.received_total),
        (1, 2, 2)
    );
}

#[tokio::test]
async fn before_the_first_picture_there_is_an_answer_that_says_so() {
    let world = World::at("2026-11-24 09:00").await;
    let refused = world
        .volumes(&director_of_milano(), everything())
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    let details = tonic_types::StatusExt::get_error_details(&refused);
    assert_eq!(
        details.error_info().unwrap().reason,
        "SNAPSHOT_NOT_AVAILABLE"
    );

    world.night().await.unwrap();
    let empty = world
        .volumes(&director_of_milano(), everything())
        .await
        .unwrap();
    assert!(empty.cells.is_empty());
    assert_eq!(
        empty.total.unwrap().ages.len(),
        7,
        "an empty picture has its classes of age too"
    );
}

#[tokio::test]
async fn a_day_counts_what_happened_on_it_and_what_is_left() {
    let world = World::at("2026-11-24 09:00").await;
    let [
        mut granted,
        mut refused,
        mut withdrawn,
        mut moved,
        mut waiting,
        mut again,
    ] = [1, 2, 3, 4, 5, 6].map(Claim::number);
    world.feed.tell(granted.decided(
        "490000",
        "2026-11-20 10:00",
        ClaimState::Accepted,
        "2026-11-23 10:00",
    ));
    world.feed.tell(refused.decided(
        "490000",
        "2026-11-20 10:00",
        ClaimState::Rejected,
        "2026-11-23 10:00",
    ));
    world.feed.tell([
        withdrawn.submitted("490000", "2026-11-20 10:00"),
        withdrawn.to(ClaimState::Withdrawn, "2026-11-23 10:00"),
        moved.submitted("490100", "2026-11-20 10:00"),
        moved.submitted("490000", "2026-11-23 10:00"),
        waiting.submitted("490000", "2026-11-20 10:00"),
        waiting.to(ClaimState::UnderReview, "2026-11-20 10:00"),
        waiting.to(ClaimState::SupplementPending, "2026-11-23 10:00"),
    ]);
    world.feed.tell(again.decided(
        "490000",
        "2026-11-20 10:00",
        ClaimState::Rejected,
        "2026-11-21 10:00",
    ));
    world
        .feed
        .tell([again.to(ClaimState::UnderReexamination, "2026-11-23 10:00")]);
    world.night().await.unwrap();

    let picture = world
        .volumes(&director_of_milano(), everything())
        .await
        .unwrap();
    let [milano] = &picture.cells[..] else {
        panic!("one cell, not {:?}", picture.cells)
    };
    assert_eq!(
        (
            milano.office.as_str(),
            milano.region_istat.as_str(),
            milano.product.as_str()
        ),
        ("490000", "03", "CIGO")
    );
    assert_eq!((milano.received, milano.received_total), (0, 5));
    assert_eq!(
        (
            milano.defined,
            milano.accepted,
            milano.rejected,
            milano.defined_total
        ),
        (2, 1, 1, 3)
    );
    assert_eq!(
        (
            milano.withdrawn,
            milano.transferred_in,
            milano.transferred_out
        ),
        (1, 1, 0)
    );
    assert_eq!(
        (milano.stock, milano.stock_to_take, milano.stock_waiting),
        (2, 1, 1)
    );
    assert_eq!(
        (milano.stock_workers, milano.stock_hours_hundredths),
        (20, 80_000)
    );
    assert_eq!(
        (milano.reexaminations_pending, milano.appeals_pending),
        (1, 0)
    );
    assert_eq!(milano.ages.iter().map(|class| class.claims).sum::<i64>(), 2);
    assert_eq!(picture.total.as_ref().map(|total| total.stock), Some(2));
}

#[tokio::test]
async fn the_cases_of_the_stock_come_oldest_first_with_age_and_flags_from_the_thresholds_in_force()
{
    let world = World::at("2026-11-24 09:00").await;
    rows::set_chronic_threshold(&world.database.database, "CISOA", 5).await;
    let [mut old, mut slow, mut new] = [1, 2, 3].map(Claim::number);
    slow = slow.of(Product::Cisoa);
    world.feed.tell([
        old.submitted("490000", "2025-11-01 10:00"),
        slow.submitted("490000", "2026-11-14 10:00"),
        new.submitted("490001", "2026-11-20 10:00"),
    ]);
    world.night().await.unwrap();

    let page = world
        .cases(&director_of_milano(), ListCasesRequest::default())
        .await
        .unwrap();
    let seen: Vec<_> = page
        .cases
        .iter()
        .map(|case| (case.age_days, case.chronic, case.very_old))
        .collect();
    assert_eq!(
        seen,
        [(387, true, true), (9, true, false), (3, false, false)]
    );
    assert_eq!(page.cases[0].causale, "MARKET_CRISIS");
    assert_eq!(page.cases[0].stage, "SUBMITTED");

    let chronic = ListCasesRequest {
        only_chronic: true,
        ..ListCasesRequest::default()
    };
    assert_eq!(
        world
            .cases(&director_of_milano(), chronic)
            .await
            .unwrap()
            .cases
            .len(),
        2
    );
    let total = world
        .volumes(&director_of_milano(), everything())
        .await
        .unwrap()
        .total
        .unwrap();
    assert_eq!(
        (total.stock_chronic, total.stock_very_old),
        (2, 1),
        "cells and cases flag alike"
    );
}

#[tokio::test]
async fn paging_goes_on_over_the_same_picture_when_the_next_one_is_published_meanwhile() {
    let world = World::at("2026-11-24 09:00").await;
    for number in 1..=5 {
        world
            .feed
            .tell([Claim::number(number).submitted("490000", "2026-11-20 10:00")]);
    }
    world.night().await.unwrap();
    let request = |page_token: String| ListCasesRequest {
        page_size: 2,
        page_token,
        ..ListCasesRequest::default()
    };
    let first = world
        .cases(&director_of_milano(), request(String::new()))
        .await
        .unwrap();

    world.it_is("2026-11-25 09:00");
    world
        .feed
        .tell([Claim::number(6).submitted("490000", "2026-11-24 10:00")]);
    world.night().await.unwrap();
    let second = world
        .cases(&director_of_milano(), request(first.next_page_token))
        .await
        .unwrap();
    let third = world
        .cases(
            &director_of_milano(),
            request(second.next_page_token.clone()),
        )
        .await
        .unwrap();
    assert_eq!(second.as_of, first.as_of);
    assert_eq!(
        [first.cases.len(), second.cases.len(), third.cases.len()],
        [2, 2, 1]
    );
    assert_eq!(third.next_page_token, "");

    world.it_is("2026-12-24 09:00");
    world.night().await.unwrap();
    let late = world
        .cases(&director_of_milano(), request(second.next_page_token))
        .await
        .unwrap_err();
    assert_eq!(
        late.code(),
        Code::InvalidArgument,
        "the cases of that day are no longer kept"
    );
    assert_eq!(
        rows::days_listed(&world.database.database).await,
        Some((day("2026-12-17"), day("2026-12-23")))
    );
}

#[tokio::test]
async fn a_trend_has_a_figure_for_every_published_day_and_at_most_800() {
    let world = World::at("2026-11-24 09:00").await;
    let mut claim = Claim::number(1);
    world.feed.tell(claim.decided(
        "490000",
        "2026-11-20 10:00",
        ClaimState::Accepted,
        "2026-11-22 10:00",
    ));
    world
        .feed
        .tell([Claim::number(2).submitted("700000", "2026-11-19 10:00")]);
    world.night().await.unwrap();

    let month = (day("2026-11-01"), day("2026-11-30"));
    let days = world
        .trend(&director_of_milano(), month, VolumesFilter::default())
        .await
        .unwrap();
    let seen: Vec<_> = days
        .iter()
        .map(|day| {
            (
                day.day.unwrap().day,
                day.total
                    .as_ref()
                    .map(|total| (total.received, total.defined, total.stock))
                    .unwrap(),
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            (19, (0, 0, 0)),
            (20, (1, 0, 1)),
            (21, (0, 0, 1)),
            (22, (0, 1, 0)),
            (23, (0, 0, 0))
        ]
    );
    assert_eq!(days[1].total.as_ref().unwrap().ages[0].claims, 1);

    let too_long = (day("2024-01-01"), day("2026-11-30"));
    let refused = world
        .trend(&central_manager(), too_long, VolumesFilter::default())
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let upside_down = (day("2026-11-30"), day("2026-11-01"));
    let refused = world
        .trend(&central_manager(), upside_down, VolumesFilter::default())
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn a_product_that_does_not_exist_is_a_malformed_filter() {
    let world = World::at("2026-11-24 09:00").await;
    let filter = VolumesFilter {
        product: "CIGX".to_owned(),
        ..VolumesFilter::default()
    };
    let request = ListCasesRequest {
        filter: Some(filter),
        ..ListCasesRequest::default()
    };
    let refused = world
        .cases(&director_of_milano(), request)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
}
