//! Validate: a [`RegistrationRequest`] becomes [`ClientMetadata`], what may be registered (RFC 7591 §2).
//!
//! The check consumes the unchecked value and returns another type, so unchecked metadata cannot get any further.

use crate::client_name::{ClientName, ClientNameError};
use crate::member::{Link, Member, MemberValue};
use crate::origin::Origin;
use crate::policy::{Policy, UnsupportedMetadata};
use crate::redirect_uri::{RedirectUri, RedirectUriError};
use crate::request::RegistrationRequest;
use crate::scope::{Scope, ScopeError};
use crate::uri::{self, WebUri};

/// The most redirection URIs one client may register.
pub const MAX_REDIRECT_URIS: usize = 20;

/// The grant types that a public client may use here, which are also the default (RFC 7591 §2). The RFC's own default is
/// the first alone; the published reference documents both.
const GRANT_TYPES: [&str; 2] = [AUTHORIZATION_CODE, "refresh_token"];
const AUTHORIZATION_CODE: &str = "authorization_code";
const RESPONSE_TYPE: &str = "code";
const AUTH_METHOD: &str = "none";

/// Client metadata that may be registered. [`ClientMetadata::validate`] is the only way to get one.
///
/// ```
/// use dynamic_client_registration::{ClientMetadata, Policy, RegistrationRequest};
///
/// let body = br#"{"client_name":"Example","redirect_uris":["com.example.app:/cb"],"scope":""}"#;
/// let request = RegistrationRequest::parse(body)?;
/// let metadata = ClientMetadata::validate(request, &Policy::default())?;
/// let names: Vec<&str> = metadata.members().map(|(member, _)| member.as_str()).collect();
/// assert_eq!(names, ["client_name", "redirect_uris", "token_endpoint_auth_method", "grant_types", "response_types"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientMetadata {
    client_name: ClientName,
    redirect_uris: Vec<RedirectUri>,
    left_out: Option<Origin>,
    grant_types: Vec<&'static str>,
    scope: Option<Scope>,
    links: Vec<(Link, WebUri)>,
}

impl ClientMetadata {
    /// Validates what was sent, member by member, in the order of [`Member::ALL`].
    ///
    /// # Errors
    ///
    /// A [`MetadataError`] for the first member that breaks its rule.
    pub fn validate(request: RegistrationRequest, policy: &Policy) -> Result<Self, MetadataError> {
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
        let client_name = client_name.ok_or(MetadataError::NoClientName)?.try_into()?;
        let (redirect_uris, left_out) = validate_redirect_uris(redirect_uris, policy)?;
        let grant_types = validate_grant_types(grant_types, policy)?;
        validate_response_types(response_types, policy)?;
        validate_auth_method(token_endpoint_auth_method, policy)?;
        let scope = scope.map(Scope::try_from).transpose()?;
        let mut links = Vec::new();
        for (link, sent) in [
            (Link::ClientUri, client_uri),
            (Link::LogoUri, logo_uri),
            (Link::PolicyUri, policy_uri),
            (Link::TosUri, tos_uri),
            (Link::JwksUri, jwks_uri),
        ] {
            if let Some(sent) = sent {
                links.push((link, WebUri::parse(sent).ok_or(MetadataError::NotAWebUri(link))?));
            }
        }
        Ok(Self { client_name, redirect_uris, left_out, grant_types, scope, links })
    }

    /// The origin of the first redirection URI that was left out, as the operator does not list it. It is for the log
    /// alone.
    pub fn left_out(&self) -> Option<&Origin> {
        self.left_out.as_ref()
    }

    /// The registered members with their values, in the order of the answer: the reference's six without `client_id`,
    /// then the optional ones that were sent. Both the answer and the table's item are made from this.
    pub fn members(&self) -> impl Iterator<Item = (Member, MemberValue<'_>)> {
        [
            (Member::ClientName, MemberValue::Text(self.client_name.as_str())),
            (Member::RedirectUris, MemberValue::List(self.redirect_uris.iter().map(RedirectUri::as_str).collect())),
            // A public client has no secret (RFC 7591 §2).
            (Member::TokenEndpointAuthMethod, MemberValue::Text(AUTH_METHOD)),
            (Member::GrantTypes, MemberValue::List(self.grant_types.clone())),
            // It goes with the grant type authorization_code (RFC 7591 §2.1), which every client has: no field.
            (Member::ResponseTypes, MemberValue::List(vec![RESPONSE_TYPE])),
        ]
        .into_iter()
        .chain(self.scope.as_ref().map(|scope| (Member::Scope, MemberValue::Text(scope.as_str()))))
        .chain(self.links.iter().map(|(link, uri)| (Member::Link(*link), MemberValue::Text(uri.as_str()))))
    }
}

