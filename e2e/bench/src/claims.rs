//! Claims filed by several desks at a time, through the gateway.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use chassis::clock::{Clock, SystemClock};
use chassis::ids::Ids;
use prost::Message;
use proto::omnia::claims::v1::claims_service_client::ClaimsServiceClient;
use proto::omnia::claims::v1::{CreateDraftRequest, SubmitClaimRequest};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

use crate::Desks;

type Client = ClaimsServiceClient<InterceptedService<Channel, Bearer>>;

/// Puts the token on every call.
#[derive(Debug, Clone)]
pub(crate) struct Bearer(MetadataValue<Ascii>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request
            .metadata_mut()
            .insert("authorization", self.0.clone());
        Ok(request)
    }
}

/// A draft as it was created.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    /// Id.
    pub(crate) id: String,
    /// Version.
    pub(crate) etag: String,
}

impl Desks {
    /// A connection to the gateway.
    pub(crate) async fn channel(&self) -> anyhow::Result<Channel> {
        let endpoint = Endpoint::from_shared(self.gateway.clone())?.tcp_nodelay(true);
        Ok(endpoint.connect().await?)
    }

    /// What goes with every call.
    pub(crate) fn bearer(&self) -> anyhow::Result<Bearer> {
        let header = format!("Bearer {}", self.token);
        Ok(Bearer(header.parse().context("the token is no header")?))
    }

    async fn open(&self) -> anyhow::Result<Vec<Client>> {
        let bearer = self.bearer()?;
        let mut clients = Vec::new();
        for _ in 0..self.count {
            let channel = self.channel().await?;
            clients.push(ClaimsServiceClient::with_interceptor(
                channel,
                bearer.clone(),
            ));
        }
        Ok(clients)
    }
}

/// Creates the drafts of a file.
pub(crate) async fn draft(desks: &Desks, requests: &Path, out: &Path) -> anyhow::Result<Value> {
    let requests: Arc<Vec<CreateDraftRequest>> = Arc::new(read_requests(requests)?);
    let next = Arc::new(AtomicUsize::new(0));
    let mut desks_at_work = JoinSet::new();
    let started = Instant::now();
    for mut client in desks.open().await? {
        let (requests, next) = (Arc::clone(&requests), Arc::clone(&next));
        desks_at_work.spawn(async move {
            let mut lines = Vec::new();
            while let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
                let claim = client
                    .create_draft(request.clone())
                    .await?
                    .into_inner()
                    .claim;
                let claim = claim.context("an answer without a claim")?;
                lines.push(format!("{} {}\n", claim.claim_id, claim.etag));
            }
            anyhow::Ok(lines)
        });
    }
    let mut lines = Vec::new();
    while let Some(done) = desks_at_work.join_next().await {
        lines.extend(done??);
    }
    std::fs::write(out, lines.concat()).with_context(|| format!("write {}", out.display()))?;
    Ok(json!({ "count": lines.len(), "micros": micros(started.elapsed()) }))
}

/// Submits the drafts of a file and measures each call.
pub(crate) async fn submit(desks: &Desks, drafts: &Path, seconds: u64) -> anyhow::Result<Value> {
    let drafts = Arc::new(read_drafts(drafts)?);
    let next = Arc::new(AtomicUsize::new(0));
    let ids = Ids::random();
    let clients = desks.open().await?;
    let mut desks_at_work = JoinSet::new();
    let started = Instant::now();
    let end = started + Duration::from_secs(seconds);
    for mut client in clients {
        let (drafts, next, ids) = (Arc::clone(&drafts), Arc::clone(&next), ids.clone());
        desks_at_work.spawn(async move {
            let mut took = Vec::new();
            while Instant::now() < end
                && let Some(draft) = drafts.get(next.fetch_add(1, Ordering::Relaxed))
            {
                let request = SubmitClaimRequest {
                    claim_id: draft.id.clone(),
                    request_id: ids.at(SystemClock::real().now()).to_string(),
                    etag: draft.etag.clone(),
                };
                let asked = Instant::now();
                let claim = client.submit_claim(request).await?.into_inner().claim;
                took.push(micros(asked.elapsed()));
                let protocolled = claim.is_some_and(|claim| !claim.protocol_number.is_empty());
                anyhow::ensure!(protocolled, "an answer without a protocol number");
            }
            Ok(took)
        });
    }
    let mut took = Vec::new();
    while let Some(done) = desks_at_work.join_next().await {
        took.extend(done??);
    }
    let elapsed = micros(started.elapsed());
    took.sort_unstable();
    Ok(json!({
        "count": took.len(),
        "micros": elapsed,
        "p50": percentile(&took, 50),
        "p99": percentile(&took, 99),
    }))
}

fn read_requests(file: &Path) -> anyhow::Result<Vec<CreateDraftRequest>> {
    let bytes = std::fs::read(file).with_context(|| format!("read {}", file.display()))?;
    let mut rest = bytes.as_slice();
    let mut requests = Vec::new();
    while !rest.is_empty() {
        requests.push(CreateDraftRequest::decode_length_delimited(&mut rest)?);
    }
    Ok(requests)
}

/// The drafts of a file of lines.
pub(crate) fn read_drafts(file: &Path) -> anyhow::Result<Vec<Draft>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("read {}", file.display()))?;
    text.lines()
        .map(|line| {
            let (id, etag) = line
                .split_once(' ')
                .context("a line is an id and an etag")?;
            Ok(Draft {
                id: id.to_owned(),
                etag: etag.to_owned(),
            })
        })
        .collect()
}

/// The value that so many percent of the sorted ones do not exceed.
pub(crate) fn percentile(sorted: &[u64], percent: usize) -> Option<u64> {
    sorted
        .get(sorted.len() * percent / 100)
        .or(sorted.last())
        .copied()
}

/// Whole microseconds.
pub(crate) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
