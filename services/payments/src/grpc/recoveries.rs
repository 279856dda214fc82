//! `RecoveriesService`.

use chassis::identity::Caller;
use chassis::{Failure, wire};
use chrono::NaiveDate;
use prost::Message;
use proto::google::r#type::Date;
use proto::omnia::payments::v1 as pb;
use proto::omnia::payments::v1::recoveries_service_server::RecoveriesService;
use tonic::{Request, Response, Status};

use super::show::{recovery, recovery_step};
use super::{id, parts};
use crate::app::{App, OpenCommand, RecoveriesCommand, RecoveryFilter, RecoveryStep, Repayment};
use crate::names;

/// The service over the use cases.
pub(super) struct RecoveriesApi(pub(super) App);

impl RecoveriesApi {
    async fn step(
        &self,
        caller: &Caller,
        recovery_id: &str,
        step: RecoveryStep,
    ) -> Result<Option<pb::Recovery>, Failure> {
        let id = id(recovery_id, "recovery_id")?;
        let shown = self.0.step_recovery(caller, id, &step).await?;
        Ok(Some(recovery(shown, self.0.clock.today())))
    }
}

fn day(wire: Option<&Date>, field: &str) -> Result<NaiveDate, Failure> {
    wire::optional_day(wire, field)?.ok_or_else(|| Failure::field(field, "is required"))
}

fn opening(message: &pb::OpenRecoveriesRequest) -> Result<OpenCommand, Failure> {
    let amount = |cents: i64| (cents > 0).then_some(cents);
    let lines = message.lines.iter();
    Ok(OpenCommand {
        request_id: id(&message.request_id, "request_id")?,
        fingerprint: message.encode_to_vec(),
        flow: id(&message.flow_id, "flow_id")?,
        lines: lines
            .map(|line| (line.line_number, amount(line.amount_cents)))
            .collect(),
        reason: names::recovery_reason_of(message.reason())
            .ok_or_else(|| Failure::field("reason", "must be one of the reasons"))?,
        note: message.note.clone(),
    })
}

fn listing(message: pb::ListRecoveriesRequest) -> Result<RecoveriesCommand, Failure> {
    let some = |text: String| (!text.is_empty()).then_some(text);
    let states = message
        .states()
        .filter_map(names::recovery_state_of)
        .collect();
    let reasons = message
        .reasons()
        .filter_map(names::recovery_reason_of)
        .collect();
    let filter = RecoveryFilter {
        states,
        reasons,
        flow: some(message.flow_id)
            .map(|flow| id(&flow, "flow_id"))
            .transpose()?,
        authorization: some(message.authorization_number),
        codice_fiscale: some(message.codice_fiscale),
        ..RecoveryFilter::default()
    };
    Ok(RecoveriesCommand {
        filter,
        overdue_only: message.overdue_only,
        page_size: message.page_size,
        page_token: message.page_token,
    })
}

#[tonic::async_trait]
impl RecoveriesService for RecoveriesApi {
    async fn open_recoveries(
        &self,
        request: Request<pb::OpenRecoveriesRequest>,
    ) -> Result<Response<pb::OpenRecoveriesResponse>, Status> {
        let (caller, message) = parts(request)?;
        let opened = self.0.open_recoveries(&caller, &opening(&message)?).await?;
        let today = self.0.clock.today();
        let shown = opened.into_iter().map(|one| recovery(one, today));
        Ok(Response::new(pb::OpenRecoveriesResponse {
            recoveries: shown.collect(),
        }))
    }

    async fn list_recoveries(
        &self,
        request: Request<pb::ListRecoveriesRequest>,
    ) -> Result<Response<pb::ListRecoveriesResponse>, Status> {
        let (caller, message) = parts(request)?;
        let (found, next_page_token) = self.0.list_recoveries(&caller, &listing(message)?).await?;
        let today = self.0.clock.today();
        Ok(Response::new(pb::ListRecoveriesResponse {
            recoveries: found.into_iter().map(|one| recovery(one, today)).collect(),
            next_page_token,
        }))
    }

    async fn get_recovery(
        &self,
        request: Request<pb::GetRecoveryRequest>,
    ) -> Result<Response<pb::GetRecoveryResponse>, Status> {
        let (caller, message) = parts(request)?;
        let id = id(&message.recovery_id, "recovery_id")?;
        let (shown, steps) = self.0.recovery(&caller, id).await?;
        Ok(Response::new(pb::GetRecoveryResponse {
            recovery: Some(recovery(shown, self.0.clock.today())),
            steps: steps.into_iter().map(recovery_step).collect(),
        }))
    }

    async fn notify_recovery(
        &self,
        request: Request<pb::NotifyRecoveryRequest>,
    ) -> Result<Response<pb::NotifyRecoveryResponse>, Status> {
        let (caller, message) = parts(request)?;
        let step = RecoveryStep::Notify(day(message.notified_on.as_ref(), "notified_on")?);
        let recovery = self.step(&caller, &message.recovery_id, step).await?;
        Ok(Response::new(pb::NotifyRecoveryResponse { recovery }))
    }

    async fn extend_recovery(
        &self,
        request: Request<pb::ExtendRecoveryRequest>,
    ) -> Result<Response<pb::ExtendRecoveryResponse>, Status> {
        let (caller, message) = parts(request)?;
        let due = day(message.due_on.as_ref(), "due_on")?;
        let step = RecoveryStep::Extend(due, message.reason);
        let recovery = self.step(&caller, &message.recovery_id, step).await?;
        Ok(Response::new(pb::ExtendRecoveryResponse { recovery }))
    }

    async fn register_repayment(
        &self,
        request: Request<pb::RegisterRepaymentRequest>,
    ) -> Result<Response<pb::RegisterRepaymentResponse>, Status> {
        let (caller, message) = parts(request)?;
        let step = RecoveryStep::Repay(Repayment {
            reference: message.reference,
            cents: message.amount_cents,
            on: day(message.credited_on.as_ref(), "credited_on")?,
        });
        let recovery = self.step(&caller, &message.recovery_id, step).await?;
        Ok(Response::new(pb::RegisterRepaymentResponse { recovery }))
    }

    async fn write_off_recovery(
        &self,
        request: Request<pb::WriteOffRecoveryRequest>,
    ) -> Result<Response<pb::WriteOffRecoveryResponse>, Status> {
        let (caller, message) = parts(request)?;
        let step = RecoveryStep::WriteOff(message.reason);
        let recovery = self.step(&caller, &message.recovery_id, step).await?;
        Ok(Response::new(pb::WriteOffRecoveryResponse { recovery }))
    }

    async fn cancel_recovery(
        &self,
        request: Request<pb::CancelRecoveryRequest>,
    ) -> Result<Response<pb::CancelRecoveryResponse>, Status> {
        let (caller, message) = parts(request)?;
        let step = RecoveryStep::Cancel(message.reason);
        let recovery = self.step(&caller, &message.recovery_id, step).await?;
        Ok(Response::new(pb::CancelRecoveryResponse { recovery }))
    }
}
