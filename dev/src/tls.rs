//! TLS in front of a server that speaks plain HTTP, under a root that only those trust who are given it.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;
use tokio_rustls::TlsAcceptor;

/// An authority of the test's own, which signs certificates for `localhost`.
#[derive(Debug)]
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    /// With a new key, so that no other authority's root is this one's.
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// The root certificate, as `SSL_CERT_FILE` takes it.
    pub fn root_pem(&self) -> String {
        self.0.pem()
    }

    /// How `localhost` proves to be itself to those who trust this authority.
    pub fn localhost(&self) -> ServerConfig {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.into(), self.0.as_ref().clone().into()],
                PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            )
            .unwrap()
    }
}

/// Ends TLS, and hands the bytes inside to a server behind it. It stops when it is dropped.
#[derive(Debug)]
pub struct Tls {
    /// Where it is found, with `https`.
    pub url: String,
    task: AbortHandle,
}

impl Tls {
    /// In front of the server at `url`, whether that is a table or a wire.
    pub async fn in_front_of(url: &str, config: ServerConfig) -> Self {
        let behind = url.strip_prefix("http://").unwrap().to_owned();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let task = tokio::spawn(async move {
            while let Ok((caller, _)) = listener.accept().await {
                let (acceptor, behind) = (acceptor.clone(), behind.clone());
                // A caller who does not trust this server ends the connection; that is the caller's business.
                tokio::spawn(async move {
                    let mut caller = acceptor.accept(caller).await?;
                    copy_bidirectional(&mut caller, &mut TcpStream::connect(behind).await?).await
                });
            }
        });
        Self { url, task: task.abort_handle() }
    }
}

impl Drop for Tls {
    fn drop(&mut self) {
        self.task.abort();
    }
}
