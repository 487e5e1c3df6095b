//! Prove: a [`RegistrationRequest`] becomes [`ClientMetadata`], what may be registered (RFC 7591 §2).
//!
//! The check consumes the loose value and returns another type, so metadata that nobody checked cannot travel further.

use std::fmt;

use crate::redirect_uri::{RedirectUri, RedirectUriError};
use crate::request::{Member, RegistrationRequest};
use crate::uri;

/// The longest `client_name`, in Unicode characters.
pub const MAX_CLIENT_NAME_CHARS: usize = 1000;
/// The most redirection URIs one client may register.
pub const MAX_REDIRECT_URIS: usize = 20;
/// The longest `scope`, in characters.
pub const MAX_SCOPE_CHARS: usize = 1000;

const RESPONSE_TYPE: &str = "code";
const AUTH_METHOD: &str = "none";

/// An OAuth 2.0 grant type a public client may use here (RFC 7591 §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum GrantType {
    /// `authorization_code` (RFC 6749 §4.1).
    AuthorizationCode,
    /// `refresh_token` (RFC 6749 §6).
    RefreshToken,
}

impl GrantType {
    /// What is registered when `grant_types` is omitted. RFC 7591's own default is `authorization_code` alone; the published
    /// reference documents both.
    const DEFAULT: [Self; 2] = [Self::AuthorizationCode, Self::RefreshToken];

    const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::AuthorizationCode, Self::RefreshToken].into_iter().find(|grant_type| grant_type.as_str() == name)
    }
}

/// What to do with a grant type, response type or authentication method that is not supported (RFC 7591 §2 allows both).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnsupportedMetadata {
    /// Refuse the registration.
    Reject,
    /// Register what is supported, and say so in the answer.
    Replace,
}

/// Client metadata that may be registered. [`ClientMetadata::prove`] is the only way to one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientMetadata {
    client_name: String,
    redirect_uris: Vec<RedirectUri>,
    grant_types: Vec<GrantType>,
    scope: Option<String>,
    client_uri: Option<String>,
    logo_uri: Option<String>,
    policy_uri: Option<String>,
    tos_uri: Option<String>,
    jwks_uri: Option<String>,
}

impl ClientMetadata {
    /// Proves what was sent, member by member in the order of [`Member::ALL`]. An empty string in an optional member counts as
    /// absent, as real clients send them.
    ///
    /// # Errors
    ///
    /// A [`MetadataError`] for the first member that breaks its rule.
    pub fn prove(request: RegistrationRequest, unsupported: UnsupportedMetadata) -> Result<Self, MetadataError> {
        let RegistrationRequest {
            client_name,
            redirect_uris,
            grant_types,
            response_types,
            token_endpoint_auth_method,
            scope,
            client_uri,
            logo_uri,
            policy_uri,
            tos_uri,
            jwks_uri,
        } = request;

        let client_name = prove_client_name(client_name)?;
        let redirect_uris = prove_redirect_uris(redirect_uris)?;
        let grant_types = prove_grant_types(grant_types, unsupported)?;
        prove_response_types(response_types, unsupported)?;
        prove_auth_method(token_endpoint_auth_method.as_deref(), unsupported)?;
        Ok(Self {
            client_name,
            redirect_uris,
            grant_types,
            scope: prove_scope(scope)?,
            client_uri: prove_web_uri(Member::ClientUri, client_uri)?,
            logo_uri: prove_web_uri(Member::LogoUri, logo_uri)?,
            policy_uri: prove_web_uri(Member::PolicyUri, policy_uri)?,
            tos_uri: prove_web_uri(Member::TosUri, tos_uri)?,
            jwks_uri: prove_web_uri(Member::JwksUri, jwks_uri)?,
        })
    }

    /// `client_name`: 1 to [`MAX_CLIENT_NAME_CHARS`] characters that cannot make a consent screen lie.
    #[must_use]
    pub fn client_name(&self) -> &str {
        &self.client_name
    }

    /// `redirect_uris`: 1 to [`MAX_REDIRECT_URIS`], in the order sent.
    pub fn redirect_uris(&self) -> impl Iterator<Item = &str> {
        self.redirect_uris.iter().map(RedirectUri::as_str)
    }

