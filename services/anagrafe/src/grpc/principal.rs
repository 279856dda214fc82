//! `PrincipalService` and `ProfileService`.

use chassis::identity::caller;
use chassis::{Failure, wire};
use proto::omnia::anagrafe::v1::principal_service_server::PrincipalService;
use proto::omnia::anagrafe::v1::profile_service_server::ProfileService;
use proto::omnia::anagrafe::v1::resolve_principal_request;
use proto::omnia::anagrafe::v1::{
    ListProfilesRequest, ListProfilesResponse, ResolvePrincipalRequest, ResolvePrincipalResponse,
};
use tonic::{Request, Response, Status};

use super::{Grpc, convert};
use crate::app::{Subject, no_codice_fiscale};
use crate::domain::principal::{Resolution, Wish};

#[tonic::async_trait]
impl PrincipalService for Grpc {
    async fn resolve_principal(
        &self,
        request: Request<ResolvePrincipalRequest>,
    ) -> Result<Response<ResolvePrincipalResponse>, Status> {
        let request = request.into_inner();
        let wish = match wish(&request) {
            Ok(wish) => wish,
            Err(impossible) => {
                return Ok(Response::new(convert::resolution(
                    String::new(),
                    impossible,
                )));
            }
        };
        let found = self
            .app
            .resolve_principal(&subject(request.subject)?, &wish)
            .await?;
        let person_id = found.id.map(|id| id.to_string()).unwrap_or_default();
        Ok(Response::new(convert::resolution(
            person_id,
            found.resolution,
        )))
    }
}

#[tonic::async_trait]
impl ProfileService for Grpc {
    async fn list_profiles(
        &self,
        request: Request<ListProfilesRequest>,
    ) -> Result<Response<ListProfilesResponse>, Status> {
        let profiles = self.app.profiles(&caller(&request)?).await?;
        Ok(Response::new(ListProfilesResponse {
            roles: profiles.roles.into_iter().map(convert::role).collect(),
            mandates: profiles
                .mandates
                .into_iter()
                .map(convert::mandate)
                .collect(),
        }))
    }
}

fn subject(wire: Option<resolve_principal_request::Subject>) -> Result<Subject, Failure> {
    match wire {
        Some(resolve_principal_request::Subject::CodiceFiscale(text)) => text
            .parse()
            .map(Subject::Person)
            .map_err(|_| no_codice_fiscale()),
        Some(resolve_principal_request::Subject::ClientId(id)) => Ok(Subject::Client(id)),
        Some(resolve_principal_request::Subject::PersonId(id)) => {
            wire::parse(&id, "person_id").map(Subject::Known)
        }
        None => Err(Failure::field("subject", "is required")),
    }
}

/// What was asked for; a role or mandate that is none cannot be held.
fn wish(wire: &ResolvePrincipalRequest) -> Result<Wish, Resolution> {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let role = given(&wire.role).map(|role| role.parse()).transpose();
    let mandate = given(&wire.mandate_id).map(|id| id.parse()).transpose();
    Ok(Wish {
        role: role.map_err(|_| Resolution::RoleNotHeld)?,
        organisation: given(&wire.organisation),
        mandate: mandate.map_err(|_| Resolution::MandateNotActive)?,
    })
}
