//! The anagrafe as the one who says what identities may act as.

use async_trait::async_trait;
use chassis::access::{Resolved, Role, Standing};
use chassis::client::ServiceChannel;
use proto::omnia::anagrafe::v1 as wire;
use proto::omnia::anagrafe::v1::principal_service_client::PrincipalServiceClient;
use proto::omnia::anagrafe::v1::resolve_principal_request::Subject as WireSubject;
use tonic::Code;

use crate::principal::{Ask, PrincipalResolver, Unreachable};
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
                let fallback = match ask.subject {
                    Subject::Person(_) => Role::Cit,
                    Subject::Client(_) => Role::SysP,
                };
                Resolved::read(response.into_inner(), ask.role.unwrap_or(fallback))
                    .map_err(|error| Unreachable(error.into()))
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
