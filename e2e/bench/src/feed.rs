//! Both ends of a feed: events published as services do, and followed as services do.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use async_trait::async_trait;
use chassis::clock::{Clock, SystemClock};
use chassis::config::DatabaseConfig;
use chassis::db::ScopedFutureExt;
use chassis::feed::{Consumer, FeedServer, Handler};
use chassis::lifecycle::Stop;
use chassis::{Database, Failure, Ids, Tx, outbox, wire};
use proto::omnia::claims::v1::{Causale, ClaimEvent, ClaimFacts, ClaimState, PaymentMode, Product};
use proto::omnia::common::v1::UnitKey;
use proto::omnia::feed::v1::Event;
use proto::omnia::feed::v1::feed_service_server::FeedServiceServer;
use serde_json::{Value, json};
use sqlx::migrate::Migrator;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::{Channel, Endpoint, Server};

use crate::claims::micros;

/// Events in a transaction.
const BATCH: u32 = 200;
/// Transactions at a time.
const WRITERS: u32 = 4;
/// Events of a claim.
const STEPS: u32 = 5;

/// Publishes events of claims, `STEPS` of each.
pub(crate) async fn publish(url: &str, events: u32) -> anyhow::Result<Value> {
    let database = Database::connect(&DatabaseConfig::at(url.to_owned().into())).await?;
    chassis::db::migrate(database.pool(), &Migrator::with_migrations(Vec::new())).await?;
    let started = Instant::now();
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let (database, ids) = (database.clone(), Ids::seeded(u64::from(writer)));
        let batches = events / BATCH / WRITERS;
        writers.spawn(async move {
            for _ in 0..batches {
                write(&database, &ids).await?;
            }
            Ok::<u32, Failure>(batches * BATCH)
        });
    }
    let mut written = 0;
    while let Some(done) = writers.join_next().await {
        written += done??;
    }
    Ok(json!({ "count": written, "micros": micros(started.elapsed()) }))
}

async fn write(database: &Database, ids: &Ids) -> Result<(), Failure> {
    database
        .transaction("bench_publish", |tx| {
            async move {
                for _ in 0..BATCH / STEPS {
                    claim(tx, ids).await?;
                }
                Ok(())
            }
            .scope_boxed()
        })
        .await
}

async fn claim(tx: &mut Tx, ids: &Ids) -> Result<(), Failure> {
    let now = SystemClock::real().now();
    let id = ids.at(now).to_string();
    for step in 0..STEPS {
        let event = ClaimEvent {
            claim_id: id.clone(),
            version: i64::from(step) + 2,
            from: ClaimState::Draft.into(),
            to: ClaimState::Submitted.into(),
            occurred_at: Some(wire::timestamp(now)),
            facts: Some(ClaimFacts {
                protocol_number: "INPS.4900.02/09/2026.0000001".to_owned(),
                submitted_at: Some(wire::timestamp(now)),
                competent_office: "490000".to_owned(),
                region_istat: "03".to_owned(),
                unit: Some(UnitKey {
                    matricola: "4900000001".to_owned(),
                    production_unit_code: 1,
                }),
                product: Product::Cigo.into(),
                causale: Causale::LackOfWorkOrOrders.into(),
                payment_mode: PaymentMode::Conguaglio.into(),
                period: None,
                beneficiaries_count: 12,
                hours_requested_hundredths: 96_000,
                csc_sector: "1".to_owned(),
                average_heads_hundredths: 4_000,
            }),
            decision: None,
        };
        outbox::publish(tx, ids.at(now), "claim", &id, &event, now).await?;
    }
    Ok(())
}

/// Takes events and does nothing with them, so that what is left is the feed and its cursor.
#[derive(Debug)]
struct Counting {
    seen: AtomicU64,
    wanted: u64,
    done: Arc<Notify>,
}

#[async_trait]
impl Handler for Counting {
    fn types(&self) -> Vec<String> {
        Vec::new()
    }

    async fn apply(&self, _: &mut Tx, events: &[Event]) -> Result<(), Failure> {
        let seen =
            self.seen.fetch_add(events.len() as u64, Ordering::Relaxed) + events.len() as u64;
        if seen >= self.wanted {
            self.done.notify_one();
        }
        Ok(())
    }
}

/// Serves the feed on loopback, follows it from its start and measures until `events` were applied.
pub(crate) async fn follow(url: &str, events: u64) -> anyhow::Result<Value> {
    let config = DatabaseConfig::at(url.to_owned().into());
    let stop = Stop::new();
    let channel = serve(Database::connect(&config).await?, &stop).await?;

    let done = Arc::new(Notify::new());
    let handler = Arc::new(Counting {
        seen: AtomicU64::new(0),
        wanted: events,
        done: Arc::clone(&done),
    });
    let database = Database::connect(&config).await?;
    let consumer = Consumer::new(
        "bench",
        "bench",
        database,
        channel,
        handler.clone(),
        stop.clone(),
    );
    let started = Instant::now();
    let following = tokio::spawn(consumer.run());
    done.notified().await;
    let elapsed = micros(started.elapsed());
    stop.cancel();
    following.await?;
    Ok(json!({ "count": handler.seen.load(Ordering::Relaxed), "micros": elapsed }))
}

async fn serve(database: Database, stop: &Stop) -> anyhow::Result<Channel> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let feed = FeedServiceServer::new(FeedServer::new(database, stop.clone()));
    let server = Server::builder().add_service(feed);
    tokio::spawn(server.serve_with_incoming_shutdown(
        TcpListenerStream::new(listener),
        stop.clone().cancelled_owned(),
    ));
    Ok(Endpoint::from_shared(url)?
        .tcp_nodelay(true)
        .connect()
        .await?)
}
