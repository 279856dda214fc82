//! Transport: messages to use cases and back. Nothing is decided here.

mod convert;
mod employers;
mod import;
mod mandates;
mod persons;
mod principal;
mod roles;
mod staff;
mod territory;

use proto::omnia::anagrafe::v1::employers_service_server::{self, EmployersServiceServer};
use proto::omnia::anagrafe::v1::import_service_server::{self, ImportServiceServer};
use proto::omnia::anagrafe::v1::mandates_service_server::{self, MandatesServiceServer};
use proto::omnia::anagrafe::v1::persons_service_server::{self, PersonsServiceServer};
use proto::omnia::anagrafe::v1::principal_service_server::{self, PrincipalServiceServer};
use proto::omnia::anagrafe::v1::profile_service_server::{self, ProfileServiceServer};
use proto::omnia::anagrafe::v1::roles_service_server::{self, RolesServiceServer};
use proto::omnia::anagrafe::v1::staff_service_server::{self, StaffServiceServer};
use proto::omnia::anagrafe::v1::territory_service_server::{self, TerritoryServiceServer};
use tonic::service::Routes;

use crate::app::App;

/// Full names of the services served.
pub const SERVICES: [&str; 9] = [
    territory_service_server::SERVICE_NAME,
    employers_service_server::SERVICE_NAME,
    import_service_server::SERVICE_NAME,
    profile_service_server::SERVICE_NAME,
    principal_service_server::SERVICE_NAME,
    roles_service_server::SERVICE_NAME,
    staff_service_server::SERVICE_NAME,
    mandates_service_server::SERVICE_NAME,
    persons_service_server::SERVICE_NAME,
];

/// A piece of an import file is at most 1 MiB, and its message a little more.
const LARGEST_MESSAGE: usize = 2 * 1024 * 1024;

/// Serves the contract over the use cases.
#[derive(Debug, Clone)]
pub struct Grpc {
    app: App,
}

impl Grpc {
    /// Serves these use cases.
    pub fn new(app: App) -> Self {
        Self { app }
    }
}

/// Every service.
pub fn routes(app: &App) -> Routes {
    let grpc = || Grpc::new(app.clone());
    Routes::new(TerritoryServiceServer::new(grpc()))
        .add_service(EmployersServiceServer::new(grpc()))
        .add_service(ImportServiceServer::new(grpc()).max_decoding_message_size(LARGEST_MESSAGE))
        .add_service(ProfileServiceServer::new(grpc()))
        .add_service(PrincipalServiceServer::new(grpc()))
        .add_service(RolesServiceServer::new(grpc()))
        .add_service(StaffServiceServer::new(grpc()))
        .add_service(MandatesServiceServer::new(grpc()))
        .add_service(PersonsServiceServer::new(grpc()))
}
