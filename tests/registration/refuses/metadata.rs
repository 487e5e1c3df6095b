//! The members that are neither names nor URIs, and what is true of all eleven: types, order, `reject` and `replace`.

use dynamic_client_registration::Policy;
use serde_json::{Value, json};

use crate::refuses::sentence::{GRANT_TYPES, NO_CODE_GRANT, RESPONSE_TYPES};
use crate::refuses::{INVALID_CLIENT_METADATA, INVALID_REDIRECT_URI, Row, assert_refused, row};
use crate::support::members::{Kind, MEMBERS};
use crate::support::{Endpoint, minimal, minimal_with, replacing};

#[tokio::test]
async fn a_member_of_the_wrong_json_type_is_invalid_client_metadata_in_both_modes() {
    let no_texts = [json!(7), json!(1e99), json!(true), json!(["text"]), json!({"a": "b"})];
    let no_lists =
        [json!("code"), json!(""), json!(7), json!({}), json!([7]), json!(["code", null]), json!([["code"]])];
    for policy in [Policy::default(), replacing()] {
        let endpoint = Endpoint::with_policy(policy).await;
        for (member, kind) in MEMBERS {
            let (values, sentence) = match kind {
                Kind::Text | Kind::Link => (no_texts.as_slice(), format!("{member} must be a string")),
                Kind::List => (no_lists.as_slice(), format!("{member} must be an array of strings")),
            };
            for value in values {
                let reply = endpoint.register(&minimal_with(member, value.clone())).await;
                assert_eq!(reply.assert_refused(INVALID_CLIENT_METADATA, (member, value)), sentence);
            }
        }
        assert_eq!(endpoint.table.items(), Vec::<Value>::new());
    }
}

#[tokio::test]
async fn a_member_that_breaks_its_rule_is_invalid_client_metadata() {
    let auth_method = "token_endpoint_auth_method must be none; only public clients can register";
    let scope =
        "scope must be tokens of printable ASCII without quotation marks and backslashes, separated by single spaces";
    let mut rows: Vec<Row> = vec![
        row("grant_types", json!([]), NO_CODE_GRANT, "none"),
        row("grant_types", json!(["refresh_token"]), NO_CODE_GRANT, "refresh tokens alone"),
        row("response_types", json!([]), RESPONSE_TYPES, "none"),
        row("scope", "s".repeat(1001), "scope must be at most 1000 characters", "1001 characters"),
    ];
    for grant_type in [
        "implicit",
        "password",
        "client_credentials",
        "urn:ietf:params:oauth:grant-type:device_code",
        "",
        "Authorization_Code",
    ] {
        rows.push(row("grant_types", json!(["authorization_code", grant_type]), GRANT_TYPES, grant_type));
    }
    for response_type in
        [json!(["token"]), json!(["code", "token"]), json!(["code id_token"]), json!([""]), json!(["Code"])]
    {
        rows.push(row("response_types", response_type.clone(), RESPONSE_TYPES, response_type.to_string()));
    }
    for method in ["client_secret_post", "client_secret_basic", "private_key_jwt", "None", " "] {
        rows.push(row("token_endpoint_auth_method", method, auth_method, method));
    }
    for text in [" openid", "openid ", "openid  profile", "a\tb", "a\nb", "a\"b", "a\\b", "é", "\u{7F}", " "] {
        rows.push(row("scope", text, scope, format!("{text:?}")));
    }
    assert_refused(INVALID_CLIENT_METADATA, rows).await;
}

#[tokio::test]
async fn the_first_fault_in_the_order_of_the_members_is_the_one_reported() {
    let mut body = json!({
        "jwks_uri": "x", "tos_uri": "x", "policy_uri": "x", "logo_uri": "x", "client_uri": "x", "scope": "\\", "token_endpoint_auth_method": "x",
        "response_types": ["x"], "grant_types": ["x"], "redirect_uris": ["https://example.com/#"], "client_name": "\n",
    });
    let endpoint = Endpoint::start().await;
    for (member, _) in MEMBERS {
        let code = if member == "redirect_uris" { INVALID_REDIRECT_URI } else { INVALID_CLIENT_METADATA };
        let description = endpoint.register(&body).await.assert_refused(code, member);
        assert!(description.starts_with(member), "{description:?} should be about {member}");
        body[member] = minimal().get(member).cloned().unwrap_or_default();
    }
    assert_eq!(endpoint.table.items(), Vec::<Value>::new());
    endpoint.register(&body).await.assert_registered("every fault corrected");
}

#[tokio::test]
async fn replace_still_needs_something_supported_to_be_left() {
    let rows = [
        ("grant_types", json!(["refresh_token", "implicit"]), NO_CODE_GRANT),
        ("grant_types", json!(["client_credentials"]), NO_CODE_GRANT),
        ("grant_types", json!([]), NO_CODE_GRANT),
        ("response_types", json!(["token"]), RESPONSE_TYPES),
        ("response_types", json!([]), RESPONSE_TYPES),
    ];
    let endpoint = Endpoint::with_policy(replacing()).await;
    for (member, value, sentence) in rows {
        let reply = endpoint.register(&minimal_with(member, value.clone())).await;
        assert_eq!(reply.assert_refused(INVALID_CLIENT_METADATA, &value), sentence, "{value}");
    }
    assert_eq!(endpoint.table.items(), Vec::<Value>::new());
}
