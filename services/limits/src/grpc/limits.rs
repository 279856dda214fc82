//! `omnia.limits.v1.LimitsService`.

use chassis::identity::caller;
use chassis::wire::optional_day;
use proto::omnia::limits::v1 as pb;
use proto::omnia::limits::v1::limits_service_server::LimitsService;
use tonic::{Request, Response, Status};

use crate::app::App;
use crate::wire;

use super::read;

/// Serves the counters to people.
#[derive(Debug, Clone)]
pub(crate) struct LimitsApi(pub(crate) App);

#[tonic::async_trait]
impl LimitsService for LimitsApi {
    async fn get_counters(
        &self,
        request: Request<pb::GetCountersRequest>,
    ) -> Result<Response<pb::GetCountersResponse>, Status> {
        let caller = caller(&request)?;
        let wanted = request.into_inner();
        let unit = read::unit(wanted.unit.as_ref(), "unit")?;
        let reference = optional_day(wanted.reference_week.as_ref(), "reference_week")?;
        let counters = self.0.counters(&caller, &unit, reference).await?;
        Ok(Response::new(pb::GetCountersResponse {
            counters: counters.iter().map(wire::counter).collect(),
        }))
    }

    async fn simulate(
        &self,
        request: Request<pb::SimulateRequest>,
    ) -> Result<Response<pb::SimulateResponse>, Status> {
        let caller = caller(&request)?;
        let wanted = request.into_inner();
        let unit = read::unit(wanted.unit.as_ref(), "unit")?;
        let asked = read::request(wanted.cause, &wanted.period.unwrap_or_default())?;
        let (simulation, counters) = self.0.simulate(&caller, &unit, &asked).await?;
        Ok(Response::new(pb::SimulateResponse {
            simulation: Some(wire::simulation(&simulation)),
            counters: counters.iter().map(wire::counter).collect(),
        }))
    }

    async fn list_ledger(
        &self,
        request: Request<pb::ListLedgerRequest>,
    ) -> Result<Response<pb::ListLedgerResponse>, Status> {
        let caller = caller(&request)?;
        let wanted = request.into_inner();
        let unit = read::unit(wanted.unit.as_ref(), "unit")?;
        let page = self
            .0
            .ledger(&caller, &unit, wanted.page_size, &wanted.page_token)
            .await?;
        Ok(Response::new(pb::ListLedgerResponse {
            entries: page.entries.iter().map(wire::entry).collect(),
            next_page_token: page.next_page_token,
        }))
    }
}
