//! The real binary, started as Lambda starts it.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use dev::dynamodb::Table;
use dev::runtime_api;
use dev::wire::{Fault, Wire, always};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::sync::Barrier;

use crate::support::{BINARY, LOGS_JSON, start};
use crate::{events, logs};

#[tokio::test]
async fn the_binary_registers_the_client_of_a_rest_event_in_the_table_at_its_endpoint() {
    let nobody = "http://127.0.0.1:1";
    for variables in [["TABLE", ""], [nobody, "TABLE"]] {
        let table = Table::start().await;
        let [general, own] = variables.map(|url| if url == "TABLE" { &table.url } else { url });
        let function = start(own, &[("AWS_ENDPOINT_URL", general)]).await;

        function.invoke("first", &events::all()["register-full"]);
        let (id, result) = function.result().await;

        assert_eq!(id, "first");
        assert_eq!(result["statusCode"], 201, "{variables:?}: {result}");
        let body: Value = serde_json::from_str(result["body"].as_str().unwrap()).unwrap();
        assert_eq!(table.only_item()["client_id"]["S"], body["client_id"]);
        function.stop().await;
    }
}

#[tokio::test]
async fn a_bad_setting_stops_the_cold_start_with_its_name() {
    let no_certificates = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let no_certificate = concat!(env!("CARGO_TARGET_TMPDIR"), "/no-certificate.pem");
    std::fs::write(no_certificate, "-----BEGIN CERTIFICATE-----\nTm90IG9uZS4=\n-----END CERTIFICATE-----\n").unwrap();
    let row = |name: &'static str, value: &'static str| (name, OsStr::new(value), name);
    let named = |name: &'static str, value: &'static str, named: &'static str| (name, OsStr::new(value), named);
    for (name, value, named) in [
        row("TABLE_NAME", ""),
        row("TABLE_NAME", "t"),
        // Bad, and not absent.
        ("TABLE_NAME", OsStr::from_bytes(b"0\xff"), "TABLE_NAME"),
        ("CLIENT_TTL_DAYS", OsStr::from_bytes(b"0\xff"), "CLIENT_TTL_DAYS"),
        row("CLIENT_TTL_DAYS", "soon"),
        row("UNSUPPORTED_METADATA", "Replace"),
        named(
            "ALLOWED_REDIRECT_ORIGINS",
            "https://a.example https://b.example/",
            "ALLOWED_REDIRECT_ORIGINS: \"https://b.example/\"",
        ),
        named("ALLOWED_REDIRECT_ORIGINS", " ", "ALLOWED_REDIRECT_ORIGINS: \" \""),
        row("AWS_ENDPOINT_URL", "localhost:8000"),
        row("AWS_ENDPOINT_URL_DYNAMODB", "ftp://localhost"),
        row("AWS_ENDPOINT_URL_DYNAMODB", "http://"),
        row("AWS_ENDPOINT_URL_DYNAMODB", "http://:8000"),
        row("AWS_ENDPOINT_URL_DYNAMODB", "http://user@localhost:8000"),
        row("AWS_ENDPOINT_URL_DYNAMODB", "http://dynamo%64b:8000"), // an RFC 3986 URI, but not one to the SDK
        row("AWS_LAMBDA_RUNTIME_API", ""),                          // somebody tries it at a desk
        row("SSL_CERT_FILE", "/no/such/file"),
        row("SSL_CERT_FILE", no_certificates),
        row("SSL_CERT_FILE", no_certificate),
    ] {
        assert_stops_at(named, &[("TABLE_NAME", OsStr::new("clients")), (name, value)]).await;
    }
    // The highest level hides no failure.
    assert_stops_at("TABLE_NAME", &[("AWS_LAMBDA_LOG_LEVEL", OsStr::new("FATAL"))]).await;
}

/// One line on standard output is all there is, in the format that the rest of the log would have.
async fn assert_stops_at(name: &str, environment: &[(&str, &OsStr)]) {
    for format in ["Text", "JSON"] {
        let output = runtime_api::command(BINARY)
            .env("AWS_LAMBDA_LOG_FORMAT", format)
            .envs(environment.iter().copied())
            .output()
            .await
            .unwrap();
        assert!(!output.status.success(), "{environment:?} should not start");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{environment:?}");
        let logged = String::from_utf8(output.stdout).unwrap();
        assert_eq!(logged.lines().count(), 1, "{environment:?}: {logged}");
        let error = if format == "JSON" {
            let mut line: Value = serde_json::from_str(&logged).unwrap();
            assert!(line["timestamp"].take().is_string(), "{logged}");
            let error = line["error"].take();
            let rest =
                json!({ "timestamp": null, "level": "ERROR", "message": "the function cannot start", "error": null });
            assert_eq!(line, rest, "{logged}");
            error.as_str().unwrap().to_owned()
        } else {
            let (before, error) = logged.split_once("the function cannot start error=").unwrap();
            assert!(before.contains("ERROR"), "{logged}");
            error.to_owned()
        };
        assert!(error.starts_with(name), "{environment:?} should name {name}: {logged}");
    }
}

