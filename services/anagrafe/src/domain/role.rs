//! Roles: the catalogue of `identity.md` §4, what each is held over, which exclude each other.

use std::collections::BTreeSet;
use std::str::FromStr;

/// A role that a person or a client can hold. Printed and parsed as the page spells it.
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
    /// Intermediary.
    Int,
    /// Domestic employer.
    Dld,
    /// Operator of a granting body.
    Ente,
    /// Sede operator.
    Sede,
    /// Advisor of the chat.
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
    /// Delegato IDM.
    Idm,
    /// Analyst of the Ministry of Labour.
    Mlps,
    /// Officer of Guardia di Finanza or Agenzia delle Entrate.
    Gdf,
    /// Planner.
    Prog,
    /// External system client.
    SysP,
}

/// What a role is held over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldOver {
    /// Nothing: the person alone, or the whole country.
    Nothing,
    /// An employer position.
    Firm,
    /// An office.
    Office,
    /// An office, or a central directorate when empty.
    OfficeOrCentral,
    /// An ISTAT region.
    Region,
    /// A metropolitan coordination.
    Coordination,
    /// A granting body or a municipality.
    Body,
}

/// Area that opens DASMO to PO and DIR (`identity.md` §5.1).
pub const AMMORTIZZATORI: &str = "AMMORTIZZATORI";

impl Role {
    /// Every role, in the order of the page.
    pub const ALL: [Self; 22] = [
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
    ];

    /// Id, such as `AZ-TIT`.
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
        }
    }

    /// What it is held over.
    pub fn held_over(self) -> HeldOver {
        match self {
            Self::AzTit | Self::AzLr | Self::AzCon => HeldOver::Firm,
            Self::Sede | Self::Po | Self::Dsede | Self::Idm => HeldOver::Office,
            Self::Dir => HeldOver::OfficeOrCentral,
            Self::Dreg | Self::Prog => HeldOver::Region,
            Self::Dcm => HeldOver::Coordination,
            Self::Ente | Self::SysP => HeldOver::Body,
            Self::Cit
            | Self::Lav
            | Self::Int
            | Self::Dld
            | Self::Adv
            | Self::Aud
            | Self::Sre
            | Self::Mlps
            | Self::Gdf => HeldOver::Nothing,
        }
    }

    /// Whether business data are read or written under it. What a person does with the own position as a citizen, a
    /// worker or a household is not business.
    fn is_business(self) -> bool {
        !matches!(
            self,
            Self::Cit | Self::Lav | Self::Dld | Self::Aud | Self::Sre | Self::Idm
        )
    }

    /// Whether one person may not hold both (`identity.md` §4.2).
    pub fn excludes(self, other: Self) -> bool {
        self.excludes_one_way(other) || other.excludes_one_way(self)
    }

    fn excludes_one_way(self, other: Self) -> bool {
        match self {
            Self::Aud | Self::Sre => other.is_business(),
            Self::Idm => matches!(other, Self::Dreg | Self::Dcm | Self::Dsede),
            Self::Ente => matches!(other, Self::Sede | Self::Po | Self::Dir),
            _ => false,
        }
    }

    /// Whether DASMO may be opened to a holder with these areas (`claims.md` DAS-9).
    pub fn may_have_dasmo(self, areas: &[String]) -> bool {
        match self {
            Self::Dreg | Self::Dcm | Self::Dsede => true,
            Self::Dir | Self::Po => areas.iter().any(|area| area == AMMORTIZZATORI),
            _ => false,
        }
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Self::ALL
            .into_iter()
            .find(|role| role.id() == text)
            .ok_or(UnknownRole)
    }
}

/// The text is not the id of a role that can be held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the id of a role, such as AZ-TIT or DSEDE")]
pub struct UnknownRole;

/// A subject area of staff, such as `AMMORTIZZATORI`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Area(String);

impl Area {
    /// Names in order, each once.
    pub fn names(areas: Vec<Self>) -> Vec<String> {
        let names: BTreeSet<Self> = areas.into_iter().collect();
        names.into_iter().map(|area| area.0).collect()
    }
}

impl FromStr for Area {
    type Err = NoArea;

    fn from_str(text: &str) -> Result<Self, NoArea> {
        let shaped = (1..=40).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte == b'_');
        if shaped {
            Ok(Self(text.to_owned()))
        } else {
            Err(NoArea)
        }
    }
}

/// The text is not the name of an area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 40 capital letters and underscores")]
pub struct NoArea;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    fn pairs_excluded() -> Vec<(Role, Role)> {
        let mut pairs = Vec::new();
        for (index, one) in Role::ALL.into_iter().enumerate() {
            for other in Role::ALL.into_iter().skip(index + 1) {
                if one.excludes(other) {
                    pairs.push((one, other));
                }
            }
        }
        pairs
    }

    #[test]
    fn the_idm_excludes_directors_and_the_operator_of_a_body_excludes_staff() {
        let others: Vec<(Role, Role)> = pairs_excluded()
            .into_iter()
            .filter(|(a, b)| {
                ![a, b]
                    .into_iter()
                    .any(|role| matches!(role, Role::Aud | Role::Sre))
            })
            .collect();
        assert_eq!(
            others,
            [
                (Role::Ente, Role::Sede),
                (Role::Ente, Role::Po),
                (Role::Ente, Role::Dir),
                (Role::Dsede, Role::Idm),
                (Role::Dreg, Role::Idm),
                (Role::Dcm, Role::Idm),
            ]
        );
    }

    #[test]
    fn auditor_and_engineer_exclude_every_business_role_and_nothing_personal() {
        for watcher in [Role::Aud, Role::Sre] {
            for business in [
                Role::AzTit,
                Role::Int,
                Role::Sede,
                Role::Po,
                Role::Dsede,
                Role::Mlps,
                Role::SysP,
            ] {
                assert!(
                    watcher.excludes(business),
                    "{} {}",
                    watcher.id(),
                    business.id()
                );
            }
            for personal in [Role::Cit, Role::Lav, Role::Dld] {
                assert!(
                    !watcher.excludes(personal),
                    "{} {}",
                    watcher.id(),
                    personal.id()
                );
            }
        }
    }

    #[test]
    fn dasmo_is_for_directors_and_for_managers_and_officials_of_the_area() {
        let area = [AMMORTIZZATORI.to_owned()];
        let other = ["ASSISTENZA".to_owned()];
        for director in [Role::Dreg, Role::Dcm, Role::Dsede] {
            assert!(director.may_have_dasmo(&[]));
        }
        for of_the_area in [Role::Dir, Role::Po] {
            assert!(of_the_area.may_have_dasmo(&area));
            assert!(!of_the_area.may_have_dasmo(&other));
        }
        for never in [
            Role::Sede,
            Role::Idm,
            Role::AzTit,
            Role::Int,
            Role::Lav,
            Role::Adv,
            Role::Aud,
        ] {
            assert!(!never.may_have_dasmo(&area));
        }
    }

    proptest! {
        #[test]
        fn exclusion_has_no_direction(one in select(&Role::ALL[..]), other in select(&Role::ALL[..])) {
            prop_assert_eq!(one.excludes(other), other.excludes(one));
        }

        #[test]
        fn a_role_reads_back_as_it_prints(role in select(&Role::ALL[..])) {
            prop_assert_eq!(role.id().parse(), Ok(role));
        }
    }
}
