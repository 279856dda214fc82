//! `FilesService`.

use chassis::lifecycle::Stop;
use chassis::upload::take;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt, stream};
use proto::omnia::claims::v1 as pb;
use proto::omnia::claims::v1::files_service_server::FilesService;
use tonic::{Request, Response, Status, Streaming};

use super::chunks::{chunks, offset};
use super::parts;
use super::read::{attachment_piece, id, list_piece};
use super::show::{attachment, beneficiary, header, upload};
use crate::app::App;

/// The service over the use cases, and when to let go of uploads.
pub(super) struct FilesApi {
    pub(super) app: App,
    pub(super) stop: Stop,
}

#[tonic::async_trait]
impl FilesService for FilesApi {
    async fn upload_beneficiaries(
        &self,
        request: Request<Streaming<pb::UploadBeneficiariesRequest>>,
    ) -> Result<Response<pb::UploadBeneficiariesResponse>, Status> {
        let upload = Some(upload(
            take(&self.app, &self.stop, request, list_piece).await?,
        ));
        Ok(Response::new(pb::UploadBeneficiariesResponse { upload }))
    }

    async fn upload_attachment(
        &self,
        request: Request<Streaming<pb::UploadAttachmentRequest>>,
    ) -> Result<Response<pb::UploadAttachmentResponse>, Status> {
        let upload = Some(upload(
            take(&self.app, &self.stop, request, attachment_piece).await?,
        ));
        Ok(Response::new(pb::UploadAttachmentResponse { upload }))
    }

    async fn get_upload(
        &self,
        request: Request<pb::GetUploadRequest>,
    ) -> Result<Response<pb::GetUploadResponse>, Status> {
        let (caller, message) = parts(request)?;
        let claim = id(&message.claim_id, "claim_id")?;
        let found = self
            .app
            .upload(&caller, claim, id(&message.upload_id, "upload_id")?)
            .await?;
        let upload = Some(upload(found));
        Ok(Response::new(pb::GetUploadResponse { upload }))
    }

    async fn list_uploads(
        &self,
        request: Request<pb::ListUploadsRequest>,
    ) -> Result<Response<pb::ListUploadsResponse>, Status> {
        let (caller, message) = parts(request)?;
        let found = self
            .app
            .uploads(&caller, id(&message.claim_id, "claim_id")?)
            .await?;
        let uploads = found.into_iter().map(upload).collect();
        Ok(Response::new(pb::ListUploadsResponse { uploads }))
    }

    async fn cancel_upload(
        &self,
        request: Request<pb::CancelUploadRequest>,
    ) -> Result<Response<pb::CancelUploadResponse>, Status> {
        let (caller, message) = parts(request)?;
        let claim = id(&message.claim_id, "claim_id")?;
        self.app
            .cancel_upload(&caller, claim, id(&message.upload_id, "upload_id")?)
            .await?;
        Ok(Response::new(pb::CancelUploadResponse {}))
    }

    async fn list_beneficiaries(
        &self,
        request: Request<pb::ListBeneficiariesRequest>,
    ) -> Result<Response<pb::ListBeneficiariesResponse>, Status> {
        let (caller, message) = parts(request)?;
        let claim = id(&message.claim_id, "claim_id")?;
        let workers = self
            .app
            .list_workers(&caller, claim, message.page_size, &message.page_token)
            .await?;
        Ok(Response::new(pb::ListBeneficiariesResponse {
            beneficiaries: workers.page.into_iter().map(beneficiary).collect(),
            next_page_token: workers.next_page_token,
            total_count: i32::try_from(workers.count).unwrap_or(i32::MAX),
            total_hours_hundredths: workers.hours_hundredths,
        }))
    }

    async fn list_attachments(
        &self,
        request: Request<pb::ListAttachmentsRequest>,
    ) -> Result<Response<pb::ListAttachmentsResponse>, Status> {
        let (caller, message) = parts(request)?;
        let found = self
            .app
            .attachments(&caller, id(&message.claim_id, "claim_id")?)
            .await?;
        let attachments = found.into_iter().map(attachment).collect();
        Ok(Response::new(pb::ListAttachmentsResponse { attachments }))
    }

    type DownloadAttachmentStream =
        BoxStream<'static, Result<pb::DownloadAttachmentResponse, Status>>;

    async fn download_attachment(
        &self,
        request: Request<pb::DownloadAttachmentRequest>,
    ) -> Result<Response<Self::DownloadAttachmentStream>, Status> {
        let (caller, message) = parts(request)?;
        let claim = id(&message.claim_id, "claim_id")?;
        let attachment = id(&message.attachment_id, "attachment_id")?;
        let found = self
            .app
            .download(&caller, claim, attachment, offset(message.offset)?)
            .await?;
        let head = pb::DownloadAttachmentResponse {
            header: Some(header(found.attachment)),
            chunk: None,
        };
        let chunks =
            chunks(found.content, message.offset).map_ok(|chunk| pb::DownloadAttachmentResponse {
                header: None,
                chunk: Some(chunk),
            });
        let whole = stream::once(std::future::ready(Ok(head))).chain(chunks);
        Ok(Response::new(whole.boxed()))
    }

    async fn delete_attachment(
        &self,
        request: Request<pb::DeleteAttachmentRequest>,
    ) -> Result<Response<pb::DeleteAttachmentResponse>, Status> {
        let (caller, message) = parts(request)?;
        let claim = id(&message.claim_id, "claim_id")?;
        self.app
            .delete_attachment(&caller, claim, id(&message.attachment_id, "attachment_id")?)
            .await?;
        Ok(Response::new(pb::DeleteAttachmentResponse {}))
    }
}