    /// `grant_types`: each once, in the order sent, `authorization_code` among them.
    pub fn grant_types(&self) -> impl Iterator<Item = &'static str> {
        self.grant_types.iter().map(|grant_type| grant_type.as_str())
    }

    /// `response_types`: always `code`. It goes with the grant type `authorization_code` (RFC 7591 §2.1), which every client
    /// has, so it is derived and never stored in a field that could say otherwise.
    #[must_use]
    pub const fn response_types(&self) -> [&'static str; 1] {
        [RESPONSE_TYPE]
    }

    /// `token_endpoint_auth_method`: always `none`; a public client has no secret (RFC 7591 §2).
    #[must_use]
    pub const fn token_endpoint_auth_method(&self) -> &'static str {
        AUTH_METHOD
    }

    /// `scope`: scope tokens with one space between (RFC 6749 §3.3), at most [`MAX_SCOPE_CHARS`] characters.
    #[must_use]
    pub fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }

    /// `client_uri`: the client's home page.
    #[must_use]
    pub fn client_uri(&self) -> Option<&str> {
        self.client_uri.as_deref()
    }

    /// `logo_uri`: the client's logo. Whoever shows it fetches a stranger's address.
    #[must_use]
    pub fn logo_uri(&self) -> Option<&str> {
        self.logo_uri.as_deref()
    }

    /// `policy_uri`: the client's privacy policy.
    #[must_use]
    pub fn policy_uri(&self) -> Option<&str> {
        self.policy_uri.as_deref()
    }

    /// `tos_uri`: the client's terms of service.
    #[must_use]
    pub fn tos_uri(&self) -> Option<&str> {
        self.tos_uri.as_deref()
    }

    /// `jwks_uri`: the client's key set. Whoever reads it fetches a stranger's address.
    #[must_use]
    pub fn jwks_uri(&self) -> Option<&str> {
        self.jwks_uri.as_deref()
    }
}

fn prove_client_name(sent: Option<String>) -> Result<String, MetadataError> {
    let name = sent.filter(|name| !name.is_empty()).ok_or(MetadataError::Required(Member::ClientName))?;
    if name.chars().all(char::is_whitespace) {
        return Err(MetadataError::ClientNameBlank);
    }
    if name.chars().count() > MAX_CLIENT_NAME_CHARS {
        return Err(MetadataError::TooLong(Member::ClientName, MAX_CLIENT_NAME_CHARS));
    }
    if name.chars().any(char::is_control) {
        return Err(MetadataError::ClientNameControl);
    }
    if name.chars().any(reorders_or_breaks_text) {
        return Err(MetadataError::ClientNameDeceptive);
    }
    Ok(name)
}

/// The characters that let a name look like another text on a consent screen: bidirectional embeddings, overrides and
/// isolates (Unicode Standard Annex 9), line and paragraph separators. Letters of right-to-left scripts are not among them.
fn reorders_or_breaks_text(character: char) -> bool {
    matches!(character, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

fn prove_redirect_uris(sent: Option<Vec<String>>) -> Result<Vec<RedirectUri>, MetadataError> {
    let uris = sent.filter(|uris| !uris.is_empty()).ok_or(MetadataError::Required(Member::RedirectUris))?;
    if uris.len() > MAX_REDIRECT_URIS {
        return Err(MetadataError::TooManyRedirectUris);
    }
    let prove = |(index, uri)| RedirectUri::try_from(uri).map_err(|error| MetadataError::RedirectUri(index, error));
    uris.into_iter().enumerate().map(prove).collect()
}

fn prove_grant_types(
    sent: Option<Vec<String>>,
    unsupported: UnsupportedMetadata,
) -> Result<Vec<GrantType>, MetadataError> {
    let Some(names) = sent else {
        return Ok(GrantType::DEFAULT.to_vec());
    };
    let mut grant_types = Vec::with_capacity(GrantType::DEFAULT.len());
    for name in &names {
        match GrantType::from_name(name) {
            Some(grant_type) if grant_types.contains(&grant_type) => {}
            Some(grant_type) => grant_types.push(grant_type),
            None if unsupported == UnsupportedMetadata::Replace => {}
            None => return Err(MetadataError::Unsupported(Member::GrantTypes)),
        }
    }
    if grant_types.contains(&GrantType::AuthorizationCode) {
        Ok(grant_types)
    } else {
        Err(MetadataError::NoAuthorizationCode)
    }
}

fn prove_response_types(sent: Option<Vec<String>>, unsupported: UnsupportedMetadata) -> Result<(), MetadataError> {
    let Some(names) = sent else { return Ok(()) };
    let is_code = |name: &String| name == RESPONSE_TYPE;
    let registrable = match unsupported {
        UnsupportedMetadata::Reject => !names.is_empty() && names.iter().all(is_code),
        UnsupportedMetadata::Replace => names.iter().any(is_code),
    };
    if registrable { Ok(()) } else { Err(MetadataError::Unsupported(Member::ResponseTypes)) }
}

fn prove_auth_method(sent: Option<&str>, unsupported: UnsupportedMetadata) -> Result<(), MetadataError> {
    match sent {
        None | Some("" | AUTH_METHOD) => Ok(()),
        Some(_) if unsupported == UnsupportedMetadata::Replace => Ok(()),
        Some(_) => Err(MetadataError::Unsupported(Member::TokenEndpointAuthMethod)),
    }
}

fn prove_scope(sent: Option<String>) -> Result<Option<String>, MetadataError> {
    let Some(scope) = sent.filter(|scope| !scope.is_empty()) else {
        return Ok(None);
    };
    if scope.chars().count() > MAX_SCOPE_CHARS {
        return Err(MetadataError::TooLong(Member::Scope, MAX_SCOPE_CHARS));
    }
    let is_token =
        |token: &str| !token.is_empty() && token.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E));
    if scope.split(' ').all(is_token) { Ok(Some(scope)) } else { Err(MetadataError::ScopeMalformed) }
}

