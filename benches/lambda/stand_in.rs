//! What stands in for DynamoDB: TLS as its endpoints have it, with an RSA key of 2048 bits, and the same reply to every
//! put.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::serve::ListenerExt;
use dev::tls::{self, Tls};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::ROOT;

/// Its certificate, which it has signed itself, and its key.
pub const CERTIFICATE: &str = "target/localhost.pem";
const KEY: &str = "target/localhost-key.pem";

/// Makes both, unless an earlier run has.
pub fn make_certificate() {
    let request = "req -x509 -newkey rsa:2048 -nodes -days 36500 -subj /CN=localhost \
        -addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE";
    if !Path::new(ROOT).join(CERTIFICATE).exists() {
        let output = ["-keyout", KEY, "-out", CERTIFICATE];
        let openssl =
            Command::new("openssl").args(request.split_whitespace()).args(output).current_dir(ROOT).output().unwrap();
        assert!(openssl.status.success(), "{openssl:?}");
    }
}

pub struct StandIn {
    /// In front of it.
    pub tls: Tls,
    counters: Arc<Counters>,
}

#[derive(Default)]
struct Counters {
    requests: AtomicUsize,
    puts: AtomicUsize,
}

impl StandIn {
    pub async fn start() -> Self {
        let certificate = CertificateDer::from_pem_file(Path::new(ROOT).join(CERTIFICATE)).unwrap();
        let key = PrivateKeyDer::from_pem_file(Path::new(ROOT).join(KEY)).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let tls = Tls::in_front_of(&url, tls::server_config(vec![certificate], key)).await;
        let counters = Arc::new(Counters::default());
        let router = Router::new().fallback(reply).with_state(Arc::clone(&counters));
        let listener = listener.tap_io(|connection| connection.set_nodelay(true).unwrap());
        tokio::spawn(axum::serve(listener, router).into_future());
        Self { tls, counters }
    }

    /// How many connections and requests there were since this was last asked, the warm-ups among them, and how many
    /// clients were put.
    pub fn take(&self) -> [usize; 3] {
        let take = |counter: &AtomicUsize| counter.swap(0, Ordering::Relaxed);
        [self.tls.take_connections(), take(&self.counters.requests), take(&self.counters.puts)]
    }
}

async fn reply(State(counters): State<Arc<Counters>>, headers: HeaderMap, body: Bytes) -> impl IntoResponse {
    counters.requests.fetch_add(1, Ordering::Relaxed);
    let put: Value = serde_json::from_slice(&body).unwrap_or_default();
    let is_put = headers.get("x-amz-target").is_some_and(|target| target == "DynamoDB_20120810.PutItem")
        && put["ConditionExpression"] == "attribute_not_exists(client_id)";
    // A put without an item is the warm-up, which DynamoDB refuses.
    let (status, reply) = if is_put && put["Item"] != json!({}) {
        counters.puts.fetch_add(1, Ordering::Relaxed);
        (StatusCode::OK, "{}")
    } else {
        let refusal = r#"{"__type":"com.amazon.coral.validate#ValidationException","message":"missing key"}"#;
        (StatusCode::BAD_REQUEST, refusal)
    };
    (status, [("Content-Type", "application/x-amz-json-1.0"), ("x-amzn-RequestId", "REQUEST")], reply)
}
