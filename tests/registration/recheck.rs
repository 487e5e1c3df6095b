//! Today's rules for clients that are in the table already, by the program that an operator runs.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::support::{Endpoint, full, minimal, minimal_with, replacing};

/// An identifier as the endpoint issues them.
const ID: &str = "0b0c6d8e-3f3a-4f0e-9b43-0f6f4f0f3a11";

/// The program, which `cargo test` builds with the tests, but `cargo test --test registration` does not.
fn program() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let program = tests.ancestors().nth(2).unwrap().join("examples/recheck");
    assert!(program.exists(), "no {}: cargo build --example recheck, or cargo test without --test", program.display());
    program
}

fn recheck(arguments: &[&str], settings: &[(&str, &str)], input: &[u8]) -> Output {
    let mut command = Command::new(program());
    command.args(arguments).env_clear().envs(settings.iter().copied());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input))); // which a program that stops refuses
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

/// What it prints about input that it reads to the end.
#[track_caller]
fn found(arguments: &[&str], settings: &[(&str, &str)], input: &[u8]) -> String {
    let output = recheck(arguments, settings, input);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// What it says about input that it cannot read.
#[track_caller]
fn fault(input: &[u8]) -> String {
    let output = recheck(&[], &[], input);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// An item with these redirect URIs, as DynamoDB gives it.
fn item(id: &str, uris: &[&str]) -> Value {
    let uris: Vec<_> = uris.iter().map(|uri| json!({ "S": uri })).collect();
    json!({ "client_id": { "S": id }, "client_name": { "S": "Example" }, "redirect_uris": { "L": uris } })
}

fn lines(items: &[Value]) -> Vec<u8> {
    items.iter().map(|item| format!("{item}\n")).collect::<Vec<_>>().concat().into_bytes()
}

#[tokio::test]
async fn what_the_endpoint_registers_is_found_in_order_until_the_operator_lists_origins() {
    let endpoint = Endpoint::with_policy(replacing()).await;
    let mut ids = Vec::new();
    for body in [
        full(),
        minimal(),
        minimal_with("redirect_uris", json!(["http://127.0.0.1:1/cb", "cursor://anysphere/cb"])),
        minimal_with("grant_types", json!(["authorization_code", "client_credentials"])),
    ] {
        ids.push(endpoint.register(&body).await.json()["client_id"].as_str().unwrap().to_owned());
    }
    let scan = json!({ "Items": endpoint.table.items(), "Count": 4, "ScannedCount": 4, "ConsumedCapacity": null });
    let scan = serde_json::to_vec_pretty(&scan).unwrap();

    assert_eq!(found(&[], &[], &scan), "");
    let listed = [("ALLOWED_REDIRECT_ORIGINS", "https://example.com loopback"), ("TABLE_NAME", "!")];
    let unlisted =
        "redirect_uris[1]: this server registers only redirect URIs whose origin its operator has listed: cursor:";
    assert_eq!(found(&[], &listed, &scan), format!("{}\t{unlisted}\n", ids[2]));
    assert_eq!(found(&["--origin", "cursor:"], &[], &scan), format!("{}\n", ids[2]));
    assert_eq!(found(&["--origin", "https://example.com"], &[], &scan).lines().count(), 3);
}

#[test]
fn items_come_as_a_scan_as_an_export_alone_or_as_a_list() {
    let (good, bad) = (item(ID, &["app:/cb"]), item(ID, &["ssh://host"]));
    let refused = found(&[], &[], &lines(std::slice::from_ref(&bad)));
    assert!(refused.starts_with(&format!("{ID}\tredirect_uris[0]: the scheme of a redirect URI must not be ")));
    for input in [
        lines(&[json!({ "Item": good }), json!({ "Item": bad })]),
        lines(&[json!({ "Items": [good] }), json!({ "Count": 1, "Items": [bad] })]),
        lines(&[json!([good, bad])]),
        lines(&[json!({ "Items": [] }), bad.clone()]),
    ] {
        assert_eq!(found(&[], &[], &input), refused);
    }
}

#[test]
fn every_rule_applies_whatever_an_older_version_or_another_hand_has_written() {
    let with = |name: &str, value: Value| {
        let mut item = item(ID, &["https://example.com/cb"]);
        item[name] = value;
        item
    };
    let replace = [("UNSUPPORTED_METADATA", "replace")];
    let rows = [
        (with("client_name", json!({ "S": "\u{202E}evil" })), "client_name must not"),
        (with("client_name", json!({ "N": "5" })), "client_name must be a string"),
        (
            with("redirect_uris", json!({ "SS": ["https://example.com/cb"] })),
            "redirect_uris must be an array of strings",
        ),
        (with("client_id", json!({ "S": "2" })), "client_id is not"),
    ];
    for (item, reason) in rows {
        let printed = found(&[], &replace, &lines(&[item]));
        assert_eq!(printed.lines().count(), 1, "{reason}");
        assert!(printed.split_once('\t').unwrap().1.starts_with(reason), "{printed} and not {reason}");
    }
    let replaced = lines(&[with("token_endpoint_auth_method", json!({ "S": "client_secret_post" }))]);
    assert_eq!(found(&[], &replace, &replaced), "");
    assert!(found(&[], &[], &replaced).contains("token_endpoint_auth_method must be none"));
    // What others add to an item is theirs.
    assert_eq!(found(&[], &[], &lines(&[with("renewed", json!({ "M": { "a": { "B": "AA==" } } }))])), "");
}

#[test]
fn every_spelling_of_an_origin_is_found_and_no_other_origin() {
    let spellings = [
        "https://app.example.com/cb",
        "https://app.example.com",
        "https://app.example.com?x=1",
        "HTTPS://APP.Example.com:443/cb",
    ];
    let others =
        ["https://app.example.com.example.net/cb", "https://app.example.com:8443/cb", "https://example.com/cb"];
    let id = |number: usize| format!("00000000-0000-4000-8000-{number:012}");
    let items: Vec<_> = spellings.iter().chain(&others).enumerate().map(|(at, uri)| item(&id(at), &[uri])).collect();
    let expected = (0..spellings.len()).map(|at| format!("{}\n", id(at))).collect::<Vec<_>>().concat();
    assert_eq!(found(&["--origin", "https://App.example.com"], &[], &lines(&items)), expected);

    let several = item(ID, &["https://b.example/1", "app:/cb", "http://localhost:1", "https://b.example/2", "ssh://a"]);
    let expected = format!("{ID}\tapp:\n{ID}\thttps://b.example\n{ID}\tloopback\n");
    assert_eq!(found(&["--origins"], &[], &lines(&[several])), expected);
}

#[test]
fn bad_input_is_reported_with_its_place_and_not_repeated() {
    let good = String::from_utf8(lines(&[item(ID, &["app:/cb"])])).unwrap();
    let not_an_item = "this is not an item as DynamoDB gives it";
    for (bad, what) in [
        ("evil", "this is not JSON"),
        (r#"{"client_id""#, "the input ends in the middle"),
        (r#"{"client_name":{"S":"evil"}}"#, not_an_item),
        (r#"{"client_id":"evil"}"#, not_an_item),
        (r#"{"client_id":{"N":"1"}}"#, not_an_item),
        (r#"{"client_id":{"evil":"1"}}"#, not_an_item),
        (r#"{"Items":{"L":["evil"]}}"#, not_an_item),
        ("{}", not_an_item),
        ("\"evil\"", not_an_item),
    ] {
        let said = fault(format!("{good}{good}{bad}").as_bytes());
        assert!(said.starts_with("error: line 3, column "), "{bad}: {said}");
        assert!(said.ends_with(&format!(", behind client 2: {what}\n")), "{bad}: {said}");
        assert!(!said.contains("evil"), "{said}");
    }
    for cut in [json!({ "NextToken": "evil" }), json!({ "LastEvaluatedKey": { "client_id": { "S": ID } } })] {
        let mut scan = json!({ "Items": [item(ID, &["app:/cb"])], "NextToken": null });
        assert_eq!(found(&[], &[], &lines(std::slice::from_ref(&scan))), "");
        scan.as_object_mut().unwrap().extend(cut.as_object().unwrap().clone());
        assert!(fault(&lines(&[scan])).starts_with("error: the scan has not read the whole table"));
    }
    let deep = "[".repeat(100_000);
    assert!(fault(deep.as_bytes()).contains("behind client 0"));
    assert!(fault(b" \n").contains("nothing on standard input"));
}

#[test]
fn what_is_printed_has_no_character_of_a_terminals() {
    let printed = found(&[], &[], &lines(&[item("\u{1B}[2J\t\n\u{202E}", &["app:/cb"])]));
    assert!(printed.starts_with(r"\u{1b}[2J\t\n\u{202e}") && printed.lines().count() == 1, "{printed}");
}
