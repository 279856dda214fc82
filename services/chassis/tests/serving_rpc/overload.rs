//! Too much at a time, and too slow.

use std::time::Duration;

use chassis::config::ServerConfig;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt;

use super::support::{HELD, Handlers, Keys, NEVER, PLAIN, Server, office, reason};

#[tokio::test]
async fn a_request_beyond_the_limit_is_sent_away_at_once_with_a_time_to_come_back() {
    let handlers = Handlers::new();
    let config = ServerConfig {
        max_concurrent_requests: 1,
        ..ServerConfig::default()
    };
    let server = Server {
        config,
        ..Server::default()
    }
    .start(&Keys::new(), &handlers)
    .await;
    let first = tokio::spawn(office(server.channel().await, HELD));
    handlers.entered().await;

    let status = server.office(PLAIN).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::Unavailable, "IDN-E19")
    );
    assert!(
        status
            .get_details_retry_info()
            .unwrap()
            .retry_delay
            .unwrap()
            > Duration::ZERO
    );

    handlers.release();
    first.await.unwrap().unwrap();
    server.office(PLAIN).await.unwrap();
}

#[tokio::test]
async fn probes_are_answered_also_under_overload() {
    let handlers = Handlers::new();
    let config = ServerConfig {
        max_concurrent_requests: 1,
        ..ServerConfig::default()
    };
    let server = Server {
        config,
        ..Server::default()
    }
    .start(&Keys::new(), &handlers)
    .await;
    let _first = tokio::spawn(office(server.channel().await, NEVER));
    handlers.entered().await;

    let mut health = HealthClient::new(server.channel().await);
    health
        .check(HealthCheckRequest {
            service: "liveness".to_owned(),
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn an_answer_that_does_not_come_in_time_is_given_up() {
    let config = ServerConfig {
        default_deadline_ms: 20,
        ..ServerConfig::default()
    };
    let server = Server {
        config,
        ..Server::default()
    }
    .start(&Keys::new(), &Handlers::new())
    .await;
    let status = server.office(NEVER).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::DeadlineExceeded, "DEADLINE")
    );
}
