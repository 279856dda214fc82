//! What all questions to the dashboard have in common: the territory, the published day, the trace that a look leaves.

use std::sync::Arc;

use chassis::audit::{self, Decision, Entry};
use chassis::db::ScopedFutureExt;
use chassis::failure::reason_code;
use chassis::identity::{Caller, Scope};
use chassis::{Class, Database, Failure, Reason, SharedClock, Tx};
use chrono::{DateTime, Days, NaiveDate, Utc};
use tokio::sync::Semaphore;

use super::territory::Territories;
use crate::domain::{Filter, Selection};
use crate::store::runs;
pub(crate) use crate::store::runs::RunRow as Run;
use crate::store::volumes::{self, PublishedDay};

/// Runs shown with the freshness.
const RUNS_SHOWN: i64 = 30;

/// The dashboard.
#[derive(Clone)]
pub(crate) struct Dashboard {
    pub(crate) database: Database,
    pub(crate) clock: SharedClock,
    pub(crate) territories: Territories,
    /// Turns of exports.
    pub(crate) exports: Arc<Semaphore>,
}

/// How fresh the pictures are.
#[derive(Debug)]
pub(crate) struct Freshness {
    pub(crate) published: Option<(NaiveDate, DateTime<Utc>)>,
    pub(crate) stale: bool,
    pub(crate) runs: Vec<Run>,
}

impl Dashboard {
    /// How fresh the pictures are and how the last runs went. What went wrong may hold figures of any office (`claims.md`
    /// DAS-10): the sentence is not for those who see some
    /// of them.
    pub(crate) async fn freshness(&self, caller: &Caller) -> Result<Freshness, Failure> {
        self.database
            .transaction("get_freshness", |tx| {
                async move {
                    let published = volumes::last_published(tx)
                        .await?
                        .map(|last| (last.day, last.at));
                    let mut runs = runs::last(tx, RUNS_SHOWN).await?;
                    if let Scope::Offices(_) = caller.scope {
                        runs.iter_mut().for_each(keep_to_oneself);
                    }
                    Ok(Freshness {
                        published,
                        stale: self.stale(published.map(|(day, _)| day)),
                        runs,
                    })
                }
                .scope_boxed()
            })
            .await
    }

    /// The selection, or its refusal; the attempt to look outside the scope leaves its trace too.
    pub(in crate::app) async fn select(
        &self,
        caller: &Caller,
        action: &'static str,
        filter: Filter,
    ) -> Result<Selection, Failure> {
        let selected = self.territories.select(caller, filter).await;
        if let Err(failure) = &selected
            && failure.reason() == Reason::IdnE05
        {
            let refusal = &[self.refusal(caller, action)];
            self.database
                .transaction("record_refusal", |tx| {
                    audit::record_decisions(tx, refusal).scope_boxed()
                })
                .await?;
        }
        selected
    }

    fn refusal(&self, caller: &Caller, action: &'static str) -> Decision {
        Decision {
            at: self.clock.now(),
            method: action.to_owned(),
            actor: Some(caller.person),
            role: Some(caller.role),
            scope: Some(audit::scope_kind(&caller.scope)),
            mandate: None,
            refused: Some(reason_code(Reason::IdnE05)),
            trace_id: None,
        }
    }

    /// Leaves the trace of a look.
    pub(in crate::app) async fn shown(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        action: &'static str,
        resource_id: String,
        rows: usize,
    ) -> Result<(), Failure> {
        let result_count = i64::try_from(rows).unwrap_or(i64::MAX);
        let entry = Entry {
            action,
            resource_type: "dasmo_picture",
            resource_id,
            result_count,
        };
        audit::record(tx, caller, entry, self.clock.now()).await
    }

    /// Whether the last published day is not yesterday (`claims.md` DAS-8).
    pub(super) fn stale(&self, last: Option<NaiveDate>) -> bool {
        last != self.clock.today().checked_sub_days(Days::new(1))
    }
}

/// The day asked for, or the last one; and the last one.
pub(super) async fn published(
    tx: &mut Tx,
    as_of: Option<NaiveDate>,
) -> Result<(PublishedDay, NaiveDate), Failure> {
    let last = last_published(tx).await?;
    let last_day = last.day;
    let picture = match as_of {
        None => last,
        Some(day) => volumes::published(tx, day)
            .await?
            .ok_or_else(not_available)?,
    };
    Ok((picture, last_day))
}

pub(super) async fn last_published(tx: &mut Tx) -> Result<PublishedDay, Failure> {
    volumes::last_published(tx).await?.ok_or_else(not_available)
}

fn keep_to_oneself(run: &mut Run) {
    if !run.failure.is_empty() {
        "failed".clone_into(&mut run.failure);
    }
}

fn not_available() -> Failure {
    Failure::new(
        Class::Precondition,
        Reason::SnapshotNotAvailable,
        "La fotografia del giorno richiesto non è ancora pubblicata.",
        "No picture of the day asked for has been published yet.",
    )
}
