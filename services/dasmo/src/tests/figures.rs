//! Figures cut by dimensions, over time, and ahead.

use proto::omnia::claims::v1::{Causale, ClaimState, Product};
use proto::omnia::dasmo::v1::{
    BreakdownPart, Dimension, GetBreakdownRequest, Part, TrendStep, VolumesFilter,
};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::world::{
    Ask, Claim, World, central_manager, day, director_of_lombardia, director_of_milano, rome,
};

/// Four claims that differ in everything, two of them decided on 23 November.
async fn a_mixed_day() -> World {
    let world = World::at("2026-11-24 09:00").await;
    let mut slow = Claim::number(1);
    world.feed.tell([
        slow.submitted("490000", "2026-11-02 10:00"),
        slow.to(ClaimState::UnderReview, "2026-11-03 10:00"),
        slow.to(ClaimState::SupplementPending, "2026-11-05 10:00"),
        slow.to(ClaimState::UnderReview, "2026-11-15 10:00"),
        slow.to(ClaimState::PartiallyAccepted, "2026-11-23 10:00"),
    ]);
    let mut quick = Claim::number(2).because(Causale::Covid19Dl41).set_off();
    world.feed.tell(quick.decided(
        "490100",
        "2026-11-20 10:00",
        ClaimState::Accepted,
        "2026-11-23 10:00",
    ));
    world.feed.tell([
        Claim::number(3)
            .of(Product::Cigd)
            .because(Causale::Covid19Dl41)
            .by("4", 500)
            .submitted("490000", "2026-11-23 10:00"),
        Claim::number(4)
            .by("7", 501)
            .submitted("700000", "2025-10-01 10:00"),
    ]);
    world.night().await.unwrap();
    world
}

fn by(dimension: Dimension) -> GetBreakdownRequest {
    GetBreakdownRequest {
        by: dimension.into(),
        ..GetBreakdownRequest::default()
    }
}

fn with_part(dimension: Dimension, value: &str) -> VolumesFilter {
    VolumesFilter {
        parts: vec![Part {
            dimension: dimension.into(),
            value: value.to_owned(),
        }],
        ..VolumesFilter::default()
    }
}

/// Value, received, defined and stock of each part.
fn seen(parts: &[BreakdownPart]) -> Vec<(&str, i64, i64, i64)> {
    parts
        .iter()
        .map(|part| {
            let volumes = part.volumes.as_ref().unwrap();
            (
                part.value.as_str(),
                volumes.received,
                volumes.defined,
                volumes.stock,
            )
        })
        .collect()
}

async fn cut(world: &World, dimension: Dimension) -> Vec<BreakdownPart> {
    world
        .breakdown(&central_manager(), by(dimension))
        .await
        .unwrap()
        .parts
}

fn field_of(refused: &Status) -> String {
    assert_eq!(refused.code(), Code::InvalidArgument);
    let details = refused.get_error_details();
    details.bad_request().unwrap().field_violations[0]
        .field
        .clone()
}

#[tokio::test]
async fn every_dimension_cuts_the_figures_of_the_day() {
    let world = a_mixed_day().await;
    for (dimension, expected) in [
        (Dimension::Region, vec![("03", 1, 2, 1), ("12", 0, 0, 1)]),
        (
            Dimension::Office,
            vec![
                ("490000", 1, 1, 1),
                ("490100", 0, 1, 0),
                ("700000", 0, 0, 1),
            ],
        ),
        (
            Dimension::Product,
            vec![("CIGD", 1, 0, 1), ("CIGO", 0, 2, 1)],
        ),
        (
            Dimension::Section,
            vec![("COVID", 1, 1, 1), ("ORDINARY", 0, 1, 1)],
        ),
        (
            Dimension::Causale,
            vec![("COVID19_DL41", 1, 1, 1), ("MARKET_CRISIS", 0, 1, 1)],
        ),
        (
            Dimension::PaymentMode,
            vec![("CONGUAGLIO", 0, 1, 0), ("DIRECT", 1, 1, 2)],
        ),
        (
            Dimension::Sector,
            vec![("1", 0, 2, 0), ("4", 1, 0, 1), ("7", 0, 0, 1)],
        ),
        (
            Dimension::Size,
            vec![("0-5", 1, 0, 1), ("6-15", 0, 0, 1), ("16-50", 0, 2, 0)],
        ),
        (
            Dimension::Arrival,
            vec![("2025-10", 0, 0, 1), ("2026-11", 1, 2, 1)],
        ),
        (Dimension::Stage, vec![("TO_TAKE", 0, 0, 2)]),
        (Dimension::Age, vec![("0-15", 0, 0, 1), (">365", 0, 0, 1)]),
        (
            Dimension::Outcome,
            vec![("ACCEPTANCE", 0, 1, 0), ("PARTIAL_ACCEPTANCE", 0, 1, 0)],
        ),
    ] {
        let parts = cut(&world, dimension).await;
        assert_eq!(seen(&parts), expected, "{dimension:?}");
    }
}

