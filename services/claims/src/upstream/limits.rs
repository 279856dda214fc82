//! The limits.

use async_trait::async_trait;
use chassis::Failure;
use chassis::client::{Channels, ServiceChannel};
use chassis::wire;
use chrono::{DateTime, Utc};
use kernel::WeekPeriod;
use kernel::calendar::add_months;
use proto::omnia::common::v1 as common;
use proto::omnia::limits::v1 as pb;
use proto::omnia::limits::v1::reservation_service_client::ReservationServiceClient;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use uuid::Uuid;

use super::{failed, reason, unit_key};
use crate::domain::checks::{LimitKind, LimitReached};
use crate::domain::ground::{Cause, Ground, Scheme};
use crate::domain::unit::{HoursGroup, Staff};
use crate::ports::{
    ConfirmError, Evaluation, Limits, LimitsUnit, Order, PastGrant, Query, ReserveError,
};

/// Reason with which the limits refuse a unit under another scheme.
const OTHER_SCHEME: &str = "PRODUCT_NOT_COMPATIBLE";
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
    /// the same; hours beyond all measure are beyond the counter of hours.
    async fn beyond_rules(
        &self,
        request: pb::EvaluateRequest,
        hours: LimitKind,
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
                kind: hours,
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
        let (weeks, months) = query.asked.map(asked_for).unwrap_or_default();
        let request = pb::EvaluateRequest {
            unit: Some(unit_key(&query.unit.key)),
            facts: Some(unit_facts(&query.unit)),
            cause: query
                .asked
                .map_or(pb::Cause::Ord, |(ground, _)| cause(ground))
                .into(),
            period: weeks,
            months,
            reference_week: Some(wire::date(query.reference)),
            hours_hundredths: query.hours_hundredths.max(0),
            ..pb::EvaluateRequest::default()
        };
        let answer = match self.0.clone().evaluate(request.clone()).await {
            Ok(answer) => answer.into_inner(),
            Err(status) if status.code() == Code::InvalidArgument => {
                let in_months = request.months.is_some();
                let hours = if in_months {
                    LimitKind::CigsHours
                } else {
                    LimitKind::OneThird
                };
                return self.beyond_rules(request, hours, &status).await;
            }
            Err(status) => return Err(failed(status)),
        };
        let of_weeks = answer.simulation.as_ref().and_then(reached);
        let of_months = answer.months.as_ref().zip(query.asked);
        let of_months = of_months.and_then(|(months, (_, weeks))| reached_month(months, weeks));
        Ok(Evaluation {
            counters: answer.counters,
            simulation: answer.simulation,
            reached: of_weeks.or(of_months),
        })
    }

    async fn reserve(&self, order: &Order) -> Result<DateTime<Utc>, ReserveError> {
        let request = pb::ReserveRequest {
            reservation_id: order.reservation.to_string(),
            unit: Some(unit_key(&order.unit.key)),
            facts: Some(unit_facts(&order.unit)),
            scheme: scheme(order.ground).into(),
            cause: cause(order.ground).into(),
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

fn scheme(ground: Ground) -> pb::Scheme {
    match ground.scheme {
        Scheme::Cigo => pb::Scheme::Cigo,
        Scheme::Ais => pb::Scheme::Ais,
        Scheme::Cigs => pb::Scheme::Cigs,
    }
}

fn cause(ground: Ground) -> pb::Cause {
    match ground.cause {
        Cause::Ord => pb::Cause::Ord,
        Cause::Eone => pb::Cause::Eone,
        Cause::Riorg => pb::Cause::Riorg,
        Cause::Crisi => pb::Cause::Crisi,
        Cause::Cds => pb::Cause::Cds,
    }
}

/// What is asked for as the limits take it: weeks, or for CIGS the months that they touch from their first day on.
fn asked_for(
    (ground, weeks): (Ground, WeekPeriod),
) -> (Option<common::WeekPeriod>, Option<pb::MonthPeriod>) {
    if ground.scheme != Scheme::Cigs {
        return (Some(wire::week_period(weeks)), None);
    }
    let from = weeks.first_day();
    let most = weeks.count().cast_signed();
    let months = (1..most).find(|months| add_months(from, *months) > weeks.last_day());
    let months = months.unwrap_or(most);
    let months = pb::MonthPeriod {
        first_day: Some(wire::date(from)),
        months,
    };
    (None, Some(months))
}

/// The first rule that the limits say is not kept.
fn broken_rule(status: &Status) -> String {
    let details = status.get_error_details();
    let first = details
        .bad_request()
        .and_then(|request| request.field_violations.first());
    first.map_or_else(
        || status.message().to_owned(),
        |one| format!("{}: {}", one.field, one.description),
    )
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
        scheme: scheme(grant.ground).into(),
        cause: cause(grant.ground).into(),
        first_day: Some(wire::date(grant.period.first_day())),
        last_day: Some(wire::date(grant.period.last_day())),
        hours_hundredths: grant.hours_hundredths,
        state: pb::EntryState::Authorised.into(),
        origin: origin(grant.claim),
        ..pb::LedgerEntry::default()
    }
}

/// Which counter refuses the weeks asked for; `None` when all fit.
fn reached(simulation: &pb::Simulation) -> Option<LimitReached> {
    let failing = simulation.first_failing_week.as_ref();
    Some(LimitReached {
        kind: kind(simulation.binding())?,
        grantable_weeks: u32::try_from(simulation.grantable_weeks).unwrap_or(0),
        first_failing_week: failing.and_then(|day| wire::day(day, "first_failing_week").ok()),
    })
}

/// The same of months, told in the weeks that lie in those that fit.
fn reached_month(months: &pb::MonthsSimulation, asked: WeekPeriod) -> Option<LimitReached> {
    let from = asked.first_day();
    let granted = add_months(from, months.grantable_months) - from;
    let weeks = u32::try_from(granted.num_weeks()).unwrap_or(0);
    Some(LimitReached {
        kind: kind(months.binding())?,
        grantable_weeks: weeks.min(asked.count()),
        first_failing_week: Some((asked.first_week() + weeks.cast_signed()).monday()),
    })
}

fn kind(binding: pb::CounterKind) -> Option<LimitKind> {
    match binding {
        pb::CounterKind::Unspecified => None,
        pb::CounterKind::TotalDuration => Some(LimitKind::TotalDuration),
        pb::CounterKind::CigsRiorg | pb::CounterKind::CigsCrisi | pb::CounterKind::CigsCds => {
            Some(LimitKind::CigsMonths)
        }
        pb::CounterKind::CigsHours => Some(LimitKind::CigsHours),
        pb::CounterKind::CigoOneThird | pb::CounterKind::AisOneThird => Some(LimitKind::OneThird),
        pb::CounterKind::AisBiennium => Some(LimitKind::AisWeeks),
        pb::CounterKind::CigoBiennium
        | pb::CounterKind::CigoContinuous
        | pb::CounterKind::CigoWaiting => Some(LimitKind::Weeks52),
    }
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
        OTHER_SCHEME => ReserveError::OtherScheme,
        _ if status.code() == Code::InvalidArgument => ReserveError::Unjudged {
            rule: broken_rule(&status),
        },
        _ => ReserveError::Failed(failed(status)),
    }
}

