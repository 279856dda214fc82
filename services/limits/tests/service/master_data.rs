//! The copy of the master data: what the feed of the anagrafe told answers like the anagrafe itself, and as long as it is
//! fresh nobody else is asked.

use std::time::Duration;

use chassis::access::Role;
use chassis::identity::{Caller, Scope};
use chassis::wire::{date, timestamp};
use chassis::{Failure, Reason};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use limits::app::TOLERATED_AGE;
use limits::domain::exact::whole;
use limits::domain::staff::{Average, HoursGroup};
use limits::domain::{Cause, Facts, Scheme, Sector, Staff};
use prost::{Message, Name};
use proto::omnia::anagrafe::v1 as anagrafe;
use proto::omnia::feed::v1::Event;
use proto::omnia::limits::v1 as pb;
use proto::omnia::limits::v1::limits_service_client::LimitsServiceClient;

use crate::rpc::{transport, wire_unit};
use crate::world::{MATRICOLA, OFFICE, World, about, caller, claims, day, industry, unit};

/// The months from May to October 2026, before the week that is asked about by default.
const SEMESTER: [Month; 6] = [
    (2026, 5),
    (2026, 6),
    (2026, 7),
    (2026, 8),
    (2026, 9),
    (2026, 10),
];

/// Year and month.
type Month = (i32, u32);

/// Weekly hours and heads of each group.
type Groups<'a> = &'a [(i64, i64)];

fn event<M: Message + Name>(message: &M) -> Event {
    Event {
        event_id: "an-event".to_owned(),
        payload: Some(prost_types::Any {
            type_url: format!("type.googleapis.com/{}", M::full_name()),
            value: message.encode_to_vec(),
        }),
        ..Event::default()
    }
}

fn employer(sector: &str, heads: &[(Month, i64)]) -> anagrafe::EmployerEvent {
    let month = |((year, month), heads): &(Month, i64)| anagrafe::EmployerMonth {
        month: Some(date(day(*year, *month, 1))),
        heads_hundredths: heads * 100,
    };
    anagrafe::EmployerEvent {
        matricola: MATRICOLA.to_owned(),
        sector: sector.to_owned(),
        months: heads.iter().map(month).collect(),
    }
}

