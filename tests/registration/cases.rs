//! Each rule once, as data: every case in `tests/cases` goes through the whole endpoint, and its answer, the table, the
//! log and the schema of the request in `docs/openapi.yaml` have to say the same of it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Once;

use dev::api;
use dev::cases::{self, Class, Registration, Rule};
use serde_json::{Map, Value, json};

use crate::support::members::MEMBERS;
use crate::support::{Endpoint, minimal, post};

#[tokio::test]
async fn every_name_is_registered_or_refused_as_its_class_says() {
    check("client_name").await;
}

#[tokio::test]
async fn every_redirect_uri_is_registered_or_refused_as_its_class_says() {
    check("redirect_uris").await;
}

#[tokio::test]
async fn every_host_is_registered_or_refused_as_its_class_says() {
    check("hosts").await;
}

#[tokio::test]
async fn every_scheme_is_registered_or_refused_as_its_list_says() {
    check("schemes").await;
}

#[tokio::test]
async fn every_link_is_registered_or_refused_as_its_class_says() {
    check("links").await;
}

#[tokio::test]
async fn all_other_metadata_is_registered_or_refused_as_its_class_says() {
    check("metadata").await;
}

#[tokio::test]
async fn every_document_is_read_or_refused_as_its_class_says() {
    check("documents").await;
}

async fn check(file: &str) {
    let endpoint = Endpoint::start().await;
    // One for all threads: with one for each, a thread that sets its own may take the line of another.
    STARTED.call_once(|| tracing_subscriber::fmt().json().flatten_event(true).with_writer(|| Log).init());
    let rules = cases::rules();
    let mut registered = BTreeMap::new();
    for class in cases::classes(file) {
        for row in &class.rows {
            for registration in cases::registrations(file, &row.sent, &minimal()) {
                let why = format!("{}: {}: {}", class.class, row.why, registration.body);
                let reply = endpoint.send(post(registration.body.clone())).await;
                let line = Log::line();
                let rule = rule(file, &class, &registration).map(|rule| &rules[rule]);
                if let Some(rule) = rule {
                    let (sentence, in_log) = refusal(rule, &registration);
                    assert_eq!(reply.assert_refused(&rule.0, &why), sentence, "{why}");
                    assert_eq!(line, in_log, "{why}");
                } else {
                    let answer = reply.assert_registered(&why);
                    let client_id = &answer["client_id"];
                    assert_eq!(line, json!({ "outcome": "registered", "status": 201, "client_id": client_id }));
                    assert_eq!(answer, as_sent(&registration.body, client_id), "{why}");
                    registered.insert(client_id.to_string(), answer);
                }
                if let Ok(sent) = serde_json::from_str(&registration.body) {
                    assert_eq!(api::describes(&sent), rule.is_none() || class.wider, "as the schema has it: {why}");
                }
            }
        }
    }
    assert_eq!(endpoint.stored(), registered, "what is stored is what was answered 201");
}

/// The rule that refuses a registration.
fn rule<'a>(file: &str, class: &'a Class, registration: &Registration) -> Option<&'a str> {
    let is_link = file == "hosts" && registration.member == "client_uri";
    class.rule.as_deref().map(|rule| if is_link { "link" } else { rule })
}

/// What the caller reads and what the log has.
fn refusal(Rule(code, member, sentence, _): &Rule, registration: &Registration) -> (String, Value) {
    let member = match member.as_deref() {
        Some("MEMBER") => Some(registration.member.as_str()),
        member => member,
    };
    let reason = sentence.replacen("MEMBER", member.unwrap_or_default(), 1);
    let mut line = json!({ "outcome": "refused", "status": 400, "error": code, "reason": reason });
    if let Some(member) = member {
        line["member"] = member.into();
    }
    // Where the code is about redirect URIs, the caller reads which one it is.
    let is_one_of_several = code == "invalid_redirect_uri";
    (if is_one_of_several { format!("redirect_uris[{}]: {reason}", registration.place) } else { reason }, line)
}

/// The answer to a body whose metadata may be registered.
fn as_sent(body: &str, client_id: &Value) -> Value {
    // Not as one value: that has no room for what unknown members may hold.
    let sent: BTreeMap<String, Box<serde_json::value::RawValue>> =
        serde_json::from_str(&body.replace("\\ud800", "?")).unwrap();
    let mut answer = json!({
        "client_id": client_id,
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
    });
    for (member, _) in MEMBERS {
        let Some(value) = sent.get(member) else { continue };
        let mut value: Value = serde_json::from_str(value.get()).unwrap();
        if value.is_null() || value == "" {
            continue;
        }
        if let (true, Value::Array(types)) = (member.ends_with("_types"), &mut value) {
            let mut once = Vec::new();
            types.retain(|name| {
                !once.contains(name) && {
                    once.push(name.clone());
                    true
                }
            });
        }
        answer[member] = value;
    }
    answer
}

static STARTED: Once = Once::new();

thread_local! {
    static LINES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The lines of the handler's log, of this thread, which is this test's.
struct Log;

impl Log {
    /// The one line that a registration has left, without what every line has and no test can know.
    fn line() -> Value {
        let written = String::from_utf8(LINES.take()).unwrap();
        let mut lines = written.lines().filter(|line| line.contains(r#""message":"registration""#));
        let mut line: Map<String, Value> = serde_json::from_str(lines.next().unwrap()).unwrap();
        assert_eq!(lines.next(), None);
        line.retain(|name, _| {
            !["timestamp", "level", "target", "message", "request_id", "attempts", "dynamodb_ms"]
                .contains(&name.as_str())
        });
        line.into()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LINES.with_borrow_mut(|lines| lines.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn every_rule_has_cases_and_every_file_is_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut files: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str().unwrap().strip_suffix(".json").map(str::to_owned))
        .collect();
    files.sort();
    let mut known = [cases::FILES.as_slice(), &["rules"]].concat();
    known.sort_unstable();
    assert_eq!(files, known);

    let mut rules = cases::rules();
    for class in cases::FILES.into_iter().flat_map(cases::classes) {
        assert!(!class.rows.is_empty() && !class.section.is_empty(), "{}", class.class);
        rules.retain(|name, _| Some(name) != class.rule.as_ref());
    }
    let mut elsewhere: Vec<&String> = rules.keys().collect();
    elsewhere.sort();
    // What no file can hold: other headers and bytes, the longest bodies, a setting.
    assert_eq!(elsewhere, ["content_type", "not_utf8", "origin", "too_large"]);
}

/// So that no name comes or goes unnoticed.
#[test]
fn every_list_of_schemes_has_as_many_names_as_its_head_says_in_order() {
    for list in cases::schemes() {
        assert_eq!(list.names.len(), list.number, "{}", list.source);
        assert!(list.names.is_sorted_by(|first, second| first < second), "{}", list.source);
        for name in &list.names {
            let is_allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'+' | b'-' | b'.');
            assert!(name.strip_suffix('*').unwrap_or(name).bytes().all(is_allowed), "{name}");
        }
    }
}
