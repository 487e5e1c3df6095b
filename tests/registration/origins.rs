//! `ALLOWED_REDIRECT_ORIGINS`: where an operator lists origins, nobody else's redirect URI is registered. The list
//! loosens no other rule.

use dev::dynamodb::Table;
use dynamic_client_registration::Policy;
use serde_json::{Value, json};

use crate::events;
use crate::refuses::assert_refused_by;
use crate::support::{Endpoint, LOGS_JSON, listing, minimal_with, replacing, start};

/// An entry, redirect URIs it lets in, and redirect URIs it does not.
const ENTRIES: [[&str; 3]; 12] = [
    [
        "https://claude.ai",
        "https://claude.ai/api/mcp/auth_callback https://claude.ai https://claude.ai?a=b \
         https://claude.ai:443/cb https://claude.ai:0443/cb https://claude.ai:/cb HTTPS://Claude.AI/cb",
        "https://claude.ai:8443/cb https://claude.ai:80/cb https://api.claude.ai/cb \
         https://claude.ai.evil.example/cb https://claude.aix/cb https://claude.a/cb https://xclaude.ai/cb \
         https://claude.ai./cb https://claude-ai/cb https://evil.example/https://claude.ai \
         https://evil.example/?https://claude.ai https://ai/cb http://localhost/cb claude.ai:/cb \
         claude://claude.ai/cb",
    ],
    ["https://claude.ai:443", "https://claude.ai/cb https://claude.ai:443/cb", "https://claude.ai:4430/cb"],
    ["HTTPS://CLAUDE.AI", "https://claude.ai/cb", "https://claude.com/cb"],
    [
        "https://app.example.com:8443",
        "https://app.example.com:8443/cb https://APP.example.com:8443",
        "https://app.example.com/cb https://app.example.com:443/cb https://app.example.com:844/cb \
         https://example.com:8443/cb",
    ],
    [
        "https://192.0.2.1",
        "https://192.0.2.1/cb",
        "https://192.0.2.10/cb https://192.0.2.1.example/cb https://[::ffff:192.0.2.1]/cb",
    ],
    [
        "https://[2001:db8::1]:8443",
        "https://[2001:db8::1]:8443/cb https://[2001:DB8:0::1]:8443/cb",
        "https://[2001:db8::1]/cb https://[2001:db8::2]:8443/cb",
    ],
    [
        "cursor:",
        "cursor://anysphere.cursor-mcp/oauth/callback cursor:/cb cursor:cb CURSOR://x",
        "cursors://x xcursor://x com.cursor:/cb vscode://x https://cursor/cb http://localhost/cursor:",
    ],
    ["com.Example.app:", "com.example.app:/cb", "com.example.app2:/cb com.example:/cb example.app:/cb"],
    [
        "loopback",
        "http://localhost/cb http://localhost:3000/cb http://127.0.0.1:49152/ HTTP://[::1]:8080/cb",
        "https://localhost/cb https://localhost:3000/cb https://127.0.0.1/cb loopback:/cb cursor://localhost",
    ],
    [
        "https:",
        "https://example.com/cb HTTPS://a.example:8443 https://192.0.2.1 https://[2001:db8::1]:1/",
        "http://localhost/cb cursor://x httpsx:/cb com.https:/cb",
    ],
    ["HTTPS:", "https://example.com/cb", "http://127.0.0.1/cb"],
    ["https://localhost:3000", "https://localhost:3000/cb", "http://localhost:3000/cb https://localhost/cb"],
];

#[tokio::test]
async fn an_entry_lets_in_its_own_origin_and_no_other() {
    for [entry, listed, others] in ENTRIES {
        let listed: Vec<_> = listed.split(' ').collect();
        let endpoint = Endpoint::with_policy(listing(entry)).await;
        for uri in &listed {
            let reply = endpoint.register(&minimal_with("redirect_uris", json!([uri]))).await;
            assert_eq!(reply.assert_registered((entry, uri))["redirect_uris"], json!([uri]), "kept as it was sent");
        }
        for uri in others.split(' ') {
            let reply = endpoint.register(&minimal_with("redirect_uris", json!([uri]))).await;
            assert_refused_by(&reply, "origin", 0, (entry, uri));
        }
        assert_eq!(endpoint.table.items().len(), listed.len(), "what was refused is not stored");
    }
}

