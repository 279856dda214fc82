//! The counters of every unit, computed anew by the job.

use std::time::Duration;

use chassis::Failure;
use chassis::jobs::Job;
use chassis::lifecycle::Stop;
use limits::app::Recompute;
use limits::domain::{Cause, Scheme};
use sqlx::{PgPool, Row};
use tokio::task::JoinHandle;

use crate::law::with_biennium;
use crate::world::{World, about, claims, day, industry, unit};

fn job(world: &World, batch: i64) -> Recompute {
    Recompute {
        app: world.app.clone(),
        batch,
    }
}

async fn run(world: &World) {
    world.clock.advance(chrono::TimeDelta::seconds(1));
    job(world, 2).run(Stop::new()).await.unwrap();
}

fn pool(world: &World) -> &PgPool {
    world.database.database.pool()
}

/// Weeks authorised for a unit, with the facts that were told.
async fn authorise(world: &World, code: u32, weeks: u32) {
    let command = world.weeks(&unit(code), day(2026, 11, 23), weeks);
    world.reserve(&command).await.unwrap();
    world.confirm(command.id).await.unwrap();
}

/// What an operator reads of the last run: done, of how many, changed, unknown, resumed with, and whether it is over.
async fn progress(world: &World) -> (i64, i64, i64, i64, i64, bool) {
    let row = sqlx::query("select * from recompute_run order by started_at desc, id desc limit 1")
        .fetch_one(pool(world))
        .await
        .unwrap();
    let over: Option<chrono::DateTime<chrono::Utc>> = row.get("finished_at");
    (
        row.get("units_done"),
        row.get("units_total"),
        row.get("units_changed"),
        row.get("units_unknown"),
        row.get("resumed_with"),
        over.is_some(),
    )
}

/// The counters in the table: code, kind, used and whole weeks left.
async fn lines(world: &World) -> Vec<(i32, String, i64, i64)> {
    sqlx::query_as(
        "select production_unit_code, kind, used_units, residual_weeks from unit_counter_line
         order by production_unit_code, kind",
    )
    .fetch_all(pool(world))
    .await
    .unwrap()
}

#[tokio::test]
async fn the_table_holds_what_a_consultant_would_be_answered() {
    let world = World::new().await;
    for code in 1..=3 {
        world.knows(&unit(code), industry());
        authorise(&world, code, code).await;
    }
    run(&world).await;
    assert_eq!(progress(&world).await, (3, 3, 3, 0, 0, true));
    let mut answered = Vec::new();
    for code in 1..=3 {
        let subject = about(code, None);
        let known = world.app.counters(&claims(), &subject, None).await;
        for counter in known.unwrap().answer {
            let left = (counter.used_units, counter.residual_weeks);
            answered.push((i32::try_from(code).unwrap(), left));
        }
    }
    let mut told: Vec<_> = lines(&world)
        .await
        .into_iter()
        .map(|(code, _, used, weeks)| (code, (used, weeks)))
        .collect();
    told.sort_unstable();
    answered.sort_unstable();
    assert_eq!(told, answered);
}

#[tokio::test]
async fn only_what_changed_is_written_again() {
    let world = World::new().await;
    for code in 1..=5 {
        authorise(&world, code, 1).await;
    }
    run(&world).await;
    run(&world).await;
    assert_eq!(progress(&world).await, (5, 5, 0, 0, 0, true));
    let line = world.line(
        &unit(4),
        Scheme::Cigo,
        Cause::Ord,
        day(2026, 3, 2),
        day(2026, 3, 8),
    );
    world.import(&[line]).await.unwrap();
    run(&world).await;
    assert_eq!(progress(&world).await, (5, 5, 1, 0, 0, true));
}

#[tokio::test]
async fn a_unit_whose_sector_nobody_told_is_counted_as_unknown() {
    let world = World::new().await;
    let line = world.line(
        &unit(1),
        Scheme::Cigs,
        Cause::Cds,
        day(2025, 3, 1),
        day(2025, 5, 31),
    );
    world.import(&[line]).await.unwrap();
    authorise(&world, 2, 1).await;
    run(&world).await;
    assert_eq!(progress(&world).await, (2, 2, 1, 1, 0, true));
    assert!(lines(&world).await.iter().all(|line| line.0 == 2));
}

/// Holds a row of the second batch of two: a run waits there.
async fn hold_second_batch(world: &World) -> sqlx::Transaction<'static, sqlx::Postgres> {
    let mut holder = pool(world).begin().await.unwrap();
    sqlx::query(
        "insert into unit_counter
         select matricola, production_unit_code, '2026-11-23', now(), '{}', '{}', '{}', '{}', '{}' from unit
         where production_unit_code = 3",
    )
    .execute(&mut *holder)
    .await
    .unwrap();
    holder
}

