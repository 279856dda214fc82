//! `FlowsService`.

use chassis::lifecycle::Stop;
use chassis::upload::take;
use proto::omnia::payments::v1 as pb;
use proto::omnia::payments::v1::flows_service_server::FlowsService;
use tonic::{Request, Response, Status, Streaming};

use super::read::{cure, line_states, list, piece};
use super::show::{explained, flow, line, mine, seen, upload};
use super::{id, parts};
use crate::app::App;

/// The service over the use cases, and when to let go of uploads.
pub(super) struct FlowsApi {
    pub(super) app: App,
    pub(super) stop: Stop,
}

#[tonic::async_trait]
impl FlowsService for FlowsApi {
    async fn upload_flow(
        &self,
        request: Request<Streaming<pb::UploadFlowRequest>>,
    ) -> Result<Response<pb::UploadFlowResponse>, Status> {
        let shown = take(&self.app, &self.stop, request, piece).await?;
        let upload = Some(upload(shown));
        Ok(Response::new(pb::UploadFlowResponse { upload }))
    }

    async fn get_upload(
        &self,
        request: Request<pb::GetUploadRequest>,
    ) -> Result<Response<pb::GetUploadResponse>, Status> {
        let (caller, message) = parts(request)?;
        let found = self
            .app
            .upload(&caller, id(&message.upload_id, "upload_id")?)
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
            .uploads(&caller, &message.authorization_number)
            .await?;
        Ok(Response::new(pb::ListUploadsResponse {
            uploads: found.into_iter().map(upload).collect(),
        }))
    }

    async fn get_flow(
        &self,
        request: Request<pb::GetFlowRequest>,
    ) -> Result<Response<pb::GetFlowResponse>, Status> {
        let (caller, message) = parts(request)?;
        let found = self
            .app
            .flow(&caller, id(&message.flow_id, "flow_id")?)
            .await?;
        let flow = Some(flow(found));
        Ok(Response::new(pb::GetFlowResponse { flow }))
    }

    async fn list_flows(
        &self,
        request: Request<pb::ListFlowsRequest>,
    ) -> Result<Response<pb::ListFlowsResponse>, Status> {
        let (caller, message) = parts(request)?;
        let (flows, next_page_token) = self.app.list_flows(&caller, &list(message)?).await?;
        Ok(Response::new(pb::ListFlowsResponse {
            flows: flows.into_iter().map(flow).collect(),
            next_page_token,
        }))
    }

    async fn list_lines(
        &self,
        request: Request<pb::ListLinesRequest>,
    ) -> Result<Response<pb::ListLinesResponse>, Status> {
        let (caller, message) = parts(request)?;
        let states = line_states(message.states());
        let flow = id(&message.flow_id, "flow_id")?;
        let (lines, next_page_token) = self
            .app
            .list_lines(
                &caller,
                flow,
                &states,
                message.page_size,
                &message.page_token,
            )
            .await?;
        Ok(Response::new(pb::ListLinesResponse {
            lines: lines.into_iter().map(seen).collect(),
            next_page_token,
        }))
    }

    async fn get_line(
        &self,
        request: Request<pb::GetLineRequest>,
    ) -> Result<Response<pb::GetLineResponse>, Status> {
        let (caller, message) = parts(request)?;
        let flow = id(&message.flow_id, "flow_id")?;
        let found = self.app.line(&caller, flow, message.line_number).await?;
        Ok(Response::new(explained(found)))
    }

    async fn delete_flow(
        &self,
        request: Request<pb::DeleteFlowRequest>,
    ) -> Result<Response<pb::DeleteFlowResponse>, Status> {
        let (caller, message) = parts(request)?;
        let deleted = self
            .app
            .delete_flow(&caller, id(&message.flow_id, "flow_id")?, &message.reason)
            .await?;
        let flow = Some(flow(deleted));
        Ok(Response::new(pb::DeleteFlowResponse { flow }))
    }

    async fn cancel_lines(
        &self,
        request: Request<pb::CancelLinesRequest>,
    ) -> Result<Response<pb::CancelLinesResponse>, Status> {
        let (caller, message) = parts(request)?;
        let of = id(&message.flow_id, "flow_id")?;
        let cancelled = self
            .app
            .cancel_lines(&caller, of, &message.line_numbers, &message.reason)
            .await?;
        let flow = Some(flow(cancelled));
        Ok(Response::new(pb::CancelLinesResponse { flow }))
    }

    async fn cure_line(
        &self,
        request: Request<pb::CureLineRequest>,
    ) -> Result<Response<pb::CureLineResponse>, Status> {
        let (caller, message) = parts(request)?;
        let flow = id(&message.flow_id, "flow_id")?;
        let (number, reason) = (message.line_number, message.reason.clone());
        let cure = cure(message)?;
        let cured = self
            .app
            .cure_line(&caller, flow, number, &cure, &reason)
            .await?;
        // Of a line that was just cured nothing is paid, and nothing recovered.
        let line = Some(line(cured, 0));
        Ok(Response::new(pb::CureLineResponse { line }))
    }

    async fn reject_flow(
        &self,
        request: Request<pb::RejectFlowRequest>,
    ) -> Result<Response<pb::RejectFlowResponse>, Status> {
        let (caller, message) = parts(request)?;
        let of = id(&message.flow_id, "flow_id")?;
        let rejected = self.app.reject_flow(&caller, of, &message.reason).await?;
        let flow = Some(flow(rejected));
        Ok(Response::new(pb::RejectFlowResponse { flow }))
    }

    async fn list_my_payments(
        &self,
        request: Request<pb::ListMyPaymentsRequest>,
    ) -> Result<Response<pb::ListMyPaymentsResponse>, Status> {
        let (caller, message) = parts(request)?;
        let (payments, next_page_token) = self
            .app
            .my_payments(&caller, message.page_size, &message.page_token)
            .await?;
        let (treasury, today) = (&self.app.treasury, self.app.clock.today());
        let shown = payments.into_iter().map(|one| mine(one, treasury, today));
        Ok(Response::new(pb::ListMyPaymentsResponse {
            payments: shown.collect(),
            next_page_token,
        }))
    }
}
