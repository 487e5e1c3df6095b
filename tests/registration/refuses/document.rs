//! Requests whose document cannot be read: the method, the `Content-Type`, the JSON.

use dev::dynamodb::{TABLE_NAME, Table};
use dev::runtime_api::Function;
use lambda_http::Body;
use lambda_http::http::{HeaderMap, HeaderValue, header::CONTENT_TYPE};
use serde_json::{Value, json};

use crate::events;
use crate::refuses::INVALID_REQUEST;
use crate::support::{BINARY, Endpoint, minimal, post};

const NO_BODY: &str = "the request has no body; send the client metadata as a JSON object";
const NOT_JSON: &str = "the request body is not valid JSON";
const NOT_AN_OBJECT: &str = "the request body must be one JSON object";
const NOT_UTF_8: &str = "the request body must be UTF-8";
const TOO_LARGE: &str = "the request body must be at most 64 KiB";
const NOT_JSON_TYPE: &str = "the Content-Type must be application/json";

#[tokio::test]
async fn a_document_that_cannot_be_read_is_an_invalid_request() {
    let body = minimal().to_string();
    let text = |text: &str| Body::Text(text.to_owned());
    let rows = [
        (Body::Empty, NO_BODY, "no body"),
        (text(""), NO_BODY, "an empty body"),
        (text(" "), NOT_JSON, "white space only"),
        (text("{"), NOT_JSON, "cut short"),
        (text(&body[..body.len() - 1]), NOT_JSON, "cut at the last byte"),
        (text(&format!("{body}{body}")), NOT_JSON, "two documents"),
        (text(&format!("{body},")), NOT_JSON, "a comma behind"),
        (text(&format!("\u{FEFF}{body}")), NOT_JSON, "a byte order mark (RFC 8259 section 8.1)"),
        (text(&body.replace('"', "'")), NOT_JSON, "single quotes"),
        (text("client_name=x&redirect_uris=https%3A%2F%2Fe.example"), NOT_JSON, "a form"),
        (text(&body.replacen('{', "{\"a\nb\":1,", 1)), NOT_JSON, "a line break in a name nobody knows"),
        (text(r#"{"client_name":5,"redirect_uris":}"#), NOT_JSON, "broken behind a wrong type"),
        (text("null"), NOT_AN_OBJECT, "null"),
        (text("[]"), NOT_AN_OBJECT, "an array"),
        (text(&format!("[{body}]")), NOT_AN_OBJECT, "an object in an array"),
        (text("\"text\""), NOT_AN_OBJECT, "a string"),
        (text("7"), NOT_AN_OBJECT, "a number"),
        (Body::Binary(b"{\"client_name\":\"\xFF\"}".to_vec()), NOT_UTF_8, "not UTF-8"),
        (Body::Binary(vec![0; 64 * 1024 + 1]), TOO_LARGE, "one byte too long"),
        (text(&(body.clone() + &" ".repeat(64 * 1024 + 1 - body.len()))), TOO_LARGE, "good, and one byte too long"),
        (
            text(r#"{"client_name":"\ud800","redirect_uris":["https://example.com"]}"#),
            "client_name must be valid Unicode; it has a lone surrogate",
            "half a surrogate pair",
        ),
    ];
    let endpoint = Endpoint::start().await;
    for (body, sentence, why) in rows {
        assert_eq!(endpoint.send(post(body)).await.assert_refused(INVALID_REQUEST, why), sentence, "{why}");
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
        let description = endpoint.send(post(body)).await.assert_refused(INVALID_REQUEST, body);
        assert_eq!(description, "client_name must not be given more than once");
    }
    assert_eq!(endpoint.table.items(), Vec::<Value>::new());
    let unknown = r#"{"x":1,"client_name":"a","redirect_uris":["https://e.example"],"x":2}"#;
    endpoint.send(post(unknown)).await.assert_registered("an unknown member twice is ignored twice");
}

#[tokio::test]
async fn another_content_type_is_an_invalid_request() {
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
    ];
    let endpoint = Endpoint::start().await;
    for content_type in rows {
        let mut request = post(minimal().to_string());
        request.headers_mut().insert(CONTENT_TYPE, content_type.parse().unwrap());
        let description = endpoint.send(request).await.assert_refused(INVALID_REQUEST, content_type);
        assert_eq!(description, NOT_JSON_TYPE);
    }
    let mut request = post(minimal().to_string());
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_bytes(b"application/json\xE9").unwrap());
    endpoint.send(request).await.assert_refused(INVALID_REQUEST, "a header outside ASCII");
    assert_eq!(endpoint.table.items(), Vec::<Value>::new());
}

/// `Content-Type` headers of one request, and whether all of them say JSON.
const SEVERAL: [(&[&str], bool); 14] = [
    (&["application/json", "application/json"], true),
    (&["application/json; charset=utf-8", "Application/JSON"], true),
    (&["application/json", "text/plain"], false),
    (&["text/plain", "application/json"], false),
    (&["application/json", "application/json", "text/plain"], false),
    (&["text/plain", "text/plain"], false),
    // HTTP APIs, and every proxy that may (RFC 9110 §5.3), join headers of one name with commas.
    (&["application/json, application/json"], true),
    (&["application/json;charset=utf-8,application/json"], true),
    (&["application/json, text/plain"], false),
    (&["text/plain, application/json"], false),
    (&["application/json; charset=utf-8, text/plain"], false),
    (&["application/json", "application/json, text/plain"], false),
    (&[r#"application/json; a="b, text/plain""#], true),
    (&[r#"application/json; a="b", text/plain"#], false),
];

#[tokio::test]
async fn of_several_content_types_each_must_be_json() {
    let endpoint = Endpoint::start().await;
    let mut registered = 0;
    for (content_types, all_json) in SEVERAL {
        let mut request = post(minimal().to_string());
        let headers: &mut HeaderMap = request.headers_mut();
        headers.remove(CONTENT_TYPE);
        for content_type in content_types {
            headers.append(CONTENT_TYPE, content_type.parse().unwrap());
        }
        let reply = endpoint.send(request).await;
        if all_json {
            reply.assert_registered(content_types);
            registered += 1;
        } else {
            assert_eq!(reply.assert_refused(INVALID_REQUEST, content_types), NOT_JSON_TYPE, "{content_types:?}");
        }
    }
    assert_eq!(endpoint.table.items().len(), registered, "what was refused is not stored");
}

#[tokio::test]
async fn the_binary_reads_several_content_types_of_both_payload_formats() {
    let table = Table::start().await;
    let function =
        Function::start(BINARY, &[("TABLE_NAME", TABLE_NAME), ("AWS_ENDPOINT_URL_DYNAMODB", &table.url)]).await;
    let mut registered = 0;
    for (content_types, all_json) in SEVERAL {
        // A REST API passes on the last of several as the header, and all of them in the list.
        let mut rest = events::all()["register-minimal"].clone();
        rest["headers"] = json!({ "content-type": content_types.last() });
        rest["multiValueHeaders"] = json!({ "Content-Type": content_types });
        let http = json!({
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": "/api/v2/oauth2/register",
            "rawQueryString": "",
            "headers": { "content-type": content_types.join(",") },
            "requestContext": {
                "http": { "method": "POST", "path": "/api/v2/oauth2/register" },
                "stage": "$default",
            },
            "body": rest["body"],
            "isBase64Encoded": false,
        });
        for event in [rest, http] {
            function.invoke("several", &event);
            let result = function.result().await.1;
            assert_eq!(result["statusCode"], if all_json { 201 } else { 400 }, "{event}: {result}");
            registered += usize::from(all_json);
        }
    }
    function.stop().await;
    assert_eq!(table.items().len(), registered, "what was refused is not stored");
}

#[tokio::test]
async fn every_other_method_is_not_allowed() {
    let endpoint = Endpoint::start().await;
    for method in ["GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "post", "options"] {
        let mut request = post(minimal().to_string());
        *request.method_mut() = method.parse().unwrap();
        endpoint.send(request).await.assert_errors(405, "Method Not Allowed", &[("allow", "POST, OPTIONS")]);
    }
    assert_eq!(endpoint.table.items(), Vec::<Value>::new());
}
