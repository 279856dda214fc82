//! Many units in one stream.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chassis::access::Role;
use chassis::identity::Scope;
use futures_util::{Stream, StreamExt, stream};
use proto::omnia::limits::v1 as pb;
use proto::omnia::limits::v1::limits_service_client::LimitsServiceClient;
use proto::omnia::limits::v1::reservation_service_client::ReservationServiceClient;

use crate::rpc::transport;
use crate::world::{MATRICOLA, World, caller, claims, industry, unit};

fn named(matricola: &str, production_unit_code: i32) -> pb::EvaluateBulkRequest {
    pb::EvaluateBulkRequest {
        unit: Some(pb::BulkUnit {
            matricola: matricola.to_owned(),
            production_unit_code,
            ..pb::BulkUnit::default()
        }),
    }
}

async fn answers(
    world: &World,
    units: impl Stream<Item = pb::EvaluateBulkRequest> + Send + 'static,
) -> Vec<pb::BulkAnswer> {
    let mut limits = LimitsServiceClient::new(transport(world, claims()));
    let answers = limits.evaluate_bulk(units).await.unwrap().into_inner();
    answers
        .map(|answer| answer.unwrap().answer.unwrap())
        .collect()
        .await
}

fn fault(answer: &pb::BulkAnswer) -> Option<(&str, &str)> {
    let error = answer.error.as_ref()?;
    Some((&error.reason, &error.field))
}

#[tokio::test]
async fn a_thousand_units_are_answered_in_their_order() {
    let world = World::new().await;
    for code in 0..10 {
        world.knows(&unit(code), industry());
        let command = world.weeks(&unit(code), crate::world::day(2026, 3, 2), code.max(1));
        world.reserve(&command).await.unwrap();
    }
    let asked = stream::iter((0..1_000).map(|place| named(MATRICOLA, place % 10)));
    let told = answers(&world, asked).await;
    assert_eq!(told.len(), 1_000);
    for (place, answer) in (0..).zip(&told) {
        assert_eq!(
            (answer.index, i64::from(answer.production_unit_code)),
            (place, place % 10)
        );
        assert_eq!(answer.counters[0].used_units, 30 * (place % 10).max(1));
    }
}

#[tokio::test]
async fn a_unit_at_fault_is_named_and_the_stream_goes_on() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    let mut crowded = named(MATRICOLA, 1);
    if let Some(unit) = &mut crowded.unit {
        unit.employer_monthly_heads_hundredths = vec![500; 7];
    }
    let asked = stream::iter([
        named("49580", 1),
        named(MATRICOLA, 1),
        named(MATRICOLA, 100_000),
        named(MATRICOLA, 2),
        crowded,
        pb::EvaluateBulkRequest::default(),
        named(MATRICOLA, 1),
    ]);
    let told = answers(&world, asked).await;
    let faults: Vec<_> = told.iter().map(fault).collect();
    assert_eq!(
        faults,
        [
            Some(("FIELD_INVALID", "matricola")),
            None,
            Some(("FIELD_INVALID", "production_unit_code")),
            Some(("IDN-E06", "unit")),
            Some(("FIELD_INVALID", "employer_monthly_heads_hundredths")),
            Some(("FIELD_INVALID", "matricola")),
            None,
        ]
    );
    assert_eq!(told[0].matricola, "49580");
    assert_eq!(told[2].production_unit_code, 100_000);
    assert_eq!(told[1].counters, told[6].counters);
}

#[tokio::test]
async fn a_consultant_is_answered_for_the_own_firms_alone() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    let other = caller(Role::AzCon, Scope::Own(vec!["1111111111".to_owned()]));
    let mut limits = LimitsServiceClient::new(transport(&world, other));
    let asked = stream::iter([named(MATRICOLA, 1)]);
    let mut told = limits.evaluate_bulk(asked).await.unwrap().into_inner();
    let answer = told.message().await.unwrap().unwrap().answer.unwrap();
    assert_eq!(fault(&answer), Some(("IDN-E05", "")));
    assert_eq!(answer.counters, []);
}

#[tokio::test]
async fn another_service_may_ask_about_every_unit() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    let mut bookings = ReservationServiceClient::new(transport(&world, claims()));
    let asked = stream::iter([named(MATRICOLA, 1)])
        .map(|asked| pb::EvaluateUnitsRequest { unit: asked.unit });
    let mut told = bookings.evaluate_units(asked).await.unwrap().into_inner();
    let answer = told.message().await.unwrap().unwrap().answer.unwrap();
    assert_eq!(answer.counters.len(), 4);
    assert!(told.message().await.unwrap().is_none());
}

#[tokio::test]
async fn whoever_does_not_read_is_not_read_from() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    let taken = Arc::new(AtomicUsize::new(0));
    let counter = taken.clone();
    let asked = stream::iter(0..1_000_000).map(move |_| {
        counter.fetch_add(1, Ordering::Relaxed);
        named(MATRICOLA, 1)
    });
    let mut limits = LimitsServiceClient::new(transport(&world, claims()));
    let mut told = limits.evaluate_bulk(asked).await.unwrap().into_inner();
    told.message().await.unwrap().unwrap();
    let mut before = usize::MAX;
    while before != taken.load(Ordering::Relaxed) {
        before = taken.load(Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert!(before < 20_000, "{before} units were taken unread");
    told.message().await.unwrap().unwrap();
}
