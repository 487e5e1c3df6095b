//! Insert: a [`Client`] becomes one conditional `PutItem`.

use std::collections::HashMap;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::config::StalledStreamProtectionConfig;
use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::put_item::{PutItemError, PutItemOutput};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use tokio::time::timeout;

use crate::attempts::{self, ATTEMPT_TIMEOUT, Effort};
use crate::client::Client;
use crate::failure::{StoreError, cause};
use crate::item::item;

/// The table of registered clients. Every write has the condition that nothing is overwritten.
#[derive(Clone, Debug)]
pub struct ClientStore {
    dynamodb: aws_sdk_dynamodb::Client,
    table_name: String,
}

impl ClientStore {
    /// The table `table_name`, reached as `config` says, with the time-outs and retries of [`crate::attempts`].
    pub fn new(config: &SdkConfig, table_name: String) -> Self {
        let config = attempts::configure(aws_sdk_dynamodb::config::Builder::from(config))
            // It watches the throughput of long bodies; ours are short, and the time-outs limit them.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build();
        Self { dynamodb: aws_sdk_dynamodb::Client::from_conf(config), table_name }
    }

    /// Opens the connection, gets the credentials and runs the code that an insert needs, so that the first caller does
    /// not wait for them. It sends a `PutItem` of an item without a key, which DynamoDB refuses as invalid before it
    /// touches the table. Any other answer, such as a missing table or permission, is logged as a warning, so that an
    /// operator sees it at deployment. It needs no permission beyond that of inserting, and takes at most
    /// [`ATTEMPT_TIMEOUT`]. If it fails, nothing is lost: the first insert tries again.
    pub async fn warm_up(&self) {
        let cause = match timeout(ATTEMPT_TIMEOUT, self.put(HashMap::new())).await {
            Ok((Err(error), _)) if error.code() == Some("ValidationException") => return,
            Ok((Err(error), _)) => cause(&error),
            Ok((Ok(_), _)) => "an item without a key was accepted".to_owned(),
            Err(late) => late.to_string(),
        };
        tracing::warn!(cause, "the table did not answer the warm-up as expected");
    }

    /// The only write: conditional, and returning the existing item if the condition fails.
    async fn put(
        &self,
        item: HashMap<String, AttributeValue>,
    ) -> (Result<PutItemOutput, SdkError<PutItemError, HttpResponse>>, Effort) {
        let put = self
            .dynamodb
            .put_item()
            .table_name(&self.table_name)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(client_id)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send();
        attempts::measured(Box::pin(put)).await // boxed, as it is 18 KB
    }

    /// Inserts a client that must not exist yet. Returns the result, and what it took.
    ///
    /// If a reply is lost after the write happened, the SDK's own retry finds the item that it has just written. If
    /// that item has every attribute that was being written, the random identifier included, it is the same registration and
    /// a success, whatever somebody else has added to it meanwhile.
    ///
    /// On a [`StoreError`] the table is unchanged, except that a write may have happened if all its replies were lost.
    pub async fn insert(&self, client: &Client) -> (Result<(), StoreError>, Effort) {
        let (result, effort) = self.put(item(client)).await;
        let result = result.map(drop).or_else(|error| match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(refusal)) => match refusal.item() {
                Some(old) if item(client).iter().all(|(name, value)| old.get(name) == Some(value)) => Ok(()),
                _ => Err(StoreError::ClientIdTaken),
            },
            _ => Err(StoreError::of(&error)),
        });
        (result, effort)
    }
}
