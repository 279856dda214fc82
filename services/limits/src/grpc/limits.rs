//! `omnia.limits.v1.LimitsService`.

use chassis::identity::caller;
use chassis::wire::{optional_day, timestamp};
use proto::omnia::limits::v1 as pb;
use proto::omnia::limits::v1::limits_service_server::LimitsService;
use tonic::{Request, Response, Status, Streaming};

use crate::app::{App, SeenFrom};
use crate::wire;

use super::{bulk, read};

/// Serves the counters to people.
#[derive(Debug, Clone)]
pub(crate) struct LimitsApi(pub(crate) App);

#[tonic::async_trait]
impl LimitsService for LimitsApi {
    type EvaluateBulkStream = bulk::Answers<pb::EvaluateBulkResponse>;

    async fn get_counters(
        &self,
        request: Request<pb::GetCountersRequest>,
    ) -> Result<Response<pb::GetCountersResponse>, Status> {
        let caller = caller(&request)?;
        let wanted = request.into_inner();
        let subject = read::subject(
            wanted.unit.as_ref(),
            wanted.staff.as_ref(),
            wanted.as_known_at.as_ref(),
        )?;
        let reference = optional_day(wanted.reference_week.as_ref(), "reference_week")?;
        let known = self.0.counters(&caller, &subject, reference).await?;
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
        let subject = read::subject(
            wanted.unit.as_ref(),
            wanted.staff.as_ref(),
            wanted.as_known_at.as_ref(),
        )?;
        let wish = read::Asked {
            cause: wanted.cause,
            period: wanted.period.as_ref(),
            months: wanted.months.as_ref(),
            hours: wanted.hours_hundredths,
            flags: &wanted.flags,
        };
        let wish = read::wish(&wish, "")?;
        let known = self.0.simulate(&caller, &subject, &wish).await?;
        let (answer, counters) = known.answer;
        Ok(Response::new(pb::SimulateResponse {
            counters: counters.iter().map(wire::counter).collect(),
            known_at: Some(timestamp(known.known_at)),
            ..wire::answer(&answer)
        }))
    }

    async fn explain(
        &self,
        request: Request<pb::ExplainRequest>,
    ) -> Result<Response<pb::ExplainResponse>, Status> {
        let caller = caller(&request)?;
        let wanted = request.into_inner();
        let subject = read::subject(
            wanted.unit.as_ref(),
            wanted.staff.as_ref(),
            wanted.as_known_at.as_ref(),
        )?;
        let seen = match &wanted.request {
            Some(request) => SeenFrom::Request(read::on_top(request)?),
            None => SeenFrom::Week(optional_day(
                wanted.reference_week.as_ref(),
                "reference_week",
            )?),
        };
        let kinds = read::kinds(&wanted.kinds)?;
        let known = self.0.explain(&caller, &subject, &kinds, &seen).await?;
        let explained = known.answer;
        let explanations = explained
            .trails
            .iter()
            .map(|trail| wire::explanation(trail, &explained.unit));
        Ok(Response::new(pb::ExplainResponse {
            explanations: explanations.collect(),
            known_at: Some(timestamp(known.known_at)),
            difference: explained.difference.as_ref().map(wire::difference),
        }))
    }

    async fn evaluate_bulk(
        &self,
        request: Request<Streaming<pb::EvaluateBulkRequest>>,
    ) -> Result<Response<Self::EvaluateBulkStream>, Status> {
        let caller = caller(&request)?;
        let answers = bulk::answers(
            self.0.clone(),
            caller,
            request.into_inner(),
            |asked: pb::EvaluateBulkRequest| asked.unit,
            |answer| pb::EvaluateBulkResponse {
                answer: Some(answer),
            },
        );
        Ok(Response::new(answers))
    }

    async fn list_rules(
        &self,
        request: Request<pb::ListRulesRequest>,
    ) -> Result<Response<pb::ListRulesResponse>, Status> {
        caller(&request)?;
        let wanted = request.into_inner();
        let on = optional_day(wanted.on.as_ref(), "on")?;
        let at = read::optional_instant(wanted.as_known_at.as_ref(), "as_known_at")?;
        let known = self.0.rules_on(on, at).await?;
        Ok(Response::new(pb::ListRulesResponse {
            known_at: Some(timestamp(known.known_at)),
            ..wire::rules_of_day(&known.answer)
        }))
    }

    async fn list_law_versions(
        &self,
        request: Request<pb::ListLawVersionsRequest>,
    ) -> Result<Response<pb::ListLawVersionsResponse>, Status> {
        caller(&request)?;
        let wanted = request.into_inner();
        let page = self.0.laws(wanted.page_size, &wanted.page_token).await?;
        Ok(Response::new(pb::ListLawVersionsResponse {
            versions: page.laws.iter().map(wire::law_line).collect(),
            next_page_token: page.next_page_token,
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
