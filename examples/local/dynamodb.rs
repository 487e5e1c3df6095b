//! An embedded DynamoDB with the table that `template.yaml` declares. The tests use it too.

use aws_config::{Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use dynamic_client_registration::connection;
use dynoxide::Database;
use lambda_http::Error;
use serde_json::{Value, json};

/// The logical name of the table in the template.
const TABLE_RESOURCE: &str = "ClientsTable";

/// Creates the table `name` as the template declares it, unless the database has it from an earlier run.
pub fn create_table(database: &Database, name: &str) -> Result<(), Error> {
    if database.get_table_metadata(name)?.is_some() {
        return Ok(());
    }
    let template: yaml_serde::Value = yaml_serde::from_str(include_str!("../../template.yaml"))?;
    let declared = &template["Resources"][TABLE_RESOURCE]["Properties"];
    let property = |property: &str| serde_json::to_value(&declared[property]);

    database.create_table(serde_json::from_value(json!({
        "TableName": name,
        "AttributeDefinitions": property("AttributeDefinitions")?,
        "KeySchema": property("KeySchema")?,
        "BillingMode": property("BillingMode")?,
    }))?)?;
    database.update_time_to_live(serde_json::from_value(json!({
        "TableName": name,
        "TimeToLiveSpecification": property("TimeToLiveSpecification")?,
    }))?)?;
    Ok(())
}

/// How the SDK reaches an embedded DynamoDB: it takes any region and any credentials.
pub fn sdk_config(endpoint_url: &str) -> Result<SdkConfig, Error> {
    let credentials = Credentials::new("local", "local", None, None, "local");
    Ok(connection::sdk_config()?
        .into_builder()
        .endpoint_url(endpoint_url)
        .region(Region::from_static("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build())
}

/// Every item of the table, as DynamoDB's JSON, for whoever wants to look.
#[allow(dead_code, reason = "the local server leaves looking to the AWS CLI; the tests look")]
pub fn items(database: &Database, name: &str) -> Result<Vec<Value>, Error> {
    let scan = database.scan(serde_json::from_value(json!({ "TableName": name }))?)?;
    Ok(scan.items.unwrap_or_default().iter().map(serde_json::to_value).collect::<Result<_, _>>()?)
}
