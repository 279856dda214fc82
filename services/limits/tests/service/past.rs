//! What was known before: every answer can be given again, byte for byte, whatever has happened since.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chassis::access::Role;
use chassis::identity::{Caller, Scope};
use chassis::{Clock, Reason};
use chrono::{DateTime, Days, TimeDelta, Utc};
use limits::app::Known;
use limits::domain::ledger::{State, Usage, Version};
use limits::domain::{Cause, Counter, Facts, Scheme, Sector};
use limits::planted::PlantedBug;
use prost::Message;
use proto::omnia::limits::v1 as pb;
use proto::omnia::limits::v1::limits_service_client::LimitsServiceClient;

use tokio::task::JoinSet;

use crate::rpc::{transport, wire_unit};
use crate::world::{World, about, caller, claims, day, industry, unit};
use chassis::wire::{date, timestamp};

/// Everything that can be asked of a unit, as bytes, as of an instant.
async fn answers(world: &World, at: Option<DateTime<Utc>>) -> (DateTime<Utc>, Vec<Vec<u8>>) {
    let as_known_at = at.map(timestamp);
    let mut limits = LimitsServiceClient::new(transport(world, claims()));
    let counters = limits
        .get_counters(pb::GetCountersRequest {
            unit: Some(wire_unit()),
            as_known_at,
            ..Default::default()
        })
        .await
        .unwrap()
        .into_inner();
    let simulation = limits
        .simulate(pb::SimulateRequest {
            unit: Some(wire_unit()),
            cause: pb::Cause::Ord.into(),
            period: Some(proto::omnia::common::v1::WeekPeriod {
                first_week: Some(date(day(2027, 3, 1))),
                weeks: 13,
            }),
            as_known_at,
            ..Default::default()
        })
        .await
        .unwrap()
        .into_inner();
    let ledger = limits
        .list_ledger(pb::ListLedgerRequest {
            unit: Some(wire_unit()),
            as_known_at,
            ..pb::ListLedgerRequest::default()
        })
        .await
        .unwrap()
        .into_inner();
    let known_at = counters.known_at.as_ref().and_then(chassis::wire::instant);
    let bytes = vec![
        counters.encode_to_vec(),
        simulation.encode_to_vec(),
        ledger.encode_to_vec(),
    ];
    (known_at.unwrap(), bytes)
}

/// A year in the life of a ledger, a story of every change there is; `between` runs after each.
async fn live(world: &World, mut after: impl AsyncFnMut(&World)) {
    world.knows(&unit(1), industry());
    after(world).await;
    let line = world.line(
        &unit(1),
        Scheme::Cigo,
        Cause::Ord,
        day(2026, 2, 2),
        day(2026, 5, 3),
    );
    world.import(std::slice::from_ref(&line)).await.unwrap();
    after(world).await;
    let forgotten = world.weeks(&unit(1), day(2026, 11, 23), 4);
    world.reserve(&forgotten).await.unwrap();
    after(world).await;
    world.clock.advance(TimeDelta::hours(30));
    after(world).await;
    world.expire().await;
    after(world).await;
    let granted = world.weeks(&unit(1), day(2026, 11, 30), 6);
    world.reserve(&granted).await.unwrap();
    world.confirm(granted.id).await.unwrap();
    after(world).await;
    let used = Usage {
        dates: BTreeSet::from([day(2026, 12, 1), day(2026, 12, 2)]),
        hours: BTreeMap::new(),
    };
    world
        .app
        .declare_usage(&payments(), granted.id, &used)
        .await
        .unwrap();
    after(world).await;
    world.knows(
        &unit(1),
        Facts {
            sector: Sector::M,
            ..industry()
        },
    );
    world.clock.advance(TimeDelta::days(7));
    after(world).await;
    world.release(granted.id).await.unwrap();
    after(world).await;
}

fn payments() -> Caller {
    Caller::service("payments")
}

#[tokio::test]
async fn every_answer_is_given_again_to_the_byte_after_all_that_followed() {
    let world = World::new().await;
    let mut given = Vec::new();
    live(&world, async |world: &World| {
        given.push(answers(world, None).await);
    })
    .await;
    world.clock.advance(TimeDelta::days(400));
    for (step, (known_at, bytes)) in given.iter().enumerate() {
        let (again_at, again) = answers(&world, Some(*known_at)).await;
        assert_eq!((again_at, &again), (*known_at, bytes), "step {step}");
    }
    let distinct: BTreeSet<_> = given.iter().map(|(_, bytes)| bytes).collect();
    assert_eq!(distinct.len(), given.len(), "each step changes an answer");
}

