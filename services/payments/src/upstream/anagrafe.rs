//! The anagrafe.

use async_trait::async_trait;
use chassis::Failure;
use chassis::client::{Channels, ServiceChannel};
use kernel::CodiceFiscale;
use proto::omnia::anagrafe::v1::IdentifyPersonsRequest;
use proto::omnia::anagrafe::v1::persons_service_client::PersonsServiceClient;
use uuid::Uuid;

use super::failed;
use crate::ports::People;

/// Persons asked about at once.
const AT_ONCE: usize = 5_000;

/// The anagrafe over its channel.
pub(crate) struct Anagrafe(PersonsServiceClient<ServiceChannel>);

impl Anagrafe {
    /// Over the platform's channels.
    pub(crate) fn over(channels: &Channels) -> Self {
        Self(PersonsServiceClient::new(channels.to("anagrafe")))
    }
}

#[async_trait]
impl People for Anagrafe {
    async fn identify(&self, codes: &[CodiceFiscale]) -> Result<Vec<Uuid>, Failure> {
        let mut ids = Vec::with_capacity(codes.len());
        for part in codes.chunks(AT_ONCE) {
            let request = IdentifyPersonsRequest {
                codici_fiscali: part.iter().map(ToString::to_string).collect(),
            };
            let answer = self.0.clone().identify_persons(request).await;
            let told = answer.map_err(failed)?.into_inner().person_ids;
            if told.len() != part.len() {
                return Err(Failure::internal("the anagrafe answers about other people"));
            }
            for id in told {
                ids.push(id.parse().map_err(Failure::internal)?);
            }
        }
        Ok(ids)
    }
}
