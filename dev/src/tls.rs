//! TLS in front of a server that speaks plain HTTP, under a root that only those trust who are given it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, DnValue, IsCa, KeyPair,
    date_time_ymd,
};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{AlertDescription, ServerConfig};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

/// The test's own authority.
#[derive(Debug)]
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    /// Of an organization in the US, with a new key, so that no other authority's root is this one's, even if both have
    /// the same name.
    pub fn new(organization: &str, name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        let names = [DnType::CountryName, DnType::OrganizationName, DnType::CommonName].into_iter();
        for (kind, text) in names.zip(["US", organization, name]) {
            // As public authorities write their names, which are compared byte by byte.
            params.distinguished_name.push(kind, DnValue::PrintableString(text.try_into().unwrap()));
        }
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// The root certificate, as `SSL_CERT_FILE` takes it.
    pub fn root_pem(&self) -> String {
        self.0.pem()
    }

    /// How `host` proves to be itself to those who trust this authority.
    pub fn server(&self, host: &str) -> ServerConfig {
        self.sign(&CertificateParams::new([host.to_owned()]).unwrap())
    }

    /// How `host` has proved to be itself until its certificate expired.
    pub fn expired_server(&self, host: &str) -> ServerConfig {
        let mut params = CertificateParams::new([host.to_owned()]).unwrap();
        params.not_after = date_time_ymd(2020, 1, 1);
        self.sign(&params)
    }

    fn sign(&self, params: &CertificateParams) -> ServerConfig {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        let chain = vec![certificate.into(), self.0.as_ref().clone().into()];
        server_config(chain, key.serialize_der().try_into().unwrap())
    }
}

/// How a server proves to be itself by a certificate and what it chains to.
pub fn server_config(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> ServerConfig {
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap()
}

/// Ends TLS, and hands the bytes inside to a server behind it.
#[derive(Debug)]
pub struct Tls {
    /// Where it is found, with `https` and the name `localhost`.
    pub url: String,
    connections: Arc<AtomicUsize>,
    alerts: mpsc::UnboundedReceiver<AlertDescription>,
}

impl Tls {
    /// In front of the server at `url`, whether that is a table or a wire.
    pub async fn in_front_of(url: &str, config: ServerConfig) -> Self {
        let behind = url.strip_prefix("http://").unwrap().to_owned();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let (refused, alerts) = mpsc::unbounded_channel();
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((caller, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::Relaxed);
                let (acceptor, behind, refused) = (acceptor.clone(), behind.clone(), refused.clone());
                // A reply must not wait until the session tickets before it are acknowledged.
                caller.set_nodelay(true).unwrap();
                tokio::spawn(async move {
                    match acceptor.accept(caller).await {
                        Ok(mut caller) => {
                            copy_bidirectional(&mut caller, &mut TcpStream::connect(behind).await?).await?;
                        }
                        Err(error) => {
                            let cause = error.get_ref().and_then(|cause| cause.downcast_ref());
                            if let Some(rustls::Error::AlertReceived(alert)) = cause {
                                // Nobody may want to know.
                                let _ = refused.send(*alert);
                            }
                        }
                    }
                    io::Result::Ok(())
                });
            }
        });
        Self { url, connections, alerts }
    }

    /// How many connections were opened since this was last asked, with those that were given up before TLS was there.
    pub fn take_connections(&self) -> usize {
        self.connections.swap(0, Ordering::Relaxed)
    }

    /// Why the next caller who refused this server did so.
    pub async fn alert(&mut self) -> AlertDescription {
        timeout(Duration::from_secs(30), self.alerts.recv()).await.expect("a caller to refuse this server").unwrap()
    }
}
