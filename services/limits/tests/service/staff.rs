//! Who works in a unit comes from the master data where nobody tells it, and stays with what was answered and booked.

use chassis::Reason;
use chassis::wire::date;
use chrono::{NaiveDate, TimeDelta};
use kernel::Hours;
use limits::app::{ReserveCommand, StaffDays};
use limits::domain::exact::{Exact, whole};
use limits::domain::ledger::State;
use limits::domain::staff::{Average, HoursGroup};
use limits::domain::{Cause, Staff};
use prost::Message;
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

/// An employer of so many heads, whose unit has so many of forty hours.
fn heads(employer: i64, of_unit: i64) -> Staff {
    Staff {
        headcount: Some(Average::known(whole(employer))),
        groups: vec![HoursGroup {
            weekly_hours: whole(40),
            heads: Average::known(whole(of_unit)),
        }],
    }
}

fn of_week(week: NaiveDate) -> pb::GetCountersRequest {
    pb::GetCountersRequest {
        unit: Some(wire_unit()),
        reference_week: Some(date(week)),
        ..pb::GetCountersRequest::default()
    }
}

async fn counters(world: &World, request: pb::GetCountersRequest) -> pb::GetCountersResponse {
    let answer = limits(world).get_counters(request).await;
    answer.unwrap().into_inner()
}

fn limit(answer: &pb::GetCountersResponse, kind: pb::CounterKind) -> Option<i64> {
    let found = answer.counters.iter().find(|one| one.kind() == kind);
    found.map(|one| one.limit_units)
}

fn hours(world: &World, first: NaiveDate, weeks: u32, hours: i64) -> ReserveCommand {
    let mut command = world.weeks(&unit(1), first, weeks);
    command.booking.hours = Hours::from_hundredths(hours * 100);
    command
}

fn counter_of(failure: chassis::Failure) -> String {
    let info = Status::from(failure).get_details_error_info().unwrap();
    info.metadata["counter"].clone()
}

#[tokio::test]
async fn the_headcount_of_the_master_data_decides_the_weeks_of_a_shop() {
    let world = World::new().await;
    for (employer, weeks) in [(5, 13), (6, 26)] {
        world.clock.advance(TimeDelta::seconds(1));
        *world.staff.lock().unwrap() = heads(employer, 5);
        world.knows(&unit(1), shop());
        let told = counters(&world, of_week(day(2027, 2, 1))).await;
        assert_eq!(limit(&told, pb::CounterKind::AisBiennium), Some(weeks * 30));
        assert_eq!(
            world.last_asked(),
            StaffDays {
                start: day(2027, 2, 1),
                filed_on: day(2026, 11, 22)
            },
            "the groups before the week, the employer before today"
        );
    }
    let told_otherwise = pb::GetCountersRequest {
        staff: Some(pb::Staff {
            employer_monthly_heads_hundredths: vec![500],
            groups: Vec::new(),
        }),
        ..of_week(day(2027, 2, 1))
    };
    let told = counters(&world, told_otherwise).await;
    assert_eq!(limit(&told, pb::CounterKind::AisBiennium), Some(390));
}

#[tokio::test]
async fn the_headcount_of_the_master_data_puts_a_unit_under_the_cigs() {
    let world = World::new().await;
    for (employer, under) in [(15, false), (16, true)] {
        world.clock.advance(TimeDelta::seconds(1));
        *world.staff.lock().unwrap() = heads(employer, 5);
        world.knows(&unit(1), industry());
        let told = counters(&world, of_week(day(2026, 11, 23))).await;
        assert_eq!(limit(&told, pb::CounterKind::CigsCrisi).is_some(), under);
    }
}

#[tokio::test]
async fn weeks_are_booked_within_one_third_of_the_hours_that_the_master_data_know() {
    let world = World::new().await;
    world.staff.lock().unwrap().groups = ten_workers();
    world.knows(&unit(1), industry());
    let mut over = hours(&world, day(2026, 11, 30), 4, 13_867);
    over.told.filed_on = Some(day(2026, 10, 12));
    let failure = world.reserve(&over).await.unwrap_err();
    assert_eq!(counter_of(failure), "CIGO_ONE_THIRD");
    assert_eq!(
        world.last_asked(),
        StaffDays {
            start: day(2026, 11, 30),
            filed_on: day(2026, 10, 12)
        }
    );
    let within = hours(&world, day(2026, 11, 30), 4, 13_866);
    world.reserve(&within).await.unwrap();
}

#[tokio::test]
async fn ais_is_booked_by_the_headcount_that_the_master_data_know() {
    let world = World::new().await;
    *world.staff.lock().unwrap() = heads(5, 5);
    world.knows(&unit(1), shop());
    let mut command = world.ais(&unit(1), day(2026, 11, 23), 14, 5);
    command.told.staff = Staff::default();
    let failure = world.reserve(&command).await.unwrap_err();
    assert_eq!(counter_of(failure), "AIS_BIENNIUM");
}

