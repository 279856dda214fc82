//! `EmployersService`.

use chassis::Failure;
use chassis::identity::caller;
use chassis::paging::Page;
use chassis::wire::{optional_day, parse};
use kernel::{Matricola, ProductionUnitCode};
use proto::omnia::anagrafe::v1::employers_service_server::EmployersService;
use proto::omnia::anagrafe::v1::{
    GetEmployerRequest, GetEmployerResponse, GetFilingContextRequest, GetFilingContextResponse,
    HeadcountGroup, ListEmployersRequest, ListEmployersResponse, ListProductionUnitsRequest,
    ListProductionUnitsResponse,
};
use proto::omnia::common::v1::UnitKey;
use tonic::{Request, Response, Status};

use super::{Grpc, convert};
use crate::app::HeadcountDays;

#[tonic::async_trait]
impl EmployersService for Grpc {
    async fn get_employer(
        &self,
        request: Request<GetEmployerRequest>,
    ) -> Result<Response<GetEmployerResponse>, Status> {
        let caller = caller(&request)?;
        let matricola = parse(&request.get_ref().matricola, "matricola")?;
        let employer = self.app.employer(&caller, &matricola).await?;
        Ok(Response::new(GetEmployerResponse {
            employer: Some(convert::employer(employer)),
        }))
    }

    async fn list_employers(
        &self,
        request: Request<ListEmployersRequest>,
    ) -> Result<Response<ListEmployersResponse>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let page = Page::read(request.page_size, &request.page_token, 50)?;
        let (rows, next_page_token) = self.app.employers(&caller, &page).await?;
        let employers = rows.into_iter().map(convert::employer).collect();
        Ok(Response::new(ListEmployersResponse {
            employers,
            next_page_token,
        }))
    }

    async fn list_production_units(
        &self,
        request: Request<ListProductionUnitsRequest>,
    ) -> Result<Response<ListProductionUnitsResponse>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let matricola = parse(&request.matricola, "matricola")?;
        let page = Page::read(request.page_size, &request.page_token, 50)?;
        let (rows, next_page_token) = self.app.units(&caller, &matricola, &page).await?;
        let production_units = rows.into_iter().map(convert::unit).collect();
        Ok(Response::new(ListProductionUnitsResponse {
            production_units,
            next_page_token,
        }))
    }

    async fn get_filing_context(
        &self,
        request: Request<GetFilingContextRequest>,
    ) -> Result<Response<GetFilingContextResponse>, Status> {
        let caller = caller(&request)?;
        let wanted = request.into_inner();
        let days = HeadcountDays {
            period_start: optional_day(wanted.period_start.as_ref(), "period_start")?,
            filed_on: optional_day(wanted.filed_on.as_ref(), "filed_on")?,
        };
        let (matricola, code) = unit_key(wanted.unit)?;
        let context = self
            .app
            .filing_context(&caller, &matricola, code, days)
            .await?;
        let headcount = context.headcount.into_iter().map(|group| HeadcountGroup {
            weekly_hours_hundredths: group.weekly_hours,
            average_heads_hundredths: group.average_heads(),
            monthly_heads_hundredths: group.monthly_heads,
        });
        Ok(Response::new(GetFilingContextResponse {
            employer: Some(convert::employer(context.employer)),
            production_unit: Some(convert::unit(context.unit)),
            competent_office: Some(convert::office(&context.office, self.app.territory())),
            headcount: headcount.collect(),
            employer_monthly_heads_hundredths: context.employer_heads,
        }))
    }
}

fn unit_key(wire: Option<UnitKey>) -> Result<(Matricola, ProductionUnitCode), Failure> {
    let wire = wire.ok_or_else(|| Failure::field("unit", "is required"))?;
    let code = u32::try_from(wire.production_unit_code).ok();
    let code = code.and_then(|code| ProductionUnitCode::try_from(code).ok());
    let code =
        code.ok_or_else(|| Failure::field("unit.production_unit_code", "must be 0 to 99999"))?;
    Ok((parse(&wire.matricola, "unit.matricola")?, code))
}
