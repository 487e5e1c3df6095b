//! The network and DynamoDB fail in every way they can, once and always. Each test says what the caller is
//! answered, after how many attempts, inside which time, and what is then in the table.
//!
//! The SDK grants one process a quota of 500 retry tokens: a retry costs 5 or, where the network failed, 10, and comes back if
//! it helps. All these tests together spend some 300.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use aws_config::SdkConfig;
use aws_sdk_dynamodb::config::{AsyncSleep, Sleep};
use dev::dynamodb::{TABLE_NAME, Table, sdk_config};
use dev::wire::{ANOTHER_CLIENT, Fault, Wire, always, once};
use dynamic_client_registration::attempts::{CONNECT_TIMEOUT, Effort, MAX_ATTEMPTS};
use dynamic_client_registration::{Client, ClientMetadata, ClientStore, Handler, Policy, RegistrationRequest};
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use crate::support::{Reply, minimal, post};

/// Less than any of the store's time-outs would take together, on a machine that is busy with other things.
const NO_TIME_OUT: Duration = Duration::from_secs(4);
/// One attempt's time-out has passed, or three of connecting.
const SOME_TIME_OUTS: Duration = Duration::from_secs(6);
/// The platform ends what takes longer.
const FUNCTION_TIMEOUT: Duration = Duration::from_secs(10);
/// The whole operation's time-out has passed, and the function's has not.
const ALL_TIME_OUTS: Duration = Duration::from_secs(9);

/// One registration of the smallest honest body, and what came of it.
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
    let request = post(minimal().to_string());
    let reply = timeout(FUNCTION_TIMEOUT, handler.handle("test-request", &request))
        .await
        .expect("an answer before the function's time-out");
    (Reply::from(reply), started.elapsed())
}

/// What an insert took, for the faults in which no request ever arrives to be counted.
async fn effort_of_insert(config: &SdkConfig) -> Effort {
    let request = RegistrationRequest::parse(minimal().to_string().as_bytes()).unwrap();
    let metadata = ClientMetadata::prove(request, &Policy::default()).unwrap();
    let store = ClientStore::new(config, TABLE_NAME.to_owned());
    let (result, effort) = store.insert(&Client::issue(metadata, None)).await;
    result.unwrap_err();
    effort
}

mod slow {
    use super::*;

    #[tokio::test]
    async fn a_slow_reply_is_waited_for() {
        let delay = Fault::Delay(Duration::from_millis(700));
        let trial = Trial::over(always(delay)).await;
        trial.assert_registered(1, NO_TIME_OUT);
    }

    #[tokio::test]
    async fn one_request_without_a_reply_does_not_lose_the_client() {
        let trial = Trial::over(once(Fault::Silence)).await;
        trial.assert_registered(2, SOME_TIME_OUTS);
    }

    #[tokio::test]
    async fn a_table_that_never_replies_is_503_before_the_function_times_out() {
        let trial = Trial::over(always(Fault::Silence)).await;
        trial.assert_unavailable(ALL_TIME_OUTS);
        assert_eq!(trial.table.items(), [] as [Value; 0]);
    }

    /// The slow request may still be carried out, as nobody can call it back; the retry finds its item or makes it.
    #[tokio::test]
    async fn a_request_overtaken_by_its_own_retry_leaves_one_item() {
        let delay = Fault::Delay(Duration::from_millis(2_500));
        let trial = Trial::over(once(delay)).await;
        trial.assert_registered(2, SOME_TIME_OUTS);

        tokio::time::sleep(Duration::from_secs(1)).await;
        trial.table.only_item();
    }
}

mod unreachable {
    use super::*;

    /// Refuses connections until the SDK pauses before its first retry, and is a wire from then on.
    #[derive(Debug)]
    struct ListensAtTheFirstPause {
        socket: Mutex<Option<TcpSocket>>,
        table_url: String,
        wire: Arc<OnceLock<Wire>>,
    }

    impl AsyncSleep for ListensAtTheFirstPause {
        fn sleep(&self, duration: Duration) -> Sleep {
            // The SDK sleeps for its time-outs too, all of them longer than this pause.
            if duration < CONNECT_TIMEOUT
                && let Some(socket) = self.socket.lock().unwrap().take()
            {
                let listener = socket.listen(16).unwrap();
                let wire = Wire::behind(listener, &self.table_url, always(Fault::Pass));
                self.wire.set(wire).unwrap();
            }
            Sleep::new(tokio::time::sleep(duration))
        }
    }

    /// A port of ours that nobody listens on, and its address.
    fn deaf() -> (TcpSocket, String) {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let url = format!("http://{}", socket.local_addr().unwrap());
        (socket, url)
    }

