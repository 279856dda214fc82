//! Connections to the services: a few to each address, dialled again when they end, with names resolved again as they
//! change. Spoken over `h2` itself: head and message of a call then leave in one write, and no task stands between the
//! call and its connection (docs/benchmarks.md has what that is worth).

use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;

use chassis::config::ServiceUrl;
use chassis::lifecycle::Stop;
use h2::client::SendRequest;
use h2::{Ping, PingPong};
use http::uri::{Authority, Parts, PathAndQuery, Scheme};
use http::{Request, Response, Uri};
use http_body::Body;
use tokio::net::TcpStream;
use tokio::task::AbortHandle;

use crate::relay::{Pump, Received, RequestBody};

type Sender = SendRequest<Bytes>;

/// Connections that may turn out to be closing before a call is given up.
const MOST_CLOSING: usize = 8;
const CONNECT_PATIENCE: Duration = Duration::from_secs(1);
/// How often names are resolved again and lost connections dialled again.
const TEND_INTERVAL: Duration = Duration::from_secs(5);
const PING_INTERVAL: Duration = Duration::from_secs(20);
const STREAM_WINDOW: u32 = 1024 * 1024;
const CONNECTION_WINDOW: u32 = 8 * 1024 * 1024;

/// A service, wherever its instances are.
#[derive(Debug)]
pub(crate) struct Upstream {
    name: String,
    url: ServiceUrl,
    authority: Authority,
    pool: Mutex<Pool>,
    dialing: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Pool {
    connections: Vec<Connection>,
    next: usize,
}

#[derive(Debug)]
struct Connection {
    address: SocketAddr,
    sender: Sender,
    /// What reads and writes the connection; finished when it has ended.
    driver: AbortHandle,
}

/// The service did not answer.
#[derive(Debug, thiserror::Error)]
#[error("call the service `{upstream}`")]
pub(crate) struct CallError {
    upstream: String,
    #[source]
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl Upstream {
    pub(crate) fn new(name: &str, url: ServiceUrl) -> Self {
        let text = url.to_string();
        let authority = text
            .trim_start_matches("http://")
            .parse()
            .expect("a service URL has a host and a port");
        Self {
            name: name.to_owned(),
            url,
            authority,
            pool: Mutex::default(),
            dialing: tokio::sync::Mutex::default(),
        }
    }

    /// Sends a request, over a connection that takes it, and waits for the head of the answer. The body goes on by
    /// itself, as fast as the service takes it.
    pub(crate) async fn send(
        &self,
        mut request: Request<RequestBody>,
    ) -> Result<Response<Received>, CallError> {
        *request.uri_mut() = self.uri(request.uri());
        let (head, body) = request.into_parts();
        let mut sender = self.ready().await?;
        let (answer, stream) = sender
            .send_request(Request::from_parts(head, ()), body.is_end_stream())
            .map_err(|error| self.error(error))?;
        if !body.is_end_stream() {
            bring(Pump::new(body, stream)).await;
        }
        let answer = answer.await.map_err(|error| self.error(error))?;
        Ok(answer.map(Received::new))
    }

    /// A connection that takes another call. One that is closing takes none: the next is asked.
    async fn ready(&self) -> Result<Sender, CallError> {
        let mut tries = 0;
        loop {
            match self.connection().await?.ready().await {
                Ok(sender) => return Ok(sender),
                Err(_) if tries < MOST_CLOSING => tries += 1,
                Err(error) => return Err(self.error(error)),
            }
        }
    }

    fn uri(&self, uri: &Uri) -> Uri {
        let mut parts = Parts::default();
        parts.scheme = Some(Scheme::HTTP);
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = uri
            .path_and_query()
            .cloned()
            .or_else(|| Some(PathAndQuery::from_static("/")));
        Uri::from_parts(parts).expect("scheme, authority and path are all there")
    }

    async fn connection(&self) -> Result<Sender, CallError> {
        if let Some(sender) = self.pool().pick() {
            return Ok(sender);
        }
        let _dialing = self.dialing.lock().await;
        if let Some(sender) = self.pool().pick() {
            return Ok(sender);
        }
        let mut last: Box<dyn std::error::Error + Send + Sync> = "the name has no address".into();
        for address in self.resolve().await? {
            match Connection::dial(address).await {
                Ok(connection) => {
                    let sender = connection.sender.clone();
                    self.pool().connections.push(connection);
                    return Ok(sender);
                }
                Err(error) => last = error,
            }
        }
        Err(self.error(last))
    }

    /// Keeps connections to every address of the name, and to no other, until `stop`.
    pub(crate) async fn tend(self: Arc<Self>, stop: Stop) {
        let per_address = connections_per_address();
        loop {
            if let Err(error) = self.tend_once(per_address).await {
                let error = &error as &dyn std::error::Error;
                tracing::debug!(error, upstream = self.name, "a service cannot be reached");
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(TEND_INTERVAL) => {}
            }
        }
    }

    async fn tend_once(&self, per_address: usize) -> Result<(), CallError> {
        let addresses = self.resolve().await?;
        let _dialing = self.dialing.lock().await;
        self.pool().keep(&addresses);
        for address in addresses {
            let present = self
                .pool()
                .connections
                .iter()
                .filter(|one| one.address == address)
                .count();
            for _ in present..per_address {
                let connection = Connection::dial(address).await;
                let connection = connection.map_err(|error| self.error(error))?;
                self.pool().connections.push(connection);
            }
        }
        Ok(())
    }

    async fn resolve(&self) -> Result<Vec<SocketAddr>, CallError> {
        let found = tokio::net::lookup_host((self.url.host(), self.url.port())).await;
        let mut addresses: Vec<SocketAddr> = found.map_err(|error| self.error(error))?.collect();
        addresses.sort_unstable();
        addresses.dedup();
        Ok(addresses)
    }

    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn error(&self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> CallError {
        CallError {
            upstream: self.name.clone(),
            source: source.into(),
        }
    }
}

impl Pool {
    /// The next connection in turn that is open.
    fn pick(&mut self) -> Option<Sender> {
        while !self.connections.is_empty() {
            self.next = (self.next + 1) % self.connections.len();
            let connection = &self.connections[self.next];
            if connection.is_open() {
                return Some(connection.sender.clone());
            }
            self.connections.swap_remove(self.next);
        }
        None
    }

    /// Leaves out connections that ended, or that lead to an address which the name no longer has; calls under way on
    /// those run to their end.
    fn keep(&mut self, addresses: &[SocketAddr]) {
        self.connections
            .retain(|one| one.is_open() && addresses.contains(&one.address));
    }
}

/// One connection serves one core well; more cores want a few.
fn connections_per_address() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| (cores.get() / 2).clamp(1, 4))
}

/// Brings what of a body is here already, so that it leaves together with the head; the rest follows by itself.
async fn bring(mut pump: Pump) {
    let done = poll_fn(|context| Poll::Ready(Pin::new(&mut pump).poll(context).is_ready())).await;
    if !done {
        tokio::spawn(pump);
    }
}

impl Connection {
    async fn dial(address: SocketAddr) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let stream = tokio::time::timeout(CONNECT_PATIENCE, TcpStream::connect(address)).await??;
        stream.set_nodelay(true)?;
        let greeting = h2::client::Builder::new()
            .initial_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .enable_push(false)
            .handshake(stream);
        let (sender, connection) = tokio::time::timeout(CONNECT_PATIENCE, greeting).await??;
        let driver = tokio::spawn(drive(connection)).abort_handle();
        Ok(Self {
            address,
            sender,
            driver,
        })
    }

