//! An origin of redirection URIs, and the operator's list of them.

use iri_string::types::UriStr;
use url::Host;

use crate::redirect_uri::RedirectUri;
use crate::uri;

/// Where a redirection URI leads, without the parts that differ between clients: `https://example.com`,
/// `https://example.com:8443`, `cursor:` for a private-use scheme, or `loopback` for a program on the user's own
/// computer, on any port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    /// The origin of a URI, in lower case and without the default port of `https`.
    #[must_use]
    pub fn of(uri: &RedirectUri) -> Self {
        let parsed = uri::parse(uri.as_str());
        let scheme = parsed.map(|uri| uri.scheme_str().to_ascii_lowercase()).unwrap_or_default();
        let authority = parsed.and_then(UriStr::authority_components);
        Self(match (scheme.as_str(), authority) {
            // Every http URI that may be registered is on loopback.
            ("http", _) => LOOPBACK.to_owned(),
            ("https", Some(authority)) => {
                let host = Host::parse(authority.host()).map(|host| host.to_string()).unwrap_or_default();
                match authority.port().map(str::parse::<u16>) {
                    None | Some(Err(_) | Ok(443)) => format!("https://{host}"),
                    Some(Ok(port)) => format!("https://{host}:{port}"),
                }
            }
            _ => format!("{scheme}:"),
        })
    }

    /// The origin as an entry of the operator's list names it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// An entry of the operator's list: the origin of a URI that may be registered, without any other part of a URI.
    fn from_entry(entry: &str) -> Option<Self> {
        if entry.eq_ignore_ascii_case(LOOPBACK) {
            return Some(Self(LOOPBACK.to_owned()));
        }
        let uri = RedirectUri::try_from(entry.to_owned()).ok()?;
        let origin = Self::of(&uri);
        let parsed = uri::parse(uri.as_str())?;
        let is_bare = parsed.path_str().is_empty() && parsed.query().is_none();
        // With https there is a host, with a private-use scheme there is none, and http is written `loopback`.
        let has_its_parts = parsed.authority_components().is_some() == origin.0.starts_with("https:");
        (is_bare && has_its_parts).then_some(origin)
    }
}

const LOOPBACK: &str = "loopback";

/// The origins that redirection URIs may have. The default is every origin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedOrigins(Option<Vec<Origin>>);

impl AllowedOrigins {
    /// Parses a list of origins, separated by white space.
    ///
    /// # Errors
    ///
    /// A [`NotAnOrigin`] that names the first entry that is not an origin, or the whole list if it has no entry.
    pub fn parse(list: &str) -> Result<Self, NotAnOrigin> {
        let parse = |entry: &str| Origin::from_entry(entry).ok_or_else(|| NotAnOrigin(entry.to_owned()));
        let origins = list.split_whitespace().map(parse).collect::<Result<Vec<_>, _>>()?;
        if origins.is_empty() {
            // Whoever sets a list wants a list; a blank one must not let everybody in.
            return Err(NotAnOrigin(list.to_owned()));
        }
        Ok(Self(Some(origins)))
    }

    /// # Errors
    ///
    /// The origin of `uri`, if it is not one of these.
    pub fn check(&self, uri: &RedirectUri) -> Result<(), Origin> {
        let Some(origins) = &self.0 else { return Ok(()) };
        let origin = Origin::of(uri);
        if origins.contains(&origin) { Ok(()) } else { Err(origin) }
    }
}

/// An entry that is not an origin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an origin such as https://example.com, com.example.app: or loopback")]
pub struct NotAnOrigin(String);

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]
mod tests {
    use super::*;

    fn origin(uri: &str) -> String {
        Origin::of(&RedirectUri::try_from(uri.to_owned()).unwrap()).0
    }

    #[test]
    fn an_origin_is_scheme_host_and_port_in_one_spelling() {
        for (uri, expected) in [
            ("https://claude.ai/api/callback?x", "https://claude.ai"),
            ("HTTPS://Claude.AI:443", "https://claude.ai"),
            ("https://claude.ai:0443/", "https://claude.ai"),
            ("https://claude.ai:/cb", "https://claude.ai"),
            ("https://claude.ai:8443/cb", "https://claude.ai:8443"),
            ("https://claude.ai./cb", "https://claude.ai."),
            ("https://[2001:DB8:0::1]/cb", "https://[2001:db8::1]"),
            ("http://127.0.0.1:49152/cb", "loopback"),
            ("http://[::1]/cb", "loopback"),
            ("Cursor://anysphere.cursor-retrieval/cb", "cursor:"),
            ("com.example.app:/cb", "com.example.app:"),
        ] {
            assert_eq!(origin(uri), expected, "{uri}");
        }
    }

    #[test]
    fn an_entry_is_an_origin_and_nothing_more() {
        for (entry, expected) in [
            ("https://claude.ai", "https://claude.ai"),
            ("HTTPS://Claude.AI:443", "https://claude.ai"),
            ("https://app.example.com:8443", "https://app.example.com:8443"),
            ("https://[2001:DB8:0::1]", "https://[2001:db8::1]"),
            ("cursor:", "cursor:"),
            ("com.Raycast:", "com.raycast:"),
            ("Loopback", "loopback"),
        ] {
            assert_eq!(Origin::from_entry(entry).map(|origin| origin.0).as_deref(), Some(expected), "{entry}");
        }
        for entry in [
            "claude.ai",
            "https://claude.ai/",
            "https://claude.ai/cb",
            "https://claude.ai?",
            "https://claude.ai#",
            "https://*.claude.ai",
            "https://user@claude.ai",
            "https://claude.ai:port",
            "https://ex%61mple.com",
            "https://",
            "https:",
            "http:",
            "http://example.com",
            "http://localhost:3000",
            "cursor://",
            "cursor://anysphere",
            "cursor:/cb",
            "cursor",
            "javascript:",
            "localhost:",
            "*",
            ":",
        ] {
            assert_eq!(Origin::from_entry(entry), None, "{entry}");
        }
    }

    #[test]
    fn a_list_of_nothing_is_refused_and_no_list_allows_everything() {
        assert!(AllowedOrigins::parse(" \n").is_err());
        let uri = RedirectUri::try_from("https://example.com/cb".to_owned()).unwrap();
        assert_eq!(AllowedOrigins::default().check(&uri), Ok(()));
        let list = AllowedOrigins::parse("https://claude.ai\n\tloopback").unwrap();
        assert_eq!(list.check(&uri).unwrap_err().as_str(), "https://example.com");
    }
}
