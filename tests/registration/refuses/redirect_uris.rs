//! Redirect URIs that are none, or that are not safe to send a code to. Hosts and schemes have files of their own.

use serde_json::json;

use crate::refuses::sentence::{FRAGMENT, HOST, LOOPBACK, NOT_WELL_FORMED, PROTOCOL_SCHEME, USERINFO, WILDCARD};
use crate::refuses::{INVALID_CLIENT_METADATA, INVALID_REDIRECT_URI, assert_refused, redirect_uri_rows, row};
use crate::support::{Endpoint, minimal_with};

#[tokio::test]
async fn none_or_too_many() {
    let required = "redirect_uris is required; send at least one redirect URI";
    assert_refused(
        INVALID_CLIENT_METADATA,
        [
            row("redirect_uris", json!(null), required, "null"),
            row("redirect_uris", json!([]), required, "none"),
            row(
                "redirect_uris",
                json!(vec!["https://example.com"; 21]),
                "redirect_uris must have at most 20 redirect URIs",
                "21",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_redirect_uri_that_is_not_well_formed_gets_the_references_answer() {
    let long = format!("https://example.com/{}", "p".repeat(981));
    let rows = [
        ("", "empty"),
        ("callback", "relative"),
        ("/callback", "relative to the host"),
        ("//example.com/cb", "relative to the scheme"),
        ("://example.com", "no scheme"),
        ("1http://example.com", "a scheme that starts with a digit"),
        ("ht_tp://example.com", "a scheme with an underscore"),
        ("https://example.com/%zz", "a bad percent escape"),
        ("https://example.com/%2", "half a percent escape"),
        ("https://example.com/a b", "a space"),
        (" https://example.com", "a space in front"),
        ("https://example.com\n", "a line feed"),
        ("https://example.com/\u{0}", "a control character"),
        ("https://example.com\\@evil.example", "a backslash, which browsers take for a slash"),
        ("https:\\\\example.com", "two backslashes"),
        ("https://bücher.example/cb", "a host outside ASCII"),
        ("https://example.com/ü", "a path outside ASCII"),
        ("https://example。com/cb", "an ideographic full stop"),
        ("https://example.com:port/", "a port that is no number"),
        ("https://example.com:65536/", "a port beyond the last"),
        ("https://example.com:-1/", "a negative port"),
        ("https://[::1/", "an IP literal left open"),
        ("https://[::zz]/", "an IP literal that is none"),
        ("https://[::1%25eth0]/", "an IP literal with a zone"),
        ("https://[1.2.3.4]/", "an IPv4 address in brackets"),
        ("https://[::1]x/", "text behind an IP literal"),
        ("https://[]/", "nothing in brackets"),
        ("https://a@b@example.com/", "two at signs"),
        ("https:", "https without a host"),
        ("https:example.com/cb", "https without slashes, which browsers repair"),
        ("https:/example.com/cb", "https with one slash, which browsers repair"),
        ("https:///cb", "https with an empty host"),
        ("https://:443/cb", "https with a port alone"),
        ("http:///cb", "http with an empty host"),
        ("https://example.com/<script>", "angle brackets"),
        ("https://example.com/\"", "a quotation mark"),
        ("https://example.com/{id}", "a template"),
        ("https://example.com/|", "a vertical bar"),
        ("https://example.com/#a#b", "two fragments"),
        ("javascript:alert(1) ", "the form is looked at before the scheme"),
        (&long, "1001 characters"),
    ];
    let endpoint = Endpoint::start().await;
    for (uri, why) in rows {
        for uris in [json!([uri]), json!(["https://example.com/cb", uri])] {
            let reply = endpoint.register(&minimal_with("redirect_uris", uris)).await;
            reply.assert_refused(INVALID_CLIENT_METADATA, (uri, why));
            assert_eq!(
                reply.body,
                format!(r#"{{"error":"invalid_client_metadata","error_description":"{NOT_WELL_FORMED}"}}"#),
                "{why}"
            );
        }
    }
    assert_eq!(endpoint.table.items(), Vec::<serde_json::Value>::new());
}

#[tokio::test]
async fn a_well_formed_redirect_uri_that_is_dangerous_is_an_invalid_redirect_uri() {
    let rows = [
        ("https://example.com/cb#fragment", FRAGMENT, "a fragment"),
        ("https://example.com/cb#", FRAGMENT, "an empty fragment"),
        ("com.example.app:/cb#", FRAGMENT, "of any scheme"),
        ("http://localhost/#", FRAGMENT, "on loopback, too"),
        ("https://user@example.com/cb", USERINFO, "a user name"),
        ("https://user:password@example.com/cb", USERINFO, "a user name and a password"),
        ("https://@example.com/cb", USERINFO, "an empty user name"),
        ("https://example.com%40evil.example:x@evil.example/cb", USERINFO, "a user name that looks like a host"),
        ("http://127.0.0.1@evil.example/cb", USERINFO, "a user name that looks like loopback"),
        ("com.example.app://user@host/cb", USERINFO, "of any scheme"),
    ];
    assert_refused(
        INVALID_REDIRECT_URI,
        rows.into_iter().flat_map(|(uri, sentence, why)| redirect_uri_rows(uri, sentence, why)),
    )
    .await;
}

#[tokio::test]
async fn http_beyond_loopback() {
    let hosts = [
        ("example.com", "another host"),
        ("10.0.0.1", "a private address"),
        ("192.168.1.1", "a private address"),
        ("localhost.example.net", "starts like loopback"),
        ("127.0.0.1.example.net", "starts like loopback"),
        ("example.localhost", "ends like loopback"),
        ("xlocalhost", "ends like loopback"),
        ("LOCALHOST", "another spelling"),
        ("Localhost", "another spelling"),
        ("localhost.", "another spelling"),
        ("local%68ost", "another spelling"),
        ("127.1", "another spelling"),
        ("127.0.0.01", "another spelling"),
        ("2130706433", "another spelling"),
        ("0x7f.0.0.1", "another spelling"),
        ("127.0.0.2", "loopback, and not one of the three"),
        ("0.0.0.0", "every address of this machine"),
        ("[::]", "every address of this machine"),
        ("[0:0:0:0:0:0:0:1]", "another spelling"),
        ("[::ffff:127.0.0.1]", "IPv4 in IPv6"),
        ("[v1.localhost]", "an address of a future version"),
    ];
    let rows = hosts.into_iter().flat_map(|(host, why)| {
        [format!("http://{host}/cb"), format!("HTTP://{host}:8080/cb")]
            .into_iter()
            .flat_map(move |uri| redirect_uri_rows(&uri, LOOPBACK, why))
    });
    assert_refused(INVALID_REDIRECT_URI, rows).await;
}

/// Which of several faults is reported is no rule, but it is what callers see; each row lacks the fault of the row
/// before it.
#[tokio::test]
async fn of_several_faults_the_first_is_reported() {
    let rows = [
        ("ftp://user@*/#", FRAGMENT),
        ("ftp://user@*/", USERINFO),
        ("ftp://*/", WILDCARD),
        ("ftp://127.1/", PROTOCOL_SCHEME),
        ("http://127.1/", LOOPBACK),
        ("https://127.1/", HOST),
    ];
    assert_refused(
        INVALID_REDIRECT_URI,
        rows.into_iter().flat_map(|(uri, sentence)| redirect_uri_rows(uri, sentence, "the first fault")),
    )
    .await;
}

#[tokio::test]
async fn of_several_redirect_uris_the_first_with_a_fault_is_reported() {
    let endpoint = Endpoint::start().await;
    let rows = [
        (
            json!(["https://example.com/#", "http://example.com/"]),
            INVALID_REDIRECT_URI,
            format!("redirect_uris[0]: {FRAGMENT}"),
        ),
        (
            json!(["http://example.com/", "https://example.com/#"]),
            INVALID_REDIRECT_URI,
            format!("redirect_uris[0]: {LOOPBACK}"),
        ),
        (json!(["https://example.com/#", "relative"]), INVALID_REDIRECT_URI, format!("redirect_uris[0]: {FRAGMENT}")),
        (json!(["relative", "https://example.com/#"]), INVALID_CLIENT_METADATA, NOT_WELL_FORMED.to_owned()),
    ];
    for (uris, code, sentence) in rows {
        let description =
            endpoint.register(&minimal_with("redirect_uris", uris.clone())).await.assert_refused(code, &uris);
        assert_eq!(description, sentence, "{uris}");
    }
    assert_eq!(endpoint.table.items(), Vec::<serde_json::Value>::new());
}
