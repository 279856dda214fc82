//! The limits.

use async_trait::async_trait;
use chassis::Failure;
use chassis::client::{Channels, ServiceChannel};
use chassis::wire;
use chrono::{DateTime, Utc};
use proto::omnia::limits::v1 as pb;
use proto::omnia::limits::v1::reservation_service_client::ReservationServiceClient;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use uuid::Uuid;

use super::{failed, reason, unit_key};
use crate::domain::checks::{LimitKind, LimitReached};
use crate::domain::unit::{HoursGroup, Staff};
use crate::ports::{
    ConfirmError, Evaluation, Limits, LimitsUnit, Order, PastGrant, Query, ReserveError,
};

/// Reason with which the limits refuse a unit of the FIS.
const NO_CIGO: &str = "PRODUCT_NOT_COMPATIBLE";
/// Field of the hours asked for.
const HOURS: &str = "hours_hundredths";
/// Entries of one import: few enough of the 5 000 that the contract allows for a busy machine to answer in time.
const IMPORT_MOST: usize = 1_000;

/// The limits over their channel.
pub(crate) struct LimitsService(ReservationServiceClient<ServiceChannel>);

impl LimitsService {
    /// Over the platform's channels.
    pub(crate) fn over(channels: &Channels) -> Self {
        Self(ReservationServiceClient::new(channels.to("limits")))
    }
}

impl LimitsService {
    /// A draft may ask for days that no rule covers, or for more hours than there are. The counters of today are shown all
    /// the same; hours beyond all measure are beyond one third.
    async fn beyond_rules(
        &self,
        request: pb::EvaluateRequest,
        refused: &Status,
    ) -> Result<Evaluation, Failure> {
        let alone = pb::EvaluateRequest {
            unit: request.unit,
            facts: request.facts,
            ..pb::EvaluateRequest::default()
        };
        let answer = self.0.clone().evaluate(alone).await.map_err(failed)?;
        let details = refused.get_error_details();
        let too_many = details.bad_request().is_some_and(|request| {
            let mut fields = request.field_violations.iter();
            fields.any(|violation| violation.field == HOURS)
        });
        Ok(Evaluation {
            counters: answer.into_inner().counters,
            reached: too_many.then_some(LimitReached {
                kind: LimitKind::OneThird,
                grantable_weeks: 0,
                first_failing_week: None,
            }),
            ..Evaluation::default()
        })
    }
}

#[async_trait]
impl Limits for LimitsService {
    async fn evaluate(&self, query: &Query) -> Result<Evaluation, Failure> {
        let request = pb::EvaluateRequest {
            unit: Some(unit_key(&query.unit.key)),
            facts: Some(unit_facts(&query.unit)),
            cause: cause(query.eone).into(),
            period: query.period.map(wire::week_period),
            reference_week: Some(wire::date(query.reference)),
            hours_hundredths: query.hours_hundredths.max(0),
            ..pb::EvaluateRequest::default()
        };
        let answer = match self.0.clone().evaluate(request.clone()).await {
            Ok(answer) => answer.into_inner(),
            Err(status) if status.code() == Code::InvalidArgument => {
                return self.beyond_rules(request, &status).await;
            }
            Err(status) => return Err(failed(status)),
        };
        let reached = answer.simulation.as_ref().and_then(reached);
        Ok(Evaluation {
            counters: answer.counters,
            simulation: answer.simulation,
            reached,
        })
    }

    async fn reserve(&self, order: &Order) -> Result<DateTime<Utc>, ReserveError> {
        let request = pb::ReserveRequest {
            reservation_id: order.reservation.to_string(),
            unit: Some(unit_key(&order.unit.key)),
            facts: Some(unit_facts(&order.unit)),
            scheme: pb::Scheme::Cigo.into(),
            cause: cause(order.eone).into(),
            period: Some(wire::week_period(order.period)),
            hours_hundredths: order.hours_hundredths,
            origin: origin(order.claim),
            ..pb::ReserveRequest::default()
        };
        let answer = self
            .0
            .clone()
            .reserve(request)
            .await
            .map_err(refused)?
            .into_inner();
        let expires_at = answer
            .entry
            .as_ref()
            .and_then(|entry| entry.expires_at.as_ref());
        expires_at.and_then(wire::instant).ok_or_else(|| {
            ReserveError::Failed(Failure::internal(
                "the limits do not say when a reservation lapses",
            ))
        })
    }

