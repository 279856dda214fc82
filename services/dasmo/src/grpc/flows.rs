//! `omnia.dasmo.v1.DasmoFlowsService`.

use chassis::identity::caller;
use chassis::paging::Page;
use chassis::wire;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, stream};
use proto::omnia::dasmo::v1 as pb;
use proto::omnia::dasmo::v1::dasmo_flows_service_server::DasmoFlowsService;
use tonic::{Request, Response, Status};

use super::{ROWS_PER_PAGE, ask, show};
use crate::app::dashboard::Dashboard;
use crate::app::lines::{Lines, StockFlows};

/// The service as it is served.
pub(crate) struct FlowsApi {
    dashboard: Dashboard,
}

impl FlowsApi {
    pub(crate) fn new(dashboard: Dashboard) -> Self {
        Self { dashboard }
    }
}

#[tonic::async_trait]
impl DasmoFlowsService for FlowsApi {
    async fn get_flow_breakdown(
        &self,
        request: Request<pb::GetFlowBreakdownRequest>,
    ) -> Result<Response<pb::GetFlowBreakdownResponse>, Status> {
        let caller = caller(&request)?;
        let question = ask::flow_breakdown(request.get_ref())?;
        let breakdown = self.dashboard.line_breakdown(&caller, question).await?;
        Ok(Response::new(show::flow_breakdown(&breakdown)))
    }

    async fn get_flow_trend(
        &self,
        request: Request<pb::GetFlowTrendRequest>,
    ) -> Result<Response<pb::GetFlowTrendResponse>, Status> {
        let caller = caller(&request)?;
        let question = ask::flow_trend(request.get_ref())?;
        let trend = self.dashboard.trend::<Lines>(&caller, question).await?;
        Ok(Response::new(show::flow_trend(trend)))
    }

    async fn get_flow_forecast(
        &self,
        request: Request<pb::GetFlowForecastRequest>,
    ) -> Result<Response<pb::GetFlowForecastResponse>, Status> {
        let caller = caller(&request)?;
        let request = request.get_ref();
        let as_of = wire::optional_day(request.as_of.as_ref(), "as_of")?;
        let filter = ask::filter(request.filter.as_ref())?;
        let outlook = self.dashboard.forecast::<Lines>(&caller, as_of, filter);
        let outlook = outlook.await?;
        Ok(Response::new(pb::GetFlowForecastResponse {
            forecast: Some(show::outlook(&outlook)),
        }))
    }

    async fn list_flow_corrections(
        &self,
        request: Request<pb::ListFlowCorrectionsRequest>,
    ) -> Result<Response<pb::ListFlowCorrectionsResponse>, Status> {
        let caller = caller(&request)?;
        let filter = ask::filter_without_part(request.get_ref().filter.as_ref())?;
        let corrections = self.dashboard.corrections::<Lines>(&caller, filter).await?;
        Ok(Response::new(pb::ListFlowCorrectionsResponse {
            corrections: show::corrections(corrections),
        }))
    }

    async fn list_stock_flows(
        &self,
        request: Request<pb::ListStockFlowsRequest>,
    ) -> Result<Response<pb::ListStockFlowsResponse>, Status> {
        let caller = caller(&request)?;
        let request = request.get_ref();
        let page = Page::read(request.page_size, &request.page_token, ROWS_PER_PAGE)?;
        let question = ask::flows(request)?;
        let flows = self.dashboard.cases::<StockFlows>(&caller, question, page);
        Ok(Response::new(show::flows(flows.await?)))
    }

    async fn get_stock_flow(
        &self,
        request: Request<pb::GetStockFlowRequest>,
    ) -> Result<Response<pb::GetStockFlowResponse>, Status> {
        let caller = caller(&request)?;
        let flow_id = wire::parse(&request.get_ref().flow_id, "flow_id")?;
        let found = self.dashboard.case::<StockFlows>(&caller, flow_id).await?;
        Ok(Response::new(pb::GetStockFlowResponse {
            as_of: Some(wire::date(found.as_of)),
            flow: Some(show::flow(found.row)),
            stale: found.stale,
        }))
    }

    type ExportFlowFiguresStream =
        BoxStream<'static, Result<pb::ExportFlowFiguresResponse, Status>>;

    async fn export_flow_figures(
        &self,
        request: Request<pb::ExportFlowFiguresRequest>,
    ) -> Result<Response<Self::ExportFlowFiguresStream>, Status> {
        let caller = caller(&request)?;
        let command = ask::flow_export(request.get_ref())?;
        let exporting = self.dashboard.export(&caller, command).await?;
        let head = pb::ExportFlowFiguresResponse {
            header: Some(show::header(&exporting)),
            ..pb::ExportFlowFiguresResponse::default()
        };
        let rest = exporting.pieces.map(|piece| {
            let message = |data| pb::ExportFlowFiguresResponse { header: None, data };
            piece.map(message).map_err(Status::from)
        });
        let whole = stream::once(std::future::ready(Ok(head))).chain(rest);
        Ok(Response::new(whole.boxed()))
    }
}
