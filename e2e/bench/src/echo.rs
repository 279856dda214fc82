//! The floor of the gateway's figures: tonic's server with nothing before and nothing behind it.

use std::net::SocketAddr;

use proto::omnia::limits::v1::limits_service_server::{LimitsService, LimitsServiceServer};
use proto::omnia::limits::v1::{
    EvaluateBulkRequest, EvaluateBulkResponse, ExplainRequest, ExplainResponse, GetCountersRequest,
    GetCountersResponse, ListEntryVersionsRequest, ListEntryVersionsResponse,
    ListLawVersionsRequest, ListLawVersionsResponse, ListLedgerRequest, ListLedgerResponse,
    ListRulesRequest, ListRulesResponse, SimulateRequest, SimulateResponse,
};
use tonic::codegen::BoxStream;
use tonic::{Request, Response, Status, Streaming};

#[derive(Debug)]
struct Echo(GetCountersResponse);

fn not_measured() -> Status {
    Status::unimplemented("not measured")
}

#[tonic::async_trait]
impl LimitsService for Echo {
    type EvaluateBulkStream = BoxStream<EvaluateBulkResponse>;

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
        Err(not_measured())
    }

    async fn list_ledger(
        &self,
        _: Request<ListLedgerRequest>,
    ) -> Result<Response<ListLedgerResponse>, Status> {
        Err(not_measured())
    }

    async fn list_entry_versions(
        &self,
        _: Request<ListEntryVersionsRequest>,
    ) -> Result<Response<ListEntryVersionsResponse>, Status> {
        Err(not_measured())
    }

    async fn list_rules(
        &self,
        _: Request<ListRulesRequest>,
    ) -> Result<Response<ListRulesResponse>, Status> {
        Err(not_measured())
    }

    async fn list_law_versions(
        &self,
        _: Request<ListLawVersionsRequest>,
    ) -> Result<Response<ListLawVersionsResponse>, Status> {
        Err(not_measured())
    }

    async fn explain(
        &self,
        _: Request<ExplainRequest>,
    ) -> Result<Response<ExplainResponse>, Status> {
        Err(not_measured())
    }

    async fn evaluate_bulk(
        &self,
        _: Request<Streaming<EvaluateBulkRequest>>,
    ) -> Result<Response<Self::EvaluateBulkStream>, Status> {
        Err(not_measured())
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
