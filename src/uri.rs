//! What a URI is (RFC 3986), and what a plain host is. Parsing never repairs anything: the text stays as it was sent.

use iri_string::types::UriStr;
use url::Host;

/// The longest URI of any member, in characters. All of them are ASCII, so that is also the number of bytes.
pub const MAX_CHARS: usize = 1000;

/// The address of a web page or document about the client: an absolute `http` or `https` URI with a plain host, without
/// user name or password, at most [`MAX_CHARS`] characters long. Where it leads is not checked: nothing here fetches it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebUri(String);

impl WebUri {
    /// `None` if `sent` is not one.
    pub fn parse(sent: String) -> Option<Self> {
        let uri = parse(&sent)?;
        let authority = uri.authority_components()?;
        let is_web_uri = is_web(uri.scheme_str()) && authority.userinfo().is_none();
        (is_web_uri && plain_host(authority.host()).is_some()).then_some(Self(sent))
    }

    /// The URI exactly as it was sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An absolute URI (RFC 3986 §3) of at most [`MAX_CHARS`] characters, with a valid port and, if it is `http` or
/// `https`, a host. `None`: not well-formed.
pub(crate) fn parse(sent: &str) -> Option<&UriStr> {
    if sent.len() > MAX_CHARS {
        return None;
    }
    let uri = UriStr::new(sent).ok()?;
    let authority = uri.authority_components();
    // RFC 3986 §3.2.3 allows any number of digits, even none; TCP's ports end at 65535 (RFC 9293 §3.1).
    let port = authority.and_then(|authority| authority.port());
    if port.is_some_and(|port| !port.is_empty() && port.parse::<u16>().is_err()) {
        return None;
    }
    // RFC 9110 §4.2.1 and §4.2.2: an http or https URI without a host is invalid.
    if is_web(uri.scheme_str()) && authority.is_none_or(|authority| authority.host().is_empty()) {
        return None;
    }
    Some(uri)
}

/// The host, if every parser reads the same one: an IP address, or a name of ASCII letters, digits, `-`, `_` and `.`
/// that can exist in the DNS and that browsers (the WHATWG's URL Standard) resolve as it is written. Browsers decode
/// percent escapes (`ex%61mple.com`), understand old notations of IPv4 addresses (`2130706433`, `0x7f.1`), and drop or
/// refuse other characters, so a consent screen could show one host while the code goes to another.
pub(crate) fn plain_host(host: &str) -> Option<Host> {
    let is_plain_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let seen = Host::parse(host).ok()?;
    let is_plain = match &seen {
        Host::Domain(name) => {
            let seen_as_written = host.bytes().all(is_plain_byte) && name.eq_ignore_ascii_case(host);
            // RFC 1035 §2.3.4, in text: labels of 1 to 63 octets, 253 in all, the root's dot aside.
            let name = host.strip_suffix('.').unwrap_or(host);
            seen_as_written && name.len() <= 253 && name.split('.').all(|label| (1..=63).contains(&label.len()))
        }
        Host::Ipv4(address) => host.parse() == Ok(*address),
        Host::Ipv6(address) => {
            let literal = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
            literal.and_then(|literal| literal.parse().ok()) == Some(*address)
        }
    };
    is_plain.then_some(seen)
}

fn is_web(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")
}
