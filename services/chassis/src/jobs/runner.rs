//! Runs jobs when they are due, on one instance at a time.

use std::error::Error;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt;
use opentelemetry::KeyValue;
use opentelemetry::metrics::Histogram;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::Instrument;

use super::lease::{Lease, Right};
use super::{Job, Schedule, SharedJob, runs};
use crate::clock::SharedClock;
use crate::db::Database;
use crate::failure::Failure;
use crate::lifecycle::Stop;

/// How often the clock is looked at: time is injected, so nothing can be slept for.
const GLANCE: Duration = Duration::from_millis(250);

/// How often an instance that does not lead tries to.
const ELECTION: Duration = Duration::from_secs(1);

/// How soon a daily job that failed is tried again.
const RETRY_AFTER: TimeDelta = TimeDelta::minutes(1);

static DURATION: LazyLock<Histogram<f64>> = LazyLock::new(|| {
    opentelemetry::global::meter("omnia.chassis.jobs")
        .f64_histogram("omnia.job.duration")
        .with_unit("s")
        .with_description("Duration of a run of a job.")
        .build()
});

/// Runs the jobs of a service. Every instance has one; the instance that leads follows the schedules, until it stops or
/// loses its connection. Each run holds a lock of its own besides, so that a run by hand and a run by schedule wait for
/// each other.
#[derive(Clone)]
pub struct Runner {
    database: Database,
    clock: SharedClock,
    jobs: Arc<[SharedJob]>,
    stop: Stop,
}

/// What the leader knows of a job.
#[derive(Debug, Default)]
struct Memory {
    /// Start of the last run by this instance.
    started: Option<DateTime<Utc>>,
    /// Whether that run failed.
    failed: bool,
    /// Instant since which a daily job is known to have run.
    done_since: Option<DateTime<Utc>>,
}

impl Runner {
    /// A runner that ends when `stop` fires.
    pub fn new(database: Database, clock: SharedClock, jobs: Vec<SharedJob>, stop: Stop) -> Self {
        Self {
            database,
            clock,
            jobs: jobs.into(),
            stop,
        }
    }

    /// Follows the schedules whenever this instance leads: one of the service's tasks. Ends after `stop`, once the runs
    /// under way have ended.
    pub async fn run(self) {
        while !self.jobs.is_empty() && !self.stop.is_cancelled() {
            if let Err(error) = self.lead().await {
                tracing::warn!(error = &error as &dyn Error, "jobs interrupted");
            }
            self.stop
                .run_until_cancelled(tokio::time::sleep(ELECTION))
                .await;
        }
    }

    /// Runs a job now (`omnia job NAME`), after a run under way has ended. A name that is not known is a malformed
    /// field; otherwise fails as the job does.
    pub async fn run_now(&self, name: &str) -> Result<(), Failure> {
        let job = self
            .jobs
            .iter()
            .find(|job| job.name() == name)
            .ok_or_else(|| self.unknown())?;
        let lease = Lease::open(&self.database).await?;
        lease.take(Right::Run(name)).await?;
        let result = tokio::select! {
            result = self.run_noted(&**job) => result,
            error = lease.lost() => Err(error.into()),
        };
        // Closing also gives the lock back; if it fails, the server does so when it notices.
        let _: Result<(), sqlx::Error> = lease.close().await;
        result
    }

    fn unknown(&self) -> Failure {
        let names: Vec<_> = self.jobs.iter().map(|job| job.name()).collect();
        Failure::field("job", format!("must be one of: {}", names.join(", ")))
    }

    /// Leads, if nobody else does, until stopped.
    async fn lead(&self) -> Result<(), sqlx::Error> {
        let lease = Arc::new(Lease::open(&self.database).await?);
        if lease.try_take(Right::Lead).await? {
            let mut followers = JoinSet::new();
            for job in self.jobs.iter() {
                followers.spawn(self.clone().follow(job.clone(), lease.clone()));
            }
            tokio::select! {
                error = lease.lost() => {
                    // Others may lead from now on: what runs here is cut short, before one of them runs it too.
                    followers.shutdown().await;
                    return Err(error);
                }
                _ = followers.join_next() => followers.join_all().await,
            };
        }
        match Arc::into_inner(lease) {
            Some(lease) => lease.close().await,
            None => Ok(()),
        }
    }

