//! What can be seen of a service from outside: traces, metrics, health over HTTP. One test, since telemetry starts once
//! in a process.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use chassis::clock::ManualClock;
use chassis::config::{ServerConfig, TelemetryConfig};
use chassis::identity::token::{Verifier, create_keys};
use chassis::lifecycle::Stop;
use chassis::server::{Setup, admin, health, serve};
use chassis::telemetry;
use proto::omnia::anagrafe::v1::GetOfficeRequest;
use proto::omnia::anagrafe::v1::territory_service_client::TerritoryServiceClient;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tonic::{Request, Status};
use tonic_types::StatusExt;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

async fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

async fn get(address: std::net::SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: omnia\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

/// A call within a trace that its caller began; it is refused, since nothing is served.
async fn refused_call(address: std::net::SocketAddr) -> Status {
    let mut client = TerritoryServiceClient::connect(format!("http://{address}"))
        .await
        .unwrap();
    let mut request = Request::new(GetOfficeRequest {
        code: "490000".to_owned(),
    });
    let traceparent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    request
        .metadata_mut()
        .insert("traceparent", traceparent.parse().unwrap());
    client.get_office(request).await.unwrap_err()
}

/// A collector that notes which signals come in.
async fn collector() -> (String, Arc<Mutex<BTreeSet<String>>>) {
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    let noted = seen.clone();
    let answer = async move |request: axum::extract::Request| {
        noted
            .lock()
            .unwrap()
            .insert(request.uri().path().to_owned());
        Status::unimplemented("only notes").into_http::<axum::body::Body>()
    };
    let router = axum::Router::new().fallback(answer);
    let listener = listener().await;
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let incoming = tonic::transport::server::TcpIncoming::from(listener);
    let server = tonic::transport::Server::builder().add_routes(router.into());
    tokio::spawn(server.serve_with_incoming(incoming));
    (endpoint, seen)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_can_be_watched_from_outside() {
    let (endpoint, exported) = collector().await;
    let config = TelemetryConfig {
        otlp_endpoint: Some(endpoint),
        ..chassis::config::Platform::default().telemetry
    };
    let guard = telemetry::init(&config, "omnia", "test-1").unwrap();
    assert!(
        telemetry::init(&config, "omnia", "test-1").is_err(),
        "telemetry starts once"
    );
    assert_eq!(
        tracing::level_filters::LevelFilter::current(),
        tracing::level_filters::LevelFilter::INFO,
        "what the filter leaves out is left out before anybody looks at it"
    );

    let (admin_listener, service_listener) = (listener().await, listener().await);
    let (admin_at, service_at) = (
        admin_listener.local_addr().unwrap(),
        service_listener.local_addr().unwrap(),
    );
    let admin_stop = Stop::new();
    let serving_admin = tokio::spawn(admin::serve(admin_listener, admin_stop.clone()));
    assert!(get(admin_at, "/livez").await.starts_with("HTTP/1.1 200"));
    assert!(
        get(admin_at, "/readyz").await.starts_with("HTTP/1.1 503"),
        "nothing is ready yet"
    );

    let keys = tempfile::tempdir().unwrap();
    create_keys(keys.path(), &["gateway"]).unwrap();
    let clock = Arc::new(ManualClock::at("2026-11-23T09:00:00Z".parse().unwrap()));
    let setup = Setup {
        service: "anagrafe",
        grpc_services: Vec::new(),
        config: ServerConfig::default(),
        verifier: Verifier::open(keys.path(), clock).unwrap(),
    };
    let stop = Stop::new();
    let serving = tokio::spawn(serve(
        setup,
        tonic::service::Routes::default(),
        Vec::new(),
        service_listener,
        stop.clone(),
    ));

    let status = refused_call(service_at).await;
    assert_eq!(
        status.get_details_request_info().unwrap().request_id,
        TRACE,
        "support finds the request by its trace"
    );

    let readiness = get(admin_at, "/readyz").await;
    assert!(
        readiness.starts_with("HTTP/1.1 200") && readiness.ends_with("anagrafe ready\n"),
        "{readiness}"
    );
    health::note("limits", health::State::Starting);
    assert!(
        get(admin_at, "/readyz").await.starts_with("HTTP/1.1 503"),
        "ready is when every service is"
    );

    let metrics = get(admin_at, "/metrics").await;
    let count = metrics
        .lines()
        .find(|line| line.starts_with("rpc_server_duration_seconds_count"))
        .unwrap();
    for label in [
        "code=\"UNIMPLEMENTED\"",
        "rpc_method=\"GetOffice\"",
        "rpc_service=\"omnia.anagrafe.v1.TerritoryService\"",
        "service=\"anagrafe\"",
    ] {
        assert!(count.contains(label), "{label} in {count}");
    }
    assert!(
        metrics.contains("service_instance_id=\"test-1\""),
        "{metrics}"
    );

    stop.cancel();
    serving.await.unwrap().unwrap();
    admin_stop.cancel();
    serving_admin.await.unwrap().unwrap();
    tokio::task::spawn_blocking(|| guard.shutdown())
        .await
        .unwrap();
    let signals = exported.lock().unwrap().clone();
    let export = |signal: &str, service: &str| {
        format!("/opentelemetry.proto.collector.{signal}.v1.{service}/Export")
    };
    for path in [
        export("trace", "TraceService"),
        export("metrics", "MetricsService"),
        export("logs", "LogsService"),
    ] {
        assert!(signals.contains(&path), "{path} in {signals:?}");
    }
}
