//! Channels to other services: balanced over DNS, with deadlines, retries within a budget, trace context and identity.

mod budget;
mod call;
mod resolve;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use futures_util::future::BoxFuture;
use tonic::body::Body;

use crate::config::{ClientConfig, Platform, ServiceUrl};
use crate::identity::token::Signer;
use call::Call;
use resolve::Balanced;

/// Channels to the other services by name. Cheap to clone; clones share connections and the retry budget.
#[derive(Debug, Clone)]
pub struct Channels(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    urls: BTreeMap<String, ServiceUrl>,
    signer: Option<Signer>,
    config: ClientConfig,
    open: Mutex<HashMap<String, ServiceChannel>>,
}

/// A channel that signs each call with this service's own identity (SYS-I) unless the request carries another, and
/// passes on trace and deadline. Use it as the transport of any generated client:
/// `ReservationServiceClient::new(channels.to("limits"))`.
///
/// A unary call ends by the deadline of the request that is being served, or after a default. When the other side
/// cannot be reached or answers UNAVAILABLE, a call that is idempotent is tried again, within a budget. Streams have
/// neither deadline nor retries.
#[derive(Debug, Clone)]
pub struct ServiceChannel(Arc<Call>);

impl Channels {
    /// Channels to every service of the configuration.
    pub fn new(platform: &Platform, signer: Signer) -> Self {
        let urls = platform
            .services
            .iter()
            .map(|(name, section)| (name.clone(), section.url.clone()));
        Self::over(urls.collect(), Some(signer), platform.client.clone())
    }

    /// Channels to given addresses. Without a signer calls carry no identity of their own.
    pub fn to_urls<'a>(
        urls: impl IntoIterator<Item = (&'a str, ServiceUrl)>,
        signer: Option<Signer>,
    ) -> Self {
        let urls = urls.into_iter().map(|(name, url)| (name.to_owned(), url));
        Self::over(urls.collect(), signer, ClientConfig::default())
    }

    /// As [`Channels::to_urls`], with other limits.
    #[must_use]
    pub fn with_config(self, config: ClientConfig) -> Self {
        Self::over(self.0.urls.clone(), self.0.signer.clone(), config)
    }

    /// The channel to a service; connects when it is first used. Panics when the name is not configured, at build time
    /// of the caller. Needs a runtime.
    pub fn to(&self, service: &str) -> ServiceChannel {
        let mut open = self.0.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.entry(service.to_owned())
            .or_insert_with(|| self.open(service))
            .clone()
    }

    fn over(
        urls: BTreeMap<String, ServiceUrl>,
        signer: Option<Signer>,
        config: ClientConfig,
    ) -> Self {
        Self(Arc::new(Inner {
            urls,
            signer,
            config,
            open: Mutex::default(),
        }))
    }

    fn open(&self, service: &str) -> ServiceChannel {
        let Some(url) = self.0.urls.get(service) else {
            panic!("the configuration has no section [services.{service}]");
        };
        let balanced = Balanced::open(url, &self.0.config);
        ServiceChannel(Arc::new(Call::new(
            service,
            balanced,
            self.0.signer.clone(),
            &self.0.config,
        )))
    }
}

impl tower::Service<http::Request<Body>> for ServiceChannel {
    type Response = http::Response<Body>;
    type Error = tonic::transport::Error;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        // Readiness is that of the attempt: each attempt takes its own place in the queue of the channel.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let call = Arc::clone(&self.0);
        Box::pin(async move { call.send(request).await })
    }
}
