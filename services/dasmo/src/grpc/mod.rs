//! `omnia.dasmo.v1.DasmoService`, `DasmoFlowsService` and `DasmoDigestService`: wire to domain and back.

mod ask;
mod digest;
mod flows;
mod show;

use chassis::identity::caller;
use chassis::paging::Page;
use chassis::wire;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, stream};
use proto::omnia::dasmo::v1 as pb;
use proto::omnia::dasmo::v1::dasmo_service_server::DasmoService;
use tonic::{Request, Response, Status};

use crate::app::cases::ClaimCases;
use crate::app::dashboard::Dashboard;
use crate::app::figures::Claims;

pub(crate) use digest::DigestApi;
pub(crate) use flows::FlowsApi;

/// Rows of a page when the caller does not say.
const ROWS_PER_PAGE: i64 = 50;

/// The service as it is served.
pub(crate) struct DasmoApi {
    dashboard: Dashboard,
}

impl DasmoApi {
    pub(crate) fn new(dashboard: Dashboard) -> Self {
        Self { dashboard }
    }
}

#[tonic::async_trait]
impl DasmoService for DasmoApi {
    async fn get_volumes(
        &self,
        request: Request<pb::GetVolumesRequest>,
    ) -> Result<Response<pb::GetVolumesResponse>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let as_of = wire::optional_day(request.as_of.as_ref(), "as_of")?;
        let filter = ask::filter(request.filter.as_ref())?;
        let volumes = self.dashboard.volumes(&caller, as_of, filter).await?;
        Ok(Response::new(show::volumes(volumes)))
    }

    async fn get_breakdown(
        &self,
        request: Request<pb::GetBreakdownRequest>,
    ) -> Result<Response<pb::GetBreakdownResponse>, Status> {
        let caller = caller(&request)?;
        let question = ask::breakdown(request.get_ref())?;
        let breakdown = self
            .dashboard
            .breakdown::<Claims>(&caller, question)
            .await?;
        Ok(Response::new(show::breakdown(breakdown)))
    }

    async fn get_trend(
        &self,
        request: Request<pb::GetTrendRequest>,
    ) -> Result<Response<pb::GetTrendResponse>, Status> {
        let caller = caller(&request)?;
        let question = ask::trend(request.get_ref())?;
        let trend = self.dashboard.trend::<Claims>(&caller, question).await?;
        Ok(Response::new(show::trend(trend)))
    }

    async fn get_forecast(
        &self,
        request: Request<pb::GetForecastRequest>,
    ) -> Result<Response<pb::GetForecastResponse>, Status> {
        let caller = caller(&request)?;
        let request = request.get_ref();
        let as_of = wire::optional_day(request.as_of.as_ref(), "as_of")?;
        let filter = ask::filter(request.filter.as_ref())?;
        let outlook = self.dashboard.forecast::<Claims>(&caller, as_of, filter);
        let outlook = outlook.await?;
        Ok(Response::new(show::outlook(&outlook)))
    }

    async fn list_corrections(
        &self,
        request: Request<pb::ListCorrectionsRequest>,
    ) -> Result<Response<pb::ListCorrectionsResponse>, Status> {
        let caller = caller(&request)?;
        let filter = ask::filter_without_part(request.get_ref().filter.as_ref())?;
        let corrections = self
            .dashboard
            .corrections::<Claims>(&caller, filter)
            .await?;
        Ok(Response::new(pb::ListCorrectionsResponse {
            corrections: show::corrections(corrections),
        }))
    }

    async fn list_cases(
        &self,
        request: Request<pb::ListCasesRequest>,
    ) -> Result<Response<pb::ListCasesResponse>, Status> {
        let caller = caller(&request)?;
        let request = request.get_ref();
        let page = Page::read(request.page_size, &request.page_token, ROWS_PER_PAGE)?;
        let question = ask::cases(request)?;
        let cases = self
            .dashboard
            .cases::<ClaimCases>(&caller, question, page)
            .await?;
        Ok(Response::new(show::cases(cases)))
    }

    async fn get_case(
        &self,
        request: Request<pb::GetCaseRequest>,
    ) -> Result<Response<pb::GetCaseResponse>, Status> {
        let caller = caller(&request)?;
        let claim_id = wire::parse(&request.get_ref().claim_id, "claim_id")?;
        let found = self.dashboard.case::<ClaimCases>(&caller, claim_id).await?;
        Ok(Response::new(pb::GetCaseResponse {
            as_of: Some(wire::date(found.as_of)),
            case: Some(show::case(found.row)),
            stale: found.stale,
        }))
    }

    type ExportFiguresStream = BoxStream<'static, Result<pb::ExportFiguresResponse, Status>>;

    async fn export_figures(
        &self,
        request: Request<pb::ExportFiguresRequest>,
    ) -> Result<Response<Self::ExportFiguresStream>, Status> {
        let caller = caller(&request)?;
        let command = ask::export(request.get_ref())?;
        let exporting = self.dashboard.export(&caller, command).await?;
        let head = pb::ExportFiguresResponse {
            header: Some(show::header(&exporting)),
            ..pb::ExportFiguresResponse::default()
        };
        let rest = exporting.pieces.map(|piece| {
            let message = |data| pb::ExportFiguresResponse { header: None, data };
            piece.map(message).map_err(Status::from)
        });
        let whole = stream::once(std::future::ready(Ok(head))).chain(rest);
        Ok(Response::new(whole.boxed()))
    }

    async fn get_freshness(
        &self,
        request: Request<pb::GetFreshnessRequest>,
    ) -> Result<Response<pb::GetFreshnessResponse>, Status> {
        let freshness = self.dashboard.freshness(&caller(&request)?).await?;
        Ok(Response::new(show::freshness(freshness)))
    }
}
