//! An insert's attempts: their limits, what is asked of replies, and how many there were.

use std::cell::Cell;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::config::interceptors::{
    AfterDeserializationInterceptorContextRef, BeforeDeserializationInterceptorContextMut,
    BeforeTransmitInterceptorContextRef,
};
use aws_sdk_dynamodb::config::retry::{RetryConfig, RetryPartition, TokenBucket};
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{Builder, ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_smithy_types::body::SdkBody;
use http_body_util::Limited;

use crate::environment::variable;
use crate::failure::{ClassifyPutItem, ForeignReply};

/// Time to open a connection to the table. As AWS advises, all limits are short: a request that a bad node or a dead
/// connection holds is better sent again than waited for.
pub const CONNECT_TIMEOUT: Duration = Duration::from_millis(500);
/// Time for one attempt, including the connection.
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(1);
/// Time for one insert, including all attempts and the pauses between them. Shorter than the function's time-out, so
/// that the caller gets our answer and not the platform's.
pub const OPERATION_TIMEOUT: Duration = Duration::from_secs(4);
/// How often one insert is tried, including the first time.
pub const MAX_ATTEMPTS: u32 = 3;

/// Retry tokens, the SDK's default. A retry costs 5, or 10 if the network failed, and a success returns them.
const RETRY_TOKENS: usize = 500;
/// What all retries of one insert cost at most.
const RETRY_TOKENS_PER_INSERT: usize = 20;
/// Retry tokens refilled per second. Without a refill, an outage of 25 to 50 inserts would end all retries until as many
/// inserts succeed. With it, a minute pays for 12 to 24 retries.
const RETRY_TOKENS_PER_SECOND: f32 = 2.0;

/// The longest reply that is read, in bytes: 1 MiB. DynamoDB's longest is the item that already existed, at most 400 KB.
const MAX_REPLY_BYTES: usize = 1024 * 1024;

/// Configures time-outs, retries and reply checks for inserts.
pub(crate) fn configure(config: Builder) -> Builder {
    // More callers at once than `RETRY_TOKENS` pay for may lose their connections together.
    let callers = variable("AWS_LAMBDA_MAX_CONCURRENCY").and_then(|callers| callers.parse().ok()).unwrap_or(1_usize);
    let tokens = RETRY_TOKENS.max(callers.saturating_mul(RETRY_TOKENS_PER_INSERT));
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
                .token_bucket(TokenBucket::builder().capacity(tokens).refill_rate(RETRY_TOKENS_PER_SECOND).build())
                .build(),
        )
        .retry_classifier(ClassifyPutItem)
        .interceptor(WatchAttempts)
}

/// What an insert took, for the log.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Attempts to send the request, including the SDK's own retries; 0 if the request could not even be built.
    pub attempts: u32,
    /// Time spent on the table, including the pauses between attempts.
    pub duration: Duration,
}

tokio::task_local! {
    static ATTEMPTS: Cell<u32>;
}

/// The output of an operation, and what it took.
#[expect(clippy::disallowed_methods, reason = "the stopwatch of an insert")]
pub(crate) async fn measured<T>(operation: impl Future<Output = T>) -> (T, Effort) {
    let started = Instant::now();
    let (output, attempts) = ATTEMPTS.scope(Cell::new(0), async { (operation.await, ATTEMPTS.with(Cell::get)) }).await;
    (output, Effort { attempts, duration: started.elapsed() })
}

/// Counts the attempts of an operation, and looks at each reply before the SDK reads it.
#[derive(Debug)]
struct WatchAttempts;

impl Intercept for WatchAttempts {
    fn name(&self) -> &'static str {
        "WatchAttempts"
    }

    fn read_before_transmit(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        ATTEMPTS.with(|attempts| attempts.set(attempts.get() + 1));
        Ok(())
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let reply = context.response_mut();
        // To the SDK any 2xx is a success, whatever is in it; but only DynamoDB's word says that the item is stored.
        let is_dynamodbs = reply.status().as_u16() == 200 && reply.headers().get("x-amzn-requestid").is_some();
        if reply.status().is_success() && !is_dynamodbs {
            return Err(ForeignReply.into());
        }
        // The SDK would read a reply without end until the memory is full.
        *reply.body_mut() = SdkBody::from_body_1_x(Limited::new(reply.take_body(), MAX_REPLY_BYTES));
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let is_error = |body: &[u8]| body.windows(6).any(|part| part == b"__type");
        let is_an_error = context.response().body().bytes().is_some_and(is_error);
        if context.output_or_error().is_ok() && is_an_error { Err(ForeignReply.into()) } else { Ok(()) }
    }
}
