//! Every honest client gets in.

use serde_json::{Value, json};

use crate::support::members::{self, Kind};
use crate::support::{Endpoint, full, minimal, minimal_with, post, replacing};

/// Hosts that every browser reads as they are written.
const PLAIN_HOSTS: [(&str, &str); 31] = [
    ("example.com", "a name"),
    ("EXAMPLE.com", "names have no case"),
    ("localhost", "a name without a dot"),
    ("a", "one letter"),
    ("example.com.", "the root's dot"),
    ("a_b.example", "an underscore"),
    ("_dmarc.example", "an underscore in front"),
    ("a-b.example", "a hyphen"),
    ("a--b.example", "two hyphens"),
    ("-a-.example", "hyphens at both ends, which browsers let pass"),
    ("r3---sn-4g5e.example", "hyphens in the third and fourth place, without xn"),
    ("1.example", "a label of digits"),
    ("123.456.example", "labels of digits, and none at the end"),
    ("1.2.3.4.example", "an address in front of a name"),
    ("1e100.example", "a number that is none"),
    ("example.1e100", "a last label that starts with a digit"),
    ("0x7g", "not hexadecimal"),
    ("example.0x7g", "a last label that is not hexadecimal"),
    ("xn--bcher-kva.example", "an internationalised name in ASCII"),
    ("XN--BCHER-KVA.EXAMPLE", "the same in capitals"),
    ("www.xn--fiqs8s", "an internationalised top-level domain"),
    ("xn--mgbh0fb.xn--kgbechtv", "Arabic"),
    ("192.0.2.1", "IPv4"),
    ("0.0.0.0", "IPv4 of zeros"),
    ("255.255.255.255", "the last IPv4 address"),
    ("[2001:db8::1]", "IPv6"),
    ("[2001:DB8:0:0:0:0:0:1]", "IPv6 in full and in capitals"),
    ("[::1]", "IPv6's loopback"),
    ("[::]", "IPv6 of zeros"),
    ("[::ffff:192.0.2.1]", "IPv4 mapped into IPv6"),
    ("[2001:db8::192.0.2.1]", "IPv6 that ends like IPv4"),
];

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
        ("client_name", json!("😀".repeat(1000)), "1000 characters that are 4000 bytes"),
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
async fn names_of_every_script_are_kept() {
    let rows = [
        ("  padded  ", "white space around text"),
        ("Zoë’s “Café” – №1 ™", "Latin with marks and signs"),
        ("Пример Ελλάδα Հայաստան საქართველო", "Cyrillic, Greek, Armenian, Georgian"),
        ("تطبيق عربي", "Arabic"),
        ("می‌خواهم", "Persian with its zero width non-joiner"),
        ("אפליקציה בעברית", "Hebrew"),
        ("\u{200F}(עברית)\u{200E}", "directional marks are no embeddings"),
        ("\u{61C}عربي", "the Arabic letter mark"),
        ("แอปพลิเคชันไทย", "Thai"),
        ("हिन्दी ऐप्लिकेशन क्\u{200D}ष", "Devanagari, with a joiner"),
        ("বাংলা தமிழ் తెలుగు മലയാളം සිංහල", "more of India's scripts and Sinhala"),
        ("ភាសាខ្មែរ မြန်မာ ລາວ", "Khmer, Burmese, Lao"),
        ("ᠮᠣᠩᠭᠣᠯ\u{180E}ᠠ ᠠ\u{180B}", "Mongolian with a vowel separator and a variation selector of its own"),
        ("བོད་ཡིག አማርኛ ᏣᎳᎩ", "Tibetan, Ethiopic, Cherokee"),
        ("例のクライアント", "Japanese"),
        ("葛\u{E0100}飾区 辻\u{E0101}", "Japanese with ideographic variations"),
        ("\u{8FBB}\u{FE00}", "a standardised variation"),
        ("示例客户端 範例", "Chinese, simplified and traditional"),
        ("예제 클라이언트", "Korean"),
        ("\u{115F}\u{1161}\u{3164}가", "Hangul fillers beside what can be seen"),
        ("𠮷野家 𝔘𝔫𝔦𝔠𝔬𝔡𝔢", "beyond the basic plane"),
        ("⠓⠑⠇⠇⠕⠀⠺⠕⠗⠇⠙", "braille with an empty cell between words"),
        ("👩\u{200D}💻 👨\u{200D}👩\u{200D}👧\u{200D}👦", "emoji joined"),
        ("❤\u{FE0F}\u{200D}🔥 ✈\u{FE0E} 1\u{FE0F}\u{20E3}", "variation selectors, one at a time"),
        ("👍🏽 🏳\u{FE0F}\u{200D}🌈 🏴\u{200D}☠\u{FE0F}", "skin tones, the rainbow's flag and the pirates'"),
        ("🇩🇪🇯🇵", "flags of countries"),
        (
            "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F} 🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F} 🏴\u{E0067}\u{E0062}\u{E0077}\u{E006C}\u{E0073}\u{E007F}",
            "flags of England, Scotland and Wales",
        ),
        ("🏴", "a black flag"),
        ("a\u{AD}b\u{200B}c\u{2060}d", "invisible characters inside text"),
        ("e\u{301}\u{323}", "combining marks"),
        ("\u{E000}\u{F8FF}\u{F0000}\u{10FFFD}", "private use"),
        ("a/b\\c \"d\" <e> & 'f' %00 \\u202e", "what other formats would escape"),
        ("\u{378}", "not assigned yet"),
    ];
    let endpoint = Endpoint::start().await;
    for (name, why) in rows {
        let registered = endpoint.register(&minimal_with("client_name", name)).await.assert_registered((name, why));
        assert_eq!(registered["client_name"], name, "{why}");
    }
    let stored: Vec<Value> = endpoint.table.items().into_iter().map(|item| item["client_name"]["S"].clone()).collect();
    assert!(rows.iter().all(|(name, _)| stored.contains(&json!(name))), "{stored:?}");
}

