//! Uploads of flows. What is done with a file that came whole is in [`super::receiving`].

use chassis::db::ScopedFutureExt;
use chassis::identity::Caller;
use chassis::upload::{Begun, Receiving, Resumable, Uploads, crossed, id_used};
use chassis::{Failure, Tx};
use kernel::ProtocolNumber;
use uuid::Uuid;

use super::App;
use crate::domain::upload::{Announced, Upload, UploadState};
use crate::store;

/// Uploads that are listed.
const LISTED: i64 = 20;

/// An upload as its sender sees it.
#[derive(Debug)]
pub(crate) struct Shown {
    /// The upload.
    pub(crate) upload: Upload,
    /// Receipt number of the flow that came of it.
    pub(crate) protocol: Option<ProtocolNumber>,
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

    /// Bytes that were sent before for the same authorisation are that flow (PAY-4).
    async fn begin_upload(
        &self,
        caller: &Caller,
        announced: &Announced,
    ) -> Result<Begun<Upload, Shown>, Failure> {
        caller.require_matricola(announced.matricola.as_str())?;
        self.database
            .transaction("payments_begin_upload", |tx| {
                async move { self.begin_in(tx, caller, announced).await }.scope_boxed()
            })
            .await
    }

    async fn append(&self, upload: &Upload, data: &[u8]) -> Result<bool, Failure> {
        let mut connection = self.database.pool().acquire().await?;
        Ok(store::uploads::append(&mut connection, upload, data, self.clock.now()).await?)
    }

    /// Receives the flow once its file came whole.
    async fn end_upload(&self, caller: &Caller, upload: Upload) -> Result<Shown, Failure> {
        if upload.is_whole() {
            return self.receive_flow(caller, upload).await;
        }
        Ok(Shown {
            upload,
            protocol: None,
        })
    }
}

impl App {
    async fn begin_in(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        announced: &Announced,
    ) -> Result<Begun<Upload, Shown>, Failure> {
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
            return Err(id_used());
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
            return Ok(Begun::Open(Receiving::new(upload)));
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

    /// The caller's last uploads for an authorisation, newest first, without the faults of those that were refused.
    pub(crate) async fn uploads(
        &self,
        caller: &Caller,
        authorization: &str,
    ) -> Result<Vec<Shown>, Failure> {
        self.database
            .transaction("payments_list_uploads", |tx| {
                async move {
                    let mut shown = Vec::new();
                    let person = caller.person;
                    for upload in store::uploads::last(tx, person, authorization, LISTED).await? {
                        let matricola = upload.announced.matricola.as_str();
                        if caller.scope.holds_matricola(matricola) {
                            shown.push(self.shown(tx, caller, upload).await?);
                        }
                    }
                    Ok(shown)
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
