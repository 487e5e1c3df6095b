//! Read: an HTTP request becomes a [`RegistrationRequest`], the client metadata as it was sent (RFC 7591 §3.1).
//!
//! Only the document is checked here: that it is JSON, one object, and has each known member at most once and with the
//! right JSON type. What the values may be is the business of [`crate::metadata`].

use std::borrow::Cow;
use std::fmt;

use lambda_http::Request;
use lambda_http::http::header::CONTENT_TYPE;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::member::Member;

/// The longest body that is read, in bytes: 64 KiB. The largest honest registration (20 redirection URIs, and every
/// member at its limit) is below 40 KiB.
pub const MAX_BODY_BYTES: usize = 64 * 1024;

/// The client metadata as sent (RFC 7591 §2): with the right JSON types, and values that nobody has checked yet. A
/// member that was absent or `null` is not in it.
///
/// ```
/// use dynamic_client_registration::RegistrationRequest;
/// use dynamic_client_registration::request::ReadError;
///
/// assert!(RegistrationRequest::parse(br#"{"client_name":"Example","redirect_uris":["app:/cb"]}"#).is_ok());
/// assert_eq!(RegistrationRequest::parse(b"[]"), Err(ReadError::NotAnObject));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegistrationRequest {
    /// In the order of [`Member::ALL`].
    sent: [Option<Sent>; Member::ALL.len()],
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Sent {
    Text(String),
    List(Vec<String>),
}

impl RegistrationRequest {
    /// Reads the registration from an HTTP request's `Content-Type` and body. The method and the path are ignored.
    ///
    /// # Errors
    ///
    /// A [`ReadError`] for the first thing wrong with the document.
    pub fn read(request: &Request) -> Result<Self, ReadError> {
        let content_types = request.headers().get_all(CONTENT_TYPE);
        if !content_types.iter().all(|value| are_json(value.as_bytes())) {
            return Err(ReadError::ContentType);
        }
        Self::parse(request.body())
    }

    /// Reads the registration from a body: UTF-8 JSON, at most [`MAX_BODY_BYTES`].
    ///
    /// Time and memory depend on the body's length and nothing else: unknown members are skipped without being built,
    /// however deeply they are nested.
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
        let document: Document<'_> = serde_json::from_str(text)
            .map_err(|error| if error.is_data() { ReadError::NotAnObject } else { ReadError::NotJson })?;
        if let Some(member) = document.twice {
            return Err(ReadError::Twice(member));
        }
        let mut request = Self::default();
        for ((member, raw), sent) in Member::ALL.into_iter().zip(document.members).zip(&mut request.sent) {
            let Some(raw) = raw else { continue };
            *sent = if member.is_list() {
                value(member, raw)?.map(Sent::List)
            } else {
                value(member, raw)?.map(Sent::Text)
            };
        }
        Ok(request)
    }

    /// Takes out the text of `member`, if it was sent. An empty text counts as absent, because real clients send such.
    pub(crate) fn text(&mut self, member: Member) -> Option<String> {
        match self.sent[index(member)].take() {
            Some(Sent::Text(text)) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// Takes out the list of `member`, if it was sent.
    pub(crate) fn list(&mut self, member: Member) -> Option<Vec<String>> {
        match self.sent[index(member)].take() {
            Some(Sent::List(list)) => Some(list),
            _ => None,
        }
    }
}

fn index(member: Member) -> usize {
    Member::ALL.iter().position(|known| *known == member).unwrap_or_default()
}

/// Whether a `Content-Type` is JSON, or each of several that a gateway has joined by commas.
fn are_json(value: &[u8]) -> bool {
    let mut quoted = false;
    let is_comma = |byte: &u8| {
        quoted ^= *byte == b'"';
        *byte == b',' && !quoted
    };
    value.split(is_comma).all(|content_type| {
        let media_type = content_type.split(|byte| *byte == b';').next().unwrap_or_default();
        media_type.trim_ascii().eq_ignore_ascii_case(b"application/json")
    })
}

/// The whole document, known to be JSON, with the raw text of each known member. A second step gives the values their
/// types, so that a broken document is never reported as a wrong value that happens to come before the break.
#[derive(Default)]
struct Document<'a> {
    /// In the order of [`Member::ALL`].
    members: [Option<&'a RawValue>; Member::ALL.len()],
    twice: Option<Member>,
}

/// The value of `member`; `None` is `null`.
fn value<'a, T: Deserialize<'a>>(member: Member, raw: &'a RawValue) -> Result<Option<T>, ReadError> {
    serde_json::from_str(raw.get()).map_err(|_| {
        // The error alone does not say which: to serde_json neither a number too large for f64 nor half a surrogate
        // pair is a wrong type. But if everything is text, as it should be, only the latter is possible.
        let is_text = |raw: &RawValue| raw.get().starts_with('"');
        let all_is_text = if member.is_list() {
            serde_json::from_str::<Vec<&RawValue>>(raw.get()).is_ok_and(|elements| elements.into_iter().all(is_text))
        } else {
            is_text(raw)
        };
        if all_is_text { ReadError::NotUnicode(member) } else { ReadError::WrongType(member) }
    })
}

impl<'de> Deserialize<'de> for Document<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Document<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut document = Document::default();
                while let Some(name) = map.next_key::<&RawValue>()? {
                    // A name with half a surrogate pair is JSON, but it is not the name of a known member.
                    let name = serde_json::from_str(name.get()).ok();
                    let known = name.and_then(|Name(name)| {
                        Member::ALL.into_iter().zip(&mut document.members).find(|(member, _)| member.as_str() == name)
                    });
                    let Some((member, place)) = known else {
                        map.next_value::<IgnoredAny>()?;
                        continue;
                    };
                    if place.replace(map.next_value()?).is_some() {
                        document.twice = document.twice.or(Some(member));
                    }
                }
                Ok(document)
            }
        }

        deserializer.deserialize_map(Members)
    }
}

