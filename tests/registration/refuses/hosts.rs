//! Hosts that do not read the same to everybody. A consent screen would show one, and the browser would go to another.

use crate::refuses::sentence::{self, HOST, WILDCARD};
use crate::refuses::{INVALID_CLIENT_METADATA, INVALID_REDIRECT_URI, assert_refused, redirect_uri_rows, row};
use crate::support::members::{self, Kind};

/// Well-formed by RFC 3986, each of them, and none a plain host.
const NOT_PLAIN: [(&str, &str); 56] = [
    ("ex%61mple.com", "a percent escape, which browsers undo"),
    ("example%2Ecom", "an escaped dot"),
    ("example.com%2eevil.example", "an escaped dot, which makes another domain"),
    ("example.com%2F.evil.example", "an escaped slash"),
    ("example.com%00.evil.example", "an escaped NUL"),
    ("%E3%80%82", "an ideographic full stop, which browsers read as a dot"),
    ("b%C3%BCcher.example", "an escaped letter outside ASCII"),
    ("%61", "nothing but an escape"),
    ("2130706433", "IPv4 as one number"),
    ("0x7f000001", "IPv4 as one hexadecimal number"),
    ("0X7F000001", "the same in capitals"),
    ("017700000001", "IPv4 as one octal number"),
    ("127.1", "IPv4 of two numbers"),
    ("127.0.1", "IPv4 of three numbers"),
    ("0x7f.1", "IPv4 with a hexadecimal number"),
    ("0x7f.0x0.0x0.0x1", "four hexadecimal numbers"),
    ("0251.254.169.254", "IPv4 with an octal number"),
    ("127.0.0.01", "a leading zero is octal"),
    ("192.0.02.1", "a leading zero is octal, wherever it stands"),
    ("127.0.0.1.", "IPv4 with a dot behind it"),
    ("169.254.169", "a short form of another address"),
    ("256.0.0.1", "no IPv4, and no browser takes it for a name"),
    ("1.2.3.4.5", "five numbers"),
    ("1.2.3.4294967296", "a number beyond 32 bits"),
    ("0x", "a number to browsers: zero"),
    ("0", "zero"),
    ("example.com.1", "a name that ends in a number"),
    ("example.0x1f", "a name that ends in a hexadecimal number"),
    ("example.09", "a name that ends in digits, octal or not"),
    ("example.1.", "a name that ends in a number and a dot"),
    ("xn--", "punycode of nothing"),
    ("xn--.example", "punycode of nothing, in a longer name"),
    ("www.xn--.example", "punycode of nothing, in the middle"),
    ("xn--a", "no punycode"),
    ("xn--a.example", "no punycode, in a longer name"),
    ("xn--zzzzzz.example", "punycode of nothing that may be in a name"),
    ("XN--ZZZZZZ.example", "the same in capitals"),
    ("xn--example-.example", "punycode of ASCII alone"),
    ("xn--bcher-kv.example", "punycode cut short"),
    ("[v1.example]", "an address of a future version"),
    ("[vF.::1]", "an address of a future version that looks like one of today"),
    ("a~b.example", "~"),
    ("a!b.example", "!"),
    ("a$b.example", "$"),
    ("a&b.example", "&"),
    ("a'b.example", "'"),
    ("a(b.example", "("),
    ("a)b.example", ")"),
    ("a+b.example", "+"),
    ("a,b.example", ","),
    ("a;b.example", ";"),
    ("a=b.example", "="),
    ("example.com&evil.example", "& in a name that looks like two"),
    ("example.com,evil.example", "a comma in a name that looks like two"),
    ("~", "nothing else"),
    ("$", "nothing else"),
];

/// Hosts with an asterisk: they would be patterns, and redirect URIs are compared as strings (RFC 9700 §2.1).
const PATTERNS: [&str; 6] = ["*", "*.example.com", "*.com", "a*.example.com", "example.*", "www.*.example.com"];

#[tokio::test]
async fn a_redirect_uri_of_https_whose_host_is_not_plain() {
    let rows = NOT_PLAIN.into_iter().flat_map(|(host, why)| {
        [format!("https://{host}/cb"), format!("https://{host}"), format!("HTTPS://{host}:8443?a=b")]
            .into_iter()
            .flat_map(move |uri| redirect_uri_rows(&uri, HOST, why))
    });
    assert_refused(INVALID_REDIRECT_URI, rows).await;
}

#[tokio::test]
async fn a_redirect_uri_with_a_pattern_for_a_host_whatever_its_scheme() {
    let rows = PATTERNS.into_iter().flat_map(|host| {
        ["https", "HTTPS", "http", "com.example.app", "cursor"]
            .into_iter()
            .flat_map(move |scheme| redirect_uri_rows(&format!("{scheme}://{host}/cb"), WILDCARD, "a pattern"))
    });
    assert_refused(INVALID_REDIRECT_URI, rows).await;
}

#[tokio::test]
async fn a_link_whose_host_is_not_plain() {
    let hosts: Vec<(&str, &str)> =
        NOT_PLAIN.into_iter().chain(PATTERNS.map(|host| (host, "an asterisk, which no host has"))).collect();
    let rows = members::of(Kind::Link).flat_map(|member| {
        hosts.iter().flat_map(move |(host, why)| {
            [format!("https://{host}/"), format!("http://{host}:8080")]
                .map(|uri| row(member, uri.as_str(), &sentence::link(member), format!("{uri}: {why}")))
        })
    });
    assert_refused(INVALID_CLIENT_METADATA, rows).await;
}

#[tokio::test]
async fn a_link_that_is_no_web_address() {
    let long = format!("https://example.com/{}", "p".repeat(981));
    let rows = members::of(Kind::Link).flat_map(|member| {
        [
            ("example.com", "no scheme"),
            ("/logo.png", "relative to the host"),
            ("//example.com", "relative to the scheme"),
            ("https://", "no host"),
            ("https:///x", "an empty host"),
            ("https://:443/", "a port alone"),
            ("https:example.com", "no slashes, which browsers repair"),
            ("https:/example.com", "one slash, which browsers repair"),
            ("ftp://example.com", "another scheme"),
            ("com.example.app:/logo", "an application's scheme"),
            ("javascript:alert(1)", "a script"),
            ("data:text/html,x", "a document"),
            ("https://user@example.com", "a user name"),
            ("https://user:password@example.com", "a user name and a password"),
            ("https://@example.com", "an empty user name"),
            ("https://example.com@evil.example", "a user name that looks like the host"),
            ("https://example.com/a b", "a space"),
            (" https://example.com", "a space in front"),
            ("https://example.com\n", "a line feed"),
            ("https://example.com/%zz", "a bad escape"),
            ("https://example.com:99999", "a port beyond the last"),
            ("https://bücher.example", "a host outside ASCII"),
            ("https://example.com/ü", "a path outside ASCII"),
            ("https://example.com\\@evil.example", "a backslash"),
            ("https://[::zz]/", "an IP literal that is none"),
            ("https://[1.2.3.4]/", "an IPv4 address in brackets"),
            ("https://[::1", "an IP literal left open"),
            (long.as_str(), "1001 characters"),
        ]
        .map(|(uri, why)| row(member, uri, &sentence::link(member), format!("{uri}: {why}")))
    });
    assert_refused(INVALID_CLIENT_METADATA, rows).await;
}