#[tokio::test]
async fn one_redirect_uri_that_is_not_listed_refuses_them_all() {
    let endpoint = Endpoint::with_policy(listing("cursor:\thttps://www.cursor.com\n\n  loopback ")).await;
    let all_three =
        json!(["cursor://anysphere.cursor-mcp/cb", "https://www.cursor.com/cb", "http://localhost:8787/cb"]);
    endpoint.register(&minimal_with("redirect_uris", all_three.clone())).await.assert_registered("all are listed");
    for at in 0..3 {
        for other in ["https://cursor.com/cb", "https://www.cursor.com:8443/cb", "vscode://x"] {
            let mut uris = all_three.clone();
            uris[at] = other.into();
            let reply = endpoint.register(&minimal_with("redirect_uris", uris.clone())).await;
            assert_refused_by(&reply, "origin", at, &uris);
        }
    }
    let uris = json!(["https://b.example/", "https://www.cursor.com/cb", "https://a.example/"]);
    let reply = endpoint.register(&minimal_with("redirect_uris", uris)).await;
    assert_refused_by(&reply, "origin", 0, "the first of two");
    assert_eq!(endpoint.table.items().len(), 1);
}

/// As Cursor does, which sends three redirect URIs and uses one.
#[tokio::test]
async fn where_what_is_not_supported_is_replaced_unlisted_redirect_uris_are_left_out_as_long_as_one_is_left() {
    let replacing = |list| Policy { allowed_origins: listing(list).allowed_origins, ..replacing() };
    let listed = ["https://claude.ai/cb", "HTTP://localhost:3000/a%2Fb?c", "https://claude.ai:443/cb"];
    let others = ["cursor://anysphere.cursor-mcp/cb", "https://other.example/cb"];
    let endpoint = Endpoint::with_policy(replacing("https: loopback")).await;
    let of_cursor = json!([others[0], "https://www.cursor.com/cb", "http://localhost:8787/cb"]);
    let reply = endpoint.register(&minimal_with("redirect_uris", of_cursor)).await;
    assert_eq!(
        reply.assert_registered("two of three")["redirect_uris"],
        json!(["https://www.cursor.com/cb", "http://localhost:8787/cb"])
    );

    let endpoint = Endpoint::with_policy(replacing("https://claude.ai loopback")).await;
    for (sent, left) in [
        (json!([others[0], listed[0]]), json!([listed[0]])),
        (json!([listed[0], others[0]]), json!([listed[0]])),
        (json!([listed[1], others[1], listed[0], others[0], listed[2]]), json!([listed[1], listed[0], listed[2]])),
        (json!(listed), json!(listed)),
    ] {
        let reply = endpoint.register(&minimal_with("redirect_uris", sent.clone())).await;
        assert_eq!(
            reply.assert_registered(&sent)["redirect_uris"],
            left,
            "in the order and the form in which they were sent"
        );
    }
    assert_eq!(endpoint.table.items().len(), 4);
    for (sent, rule, place) in [
        (json!(others), "origin", 0),
        (json!([others[1]]), "origin", 0),
        // What may not be registered anywhere is a fault of the registration, listed or not.
        (json!([listed[0], "https://other.example/#"]), "fragment", 1),
        (json!([others[0], listed[0], "javascript:x"]), "browser_scheme", 2),
        (json!([listed[0], "relative"]), "not_well_formed", 1),
    ] {
        let reply = endpoint.register(&minimal_with("redirect_uris", sent.clone())).await;
        assert_refused_by(&reply, rule, place, &sent);
    }
    assert_eq!(endpoint.table.items().len(), 4, "what was refused is not stored");
}

