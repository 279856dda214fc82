//! `omnia.dasmo.v1.DasmoService`: wire to domain and back.

mod convert;

use chassis::identity::caller;
use chassis::paging::Page;
use chassis::{Failure, wire};
use proto::omnia::dasmo::v1 as pb;
use proto::omnia::dasmo::v1::dasmo_service_server::DasmoService;
use tonic::{Request, Response, Status};

use crate::app::dashboard::Dashboard;

/// Cases of a page when the caller does not say.
const CASES_PER_PAGE: i64 = 50;

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
        let filter = convert::filter(request.filter.as_ref())?;
        let volumes = self.dashboard.volumes(&caller, as_of, filter).await?;
        Ok(Response::new(convert::volumes(volumes)))
    }

    async fn get_trend(
        &self,
        request: Request<pb::GetTrendRequest>,
    ) -> Result<Response<pb::GetTrendResponse>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let from = required_day(request.from.as_ref(), "from")?;
        let to = required_day(request.to.as_ref(), "to")?;
        let filter = convert::filter(request.filter.as_ref())?;
        let days = self.dashboard.trend(&caller, from, to, filter).await?;
        Ok(Response::new(convert::trend(days)))
    }

    async fn list_cases(
        &self,
        request: Request<pb::ListCasesRequest>,
    ) -> Result<Response<pb::ListCasesResponse>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let page = Page::read(request.page_size, &request.page_token, CASES_PER_PAGE)?;
        let filter = convert::filter(request.filter.as_ref())?;
        let cases = self
            .dashboard
            .cases(&caller, filter, request.only_chronic, page)
            .await?;
        Ok(Response::new(convert::cases(cases)))
    }

    async fn get_freshness(
        &self,
        _request: Request<pb::GetFreshnessRequest>,
    ) -> Result<Response<pb::GetFreshnessResponse>, Status> {
        let freshness = self.dashboard.freshness().await?;
        Ok(Response::new(convert::freshness(freshness)))
    }
}

fn required_day(
    wire: Option<&proto::google::r#type::Date>,
    field: &str,
) -> Result<chrono::NaiveDate, Failure> {
    wire::optional_day(wire, field)?.ok_or_else(|| Failure::field(field, "is required"))
}
