//! The real binary, started as Lambda starts it (contract §7).

use crate::events;
use crate::support::runtime_api::{self, Function};
use crate::support::{TABLE_NAME, Table};

#[tokio::test]
async fn the_binary_registers_the_client_of_a_rest_event() {
    let table = Table::start().await;
    let function = Function::start(&[
        ("TABLE_NAME", TABLE_NAME),
        ("AWS_ENDPOINT_URL_DYNAMODB", &table.url),
    ])
    .await;

    function.invoke("first", events::all()["register-full"].clone());
    let (id, result) = function.result().await;

    assert_eq!(id, "first");
    assert_eq!(result["statusCode"], 201, "{result}");
    let body: serde_json::Value = serde_json::from_str(result["body"].as_str().unwrap()).unwrap();
    assert_eq!(table.only_item()["client_id"]["S"], body["client_id"]);
    function.stop().await;
}

#[tokio::test]
async fn the_binary_goes_on_after_a_refusal_and_after_an_event_that_is_none() {
    let table = Table::start().await;
    let function = Function::start(&[
        ("TABLE_NAME", TABLE_NAME),
        ("AWS_ENDPOINT_URL_DYNAMODB", &table.url),
    ])
    .await;

    function.invoke("refused", events::all()["refuse-malformed-json"].clone());
    assert_eq!(function.result().await.1["statusCode"], 400);
    function.invoke("no-event", serde_json::json!({}));
    let report = function.report().await.1;
    assert!(
        report["errorMessage"]
            .as_str()
            .unwrap()
            .contains("names no HTTP method"),
        "{report}"
    );
    function.invoke("registered", events::all()["register-minimal"].clone());
    assert_eq!(function.result().await.1["statusCode"], 201);

    function.stop().await;
    table.only_item();
}

#[tokio::test]
async fn a_bad_setting_stops_the_cold_start_with_its_name() {
    let rows: [(&[(&str, &str)], &str); 6] = [
        (&[], "TABLE_NAME"),
        (&[("TABLE_NAME", "")], "TABLE_NAME"),
        (
            &[("TABLE_NAME", "t"), ("CLIENT_TTL_DAYS", "soon")],
            "CLIENT_TTL_DAYS",
        ),
        (
            &[("TABLE_NAME", "t"), ("CLIENT_TTL_DAYS", "-1")],
            "CLIENT_TTL_DAYS",
        ),
        (
            &[("TABLE_NAME", "t"), ("CLIENT_TTL_DAYS", "36501")],
            "CLIENT_TTL_DAYS",
        ),
        (
            &[("TABLE_NAME", "t"), ("UNSUPPORTED_METADATA", "Replace")],
            "UNSUPPORTED_METADATA",
        ),
    ];
    for (environment, name) in rows {
        let output = runtime_api::command()
            .envs(environment.iter().copied())
            .output()
            .await
            .unwrap();
        assert!(!output.status.success(), "{environment:?} should not start");
        let logged = String::from_utf8(output.stdout).unwrap();
        assert!(
            logged.contains(name),
            "{environment:?} should name {name}: {logged}"
        );
    }
}
