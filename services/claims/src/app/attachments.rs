//! Attachments: taken in once they came whole, given out again, taken from a draft.

use bytes::Bytes;
use chassis::db::ScopedFutureExt;
use chassis::failure::{Class, Reason};
use chassis::identity::Caller;
use chassis::objects::PutError;
use chassis::upload::other_content;
use chassis::{Failure, audit};
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::files::said;
use super::refusals::not_allowed;
use super::uploads::{Shown, require_draft};
use super::{App, audited};
use crate::domain::attachment::{
    Attachment, AttachmentKind, NotAllowed, ScanState, fits, safe_name,
};
use crate::domain::file_type::{FileType, Sniffer};
use crate::domain::upload::{Upload, UploadState};
use crate::store;

/// An attachment that is given out.
pub(crate) struct Download {
    /// What it is.
    pub(crate) attachment: Attachment,
    /// Its bytes, from the offset asked for on.
    pub(crate) content: BoxStream<'static, Result<Bytes, Failure>>,
}

impl std::fmt::Debug for Download {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Download")
            .field("attachment", &self.attachment.id)
            .finish_non_exhaustive()
    }
}

impl App {
    /// Attaches a file that came whole. The object is stored before the transaction, which holds no call over the
    /// network; one that nobody comes to need is removed by the job.
    pub(super) async fn finish_attachment(
        &self,
        caller: &Caller,
        upload: Upload,
        kind: AttachmentKind,
        file_name: &str,
    ) -> Result<Shown, Failure> {
        let file_type = self.judge(&upload, kind).await?;
        let scan = self.scan(&upload).await?;
        self.keep(&upload).await?;
        let attachment = &Attachment {
            id: upload.announced.id,
            kind,
            file_name: safe_name(file_name, file_type),
            file_type,
            size_bytes: upload.announced.total_bytes,
            digest: upload.announced.digest,
            scan,
            uploaded_at: self.clock.now(),
        };
        let upload = &upload;
        self.database
            .transaction("claims_attach", |tx| {
                async move {
                    let claim = upload.announced.claim;
                    let (_, state) = self.locked_at_a_glance(tx, caller, claim).await?;
                    let mut upload = match self.unfinished(tx, upload).await? {
                        Ok(upload) => upload,
                        Err(over) => return Ok(over),
                    };
                    require_draft(state)?;
                    upload.state = UploadState::Accepted;
                    upload.updated_at = attachment.uploaded_at;
                    store::attachments::insert(tx, claim, attachment, caller.person).await?;
                    store::uploads::end(tx, &upload).await?;
                    let at = attachment.uploaded_at;
                    audited(tx, caller, "claims.upload_attachment", claim, at).await?;
                    Ok(Shown {
                        upload,
                        attachment: Some(attachment.clone()),
                    })
                }
                .scope_boxed()
            })
            .await
    }

    /// The type of a file by its content. One that is not the file announced, or of no type that may be, is forgotten.
    async fn judge(&self, upload: &Upload, kind: AttachmentKind) -> Result<FileType, Failure> {
        let (mut hash, mut sniffer) = (Sha256::new(), Sniffer::default());
        let mut content = self.stored_content(upload);
        while let Some(part) = content.try_next().await? {
            hash.update(&part);
            sniffer.look(&part);
        }
        self.require_digest(upload, hash).await?;
        let judged = sniffer.judge().ok_or(NotAllowed::Type);
        match judged.and_then(|found| fits(kind, found).map(|()| found)) {
            Ok(found) => Ok(found),
            Err(refused) => self.turn_away(upload, refused).await,
        }
    }

    /// What the antivirus says; malware is turned away.
    async fn scan(&self, upload: &Upload) -> Result<ScanState, Failure> {
        let Some(antivirus) = &self.files.antivirus else {
            return Ok(ScanState::Off);
        };
        match said(antivirus.scan(self.stored_content(upload)).await) {
            ScanState::Infected => self.turn_away(upload, NotAllowed::Infected).await,
            state => Ok(state),
        }
    }

