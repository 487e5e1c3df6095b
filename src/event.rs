//! A layer in front of `lambda_http` that keeps only those parts of an event that this endpoint reads.
//!
//! `lambda_http` turns every header, path and query of a request into Rust values, and fails or panics if
//! that is impossible: an invalid `Host`, an odd `X-Forwarded-Proto`, a header name outside ASCII, invalid base64. The
//! gateway would then answer 502 in our name. What this layer passes on can always be read.

use std::future::{Future, ready};
use std::pin::Pin;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lambda_http::http::{HeaderValue, Method};
use lambda_http::lambda_runtime::LambdaInvocation;
use lambda_http::{Body, IntoResponse, Response};
use serde::{Deserialize, Deserializer, Serialize};
use serde_bytes::ByteBuf;
use serde_json::value::{RawValue, to_raw_value};

use crate::object::Object;

/// Keeps of an HTTP event the method, the content types, the body and what identifies its payload format. Anything that
/// is not an HTTP event stays as it is, so that `lambda_http` reports it.
pub fn keep_what_is_read(mut invocation: LambdaInvocation) -> LambdaInvocation {
    // A load balancer passes on the bytes of a header as they are, UTF-8 or not, and JSON is UTF-8 (RFC 8259 §8.1).
    // Looked at first: replacing takes 17 thousand instructions more, even where there is nothing to replace.
    let kept = match str::from_utf8(&invocation.body) {
        Ok(event) => reduce(event),
        Err(_) => reduce(&String::from_utf8_lossy(&invocation.body)),
    };
    if let Ok(event) = kept {
        invocation.body = event.into();
    }
    invocation
}

/// A response that is text already. `lambda_http` would read its content type, look up the encoding and copy the body,
/// and bring along the tables of every encoding there is, 5 % of the deployment package.
#[derive(Debug)]
pub struct TextResponse(pub Response<Body>);

impl IntoResponse for TextResponse {
    fn into_response(self) -> Pin<Box<dyn Future<Output = Response<Body>> + Send>> {
        Box::pin(ready(self.0))
    }
}

/// An event of a REST API (payload format 1.0), of an HTTP API, a function URL or `cargo lambda watch` (2.0), or of a
/// load balancer: read from Lambda, and written for `lambda_http`.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    http_method: Option<&'a RawValue>,
    #[serde(borrow)]
    request_context: Option<RequestContext<'a>>,
    headers: Option<Headers>,
    #[serde(skip_serializing)]
    multi_value_headers: Option<Headers>,
    #[serde(borrow)]
    body: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_base64_encoded: Option<bool>,
}

/// What distinguishes the payload formats: only 2.0 has `http`, only a load balancer's events have `elb`.
#[derive(Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext<'a> {
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    http: Option<Http<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    elb: Option<&'a RawValue>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    http_method: Option<&'a RawValue>,
}

#[derive(Deserialize, Serialize)]
struct Http<'a> {
    #[serde(borrow)]
    method: &'a RawValue,
}

/// The only header that is read, with all its values.
#[derive(Default, Serialize)]
struct Headers {
    #[serde(rename = "content-type", skip_serializing_if = "Vec::is_empty")]
    content_types: Vec<String>,
}

/// The event without what nobody reads.
fn reduce(event: &str) -> serde_json::Result<Vec<u8>> {
    let no_method = to_raw_value("")?;
    let encoded;
    let mut event: Event<'_> = serde_json::from_str(event)?;

    let context = event.request_context.get_or_insert_default();
    // What is no token (RFC 9110 §9.1) is no method of this endpoint's, and nothing that `lambda_http` can read.
    let methods = event.http_method.iter_mut().chain(context.http.iter_mut().map(|http| &mut http.method));
    for method in methods {
        let is_text = serde_json::from_str::<ByteBuf>(method.get());
        if is_text.is_ok_and(|text| Method::from_bytes(&text).is_err()) {
            *method = &no_method;
        }
    }
    // Some senders of format 2.0 add an `httpMethod` that means nothing; format 1.0 has it in both places.
    if context.http.is_some() {
        event.http_method = None;
    }
    context.http_method = event.http_method.filter(|_| context.elb.is_none());

    // A REST API sends every header in both, but all values of each only here.
    if let Some(more) = event.multi_value_headers.take() {
        event.headers.get_or_insert_default().content_types.extend(more.content_types);
    }

    // Only a base64 body or one with a \u escape can be malformed; searching for one is cheaper than parsing every body
    // twice.
    let is_base64 = event.is_base64_encoded == Some(true);
    if let Some(body) = event.body.filter(|body| is_base64 || body.get().contains(r"\u")) {
        match serde_json::from_str::<String>(body.get()).ok() {
            // The gateway sets this flag, so decoding should work. If it does not, the text is read as it is.
            Some(text) if is_base64 && STANDARD.decode(&text).is_err() => {
                event.is_base64_encoded = None;
            }
            Some(_) => {}
            // A lone surrogate: valid JSON, not a Rust string. Passed on as bytes, so that `request` refuses it with a 400.
            None => {
                let bytes = serde_json::from_str::<ByteBuf>(body.get())?;
                encoded = to_raw_value(&STANDARD.encode(bytes))?;
                event.body = Some(&encoded);
                event.is_base64_encoded = Some(true);
            }
        }
    }
    serde_json::to_vec(&event)
}

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Object(headers) = Object::deserialize(deserializer)?;
        // Names are compared as JSON text, ignoring case: REST APIs pass them on as they were sent.
        let is_content_type = |name: &RawValue| name.get().eq_ignore_ascii_case(r#""content-type""#);
        let values =
            headers.into_iter().filter(|(name, _)| is_content_type(name)).flat_map(|(_, value)| header_values(value));
        Ok(Self { content_types: values.collect() })
    }
}

/// The value or values of a header; none where it is `null`.
fn header_values(json: &RawValue) -> Vec<String> {
    let one = || serde_json::from_str(json.get()).map(|value: Option<ByteBuf>| Vec::from_iter(value));
    let values = serde_json::from_str::<Vec<ByteBuf>>(json.get()).or_else(|_| one()).unwrap_or_default();
    let text = |value: ByteBuf| {
        let text = String::from_utf8_lossy(&value).into_owned();
        // A value that cannot be in a header is not a media type either, and must not count as absent.
        if HeaderValue::from_str(&text).is_ok() { text } else { "invalid".to_owned() }
    };
    values.into_iter().map(text).collect()
}
