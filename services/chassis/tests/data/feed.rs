//! Each event takes effect exactly once and in order, whatever happens to writers and consumers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use chassis::db::{ScopedFutureExt, Tx};
use chassis::feed::{Consumer, FeedServer, Handler};
use chassis::lifecycle::Stop;
use chassis::outbox::Told;
use chassis::{Database, Failure, outbox};
use chrono::DateTime;
use prost::Message;
use proto::omnia::feed::v1::feed_service_client::FeedServiceClient;
use proto::omnia::feed::v1::feed_service_server::FeedServiceServer;
use proto::omnia::feed::v1::{Event, SubscribeRequest, SubscribeResponse};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;
use testkit::TestDatabase;
use tokio::sync::Notify;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::{Channel, Server};
use tonic::{Code, Streaming};
use tonic_types::StatusExt;
use uuid::Uuid;

const WRITERS: u64 = 16;
const TRANSACTIONS: u32 = 60;
const AGGREGATES: i32 = 6;

/// Serves the feed of a database on a port of its own.
async fn serve(database: &Database, stop: &Stop) -> Channel {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let server = FeedServiceServer::new(FeedServer::new(database.clone(), stop.clone()));
    tokio::spawn(
        Server::builder()
            .add_service(server)
            .serve_with_incoming(TcpListenerStream::new(listener)),
    );
    Channel::from_shared(address)
        .unwrap()
        .connect()
        .await
        .unwrap()
}

async fn producer() -> TestDatabase {
    let test = TestDatabase::of_chassis().await;
    sqlx::raw_sql(
        "create table thing (id int primary key, version bigint not null);
         insert into thing select n, 0 from generate_series(0, 9) n",
    )
    .execute(test.database.pool())
    .await
    .unwrap();
    test
}

/// Raises the version of a thing and tells it.
async fn change(tx: &mut Tx, thing: i32) -> Result<(), Failure> {
    let version: i64 = sqlx::query_scalar(
        "update thing set version = version + 1 where id = $1 returning version",
    )
    .bind(thing)
    .fetch_one(&mut **tx)
    .await?;
    pause().await;
    let version = u64::try_from(version).unwrap();
    let (id, name) = (event_id(thing, version), thing.to_string());
    // Both ways of publishing keep the same promise.
    if version.is_multiple_of(2) {
        return outbox::publish(tx, id, "thing", &name, &version, DateTime::UNIX_EPOCH).await;
    }
    let told = Told {
        event_id: id,
        aggregate_id: name,
        payload: version,
    };
    outbox::publish_all(tx, "thing", &[told], DateTime::UNIX_EPOCH).await
}

fn event_id(thing: i32, version: u64) -> Uuid {
    Uuid::from_u64_pair(u64::try_from(thing).unwrap(), version)
}

async fn change_alone(database: &Database, thing: i32) {
    database
        .transaction("change", |tx| change(tx, thing).scope_boxed())
        .await
        .unwrap();
}

/// Lets the others go first, now and then for long enough that they commit.
async fn pause() {
    let pause = rand::rng().random_range(0..2000);
    if pause > 400 {
        tokio::time::sleep(Duration::from_micros(pause)).await;
    } else {
        tokio::task::yield_now().await;
    }
}

/// Writes what it is told into a table, with no protection of its own against events told twice.
struct Recorder {
    types: Vec<String>,
    clumsy: bool,
}

#[async_trait]
impl Handler for Recorder {
    fn types(&self) -> Vec<String> {
        self.types.clone()
    }

    async fn apply(&self, tx: &mut Tx, events: &[Event]) -> Result<(), Failure> {
        for event in events {
            let version = u64::decode(event.payload.as_ref().unwrap().value.as_slice()).unwrap();
            sqlx::query("insert into applied (event_id, thing, version) values ($1::uuid, $2, $3)")
                .bind(&event.event_id)
                .bind(&event.aggregate_id)
                .bind(i64::try_from(version).unwrap())
                .execute(&mut **tx)
                .await?;
        }
        pause().await;
        if self.clumsy && rand::rng().random_ratio(1, 10) {
            return Err(Failure::internal("the handler stumbled"));
        }
        Ok(())
    }
}

