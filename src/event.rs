//! The border to Lambda: an API Gateway event becomes an HTTP request, an HTTP response becomes the function's result.
//!
//! `lambda_http` has this border too, but its event types turn every header, path and query of a stranger's request into Rust
//! values, and fail or panic where one cannot be (a header outside ASCII, a `Host` that is none); the gateway would then
//! answer 502 in our name. This one reads the five members that the endpoint needs.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lambda_http::aws_lambda_events::apigw::{ApiGatewayProxyResponse, ApiGatewayV2httpResponse};
use lambda_http::http::header::CONTENT_TYPE;
use lambda_http::http::{HeaderValue, Method};
use lambda_http::lambda_runtime::Diagnostic;
use lambda_http::{Body, Request, Response};
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// What this endpoint reads of an API Gateway proxy event: of a REST API (payload format 1.0), or of an HTTP API or a function
/// URL (2.0), which `cargo lambda watch` sends too. A caller's texts are read as bytes: half a surrogate pair, which JSON can hold and a
/// `String` cannot, is no fault of the event.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    http_method: Option<String>,
    request_context: Option<RequestContext>,
    headers: Option<Headers>,
    body: Option<ByteBuf>,
    is_base64_encoded: Option<bool>,
}

#[derive(Debug, Deserialize)]
struct RequestContext {
    http: Option<Http>,
}

#[derive(Debug, Deserialize)]
struct Http {
    method: String,
}

/// The one header that is read. Names are compared without case: REST APIs pass them on as they were sent.
#[derive(Debug)]
struct Headers {
    content_type: Option<ByteBuf>,
}

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Map;

        impl<'de> Visitor<'de> for Map {
            type Value = Headers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of headers")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut headers = Headers { content_type: None };
                while let Some(name) = map.next_key::<ByteBuf>()? {
                    if name.eq_ignore_ascii_case(CONTENT_TYPE.as_str().as_bytes()) {
                        headers.content_type = map.next_value()?;
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(headers)
            }
        }

        deserializer.deserialize_map(Map)
    }
}

impl Event {
    /// The HTTP request, and the format its result must have.
    ///
    /// # Errors
    ///
    /// [`NotAnHttpEvent`] where there is no HTTP method. Whatever else is missing or odd is the request's, and is answered.
    pub fn into_request(self) -> Result<(PayloadFormat, Request), NotAnHttpEvent> {
        let Self { http_method, request_context, headers, body, is_base64_encoded } = self;
        // Only format 2.0 has a method in its context; some senders put an `httpMethod` beside it that means nothing.
        let (format, method) = match request_context.and_then(|context| context.http) {
            Some(http) => (PayloadFormat::Http, http.method),
            None => (PayloadFormat::Rest, http_method.ok_or(NotAnHttpEvent)?),
        };
        let method = method.parse::<Method>().map_err(|_| NotAnHttpEvent)?;
        let body = match body {
            None => Body::Empty,
            // Only the gateway encodes, so this decodes. Were it not so, the text would be judged as it stands.
            Some(text) if is_base64_encoded == Some(true) => {
                Body::Binary(STANDARD.decode(&text).unwrap_or(text.into_vec()))
            }
            Some(text) => Body::Binary(text.into_vec()),
        };

        let mut request = Request::new(body);
        *request.method_mut() = method;
        if let Some(content_type) = headers.and_then(|headers| headers.content_type) {
            // What cannot stand in a header is no media type either; it must not pass for an absent one.
            let value = HeaderValue::from_bytes(&content_type).unwrap_or(HeaderValue::from_static("invalid"));
            request.headers_mut().insert(CONTENT_TYPE, value);
        }
        Ok((format, request))
    }
}

/// The payload format of an event, which its result must have too: a REST API refuses a result with members it does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadFormat {
    /// 1.0: REST APIs.
    Rest,
    /// 2.0: HTTP APIs, function URLs, `cargo lambda watch`.
    Http,
}

/// The function's result, ready to be serialized.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum ProxyResult {
    /// Payload format 1.0.
    Rest(ApiGatewayProxyResponse),
    /// Payload format 2.0.
    Http(ApiGatewayV2httpResponse),
}

impl PayloadFormat {
    /// The response in this format. All our bodies are text, all our headers single.
    #[must_use]
    pub fn result(self, response: Response<Body>) -> ProxyResult {
        let (parts, body) = response.into_parts();
        let status_code = i64::from(parts.status.as_u16());
        match self {
            Self::Rest => {
                let mut result = ApiGatewayProxyResponse::default();
                result.status_code = status_code;
                result.headers = parts.headers;
                result.body = Some(body);
                ProxyResult::Rest(result)
            }
            Self::Http => {
                let mut result = ApiGatewayV2httpResponse::default();
                result.status_code = status_code;
                result.headers = parts.headers;
                result.body = Some(body);
                ProxyResult::Http(result)
            }
        }
    }
}

/// An event that names no HTTP method, so not one of API Gateway's. No caller of the gateway can cause it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAnHttpEvent;

impl fmt::Display for NotAnHttpEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the event is not one that API Gateway sends: it names no HTTP method")
    }
}

impl std::error::Error for NotAnHttpEvent {}

/// What the Lambda runtime reports of it.
impl From<NotAnHttpEvent> for Diagnostic {
    fn from(error: NotAnHttpEvent) -> Self {
        Self { error_type: "NotAnHttpEvent".to_owned(), error_message: error.to_string() }
    }
}