/// How many answers, given while the ledger of a unit changes all the time, are not given again afterwards.
async fn changed_afterwards(world: &Arc<World>) -> usize {
    world.knows(&unit(1), industry());
    let commands: Vec<_> = (0..12)
        .map(|offset| world.weeks(&unit(1), day(2026, 11, 23) + Days::new(offset * 7), 1))
        .collect();
    let mut writers = JoinSet::new();
    for command in commands {
        let world = world.clone();
        writers.spawn(async move {
            for _ in 0..10 {
                world.clock.advance(TimeDelta::milliseconds(1));
                world.reserve(&command).await.unwrap();
            }
        });
    }
    let mut readers = JoinSet::new();
    for _ in 0..8 {
        let world = world.clone();
        readers.spawn(async move {
            let mut given = Vec::new();
            for _ in 0..40 {
                world.clock.advance(TimeDelta::milliseconds(1));
                given.push(ledger(&world, None).await);
            }
            given
        });
    }
    while let Some(written) = writers.join_next().await {
        written.unwrap();
    }
    let given = readers.join_all().await.concat();
    world.clock.advance(TimeDelta::seconds(1));
    let mut changed = 0;
    for (known_at, entries) in given {
        changed += usize::from(ledger(world, Some(known_at)).await.1 != entries);
    }
    changed
}

async fn ledger(world: &World, at: Option<DateTime<Utc>>) -> (DateTime<Utc>, Vec<Version>) {
    let page = world.app.ledger(&claims(), &unit(1), at, 200, "").await;
    let page = page.unwrap();
    (page.known_at, page.entries)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_given_in_the_middle_of_changes_is_given_again() {
    assert_eq!(changed_afterwards(&Arc::new(World::new().await)).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_lock_an_answer_changes_afterwards() {
    for _ in 0..20 {
        let world = Arc::new(World::with_bug(PlantedBug::SkipLock).await);
        if changed_afterwards(&world).await > 0 {
            return;
        }
    }
    panic!("the planted bug was never seen: the test above proves nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_given_while_the_master_data_change_is_given_again() {
    let world = Arc::new(World::new().await);
    world.knows(&unit(1), industry());
    let app = world.instance_in_time().await;
    let mut readers = JoinSet::new();
    for reader in 0..8 {
        let (world, app) = (world.clone(), app.clone());
        readers.spawn(async move {
            let mut given = Vec::new();
            for turn in 0..40 {
                if (reader + turn) % 8 == 0 {
                    let sector = if turn % 2 == 0 { Sector::M } else { Sector::A };
                    world.knows(
                        &unit(1),
                        Facts {
                            sector,
                            ..industry()
                        },
                    );
                }
                let asked = app.counters(&claims(), &about(1, None), None).await;
                given.push(asked.unwrap());
            }
            given
        });
    }
    let given = readers.join_all().await.concat();
    for known in &given {
        let at = Some(known.known_at);
        let again = app.counters(&claims(), &about(1, at), None).await.unwrap();
        assert_eq!(&again, known);
    }
    let total = |known: &Known<Vec<Counter>>| known.answer.last().map(|one| one.limit_units);
    let limits: BTreeSet<_> = given.iter().map(total).collect();
    assert_eq!(limits.len(), 2, "24 months, and 30 in construction");
}

#[tokio::test]
async fn a_unit_asked_about_again_leaves_no_trace_until_the_master_data_change() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    answers(&world, None).await;
    let first = facts_remembered(&world).await;
    assert!(first > 0);
    for _ in 0..2 {
        world.clock.advance(TimeDelta::hours(1));
        answers(&world, None).await;
    }
    assert_eq!(facts_remembered(&world).await, first);
    let builders = Facts {
        sector: Sector::M,
        ..industry()
    };
    world.knows(&unit(1), builders);
    answers(&world, None).await;
    assert_eq!(facts_remembered(&world).await, 2 * first);
}

#[tokio::test]
async fn who_may_not_see_a_unit_leaves_no_trace_of_having_asked() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    let elsewhere = Scope::Offices(vec!["700000".parse().unwrap()]);
    let stranger = caller(Role::Sede, elsewhere);
    let asked = world.app.counters(&stranger, &about(1, None), None).await;
    assert_eq!(asked.unwrap_err().reason(), Reason::IdnE06);
    assert_eq!(facts_remembered(&world).await, 0);
}

async fn facts_remembered(world: &World) -> i64 {
    sqlx::query_scalar("select count(*) from unit_facts")
        .fetch_one(world.database.database.pool())
        .await
        .unwrap()
}

#[tokio::test]
async fn whether_a_reservation_counted_depends_on_the_instant_asked_for() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    let command = world.weeks(&unit(1), day(2026, 11, 23), 4);
    world.reserve(&command).await.unwrap();
    world.clock.advance(TimeDelta::hours(48));
    let used = async |hours: i64| {
        let at = Some(world.clock.now() - TimeDelta::hours(48 - hours));
        let known = world
            .app
            .counters(&claims(), &about(1, at), Some(day(2027, 1, 4)))
            .await
            .unwrap();
        known.answer[0].used_units
    };
    assert_eq!((used(23).await, used(24).await), (120, 0));
    world.expire().await;
    assert_eq!(
        (used(23).await, used(24).await, used(48).await),
        (120, 0, 0)
    );
}

#[tokio::test]
async fn the_difference_between_then_and_now_can_be_shown() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    let line = world.line(
        &unit(1),
        Scheme::Cigo,
        Cause::Ord,
        day(2026, 2, 2),
        day(2026, 5, 3),
    );
    world.import(std::slice::from_ref(&line)).await.unwrap();
    let (then, _) = answers(&world, None).await;
    world.clock.advance(TimeDelta::days(1));
    let used = Usage {
        dates: (0..5)
            .map(|offset| day(2026, 2, 2) + Days::new(offset))
            .collect(),
        hours: BTreeMap::new(),
    };
    world
        .app
        .declare_usage(&payments(), line.id, &used)
        .await
        .unwrap();
    let residual = async |at| {
        let week = Some(day(2026, 11, 23));
        let known = world.app.counters(&claims(), &about(1, at), week).await;
        known.unwrap().answer[0].residual_weeks
    };
    assert_eq!((residual(Some(then)).await, residual(None).await), (39, 51));

    let page = world
        .app
        .entry_versions(&claims(), &unit(1), line.id, 0, "")
        .await
        .unwrap();
    let told: Vec<_> = page
        .versions
        .iter()
        .map(|(version, superseded)| (version.number, version.entry.usage.clone(), *superseded))
        .collect();
    let second = page.versions[1].0.recorded_at;
    assert_eq!(told, [(1, None, Some(second)), (2, Some(used), None)]);
}

