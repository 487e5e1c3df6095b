//! Every dangerous or broken registration stays out, with the reason, and leaves nothing behind.

use dynamic_client_registration::Policy;
use dynamic_client_registration::metadata::UnsupportedMetadata;
use lambda_http::Body;
use lambda_http::http::{HeaderValue, Method};
use serde_json::{Value, json};

use crate::support::{Endpoint, minimal, minimal_with, post, replacing};

const INVALID_REQUEST: &str = "invalid_request";
const INVALID_CLIENT_METADATA: &str = "invalid_client_metadata";
const INVALID_REDIRECT_URI: &str = "invalid_redirect_uri";

#[tokio::test]
async fn a_document_that_cannot_be_read_is_an_invalid_request() {
    let body = minimal().to_string();
    let rows: Vec<(Body, &str, &str)> = vec![
        (Body::Empty, "the request has no body; send the client metadata as a JSON object", "no body"),
        (
            Body::Text(String::new()),
            "the request has no body; send the client metadata as a JSON object",
            "an empty body",
        ),
        (Body::Text(" ".into()), "the request body is not valid JSON", "white space only"),
        (Body::Text("{".into()), "the request body is not valid JSON", "cut short"),
        (Body::Text(body[..body.len() - 1].into()), "the request body is not valid JSON", "cut at the last byte"),
        (Body::Text(format!("{body}{body}")), "the request body is not valid JSON", "two documents"),
        (Body::Text(format!("{body},")), "the request body is not valid JSON", "a comma behind"),
        (
            Body::Text(format!("\u{FEFF}{body}")),
            "the request body is not valid JSON",
            "a byte order mark (RFC 8259 section 8.1)",
        ),
        (Body::Text(body.replace('"', "'")), "the request body is not valid JSON", "single quotes"),
        (
            Body::Text("client_name=x&redirect_uris=https%3A%2F%2Fe.example".into()),
            "the request body is not valid JSON",
            "a form",
        ),
        (
            Body::Text(body.replacen('{', "{\"a\nb\":1,", 1)),
            "the request body is not valid JSON",
            "a line break in a name nobody knows",
        ),
        (
            Body::Text(r#"{"client_name":5,"redirect_uris":}"#.into()),
            "the request body is not valid JSON",
            "broken behind a wrong type",
        ),
        (Body::Text("null".into()), "the request body must be one JSON object", "null"),
        (Body::Text("[]".into()), "the request body must be one JSON object", "an array"),
        (Body::Text(format!("[{body}]")), "the request body must be one JSON object", "an object in an array"),
        (Body::Text("\"text\"".into()), "the request body must be one JSON object", "a string"),
        (Body::Text("7".into()), "the request body must be one JSON object", "a number"),
        (Body::Binary(b"{\"client_name\":\"\xFF\"}".to_vec()), "the request body must be UTF-8", "not UTF-8"),
        (Body::Binary(vec![0; 64 * 1024 + 1]), "the request body must be at most 64 KiB", "one byte too long"),
        (
            Body::Text(format!("{body}{}", " ".repeat(64 * 1024 + 1 - body.len()))),
            "the request body must be at most 64 KiB",
            "good, and one byte too long",
        ),
        (
            Body::Text(r#"{"client_name":"\ud800","redirect_uris":["https://example.com"]}"#.into()),
            "client_name must be valid Unicode; a surrogate escape lacks its other half",
            "half a surrogate pair",
        ),
    ];
    let endpoint = Endpoint::start().await;
    for (body, description, why) in rows {
        let told = endpoint.send(post(body)).await.assert_refused(INVALID_REQUEST, why);
        assert_eq!(told, description, "{why}");
    }
    assert_eq!(endpoint.table.items(), Vec::<Value>::new());
}

#[tokio::test]
async fn a_known_member_given_twice_is_refused_by_name() {
    let twice = [
        r#"{"client_name":"a","redirect_uris":["https://e.example"],"client_name":"b"}"#,
        r#"{"client_name":"a","redirect_uris":["https://e.example"],"client_name":"a"}"#,
        r#"{"client_name":null,"redirect_uris":["https://e.example"],"client_name":"a"}"#,
        r#"{"client_name":"a","redirect_uris":["https://e.example"],"client\u005fname":"b"}"#,
    ];
    let endpoint = Endpoint::start().await;
    for body in twice {
        let told = endpoint.send(post(body)).await.assert_refused(INVALID_REQUEST, body);
        assert_eq!(told, "client_name must not be given more than once");
    }
    assert_eq!(endpoint.table.items(), Vec::<Value>::new());
    let unknown = r#"{"x":1,"client_name":"a","redirect_uris":["https://e.example"],"x":2}"#;
    endpoint.send(post(unknown)).await.assert_registered("an unknown member twice is ignored twice");
}

#[tokio::test]
async fn another_content_type_is_an_invalid_request() {
    let endpoint = Endpoint::start().await;
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "application/problem+json",
        "json",
        "",
    ] {
        let mut request = post(minimal().to_string());
        request.headers_mut().insert("Content-Type", content_type.parse().unwrap());
        let told = endpoint.send(request).await.assert_refused(INVALID_REQUEST, content_type);
        assert_eq!(told, "the Content-Type must be application/json");
    }
    let mut request = post(minimal().to_string());
    request.headers_mut().insert("Content-Type", HeaderValue::from_bytes(b"application/json\xE9").unwrap());
    endpoint.send(request).await.assert_refused(INVALID_REQUEST, "a header outside ASCII");
    assert_eq!(endpoint.table.items(), Vec::<Value>::new());
}

#[tokio::test]
async fn a_member_of_the_wrong_json_type_is_invalid_client_metadata_in_both_modes() {
    let texts = [
        "client_name",
        "token_endpoint_auth_method",
        "scope",
        "client_uri",
        "logo_uri",
        "policy_uri",
        "tos_uri",
        "jwks_uri",
    ];
    let lists = ["redirect_uris", "grant_types", "response_types"];
    for mode in [UnsupportedMetadata::Reject, UnsupportedMetadata::Replace] {
        let endpoint = Endpoint::with_policy(Policy { unsupported_metadata: mode, ..Policy::default() }).await;
        for member in texts {
            for value in [json!(7), json!(true), json!(["text"]), json!({"a": "b"})] {
                let told = endpoint
                    .register(&minimal_with(member, value))
                    .await
                    .assert_refused(INVALID_CLIENT_METADATA, member);
                assert_eq!(told, format!("{member} must be a string"));
            }
        }
        for member in lists {
            for value in [json!("code"), json!(7), json!({}), json!([7]), json!(["code", null]), json!([["code"]])] {
                let told = endpoint
                    .register(&minimal_with(member, value))
                    .await
                    .assert_refused(INVALID_CLIENT_METADATA, member);
                assert_eq!(told, format!("{member} must be an array of strings"));
            }
        }
        assert_eq!(endpoint.table.items(), Vec::<Value>::new());
    }
}

#[tokio::test]
async fn a_member_that_breaks_its_rule_is_invalid_client_metadata() {
    let blank = "client_name must have a visible character; it has only white space and invisible characters";
    let control = "client_name must not contain control characters";
    let deceptive = "client_name must not contain characters that reorder or break text: U+202A-202E, U+2066-206F, U+2028, U+2029, U+FFF9-FFFB";
    let grant_types = "grant_types may include only authorization_code and refresh_token";
    let response_types = "response_types must include code; no other response type is supported";
    let auth_method = "token_endpoint_auth_method must be none; only public clients can register";
    let scope =
        "scope must be tokens of printable ASCII without quotation marks and backslashes, separated by single spaces";
    let mut rows: Vec<(&str, Value, String, String)> = vec![
        ("client_name", json!(null), "client_name is required and must not be empty".into(), "null".into()),
        ("client_name", json!(""), "client_name is required and must not be empty".into(), "empty".into()),
        ("client_name", json!(" \u{A0}\u{3000}"), blank.into(), "white space of three kinds".into()),
        (
            "client_name",
            json!("n".repeat(1001)),
            "client_name must be at most 1000 characters".into(),
            "1001 characters".into(),
        ),
        (
            "client_name",
            json!("é".repeat(1001)),
            "client_name must be at most 1000 characters".into(),
            "1001 wide characters".into(),
        ),
        (
            "redirect_uris",
            json!(null),
            "redirect_uris is required; send at least one redirect URI".into(),
            "null".into(),
        ),
        ("redirect_uris", json!([]), "redirect_uris is required; send at least one redirect URI".into(), "none".into()),
        (
            "redirect_uris",
            json!(vec!["https://example.com"; 21]),
            "redirect_uris must have at most 20 redirect URIs".into(),
            "21".into(),
        ),
        ("grant_types", json!([]), "grant_types must include authorization_code".into(), "none".into()),
        (
            "grant_types",
            json!(["refresh_token"]),
            "grant_types must include authorization_code".into(),
            "refresh alone".into(),
        ),
        ("response_types", json!([]), response_types.into(), "none".into()),
        ("scope", json!("s".repeat(1001)), "scope must be at most 1000 characters".into(), "1001 characters".into()),
    ];
    for character in ["\u{0}", "\t", "\n", "\r", "\u{1B}", "\u{7F}", "\u{80}", "\u{9F}"] {
        rows.push(("client_name", json!(format!("a{character}b")), control.into(), format!("{character:?}")));
    }
    for character in [
        "\u{202A}", "\u{202B}", "\u{202C}", "\u{202D}", "\u{202E}", "\u{2066}", "\u{2067}", "\u{2068}", "\u{2069}",
        "\u{2028}", "\u{2029}",
    ] {
        rows.push(("client_name", json!(format!("a{character}b")), deceptive.into(), format!("{character:?}")));
    }
    for grant_type in [
        "implicit",
        "password",
        "client_credentials",
        "urn:ietf:params:oauth:grant-type:device_code",
        "",
        "Authorization_Code",
    ] {
        rows.push(("grant_types", json!(["authorization_code", grant_type]), grant_types.into(), grant_type.into()));
    }
    for response_type in
        [json!(["token"]), json!(["code", "token"]), json!(["code id_token"]), json!([""]), json!(["Code"])]
    {
        rows.push(("response_types", response_type.clone(), response_types.into(), response_type.to_string()));
    }
    for method in ["client_secret_post", "client_secret_basic", "private_key_jwt", "None", " "] {
        rows.push(("token_endpoint_auth_method", json!(method), auth_method.into(), method.into()));
    }
    for text in [" openid", "openid ", "openid  profile", "a\tb", "a\nb", "a\"b", "a\\b", "é", "\u{7F}", " "] {
        rows.push(("scope", json!(text), scope.into(), format!("{text:?}")));
    }
    let long_uri = format!("https://example.com/{}", "p".repeat(981));
    for member in ["client_uri", "logo_uri", "policy_uri", "tos_uri", "jwks_uri"] {
        for uri in [
            "example.com",
            "/logo.png",
            "//example.com",
            "https://",
            "https:///x",
            "https:example.com",
            "ftp://example.com",
            "javascript:alert(1)",
            "data:text/html,x",
            "https://user@example.com",
            "https://@example.com",
            "https://example.com/a b",
            "https://example.com:99999",
            "https://bücher.example",
            " https://example.com",
            &long_uri,
        ] {
            let description = format!(
                "{member} must be an http or https URL with a plain host and no user name, at most 1000 characters"
            );
            rows.push((member, json!(uri), description, uri.into()));
        }
    }
    let endpoint = Endpoint::start().await;
    for (member, value, description, why) in rows {
        let told = endpoint
            .register(&minimal_with(member, value))
            .await
            .assert_refused(INVALID_CLIENT_METADATA, (member, &why));
        assert_eq!(told, description, "{member}: {why}");
    }
    assert_eq!(endpoint.table.items(), Vec::<Value>::new());
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
        ("https://bücher.example/cb", "non-ASCII host"),
        ("https://example.com/ü", "non-ASCII path"),
        ("https://example.com:port/", "a port that is no number"),
        ("https://example.com:65536/", "a port beyond the last"),
        ("https://example.com:-1/", "a negative port"),
        ("https://[::1/", "an IP literal left open"),
        ("https://[::zz]/", "an IP literal that is none"),
        ("https://[1.2.3.4]/", "an IPv4 address in brackets"),
        ("https://[::1]x/", "text behind an IP literal"),
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
        ("https://example.com/#a#b", "two fragments"),
        (&long, "1001 characters"),
    ];
    let endpoint = Endpoint::start().await;
    for (uri, why) in rows {
        for uris in [json!([uri]), json!(["https://example.com/cb", uri])] {
            let reply = endpoint.register(&minimal_with("redirect_uris", uris)).await;
            reply.assert_refused(INVALID_CLIENT_METADATA, (uri, why));
            assert_eq!(
                reply.body,
                r#"{"error":"invalid_client_metadata","error_description":"redirect URI is not well-formed"}"#,
                "{why}"
            );
        }
    }
    assert_eq!(endpoint.table.items(), Vec::<Value>::new());
}

