//! `omnia.limits.v1.LimitsService`.

use chassis::identity::caller;
use chassis::wire::{optional_day, timestamp};
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
        let at = read::optional_instant(wanted.as_known_at.as_ref(), "as_known_at")?;
        let known = self.0.counters(&caller, &unit, reference, at).await?;
        Ok(Response::new(pb::GetCountersResponse {
            counters: known.answer.iter().map(wire::counter).collect(),
            known_at: Some(timestamp(known.known_at)),
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
        let at = read::optional_instant(wanted.as_known_at.as_ref(), "as_known_at")?;
        let known = self.0.simulate(&caller, &unit, &asked, at).await?;
        let (simulation, counters) = known.answer;
        Ok(Response::new(pb::SimulateResponse {
            simulation: Some(wire::simulation(&simulation)),
            counters: counters.iter().map(wire::counter).collect(),
            known_at: Some(timestamp(known.known_at)),
        }))
    }

    async fn list_ledger(
        &self,
        request: Request<pb::ListLedgerRequest>,
    ) -> Result<Response<pb::ListLedgerResponse>, Status> {
        let caller = caller(&request)?;
        let wanted = request.into_inner();
        let unit = read::unit(wanted.unit.as_ref(), "unit")?;
        let at = read::optional_instant(wanted.as_known_at.as_ref(), "as_known_at")?;
        let page = self
            .0
            .ledger(&caller, &unit, at, wanted.page_size, &wanted.page_token)
            .await?;
        Ok(Response::new(pb::ListLedgerResponse {
            entries: page.entries.iter().map(wire::entry).collect(),
            next_page_token: page.next_page_token,
            known_at: Some(timestamp(page.known_at)),
        }))
    }

    async fn list_entry_versions(
        &self,
        request: Request<pb::ListEntryVersionsRequest>,
    ) -> Result<Response<pb::ListEntryVersionsResponse>, Status> {
        let caller = caller(&request)?;
        let wanted = request.into_inner();
        let unit = read::unit(wanted.unit.as_ref(), "unit")?;
        let id = read::id(&wanted.entry_id, "entry_id")?;
        let page = self
            .0
            .entry_versions(&caller, &unit, id, wanted.page_size, &wanted.page_token)
            .await?;
        let versions = page.versions.iter().map(|(version, superseded_at)| {
            let superseded_at = superseded_at.map(timestamp);
            pb::LedgerEntry {
                superseded_at,
                ..wire::entry(version)
            }
        });
        Ok(Response::new(pb::ListEntryVersionsResponse {
            versions: versions.collect(),
            next_page_token: page.next_page_token,
        }))
    }
}
