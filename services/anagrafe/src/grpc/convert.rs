//! Domain to wire.

use chassis::wire::{date, timestamp};
use proto::omnia::anagrafe::v1 as pb;
use proto::omnia::common::v1::UnitKey;

use crate::app::{MandateView, RoleView};
use crate::domain::employer::{Employer, ProductionUnit};
use crate::domain::grant::{Grant, Validity};
use crate::domain::mandate::AZIENDALE;
use crate::domain::principal::{Profile, Reach, Resolution};
use crate::domain::territory::{Office, OfficeKind, Territory};

pub(super) fn office(office: &Office, territory: &Territory) -> pb::Office {
    let province = office.province_istat.clone().unwrap_or_default();
    pb::Office {
        code: office.code.to_string(),
        name: office.name.clone(),
        kind: office_kind(office.kind).into(),
        parent_code: office
            .parent
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        region_istat: office.region_istat.clone(),
        region_dm1986: office.region_dm1986.clone().unwrap_or_default(),
        province_sign: territory
            .province(&province)
            .map(|one| one.sign.clone())
            .unwrap_or_default(),
        province_istat: province,
        metro: office
            .metro
            .map(|metro| metro.name().to_owned())
            .unwrap_or_default(),
    }
}

fn office_kind(kind: OfficeKind) -> pb::OfficeKind {
    match kind {
        OfficeKind::Regional => pb::OfficeKind::Regional,
        OfficeKind::Metropolitan => pb::OfficeKind::Metropolitan,
        OfficeKind::Provincial => pb::OfficeKind::Provincial,
        OfficeKind::Branch => pb::OfficeKind::Branch,
        OfficeKind::ComplexAgency => pb::OfficeKind::ComplexAgency,
        OfficeKind::Agency => pb::OfficeKind::Agency,
    }
}

pub(super) fn employer(employer: Employer) -> pb::Employer {
    pb::Employer {
        matricola: employer.matricola,
        codice_fiscale: employer.codice_fiscale,
        name: employer.name,
        csc: employer.csc,
        authorization_codes: employer.authorization_codes,
        ateco: employer.ateco,
        ateco_version: employer.ateco_version,
        sector: employer.sector,
        protection_scheme: employer.protection_scheme,
        seat_province_istat: employer.seat_province_istat,
        registered_office: employer.registered_office,
        active_from: Some(date(employer.active_from)),
        active_to: employer.active_to.map(date),
    }
}

pub(super) fn unit(unit: ProductionUnit) -> pb::ProductionUnit {
    pb::ProductionUnit {
        key: Some(UnitKey {
            matricola: unit.matricola,
            production_unit_code: unit.code,
        }),
        name: unit.name,
        address: unit.address,
        municipality_belfiore: unit.municipality_belfiore,
        province_istat: unit.province_istat,
        working_days: unit.working_days.into(),
        is_production_unit: unit.is_production_unit,
        competent_office: unit.competent_office,
        active_from: Some(date(unit.active_from)),
        active_to: unit.active_to.map(date),
    }
}

pub(super) fn role(view: RoleView) -> pb::RoleGrant {
    let RoleView {
        grant,
        organisation_name,
    } = view;
    pb::RoleGrant {
        role_id: grant.id.to_string(),
        person_id: grant.holder.to_string(),
        role: grant.role.id().to_owned(),
        effective_from: Some(timestamp(grant.effective_from)),
        effective_to: end(&grant).map(timestamp),
        dasmo_from: grant
            .dasmo_from
            .filter(|_| grant.dasmo_withdrawn_at.is_none())
            .map(timestamp),
        organisation: grant.organisation,
        areas: grant.areas,
        organisation_name,
    }
}

/// The contract knows one end: a withdrawal is one.
fn end(grant: &Grant) -> Option<chrono::DateTime<chrono::Utc>> {
    [grant.effective_to, grant.withdrawn_at]
        .into_iter()
        .flatten()
        .min()
}

pub(super) fn mandate(view: MandateView) -> pb::Mandate {
    let MandateView { mandate, active } = view;
    pb::Mandate {
        mandate_id: mandate.id.to_string(),
        r#type: AZIENDALE.to_owned(),
        matricola: mandate.matricola,
        employer_name: mandate.employer_name,
        from: Some(date(mandate.from)),
        to: mandate.to.map(date),
        withdrawn_at: mandate.withdrawn_at.map(timestamp),
        active,
        delegate_person_id: mandate.delegate.to_string(),
    }
}

pub(super) fn resolution(
    person_id: String,
    resolution: Resolution,
) -> pb::ResolvePrincipalResponse {
    let unresolved = |resolution: pb::Resolution| pb::ResolvePrincipalResponse {
        resolution: resolution.into(),
        ..Default::default()
    };
    let response = match resolution {
        Resolution::Resolved(profile) => resolved(*profile),
        Resolution::RoleRequired(choices) => pb::ResolvePrincipalResponse {
            choices,
            ..unresolved(pb::Resolution::RoleRequired)
        },
        Resolution::RoleNotHeld => unresolved(pb::Resolution::RoleNotHeld),
        Resolution::RoleNotEffective => unresolved(pb::Resolution::RoleNotEffective),
        Resolution::MandateNotActive => unresolved(pb::Resolution::MandateNotActive),
    };
    pb::ResolvePrincipalResponse {
        person_id,
        ..response
    }
}

fn resolved(profile: Profile) -> pb::ResolvePrincipalResponse {
    let (scope_type, scope_codes) = scope(profile.reach);
    pb::ResolvePrincipalResponse {
        person_id: String::new(),
        resolution: pb::Resolution::Resolved.into(),
        role: profile.role.id().to_owned(),
        organisation: profile.organisation,
        scope_type: scope_type.to_owned(),
        scope_codes,
        areas: profile.areas,
        mandate: profile.mandate.map(|one| {
            mandate(MandateView {
                mandate: one,
                active: true,
            })
        }),
        dasmo: profile.dasmo == Validity::Effective,
        dasmo_pending: profile.dasmo == Validity::Pending,
        choices: Vec::new(),
    }
}

fn scope(reach: Reach) -> (&'static str, Vec<String>) {
    let codes = |offices: Vec<kernel::OfficeCode>| offices.into_iter().map(String::from).collect();
    match reach {
        Reach::Own(matricole) => ("OWN", matricole),
        Reach::Mandate(matricola) => ("MANDATE", vec![matricola]),
        Reach::Sede(offices) => ("SEDE", codes(offices)),
        Reach::Metro(offices) => ("METRO", codes(offices)),
        Reach::Regione(offices) => ("REGIONE", codes(offices)),
        Reach::Nazionale => ("NAZIONALE", Vec::new()),
        Reach::System => ("SYSTEM", Vec::new()),
    }
}
