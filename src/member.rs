//! The client metadata that this endpoint knows, by name and kind (RFC 7591 §2).

use std::fmt;

use serde::Serialize;

/// A member of the client metadata that this endpoint knows. Every other member is ignored (RFC 7591 §2).
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
    /// A web page or document about the client.
    Link(Link),
}

/// A member whose value is the address of a web page or document. It is untrusted input: fetch it with care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
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
    /// Every known member, in the order in which errors are reported.
    pub const ALL: [Self; 11] = [
        Self::ClientName,
        Self::RedirectUris,
        Self::GrantTypes,
        Self::ResponseTypes,
        Self::TokenEndpointAuthMethod,
        Self::Scope,
        Self::Link(Link::ClientUri),
        Self::Link(Link::LogoUri),
        Self::Link(Link::PolicyUri),
        Self::Link(Link::TosUri),
        Self::Link(Link::JwksUri),
    ];

    /// The member's name in the JSON document, in the table and in the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClientName => "client_name",
            Self::RedirectUris => "redirect_uris",
            Self::GrantTypes => "grant_types",
            Self::ResponseTypes => "response_types",
            Self::TokenEndpointAuthMethod => "token_endpoint_auth_method",
            Self::Scope => "scope",
            Self::Link(Link::ClientUri) => "client_uri",
            Self::Link(Link::LogoUri) => "logo_uri",
            Self::Link(Link::PolicyUri) => "policy_uri",
            Self::Link(Link::TosUri) => "tos_uri",
            Self::Link(Link::JwksUri) => "jwks_uri",
        }
    }

    /// Whether the value is a list of strings, and not one string.
    pub const fn is_list(self) -> bool {
        match self {
            Self::RedirectUris | Self::GrantTypes | Self::ResponseTypes => true,
            Self::ClientName | Self::TokenEndpointAuthMethod | Self::Scope | Self::Link(_) => false,
        }
    }
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The value of a registered member, both for the answer and for the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum MemberValue<'a> {
    /// One string.
    Text(&'a str),
    /// A list of strings.
    List(Vec<&'a str>),
}
