//! Roles (`identity.md` §4).

/// A role of the catalogue. Printed and parsed as the page spells it, such as `AZ-TIT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Citizen.
    Cit,
    /// Worker.
    Lav,
    /// Employer: owner.
    AzTit,
    /// Employer: legal representative.
    AzLr,
    /// Employer: firm's consultant.
    AzCon,
    /// Intermediary with an active delega.
    Int,
    /// Domestic employer.
    Dld,
    /// Operator of a granting body.
    Ente,
    /// Sede operator.
    Sede,
    /// Advisor of the chat INFO CIG.
    Adv,
    /// Official holding a posizione organizzativa.
    Po,
    /// Dirigente.
    Dir,
    /// Direttore di sede.
    Dsede,
    /// Direttore regionale.
    Dreg,
    /// Direttore di coordinamento metropolitano.
    Dcm,
    /// Auditor.
    Aud,
    /// Site reliability engineer.
    Sre,
    /// Delegato IDM of a Sede.
    Idm,
    /// Analyst of the Ministry of Labour.
    Mlps,
    /// Officer of Guardia di Finanza or Agenzia delle Entrate.
    Gdf,
    /// Planner of a region, ATS or municipality.
    Prog,
    /// External system client.
    SysP,
    /// Internal service.
    SysI,
}

impl Role {
    /// Every role, in the order of the page.
    pub const ALL: [Self; 23] = [
        Self::Cit,
        Self::Lav,
        Self::AzTit,
        Self::AzLr,
        Self::AzCon,
        Self::Int,
        Self::Dld,
        Self::Ente,
        Self::Sede,
        Self::Adv,
        Self::Po,
        Self::Dir,
        Self::Dsede,
        Self::Dreg,
        Self::Dcm,
        Self::Aud,
        Self::Sre,
        Self::Idm,
        Self::Mlps,
        Self::Gdf,
        Self::Prog,
        Self::SysP,
        Self::SysI,
    ];

    /// Whether the role signs acts of an office (`identity.md` OMN-7): its holders are named on them.
    pub fn signs(self) -> bool {
        matches!(self, Self::Po | Self::Dir | Self::Dsede)
    }

    /// The id of the page, such as `AZ-TIT`.
    pub fn id(self) -> &'static str {
        match self {
            Self::Cit => "CIT",
            Self::Lav => "LAV",
            Self::AzTit => "AZ-TIT",
            Self::AzLr => "AZ-LR",
            Self::AzCon => "AZ-CON",
            Self::Int => "INT",
            Self::Dld => "DLD",
            Self::Ente => "ENTE",
            Self::Sede => "SEDE",
            Self::Adv => "ADV",
            Self::Po => "PO",
            Self::Dir => "DIR",
            Self::Dsede => "DSEDE",
            Self::Dreg => "DREG",
            Self::Dcm => "DCM",
            Self::Aud => "AUD",
            Self::Sre => "SRE",
            Self::Idm => "IDM",
            Self::Mlps => "MLPS",
            Self::Gdf => "GDF",
            Self::Prog => "PROG",
            Self::SysP => "SYS-P",
            Self::SysI => "SYS-I",
        }
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id())
    }
}

impl std::str::FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Self::ALL
            .into_iter()
            .find(|role| role.id() == text)
            .ok_or(UnknownRole)
    }
}

/// The text is not the id of a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a role of identity.md §4")]
pub struct UnknownRole;
