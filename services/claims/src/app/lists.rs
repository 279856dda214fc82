//! The list of workers: replaced by a file, all of it or nothing, and read by the page.

use std::io::Read;

use bytes::{Buf, Bytes};
use chassis::db::ScopedFutureExt;
use chassis::identity::Caller;
use chassis::paging::{Page, cut};
use chassis::{Failure, Tx, audit};
use futures_util::TryStreamExt;
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::uploads::Shown;
use super::{App, audited};
use crate::domain::content::Beneficiary;
use crate::domain::list::{ReadList, read_list};
use crate::domain::upload::{Upload, UploadState};
use crate::store;

/// Workers a page when the caller does not say.
const DEFAULT_PAGE: i64 = 200;
/// Parts read ahead of the reader of the lines.
const PARTS_AHEAD: usize = 2;

/// A page of the list.
#[derive(Debug)]
pub(crate) struct Workers {
    /// The workers.
    pub(crate) page: Vec<Beneficiary>,
    /// Token of the next page.
    pub(crate) next_page_token: String,
    /// Workers of the whole list, counted.
    pub(crate) count: i64,
    /// Their hours, in hundredths.
    pub(crate) hours_hundredths: i64,
}

impl App {
    /// Replaces the list of a draft by a file that came whole. A list with faults changes nothing.
    pub(super) async fn finish_list(
        &self,
        caller: &Caller,
        upload: Upload,
        version: i64,
        set_totals: bool,
    ) -> Result<Shown, Failure> {
        let list = &self.read_stored_list(&upload).await?;
        let upload = &upload;
        self.database
            .transaction("claims_replace_list", |tx| {
                async move {
                    self.replace_list(tx, caller, upload, list, version, set_totals)
                        .await
                }
                .scope_boxed()
            })
            .await
    }

    /// Reads the stored bytes through the reader of the lines, which works beside on a thread of its own.
    async fn read_stored_list(&self, upload: &Upload) -> Result<ReadList, Failure> {
        let (parts, coming) = mpsc::channel(PARTS_AHEAD);
        let today = self.clock.today();
        let reading = tokio::task::spawn_blocking(move || {
            let mut parts = Parts {
                coming,
                part: Bytes::new(),
            };
            read_list(&mut parts, today)
        });
        let mut hash = Sha256::new();
        let mut content = self.stored_content(upload);
        while let Some(part) = content.try_next().await? {
            hash.update(&part);
            // Whoever has found the heading wrong reads no further; the digest is wanted all the same.
            let _ = parts.send(part).await;
        }
        drop(parts);
        let list = reading.await.map_err(Failure::internal)?;
        self.require_digest(upload, hash).await?;
        list.map_err(Failure::internal)
    }

    async fn replace_list(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        upload: &Upload,
        list: &ReadList,
        version: i64,
        set_totals: bool,
    ) -> Result<Shown, Failure> {
        let claim_id = upload.announced.claim;
        let mut claim = self.locked(tx, caller, claim_id).await?;
        let mut upload = match self.unfinished(tx, upload).await? {
            Ok(upload) => upload,
            Err(over) => return Ok(over),
        };
        claim.require_draft()?;
        if claim.version != version {
            return Err(Failure::etag_mismatch());
        }
        let now = self.clock.now();
        upload.updated_at = now;
        upload.report = Some(list.report.clone());
        if list.report.faults_count > 0 {
            upload.state = UploadState::Refused;
        } else {
            claim.relist(&list.report, set_totals, now)?;
            store::claims::relist(tx, &claim).await?;
            store::workers::clear(tx, claim_id).await?;
            store::workers::copy(tx, claim_id, &list.workers).await?;
            upload.state = UploadState::Accepted;
            upload.version_after = Some(claim.version);
        }
        store::uploads::end(tx, &upload).await?;
        audited(tx, caller, "claims.upload_beneficiaries", claim_id, now).await?;
        Ok(Shown {
            upload,
            attachment: None,
        })
    }

    /// A page of the list of a claim in the caller's rows.
    pub(crate) async fn list_workers(
        &self,
        caller: &Caller,
        claim: Uuid,
        page_size: i32,
        page_token: &str,
    ) -> Result<Workers, Failure> {
        let page: Page<i32> = Page::read(page_size, page_token, DEFAULT_PAGE)?;
        let (after, limit) = (page.after, page.size + 1);
        let (rows, (count, hours_hundredths)) = self
            .database
            .transaction("claims_list_beneficiaries", |tx| {
                async move {
                    store::claims::glance(tx, claim, &caller.scope)
                        .await?
                        .ok_or_else(Failure::not_found)?;
                    let rows = store::workers::page(tx, claim, after, limit).await?;
                    let totals = store::workers::totals(tx, claim).await?;
                    let entry = audit::Entry {
                        action: "claims.list_beneficiaries",
                        resource_type: "claim",
                        resource_id: claim.to_string(),
                        result_count: i64::try_from(rows.len()).unwrap_or(i64::MAX).min(limit - 1),
                    };
                    audit::record(tx, caller, entry, self.clock.now()).await?;
                    Ok((rows, totals))
                }
                .scope_boxed()
            })
            .await?;
        let (rows, next_page_token) = cut(rows, page.size, |(position, _)| *position);
        Ok(Workers {
            page: rows.into_iter().map(|(_, worker)| worker).collect(),
            next_page_token,
            count,
            hours_hundredths,
        })
    }
}

/// The parts of a file as a reader on a thread of its own.
struct Parts {
    coming: mpsc::Receiver<Bytes>,
    part: Bytes,
}

impl Read for Parts {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.part.is_empty() {
            match self.coming.blocking_recv() {
                Some(part) => self.part = part,
                None => return Ok(0),
            }
        }
        let read = self.part.len().min(buffer.len());
        self.part.copy_to_slice(&mut buffer[..read]);
        Ok(read)
    }
}
