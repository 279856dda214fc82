//! Bodies that pass through: frame by frame as they come, with back-pressure both ways, never decoded.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use chassis::{Class, Failure, Reason};
use futures_util::future::BoxFuture;
use futures_util::ready;
use futures_util::task::AtomicWaker;
use h2::{RecvStream, SendStream};
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep};
use tonic::Code;

use crate::answer;
use crate::edge::{Edge, Permit};
use crate::gate::Grant;
use crate::metrics::Sight;
use crate::routes::Method;

pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A stream goes on for so long while nobody can say whether it still may.
const TOLERANCE: Duration = Duration::from_secs(5);

/// The body of a request on its way to a service.
#[derive(Debug)]
pub(crate) struct RequestBody {
    inner: Source,
    left: u64,
    tie: Arc<Tie>,
}

#[derive(Debug)]
enum Source {
    Direct(Incoming),
    Translated(tonic::body::Body),
}

/// What both bodies of a call know of each other.
#[derive(Debug, Default)]
pub(crate) struct Tie {
    overrun: AtomicBool,
    over: AtomicBool,
    sender: AtomicWaker,
}

impl Tie {
    /// Whether the request body was larger than allowed.
    pub(crate) fn overrun(&self) -> bool {
        self.overrun.load(Ordering::Relaxed)
    }

    /// The answer is over: whatever the caller would still send is not wanted, and the service is told.
    pub(crate) fn cut(&self) {
        self.over.store(true, Ordering::Release);
        self.sender.wake();
    }
}

impl RequestBody {
    /// As it came.
    pub(crate) fn direct(body: Incoming) -> Self {
        Self {
            inner: Source::Direct(body),
            left: u64::MAX,
            tie: Arc::default(),
        }
    }

    /// Translated from gRPC-Web.
    pub(crate) fn translated(body: tonic::body::Body) -> Self {
        Self {
            inner: Source::Translated(body),
            left: u64::MAX,
            tie: Arc::default(),
        }
    }

    /// Allows at most so many bytes; the tie says later whether there were more.
    pub(crate) fn limit(&mut self, bytes: u64) -> Arc<Tie> {
        self.left = bytes;
        Arc::clone(&self.tie)
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.tie.sender.register(context.waker());
        if self.tie.over.load(Ordering::Acquire) {
            return Poll::Ready(Some(Err("the call is over".into())));
        }
        let polled = match &mut self.inner {
            Source::Direct(body) => Pin::new(body).poll_frame(context).map_err(BoxError::from),
            Source::Translated(body) => Pin::new(body).poll_frame(context).map_err(BoxError::from),
        };
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(data) = frame.data_ref()
        {
            let Some(left) = self.left.checked_sub(data.len() as u64) else {
                self.tie.overrun.store(true, Ordering::Relaxed);
                return Poll::Ready(Some(Err("the request body is too large".into())));
            };
            self.left = left;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        match &self.inner {
            Source::Direct(body) => body.is_end_stream(),
            Source::Translated(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.inner {
            Source::Direct(body) => body.size_hint(),
            // What it states is the size before the translation.
            Source::Translated(_) => SizeHint::default(),
        }
    }
}

/// Brings the body of a request to a service, as fast as the service takes it.
#[derive(Debug)]
pub(crate) struct Pump {
    body: RequestBody,
    stream: SendStream<Bytes>,
    /// Taken from the body, and not yet taken by the service.
    waiting: Bytes,
}

impl Pump {
    pub(crate) fn new(body: RequestBody, stream: SendStream<Bytes>) -> Self {
        Self {
            body,
            stream,
            waiting: Bytes::new(),
        }
    }

    /// Hands over what waits, within the window that the service leaves; whether the body is over with it.
    fn poll_waiting(&mut self, context: &mut Context<'_>) -> Poll<Result<bool, h2::Error>> {
        while !self.waiting.is_empty() {
            self.stream.reserve_capacity(self.waiting.len());
            if self.stream.capacity() == 0 {
                match ready!(self.stream.poll_capacity(context)) {
                    Some(granted) => granted?,
                    None => return Poll::Ready(Ok(true)),
                };
            }
            let piece = self
                .waiting
                .split_to(self.stream.capacity().min(self.waiting.len()));
            let last = self.waiting.is_empty() && self.body.is_end_stream();
            self.stream.send_data(piece, last)?;
            if last {
                return Poll::Ready(Ok(true));
            }
        }
        Poll::Ready(Ok(false))
    }

    fn poll_all(&mut self, context: &mut Context<'_>) -> Poll<Result<(), h2::Error>> {
        if self.stream.poll_reset(context)?.is_ready() {
            return Poll::Ready(Ok(()));
        }
        loop {
            if ready!(self.poll_waiting(context))? {
                return Poll::Ready(Ok(()));
            }
            let frame = match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                Some(Ok(frame)) => frame,
                Some(Err(_)) => {
                    self.stream.send_reset(h2::Reason::CANCEL);
                    return Poll::Ready(Ok(()));
                }
                None => return Poll::Ready(self.stream.send_data(Bytes::new(), true)),
            };
            match frame.into_data() {
                Ok(data) => self.waiting = data,
                // gRPC knows no trailers of a request.
                Err(_) => return Poll::Ready(self.stream.send_data(Bytes::new(), true)),
            }
        }
    }
}

impl Future for Pump {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        // What goes wrong here, the answer tells too.
        self.poll_all(context).map(|_| ())
    }
}

/// The body of an answer as it comes from a service. The service may send more when what came was passed on.
#[derive(Debug)]
pub(crate) struct Received {
    stream: RecvStream,
    data_over: bool,
}

impl Received {
    pub(crate) fn new(stream: RecvStream) -> Self {
        Self {
            stream,
            data_over: false,
        }
    }
}

impl Body for Received {
    type Data = Bytes;
    type Error = h2::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, h2::Error>>> {
        if !self.data_over {
            match ready!(self.stream.poll_data(context)) {
                Some(Ok(data)) => {
                    self.stream.flow_control().release_capacity(data.len())?;
                    return Poll::Ready(Some(Ok(Frame::data(data))));
                }
                Some(Err(error)) => return Poll::Ready(failed(error)),
                None => self.data_over = true,
            }
        }
        Poll::Ready(match ready!(self.stream.poll_trailers(context)) {
            Ok(trailers) => trailers.map(|trailers| Ok(Frame::trailers(trailers))),
            Err(error) => failed(error),
        })
    }

