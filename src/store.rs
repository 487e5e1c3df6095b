//! Insert: a [`Client`] becomes one conditional `PutItem`, within time-outs and with retries.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use aws_config::SdkConfig;
use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::config::interceptors::{BeforeTransmitInterceptorContextRef, InterceptorContext};
use aws_sdk_dynamodb::config::retry::{ClassifyRetry, RetryAction, RetryConfig};
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents, StalledStreamProtectionConfig};
use aws_sdk_dynamodb::error::{BoxError, ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::put_item::{PutItemError, PutItemOutput};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use tokio::time::timeout;

use crate::client::Client;
use crate::item::item;
use crate::store_error::{StoreError, cause, is_senseless};

/// Time to open a connection to the table.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// Time for one attempt, connecting included.
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);
/// Time for one insert, all attempts and the pauses between them included. Shorter than the function's time-out, so that a
/// caller hears from us and not from the platform.
pub const OPERATION_TIMEOUT: Duration = Duration::from_secs(6);
/// How often one insert is tried, the first time included.
pub const MAX_ATTEMPTS: u32 = 3;

/// The table of registered clients. Whatever it writes carries the condition that nothing is overwritten.
#[derive(Clone, Debug)]
pub struct ClientStore {
    dynamodb: aws_sdk_dynamodb::Client,
    table_name: String,
}

impl ClientStore {
    /// The table `table_name`, reached as `config` says, within this module's time-outs.
    #[must_use]
    pub fn new(config: &SdkConfig, table_name: String) -> Self {
        let config = aws_sdk_dynamodb::config::Builder::from(config)
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(CONNECT_TIMEOUT)
                    .operation_attempt_timeout(ATTEMPT_TIMEOUT)
                    .operation_timeout(OPERATION_TIMEOUT)
                    .build(),
            )
            // It watches the throughput of long bodies; ours are short, and the time-outs above bound them.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            // The SDK's pause before a retry starts at a second, which is long for somebody who waits for an answer.
            .retry_config(
                RetryConfig::standard()
                    .with_max_attempts(MAX_ATTEMPTS)
                    .with_initial_backoff(Duration::from_millis(100)),
            )
            .retry_classifier(RetrySenseless)
            .build();
        Self { dynamodb: aws_sdk_dynamodb::Client::from_conf(config), table_name }
    }

    /// Opens the connection, the credentials and every code path that an insert needs, so that the first caller does not wait for
    /// them: a `PutItem` of an item without a key, which DynamoDB refuses before it touches the table. It needs no permission
    /// that inserting does not, takes at most [`CONNECT_TIMEOUT`], and its failure changes nothing, for the first insert
    /// tries again.
    pub async fn warm_up(&self) {
        let refused = self.put(HashMap::new(), Arc::default());
        let failure = match timeout(CONNECT_TIMEOUT, refused).await {
            Ok(Err(error)) if error.as_service_error().is_none() => cause(&error),
            Err(late) => late.to_string(),
            Ok(_) => return,
        };
        tracing::warn!(cause = failure, "the table did not answer the warm-up");
    }

    /// The one write there is: conditional, and telling what is there if the condition fails. Adds its attempts to send to
    /// `attempts`.
    async fn put(
        &self,
        item: HashMap<String, AttributeValue>,
        attempts: Arc<AtomicU32>,
    ) -> Result<PutItemOutput, SdkError<PutItemError, HttpResponse>> {
        self.dynamodb
            .put_item()
            .table_name(&self.table_name)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(client_id)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .customize()
            .interceptor(CountAttempts(attempts))
            .send()
            .await
    }

    /// Inserts a client that must not exist yet, and adds to `effort` what it took.
    ///
    /// When a reply is lost after the write happened, the SDK's own retry meets the item it has just written. That item
    /// equals the one being written, down to the random identifier, so it is the same registration and a success.
    ///
    /// # Errors
    ///
    /// A [`StoreError`]; the table is unchanged, except that a write whose every reply was lost may have happened.
    pub async fn insert(&self, client: &Client, effort: &mut Effort) -> Result<(), StoreError> {
        let attempts = Arc::new(AtomicU32::new(0));
        let started = Instant::now();
        let result = self.put(item(client), Arc::clone(&attempts)).await;
        effort.duration += started.elapsed();
        effort.attempts += attempts.load(Ordering::Relaxed);

        match result {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(refusal))
                    if refusal.item() == Some(&item(client)) =>
                {
                    Ok(())
                }
                Some(PutItemError::ConditionalCheckFailedException(_)) => Err(StoreError::ClientIdTaken),
                _ => Err(StoreError::from(error)),
            },
        }
    }
}

/// What an insert took, for the log.
#[derive(Clone, Copy, Debug, Default)]
pub struct Effort {
    /// Attempts to send the request, the SDK's own retries included; none where it could not even be made.
    pub attempts: u32,
    /// Time spent on the table, the pauses between attempts included.
    pub duration: Duration,
}

/// Counts the attempts of one operation to send its request.
#[derive(Debug)]
struct CountAttempts(Arc<AtomicU32>);

impl Intercept for CountAttempts {
    fn name(&self) -> &'static str {
        "CountAttempts"
    }

    fn read_before_transmit(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// Has the SDK try again after a reply that is no HTTP, or no answer of DynamoDB's: it retries what fails in the ways a
/// network fails, not what a broken box on the way makes up. The condition makes a second write harmless.
#[derive(Debug)]
struct RetrySenseless;

impl ClassifyRetry for RetrySenseless {
    fn name(&self) -> &'static str {
        "RetrySenseless"
    }

    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let Some(Err(error)) = context.output_or_error() else {
            return RetryAction::NoActionIndicated;
        };
        let no_http = error.as_connector_error().is_some_and(is_senseless);
        let no_answer = error
            .as_operation_error()
            .and_then(|error| error.downcast_ref::<PutItemError>())
            .is_some_and(|error| error.code().is_none());
        if no_http || no_answer { RetryAction::transient_error() } else { RetryAction::NoActionIndicated }
    }
}
