//! A month of lines asked for by worker, by flow and by authorisation, one call at a time. What is asked for was put there by
//! `measure/flows.py`, which numbers it as here.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chassis::clock::{Clock, SystemClock};
use chassis::ids::Ids;
use clap::ValueEnum;
use proto::omnia::payments::v1::flows_service_client::FlowsServiceClient;
use proto::omnia::payments::v1::{ListFlowsRequest, ListLinesRequest, ListMyPaymentsRequest};
use serde_json::{Value, json};
use tonic::Request;
use tonic::transport::{Channel, Endpoint};
use uuid::Uuid;

use crate::Payments;
use crate::claims::{micros, percentile};
use crate::identity::{Gateway, Standing, operator, worker};

/// By what lines are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum By {
    /// A worker asks for the own payments.
    Worker,
    /// An office asks for the lines of a flow.
    Flow,
    /// An office asks for the flows of an authorisation.
    Authorisation,
}

/// Sends numbers below 2^40 onto themselves, neighbours far apart.
const SCATTER: u64 = 2_654_435_761;

/// Asks for some seconds.
pub(crate) async fn ask(wanted: &Payments) -> anyhow::Result<Value> {
    let gateway = Arc::new(Gateway::open(&wanted.keys, wanted.now)?);
    let channel = Endpoint::from_shared(wanted.url.clone())?
        .tcp_nodelay(true)
        .connect()
        .await?;
    let mut asking = Asking {
        client: FlowsServiceClient::new(channel),
        standing: Standing::of(
            Arc::clone(&gateway),
            operator(Ids::random().at(SystemClock::real().now()), &wanted.office)?,
        )?,
        gateway,
        wanted,
        at: wanted.now.timestamp().unsigned_abs() % wanted.lines,
    };
    let end = Instant::now() + Duration::from_secs(wanted.seconds);
    let mut took = Vec::new();
    while Instant::now() < end {
        took.push(asking.once().await?);
    }
    took.sort_unstable();
    Ok(json!({
        "count": took.len(),
        "p50": percentile(&took, 50),
        "p99": percentile(&took, 99),
    }))
}

struct Asking<'a> {
    client: FlowsServiceClient<Channel>,
    /// The operator.
    standing: Standing,
    gateway: Arc<Gateway>,
    wanted: &'a Payments,
    at: u64,
}

impl Asking<'_> {
    /// Asks about the next line somewhere else in the month. Returns how long the answer took.
    async fn once(&mut self) -> anyhow::Result<u64> {
        self.at = (self.at + 48_611) % self.wanted.lines;
        let flow = self.at / self.wanted.flow;
        match self.wanted.by {
            By::Worker => {
                let number = self.at * SCATTER % (1 << 40);
                let caller = worker(numbered(0x09, number));
                let mut request = Request::new(ListMyPaymentsRequest::default());
                let header = self.gateway.header(&caller)?;
                request.metadata_mut().insert("authorization", header);
                let asked = Instant::now();
                let answer = self.client.list_my_payments(request).await?.into_inner();
                let took = micros(asked.elapsed());
                anyhow::ensure!(!answer.payments.is_empty(), "a worker without payments");
                Ok(took)
            }
            By::Flow => {
                let mut request = Request::new(ListLinesRequest {
                    flow_id: numbered(0xf0, flow).to_string(),
                    ..ListLinesRequest::default()
                });
                let header = self.standing.header()?;
                request.metadata_mut().insert("authorization", header);
                let asked = Instant::now();
                let answer = self.client.list_lines(request).await?.into_inner();
                let took = micros(asked.elapsed());
                anyhow::ensure!(
                    answer.lines.len() as u64 == self.wanted.flow,
                    "a flow without its lines"
                );
                Ok(took)
            }
            By::Authorisation => {
                let mut request = Request::new(ListFlowsRequest {
                    authorization_number: format!("770026{:06}", flow / 2),
                    ..ListFlowsRequest::default()
                });
                let header = self.standing.header()?;
                request.metadata_mut().insert("authorization", header);
                let asked = Instant::now();
                let answer = self.client.list_flows(request).await?.into_inner();
                let took = micros(asked.elapsed());
                anyhow::ensure!(!answer.flows.is_empty(), "an authorisation without flows");
                Ok(took)
            }
        }
    }
}

/// The id of a number: `measure/flows.py` writes the same.
fn numbered(kind: u32, number: u64) -> Uuid {
    Uuid::from_u128(u128::from(kind) << 96 | 0x0000_4000_8000_u128 << 48 | u128::from(number))
}