async fn consumer_database() -> TestDatabase {
    let test = TestDatabase::of_chassis().await;
    sqlx::raw_sql(
        "create table applied (seq bigint generated always as identity, event_id uuid, thing text, version bigint)",
    )
    .execute(test.database.pool())
    .await
    .unwrap();
    test
}

async fn applied(test: &TestDatabase) -> BTreeMap<String, Vec<i64>> {
    let rows: Vec<(String, i64)> =
        sqlx::query_as("select thing, version from applied order by seq")
            .fetch_all(test.database.pool())
            .await
            .unwrap();
    let mut versions: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for (thing, version) in rows {
        versions.entry(thing).or_default().push(version);
    }
    versions
}

/// What must have been applied: the versions of each thing from the first to the last that was committed.
async fn committed(test: &TestDatabase) -> BTreeMap<String, Vec<i64>> {
    let rows: Vec<(i32, i64)> = sqlx::query_as("select id, version from thing where version > 0")
        .fetch_all(test.database.pool())
        .await
        .unwrap();
    rows.into_iter()
        .map(|(thing, version)| (thing.to_string(), (1..=version).collect()))
        .collect()
}

fn recorder() -> Arc<Recorder> {
    Arc::new(Recorder {
        types: Vec::new(),
        clumsy: false,
    })
}

