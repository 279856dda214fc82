//! Jobs run when they are due, on one instance at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use chassis::clock::{Clock, ManualClock};
use chassis::jobs::{Job, Runner, Schedule, Upkeep};
use chassis::lifecycle::Stop;
use chassis::{Class, Failure};
use chrono::{DateTime, TimeDelta, Utc};
use testkit::TestDatabase;
use tokio::task::JoinHandle;

/// A job that counts its runs, and how many run at the same time.
struct Counting {
    schedule: Schedule,
    runs: AtomicU32,
    running: AtomicU32,
    together: AtomicU32,
    failing: AtomicBool,
    /// Whether a run lasts until it is stopped.
    endless: bool,
}

impl Counting {
    fn on(schedule: Schedule) -> Self {
        Self {
            schedule,
            runs: AtomicU32::new(0),
            running: AtomicU32::new(0),
            together: AtomicU32::new(0),
            failing: AtomicBool::new(false),
            endless: false,
        }
    }

    fn runs(&self) -> u32 {
        self.runs.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Job for Counting {
    fn name(&self) -> &'static str {
        "counting"
    }

    fn schedule(&self) -> Schedule {
        self.schedule
    }

    async fn run(&self, stop: Stop) -> Result<(), Failure> {
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.together.fetch_max(running, Ordering::SeqCst);
        self.runs.fetch_add(1, Ordering::SeqCst);
        if self.endless {
            stop.cancelled().await;
        }
        tokio::task::yield_now().await;
        self.running.fetch_sub(1, Ordering::SeqCst);
        if self.failing.load(Ordering::SeqCst) {
            Err(Failure::internal("not today"))
        } else {
            Ok(())
        }
    }
}

/// A clock that counts how often it is looked at.
#[derive(Debug)]
struct WatchedClock {
    clock: ManualClock,
    glances: AtomicU32,
}

impl Clock for WatchedClock {
    fn now(&self) -> DateTime<Utc> {
        self.glances.fetch_add(1, Ordering::SeqCst);
        self.clock.now()
    }
}

/// Two in the morning in Rome.
fn night() -> DateTime<Utc> {
    "2026-11-22T01:00:00Z".parse().unwrap()
}

struct Scene {
    test: TestDatabase,
    clock: Arc<WatchedClock>,
    job: Arc<Counting>,
}

impl Scene {
    async fn with(job: Counting) -> Self {
        let test = TestDatabase::of_chassis().await;
        let clock = WatchedClock {
            clock: ManualClock::at(night()),
            glances: AtomicU32::new(0),
        };
        Self {
            test,
            clock: Arc::new(clock),
            job: Arc::new(job),
        }
    }

    fn runner(&self, stop: &Stop) -> Runner {
        Runner::new(
            self.test.database.clone(),
            self.clock.clone(),
            vec![self.job.clone()],
            stop.clone(),
        )
    }

    /// An instance of the service.
    fn start(&self, stop: &Stop) -> JoinHandle<()> {
        tokio::spawn(self.runner(stop).run())
    }

    async fn reaches(&self, runs: u32) {
        crate::eventually("the job has run", async || self.job.runs() >= runs).await;
    }

    async fn successes_noted(&self) -> i64 {
        sqlx::query_scalar(
            "select count(*) from job_run where finished_at is not null and failure is null",
        )
        .fetch_one(self.test.database.pool())
        .await
        .unwrap()
    }

    fn advance(&self, by: TimeDelta) {
        self.clock.clock.advance(by);
    }

