//! The anagrafe as the one who says what identities may act as.

use async_trait::async_trait;
use chassis::access::{Dasmo, Role, Standing};
use chassis::client::ServiceChannel;
use chassis::identity::{MandateInUse, Scope};
use proto::omnia::anagrafe::v1 as wire;
use proto::omnia::anagrafe::v1::principal_service_client::PrincipalServiceClient;
use proto::omnia::anagrafe::v1::resolve_principal_request::Subject as WireSubject;
use tonic::Code;
use uuid::Uuid;

use crate::principal::{Ask, PrincipalResolver, Resolved, Unreachable};
use crate::token::Subject;

/// Asks `PrincipalService.ResolvePrincipal`.
#[derive(Debug, Clone)]
pub struct Anagrafe {
    client: PrincipalServiceClient<ServiceChannel>,
}

impl Anagrafe {
    /// Over a channel that signs as the gateway: `Anagrafe::over(channels.to("anagrafe"))`.
    pub fn over(channel: ServiceChannel) -> Self {
        Self {
            client: PrincipalServiceClient::new(channel),
        }
    }
}

#[async_trait]
impl PrincipalResolver for Anagrafe {
    async fn resolve(&self, ask: &Ask) -> Result<Resolved, Unreachable> {
        let request = wire::ResolvePrincipalRequest {
            subject: Some(match &ask.subject {
                Subject::Person(code) => WireSubject::CodiceFiscale(code.as_str().to_owned()),
                Subject::Client(id) => WireSubject::ClientId(id.clone()),
            }),
            role: ask
                .role
                .map_or_else(String::new, |role| role.id().to_owned()),
            mandate_id: ask
                .mandate
                .map_or_else(String::new, |mandate| mandate.to_string()),
            organisation: ask.organisation.clone(),
        };
        match self.client.clone().resolve_principal(request).await {
            Ok(response) => {
                resolved(response.into_inner(), ask).map_err(|error| Unreachable(error.into()))
            }
            // The anagrafe understood and does not accept what was asked for: it is not held.
            Err(status) if status.code() == Code::InvalidArgument => Ok(Resolved::without(
                None,
                ask.role.unwrap_or(Role::Cit),
                Standing::NotHeld,
            )),
            Err(status) => Err(Unreachable(status.into())),
        }
    }
}

fn resolved(answer: wire::ResolvePrincipalResponse, ask: &Ask) -> Result<Resolved, &'static str> {
    let person = answer.person_id.parse().ok();
    let fallback = match ask.subject {
        Subject::Person(_) => Role::Cit,
        Subject::Client(_) => Role::SysP,
    };
    let asked = ask.role.unwrap_or(fallback);
    match answer.resolution() {
        wire::Resolution::Resolved => effective(answer, person),
        wire::Resolution::RoleRequired => Ok(Resolved::without(
            person,
            asked,
            Standing::NotChosen(answer.choices),
        )),
        wire::Resolution::RoleNotHeld => Ok(Resolved::without(person, asked, Standing::NotHeld)),
        wire::Resolution::RoleNotEffective => {
            Ok(Resolved::without(person, asked, Standing::NotEffective))
        }
        // The mandate stage of the decision refuses, after the stages before it.
        wire::Resolution::MandateNotActive => {
            Ok(Resolved::without(person, Role::Int, Standing::Effective))
        }
        wire::Resolution::Unspecified => Err("the anagrafe did not state what it found"),
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

    fn ask() -> Ask {
        Ask {
            subject: Subject::Person("RSSMRA80A01H501U".parse().unwrap()),
            role: Some(Role::Dsede),
            mandate: None,
            organisation: String::new(),
        }
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
        let resolved = resolved(answer(wire::Resolution::Resolved), &ask()).unwrap();
        assert_eq!(resolved.role, Role::Dsede);
        assert_eq!(resolved.territory.offices().unwrap().len(), 2);
        assert_eq!(resolved.dasmo, Dasmo::Pending);
        assert_eq!(resolved.standing, Standing::Effective);
    }

    #[test]
    fn every_outcome_has_its_standing() {
        let standing = |resolution| resolved(answer(resolution), &ask()).unwrap().standing;
        assert_eq!(standing(wire::Resolution::RoleNotHeld), Standing::NotHeld);
        assert_eq!(
            standing(wire::Resolution::RoleNotEffective),
            Standing::NotEffective
        );
        assert_eq!(
            standing(wire::Resolution::RoleRequired),
            Standing::NotChosen(Vec::new())
        );
        let without_mandate = resolved(answer(wire::Resolution::MandateNotActive), &ask()).unwrap();
        assert_eq!(
            (without_mandate.role, without_mandate.mandate),
            (Role::Int, None)
        );
    }

    #[test]
    fn an_answer_that_makes_no_sense_is_no_answer() {
        assert!(resolved(answer(wire::Resolution::Unspecified), &ask()).is_err());
        let mut odd = answer(wire::Resolution::Resolved);
        odd.scope_type = "GALASSIA".to_owned();
        assert!(resolved(odd, &ask()).is_err());
        let mut nobody = answer(wire::Resolution::Resolved);
        nobody.person_id = String::new();
        assert!(resolved(nobody, &ask()).is_err());
    }
}