/// A run that has done the first batch and waits in the second.
async fn run_as_far_as_held(world: &World) -> JoinHandle<Result<(), Failure>> {
    let job = job(world, 2);
    let run = tokio::spawn(async move { job.run(Stop::new()).await });
    while sqlx::query("select from recompute_run where units_done = 2")
        .fetch_optional(pool(world))
        .await
        .unwrap()
        .is_none()
    {
        assert!(!run.is_finished(), "the run must wait");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    run
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_killed_goes_on_where_it_stood() {
    let world = World::new().await;
    for code in 1..=6 {
        authorise(&world, code, 1).await;
    }
    let holder = hold_second_batch(&world).await;
    let killed = run_as_far_as_held(&world).await;
    killed.abort();
    assert!(killed.await.unwrap_err().is_cancelled());
    holder.rollback().await.unwrap();
    assert_eq!(progress(&world).await, (2, 6, 2, 0, 0, false));

    run(&world).await;
    assert_eq!(
        progress(&world).await,
        (6, 6, 6, 0, 2, true),
        "the first two are not done again"
    );
    let mut codes: Vec<i32> = lines(&world).await.iter().map(|line| line.0).collect();
    codes.dedup();
    assert_eq!(codes, [1, 2, 3, 4, 5, 6]);
    let runs: i64 = sqlx::query_scalar("select count(*) from recompute_run")
        .fetch_one(pool(&world))
        .await
        .unwrap();
    assert_eq!(runs, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_instances_at_the_same_run_count_no_unit_twice() {
    let world = World::new().await;
    for code in 1..=6 {
        authorise(&world, code, 1).await;
    }
    let holder = hold_second_batch(&world).await;
    let first = run_as_far_as_held(&world).await;
    let job = job(&world, 2);
    let second = tokio::spawn(async move { job.run(Stop::new()).await });
    holder.rollback().await.unwrap();
    let (first, second) = (first.await.unwrap(), second.await.unwrap());
    assert!(
        first.is_ok() || second.is_ok(),
        "one of them comes to the end"
    );
    let runs: Vec<(i64, i64)> =
        sqlx::query_as("select units_done, units_changed from recompute_run order by started_at")
            .fetch_all(pool(&world))
            .await
            .unwrap();
    assert!(runs.iter().all(|(done, _)| *done == 6), "{runs:?}");
    assert_eq!(runs.iter().map(|(_, changed)| changed).sum::<i64>(), 6);
    let mut codes: Vec<i32> = lines(&world).await.iter().map(|line| line.0).collect();
    codes.dedup();
    assert_eq!(codes, [1, 2, 3, 4, 5, 6]);
}

#[tokio::test]
async fn what_was_changed_by_another_hand_is_put_right() {
    let world = World::new().await;
    for code in 1..=3 {
        authorise(&world, code, 1).await;
    }
    run(&world).await;
    let right = lines(&world).await;
    sqlx::query(
        "update unit_counter set used_units = used_units[2:] || 7::bigint where production_unit_code = 2",
    )
    .execute(pool(&world))
    .await
    .unwrap();
    assert_ne!(lines(&world).await, right);
    run(&world).await;
    assert_eq!(progress(&world).await, (3, 3, 1, 0, 0, true));
    assert_eq!(lines(&world).await, right);
}

#[tokio::test]
async fn a_unit_of_which_nobody_asked_has_the_facts_of_its_last_booking() {
    let world = World::new().await;
    authorise(&world, 1, 1).await;
    authorise(&world, 2, 1).await;
    run(&world).await;
    let right = lines(&world).await;
    sqlx::query("delete from unit_facts")
        .execute(pool(&world))
        .await
        .unwrap();
    run(&world).await;
    assert_eq!(progress(&world).await, (2, 2, 0, 0, 0, true));
    assert_eq!(lines(&world).await, right);
}

#[tokio::test]
async fn a_run_that_is_stopped_leaves_the_rest_to_the_next() {
    let world = World::new().await;
    authorise(&world, 1, 1).await;
    let stop = Stop::new();
    stop.cancel();
    job(&world, 2).run(stop).await.unwrap();
    assert_eq!(progress(&world).await, (0, 1, 0, 0, 0, false));
    run(&world).await;
    assert_eq!(progress(&world).await, (1, 1, 1, 0, 0, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_another_law_overtook_is_begun_anew() {
    let world = World::new().await;
    for code in 1..=6 {
        authorise(&world, code, 1).await;
    }
    let holder = hold_second_batch(&world).await;
    let killed = run_as_far_as_held(&world).await;
    killed.abort();
    assert!(killed.await.unwrap_err().is_cancelled());
    holder.rollback().await.unwrap();
    world.clock.advance(chrono::TimeDelta::seconds(1));
    let app = world.start(&with_biennium(60), 0).await.unwrap();
    let job = Recompute { app, batch: 2 };
    job.run(Stop::new()).await.unwrap();
    assert_eq!(
        progress(&world).await,
        (6, 6, 6, 0, 0, true),
        "the first two are done again"
    );
    let limits: Vec<i64> = sqlx::query_scalar(
        "select limit_units from unit_counter_line where kind = 'CIGO_BIENNIUM' order by production_unit_code",
    )
    .fetch_all(pool(&world))
    .await
    .unwrap();
    assert_eq!(
        limits,
        [60 * 30; 6],
        "no unit is left under the law of before"
    );
    let runs: Vec<(i32, i64)> = sqlx::query_as(
        "select law_version, units_done from recompute_run order by started_at, law_version",
    )
    .fetch_all(pool(&world))
    .await
    .unwrap();
    assert_eq!(runs, [(1, 2), (2, 6)]);
}

#[tokio::test]
async fn a_run_that_looked_from_another_week_is_begun_anew() {
    let world = World::new().await;
    for code in 1..=4 {
        authorise(&world, code, 1).await;
    }
    let stop = Stop::new();
    stop.cancel();
    job(&world, 2).run(stop).await.unwrap();
    world.clock.advance(chrono::TimeDelta::weeks(1));
    run(&world).await;
    assert_eq!(progress(&world).await, (4, 4, 4, 0, 0, true));
    let weeks: Vec<chrono::NaiveDate> =
        sqlx::query_scalar("select reference_week from recompute_run order by started_at")
            .fetch_all(pool(&world))
            .await
            .unwrap();
    assert_eq!(weeks, [day(2026, 11, 23), day(2026, 11, 30)]);
}