    /// Lets the instance that leads look at the clock a few times.
    async fn a_while(&self) {
        let before = self.clock.glances.load(Ordering::SeqCst);
        crate::eventually("the clock is looked at", async || {
            self.clock.glances.load(Ordering::SeqCst) >= before + 5
        })
        .await;
    }
}

#[tokio::test]
async fn a_job_that_runs_every_so_often_follows_the_clock_of_the_platform() {
    let scene = Scene::with(Counting::on(Schedule::Every(Duration::from_hours(1)))).await;
    let _running = scene.start(&Stop::new());
    scene.reaches(1).await;
    scene.advance(TimeDelta::minutes(59));
    scene.a_while().await;
    assert_eq!(scene.job.runs(), 1);
    scene.advance(TimeDelta::minutes(1));
    scene.reaches(2).await;
}

#[tokio::test]
async fn a_daily_job_runs_once_a_day_at_its_hour_in_rome() {
    let scene = Scene::with(Counting::on(Schedule::DailyAt(3, 30))).await;
    let _running = scene.start(&Stop::new());
    scene.a_while().await;
    assert_eq!(scene.job.runs(), 0, "it is two in Rome");
    scene.advance(TimeDelta::minutes(90));
    scene.reaches(1).await;
    scene.advance(TimeDelta::hours(10));
    scene.a_while().await;
    assert_eq!(scene.job.runs(), 1);
    scene.advance(TimeDelta::hours(14));
    scene.reaches(2).await;
}

#[tokio::test]
async fn a_daily_job_missed_while_nothing_ran_is_caught_up_at_start_and_only_once() {
    let scene = Scene::with(Counting::on(Schedule::DailyAt(3, 30))).await;
    scene.advance(TimeDelta::hours(8));
    let stop = Stop::new();
    let first = scene.start(&stop);
    scene.reaches(1).await;
    crate::eventually("the run is noted", async || {
        scene.successes_noted().await == 1
    })
    .await;
    stop.cancel();
    first.await.unwrap();
    let _second = scene.start(&Stop::new());
    scene.a_while().await;
    assert_eq!(
        scene.job.runs(),
        1,
        "today's run was made before the restart"
    );
}

#[tokio::test]
async fn a_daily_job_that_failed_is_tried_again_a_minute_later() {
    let scene = Scene::with(Counting::on(Schedule::DailyAt(1, 0))).await;
    scene.job.failing.store(true, Ordering::SeqCst);
    let _running = scene.start(&Stop::new());
    scene.reaches(1).await;
    scene.a_while().await;
    assert_eq!(scene.job.runs(), 1);
    scene.job.failing.store(false, Ordering::SeqCst);
    scene.advance(TimeDelta::minutes(1));
    scene.reaches(2).await;
    let failures: Vec<Option<String>> =
        sqlx::query_scalar("select failure from job_run order by id")
            .fetch_all(scene.test.database.pool())
            .await
            .unwrap();
    assert!(failures[0].as_ref().unwrap().contains("not today"));
}

#[tokio::test]
async fn of_several_instances_one_runs_the_jobs_and_another_takes_over_when_it_stops() {
    let scene = Scene::with(Counting {
        endless: true,
        ..Counting::on(Schedule::Every(Duration::from_secs(1)))
    })
    .await;
    let (first, second) = (Stop::new(), Stop::new());
    let (one, other) = (scene.start(&first), scene.start(&second));
    scene.reaches(1).await;
    // Whichever leads: when the first stops, the second goes on or takes over.
    first.cancel();
    one.await.unwrap();
    crate::eventually("the other runs it", async || {
        scene.job.running.load(Ordering::SeqCst) == 1
    })
    .await;
    second.cancel();
    other.await.unwrap();
    assert_eq!(scene.job.together.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn an_instance_that_loses_its_connection_stops_the_run_under_way() {
    let scene = Scene::with(Counting {
        endless: true,
        ..Counting::on(Schedule::Every(Duration::from_secs(1)))
    })
    .await;
    let _running = scene.start(&Stop::new());
    scene.reaches(1).await;
    sqlx::query(
        "select pg_terminate_backend(pid) from pg_locks
         where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())",
    )
    .execute(scene.test.database.pool())
    .await
    .unwrap();
    scene.reaches(2).await;
}

#[tokio::test]
async fn a_job_run_by_hand_is_noted_and_counts_for_the_day() {
    let scene = Scene::with(Counting::on(Schedule::DailyAt(1, 0))).await;
    scene
        .runner(&Stop::new())
        .run_now("counting")
        .await
        .unwrap();
    assert_eq!((scene.job.runs(), scene.successes_noted().await), (1, 1));
    let _running = scene.start(&Stop::new());
    scene.a_while().await;
    assert_eq!(scene.job.runs(), 1);
}

#[tokio::test]
async fn a_job_that_does_not_exist_is_refused_with_those_that_do() {
    let scene = Scene::with(Counting::on(Schedule::Manual)).await;
    let refused = scene
        .runner(&Stop::new())
        .run_now("conting")
        .await
        .unwrap_err();
    assert_eq!(refused.class(), Class::Malformed);
    assert!(refused.violations()[0].description.contains("counting"));
}

#[tokio::test]
async fn upkeep_makes_partitions_ahead_and_forgets_old_request_ids() {
    let test = TestDatabase::of_chassis().await;
    let clock = Arc::new(ManualClock::at("2030-01-15T12:00:00Z".parse().unwrap()));
    sqlx::raw_sql(
        "insert into idempotency (caller, method, request_id, fingerprint, claimed_at)
         select gen_random_uuid(), 'm', gen_random_uuid(), sha256(''), now() - make_interval(days => 20 * n)
         from generate_series(1, 2) n",
    )
    .execute(test.database.pool())
    .await
    .unwrap();
    Upkeep::new(test.database.clone(), clock)
        .run(Stop::new())
        .await
        .unwrap();
    let kept: i64 = sqlx::query_scalar("select count(*) from idempotency")
        .fetch_one(test.database.pool())
        .await
        .unwrap();
    assert_eq!(kept, 1);
    let made: bool = sqlx::query_scalar("select to_regclass('audit_record_2030_03') is not null")
        .fetch_one(test.database.pool())
        .await
        .unwrap();
    assert!(made);
}