/// What may be registered, and the origin of the first URI that was left out.
fn validate_redirect_uris(
    sent: Option<Vec<String>>,
    policy: &Policy,
) -> Result<(Vec<RedirectUri>, Option<Origin>), MetadataError> {
    let uris = sent.filter(|uris| !uris.is_empty()).ok_or(MetadataError::NoRedirectUri)?;
    if uris.len() > MAX_REDIRECT_URIS {
        return Err(MetadataError::TooManyRedirectUris);
    }
    let parse = |(place, uri)| RedirectUri::try_from(uri).map_err(|error| MetadataError::RedirectUri(place, error));
    let mut uris = uris.into_iter().enumerate().map(parse).collect::<Result<Vec<_>, _>>()?;
    let is_listed = |uri: &RedirectUri| policy.allowed_origins.include(uri.origin());
    let Some(place) = uris.iter().position(|uri| !is_listed(uri)) else { return Ok((uris, None)) };
    let origin = uris[place].origin().clone();
    uris.retain(is_listed);
    if policy.unsupported_metadata == UnsupportedMetadata::Reject || uris.is_empty() {
        return Err(MetadataError::OriginNotListed(place, origin));
    }
    Ok((uris, Some(origin)))
}

fn validate_grant_types(sent: Option<Vec<String>>, policy: &Policy) -> Result<Vec<&'static str>, MetadataError> {
    let Some(names) = sent else { return Ok(GRANT_TYPES.to_vec()) };
    let mut grant_types = Vec::with_capacity(GRANT_TYPES.len());
    for name in &names {
        match GRANT_TYPES.into_iter().find(|grant_type| grant_type == name) {
            Some(grant_type) if grant_types.contains(&grant_type) => {}
            Some(grant_type) => grant_types.push(grant_type),
            None if policy.unsupported_metadata == UnsupportedMetadata::Replace => {}
            None => return Err(MetadataError::UnsupportedGrantType),
        }
    }
    if grant_types.contains(&AUTHORIZATION_CODE) { Ok(grant_types) } else { Err(MetadataError::NoAuthorizationCode) }
}

fn validate_response_types(sent: Option<Vec<String>>, policy: &Policy) -> Result<(), MetadataError> {
    let Some(names) = sent else { return Ok(()) };
    let is_code = |name: &String| name == RESPONSE_TYPE;
    let may_be_registered = match policy.unsupported_metadata {
        UnsupportedMetadata::Reject => !names.is_empty() && names.iter().all(is_code),
        UnsupportedMetadata::Replace => names.iter().any(is_code),
    };
    if may_be_registered { Ok(()) } else { Err(MetadataError::UnsupportedResponseType) }
}

fn validate_auth_method(sent: Option<String>, policy: &Policy) -> Result<(), MetadataError> {
    let is_refused = |method| method != AUTH_METHOD && policy.unsupported_metadata == UnsupportedMetadata::Reject;
    if sent.is_some_and(is_refused) { Err(MetadataError::UnsupportedAuthMethod) } else { Ok(()) }
}

/// Which rule of RFC 7591 §2 the metadata breaks. Its `Display` is the sentence that the caller reads.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the sentence says it")]
pub enum MetadataError {
    #[error("client_name is required and must not be empty")]
    NoClientName,
    /// `client_name` cannot be shown.
    #[error(transparent)]
    ClientName(#[from] ClientNameError),
    #[error("redirect_uris is required; send at least one redirect URI")]
    NoRedirectUri,
    #[error("redirect_uris must have at most {MAX_REDIRECT_URIS} redirect URIs")]
    TooManyRedirectUris,
    /// One redirection URI may not be registered: its position, counted from 0, and why.
    #[error("{}", with_place(*.0, *.1))]
    RedirectUri(usize, RedirectUriError),
    /// The operator does not list the origin of this redirection URI, counted from 0 (with `replace`: of any).
    #[error("redirect_uris[{0}]: this server registers only redirect URIs whose origin its operator has listed")]
    OriginNotListed(usize, Origin),
    #[error("grant_types may include only authorization_code and refresh_token")]
    UnsupportedGrantType,
    #[error("grant_types must include authorization_code")]
    NoAuthorizationCode,
    #[error("response_types must include code; no other response type is supported")]
    UnsupportedResponseType,
    #[error("token_endpoint_auth_method must be none; only public clients can register")]
    UnsupportedAuthMethod,
    /// `scope` may not be registered.
    #[error(transparent)]
    Scope(#[from] ScopeError),
    #[error(
        "{} must be a valid http or https URL in ASCII, with a plain host and no user name, at most {max} characters",
        Member::Link(*.0), max = uri::MAX_CHARS
    )]
    NotAWebUri(Link),
}

fn with_place(place: usize, error: RedirectUriError) -> String {
    match error {
        // The published reference has exactly this sentence, without a position in front of it.
        RedirectUriError::NotWellFormed => error.to_string(),
        error => format!("redirect_uris[{place}]: {error}"),
    }
}

impl MetadataError {
    /// The member at fault.
    pub const fn member(&self) -> Member {
        match self {
            Self::NoClientName | Self::ClientName(_) => Member::ClientName,
            Self::NoRedirectUri | Self::TooManyRedirectUris | Self::RedirectUri(..) | Self::OriginNotListed(..) => {
                Member::RedirectUris
            }
            Self::UnsupportedGrantType | Self::NoAuthorizationCode => Member::GrantTypes,
            Self::UnsupportedResponseType => Member::ResponseTypes,
            Self::UnsupportedAuthMethod => Member::TokenEndpointAuthMethod,
            Self::Scope(_) => Member::Scope,
            Self::NotAWebUri(link) => Member::Link(*link),
        }
    }
}
