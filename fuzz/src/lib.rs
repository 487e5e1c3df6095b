//! What must hold whatever is sent. A target hands in bytes; a property that does not hold panics, which is the finding.

#![expect(clippy::missing_panics_doc, reason = "panicking is what an oracle is for")]

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use dynamic_client_registration::event::Event;
use dynamic_client_registration::metadata::UnsupportedMetadata;
use dynamic_client_registration::{ClientStore, Handler, RedirectUri};
use serde_bytes::{ByteBuf, Bytes};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use tokio::runtime::Runtime;
use tracing_subscriber::fmt::MakeWriter;
use url::{Host, Url};

/// The whole endpoint, from event to result, before a DynamoDB that takes everything and remembers it.
pub struct Endpoint {
    runtime: Runtime,
    rejecting: Handler,
    replacing: Handler,
    written: Recorder,
    log: Log,
}

impl Default for Endpoint {
    fn default() -> Self {
        let log = Log::default();
        tracing_subscriber::fmt().json().flatten_event(true).with_writer(log.clone()).init();
        let written = Recorder::default();
        let connector = SharedHttpConnector::new(written.clone());
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new("fuzz", "fuzz", None, None, "fuzz")))
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .build();
        let store = ClientStore::new(&config, "clients".to_owned());
        Self {
            runtime: tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap(),
            rejecting: Handler::new(store.clone(), UnsupportedMetadata::Reject, 0),
            replacing: Handler::new(store, UnsupportedMetadata::Replace, 0),
            written,
            log,
        }
    }
}

impl Endpoint {
    /// Hands an event to the endpoint as the binary does and judges the result. `sent` is the event's body, where it is known.
    /// `false` where it is no event at all.
    pub fn judge(&self, event: &[u8], sent: Option<&[u8]>, mode: UnsupportedMetadata) -> bool {
        let Ok(event) = serde_json::from_slice::<Event>(event) else {
            return false;
        };
        let Ok((format, request)) = event.into_request() else {
            return false;
        };
        let handler = match mode {
            UnsupportedMetadata::Reject => &self.rejecting,
            UnsupportedMetadata::Replace => &self.replacing,
        };
        let response = self.runtime.block_on(handler.handle("fuzz-request", &request));
        let result = serde_json::to_value(format.result(response)).unwrap();

        let written = std::mem::take(&mut *self.written.0.lock().unwrap());
        let log = std::mem::take(&mut *self.log.0.lock().unwrap());
        judge_log(&log);
        let answer = result["body"].as_str().unwrap_or_default();
        match result["statusCode"].as_i64().unwrap() {
            201 => {
                let answer: Value = serde_json::from_str(answer).unwrap();
                assert_eq!(written.len(), 1, "one write a client");
                assert_eq!(item(&written[0]), answer, "what is stored is what is echoed");
                judge_registered(sent.unwrap_or(request.body()), &answer, mode);
            }
            400 => {
                assert!(written.is_empty(), "a refusal writes nothing");
                let answer: Map<String, Value> = serde_json::from_str(answer).unwrap();
                assert_eq!(answer.len(), 2);
                judge_description(answer["error_description"].as_str().unwrap());
            }
            204 | 405 => assert!(written.is_empty(), "only a POST writes"),
            status => panic!("a caller brought about a {status}"),
        }
        true
    }
}

/// One line of JSON, flat, with the members every line has.
fn judge_log(log: &[u8]) {
    let log = std::str::from_utf8(log).unwrap();
    let line = log.strip_suffix('\n').unwrap();
    assert!(!line.contains(['\n', '\r']), "one line a request: {line}");
    let line: Map<String, Value> = serde_json::from_str(line).unwrap();
    for member in ["request_id", "outcome", "status"] {
        assert!(line.contains_key(member), "{line:?}");
    }
}

/// RFC 6749 §5.2.
pub fn judge_description(description: &str) {
    assert!(
        !description.is_empty()
            && description.bytes().all(|byte| matches!(byte, 0x20..=0x21 | 0x23..=0x5B | 0x5D..=0x7E)),
        "{description:?}"
    );
}