    fn is_end_stream(&self) -> bool {
        self.stream.is_end_stream()
    }
}

/// A stream that is reset without an error has ended early, and not failed (RFC 9113 §8.1).
fn failed(error: h2::Error) -> Option<Result<Frame<Bytes>, h2::Error>> {
    (error.reason() != Some(h2::Reason::NO_ERROR)).then_some(Err(error))
}

/// Watches a call that lasts: every second the question whether it still may is asked again.
pub(crate) struct Watch {
    edge: Arc<Edge>,
    method: Arc<Method>,
    grant: Option<Arc<Grant>>,
    deadline: Option<Instant>,
    next: Instant,
    alarm: Option<Pin<Box<Sleep>>>,
    asking: Option<BoxFuture<'static, Result<(), Failure>>>,
    unanswered_since: Option<Instant>,
}

impl Watch {
    pub(crate) fn new(
        edge: Arc<Edge>,
        method: Arc<Method>,
        grant: Option<Arc<Grant>>,
        deadline: Option<Duration>,
    ) -> Self {
        let now = Instant::now();
        Self {
            next: now + edge.recheck,
            edge,
            method,
            grant,
            deadline: deadline.map(|after| now + after),
            alarm: None,
            asking: None,
            unanswered_since: None,
        }
    }

    /// Ready with why the call must end.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Failure> {
        loop {
            if let Some(asking) = &mut self.asking {
                let Poll::Ready(answer) = asking.as_mut().poll(context) else {
                    return Poll::Pending;
                };
                self.asking = None;
                if let Err(failure) = answer
                    && !self.is_tolerable(&failure)
                {
                    return Poll::Ready(failure);
                }
            }
            let next = self.next;
            let alarm = self
                .alarm
                .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(next)));
            if alarm.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            if let Some(failure) = self.due() {
                return Poll::Ready(failure);
            }
        }
    }

    /// Whether it is time to ask, also when frames come without a pause.
    fn is_due(&self) -> bool {
        self.asking.is_some() || Instant::now() >= self.next
    }

    fn due(&mut self) -> Option<Failure> {
        let now = Instant::now();
        self.next = now + self.edge.recheck;
        if let Some(alarm) = &mut self.alarm {
            alarm.as_mut().reset(self.next);
        }
        if self.deadline.is_some_and(|deadline| now >= deadline) {
            return Some(too_late());
        }
        if self.edge.is_draining() && self.method.streams() {
            return Some(leaving());
        }
        if let Some(grant) = &self.grant {
            let (edge, method, grant) = (
                Arc::clone(&self.edge),
                Arc::clone(&self.method),
                Arc::clone(grant),
            );
            self.asking = Some(Box::pin(
                async move { edge.gate.recheck(&method, &grant).await },
            ));
        }
        None
    }

    fn is_tolerable(&mut self, failure: &Failure) -> bool {
        if failure.reason() != Reason::IdnE19 {
            return false;
        }
        let since = *self.unanswered_since.get_or_insert_with(Instant::now);
        since.elapsed() < TOLERANCE
    }
}

