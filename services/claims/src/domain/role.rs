//! Who acts on claims (`identity.md` §4, as far as claims know).

use uuid::Uuid;

use super::codes::{coded, coded_json};
use super::content::FilerQuality;

coded! {
    /// Role in which somebody acts on a claim.
    pub enum Role {
        /// Owner.
        AzTit = "AZ-TIT",
        /// Legal representative.
        AzLr = "AZ-LR",
        /// Company consultant.
        AzCon = "AZ-CON",
        /// Intermediary.
        Int = "INT",
        /// Operator.
        Sede = "SEDE",
        /// P.O. officer.
        Po = "PO",
        /// Manager.
        Dir = "DIR",
        /// Director.
        Dsede = "DSEDE",
    }
}

coded_json!(Role, "role on claims");

impl Role {
    /// Quality in which this role files; `None` for staff.
    pub fn quality(self) -> Option<FilerQuality> {
        match self {
            Self::AzTit => Some(FilerQuality::Owner),
            Self::AzLr => Some(FilerQuality::LegalRepresentative),
            Self::AzCon => Some(FilerQuality::CompanyConsultant),
            Self::Int => Some(FilerQuality::Intermediary),
            Self::Sede | Self::Po | Self::Dir | Self::Dsede => None,
        }
    }
}

/// Somebody who acts on a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    /// Opaque id of the person.
    pub person: Uuid,
    /// In what role.
    pub role: Role,
}
