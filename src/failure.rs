//! What a failure of the table means: whether another attempt may help, and what is answered if none does.

use std::error::Error;
use std::iter;

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::config::interceptors::InterceptorContext;
use aws_sdk_dynamodb::config::retry::{ClassifyRetry, RetryAction};
use aws_sdk_dynamodb::error::{ConnectorError, ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_smithy_types::retry::ProvideErrorKind;

/// DynamoDB's codes for too many requests: those of its Developer Guide's page "Error handling with DynamoDB" (November
/// 2026) that the SDK retries as throttling.
const THROTTLING: [&str; 4] =
    ["LimitExceededException", "ProvisionedThroughputExceededException", "RequestLimitExceeded", "ThrottlingException"];
/// The codes that the SDK retries as transient, according to "Retry behavior" in the AWS SDKs and Tools Reference Guide.
/// `retryable_error_kind` knows only those of PutItem's own model.
const TRANSIENT: [&str; 2] = ["RequestTimeout", "RequestTimeoutException"];

/// How an insert can fail. The text is the cause, for the log alone, at most 1000 characters.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// An item with this identifier already exists, and it is another client's.
    #[error("the client_id is taken")]
    ClientIdTaken,
    /// The table throttled the request, after all attempts.
    #[error("{0}")]
    Throttled(String),
    /// No answer in time, a server error or another transient one (a conflict between regions), after all attempts.
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
        let is_one_of = |codes: &[&str]| error.code().is_some_and(|code| codes.contains(&code));
        let is_unavailable = match error {
            // DynamoDB never answers 429; a proxy may.
            SdkError::ServiceError(failure) if is_one_of(&THROTTLING) || failure.raw().status().as_u16() == 429 => {
                return Self::Throttled(cause);
            }
            SdkError::ServiceError(failure) => {
                let is_transient = is_one_of(&TRANSIENT) || failure.err().retryable_error_kind().is_some();
                is_transient || failure.raw().status().is_server_error()
            }
            // Too slow, or cut off before the whole answer had arrived.
            SdkError::TimeoutError(_) => true,
            SdkError::ResponseError(_) => !is_foreign_reply(error),
            SdkError::DispatchFailure(failure) => {
                failure.as_connector_error().is_none_or(|error| !is_distrusted(error) && !is_not_network(error))
            }
            _ => false,
        };
        if is_unavailable { Self::Unavailable(cause) } else { Self::Failed(cause) }
    }
}

/// The longest cause in the log, in characters. DynamoDB's messages are about 200 characters; a middlebox may send anything.
const MAX_CAUSE_CHARS: usize = 1000;

/// The status of the reply, if there was one, and the message of every error. Not their debug forms: those contain the
/// whole reply, and with it the client that already existed.
pub(crate) fn cause(error: &SdkError<PutItemError, HttpResponse>) -> String {
    let status = error.raw_response().map(|reply| format!("HTTP {}", reply.status()));
    let mut texts: Vec<String> = status.into_iter().chain(chain(error).map(ToString::to_string)).collect();
    texts.dedup(); // the SDK's errors repeat the message of the error inside them
    texts.join(": ").chars().take(MAX_CAUSE_CHARS).collect()
}

/// A success that is not DynamoDB's, as proxies answer.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the reply is not DynamoDB's: not a 200 with x-amzn-requestid and without an error")]
pub(crate) struct ForeignReply;

/// Corrects the SDK, which retries only what looks like a network failure. A reply that is not HTTP, or not DynamoDB's,
/// is also worth another attempt, because the condition makes a second write harmless. An untrusted certificate is not,
/// because no retry changes it.
#[derive(Debug)]
pub(crate) struct ClassifyPutItem;

impl ClassifyRetry for ClassifyPutItem {
    fn name(&self) -> &'static str {
        "ClassifyPutItem"
    }

    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let Some(Err(error)) = context.output_or_error() else {
            return RetryAction::NoActionIndicated;
        };
        let has_no_code = error
            .as_operation_error()
            .and_then(|error| error.downcast_ref::<PutItemError>())
            .is_some_and(|error| error.meta().code().is_none());
        match error.as_connector_error() {
            Some(error) if is_distrusted(error) => RetryAction::RetryForbidden,
            Some(error) if is_not_network(error) => RetryAction::transient_error(),
            None if has_no_code || is_foreign_reply(error) => RetryAction::transient_error(),
            _ => RetryAction::NoActionIndicated,
        }
    }
}

/// Whether TLS failed because of the server's certificate.
fn is_distrusted(error: &ConnectorError) -> bool {
    chain(error).any(|error| matches!(error.downcast_ref(), Some(rustls::Error::InvalidCertificate(_))))
}

/// Not a network failure: the reply was not HTTP, or the request was never sent (no credentials).
fn is_not_network(error: &ConnectorError) -> bool {
    error.is_other() && error.as_other().is_none()
}

/// Whether a success was refused because it was not DynamoDB's.
fn is_foreign_reply(error: &(dyn Error + 'static)) -> bool {
    chain(error).any(<dyn Error>::is::<ForeignReply>)
}

/// Every error from the outermost to the innermost, including those that an I/O error wraps.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    iter::successors(Some(error), |&error| match error.downcast_ref::<std::io::Error>() {
        Some(wrapper) => wrapper.get_ref().map(|error| error as &(dyn Error + 'static)),
        None => error.source(),
    })
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
