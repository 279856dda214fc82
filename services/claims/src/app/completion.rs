//! Completing what submissions had to leave out: when a degraded source answers again, its checks are made on the facts
//! of the day of filing, and what they say is recorded for the office. A filed claim itself never changes (CLM-13).

use std::time::Duration;

use async_trait::async_trait;
use chassis::Failure;
use chassis::db::ScopedFutureExt;
use chassis::identity::{Caller, Scope};
use chassis::jobs::{Job, Schedule};
use chassis::lifecycle::Stop;
use chrono::TimeDelta;
use kernel::rome;

use super::{App, audited};
use crate::domain::checks::{Facts, Finding, check};
use crate::domain::claim::Claim;
use crate::domain::source::Source;
use crate::store;
use crate::store::completions::Due;

/// How often what is due is looked for.
const EVERY: Duration = Duration::from_secs(15);
/// How long one belongs to who asks.
const LEASE: TimeDelta = TimeDelta::seconds(30);
/// Longest wait between two askings.
const WAIT_MOST: TimeDelta = TimeDelta::minutes(10);

/// The job over the use cases.
pub(crate) struct CompleteClaims(pub(crate) App);

#[async_trait]
impl Job for CompleteClaims {
    fn name(&self) -> &'static str {
        "claims-complete"
    }

    fn schedule(&self) -> Schedule {
        Schedule::Every(EVERY)
    }

    async fn run(&self, stop: Stop) -> Result<(), Failure> {
        while !stop.is_cancelled() && self.0.complete_next().await? {}
        Ok(())
    }
}

impl App {
    /// Completes what is due, one check; whether there was one.
    pub(crate) async fn complete_next(&self) -> Result<bool, Failure> {
        let now = self.clock.now();
        let due = {
            let mut connection = self.database.pool().acquire().await?;
            store::completions::take(&mut connection, now, now + LEASE).await?
        };
        let Some(due) = due else { return Ok(false) };
        let claim = {
            let mut connection = self.database.pool().acquire().await?;
            store::claims::find(&mut connection, due.claim, &Scope::System).await?
        };
        let claim = claim.ok_or_else(|| Failure::internal("a completion without its claim"))?;
        let claim = self.whole(claim).await?;
        if let Some(findings) = self.completed(&claim, due.source).await? {
            self.record_completion(due, &findings).await?;
        } else {
            let seconds = 5_i64 << due.attempts.clamp(0, 16);
            let wait = TimeDelta::seconds(seconds).min(WAIT_MOST);
            let mut connection = self.database.pool().acquire().await?;
            store::completions::put_off(&mut connection, due, now + wait).await?;
        }
        Ok(true)
    }

    /// What the checks of a source say now that they could not say at submission; `None` while it is still degraded.
    async fn completed(
        &self,
        claim: &Claim,
        source: Source,
    ) -> Result<Option<Vec<Finding>>, Failure> {
        let filing = claim
            .filing
            .as_ref()
            .ok_or_else(|| Failure::internal("a completion of a draft"))?;
        let known = self.ask(&claim.content, claim.known.as_ref()).await;
        if known.degraded.iter().any(|it| it.source == source) {
            return Ok(None);
        }
        let facts = Facts {
            limit: known.evaluation.reached,
            unknown_workers: &known.unknown_workers,
            not_employed: &known.not_employed,
            ..Facts::on(
                rome::date_of(filing.submitted_at),
                self.rules,
                known.unit.as_ref(),
            )
        };
        let said = |finding: &Finding| {
            let same = |it: &Finding| it.code == finding.code && it.field == finding.field;
            filing.findings.iter().any(same)
        };
        let findings = check(&claim.content, &facts)
            .into_iter()
            .filter(|finding| source.bears(finding.code) && !said(finding))
            .collect();
        Ok(Some(findings))
    }

    async fn record_completion(&self, due: Due, findings: &[Finding]) -> Result<(), Failure> {
        let now = self.clock.now();
        self.database
            .transaction("claims_complete", |tx| {
                async move {
                    store::completions::complete(tx, due, findings, now).await?;
                    let caller = Caller::service("claims");
                    audited(tx, &caller, "claims.complete", due.claim, now).await
                }
                .scope_boxed()
            })
            .await
    }
}
