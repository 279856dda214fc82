//! A grant as this service keeps it: what claims said of it, and what the first flow made known.

use chrono::NaiveDate;
use kernel::{
    AuthorizationNumber, Hours, Matricola, OfficeCode, Period, ProductionUnitCode, Ticket,
};
use uuid::Uuid;

use super::checks::{Grant, Sector};
use super::flow::FlowKind;
use super::terms::{Family, Granted};

/// What claims tell over their feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorisation {
    /// Its number.
    pub number: AuthorizationNumber,
    /// The claim.
    pub claim: Uuid,
    /// Whether it stands.
    pub active: bool,
    /// Whether INPS pays the workers.
    pub direct: bool,
    /// Employer.
    pub matricola: Matricola,
    /// Unit.
    pub unit: ProductionUnitCode,
    /// Competent office.
    pub office: OfficeCode,
    /// ISTAT code of its region.
    pub region_istat: String,
    /// Code of the instrument, such as `CIGO`.
    pub product: String,
    /// Code of the reason, such as `COVID19_DL41`.
    pub causale: String,
    /// Days granted.
    pub period: Period,
    /// Hours granted.
    pub hours: Hours,
    /// Day on which the employer could read the act.
    pub communicated: NaiveDate,
    /// First digit of the CSC.
    pub csc_sector: String,
    /// Average heads of the unit, in hundredths.
    pub average_heads_hundredths: i64,
}

/// What the first flow made known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    /// Name of the employer.
    pub employer_name: String,
    /// Ticket.
    pub ticket: Ticket,
}

/// COVID-19 reasons by their code, and all others.
pub fn family(causale: &str) -> Family {
    if causale.starts_with("COVID19_") {
        Family::Covid19
    } else {
        Family::Ordinary
    }
}

impl Authorisation {
    /// Whether the cap for seasonal bad weather in construction and stone holds (L. 549/1995 art. 2 c. 17).
    pub fn is_construction_weather(&self) -> bool {
        self.causale == "WEATHER_CONSTRUCTION"
    }

    /// What a flow is held against.
    pub fn grant(&self, details: &Details, first_kind: Option<FlowKind>) -> Grant {
        Grant {
            matricola: self.matricola.clone(),
            ticket: details.ticket.clone(),
            direct: self.direct,
            active: self.active,
            sector: if self.product == "CISOA" {
                Sector::Agriculture
            } else {
                Sector::Other
            },
            terms: Granted {
                family: family(&self.causale),
                period: self.period,
                communicated: self.communicated,
            },
            first_kind,
        }
    }
}
