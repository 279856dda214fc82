//! HTTP/2 connections: accepted until the service stops, then asked to end, then cut.

use std::convert::Infallible;
use std::future::Future;
use std::time::Duration;

use axum::body::Body;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rand::Rng;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::ServerConfig;

/// How often an idle connection is asked for a sign of life, and how long the answer may take.
const KEEP_ALIVE: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(10));
/// Pause after an accept that failed, for instance since no file descriptor is left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Largest sum of the request headers, bytes: above what the gateway lets in, since the internal token comes on top.
const HEADER_BYTES_MAX: u32 = 64 * 1024;

/// The connections of one server.
#[derive(Debug)]
pub(super) struct Connections {
    tracker: TaskTracker,
    closing: CancellationToken,
    cut: CancellationToken,
    age_max: Duration,
}

impl Connections {
    pub(super) fn new(config: &ServerConfig) -> Self {
        Self {
            tracker: TaskTracker::new(),
            closing: CancellationToken::new(),
            cut: CancellationToken::new(),
            age_max: Duration::from_secs(config.max_connection_age_s),
        }
    }

    /// Accepts connections and answers their requests with `answer`. Runs until it is dropped.
    pub(super) async fn accept<A, F>(&self, listener: &TcpListener, answer: A) -> Infallible
    where
        A: Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Response<Body>> + Send + 'static,
    {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => self.open(stream, answer.clone()),
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "connection not accepted"
                    );
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    /// Asks every connection to end once its requests are answered; after `budget` cuts those that are left, and
    /// returns how many.
    pub(super) async fn drain(&self, budget: Duration) -> usize {
        self.closing.cancel();
        self.tracker.close();
        if tokio::time::timeout(budget, self.tracker.wait())
            .await
            .is_ok()
        {
            return 0;
        }
        let left = self.tracker.len();
        self.cut.cancel();
        self.tracker.wait().await;
        left
    }

    fn open<A, F>(&self, stream: TcpStream, answer: A)
    where
        A: Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Response<Body>> + Send + 'static,
    {
        let (closing, cut, age) = (
            self.closing.clone(),
            self.cut.clone(),
            with_jitter(self.age_max),
        );
        self.tracker.spawn(async move {
            tokio::select! {
                () = serve(stream, answer, age, closing) => {}
                () = cut.cancelled() => {}
            }
        });
    }
}

async fn serve<A, F>(stream: TcpStream, answer: A, age: Duration, closing: CancellationToken)
where
    A: Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response<Body>> + Send + 'static,
{
    // Small answers must not wait for more to send.
    let _ = stream.set_nodelay(true);
    let service = hyper::service::service_fn(move |request| {
        let answer = answer(request);
        async move { Ok::<_, Infallible>(answer.await) }
    });
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .keep_alive_interval(KEEP_ALIVE.0)
        .keep_alive_timeout(KEEP_ALIVE.1)
        .max_header_list_size(HEADER_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        // Old connections end too, so that callers spread over instances that came later.
        () = tokio::time::sleep(age) => None,
        () = closing.cancelled() => None,
    };
    let ended = if let Some(ended) = ended {
        ended
    } else {
        connection.as_mut().graceful_shutdown();
        connection.await
    };
    if let Err(error) = ended {
        tracing::debug!(error = &error as &dyn std::error::Error, "connection ended");
    }
}

/// Up to a tenth longer, so that the connections of one start do not all end together.
fn with_jitter(age: Duration) -> Duration {
    age + rand::rng().random_range(Duration::ZERO..=age / 10)
}
