//! What must be true whatever is sent. A target hands in bytes; a property that does not hold panics.

#![expect(clippy::missing_panics_doc, reason = "panicking is what an oracle is for")]

pub mod names;
pub mod uris;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::{io, iter};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use dynamic_client_registration::allowed_origins::AllowedOrigins;
use dynamic_client_registration::event::keep_what_is_read;
use dynamic_client_registration::policy::UnsupportedMetadata;
use dynamic_client_registration::{ClientStore, Handler, Policy, Settings};
use lambda_http::lambda_runtime::LambdaInvocation;
use lambda_http::request::LambdaRequest;
use lambda_http::tower::ServiceExt;
use lambda_http::{Adapter, Context, LambdaEvent, Request, service_fn};
use serde_bytes::{ByteBuf, Bytes};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use tokio::runtime::Runtime;
use tracing_subscriber::fmt::MakeWriter;

/// The members that are `http` or `https` URLs.
const LINKS: [&str; 5] = ["client_uri", "logo_uri", "policy_uri", "tos_uri", "jwks_uri"];

/// Every policy worth asking: both modes, without a list of origins and with each of [`uris::LISTS`].
#[must_use]
pub fn policies() -> Vec<Policy> {
    let lists = || iter::once("").chain(uris::LISTS);
    let modes = ["reject", "replace"];
    modes.into_iter().flat_map(|unsupported| lists().map(move |listed| policy(unsupported, listed))).collect()
}

fn policy(unsupported: &str, listed: &str) -> Policy {
    let variable = |name: &str| match name {
        "TABLE_NAME" => Some("clients".to_owned()),
        "UNSUPPORTED_METADATA" => Some(unsupported.to_owned()),
        "ALLOWED_REDIRECT_ORIGINS" if !listed.is_empty() => Some(listed.to_owned()),
        _ => None,
    };
    Settings::read(variable).unwrap().policy
}

/// The whole endpoint, from event to result, before a DynamoDB that takes everything and remembers it.
pub struct Endpoint {
    runtime: Runtime,
    store: ClientStore,
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
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        Self { runtime, store, written, log }
    }
}

impl Endpoint {
    /// Hands an event to the endpoint as the binary does and checks the result. `sent` is the event's body, where it is
    /// known. `false` where it is no event at all.
    pub fn check(&self, event: &[u8], sent: Option<&[u8]>, policy: &Policy) -> bool {
        let (parts, ()) = lambda_http::http::Response::new(()).into_parts();
        let invocation = LambdaInvocation { parts, body: event.to_vec().into(), context: Context::default() };
        let Ok(event) = serde_json::from_slice::<LambdaRequest>(&keep_what_is_read(invocation).body) else {
            return false;
        };
        let handler = Handler::new(self.store.clone(), policy.clone());
        let body = Arc::new(Mutex::new(Vec::new()));
        let seen = body.clone();
        let service = service_fn(move |request: Request| {
            *seen.lock().unwrap() = request.body().to_vec();
            let handler = handler.clone();
            async move { Ok::<_, lambda_http::Error>(handler.handle("fuzz-request", &request).await) }
        });
        let call = Adapter::from(service).oneshot(LambdaEvent::new(event, Context::default()));
        let result = serde_json::to_value(self.runtime.block_on(call).unwrap()).unwrap();

        let written = std::mem::take(&mut *self.written.0.lock().unwrap());
        let log = std::mem::take(&mut *self.log.0.lock().unwrap());
        check_log(&log);
        let answer = result["body"].as_str().unwrap_or_default();
        match result["statusCode"].as_i64().unwrap() {
            201 => {
                let answer: Value = serde_json::from_str(answer).unwrap();
                assert_eq!(written.len(), 1, "one write a client");
                assert_eq!(item(&written[0]), answer, "what is stored is what is echoed");
                check_registered(sent.unwrap_or(&body.lock().unwrap()), &answer, policy);
            }
            400 => {
                assert!(written.is_empty(), "a refusal writes nothing");
                let answer: Map<String, Value> = serde_json::from_str(answer).unwrap();
                assert_eq!(answer.len(), 2);
                check_description(answer["error_description"].as_str().unwrap());
            }
            204 | 405 => assert!(written.is_empty(), "only a POST writes"),
            status => panic!("a caller brought about a {status}"),
        }
        true
    }
}

