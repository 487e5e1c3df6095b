//! The network and DynamoDB fail in every way they can, once and always. Each test says what the caller is
//! answered, after how many attempts, inside which time, and what is then in the table.

use std::time::{Duration, Instant};

use aws_config::SdkConfig;
use dev::dynamodb::{TABLE_NAME, Table, sdk_config};
use dev::wire::{Fault, Wire};
use dynamic_client_registration::attempts::Effort;
use dynamic_client_registration::failure::StoreError;
use dynamic_client_registration::{Client, ClientMetadata, ClientStore, Handler, Policy, RegistrationRequest};
use serde_json::Value;
use tokio::time::timeout;

use crate::support::{Reply, full, post};

mod faults;
mod frozen;
mod limits;
mod lost_reply;
mod refused;
mod slow;
mod unreachable;

/// Less than all attempts' time-outs would take, on a machine that is busy with other things.
const NO_TIME_OUT: Duration = Duration::from_secs(3);
/// One attempt's time-out has passed, or three of connecting.
const SOME_TIME_OUTS: Duration = Duration::from_secs(4);
/// The platform ends what takes longer.
const FUNCTION_TIMEOUT: Duration = Duration::from_secs(10);
/// All attempts' time-outs have passed, and the function's has not.
const ALL_TIME_OUTS: Duration = Duration::from_secs(6);

/// One registration of every member, and what came of it.
struct Trial {
    reply: Reply,
    took: Duration,
    table: Table,
    wire: Wire,
}

impl Trial {
    async fn over(script: impl Fn(usize) -> Fault + Send + Sync + 'static) -> Self {
        let table = Table::start().await;
        let wire = Wire::to(&table.url, script).await;
        let (reply, took) = register(&sdk_config(&wire.url).unwrap(), TABLE_NAME).await;
        Self { reply, took, table, wire }
    }

    /// 201 after `attempts` requests to DynamoDB inside `bound`, and the client answered is the one item of the table.
    #[track_caller]
    fn assert_registered(&self, attempts: usize, bound: Duration) {
        let registered = self.reply.assert_registered("a survivable fault");
        self.assert_effort(attempts, bound);
        assert_eq!(self.table.only_item()["client_id"]["S"], registered["client_id"]);
    }

    /// 429 after three attempts, and nothing stored.
    #[track_caller]
    fn assert_throttled(&self) {
        self.reply.assert_errors(
            429,
            "Too many requests",
            &[("access-control-expose-headers", RETRY_HEADERS), ("retry-after", "5"), ("x-ratelimit-reset", "5")],
        );
        self.assert_effort(3, NO_TIME_OUT);
        assert_eq!(self.table.items(), [] as [Value; 0]);
    }

    /// 503 after three attempts inside `bound`.
    #[track_caller]
    fn assert_unavailable(&self, bound: Duration) {
        assert_unavailable(&self.reply);
        self.assert_effort(3, bound);
    }

    /// 500 after `attempts`, and nothing stored.
    #[track_caller]
    fn assert_failed(&self, attempts: usize) {
        assert_failed(&self.reply);
        self.assert_effort(attempts, NO_TIME_OUT);
        assert_eq!(self.table.items(), [] as [Value; 0]);
    }

    #[track_caller]
    fn assert_effort(&self, attempts: usize, bound: Duration) {
        let crossings = self.wire.crossings();
        assert_eq!(crossings.len(), attempts, "{crossings:?}");
        assert!(self.took < bound, "it took {:?}, not {bound:?} at most", self.took);
    }
}

const RETRY_HEADERS: &str = "Retry-After, X-RateLimit-Reset";

#[track_caller]
fn assert_unavailable(reply: &Reply) {
    reply.assert_errors(
        503,
        "Service Unavailable",
        &[("access-control-expose-headers", RETRY_HEADERS), ("retry-after", "5")],
    );
}

#[track_caller]
fn assert_failed(reply: &Reply) {
    reply.assert_errors(500, "Internal Server Error", &[]);
}

async fn register(config: &SdkConfig, table_name: &str) -> (Reply, Duration) {
    let store = ClientStore::new(config, table_name.to_owned());
    let handler = Handler::new(store, Policy::default());
    let started = Instant::now();
    let request = post(full().to_string());
    let reply = timeout(FUNCTION_TIMEOUT, handler.handle("test-request", &request))
        .await
        .expect("an answer before the function's time-out");
    (Reply::from(reply), started.elapsed())
}

/// Inserts a new client, without an endpoint around the store.
async fn insert(store: &ClientStore) -> (Result<(), StoreError>, Effort) {
    let request = RegistrationRequest::parse(full().to_string().as_bytes()).unwrap();
    let metadata = ClientMetadata::validate(request, &Policy::default()).unwrap();
    store.insert(&Client::issue(metadata, None)).await
}
