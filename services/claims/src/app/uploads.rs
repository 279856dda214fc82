//! Uploads: bytes come in order and are stored with the offset that the client is told, so that whoever was cut off goes
//! on from there. What is done with a file that came whole is in [`super::lists`] and [`super::attachments`].

use bytes::Bytes;
use chassis::db::ScopedFutureExt;
use chassis::failure::{Class, Reason};
use chassis::identity::Caller;
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

/// Bytes gathered before they are stored: a transaction each.
const PART: usize = 1024 * 1024;

/// An upload that was announced.
#[derive(Debug)]
pub(crate) enum Begun {
    /// It has ended before; this came of it.
    Over(Shown),
    /// Its bytes may come.
    Open(Receiving),
}

/// An upload as callers see it.
#[derive(Debug)]
pub(crate) struct Shown {
    /// The upload.
    pub(crate) upload: Upload,
    /// The attachment that came of it, unless it was deleted since.
    pub(crate) attachment: Option<Attachment>,
}

/// An upload whose bytes are coming. Holds at most [`PART`] of them and one piece more.
#[derive(Debug)]
pub(crate) struct Receiving {
    upload: Upload,
    gathered: Vec<u8>,
}

impl Receiving {
    /// Whether every byte has come.
    pub(crate) fn is_whole(&self) -> bool {
        self.place() == self.upload.announced.total_bytes
    }

    /// Where the next byte belongs.
    fn place(&self) -> i64 {
        self.upload.stored_bytes + length(&self.gathered)
    }
}

fn length(bytes: &[u8]) -> i64 {
    i64::try_from(bytes.len()).unwrap_or(i64::MAX)
}

impl App {
    /// Begins an upload into a draft, or goes on with one.
    pub(crate) async fn begin_upload(
        &self,
        caller: &Caller,
        announced: &Announced,
    ) -> Result<Begun, Failure> {
        self.database
            .transaction("claims_begin_upload", |tx| {
                async move { self.begin_in(tx, caller, announced).await }.scope_boxed()
            })
            .await
    }

    async fn begin_in(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        announced: &Announced,
    ) -> Result<Begun, Failure> {
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
        Ok(Begun::Open(Receiving {
            upload: Upload {
                announced: announced.clone(),
                ..upload
            },
            gathered: Vec::new(),
        }))
    }

    /// Takes a piece. What is stored already is passed over; what begins too far ahead is refused.
    pub(crate) async fn receive(
        &self,
        receiving: &mut Receiving,
        offset: i64,
        data: &[u8],
    ) -> Result<(), Failure> {
        let place = receiving.place();
        let known = place - offset;
        if known < 0 {
            self.store_gathered(receiving).await?;
            return Err(gap(place));
        }
        let data = usize::try_from(known)
            .ok()
            .and_then(|known| data.get(known..))
            .unwrap_or_default();
        if place + length(data) > receiving.upload.announced.total_bytes {
            let longer = "is longer than the file that was announced";
            return Err(Failure::field("chunk.data", longer));
        }
        receiving.gathered.extend_from_slice(data);
        if receiving.gathered.len() >= PART {
            self.store_gathered(receiving).await?;
        }
        Ok(())
    }

    /// Stores what has been gathered. After it the upload can be gone on with from there, whatever happens.
    pub(crate) async fn store_gathered(&self, receiving: &mut Receiving) -> Result<(), Failure> {
        if receiving.gathered.is_empty() {
            return Ok(());
        }
        let upload = &mut receiving.upload;
        let (claim, id) = (upload.announced.claim, upload.announced.id);
        let (from, now) = (upload.stored_bytes, self.clock.now());
        let mut connection = self.database.pool().acquire().await?;
        let data = &receiving.gathered;
        if !store::uploads::append(&mut connection, claim, id, from, data, now).await? {
            return Err(crossed());
        }
        upload.stored_bytes += length(data);
        receiving.gathered.clear();
        Ok(())
    }

    /// Does with the file what it was sent for once it came whole; otherwise says how far it is.
    pub(crate) async fn finish_upload(
        &self,
        caller: &Caller,
        mut receiving: Receiving,
    ) -> Result<Shown, Failure> {
        self.store_gathered(&mut receiving).await?;
        let upload = receiving.upload;
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
                let next = from + length(&data);
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

fn id_used() -> Failure {
    Failure::new(
        Class::Exists,
        Reason::IdnE12,
        "Lo stesso upload_id è già stato usato per un altro file.",
        "The same upload_id was already used for another file.",
    )
    .with_violation("begin.upload_id", "must be new for another file")
}

fn gap(stored: i64) -> Failure {
    Failure::new(
        Class::Precondition,
        Reason::UploadGap,
        "Mancano dei byte prima di questi: riprendere dal punto indicato.",
        "Bytes before these are missing: go on from the offset that is told.",
    )
    .with_metadata("storedBytes", stored.to_string())
}

/// Another call goes on with the same upload, ended it, or cancelled it.
fn crossed() -> Failure {
    Failure::new(
        Class::Conflict,
        Reason::Conflict,
        "Un'altra chiamata prosegue, ha concluso o ha annullato lo stesso caricamento: chiedere di nuovo.",
        "Another call goes on with the same upload, ended it, or cancelled it: ask again.",
    )
}

pub(super) fn other_content() -> Failure {
    Failure::field("begin.sha256", "is not that of the bytes that came")
}
