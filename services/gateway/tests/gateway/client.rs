//! A caller that speaks HTTP/2 by hand, to see everything that comes back.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::client::conn::http2::SendRequest;
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::convert::Infallible;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status};
use tonic_types::StatusExt;

/// Nothing in these tests takes so long.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) type Outgoing = BoxBody<Bytes, Infallible>;

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) status: Status,
}

impl Answer {
    pub(crate) fn code(&self) -> Code {
        self.status.code()
    }

    /// Reason in the details, such as `IDN-E04`; empty for success.
    pub(crate) fn reason(&self) -> String {
        self.status
            .get_details_error_info()
            .map(|info| info.reason)
            .unwrap_or_default()
    }

    pub(crate) fn number(&self, header: &str) -> u32 {
        self.headers[header].to_str().unwrap().parse().unwrap()
    }
}

/// A connection.
#[derive(Clone)]
pub(crate) struct Client(SendRequest<Outgoing>);

impl Client {
    pub(crate) async fn over<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
        stream: S,
    ) -> Self {
        let (sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
                .await
                .unwrap();
        tokio::spawn(connection);
        Self(sender)
    }

    /// A call with one message.
    pub(crate) async fn call(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        message: impl Into<Bytes>,
    ) -> Answer {
        let response = self
            .open(request(path, headers, Full::new(message.into()).boxed()))
            .await;
        read(response).await
    }

    /// A call whose messages are sent as they come.
    pub(crate) async fn stream(
        &self,
        path: &str,
        headers: &[(&str, &str)],
    ) -> (mpsc::Sender<Bytes>, Response<Incoming>) {
        let (send, receive) = mpsc::channel(1);
        let frames = ReceiverStream::new(receive).map(|bytes| Ok(Frame::data(bytes)));
        let response = self
            .open(request(
                path,
                headers,
                BodyExt::boxed(StreamBody::new(frames)),
            ))
            .await;
        (send, response)
    }

    pub(crate) async fn open(&self, request: Request<Outgoing>) -> Response<Incoming> {
        within(self.0.clone().send_request(request)).await.unwrap()
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.0.is_closed()
    }
}

fn request(path: &str, headers: &[(&str, &str)], body: Outgoing) -> Request<Outgoing> {
    let mut request = Request::post(format!("http://gateway.test{path}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body).unwrap()
}

/// Reads an answer to its end.
pub(crate) async fn read(response: Response<Incoming>) -> Answer {
    let (parts, body) = response.into_parts();
    let collected = within(body.collect()).await.unwrap();
    let trailers = collected.trailers().cloned().unwrap_or_default();
    let status = Status::from_header_map(&trailers)
        .or_else(|| Status::from_header_map(&parts.headers))
        .unwrap_or_else(|| Status::unknown("no status"));
    Answer {
        headers: parts.headers,
        body: collected.to_bytes(),
        status,
    }
}

/// Waits, but not for ever.
pub(crate) async fn within<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(PATIENCE, future)
        .await
        .expect("it happens soon")
}