fn prove_web_uri(member: Member, sent: Option<String>) -> Result<Option<String>, MetadataError> {
    match sent {
        Some(uri) if uri.is_empty() => Ok(None),
        Some(uri) if uri::is_web_uri(&uri) => Ok(Some(uri)),
        Some(_) => Err(MetadataError::NotAWebUri(member)),
        None => Ok(None),
    }
}

/// Which rule of RFC 7591 §2 the metadata breaks. Its `Display` is the sentence the caller reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetadataError {
    /// A required member is absent or empty.
    Required(Member),
    /// A text is over its limit, in characters.
    TooLong(Member, usize),
    /// `client_name` is white space only.
    ClientNameBlank,
    /// `client_name` holds a control character (Unicode general category Cc).
    ClientNameControl,
    /// `client_name` holds a character that reorders or breaks the text around it.
    ClientNameDeceptive,
    /// More than [`MAX_REDIRECT_URIS`] redirection URIs.
    TooManyRedirectUris,
    /// One redirection URI may not be registered: which, counted from 0, and why.
    RedirectUri(usize, RedirectUriError),
    /// A grant type, response type or authentication method this endpoint does not support.
    Unsupported(Member),
    /// `grant_types` without `authorization_code`.
    NoAuthorizationCode,
    /// `scope` outside RFC 6749 §3.3.
    ScopeMalformed,
    /// Not an absolute `http` or `https` URI with a host and no userinfo, or over its limit.
    NotAWebUri(Member),
}

impl MetadataError {
    /// The name of the member at fault.
    #[must_use]
    pub const fn member(self) -> &'static str {
        let member = match self {
            Self::ClientNameBlank | Self::ClientNameControl | Self::ClientNameDeceptive => Member::ClientName,
            Self::TooManyRedirectUris | Self::RedirectUri(..) => Member::RedirectUris,
            Self::NoAuthorizationCode => Member::GrantTypes,
            Self::ScopeMalformed => Member::Scope,
            Self::Required(member)
            | Self::TooLong(member, _)
            | Self::Unsupported(member)
            | Self::NotAWebUri(member) => member,
        };
        member.as_str()
    }
}

impl fmt::Display for MetadataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Required(Member::RedirectUris) => f.write_str("redirect_uris is required: give at least one redirect URI"),
            Self::Required(member) => write!(f, "{member} is required and must not be empty"),
            Self::TooLong(member, limit) => write!(f, "{member} must be at most {limit} characters"),
            Self::ClientNameBlank => f.write_str("client_name must not be only white space"),
            Self::ClientNameControl => f.write_str("client_name must not contain control characters"),
            Self::ClientNameDeceptive => f.write_str(
                "client_name must not contain bidirectional formatting characters or line separators (U+202A-202E, U+2066-2069, U+2028, U+2029)",
            ),
            Self::TooManyRedirectUris => write!(f, "redirect_uris must hold at most {MAX_REDIRECT_URIS} redirect URIs"),
            // The published reference has this sentence, and nothing in front of it.
            Self::RedirectUri(_, error @ RedirectUriError::NotWellFormed) => error.fmt(f),
            Self::RedirectUri(index, error) => write!(f, "redirect_uris[{index}]: {error}"),
            Self::Unsupported(Member::GrantTypes) => {
                f.write_str("grant_types may hold only authorization_code and refresh_token")
            }
            Self::Unsupported(Member::ResponseTypes) => f.write_str("response_types must hold code; no other response type is supported"),
            Self::Unsupported(member) => {
                write!(f, "{member} must be none: only public clients are registered")
            }
            Self::NoAuthorizationCode => f.write_str("grant_types must hold authorization_code"),
            Self::ScopeMalformed => f.write_str(
                "scope must be scope tokens of printable ASCII without quotation mark or backslash, with one space between",
            ),
            Self::NotAWebUri(member) => write!(
                f,
                "{member} must be an absolute http or https URI of ASCII characters, all others escaped, with a host, without user name or password, with a port of at most 65535 if any, of at most {} characters",
                uri::MAX_CHARS
            ),
        }
    }
}

