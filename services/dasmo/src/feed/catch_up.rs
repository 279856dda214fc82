//! Following the feed, and knowing that nothing of it is left.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chassis::client::ServiceChannel;
use chassis::lifecycle::Stop;
use chassis::{Class, Database, Failure};
use proto::omnia::feed::v1::feed_service_client::FeedServiceClient;
use proto::omnia::feed::v1::{SubscribeRequest, SubscribeResponse};

use super::Source;
use crate::app::snapshots::Feed;
use crate::store::feed as store;

/// How soon to look again whether everything is taken in.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

type Following = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

/// Asks the producer what comes after a cursor.
#[async_trait]
pub(crate) trait Probe: Send + Sync + 'static {
    /// The first answer after `cursor`, which the feed gives at once.
    async fn first_answer(
        &self,
        cursor: String,
        types: Vec<String>,
    ) -> Result<SubscribeResponse, Failure>;
}

#[async_trait]
impl Probe for FeedServiceClient<ServiceChannel> {
    async fn first_answer(
        &self,
        after_cursor: String,
        types: Vec<String>,
    ) -> Result<SubscribeResponse, Failure> {
        let answer = self
            .clone()
            .subscribe(SubscribeRequest {
                after_cursor,
                types,
            })
            .await;
        let first = answer
            .map_err(Failure::unavailable)?
            .into_inner()
            .message()
            .await;
        first
            .map_err(Failure::unavailable)?
            .ok_or_else(|| Failure::unavailable("the feed ended"))
    }
}

/// The one consumer of the feed in this process: a task of the service, or, where only a job runs, started by the job.
pub(crate) struct Follower {
    source: Source,
    database: Database,
    probe: Box<dyn Probe>,
    types: Vec<String>,
    following: Mutex<Option<Following>>,
}

impl Follower {
    /// `following` is the consumer's run, not started yet.
    pub(crate) fn new(
        source: Source,
        database: Database,
        probe: Box<dyn Probe>,
        types: Vec<String>,
        following: Following,
    ) -> Self {
        Self {
            source,
            database,
            probe,
            types,
            following: Mutex::new(Some(following)),
        }
    }

    /// Follows the feed until `stop`: the task of the service.
    pub(crate) async fn follow(&self, stop: &Stop) {
        if let Some(following) = self.not_started() {
            following.await;
        }
        stop.cancelled().await;
    }

    fn not_started(&self) -> Option<Following> {
        self.following
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    async fn nothing_left(&self) -> Result<bool, Failure> {
        let cursor = store::cursor(&self.database, self.source.consumer).await?;
        let answer = self.probe.first_answer(cursor, self.types.clone()).await?;
        Ok(answer.caught_up && answer.events.is_empty())
    }
}

#[async_trait]
impl Feed for Follower {
    fn producer(&self) -> &'static str {
        self.source.producer
    }

    /// The producer itself says that there is nothing after the stored cursor. The question is asked after the call, so
    /// the answer covers all that was committed before it. A producer that does not answer is asked again: how long to
    /// bear with it is for the caller to say.
    async fn catch_up(&self) -> Result<(), Failure> {
        if let Some(following) = self.not_started() {
            tokio::spawn(following);
        }
        loop {
            match self.nothing_left().await {
                Ok(true) => return Ok(()),
                Err(failure) if failure.class() != Class::Unavailable => return Err(failure),
                Ok(false) | Err(_) => tokio::time::sleep(LOOK_AGAIN).await,
            }
        }
    }
}
