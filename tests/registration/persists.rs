//! What is answered 201 is in the table, whole, under the schema the authorization server reads.

use std::time::{SystemTime, UNIX_EPOCH};

use dev::dynamodb::{TABLE_NAME, Table};
use dev::wire::{Fault, Wire, always};
use dynamic_client_registration::Handler;
use serde_json::{Value, json};

use crate::support::{Endpoint, Reply, expiring_after, full, minimal, minimal_with, post, store};

#[tokio::test]
async fn the_item_is_the_documented_schema_and_nothing_else() {
    let endpoint = Endpoint::start().await;
    let registered = endpoint.register(&full()).await.assert_registered("the reference's example");

    let mut item = endpoint.table.only_item();

    assert!(now().abs_diff(take_seconds(&mut item, "client_id_issued_at")) < 60, "{item}");
    assert_eq!(item, documented(&registered["client_id"]));
}

#[tokio::test]
async fn what_goes_over_the_wire_is_one_conditional_put_item_and_this_one() {
    let table = Table::start().await;
    let wire = Wire::to(&table.url, always(Fault::Pass)).await;
    let handler = Handler::new(store(&wire.url).await, expiring_after(90));

    let reply = Reply::from(handler.handle("test-request", &post(full().to_string())).await);

    let registered = reply.assert_registered("the reference's example");
    let crossings = wire.crossings();
    assert_eq!(crossings.len(), 1, "{crossings:?}");
    assert_eq!(crossings[0].target, "DynamoDB_20120810.PutItem");
    let mut input = crossings[0].input.clone();
    let issued_at = take_seconds(&mut input["Item"], "client_id_issued_at");
    assert_eq!(take_seconds(&mut input["Item"], "expires_at") - issued_at, 90 * 24 * 60 * 60);
    assert_eq!(
        input,
        json!({
            "TableName": TABLE_NAME,
            "Item": documented(&registered["client_id"]),
            "ConditionExpression": "attribute_not_exists(client_id)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        })
    );
}

/// The item of the reference's example as documented, but for its times.
fn documented(client_id: &Value) -> Value {
    json!({
        "client_id": { "S": client_id },
        "client_name": { "S": "Example MCP Client" },
        "redirect_uris": { "L": [{ "S": "https://example.com/oauth/callback" }] },
        "grant_types": { "L": [{ "S": "authorization_code" }, { "S": "refresh_token" }] },
        "response_types": { "L": [{ "S": "code" }] },
        "token_endpoint_auth_method": { "S": "none" },
        "scope": { "S": "openid profile" },
        "client_uri": { "S": "https://example.com" },
        "logo_uri": { "S": "https://example.com/logo.png" },
        "policy_uri": { "S": "https://example.com/privacy" },
        "tos_uri": { "S": "https://example.com/tos" },
        "jwks_uri": { "S": "https://example.com/.well-known/jwks.json" },
    })
}

/// Takes a time out of an item.
fn take_seconds(item: &mut Value, name: &str) -> u64 {
    let time = item.as_object_mut().unwrap().remove(name).unwrap();
    time["N"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn members_that_were_not_registered_are_no_attributes() {
    let endpoint = Endpoint::start().await;
    let mut body = minimal_with("scope", "");
    body["contacts"] = json!(["someone"]);
    body["logo_uri"] = Value::Null;
    endpoint.register(&body).await.assert_registered("nothing optional");

    let item = endpoint.table.only_item();

    let mut names: Vec<&String> = item.as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(
        names,
        [
            "client_id",
            "client_id_issued_at",
            "client_name",
            "grant_types",
            "redirect_uris",
            "response_types",
            "token_endpoint_auth_method"
        ]
    );
}

#[tokio::test]
async fn a_time_to_live_is_stored_where_the_operator_set_one() {
    let endpoint = Endpoint::with_policy(expiring_after(90)).await;
    endpoint.register(&minimal()).await.assert_registered("the minimal body");

    let mut item = endpoint.table.only_item();

    let issued_at = take_seconds(&mut item, "client_id_issued_at");
    assert_eq!(take_seconds(&mut item, "expires_at") - issued_at, 90 * 24 * 60 * 60);
}

/// As random as a version 4 UUID is (RFC 9562 §5.4): all bits but the six that say what it is. That one of them is the
/// same in 128 of 128 by chance happens once in 2^120 runs.
#[tokio::test]
async fn each_of_the_122_random_bits_of_a_client_id_takes_both_values() {
    let endpoint = Endpoint::start().await;
    let (mut ever_set, mut always_set) = (0, u128::MAX);
    for _ in 0..128 {
        let client = endpoint.register(&minimal()).await.assert_registered("the same again");
        let bits = client["client_id"].as_str().unwrap().parse::<uuid::Uuid>().unwrap().as_u128();
        ever_set |= bits;
        always_set &= bits;
    }
    assert_eq!(format!("{always_set:032x}"), "00000000000040008000000000000000", "version 4, variant 10");
    assert_eq!(format!("{ever_set:032x}"), "ffffffffffff4fffbfffffffffffffff");
    assert_eq!(endpoint.stored().len(), 128, "each is a client of its own");
}

#[tokio::test]
async fn concurrent_registrations_are_all_stored() {
    let endpoint = Endpoint::start().await;
    let registrations = (0..16).map(|_| {
        let handler = endpoint.handler.clone();
        tokio::spawn(async move { handler.handle("test-request", &post(minimal().to_string())).await })
    });
    let mut answered = Vec::new();
    for registration in registrations.collect::<Vec<_>>() {
        let reply = Reply::from(registration.await.unwrap());
        answered.push(reply.assert_registered("one of sixteen")["client_id"].as_str().unwrap().to_owned());
    }
    let mut stored: Vec<String> =
        endpoint.table.items().iter().map(|item| item["client_id"]["S"].as_str().unwrap().to_owned()).collect();
    answered.sort();
    stored.sort();
    assert_eq!(stored, answered);
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}
