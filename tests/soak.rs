//! Thirty-two callers register at once through the local server while the wire to DynamoDB, and the callers' own, fail
//! at random. At the end every client that was answered 201 is in the table, once, and whatever else is there is
//! explained.
//!
//! `SOAK_REGISTRATIONS` makes it longer, `SOAK_SEED` repeats a run's faults:
//! `SOAK_REGISTRATIONS=20000 cargo test --test soak -- --nocapture`

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a broken promise ends the run, and its figures are for a terminal"
)]

use std::collections::{BTreeMap, HashMap, HashSet};
use std::env;
use std::hash::{BuildHasher, DefaultHasher, Hash, Hasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::http::Request;
use dev::dynamodb::{TABLE_NAME, Table, sdk_config, untyped};
use dev::server;
use dev::wire::{self, ANOTHER_CLIENT, Crossing, Fault, Wire};
use dynamic_client_registration::{ClientStore, Handler, Policy};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::time::timeout;

const CALLERS: usize = 32;
/// The function's time-out. A caller who waits longer hears from the platform, not from us.
const FUNCTION_TIMEOUT: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
async fn every_client_answered_201_is_in_the_table_once_and_whatever_else_is_there_is_explained() {
    let registrations = env::var("SOAK_REGISTRATIONS").map_or(1_000, |number| number.parse().unwrap());
    let seed = env::var("SOAK_SEED").map_or_else(|_| RandomState::new().hash_one(0), |seed| seed.parse().unwrap());
    println!("soak: seed {seed}");
    soak(registrations, seed).await;
}

/// What a caller was told.
#[derive(Clone, Debug)]
enum Told {
    /// 201, with the client information.
    Registered(Value),
    /// 429, 503 or 500.
    Failed(u16),
    /// The caller's own line was cut.
    Nothing,
}

async fn soak(registrations: usize, seed: u64) {
    let table = Table::start().await;
    let inner = Wire::to(&table.url, move |nth| weather(seed, nth)).await;
    let store = ClientStore::new(&sdk_config(&inner.url).unwrap(), TABLE_NAME.to_owned());
    let handler = Handler::new(store, Policy::default());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, server::router(handler)).into_future());
    let outer = Wire::to(&endpoint, move |nth| drizzle(!seed, nth)).await;

    let started = Instant::now();
    let next = Arc::new(AtomicUsize::new(0));
    let callers: Vec<_> =
        (0..CALLERS).map(|_| tokio::spawn(call(outer.url.clone(), Arc::clone(&next), registrations))).collect();
    let mut told = HashMap::new();
    let mut slowest = Duration::ZERO;
    for caller in callers {
        for (name, what, took) in caller.await.unwrap() {
            slowest = slowest.max(took);
            assert!(told.insert(name, what).is_none());
        }
    }
    let took = started.elapsed();
    assert_eq!(told.len(), registrations, "nobody is left unanswered");

    let items: Vec<Value> = table.items().iter().map(untyped).collect();
    let crossings = inner.crossings();
    let unannounced = judge(&told, &items, &crossings);

    let mut statuses = BTreeMap::new();
    for told in told.values() {
        let status = match told {
            Told::Registered(_) => 201,
            Told::Failed(status) => *status,
            Told::Nothing => 0,
        };
        *statuses.entry(status).or_insert(0) += 1;
    }
    let faults = crossings.iter().filter(|crossing| crossing.fault != Fault::Pass).count();
    println!(
        "soak: {registrations} registrations in {took:.1?}, the slowest in {slowest:.1?}, {faults} faults in {} requests; answers by status, 0 where the caller's line was cut: {statuses:?}; {} items, {unannounced} of them unannounced; none lost or doubled; seed {seed}",
        crossings.len(),
        items.len(),
    );
}

