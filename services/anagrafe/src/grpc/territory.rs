//! `TerritoryService`.

use chassis::Failure;
use chassis::paging::{Page, cut};
use chassis::wire::date;
use kernel::holidays;
use proto::omnia::anagrafe::v1::territory_service_server::TerritoryService;
use proto::omnia::anagrafe::v1::{
    GetOfficeRequest, GetOfficeResponse, ListHolidaysRequest, ListHolidaysResponse,
    ListOfficesRequest, ListOfficesResponse,
};
use tonic::{Request, Response, Status};

use super::{Grpc, convert};
use crate::domain::territory::Office;

#[tonic::async_trait]
impl TerritoryService for Grpc {
    async fn get_office(
        &self,
        request: Request<GetOfficeRequest>,
    ) -> Result<Response<GetOfficeResponse>, Status> {
        let territory = self.app.territory();
        let found = territory
            .office(&request.get_ref().code)
            .ok_or_else(Failure::not_found)?;
        Ok(Response::new(GetOfficeResponse {
            office: Some(convert::office(found, territory)),
        }))
    }

    async fn list_offices(
        &self,
        request: Request<ListOfficesRequest>,
    ) -> Result<Response<ListOfficesResponse>, Status> {
        let request = request.into_inner();
        let page = Page::<String>::read(request.page_size, &request.page_token, 200)?;
        let territory = self.app.territory();
        let most = usize::try_from(page.size)
            .unwrap_or(usize::MAX)
            .saturating_add(1);
        let rows: Vec<&Office> = territory
            .offices()
            .filter(|one| {
                request.region_istat.is_empty() || one.region_istat == request.region_istat
            })
            .filter(|one| {
                page.after
                    .as_ref()
                    .is_none_or(|after| one.code.as_str() > after.as_str())
            })
            .take(most)
            .collect();
        let (rows, next_page_token) = cut(rows, page.size, |office| office.code.to_string());
        let offices = rows
            .into_iter()
            .map(|office| convert::office(office, territory))
            .collect();
        Ok(Response::new(ListOfficesResponse {
            offices,
            next_page_token,
        }))
    }

    async fn list_holidays(
        &self,
        request: Request<ListHolidaysRequest>,
    ) -> Result<Response<ListHolidaysResponse>, Status> {
        let days = holidays::of_year(request.get_ref().year)
            .into_iter()
            .map(date)
            .collect();
        Ok(Response::new(ListHolidaysResponse { days }))
    }
}
