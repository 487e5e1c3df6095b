//! What is refused beyond the cases in `tests/cases`: other methods, other types of content, bodies that no text can be;
//! which of several faults is reported; and what replacing cannot save.

use dev::cases::{Rule, rules};
use lambda_http::Body;
use lambda_http::http::{HeaderValue, header::CONTENT_TYPE};
use serde_json::{Value, json};

use crate::support::members::MEMBERS;
use crate::support::{Endpoint, Reply, minimal, minimal_with, post, replacing};

/// A reply that is refused by the rule of this name, at this place among redirect URIs if it is about one of them.
#[track_caller]
pub fn assert_refused_by(reply: &Reply, rule: &str, place: usize, why: impl std::fmt::Debug) {
    let Rule(code, _, sentence, _) = &rules()[rule];
    let position = if code == "invalid_redirect_uri" { format!("redirect_uris[{place}]: ") } else { String::new() };
    assert_eq!(reply.assert_refused(code, &why), position + sentence, "{why:?}");
}

#[tokio::test]
async fn a_body_that_is_too_long_or_not_utf_8_is_an_invalid_request() {
    let body = minimal().to_string();
    let rows = [
        (Body::Empty, "no_body", "no body"),
        (Body::Binary(b"{\"client_name\":\"\xFF\"}".to_vec()), "not_utf8", "not UTF-8"),
        (Body::Binary(vec![0; 64 * 1024 + 1]), "too_large", "one byte too long"),
        (
            Body::Text(body.clone() + &" ".repeat(64 * 1024 + 1 - body.len())),
            "too_large",
            "valid, and one byte too long",
        ),
    ];
    let endpoint = Endpoint::start().await;
    for (body, rule, why) in rows {
        assert_refused_by(&endpoint.send(post(body)).await, rule, 0, why);
    }
    assert_eq!(endpoint.table.items(), Vec::<Value>::new());
}

#[tokio::test]
async fn another_content_type_than_json_is_an_invalid_request() {
    let rows = [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "application/problem+json",
        "application/json2",
        "application",
        "*/*",
        "json",
        "",
        "text/plain; application/json",
        "application/json,",
        r#"application/json; a="b", text/plain"#,
        r#"application/json; a="\"", text/plain"#,
        r#"application/json; a=""#,
    ]
    .map(|text| text.parse().unwrap());
    let endpoint = Endpoint::start().await;
    for content_type in rows.into_iter().chain([HeaderValue::from_bytes(b"application/json\xE9").unwrap()]) {
        let mut request = post(minimal().to_string());
        request.headers_mut().insert(CONTENT_TYPE, content_type.clone());
        assert_refused_by(&endpoint.send(request).await, "content_type", 0, content_type);
    }
    assert_eq!(endpoint.table.items(), Vec::<Value>::new());
}

#[tokio::test]
async fn every_method_but_post_and_options_is_not_allowed() {
    let endpoint = Endpoint::start().await;
    for method in ["GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "post", "options"] {
        let mut request = post(minimal().to_string());
        *request.method_mut() = method.parse().unwrap();
        endpoint.send(request).await.assert_errors(405, "Method Not Allowed", &[("allow", "POST, OPTIONS")]);
    }
    assert_eq!(endpoint.table.items(), Vec::<Value>::new());
}

#[tokio::test]
async fn of_several_members_at_fault_the_first_in_their_order_is_reported() {
    let mut body = json!({
        "jwks_uri": "x", "tos_uri": "x", "policy_uri": "x", "logo_uri": "x", "client_uri": "x", "scope": "\\",
        "token_endpoint_auth_method": "x", "response_types": ["x"], "grant_types": ["x"],
        "redirect_uris": ["https://example.com/#"], "client_name": "\n",
    });
    let endpoint = Endpoint::start().await;
    for (member, _) in MEMBERS {
        let code = if member == "redirect_uris" { "invalid_redirect_uri" } else { "invalid_client_metadata" };
        let description = endpoint.register(&body).await.assert_refused(code, member);
        assert!(description.starts_with(member), "{description:?} should be about {member}");
        body[member] = minimal().get(member).cloned().unwrap_or_default();
    }
    assert_eq!(endpoint.table.items(), Vec::<Value>::new());
    endpoint.register(&body).await.assert_registered("every fault corrected");
}

/// Which of several faults is reported is no rule, but it is what callers see.
#[tokio::test]
async fn of_several_faults_of_redirect_uris_the_first_is_reported() {
    let rows = [
        // Each lacks the fault of the row before it.
        (json!(["ftp://user@*:x/#"]), "not_well_formed", 0),
        (json!(["ftp://user@*/#"]), "fragment", 0),
        (json!(["ftp://user@*/"]), "userinfo", 0),
        (json!(["ftp://*/"]), "wildcard", 0),
        (json!(["ftp://127.1/"]), "public_protocol", 0),
        (json!(["http://127.1/"]), "not_loopback", 0),
        (json!(["https://127.1/"]), "host", 0),
        // Of several URIs it is the first that has one.
        (json!(["https://example.com/#", "http://example.com/"]), "fragment", 0),
        (json!(["http://example.com/", "https://example.com/#"]), "not_loopback", 0),
        (json!(["ab:", "https://example.com/#", "relative"]), "fragment", 1),
        (json!(["relative", "https://example.com/#"]), "not_well_formed", 0),
    ];
    let endpoint = Endpoint::start().await;
    for (uris, rule, place) in rows {
        let reply = endpoint.register(&minimal_with("redirect_uris", uris.clone())).await;
        assert_refused_by(&reply, rule, place, &uris);
    }
    assert_eq!(endpoint.table.items(), Vec::<Value>::new());
}

#[tokio::test]
async fn replacing_needs_something_supported_to_be_left_and_the_right_json_types() {
    let rows = [
        ("grant_types", json!(["refresh_token", "implicit"]), "no_authorization_code"),
        ("grant_types", json!(["client_credentials"]), "no_authorization_code"),
        ("grant_types", json!([]), "no_authorization_code"),
        ("response_types", json!(["token"]), "response_types"),
        ("response_types", json!([]), "response_types"),
    ];
    let endpoint = Endpoint::with_policy(replacing()).await;
    for (member, value, rule) in rows {
        let reply = endpoint.register(&minimal_with(member, value.clone())).await;
        assert_refused_by(&reply, rule, 0, value);
    }
    for (member, value) in
        [("grant_types", json!("implicit")), ("response_types", json!([7])), ("token_endpoint_auth_method", json!({}))]
    {
        endpoint.register(&minimal_with(member, value)).await.assert_refused("invalid_client_metadata", member);
    }
    assert_eq!(endpoint.table.items(), Vec::<Value>::new());
}
