//! The addresses behind a name, looked up again and again, and a channel balanced over them.

use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tonic::transport::channel::Change;
use tonic::transport::{Channel, Endpoint};

use crate::config::{ClientConfig, ServiceUrl};

/// Changes of addresses that wait to be taken up.
const CHANGES_MAX: usize = 64;
/// How often an idle connection is asked for a sign of life, and how long the answer may take.
const KEEP_ALIVE: (Duration, Duration) = (Duration::from_secs(20), Duration::from_secs(5));

/// A channel balanced over the addresses of a service.
#[derive(Debug)]
pub(super) struct Balanced {
    channel: Channel,
    known: watch::Receiver<Known>,
}

/// What is known of the addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    NotYet,
    None,
    Some,
}

impl Balanced {
    /// Follows the addresses of `url` until the channel is dropped.
    pub(super) fn open(url: &ServiceUrl, config: &ClientConfig) -> Self {
        let (channel, changes) = Channel::balance_channel(CHANGES_MAX);
        let (know, known) = watch::channel(Known::NotYet);
        let follower = Follower {
            url: url.clone(),
            connect_timeout: Duration::from_millis(config.connect_timeout_ms),
            interval: Duration::from_millis(config.resolve_interval_ms),
            current: HashSet::new(),
            changes,
            know,
        };
        tokio::spawn(follower.run());
        Self { channel, known }
    }

    /// The channel, once an address is known; `None` when the name has none.
    pub(super) async fn channel(&self) -> Option<Channel> {
        let mut known = self.known.clone();
        let known = *known.wait_for(|known| *known != Known::NotYet).await.ok()?;
        (known == Known::Some).then(|| self.channel.clone())
    }
}

struct Follower {
    url: ServiceUrl,
    connect_timeout: Duration,
    interval: Duration,
    current: HashSet<SocketAddr>,
    changes: mpsc::Sender<Change<SocketAddr, Endpoint>>,
    know: watch::Sender<Known>,
}

impl Follower {
    async fn run(mut self) {
        if let Ok(address) = self.url.host().parse::<IpAddr>() {
            let fixed = HashSet::from([SocketAddr::new(address, self.url.port())]);
            self.change_to(fixed).await;
            return;
        }
        loop {
            self.look_up().await;
            tokio::select! {
                () = tokio::time::sleep(self.interval) => {}
                // Nobody holds the channel any more.
                () = self.know.closed() => return,
            }
        }
    }

    /// A failed look-up changes nothing: what was known goes on being used.
    async fn look_up(&mut self) {
        let found = tokio::net::lookup_host((self.url.host(), self.url.port())).await;
        match found.map(Iterator::collect) {
            Ok(addresses) => self.change_to(addresses).await,
            Err(error) => {
                tracing::warn!(service.url = %self.url, error = &error as &dyn std::error::Error, "name not resolved");
                self.tell();
            }
        }
    }

    async fn change_to(&mut self, addresses: HashSet<SocketAddr>) {
        let gone: Vec<SocketAddr> = self.current.difference(&addresses).copied().collect();
        let new: Vec<SocketAddr> = addresses.difference(&self.current).copied().collect();
        for address in new {
            match self.endpoint(address) {
                Ok(endpoint) => self.send(Change::Insert(address, endpoint)).await,
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "address not usable"
                    );
                }
            }
        }
        for address in gone {
            self.send(Change::Remove(address)).await;
        }
        self.current = addresses;
        self.tell();
    }

    async fn send(&self, change: Change<SocketAddr, Endpoint>) {
        // Fails when the channel is gone, and then nobody is interested.
        let _ = self.changes.send(change).await;
    }

    fn tell(&self) {
        let known = if self.current.is_empty() {
            Known::None
        } else {
            Known::Some
        };
        self.know.send_replace(known);
    }

    fn endpoint(&self, address: SocketAddr) -> Result<Endpoint, tonic::transport::Error> {
        let endpoint = Endpoint::from_shared(format!("http://{address}"))?
            .connect_timeout(self.connect_timeout)
            .tcp_nodelay(true)
            .http2_keep_alive_interval(KEEP_ALIVE.0)
            .keep_alive_timeout(KEEP_ALIVE.1)
            .keep_alive_while_idle(true);
        Ok(endpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_needs_no_look_up() {
        let url = "http://127.0.0.1:1".parse().unwrap();
        assert!(
            Balanced::open(&url, &ClientConfig::default())
                .channel()
                .await
                .is_some()
        );
    }

    #[tokio::test]
    async fn a_name_that_does_not_exist_has_no_channel() {
        let url = "http://nowhere.invalid:1".parse().unwrap();
        assert!(
            Balanced::open(&url, &ClientConfig::default())
                .channel()
                .await
                .is_none()
        );
    }

    #[tokio::test]
    async fn addresses_that_come_and_go_are_added_and_removed() {
        let (changes, mut seen) = mpsc::channel(8);
        let (know, known) = watch::channel(Known::NotYet);
        let mut follower = Follower {
            url: "http://limits:7003".parse().unwrap(),
            connect_timeout: Duration::from_secs(1),
            interval: Duration::from_secs(5),
            current: HashSet::new(),
            changes,
            know,
        };
        let (one, two) = (
            "10.0.0.1:7003".parse().unwrap(),
            "10.0.0.2:7003".parse().unwrap(),
        );

        follower.change_to(HashSet::from([one])).await;
        assert!(matches!(seen.recv().await, Some(Change::Insert(address, _)) if address == one));

        follower.change_to(HashSet::from([two])).await;
        assert!(matches!(seen.recv().await, Some(Change::Insert(address, _)) if address == two));
        assert!(matches!(seen.recv().await, Some(Change::Remove(address)) if address == one));
        assert_eq!(*known.borrow(), Known::Some);

        follower.change_to(HashSet::new()).await;
        assert_eq!(*known.borrow(), Known::None);
    }
}
