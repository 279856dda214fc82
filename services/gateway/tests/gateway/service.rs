//! A service behind the gateway: answers each message with the same, as it comes, and remembers what reached it.

use std::convert::Infallible;
use std::future::ready;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body::{Body, Frame};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;

/// A piece of a stream without end.
pub(crate) const PIECE: usize = 16 * 1024;

#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Headers of the last call.
    pub(crate) headers: Mutex<HeaderMap>,
    /// Calls so far.
    pub(crate) calls: AtomicU64,
    /// Bytes of endless streams that were taken from the service.
    pub(crate) streamed: AtomicU64,
    /// Calls that ended before their answer did.
    pub(crate) abandoned: AtomicU64,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.headers
            .lock()
            .unwrap()
            .get(name)
            .map(|value| value.to_str().unwrap().to_owned())
    }
}

/// Starts the service.
pub(crate) async fn start() -> (SocketAddr, Arc<Seen>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Arc::new(Seen::default());
    let shared = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let seen = Arc::clone(&shared);
            let service =
                service_fn(move |request| ready(Ok::<_, Infallible>(answer(&seen, request))));
            let connection = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(stream), service);
            tokio::spawn(connection);
        }
    });
    (address, seen)
}

fn answer(seen: &Arc<Seen>, request: Request<Incoming>) -> Response<Echo> {
    seen.calls.fetch_add(1, Ordering::SeqCst);
    *seen.headers.lock().unwrap() = request.headers().clone();
    let kind = match request.headers().get("x-test").map(HeaderValue::as_bytes) {
        Some(b"silent") => Kind::Silent,
        Some(b"endless") => Kind::Endless,
        Some(b"break") => Kind::Break,
        _ => Kind::Echo(request.into_body()),
    };
    let mut response = Response::new(Echo {
        kind,
        seen: Arc::clone(seen),
        ended: false,
    });
    response
        .headers_mut()
        .insert("content-type", HeaderValue::from_static("application/grpc"));
    response
}

enum Kind {
    /// Everything back.
    Echo(Incoming),
    /// An open stream on which nothing happens.
    Silent,
    /// As much as is taken.
    Endless,
    /// An answer that breaks off.
    Break,
}

struct Echo {
    kind: Kind,
    seen: Arc<Seen>,
    ended: bool,
}

impl Body for Echo {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        match &mut self.kind {
            Kind::Silent => Poll::Pending,
            Kind::Break => Poll::Ready(Some(Err(std::io::Error::other("broken off")))),
            Kind::Endless => {
                self.seen.streamed.fetch_add(PIECE as u64, Ordering::SeqCst);
                Poll::Ready(Some(Ok(Frame::data(Bytes::from(vec![0; PIECE])))))
            }
            Kind::Echo(body) => match Pin::new(body).poll_frame(context) {
                Poll::Ready(Some(Ok(frame))) => Poll::Ready(Some(Ok(frame))),
                Poll::Ready(Some(Err(error))) => {
                    Poll::Ready(Some(Err(std::io::Error::other(error))))
                }
                Poll::Pending => Poll::Pending,
                Poll::Ready(None) => {
                    self.ended = true;
                    let trailers =
                        [("grpc-status", "0"), ("x-trailer", "kept")].map(|(name, value)| {
                            (name.parse().unwrap(), HeaderValue::from_static(value))
                        });
                    Poll::Ready(Some(Ok(Frame::trailers(HeaderMap::from_iter(trailers)))))
                }
            },
        }
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        if !self.ended {
            self.seen.abandoned.fetch_add(1, Ordering::SeqCst);
        }
    }
}
