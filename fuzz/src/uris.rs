//! The rules for URIs once more, by Ada's reading of the browsers' URL standard; the product uses another.

use std::collections::HashMap;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use ada_url::Url;
use dynamic_client_registration::RedirectUri;

/// Operators' lists of origins.
pub const LISTS: [&str; 2] = ["https://claude.ai https://app.example.com:8443 cursor: loopback", "https: loopback"];

/// The hosts that plain `http` may name.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// The names of `src/schemes.txt`, and whether an application may have them.
static SCHEMES: LazyLock<HashMap<&str, bool>> = LazyLock::new(|| {
    let named = |list: &'static str| {
        let (head, names) = list.split_once('\n').unwrap();
        names.split_whitespace().map(move |name| (name, head.starts_with("allowed ")))
    };
    include_str!("../../src/schemes.txt").split("\n= ").skip(1).flat_map(named).collect()
});

fn is_an_applications(scheme: &str) -> bool {
    let is_of = |family: &&str| family.strip_suffix('*').is_some_and(|start| scheme.starts_with(start));
    let is_allowed = SCHEMES.get(scheme).copied().unwrap_or_else(|| !SCHEMES.keys().any(is_of));
    scheme.len() > 1 && scheme != "localhost" && is_allowed
}

/// A name of the DNS: labels of 1 to 63 characters, 253 in all, the root's dot aside.
fn is_dns_name(host: &str) -> bool {
    let name = host.strip_suffix('.').unwrap_or(host);
    name.len() < 254 && !name.split('.').any(|label| label.is_empty() || label.len() > 63)
}

/// Whether every browser reads a host as it is written: the same name, case aside, or the same address. `None` where no
/// browser reads it as a host.
fn reads_as_written(host: &str) -> Option<bool> {
    let url = Url::parse(format!("https://{host}/"), None).ok()?;
    let seen = url.hostname();
    if let Some(literal) = host.strip_prefix('[') {
        let address = |literal: &str| literal.strip_suffix(']').and_then(|literal| literal.parse::<Ipv6Addr>().ok());
        return Some(address(literal).is_some() && address(literal) == seen.strip_prefix('[').and_then(address));
    }
    let is_address = host.parse::<Ipv4Addr>().is_ok();
    Some(is_ascii_name(host) && seen.eq_ignore_ascii_case(host) && (is_address || is_dns_name(host)))
}

fn is_ascii_name(host: &str) -> bool {
    host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

/// Whether a label says that it is an internationalised one (`xn--…`). Whether it is one, implementations see
/// differently: by the version of Unicode they know, and where its Punycode is that of `xn--…`.
fn claims_idn(host: &str) -> bool {
    host.to_ascii_lowercase().split('.').any(|label| label.starts_with("xn--"))
}

/// Whether everybody who accepts the host reads it as it is written.
fn is_as_written(host: &str) -> bool {
    reads_as_written(host).unwrap_or_else(|| claims_idn(host) && is_ascii_name(host))
}

/// Scheme and, where there is one, authority, as RFC 3986 has them.
fn parts(uri: &str) -> (String, Option<&str>) {
    let (scheme, rest) = uri.split_once(':').unwrap();
    let authority = rest.strip_prefix("//").map(|rest| &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())]);
    (scheme.to_ascii_lowercase(), authority)
}

/// Host and port of an authority without userinfo.
fn host_and_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rfind(':') {
        Some(colon) if !authority[colon..].contains(']') => (&authority[..colon], Some(&authority[colon + 1..])),
        _ => (authority, None),
    }
}

/// Whether a redirection URI has an origin of `list`, by the browsers' idea of an origin.
#[must_use]
pub fn is_listed(uri: &str, list: &str) -> bool {
    let has = |entry: &str| list.split(' ').any(|listed| listed == entry);
    match parts(uri).0.as_str() {
        "https" => has("https:") || Url::parse(uri, None).is_ok_and(|url| has(url.origin().as_ref())),
        "http" => has("loopback"),
        scheme => has(&format!("{scheme}:")),
    }
}

/// A redirection URI that was accepted: browsers see the scheme and the host that stand there, and may go there.
pub fn check_redirect_uri(sent: &str) {
    assert!(sent.len() <= 1000 && sent.is_ascii() && !sent.contains(['#', '\\']), "{sent}");
    let (scheme, authority) = parts(sent);
    let host = host_and_port(authority.unwrap_or_default()).0;
    assert!(!host.contains(['@', '*']), "{sent}");
    match scheme.as_str() {
        "https" => assert!(is_as_written(host), "{sent}"),
        "http" => assert!(LOOPBACK.contains(&host), "{sent}"),
        scheme => assert!(is_an_applications(scheme) && !is_port(&sent[scheme.len() + 1..]), "{sent}"),
    }
    match Url::parse(sent, None) {
        Ok(url) => {
            assert_eq!(url.protocol(), format!("{scheme}:"), "{sent}");
            assert!(url.username().is_empty() && url.password().is_empty(), "{sent}");
            // Hosts of other schemes have case to browsers, and IPv6 one spelling.
            let same = if ["http", "https"].contains(&scheme.as_str()) || host.starts_with('[') {
                is_as_written(host)
            } else {
                url.hostname() == host
            };
            assert!(same, "{sent} is {} to a browser", url.href());
        }
        Err(_) => assert!(scheme == "https" && claims_idn(host), "{sent} is nothing to a browser"),
    }
}

/// Whether what stands behind a scheme is a port: somebody forgot `https://`.
fn is_port(rest: &str) -> bool {
    let digits = rest.trim_start_matches(|character: char| character.is_ascii_digit());
    digits.len() < rest.len() && (digits.is_empty() || digits.starts_with(['/', '?']))
}

/// A link that was accepted leads to the host that stands there.
pub fn check_link(sent: &str) {
    assert!(sent.len() <= 1000 && sent.is_ascii() && !sent.contains('\\'), "{sent}");
    let (scheme, authority) = parts(sent);
    assert!(["http", "https"].contains(&scheme.as_str()), "{sent}");
    let host = host_and_port(authority.unwrap()).0;
    assert!(is_as_written(host), "{sent}");
    match Url::parse(sent, None) {
        Ok(url) => assert!(url.username().is_empty() && url.password().is_empty(), "{sent}"),
        Err(_) => assert!(claims_idn(host), "{sent} is nothing to a browser"),
    }
}

/// A text as a redirection URI.
pub fn check(sent: &str) {
    match RedirectUri::try_from(sent.to_owned()) {
        Ok(uri) => {
            assert_eq!(uri.as_str(), sent, "kept byte for byte");
            check_redirect_uri(sent);
        }
        Err(error) => crate::check_description(&error.to_string()),
    }
}

/// A text as a host: registered if, and only if, it is plain.
pub fn check_host(host: &str) {
    if host.len() > 900 || host.contains(['/', '?', '#', '\\', '@']) || host_and_port(host).1.is_some() {
        return;
    }
    let registered = RedirectUri::try_from(format!("https://{host}/cb"));
    if claims_idn(host) {
        assert!(registered.is_err() || is_as_written(host), "{host:?}: {registered:?}");
    } else {
        assert_eq!(registered.is_ok(), reads_as_written(host) == Some(true), "{host:?}: {registered:?}");
    }
}
