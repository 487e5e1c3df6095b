//! One redirection URI that is safe to register, kept byte for byte.
//!
//! Parsing only judges. What was sent is what is stored, echoed and later compared, because an authorization server
//! compares redirection URIs as exact strings (RFC 9700 §2.1). The rules are those of RFC 6749 §3.1.2, RFC 8252 §7 and
//! RFC 9700 §4.1.

use std::fmt;
use std::net::Ipv4Addr;

use crate::uri;

/// The hosts that plain `http` may name: this machine, spelled as RFC 8252 §7.3 does, and no other spelling.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Schemes that run or open something in a browser, or that name no application a code could be handed to.
const FORBIDDEN_SCHEMES: [&str; 16] = [
    "javascript",
    "data",
    "vbscript",
    "file",
    "blob",
    "about",
    "filesystem",
    "view-source",
    "jar",
    "ws",
    "wss",
    "ftp",
    "mailto",
    "tel",
    "urn",
    "intent",
];

/// A redirection URI that may be registered: an absolute URI (RFC 3986) of at most [`uri::MAX_CHARS`] characters that is
/// `https`, loopback `http`, or of a private-use scheme (RFC 8252 §7.1), without fragment, userinfo, wildcard or disguised host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectUri(String);

impl RedirectUri {
    /// The URI exactly as it was sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for RedirectUri {
    type Error = RedirectUriError;

    fn try_from(sent: String) -> Result<Self, Self::Error> {
        let uri = uri::parse(&sent).ok_or(RedirectUriError::NotWellFormed)?;
        let scheme = uri.scheme_str();
        let authority = uri.authority_components();
        let host = authority.map(|authority| authority.host());

        if uri.fragment().is_some() {
            return Err(RedirectUriError::Fragment);
        }
        if authority.is_some_and(|authority| authority.userinfo().is_some()) {
            return Err(RedirectUriError::Userinfo);
        }
        if host.is_some_and(|host| host.contains('*')) {
            return Err(RedirectUriError::Wildcard);
        }
        if scheme.eq_ignore_ascii_case("https") && host.is_some_and(reads_as_another_host) {
            return Err(RedirectUriError::DisguisedHost);
        }
        if scheme.eq_ignore_ascii_case("http") && !host.is_some_and(|host| LOOPBACK.contains(&host)) {
            return Err(RedirectUriError::NotLoopback);
        }
        if FORBIDDEN_SCHEMES.iter().any(|forbidden| scheme.eq_ignore_ascii_case(forbidden)) {
            return Err(RedirectUriError::Scheme);
        }
        Ok(Self(sent))
    }
}

/// Whether browsers, which read hosts as the WHATWG's URL Standard says, go to another host than RFC 3986 lets people see: they
/// undo percent escapes (`ex%61mple.com`), and take a host whose last label is a number for an IPv4 address in one of its old
/// notations (`2130706433`, `0x7f.1`, `127.0.0.1.`).
fn reads_as_another_host(host: &str) -> bool {
    let last_label = host.strip_suffix('.').unwrap_or(host).rsplit('.').next().unwrap_or_default();
    let is_number = match last_label.strip_prefix("0x").or(last_label.strip_prefix("0X")) {
        Some(hex) => hex.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => !last_label.is_empty() && last_label.bytes().all(|byte| byte.is_ascii_digit()),
    };
    host.contains('%') || is_number && host.parse::<Ipv4Addr>().is_err()
}

/// Why a redirection URI is not registered. Its `Display` is the sentence the caller reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectUriError {
    /// Not an absolute URI by RFC 3986, longer than [`uri::MAX_CHARS`], or `http`/`https` without a host.
    NotWellFormed,
    /// It has a fragment, if only an empty one (RFC 6749 §3.1.2).
    Fragment,
    /// It has userinfo, which is there to make a host look like another.
    Userinfo,
    /// `*` in the host: it would be a pattern, and redirection URIs are compared as strings (RFC 9700 §2.1).
    Wildcard,
    /// `https` to a host that browsers read as another one, so that a consent screen would show a host that is not gone to.
    DisguisedHost,
    /// `http` beyond this machine: the code would cross the network in the clear (RFC 9700 §2.6, RFC 8252 §7.3).
    NotLoopback,
    /// A scheme that runs code, opens a document, or names no application.
    Scheme,
}

