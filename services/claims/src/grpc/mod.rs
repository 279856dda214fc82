//! Transport: messages to commands, claims to messages. Nothing is decided here.

mod acts;
#[cfg(test)]
pub(crate) use acts::ActsApi;
mod assist;
mod authorizations;
mod chunks;
mod claims;
#[cfg(test)]
pub(crate) use claims::ClaimsApi;
mod desk;
mod files;
mod office;
mod read;
mod search;
mod show;

use chassis::Failure;
use chassis::identity::{Caller, caller};
use chassis::lifecycle::Stop;
use proto::omnia::claims::v1::acts_service_server::{ActsServiceServer, SERVICE_NAME as ACTS};
use proto::omnia::claims::v1::authorizations_service_server::{
    AuthorizationsServiceServer, SERVICE_NAME as AUTHORIZATIONS,
};
use proto::omnia::claims::v1::claims_service_server::{
    ClaimsServiceServer, SERVICE_NAME as CLAIMS,
};
use proto::omnia::claims::v1::desk_service_server::{DeskServiceServer, SERVICE_NAME as DESK};
use proto::omnia::claims::v1::files_service_server::{FilesServiceServer, SERVICE_NAME as FILES};
use proto::omnia::claims::v1::office_service_server::{
    OfficeServiceServer, SERVICE_NAME as OFFICE,
};
use proto::omnia::claims::v1::search_service_server::{
    SERVICE_NAME as SEARCH, SearchServiceServer,
};
use tonic::Request;
use tonic::service::Routes;

use crate::app::App;

/// Full names of the services.
pub(crate) const SERVICES: [&str; 7] = [CLAIMS, OFFICE, FILES, ACTS, SEARCH, DESK, AUTHORIZATIONS];

/// The services, which let go of long calls when `stop` fires.
pub(crate) fn routes(app: &App, stop: &Stop) -> Routes {
    Routes::new(ClaimsServiceServer::new(claims::ClaimsApi(app.clone())))
        .add_service(OfficeServiceServer::new(office::OfficeApi(app.clone())))
        .add_service(ActsServiceServer::new(acts::ActsApi(app.clone())))
        .add_service(DeskServiceServer::new(desk::DeskApi(app.clone())))
        .add_service(SearchServiceServer::new(search::SearchApi(app.clone())))
        .add_service(AuthorizationsServiceServer::new(
            authorizations::AuthorizationsApi(app.clone()),
        ))
        .add_service(FilesServiceServer::new(files::FilesApi {
            app: app.clone(),
            stop: stop.clone(),
        }))
}

/// Caller and message of a request.
fn parts<T>(request: Request<T>) -> Result<(Caller, T), Failure> {
    Ok((caller(&request)?, request.into_inner()))
}