    fn is_open(&self) -> bool {
        !self.driver.is_finished()
    }
}

/// Why a connection is no longer driven.
#[derive(Debug, thiserror::Error)]
enum Ended {
    /// HTTP/2 was broken, or the other side hung up.
    #[error("the connection broke")]
    Broken(#[from] h2::Error),
    /// The other side reads and writes nothing any more.
    #[error("no answer to a ping within {} seconds", PING_INTERVAL.as_secs())]
    Silent,
}

/// Reads and writes a connection to its end, or until the other side no longer answers.
async fn drive(mut connection: h2::client::Connection<TcpStream, Bytes>) {
    let pings = connection.ping_pong();
    let ended = tokio::select! {
        ended = &mut connection => ended.map_err(Ended::from),
        ended = ping(pings) => Err(ended),
    };
    if let Err(error) = ended {
        tracing::debug!(
            error = &error as &dyn std::error::Error,
            "a connection to a service ended"
        );
    }
}

/// Asks again and again whether the other side is there; returns when it is not.
async fn ping(pings: Option<PingPong>) -> Ended {
    let Some(mut pings) = pings else {
        return std::future::pending().await;
    };
    loop {
        tokio::time::sleep(PING_INTERVAL).await;
        match tokio::time::timeout(PING_INTERVAL, pings.ping(Ping::opaque())).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => return error.into(),
            Err(_) => return Ended::Silent,
        }
    }
}
