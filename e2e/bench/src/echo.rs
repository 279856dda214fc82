//! The floor of the gateway's figures: tonic's server with nothing before and nothing behind it.

use std::net::SocketAddr;

use proto::omnia::limits::v1::limits_service_server::{LimitsService, LimitsServiceServer};
use proto::omnia::limits::v1::{
    GetCountersRequest, GetCountersResponse, ListEntryVersionsRequest, ListEntryVersionsResponse,
    ListLedgerRequest, ListLedgerResponse, SimulateRequest, SimulateResponse,
};
use tonic::{Request, Response, Status};

#[derive(Debug)]
struct Echo(GetCountersResponse);

#[tonic::async_trait]
impl LimitsService for Echo {
    async fn get_counters(
        &self,
        _: Request<GetCountersRequest>,
    ) -> Result<Response<GetCountersResponse>, Status> {
        Ok(Response::new(self.0.clone()))
    }

    async fn simulate(
        &self,
        _: Request<SimulateRequest>,
    ) -> Result<Response<SimulateResponse>, Status> {
        Err(Status::unimplemented("not measured"))
    }

    async fn list_ledger(
        &self,
        _: Request<ListLedgerRequest>,
    ) -> Result<Response<ListLedgerResponse>, Status> {
        Err(Status::unimplemented("not measured"))
    }

    async fn list_entry_versions(
        &self,
        _: Request<ListEntryVersionsRequest>,
    ) -> Result<Response<ListEntryVersionsResponse>, Status> {
        Err(Status::unimplemented("not measured"))
    }
}

/// Serves until the process is killed.
pub(crate) async fn serve(listen: SocketAddr) -> anyhow::Result<()> {
    let answer = GetCountersResponse {
        counters: vec![proto::omnia::limits::v1::Counter::default(); 4],
        known_at: None,
    };
    tonic::transport::Server::builder()
        .add_service(LimitsServiceServer::new(Echo(answer)))
        .serve(listen)
        .await?;
    Ok(())
}
