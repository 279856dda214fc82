//! Every counter and every question about a request, as a consultant asks them.

use chassis::wire::date;
use kernel::Hours;
use limits::domain::{Cause, Scheme};
use proto::omnia::common::v1 as common;
use proto::omnia::limits::v1 as pb;
use proto::omnia::limits::v1::limits_service_client::LimitsServiceClient;
use tonic::Status;
use tonic_types::StatusExt;

use crate::rpc::{Transport, transport, wire_unit};
use crate::world::{World, claims, day, industry, shop, ten_workers, unit};

fn limits(world: &World) -> LimitsServiceClient<Transport> {
    LimitsServiceClient::new(transport(world, claims()))
}

fn heads(of_a_month: i64) -> pb::Staff {
    pb::Staff {
        employer_monthly_heads_hundredths: vec![of_a_month; 6],
        groups: Vec::new(),
    }
}

async fn counters(world: &World, request: pb::GetCountersRequest) -> Vec<pb::Counter> {
    let request = pb::GetCountersRequest {
        unit: Some(wire_unit()),
        ..request
    };
    let answer = limits(world).get_counters(request).await.unwrap();
    answer.into_inner().counters
}

fn find(counters: &[pb::Counter], kind: pb::CounterKind) -> Option<&pb::Counter> {
    counters.iter().find(|counter| counter.kind() == kind)
}

fn wish(cause: pb::Cause) -> pb::SimulateRequest {
    pb::SimulateRequest {
        unit: Some(wire_unit()),
        cause: cause.into(),
        ..pb::SimulateRequest::default()
    }
}

fn weeks(count: i32) -> common::WeekPeriod {
    common::WeekPeriod {
        first_week: Some(date(day(2026, 11, 23))),
        weeks: count,
    }
}

async fn simulate(
    world: &World,
    request: pb::SimulateRequest,
) -> Result<pb::SimulateResponse, Status> {
    let answer = limits(world).simulate(request).await?;
    Ok(answer.into_inner())
}

#[tokio::test]
async fn one_third_of_the_hours_is_told_where_the_master_data_know_the_groups() {
    let world = World::new().await;
    world.staff.lock().unwrap().groups = ten_workers();
    world.knows(&unit(1), industry());
    let told = counters(&world, pb::GetCountersRequest::default()).await;
    let third = find(&told, pb::CounterKind::CigoOneThird).unwrap();
    assert_eq!((third.limit_units, third.used_units), (13_866, 0));
    let over = simulate(
        &world,
        pb::SimulateRequest {
            period: Some(weeks(4)),
            hours_hundredths: 1_386_601,
            ..wish(pb::Cause::Ord)
        },
    );
    let over = over.await.unwrap();
    let simulation = over.simulation.unwrap();
    assert_eq!(
        (simulation.grantable_weeks, simulation.binding()),
        (3, pb::CounterKind::CigoOneThird)
    );
    let kinds = over.inverse.unwrap().alternatives;
    let fewer = kinds
        .iter()
        .find(|one| one.kind() == pb::AlternativeKind::FewerHours)
        .unwrap();
    assert_eq!(
        (fewer.period, fewer.hours_hundredths),
        (Some(weeks(4)), 1_386_600)
    );
}

#[tokio::test]
async fn a_past_answer_keeps_the_groups_that_were_known_then() {
    let world = World::new().await;
    world.staff.lock().unwrap().groups = ten_workers();
    world.knows(&unit(1), industry());
    let request = || pb::GetCountersRequest {
        unit: Some(wire_unit()),
        ..pb::GetCountersRequest::default()
    };
    let then = limits(&world).get_counters(request()).await.unwrap();
    let then = then.into_inner();
    world.clock.advance(chrono::TimeDelta::hours(1));
    world.staff.lock().unwrap().groups.clear();
    world.knows(&unit(1), industry());
    let now = counters(&world, pb::GetCountersRequest::default()).await;
    assert_eq!(find(&now, pb::CounterKind::CigoOneThird), None);
    let again = counters(
        &world,
        pb::GetCountersRequest {
            as_known_at: then.known_at,
            ..pb::GetCountersRequest::default()
        },
    );
    assert_eq!(again.await, then.counters);
}

#[tokio::test]
async fn weeks_are_not_set_aside_beyond_one_third_of_the_hours() {
    let world = World::new().await;
    let mut command = world.weeks(&unit(1), day(2026, 11, 23), 4);
    command.told.staff.groups = ten_workers();
    command.booking.hours = Hours::from_hundredths(1_386_601);
    let refused = Status::from(world.reserve(&command).await.unwrap_err());
    let told = refused.get_details_error_info().unwrap().metadata;
    assert_eq!(told.get("counter").unwrap(), "CIGO_ONE_THIRD");
    command.booking.hours = Hours::from_hundredths(1_386_600);
    world.reserve(&command).await.unwrap();
}

#[tokio::test]
async fn a_shop_of_five_has_thirteen_weeks_of_ais_and_a_larger_one_twenty_six() {
    let world = World::new().await;
    world.knows(&unit(1), shop());
    for (staff, limit) in [
        (Some(heads(500)), Some(390)),
        (Some(heads(501)), Some(780)),
        (None, None),
    ] {
        let told = counters(
            &world,
            pb::GetCountersRequest {
                staff,
                ..pb::GetCountersRequest::default()
            },
        );
        let told = told.await;
        let ais = find(&told, pb::CounterKind::AisBiennium);
        assert_eq!(ais.map(|ais| ais.limit_units), limit);
        assert_eq!(find(&told, pb::CounterKind::CigoBiennium), None);
    }
    let asked = pb::SimulateRequest {
        period: Some(weeks(14)),
        staff: Some(heads(500)),
        ..wish(pb::Cause::Ord)
    };
    let answer = simulate(&world, asked).await.unwrap();
    let simulation = answer.simulation.unwrap();
    assert_eq!(
        (simulation.grantable_weeks, simulation.binding()),
        (13, pb::CounterKind::AisBiennium)
    );
    assert_eq!(answer.inverse.unwrap().longest_weeks, 13);
}

