//! `TreasuryService`.

use prost::Message;
use proto::omnia::payments::v1 as pb;
use proto::omnia::payments::v1::treasury_service_server::TreasuryService;
use sha2::{Digest as _, Sha256};
use tonic::{Request, Response, Status};

use super::show::{batch, ledger};
use super::{id, parts};
use crate::app::{App, BatchCommand};

/// The service over the use cases.
pub(super) struct TreasuryApi(pub(super) App);

#[tonic::async_trait]
impl TreasuryService for TreasuryApi {
    async fn create_batch(
        &self,
        request: Request<pb::CreateBatchRequest>,
    ) -> Result<Response<pb::CreateBatchResponse>, Status> {
        let (caller, message) = parts(request)?;
        let command = BatchCommand {
            request_id: id(&message.request_id, "request_id")?,
            fingerprint: message.encode_to_vec(),
            lines_most: message.lines_most,
        };
        let batch = Some(batch(self.0.create_batch(&caller, &command).await?));
        Ok(Response::new(pb::CreateBatchResponse { batch }))
    }

    async fn list_batches(
        &self,
        request: Request<pb::ListBatchesRequest>,
    ) -> Result<Response<pb::ListBatchesResponse>, Status> {
        let (caller, message) = parts(request)?;
        let (batches, next_page_token) = self
            .0
            .list_batches(&caller, message.page_size, &message.page_token)
            .await?;
        Ok(Response::new(pb::ListBatchesResponse {
            batches: batches.into_iter().map(batch).collect(),
            next_page_token,
        }))
    }

    async fn get_batch_file(
        &self,
        request: Request<pb::GetBatchFileRequest>,
    ) -> Result<Response<pb::GetBatchFileResponse>, Status> {
        let (caller, message) = parts(request)?;
        let batch = id(&message.batch_id, "batch_id")?;
        let (file_name, content) = self.0.batch_file(&caller, batch).await?;
        let digest: [u8; 32] = Sha256::digest(&content).into();
        Ok(Response::new(pb::GetBatchFileResponse {
            file_name,
            sha256: kernel::Digest::from(digest).to_string(),
            content: content.into(),
        }))
    }

    async fn ingest_bank_answers(
        &self,
        request: Request<pb::IngestBankAnswersRequest>,
    ) -> Result<Response<pb::IngestBankAnswersResponse>, Status> {
        let (caller, message) = parts(request)?;
        let ingested = self.0.ingest(&caller, &message.content).await?;
        let count = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
        Ok(Response::new(pb::IngestBankAnswersResponse {
            answers_count: count(ingested.answers),
            paid_count: count(ingested.paid),
            returned_count: count(ingested.returned),
            unknown_count: count(ingested.unknown),
            repeated_count: count(ingested.repeated),
            unmatched_end_to_end_ids: ingested.unmatched,
            repayments_count: count(ingested.repayments),
        }))
    }

    async fn get_ledger(
        &self,
        request: Request<pb::GetLedgerRequest>,
    ) -> Result<Response<pb::GetLedgerResponse>, Status> {
        let (caller, _) = parts(request)?;
        Ok(Response::new(ledger(self.0.ledger(&caller).await?)))
    }
}