    /// Runs one job whenever it is due, until stopped.
    async fn follow(self, job: SharedJob, lease: Arc<Lease>) {
        let mut memory = Memory::default();
        loop {
            let step = async {
                tokio::time::sleep(GLANCE).await;
                self.is_due(&*job, &mut memory).await
            };
            let result = match self.stop.run_until_cancelled(step).await {
                None => return,
                Some(Ok(false)) => Ok(()),
                Some(Ok(true)) => self.run_if_free(&*job, &lease, &mut memory).await,
                Some(Err(error)) => Err(error),
            };
            if let Err(error) = result {
                tracing::warn!(
                    job.name = job.name(),
                    error = &error as &dyn Error,
                    "job cannot be looked after"
                );
            }
        }
    }

    async fn is_due(&self, job: &dyn Job, memory: &mut Memory) -> Result<bool, sqlx::Error> {
        let now = self.clock.now();
        match job.schedule() {
            Schedule::Manual => Ok(false),
            Schedule::Every(pause) => {
                let pause = TimeDelta::from_std(pause).unwrap_or(TimeDelta::MAX);
                Ok(memory.started.is_none_or(|started| now - started >= pause))
            }
            Schedule::DailyAt(hour, minute) => {
                let due = kernel::rome::at(self.clock.today(), hour, minute);
                let resting = memory.failed
                    && memory
                        .started
                        .is_some_and(|started| now - started < RETRY_AFTER);
                if now < due || memory.done_since == Some(due) || resting {
                    return Ok(false);
                }
                if runs::succeeded_since(self.database.pool(), job.name(), due).await? {
                    memory.done_since = Some(due);
                    return Ok(false);
                }
                Ok(true)
            }
        }
    }

    /// Runs a job that is due, unless somebody is running it by hand.
    async fn run_if_free(
        &self,
        job: &dyn Job,
        lease: &Lease,
        memory: &mut Memory,
    ) -> Result<(), sqlx::Error> {
        if !lease.try_take(Right::Run(job.name())).await? {
            return Ok(());
        }
        memory.started = Some(self.clock.now());
        let result = match job.schedule() {
            Schedule::Every(_) => self.run_often(job, memory.failed).await,
            Schedule::DailyAt(..) | Schedule::Manual => self.run_noted(job).await,
        };
        memory.failed = result.is_err();
        lease.give_back(Right::Run(job.name())).await
    }

    /// A run of which the table tells start, end and failure.
    async fn run_noted(&self, job: &dyn Job) -> Result<(), Failure> {
        let run = runs::began(self.database.pool(), job.name(), self.clock.now()).await?;
        let result = self.perform(job).await;
        runs::ended(self.database.pool(), run, self.clock.now(), &result).await?;
        result
    }

    /// A run of a job that runs often: the table tells only when it begins or ceases to fail.
    async fn run_often(&self, job: &dyn Job, failed_before: bool) -> Result<(), Failure> {
        let started = self.clock.now();
        let result = self.perform(job).await;
        if result.is_err() != failed_before {
            let run = runs::began(self.database.pool(), job.name(), started).await?;
            runs::ended(self.database.pool(), run, self.clock.now(), &result).await?;
        }
        result
    }

    async fn perform(&self, job: &dyn Job) -> Result<(), Failure> {
        let name = job.name();
        let span = tracing::info_span!(
            "job.run",
            otel.name = format!("job.run {name}"),
            job.name = name
        );
        let began = Instant::now();
        let result = AssertUnwindSafe(job.run(self.stop.child_token()))
            .catch_unwind()
            .instrument(span.clone())
            .await
            .unwrap_or_else(|_| Err(Failure::internal("the job panicked")));
        let outcome = if result.is_ok() {
            "succeeded"
        } else {
            "failed"
        };
        let labels = [
            KeyValue::new("job", name),
            KeyValue::new("outcome", outcome),
        ];
        DURATION.record(began.elapsed().as_secs_f64(), &labels);
        if let Err(failure) = &result {
            span.in_scope(|| {
                tracing::error!(job.name = name, error = failure as &dyn Error, "job failed");
            });
        }
        result
    }
}

impl std::fmt::Debug for Runner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.jobs.iter().map(|job| job.name()).collect();
        f.debug_struct("Runner")
            .field("jobs", &names)
            .finish_non_exhaustive()
    }
}
