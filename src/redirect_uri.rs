//! One redirection URI that is safe to register, kept byte for byte.
//!
//! Parsing never rewrites: what was sent is what is stored, echoed and later compared, because an authorization server
//! compares redirection URIs as exact strings (RFC 9700 §2.1). The rules are those of RFC 6749 §3.1.2, RFC 8252 §7 and
//! RFC 9700 §4.1.

use url::Url;

use crate::origin::Origin;
use crate::scheme::{self, Reserved};
use crate::uri;

/// The hosts that plain `http` may name: this computer, spelled as RFC 8252 §7.3 does, and no other spelling.
const LOOPBACK_HOSTS: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// A redirection URI that may be registered: an absolute URI (RFC 3986) of at most [`uri::MAX_CHARS`] characters that
/// is `https` to a plain host, `http` on loopback, or of a private-use scheme (RFC 8252 §7.1), without fragment, user
/// name or wildcard.
///
/// ```
/// use dynamic_client_registration::RedirectUri;
/// use dynamic_client_registration::redirect_uri::RedirectUriError;
///
/// let uri = RedirectUri::try_from("HTTPS://Example.com:443/./cb".to_owned())?;
/// assert_eq!(uri.as_str(), "HTTPS://Example.com:443/./cb");
///
/// assert_eq!(RedirectUri::try_from("http://example.com/cb".to_owned()), Err(RedirectUriError::NotLoopback));
/// # Ok::<(), RedirectUriError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectUri {
    sent: String,
    origin: Origin,
}

impl RedirectUri {
    /// The URI exactly as it was sent.
    pub fn as_str(&self) -> &str {
        &self.sent
    }

    /// Where it leads.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }
}

impl TryFrom<String> for RedirectUri {
    type Error = RedirectUriError;

    fn try_from(sent: String) -> Result<Self, RedirectUriError> {
        let uri = uri::parse(&sent).ok_or(RedirectUriError::NotWellFormed)?;
        let authority = uri.authority_components();
        let host = authority.map_or("", |authority| authority.host());
        let port = authority.and_then(|authority| authority.port()?.parse().ok());

        if uri.fragment().is_some() {
            return Err(RedirectUriError::Fragment);
        }
        if authority.is_some_and(|authority| authority.userinfo().is_some()) {
            return Err(RedirectUriError::Userinfo);
        }
        if host.contains('*') {
            return Err(RedirectUriError::Wildcard);
        }
        let origin = match uri.scheme_str().to_ascii_lowercase().as_str() {
            "https" => {
                let host = uri::plain_host(host).ok_or(RedirectUriError::HostNotPlain)?;
                Origin::Https(host, port.filter(|port| *port != 443))
            }
            "http" if LOOPBACK_HOSTS.contains(&host) => Origin::Loopback,
            // `localhost:3000/cb` is a URI with the scheme localhost: somebody forgot http://.
            "http" | "localhost" => return Err(RedirectUriError::NotLoopback),
            scheme => {
                if let Some(reserved) = scheme::reserved(scheme) {
                    return Err(RedirectUriError::ReservedScheme(reserved));
                }
                // `app.example.com:8443/cb` is a URI with a host for a scheme: somebody forgot https://.
                let port = uri.path_str().split_once('/').map_or(uri.path_str(), |(port, _)| port);
                if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) {
                    return Err(RedirectUriError::ReservedScheme(Reserved::Misspelt));
                }
                if Url::parse(&sent).is_err() {
                    return Err(RedirectUriError::NotParsed);
                }
                Origin::PrivateUse(scheme.to_owned())
            }
        };
        Ok(Self { sent, origin })
    }
}

/// Why a redirection URI is not registered. Its `Display` is the sentence that the caller reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedirectUriError {
    /// Not an absolute URI (RFC 3986), longer than [`uri::MAX_CHARS`], or `http` or `https` without a host. The
    /// sentence is the published reference's.
    #[error("redirect URI is not well-formed")]
    NotWellFormed,
    /// It has a fragment, even an empty one (RFC 6749 §3.1.2).
    #[error("a redirect URI must not have a fragment")]
    Fragment,
    /// It has userinfo, whose only use here is to make one host look like another.
    #[error("a redirect URI must not have a user name or password")]
    Userinfo,
    /// `*` in the host: it would be a pattern, and redirection URIs are compared as strings (RFC 9700 §2.1).
    #[error("a redirect URI must not have a wildcard in its host; register each URI")]
    Wildcard,
    /// `https` to a host that cannot exist, or that browsers would resolve differently from how it is written.
    #[error(
        "the host of a redirect URI must be a plain ASCII domain name or an IP address in its usual notation; \
         a label has 1 to 63 characters and a name at most 253; any xn-- label must be valid"
    )]
    HostNotPlain,
    /// `http` beyond this computer: the code would cross the network in the clear (RFC 9700 §2.6, RFC 8252 §7.3).
    #[error(
        "http is allowed only for http://localhost, http://127.0.0.1 and http://[::1]; use https for any other host"
    )]
    NotLoopback,
    /// A URI that browsers (the WHATWG's URL Standard) cannot parse, such as `app://:80/cb`.
    #[error(
        "a redirect URI must be one that browsers can parse: with a host before a port, and IPv6 alone in brackets"
    )]
    NotParsed,
    /// A scheme that cannot be an application's own.
    #[error(
        "the scheme of a redirect URI must not be {0}; \
         use https, http on loopback, or your application's own scheme such as com.example.app"
    )]
    ReservedScheme(Reserved),
}