/// One line of JSON, flat, with the members every line has, and one word of a stranger's at most.
fn check_log(log: &[u8]) {
    let log = std::str::from_utf8(log).unwrap();
    let line = log.strip_suffix('\n').unwrap();
    assert!(!line.contains(['\n', '\r']), "one line a request: {line}");
    let line: Map<String, Value> = serde_json::from_str(line).unwrap();
    for member in ["request_id", "outcome", "status"] {
        assert!(line.contains_key(member), "{line:?}");
    }
    if let Some(origin) = line.get("origin") {
        let origin = origin.as_str().unwrap();
        let harmless = |byte: u8| byte.is_ascii_alphanumeric() || b".-+_:/[]".contains(&byte);
        assert!(!origin.is_empty() && origin.len() <= 255 && origin.bytes().all(harmless), "{line:?}");
    }
}

/// RFC 6749 §5.2.
pub fn check_description(description: &str) {
    assert!(
        !description.is_empty()
            && description.bytes().all(|byte| matches!(byte, 0x20..=0x21 | 0x23..=0x5B | 0x5D..=0x7E)),
        "{description:?}"
    );
}

/// What was registered is what was sent, or its default, and may be registered.
pub fn check_registered(sent: &[u8], registered: &Value, policy: &Policy) {
    let sent: HashMap<ByteBuf, &RawValue> = serde_json::from_slice(sent).unwrap();
    let sent = |member: &str| -> Value {
        sent.get(Bytes::new(member.as_bytes())).map_or(Value::Null, |raw| serde_json::from_str(raw.get()).unwrap())
    };
    assert_eq!(registered["client_name"], sent("client_name"));
    assert_eq!(names::fault(registered["client_name"].as_str().unwrap()), None, "{registered}");
    let is_the_policys = |list: &&str| AllowedOrigins::parse(list).unwrap() == policy.allowed_origins;
    let list = uris::LISTS.into_iter().find(is_the_policys);
    let is_listed = |uri: &Value| list.is_none_or(|list| uris::is_listed(uri.as_str().unwrap(), list));
    let mut uris = sent("redirect_uris");
    let uris = uris.as_array_mut().unwrap();
    for uri in uris.iter() {
        uris::check_redirect_uri(uri.as_str().unwrap());
    }
    if policy.unsupported_metadata == UnsupportedMetadata::Replace {
        uris.retain(is_listed);
    }
    assert!(uris.iter().all(is_listed), "{uris:?}");
    assert_eq!(registered["redirect_uris"].as_array(), Some(&*uris));
    for member in ["scope"].iter().chain(&LINKS) {
        let sent = Some(sent(member)).filter(|sent| !sent.is_null() && sent != "");
        assert_eq!(registered.get(member), sent.as_ref(), "{member}");
        if let (true, Some(link)) = (LINKS.contains(member), &sent) {
            uris::check_link(link.as_str().unwrap());
        }
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
                policy.unsupported_metadata == UnsupportedMetadata::Replace
                    || asked.iter().all(|grant_type| granted.contains(grant_type))
            );
        }
    }
    let known = 7 + LINKS.len() - usize::from(registered.get("client_id").is_none());
    assert!(registered.as_object().unwrap().len() <= known);
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
        let mut reply = HttpResponse::new(200.try_into().unwrap(), SdkBody::from("{}"));
        // Without it nothing says that it is DynamoDB's.
        reply.headers_mut().insert("x-amzn-requestid", "fuzz");
        HttpConnectorFuture::ready(Ok(reply))
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
