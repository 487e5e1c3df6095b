//! An insert's attempts: which failures are retried, how many there were, and what the last failure means.

use std::error::Error;
use std::iter;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::config::interceptors::{BeforeTransmitInterceptorContextRef, InterceptorContext};
use aws_sdk_dynamodb::config::retry::{ClassifyRetry, RetryAction, RetryConfig, RetryPartition, TokenBucket};
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{Builder, ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::{BoxError, ConnectorError, ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;

/// Time to open a connection to the table.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// Time for one attempt, including the connection.
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);
/// Time for one insert, including all attempts and the pauses between them. Shorter than the function's time-out, so
/// that the caller gets our answer and not the platform's.
pub const OPERATION_TIMEOUT: Duration = Duration::from_secs(6);
/// How often one insert is tried, including the first time.
pub const MAX_ATTEMPTS: u32 = 3;

/// Retry tokens that come back per second. A retry costs 5 of 500 tokens, or 10 if the network failed, and a success
/// returns them. Without a refill, an outage of 25 to 50 inserts would end all retries until as many inserts succeed.
/// With it, a minute pays for 12 to 24 retries.
const RETRY_TOKENS_PER_SECOND: f32 = 2.0;

/// Sets the time-outs and retries of every insert.
pub(crate) fn configure(config: Builder) -> Builder {
    config
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(CONNECT_TIMEOUT)
                .operation_attempt_timeout(ATTEMPT_TIMEOUT)
                .operation_timeout(OPERATION_TIMEOUT)
                .build(),
        )
        // The SDK's first pause is up to a second, which is long for somebody who waits for an answer.
        .retry_config(
            RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS).with_initial_backoff(Duration::from_millis(100)),
        )
        .retry_partition(
            RetryPartition::custom("clients")
                .token_bucket(TokenBucket::builder().refill_rate(RETRY_TOKENS_PER_SECOND).build())
                .build(),
        )
        .retry_classifier(ClassifyPutItem)
}

/// What an insert took, for the log.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Attempts to send the request, including the SDK's own retries; 0 if the request could not even be built.
    pub attempts: u32,
    /// Time spent on the table, including the pauses between attempts.
    pub duration: Duration,
}

/// Counts the attempts of one operation to send its request.
#[derive(Clone, Debug, Default)]
pub(crate) struct CountAttempts(Arc<AtomicU32>);

impl CountAttempts {
    pub(crate) fn count(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

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

/// Corrects the SDK, which retries only what looks like a network failure. A reply that is not HTTP, or not DynamoDB's,
/// is also worth another attempt, because the condition makes a second write harmless. An untrusted certificate is not,
/// because no retry changes it.
#[derive(Debug)]
struct ClassifyPutItem;

impl ClassifyRetry for ClassifyPutItem {
    fn name(&self) -> &'static str {
        "ClassifyPutItem"
    }

    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let Some(Err(error)) = context.output_or_error() else {
            return RetryAction::NoActionIndicated;
        };
        let is_not_dynamodbs = error
            .as_operation_error()
            .and_then(|error| error.downcast_ref::<PutItemError>())
            .is_some_and(|error| error.code().is_none());
        match error.as_connector_error() {
            Some(error) if is_distrusted(error) => RetryAction::RetryForbidden,
            Some(error) if is_garbled(error) => RetryAction::transient_error(),
            None if is_not_dynamodbs => RetryAction::transient_error(),
            _ => RetryAction::NoActionIndicated,
        }
    }
}

/// Whether TLS failed because of the server's certificate.
fn is_distrusted(error: &ConnectorError) -> bool {
    chain(error).any(|error| matches!(error.downcast_ref(), Some(rustls::Error::InvalidCertificate(_))))
}

/// Whether this is not a network failure: the reply was not HTTP, or nothing could be sent, as without credentials.
fn is_garbled(error: &ConnectorError) -> bool {
    error.is_other() && error.as_other().is_none()
}

/// Every error from the outermost to the innermost, including those that an I/O error wraps.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    iter::successors(Some(error), |&error| match error.downcast_ref::<std::io::Error>() {
        Some(wrapper) => wrapper.get_ref().map(|error| error as &(dyn Error + 'static)),
        None => error.source(),
    })
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
    /// The table could not be reached in time, or answered with a server error, after all attempts.
    #[error("{0}")]
    Unavailable(String),
    /// No retry would help: the table is missing, the function may not write to it or has no credentials, the server's
    /// certificate is not trusted, or what answered was not DynamoDB.
    #[error("{0}")]
    Failed(String),
}

impl StoreError {
    /// What `error` means, for any insert.
    pub(crate) fn of(error: &SdkError<PutItemError, HttpResponse>) -> Self {
        let cause = cause(error);
        match error {
            SdkError::ServiceError(failure) => match failure.err() {
                PutItemError::ThrottlingException(_)
                | PutItemError::ProvisionedThroughputExceededException(_)
                | PutItemError::RequestLimitExceeded(_) => Self::Throttled(cause),
                // DynamoDB does not say it like this, but something in between may.
                _ if failure.raw().status().as_u16() == 429 => Self::Throttled(cause),
                _ if failure.raw().status().is_server_error() => Self::Unavailable(cause),
                _ => Self::Failed(cause),
            },
            // Too slow, or cut off before the whole answer had arrived.
            SdkError::TimeoutError(_) | SdkError::ResponseError(_) => Self::Unavailable(cause),
            SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
                Some(error) if is_distrusted(error) || is_garbled(error) => Self::Failed(cause),
                _ => Self::Unavailable(cause),
            },
            _ => Self::Failed(cause),
        }
    }
}

/// The longest cause in the log, in characters. DynamoDB's take two hundred; a middlebox may send anything.
const MAX_CAUSE_CHARS: usize = 1000;

/// The status of the reply, if there was one, and the message of every error. Not their debug forms: those contain the
/// whole reply, and with it the client that already existed.
pub(crate) fn cause(error: &SdkError<PutItemError, HttpResponse>) -> String {
    let status = error.raw_response().map(|reply| format!("HTTP {}", reply.status()));
    let mut texts: Vec<String> = status.into_iter().chain(chain(error).map(ToString::to_string)).collect();
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