impl std::error::Error for MetadataError {}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]
mod tests {
    use super::*;

    fn honest() -> RegistrationRequest {
        RegistrationRequest {
            client_name: Some("Example MCP Client".to_owned()),
            redirect_uris: Some(vec!["https://example.com/oauth/callback".to_owned()]),
            ..RegistrationRequest::default()
        }
    }

    fn strings(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn the_defaults_are_the_references() {
        let metadata = ClientMetadata::prove(honest(), UnsupportedMetadata::Reject).unwrap();

        assert_eq!(metadata.grant_types().collect::<Vec<_>>(), ["authorization_code", "refresh_token"]);
        assert_eq!(metadata.response_types(), ["code"]);
        assert_eq!(metadata.token_endpoint_auth_method(), "none");
        assert_eq!(metadata.scope(), None);
    }

    #[test]
    fn a_grant_type_named_twice_is_registered_once() {
        let names = ["refresh_token", "authorization_code", "refresh_token", "authorization_code"];
        let request = RegistrationRequest { grant_types: Some(strings(&names)), ..honest() };

        let metadata = ClientMetadata::prove(request, UnsupportedMetadata::Reject).unwrap();

        assert_eq!(metadata.grant_types().collect::<Vec<_>>(), ["refresh_token", "authorization_code"]);
    }

    #[test]
    fn one_broken_member_a_row() {
        let rows: [(RegistrationRequest, MetadataError); 8] = [
            (RegistrationRequest { client_name: None, ..honest() }, MetadataError::Required(Member::ClientName)),
            (
                RegistrationRequest { client_name: Some("\u{2029}".to_owned()), ..honest() },
                // A paragraph separator is white space to Unicode.
                MetadataError::ClientNameBlank,
            ),
            (
                RegistrationRequest { client_name: Some("a\u{202E}b".to_owned()), ..honest() },
                MetadataError::ClientNameDeceptive,
            ),
            (
                RegistrationRequest { redirect_uris: Some(strings(&[])), ..honest() },
                MetadataError::Required(Member::RedirectUris),
            ),
            (
                RegistrationRequest { redirect_uris: Some(strings(&["data:x"])), ..honest() },
                MetadataError::RedirectUri(0, RedirectUriError::Scheme),
            ),
            (
                RegistrationRequest { grant_types: Some(strings(&["refresh_token"])), ..honest() },
                MetadataError::NoAuthorizationCode,
            ),
            (RegistrationRequest { scope: Some("a  b".to_owned()), ..honest() }, MetadataError::ScopeMalformed),
            (
                RegistrationRequest { tos_uri: Some("ftp://example.com".to_owned()), ..honest() },
                MetadataError::NotAWebUri(Member::TosUri),
            ),
        ];
        for (request, error) in rows {
            assert_eq!(ClientMetadata::prove(request, UnsupportedMetadata::Reject), Err(error));
        }
    }

    #[test]
    fn replacing_keeps_what_is_supported_and_needs_some_of_it() {
        let replace = |request| ClientMetadata::prove(request, UnsupportedMetadata::Replace);

        let grant_types = Some(strings(&["implicit", "authorization_code"]));
        let metadata = replace(RegistrationRequest { grant_types, ..honest() }).unwrap();
        assert_eq!(metadata.grant_types().collect::<Vec<_>>(), ["authorization_code"]);

        let response_types = Some(strings(&["token"]));
        assert_eq!(
            replace(RegistrationRequest { response_types, ..honest() }),
            Err(MetadataError::Unsupported(Member::ResponseTypes))
        );
    }
}
