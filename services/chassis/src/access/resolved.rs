//! What an identity may act as at an instant, as the anagrafe answers it: to the gateway for each call, and to a service that
//! does something for somebody who is not there.

use proto::omnia::anagrafe::v1 as wire;
use uuid::Uuid;

use super::decide::{Dasmo, Facts, Standing};
use super::role::Role;
use crate::identity::{Level, MandateInUse, Scope};

/// The answer: what the identity may act as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// Opaque id of the person or client; `None` when the anagrafe gave none.
    pub person: Option<Uuid>,
    /// How the person stands to the role.
    pub standing: Standing,
    /// Role to act in.
    pub role: Role,
    /// Where it is held.
    pub organisation: String,
    /// Rows that it reaches.
    pub territory: Scope,
    /// Subject areas of staff.
    pub areas: Vec<String>,
    /// DASMO grant.
    pub dasmo: Dasmo,
    /// Mandate in use; `None` also for an intermediary without an active one.
    pub mandate: Option<MandateInUse>,
}

impl Resolved {
    /// The answer for somebody who does not hold the role, or did not choose, or whose role does not work yet.
    pub fn without(person: Option<Uuid>, role: Role, standing: Standing) -> Self {
        Self {
            person,
            standing,
            role,
            organisation: String::new(),
            territory: Scope::Own(Vec::new()),
            areas: Vec::new(),
            dasmo: Dasmo::Absent,
            mandate: None,
        }
    }

    /// What [`super::decide()`] has to know of somebody who proved to this level who they are.
    pub fn facts(&self, level: Level) -> Facts<'_> {
        Facts {
            role: self.role,
            standing: &self.standing,
            level,
            organisation: &self.organisation,
            territory: &self.territory,
            areas: &self.areas,
            dasmo: self.dasmo,
            mandate: self.mandate.as_ref(),
            service: None,
        }
    }

    /// Reads the answer to a question about this role.
    ///
    /// # Errors
    /// What makes no sense in it. Such an answer is none.
    pub fn read(answer: wire::ResolvePrincipalResponse, asked: Role) -> Result<Self, &'static str> {
        let person = answer.person_id.parse().ok();
        match answer.resolution() {
            wire::Resolution::Resolved => effective(answer, person),
            wire::Resolution::RoleRequired => Ok(Self::without(
                person,
                asked,
                Standing::NotChosen(answer.choices),
            )),
            wire::Resolution::RoleNotHeld => Ok(Self::without(person, asked, Standing::NotHeld)),
            wire::Resolution::RoleNotEffective => {
                Ok(Self::without(person, asked, Standing::NotEffective))
            }
            // The mandate stage of the decision refuses, after the stages before it.
            wire::Resolution::MandateNotActive => {
                Ok(Self::without(person, Role::Int, Standing::Effective))
            }
            wire::Resolution::Unspecified => Err("the anagrafe did not state what it found"),
        }
    }
}

fn effective(
    answer: wire::ResolvePrincipalResponse,
    person: Option<Uuid>,
) -> Result<Resolved, &'static str> {
    let mandate = match answer.mandate {
        Some(mandate) => Some(MandateInUse {
            id: mandate
                .mandate_id
                .parse()
                .map_err(|_| "the id of the mandate is not a UUID")?,
            matricola: mandate.matricola,
        }),
        None => None,
    };
    Ok(Resolved {
        person: Some(person.ok_or("the id of the person is not a UUID")?),
        standing: Standing::Effective,
        role: answer
            .role
            .parse()
            .map_err(|_| "the role is not in the catalogue")?,
        organisation: answer.organisation,
        territory: territory(&answer.scope_type, answer.scope_codes)?,
        areas: answer.areas,
        dasmo: match (answer.dasmo, answer.dasmo_pending) {
            (true, _) => Dasmo::Effective,
            (false, true) => Dasmo::Pending,
            (false, false) => Dasmo::Absent,
        },
        mandate,
    })
}

fn territory(kind: &str, codes: Vec<String>) -> Result<Scope, &'static str> {
    match kind {
        "OWN" => Ok(Scope::Own(codes)),
        "MANDATE" => codes
            .into_iter()
            .next()
            .map(Scope::Mandate)
            .ok_or("a scope of a mandate names its matricola"),
        "SEDE" | "METRO" | "REGIONE" => codes
            .iter()
            .map(|code| code.parse())
            .collect::<Result<_, _>>()
            .map(Scope::Offices)
            .map_err(|_| "a code of the scope is not that of an office"),
        "NAZIONALE" => Ok(Scope::National),
        "SYSTEM" => Ok(Scope::System),
        _ => Err("the kind of the scope is not known"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(answer: wire::ResolvePrincipalResponse) -> Result<Resolved, &'static str> {
        Resolved::read(answer, Role::Dsede)
    }

    fn answer(resolution: wire::Resolution) -> wire::ResolvePrincipalResponse {
        wire::ResolvePrincipalResponse {
            person_id: Uuid::from_u128(1).to_string(),
            resolution: resolution.into(),
            role: "DSEDE".to_owned(),
            organisation: "490000".to_owned(),
            scope_type: "SEDE".to_owned(),
            scope_codes: vec!["490000".to_owned(), "490001".to_owned()],
            dasmo_pending: true,
            ..Default::default()
        }
    }

    #[test]
    fn a_director_is_given_the_sede_and_the_agencies_under_it() {
        let director = resolved(answer(wire::Resolution::Resolved)).unwrap();
        assert_eq!(director.role, Role::Dsede);
        assert_eq!(director.territory.offices().unwrap().len(), 2);
        assert_eq!(director.dasmo, Dasmo::Pending);
        assert_eq!(director.standing, Standing::Effective);
    }

    #[test]
    fn every_outcome_has_its_standing() {
        let standing = |resolution| resolved(answer(resolution)).unwrap().standing;
        assert_eq!(standing(wire::Resolution::RoleNotHeld), Standing::NotHeld);
        assert_eq!(
            standing(wire::Resolution::RoleNotEffective),
            Standing::NotEffective
        );
        assert_eq!(
            standing(wire::Resolution::RoleRequired),
            Standing::NotChosen(Vec::new())
        );
        let without_mandate = resolved(answer(wire::Resolution::MandateNotActive)).unwrap();
        assert_eq!(
            (without_mandate.role, without_mandate.mandate),
            (Role::Int, None)
        );
    }

    #[test]
    fn an_answer_that_makes_no_sense_is_no_answer() {
        assert!(resolved(answer(wire::Resolution::Unspecified)).is_err());
        let mut odd = answer(wire::Resolution::Resolved);
        odd.scope_type = "GALASSIA".to_owned();
        assert!(resolved(odd).is_err());
        let mut nobody = answer(wire::Resolution::Resolved);
        nobody.person_id = String::new();
        assert!(resolved(nobody).is_err());
    }
}