#[tokio::test]
async fn a_crisis_passes_for_twelve_months_and_the_thirteenth_is_refused() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    let asked = pb::SimulateRequest {
        months: Some(pb::MonthPeriod {
            first_day: Some(date(day(2026, 12, 1))),
            months: 13,
        }),
        ..wish(pb::Cause::Crisi)
    };
    let answer = simulate(&world, asked).await.unwrap();
    assert_eq!(answer.simulation, None);
    let months = answer.months.unwrap();
    assert_eq!((months.grantable_months, months.longest_months), (12, 12));
    assert_eq!(months.binding(), pb::CounterKind::CigsCrisi);
    assert_eq!(
        months.first_failing_month_end,
        Some(date(day(2027, 12, 31)))
    );
    assert!(answer.source.starts_with("art. 22"), "{}", answer.source);
}

#[tokio::test]
async fn a_unit_that_had_cigs_shows_its_grounds() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    let line = world.line(
        &unit(1),
        Scheme::Cigs,
        Cause::Riorg,
        day(2025, 1, 1),
        day(2025, 6, 30),
    );
    world.import(&[line]).await.unwrap();
    let told = counters(&world, pb::GetCountersRequest::default()).await;
    let riorg = find(&told, pb::CounterKind::CigsRiorg).unwrap();
    assert_eq!((riorg.used_units, riorg.limit_units), (6 * 780, 24 * 780));
}

#[tokio::test]
async fn after_a_refusal_the_consultant_reads_what_can_still_be_asked_for() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    let year = world.line(
        &unit(1),
        Scheme::Cigo,
        Cause::Ord,
        day(2025, 12, 1),
        day(2026, 11, 8),
    );
    world.import(&[year]).await.unwrap();
    let asked = pb::SimulateRequest {
        period: Some(weeks(4)),
        ..wish(pb::Cause::Ord)
    };
    let answer = simulate(&world, asked).await.unwrap();
    let simulation = answer.simulation.unwrap();
    let inverse = answer.inverse.unwrap();
    assert_eq!(
        (simulation.grantable_weeks, inverse.longest_weeks),
        (3, 3),
        "49 weeks of the 52 are used"
    );
    let kinds: Vec<_> = inverse
        .alternatives
        .iter()
        .map(pb::Alternative::kind)
        .collect();
    assert_eq!(
        kinds,
        [pb::AlternativeKind::Shorter, pb::AlternativeKind::Later]
    );
    assert_eq!(inverse.alternatives[0].period, Some(weeks(3)));
    let later = inverse.alternatives[1].period.unwrap();
    assert_eq!(later.first_week, simulation.first_block_week);
    let passes = pb::SimulateRequest {
        period: Some(later),
        ..wish(pb::Cause::Ord)
    };
    let passes = simulate(&world, passes).await.unwrap();
    assert_eq!(passes.simulation.unwrap().grantable_weeks, 4);
    assert_eq!(passes.inverse.unwrap().alternatives, []);
    assert_eq!(
        inverse.free_weeks[0].first_week,
        Some(date(day(2026, 11, 23)))
    );
    assert_eq!(
        inverse.admissible_starts[0].first_week,
        simulation.first_block_week
    );
}

#[tokio::test]
async fn weeks_and_months_are_asked_for_by_their_own_grounds() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    let month = Some(pb::MonthPeriod {
        first_day: Some(date(day(2026, 12, 1))),
        months: 1,
    });
    for (request, field) in [
        (wish(pb::Cause::Ord), "period"),
        (wish(pb::Cause::Cds), "months"),
        (
            pb::SimulateRequest {
                period: Some(weeks(1)),
                ..wish(pb::Cause::Cds)
            },
            "period",
        ),
        (
            pb::SimulateRequest {
                months: month,
                ..wish(pb::Cause::Ord)
            },
            "months",
        ),
    ] {
        let refused = simulate(&world, request).await.unwrap_err();
        let violations = refused.get_details_bad_request().unwrap().field_violations;
        assert_eq!(violations[0].field, field);
    }
}

#[tokio::test]
async fn the_rules_of_a_day_are_listed_with_their_source() {
    let world = World::new().await;
    let on = |on| pb::ListRulesRequest {
        on,
        as_known_at: None,
    };
    let today = limits(&world).list_rules(on(None)).await.unwrap();
    let today = today.into_inner();
    assert_eq!(today.on, Some(date(day(2026, 11, 22))));
    let value = |rules: &[pb::Rule], key: &str| {
        let found = rules.iter().find(|rule| rule.key == key);
        found.map(|rule| (rule.value.clone(), rule.unit.clone(), rule.source.clone()))
    };
    assert_eq!(
        value(&today.rules, "biennium_weeks"),
        Some((
            "52".to_owned(),
            "weeks".to_owned(),
            "art. 12 c. 3 D.Lgs. 148/2015".to_owned()
        ))
    );
    let mut api = limits(&world);
    let before = api
        .list_rules(on(Some(date(day(2021, 6, 30)))))
        .await
        .unwrap();
    let before = before.into_inner();
    assert_eq!(value(&before.rules, "ais_weeks_small"), None);
    assert!(value(&today.rules, "ais_weeks_small").is_some());
}
