//! The real feed of the chassis, between two databases.

use std::sync::Arc;

use async_trait::async_trait;
use chassis::db::ScopedFutureExt;
use chassis::feed::{Consumer, FeedServer, Handler};
use chassis::lifecycle::Stop;
use chassis::{Database, Failure, outbox};
use prost::Message;
use proto::omnia::claims::v1::{ClaimEvent, ClaimState};
use proto::omnia::feed::v1::feed_service_server::{FeedService, FeedServiceServer};
use proto::omnia::feed::v1::{Event, SubscribeRequest, SubscribeResponse};
use testkit::TestDatabase;
use tokio_stream::StreamExt;
use tonic::Request;

use super::world::{Claim, World, rome};
use crate::app::snapshots::Feed;
use crate::feed::{CLAIMS, ClaimEvents, Follower, Probe};

/// The claims service, as far as its outbox goes.
struct Claims {
    database: TestDatabase,
    server: FeedServer,
}

impl Claims {
    async fn start(stop: &Stop) -> Self {
        let database = TestDatabase::of_chassis().await;
        let server = FeedServer::new(database.database.clone(), stop.clone());
        Self { database, server }
    }

    async fn commits(&self, event: &Event) {
        let database: &Database = &self.database.database;
        let message = &ClaimEvent::decode(event.payload.as_ref().unwrap().value.as_ref()).unwrap();
        database
            .transaction("submit", |tx| {
                async move {
                    let id = event.event_id.parse().unwrap();
                    outbox::publish(
                        tx,
                        id,
                        "claim",
                        &event.aggregate_id,
                        message,
                        rome("2026-11-23 10:00"),
                    )
                    .await
                }
                .scope_boxed()
            })
            .await
            .unwrap();
    }
}

struct InProcess(FeedServer);

#[async_trait]
impl Probe for InProcess {
    async fn first_answer(
        &self,
        after_cursor: String,
        types: Vec<String>,
    ) -> Result<SubscribeResponse, Failure> {
        let request = Request::new(SubscribeRequest {
            after_cursor,
            types,
        });
        let mut stream = self.0.subscribe(request).await.unwrap().into_inner();
        Ok(stream.next().await.unwrap().unwrap())
    }
}

#[tokio::test]
async fn a_run_begins_only_when_everything_that_was_committed_is_taken_in() {
    let stop = Stop::new();
    let claims = Claims::start(&stop).await;
    let world = World::at("2026-11-24 09:00").await;
    let database = world.database.database.clone();
    let consumer = Consumer::new(
        CLAIMS.consumer,
        CLAIMS.producer,
        database.clone(),
        FeedServiceServer::new(claims.server.clone()),
        Arc::new(ClaimEvents),
        stop.clone(),
    );
    let probe = Box::new(InProcess(claims.server.clone()));
    let follower = Follower::new(
        CLAIMS,
        database.clone(),
        probe,
        ClaimEvents.types(),
        Box::pin(consumer.run()),
    );

    for number in 1..=40 {
        claims
            .commits(&Claim::number(number).submitted("490000", "2026-11-23 10:00"))
            .await;
    }
    follower.catch_up().await.unwrap();
    world.night().await.unwrap();
    let as_of = super::world::everything();
    let picture = world
        .volumes(&super::world::director_of_milano(), as_of)
        .await
        .unwrap();
    assert_eq!(picture.total.unwrap().received, 40);

    let mut claim = Claim::number(41);
    for event in claim.decided(
        "490000",
        "2026-11-24 08:00",
        ClaimState::Accepted,
        "2026-11-24 08:30",
    ) {
        claims.commits(&event).await;
    }
    follower.catch_up().await.unwrap();
    world.it_is("2026-11-25 09:00");
    world.night().await.unwrap();
    let picture = world
        .volumes(
            &super::world::director_of_milano(),
            super::world::everything(),
        )
        .await
        .unwrap();
    assert_eq!(
        picture
            .total
            .map(|total| (total.received, total.accepted, total.stock)),
        Some((1, 1, 40))
    );
    stop.cancel();
}