#[tokio::test]
async fn a_well_formed_redirect_uri_that_is_dangerous_is_an_invalid_redirect_uri() {
    let fragment = "a redirect URI must not have a fragment";
    let userinfo = "a redirect URI must not have a user name or password";
    let wildcard = "a redirect URI must not have a wildcard in its host; register each URI";
    let loopback =
        "http is allowed for http://localhost, http://127.0.0.1 and http://[::1] only; use https for any other host";
    let disguised = "the host of a redirect URI must be a plain ASCII name or an IP address in its usual notation";
    let handled_by = |whom: &str| {
        format!(
            "the scheme of a redirect URI must not be {whom}; \
             use https, http on loopback, or your application's own scheme such as com.example.app"
        )
    };
    let public = handled_by("that of a public protocol");
    let browser = handled_by("one that browsers handle themselves");
    let mut rows = vec![
        ("https://example.com/cb#fragment".to_owned(), fragment),
        ("https://example.com/cb#".to_owned(), fragment),
        ("com.example.app:/cb#".to_owned(), fragment),
        ("https://user@example.com/cb".to_owned(), userinfo),
        ("https://user:password@example.com/cb".to_owned(), userinfo),
        ("https://@example.com/cb".to_owned(), userinfo),
        ("https://example.com%40evil.example:x@evil.example/cb".to_owned(), userinfo),
        ("http://127.0.0.1@evil.example/cb".to_owned(), userinfo),
        ("com.example.app://user@host/cb".to_owned(), userinfo),
        ("https://*.example.com/cb".to_owned(), wildcard),
        ("https://*/cb".to_owned(), wildcard),
        ("com.example.app://*/cb".to_owned(), wildcard),
    ];
    // Browsers go to another host than the one that is written here, so a consent screen would lie.
    for host in [
        "ex%61mple.com",
        "%2A.example.com",
        "%2a.example.com",
        "example.com%2eevil.example",
        "%E3%80%82",
        "2130706433",
        "0x7f.1",
        "0X7F000001",
        "0x",
        "127.1",
        "169.254.169",
        "0251.254.169.254",
        "127.0.0.1.",
        "1.2.3.4.5",
        "256.0.0.1",
        "example.com.1",
    ] {
        rows.push((format!("https://{host}/cb"), disguised));
        rows.push((format!("HTTPS://{host}:8443"), disguised));
    }
    for host in [
        "example.com",
        "localhost.example.net",
        "127.0.0.1.example.net",
        "LOCALHOST",
        "localhost.",
        "127.1",
        "127.0.0.2",
        "0.0.0.0",
        "2130706433",
        "0x7f.0.0.1",
        "[::]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "local%68ost",
        "10.0.0.1",
    ] {
        rows.push((format!("http://{host}/cb"), loopback));
        rows.push((format!("HTTP://{host}:8080/cb"), loopback));
    }
    for name in [
        "javascript",
        "data",
        "vbscript",
        "file",
        "blob",
        "about",
        "filesystem",
        "view-source",
        "jar",
        "ws",
        "wss",
        "ftp",
        "mailto",
        "tel",
        "urn",
        "intent",
    ] {
        let scheme = if ["ws", "wss", "ftp", "mailto", "tel", "urn"].contains(&name) { &public } else { &browser };
        rows.push((format!("{name}:x"), scheme));
        rows.push((format!("{}:x", name.to_uppercase()), scheme));
        rows.push((format!("{name}://host/x"), scheme));
    }
    let endpoint = Endpoint::start().await;
    for (uri, description) in rows {
        for (index, uris) in [(0, json!([uri])), (1, json!(["https://example.com/cb", uri, "https://example.com/cb2"]))]
        {
            let told = endpoint
                .register(&minimal_with("redirect_uris", uris))
                .await
                .assert_refused(INVALID_REDIRECT_URI, &uri);
            assert_eq!(told, format!("redirect_uris[{index}]: {description}"), "{uri}");
        }
    }
    assert_eq!(endpoint.table.items(), Vec::<Value>::new());
}

