//! `docs/openapi.yaml` describes what the code does, and where its schema is wider, it says so.
//!
//! Besides, every [`crate::support::Reply`] in every other test has to be an answer that it describes.

use dev::api::{self, DESCRIPTION, ENDPOINT};
use dev::server::PATH;
use dynamic_client_registration::{ClientMetadata, ClientName, Policy, RegistrationRequest};
use lambda_http::http::{HeaderMap, HeaderName, StatusCode};
use serde_json::{Value, json};

use crate::support::{Endpoint, minimal, minimal_with};

const REQUEST: &str = "/requestBody/content/application~1json";

/// Whether the document allows this registration.
fn described(body: &Value) -> bool {
    api::errors(&format!("{ENDPOINT}/post{REQUEST}/schema"), body).is_empty()
}

/// Whether the code takes it.
fn accepted(body: &Value) -> bool {
    let request = RegistrationRequest::parse(body.to_string().as_bytes());
    request.is_ok_and(|request| ClientMetadata::validate(request, &Policy::default()).is_ok())
}

#[test]
fn the_document_describes_this_version_and_the_templates_route() {
    assert_eq!(DESCRIPTION["info"]["version"], env!("CARGO_PKG_VERSION"));

    let template: yaml_serde::Value = yaml_serde::from_str(include_str!("../../template.yaml")).unwrap();
    let route = &template["Resources"]["RegisterFunction"]["Properties"]["Events"]["Register"]["Properties"];
    let paths: Vec<&String> =
        DESCRIPTION["paths"].as_object().unwrap().keys().filter(|name| !name.starts_with("x-")).collect();
    assert_eq!(paths, [route["Path"].as_str().unwrap()]);
    assert_eq!(paths, [PATH]);
}

