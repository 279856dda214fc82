//! The anagrafe.

use async_trait::async_trait;
use chassis::Failure;
use chassis::client::{Channels, ServiceChannel};
use chassis::wire;
use chrono::NaiveDate;
use kernel::OfficeCode;
use proto::google::r#type::Date;
use proto::omnia::anagrafe::v1 as pb;
use proto::omnia::anagrafe::v1::employers_service_client::EmployersServiceClient;
use proto::omnia::anagrafe::v1::staff_service_client::StaffServiceClient;
use proto::omnia::anagrafe::v1::territory_service_client::TerritoryServiceClient;
use tonic::Code;

use super::{failed, unit_key};
use crate::domain::content::{HeadcountGroup, UnitKey};
use crate::domain::desk::{Colleague, OfficeFacts};
use crate::domain::role::Role;
use crate::domain::unit::{Activity, HoursGroup, Staff, UnitFacts};
use crate::ports::Registry;

/// The anagrafe over its channel.
pub(crate) struct Anagrafe {
    employers: EmployersServiceClient<ServiceChannel>,
    territory: TerritoryServiceClient<ServiceChannel>,
    staff: StaffServiceClient<ServiceChannel>,
}

impl Anagrafe {
    /// Over the platform's channels.
    pub(crate) fn over(channels: &Channels) -> Self {
        let channel = channels.to("anagrafe");
        Self {
            employers: EmployersServiceClient::new(channel.clone()),
            territory: TerritoryServiceClient::new(channel.clone()),
            staff: StaffServiceClient::new(channel),
        }
    }
}

#[async_trait]
impl Registry for Anagrafe {
    async fn unit(
        &self,
        unit: &UnitKey,
        start: Option<NaiveDate>,
    ) -> Result<Option<UnitFacts>, Failure> {
        let request = pb::GetFilingContextRequest {
            unit: Some(unit_key(unit)),
            period_start: start.map(wire::date),
            filed_on: None,
        };
        match self.employers.clone().get_filing_context(request).await {
            Ok(answer) => facts(answer.into_inner()).map(Some),
            Err(status) if status.code() == Code::NotFound => Ok(None),
            Err(status) => Err(failed(status)),
        }
    }

    async fn office(&self, office: &OfficeCode) -> Result<Option<OfficeFacts>, Failure> {
        let request = pb::GetOfficeRequest {
            code: office.to_string(),
        };
        match self.territory.clone().get_office(request).await {
            Ok(answer) => Ok(answer.into_inner().office.map(|office| OfficeFacts {
                title: title(&office),
                works_claims: !matches!(
                    office.kind(),
                    pb::OfficeKind::Regional | pb::OfficeKind::Metropolitan
                ),
                region_istat: office.region_istat,
            })),
            Err(status) if status.code() == Code::NotFound => Ok(None),
            Err(status) => Err(failed(status)),
        }
    }

    async fn staff(&self, office: &OfficeCode) -> Result<Vec<Colleague>, Failure> {
        let request = pb::ListOfficeStaffRequest {
            office: office.to_string(),
        };
        let staff = match self.staff.clone().list_office_staff(request).await {
            Ok(answer) => answer.into_inner().staff,
            Err(status) if status.code() == Code::NotFound => Vec::new(),
            Err(status) => return Err(failed(status)),
        };
        staff.iter().map(colleague).collect()
    }
}

fn colleague(member: &pb::StaffMember) -> Result<Colleague, Failure> {
    Ok(Colleague {
        person: member.person_id.parse().map_err(Failure::internal)?,
        role: Role::parse(&member.role)
            .ok_or_else(|| Failure::internal("a role that staff do not hold"))?,
    })
}

/// An office as documents call it.
fn title(office: &pb::Office) -> String {
    let kind = match office.kind() {
        pb::OfficeKind::Unspecified => "Struttura territoriale",
        pb::OfficeKind::Regional => "Direzione regionale",
        pb::OfficeKind::Metropolitan => "Direzione di coordinamento metropolitano",
        pb::OfficeKind::Provincial => "Direzione provinciale",
        pb::OfficeKind::Branch => "Filiale",
        pb::OfficeKind::ComplexAgency => "Agenzia complessa",
        pb::OfficeKind::Agency => "Agenzia",
    };
    format!("{kind} di {}", office.name)
}

fn facts(context: pb::GetFilingContextResponse) -> Result<UnitFacts, Failure> {
    let missing = || Failure::internal("the filing context of the anagrafe is not whole");
    let employer = context.employer.ok_or_else(missing)?;
    let unit = context.production_unit.ok_or_else(missing)?;
    let office = context.competent_office.ok_or_else(missing)?;
    let headcount: Vec<_> = context
        .headcount
        .iter()
        .map(|group| HeadcountGroup {
            weekly_hours_hundredths: group.weekly_hours_hundredths,
            average_heads_hundredths: group.average_heads_hundredths,
        })
        .collect();
    Ok(UnitFacts {
        employer_active: activity(employer.active_from.as_ref(), employer.active_to.as_ref())?,
        unit_active: activity(unit.active_from.as_ref(), unit.active_to.as_ref())?,
        employer_name: employer.name,
        employer_cf: employer.codice_fiscale,
        csc: employer.csc,
        authorization_codes: employer.authorization_codes,
        ateco: employer.ateco,
        ateco_version: employer.ateco_version,
        seat_province_istat: employer.seat_province_istat,
        unit_name: unit.name,
        unit_address: unit.address,
        unit_municipality: unit.municipality_belfiore,
        unit_province_istat: unit.province_istat,
        is_production_unit: unit.is_production_unit,
        sector: employer.sector,
        working_days: i16::try_from(unit.working_days).map_err(Failure::internal)?,
        protection_scheme: employer.protection_scheme,
        office_title: title(&office),
        competent_office: office.code.parse().map_err(Failure::internal)?,
        region_istat: office.region_istat,
        average_heads_hundredths: headcount
            .iter()
            .map(|group| group.average_heads_hundredths)
            .sum(),
        staff: Staff {
            groups: context.headcount.into_iter().map(group).collect(),
            employer_monthly_heads: context.employer_monthly_heads_hundredths,
        },
        headcount,
    })
}

fn group(group: pb::HeadcountGroup) -> HoursGroup {
    HoursGroup {
        weekly_hours: group.weekly_hours_hundredths,
        monthly_heads: group.monthly_heads_hundredths,
    }
}

fn activity(from: Option<&Date>, to: Option<&Date>) -> Result<Activity, Failure> {
    let from = from.ok_or_else(|| Failure::internal("the anagrafe does not say since when"))?;
    Ok(Activity {
        from: wire::day(from, "active_from")?,
        to: wire::optional_day(to, "active_to")?,
    })
}
