//! What fuzzers have found.

use std::fs;
use std::path::Path;

use dev::cases::registrations;

use crate::support::{Endpoint, minimal, post};

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
