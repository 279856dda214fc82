//! `RolesService`.

use chassis::Failure;
use chassis::identity::caller;
use chassis::paging::Page;
use chassis::wire::parse;
use prost::Message;
use proto::omnia::anagrafe::v1::roles_service_server::RolesService;
use proto::omnia::anagrafe::v1::{
    GrantDasmoAccessRequest, GrantDasmoAccessResponse, GrantStaffRoleRequest,
    GrantStaffRoleResponse, ListStaffRolesRequest, ListStaffRolesResponse,
    WithdrawStaffRoleRequest, WithdrawStaffRoleResponse,
};
use tonic::{Request, Response, Status};

use super::{Grpc, convert};
use crate::app::GrantRole;
use crate::domain::role::Area;

#[tonic::async_trait]
impl RolesService for Grpc {
    async fn grant_staff_role(
        &self,
        request: Request<GrantStaffRoleRequest>,
    ) -> Result<Response<GrantStaffRoleResponse>, Status> {
        let caller = caller(&request)?;
        let view = self
            .app
            .grant_role(&caller, &grant(request.get_ref())?)
            .await?;
        Ok(Response::new(GrantStaffRoleResponse {
            role: Some(convert::role(view)),
        }))
    }

    async fn withdraw_staff_role(
        &self,
        request: Request<WithdrawStaffRoleRequest>,
    ) -> Result<Response<WithdrawStaffRoleResponse>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let id = parse(&request.role_id, "role_id")?;
        let view = self
            .app
            .withdraw_role(&caller, id, request.dasmo_only)
            .await?;
        Ok(Response::new(WithdrawStaffRoleResponse {
            role: Some(convert::role(view)),
        }))
    }

    async fn grant_dasmo_access(
        &self,
        request: Request<GrantDasmoAccessRequest>,
    ) -> Result<Response<GrantDasmoAccessResponse>, Status> {
        let caller = caller(&request)?;
        let id = parse(&request.get_ref().role_id, "role_id")?;
        let view = self.app.grant_dasmo(&caller, id).await?;
        Ok(Response::new(GrantDasmoAccessResponse {
            role: Some(convert::role(view)),
        }))
    }

    async fn list_staff_roles(
        &self,
        request: Request<ListStaffRolesRequest>,
    ) -> Result<Response<ListStaffRolesResponse>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let page = Page::read(request.page_size, &request.page_token, 50)?;
        let (rows, next_page_token) = self.app.list_roles(&caller, &page).await?;
        let roles = rows.into_iter().map(convert::role).collect();
        Ok(Response::new(ListStaffRolesResponse {
            roles,
            next_page_token,
        }))
    }
}

fn grant(wire: &GrantStaffRoleRequest) -> Result<GrantRole, Failure> {
    Ok(GrantRole {
        request_id: parse(&wire.request_id, "request_id")?,
        fingerprint: wire.encode_to_vec(),
        codice_fiscale: parse(&wire.codice_fiscale, "codice_fiscale")?,
        role: parse(&wire.role, "role")?,
        areas: areas(&wire.areas)?,
    })
}

fn areas(wire: &[String]) -> Result<Vec<String>, Failure> {
    let areas: Result<Vec<Area>, Failure> = wire.iter().map(|area| parse(area, "areas")).collect();
    Ok(Area::names(areas?))
}
