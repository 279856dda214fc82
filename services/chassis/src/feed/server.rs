//! Serves the outbox as `omnia.feed.v1.FeedService`.

use std::time::Duration;

use proto::omnia::feed::v1::feed_service_server::FeedService;
use proto::omnia::feed::v1::{SubscribeRequest, SubscribeResponse};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request, Response, Status};
use tonic_types::{ErrorDetails, StatusExt};

use super::bell::Bell;
use super::cursor::Cursor;
use super::read::{self, Batch};
use crate::db::Database;
use crate::failure::Failure;
use crate::lifecycle::Stop;

/// Batches read ahead of a subscriber.
const READ_AHEAD: usize = 2;

/// How long a subscriber that has everything waits before it looks again, when no bell rings.
const POLL: Duration = Duration::from_millis(500);

/// Pause after a look that found something, so that under load a batch holds many events: each batch costs the reader a
/// query and the subscriber a transaction.
const GATHERING: Duration = Duration::from_millis(50);

/// How soon to look again when an event waits for an older transaction to end; doubles up to [`POLL`].
const POLL_FOR_OLDER: Duration = Duration::from_millis(2);

/// How often a quiet feed gives a sign of life.
const SIGN_OF_LIFE: Duration = Duration::from_secs(2);

/// When subscribers should come back after this instance drained.
const COME_BACK_AFTER: Duration = Duration::from_millis(500);

/// Serves the outbox of one database. Wrap it in the generated `FeedServiceServer`.
#[derive(Debug, Clone)]
pub struct FeedServer {
    database: Database,
    bell: Bell,
    stop: Stop,
}

impl FeedServer {
    /// A server of the events in `database`; its streams end when `stop` fires. Needs a runtime, for the tasks that
    /// wake subscribers.
    pub fn new(database: Database, stop: Stop) -> Self {
        let bell = Bell::hang(&database, &stop);
        Self {
            database,
            bell,
            stop,
        }
    }
}

#[tonic::async_trait]
impl FeedService for FeedServer {
    type SubscribeStream = ReceiverStream<Result<SubscribeResponse, Status>>;

    async fn subscribe(
        &self,
        request: Request<SubscribeRequest>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        let request = request.into_inner();
        let cursor = Cursor::read(&request.after_cursor)?;
        let (answers, stream) = mpsc::channel(READ_AHEAD);
        let subscription = Subscription {
            database: self.database.clone(),
            bell: self.bell.clone(),
            cursor,
            types: request.types,
            answers,
        };
        tokio::spawn(subscription.run(self.stop.clone()));
        Ok(Response::new(ReceiverStream::new(stream)))
    }
}

/// One subscriber.
struct Subscription {
    database: Database,
    bell: Bell,
    cursor: Cursor,
    types: Vec<String>,
    answers: mpsc::Sender<Result<SubscribeResponse, Status>>,
}

/// The subscriber left.
struct Left;

impl Subscription {
    /// Follows the feed until the subscriber leaves, the database fails or the service stops.
    async fn run(mut self, stop: Stop) {
        let end = match stop.run_until_cancelled(self.follow()).await {
            Some(Ok(Left)) => return,
            Some(Err(error)) => Failure::from(error).into(),
            None => draining(),
        };
        // Fails when the subscriber left meanwhile, who then needs no answer.
        let _: Result<(), _> = self.answers.send(Err(end)).await;
    }

    async fn follow(&mut self) -> Result<Left, sqlx::Error> {
        let mut told_caught_up = false;
        let mut next_sign_of_life = Instant::now();
        let mut pause = POLL_FOR_OLDER;
        loop {
            let batch = read::after(self.database.pool(), self.cursor, &self.types).await?;
            let (moved, full) = (batch.cursor.is_some(), batch.full);
            self.cursor = batch.cursor.unwrap_or(self.cursor);
            let caught_up = !full && !read::any_after(self.database.pool(), self.cursor).await?;
            if moved || caught_up != told_caught_up || Instant::now() >= next_sign_of_life {
                if self.send(batch, caught_up).await.is_err() {
                    return Ok(Left);
                }
                told_caught_up = caught_up;
                next_sign_of_life = Instant::now() + SIGN_OF_LIFE;
            }
            pause = match (caught_up, moved) {
                (true, _) => POLL,
                (false, true) => POLL_FOR_OLDER,
                (false, false) => (pause * 2).min(POLL),
            };
            if full {
                continue;
            }
            if moved {
                tokio::time::sleep(GATHERING).await;
            }
            tokio::select! {
                () = self.bell.rung() => {}
                () = self.answers.closed() => return Ok(Left),
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    async fn send(&self, batch: Batch, caught_up: bool) -> Result<(), Left> {
        let answer = SubscribeResponse {
            events: batch.events,
            cursor: self.cursor.to_string(),
            caught_up,
        };
        self.answers.send(Ok(answer)).await.map_err(|_| Left)
    }
}

fn draining() -> Status {
    let details = ErrorDetails::with_retry_info(Some(COME_BACK_AFTER));
    Status::with_error_details(Code::Unavailable, "the service is draining", details)
}