fn too_late() -> Failure {
    Failure::new(
        Class::Deadline,
        Reason::Deadline,
        "Tempo scaduto prima della risposta.",
        "The deadline passed before the answer was ready.",
    )
}

/// The gateway stops: whoever streams is asked to come again, to another instance.
fn leaving() -> Failure {
    Failure::new(
        Class::Unavailable,
        Reason::IdnE19,
        "Il servizio si sta riavviando: riaprire il flusso.",
        "The service is restarting: open the stream again.",
    )
    .with_retry_after(Duration::from_secs(1))
}

/// A body that is too large.
pub(crate) fn too_large() -> Failure {
    Failure::new(
        Class::Exhausted,
        Reason::FieldInvalid,
        "La richiesta supera la dimensione ammessa.",
        "The request is larger than allowed.",
    )
}

/// The body of a response on its way to the caller.
pub(crate) struct ResponseBody {
    inner: Option<Received>,
    watch: Watch,
    tie: Arc<Tie>,
    sight: Sight,
    _permit: Permit,
}

impl ResponseBody {
    pub(crate) fn new(
        inner: Received,
        watch: Watch,
        tie: Arc<Tie>,
        sight: Sight,
        permit: Permit,
    ) -> Self {
        Self {
            inner: Some(inner),
            watch,
            tie,
            sight,
            _permit: permit,
        }
    }

    /// Ends the stream with a failure in its trailers; the service learns that nobody listens.
    fn end(&mut self, failure: Failure) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.inner = None;
        self.tie.cut();
        let (code, trailers) = answer::trailers(failure, self.sight.trace_id());
        self.sight.ended(code);
        Poll::Ready(Some(Ok(Frame::trailers(trailers))))
    }

    fn passed(&mut self, frame: &Frame<Bytes>) {
        if let Some(trailers) = frame.trailers_ref() {
            self.sight.ended(code_in(trailers).unwrap_or(Code::Unknown));
        }
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.watch.is_due()
            && let Poll::Ready(failure) = self.watch.poll(context)
        {
            return self.end(failure);
        }
        let Some(inner) = &mut self.inner else {
            return Poll::Ready(None);
        };
        match Pin::new(inner).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => {
                self.passed(&frame);
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(_))) if self.tie.overrun() => self.end(too_large()),
            Poll::Ready(Some(Err(error))) => self.end(Failure::unavailable(error)),
            Poll::Ready(None) => {
                self.inner = None;
                Poll::Ready(None)
            }
            Poll::Pending => match self.watch.poll(context) {
                Poll::Ready(failure) => self.end(failure),
                Poll::Pending => Poll::Pending,
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner
            .as_ref()
            .map_or_else(SizeHint::default, Body::size_hint)
    }
}

impl Drop for ResponseBody {
    fn drop(&mut self) {
        self.tie.cut();
    }
}

/// The code that headers or trailers carry.
pub(crate) fn code_in(headers: &HeaderMap) -> Option<Code> {
    headers
        .get("grpc-status")
        .map(|value| Code::from_bytes(value.as_bytes()))
}

/// What the gateway answers with.
pub(crate) enum AnswerBody {
    /// Nothing.
    Empty,
    /// A document.
    Document(Bytes),
    /// What a service answers.
    Relay(Box<ResponseBody>),
    /// The same for gRPC-Web.
    Translated(tonic::body::Body),
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match &mut *self {
            Self::Empty => Poll::Ready(None),
            Self::Document(bytes) => {
                let bytes = std::mem::take(bytes);
                *self = Self::Empty;
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            Self::Relay(body) => Pin::new(body).poll_frame(context),
            Self::Translated(body) => Pin::new(body).poll_frame(context).map_err(BoxError::from),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Document(_) => false,
            Self::Relay(body) => body.is_end_stream(),
            Self::Translated(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Empty => SizeHint::with_exact(0),
            Self::Document(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Relay(body) => body.size_hint(),
            Self::Translated(body) => body.size_hint(),
        }
    }
}
