//! Connections: accepted, served, and let go.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use chassis::lifecycle::Stop;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_util::task::TaskTracker;

use crate::edge::Edge;

/// Connections at a time; more wait in the queue of the system.
const CONNECTIONS: usize = 10_000;
/// Streams at a time on one connection.
const STREAMS: u32 = 1_000;
const HANDSHAKE_PATIENCE: Duration = Duration::from_secs(10);
const HEADER_PATIENCE: Duration = Duration::from_secs(10);
const PING_INTERVAL: Duration = Duration::from_secs(20);
const STREAM_WINDOW: u32 = 1024 * 1024;
const CONNECTION_WINDOW: u32 = 4 * 1024 * 1024;
/// Pause when the system has no more file descriptors.
const PAUSE: Duration = Duration::from_millis(50);

/// Serves until `stop`, then lets what is under way end within `drain`.
pub(crate) async fn serve(
    edge: Arc<Edge>,
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    stop: Stop,
    drain: Duration,
) {
    let open = TaskTracker::new();
    let abort = Stop::new();
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let builder = builder(edge.max_header_bytes);
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = accept(&listener, &room) => accepted,
        };
        let Some((stream, from, permit)) = accepted else {
            continue;
        };
        let (edge, tls, builder) = (Arc::clone(&edge), tls.clone(), builder.clone());
        let (stop, abort) = (stop.clone(), abort.clone());
        open.spawn(async move {
            tokio::select! {
                () = abort.cancelled() => {}
                () = greet(edge, builder, stream, from, tls, stop) => {}
            }
            drop(permit);
        });
    }
    drop(listener);
    open.close();
    if tokio::time::timeout(drain, open.wait()).await.is_err() {
        tracing::warn!(
            connections = open.len(),
            "the drain budget is over: what is still open is cut off"
        );
        abort.cancel();
        open.wait().await;
    }
}

type Accepted = (TcpStream, IpAddr, tokio::sync::OwnedSemaphorePermit);

async fn accept(listener: &TcpListener, room: &Arc<Semaphore>) -> Option<Accepted> {
    let permit = Arc::clone(room).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, from)) => Some((stream, from.ip().to_canonical(), permit)),
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "a connection cannot be accepted"
            );
            tokio::time::sleep(PAUSE).await;
            None
        }
    }
}

fn builder(max_header_bytes: u32) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        // The edge refuses with a reason what is a little too large; this is for what is far too large.
        .max_header_list_size(max_header_bytes.saturating_mul(4))
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_INTERVAL);
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_PATIENCE);
    builder
}

async fn greet(
    edge: Arc<Edge>,
    builder: auto::Builder<TokioExecutor>,
    stream: TcpStream,
    from: IpAddr,
    tls: Option<TlsAcceptor>,
    stop: Stop,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(
            error = &error as &dyn std::error::Error,
            "a connection ended before it began"
        );
        return;
    }
    let Some(tls) = tls else {
        return converse(edge, builder, stream, from, stop).await;
    };
    match tokio::time::timeout(HANDSHAKE_PATIENCE, tls.accept(stream)).await {
        Ok(Ok(stream)) => converse(edge, builder, stream, from, stop).await,
        Ok(Err(error)) => tracing::debug!(
            error = &error as &dyn std::error::Error,
            "a TLS handshake failed"
        ),
        Err(_) => tracing::debug!("a TLS handshake took too long"),
    }
}

async fn converse<S>(
    edge: Arc<Edge>,
    builder: auto::Builder<TokioExecutor>,
    stream: S,
    from: IpAddr,
    stop: Stop,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request| Arc::clone(&edge).handle(from, request));
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(
            error = &*error as &dyn std::error::Error,
            "a connection ended"
        );
    }
}
