//! What claims ask for, as their feed tells it.

use chassis::db::ScopedFutureExt;
use chassis::feed::Handler;
use chassis::wire::date;
use limits::ClaimEvents;
use limits::domain::ledger::{Entry, State};
use limits::domain::{Cause, Scheme};
use prost::{Message, Name};
use prost_types::Any;
use proto::omnia::claims::v1::{self as pb, ClaimState};
use proto::omnia::common::v1::WeekPeriod;
use proto::omnia::feed::v1::Event;
use uuid::Uuid;

use crate::rpc::wire_unit;
use crate::world::{World, about, claims, day, industry, unit};

/// The event of a step of a claim for four weeks.
fn step(claim: u128, version: i64, to: ClaimState) -> Event {
    told(claim, version, to, pb::Product::Cigo)
}

fn told(claim: u128, version: i64, to: ClaimState, product: pb::Product) -> Event {
    let claim_id = Uuid::from_u128(claim).to_string();
    let causale = match product {
        pb::Product::Cigs => pb::Causale::CompanyCrisis,
        _ => pb::Causale::WeatherIndustry,
    };
    let message = pb::ClaimEvent {
        claim_id: claim_id.clone(),
        version,
        to: to.into(),
        facts: Some(pb::ClaimFacts {
            unit: Some(wire_unit()),
            product: product.into(),
            causale: causale.into(),
            period: Some(WeekPeriod {
                first_week: Some(date(day(2026, 11, 23))),
                weeks: 4,
            }),
            hours_requested_hundredths: 64_000,
            ..pb::ClaimFacts::default()
        }),
        ..pb::ClaimEvent::default()
    };
    Event {
        event_id: format!("{claim}.{version}"),
        aggregate_id: claim_id,
        payload: Some(Any {
            type_url: format!("type.googleapis.com/{}", pb::ClaimEvent::full_name()),
            value: message.encode_to_vec(),
        }),
        ..Event::default()
    }
}

async fn tell(world: &World, events: &[Event]) {
    let handler = &ClaimEvents(world.app.clone());
    world
        .database
        .database
        .transaction("feed", |tx| {
            async move { handler.apply(tx, events).await }.scope_boxed()
        })
        .await
        .unwrap();
}

async fn states(world: &World) -> Vec<State> {
    let ledger = world.ledger(&unit(1)).await;
    ledger.iter().map(|entry| entry.state).collect()
}

#[tokio::test]
async fn a_submitted_claim_is_shown_as_requested_and_does_not_count() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    tell(&world, &[step(1, 1, ClaimState::Submitted)]).await;
    let [asked]: [Entry; 1] = world.ledger(&unit(1)).await.try_into().unwrap();
    assert_eq!(asked.state, State::Requested);
    assert_eq!(
        asked.booking.origin,
        format!("claim:{}", Uuid::from_u128(1))
    );
    assert_eq!(asked.booking.period.length(), 28);
    let week = Some(day(2027, 2, 1));
    let known = world.app.counters(&claims(), &about(1, None), week).await;
    let used: Vec<i64> = known
        .unwrap()
        .answer
        .iter()
        .map(|one| one.used_units)
        .collect();
    assert_eq!(used, [0, 0, 0, 0]);
}

#[tokio::test]
async fn a_request_ends_with_the_decision_and_begins_again_with_a_reexamination() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    let mut shown = Vec::new();
    for (version, to) in (1..).zip([
        ClaimState::Submitted,
        ClaimState::Assigned,
        ClaimState::Rejected,
        ClaimState::UnderReexamination,
        ClaimState::Withdrawn,
    ]) {
        tell(&world, &[step(1, version, to)]).await;
        shown.extend(states(&world).await);
    }
    assert_eq!(
        shown,
        [
            State::Requested,
            State::Requested,
            State::Concluded,
            State::Requested,
            State::Concluded
        ]
    );
    let page = world
        .app
        .entry_versions(&claims(), &unit(1), Uuid::from_u128(1), 0, "")
        .await
        .unwrap();
    let reasons: Vec<_> = page
        .versions
        .iter()
        .map(|(version, _)| version.reason.as_deref())
        .collect();
    assert_eq!(reasons, [None, Some("REJECTED"), None, Some("WITHDRAWN")]);
}

#[tokio::test]
async fn the_weeks_of_a_claim_count_once_whatever_the_feed_tells() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    tell(&world, &[step(1, 1, ClaimState::Submitted)]).await;
    let command = world.weeks(&unit(1), day(2026, 11, 23), 4);
    world.reserve(&command).await.unwrap();
    tell(&world, &[step(1, 2, ClaimState::Accepted)]).await;
    world.confirm(command.id).await.unwrap();
    tell(&world, &[step(1, 2, ClaimState::Accepted)]).await;
    let week = Some(day(2027, 2, 1));
    let known = world.app.counters(&claims(), &about(1, None), week).await;
    assert_eq!(known.unwrap().answer[0].used_units, 120);
}

#[tokio::test]
async fn the_feed_read_from_its_start_again_changes_nothing_and_rebuilds_what_is_missing() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    let feed = [
        step(1, 1, ClaimState::Submitted),
        step(2, 1, ClaimState::Submitted),
        step(1, 4, ClaimState::UnderReview),
        step(2, 3, ClaimState::Annulled),
    ];
    for event in &feed {
        tell(&world, std::slice::from_ref(event)).await;
    }
    let count = async || {
        sqlx::query_scalar!(r#"select count(*) as "count!" from entry_version"#)
            .fetch_one(world.database.database.pool())
            .await
            .unwrap()
    };
    let (ledger, versions) = (world.ledger(&unit(1)).await, count().await);
    tell(&world, &feed).await;
    for event in &feed {
        tell(&world, std::slice::from_ref(event)).await;
    }
    assert_eq!(
        (world.ledger(&unit(1)).await, count().await),
        (ledger.clone(), versions)
    );

    for table in ["entry", "entry_version"] {
        sqlx::query(sqlx::AssertSqlSafe(format!("delete from {table}")))
            .execute(world.database.database.pool())
            .await
            .unwrap();
    }
    tell(&world, &feed).await;
    assert_eq!(world.ledger(&unit(1)).await, ledger);
}

#[tokio::test]
async fn instruments_without_a_counter_here_are_passed_over() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    for product in [pb::Product::Cisoa, pb::Product::AisFund, pb::Product::Cigd] {
        tell(&world, &[told(1, 1, ClaimState::Submitted, product)]).await;
    }
    assert!(world.ledger(&unit(1)).await.is_empty());
    tell(
        &world,
        &[told(1, 1, ClaimState::Submitted, pb::Product::AisFis)],
    )
    .await;
    assert_eq!(states(&world).await, [State::Requested]);
}

#[tokio::test]
async fn a_claim_of_cigs_is_shown_with_its_reason_until_it_is_decided() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    let step = |version, to| told(1, version, to, pb::Product::Cigs);
    tell(&world, &[step(1, ClaimState::Submitted)]).await;
    let [asked]: [Entry; 1] = world.ledger(&unit(1)).await.try_into().unwrap();
    assert_eq!(
        (asked.state, asked.booking.scheme, asked.booking.cause),
        (State::Requested, Scheme::Cigs, Cause::Crisi)
    );
    let known = world.app.counters(&claims(), &about(1, None), None).await;
    let used = known.unwrap().answer.into_iter().map(|one| one.used_units);
    assert_eq!(used.sum::<i64>(), 0);
    tell(&world, &[step(2, ClaimState::Accepted)]).await;
    assert_eq!(states(&world).await, [State::Concluded]);
}
