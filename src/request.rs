//! Read: an HTTP request becomes a [`RegistrationRequest`], the client metadata as it was sent (RFC 7591 §3.1).
//!
//! Only the document is judged here: is it JSON, one object, each known member once and of its JSON type. What the
//! values may be is [`crate::metadata`]'s business.

use std::borrow::Cow;
use std::fmt;

use lambda_http::Request;
use lambda_http::http::header::CONTENT_TYPE;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The longest body that is read, in bytes: 64 KiB. The largest honest registration (20 redirection URIs and every
/// other member at its limit) is below 40 KiB.
pub const MAX_BODY_BYTES: usize = 64 * 1024;

/// A member of the client metadata (RFC 7591 §2) that this endpoint knows. Every other member is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member {
    /// `client_name`: what the consent screen shows.
    ClientName,
    /// `redirect_uris`: where authorization codes may be sent.
    RedirectUris,
    /// `grant_types`: how the client may obtain tokens.
    GrantTypes,
    /// `response_types`: what the authorization endpoint may answer with.
    ResponseTypes,
    /// `token_endpoint_auth_method`: how the client authenticates; public clients do not.
    TokenEndpointAuthMethod,
    /// `scope`: the scope values the client may request.
    Scope,
    /// `client_uri`: the client's home page.
    ClientUri,
    /// `logo_uri`: the client's logo.
    LogoUri,
    /// `policy_uri`: the client's privacy policy.
    PolicyUri,
    /// `tos_uri`: the client's terms of service.
    TosUri,
    /// `jwks_uri`: the client's JSON Web Key Set.
    JwksUri,
}

impl Member {
    /// Every known member, in the order in which faults are reported.
    pub const ALL: [Self; 11] = [
        Self::ClientName,
        Self::RedirectUris,
        Self::GrantTypes,
        Self::ResponseTypes,
        Self::TokenEndpointAuthMethod,
        Self::Scope,
        Self::ClientUri,
        Self::LogoUri,
        Self::PolicyUri,
        Self::TosUri,
        Self::JwksUri,
    ];

    /// The member's name in the JSON document.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClientName => "client_name",
            Self::RedirectUris => "redirect_uris",
            Self::GrantTypes => "grant_types",
            Self::ResponseTypes => "response_types",
            Self::TokenEndpointAuthMethod => "token_endpoint_auth_method",
            Self::Scope => "scope",
            Self::ClientUri => "client_uri",
            Self::LogoUri => "logo_uri",
            Self::PolicyUri => "policy_uri",
            Self::TosUri => "tos_uri",
            Self::JwksUri => "jwks_uri",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|member| member.as_str() == name)
    }

    /// Whether the member holds a list of strings; all others hold one string.
    const fn is_list(self) -> bool {
        matches!(self, Self::RedirectUris | Self::GrantTypes | Self::ResponseTypes)
    }
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The client metadata as sent (RFC 7591 §2): right JSON types, unproved values. `None` is absent or `null`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each field is the member of its name; `Member` documents them")]
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
    /// Reads the registration out of an HTTP request's `Content-Type` and body. The method and the path are not looked at.
    ///
    /// # Errors
    ///
    /// A [`ReadError`] for the first thing wrong with the document.
    pub fn read(request: &Request) -> Result<Self, ReadError> {
        if let Some(content_type) = request.headers().get(CONTENT_TYPE) {
            let media_type = content_type.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
            if !media_type.trim_ascii().eq_ignore_ascii_case(b"application/json") {
                return Err(ReadError::ContentType);
            }
        }
        Self::parse(request.body())
    }

    /// Reads the registration out of a body: UTF-8 JSON, at most [`MAX_BODY_BYTES`].
    ///
    /// Time and memory grow with the body's length and nothing else: unknown members are skipped without being built,
    /// however deep they nest.
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
        Ok(Self {
            client_name: document.value(Member::ClientName)?,
            redirect_uris: document.value(Member::RedirectUris)?,
            grant_types: document.value(Member::GrantTypes)?,
            response_types: document.value(Member::ResponseTypes)?,
            token_endpoint_auth_method: document.value(Member::TokenEndpointAuthMethod)?,
            scope: document.value(Member::Scope)?,
            client_uri: document.value(Member::ClientUri)?,
            logo_uri: document.value(Member::LogoUri)?,
            policy_uri: document.value(Member::PolicyUri)?,
            tos_uri: document.value(Member::TosUri)?,
            jwks_uri: document.value(Member::JwksUri)?,
        })
    }
}