    async fn turn_away<T>(&self, upload: &Upload, refused: NotAllowed) -> Result<T, Failure> {
        self.forget_upload(upload).await?;
        Err(not_allowed(refused))
    }

    async fn keep(&self, upload: &Upload) -> Result<(), Failure> {
        let announced = &upload.announced;
        let mut connection = self.database.pool().acquire().await?;
        store::attachments::need(&mut connection, announced.digest, announced.total_bytes).await?;
        drop(connection);
        let kept = self
            .files
            .objects
            .put(announced.digest, self.stored_content(upload));
        kept.await.map_err(|error| match error {
            PutError::Failed(failure) => failure,
            PutError::OtherContent => other_content(),
            PutError::TooLarge(_) => not_allowed(NotAllowed::TooLarge),
        })
    }

    /// The attachments of a claim in the caller's rows, oldest first.
    pub(crate) async fn attachments(
        &self,
        caller: &Caller,
        claim: Uuid,
    ) -> Result<Vec<Attachment>, Failure> {
        self.database
            .transaction("claims_list_attachments", |tx| {
                async move {
                    store::claims::glance(tx, claim, &caller.scope)
                        .await?
                        .ok_or_else(Failure::not_found)?;
                    let attachments = store::attachments::of_claim(tx, claim).await?;
                    let entry = audit::Entry {
                        action: "claims.list_attachments",
                        resource_type: "claim",
                        resource_id: claim.to_string(),
                        result_count: i64::try_from(attachments.len()).unwrap_or(i64::MAX),
                    };
                    audit::record(tx, caller, entry, self.clock.now()).await?;
                    Ok(attachments)
                }
                .scope_boxed()
            })
            .await
    }

    /// An attachment of a claim in the caller's rows, with its bytes from an offset on.
    pub(crate) async fn download(
        &self,
        caller: &Caller,
        claim: Uuid,
        id: Uuid,
        offset: u64,
    ) -> Result<Download, Failure> {
        let attachment = self
            .database
            .transaction("claims_download", |tx| {
                async move {
                    store::claims::glance(tx, claim, &caller.scope)
                        .await?
                        .ok_or_else(Failure::not_found)?;
                    let attachment = store::attachments::find(tx, claim, id)
                        .await?
                        .ok_or_else(Failure::not_found)?;
                    audited(
                        tx,
                        caller,
                        "claims.download_attachment",
                        claim,
                        self.clock.now(),
                    )
                    .await?;
                    Ok(attachment)
                }
                .scope_boxed()
            })
            .await?;
        match attachment.scan {
            ScanState::Pending => return Err(not_scanned()),
            ScanState::Infected => return Err(not_allowed(NotAllowed::Infected)),
            ScanState::Off | ScanState::Clean => {}
        }
        let size = u64::try_from(attachment.size_bytes).unwrap_or(0);
        if offset > size {
            return Err(Failure::field(
                "offset",
                "must not lie beyond the end of the file",
            ));
        }
        if offset == size {
            let content = futures_util::stream::empty().boxed();
            return Ok(Download {
                attachment,
                content,
            });
        }
        let content = self.files.objects.get(attachment.digest, offset).await?;
        let content = content.ok_or_else(|| Failure::internal("an attachment has no object"))?;
        Ok(Download {
            attachment,
            content: content.boxed(),
        })
    }

    /// Takes an attachment from a draft. One that is not there is no error.
    pub(crate) async fn delete_attachment(
        &self,
        caller: &Caller,
        claim: Uuid,
        id: Uuid,
    ) -> Result<(), Failure> {
        self.database
            .transaction("claims_delete_attachment", |tx| {
                async move {
                    let (_, state) = self.locked_at_a_glance(tx, caller, claim).await?;
                    require_draft(state)?;
                    store::attachments::delete(tx, claim, id).await?;
                    let at = self.clock.now();
                    audited(tx, caller, "claims.delete_attachment", claim, at).await
                }
                .scope_boxed()
            })
            .await
    }
}

fn not_scanned() -> Failure {
    Failure::new(
        Class::Precondition,
        Reason::AttachmentNotScanned,
        "L'allegato attende il controllo antivirus.",
        "The attachment awaits the antivirus.",
    )
}