#[tokio::test]
async fn definitions_tell_how_long_they_took_with_and_without_the_employer() {
    let world = a_mixed_day().await;
    let outcomes = cut(&world, Dimension::Outcome).await;
    let partial = outcomes[1].volumes.as_ref().unwrap();
    let (gross, net) = (partial.gross_days.unwrap(), partial.net_days.unwrap());
    assert_eq!(
        (gross.mean_hundredths, gross.median, gross.p90),
        (2_100, 21, 21)
    );
    assert_eq!((net.mean_hundredths, net.median, net.p90), (1_100, 11, 11));
    assert_eq!(
        (partial.defined_workers, partial.defined_hours_hundredths),
        (10, 40_000)
    );
    let whole = world
        .breakdown(&central_manager(), by(Dimension::Section))
        .await
        .unwrap()
        .total
        .unwrap()
        .volumes
        .unwrap();
    let gross = whole.gross_days.unwrap();
    assert_eq!(
        (gross.mean_hundredths, gross.median, gross.p90),
        (1_200, 3, 21)
    );
}

#[tokio::test]
async fn an_interval_sums_what_happened_and_shows_the_stock_of_its_last_day() {
    let world = a_mixed_day().await;
    let request = GetBreakdownRequest {
        from: Some(chassis::wire::date(day("2026-11-01"))),
        as_of: Some(chassis::wire::date(day("2026-11-22"))),
        ..by(Dimension::Office)
    };
    let breakdown = world.breakdown(&central_manager(), request).await.unwrap();
    assert_eq!(
        seen(&breakdown.parts),
        [
            ("490000", 1, 0, 1),
            ("490100", 1, 0, 1),
            ("700000", 0, 0, 1)
        ]
    );
    assert_eq!(
        (breakdown.days, breakdown.stale, breakdown.revision),
        (22, false, 1)
    );
    let total = breakdown.total.unwrap();
    assert_eq!(total.growing, Some(true), "two more than on 23 October");
    let rates = total.rates.unwrap();
    assert_eq!(
        (
            rates.clearance_hundredths,
            rates.stock_days_hundredths,
            rates.chronic_hundredths
        ),
        (Some(0), Some(3_300), Some(3_333))
    );
    assert_eq!(rates.acceptance_hundredths, None, "nothing was defined");
    let lazio = &breakdown.parts[2];
    assert_eq!(lazio.growing, Some(false));
}

#[tokio::test]
async fn a_part_narrows_every_territory_product_and_section() {
    let world = a_mixed_day().await;
    let direct = with_part(Dimension::PaymentMode, "DIRECT");
    let request = GetBreakdownRequest {
        filter: Some(direct.clone()),
        ..by(Dimension::Office)
    };
    let breakdown = world.breakdown(&central_manager(), request).await.unwrap();
    assert_eq!(
        seen(&breakdown.parts),
        [("490000", 1, 1, 1), ("700000", 0, 0, 1)]
    );
    assert_eq!(breakdown.total.unwrap().volumes.unwrap().stock, 2);

    let two = GetBreakdownRequest {
        filter: Some(direct.clone()),
        ..by(Dimension::Causale)
    };
    let refused = world.breakdown(&central_manager(), two).await.unwrap_err();
    assert_eq!(field_of(&refused), "by");
    let mut both = direct;
    both.parts.extend(with_part(Dimension::Sector, "4").parts);
    let two = GetBreakdownRequest {
        filter: Some(both),
        ..by(Dimension::Office)
    };
    let refused = world.breakdown(&central_manager(), two).await.unwrap_err();
    assert_eq!(field_of(&refused), "filter.parts");
}