    async fn confirm(&self, reservation: Uuid) -> Result<(), ConfirmError> {
        let request = pb::ConfirmRequest {
            reservation_id: reservation.to_string(),
        };
        match self.0.clone().confirm(request).await {
            Ok(_) => Ok(()),
            Err(status) if reason(&status) == "RESERVATION_EXPIRED" => Err(ConfirmError::Expired),
            Err(status) => Err(ConfirmError::Failed(failed(status))),
        }
    }

    async fn release(&self, reservation: Uuid, why: &str) -> Result<(), Failure> {
        let request = pb::ReleaseRequest {
            reservation_id: reservation.to_string(),
            reason: why.to_owned(),
        };
        self.0
            .clone()
            .release(request)
            .await
            .map(|_| ())
            .map_err(failed)
    }

    async fn import(&self, grants: &[PastGrant]) -> Result<(), Failure> {
        for batch in grants.chunks(IMPORT_MOST) {
            let request = pb::ImportHistoryRequest {
                entries: batch.iter().map(entry).collect(),
                dry_run: false,
            };
            self.0
                .clone()
                .import_history(request)
                .await
                .map_err(failed)?;
        }
        Ok(())
    }
}

fn origin(claim: Uuid) -> String {
    format!("claim:{claim}")
}

fn cause(eone: bool) -> pb::Cause {
    if eone {
        pb::Cause::Eone
    } else {
        pb::Cause::Ord
    }
}

fn unit_facts(unit: &LimitsUnit) -> pb::UnitFacts {
    pb::UnitFacts {
        sector: unit.sector.clone(),
        working_days: i32::from(unit.working_days),
        staff: unit.staff.as_ref().map(staff),
        filed_on: unit.filed_on.map(wire::date),
    }
}

fn staff(staff: &Staff) -> pb::Staff {
    let group = |group: &HoursGroup| pb::HoursGroup {
        weekly_hours_hundredths: group.weekly_hours,
        monthly_heads_hundredths: group.monthly_heads.clone(),
        ..pb::HoursGroup::default()
    };
    pb::Staff {
        employer_monthly_heads_hundredths: staff.employer_monthly_heads.clone(),
        groups: staff.groups.iter().map(group).collect(),
    }
}

fn entry(grant: &PastGrant) -> pb::LedgerEntry {
    pb::LedgerEntry {
        entry_id: grant.reservation.to_string(),
        unit: Some(unit_key(&grant.unit)),
        scheme: pb::Scheme::Cigo.into(),
        cause: cause(grant.eone).into(),
        first_day: Some(wire::date(grant.period.first_day())),
        last_day: Some(wire::date(grant.period.last_day())),
        hours_hundredths: grant.hours_hundredths,
        state: pb::EntryState::Authorised.into(),
        origin: origin(grant.claim),
        ..pb::LedgerEntry::default()
    }
}

/// Which counter refuses the request; `None` when all of it fits.
fn reached(simulation: &pb::Simulation) -> Option<LimitReached> {
    let kind = match simulation.binding() {
        pb::CounterKind::Unspecified => return None,
        pb::CounterKind::TotalDuration
        | pb::CounterKind::CigsRiorg
        | pb::CounterKind::CigsCrisi
        | pb::CounterKind::CigsCds => LimitKind::TotalDuration,
        pb::CounterKind::CigoOneThird
        | pb::CounterKind::AisOneThird
        | pb::CounterKind::CigsHours => LimitKind::OneThird,
        pb::CounterKind::CigoBiennium
        | pb::CounterKind::CigoContinuous
        | pb::CounterKind::CigoWaiting
        // A claim of CIGO never meets the counters of AIS and CIGS: they are told by what they resemble.
        | pb::CounterKind::AisBiennium => LimitKind::Weeks52,
    };
    let failing = simulation.first_failing_week.as_ref();
    Some(LimitReached {
        kind,
        grantable_weeks: u32::try_from(simulation.grantable_weeks).unwrap_or(0),
        first_failing_week: failing.and_then(|day| wire::day(day, "first_failing_week").ok()),
    })
}

fn refused(status: Status) -> ReserveError {
    match reason(&status).as_str() {
        "LIMIT_EXCEEDED" => {
            let details = status
                .get_details_error_info()
                .map(|info| info.metadata)
                .unwrap_or_default();
            ReserveError::Exceeded {
                counter: details.get("counter").cloned().unwrap_or_default(),
            }
        }
        NO_CIGO => ReserveError::NoCigo,
        _ => ReserveError::Failed(failed(status)),
    }
}
