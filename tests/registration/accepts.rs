//! Every honest client gets in.

use serde_json::{Value, json};

use crate::support::{Endpoint, full, minimal, minimal_with, post, replacing};

#[tokio::test]
async fn the_references_example_is_registered_and_echoed() {
    let endpoint = Endpoint::start().await;

    let mut registered = endpoint.register(&full()).await.assert_registered("the reference's example");

    let client_id = registered.as_object_mut().unwrap().remove("client_id").unwrap();
    let uuid: uuid::Uuid = client_id.as_str().unwrap().parse().unwrap();
    assert_eq!(uuid.get_version_num(), 4);
    assert_eq!(client_id, uuid.hyphenated().to_string());
    assert_eq!(registered, full());
}

#[tokio::test]
async fn the_minimal_client_gets_the_defaults_and_nothing_else() {
    let endpoint = Endpoint::start().await;

    let mut registered = endpoint.register(&minimal()).await.assert_registered("the minimal body");

    registered.as_object_mut().unwrap().remove("client_id");
    assert_eq!(
        registered,
        json!({
            "client_name": "Example MCP Client",
            "redirect_uris": ["https://example.com/oauth/callback"],
            "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
        })
    );
}

#[tokio::test]
async fn values_inside_the_rules_are_kept_as_sent() {
    let long = "n".repeat(1000);
    let long_uri = format!("https://example.com/{}", "p".repeat(980));
    let rows: Vec<(&str, Value, &str)> = vec![
        ("client_name", json!("x"), "one character"),
        ("client_name", json!(long), "1000 characters"),
        ("client_name", json!("é".repeat(1000)), "1000 characters that are 2000 bytes"),
        ("client_name", json!("👩‍💻 開発 عربي עברית"), "emoji with ZWJ and four scripts"),
        ("client_name", json!("  padded  "), "white space around text"),
        ("client_name", json!("\u{200F}right-to-left mark"), "a mark is not an embedding"),
        ("grant_types", json!(["authorization_code"]), "without refresh tokens"),
        ("grant_types", json!(["refresh_token", "authorization_code"]), "the order sent"),
        ("response_types", json!(["code"]), "the one response type"),
        ("token_endpoint_auth_method", json!("none"), "the one authentication method"),
        ("scope", json!("openid"), "one token"),
        ("scope", json!("! #[ ]~ a:b/c"), "the ends of RFC 6749's ranges"),
        ("scope", json!("s".repeat(1000)), "1000 characters"),
        ("client_uri", json!("https://example.com"), "no path"),
        ("client_uri", json!("http://example.com:8080/a?b=c#d"), "http, port, query and fragment"),
        ("logo_uri", json!("HTTPS://EXAMPLE.COM/Logo.PNG"), "case kept"),
        ("policy_uri", json!("https://[2001:db8::1]/privacy"), "IP literal"),
        ("tos_uri", json!(long_uri), "1000 characters"),
        ("jwks_uri", json!("https://169.254.169.254/jwks"), "not fetched here, so not judged here"),
    ];
    let endpoint = Endpoint::start().await;
    for (member, value, why) in rows {
        let registered = endpoint.register(&minimal_with(member, value.clone())).await.assert_registered((member, why));
        assert_eq!(registered[member], value, "{member}: {why}");
    }
}