#[tokio::test]
async fn an_interval_upside_down_or_longer_than_800_days_names_its_field() {
    let world = a_mixed_day().await;
    // 800 days before the last published one, the 23rd, is 14 September 2024.
    let farthest = GetBreakdownRequest {
        from: Some(chassis::wire::date(day("2024-09-14"))),
        ..by(Dimension::Office)
    };
    world.breakdown(&central_manager(), farthest).await.unwrap();
    for from in ["2026-11-24", "2024-09-13"] {
        let request = GetBreakdownRequest {
            from: Some(chassis::wire::date(day(from))),
            ..by(Dimension::Office)
        };
        let refused = world.breakdown(&central_manager(), request).await;
        assert_eq!(field_of(&refused.unwrap_err()), "from");
    }
}

#[tokio::test]
async fn weeks_and_months_sum_their_days_and_end_with_the_stock_of_the_last() {
    let world = a_mixed_day().await;
    let days = (day("2026-11-01"), day("2026-11-30"));
    let weeks = world
        .trend_by(
            &director_of_lombardia(),
            days,
            VolumesFilter::default(),
            TrendStep::Week,
        )
        .await
        .unwrap();
    let figures = |it: &proto::omnia::dasmo::v1::TrendDay| {
        let total = it.total.as_ref().unwrap();
        (
            it.from.unwrap().day,
            it.day.unwrap().day,
            total.received,
            total.defined,
            total.stock,
        )
    };
    assert_eq!(
        weeks.iter().map(figures).collect::<Vec<_>>(),
        [
            (1, 1, 0, 0, 0),
            (2, 8, 1, 0, 1),
            (9, 15, 0, 0, 1),
            (16, 22, 1, 0, 2),
            (23, 23, 1, 2, 1)
        ]
    );
    let months = world
        .trend_by(
            &director_of_milano(),
            days,
            VolumesFilter::default(),
            TrendStep::Month,
        )
        .await
        .unwrap();
    assert_eq!(
        months.iter().map(figures).collect::<Vec<_>>(),
        [(1, 23, 2, 1, 1)]
    );
}

#[tokio::test]
async fn a_forecast_goes_on_with_the_pace_of_four_weeks() {
    let world = World::at("2026-11-24 09:00").await;
    for number in 1..=20 {
        let mut claim = Claim::number(number);
        world
            .feed
            .tell([claim.submitted("490000", "2026-09-01 10:00")]);
        if number <= 14 {
            world.feed.tell([
                claim.to(ClaimState::UnderReview, "2026-09-02 10:00"),
                claim.to(ClaimState::Accepted, "2026-11-10 10:00"),
            ]);
        }
    }
    world.night().await.unwrap();
    let forecast = world
        .forecast(&director_of_milano(), VolumesFilter::default())
        .await
        .unwrap();
    assert_eq!((forecast.stock, forecast.pace_days), (6, 28));
    assert_eq!(
        (
            forecast.received_a_day_hundredths,
            forecast.gone_a_day_hundredths
        ),
        (0, 50)
    );
    // Six claims at one in two days.
    let clears = forecast.clears_on.unwrap();
    assert_eq!((clears.month, clears.day), (12, 5));
    assert_eq!(forecast.clears_without_arrivals_on, Some(clears));

    world.it_is("2026-11-25 09:00");
    for number in 21..=60 {
        world
            .feed
            .tell([Claim::number(number).submitted("490000", "2026-11-24 10:00")]);
    }
    world.night().await.unwrap();
    let growing = world
        .forecast(&director_of_milano(), VolumesFilter::default())
        .await
        .unwrap();
    assert_eq!(growing.clears_on, None, "more comes than goes");
    assert!(growing.clears_without_arrivals_on.is_some());
    let of_then = world
        .forecast_on(
            &director_of_milano(),
            Some(day("2026-11-23")),
            VolumesFilter::default(),
        )
        .await
        .unwrap();
    assert_eq!(of_then.clears_on, Some(clears), "as it was said then");
}

#[tokio::test]
async fn a_picture_tells_when_it_was_published_and_in_which_revision() {
    let world = World::at("2026-11-24 09:00").await;
    world
        .feed
        .tell([Claim::number(1).submitted("490000", "2026-11-20 10:00")]);
    world.night().await.unwrap();
    world
        .snapshots
        .rebuild(&chassis::lifecycle::Stop::new())
        .await
        .unwrap();
    let picture = world
        .volumes(&central_manager(), Ask::as_of(day("2026-11-22")))
        .await
        .unwrap();
    assert_eq!(picture.revision, 2);
    assert_eq!(
        picture.published_at.unwrap().seconds,
        rome("2026-11-24 09:00").timestamp()
    );
    let unchanged = world.corrections(&central_manager()).await.unwrap();
    assert!(unchanged.is_empty(), "the same figures are no correction");
}
