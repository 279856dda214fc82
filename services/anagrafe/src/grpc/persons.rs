//! `PersonsService`.

use chassis::identity::caller;
use proto::omnia::anagrafe::v1::persons_service_server::PersonsService;
use proto::omnia::anagrafe::v1::{IdentifyPersonsRequest, IdentifyPersonsResponse};
use tonic::{Request, Response, Status};

use super::Grpc;

#[tonic::async_trait]
impl PersonsService for Grpc {
    async fn identify_persons(
        &self,
        request: Request<IdentifyPersonsRequest>,
    ) -> Result<Response<IdentifyPersonsResponse>, Status> {
        let caller = caller(&request)?;
        let codes = request.into_inner().codici_fiscali;
        let ids = self.app.identify(&caller, &codes).await?;
        let person_ids = ids.iter().map(ToString::to_string).collect();
        Ok(Response::new(IdentifyPersonsResponse { person_ids }))
    }
}
