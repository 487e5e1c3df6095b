//! Insert: a [`Client`] becomes one conditional `PutItem`.

use std::collections::HashMap;

use aws_config::SdkConfig;
use aws_runtime::retries::classifiers::{THROTTLING_ERRORS, TRANSIENT_ERRORS};
use aws_sdk_dynamodb::config::StalledStreamProtectionConfig;
use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::put_item::{PutItemError, PutItemOutput};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use aws_smithy_types::retry::ProvideErrorKind;
use tokio::time::timeout;

use crate::attempts::{self, CONNECT_TIMEOUT, Effort};
use crate::client::Client;
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
    /// [`CONNECT_TIMEOUT`]. If it fails, nothing is lost: the first insert tries again.
    pub async fn warm_up(&self) {
        let cause = match timeout(CONNECT_TIMEOUT, self.put(HashMap::new())).await {
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

/// How an insert can fail. The text is the cause, for the log alone, at most 1000 characters.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// An item with this identifier already exists, and it is another client's.
    #[error("the client_id is taken")]
    ClientIdTaken,
    /// The table throttled the request, after all attempts.
    #[error("{0}")]
    Throttled(String),
    /// The table could not be reached in time, answered with a server error, or with another transient error, such as
    /// a conflict between regions; after all attempts.
    #[error("{0}")]
    Unavailable(String),
    /// No retry would help: the table is missing, the function may not write to it or has no credentials, the server's
    /// certificate is not trusted, or what answered was not DynamoDB.
    #[error("{0}")]
    Failed(String),
}

impl StoreError {
    /// What `error` means, for any insert.
    fn of(error: &SdkError<PutItemError, HttpResponse>) -> Self {
        let cause = cause(error);
        let is_one_of = |codes: &[&str]| error.code().is_some_and(|code| codes.contains(&code));
        let is_unavailable = match error {
            // DynamoDB never answers 429; a proxy may.
            SdkError::ServiceError(failure)
                if is_one_of(THROTTLING_ERRORS) || failure.raw().status().as_u16() == 429 =>
            {
                return Self::Throttled(cause);
            }
            SdkError::ServiceError(failure) => {
                let is_transient = is_one_of(TRANSIENT_ERRORS) || failure.err().retryable_error_kind().is_some();
                is_transient || failure.raw().status().is_server_error()
            }
            // Too slow, or cut off before the whole answer had arrived.
            SdkError::TimeoutError(_) => true,
            SdkError::ResponseError(_) => !attempts::is_not_dynamodbs(error),
            SdkError::DispatchFailure(failure) => failure
                .as_connector_error()
                .is_none_or(|error| !attempts::is_distrusted(error) && !attempts::is_not_network(error)),
            _ => false,
        };
        if is_unavailable { Self::Unavailable(cause) } else { Self::Failed(cause) }
    }
}

/// The longest cause in the log, in characters. DynamoDB's take two hundred; a middlebox may send anything.
const MAX_CAUSE_CHARS: usize = 1000;

/// The status of the reply, if there was one, and the message of every error. Not their debug forms: those contain the
/// whole reply, and with it the client that already existed.
fn cause(error: &SdkError<PutItemError, HttpResponse>) -> String {
    let status = error.raw_response().map(|reply| format!("HTTP {}", reply.status()));
    let mut texts: Vec<String> = status.into_iter().chain(attempts::chain(error).map(ToString::to_string)).collect();
    texts.dedup(); // the SDK's errors repeat the message of the error inside them
    texts.join(": ").chars().take(MAX_CAUSE_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_the_whole_chain_and_no_longer_than_a_log_line_should_be() {
        let error = std::io::Error::other("x".repeat(2000));
        let error = SdkError::<PutItemError, HttpResponse>::construction_failure(error);

        let cause = cause(&error);

        assert!(cause.starts_with("failed to construct request: xxx"), "{cause}");
        assert_eq!(cause.len(), 1000);
    }
}
