//! An embedded DynamoDB with the table that `template.yaml` declares.

use aws_config::{Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use dynamic_client_registration::connection;
use dynoxide::Database;
use lambda_http::Error;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// What a [`Table`] is called.
pub const TABLE_NAME: &str = "clients";

/// Creates the table `name` as the template declares it, unless the database has it from an earlier run.
///
/// # Errors
///
/// When the template declares no table that DynamoDB takes, or the database cannot be used.
pub fn create_table(database: &Database, name: &str) -> Result<(), Error> {
    if database.get_table_metadata(name)?.is_some() {
        return Ok(());
    }
    let template: yaml_serde::Value = yaml_serde::from_str(include_str!("../../template.yaml"))?;
    let declared = &template["Resources"]["ClientsTable"]["Properties"];
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
///
/// # Errors
///
/// When the environment has settings of the SDK that [`connection::sdk_config`] refuses.
pub fn sdk_config(endpoint_url: &str) -> Result<SdkConfig, Error> {
    let credentials = Credentials::new("local", "local", None, None, "local");
    Ok(connection::sdk_config()?
        .into_builder()
        .endpoint_url(endpoint_url)
        .region(Region::from_static("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build())
}

/// An embedded DynamoDB on a loopback port, with the template's table, empty.
pub struct Table {
    database: Database,
    /// Where the SDK finds it.
    pub url: String,
}

impl Table {
    /// In memory, on a free port.
    pub async fn start() -> Self {
        let database = Database::memory().unwrap();
        create_table(&database, TABLE_NAME).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(dynoxide::server::serve_on(listener, database.clone()));
        Self { database, url }
    }

    /// Every item, as DynamoDB's JSON.
    pub fn items(&self) -> Vec<Value> {
        let mut items = Vec::new();
        let mut next = json!({ "TableName": TABLE_NAME });
        // A page is at most a megabyte.
        loop {
            let page = self.database.scan(serde_json::from_value(next.clone()).unwrap()).unwrap();
            items.extend(page.items.into_iter().flatten().map(|item| serde_json::to_value(item).unwrap()));
            let Some(last) = page.last_evaluated_key else { return items };
            next["ExclusiveStartKey"] = serde_json::to_value(last).unwrap();
        }
    }

    /// The only item there is.
    #[track_caller]
    pub fn only_item(&self) -> Value {
        let items = self.items();
        assert_eq!(items.len(), 1, "the table should hold one item: {items:?}");
        items[0].clone()
    }
}

/// An item without DynamoDB's type letters.
pub fn untyped(item: &Value) -> Value {
    let value = |typed: &Value| match &typed["L"] {
        Value::Array(list) => list.iter().map(|text| text["S"].clone()).collect(),
        _ => typed.get("S").or_else(|| typed.get("N")).unwrap().clone(),
    };
    item.as_object().unwrap().iter().map(|(name, typed)| (name.clone(), value(typed))).collect()
}
