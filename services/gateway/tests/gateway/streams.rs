//! Streams: both ways, with back-pressure, watched while they are open.

use std::sync::atomic::{AtomicU64, Ordering};

use chassis::identity::Scope;
use chrono::TimeDelta;
use http_body_util::BodyExt;
use tonic::Code;

use crate::client::{read, within};
use crate::service::PIECE;
use crate::world::{MATRICOLA, OFFICE, SUBMIT, WATCH, World, eventually, intermediary};

async fn watching() -> (World, String) {
    let world = World::new().await;
    world.anagrafe.says(intermediary());
    let token = world.token();
    (world, token)
}

#[tokio::test]
async fn messages_pass_one_by_one_and_trailers_are_kept() {
    let world = World::new().await;
    let token = world.token();
    let client = world.client().await;
    let (send, mut response) = client.stream(SUBMIT, &[("authorization", &token)]).await;
    for message in ["one", "two", "three"] {
        send.send(message.into()).await.unwrap();
        let frame = within(response.body_mut().frame()).await.unwrap().unwrap();
        assert_eq!(
            frame.into_data().unwrap(),
            message,
            "before the next one is sent"
        );
    }
    drop(send);
    let trailers = within(response.body_mut().frame())
        .await
        .unwrap()
        .unwrap()
        .into_trailers()
        .unwrap();
    assert_eq!(trailers["grpc-status"], "0");
    assert_eq!(trailers["x-trailer"], "kept");
}

#[tokio::test]
async fn a_service_is_not_read_faster_than_the_caller_reads() {
    let (world, token) = watching().await;
    let client = world.client().await;
    let headers = [("authorization", token.as_str()), ("x-test", "endless")];
    let (_send, mut response) = client.stream(WATCH, &headers).await;
    let streamed = || world.seen.streamed.load(Ordering::SeqCst);
    // Windows and buffers fill up, and then the service waits.
    let before = AtomicU64::new(u64::MAX);
    eventually(async || {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        before.swap(streamed(), Ordering::SeqCst) == streamed()
    })
    .await;
    let held = streamed();
    assert!(
        held < 32 * 1024 * 1024,
        "{held} bytes lie between service and caller"
    );
    let mut read_bytes = 0;
    while read_bytes < held + PIECE as u64 {
        read_bytes += within(response.body_mut().frame())
            .await
            .unwrap()
            .unwrap()
            .into_data()
            .unwrap()
            .len() as u64;
    }
    assert!(streamed() > held, "reading goes on where it waited");
}

#[tokio::test]
async fn a_stream_ends_when_its_mandate_is_withdrawn() {
    let (world, token) = watching().await;
    let client = world.client().await;
    let (_send, response) = client
        .stream(
            WATCH,
            &[("authorization", token.as_str()), ("x-test", "silent")],
        )
        .await;
    assert_eq!(
        world.told().unwrap().scope,
        Scope::Mandate(MATRICOLA.to_owned())
    );
    let mut withdrawn = intermediary();
    withdrawn.mandate = None;
    world.anagrafe.says(withdrawn);
    world.clock.advance(TimeDelta::seconds(3));
    let ended = read(response).await;
    assert_eq!(
        (ended.code(), ended.reason().as_str()),
        (Code::PermissionDenied, "IDN-E07")
    );
    eventually(async || world.seen.abandoned.load(Ordering::SeqCst) == 1).await;
}

#[tokio::test]
async fn a_stream_that_never_pauses_ends_as_well() {
    let (world, token) = watching().await;
    let client = world.client().await;
    let (_send, response) = client
        .stream(
            WATCH,
            &[("authorization", token.as_str()), ("x-test", "endless")],
        )
        .await;
    let mut withdrawn = intermediary();
    withdrawn.mandate = None;
    world.anagrafe.says(withdrawn);
    world.clock.advance(TimeDelta::seconds(3));
    let mut body = response.into_body();
    let trailers = within(async {
        loop {
            let frame = body.frame().await.unwrap().unwrap();
            if let Ok(trailers) = frame.into_trailers() {
                return trailers;
            }
        }
    })
    .await;
    assert_eq!(trailers["grpc-status"], "7");
}

#[tokio::test]
async fn a_stream_ends_when_its_token_expires() {
    let (world, token) = watching().await;
    let client = world.client().await;
    let (_send, response) = client
        .stream(
            WATCH,
            &[("authorization", token.as_str()), ("x-test", "silent")],
        )
        .await;
    world.clock.advance(TimeDelta::seconds(931));
    assert_eq!(read(response).await.reason(), "IDN-E02");
}

#[tokio::test]
async fn a_stream_outlives_a_moment_without_the_anagrafe() {
    let (world, token) = watching().await;
    let client = world.client().await;
    let (send, mut response) = client
        .stream(WATCH, &[("authorization", token.as_str())])
        .await;
    let asked = world.anagrafe.asked();
    world.anagrafe.reachable(false);
    world.clock.advance(TimeDelta::seconds(3));
    eventually(async || world.anagrafe.asked() > asked).await;
    world.anagrafe.reachable(true);
    world.clock.advance(TimeDelta::seconds(3));
    send.send("still there".into()).await.unwrap();
    let frame = within(response.body_mut().frame()).await.unwrap().unwrap();
    assert_eq!(frame.into_data().unwrap(), "still there");
}

#[tokio::test]
async fn a_stream_whose_roles_changed_is_opened_again_by_the_caller() {
    let (world, token) = watching().await;
    let client = world.client().await;
    let (_send, response) = client
        .stream(
            WATCH,
            &[("authorization", token.as_str()), ("x-test", "silent")],
        )
        .await;
    let mut other = intermediary();
    other.territory = Scope::Mandate("4900000002".to_owned());
    other.mandate.as_mut().unwrap().matricola = "4900000002".to_owned();
    world.anagrafe.says(other);
    world.clock.advance(TimeDelta::seconds(3));
    assert_eq!(read(response).await.code(), Code::Aborted);
}

#[tokio::test]
async fn when_the_gateway_stops_streams_are_sent_elsewhere_and_calls_end() {
    let (mut world, token) = watching().await;
    let client = world.client().await;
    let known = [("authorization", token.as_str())];
    let (send, unary) = client.stream(SUBMIT, &known).await;
    let (_open, stream) = client
        .stream(
            WATCH,
            &[("authorization", token.as_str()), ("x-test", "silent")],
        )
        .await;
    world.begin_stop();
    let ended = read(stream).await;
    assert_eq!(
        (ended.code(), ended.reason().as_str()),
        (Code::Unavailable, "IDN-E19")
    );
    send.send("the last word".into()).await.unwrap();
    drop(send);
    let answer = read(unary).await;
    assert_eq!(
        (answer.code(), answer.body.as_ref()),
        (Code::Ok, b"the last word".as_ref())
    );
    world.stop().await;
    eventually(async || client.is_closed()).await;
}

#[tokio::test]
async fn a_service_that_breaks_off_is_unavailable() {
    let world = World::new().await;
    let answer = world.call(OFFICE, &[("x-test", "break")]).await;
    assert_eq!(
        (answer.code(), answer.reason().as_str()),
        (Code::Unavailable, "IDN-E19")
    );
}

#[tokio::test]
async fn a_caller_who_leaves_takes_the_call_along() {
    let (world, token) = watching().await;
    let client = world.client().await;
    let (send, response) = client
        .stream(
            WATCH,
            &[("authorization", token.as_str()), ("x-test", "silent")],
        )
        .await;
    drop((send, response));
    eventually(async || world.seen.abandoned.load(Ordering::SeqCst) == 1).await;
}