/// One writer: transactions over one or two things, some taking their id long before the change, some rolled back.
async fn write(database: Database, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    for _ in 0..TRANSACTIONS {
        let mut things: Vec<i32> = (0..AGGREGATES).collect();
        things.shuffle(&mut random);
        things.truncate(random.random_range(1..=2));
        let (early, rolled_back) = (random.random_ratio(1, 3), random.random_ratio(1, 5));
        let things = &things;
        let result = database
            .transaction("write", |tx| {
                async move {
                    if early {
                        sqlx::query("select pg_current_xact_id()")
                            .execute(&mut **tx)
                            .await?;
                        pause().await;
                        pause().await;
                    }
                    for thing in things {
                        change(tx, *thing).await?;
                        pause().await;
                    }
                    if rolled_back {
                        Err(Failure::not_found())
                    } else {
                        Ok(())
                    }
                }
                .scope_boxed()
            })
            .await;
        // A transaction that lost every race is rolled back too, and its events must not be told either.
        assert!(
            result.is_ok()
                || rolled_back
                || result.unwrap_err().class() == chassis::Class::Conflict
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_is_applied_once_and_in_order_while_the_consumer_is_killed_again_and_again() {
    let (source, target, stop) = (producer().await, consumer_database().await, Stop::new());
    let channel = serve(&source.database, &stop).await;
    let mut writers = tokio::task::JoinSet::new();
    for seed in 0..WRITERS {
        writers.spawn(write(source.database.clone(), seed));
    }
    let start = || {
        let handler = Arc::new(Recorder {
            types: Vec::new(),
            clumsy: true,
        });
        tokio::spawn(
            Consumer::new(
                "recorder",
                "things",
                target.database.clone(),
                channel.clone(),
                handler,
                stop.clone(),
            )
            .run(),
        )
    };
    let mut random = StdRng::seed_from_u64(99);
    let mut kills = 0;
    while kills < 30 || !writers.is_empty() {
        let consumer = start();
        tokio::time::sleep(Duration::from_micros(random.random_range(1_000..60_000))).await;
        consumer.abort();
        assert!(consumer.await.unwrap_err().is_cancelled());
        kills += 1;
        while let Some(writer) = writers.try_join_next() {
            writer.unwrap();
        }
    }
    let _last = start();
    let expected = committed(&source).await;
    let events: usize = expected.values().map(Vec::len).sum();
    assert!(events > 800, "most transactions commit");
    crate::eventually("every event is applied", async || {
        applied(&target).await.values().map(Vec::len).sum::<usize>() >= events
    })
    .await;
    assert_eq!(applied(&target).await, expected);
}

/// The dangerous case: a transaction takes its id, and changes a thing only after a younger one did and committed.
/// Returns the order in which the two changes are applied.
async fn old_transaction_changes_last(source: &TestDatabase) -> Vec<i64> {
    let (target, stop) = (consumer_database().await, Stop::new());
    let channel = serve(&source.database, &stop).await;
    let (began, go_on) = (&Notify::new(), &Notify::new());
    let old = source.database.transaction("old", |tx| {
        async move {
            sqlx::query("select pg_current_xact_id()")
                .execute(&mut **tx)
                .await?;
            began.notify_one();
            go_on.notified().await;
            change(tx, 1).await
        }
        .scope_boxed()
    });
    let young = async {
        began.notified().await;
        change_alone(&source.database, 1).await;
        go_on.notify_one();
    };
    let (old, ()) = tokio::join!(old, young);
    old.unwrap();
    let consumer = Consumer::new(
        "recorder",
        "things",
        target.database.clone(),
        channel,
        recorder(),
        stop,
    );
    tokio::spawn(consumer.run());
    crate::eventually("both are applied", async || {
        applied(&target).await.values().flatten().count() == 2
    })
    .await;
    applied(&target).await["1"].clone()
}

#[tokio::test]
async fn a_transaction_that_began_first_and_changed_last_is_told_last() {
    assert_eq!(
        old_transaction_changes_last(&producer().await).await,
        [1, 2]
    );
}

#[tokio::test]
async fn a_feed_ordered_by_transaction_ids_alone_would_tell_it_first() {
    let source = producer().await;
    sqlx::raw_sql(
        "create function plant_a_bug() returns trigger language plpgsql as
         $$ begin new.tx := pg_current_xact_id()::text::bigint; return new; end $$;
         create trigger plant_a_bug before insert on outbox for each row execute function plant_a_bug()",
    )
    .execute(source.database.pool())
    .await
    .unwrap();
    assert_eq!(old_transaction_changes_last(&source).await, [2, 1]);
}

/// An event is published and its transaction held open, while a younger transaction publishes and commits. Returns the
/// things told until a third event, published after both, is told.
async fn old_transaction_commits_last(
    source: &TestDatabase,
    reader: &Database,
    patience: Duration,
) -> Vec<String> {
    let (target, stop) = (consumer_database().await, Stop::new());
    let channel = serve(reader, &stop).await;
    let consumer = Consumer::new(
        "recorder",
        "things",
        target.database.clone(),
        channel,
        recorder(),
        stop,
    );
    tokio::spawn(consumer.run());
    let (published, go_on) = (&Notify::new(), &Notify::new());
    let old = source.database.transaction("old", |tx| {
        async move {
            change(tx, 1).await?;
            published.notify_one();
            go_on.notified().await;
            Ok(())
        }
        .scope_boxed()
    });
    let young = async {
        published.notified().await;
        change_alone(&source.database, 2).await;
        // A reader that would pass the old transaction is given the time to do so.
        let passed = tokio::time::timeout(
            patience,
            crate::eventually("it passes", async || !applied(&target).await.is_empty()),
        );
        let _: Result<(), _> = passed.await;
        go_on.notify_one();
    };
    let (old, ()) = tokio::join!(old, young);
    old.unwrap();
    change_alone(&source.database, 3).await;
    crate::eventually("the third is applied", async || {
        applied(&target).await.contains_key("3")
    })
    .await;
    applied(&target).await.into_keys().collect()
}

#[tokio::test]
async fn no_event_is_lost_when_an_older_transaction_commits_later() {
    let source = producer().await;
    let told =
        old_transaction_commits_last(&source, &source.database, Duration::from_millis(300)).await;
    assert_eq!(told, ["1", "2", "3"]);
}

#[tokio::test]
async fn a_reader_that_ignored_transactions_in_flight_would_lose_it() {
    let source = producer().await;
    sqlx::raw_sql(
        "create function public.pg_snapshot_xmin(pg_snapshot) returns xid8 language sql as
         $$ select '1000000000000'::xid8 $$",
    )
    .execute(source.database.pool())
    .await
    .unwrap();
    let options: PgConnectOptions = source.url().parse().unwrap();
    let blind = options.options([("search_path", "public,pg_catalog")]);
    let reader = Database::over(PgPool::connect_with(blind).await.unwrap());
    let told = old_transaction_commits_last(&source, &reader, Duration::from_mins(1)).await;
    assert_eq!(told, ["2", "3"]);
}

#[tokio::test]
async fn two_instances_of_one_consumer_apply_each_event_once_between_them() {
    let (source, target, stop) = (producer().await, consumer_database().await, Stop::new());
    let channel = serve(&source.database, &stop).await;
    for _ in 0..2 {
        let database = target.database.clone();
        let consumer = Consumer::new(
            "recorder",
            "things",
            database,
            channel.clone(),
            recorder(),
            stop.clone(),
        );
        tokio::spawn(consumer.run());
    }
    for round in 0..40 {
        change_alone(&source.database, round % 4).await;
    }
    let expected = committed(&source).await;
    crate::eventually("every event is applied", async || {
        applied(&target).await.values().flatten().count() >= 40
    })
    .await;
    assert_eq!(applied(&target).await, expected);
}

/// The first message that moves the cursor. Signs of life may come before, since transactions of other databases in
/// the cluster hold the feed back as well.
async fn first_step(stream: &mut Streaming<SubscribeResponse>) -> SubscribeResponse {
    loop {
        let message = stream.message().await.unwrap().unwrap();
        if !message.cursor.is_empty() {
            return message;
        }
    }
}

#[tokio::test]
async fn the_cursor_advances_over_events_of_types_that_are_not_wanted() {
    let (source, stop) = (producer().await, Stop::new());
    change_alone(&source.database, 1).await;
    let mut client = FeedServiceClient::new(serve(&source.database, &stop).await);
    let request = SubscribeRequest {
        after_cursor: String::new(),
        types: vec!["omnia.claims.v1.ClaimEvent".to_owned()],
    };
    let mut stream = client.subscribe(request).await.unwrap().into_inner();
    let message = first_step(&mut stream).await;
    assert!(message.events.is_empty() && message.caught_up);
    let (tx, id): (i64, i64) = sqlx::query_as("select tx, id from outbox")
        .fetch_one(source.database.pool())
        .await
        .unwrap();
    assert_eq!(message.cursor, format!("{tx}.{id}"));
}

#[tokio::test]
async fn events_of_many_things_written_at_once_are_told_in_the_order_given() {
    let (source, stop) = (producer().await, Stop::new());
    let told = |thing: i32| Told {
        event_id: event_id(thing, 1),
        aggregate_id: format!("{:02}", (thing * 7) % 50),
        payload: 1_u64,
    };
    let events: Vec<_> = (0..50).map(told).collect();
    let events = &events;
    source
        .database
        .transaction("many", |tx| {
            async move {
                outbox::publish_all::<u64>(tx, "thing", &[], DateTime::UNIX_EPOCH).await?;
                outbox::publish_all(tx, "thing", events, DateTime::UNIX_EPOCH).await
            }
            .scope_boxed()
        })
        .await
        .unwrap();
    let mut feed = FeedServiceClient::new(serve(&source.database, &stop).await);
    let mut stream = feed
        .subscribe(SubscribeRequest::default())
        .await
        .unwrap()
        .into_inner();
    let heard = first_step(&mut stream).await.events;
    let heard: Vec<_> = heard.into_iter().map(|one| one.aggregate_id).collect();
    let given: Vec<_> = events.iter().map(|one| one.aggregate_id.clone()).collect();
    assert_eq!(heard, given);
}

#[tokio::test]
async fn what_a_consumer_keeps_is_fresh_once_it_caught_up_and_not_before() {
    let (source, target, stop) = (producer().await, consumer_database().await, Stop::new());
    change_alone(&source.database, 1).await;
    let channel = serve(&source.database, &stop).await;
    let database = target.database.clone();
    let consumer = Consumer::new("recorder", "things", database, channel, recorder(), stop);
    let freshness = consumer.freshness();
    assert_eq!(freshness.age(), None);
    tokio::spawn(consumer.run());
    crate::eventually("it caught up", async || freshness.age().is_some()).await;
    assert_eq!(applied(&target).await["1"], [1]);
}

#[tokio::test]
async fn an_event_travels_whole() {
    let (source, stop) = (producer().await, Stop::new());
    change_alone(&source.database, 3).await;
    let mut client = FeedServiceClient::new(serve(&source.database, &stop).await);
    let mut stream = client
        .subscribe(SubscribeRequest::default())
        .await
        .unwrap()
        .into_inner();
    let event = first_step(&mut stream).await.events.remove(0);
    assert_eq!(event.event_id, event_id(3, 1).to_string());
    assert_eq!(
        (event.aggregate_type.as_str(), event.aggregate_id.as_str()),
        ("thing", "3")
    );
    let payload = event.payload.unwrap();
    assert_eq!(
        payload.type_url,
        "type.googleapis.com/google.protobuf.UInt64Value"
    );
    assert_eq!(u64::decode(payload.value.as_slice()).unwrap(), 1);
    assert_eq!(event.occurred_at.unwrap().seconds, 0);
}

#[tokio::test]
async fn a_backlog_larger_than_a_batch_is_told_whole_and_in_order() {
    let (source, stop) = (producer().await, Stop::new());
    source
        .database
        .transaction("many", |tx| {
            async move {
                for version in 0..1203_u64 {
                    let id = event_id(1, version);
                    outbox::publish(tx, id, "thing", "1", &version, DateTime::UNIX_EPOCH).await?;
                }
                Ok(())
            }
            .scope_boxed()
        })
        .await
        .unwrap();
    let mut client = FeedServiceClient::new(serve(&source.database, &stop).await);
    let mut stream = client
        .subscribe(SubscribeRequest::default())
        .await
        .unwrap()
        .into_inner();
    let mut told = Vec::new();
    loop {
        let message = stream.message().await.unwrap().unwrap();
        told.extend(
            message
                .events
                .into_iter()
                .map(|event| u64::decode(&*event.payload.unwrap().value).unwrap()),
        );
        if message.caught_up {
            break;
        }
        assert_eq!(told.len() % 500, 0);
    }
    assert_eq!(told, (0..1203).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_feed_that_drains_says_unavailable_and_when_to_come_back() {
    let (source, stop) = (producer().await, Stop::new());
    let mut client = FeedServiceClient::new(serve(&source.database, &stop).await);
    let mut stream = client
        .subscribe(SubscribeRequest::default())
        .await
        .unwrap()
        .into_inner();
    assert!(stream.message().await.unwrap().unwrap().caught_up);
    stop.cancel();
    let end = stream.message().await.unwrap_err();
    assert_eq!(end.code(), Code::Unavailable);
    assert!(end.get_details_retry_info().unwrap().retry_delay.is_some());
}

#[tokio::test]
async fn a_cursor_that_was_never_given_out_is_refused() {
    let (source, stop) = (producer().await, Stop::new());
    let mut client = FeedServiceClient::new(serve(&source.database, &stop).await);
    let request = SubscribeRequest {
        after_cursor: "yesterday".to_owned(),
        types: Vec::new(),
    };
    assert_eq!(
        client.subscribe(request).await.unwrap_err().code(),
        Code::InvalidArgument
    );
}

/// A handler that always fails, and counts.
struct Refusing(AtomicU32);

#[async_trait]
impl Handler for Refusing {
    fn types(&self) -> Vec<String> {
        Vec::new()
    }

    async fn apply(&self, _: &mut Tx, _: &[Event]) -> Result<(), Failure> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Err(Failure::internal("not today"))
    }
}

#[tokio::test]
async fn an_event_that_cannot_be_applied_is_tried_again_and_not_skipped() {
    let (source, target, stop) = (producer().await, consumer_database().await, Stop::new());
    change_alone(&source.database, 1).await;
    let channel = serve(&source.database, &stop).await;
    let handler = Arc::new(Refusing(AtomicU32::new(0)));
    let consumer = Consumer::new(
        "refusing",
        "things",
        target.database.clone(),
        channel,
        handler.clone(),
        stop.clone(),
    );
    let running = tokio::spawn(consumer.run());
    crate::eventually("it is tried again", async || {
        handler.0.load(Ordering::SeqCst) >= 3
    })
    .await;
    let cursor: String = sqlx::query_scalar("select cursor from feed_cursor")
        .fetch_one(target.database.pool())
        .await
        .unwrap();
    assert_eq!(cursor, "");
    stop.cancel();
    running.await.unwrap();
}
