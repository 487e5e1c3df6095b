//! The table: its key, its expiry, and that it outlives mistakes.

use serde_json::json;

use super::{properties, table_arn, table_name, template};
use crate::support::{Endpoint, expiring_after, minimal};

#[tokio::test]
async fn what_is_stored_fits_the_tables_key_and_its_expiry() {
    let table = properties("ClientsTable");
    let endpoint = Endpoint::with_policy(expiring_after(1)).await;
    endpoint.register(&minimal()).await.assert_registered("the minimal body");
    let item = endpoint.table.only_item();

    let keys = table["KeySchema"].as_array().unwrap();
    assert_eq!(keys.len(), 1);
    assert_eq!(table["AttributeDefinitions"].as_array().unwrap().len(), 1);
    let (key, definition) = (&keys[0], &table["AttributeDefinitions"][0]);
    assert_eq!(key["KeyType"], "HASH");
    assert_eq!(key["AttributeName"], definition["AttributeName"]);
    let stored = &item[key["AttributeName"].as_str().unwrap()];
    assert!(stored[definition["AttributeType"].as_str().unwrap()].is_string(), "{stored}");

    let expiry = &table["TimeToLiveSpecification"];
    assert_eq!(expiry["Enabled"], true);
    let stored = &item[expiry["AttributeName"].as_str().unwrap()];
    assert!(stored["N"].is_string(), "DynamoDB only expires numbers: {stored}");
}

#[test]
fn the_table_survives_the_stack_and_a_mistake() {
    let table = template()["Resources"]["ClientsTable"].take();
    assert_eq!(table["DeletionPolicy"], "Retain");
    assert_eq!(table["UpdateReplacePolicy"], "Retain");
    assert_eq!(table["Properties"]["DeletionProtectionEnabled"], true);
    assert_eq!(table["Properties"]["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], true);
    assert_eq!(table["Properties"]["SSESpecification"]["SSEEnabled"], true);
    assert_eq!(table["Properties"]["BillingMode"], "PAY_PER_REQUEST");
    let maximum = json!({ "MaxWriteRequestUnits": { "Ref": "MaxWritesPerSecond" } });
    let maximum = json!({ "Fn::If": ["LimitsWrites", maximum, { "Ref": "AWS::NoValue" }] });
    assert_eq!(table["Properties"]["OnDemandThroughput"], maximum);
}

/// What docs/growing.md does by the AWS CLI alone needs this of the table.
#[test]
fn a_replica_can_be_added_and_the_stack_there_takes_it_by_its_name() {
    let table = template()["Resources"]["ClientsTable"].take();
    assert_eq!(table["Properties"]["StreamSpecification"], json!({ "StreamViewType": "NEW_AND_OLD_IMAGES" }));
    assert_eq!(table["Condition"], "CreatesTable");
    let outputs = template()["Outputs"].take();
    assert_eq!(outputs["TableName"]["Value"], table_name());
    assert_eq!(outputs["TableArn"]["Value"], table_arn());
}