#[tokio::test]
async fn a_managed_instance_answers_as_many_events_at_once_as_it_is_handed() {
    const EVENTS: usize = 8;
    // A table that answers nobody before everybody has asked: one event at a time would never end.
    let everybody = Arc::new(Barrier::new(EVENTS));
    let table = Router::new().fallback(async move |body: String| {
        let request: Value = serde_json::from_str(&body).unwrap();
        let is_warm_up = request["Item"] == json!({});
        if !is_warm_up {
            everybody.wait().await;
        }
        ([("x-amzn-requestid", "1")], "{}")
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, table).await });
    let function = start(&url, &[("AWS_LAMBDA_MAX_CONCURRENCY", &EVENTS.to_string())]).await;

    let mut invoked = BTreeSet::new();
    for number in 0..EVENTS {
        let id = format!("event-{number}");
        function.invoke(&id, &events::all()["register-full"]);
        invoked.insert(id);
    }
    let mut clients = BTreeSet::new();
    for _ in 0..EVENTS {
        let (id, result) = function.result().await;
        assert!(invoked.remove(&id), "{id} is answered once");
        assert_eq!(result["statusCode"], 201, "{result}");
        clients.insert(result["body"].as_str().unwrap().to_owned());
    }
    assert_eq!(clients.len(), EVENTS, "every client has an identifier of its own");
    function.stop().await;
}

#[tokio::test]
async fn the_warm_up_leaves_nothing_in_the_table_and_nothing_in_the_log() {
    let table = Table::start().await;
    let wire = Wire::to(&table.url, always(Fault::Pass)).await;

    let lines = warm_up(&wire.url, &[]).await;

    assert!(lines.is_empty(), "the expected refusal is no news: {lines:?}");
    assert_eq!(table.items(), Vec::<Value>::new());
    let crossings = wire.crossings();
    assert_eq!(crossings.len(), 1, "{crossings:?}");
    assert_eq!(crossings[0].target, "DynamoDB_20120810.PutItem");
    assert_eq!(crossings[0].input["Item"], json!({}));
    assert_eq!(crossings[0].input["ConditionExpression"], "attribute_not_exists(client_id)");
}

/// An operator should read it at deployment, and not hear of it from the first caller.
#[tokio::test]
async fn a_warm_up_that_finds_trouble_is_a_warning_with_the_cause_and_stops_nothing() {
    let table = Table::start().await;
    let mut rows = vec![
        (table.url.clone(), vec![("TABLE_NAME", "no-such-table")], "ResourceNotFoundException"),
        (table.url.clone(), vec![("AWS_ACCESS_KEY_ID", "")], "the credential provider was not enabled"),
        ("http://127.0.0.1:1".to_owned(), vec![], "Connection refused"),
    ];
    for (fault, cause) in [
        (
            Fault::Exception(400, "AccessDeniedException"),
            "HTTP 400: service error: unhandled error (AccessDeniedException)",
        ),
        (Fault::Exception(400, "UnrecognizedClientException"), "UnrecognizedClientException"),
        (Fault::Exception(400, "ThrottlingException"), "ThrottlingException"),
        (Fault::Exception(500, "InternalServerError"), "HTTP 500: service error: InternalServerError"),
        (Fault::Garbage(200), "HTTP 200: "),
        (Fault::Garbage(403), "HTTP 403: "),
        (Fault::Success { status: 200, request_id: true, body: "{}" }, "an item without a key was accepted"),
        (Fault::NotHttp, "dispatch failure"),
        (Fault::Silence, "deadline has elapsed"),
    ] {
        let wire = Wire::to(&table.url, always(fault)).await;
        rows.push((wire.url, vec![], cause));
    }
    for (url, variables, cause) in rows {
        let mut lines = warm_up(&url, &variables).await;
        // The SDK has something of its own to say where it meets what is not HTTP.
        lines.retain(|line| line.contains_key("cause"));
        let [line] = lines.as_slice() else { panic!("{cause}: {lines:?}") };
        assert_eq!(line["level"], "WARN", "{line:?}");
        assert_eq!(line["message"], "the table did not answer the warm-up as expected", "{line:?}");
        assert!(line["cause"].as_str().unwrap().contains(cause), "{cause}: {line:?}");
    }
}

/// Starts the function, waits until it answers an event that needs no table, and stops it; what it has logged before
/// that event.
async fn warm_up(url: &str, variables: &[(&str, &str)]) -> Vec<Map<String, Value>> {
    let started = Instant::now();
    let function = start(url, &[variables, &[LOGS_JSON]].concat()).await;
    function.invoke("preflight", &events::all()["preflight"]);
    assert_eq!(function.result().await.1["statusCode"], 204, "{url}");
    let took = started.elapsed();
    // The warm-up's second, and what a busy machine takes to start a process.
    assert!(took < Duration::from_secs(5), "{took:?}");
    let mut lines = logs::lines(function).await;
    assert_eq!(lines.pop().unwrap()["outcome"], "preflight");
    lines
}
