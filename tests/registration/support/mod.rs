//! What the tests speak: an [`Endpoint`] over an embedded DynamoDB of its own, and the [`Reply`] to a registration.

pub mod members;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::time::Duration;

use dev::api;
use dev::dynamodb::{TABLE_NAME, Table, sdk_config, untyped};
use dev::runtime_api::Function;
use dynamic_client_registration::allowed_origins::AllowedOrigins;
use dynamic_client_registration::policy::UnsupportedMetadata;
use dynamic_client_registration::{ClientStore, Handler, Policy};
use lambda_http::http::{HeaderMap, Method, StatusCode};
use lambda_http::{Body, Request};
use serde_json::{Value, json};

/// The function, as cargo has built it for the tests.
pub const BINARY: &str = env!("CARGO_BIN_EXE_dynamic-client-registration");

/// The variable by which it logs JSON.
pub const LOGS_JSON: (&str, &str) = ("AWS_LAMBDA_LOG_FORMAT", "JSON");

/// The function over the table at `url`, with these variables as well.
pub async fn start(url: &str, variables: &[(&str, &str)]) -> Function {
    let table = [("TABLE_NAME", TABLE_NAME), ("AWS_ENDPOINT_URL_DYNAMODB", url)];
    Function::start(BINARY, &[table.as_slice(), variables].concat()).await
}

/// The handler with its table.
pub struct Endpoint {
    pub handler: Handler,
    pub table: Table,
}

impl Endpoint {
    /// With the default policy.
    pub async fn start() -> Self {
        Self::with_policy(Policy::default()).await
    }

    pub async fn with_policy(policy: Policy) -> Self {
        let table = Table::start().await;
        let store = store(&table.url).await;
        Self { handler: Handler::new(store, policy), table }
    }

    /// Posts `body` as `application/json`.
    pub async fn register(&self, body: &Value) -> Reply {
        self.send(post(body.to_string())).await
    }

    pub async fn send(&self, request: Request) -> Reply {
        Reply::from(self.handler.handle("test-request", &request).await)
    }

    /// Every client of the table by its `client_id`, as the answer had it.
    pub fn stored(&self) -> BTreeMap<String, Value> {
        self.table
            .items()
            .into_iter()
            .map(|item| {
                let mut client = untyped(&item);
                client.as_object_mut().unwrap().remove("client_id_issued_at");
                (client["client_id"].to_string(), client)
            })
            .collect()
    }
}

/// The policy that registers the origins of this list alone.
pub fn listing(list: &str) -> Policy {
    Policy { allowed_origins: AllowedOrigins::parse(list).unwrap(), ..Policy::default() }
}

/// The policy that replaces what is not supported.
pub fn replacing() -> Policy {
    Policy { unsupported_metadata: UnsupportedMetadata::Replace, ..Policy::default() }
}

/// The policy under which clients live for so many days.
pub fn expiring_after(days: u64) -> Policy {
    Policy { client_ttl: Some(Duration::from_secs(days * 24 * 60 * 60)), ..Policy::default() }
}

/// The store of the table at `url`, with the time-outs and retries it has in production.
pub async fn store(url: &str) -> ClientStore {
    ClientStore::new(&sdk_config(url).unwrap(), TABLE_NAME.to_owned())
}

/// A registration request with `body`.
pub fn post(body: impl Into<Body>) -> Request {
    lambda_http::http::Request::builder()
        .method(Method::POST)
        .uri(dev::server::PATH)
        .header("Content-Type", "application/json")
        .body(body.into())
        .unwrap()
}

/// The smallest valid registration.
pub fn minimal() -> Value {
    json!({ "client_name": "Example MCP Client", "redirect_uris": ["https://example.com/oauth/callback"] })
}

/// The smallest valid registration with `member` put to `value`.
pub fn minimal_with(member: &str, value: impl Into<Value>) -> Value {
    let mut body = minimal();
    body[member] = value.into();
    body
}

/// The published reference's own example, all eleven members.
pub fn full() -> Value {
    json!({
        "client_name": "Example MCP Client",
        "client_uri": "https://example.com",
        "grant_types": ["authorization_code", "refresh_token"],
        "jwks_uri": "https://example.com/.well-known/jwks.json",
        "logo_uri": "https://example.com/logo.png",
        "policy_uri": "https://example.com/privacy",
        "redirect_uris": ["https://example.com/oauth/callback"],
        "response_types": ["code"],
        "scope": "openid profile",
        "token_endpoint_auth_method": "none",
        "tos_uri": "https://example.com/tos"
    })
}

/// The headers of every answer that registers or refuses.
const NOT_CACHED: [(&str, &str); 4] = [
    ("access-control-allow-origin", "*"),
    ("cache-control", "no-store"),
    ("content-type", "application/json"),
    ("pragma", "no-cache"),
];

/// What a caller gets.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl From<lambda_http::Response<Body>> for Reply {
    /// Every answer that a test sees has to be one that docs/openapi.yaml describes.
    #[track_caller]
    fn from(response: lambda_http::Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let body = String::from_utf8(body.to_vec()).unwrap();
        api::check(parts.status, &parts.headers, &body).unwrap();
        Self { status: parts.status, headers: parts.headers, body }
    }
}

impl Reply {
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {:?}", self.body))
    }

    /// 201 with every header docs/api.md lists; the client information.
    #[track_caller]
    pub fn assert_registered(&self, why: impl Debug) -> Value {
        assert_eq!(self.status, StatusCode::CREATED, "{why:?} should register: {}", self.body);
        self.assert_headers(&NOT_CACHED);
        self.json()
    }

    /// 400 with every header docs/api.md lists, the code, and a description RFC 6749 §5.2 allows; the description.
    #[track_caller]
    pub fn assert_refused(&self, error: &str, why: impl Debug) -> String {
        assert_eq!(self.status, StatusCode::BAD_REQUEST, "{why:?} should be refused: {}", self.body);
        self.assert_headers(&NOT_CACHED);
        let body = self.json();
        assert_eq!(body["error"], error, "{why:?}: {body}");
        assert_eq!(body.as_object().unwrap().len(), 2, "{why:?}: {body}");
        let description = body["error_description"].as_str().unwrap().to_owned();
        assert!(is_description(&description), "{why:?}: {description:?} leaves RFC 6749 section 5.2's characters");
        description
    }

    /// A response of the API's own shape, `{"errors":[…]}` to the byte, with exactly these headers and the two that
    /// every such answer has.
    #[track_caller]
    pub fn assert_errors(&self, status: u16, error: &str, headers: &[(&str, &str)]) {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        assert_eq!(self.body, format!(r#"{{"errors":["{error}"]}}"#));
        let common = [("access-control-allow-origin", "*"), ("content-type", "application/json")];
        self.assert_headers(&[&common, headers].concat());
    }

    /// Exactly these headers, names in lower case, in any order.
    #[track_caller]
    pub fn assert_headers(&self, expected: &[(&str, &str)]) {
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        let mut headers: Vec<_> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
        headers.sort_unstable();
        assert_eq!(headers, expected);
    }
}

/// Whether a text keeps to the characters of an `error_description` (RFC 6749 §5.2) and says something.
pub fn is_description(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, 0x20..=0x21 | 0x23..=0x5B | 0x5D..=0x7E))
}
