//! Read: an HTTP request becomes a [`RegistrationRequest`], the client metadata as it was sent (RFC 7591 §3.1).
//!
//! Only the document is checked here: that it is JSON, one object, and has each known member at most once and with the
//! right JSON type. What the values may be is the business of [`crate::metadata`].

use lambda_http::Request;
use lambda_http::http::header::CONTENT_TYPE;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::member::{Link, Member};
use crate::object::Object;

/// The longest body that is read, in bytes: 64 KiB. The largest valid registration (20 redirection URIs, and every
/// member at its limit) is below 40 KiB.
pub const MAX_BODY_BYTES: usize = 64 * 1024;

/// The client metadata as sent (RFC 7591 §2): with the right JSON types, and values that nobody has checked yet. `None`
/// is a member that was absent, `null` or, because real clients send it, an empty string.
///
/// ```
/// use dynamic_client_registration::RegistrationRequest;
/// use dynamic_client_registration::request::ReadError;
///
/// let request = RegistrationRequest::parse(br#"{"client_name":"Example","redirect_uris":["app:/cb"],"scope":""}"#)?;
/// assert_eq!(request.client_name.as_deref(), Some("Example"));
/// assert_eq!(request.scope, None);
/// assert_eq!(RegistrationRequest::parse(b"[]"), Err(ReadError::NotAnObject));
/// # Ok::<(), ReadError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each field is the member of its name; see Member")]
pub struct RegistrationRequest {
    pub client_name: Option<String>,
    pub redirect_uris: Option<Vec<String>>,
    pub grant_types: Option<Vec<String>>,
    pub response_types: Option<Vec<String>>,
    pub token_endpoint_auth_method: Option<String>,
    pub scope: Option<String>,
    pub client_uri: Option<String>,
    pub logo_uri: Option<String>,
    pub policy_uri: Option<String>,
    pub tos_uri: Option<String>,
    pub jwks_uri: Option<String>,
}

impl RegistrationRequest {
    /// Reads the registration from an HTTP request's `Content-Type` and body. The method and the path are ignored.
    ///
    /// # Errors
    ///
    /// A [`ReadError`] for the first thing wrong with the document.
    pub fn read(request: &Request) -> Result<Self, ReadError> {
        let content_types = request.headers().get_all(CONTENT_TYPE);
        if !content_types.iter().all(|value| is_json(value.as_bytes())) {
            return Err(ReadError::ContentType);
        }
        Self::parse(request.body())
    }

    /// Reads the registration from a body: UTF-8 JSON, at most [`MAX_BODY_BYTES`].
    ///
    /// Time and memory depend on the body's length and nothing else; unknown members are never built.
    ///
    /// # Errors
    ///
    /// A [`ReadError`] for the first thing wrong with the document.
    pub fn parse(body: &[u8]) -> Result<Self, ReadError> {
        if body.is_empty() {
            return Err(ReadError::NoBody);
        }
        if body.len() > MAX_BODY_BYTES {
            return Err(ReadError::TooLarge);
        }
        let text = std::str::from_utf8(body).map_err(|_| ReadError::NotUtf8)?;
        let Object(sent) = serde_json::from_str(text)
            .map_err(|error| if error.is_data() { ReadError::NotAnObject } else { ReadError::NotJson })?;
        let document = Document::read(sent)?;
        let text = |member| Ok::<_, ReadError>(document.value(member)?.filter(|text: &String| !text.is_empty()));
        // In the order of `Member::ALL`, in which errors are reported.
        Ok(Self {
            client_name: text(Member::ClientName)?,
            redirect_uris: document.value(Member::RedirectUris)?,
            grant_types: document.value(Member::GrantTypes)?,
            response_types: document.value(Member::ResponseTypes)?,
            token_endpoint_auth_method: text(Member::TokenEndpointAuthMethod)?,
            scope: text(Member::Scope)?,
            client_uri: text(Member::Link(Link::ClientUri))?,
            logo_uri: text(Member::Link(Link::LogoUri))?,
            policy_uri: text(Member::Link(Link::PolicyUri))?,
            tos_uri: text(Member::Link(Link::TosUri))?,
            jwks_uri: text(Member::Link(Link::JwksUri))?,
        })
    }
}

/// Whether a `Content-Type` is JSON, or each of several that a gateway has joined by commas. A comma within quotation
/// marks joins nothing (RFC 9110 §5.6.4); marks that are not closed could hide one.
fn is_json(value: &[u8]) -> bool {
    let (mut quoted, mut escaped) = (false, false);
    let is_comma = |byte: &u8| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = quoted,
            b'"' => quoted = !quoted,
            _ => {}
        }
        *byte == b',' && !quoted
    };
    let all_json = value.split(is_comma).all(|content_type| {
        let end = content_type.iter().position(|byte| *byte == b';').unwrap_or(content_type.len());
        content_type[..end].trim_ascii().eq_ignore_ascii_case(b"application/json")
    });
    all_json && !quoted
}

/// The known members of the document, which is known to be JSON as a whole: a broken document is never reported as a
/// wrong value that happens to come before the break.
struct Document<'a>(Vec<(Member, &'a RawValue)>);

impl<'a> Document<'a> {
    fn read(sent: Vec<(&'a RawValue, &'a RawValue)>) -> Result<Self, ReadError> {
        let mut members = Vec::new();
        for (name, value) in sent {
            // A name with a lone surrogate is JSON, but it is not the name of a known member.
            let Ok(name) = serde_json::from_str::<String>(name.get()) else { continue };
            let Some(member) = Member::ALL.into_iter().find(|known| known.as_str() == name) else { continue };
            if members.iter().any(|(known, _)| *known == member) {
                return Err(ReadError::Twice(member));
            }
            members.push((member, value));
        }
        Ok(Self(members))
    }

    /// The value of `member`, if the document has one that is not `null`.
    fn value<T: Deserialize<'a>>(&self, member: Member) -> Result<Option<T>, ReadError> {
        let Some((_, raw)) = self.0.iter().find(|(known, _)| *known == member) else { return Ok(None) };
        serde_json::from_str(raw.get()).map_err(|_| {
            // serde_json reports a lone surrogate and a wrong type alike. If the raw value is text, or a list of
            // nothing but text, it can only be the former.
            let is_text = |raw: &RawValue| raw.get().starts_with('"');
            let all_is_text = if member.is_list() {
                serde_json::from_str::<Vec<&RawValue>>(raw.get()).is_ok_and(|all| all.into_iter().all(is_text))
            } else {
                is_text(raw)
            };
            if all_is_text { ReadError::NotUnicode(member) } else { ReadError::WrongType(member) }
        })
    }
}

/// What can be wrong with the document. Its `Display` is the sentence that the caller reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the sentence says it")]
pub enum ReadError {
    #[error("the Content-Type must be application/json")]
    ContentType,
    #[error("the request has no body; send the client metadata as a JSON object")]
    NoBody,
    #[error("the request body must be at most 64 KiB")]
    TooLarge,
    #[error("the request body must be UTF-8")]
    NotUtf8,
    #[error("the request body is not valid JSON")]
    NotJson,
    #[error("the request body must be one JSON object")]
    NotAnObject,
    /// RFC 8259 §4 leaves open what that means, so nothing is guessed.
    #[error("{0} must not be given more than once")]
    Twice(Member),
    /// RFC 8259 §8.2: UTF-8 cannot express it.
    #[error("{0} must be valid Unicode; it has a lone surrogate")]
    NotUnicode(Member),
    #[error("{0} must be {kind}", kind = if .0.is_list() { "an array of strings" } else { "a string" })]
    WrongType(Member),
}