/// The whole document, seen to be JSON, each known member's text put aside. A second step gives the values their types,
/// so that a broken document is never mistaken for a wrong value that happens to stand before the break.
#[derive(Default)]
struct Document<'a> {
    members: [Option<&'a RawValue>; Member::ALL.len()],
    twice: Option<Member>,
}

impl<'a> Document<'a> {
    fn value<T: Deserialize<'a>>(&self, member: Member) -> Result<Option<T>, ReadError> {
        let Some(raw) = self.members[member as usize] else {
            return Ok(None);
        };
        serde_json::from_str(raw.get()).map_err(|_| {
            // The error itself cannot tell: a number that no f64 holds is no fault of type to serde_json, nor is half a
            // surrogate pair. But where all is text as it should be, only the latter is left.
            let is_text = |raw: &RawValue| raw.get().starts_with('"');
            let all_is_text = if member.is_list() {
                serde_json::from_str::<Vec<&RawValue>>(raw.get())
                    .is_ok_and(|elements| elements.into_iter().all(is_text))
            } else {
                is_text(raw)
            };
            if all_is_text { ReadError::NotUnicode(member) } else { ReadError::WrongType(member) }
        })
    }
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
                    // A name with half a surrogate pair in it is JSON, but no member's here.
                    let name = serde_json::from_str(name.get()).ok();
                    let known = name.and_then(|Name(name)| Member::from_name(&name));
                    let Some(member) = known else {
                        map.next_value::<IgnoredAny>()?;
                        continue;
                    };
                    if document.members[member as usize].replace(map.next_value()?).is_some() {
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

/// What can be wrong with the document. Its `Display` is the sentence the caller reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// The `Content-Type` is not `application/json`.
    ContentType,
    /// There is no body.
    NoBody,
    /// The body is longer than [`MAX_BODY_BYTES`].
    TooLarge,
    /// The body is not UTF-8 (RFC 8259 §8.1).
    NotUtf8,
    /// The body is not JSON (RFC 8259).
    NotJson,
    /// The body is JSON, but not an object.
    NotAnObject,
    /// A known member stands in the document more than once (RFC 8259 §4 leaves the meaning open, so nobody's is guessed).
    Twice(Member),
    /// A known member has half a surrogate pair in its text (RFC 8259 §8.2), which no UTF-8 can hold.
    NotUnicode(Member),
    /// A known member's value is not of its JSON type.
    WrongType(Member),
}

impl ReadError {
    /// The name of the member at fault, if the fault is one member's.
    #[must_use]
    pub const fn member(self) -> Option<&'static str> {
        match self {
            Self::ContentType | Self::NoBody | Self::TooLarge | Self::NotUtf8 | Self::NotJson | Self::NotAnObject => {
                None
            }
            Self::Twice(member) | Self::NotUnicode(member) | Self::WrongType(member) => Some(member.as_str()),
        }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ContentType => f.write_str("the Content-Type must be application/json"),
            Self::NoBody => f.write_str("the request has no body; send the client metadata as a JSON object"),
            Self::TooLarge => f.write_str("the request body must be at most 64 KiB"),
            Self::NotUtf8 => f.write_str("the request body must be UTF-8"),
            Self::NotJson => f.write_str("the request body is not valid JSON"),
            Self::NotAnObject => f.write_str("the request body must be one JSON object"),
            Self::Twice(member) => write!(f, "{member} must not be given more than once"),
            Self::NotUnicode(member) => {
                write!(f, "{member} must be Unicode text: a surrogate escape lacks its other half")
            }
            Self::WrongType(member) if member.is_list() => {
                write!(f, "{member} must be an array of strings")
            }
            Self::WrongType(member) => write!(f, "{member} must be a string"),
        }
    }
}

impl std::error::Error for ReadError {}