impl fmt::Display for RedirectUriError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotWellFormed => "redirect URI is not well-formed",
            Self::Fragment => "a redirect URI must not have a fragment",
            Self::Userinfo => "a redirect URI must not have a user name or password",
            Self::Wildcard => "a redirect URI must not have a wildcard in its host; register each URI",
            Self::DisguisedHost => {
                "the host of a redirect URI must be spelled out without percent escapes; if it ends in a number, as an IPv4 address of four decimal numbers"
            }
            Self::NotLoopback => {
                "http is allowed for localhost, 127.0.0.1 and [::1] only; use https for any other host"
            }
            Self::Scheme => {
                "the scheme of a redirect URI must be https, http on loopback, or a private-use scheme of the application"
            }
        })
    }
}

impl std::error::Error for RedirectUriError {}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]
mod tests {
    use super::*;

    fn judge(sent: &str) -> Result<RedirectUri, RedirectUriError> {
        RedirectUri::try_from(sent.to_owned())
    }

    #[test]
    fn what_was_sent_is_kept() {
        for sent in ["HTTPS://Example.COM:443/./a/../%7e?q", "http://[::1]:0/", "a.b:/c"] {
            assert_eq!(judge(sent).unwrap().as_str(), sent);
        }
    }

    #[test]
    fn a_fault_of_form_is_told_before_a_fault_of_content() {
        assert_eq!(judge("javascript:a b"), Err(RedirectUriError::NotWellFormed));
        assert_eq!(judge("http://user@*.example.com:x/#"), Err(RedirectUriError::NotWellFormed));
    }

    #[test]
    fn the_first_fault_of_content_is_the_one_told() {
        assert_eq!(judge("ftp://user@*/#"), Err(RedirectUriError::Fragment));
        assert_eq!(judge("ftp://user@*/"), Err(RedirectUriError::Userinfo));
        assert_eq!(judge("ftp://*/"), Err(RedirectUriError::Wildcard));
        assert_eq!(judge("ftp://host/"), Err(RedirectUriError::Scheme));
        assert_eq!(judge("http://host/"), Err(RedirectUriError::NotLoopback));
    }

    #[test]
    fn the_limit_is_a_thousand_characters() {
        let path = |length: usize| format!("a:/{}", "p".repeat(length - 3));
        assert!(judge(&path(1000)).is_ok());
        assert_eq!(judge(&path(1001)), Err(RedirectUriError::NotWellFormed));
    }

    #[test]
    fn an_asterisk_beyond_the_host_is_only_a_character() {
        assert!(judge("https://example.com/*?*=*").is_ok());
    }

    #[test]
    fn every_loopback_spelling_but_three_is_refused() {
        for host in LOOPBACK {
            assert!(judge(&format!("http://{host}:1/")).is_ok(), "{host}");
        }
        for host in ["localhost.", "LOCALHOST", "127.0.0.01", "127.1", "[0::1]", "[::0001]", "%6cocalhost"] {
            assert_eq!(judge(&format!("http://{host}/")), Err(RedirectUriError::NotLoopback), "{host}");
        }
    }

    #[test]
    fn a_host_that_browsers_read_as_it_is_written_is_allowed() {
        for host in
            ["192.0.2.1", "[2001:DB8:0::1]", "example.com.", "1e100", "1.2.3.4.example", "0x7g", "-_~!$&'()+,;="]
        {
            assert!(judge(&format!("https://{host}/")).is_ok(), "{host}");
        }
        // Browsers leave the hosts of other schemes alone.
        for sent in ["cursor://ex%61mple/cb", "cursor://%2A/cb", "com.example.app://127.1"] {
            assert!(judge(sent).is_ok(), "{sent}");
        }
    }
}
