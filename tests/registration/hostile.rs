//! Bodies made to cost time, memory or the stack. Each is answered like any other; these tests take long if one does.

use serde_json::Value;

use crate::support::{Endpoint, post};

/// The longest body that is read.
const LIMIT: usize = 64 * 1024;

/// `before` and `after`, and between them `opening` and `closing` as often as the longest body has room for.
fn filled(before: &str, opening: &str, closing: &str, after: &str) -> String {
    let count = (LIMIT - before.len() - after.len()) / (opening.len() + closing.len());
    [before, &opening.repeat(count), &closing.repeat(count), after].concat()
}

#[tokio::test]
async fn what_is_ignored_is_ignored_however_deep_long_or_often_it_is() {
    const VALID: &str = r#"{"client_name":"n","redirect_uris":["https://e.example/"],"x":"#;
    let rows = [
        ("", "[", "]", ""),
        ("[", r#"{"x":["#, "]}", "]"),
        ("", "9", "", ""),
        ("1e", "9", "", ""),
        ("0", r#","x":0"#, "", ""),
        ("\"", r"\ud800", "", "\""),
    ];
    let endpoint = Endpoint::start().await;
    for (before, opening, closing, after) in rows {
        let body = filled(&format!("{VALID}{before}"), opening, closing, &format!("{after}}}"));
        assert!(body.len() > LIMIT - 16);
        endpoint.send(post(body)).await.assert_registered(opening);
    }
}

#[tokio::test]
async fn what_is_wrong_is_refused_however_deep_long_or_often_it_is() {
    let not_json = "the request body is not valid JSON";
    let too_large = "the request body must be at most 64 KiB";
    let rows = [
        (filled(r#"{"x":"#, "[", "", ""), "invalid_request", not_json),
        (filled("", "[", "]", ""), "invalid_request", "the request body must be one JSON object"),
        (
            filled(r#"{"client_name":"n","redirect_uris":"#, "[", "]", "}"),
            "invalid_client_metadata",
            "redirect_uris must be an array of strings",
        ),
        (filled(r#"{"client_name":1e"#, "9", "", "}"), "invalid_client_metadata", "client_name must be a string"),
        (
            filled(r#"{"scope":""#, r"\ud800", "", r#""}"#),
            "invalid_request",
            "scope must be valid Unicode; it has a lone surrogate",
        ),
        (
            filled(r#"{"scope":"""#, r#","scope":"""#, "", "}"),
            "invalid_request",
            "scope must not be given more than once",
        ),
        (
            filled(r#"{"redirect_uris":["a:b"],"client_name":""#, r"\u0041", "", r#""}"#),
            "invalid_client_metadata",
            "client_name must be at most 1000 characters",
        ),
        (
            filled(r#"{"client_name":"n","redirect_uris":["a:"#, "%41", "", r#""]}"#),
            "invalid_client_metadata",
            "redirect URI is not well-formed",
        ),
        ("[".repeat(6_000_000), "invalid_request", too_large),
    ];
    let endpoint = Endpoint::start().await;
    for (body, code, description) in rows {
        assert_eq!(endpoint.send(post(body)).await.assert_refused(code, description), description);
    }
    assert_eq!(endpoint.table.items(), Vec::<Value>::new());
}