#[cfg(test)]
mod tests {
    use kernel::Week;

    use super::*;
    use crate::domain::samples::day;

    fn weeks(first: &str, count: u32) -> WeekPeriod {
        WeekPeriod::new(Week::from_monday(day(first)).unwrap(), count).unwrap()
    }

    fn months_asked(first: &str, count: u32) -> i32 {
        let crisis = Ground {
            scheme: Scheme::Cigs,
            cause: Cause::Crisi,
        };
        let (period, months) = asked_for((crisis, weeks(first, count)));
        assert_eq!(period, None);
        months.unwrap().months
    }

    #[test]
    fn weeks_of_cigs_are_asked_for_as_the_months_that_they_touch() {
        assert_eq!(months_asked("2026-09-07", 1), 1);
        assert_eq!(
            months_asked("2026-02-02", 4),
            1,
            "28 days of February to the first of March"
        );
        assert_eq!(months_asked("2026-09-07", 5), 2);
        assert_eq!(months_asked("2026-09-07", 52), 12);
        assert_eq!(months_asked("2026-09-07", 53), 13);
    }

    #[test]
    fn what_fits_of_months_is_told_in_whole_weeks() {
        let answer = |grantable_months, binding: pb::CounterKind| pb::MonthsSimulation {
            grantable_months,
            binding: binding.into(),
            ..pb::MonthsSimulation::default()
        };
        let told = reached_month(
            &answer(2, pb::CounterKind::CigsCrisi),
            weeks("2026-09-07", 30),
        );
        let expected = LimitReached {
            kind: LimitKind::CigsMonths,
            grantable_weeks: 8,
            first_failing_week: Some(day("2026-11-02")),
        };
        assert_eq!(told, Some(expected));
        let nothing = reached_month(
            &answer(0, pb::CounterKind::CigsHours),
            weeks("2026-09-07", 30),
        );
        assert_eq!(
            nothing.map(|it| (it.kind, it.grantable_weeks)),
            Some((LimitKind::CigsHours, 0))
        );
        assert_eq!(
            reached_month(
                &answer(7, pb::CounterKind::Unspecified),
                weeks("2026-09-07", 30)
            ),
            None
        );
    }
}
