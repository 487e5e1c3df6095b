//! The log, and the one line a request leaves in it: enough to say later why a client was refused, and nothing of what was sent.
//!
//! Every value is our own word, a number, or the cause of our own trouble; the subscriber escapes what it writes, so no
//! caller can forge a line.

use lambda_http::http::StatusCode;
use tracing::level_filters::LevelFilter;
use tracing::{error, info, warn};

use crate::client::Client;
use crate::error::{MetadataError, RegistrationError, StoreError};
use crate::response::ErrorCode;
use crate::settings::variable;
use crate::store::Effort;

/// Starts the log as Lambda's logging controls want it: `AWS_LAMBDA_LOG_FORMAT` is `JSON` or `Text`, `AWS_LAMBDA_LOG_LEVEL` a level, `INFO`
/// if there is none.
pub fn start() {
    let level = variable("AWS_LAMBDA_LOG_LEVEL")
        .and_then(|level| level.parse().ok())
        .unwrap_or(LevelFilter::INFO)
        // At TRACE the Lambda runtime would write whole events, with the callers' addresses in them.
        .min(LevelFilter::DEBUG);
    let logs = tracing_subscriber::fmt().with_max_level(level).with_target(false);
    if variable("AWS_LAMBDA_LOG_FORMAT").is_some_and(|format| format.eq_ignore_ascii_case("json")) {
        // One flat object a line: metric filters and log queries name its members without a path. With its time, without
        // which Lambda takes every line for INFO, whatever its level says, and drops it where only WARN is asked for.
        logs.json().flatten_event(true).with_current_span(false).with_span_list(false).init();
    } else {
        logs.without_time().init();
    }
}

/// Logs the outcome of a registration. `request_id` is Lambda's.
pub fn registration(request_id: &str, outcome: &Result<Client, RegistrationError>, status: StatusCode, effort: Effort) {
    let status = status.as_u16();
    let Effort { attempts, duration } = effort;
    let dynamodb_ms = (duration.as_secs_f64() * 1e6).round() / 1e3; // to the microsecond
    let refused = |code: ErrorCode, member: Option<&'static str>, reason: String| {
        let error = code.as_str();
        info!(request_id, outcome = "refused", status, error, member, reason, "registration");
    };
    match outcome {
        Ok(client) => {
            let client_id = client.client_id();
            info!(request_id, outcome = "registered", status, %client_id, dynamodb_ms, attempts, "registration");
        }
        Err(RegistrationError::Read(error)) => {
            refused(error.into(), error.member(), error.to_string());
        }
        Err(RegistrationError::Metadata(error)) => {
            // Without its place in the list, so that one reason is one row wherever reasons are counted.
            let reason = match error {
                MetadataError::RedirectUri(_, error) => error.to_string(),
                error => error.to_string(),
            };
            refused(error.into(), Some(error.member()), reason);
        }
        Err(RegistrationError::Store(cause @ StoreError::Throttled(_))) => {
            warn!(request_id, outcome = "throttled", status, %cause, dynamodb_ms, attempts, "registration");
        }
        Err(RegistrationError::Store(cause @ StoreError::Unavailable(_))) => {
            error!(request_id, outcome = "unavailable", status, %cause, dynamodb_ms, attempts, "registration");
        }
        Err(RegistrationError::Store(cause @ (StoreError::Rejected(_) | StoreError::ClientIdTaken))) => {
            error!(request_id, outcome = "failed", status, %cause, dynamodb_ms, attempts, "registration");
        }
    }
}

/// Logs a request that was not a registration: a `preflight`, or a `method_not_allowed`. The message is the same, as it is what the
/// template's metric filter counts by.
pub fn other(request_id: &str, outcome: &'static str, status: StatusCode) {
    info!(request_id, outcome, status = status.as_u16(), "registration");
}
