//! Valid registrations: the reference's example, the shapes in which a document may come, and what is replaced. The
//! metadata that may be registered is in [`crate::cases`].

use serde_json::json;

use crate::support::{Endpoint, full, minimal, minimal_with, post, replacing};

#[tokio::test]
async fn the_document_may_come_in_every_shape_json_over_http_has() {
    let endpoint = Endpoint::start().await;
    let body = minimal().to_string();
    for content_type in [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        r#"application/json;charset=UTF-8; a="b, text/plain""#,
        r#"application/json; a="b\"c, text/plain"; b=\"#,
        " application/json ",
    ] {
        let mut request = post(body.clone());
        request.headers_mut().insert("Content-Type", content_type.parse().unwrap());
        endpoint.send(request).await.assert_registered(content_type);
    }
    let mut request = post(body.clone());
    request.headers_mut().remove("Content-Type");
    endpoint.send(request).await.assert_registered("no Content-Type");
    endpoint.send(post(body.clone().into_bytes())).await.assert_registered("bytes, as a base64 body becomes");
    let padding = " ".repeat(64 * 1024 - body.len());
    endpoint.send(post(format!("{body}{padding}"))).await.assert_registered("64 KiB exactly");
}

#[tokio::test]
async fn replace_registers_what_is_supported_and_says_so() {
    let rows = [
        (
            minimal_with("token_endpoint_auth_method", "client_secret_post"),
            json!(["authorization_code", "refresh_token"]),
            "a confidential client's method becomes none",
        ),
        (
            minimal_with(
                "grant_types",
                json!(["authorization_code", "urn:ietf:params:oauth:grant-type:device_code", "refresh_token"]),
            ),
            json!(["authorization_code", "refresh_token"]),
            "the device grant is dropped",
        ),
        (
            minimal_with("grant_types", json!(["implicit", "authorization_code"])),
            json!(["authorization_code"]),
            "what is left is what was sent of it",
        ),
        (
            minimal_with("response_types", json!(["code", "token", "code id_token"])),
            json!(["authorization_code", "refresh_token"]),
            "other response types are dropped",
        ),
    ];
    let endpoint = Endpoint::with_policy(replacing()).await;
    for (body, grant_types, why) in rows {
        let registered = endpoint.register(&body).await.assert_registered(why);
        assert_eq!(registered["token_endpoint_auth_method"], "none", "{why}");
        assert_eq!(registered["grant_types"], grant_types, "{why}");
        assert_eq!(registered["response_types"], json!(["code"]), "{why}");
    }
    endpoint.register(&full()).await.assert_registered("what needs no replacing");
}
