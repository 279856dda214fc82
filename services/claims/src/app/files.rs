//! Files: where they are kept, who looks at them, and the job that tidies up after them.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chassis::antivirus::{Antivirus, ScanError, Verdict};
use chassis::db::ScopedFutureExt;
use chassis::jobs::{Job, Schedule};
use chassis::lifecycle::Stop;
use chassis::{Failure, Objects};
use kernel::Digest;
use tokio::sync::Semaphore;

use super::App;
use crate::domain::attachment::ScanState;
use crate::domain::upload::{FORGOTTEN_AFTER, KEPT_FOR};
use crate::store;

/// Files that are looked at, at a time: a list holds its 50 000 workers in memory meanwhile, some 15 MB.
const LOOKED_AT_MOST: usize = 2;
/// Uploads forgotten in one statement.
const FORGOTTEN_AT_A_TIME: i64 = 500;
/// Contents scanned in one run of the job.
const SCANNED_AT_A_TIME: i64 = 100;

/// What the use cases of files stand on.
#[derive(Clone)]
pub(crate) struct Files {
    /// Contents of attachments.
    pub(crate) objects: Objects,
    /// `None` when it is off.
    pub(crate) antivirus: Option<Antivirus>,
    /// Turns in which files that came whole are looked at.
    pub(super) turns: Arc<Semaphore>,
}

impl Files {
    /// Files in a store, with or without an antivirus.
    pub(crate) fn new(objects: Objects, antivirus: Option<Antivirus>) -> Self {
        Self {
            objects,
            antivirus,
            turns: Arc::new(Semaphore::new(LOOKED_AT_MOST)),
        }
    }
}

impl App {
    /// Forgets uploads that nobody goes on with, and those that ended long ago.
    async fn forget_uploads(&self, stop: &Stop) -> Result<(), Failure> {
        let now = self.clock.now();
        let mut connection = self.database.pool().acquire().await?;
        while !stop.is_cancelled() {
            let forgotten = store::uploads::forget_old(
                &mut connection,
                now - FORGOTTEN_AFTER,
                now - KEPT_FOR,
                FORGOTTEN_AT_A_TIME,
            )
            .await?;
            if forgotten == 0 {
                break;
            }
        }
        Ok(())
    }

    /// Removes the objects that nothing needs any more: of deleted drafts and attachments, and of uploads cut short.
    async fn remove_objects(&self, stop: &Stop) -> Result<(), Failure> {
        let mut last = None;
        while !stop.is_cancelled() {
            last = self.remove_object_after(last).await?;
            if last.is_none() {
                break;
            }
        }
        Ok(())
    }

    /// Removes the first unneeded object after one, and returns it. The object goes while its row is locked, although
    /// that is a call over the network within a transaction: whoever is about to store the same content waits for the
    /// row, and then writes it anew.
    async fn remove_object_after(&self, last: Option<Digest>) -> Result<Option<Digest>, Failure> {
        self.database
            .transaction("claims_remove_object", |tx| {
                async move {
                    let Some(digest) = store::attachments::lock_unneeded(tx, last).await? else {
                        return Ok(None);
                    };
                    if store::attachments::forget_unneeded(tx, digest).await? {
                        self.files.objects.remove(digest).await?;
                    }
                    Ok(Some(digest))
                }
                .scope_boxed()
            })
            .await
    }

    /// Has the contents scanned that wait for it. Where the antivirus was turned off, they wait no longer.
    async fn scan_waiting(&self, stop: &Stop) -> Result<(), Failure> {
        let mut connection = self.database.pool().acquire().await?;
        let waiting = store::attachments::unscanned(&mut connection, SCANNED_AT_A_TIME).await?;
        for digest in waiting {
            if stop.is_cancelled() {
                break;
            }
            let state = self.scan_stored(digest).await?;
            if state == ScanState::Pending {
                break;
            }
            store::attachments::scanned(&mut connection, digest, state).await?;
        }
        Ok(())
    }

    async fn scan_stored(&self, digest: Digest) -> Result<ScanState, Failure> {
        let Some(antivirus) = &self.files.antivirus else {
            return Ok(ScanState::Off);
        };
        match self.files.objects.get(digest, 0).await? {
            Some(content) => Ok(said(antivirus.scan(content).await)),
            None => Err(Failure::internal("an attachment has no object")),
        }
    }
}

/// What a scan comes to. Without a verdict the content waits for the next one.
pub(super) fn said(verdict: Result<Verdict, ScanError>) -> ScanState {
    match verdict {
        Ok(Verdict::Clean) => ScanState::Clean,
        Ok(Verdict::Infected(signature)) => {
            tracing::warn!(signature, "the antivirus found malware in an upload");
            ScanState::Infected
        }
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn Error,
                "an attachment waits for the antivirus"
            );
            ScanState::Pending
        }
    }
}

/// Tidies up after files, and has those scanned that wait for it (`omnia job claims-files`).
#[derive(Clone)]
pub(crate) struct FilesJob(pub(crate) App);

#[async_trait]
impl Job for FilesJob {
    fn name(&self) -> &'static str {
        "claims-files"
    }

    fn schedule(&self) -> Schedule {
        Schedule::Every(Duration::from_mins(1))
    }

    async fn run(&self, stop: Stop) -> Result<(), Failure> {
        self.0.scan_waiting(&stop).await?;
        self.0.forget_uploads(&stop).await?;
        self.0.remove_objects(&stop).await
    }
}
