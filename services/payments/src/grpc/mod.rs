//! Transport: messages to commands, flows to messages. Nothing is decided here.

mod flows;
mod read;
mod recoveries;
mod show;
mod treasury;

use chassis::Failure;
use chassis::identity::{Caller, caller};
use chassis::lifecycle::Stop;
use proto::omnia::payments::v1::flows_service_server::{FlowsServiceServer, SERVICE_NAME as FLOWS};
use proto::omnia::payments::v1::recoveries_service_server::{
    RecoveriesServiceServer, SERVICE_NAME as RECOVERIES,
};
use proto::omnia::payments::v1::treasury_service_server::{
    SERVICE_NAME as TREASURY, TreasuryServiceServer,
};
use tonic::Request;
use tonic::service::Routes;
use uuid::Uuid;

use crate::app::App;

/// Full names of the services.
pub(crate) const SERVICES: [&str; 3] = [FLOWS, TREASURY, RECOVERIES];

/// A piece of a flow is at most 1 MiB, a file of the bank 3, and the messages a little more.
const LARGEST_MESSAGE: usize = 4 * 1024 * 1024;

/// The services, which let go of long calls when `stop` fires.
pub(crate) fn routes(app: &App, stop: &Stop) -> Routes {
    let flows = FlowsServiceServer::new(flows::FlowsApi {
        app: app.clone(),
        stop: stop.clone(),
    });
    let treasury = TreasuryServiceServer::new(treasury::TreasuryApi(app.clone()));
    Routes::new(flows.max_decoding_message_size(LARGEST_MESSAGE))
        .add_service(treasury.max_decoding_message_size(LARGEST_MESSAGE))
        .add_service(RecoveriesServiceServer::new(recoveries::RecoveriesApi(
            app.clone(),
        )))
}

/// Caller and message of a request.
fn parts<T>(request: Request<T>) -> Result<(Caller, T), Failure> {
    Ok((caller(&request)?, request.into_inner()))
}

/// An id of a message.
fn id(text: &str, field: &str) -> Result<Uuid, Failure> {
    text.parse()
        .map_err(|_| Failure::field(field, "must be a UUID"))
}