/// What was registered is what was sent, or its default.
pub fn judge_registered(sent: &[u8], registered: &Value, mode: UnsupportedMetadata) {
    let sent: HashMap<ByteBuf, &RawValue> = serde_json::from_slice(sent).unwrap();
    let sent = |member: &str| -> Value {
        sent.get(Bytes::new(member.as_bytes())).map_or(Value::Null, |raw| serde_json::from_str(raw.get()).unwrap())
    };
    assert_eq!(registered["client_name"], sent("client_name"));
    assert_eq!(registered["redirect_uris"], sent("redirect_uris"));
    for uri in registered["redirect_uris"].as_array().unwrap() {
        judge_redirect_uri(uri.as_str().unwrap());
    }
    let optional = ["scope", "client_uri", "logo_uri", "policy_uri", "tos_uri", "jwks_uri"];
    for member in optional {
        let sent = Some(sent(member)).filter(|sent| !sent.is_null() && sent != "");
        assert_eq!(registered.get(member), sent.as_ref(), "{member}");
    }
    assert_eq!(registered["token_endpoint_auth_method"], "none");
    assert_eq!(registered["response_types"], serde_json::json!(["code"]));

    let granted = registered["grant_types"].as_array().unwrap();
    assert!(granted.contains(&Value::from("authorization_code")));
    match sent("grant_types") {
        Value::Null => assert_eq!(granted, &["authorization_code", "refresh_token"]),
        asked => {
            let asked = asked.as_array().unwrap();
            assert!(granted.iter().all(|grant_type| asked.contains(grant_type)));
            assert!(
                mode == UnsupportedMetadata::Replace || asked.iter().all(|grant_type| granted.contains(grant_type))
            );
        }
    }
    let known = 6 + optional.len() - usize::from(registered.get("client_id").is_none());
    assert!(registered.as_object().unwrap().len() <= known);
}

/// The second opinion on a redirection URI that was accepted: a browser must see the scheme and the host that stand there.
pub fn judge_redirect_uri(sent: &str) {
    let (scheme, rest) = sent.split_once(':').unwrap();
    let scheme = scheme.to_ascii_lowercase();
    let host = rest.strip_prefix("//").map(|rest| {
        let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
        match authority.rfind(':') {
            Some(colon) if !authority.ends_with(']') => &authority[..colon],
            _ => authority,
        }
    });
    assert!(!sent.contains('#'), "{sent}");

    // Where a browser sees no URL at all, it sends nobody anywhere.
    let Ok(url) = Url::parse(sent) else { return };
    assert_eq!(url.scheme(), scheme, "{sent}");
    assert!(url.username().is_empty() && url.password().is_none(), "{sent}");
    let written = host.unwrap_or_default();
    let agrees = match url.host() {
        None => written.is_empty(),
        Some(Host::Domain(seen)) if scheme.starts_with("http") => written.eq_ignore_ascii_case(seen),
        Some(Host::Domain(seen)) => written == seen,
        Some(Host::Ipv4(seen)) => written == seen.to_string(),
        Some(Host::Ipv6(seen)) => {
            let literal = written.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
            literal.and_then(|literal| literal.parse().ok()) == Some(seen)
        }
    };
    assert!(agrees, "{sent} is {url} to a browser");
    match scheme.as_str() {
        "http" => assert!(["localhost", "127.0.0.1", "[::1]"].contains(&written), "{sent}"),
        "javascript" | "data" | "vbscript" | "file" | "blob" | "about" | "ftp" | "ws" | "wss" => {
            panic!("{sent} was accepted")
        }
        _ => {}
    }
}

/// Judges one string as a redirection URI.
pub fn judge_as_redirect_uri(sent: &str) {
    match RedirectUri::try_from(sent.to_owned()) {
        Ok(uri) => {
            assert_eq!(uri.as_str(), sent, "kept byte for byte");
            assert!(uri.as_str().len() <= 1000);
            judge_redirect_uri(sent);
        }
        Err(error) => judge_description(&error.to_string()),
    }
}

/// A PutItem's item without DynamoDB's type letters and without the time.
fn item(input: &Value) -> Value {
    assert_eq!(input["ConditionExpression"], "attribute_not_exists(client_id)");
    let untyped = |value: &Value| value["S"].as_str().map(Value::from).unwrap();
    input["Item"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| *name != "client_id_issued_at")
        .map(|(name, value)| match value.get("L") {
            Some(Value::Array(list)) => (name.clone(), list.iter().map(untyped).collect()),
            _ => (name.clone(), untyped(value)),
        })
        .collect::<Map<_, _>>()
        .into()
}

#[derive(Clone, Debug, Default)]
struct Recorder(Arc<Mutex<Vec<Value>>>);

impl HttpConnector for Recorder {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let input = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        self.0.lock().unwrap().push(input);
        HttpConnectorFuture::ready(Ok(HttpResponse::new(200.try_into().unwrap(), SdkBody::from("{}"))))
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
