//! `StaffService`.

use chassis::identity::caller;
use proto::omnia::anagrafe::v1::staff_service_server::StaffService;
use proto::omnia::anagrafe::v1::{ListOfficeStaffRequest, ListOfficeStaffResponse, StaffMember};
use tonic::{Request, Response, Status};

use super::Grpc;

#[tonic::async_trait]
impl StaffService for Grpc {
    async fn list_office_staff(
        &self,
        request: Request<ListOfficeStaffRequest>,
    ) -> Result<Response<ListOfficeStaffResponse>, Status> {
        let caller = caller(&request)?;
        let found = self
            .app
            .office_staff(&caller, &request.get_ref().office)
            .await?;
        let staff = found
            .into_iter()
            .map(|grant| StaffMember {
                person_id: grant.holder.to_string(),
                role: grant.role.id().to_owned(),
            })
            .collect();
        Ok(Response::new(ListOfficeStaffResponse { staff }))
    }
}
