//! What people may act as, asked of the anagrafe.

use async_trait::async_trait;
use chassis::Failure;
use chassis::access::{Resolved, Role};
use chassis::client::ServiceChannel;
use proto::omnia::anagrafe::v1::ResolvePrincipalRequest;
use proto::omnia::anagrafe::v1::principal_service_client::PrincipalServiceClient;
use proto::omnia::anagrafe::v1::resolve_principal_request::Subject;
use uuid::Uuid;

use crate::app::digest::Standings;

/// The anagrafe's roles.
pub(crate) struct AnagrafeStandings {
    client: PrincipalServiceClient<ServiceChannel>,
}

impl AnagrafeStandings {
    pub(crate) fn new(channel: ServiceChannel) -> Self {
        Self {
            client: PrincipalServiceClient::new(channel),
        }
    }
}

#[async_trait]
impl Standings for AnagrafeStandings {
    async fn of(&self, person: Uuid, role: Role, organisation: &str) -> Result<Resolved, Failure> {
        let request = ResolvePrincipalRequest {
            subject: Some(Subject::PersonId(person.to_string())),
            role: role.id().to_owned(),
            organisation: organisation.to_owned(),
            ..ResolvePrincipalRequest::default()
        };
        let answer = self.client.clone().resolve_principal(request).await;
        let answer = answer.map_err(Failure::unavailable)?.into_inner();
        Resolved::read(answer, role).map_err(Failure::unavailable)
    }
}
