//! Uploads: bytes come in order and are stored with the offset that the client is told, so that whoever was cut off goes on from
//! there. What is done with a file that came whole is in [`super::receiving`].

use chassis::db::ScopedFutureExt;
use chassis::identity::Caller;
use chassis::{Failure, Tx};
use kernel::ProtocolNumber;
use uuid::Uuid;

use super::App;
use super::refusals::{crossed, gap, upload_id_used};
use crate::domain::upload::{Announced, Upload, UploadState};
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

/// An upload as its sender sees it.
#[derive(Debug)]
pub(crate) struct Shown {
    /// The upload.
    pub(crate) upload: Upload,
    /// Receipt number of the flow that came of it.
    pub(crate) protocol: Option<ProtocolNumber>,
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
    /// Begins an upload, or goes on with one. Bytes that were sent before for the same authorisation are that flow (PAY-4).
    pub(crate) async fn begin_upload(
        &self,
        caller: &Caller,
        announced: &Announced,
    ) -> Result<Begun, Failure> {
        caller.require_matricola(announced.matricola.as_str())?;
        self.database
            .transaction("payments_begin_upload", |tx| {
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
        let (person, id) = (caller.person, announced.id);
        let now = self.clock.now();
        let new = Upload {
            person,
            announced: announced.clone(),
            flow: self.ids.at(now),
            state: UploadState::Receiving,
            stored_bytes: 0,
            refusal: None,
            created_at: now,
            updated_at: now,
        };
        store::uploads::insert(tx, &new).await?;
        store::uploads::lock(tx, person, id).await?;
        let mut upload = store::uploads::find(tx, person, id)
            .await?
            .ok_or_else(crossed)?;
        if upload.announced != *announced {
            return Err(upload_id_used());
        }
        if upload.state == UploadState::Receiving
            && let Some(flow) = self.sent_before(tx, caller, announced).await?
        {
            upload.flow = flow;
            upload.state = UploadState::Accepted;
            upload.updated_at = now;
            store::uploads::end(tx, &upload).await?;
        }
        if upload.state == UploadState::Receiving {
            return Ok(Begun::Open(Receiving {
                upload,
                gathered: Vec::new(),
            }));
        }
        Ok(Begun::Over(self.shown(tx, caller, upload).await?))
    }

    /// The flow of the same bytes for the same authorisation, if the caller may see it.
    pub(super) async fn sent_before(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        announced: &Announced,
    ) -> Result<Option<Uuid>, Failure> {
        let number = announced.authorization.as_str();
        let Some(id) = store::flows::of_bytes(tx, number, &announced.digest).await? else {
            return Ok(None);
        };
        let flow = store::flows::find(tx, id, &caller.scope).await?;
        Ok(flow.map(|flow| flow.id))
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
        let now = self.clock.now();
        let mut connection = self.database.pool().acquire().await?;
        let data = &receiving.gathered;
        if !store::uploads::append(&mut connection, &receiving.upload, data, now).await? {
            return Err(crossed());
        }
        receiving.upload.stored_bytes += length(data);
        receiving.gathered.clear();
        Ok(())
    }

    /// Receives the flow once its file came whole; otherwise says how far it is.
    pub(crate) async fn finish_upload(
        &self,
        caller: &Caller,
        mut receiving: Receiving,
    ) -> Result<Shown, Failure> {
        self.store_gathered(&mut receiving).await?;
        let upload = receiving.upload;
        if upload.is_whole() {
            self.receive_flow(caller, upload).await
        } else {
            Ok(Shown {
                upload,
                protocol: None,
            })
        }
    }

    /// An upload of the caller.
    pub(crate) async fn upload(&self, caller: &Caller, id: Uuid) -> Result<Shown, Failure> {
        self.database
            .transaction("payments_get_upload", |tx| {
                async move {
                    let upload = store::uploads::find(tx, caller.person, id)
                        .await?
                        .filter(|it| {
                            caller
                                .scope
                                .holds_matricola(it.announced.matricola.as_str())
                        })
                        .ok_or_else(Failure::not_found)?;
                    self.shown(tx, caller, upload).await
                }
                .scope_boxed()
            })
            .await
    }

    /// An upload with the receipt number of its flow.
    pub(super) async fn shown(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        upload: Upload,
    ) -> Result<Shown, Failure> {
        let flow = match upload.state {
            UploadState::Accepted => store::flows::find(tx, upload.flow, &caller.scope).await?,
            _ => None,
        };
        Ok(Shown {
            upload,
            protocol: flow.map(|flow| flow.protocol),
        })
    }
}