    #[tokio::test]
    async fn one_refused_connection_does_not_lose_the_client() {
        let table = Table::start().await;
        let (socket, url) = deaf();
        let wire = Arc::new(OnceLock::new());
        let config = sdk_config(&url)
            .unwrap()
            .into_builder()
            .sleep_impl(ListensAtTheFirstPause {
                socket: Mutex::new(Some(socket)),
                table_url: table.url.clone(),
                wire: Arc::clone(&wire),
            })
            .build();

        let (reply, took) = register(&config, TABLE_NAME).await;

        let registered = reply.assert_registered("a survivable fault");
        assert_eq!(table.only_item()["client_id"]["S"], registered["client_id"]);
        let wire = wire.get().expect("a pause before a retry");
        assert_eq!(wire.crossings().len(), 1, "the second attempt is the one that arrived");
        assert!(took < NO_TIME_OUT, "{took:?}");
    }

    #[tokio::test]
    async fn connections_refused_for_good_are_503_after_three_attempts() {
        let (_socket, url) = deaf();
        let config = sdk_config(&url).unwrap();

        let (reply, took) = register(&config, TABLE_NAME).await;

        assert_unavailable(&reply);
        assert!(took < NO_TIME_OUT, "{took:?}");
        assert_eq!(effort_of_insert(&config).await.attempts, MAX_ATTEMPTS);
    }

    #[tokio::test]
    async fn connections_that_never_open_are_503_after_three_attempts() {
        // A listener whose queue is full: the kernel drops what else would connect.
        let (socket, url) = deaf();
        let listener = socket.listen(0).unwrap();
        let _queued = TcpStream::connect(listener.local_addr().unwrap()).await;

        let config = sdk_config(&url).unwrap();
        let ((reply, took), effort) = tokio::join!(register(&config, TABLE_NAME), effort_of_insert(&config));

        assert_unavailable(&reply);
        assert!(took < SOME_TIME_OUTS, "{took:?}");
        assert!(took > CONNECT_TIMEOUT * MAX_ATTEMPTS, "connections should hang here: {took:?}");
        assert_eq!(effort.attempts, MAX_ATTEMPTS);
        assert!(effort.duration > CONNECT_TIMEOUT * MAX_ATTEMPTS);
    }
}

mod reset {
    use super::*;

    #[tokio::test]
    async fn one_reset_before_the_write_does_not_lose_the_client() {
        let trial = Trial::over(once(Fault::ResetBeforeWrite)).await;
        trial.assert_registered(2, NO_TIME_OUT);
    }

    #[tokio::test]
    async fn resets_before_every_write_are_503_and_nothing_is_stored() {
        let trial = Trial::over(always(Fault::ResetBeforeWrite)).await;
        trial.assert_unavailable(NO_TIME_OUT);
        assert_eq!(trial.table.items(), [] as [Value; 0]);
    }

    /// The function is frozen between requests, and wakes up to connections that were closed meanwhile.
    #[tokio::test]
    async fn a_connection_closed_while_idle_costs_nothing() {
        let table = Table::start().await;
        let wire = Wire::to(&table.url, always(Fault::CloseWhenIdle)).await;
        let store = ClientStore::new(&sdk_config(&wire.url).unwrap(), TABLE_NAME.to_owned());
        let handler = Handler::new(store, Policy::default());
        for count in 1..=5 {
            let request = post(minimal().to_string());
            let reply = Reply::from(handler.handle("test-request", &request).await);
            reply.assert_registered(count);
            assert_eq!(table.items().len(), count);
        }
    }
}

/// The write happened and the caller of DynamoDB was not told. Its retry is refused by its own item.
mod lost_reply {
    use super::*;

    #[tokio::test]
    async fn a_lost_reply_does_not_lose_the_client() {
        let trial = Trial::over(once(Fault::LoseReply)).await;
        trial.assert_registered(2, NO_TIME_OUT);
    }

    #[tokio::test]
    async fn a_reset_after_the_write_does_not_lose_the_client() {
        let trial = Trial::over(once(Fault::ResetAfterWrite)).await;
        trial.assert_registered(2, NO_TIME_OUT);
    }

    #[tokio::test]
    async fn a_reply_cut_in_the_middle_does_not_lose_the_client() {
        let trial = Trial::over(once(Fault::TruncateReply)).await;
        trial.assert_registered(2, NO_TIME_OUT);
    }

    #[tokio::test]
    async fn a_refused_retry_whose_reply_is_lost_too_does_not_lose_the_client() {
        let trial = Trial::over(|nth| match nth {
            0 => Fault::LoseReply,
            1 => Fault::TruncateReply,
            _ => Fault::Pass,
        })
        .await;
        trial.assert_registered(3, NO_TIME_OUT);
    }

    /// The one case in which a refusal leaves an item behind: nobody can know of the write. No caller knows its identifier.
    #[tokio::test]
    async fn replies_lost_for_good_are_503_and_leave_one_item() {
        for fault in [Fault::LoseReply, Fault::ResetAfterWrite, Fault::TruncateReply] {
            let trial = Trial::over(always(fault)).await;
            trial.assert_unavailable(NO_TIME_OUT);
            trial.table.only_item();
        }
    }