fn of_unit(office: &str, months: &[(Month, Groups<'_>)]) -> anagrafe::ProductionUnitEvent {
    let group = |(hours, heads): &(i64, i64)| anagrafe::GroupHeads {
        weekly_hours_hundredths: hours * 100,
        heads_hundredths: heads * 100,
    };
    let months = months
        .iter()
        .map(|((year, month), groups)| anagrafe::ProductionUnitMonth {
            month: Some(date(day(*year, *month, 1))),
            groups: groups.iter().map(group).collect(),
        });
    anagrafe::ProductionUnitEvent {
        unit: Some(wire_unit()),
        working_days: 5,
        competent_office: office.to_owned(),
        months: months.collect(),
    }
}

/// A manufacturer with twenty heads, of whom ten work forty hours in the unit, told in full.
async fn told_in_full(world: &World) {
    let heads = SEMESTER.map(|month| (month, 20));
    let groups = SEMESTER.map(|month| (month, &[(40, 10)][..]));
    let events = [
        event(&of_unit(OFFICE, &groups)),
        event(&employer("a", &heads)),
    ];
    world.told(&events).await.unwrap();
}

/// A world whose copy is as fresh as can be.
async fn with_copy() -> World {
    let world = World::new().await;
    told_in_full(&world).await;
    world.copy.is(Some(Duration::ZERO));
    world
}

async fn counters(world: &World, at: Option<DateTime<Utc>>) -> pb::GetCountersResponse {
    of_week(world, None, at).await
}

async fn of_week(
    world: &World,
    week: Option<NaiveDate>,
    at: Option<DateTime<Utc>>,
) -> pb::GetCountersResponse {
    let mut limits = LimitsServiceClient::new(transport(world, claims()));
    let request = pb::GetCountersRequest {
        unit: Some(wire_unit()),
        reference_week: week.map(date),
        as_known_at: at.map(timestamp),
        ..pb::GetCountersRequest::default()
    };
    limits.get_counters(request).await.unwrap().into_inner()
}

fn limit(answer: &pb::GetCountersResponse, kind: pb::CounterKind) -> Option<i64> {
    let found = answer.counters.iter().find(|one| one.kind() == kind);
    found.map(|one| one.limit_units)
}

/// What the anagrafe says of the same unit when it is asked.
fn twenty_heads() -> Staff {
    Staff {
        headcount: Some(Average::known(whole(20))),
        groups: vec![HoursGroup {
            weekly_hours: whole(40),
            heads: Average::known(whole(10)),
        }],
    }
}

#[tokio::test]
async fn the_copy_answers_as_the_anagrafe_would_and_spares_it() {
    let world = with_copy().await;
    let line = world.line(
        &unit(1),
        Scheme::Cigo,
        Cause::Ord,
        day(2026, 2, 2),
        day(2026, 5, 3),
    );
    world
        .app
        .import_history(&claims(), &[line], false)
        .await
        .unwrap();
    let by_copy = counters(&world, None).await;
    assert_eq!(world.times_asked(), 0);
    assert_eq!(limit(&by_copy, pb::CounterKind::CigoOneThird), Some(13_866));
    assert!(limit(&by_copy, pb::CounterKind::CigsCrisi).is_some());

    *world.staff.lock().unwrap() = twenty_heads();
    world.knows(&unit(1), industry());
    world.copy.is(None);
    let by_anagrafe = counters(&world, None).await;
    assert_eq!(world.times_asked(), 1);
    assert_eq!(by_copy, by_anagrafe);
}

#[tokio::test]
async fn the_copy_serves_every_question_about_a_unit() {
    let world = with_copy().await;
    world
        .app
        .ledger(&claims(), &unit(1), None, 0, "")
        .await
        .unwrap();
    let command = world.weeks(&unit(1), day(2026, 11, 23), 4);
    world.app.reserve(&claims(), &command).await.unwrap();
    let mut line = world.line(
        &unit(1),
        Scheme::Cigo,
        Cause::Ord,
        day(2026, 2, 2),
        day(2026, 5, 3),
    );
    line.booking.hours = kernel::Hours::from_hundredths(100);
    let operator = Caller::service("operator");
    world
        .app
        .import_history(&operator, &[line], true)
        .await
        .unwrap();
    assert_eq!(world.times_asked(), 0);
}

#[tokio::test]
async fn the_anagrafe_is_asked_for_what_the_copy_lacks() {
    let world = World::new().await;
    world.copy.is(Some(Duration::ZERO));
    world.knows(&unit(1), industry());
    let nobody_told = counters(&world, None).await;
    assert_eq!(world.times_asked(), 1);
    let groups = SEMESTER.map(|month| (month, &[(40, 10)][..]));
    world
        .told(&[event(&of_unit(OFFICE, &groups))])
        .await
        .unwrap();
    assert_eq!(
        counters(&world, None).await.counters,
        nobody_told.counters,
        "a unit without its employer is not known yet"
    );
    assert_eq!(world.times_asked(), 2);
    world.clock.advance(TimeDelta::seconds(1));
    world.told(&[event(&employer("a", &[]))]).await.unwrap();
    let told = counters(&world, None).await;
    assert_eq!(world.times_asked(), 2);
    assert_eq!(limit(&told, pb::CounterKind::CigoOneThird), Some(13_866));
}

#[tokio::test]
async fn a_copy_that_fell_behind_is_not_relied_on() {
    let world = with_copy().await;
    let builders = Facts {
        sector: Sector::M,
        ..industry()
    };
    world.knows(&unit(1), builders);
    for (age, months) in [
        (Some(TOLERATED_AGE), 24),
        (Some(TOLERATED_AGE + Duration::from_millis(1)), 30),
        (None, 30),
        (Some(Duration::ZERO), 24),
    ] {
        world.clock.advance(TimeDelta::seconds(1));
        world.copy.is(age);
        let told = counters(&world, None).await;
        let limit = limit(&told, pb::CounterKind::TotalDuration);
        assert_eq!(limit, Some(months * 780), "{age:?}");
    }
}

#[tokio::test]
async fn staff_see_a_unit_through_the_office_that_the_copy_names() {
    let world = with_copy().await;
    let other = "700000";
    let staff = |office: &str| caller(Role::Sede, Scope::Offices(vec![office.parse().unwrap()]));
    let sees = async |office: &str| {
        let asked = world
            .app
            .counters(&staff(office), &about(1, None), None)
            .await;
        asked
            .map(|_| ())
            .map_err(|failure: Failure| failure.reason())
    };
    assert_eq!(sees(OFFICE).await, Ok(()));
    assert_eq!(sees(other).await, Err(Reason::IdnE06));
    world.told(&[event(&of_unit(other, &[]))]).await.unwrap();
    assert_eq!(sees(OFFICE).await, Err(Reason::IdnE06));
    assert_eq!(sees(other).await, Ok(()));
    let elsewhere = caller(Role::AzCon, Scope::Own(vec!["4958012346".to_owned()]));
    let asked = world.app.counters(&elsewhere, &about(1, None), None).await;
    assert_eq!(asked.unwrap_err().reason(), Reason::IdnE05);
    assert_eq!(world.times_asked(), 0);
}

#[tokio::test]
async fn who_may_not_see_a_unit_in_the_copy_leaves_no_trace_of_having_asked() {
    let world = with_copy().await;
    let stranger = caller(Role::Sede, Scope::Offices(vec!["700000".parse().unwrap()]));
    let asked = world.app.counters(&stranger, &about(1, None), None).await;
    assert_eq!(asked.unwrap_err().reason(), Reason::IdnE06);
    let remembered: i64 = sqlx::query_scalar("select count(*) from unit_facts")
        .fetch_one(world.database.database.pool())
        .await
        .unwrap();
    assert_eq!(remembered, 0);
}

#[tokio::test]
async fn what_was_answered_before_the_feed_told_something_else_is_answered_again() {
    let world = with_copy().await;
    let mut given = vec![counters(&world, None).await];
    for news in [
        event(&employer("m", &[])),
        event(&employer("m", &[((2026, 10), 4), ((2026, 9), 1)])),
        event(&of_unit(OFFICE, &[((2026, 10), &[(40, 9), (20, 4)])])),
        event(&employer("a", &[])),
    ] {
        world.clock.advance(TimeDelta::minutes(1));
        world.told(&[news]).await.unwrap();
        given.push(counters(&world, None).await);
    }
    world.clock.advance(TimeDelta::days(100));
    let mut distinct: Vec<Vec<u8>> = Vec::new();
    for answer in &given {
        let at = answer.known_at.as_ref().and_then(chassis::wire::instant);
        let again = counters(&world, at).await;
        assert_eq!(again.encode_to_vec(), answer.encode_to_vec());
        let counters = pb::GetCountersResponse {
            known_at: None,
            ..answer.clone()
        };
        distinct.push(counters.encode_to_vec());
    }
    distinct.dedup();
    assert_eq!(
        distinct.len(),
        given.len(),
        "each piece of news changes an answer"
    );
    assert_eq!(world.times_asked(), 0);
}

#[tokio::test]
async fn a_month_that_is_told_takes_the_place_of_what_was_told_of_it() {
    let world = with_copy().await;
    let third = async || limit(&counters(&world, None).await, pb::CounterKind::CigoOneThird);
    assert_eq!(third().await, Some(10 * 40 * 104 / 3));
    let halved = SEMESTER.map(|month| (month, &[(20, 10)][..]));
    world.clock.advance(TimeDelta::seconds(1));
    world
        .told(&[event(&of_unit(OFFICE, &halved))])
        .await
        .unwrap();
    assert_eq!(third().await, Some(10 * 20 * 104 / 3));
    let nobody: [_; 6] = SEMESTER.map(|month| (month, &[][..]));
    world.clock.advance(TimeDelta::seconds(1));
    world
        .told(&[event(&of_unit(OFFICE, &nobody))])
        .await
        .unwrap();
    assert_eq!(third().await, None, "without groups nobody knows the hours");
}

#[tokio::test]
async fn only_the_six_months_before_count() {
    let world = with_copy().await;
    let around = [
        ((2026, 4), &[(40, 900)][..]),
        ((2026, 11), &[(40, 900)][..]),
    ];
    let heads = [((2026, 4), 900), ((2026, 11), 900)];
    let news = [
        event(&of_unit(OFFICE, &around)),
        event(&employer("a", &heads)),
    ];
    world.told(&news).await.unwrap();
    let third = async |week| {
        let told = of_week(&world, Some(week), None).await;
        limit(&told, pb::CounterKind::CigoOneThird)
    };
    assert_eq!(third(day(2026, 11, 30)).await, Some(13_866));
    let one_month_later = (5 * 10 + 900) * 40 * 104 / 18;
    assert_eq!(third(day(2026, 12, 7)).await, Some(one_month_later));
}

#[tokio::test]
async fn the_feed_can_be_read_from_its_start_again() {
    let world = with_copy().await;
    let rows = async || -> Vec<String> {
        let all = "select t::text from master_unit t union all select t::text from master_employer t order by 1";
        let pool = world.database.database.pool();
        sqlx::query_scalar(all).fetch_all(pool).await.unwrap()
    };
    let before = rows().await;
    assert_eq!(before.len(), 2);
    told_in_full(&world).await;
    assert_eq!(rows().await, before);
}

#[tokio::test]
async fn an_event_that_cannot_be_understood_is_not_skipped() {
    let world = World::new().await;
    let unit = of_unit(OFFICE, &[((2026, 10), &[(40, 10)])]);
    let with_month = |month| {
        let mut event = unit.clone();
        event.months[0].month = month;
        event
    };
    let negative = of_unit(OFFICE, &[((2026, 10), &[(40, -1)])]);
    let without_hours = of_unit(OFFICE, &[((2026, 10), &[(0, 1)])]);
    let seven_days = anagrafe::ProductionUnitEvent {
        working_days: 7,
        ..unit.clone()
    };
    let no_unit = anagrafe::ProductionUnitEvent {
        unit: None,
        ..unit.clone()
    };
    for (event, what) in [
        (event(&employer("z", &[])), "sector"),
        (
            event(&employer("a", &[((2026, 10), -1)])),
            "heads_hundredths",
        ),
        (event(&of_unit("office", &[])), "competent_office"),
        (event(&negative), "heads_hundredths"),
        (event(&without_hours), "weekly_hours_hundredths"),
        (event(&seven_days), "working_days"),
        (event(&no_unit), "unit"),
        (event(&with_month(None)), "month"),
        (event(&with_month(Some(date(day(2026, 10, 2))))), "month"),
        (Event::default(), "payload"),
        (
            event(&anagrafe::EntitlementEvent::default()),
            "payload.type_url",
        ),
    ] {
        let failure = world.told(&[event]).await.unwrap_err();
        let told = format!("{:?}", std::error::Error::source(&failure));
        assert!(told.contains(&format!("\"{what}\"")), "{what}: {told}");
    }
}
