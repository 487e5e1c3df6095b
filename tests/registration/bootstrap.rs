//! The real binary, started as Lambda starts it.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;

use axum::Router;
use dev::dynamodb::{TABLE_NAME, Table};
use dev::runtime_api::{self, Function};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Barrier;

use crate::events;
use crate::support::BINARY;

#[tokio::test]
async fn the_binary_registers_the_client_of_a_rest_event() {
    let table = Table::start().await;
    let function =
        Function::start(BINARY, &[("TABLE_NAME", TABLE_NAME), ("AWS_ENDPOINT_URL_DYNAMODB", &table.url)]).await;

    function.invoke("first", events::all()["register-full"].clone());
    let (id, result) = function.result().await;

    assert_eq!(id, "first");
    assert_eq!(result["statusCode"], 201, "{result}");
    let body: Value = serde_json::from_str(result["body"].as_str().unwrap()).unwrap();
    assert_eq!(table.only_item()["client_id"]["S"], body["client_id"]);
    function.stop().await;
}

#[tokio::test]
async fn the_binary_goes_on_after_a_refusal_and_after_an_event_that_is_none() {
    let table = Table::start().await;
    let function =
        Function::start(BINARY, &[("TABLE_NAME", TABLE_NAME), ("AWS_ENDPOINT_URL_DYNAMODB", &table.url)]).await;

    function.invoke("refused", events::all()["refuse-malformed-json"].clone());
    assert_eq!(function.result().await.1["statusCode"], 400);
    function.invoke("no-event", json!({}));
    let report = function.report().await.1;
    assert!(
        report["errorMessage"].as_str().unwrap().contains("expects a JSON payload from Amazon API Gateway"),
        "{report}"
    );
    function.invoke("registered", events::all()["register-minimal"].clone());
    assert_eq!(function.result().await.1["statusCode"], 201);

    function.stop().await;
    table.only_item();
}

#[tokio::test]
async fn a_bad_setting_stops_the_cold_start_with_its_name() {
    let no_certificates = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let no_certificate = concat!(env!("CARGO_TARGET_TMPDIR"), "/no-certificate.pem");
    std::fs::write(no_certificate, "-----BEGIN CERTIFICATE-----\nTm90IG9uZS4=\n-----END CERTIFICATE-----\n").unwrap();
    let rows: [(&[(&str, &str)], &str); 17] = [
        (&[], "TABLE_NAME"),
        (&[("TABLE_NAME", "")], "TABLE_NAME"),
        (&[("TABLE_NAME", "no such! table")], "TABLE_NAME"),
        (&[("TABLE_NAME", "t")], "TABLE_NAME"),
        (&[("TABLE_NAME", "arn:aws:dynamodb")], "TABLE_NAME"),
        (
            &[
                ("TABLE_NAME", "clients"),
                // An RFC 3986 URI, but not one to the SDK.
                ("AWS_ENDPOINT_URL_DYNAMODB", "http://dynamo%64b:8000"),
            ],
            "AWS_ENDPOINT_URL_DYNAMODB",
        ),
        (
            &[("TABLE_NAME", "arn:aws:dynamodb:us-east-1:123456789012:table/clients"), ("CLIENT_TTL_DAYS", "soon")],
            "CLIENT_TTL_DAYS",
        ),
        (&[("TABLE_NAME", "clients"), ("AWS_ENDPOINT_URL", "localhost:8000")], "AWS_ENDPOINT_URL"),
        (&[("TABLE_NAME", "clients"), ("AWS_ENDPOINT_URL_DYNAMODB", "ftp://localhost")], "AWS_ENDPOINT_URL_DYNAMODB"),
        (&[("TABLE_NAME", "clients"), ("AWS_ENDPOINT_URL_DYNAMODB", "http://")], "AWS_ENDPOINT_URL_DYNAMODB"),
        (&[("TABLE_NAME", "clients"), ("CLIENT_TTL_DAYS", "soon")], "CLIENT_TTL_DAYS"),
        (&[("TABLE_NAME", "clients"), ("CLIENT_TTL_DAYS", "-1")], "CLIENT_TTL_DAYS"),
        (&[("TABLE_NAME", "clients"), ("CLIENT_TTL_DAYS", "36501")], "CLIENT_TTL_DAYS"),
        (&[("TABLE_NAME", "clients"), ("UNSUPPORTED_METADATA", "Replace")], "UNSUPPORTED_METADATA"),
        (&[("TABLE_NAME", "clients"), ("SSL_CERT_FILE", "/no/such/file")], "SSL_CERT_FILE"),
        (&[("TABLE_NAME", "clients"), ("SSL_CERT_FILE", no_certificates)], "SSL_CERT_FILE"),
        (&[("TABLE_NAME", "clients"), ("SSL_CERT_FILE", no_certificate)], "SSL_CERT_FILE"),
    ];
    for (environment, name) in rows {
        let environment: Vec<_> = environment.iter().map(|(name, value)| (*name, OsStr::new(value))).collect();
        assert_stops_at(name, &environment).await;
    }
}