    #[tokio::test]
    async fn a_lost_reply_and_then_throttling_is_429_and_leaves_one_item() {
        let trial = Trial::over(|nth| match nth {
            0 => Fault::LoseReply,
            _ => Fault::Exception(400, "ThrottlingException"),
        })
        .await;
        assert_eq!(trial.reply.status, 429);
        trial.assert_effort(3, NO_TIME_OUT);
        trial.table.only_item();
    }
}

/// DynamoDB limits the rate under three names.
mod throttled {
    use super::*;

    const NAMES: [&str; 3] = ["ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded"];

    #[tokio::test]
    async fn one_throttled_attempt_does_not_lose_the_client() {
        for name in NAMES {
            let trial = Trial::over(once(Fault::Exception(400, name))).await;
            trial.assert_registered(2, NO_TIME_OUT);
        }
    }

    #[tokio::test]
    async fn throttling_for_good_is_429_and_says_when_to_come_back() {
        for name in NAMES {
            let trial = Trial::over(always(Fault::Exception(400, name))).await;
            trial.assert_throttled();
        }
    }

    /// DynamoDB never answers so; a proxy on the way may.
    #[tokio::test]
    async fn a_429_of_somebody_on_the_way_is_429() {
        let trial = Trial::over(always(Fault::Garbage(429))).await;
        trial.assert_throttled();
    }
}

mod server_error {
    use super::*;

    const ANSWERS: [Fault; 3] = [
        Fault::Garbage(502),
        Fault::Exception(500, "InternalServerError"),
        Fault::Exception(503, "ServiceUnavailable"),
    ];

    #[tokio::test]
    async fn one_server_error_does_not_lose_the_client() {
        for fault in ANSWERS {
            let trial = Trial::over(once(fault)).await;
            trial.assert_registered(2, NO_TIME_OUT);
        }
    }

    #[tokio::test]
    async fn server_errors_for_good_are_503_and_nothing_is_stored() {
        for fault in ANSWERS {
            let trial = Trial::over(always(fault)).await;
            trial.assert_unavailable(NO_TIME_OUT);
            assert_eq!(trial.table.items(), [] as [Value; 0]);
        }
    }
}

mod garbage {
    use super::*;

    #[tokio::test]
    async fn one_reply_that_is_not_json_does_not_lose_the_client() {
        let trial = Trial::over(once(Fault::Garbage(200))).await;
        trial.assert_registered(2, NO_TIME_OUT);
    }

    /// It was reached and answered; to come back in five seconds would be no advice.
    #[tokio::test]
    async fn replies_that_are_not_json_are_500() {
        let trial = Trial::over(always(Fault::Garbage(200))).await;
        trial.assert_failed(3);
    }

    #[tokio::test]
    async fn one_reply_that_is_not_http_does_not_lose_the_client() {
        let trial = Trial::over(once(Fault::NotHttp)).await;
        trial.assert_registered(2, NO_TIME_OUT);
    }

    #[tokio::test]
    async fn replies_that_are_not_http_are_500() {
        let trial = Trial::over(always(Fault::NotHttp)).await;
        trial.assert_failed(3);
    }
}

mod collision {
    use super::*;

    /// Random identifiers do not collide, so there is no second one; what matters is that the other client stays as it was.
    #[tokio::test]
    async fn a_taken_identifier_is_500_and_the_other_client_is_left_alone() {
        let trial = Trial::over(always(Fault::Collide)).await;

        assert_failed(&trial.reply);
        trial.assert_effort(1, NO_TIME_OUT);
        let taken = &trial.wire.crossings()[0].input["Item"]["client_id"];
        assert_eq!(trial.table.only_item(), json!({ "client_id": taken, "client_name": { "S": ANOTHER_CLIENT } }));
    }
}

/// What no retry mends, so none is made.
mod refused {
    use super::*;

    #[tokio::test]
    async fn a_missing_table_is_500() {
        let table = Table::start().await;
        let wire = Wire::to(&table.url, always(Fault::Pass)).await;

        let (reply, took) = register(&sdk_config(&wire.url).unwrap(), "no-such-table").await;

        assert_failed(&reply);
        assert_eq!(wire.crossings().len(), 1);
        assert!(took < NO_TIME_OUT, "{took:?}");
    }

    #[tokio::test]
    async fn a_missing_permission_is_500() {
        let trial = Trial::over(always(Fault::Exception(400, "AccessDeniedException"))).await;
        trial.assert_failed(1);
    }

    #[tokio::test]
    async fn expired_credentials_are_500() {
        let trial = Trial::over(always(Fault::Exception(400, "ExpiredTokenException"))).await;
        trial.assert_failed(1);
    }

    #[tokio::test]
    async fn no_credentials_are_500() {
        let table = Table::start().await;
        let wire = Wire::to(&table.url, always(Fault::Pass)).await;
        let mut config = sdk_config(&wire.url).unwrap().into_builder();
        config.set_credentials_provider(None);

        let config = config.build();
        let (reply, took) = register(&config, TABLE_NAME).await;

        assert_failed(&reply);
        assert_eq!(effort_of_insert(&config).await.attempts, 0);
        assert!(wire.crossings().is_empty());
        assert!(took < NO_TIME_OUT, "{took:?}");
    }
}
