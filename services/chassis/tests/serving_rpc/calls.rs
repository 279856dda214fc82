//! Calls from one service to another.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use chassis::client::{Channels, ServiceChannel};
use chassis::config::ClientConfig;
use proto::omnia::anagrafe::v1::mandates_service_client::MandatesServiceClient;
use proto::omnia::anagrafe::v1::territory_service_client::TerritoryServiceClient;
use proto::omnia::anagrafe::v1::{GetOfficeRequest, WithdrawMandateRequest};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tonic::{Code, Request, Status};

use super::support::{
    ELSEWHERE, Handlers, Keys, NEVER, PLAIN, Running, Server, consultant, office, reason,
};

/// Channels of the service `claims` to `elsewhere`.
fn channels(keys: &Keys, elsewhere: &Running) -> Channels {
    Channels::to_urls(
        [("elsewhere", elsewhere.address.into())],
        Some(keys.signer("claims")),
    )
}

async fn channel_to(handlers: &Arc<Handlers>) -> (Keys, Running, ServiceChannel) {
    let keys = Keys::new();
    let server = Server::default().start(&keys, handlers).await;
    let channel = channels(&keys, &server).to("elsewhere");
    (keys, server, channel)
}

/// Milliseconds of a `grpc-timeout` that we wrote.
fn millis(timeout: &str) -> u64 {
    timeout
        .strip_suffix('m')
        .and_then(|digits| digits.parse().ok())
        .unwrap_or_else(|| panic!("{timeout:?}"))
}

#[tokio::test]
async fn a_service_calls_in_its_own_name() {
    let (keys, _server, channel) = channel_to(&Handlers::new()).await;
    let office = office(channel, PLAIN).await.unwrap();
    let token = office.parent_code.strip_prefix("Bearer ").unwrap();
    let caller = keys.verifier().verify(token).unwrap();
    assert_eq!(caller.service.as_deref(), Some("claims"));
}

#[tokio::test]
async fn a_call_on_behalf_of_somebody_keeps_their_name() {
    let (keys, _server, channel) = channel_to(&Handlers::new()).await;
    let token = keys.token(&consultant("4901234567"));
    let request = super::support::with_token(
        GetOfficeRequest {
            code: PLAIN.to_owned(),
        },
        &token,
    );
    let answer = TerritoryServiceClient::new(channel)
        .get_office(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        answer.office.unwrap().parent_code,
        format!("Bearer {token}")
    );
}

#[tokio::test]
async fn a_call_that_serves_no_request_has_the_default_deadline() {
    let (_keys, _server, channel) = channel_to(&Handlers::new()).await;
    let left = millis(&office(channel, PLAIN).await.unwrap().name);
    assert!((1..=5_000).contains(&left), "{left}");
}

#[tokio::test]
async fn what_is_left_of_the_deadline_is_passed_on() {
    let keys = Keys::new();
    let elsewhere = Server::default().start(&keys, &Handlers::new()).await;
    let handlers = Handlers::asking(Some(channels(&keys, &elsewhere)));
    let server = Server::default().start(&keys, &handlers).await;

    let mut request = Request::new(GetOfficeRequest {
        code: ELSEWHERE.to_owned(),
    });
    request.set_timeout(Duration::from_secs(3));
    let mut client = TerritoryServiceClient::new(server.channel().await);
    let office = client
        .get_office(request)
        .await
        .unwrap()
        .into_inner()
        .office
        .unwrap();
    let left = millis(&office.name);
    assert!((1..=3_000).contains(&left), "{left}");
}

#[tokio::test]
async fn a_call_that_is_not_answered_in_time_is_given_up() {
    let keys = Keys::new();
    let server = Server::default().start(&keys, &Handlers::new()).await;
    let config = ClientConfig {
        deadline_ms: 20,
        ..ClientConfig::default()
    };
    let channel = channels(&keys, &server).with_config(config).to("elsewhere");
    let status = office(channel, NEVER).await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
}