#[tokio::test]
async fn a_programme_is_capped_by_the_groups_that_the_master_data_know() {
    let world = World::new().await;
    world.staff.lock().unwrap().groups = ten_workers();
    world.knows(&unit(1), industry());
    let mut year = world.months(&unit(1), Cause::Riorg, day(2026, 12, 1), 12);
    year.booking.hours = Hours::from_hundredths(1_664_100);
    let failure = world.reserve(&year).await.unwrap_err();
    assert_eq!(counter_of(failure), "CIGS_HOURS");
}

#[tokio::test]
async fn a_lapsed_reservation_is_checked_against_one_third_with_the_staff_it_was_booked_with() {
    let world = World::new().await;
    world.staff.lock().unwrap().groups = ten_workers();
    world.knows(&unit(1), industry());
    let late = hours(&world, day(2026, 11, 23), 4, 13_000);
    world.reserve(&late).await.unwrap();
    world.clock.advance(TimeDelta::hours(25));
    // A hundred workers would leave room for both.
    world.staff.lock().unwrap().groups = heads(100, 100).groups;
    world.knows(&unit(1), industry());
    let other = hours(&world, day(2027, 3, 1), 4, 867);
    world.reserve(&other).await.unwrap();
    let failure = world.confirm(late.id).await.unwrap_err();
    assert_eq!(failure.reason(), Reason::ReservationExpired);
    assert_eq!(counter_of(failure), "CIGO_ONE_THIRD");
    world.release(other.id).await.unwrap();
    assert_eq!(
        world.confirm(late.id).await.unwrap().state,
        State::Authorised
    );
}

#[tokio::test]
async fn months_of_heads_are_averaged_exactly() {
    let world = World::new().await;
    let group = pb::HoursGroup {
        weekly_hours_hundredths: 4_000,
        average_heads_hundredths: 1_017,
        monthly_heads_hundredths: vec![1_000, 1_000, 1_000, 1_000, 1_000, 1_100],
    };
    world.knows(&unit(1), industry());
    let request = pb::GetCountersRequest {
        staff: Some(pb::Staff {
            employer_monthly_heads_hundredths: Vec::new(),
            groups: vec![group],
        }),
        ..of_week(day(2026, 11, 23))
    };
    let told = counters(&world, request).await;
    // 61/6 × 40 × 104 ÷ 3 = 14 097.8; with 10.17 heads it would be 14 102.
    assert_eq!(limit(&told, pb::CounterKind::CigoOneThird), Some(14_097));
}

#[tokio::test]
async fn past_answers_come_back_to_the_byte_with_the_staff_of_then() {
    let world = World::new().await;
    let third = Staff {
        headcount: Some(Average::known(Exact::new(47, 3))),
        groups: vec![HoursGroup {
            weekly_hours: Exact::new(77, 2),
            heads: Average::known(Exact::new(31, 3)),
        }],
    };
    let (winter, spring) = (day(2026, 11, 23), day(2027, 4, 5));
    let mut answers = Vec::new();
    for (staff, week) in [
        (third, spring),
        (heads(15, 7), winter),
        (heads(40, 9), spring),
        (Staff::default(), winter),
    ] {
        *world.staff.lock().unwrap() = staff;
        world.knows(&unit(1), industry());
        world.clock.advance(TimeDelta::hours(1));
        answers.push((week, counters(&world, of_week(week)).await));
    }
    let bytes: Vec<_> = answers.iter().map(|(_, one)| one.encode_to_vec()).collect();
    assert!(bytes.windows(2).all(|pair| pair[0] != pair[1]));
    for ((week, answer), bytes) in answers.iter().zip(&bytes) {
        let again = pb::GetCountersRequest {
            as_known_at: answer.known_at,
            ..of_week(*week)
        };
        assert_eq!(counters(&world, again).await.encode_to_vec(), *bytes);
    }
    // As of the second answer, the spring is seen with what was known of it then.
    let spring_then = pb::GetCountersRequest {
        as_known_at: answers[1].1.known_at,
        ..of_week(spring)
    };
    assert_eq!(
        counters(&world, spring_then).await.counters,
        answers[0].1.counters
    );
}

#[tokio::test]
async fn a_simulation_of_the_past_keeps_the_headcount_too() {
    let world = World::new().await;
    *world.staff.lock().unwrap() = heads(5, 5);
    world.knows(&unit(1), shop());
    let ask = |as_known_at| pb::SimulateRequest {
        unit: Some(wire_unit()),
        cause: pb::Cause::Ord.into(),
        period: Some(common::WeekPeriod {
            first_week: Some(date(day(2026, 11, 23))),
            weeks: 20,
        }),
        as_known_at,
        ..pb::SimulateRequest::default()
    };
    let then = limits(&world).simulate(ask(None)).await.unwrap();
    let then = then.into_inner();
    assert_eq!(then.simulation.unwrap().grantable_weeks, 13);
    world.clock.advance(TimeDelta::hours(1));
    *world.staff.lock().unwrap() = heads(6, 5);
    world.knows(&unit(1), shop());
    let now = limits(&world).simulate(ask(None)).await.unwrap();
    assert_eq!(now.into_inner().simulation.unwrap().grantable_weeks, 20);
    let again = limits(&world).simulate(ask(then.known_at)).await.unwrap();
    assert_eq!(again.into_inner().encode_to_vec(), then.encode_to_vec());
}
