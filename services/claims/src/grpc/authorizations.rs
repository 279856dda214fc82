//! `AuthorizationsService`.

use chassis::wire;
use proto::omnia::claims::v1 as pb;
use proto::omnia::claims::v1::authorizations_service_server::AuthorizationsService;
use proto::omnia::common::v1 as common;
use tonic::{Request, Response, Status};

use super::parts;
use super::read::id;
use crate::app::{App, Authorization};
use crate::names;

/// The service over the use cases.
pub(crate) struct AuthorizationsApi(pub(crate) App);

#[tonic::async_trait]
impl AuthorizationsService for AuthorizationsApi {
    async fn get_authorization(
        &self,
        request: Request<pb::GetAuthorizationRequest>,
    ) -> Result<Response<pb::GetAuthorizationResponse>, Status> {
        let message = request.into_inner();
        let number = wire::parse(&message.authorization_number, "authorization_number")?;
        let authorization = Some(shown(self.0.authorization(&number).await?));
        Ok(Response::new(pb::GetAuthorizationResponse {
            authorization,
        }))
    }

    async fn list_granted_workers(
        &self,
        request: Request<pb::ListGrantedWorkersRequest>,
    ) -> Result<Response<pb::ListGrantedWorkersResponse>, Status> {
        let (caller, message) = parts(request)?;
        let number = wire::parse(&message.authorization_number, "authorization_number")?;
        let (workers, next_page_token) = self
            .0
            .granted_workers(&caller, &number, message.page_size, &message.page_token)
            .await?;
        let workers = workers.into_iter().map(|worker| pb::GrantedWorker {
            codice_fiscale: worker.codice_fiscale,
            hours_hundredths: worker.hours_requested_hundredths,
        });
        Ok(Response::new(pb::ListGrantedWorkersResponse {
            workers: workers.collect(),
            next_page_token,
        }))
    }

    async fn register_flow(
        &self,
        request: Request<pb::RegisterFlowRequest>,
    ) -> Result<Response<pb::RegisterFlowResponse>, Status> {
        let (caller, message) = parts(request)?;
        let number = wire::parse(&message.authorization_number, "authorization_number")?;
        let flow = id(&message.flow_id, "flow_id")?;
        let protocol = self.0.register_flow(&caller, flow, &number).await?;
        Ok(Response::new(pb::RegisterFlowResponse {
            protocol_number: protocol.to_string(),
        }))
    }
}

fn shown(granted: Authorization) -> pb::Authorization {
    pb::Authorization {
        authorization_number: granted.number.to_string(),
        claim_id: granted.claim.to_string(),
        claim_state: names::state(granted.state).into(),
        in_force: granted.in_force,
        unit: Some(common::UnitKey {
            matricola: granted.unit.matricola.to_string(),
            production_unit_code: i32::try_from(granted.unit.code.get()).unwrap_or(i32::MAX),
        }),
        employer_name: granted.employer_name,
        ticket: granted.ticket,
        competent_office: granted.office.to_string(),
        region_istat: granted.region_istat,
        product: names::product(granted.product).into(),
        causale: names::causale(granted.causale).into(),
        payment_mode: names::payment_mode(granted.payment_mode).into(),
        period: Some(wire::week_period(granted.period)),
        beneficiaries_count: i32::try_from(granted.beneficiaries).unwrap_or(i32::MAX),
        hours_hundredths: granted.hours_hundredths,
        communicated_on: Some(wire::date(granted.adopted_on)),
        csc_sector: granted.csc_sector,
        average_heads_hundredths: granted.average_heads_hundredths,
    }
}
