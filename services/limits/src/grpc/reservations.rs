//! `omnia.limits.v1.ReservationService`.

use chassis::Failure;
use chassis::identity::caller;
use chassis::wire::optional_day;
use prost::Message;
use proto::omnia::limits::v1 as pb;
use proto::omnia::limits::v1::reservation_service_server::ReservationService;
use tonic::{Request, Response, Status, Streaming};

use crate::app::App;
use crate::domain::ledger::Entry;
use crate::wire;

use super::{bulk, read};

/// Serves the bookings to the other services.
#[derive(Debug, Clone)]
pub(crate) struct ReservationApi(pub(crate) App);

#[tonic::async_trait]
impl ReservationService for ReservationApi {
    type EvaluateUnitsStream = bulk::Answers<pb::EvaluateUnitsResponse>;

    async fn evaluate_units(
        &self,
        request: Request<Streaming<pb::EvaluateUnitsRequest>>,
    ) -> Result<Response<Self::EvaluateUnitsStream>, Status> {
        let caller = caller(&request)?;
        let answers = bulk::answers(
            self.0.clone(),
            caller,
            request.into_inner(),
            |asked: pb::EvaluateUnitsRequest| asked.unit,
            |answer| pb::EvaluateUnitsResponse {
                answer: Some(answer),
            },
        );
        Ok(Response::new(answers))
    }

    async fn evaluate(
        &self,
        request: Request<pb::EvaluateRequest>,
    ) -> Result<Response<pb::EvaluateResponse>, Status> {
        let caller = caller(&request)?;
        let wanted = request.into_inner();
        let unit = read::unit(wanted.unit.as_ref(), "unit")?;
        let told = read::told(wanted.facts.as_ref())?;
        let asked = read::Asked {
            cause: wanted.cause,
            period: wanted.period.as_ref(),
            months: wanted.months.as_ref(),
            hours: wanted.hours_hundredths,
            flags: &wanted.flags,
        };
        let is_asked = asked.period.is_some() || asked.months.is_some();
        let wish = is_asked.then(|| read::wish(&asked, "")).transpose()?;
        let reference = optional_day(wanted.reference_week.as_ref(), "reference_week")?;
        let (fit, counters) = self
            .0
            .evaluate(&caller, &unit, &told, wish, reference)
            .await?;
        let told = fit.map(wire::Told::of).unwrap_or_default();
        Ok(Response::new(pb::EvaluateResponse {
            counters: counters.iter().map(wire::counter).collect(),
            simulation: told.simulation,
            months: told.months,
            source: told.source,
        }))
    }

    async fn reserve(
        &self,
        request: Request<pb::ReserveRequest>,
    ) -> Result<Response<pb::ReserveResponse>, Status> {
        let caller = caller(&request)?;
        let command = read::reserve(request.get_ref())?;
        let entry = self.0.reserve(&caller, &command).await?;
        Ok(Response::new(pb::ReserveResponse {
            entry: Some(wire::entry(&entry)),
        }))
    }

    async fn confirm(
        &self,
        request: Request<pb::ConfirmRequest>,
    ) -> Result<Response<pb::ConfirmResponse>, Status> {
        let caller = caller(&request)?;
        let id = read::id(&request.get_ref().reservation_id, "reservation_id")?;
        let entry = self.0.confirm(&caller, id).await?;
        Ok(Response::new(pb::ConfirmResponse {
            entry: Some(wire::entry(&entry)),
        }))
    }

    async fn release(
        &self,
        request: Request<pb::ReleaseRequest>,
    ) -> Result<Response<pb::ReleaseResponse>, Status> {
        let caller = caller(&request)?;
        let wanted = request.into_inner();
        let id = read::id(&wanted.reservation_id, "reservation_id")?;
        self.0.release(&caller, id, &wanted.reason).await?;
        Ok(Response::new(pb::ReleaseResponse {}))
    }

    async fn declare_usage(
        &self,
        request: Request<pb::DeclareUsageRequest>,
    ) -> Result<Response<pb::DeclareUsageResponse>, Status> {
        let caller = caller(&request)?;
        let wanted = request.into_inner();
        let id = read::id(&wanted.entry_id, "entry_id")?;
        let usage = read::usage(&wanted.usage.unwrap_or_default(), "usage")?;
        let declared = self.0.declare_usage(&caller, id, &usage).await?;
        Ok(Response::new(pb::DeclareUsageResponse {
            entry: Some(wire::entry(&declared.version)),
            discarded: Some(wire::usage(&declared.discarded)),
        }))
    }

    async fn correct_entry(
        &self,
        request: Request<pb::CorrectEntryRequest>,
    ) -> Result<Response<pb::CorrectEntryResponse>, Status> {
        let caller = caller(&request)?;
        let wanted = request.get_ref();
        let correction = read::correction(wanted)?;
        let version = self
            .0
            .correct(&caller, &correction, &wanted.encode_to_vec())
            .await?;
        Ok(Response::new(pb::CorrectEntryResponse {
            entry: Some(wire::entry(&version)),
        }))
    }

    async fn cancel_entry(
        &self,
        request: Request<pb::CancelEntryRequest>,
    ) -> Result<Response<pb::CancelEntryResponse>, Status> {
        let caller = caller(&request)?;
        let wanted = request.get_ref();
        let cancellation = read::cancellation(wanted)?;
        let version = self
            .0
            .cancel(&caller, &cancellation, &wanted.encode_to_vec())
            .await?;
        Ok(Response::new(pb::CancelEntryResponse {
            entry: Some(wire::entry(&version)),
        }))
    }

    async fn import_history(
        &self,
        request: Request<pb::ImportHistoryRequest>,
    ) -> Result<Response<pb::ImportHistoryResponse>, Status> {
        let caller = caller(&request)?;
        let wanted = request.get_ref();
        let history: Result<Vec<Entry>, Failure> = wanted
            .entries
            .iter()
            .enumerate()
            .map(|(index, line)| read::history(line, index))
            .collect();
        let created = self
            .0
            .import_history(&caller, &history?, wanted.dry_run)
            .await?;
        Ok(Response::new(pb::ImportHistoryResponse {
            created: i32::try_from(created).unwrap_or(i32::MAX),
        }))
    }
}
