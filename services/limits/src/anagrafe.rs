//! The master data, as the anagrafe service gives them.

use async_trait::async_trait;
use chassis::Failure;
use chassis::client::ServiceChannel;
use chassis::failure::Outcome;
use chassis::wire;
use kernel::headcount::Group;
use proto::omnia::anagrafe::v1 as pb;
use proto::omnia::anagrafe::v1::employers_service_client::EmployersServiceClient;
use proto::omnia::common::v1 as common;
use tonic::{Code, Status};

use crate::app::{StaffDays, UnitContext, UnitRegistry};
use crate::domain::ledger::UnitKey;
use crate::domain::{Facts, Staff, WorkingDays};

/// Asks the anagrafe, with this service's own identity.
#[derive(Debug, Clone)]
pub(crate) struct Anagrafe {
    employers: EmployersServiceClient<ServiceChannel>,
}

impl Anagrafe {
    /// Over a channel to the anagrafe.
    pub(crate) fn over(channel: ServiceChannel) -> Self {
        Self {
            employers: EmployersServiceClient::new(channel),
        }
    }
}

#[async_trait]
impl UnitRegistry for Anagrafe {
    async fn unit(&self, key: &UnitKey, days: StaffDays) -> Outcome<UnitContext> {
        let unit = common::UnitKey {
            matricola: key.matricola.to_string(),
            production_unit_code: key.production_unit.get().cast_signed(),
        };
        let request = pb::GetFilingContextRequest {
            unit: Some(unit),
            period_start: Some(wire::date(days.start)),
            filed_on: Some(wire::date(days.filed_on)),
        };
        let answer = self
            .employers
            .clone()
            .get_filing_context(request)
            .await
            .map_err(refused)?;
        context(answer.into_inner())
    }
}

fn refused(status: Status) -> Failure {
    if status.code() == Code::NotFound {
        Failure::not_found()
    } else {
        Failure::unavailable(status)
    }
}

fn context(answer: pb::GetFilingContextResponse) -> Outcome<UnitContext> {
    let incomplete = || Failure::internal("the anagrafe answered without employer, unit or office");
    let employer = answer.employer.ok_or_else(incomplete)?;
    let unit = answer.production_unit.ok_or_else(incomplete)?;
    let office = answer.competent_office.ok_or_else(incomplete)?;
    let facts = Facts {
        sector: employer.sector.parse().map_err(Failure::internal)?,
        working_days: WorkingDays::from_number(unit.working_days).ok_or_else(|| {
            Failure::internal("the anagrafe answered with working days other than 5 and 6")
        })?,
    };
    let groups: Vec<Group> = answer
        .headcount
        .into_iter()
        .map(|group| Group {
            weekly_hours: group.weekly_hours_hundredths,
            monthly_heads: group.monthly_heads_hundredths,
        })
        .collect();
    let staff = Staff::of_months(&answer.employer_monthly_heads_hundredths, &groups);
    let staff = staff.map_err(Failure::internal)?;
    Ok(UnitContext {
        facts,
        staff,
        competent_office: office.code.parse().map_err(Failure::internal)?,
    })
}
