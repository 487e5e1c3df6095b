//! What is answered 201 is in the table, whole, under the schema the authorization server reads.

use std::time::{SystemTime, UNIX_EPOCH};

use dev::dynamodb::{TABLE_NAME, Table, sdk_config};
use dev::wire::{Fault, Wire, always};
use dynamic_client_registration::{ClientStore, Handler, Policy};
use serde_json::{Value, json};

use crate::support::{Endpoint, Reply, expiring_after, full, minimal, minimal_with, post, store};

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
    assert!(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs().abs_diff(issued_at) < 60, "{issued_at}");
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

/// Of another account's table, say.
#[tokio::test]
async fn a_table_that_is_given_by_its_arn_is_asked_by_it() {
    const ARN: &str = "arn:aws:dynamodb:us-east-1:123456789012:table/clients";
    let table = Table::start().await;
    let wire = Wire::to(&table.url, always(Fault::Pass)).await;
    let store = ClientStore::new(&sdk_config(&wire.url).unwrap(), ARN.to_owned());
    Handler::new(store, Policy::default()).handle("test-request", &post(minimal().to_string())).await;
    assert_eq!(wire.crossings()[0].input["TableName"], ARN);
}