#[tokio::test]
async fn allowed_redirect_uris_are_kept_byte_for_byte_and_in_order() {
    let rows = [
        ("https://example.com/oauth/callback", "https"),
        ("https://example.com", "no path"),
        ("https://example.com:/cb", "an empty port is a URI's (RFC 3986 section 3.2.3)"),
        ("https://example.com:65535/cb", "the last port"),
        ("HTTPS://Example.COM/CB", "case kept"),
        ("https://example.com/%2e%2E/./a//b/?q=%20&x=%5B", "escapes, dots and empty segments kept"),
        ("https://xn--bcher-kva.example/cb", "an internationalised host in its ASCII form"),
        ("https://localhost/cb", "https to loopback"),
        ("https://[2001:db8::1]:8443/cb", "IP literal"),
        ("http://localhost:3000/cb", "loopback by name"),
        ("http://localhost/cb", "loopback, any port, none too"),
        ("http://127.0.0.1:49152/", "loopback IPv4"),
        ("http://[::1]:8080/cb", "loopback IPv6"),
        ("HTTP://localhost/cb", "a scheme has no case"),
        ("com.example.app:/oauth2redirect", "private-use scheme (RFC 8252 section 7.1)"),
        ("com.example.app://cb", "private-use scheme with authority"),
        ("cursor://anysphere.cursor-retrieval/oauth/user-example/callback", "an editor's"),
        ("vscode://vscode.github-authentication/did-authenticate", "an editor's"),
        ("vscode-insiders://example.extension/cb", "a dash in the scheme"),
        ("myapp:callback", "no slash at all"),
    ];
    let sent: Vec<&str> = rows.iter().map(|(uri, _)| *uri).collect();
    let endpoint = Endpoint::start().await;
    for (uri, why) in rows {
        let registered =
            endpoint.register(&minimal_with("redirect_uris", json!([uri]))).await.assert_registered((uri, why));
        assert_eq!(registered["redirect_uris"], json!([uri]), "{why}");
    }
    let registered =
        endpoint.register(&minimal_with("redirect_uris", json!(sent))).await.assert_registered("all twenty");
    assert_eq!(registered["redirect_uris"], json!(sent));
    let long = format!("https://example.com/{}", "p".repeat(980));
    endpoint.register(&minimal_with("redirect_uris", json!([long]))).await.assert_registered("1000 characters");
}

#[tokio::test]
async fn members_the_endpoint_does_not_know_are_ignored_and_never_echoed() {
    let unknown = [
        "application_type",
        "client_id",
        "client_name#ja",
        "client_secret",
        "contacts",
        "jwks",
        "software_id",
        "software_statement",
        "Client_Name",
    ];
    let endpoint = Endpoint::start().await;
    for member in unknown {
        for value in [json!("text"), json!(["a"]), json!({"keys": []}), json!(7), json!(null)] {
            let registered = endpoint.register(&minimal_with(member, value)).await.assert_registered(member);
            assert_eq!(registered.as_object().unwrap().len(), 6, "{member}: {registered}");
            assert_ne!(registered["client_id"], "text");
        }
    }
    // Half a surrogate pair is JSON (RFC 8259 section 8.2).
    let body = minimal().to_string().replacen('{', r#"{"\ud800":1,"#, 1);
    endpoint.send(post(body)).await.assert_registered("half a surrogate pair in an unknown name");
    let text = endpoint.table.items().iter().map(ToString::to_string).collect::<String>();
    assert!(!text.contains("contacts") && !text.contains("software_id"), "{text}");
}

#[tokio::test]
async fn null_and_the_empty_string_are_the_same_as_absent() {
    let texts = ["scope", "client_uri", "logo_uri", "policy_uri", "tos_uri", "jwks_uri", "token_endpoint_auth_method"];
    let endpoint = Endpoint::start().await;
    for member in texts {
        for value in [json!(null), json!("")] {
            let registered = endpoint.register(&minimal_with(member, value)).await.assert_registered(member);
            assert_eq!(registered.as_object().unwrap().len(), 6, "{member}: {registered}");
        }
    }
    for member in ["grant_types", "response_types"] {
        endpoint.register(&minimal_with(member, json!(null))).await.assert_registered(member);
    }
}

#[tokio::test]
async fn the_document_may_come_in_every_shape_json_over_http_has() {
    let endpoint = Endpoint::start().await;
    let body = minimal().to_string();
    for content_type in [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
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
    endpoint.send(post(format!("\n\t {body} \r\n"))).await.assert_registered("white space around");
    endpoint.send(post(body.replace("client_name", "client\\u005fname"))).await.assert_registered("an escaped name");

    let padding = " ".repeat(64 * 1024 - body.len());
    endpoint.send(post(format!("{body}{padding}"))).await.assert_registered("64 KiB exactly");
    let depth = "[".repeat(30_000) + &"]".repeat(30_000);
    endpoint
        .send(post(body.replacen('{', &format!("{{\"x\":{depth},"), 1)))
        .await
        .assert_registered("a deep unknown member");
    endpoint
        .send(post(body.replacen('{', "{\"x\":1e999999,", 1)))
        .await
        .assert_registered("a number beyond every type");
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
