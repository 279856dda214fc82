//! `ActsService`.

use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};
use proto::omnia::claims::v1 as pb;
use proto::omnia::claims::v1::acts_service_server::ActsService;
use tonic::{Request, Response, Status};

use super::chunks::{chunks, offset};
use super::parts;
use super::read::id;
use super::show::{document_header, verified};
use crate::app::App;

/// The service over the use cases.
pub(crate) struct ActsApi(pub(crate) App);

#[tonic::async_trait]
impl ActsService for ActsApi {
    type GetActStream = BoxStream<'static, Result<pb::GetActResponse, Status>>;

    async fn get_act(
        &self,
        request: Request<pb::GetActRequest>,
    ) -> Result<Response<Self::GetActStream>, Status> {
        let (caller, message) = parts(request)?;
        let claim = id(&message.claim_id, "claim_id")?;
        let sequence = (message.sequence > 0).then_some(message.sequence);
        let from = offset(message.offset)?;
        let given = self.0.act(&caller, claim, sequence, from).await?;
        let head = pb::GetActResponse {
            header: Some(document_header(&given)),
            chunk: None,
        };
        let chunks = chunks(given.content, message.offset).map_ok(|chunk| pb::GetActResponse {
            header: None,
            chunk: Some(chunk),
        });
        let whole = stream::once(std::future::ready(Ok(head))).chain(chunks);
        Ok(Response::new(whole.boxed()))
    }

    type GetReceiptStream = BoxStream<'static, Result<pb::GetReceiptResponse, Status>>;

    async fn get_receipt(
        &self,
        request: Request<pb::GetReceiptRequest>,
    ) -> Result<Response<Self::GetReceiptStream>, Status> {
        let (caller, message) = parts(request)?;
        let claim = id(&message.claim_id, "claim_id")?;
        let from = offset(message.offset)?;
        let given = self.0.receipt(&caller, claim, from).await?;
        let head = pb::GetReceiptResponse {
            header: Some(document_header(&given)),
            chunk: None,
        };
        let chunks = chunks(given.content, message.offset).map_ok(|chunk| pb::GetReceiptResponse {
            header: None,
            chunk: Some(chunk),
        });
        let whole = stream::once(std::future::ready(Ok(head))).chain(chunks);
        Ok(Response::new(whole.boxed()))
    }

    async fn verify_act(
        &self,
        request: Request<pb::VerifyActRequest>,
    ) -> Result<Response<pb::VerifyActResponse>, Status> {
        let code = request.into_inner().code;
        let answer = self.0.verify(&code).await?;
        Ok(Response::new(verified(answer)))
    }
}
