//! What DynamoDB's failures mean: one of four things, and a text for the log.

use std::error::Error;
use std::{fmt, iter};

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ConnectorError, SdkError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;

/// How an insert can fail. The text is the cause, for the log alone: the reply's status, and what each error in the chain says of
/// itself, at most 1000 characters.
#[derive(Debug)]
pub enum StoreError {
    /// An item with this identifier is there already, and it is another client's.
    ClientIdTaken,
    /// The table refused the request for its rate, after all attempts.
    Throttled(String),
    /// The table could not be reached in time, or answered with a server error, after all attempts.
    Unavailable(String),
    /// No retry would mend it: the table is missing, the function may not write to it or has no credentials, or what answered makes
    /// no sense.
    Rejected(String),
}

/// The longest cause in the log, in characters. DynamoDB needs two hundred; a broken box on the way may say anything.
const MAX_CAUSE_CHARS: usize = 1000;

/// The status of the reply, if there was one, and every error from the outermost to the innermost. Without their debug forms, which
/// hold the whole reply, and in it the client that was there already.
pub(crate) fn cause(error: &SdkError<PutItemError, HttpResponse>) -> String {
    let status = error.raw_response().map(|reply| format!("HTTP {}", reply.status()));
    let chain = iter::successors(Some(error as &dyn Error), |&error| error.source());
    let mut texts: Vec<String> = status.into_iter().chain(chain.map(ToString::to_string)).collect();
    texts.dedup(); // the SDK's own errors say the same once more inside
    texts.join(": ").chars().take(MAX_CAUSE_CHARS).collect()
}

/// Whether no network fails in this way: what came was no HTTP, or nothing could be sent, for want of credentials for example.
pub(crate) fn is_senseless(error: &ConnectorError) -> bool {
    error.is_other() && error.as_other().is_none()
}

impl From<SdkError<PutItemError, HttpResponse>> for StoreError {
    fn from(error: SdkError<PutItemError, HttpResponse>) -> Self {
        let cause = cause(&error);
        match &error {
            SdkError::ServiceError(failure) => match failure.err() {
                PutItemError::ThrottlingException(_)
                | PutItemError::ProvisionedThroughputExceededException(_)
                | PutItemError::RequestLimitExceeded(_) => Self::Throttled(cause),
                // Not how DynamoDB says it, but what stands between may.
                _ if failure.raw().status().as_u16() == 429 => Self::Throttled(cause),
                _ if failure.raw().status().is_server_error() => Self::Unavailable(cause),
                _ => Self::Rejected(cause),
            },
            // Too slow, or cut before the whole answer was there.
            SdkError::TimeoutError(_) | SdkError::ResponseError(_) => Self::Unavailable(cause),
            SdkError::DispatchFailure(failure)
                if !failure.is_user() && !failure.as_connector_error().is_some_and(is_senseless) =>
            {
                Self::Unavailable(cause)
            }
            _ => Self::Rejected(cause),
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClientIdTaken => f.write_str("the client_id is taken"),
            Self::Throttled(cause) | Self::Unavailable(cause) | Self::Rejected(cause) => f.write_str(cause),
        }
    }
}

impl Error for StoreError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_the_whole_chain_and_no_longer_than_a_log_can_bear() {
        let error = std::io::Error::other("x".repeat(2000));
        let error = SdkError::<PutItemError, HttpResponse>::construction_failure(error);

        let cause = cause(&error);

        assert!(cause.starts_with("failed to construct request: xxx"), "{cause}");
        assert_eq!(cause.len(), MAX_CAUSE_CHARS);
    }
}