/// A member's name, with its escapes undone.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// What can be wrong with the document. Its `Display` is the sentence that the caller reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// A `Content-Type` is not `application/json`.
    #[error("the Content-Type must be application/json")]
    ContentType,
    /// There is no body.
    #[error("the request has no body; send the client metadata as a JSON object")]
    NoBody,
    /// The body is longer than [`MAX_BODY_BYTES`].
    #[error("the request body must be at most 64 KiB")]
    TooLarge,
    /// The body is not UTF-8 (RFC 8259 §8.1).
    #[error("the request body must be UTF-8")]
    NotUtf8,
    /// The body is not JSON (RFC 8259).
    #[error("the request body is not valid JSON")]
    NotJson,
    /// The body is JSON, but not an object.
    #[error("the request body must be one JSON object")]
    NotAnObject,
    /// The document has a known member more than once. RFC 8259 §4 leaves open what that means, so nothing is guessed.
    #[error("{0} must not be given more than once")]
    Twice(Member),
    /// The text of a known member has half a surrogate pair (RFC 8259 §8.2), which UTF-8 cannot express.
    #[error("{0} must be valid Unicode; a surrogate escape lacks its other half")]
    NotUnicode(Member),
    /// A known member's value has the wrong JSON type.
    #[error("{0} must be {kind}", kind = if .0.is_list() { "an array of strings" } else { "a string" })]
    WrongType(Member),
}

impl ReadError {
    /// The member at fault, if the error is about one member.
    #[must_use]
    pub const fn member(self) -> Option<Member> {
        match self {
            Self::Twice(member) | Self::NotUnicode(member) | Self::WrongType(member) => Some(member),
            Self::ContentType | Self::NoBody | Self::TooLarge | Self::NotUtf8 | Self::NotJson | Self::NotAnObject => {
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_content_types_must_all_be_json() {
        for value in [
            "application/json",
            "Application/JSON ; charset=utf-8",
            "application/json, application/json",
            r#"application/json; profile="a,b""#,
        ] {
            assert!(are_json(value.as_bytes()), "{value}");
        }
        for value in
            ["", "text/plain", "application/json,", "application/json, text/plain", "text/plain,application/json"]
        {
            assert!(!are_json(value.as_bytes()), "{value}");
        }
    }
}
