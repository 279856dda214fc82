//! The gRPC server of a service: what stands between the network and its handlers, and how it stops.

pub mod admin;
mod answer;
mod connections;
pub(crate) mod deadline;
mod entry;
pub mod health;
pub(crate) mod method;
pub(crate) mod observe;
mod panics;
mod shed;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use futures_util::future::BoxFuture;
use http::Request;
use hyper::body::Incoming;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tonic::service::Routes;
use tonic_health::pb::health_server::HealthServer;
use tonic_health::server::HealthService;
use tower::ServiceExt;

use crate::access::Rules;
use crate::config::ServerConfig;
use crate::identity::token::Verifier;
use crate::lifecycle::Stop;
use connections::Connections;
use health::Health;

/// What a server needs besides its handlers.
#[derive(Debug)]
pub struct Setup {
    /// Name of the service, in logs, metrics and health.
    pub service: &'static str,
    /// Full names of the gRPC services, for health.
    pub grpc_services: Vec<&'static str>,
    /// Limits.
    pub config: ServerConfig,
    /// Checks the internal tokens.
    pub verifier: Verifier,
}

/// A loop that runs beside the server; it ends when told to stop.
pub type Task = BoxFuture<'static, ()>;

/// Serves until `stop`, then drains: readiness says no, requests under way finish within their budget, then the tasks
/// within theirs. Fails when a task ends before it was told to: something that others rely on would be missing.
pub async fn serve(
    setup: Setup,
    routes: Routes,
    tasks: Vec<Task>,
    listener: TcpListener,
    stop: Stop,
) -> Result<(), ServeError> {
    let health = Health::of(setup.service, &setup.grpc_services);
    let connections = Connections::new(&setup.config);
    let answer = answering(&setup, routes, &health);
    let mut tasks: JoinSet<()> = tasks.into_iter().collect();

    health.ready().await;
    tracing::info!(
        service = setup.service,
        address = address_of(&listener),
        "serving"
    );
    let outcome = tokio::select! {
        never = connections.accept(&listener, answer.clone()) => match never {},
        failed = first_ended(&mut tasks) => Err(failed),
        () = stop.cancelled() => Ok(()),
    };
    stop.cancel();

    health.draining().await;
    settle(&setup, &connections, &listener, answer).await;
    drop(listener);
    health.release_watchers().await;
    let cut = connections
        .drain(Duration::from_millis(setup.config.drain_ms))
        .await;
    let unfinished = finish(tasks, Duration::from_millis(setup.config.tasks_ms)).await;
    tracing::info!(
        service = setup.service,
        connections_cut = cut,
        tasks_cut = unfinished,
        "stopped"
    );
    outcome
}

/// A server ended otherwise than by being told to.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A task beside the server panicked.
    #[error("a background task panicked")]
    TaskPanicked(#[source] tokio::task::JoinError),
    /// A task beside the server returned although it was not told to stop.
    #[error("a background task ended early")]
    TaskEnded,
}

/// The stack, from the outside in.
fn stack(setup: &Setup, routes: Routes) -> Router {
    let gate = entry::Gate {
        rules: Rules::embedded(),
        verifier: setup.verifier.clone(),
    };
    let permits =
        usize::try_from(setup.config.max_concurrent_requests).unwrap_or(Semaphore::MAX_PERMITS);
    let layers = tower::ServiceBuilder::new()
        // Outermost: whatever is answered below, also a refusal, is traced, logged and measured.
        .layer(from_fn_with_state(
            Arc::new(observe::Observer::of(setup.service)),
            observe::watch,
        ))
        // Before anything that may panic, inside the span so that the panic is logged with its trace.
        .layer(from_fn(panics::catch))
        // Before any work is done for the request: shedding must cost less than serving.
        .layer(from_fn_with_state(
            Arc::new(Semaphore::new(permits)),
            shed::limit,
        ))
        // Before the body is read: a caller who may not enter costs one signature check.
        .layer(from_fn_with_state(Arc::new(gate), entry::check))
        // Innermost: the time is that of the handler, and the task-local deadline reaches nothing else.
        .layer(from_fn_with_state(
            Arc::new(deadline::Deadlines::of(&setup.config)),
            deadline::keep,
        ));
    routes.into_axum_router().layer(layers)
}

/// Health and reflection stand outside the stack: a probe is answered also under overload, and carries no token.
fn open_to_all(health: &Health) -> Router {
    let routes = Routes::new(HealthServer::new(HealthService::from_health_reporter(
        health.reporter(),
    )));
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(proto::DESCRIPTORS)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1();
    match reflection {
        Ok(reflection) => routes.add_service(reflection),
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "reflection is not served"
            );
            routes
        }
    }
    .prepare()
    .into_axum_router()
}

fn answering(
    setup: &Setup,
    routes: Routes,
    health: &Health,
) -> impl Fn(Request<Incoming>) -> BoxFuture<'static, axum::response::Response>
+ Clone
+ Send
+ Sync
+ 'static {
    let ours = stack(setup, routes).with_state(());
    let open = open_to_all(health);
    move |request| {
        let chosen = if request.uri().path().starts_with("/grpc.") {
            open.clone()
        } else {
            ours.clone()
        };
        Box::pin(async move {
            match chosen.oneshot(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            }
        })
    }
}

/// Goes on accepting while balancers learn that this instance is leaving.
async fn settle<A>(setup: &Setup, connections: &Connections, listener: &TcpListener, answer: A)
where
    A: Fn(Request<Incoming>) -> BoxFuture<'static, axum::response::Response>
        + Clone
        + Send
        + Sync
        + 'static,
{
    let pause = Duration::from_millis(setup.config.settle_ms);
    tokio::select! {
        never = connections.accept(listener, answer) => match never {},
        () = tokio::time::sleep(pause) => {}
    }
}

async fn first_ended(tasks: &mut JoinSet<()>) -> ServeError {
    match tasks.join_next().await {
        Some(Ok(())) => ServeError::TaskEnded,
        Some(Err(error)) => ServeError::TaskPanicked(error),
        None => std::future::pending().await,
    }
}

/// Waits for the tasks, which the stop token has told to end; returns how many had to be cut.
async fn finish(mut tasks: JoinSet<()>, budget: Duration) -> usize {
    let all = async { while tasks.join_next().await.is_some() {} };
    if tokio::time::timeout(budget, all).await.is_ok() {
        return 0;
    }
    let left = tasks.len();
    tasks.shutdown().await;
    left
}

fn address_of(listener: &TcpListener) -> String {
    listener
        .local_addr()
        .map(|address| address.to_string())
        .unwrap_or_default()
}