#[test]
fn every_example_is_what_its_schema_says() {
    /// Every object that has a schema and examples: media types and headers.
    fn check(pointer: &str, checked: &mut usize) {
        let value = DESCRIPTION.pointer(pointer).unwrap();
        if value["schema"].is_object() {
            let examples = value["examples"].as_object().map(|examples| examples.values().map(|named| &named["value"]));
            let examples: Vec<&Value> =
                value.get("example").into_iter().chain(examples.into_iter().flatten()).collect();
            assert!(!examples.is_empty(), "{pointer} has no example");
            for example in examples {
                let errors = api::errors(&format!("{pointer}/schema"), example);
                assert!(errors.is_empty(), "{pointer}: {errors:?}");
                *checked += 1;
            }
            return;
        }
        let keys: Vec<String> = match value {
            Value::Object(members) => members.keys().cloned().collect(),
            Value::Array(elements) => (0..elements.len()).map(|index| index.to_string()).collect(),
            _ => Vec::new(),
        };
        for key in keys {
            check(&format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1")), checked);
        }
    }

    let mut checked = 0;
    check("/paths", &mut checked);
    check("/components/responses", &mut checked);
    check("/components/headers", &mut checked);
    assert!(checked > 20, "{checked}");
}

#[tokio::test]
async fn every_request_example_is_registered_as_the_document_says() {
    let endpoint = Endpoint::start().await;
    let examples = DESCRIPTION.pointer(&format!("{ENDPOINT}/post{REQUEST}/examples")).unwrap();
    for (name, example) in examples.as_object().unwrap() {
        let client = endpoint.register(&example["value"]).await.assert_registered(name);
        let promised =
            &DESCRIPTION.pointer(&format!("{ENDPOINT}/post/responses/201/content/application~1json/examples"));
        let Some(promised) = promised.and_then(|examples| examples.get(name)) else { continue };
        let mut promised = promised["value"].clone();
        promised["client_id"] = client["client_id"].clone();
        assert_eq!(client, promised, "{name}");
    }
}

#[test]
fn the_document_and_the_code_accept_the_same_metadata() {
    let uri = |length: usize| format!("https://example.com/{}", "p".repeat(length - 20));
    let rows = [
        (
            "client_name",
            json!(["x", "x".repeat(1000), "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "❤\u{FE0F}", "ع\u{200F}"]),
            json!([
                null,
                "",
                "x".repeat(1001),
                7,
                "\u{200B} \u{2800}",
                "a\u{202E}b",
                "a\nb",
                "\u{1F3F4}\u{E0067}",
                "❤\u{FE0F}\u{FE0F}",
                "\u{FFFD}x"
            ]),
        ),
        (
            "redirect_uris",
            json!([
                vec!["ab:"; 20],
                [uri(1000)],
                ["https://example.com:00443/cb?x=%7e"],
                ["https://192.0.2.1", "https://[2001:DB8::1]:/", "https://[::192.0.2.1]", "https://a_b..example./"],
                ["https://xn--bcher-kva.example", "https://0x7g", "https://1.2.3.4.example", "https://7.x"],
                ["HTTP://localhost:65535", "http://127.0.0.1/*", "http://[::1]?"],
                [
                    "cursor://ex%61mple/cb",
                    "app://[v1.x]",
                    "app://[::1]:1/",
                    "app:///cb",
                    "app:/cb",
                    "app:cb//",
                    "app:?"
                ],
            ]),
            json!([null, [], "ab:", [null], ["a:"], vec!["ab:"; 21], [uri(1001)]]),
        ),
        (
            "grant_types",
            json!([null, ["authorization_code"], ["refresh_token", "authorization_code", "refresh_token"]]),
            json!([[], "", ["refresh_token"], ["authorization_code", "implicit"], [null]]),
        ),
        (
            "response_types",
            json!([null, ["code"], ["code", "code"]]),
            json!([[], "code", ["code", "token"], ["code token"]]),
        ),
        ("token_endpoint_auth_method", json!([null, "", "none"]), json!(["None", "client_secret_post", ["none"]])),
        (
            "scope",
            json!([null, "", "openid", "!#[]~ a", "x".repeat(1000)]),
            json!([" ", "a  b", " a", "a ", "a\"b", "a\\b", "a\tb", "é", "x".repeat(1001), ["openid"]]),
        ),
        (
            "client_uri",
            json!([null, "", "http://example.com/#f?", "HTTPS://[::1]", uri(1000)]),
            json!([
                uri(1001),
                "example.com",
                "ftp://a",
                "https://u@a",
                "https://a&b",
                0,
                "http:///",
                "https://127.1",
                "app:/cb"
            ]),
        ),
        ("contacts", json!([7, { "a": [null] }]), json!([])),
    ];
    let assert_both = |expected: bool, body: &Value| {
        assert_eq!((described(body), accepted(body)), (expected, expected), "described, accepted: {body}");
    };
    for (member, good, bad) in rows {
        for (expected, values) in [(true, good), (false, bad)] {
            for value in values.as_array().unwrap() {
                assert_both(expected, &minimal_with(member, value.clone()));
            }
        }
    }
    for uri in [
        "",
        "/cb",
        "1a:/cb",
        "https:",
        "https:///cb",
        "https://a/cb#",
        "https://u@a/",
        "https://*.a",
        "https://a:65536",
        "https://a:1a",
        "https://ex%61mple.com",
        "https://2130706433",
        "https://0x7f.1",
        "https://127.0.0.1.",
        "https://192.0.2.01",
        "https://a&b",
        "https://[v1.x]",
        "https://[::1",
        "https://é.example",
        "https://a/ b",
        "https://a/%zz",
        "https://a\\b",
        "http://example.com",
        "http://LOCALHOST",
        "http://localhost.",
        "http://127.1",
        "http://[0::1]",
        "LocalHost:3000/cb",
        "app://u@h",
        "app://*/",
        "app://h:99999",
        "app:/#",
        "app:/[x]",
    ] {
        assert_both(false, &minimal_with("redirect_uris", json!([uri])));
    }
    for uri in ["mailto:cb", "https://[1::2::3]", "https://xn--a.example"] {
        let body = minimal_with("redirect_uris", json!([uri]));
        assert!(described(&body) && !accepted(&body), "where the document says that its schema is wider: {uri}");
    }
    for link in ["logo_uri", "policy_uri", "tos_uri", "jwks_uri"] {
        assert_both(false, &minimal_with(link, "https://127.1"));
    }
    for member in ["client_name", "redirect_uris"] {
        let mut body = minimal();
        body.as_object_mut().unwrap().remove(member);
        assert_both(false, &body);
    }
    assert_both(false, &json!([]));
}

#[test]
fn a_name_may_have_the_same_characters_in_the_document_and_in_the_code() {
    let schema = api::schema("/components/schemas/ClientName");
    // Planes 2 to 13 and the private ones are all alike, but for their noncharacters.
    let is_alike = |character: &char| {
        let code = u32::from(*character);
        !matches!(code >> 16, 0 | 1 | 14) && (0x10..0xFFF0).contains(&(code & 0xFFFF))
    };
    for character in ('\0'..=char::MAX).filter(|character| !is_alike(character)) {
        for name in [character.to_string(), format!("a{character}")] {
            let accepted = ClientName::try_from(name.clone()).is_ok();
            assert_eq!(schema.is_valid(&json!(name)), accepted, "{name:?}");
        }
    }
}

#[test]
fn what_the_gateway_and_the_firewall_answer_is_described_too() {
    fn headers(pairs: impl IntoIterator<Item = (String, String)>) -> HeaderMap {
        let json = ("Content-Type".to_owned(), "application/json".to_owned());
        let header = |(name, value): (String, String)| {
            (HeaderName::from_bytes(name.as_bytes()).unwrap(), value.trim_matches('\'').parse().unwrap())
        };
        pairs.into_iter().chain([json]).map(header).collect()
    }
    let status = |value: &yaml_serde::Value| StatusCode::from_u16(value.as_u64().unwrap().try_into().unwrap()).unwrap();
    let text = |value: &yaml_serde::Value| value.as_str().unwrap().to_owned();
    let template: yaml_serde::Value = yaml_serde::from_str(include_str!("../../template.yaml")).unwrap();

    let gateway = &template["Resources"]["RegistrationApi"]["Properties"]["GatewayResponses"];
    for response in gateway.as_mapping().unwrap().values() {
        let fields = response["ResponseParameters"]["Headers"].as_mapping().unwrap();
        let headers = headers(fields.iter().map(|(name, value)| (text(name), text(value))));
        let body = text(&response["ResponseTemplates"]["application/json"]);
        api::check(status(&response["StatusCode"]), &headers, &body).unwrap();
    }

    let firewall = &template["Resources"]["WebAcl"]["Properties"];
    for rule in firewall["Rules"].as_sequence().unwrap() {
        let response = &rule["Action"]["Block"]["CustomResponse"];
        let fields = response["ResponseHeaders"].as_sequence().unwrap();
        let headers = headers(fields.iter().map(|header| (text(&header["Name"]), text(&header["Value"]))));
        let body =
            text(&firewall["CustomResponseBodies"][text(&response["CustomResponseBodyKey"]).as_str()]["Content"]);
        api::check(status(&response["ResponseCode"]), &headers, &body).unwrap();
    }
}
