//! What one request can meet, and what it means if it stays. No retry loses a client, and none claims one.

use std::fs;

use dev::dynamodb::Table;
use dev::wire::{Fault, Wire, always, once};
use serde_json::Value;

use super::{NO_TIME_OUT, Trial};
use crate::events;
use crate::support::start;

/// The answer to a fault that stays.
#[derive(Clone, Copy, Debug)]
enum Stays {
    /// The caller should come back.
    Unavailable = 503,
    /// The caller should come back later.
    Throttled = 429,
    /// Something else answered; retrying in five seconds would not help.
    Failed = 500,
}

const AN_ERROR: &str = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ValidationException","message":"as scripted"}"#;

const FAULTS: [(Fault, Stays); 22] = [
    (Fault::ResetBeforeWrite, Stays::Unavailable),
    (Fault::Exception(500, "InternalServerError"), Stays::Unavailable),
    (Fault::Exception(503, "ServiceUnavailable"), Stays::Unavailable),
    (Fault::Garbage(502), Stays::Unavailable),
    // Two regions of a global table with strong consistency have met.
    (Fault::Exception(400, "ReplicatedWriteConflictException"), Stays::Unavailable),
    (Fault::Exception(400, "RequestTimeout"), Stays::Unavailable),
    (Fault::Exception(400, "RequestTimeoutException"), Stays::Unavailable),
    (Fault::Exception(400, "LimitExceededException"), Stays::Throttled),
    (Fault::Exception(400, "ThrottlingException"), Stays::Throttled),
    (Fault::Exception(400, "ProvisionedThroughputExceededException"), Stays::Throttled),
    (Fault::Exception(400, "RequestLimitExceeded"), Stays::Throttled),
    // DynamoDB never answers so; a proxy on the way may.
    (Fault::Garbage(429), Stays::Throttled),
    (Fault::Garbage(200), Stays::Failed),
    (Fault::NotHttp, Stays::Failed),
    // Successes to the SDK; but not DynamoDB's, so nothing says that the item is stored.
    (Fault::Success { status: 200, request_id: false, body: "" }, Stays::Failed),
    (Fault::Success { status: 200, request_id: false, body: "{}" }, Stays::Failed),
    (Fault::Success { status: 202, request_id: false, body: "" }, Stays::Failed),
    (Fault::Success { status: 204, request_id: false, body: "" }, Stays::Failed),
    (Fault::Success { status: 200, request_id: false, body: AN_ERROR }, Stays::Failed),
    (Fault::Success { status: 200, request_id: true, body: AN_ERROR }, Stays::Failed),
    (Fault::Success { status: 202, request_id: true, body: "{}" }, Stays::Failed),
    (Fault::Success { status: 200, request_id: true, body: "It works!" }, Stays::Failed),
];

/// The write happened, and the reply that says so did not arrive; the retry is refused because of the item it finds: its own.
const LOST_REPLIES: [Fault; 3] = [Fault::LoseReply, Fault::ResetAfterWrite, Fault::TruncateReply];

#[tokio::test]
async fn a_fault_that_passes_costs_an_attempt_and_no_client() {
    for fault in FAULTS.map(|(fault, _)| fault).into_iter().chain(LOST_REPLIES) {
        let trial = Trial::over(once(fault)).await;
        assert_eq!(trial.reply.status.as_u16(), 201, "{fault:?}");
        trial.assert_registered(2, NO_TIME_OUT);
    }
}

#[tokio::test]
async fn a_fault_that_stays_is_answered_after_three_attempts_and_nothing_is_stored() {
    for (fault, stays) in FAULTS {
        let trial = Trial::over(always(fault)).await;
        assert_eq!(trial.reply.status.as_u16(), stays as u16, "{fault:?}");
        match stays {
            Stays::Unavailable => trial.assert_unavailable(NO_TIME_OUT),
            Stays::Throttled => trial.assert_throttled(),
            Stays::Failed => trial.assert_failed(3),
        }
        assert_eq!(trial.table.items(), [] as [Value; 0], "{fault:?}");
    }
}

/// All replies lost: an error leaves an item behind, as nobody can know of the write. No caller knows its identifier.
#[tokio::test]
async fn replies_lost_for_good_are_503_and_leave_one_item() {
    for fault in LOST_REPLIES {
        let trial = Trial::over(always(fault)).await;
        trial.assert_unavailable(NO_TIME_OUT);
        trial.table.only_item();
    }
}

/// The last because nothing shows that the item is ours, so it is not.
#[tokio::test]
async fn what_no_retry_changes_is_500_after_one_attempt() {
    for name in ["AccessDeniedException", "ExpiredTokenException", "ConditionalCheckFailedException"] {
        Trial::over(always(Fault::Exception(400, name))).await.assert_failed(1);
    }
}

#[tokio::test]
async fn a_reply_of_more_than_a_mebibyte_is_not_read() {
    for (length, status) in [(1 << 20, 201), ((1 << 20) + 1, 503)] {
        let body = Box::leak(("{}".to_owned() + &" ".repeat(length - 2)).into_boxed_str());
        let trial = Trial::over(always(Fault::Success { status: 200, request_id: true, body })).await;
        assert_eq!(trial.reply.status, status, "{length}: {}", trial.reply.body);
    }
}

/// The function has 128 MB; in a second, an attempt's time, loopback brings more.
#[tokio::test]
async fn a_reply_without_end_fills_no_memory_and_is_no_registration() {
    let table = Table::start().await;
    let wire = Wire::to(&table.url, |nth| if nth == 0 { Fault::Pass } else { Fault::Endless }).await; // the warm-up first
    let function = start(&wire.url, &[]).await;
    function.invoke("endless", &events::all()["register-minimal"]);

    let status = function.result().await.1["statusCode"].as_u64();

    let memory = fs::read_to_string(format!("/proc/{}/status", function.process_id())).unwrap();
    let peak = memory.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kibibytes: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    function.stop().await;
    assert_eq!(status, Some(503));
    assert!(kibibytes < 100 * 1024, "{peak} at the peak");
    assert_eq!(wire.crossings().len(), 1 + 3);
    assert_eq!(table.items(), [] as [Value; 0]);
}
