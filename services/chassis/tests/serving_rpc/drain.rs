//! How a service stops.

use std::time::Duration;

use chassis::config::ServerConfig;
use chassis::lifecycle::Stop;
use chassis::server::ServeError;
use tokio::net::TcpStream;
use tonic::Code;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::v1::{ServerReflectionRequest, ServerReflectionResponse};

use super::support::{HELD, Handlers, Keys, NEVER, Running, Server, office};

fn about(service: &str) -> HealthCheckRequest {
    HealthCheckRequest {
        service: service.to_owned(),
    }
}

fn status_of(answer: HealthCheckResponse) -> ServingStatus {
    answer.status()
}

async fn health(server: &Running) -> HealthClient<tonic::transport::Channel> {
    HealthClient::new(server.channel().await)
}

#[tokio::test]
async fn live_ready_and_started_are_asked_one_by_one() {
    let server = Server::default()
        .start(&Keys::new(), &Handlers::new())
        .await;
    let mut health = health(&server).await;
    for service in [
        "",
        "liveness",
        "readiness",
        "startup",
        "omnia.anagrafe.v1.TerritoryService",
    ] {
        let answer = health.check(about(service)).await.unwrap().into_inner();
        assert_eq!(status_of(answer), ServingStatus::Serving, "{service}");
    }
    assert_eq!(
        health.check(about("chat")).await.unwrap_err().code(),
        Code::NotFound
    );
}

#[tokio::test]
async fn the_contract_can_be_asked_for_by_reflection() {
    let server = Server::default()
        .start(&Keys::new(), &Handlers::new())
        .await;
    let mut client = ServerReflectionClient::new(server.channel().await);
    let list = MessageRequest::ListServices(String::new());
    let question = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(list),
    };
    let mut answers = client
        .server_reflection_info(tokio_stream::once(question))
        .await
        .unwrap()
        .into_inner();
    let answer: ServerReflectionResponse = answers.message().await.unwrap().unwrap();
    let Some(MessageResponse::ListServicesResponse(list)) = answer.message_response else {
        panic!("a list of services");
    };
    let names: Vec<_> = list
        .service
        .iter()
        .map(|service| service.name.as_str())
        .collect();
    assert!(
        names.contains(&"omnia.anagrafe.v1.TerritoryService"),
        "{names:?}"
    );
    assert!(names.contains(&"grpc.health.v1.Health"), "{names:?}");
}

#[tokio::test]
async fn a_service_that_stops_says_so_and_finishes_what_it_began() {
    let handlers = Handlers::new();
    let server = Server::default().start(&Keys::new(), &handlers).await;
    let mut probe = health(&server).await;
    let mut readiness = probe.watch(about("readiness")).await.unwrap().into_inner();
    assert_eq!(
        status_of(readiness.message().await.unwrap().unwrap()),
        ServingStatus::Serving
    );
    let under_way = tokio::spawn(office(server.channel().await, HELD));
    handlers.entered().await;

    server.stop.cancel();
    assert_eq!(
        status_of(readiness.message().await.unwrap().unwrap()),
        ServingStatus::NotServing
    );
    assert!(
        readiness.message().await.unwrap().is_none(),
        "watchers are let go"
    );
    while TcpStream::connect(server.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!server.ended.is_finished(), "a request is still under way");

    handlers.release();
    assert_eq!(under_way.await.unwrap().unwrap().code, HELD);
    server.ended.await.unwrap().unwrap();
}

#[tokio::test]
async fn while_balancers_learn_that_it_leaves_a_service_still_answers() {
    let config = ServerConfig {
        settle_ms: 3_600_000,
        ..ServerConfig::default()
    };
    let server = Server {
        config,
        ..Server::default()
    }
    .start(&Keys::new(), &Handlers::new())
    .await;
    let mut probe = health(&server).await;
    let mut readiness = probe.watch(about("readiness")).await.unwrap().into_inner();
    readiness.message().await.unwrap().unwrap();

    server.stop.cancel();
    assert_eq!(
        status_of(readiness.message().await.unwrap().unwrap()),
        ServingStatus::NotServing
    );
    server.office(super::support::PLAIN).await.unwrap();
    let alive = health(&server)
        .await
        .check(about("liveness"))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        status_of(alive),
        ServingStatus::Serving,
        "not ready is not dead"
    );
}

#[tokio::test]
async fn a_request_that_never_ends_is_cut_when_the_budget_is_spent() {
    let handlers = Handlers::new();
    let config = ServerConfig {
        drain_ms: 50,
        ..ServerConfig::default()
    };
    let server = Server {
        config,
        ..Server::default()
    }
    .start(&Keys::new(), &handlers)
    .await;
    let under_way = tokio::spawn(office(server.channel().await, NEVER));
    handlers.entered().await;
    server.stopped().await.unwrap();
    under_way.await.unwrap().unwrap_err();
}

#[tokio::test]
async fn tasks_end_with_the_service_and_a_stubborn_one_is_cut() {
    let stop = Stop::new();
    let watching = stop.clone();
    let tasks: Vec<chassis::server::Task> = vec![
        Box::pin(async move { watching.cancelled().await }),
        Box::pin(std::future::pending()),
    ];
    let config = ServerConfig {
        tasks_ms: 50,
        ..ServerConfig::default()
    };
    let server = Server {
        config,
        tasks,
        stop,
        ..Server::default()
    }
    .start(&Keys::new(), &Handlers::new())
    .await;
    server.stopped().await.unwrap();
}

#[tokio::test]
async fn a_task_that_ends_before_its_time_ends_the_service() {
    let tasks: Vec<chassis::server::Task> = vec![Box::pin(tokio::time::sleep(Duration::ZERO))];
    let server = Server {
        tasks,
        ..Server::default()
    }
    .start(&Keys::new(), &Handlers::new())
    .await;
    assert!(matches!(
        server.ended.await.unwrap(),
        Err(ServeError::TaskEnded)
    ));

    let tasks: Vec<chassis::server::Task> = vec![Box::pin(async { panic!("on purpose") })];
    let server = Server {
        tasks,
        ..Server::default()
    }
    .start(&Keys::new(), &Handlers::new())
    .await;
    assert!(matches!(
        server.ended.await.unwrap(),
        Err(ServeError::TaskPanicked(_))
    ));
}