#[tokio::test]
async fn plain_hosts_are_kept_in_redirect_uris_and_links() {
    let endpoint = Endpoint::start().await;
    for (host, why) in PLAIN_HOSTS {
        let mut body = minimal();
        let uris = json!([format!("https://{host}/cb"), format!("HTTPS://{host}:8443"), format!("https://{host}:/?q")]);
        body["redirect_uris"] = uris.clone();
        for member in members::of(Kind::Link) {
            body[member] = format!("http://{host}/{member}#{member}").into();
        }
        let registered = endpoint.register(&body).await.assert_registered((host, why));
        assert_eq!(registered["redirect_uris"], uris, "{why}");
        for member in members::of(Kind::Link) {
            assert_eq!(registered[member], body[member], "{why}");
        }
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
    assert_eq!(rows.len(), 20, "as many as one client may have");
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
async fn schemes_of_applications_and_extensions_are_kept() {
    let rows = [
        ("cursor://anysphere.cursor-mcp/oauth/callback", "Cursor's"),
        ("CURSOR://x", "a scheme has no case"),
        ("windsurf://codeium.windsurf/cb", "an editor's"),
        ("claude://claude.ai/cb", "an assistant's"),
        ("com.raycast:/oauth?package_name=Extension", "Raycast's"),
        ("com.googleusercontent.apps.123-abc:/oauthredirect", "Google's for native applications"),
        ("msauth.com.example.app://auth", "Microsoft's libraries on Apple's systems"),
        ("msauth://com.example.app/ga0RGNYHvNM5d0SLGQfpQWAPGJ8%3D", "Microsoft's libraries on Android"),
        ("msal5a434691-ccb2-4fd1-b97b-b64bcfbc03fc://auth", "Microsoft's libraries, older"),
        ("ms-app://s-1-15-2-1234567890/", "a packaged application of Windows"),
        ("MS-APP://s-1-15-2-1234567890/", "the same in capitals"),
        ("ms-appx-web://Microsoft.AAD.BrokerPlugIn/5a434691", "Windows' broker for one application"),
        ("chrome-extension://abcdefghijklmnop/cb", "a browser's extension"),
        ("moz-extension://5a434691-ccb2-4fd1/cb", "a browser's extension"),
        ("safari-web-extension://5A434691/cb", "a browser's extension"),
        ("slack://oauth/cb", "an application, if a well-known one"),
        ("zoommtg://zoom.us/cb", "an application"),
        ("msteams://teams.example/cb", "an application"),
        ("discord://cb", "an application"),
        ("spotify:cb", "an application that the registry lists as provisional"),
        ("skype:cb", "an application that the registry lists as provisional"),
        ("steam://cb", "an application that the registry lists as provisional"),
        ("vscode:cb", "an application that the registry lists as provisional"),
        ("com-eventbrite-attendee:cb", "an application that the registry lists as provisional"),
        ("web+example://cb", "a web page's"),
        ("ext+example:cb", "an extension's"),
        ("capacitor://localhost/cb", "an application framework's"),
        ("javascripts:x", "longer than a forbidden one"),
        ("xjavascript:x", "ends like a forbidden one"),
        ("com.javascript:x", "a forbidden one behind a dot"),
        ("java-script:x", "a forbidden one with a hyphen"),
        ("httpx:x", "longer than http"),
        ("localhosts:x", "longer than localhost"),
        ("com.localhost:/x", "localhost behind a dot"),
        ("ms:x", "shorter than a forbidden start"),
        ("msx-settings:x", "not quite a forbidden start"),
        ("com.ms-settings:x", "a forbidden start that is none"),
        ("itm:x", "shorter than a forbidden start"),
        ("x-app:x", "shorter than a forbidden start"),
        ("x-example-apple:x", "not quite a forbidden start"),
        // Browsers leave the hosts of other schemes alone, and nobody is shown them.
        ("cursor://ex%61mple/cb", "an escape in what is no host to browsers"),
        ("com.example.app://127.1/~(a)", "an address that is none to browsers"),
        ("com.example.app://a&b;c/", "signs in what is no host to browsers"),
        ("com.example.app://[v1.x]/", "a future address in what is no host to browsers"),
        ("com.example.app:///cb", "an empty authority"),
        ("com.example.app:", "nothing behind the scheme"),
        ("com.example.app:/*?*", "asterisks beyond the host"),
    ];
    let endpoint = Endpoint::start().await;
    for (uri, why) in rows {
        let registered =
            endpoint.register(&minimal_with("redirect_uris", json!([uri]))).await.assert_registered((uri, why));
        assert_eq!(registered["redirect_uris"], json!([uri]), "{why}");
    }
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
    let endpoint = Endpoint::start().await;
    for (member, kind) in members::optional() {
        let absent = if kind == Kind::List { vec![json!(null)] } else { vec![json!(null), json!("")] };
        for value in absent {
            let registered = endpoint.register(&minimal_with(member, value)).await.assert_registered(member);
            assert_eq!(registered.as_object().unwrap().len(), 6, "{member}: {registered}");
        }
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
