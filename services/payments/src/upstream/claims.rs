//! The claims service.

use async_trait::async_trait;
use chassis::client::{Channels, ServiceChannel};
use chassis::{Failure, wire};
use kernel::{AuthorizationNumber, CodiceFiscale, Hours, ProtocolNumber};
use proto::omnia::claims::v1 as pb;
use proto::omnia::claims::v1::authorizations_service_client::AuthorizationsServiceClient;
use tonic::Code;
use uuid::Uuid;

use super::failed;
use crate::domain::authorisation::{Authorisation, Details};
use crate::feed::{name, unit_code};
use crate::ports::Grants;

/// The claims service over its channel.
pub(crate) struct Claims(AuthorizationsServiceClient<ServiceChannel>);

impl Claims {
    /// Over the platform's channels.
    pub(crate) fn over(channels: &Channels) -> Self {
        Self(AuthorizationsServiceClient::new(channels.to("claims")))
    }
}

#[async_trait]
impl Grants for Claims {
    async fn find(
        &self,
        number: &AuthorizationNumber,
    ) -> Result<Option<(Authorisation, Details)>, Failure> {
        let request = pb::GetAuthorizationRequest {
            authorization_number: number.to_string(),
        };
        let answer = match self.0.clone().get_authorization(request).await {
            Ok(answer) => answer.into_inner(),
            Err(status) if status.code() == Code::NotFound => return Ok(None),
            Err(status) => return Err(failed(status)),
        };
        let missing = || Failure::internal("a grant of claims is not whole");
        let granted = answer.authorization.ok_or_else(missing)?;
        grant(&granted).map(Some)
    }

    async fn workers(
        &self,
        number: &AuthorizationNumber,
    ) -> Result<Vec<(CodiceFiscale, Hours)>, Failure> {
        let mut workers = Vec::new();
        let mut page_token = String::new();
        loop {
            let request = pb::ListGrantedWorkersRequest {
                authorization_number: number.to_string(),
                page_size: 0,
                page_token,
            };
            let answer = self.0.clone().list_granted_workers(request).await;
            let page = answer.map_err(failed)?.into_inner();
            for worker in page.workers {
                let code = worker.codice_fiscale.parse().map_err(Failure::internal)?;
                workers.push((code, Hours::from_hundredths(worker.hours_hundredths)));
            }
            if page.next_page_token.is_empty() {
                return Ok(workers);
            }
            page_token = page.next_page_token;
        }
    }

    async fn register(
        &self,
        flow: Uuid,
        number: &AuthorizationNumber,
    ) -> Result<ProtocolNumber, Failure> {
        let request = pb::RegisterFlowRequest {
            flow_id: flow.to_string(),
            authorization_number: number.to_string(),
        };
        let answer = self.0.clone().register_flow(request).await;
        let protocol = answer.map_err(failed)?.into_inner().protocol_number;
        protocol.parse().map_err(Failure::internal)
    }
}

fn grant(granted: &pb::Authorization) -> Result<(Authorisation, Details), Failure> {
    let missing = || Failure::internal("a grant of claims is not whole");
    let unit = granted.unit.as_ref().ok_or_else(missing)?;
    let period = granted.period.as_ref().ok_or_else(missing)?;
    let communicated = granted.communicated_on.as_ref().ok_or_else(missing)?;
    let stands = matches!(
        granted.claim_state(),
        pb::ClaimState::Accepted | pb::ClaimState::PartiallyAccepted | pb::ClaimState::UnderAppeal
    );
    let parsed = |text: &str| text.parse().map_err(Failure::internal);
    let authorisation = Authorisation {
        number: granted
            .authorization_number
            .parse()
            .map_err(Failure::internal)?,
        claim: parsed(&granted.claim_id)?,
        active: granted.in_force && stands,
        direct: granted.payment_mode() == pb::PaymentMode::Direct,
        matricola: unit.matricola.parse().map_err(Failure::internal)?,
        unit: unit_code(unit.production_unit_code).ok_or_else(missing)?,
        office: granted
            .competent_office
            .parse()
            .map_err(Failure::internal)?,
        region_istat: granted.region_istat.clone(),
        product: name(granted.product().as_str_name(), "PRODUCT_").to_owned(),
        causale: name(granted.causale().as_str_name(), "CAUSALE_").to_owned(),
        period: wire::weeks(period, "period")?.period(),
        hours: Hours::from_hundredths(granted.hours_hundredths),
        communicated: wire::day(communicated, "communicated_on")?,
        csc_sector: granted.csc_sector.clone(),
        average_heads_hundredths: granted.average_heads_hundredths,
    };
    let details = Details {
        employer_name: granted.employer_name.clone(),
        ticket: granted.ticket.parse().map_err(Failure::internal)?,
    };
    Ok((authorisation, details))
}
