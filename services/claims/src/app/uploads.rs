//! Uploads into drafts. What is done with a file that came whole is in [`super::lists`] and [`super::attachments`].

use bytes::Bytes;
use chassis::db::ScopedFutureExt;
use chassis::identity::Caller;
use chassis::upload::{Begun, Receiving, Resumable, Uploads, crossed, id_used, other_content};
use chassis::{Failure, Tx};
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, stream};
use kernel::Digest;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::refusals::not_allowed;
use super::{App, audited};
use crate::domain::attachment::{Attachment, AttachmentKind, room_for};
use crate::domain::refused::Refused;
use crate::domain::state::State;
use crate::domain::upload::{Announced, Brought, Upload, UploadState};
use crate::store;

/// An upload as callers see it.
#[derive(Debug)]
pub(crate) struct Shown {
    /// The upload.
    pub(crate) upload: Upload,
    /// The attachment that came of it, unless it was deleted since.
    pub(crate) attachment: Option<Attachment>,
}

impl Resumable for Upload {
    fn stored_bytes(&self) -> i64 {
        self.stored_bytes
    }

    fn total_bytes(&self) -> i64 {
        self.announced.total_bytes
    }

    fn advance(&mut self, bytes: i64) {
        self.stored_bytes += bytes;
    }
}

impl Uploads for App {
    type Announced = Announced;
    type Upload = Upload;
    type Shown = Shown;

    async fn begin_upload(
        &self,
        caller: &Caller,
        announced: &Announced,
    ) -> Result<Begun<Upload, Shown>, Failure> {
        self.database
            .transaction("claims_begin_upload", |tx| {
                async move { self.begin_in(tx, caller, announced).await }.scope_boxed()
            })
            .await
    }

    async fn append(&self, upload: &Upload, data: &[u8]) -> Result<bool, Failure> {
        let (claim, id) = (upload.announced.claim, upload.announced.id);
        let (from, now) = (upload.stored_bytes, self.clock.now());
        let mut connection = self.database.pool().acquire().await?;
        Ok(store::uploads::append(&mut connection, claim, id, from, data, now).await?)
    }

    async fn end_upload(&self, caller: &Caller, upload: Upload) -> Result<Shown, Failure> {
        if !upload.is_whole() {
            return Ok(Shown {
                upload,
                attachment: None,
            });
        }
        let _turn = self
            .files
            .turns
            .acquire()
            .await
            .map_err(Failure::internal)?;
        let shown = match upload.announced.brought.clone() {
            Brought::List {
                version,
                set_totals,
            } => self.finish_list(caller, upload, version, set_totals).await,
            Brought::Attachment { kind, file_name } => {
                self.finish_attachment(caller, upload, kind, &file_name)
                    .await
            }
        }?;
        self.metrics.uploaded(&shown.upload);
        Ok(shown)
    }
}

impl App {
    async fn begin_in(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        announced: &Announced,
    ) -> Result<Begun<Upload, Shown>, Failure> {
        let (claim, id) = (announced.claim, announced.id);
        let (version, state) = self.locked_at_a_glance(tx, caller, claim).await?;
        let known = store::uploads::find(tx, claim, id).await?;
        if let Some(known) = &known {
            if !known.announced.is_same_file(announced) {
                return Err(id_used());
            }
            if known.state != UploadState::Receiving {
                return Ok(Begun::Over(shown(tx, known.clone()).await?));
            }
        }
        require_draft(state)?;
        let now = self.clock.now();
        let upload = if let Some(known) = known {
            known
        } else {
            let upload = Upload::begin(announced.clone(), now);
            if let Brought::Attachment { kind, .. } = announced.brought {
                room_in(tx, claim, kind, announced.total_bytes).await?;
            }
            store::uploads::insert(tx, &upload, caller.person).await?;
            upload
        };
        if let Brought::List {
            version: read,
            set_totals,
        } = announced.brought
        {
            if read != version {
                return Err(Failure::etag_mismatch());
            }
            store::uploads::renew(tx, claim, id, read, set_totals, now).await?;
        }
        Ok(Begun::Open(Receiving::new(Upload {
            announced: announced.clone(),
            ..upload
        })))
    }

    /// How far an upload is.
    pub(crate) async fn upload(
        &self,
        caller: &Caller,
        claim: Uuid,
        id: Uuid,
    ) -> Result<Shown, Failure> {
        let mut connection = self.database.pool().acquire().await?;
        store::claims::glance(&mut connection, claim, &caller.scope)
            .await?
            .ok_or_else(Failure::not_found)?;
        let upload = store::uploads::find(&mut connection, claim, id)
            .await?
            .ok_or_else(Failure::not_found)?;
        shown(&mut connection, upload).await
    }

