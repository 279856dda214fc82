//! gRPC-Web, browsers, and callers that speak plain HTTP.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::client::within;
use crate::world::{OFFICE, SUBMIT, World};

const ORIGIN: &str = "https://portale.test";

async fn send(world: &World, request: Request<Full<Bytes>>) -> Response<Bytes> {
    let stream = TcpStream::connect(world.address()).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .unwrap();
    tokio::spawn(connection);
    let response = within(sender.send_request(request)).await.unwrap();
    let (parts, body) = response.into_parts();
    Response::from_parts(parts, within(body.collect()).await.unwrap().to_bytes())
}

async fn get(world: &World, path: &str, language: &str) -> (StatusCode, String, Value) {
    let request = Request::get(path)
        .header("host", "gateway.test")
        .header("accept-language", language);
    let response = send(world, request.body(Full::default()).unwrap()).await;
    let kind = response.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    (
        response.status(),
        kind,
        serde_json::from_slice(response.body()).unwrap(),
    )
}

fn message(text: &str) -> Bytes {
    let mut framed = vec![0];
    framed.extend(u32::try_from(text.len()).unwrap().to_be_bytes());
    framed.extend(text.as_bytes());
    framed.into()
}

fn web(path: &str, kind: &str, token: &str, body: Bytes) -> Request<Full<Bytes>> {
    Request::post(path)
        .header("host", "gateway.test")
        .header("origin", ORIGIN)
        .header("content-type", kind)
        .header("accept", kind)
        .header("x-grpc-web", "1")
        .header("authorization", token)
        .body(Full::new(body))
        .unwrap()
}

async fn portal() -> World {
    World::with(|config| config.cors_origins = vec![ORIGIN.to_owned()]).await
}

#[tokio::test]
async fn a_browser_calls_with_grpc_web_over_http_1() {
    let world = portal().await;
    let request = web(
        SUBMIT,
        "application/grpc-web+proto",
        &world.token(),
        message("ciao"),
    );
    let response = send(&world, request).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["access-control-allow-origin"], ORIGIN);
    assert!(response.headers().contains_key("x-ratelimit-remaining"));
    let body = response.body();
    assert!(body.starts_with(&message("ciao")), "the message");
    let trailers = &body[message("ciao").len()..];
    assert_eq!(trailers[0], 0x80);
    assert!(String::from_utf8_lossy(trailers).contains("grpc-status:0"));
    assert_eq!(
        world.seen.header("content-type").unwrap(),
        "application/grpc"
    );
}

#[tokio::test]
async fn grpc_web_as_text_is_understood() {
    let world = portal().await;
    let body = STANDARD.encode(message("ciao"));
    let request = web(
        SUBMIT,
        "application/grpc-web-text",
        &world.token(),
        body.into(),
    );
    let response = send(&world, request).await;
    assert_eq!(response.status(), StatusCode::OK);
    let text = std::str::from_utf8(response.body()).unwrap();
    assert!(
        text.starts_with(&STANDARD.encode(message("ciao"))),
        "{text}"
    );
}

#[tokio::test]
async fn a_refusal_reaches_the_page_with_its_code() {
    let world = portal().await;
    let request = web(
        SUBMIT,
        "application/grpc-web+proto",
        "Bearer nonsense",
        message("ciao"),
    );
    let response = send(&world, request).await;
    assert_eq!(response.headers()["grpc-status"], "16");
    let exposed = response.headers()["access-control-expose-headers"]
        .to_str()
        .unwrap();
    assert!(exposed.contains("grpc-status-details-bin") && exposed.contains("www-authenticate"));
}

#[tokio::test]
async fn only_pages_of_the_list_may_call() {
    let world = portal().await;
    let ask = |origin: &str| {
        Request::options(SUBMIT)
            .header("host", "gateway.test")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,x-grpc-web")
            .body(Full::default())
            .unwrap()
    };
    let allowed = send(&world, ask(ORIGIN)).await;
    assert_eq!(allowed.status(), StatusCode::NO_CONTENT);
    assert_eq!(allowed.headers()["access-control-allow-origin"], ORIGIN);
    let refused = send(&world, ask("https://altrove.test")).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert!(
        !refused
            .headers()
            .contains_key("access-control-allow-origin")
    );
}

#[tokio::test]
async fn the_status_page_is_a_problem_that_is_none() {
    let world = World::new().await;
    let (status, kind, page) = get(&world, "/status", "it").await;
    assert_eq!(
        (status, kind.as_str()),
        (StatusCode::OK, "application/problem+json")
    );
    assert_eq!(page["status"], 200);
}

#[tokio::test]
async fn a_path_that_leads_nowhere_says_so_in_the_language_asked_for() {
    let world = World::new().await;
    let (status, kind, page) = get(&world, "/nulla", "it").await;
    assert_eq!(
        (status, kind.as_str()),
        (StatusCode::NOT_FOUND, "application/problem+json")
    );
    assert_eq!(
        (page["code"].as_str(), page["detail"].as_str()),
        (Some("IDN-E06"), Some("Elemento non trovato."))
    );
    assert_eq!(page["trace_id"].as_str().unwrap().len(), 32);
    let (_, _, page) = get(&world, "/nulla", "en").await;
    assert_eq!(page["detail"], "Not found.");
}

#[tokio::test]
async fn a_method_called_as_a_web_page_asks_for_grpc() {
    let world = World::new().await;
    let (status, kind, _) = get(&world, OFFICE, "it").await;
    assert_eq!(
        (status, kind.as_str()),
        (
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "application/problem+json"
        )
    );
}