#[tokio::test]
async fn the_list_is_asked_last_and_loosens_nothing() {
    let endpoint = Endpoint::with_policy(listing("https://claude.ai cursor: loopback")).await;
    let rows = [
        (json!(["https://other.example/", "relative"]), "not_well_formed", 0),
        (json!(["relative", "https://other.example/"]), "not_well_formed", 0),
        (json!(["https://other.example/", "https://claude.ai/#"]), "fragment", 1),
        (json!(["https://claude.ai/#", "https://other.example/"]), "fragment", 0),
        (json!(["https://other.example/", "javascript:x"]), "browser_scheme", 1),
        (json!(["javascript:x", "https://other.example/"]), "browser_scheme", 0),
        (json!(["cursor://x#"]), "fragment", 0),
    ];
    for (uris, rule, place) in rows {
        let reply = endpoint.register(&minimal_with("redirect_uris", uris.clone())).await;
        assert_refused_by(&reply, rule, place, &uris);
    }
    // Among the members, an origin is a fault of the redirect URIs: after the name, before everything else.
    let mut body = minimal_with("redirect_uris", json!(["https://other.example/"]));
    body["grant_types"] = json!(["implicit"]);
    assert_refused_by(&endpoint.register(&body).await, "origin", 0, "redirect_uris come first");
    body["redirect_uris"] = json!(["https://claude.ai/cb"]);
    assert_refused_by(&endpoint.register(&body).await, "grant_types", 0, "grant_types are next");
    body["redirect_uris"] = json!(["https://other.example/"]);
    body["client_name"] = "\n".into();
    assert_refused_by(&endpoint.register(&body).await, "blank", 0, "the name comes first");
    assert_eq!(endpoint.table.items(), Vec::<Value>::new());
}

/// What an operator does: read the log's `origin`, put it on the list, and the client comes in.
#[tokio::test]
async fn the_log_says_which_origin_to_list() {
    let missing = [
        "https://claude.ai/api/mcp/auth_callback?secret=1",
        "https://claude.ai:443/cb",
        "HTTPS://App.Example.COM:8443/cb",
        "https://[2001:db8::1]:8443/cb",
        "https://192.0.2.1/cb",
        "vscode://vscode.github-authentication/did-authenticate",
        "com.example.app:/cb?state=secret",
        "http://localhost:3000/secret",
        "http://[::1]/secret",
    ];
    let table = Table::start().await;
    for (unsupported, status, error) in [("reject", 400, json!("invalid_redirect_uri")), ("replace", 201, Value::Null)]
    {
        let list = ("ALLOWED_REDIRECT_ORIGINS", "https://listed.example");
        let function = start(&table.url, &[LOGS_JSON, list, ("UNSUPPORTED_METADATA", unsupported)]).await;
        let register = |uris: Value| {
            let mut event = events::all()["register-minimal"].clone();
            event["body"] = minimal_with("redirect_uris", uris).to_string().into();
            function.invoke("register", &event);
            function.result()
        };
        for uri in missing {
            let sent = json!(["https://listed.example/cb", uri, "https://another.example/cb"]);
            let result = register(sent).await.1;
            assert_eq!(result["statusCode"], status, "{result}");
        }
        let long = format!("{}:/cb", "a".repeat(600));
        assert_eq!(register(json!([long])).await.1["statusCode"], 400);
        assert_eq!(register(json!(["https://listed.example/cb"])).await.1["statusCode"], 201);
        assert_eq!(register(json!(["https://listed.example/#"])).await.1["statusCode"], 400);

        let logged = function.stop().await;

        assert!(!logged.contains("secret"), "{logged}");
        let lines: Vec<Value> = logged.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), missing.len() + 3, "{logged}");
        for (line, uri) in lines.iter().zip(missing) {
            let origin = line["origin"].as_str().unwrap_or_else(|| panic!("{uri}: {line}"));
            assert_eq!(line["status"], status, "{line}");
            assert_eq!(line["error"], error, "{line}");
            if unsupported == "reject" {
                assert_eq!(line["member"], "redirect_uris", "{line}");
                assert_eq!(line["reason"], "the origin of a redirect URI is not listed", "{line}");
            }
            let endpoint = Endpoint::with_policy(listing(origin)).await;
            endpoint.register(&minimal_with("redirect_uris", json!([uri]))).await.assert_registered((origin, uri));
        }
        let origin = lines[missing.len()]["origin"].as_str().unwrap();
        assert_eq!(origin, &long[..255], "cut");
        for line in &lines[missing.len() + 1..] {
            assert_eq!(line.get("origin"), None, "only where the list refused: {line}");
        }
    }
}
