//! Counters asked of the limits by service-to-service calls, one unit a call.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chassis::ids::Ids;
use proto::omnia::common::v1::UnitKey;
use proto::omnia::limits::v1::GetCountersRequest;
use proto::omnia::limits::v1::limits_service_client::LimitsServiceClient;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tonic::Request;
use tonic::transport::Endpoint;

use crate::Counters;
use crate::claims::{micros, percentile};
use crate::identity::{Gateway, Standing, operator};

/// Asks for the counters of one unit after the other for some seconds, with so many calls under way.
pub(crate) async fn ask(wanted: &Counters) -> anyhow::Result<Value> {
    let gateway = Arc::new(Gateway::open(&wanted.keys, wanted.now)?);
    let caller = operator(Ids::random().at(wanted.now), &wanted.office)?;
    let started = Instant::now();
    let end = started + Duration::from_secs(wanted.seconds);
    let mut callers = JoinSet::new();
    for number in 0..wanted.callers {
        let channel = Endpoint::from_shared(wanted.limits.clone())?
            .tcp_nodelay(true)
            .connect()
            .await?;
        let places = Places::of(number, wanted);
        let standing = Standing::of(Arc::clone(&gateway), caller.clone())?;
        callers.spawn(ask_one_by_one(channel, standing, places, end));
    }
    let mut took = Vec::new();
    while let Some(done) = callers.join_next().await {
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

async fn ask_one_by_one(
    channel: tonic::transport::Channel,
    mut standing: Standing,
    mut places: Places,
    end: Instant,
) -> anyhow::Result<Vec<u64>> {
    let mut client = LimitsServiceClient::new(channel);
    let mut took = Vec::new();
    while Instant::now() < end {
        let mut request = Request::new(GetCountersRequest {
            unit: Some(places.next_unit()),
            ..GetCountersRequest::default()
        });
        request
            .metadata_mut()
            .insert("authorization", standing.header()?);
        let asked = Instant::now();
        let answer = client.get_counters(request).await?.into_inner();
        took.push(micros(asked.elapsed()));
        anyhow::ensure!(answer.counters.len() >= 4, "an answer without counters");
    }
    Ok(took)
}

/// Units all over the table: the first matricola and those after it, in steps of a prime number.
struct Places {
    first: u64,
    units: u64,
    at: u64,
}

impl Places {
    /// Each caller and each second of the day starts somewhere else.
    fn of(caller: u64, wanted: &Counters) -> Self {
        let start = wanted.now.timestamp().unsigned_abs() * 7_919 + caller * 15_485_863;
        Self {
            first: wanted.first_matricola,
            units: wanted.units,
            at: start % wanted.units,
        }
    }

    fn next_unit(&mut self) -> UnitKey {
        self.at = (self.at + 48_611) % self.units;
        UnitKey {
            matricola: (self.first + self.at).to_string(),
            production_unit_code: 1,
        }
    }
}
