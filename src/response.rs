//! Answer: a registered [`Client`] or a [`RegistrationError`] becomes an HTTP response.
//!
//! Where the platform answers for us (API Gateway, AWS WAF), the template repeats these bodies and headers, and a test holds
//! the two equal.

use lambda_http::http::header::{self, HeaderName};
use lambda_http::http::{HeaderValue, StatusCode};
use lambda_http::{Body, Response};
use serde::Serialize;

use crate::client::Client;
use crate::error::{MetadataError, ReadError, RedirectUriError, RegistrationError, StoreError};

/// Whole seconds after which a throttled or unlucky caller may come back.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("5");

/// Where clients of the reference API look for those seconds.
const X_RATELIMIT_RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// The client information response (RFC 7591 §3.2.1): the reference's six members, and the optional ones that were registered.
#[derive(Serialize)]
struct ClientInformation<'a> {
    client_id: String,
    client_name: &'a str,
    redirect_uris: Vec<&'a str>,
    token_endpoint_auth_method: &'a str,
    grant_types: Vec<&'a str>,
    response_types: [&'a str; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_uri: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    logo_uri: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy_uri: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tos_uri: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jwks_uri: Option<&'a str>,
}

/// The error codes of a client registration error response (RFC 7591 §3.2.2; `invalid_request` is RFC 6749 §5.2's).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// Something is wrong with the document or how it was sent.
    InvalidRequest,
    /// A member breaks its rule.
    InvalidClientMetadata,
    /// A redirection URI is well-formed, but may not be registered.
    InvalidRedirectUri,
}

impl ErrorCode {
    /// The code as it stands in the answer and in the log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClientMetadata => "invalid_client_metadata",
            Self::InvalidRedirectUri => "invalid_redirect_uri",
        }
    }
}

impl From<&ReadError> for ErrorCode {
    fn from(error: &ReadError) -> Self {
        match error {
            ReadError::ContentType
            | ReadError::NoBody
            | ReadError::TooLarge
            | ReadError::NotUtf8
            | ReadError::NotJson
            | ReadError::NotAnObject
            | ReadError::Twice(_)
            | ReadError::NotUnicode(_) => Self::InvalidRequest,
            ReadError::WrongType(_) => Self::InvalidClientMetadata,
        }
    }
}

impl From<&MetadataError> for ErrorCode {
    fn from(error: &MetadataError) -> Self {
        match error {
            MetadataError::Required(_)
            | MetadataError::TooLong(..)
            | MetadataError::ClientNameBlank
            | MetadataError::ClientNameControl
            | MetadataError::ClientNameDeceptive
            | MetadataError::TooManyRedirectUris
            | MetadataError::Unsupported(_)
            | MetadataError::NoAuthorizationCode
            | MetadataError::ScopeMalformed
            | MetadataError::NotAWebUri(_)
            // The published reference gives this code for this one.
            | MetadataError::RedirectUri(_, RedirectUriError::NotWellFormed) => Self::InvalidClientMetadata,
            MetadataError::RedirectUri(
                _,
                RedirectUriError::Fragment
                | RedirectUriError::Userinfo
                | RedirectUriError::Wildcard
                | RedirectUriError::DisguisedHost
                | RedirectUriError::NotLoopback
                | RedirectUriError::Scheme,
            ) => Self::InvalidRedirectUri,
        }
    }
}

/// The client registration error response (RFC 7591 §3.2.2).
#[derive(Serialize)]
struct ErrorBody {
    error: &'static str,
    error_description: String,
}

/// The API's own error response, for everything RFC 7591 has no code for.
#[derive(Serialize)]
struct Errors {
    errors: [&'static str; 1],
}

/// 201 with the client information, 400 with the error, or 429, 503, 500 with nothing of the cause.
#[must_use]
pub fn answer(outcome: &Result<Client, RegistrationError>) -> Response<Body> {
    match outcome {
        Ok(client) => not_stored(json(StatusCode::CREATED, &ClientInformation::of(client))),
        Err(RegistrationError::Read(error)) => refused(error.into(), error.to_string()),
        Err(RegistrationError::Metadata(error)) => refused(error.into(), error.to_string()),
        Err(RegistrationError::Store(StoreError::Throttled(_))) => {
            let mut response = retry_later(errors(StatusCode::TOO_MANY_REQUESTS, "Too many requests"));
            response.headers_mut().insert(X_RATELIMIT_RESET, RETRY_AFTER_SECONDS);
            response
        }
        Err(RegistrationError::Store(StoreError::Unavailable(_))) => {
            retry_later(errors(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"))
        }
        Err(RegistrationError::Store(StoreError::Rejected(_) | StoreError::ClientIdTaken)) => {
            errors(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
        }
    }
}

/// 204: what a browser's CORS preflight wants to know. Any origin may register, since no credentials are looked at.
#[must_use]
pub fn preflight() -> Response<Body> {
    let mut response = any_origin(StatusCode::NO_CONTENT, Body::Empty);
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST, OPTIONS"));
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("Content-Type, Accept, Authorization, MCP-Protocol-Version"),
    );
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    response
}

/// 405, with the methods there are.
#[must_use]
pub fn method_not_allowed() -> Response<Body> {
    let mut response = errors(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed");
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST, OPTIONS"));
    response
}

impl<'a> ClientInformation<'a> {
    fn of(client: &'a Client) -> Self {
        let metadata = client.metadata();
        Self {
            client_id: client.client_id().to_string(),
            client_name: metadata.client_name(),
            redirect_uris: metadata.redirect_uris().collect(),
            token_endpoint_auth_method: metadata.token_endpoint_auth_method(),
            grant_types: metadata.grant_types().collect(),
            response_types: metadata.response_types(),
            scope: metadata.scope(),
            client_uri: metadata.client_uri(),
            logo_uri: metadata.logo_uri(),
            policy_uri: metadata.policy_uri(),
            tos_uri: metadata.tos_uri(),
            jwks_uri: metadata.jwks_uri(),
        }
    }
}

fn refused(code: ErrorCode, error_description: String) -> Response<Body> {
    not_stored(json(StatusCode::BAD_REQUEST, &ErrorBody { error: code.as_str(), error_description }))
}

fn errors(status: StatusCode, error: &'static str) -> Response<Body> {
    json(status, &Errors { errors: [error] })
}

fn json(status: StatusCode, body: &impl Serialize) -> Response<Body> {
    // Structs of strings always serialize; an empty body would be the worst that could come of it.
    let mut response = any_origin(status, Body::Text(serde_json::to_string(body).unwrap_or_default()));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Every answer is for every origin; without this header a browser hides even the error from its caller.
fn any_origin(status: StatusCode, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

/// RFC 7591 §3.2.1 and §3.2.2: these answers are not for caches.
fn not_stored(mut response: Response<Body>) -> Response<Body> {
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