#[tokio::test]
async fn the_first_fault_in_the_order_of_the_members_is_the_one_reported() {
    let members = [
        "client_name",
        "redirect_uris",
        "grant_types",
        "response_types",
        "token_endpoint_auth_method",
        "scope",
        "client_uri",
        "logo_uri",
        "policy_uri",
        "tos_uri",
        "jwks_uri",
    ];
    let mut body = json!({
        "jwks_uri": "x", "tos_uri": "x", "policy_uri": "x", "logo_uri": "x", "client_uri": "x", "scope": "\\", "token_endpoint_auth_method": "x",
        "response_types": ["x"], "grant_types": ["x"], "redirect_uris": ["https://example.com/#"], "client_name": "\n",
    });
    let endpoint = Endpoint::start().await;
    for member in members {
        let code = if member == "redirect_uris" { INVALID_REDIRECT_URI } else { INVALID_CLIENT_METADATA };
        let told = endpoint.register(&body).await.assert_refused(code, member);
        assert!(told.starts_with(member), "{told:?} should be about {member}");
        body[member] = minimal().get(member).cloned().unwrap_or_default();
    }
    endpoint.register(&body).await.assert_registered("every fault mended");
}

#[tokio::test]
async fn replace_still_needs_something_supported_to_be_left() {
    let rows = [
        ("grant_types", json!(["refresh_token", "implicit"]), "grant_types must include authorization_code"),
        ("grant_types", json!(["client_credentials"]), "grant_types must include authorization_code"),
        ("grant_types", json!([]), "grant_types must include authorization_code"),
        ("response_types", json!(["token"]), "response_types must include code; no other response type is supported"),
        ("response_types", json!([]), "response_types must include code; no other response type is supported"),
    ];
    let endpoint = Endpoint::with_policy(replacing()).await;
    for (member, value, description) in rows {
        let told = endpoint
            .register(&minimal_with(member, value.clone()))
            .await
            .assert_refused(INVALID_CLIENT_METADATA, &value);
        assert_eq!(told, description, "{value}");
    }
    assert_eq!(endpoint.table.items(), Vec::<Value>::new());
}

#[tokio::test]
async fn a_preflight_is_answered_and_touches_nothing() {
    let endpoint = Endpoint::start().await;
    let mut request = post(minimal().to_string());
    *request.method_mut() = Method::OPTIONS;

    let reply = endpoint.send(request).await;

    assert_eq!((reply.status.as_u16(), reply.body.as_str()), (204, ""));
    reply.assert_headers(&[
        ("access-control-allow-headers", "Content-Type, Accept, Authorization, MCP-Protocol-Version, *"),
        ("access-control-allow-methods", "POST, OPTIONS"),
        ("access-control-allow-origin", "*"),
        ("access-control-max-age", "86400"),
    ]);
    assert_eq!(endpoint.table.items(), Vec::<Value>::new());
}

#[tokio::test]
async fn every_other_method_is_not_allowed() {
    let endpoint = Endpoint::start().await;
    for method in ["GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "post"] {
        let mut request = post(minimal().to_string());
        *request.method_mut() = method.parse().unwrap();
        endpoint.send(request).await.assert_errors(405, "Method Not Allowed", &[("allow", "POST, OPTIONS")]);
    }
    assert_eq!(endpoint.table.items(), Vec::<Value>::new());
}
