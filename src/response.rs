//! Answer: an [`Outcome`] becomes an HTTP response.
//!
//! API Gateway or AWS WAF sometimes answers for us. The template repeats these bodies and headers; a test compares them.

use lambda_http::http::header::{self, HeaderName};
use lambda_http::http::{HeaderValue, StatusCode};
use lambda_http::{Body, Response};
use serde::{Serialize, Serializer};
use serde_json::json;

use crate::client::Client;
use crate::failure::StoreError;
use crate::member::MemberValue;
use crate::outcome::Outcome;

/// Whole seconds after which a caller may try again.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("5");

/// The header in which clients of the reference API look for those seconds.
const X_RATELIMIT_RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// The answer to a request: 201 with the client information; 400 with the error; 429, 503 or 500 without the cause;
/// 204 or 405.
pub fn answer(outcome: &Outcome) -> Response<Body> {
    match outcome {
        Outcome::Registered(client, _) => uncached(json(StatusCode::CREATED, &ClientInformation(client))),
        // The client registration error response (RFC 7591 §3.2.2).
        Outcome::Refused(refusal) => {
            let error = json!({ "error": refusal.code().as_str(), "error_description": refusal.to_string() });
            uncached(json(StatusCode::BAD_REQUEST, &error))
        }
        Outcome::NotStored(StoreError::Throttled(_), _) => {
            let mut response = retry_later(errors(StatusCode::TOO_MANY_REQUESTS, "Too many requests"));
            response.headers_mut().insert(X_RATELIMIT_RESET, RETRY_AFTER_SECONDS);
            response
        }
        Outcome::NotStored(StoreError::Unavailable(_), _) => {
            retry_later(errors(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"))
        }
        Outcome::NotStored(StoreError::Failed(_) | StoreError::ClientIdTaken, _) => {
            errors(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
        }
        Outcome::Preflight => preflight(),
        Outcome::MethodNotAllowed => {
            let mut response = errors(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed");
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST, OPTIONS"));
            response
        }
    }
}

/// The client information response (RFC 7591 §3.2.1): the reference's six members, and the registered optional ones.
struct ClientInformation<'a>(&'a Client);

impl Serialize for ClientInformation<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let client_id = self.0.client_id().to_string();
        let members = self.0.metadata().members().map(|(member, value)| (member.as_str(), value));
        serializer.collect_map([("client_id", MemberValue::Text(&client_id))].into_iter().chain(members))
    }
}

/// The API's own error response, for everything RFC 7591 has no code for.
fn errors(status: StatusCode, error: &'static str) -> Response<Body> {
    json(status, &json!({ "errors": [error] }))
}

/// What a browser's CORS preflight asks for. Credentials are ignored, so any origin may register, with any header. `*`
/// does not cover `Authorization`, and older browsers ignore it, so the usual headers are also named.
fn preflight() -> Response<Body> {
    let mut response = any_origin(StatusCode::NO_CONTENT, Body::Empty);
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "POST, OPTIONS"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "Content-Type, Accept, Authorization, MCP-Protocol-Version, *"),
        (header::ACCESS_CONTROL_MAX_AGE, "86400"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn json(status: StatusCode, body: &impl Serialize) -> Response<Body> {
    #[expect(clippy::unreachable, reason = "serde_json fails only on map keys that are not strings")]
    let body = serde_json::to_string(body).unwrap_or_else(|error| unreachable!("{error}"));
    let mut response = any_origin(status, Body::Text(body));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Every response allows any origin; without this header a browser hides even the error from its caller.
fn any_origin(status: StatusCode, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

/// RFC 7591 §3.2.1 and §3.2.2: these answers must not be cached.
fn uncached(mut response: Response<Body>) -> Response<Body> {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

fn retry_later(mut response: Response<Body>) -> Response<Body> {
    response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER_SECONDS);
    response
        .headers_mut()
        .insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("Retry-After, X-RateLimit-Reset"));
    response
}
