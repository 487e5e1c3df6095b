//! Web pages register from any origin. A browser asks first (a preflight), and what it then lets through is the Fetch
//! standard's business; so these tests decide as the standard does, and look at no header of their own.

use dev::dynamodb::Table;
use dev::wire::{Fault, Wire, always};
use dynamic_client_registration::{Handler, Policy};
use lambda_http::http::{HeaderValue, Method};
use serde_json::{Value, json};

use crate::support::{Endpoint, Reply, minimal, minimal_with, post, store};

/// What a page asks a browser for.
#[derive(Clone, Copy, Debug)]
struct Fetch {
    origin: &'static str,
    method: &'static str,
    /// Names of request headers that the page sets.
    headers: &'static [&'static str],
    /// Whether the page wants its cookies sent.
    credentials: bool,
    /// Whether the browser knows `*` among allowed methods and headers. Those from before 2019 take it for a name.
    knows_wildcard: bool,
}

/// A new browser, and a page that registers a client in the plainest way.
const PLAIN: Fetch = Fetch {
    origin: "https://app.example.com",
    method: "POST",
    headers: &["Content-Type"],
    credentials: false,
    knows_wildcard: true,
};

impl Fetch {
    /// The header names that the browser asks about: all that the page sets, lower case and sorted, but those that any
    /// form could send (CORS-safelisted; `Content-Type` is among them for forms' own types only, and JSON is not one).
    fn unsafe_headers(&self) -> Vec<String> {
        const SAFELISTED: [&str; 3] = ["accept", "accept-language", "content-language"];
        let mut names: Vec<String> = self
            .headers
            .iter()
            .map(|name| name.to_ascii_lowercase())
            .filter(|name| !SAFELISTED.contains(&name.as_str()))
            .collect();
        names.sort();
        names.dedup();
        names
    }

    /// CORS-preflight fetch (Fetch standard, section 4.8), up to its decision.
    async fn preflight(&self, endpoint: &Endpoint) -> Result<(), String> {
        let unsafe_headers = self.unsafe_headers();
        let mut request = post("");
        *request.method_mut() = Method::OPTIONS;
        let headers = request.headers_mut();
        headers.clear();
        headers.insert("Accept", HeaderValue::from_static("*/*"));
        headers.insert("Origin", HeaderValue::from_static(self.origin));
        headers.insert("Access-Control-Request-Method", HeaderValue::from_static(self.method));
        if !unsafe_headers.is_empty() {
            headers.insert("Access-Control-Request-Headers", unsafe_headers.join(",").parse().unwrap());
        }

        let reply = endpoint.send(request).await;

        self.may_read(&reply)?;
        if !reply.status.is_success() {
            return Err(format!("{} is no ok status", reply.status));
        }
        let methods = list(&reply, "access-control-allow-methods")?;
        let allowed = list(&reply, "access-control-allow-headers")?;
        let wildcard =
            |list: &[String]| !self.credentials && self.knows_wildcard && list.iter().any(|name| name == "*");
        let safelisted = ["GET", "HEAD", "POST"].contains(&self.method);
        if !safelisted && !methods.iter().any(|method| method == self.method) && !wildcard(&methods) {
            return Err(format!("{} is not allowed", self.method));
        }
        for name in &unsafe_headers {
            let named = allowed.iter().any(|header| header.eq_ignore_ascii_case(name));
            // A CORS non-wildcard request-header name must be named.
            if !named && (name == "authorization" || !wildcard(&allowed)) {
                return Err(format!("{name} is not allowed"));
            }
        }
        Ok(())
    }

    /// CORS check (Fetch standard, section 4.10): whether the page gets to see a response.
    fn may_read(&self, reply: &Reply) -> Result<(), String> {
        let allowed: Vec<_> = reply.headers.get_all("access-control-allow-origin").iter().collect();
        let [allowed] = allowed.as_slice() else {
            return Err(format!("{allowed:?} is not one origin"));
        };
        if !self.credentials && *allowed == "*" {
            return Ok(());
        }
        if *allowed != self.origin {
            return Err(format!("{allowed:?} is not the page's origin"));
        }
        let with_credentials =
            reply.headers.get("access-control-allow-credentials").is_some_and(|value| value == "true");
        if !self.credentials || with_credentials { Ok(()) } else { Err("no credentials are allowed".to_owned()) }
    }
}

/// The elements of a header that is a list of tokens, as browsers extract them; anything but tokens is a network error.
fn list(reply: &Reply, name: &str) -> Result<Vec<String>, String> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let mut elements = Vec::new();
    for value in reply.headers.get_all(name) {
        let value = value.to_str().map_err(|error| format!("{name}: {error}"))?;
        for element in value.split(',').map(|element| element.trim_matches([' ', '\t'])).filter(|it| !it.is_empty()) {
            if !element.bytes().all(is_token) {
                return Err(format!("{name}: {element:?} is no token"));
            }
            elements.push(element.to_owned());
        }
    }
    Ok(elements)
}

/// Header names a page may read: the CORS-safelisted ones and those that the answer exposes.
fn readable(reply: &Reply) -> Vec<String> {
    let mut names = list(reply, "access-control-expose-headers").unwrap();
    for name in &mut names {
        name.make_ascii_lowercase();
    }
    let safelisted =
        ["cache-control", "content-language", "content-length", "content-type", "expires", "last-modified", "pragma"];
    names.extend(safelisted.map(str::to_owned));
    names
}

