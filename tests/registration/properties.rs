//! What holds for every body there is, not only for the ones somebody thought of; and what fuzzers have found.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use dev::cases::registrations;
use dynamic_client_registration::Policy;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Map, Value};
use tokio::runtime::Runtime;

use crate::support::members::MEMBERS;
use crate::support::{Endpoint, is_description, minimal, post, replacing};

/// Bodies that are near enough to valid ones to get past the first check, and far enough to meet every other.
fn bodies() -> impl Strategy<Value = String> {
    let texts = prop_oneof![
        Just(String::new()),
        Just("none".to_owned()),
        Just("openid profile".to_owned()),
        Just("client_secret_post".to_owned()),
        Just("https://example.com/x".to_owned()),
        "\\PC{0,40}",
        any::<String>(),
    ];
    let uris = prop_oneof![
        8 => proptest::sample::select(vec!["https://example.com/cb", "http://127.0.0.1:8080/", "cursor://a.b/c"]).prop_map(str::to_owned),
        4 => "(https|http|cursor|com\\.example\\.app|javascript|HTTP|file)://?(localhost|127\\.0\\.0\\.1|\\[::1\\]|[a-z*@%.]{1,12})(:[0-9]{0,6})?(/[a-zA-Z0-9%._~#?=&+-]{0,20})?",
        1 => "[ -~]{0,40}",
        1 => any::<String>(),
    ];
    let unknown = ["contacts", "client_id", "client_secret"];
    let names = proptest::sample::select(MEMBERS.map(|(name, _)| name).into_iter().chain(unknown).collect::<Vec<_>>());
    let codes = proptest::sample::select(vec!["authorization_code", "refresh_token", "code", "implicit", "token", ""]);
    let values = prop_oneof![
        6 => texts.prop_map(Value::from),
        4 => vec(uris.clone(), 0..4).prop_map(Value::from),
        3 => vec(codes, 0..4).prop_map(Value::from),
        1 => Just(Value::Null),
        1 => any::<f64>().prop_map(Value::from),
    ];
    let valid = (prop_oneof![3 => "\\PC{1,30}", 1 => any::<String>()], vec(uris, 1..4));
    let objects =
        (proptest::option::weighted(0.8, valid), btree_map(names, values, 0..3)).prop_map(|(valid, members)| {
            let mut body: Map<String, Value> = Map::new();
            if let Some((client_name, redirect_uris)) = valid {
                body.insert("client_name".to_owned(), client_name.into());
                body.insert("redirect_uris".to_owned(), redirect_uris.into());
            }
            body.extend(members.into_iter().map(|(name, value)| (name.to_owned(), value)));
            Value::Object(body).to_string()
        });
    prop_oneof![8 => objects, 1 => any::<String>(), 1 => "[{}\\[\\]\",:a-z0-9]{0,60}"]
}

fn check(policy: Policy) {
    let runtime = Runtime::new().unwrap();
    let endpoint = runtime.block_on(Endpoint::with_policy(policy));
    let registered = RefCell::new(BTreeMap::new());
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        failure_persistence: None,
        cases: 768,
        ..ProptestConfig::default()
    });
    runner
        .run(&bodies(), |body| {
            let reply = runtime.block_on(endpoint.send(post(body.clone())));
            let answer: Value = serde_json::from_str(&reply.body).unwrap();
            if reply.status == 201 {
                let sent: Value = serde_json::from_str(&body).unwrap();
                prop_assert_eq!(&answer["redirect_uris"], &sent["redirect_uris"], "redirect URIs, byte for byte");
                prop_assert_eq!(&answer["client_name"], &sent["client_name"]);
                registered.borrow_mut().insert(answer["client_id"].to_string(), answer);
            } else {
                prop_assert_eq!(reply.status.as_u16(), 400, "never a 5xx: {}", body);
                let known = ["invalid_request", "invalid_client_metadata", "invalid_redirect_uri"];
                prop_assert!(known.contains(&answer["error"].as_str().unwrap()));
                prop_assert!(is_description(answer["error_description"].as_str().unwrap()), "{}", reply.body);
            }
            Ok(())
        })
        .unwrap();
    let registered = registered.into_inner();
    assert!(registered.len() > 20, "the bodies should not all be refused: {} registered", registered.len());
    assert_eq!(endpoint.stored(), registered, "what was answered 201 is stored, and nothing else");
}

#[test]
fn every_body_is_answered_and_stored_exactly_if_registered() {
    check(Policy::default());
}

#[test]
fn every_body_is_answered_and_stored_exactly_if_registered_where_unsupported_metadata_is_replaced() {
    check(replacing());
}

/// A fuzzer writes what breaks a property into a folder of the target's name (`fuzz/run`). Its own properties are not
/// here, but these hold for everything.
#[tokio::test]
async fn what_a_fuzzer_has_found_is_answered_and_stored_exactly_if_registered() {
    let endpoint = Endpoint::start().await;
    let mut registered = 0;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/found");
    for target in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()) {
        for file in fs::read_dir(target.path()).unwrap() {
            let path = file.unwrap().path();
            let found = fs::read(&path).unwrap();
            let text = String::from_utf8_lossy(&found).into_owned();
            let bodies = match target.file_name().to_str().unwrap() {
                "client_name" => registrations("client_name", &text.into(), &minimal()),
                "host" => registrations("hosts", &text.into(), &minimal()),
                "redirect_uri" => registrations("redirect_uris", &text.into(), &minimal()),
                // An event is a line about how its body is sent, and the body.
                "event" => {
                    registrations("documents", &text.split_once('\n').map_or("", |halves| halves.1).into(), &minimal())
                }
                _ => registrations("documents", &text.into(), &minimal()),
            };
            for registration in bodies {
                let reply = endpoint.send(post(registration.body)).await;
                assert!([201, 400].contains(&reply.status.as_u16()), "{}: {}", path.display(), reply.body);
                registered += usize::from(reply.status == 201);
            }
        }
    }
    assert_ne!(registered, 0, "at least httpx:, which looks like http, is an application's");
    assert_eq!(endpoint.stored().len(), registered);
}
