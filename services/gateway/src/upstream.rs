//! Connections to the services: hyper's own HTTP/2, a few to each address, dialled again when they end, with names
//! resolved again as they change.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chassis::config::ServiceUrl;
use chassis::lifecycle::Stop;
use http::uri::{Authority, Parts, PathAndQuery, Scheme};
use http::{Request, Response, Uri};
use hyper::body::Incoming;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::TcpStream;

use crate::relay::RequestBody;

type Sender = http2::SendRequest<RequestBody>;

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

    /// Sends a request. One that a closing connection did not take is sent again over another.
    pub(crate) async fn send(
        &self,
        mut request: Request<RequestBody>,
    ) -> Result<Response<Incoming>, CallError> {
        *request.uri_mut() = self.uri(request.uri());
        let mut sender = self.connection().await?;
        match sender.try_send_request(request).await {
            Ok(response) => Ok(response),
            Err(mut refused) => {
                let Some(request) = refused.take_message() else {
                    return Err(self.error(refused.into_error()));
                };
                let mut sender = self.connection().await?;
                sender
                    .send_request(request)
                    .await
                    .map_err(|error| self.error(error))
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
            match dial(address).await {
                Ok(sender) => {
                    self.pool().connections.push(Connection {
                        address,
                        sender: sender.clone(),
                    });
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
                let sender = dial(address).await.map_err(|error| self.error(error))?;
                self.pool().connections.push(Connection { address, sender });
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
            let sender = &self.connections[self.next].sender;
            if !sender.is_closed() {
                return Some(sender.clone());
            }
            self.connections.swap_remove(self.next);
        }
        None
    }

    /// Leaves out connections that ended, or that lead to an address which the name no longer has; calls under way on
    /// those run to their end.
    fn keep(&mut self, addresses: &[SocketAddr]) {
        self.connections
            .retain(|one| !one.sender.is_closed() && addresses.contains(&one.address));
    }
}

/// One connection serves one core well; more cores want a few.
fn connections_per_address() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| (cores.get() / 2).clamp(1, 4))
}

async fn dial(address: SocketAddr) -> Result<Sender, Box<dyn std::error::Error + Send + Sync>> {
    let stream = tokio::time::timeout(CONNECT_PATIENCE, TcpStream::connect(address)).await??;
    stream.set_nodelay(true)?;
    let (sender, connection) = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .keep_alive_interval(PING_INTERVAL)
        .handshake(TokioIo::new(stream))
        .await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                "a connection to a service ended"
            );
        }
    });
    Ok(sender)
}
