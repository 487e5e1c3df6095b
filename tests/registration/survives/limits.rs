//! How long an insert waits, how often it tries, and what is left of its retries after an outage.

use std::collections::VecDeque;
use std::future::ready;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use aws_config::SdkConfig;
use aws_sdk_dynamodb::config::{AsyncSleep, Sleep};
use aws_smithy_async::time::TimeSource;
use dev::dynamodb::{TABLE_NAME, Table, sdk_config};
use dev::wire::{Fault, Wire, always};
use dynamic_client_registration::{ClientStore, Handler, Policy};

use super::insert;
use crate::support::{LOGS_JSON, Reply, minimal, post, start};
use crate::{events, logs};

/// The clock of an SDK: its time passes when the test says so, and its pauses before a retry end at once.
#[derive(Clone, Debug, Default)]
pub(super) struct Clock {
    pub(super) seconds: Arc<AtomicU64>,
    /// What the SDK has waited for, time-outs and pauses.
    waits: Arc<Mutex<Vec<Duration>>>,
}

impl TimeSource for Clock {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000 + self.seconds.load(Ordering::SeqCst))
    }
}

impl AsyncSleep for Clock {
    fn sleep(&self, duration: Duration) -> Sleep {
        self.waits.lock().unwrap().push(duration);
        if is_pause(duration) { Sleep::new(ready(())) } else { Sleep::new(tokio::time::sleep(duration)) }
    }
}

/// Before the first retry the SDK pauses for 0.1 seconds at most, before the second for 0.2.
fn is_pause(wait: Duration) -> bool {
    wait <= Duration::from_millis(200)
}

pub(super) fn config(wire: &Wire, clock: &Clock) -> SdkConfig {
    sdk_config(&wire.url).unwrap().into_builder().sleep_impl(clock.clone()).time_source(clock.clone()).build()
}

#[tokio::test]
async fn an_insert_is_tried_three_times_with_half_a_second_to_connect_1_for_an_attempt_and_4_in_all() {
    let table = Table::start().await;
    let wire = Wire::to(&table.url, always(Fault::ResetBeforeWrite)).await;
    let clock = Clock::default();

    insert(&ClientStore::new(&config(&wire, &clock), TABLE_NAME.to_owned())).await.0.unwrap_err();

    assert_eq!(wire.crossings().len(), 3);
    let mut waits = clock.waits.lock().unwrap().clone();
    waits.retain(|wait| *wait < Duration::from_secs(10)); // the rest is for loading credentials, which are there at once
    let (pauses, mut time_outs): (Vec<Duration>, Vec<_>) = waits.into_iter().partition(|wait| is_pause(*wait));
    assert_eq!(pauses.len(), 2, "{pauses:?}");
    time_outs.sort_unstable();
    assert_eq!(time_outs, [500, 500, 500, 1_000, 1_000, 1_000, 4_000].map(Duration::from_millis));
}

/// An instance that has lived through an outage retries again a minute later; until then it does not, and another store
/// is not affected.
#[tokio::test]
async fn an_outage_uses_up_the_retries_of_one_store_and_a_minute_brings_some_back() {
    let table = Table::start().await;
    let faults = Arc::new(Mutex::new(VecDeque::new()));
    let next = Arc::clone(&faults);
    let wire = Wire::to(&table.url, move |_| next.lock().unwrap().pop_front().unwrap_or(Fault::ResetBeforeWrite)).await;
    let clock = Clock::default();
    let endpoint = || {
        let store = ClientStore::new(&config(&wire, &clock), TABLE_NAME.to_owned());
        Handler::new(store, Policy::default())
    };
    // The status of one more registration, and how many requests it took.
    let register = async |handler: &Handler, script: &[Fault]| {
        faults.lock().unwrap().extend(script);
        let before = wire.crossings().len();
        let reply = Reply::from(handler.handle("test-request", &post(minimal().to_string())).await);
        (reply.status.as_u16(), wire.crossings().len() - before)
    };
    let handler = endpoint();

    let mut outage = Vec::new();
    for _ in 0..60 {
        outage.push(register(&handler, &[]).await);
    }

    assert_eq!((outage[0], outage[59]), ((503, 3), (503, 1)), "{outage:?}");
    assert_eq!(register(&handler, &[Fault::LoseReply]).await, (503, 1));
    assert_eq!(register(&endpoint(), &[Fault::LoseReply, Fault::Pass]).await, (201, 2));
    clock.seconds.store(60, Ordering::SeqCst);
    assert_eq!(register(&handler, &[Fault::LoseReply, Fault::Pass]).await, (201, 2));
}

/// A Managed Instance may have as many callers at once as lose their replies here; a few at a time, so that a busy machine
/// has time for each.
#[tokio::test]
async fn if_all_callers_of_an_instance_lose_their_replies_each_has_all_its_retries() {
    const CALLERS: usize = 64;
    let table = Table::start().await;
    let wire = Wire::to(&table.url, |nth| if nth == 0 { Fault::Pass } else { Fault::LoseReply }).await; // the warm-up first
    let function = start(&wire.url, &[LOGS_JSON, ("AWS_LAMBDA_MAX_CONCURRENCY", &CALLERS.to_string())]).await;
    for _ in 0..CALLERS / 8 {
        (0..8).for_each(|caller| function.invoke(&caller.to_string(), &events::all()["register-minimal"]));
        for _ in 0..8 {
            assert_eq!(function.result().await.1["statusCode"], 503);
        }
    }
    // On a busy machine the warm-up may also have left a line.
    let lines = logs::lines(function).await;
    let attempts: Vec<_> = lines.iter().filter_map(|line| line.get("attempts")?.as_u64()).collect();
    assert_eq!(attempts, [3; CALLERS]);
}

#[tokio::test]
async fn the_warm_up_takes_a_second_at_most() {
    let table = Table::start().await;
    let wire = Wire::to(&table.url, always(Fault::Silence)).await;
    let started = Instant::now();
    crate::support::store(&wire.url).await.warm_up().await;
    assert!(started.elapsed() < Duration::from_millis(2_500), "and what a busy machine takes: {:?}", started.elapsed());
}