/// The promise, or a panic; how many items are there whose callers were not told.
fn judge(told: &HashMap<String, Told>, items: &[Value], crossings: &[Crossing]) -> usize {
    let mut stored = HashMap::new();
    let mut names = HashSet::new();
    for item in items {
        let id = item["client_id"].as_str().unwrap();
        assert!(stored.insert(id, item).is_none());
        let name = item["client_name"].as_str().unwrap();
        if name == ANOTHER_CLIENT {
            assert_eq!(item, &json!({ "client_id": id, "client_name": name }), "untouched");
        } else {
            assert!(names.insert(name), "{name} has two items");
        }
    }

    let mut ids = HashSet::new();
    for (name, told) in told {
        let Told::Registered(client) = told else { continue };
        let id = client["client_id"].as_str().unwrap();
        assert!(ids.insert(id), "{id} was given to two");
        let mut item =
            stored.get(id).copied().cloned().unwrap_or_else(|| panic!("{name} was told {client}, which is not there"));
        item.as_object_mut().unwrap().remove("client_id_issued_at");
        assert_eq!(&item, client, "what is stored is what was answered");
        assert_eq!(client["client_name"], **name);
    }

    // An item put in the way of a client is still there, unless the client was there first.
    let mut reached = HashSet::new();
    for crossing in crossings {
        let id = crossing.input["Item"]["client_id"]["S"].as_str().unwrap();
        match crossing.fault {
            Fault::Collide if !reached.contains(id) => {
                assert_eq!(stored[id]["client_name"], ANOTHER_CLIENT, "{id} was another client's");
            }
            Fault::ResetBeforeWrite | Fault::Exception(..) | Fault::Garbage(_) | Fault::NotHttp | Fault::Silence => {}
            _ => {
                reached.insert(id);
            }
        }
    }

    // Whatever else is there was written for a caller who was not told so, because a reply was lost on one of the
    // wires.
    let mut lost_replies = HashSet::new();
    for crossing in crossings {
        use Fault::{CloseWhenIdle, Collide, Exception, Garbage, NotHttp, Pass};
        if !matches!(crossing.fault, Pass | CloseWhenIdle | Exception(..) | Garbage(_) | NotHttp | Collide) {
            lost_replies.insert(crossing.input["Item"]["client_id"]["S"].as_str().unwrap());
        }
    }
    let mut unannounced = 0;
    for (id, item) in stored {
        let name = item["client_name"].as_str().unwrap();
        if name == ANOTHER_CLIENT || ids.contains(id) {
            continue;
        }
        match &told[name] {
            Told::Nothing => {}
            Told::Failed(_) => {
                assert!(lost_replies.contains(id), "{name} was told of a failure though no reply was lost");
            }
            Told::Registered(client) => panic!("{name} was told {client}, and {item} is there"),
        }
        unannounced += 1;
    }
    unannounced
}

/// Registers clients named after their number until all are taken.
async fn call(url: String, next: Arc<AtomicUsize>, registrations: usize) -> Vec<(String, Told, Duration)> {
    let mut outcomes = Vec::new();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= registrations {
            return outcomes;
        }
        let name = format!("Client {number}");
        let body = json!({
            "client_name": name,
            "redirect_uris": [format!("https://client-{number}.example.com/cb"), "http://127.0.0.1/cb"],
            "scope": "openid",
        })
        .to_string();
        let started = Instant::now();
        let request =
            Request::post(server::PATH).header("Content-Type", "application/json").body(Bytes::from(body)).unwrap();
        let reply = timeout(FUNCTION_TIMEOUT, wire::send(&url, request))
            .await
            .unwrap_or_else(|_| panic!("{name} was not answered before the function's time-out"));
        let told = reply.map_or(Told::Nothing, |reply| match reply.status().as_u16() {
            201 => Told::Registered(serde_json::from_slice(reply.body()).unwrap()),
            status @ (429 | 500 | 503) => Told::Failed(status),
            status => panic!("{name} was answered {status}"),
        });
        outcomes.push((name, told, started.elapsed()));
    }
}

/// What happens to the n-th request to the table: one in ten fails, and now and then a storm passes in which nine do.
fn weather(seed: u64, nth: usize) -> Fault {
    let storm = nth % 2_000 < 150;
    let dice = random(seed, nth);
    if dice % 10 >= if storm { 9 } else { 1 } {
        return Fault::Pass;
    }
    match (dice / 10) % 100 {
        0..8 => Fault::Delay(Duration::from_millis(dice / 1_000 % 300)),
        8 => Fault::Delay(Duration::from_millis(1_300)),
        9 => Fault::Silence,
        10..20 => Fault::ResetBeforeWrite,
        20..30 => Fault::ResetAfterWrite,
        30..40 => Fault::LoseReply,
        40..50 => Fault::TruncateReply,
        50..55 => Fault::CloseWhenIdle,
        55..60 => Fault::Exception(400, "ThrottlingException"),
        60..65 => Fault::Exception(400, "ProvisionedThroughputExceededException"),
        65..70 => Fault::Exception(400, "RequestLimitExceeded"),
        70..77 => Fault::Exception(500, "InternalServerError"),
        77..84 => Fault::Exception(503, "ServiceUnavailable"),
        84..86 => Fault::Garbage(200),
        86..88 => Fault::Garbage(502),
        88..92 => Fault::NotHttp,
        _ => Fault::Collide,
    }
}

/// What happens to a caller's n-th request: one line in fifty is cut.
fn drizzle(seed: u64, nth: usize) -> Fault {
    match random(seed, nth) % 200 {
        0 => Fault::ResetBeforeWrite,
        1 => Fault::ResetAfterWrite,
        2 => Fault::LoseReply,
        3 => Fault::TruncateReply,
        _ => Fault::Pass,
    }
}

/// The n-th number of a seed, so that faults do not depend on who comes first.
fn random(seed: u64, nth: usize) -> u64 {
    let mut hasher = DefaultHasher::new();
    (seed, nth).hash(&mut hasher);
    hasher.finish()
}
