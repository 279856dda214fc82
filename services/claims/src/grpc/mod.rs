//! Transport: messages to commands, claims to messages. Nothing is decided here.

mod claims;
#[cfg(test)]
pub(crate) use claims::ClaimsApi;
mod office;
mod read;
mod show;

use chassis::Failure;
use chassis::identity::{Caller, caller};
use proto::omnia::claims::v1::claims_service_server::{
    ClaimsServiceServer, SERVICE_NAME as CLAIMS,
};
use proto::omnia::claims::v1::office_service_server::{
    OfficeServiceServer, SERVICE_NAME as OFFICE,
};
use tonic::Request;
use tonic::service::Routes;

use crate::app::App;

/// Full names of the services.
pub(crate) const SERVICES: [&str; 2] = [CLAIMS, OFFICE];

/// The services.
pub(crate) fn routes(app: &App) -> Routes {
    Routes::new(ClaimsServiceServer::new(claims::ClaimsApi(app.clone())))
        .add_service(OfficeServiceServer::new(office::OfficeApi(app.clone())))
}

/// Caller and message of a request.
fn parts<T>(request: Request<T>) -> Result<(Caller, T), Failure> {
    Ok((caller(&request)?, request.into_inner()))
}