#[tokio::test]
async fn an_idempotent_call_is_tried_again_when_the_other_side_is_unavailable() {
    let handlers = Handlers::unavailable_for(2);
    let (_keys, _server, channel) = channel_to(&handlers).await;
    assert_eq!(office(channel, PLAIN).await.unwrap().code, PLAIN);
    assert_eq!(handlers.calls(), 3);
}

#[tokio::test]
async fn a_call_is_not_tried_for_ever() {
    let handlers = Handlers::unavailable_for(u32::MAX);
    let (_keys, _server, channel) = channel_to(&handlers).await;
    assert_eq!(
        office(channel, PLAIN).await.unwrap_err().code(),
        Code::Unavailable
    );
    assert_eq!(handlers.calls(), 3);
}

#[tokio::test]
async fn retries_stop_when_their_budget_is_spent() {
    let keys = Keys::new();
    let handlers = Handlers::unavailable_for(u32::MAX);
    let server = Server::default().start(&keys, &handlers).await;
    let config = ClientConfig {
        retry_percent: 0,
        ..ClientConfig::default()
    };
    let channel = channels(&keys, &server).with_config(config).to("elsewhere");
    let calls: JoinSet<_> = (0..100).map(|_| office(channel.clone(), PLAIN)).collect();
    assert!(calls.join_all().await.iter().all(Result::is_err));
    assert!(
        handlers.calls() < 200,
        "{} attempts of 100 calls, 300 without a budget",
        handlers.calls()
    );
}

#[tokio::test]
async fn a_refusal_is_not_tried_again() {
    let handlers = Handlers::new();
    let (_keys, _server, channel) = channel_to(&handlers).await;
    let status = office(channel, "malformed").await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn a_call_that_changes_something_is_sent_once() {
    let (address, calls) = always_unavailable().await;
    let channels = Channels::to_urls([("elsewhere", address)], None);
    let status = MandatesServiceClient::new(channels.to("elsewhere"))
        .withdraw_mandate(WithdrawMandateRequest::default())
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

/// A server that counts calls of any method and answers UNAVAILABLE.
async fn always_unavailable() -> (chassis::config::ServiceUrl, Arc<AtomicU32>) {
    let calls = Arc::new(AtomicU32::new(0));
    let counted = calls.clone();
    let answer = move || {
        counted.fetch_add(1, Ordering::SeqCst);
        async { Status::unavailable("not now").into_http::<axum::body::Body>() }
    };
    let router = axum::Router::new().fallback(answer);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let incoming = tonic::transport::server::TcpIncoming::from(listener);
    tokio::spawn(
        tonic::transport::Server::builder()
            .add_routes(router.into())
            .serve_with_incoming(incoming),
    );
    (address.into(), calls)
}

#[tokio::test]
async fn a_service_that_comes_back_is_found_again() {
    let keys = Keys::new();
    let handlers = Handlers::new();
    let first = Server::default().start(&keys, &handlers).await;
    let address = first.address;
    let channel = channels(&keys, &first).to("elsewhere");
    office(channel.clone(), PLAIN).await.unwrap();
    first.stopped().await.unwrap();
    office(channel.clone(), PLAIN).await.unwrap_err();

    let _second = Server {
        address,
        ..Server::default()
    }
    .start(&keys, &handlers)
    .await;
    assert_eq!(office(channel, PLAIN).await.unwrap().code, PLAIN);
}

#[tokio::test]
async fn a_name_without_an_address_is_unavailable_rather_than_a_long_wait() {
    let channels = Channels::to_urls(
        [("elsewhere", "http://nowhere.invalid:1".parse().unwrap())],
        None,
    );
    let status = office(channels.to("elsewhere"), PLAIN).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::Unavailable, "IDN-E19")
    );
}

#[tokio::test]
#[should_panic(expected = "[services.payments]")]
async fn a_service_that_is_not_configured_is_noticed_when_the_caller_is_built() {
    let _ = Channels::to_urls([], None).to("payments");
}
