//! What is a URI at all (RFC 3986). Parsing only judges: nothing is repaired, and the text is kept as it was sent.

use iri_string::types::UriStr;

/// The longest URI of any member, in characters (all ASCII, so in bytes too).
pub const MAX_CHARS: usize = 1000;

/// Whether `sent` is an absolute `http` or `https` URI with a host, no userinfo, and at most [`MAX_CHARS`] characters: what
/// `client_uri`, `logo_uri`, `policy_uri`, `tos_uri` and `jwks_uri` may be. Where it leads is not judged: nothing here
/// fetches it.
#[must_use]
pub fn is_web_uri(sent: &str) -> bool {
    parse(sent).is_some_and(|uri| {
        is_web(uri.scheme_str()) && uri.authority_components().is_some_and(|authority| authority.userinfo().is_none())
    })
}

/// An absolute URI (RFC 3986 §3) whose port is one and whose `http` or `https` names a host; `None` is not well-formed.
pub(crate) fn parse(sent: &str) -> Option<&UriStr> {
    if sent.len() > MAX_CHARS {
        return None;
    }
    let uri = UriStr::new(sent).ok()?;
    let authority = uri.authority_components();
    // RFC 3986 §3.2.3 lets a port be any row of digits, none included; TCP does not (RFC 9293 §3.1).
    let port = authority.and_then(|authority| authority.port()).unwrap_or_default();
    if !port.is_empty() && port.parse::<u16>().is_err() {
        return None;
    }
    // RFC 9110 §4.2.1 and §4.2.2: an http or https URI without a host is invalid.
    if is_web(uri.scheme_str()) && authority.is_none_or(|authority| authority.host().is_empty()) {
        return None;
    }
    Some(uri)
}

fn is_web(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_web_uri_may_have_what_a_redirect_uri_may_not_except_userinfo() {
        assert!(is_web_uri("http://example.com/#fragment"));
        assert!(is_web_uri("https://*.example.com"));
        assert!(!is_web_uri("https://user@example.com"));
        assert!(!is_web_uri("com.example.app:/logo"));
    }
}
