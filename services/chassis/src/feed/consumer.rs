//! Follows the feed of another service.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use proto::omnia::feed::v1::feed_service_client::FeedServiceClient;
use proto::omnia::feed::v1::{Event, SubscribeRequest, SubscribeResponse};
use rand::Rng;
use scoped_futures::ScopedFutureExt;
use tonic::Status;
use tonic::body::Body;
use tonic::client::GrpcService;

use super::lag::{Freshness, Lag};
use crate::client::ServiceChannel;
use crate::db::{Database, Tx};
use crate::failure::Failure;
use crate::lifecycle::Stop;

/// Silence after which the stream is given up: several signs of life were missed.
const SILENCE: Duration = Duration::from_secs(15);

/// First pause before subscribing again; doubles with every failure in a row, up to [`LONGEST_PAUSE`].
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);

/// Longest pause before subscribing again.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

type BoxError = Box<dyn Error + Send + Sync>;

/// What a service does with the events of another.
#[async_trait]
pub trait Handler: Send + Sync + 'static {
    /// Full message names of the payloads wanted; empty for all.
    fn types(&self) -> Vec<String>;

    /// Applies a batch, in order. The consumer stores the new cursor in the same transaction, so whatever is written
    /// through `tx` takes effect exactly once. No other effects here.
    async fn apply(&self, tx: &mut Tx, events: &[Event]) -> Result<(), Failure>;
}

/// A subscription to the feed of one producer. The cursor is stored under `name`; several instances may follow the same
/// feed under one name, and each event is still applied once.
pub struct Consumer<C = ServiceChannel> {
    name: &'static str,
    producer: &'static str,
    database: Database,
    client: FeedServiceClient<C>,
    handler: Arc<dyn Handler>,
    stop: Stop,
    lag: Lag,
}

/// Why a stream was left.
#[derive(Debug, thiserror::Error)]
enum Interruption {
    #[error("the feed answered {code:?}", code = .0.code())]
    Feed(#[source] Box<Status>),
    #[error("the feed was silent for too long")]
    Silence,
    #[error("the feed ended")]
    Ended,
    #[error("apply events")]
    Apply(#[source] Failure),
    #[error("another instance is ahead")]
    Overtaken,
}

impl<C> Consumer<C>
where
    C: GrpcService<Body> + Clone + Send + 'static,
    C::Future: Send,
    C::Error: Into<BoxError>,
    C::ResponseBody: http_body::Body<Data = Bytes> + Send + 'static,
    <C::ResponseBody as http_body::Body>::Error: Into<BoxError> + Send,
{
    /// Will follow the feed that `channel` leads to, of the service `producer`, until `stop`.
    pub fn new(
        name: &'static str,
        producer: &'static str,
        database: Database,
        channel: C,
        handler: Arc<dyn Handler>,
        stop: Stop,
    ) -> Self {
        let client = FeedServiceClient::new(channel);
        Self {
            name,
            producer,
            database,
            client,
            handler,
            stop,
            lag: Lag::watched(name, producer),
        }
    }

    /// How fresh is what it keeps, as long as it follows the feed.
    pub fn freshness(&self) -> Freshness {
        self.lag.freshness()
    }

    /// Follows the feed: one of the service's tasks. Whatever fails is tried again, with pauses.
    pub async fn run(mut self) {
        let stop = self.stop.clone();
        if stop
            .run_until_cancelled(self.follow_for_ever())
            .await
            .is_none()
        {
            tracing::debug!(feed.consumer = self.name, "consumer stopped");
        }
    }

    async fn follow_for_ever(&mut self) {
        let mut pause = SHORTEST_PAUSE;
        loop {
            let mut heard = false;
            let Err(interruption) = self.follow(&mut heard).await;
            if heard {
                pause = SHORTEST_PAUSE;
            }
            self.report(&interruption);
            tokio::time::sleep(jittered(pause)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Subscribes after the stored cursor and applies what comes. `heard` is set when the feed was of use.
    async fn follow(&mut self, heard: &mut bool) -> Result<std::convert::Infallible, Interruption> {
        let mut cursor = self.stored_cursor().await.map_err(Interruption::Apply)?;
        let request = SubscribeRequest {
            after_cursor: cursor.clone(),
            types: self.handler.types(),
        };
        let answer = self
            .client
            .subscribe(request)
            .await
            .map_err(|status| Interruption::Feed(Box::new(status)))?;
        let mut stream = answer.into_inner();
        loop {
            let message = tokio::time::timeout(SILENCE, stream.message())
                .await
                .map_err(|_| Interruption::Silence)?
                .map_err(|status| Interruption::Feed(Box::new(status)))?
                .ok_or(Interruption::Ended)?;
            if message.cursor != cursor {
                self.apply(&cursor, &message).await?;
                cursor.clone_from(&message.cursor);
            }
            self.lag.heard(message.caught_up);
            *heard = true;
        }
    }

    async fn stored_cursor(&self) -> Result<String, Failure> {
        sqlx::query!(
            "insert into feed_cursor (consumer, producer, cursor) values ($1, $2, '')
             on conflict (consumer) do nothing",
            self.name,
            self.producer,
        )
        .execute(self.database.pool())
        .await?;
        let cursor = sqlx::query_scalar!(
            "select cursor from feed_cursor where consumer = $1",
            self.name
        )
        .fetch_one(self.database.pool())
        .await?;
        Ok(cursor)
    }

    /// Applies one message and moves the cursor, both or neither. The cursor's row stays locked meanwhile, so of two
    /// instances at the same place one applies and the other finds the cursor moved.
    async fn apply(&self, from: &str, message: &SubscribeResponse) -> Result<(), Interruption> {
        let (name, handler) = (self.name, &self.handler);
        let applied = self
            .database
            .transaction("feed_apply", |tx| {
                async move {
                    let moved = sqlx::query!(
                        "update feed_cursor set cursor = $3, moved_at = now() where consumer = $1 and cursor = $2",
                        name,
                        from,
                        message.cursor,
                    )
                    .execute(&mut **tx)
                    .await?;
                    if moved.rows_affected() == 1 && !message.events.is_empty() {
                        handler.apply(tx, &message.events).await?;
                    }
                    Ok(moved.rows_affected() == 1)
                }
                .scope_boxed()
            })
            .await
            .map_err(Interruption::Apply)?;
        if !applied {
            return Err(Interruption::Overtaken);
        }
        self.lag.applied(message.events.len());
        Ok(())
    }

    fn report(&self, interruption: &Interruption) {
        let error = interruption as &dyn Error;
        let (consumer, producer) = (self.name, self.producer);
        match interruption {
            Interruption::Apply(_) => {
                tracing::error!(
                    feed.consumer = consumer,
                    feed.producer = producer,
                    error,
                    "events cannot be applied"
                );
            }
            Interruption::Feed(status) if status.code() != tonic::Code::Unavailable => {
                tracing::warn!(
                    feed.consumer = consumer,
                    feed.producer = producer,
                    error,
                    "feed interrupted"
                );
            }
            _ => tracing::info!(
                feed.consumer = consumer,
                feed.producer = producer,
                error,
                "feed interrupted"
            ),
        }
    }
}

impl<C> std::fmt::Debug for Consumer<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Consumer")
            .field("name", &self.name)
            .field("producer", &self.producer)
            .finish_non_exhaustive()
    }
}

/// Between half of the pause and the whole of it, so that consumers do not come back all at once.
fn jittered(pause: Duration) -> Duration {
    pause / 2 + rand::rng().random_range(Duration::ZERO..=pause / 2)
}