#[tokio::test]
async fn the_versions_of_an_entry_are_read_in_pages_and_only_through_its_unit() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    world.knows(&unit(2), industry());
    let command = world.weeks(&unit(1), day(2026, 11, 23), 4);
    for _ in 0..3 {
        world.reserve(&command).await.unwrap();
        world.clock.advance(TimeDelta::hours(1));
    }
    let mut numbers = Vec::new();
    let mut token = String::new();
    loop {
        let page = world
            .app
            .entry_versions(&claims(), &unit(1), command.id, 2, &token)
            .await
            .unwrap();
        numbers.extend(
            page.versions
                .iter()
                .map(|(version, next)| (version.number, next.is_some())),
        );
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(numbers, [(1, true), (2, true), (3, false)]);
    let elsewhere = world
        .app
        .entry_versions(&claims(), &unit(2), command.id, 0, "")
        .await
        .unwrap_err();
    assert_eq!(elsewhere.reason(), Reason::IdnE06);
}

#[tokio::test]
async fn the_future_is_not_known() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    let tomorrow = Some(world.clock.now() + TimeDelta::days(1));
    let refused = world
        .app
        .counters(&claims(), &about(1, tomorrow), None)
        .await
        .unwrap_err();
    assert_eq!(refused.violations()[0].field, "as_known_at");
}

#[tokio::test]
async fn the_current_entries_are_the_last_versions() {
    let world = World::new().await;
    live(&world, async |_: &World| {}).await;
    let differing = sqlx::query_scalar!(
        r#"select count(*) as "count!" from (
               (select * from entry except
                select distinct on (id) * from entry_version order by id, version desc)
               union all
               (select distinct on (id) * from entry_version order by id, version desc)
               except select * from entry
           ) as differing"#
    )
    .fetch_one(world.database.database.pool())
    .await
    .unwrap();
    assert_eq!(differing, 0);
    let states: Vec<State> = world
        .ledger(&unit(1))
        .await
        .iter()
        .map(|entry| entry.state)
        .collect();
    assert_eq!(states, [State::Released, State::Expired, State::Authorised]);
}