    /// The uploads of a claim, newest first.
    pub(crate) async fn uploads(
        &self,
        caller: &Caller,
        claim: Uuid,
    ) -> Result<Vec<Shown>, Failure> {
        let mut connection = self.database.pool().acquire().await?;
        store::claims::glance(&mut connection, claim, &caller.scope)
            .await?
            .ok_or_else(Failure::not_found)?;
        let uploads = store::uploads::of_claim(&mut connection, claim).await?;
        let attachments = store::attachments::of_claim(&mut connection, claim).await?;
        let with_attachment = |upload: Upload| {
            let attachment = attachments.iter().find(|it| it.id == upload.announced.id);
            Shown {
                attachment: attachment.cloned(),
                upload,
            }
        };
        Ok(uploads.into_iter().map(with_attachment).collect())
    }

    /// Forgets an upload that took no effect. One that is not there is no error.
    pub(crate) async fn cancel_upload(
        &self,
        caller: &Caller,
        claim: Uuid,
        id: Uuid,
    ) -> Result<(), Failure> {
        self.database
            .transaction("claims_cancel_upload", |tx| {
                async move {
                    self.locked_at_a_glance(tx, caller, claim).await?;
                    store::uploads::forget(tx, claim, id).await?;
                    audited(tx, caller, "claims.cancel_upload", claim, self.clock.now()).await
                }
                .scope_boxed()
            })
            .await
    }

    /// Version and state of a claim in the caller's rows, locked until the end of the transaction.
    pub(super) async fn locked_at_a_glance(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        claim: Uuid,
    ) -> Result<(i64, State), Failure> {
        store::claims::lock(tx, claim, &caller.scope)
            .await?
            .ok_or_else(Failure::not_found)?;
        store::claims::glance(tx, claim, &caller.scope)
            .await?
            .ok_or_else(Failure::not_found)
    }

    /// The upload under the lock of its claim, as long as it still waits for its end; what it came to otherwise.
    pub(super) async fn unfinished(
        &self,
        tx: &mut Tx,
        upload: &Upload,
    ) -> Result<Result<Upload, Shown>, Failure> {
        let (claim, id) = (upload.announced.claim, upload.announced.id);
        let found = store::uploads::find(tx, claim, id).await?;
        let found = found.ok_or_else(crossed)?;
        if found.state == UploadState::Receiving {
            Ok(Ok(found))
        } else {
            Ok(Err(shown(tx, found).await?))
        }
    }

    /// The stored bytes of an upload that came whole, in order. Where a part is missing, another call has ended the
    /// upload meanwhile, and whoever asks again is told how.
    pub(super) fn stored_content(
        &self,
        upload: &Upload,
    ) -> BoxStream<'static, Result<Bytes, Failure>> {
        let (claim, id) = (upload.announced.claim, upload.announced.id);
        let total = upload.announced.total_bytes;
        let database = self.database.clone();
        let parts = stream::try_unfold(0, move |from| {
            let database = database.clone();
            async move {
                if from == total {
                    return Ok(None);
                }
                let mut connection = database.pool().acquire().await?;
                let data = store::uploads::part(&mut connection, claim, id, from)
                    .await?
                    .ok_or_else(crossed)?;
                let next = from + i64::try_from(data.len()).map_err(Failure::internal)?;
                Ok::<_, Failure>(Some((Bytes::from(data), next)))
            }
        });
        parts.boxed()
    }

    /// Forgets an upload whose file is not the one announced, or may not come in.
    pub(super) async fn forget_upload(&self, upload: &Upload) -> Result<(), Failure> {
        let (claim, id) = (upload.announced.claim, upload.announced.id);
        let mut connection = self.database.pool().acquire().await?;
        Ok(store::uploads::forget(&mut connection, claim, id).await?)
    }

    /// Refuses a file that has another SHA-256 than announced.
    pub(super) async fn require_digest(
        &self,
        upload: &Upload,
        hash: Sha256,
    ) -> Result<(), Failure> {
        let found = Digest::from(<[u8; 32]>::from(hash.finalize()));
        if found == upload.announced.digest {
            return Ok(());
        }
        self.forget_upload(upload).await?;
        Err(other_content())
    }
}

async fn shown(db: &mut chassis::db::Connection, upload: Upload) -> Result<Shown, Failure> {
    let (claim, id) = (upload.announced.claim, upload.announced.id);
    Ok(Shown {
        attachment: store::attachments::find(db, claim, id).await?,
        upload,
    })
}

/// Refuses a file for which there is no room beside the others.
async fn room_in(
    tx: &mut Tx,
    claim: Uuid,
    kind: AttachmentKind,
    bytes: i64,
) -> Result<(), Failure> {
    let mut others = store::uploads::attachments_under_way(tx, claim).await?;
    let attached = store::attachments::of_claim(tx, claim).await?;
    others.extend(attached.iter().map(|it| (it.kind, it.size_bytes)));
    room_for(kind, bytes, &others).map_err(not_allowed)
}

pub(super) fn require_draft(state: State) -> Result<(), Failure> {
    if state == State::Draft {
        Ok(())
    } else {
        Err(Refused::InvalidState(state).into())
    }
}
