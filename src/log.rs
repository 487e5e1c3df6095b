//! The log, and the one line that a request leaves in it: enough to find out later why a client was refused, and
//! nothing of what was sent.
//!
//! Every value is one of our own constants, a number, the cause of a failure on our side or, if it is not on an
//! operator's list, an origin. The subscriber escapes what it writes, so no caller can forge a line.

use lambda_http::http::StatusCode;
use tracing::field::display;
use tracing::level_filters::LevelFilter;
use tracing::{error, info, warn};

use crate::environment::variable;
use crate::failure::StoreError;
use crate::member::Member;
use crate::metadata::MetadataError;
use crate::outcome::{Outcome, Refusal};

/// Starts the log as Lambda's logging controls say: `AWS_LAMBDA_LOG_FORMAT` is `JSON` or `Text`, and
/// `AWS_LAMBDA_LOG_LEVEL` is a level, `INFO` by default. `FATAL` counts as `ERROR`, the highest level here.
pub fn start() {
    let level = match variable("AWS_LAMBDA_LOG_LEVEL") {
        Some(level) if level.eq_ignore_ascii_case("FATAL") => LevelFilter::ERROR,
        level => level.and_then(|level| level.parse().ok()).unwrap_or(LevelFilter::INFO),
    };
    // At TRACE the Lambda runtime would write whole events, including the callers' addresses.
    let logs = tracing_subscriber::fmt().with_max_level(level.min(LevelFilter::DEBUG)).with_target(false);
    if variable("AWS_LAMBDA_LOG_FORMAT").is_some_and(|format| format.eq_ignore_ascii_case("json")) {
        // One flat object per line, so that metric filters and log queries need no paths. With a timestamp: without
        // one, Lambda takes every line for INFO, whatever its level, and drops it if only WARN is wanted.
        logs.json().flatten_event(true).with_current_span(false).with_span_list(false).init();
    } else {
        logs.without_time().init();
    }
}

/// The longest origin in the log, in characters. A scheme may be longer.
const MAX_ORIGIN_CHARS: usize = 255;

/// Logs how a request ended. `request_id` is Lambda's, and `status` is the answer's.
pub fn outcome(request_id: &str, outcome: &Outcome, status: StatusCode) {
    let status = status.as_u16();
    let (client, refusal, cause, effort) = match outcome {
        Outcome::Registered(client, effort) => (Some(client), None, None, Some(effort)),
        Outcome::Refused(refusal) => (None, Some(refusal), None, None),
        Outcome::NotStored(cause, effort) => (None, None, Some(cause.to_string()), Some(effort)),
        Outcome::Preflight | Outcome::MethodNotAllowed => (None, None, None, None),
    };
    let client_id = client.map(|client| display(client.client_id()));
    let error = refusal.map(|refusal| refusal.code().as_str());
    let member = refusal.and_then(Refusal::member).map(Member::as_str);
    let reason = refusal.map(reason);
    let origin = refusal.and_then(Refusal::origin).or_else(|| client?.metadata().left_out());
    let origin = origin.map(|origin| origin.to_string().chars().take(MAX_ORIGIN_CHARS).collect::<String>());
    let dynamodb_ms = effort.map(|effort| (effort.duration.as_secs_f64() * 1e6).round() / 1e3); // to the microsecond
    let attempts = effort.map(|effort| effort.attempts);

    // Members without a value are left out. The message is always the same, because metric filters look for it.
    macro_rules! log_line {
        ($level:ident) => {
            $level!(
                { request_id, outcome = outcome.as_str(), status, client_id, error, member, reason, origin, cause,
                dynamodb_ms, attempts },
                "registration"
            )
        };
    }
    match outcome {
        Outcome::NotStored(StoreError::Throttled(_), _) => log_line!(warn),
        Outcome::NotStored(..) => log_line!(error),
        _ => log_line!(info),
    }
}

/// The rule that was broken, without the position in the list, so that each rule is one row when reasons are counted.
fn reason(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Metadata(MetadataError::RedirectUri(_, error)) => error.to_string(),
        Refusal::Metadata(MetadataError::OriginNotListed(..)) => {
            "the origin of a redirect URI is not listed".to_owned()
        }
        refusal => refusal.to_string(),
    }
}
