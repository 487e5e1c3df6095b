//! Every file in `events/` is run as Lambda would run it, and has an expectation.

use std::collections::BTreeMap;

use dynamic_client_registration::event::only_what_is_read;
use lambda_http::lambda_runtime::{Context, LambdaInvocation};
use lambda_http::request::LambdaRequest;
use lambda_http::tower::ServiceExt;
use lambda_http::{Adapter, Error, LambdaEvent, Request, Response, service_fn};
use serde_json::{Value, json};

use crate::support::Endpoint;

/// Name of the event, status, `error` of the answer (or what is in its place), and whether a client is stored.
const EXPECTATIONS: [(&str, u16, Option<&str>, bool); 8] = [
    ("preflight", 204, None, false),
    ("refuse-control-character", 400, Some("invalid_client_metadata"), false),
    ("refuse-forbidden-redirect-uri", 400, Some("invalid_redirect_uri"), false),
    ("refuse-malformed-json", 400, Some("invalid_request"), false),
    ("refuse-malformed-redirect-uri", 400, Some("invalid_client_metadata"), false),
    ("register-base64", 201, None, true),
    ("register-full", 201, None, true),
    ("register-minimal", 201, None, true),
];

/// Every event under `events/`, by its file's name without the ending.
pub fn all() -> BTreeMap<String, Value> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/events");
    std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let event = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), event)
        })
        .collect()
}

/// The function's result for an event, as JSON, by the layer and `lambda_http` as `main` puts them together.
async fn run(endpoint: &Endpoint, event: &Value) -> Value {
    run_bytes(endpoint, event.to_string()).await.unwrap()
}

async fn run_bytes(endpoint: &Endpoint, event: String) -> Result<Value, Error> {
    let (parts, ()) = Response::new(()).into_parts();
    let invocation = only_what_is_read(LambdaInvocation { parts, body: event.into(), context: Context::default() });
    let request: LambdaRequest = serde_json::from_slice(&invocation.body)?;
    let handler = endpoint.handler.clone();
    let service = service_fn(move |request: Request| {
        let handler = handler.clone();
        async move { Ok::<_, Error>(handler.handle("test-request", &request).await) }
    });
    let response = Adapter::from(service).oneshot(LambdaEvent::new(request, invocation.context)).await?;
    Ok(serde_json::to_value(response)?)
}

/// A header of a result, wherever its format has it.
fn header<'a>(result: &'a Value, name: &str) -> &'a Value {
    let single = &result["headers"][name];
    if single.is_null() { &result["multiValueHeaders"][name][0] } else { single }
}

#[tokio::test]
async fn every_event_has_an_expectation_and_meets_it() {
    let events = all();
    let expected: Vec<&str> = EXPECTATIONS.iter().map(|(name, ..)| *name).collect();
    assert_eq!(events.keys().collect::<Vec<_>>(), expected, "events/ and EXPECTATIONS should name the same");

    for (name, status, error, stored) in EXPECTATIONS {
        let endpoint = Endpoint::start().await;
        let result = run(&endpoint, &events[name]).await;
        assert_eq!(result["statusCode"], status, "{name}: {result}");
        assert_eq!(header(&result, "access-control-allow-origin"), "*", "{name}");
        assert_eq!(result["isBase64Encoded"], false, "{name}");
        if let Some(error) = error {
            let body: Value = serde_json::from_str(result["body"].as_str().unwrap()).unwrap();
            assert_eq!(body["error"], error, "{name}");
        }
        assert_eq!(endpoint.table.items().len(), usize::from(stored), "{name}");
    }
}

#[tokio::test]
async fn an_http_api_event_as_cargo_lambda_watch_sends_it_is_the_same_request() {
    let endpoint = Endpoint::start().await;
    let rest = &all()["register-minimal"];
    let http = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/api/v2/oauth2/register",
        "headers": { "content-type": "application/json" },
        "httpMethod": "GET",
        "requestContext": { "http": { "method": "POST", "path": "/api/v2/oauth2/register" }, "stage": "$default" },
        "body": rest["body"],
        "isBase64Encoded": false,
    });

    let result = run(&endpoint, &http).await;
    assert_eq!(result["statusCode"], 201, "{result}");
    assert_eq!(result["cookies"], json!([]), "what makes it a result of format 2.0");
    assert_eq!(run(&endpoint, rest).await.get("cookies"), None, "a REST API refuses members it does not know");
}

#[tokio::test]
async fn no_header_path_or_query_a_caller_sends_can_break_the_function() {
    let endpoint = Endpoint::start().await;
    let hostile = [
        (
            "headers",
            json!({ "Host": "not a host", "X-Forwarded-Proto": "1", "X-Name": "né", "Content-Type": "application/json" }),
        ),
        ("headers", json!({ "X-Null": null, "X-List": ["a"], "content-type": "application/json" })),
        ("headers", json!(null)),
        ("multiValueHeaders", json!({ "a b": ["\u{0}"] })),
        ("path", json!("//[")),
        ("path", json!(null)),
        ("queryStringParameters", json!({ "a": "%%%\u{0}" })),
        ("requestContext", json!(null)),
        ("requestContext", json!({ "identity": 7 })),
        ("isBase64Encoded", json!(null)),
    ];
    for (member, value) in hostile {
        let mut event = all()["register-minimal"].clone();
        event[member] = value.clone();
        assert_eq!(run(&endpoint, &event).await["statusCode"], 201, "{member}: {value}");
    }
    for (member, value) in [
        ("headers", json!({ "Content-Type": "application/json\n" })),
        ("headers", json!({ "CONTENT-TYPE": "text/plain" })),
        ("isBase64Encoded", json!(true)),
        ("body", json!(null)),
    ] {
        let mut event = all()["refuse-malformed-json"].clone();
        event[member] = value.clone();
        assert_eq!(run(&endpoint, &event).await["statusCode"], 400, "{member}: {value}");
    }
    // Half a surrogate pair, which JSON can hold and no Value.
    let text = all()["register-minimal"].to_string();
    let name = text.replacen(r#""headers":{"#, r#""headers":{"\ud800":"x","#, 1);
    let content_type = text.replacen("application/json", r"application/json;\ud800", 2);
    let body = text.replacen(r#""body":""#, r#""body":"\ud800"#, 1);
    for (event, status) in [(name, 201), (content_type, 201), (body, 400)] {
        assert_ne!(event, text);
        let result = run_bytes(&endpoint, event).await.unwrap();
        assert_eq!(result["statusCode"], status, "{result}");
    }
    for event in ["{}", "[]", "not JSON", r#"{"httpMethod":7}"#] {
        assert!(run_bytes(&endpoint, event.to_owned()).await.is_err(), "{event} is no HTTP event");
    }
}