#[tokio::test]
async fn a_page_may_send_any_header() {
    let rows: [&[&str]; 12] = [
        &[],
        &["Accept", "Accept-Language"],
        &["Content-Type"],
        &["Content-Type", "MCP-Protocol-Version", "Authorization"],
        &["content-type", "AUTHORIZATION", "mcp-protocol-version"],
        &["traceparent", "tracestate", "baggage"],
        &["traceparent", "mcp-protocol-version", "x-anything", "authorization"],
        &["sentry-trace", "baggage", "x-datadog-trace-id", "b3", "newrelic", "request-id"],
        &["MCP-Session-Id", "MCP-Method", "MCP-Name", "Last-Event-ID"],
        &["X-Requested-With", "Cache-Control", "Pragma", "If-None-Match"],
        &["x-!#$%&'*+-.^_`|~"],
        &["*"],
    ];
    let endpoint = Endpoint::start().await;
    for headers in rows {
        let fetch = Fetch { headers, ..PLAIN };
        assert_eq!(fetch.preflight(&endpoint).await, Ok(()), "{fetch:?}");
    }
    assert_eq!(endpoint.table.items(), Vec::<Value>::new());
}

#[tokio::test]
async fn old_browsers_may_send_the_headers_that_clients_are_known_to_send() {
    let endpoint = Endpoint::start().await;
    let old = Fetch { knows_wildcard: false, ..PLAIN };
    let known = Fetch { headers: &["Content-Type", "Accept", "Authorization", "MCP-Protocol-Version"], ..old };
    assert_eq!(known.preflight(&endpoint).await, Ok(()));
    let unknown = Fetch { headers: &["traceparent"], ..old };
    assert_eq!(unknown.preflight(&endpoint).await, Err("traceparent is not allowed".to_owned()));
}

#[tokio::test]
async fn a_page_of_any_origin_may_register() {
    let endpoint = Endpoint::start().await;
    for origin in [
        "https://app.example.com",
        "http://app.example.com:8080",
        "http://localhost:6274",
        "https://inspector.example",
        "null",
        "chrome-extension://abcdefghijklmnop",
        "moz-extension://5a434691-ccb2-4fd1-b97b-b64bcfbc03fc",
        "capacitor://localhost",
    ] {
        let fetch = Fetch { origin, ..PLAIN };
        assert_eq!(fetch.preflight(&endpoint).await, Ok(()), "{origin}");
        let mut request = post(minimal().to_string());
        request.headers_mut().insert("Origin", HeaderValue::from_static(origin));
        let reply = endpoint.send(request).await;
        assert_eq!(fetch.may_read(&reply), Ok(()), "{origin}");
        reply.assert_registered(origin);
    }
}

#[tokio::test]
async fn a_page_may_use_no_method_but_post_and_send_no_credentials() {
    let endpoint = Endpoint::start().await;
    for method in ["PUT", "PATCH", "DELETE", "post", "QUERY"] {
        let fetch = Fetch { method, ..PLAIN };
        assert_eq!(fetch.preflight(&endpoint).await, Err(format!("{method} is not allowed")));
    }
    let fetch = Fetch { credentials: true, ..PLAIN };
    assert_eq!(fetch.preflight(&endpoint).await, Err("\"*\" is not the page's origin".to_owned()));
    assert_eq!(endpoint.table.items(), Vec::<Value>::new());
}

#[tokio::test]
async fn a_preflight_is_answered_and_touches_nothing() {
    let endpoint = Endpoint::start().await;
    let mut request = post(minimal().to_string());
    *request.method_mut() = Method::OPTIONS;

    let reply = endpoint.send(request).await;

    assert_eq!((reply.status.as_u16(), reply.body.as_str()), (204, ""));
    reply.assert_headers(&[
        ("access-control-allow-headers", "Content-Type, Accept, Authorization, MCP-Protocol-Version, *"),
        ("access-control-allow-methods", "POST, OPTIONS"),
        ("access-control-allow-origin", "*"),
        ("access-control-max-age", "86400"),
    ]);
    assert_eq!(endpoint.table.items(), Vec::<Value>::new());
}

/// A page that cannot read a refusal tells its user that the server is down.
#[tokio::test]
async fn a_page_may_read_every_answer_and_what_it_says_about_trying_again() {
    let mut get = post("");
    *get.method_mut() = Method::GET;
    let mut replies = Vec::new();
    let endpoint = Endpoint::start().await;
    replies.push((201, endpoint.register(&minimal()).await));
    replies.push((400, endpoint.send(post("{")).await));
    replies.push((400, endpoint.register(&minimal_with("client_name", " ")).await));
    replies.push((400, endpoint.register(&minimal_with("redirect_uris", json!(["https://example.com/#"]))).await));
    replies.push((405, endpoint.send(get).await));
    for (status, fault) in [
        (429, Fault::Exception(400, "ThrottlingException")),
        (500, Fault::Exception(400, "AccessDeniedException")),
        (503, Fault::Exception(503, "ServiceUnavailable")),
    ] {
        let table = Table::start().await;
        let wire = Wire::to(&table.url, always(fault)).await;
        let handler = Handler::new(store(&wire.url).await, Policy::default());
        replies.push((status, Reply::from(handler.handle("test-request", &post(minimal().to_string())).await)));
    }
    for (status, reply) in replies {
        assert_eq!(reply.status.as_u16(), status, "{}", reply.body);
        assert_eq!(PLAIN.may_read(&reply), Ok(()), "{status}");
        assert_eq!(reply.headers.get("access-control-allow-credentials"), None, "{status}");
        for name in ["retry-after", "x-ratelimit-reset"] {
            let sent = reply.headers.contains_key(name);
            assert_eq!(
                sent,
                [429, 503].contains(&status) && (status == 429 || name == "retry-after"),
                "{status}: {name}"
            );
            assert!(!sent || readable(&reply).iter().any(|readable| readable == name), "{status}: {name} is hidden");
        }
        assert!(readable(&reply).iter().any(|name| name == "content-type"));
    }
}
