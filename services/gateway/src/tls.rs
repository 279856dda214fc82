//! TLS: the certificate is read again when its files change, without an end to any connection.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use chassis::config::TlsConfig;
use chassis::lifecycle::Stop;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;

/// How often the files are looked at.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// The certificate in use.
#[derive(Debug)]
pub(crate) struct Certificate {
    chain_file: PathBuf,
    key_file: PathBuf,
    current: ArcSwap<CertifiedKey>,
}

impl Certificate {
    /// Reads certificate and key; `None` when none is configured.
    pub(crate) fn of(config: &TlsConfig) -> Result<Option<Arc<Self>>, TlsError> {
        let (Some(certificate), Some(key)) = (&config.certificate, &config.key) else {
            return Ok(None);
        };
        let current = ArcSwap::from_pointee(read(certificate, key)?);
        Ok(Some(Arc::new(Self {
            chain_file: certificate.clone(),
            key_file: key.clone(),
            current,
        })))
    }

    /// TLS 1.2 and 1.3, HTTP/2 before HTTP/1.1.
    pub(crate) fn acceptor(self: &Arc<Self>) -> Result<TlsAcceptor, TlsError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| TlsError::of(&self.chain_file, error))?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(self) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    /// Looks at the files until `stop`. A pair that cannot be used is told, and the one in use stays.
    pub(crate) async fn follow(self: Arc<Self>, stop: Stop) {
        let mut seen = self.versions();
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(LOOK_INTERVAL) => {}
            }
            let versions = self.versions();
            if versions == seen {
                continue;
            }
            match read(&self.chain_file, &self.key_file) {
                Ok(fresh) => {
                    self.current.store(Arc::new(fresh));
                    tracing::info!("the certificate was read anew");
                    seen = versions;
                }
                // Certificate and key may be replaced one after the other: the next look may find them a pair.
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "the old certificate stays in use"
                    );
                }
            }
        }
    }

    fn versions(&self) -> [Option<(SystemTime, u64)>; 2] {
        [&self.chain_file, &self.key_file].map(|path| {
            let metadata = std::fs::metadata(path).ok()?;
            Some((metadata.modified().ok()?, metadata.len()))
        })
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.load_full())
    }
}

fn read(certificate: &Path, key: &Path) -> Result<CertifiedKey, TlsError> {
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| TlsError::of(certificate, error))?;
    if chain.is_empty() {
        return Err(TlsError::of(
            certificate,
            "there is no certificate in the file",
        ));
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| TlsError::of(key, error))?;
    let provider = rustls::crypto::ring::default_provider();
    CertifiedKey::from_der(chain, private, &provider).map_err(|error| TlsError::of(key, error))
}

/// A certificate or key that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("use the certificate file {path}")]
pub struct TlsError {
    path: String,
    #[source]
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl TlsError {
    fn of(path: &Path, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self {
            path: path.display().to_string(),
            source: source.into(),
        }
    }
}
