//! `MandatesService`.

use std::pin::Pin;

use chassis::Failure;
use chassis::identity::caller;
use chassis::paging::Page;
use chassis::wire::{optional_day, parse};
use futures_util::{Stream, StreamExt};
use prost::Message;
use proto::omnia::anagrafe::v1::mandates_service_server::MandatesService;
use proto::omnia::anagrafe::v1::{
    GrantMandateRequest, GrantMandateResponse, ListMandatesRequest, ListMandatesResponse,
    WatchMandateRequest, WatchMandateResponse, WithdrawMandateRequest, WithdrawMandateResponse,
};
use tonic::{Request, Response, Status};

use super::{Grpc, convert};
use crate::app::GrantMandate;

#[tonic::async_trait]
impl MandatesService for Grpc {
    type WatchMandateStream =
        Pin<Box<dyn Stream<Item = Result<WatchMandateResponse, Status>> + Send>>;

    async fn grant_mandate(
        &self,
        request: Request<GrantMandateRequest>,
    ) -> Result<Response<GrantMandateResponse>, Status> {
        let caller = caller(&request)?;
        let view = self
            .app
            .grant_mandate(&caller, &grant(request.get_ref())?)
            .await?;
        Ok(Response::new(GrantMandateResponse {
            mandate: Some(convert::mandate(view)),
        }))
    }

    async fn withdraw_mandate(
        &self,
        request: Request<WithdrawMandateRequest>,
    ) -> Result<Response<WithdrawMandateResponse>, Status> {
        let caller = caller(&request)?;
        let id = parse(&request.get_ref().mandate_id, "mandate_id")?;
        let view = self.app.withdraw_mandate(&caller, id).await?;
        Ok(Response::new(WithdrawMandateResponse {
            mandate: Some(convert::mandate(view)),
        }))
    }

    async fn list_mandates(
        &self,
        request: Request<ListMandatesRequest>,
    ) -> Result<Response<ListMandatesResponse>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let page = Page::read(request.page_size, &request.page_token, 50)?;
        let (rows, next_page_token) = self.app.list_mandates(&caller, &page).await?;
        let mandates = rows.into_iter().map(convert::mandate).collect();
        Ok(Response::new(ListMandatesResponse {
            mandates,
            next_page_token,
        }))
    }

    async fn watch_mandate(
        &self,
        request: Request<WatchMandateRequest>,
    ) -> Result<Response<Self::WatchMandateStream>, Status> {
        let caller = caller(&request)?;
        let views = self.app.watch_mandate(&caller).await?;
        let stream = views.map(|view| match view {
            Ok(view) => Ok(WatchMandateResponse {
                mandate: Some(convert::mandate(view)),
            }),
            Err(failure) => Err(Status::from(failure)),
        });
        Ok(Response::new(Box::pin(stream)))
    }
}

fn grant(wire: &GrantMandateRequest) -> Result<GrantMandate, Failure> {
    Ok(GrantMandate {
        request_id: parse(&wire.request_id, "request_id")?,
        fingerprint: wire.encode_to_vec(),
        matricola: parse(&wire.matricola, "matricola")?,
        delegate: parse(&wire.delegate_codice_fiscale, "delegate_codice_fiscale")?,
        from: optional_day(wire.from.as_ref(), "from")?,
        to: optional_day(wire.to.as_ref(), "to")?,
    })
}