#[tokio::test]
async fn a_setting_that_is_not_utf_8_is_bad_and_not_absent() {
    for name in ["TABLE_NAME", "CLIENT_TTL_DAYS"] {
        let environment = [("TABLE_NAME", OsStr::new("clients")), (name, OsStr::from_bytes(b"0\xff"))];
        assert_stops_at(name, &environment).await;
    }
}

async fn assert_stops_at(name: &str, environment: &[(&str, &OsStr)]) {
    let output = runtime_api::command(BINARY).envs(environment.iter().copied()).output().await.unwrap();
    assert!(!output.status.success(), "{environment:?} should not start");
    let logged = String::from_utf8(output.stdout).unwrap();
    assert!(logged.contains(name), "{environment:?} should name {name}: {logged}");
}

#[tokio::test]
async fn a_managed_instance_answers_as_many_events_at_once_as_it_is_handed() {
    const EVENTS: usize = 16;
    // A table that answers nobody before everybody has asked: one event at a time would never end.
    let everybody = Arc::new(Barrier::new(EVENTS));
    let table = Router::new().fallback(async move |body: String| {
        let request: Value = serde_json::from_str(&body).unwrap();
        let is_warm_up = request["Item"] == json!({});
        if !is_warm_up {
            everybody.wait().await;
        }
        "{}"
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, table).await });
    let function = Function::start(
        BINARY,
        &[
            ("TABLE_NAME", TABLE_NAME),
            ("AWS_ENDPOINT_URL_DYNAMODB", &url),
            ("AWS_LAMBDA_MAX_CONCURRENCY", &EVENTS.to_string()),
        ],
    )
    .await;

    let mut invoked = BTreeSet::new();
    for number in 0..EVENTS {
        let id = format!("event-{number}");
        function.invoke(&id, events::all()["register-full"].clone());
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
async fn the_warm_up_leaves_nothing_and_a_table_that_is_down_does_not_stop_the_cold_start() {
    let table = Table::start().await;
    let function =
        Function::start(BINARY, &[("TABLE_NAME", TABLE_NAME), ("AWS_ENDPOINT_URL_DYNAMODB", &table.url)]).await;
    function.invoke("refused", events::all()["refuse-malformed-json"].clone());
    assert_eq!(function.result().await.1["statusCode"], 400);
    let logged = function.stop().await;
    assert!(!logged.contains("warm-up"), "an answered warm-up is no news: {logged}");
    assert_eq!(table.items(), Vec::<Value>::new());

    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = format!("http://{}", nobody.local_addr().unwrap());
    for url in ["http://127.0.0.1:1", &silent] {
        let function = Function::start(BINARY, &[("TABLE_NAME", TABLE_NAME), ("AWS_ENDPOINT_URL_DYNAMODB", url)]).await;
        function.invoke("preflight", events::all()["preflight"].clone());
        assert_eq!(function.result().await.1["statusCode"], 204, "{url}");
        let logged = function.stop().await;
        assert!(logged.contains("did not answer the warm-up"), "{url}: {logged}");
    }
}

#[test]
fn the_tls_library_that_gathers_jitter_at_start_up_stays_out_of_the_build() {
    // AWS-LC takes up to a second of a small function's first answer for it. A feature of any dependency could bring it back.
    assert!(!include_str!("../../Cargo.lock").contains("aws-lc"));
}
