//! TLS: HTTP/2 by ALPN, and certificates that change under open connections.

use std::path::Path;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};
use tonic::Code;

use crate::client::Client;
use crate::world::{OFFICE, World, eventually};

fn write_certificate(folder: &Path) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(vec!["gateway.test".to_owned()]).unwrap();
    std::fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    std::fs::write(folder.join("certificate.pem"), made.cert.pem()).unwrap();
    made.cert.der().clone()
}

async fn connect(world: &World, trusted: &CertificateDer<'static>) -> std::io::Result<Client> {
    Box::pin(handshake(world, trusted)).await
}

async fn handshake(world: &World, trusted: &CertificateDer<'static>) -> std::io::Result<Client> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let mut config =
        ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let stream = TcpStream::connect(world.address()).await?;
    let name = ServerName::try_from("gateway.test").unwrap();
    let stream = TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await?;
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"h2".as_ref()));
    Ok(Client::over(stream).await)
}

#[tokio::test]
async fn a_new_certificate_is_used_and_open_connections_stay() {
    let folder = tempfile::tempdir().unwrap();
    let old = write_certificate(folder.path());
    let world = World::with(|config| {
        config.tls.certificate = Some(folder.path().join("certificate.pem"));
        config.tls.key = Some(folder.path().join("key.pem"));
    })
    .await;
    let before = connect(&world, &old).await.unwrap();
    assert_eq!(before.call(OFFICE, &[], "m").await.code(), Code::Ok);

    let new = write_certificate(folder.path());
    eventually(async || connect(&world, &new).await.is_ok()).await;
    assert!(
        connect(&world, &old).await.is_err(),
        "the old certificate is no longer shown"
    );
    assert_eq!(
        before.call(OFFICE, &[], "m").await.code(),
        Code::Ok,
        "the connection of before still works"
    );
}
