//! The whole endpoint from an event's bytes: either a raw event, or one made of `METHOD TYPE FLAGS`, a line feed and a
//! body. The flags are `b` for a base64 body, `r` for replacing what is unsupported, `o` or `h` for a list of origins,
//! `2` for the format of HTTP APIs, `s` for a lone surrogate in front of the body, `x` for the body's bytes in the path
//! as they are, UTF-8 or not.

#![no_main]

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dynamic_client_registration::Policy;
use fuzz::{Endpoint, policies};
use libfuzzer_sys::{Corpus, fuzz_target};
use serde_json::json;

static ENDPOINT: LazyLock<Endpoint> = LazyLock::new(Endpoint::default);
static POLICIES: LazyLock<Vec<Policy>> = LazyLock::new(policies);

fuzz_target!(|bytes: &[u8]| -> Corpus {
    if bytes.starts_with(b"{") {
        return if ENDPOINT.check(bytes, None, &POLICIES[0]) { Corpus::Keep } else { Corpus::Reject };
    }
    let mut halves = bytes.splitn(2, |byte| *byte == b'\n');
    let head = String::from_utf8_lossy(halves.next().unwrap_or_default());
    let sent = halves.next().unwrap_or_default();
    let mut words = head.split(' ');
    let method = words.next().unwrap_or_default();
    let content_type = words.next();
    let flags = words.next().unwrap_or_default();

    // A gateway passes on as text only what is text.
    let (body, is_base64) = match std::str::from_utf8(sent) {
        Ok(text) if !flags.contains('b') => (text.to_owned(), false),
        _ => (STANDARD.encode(sent), true),
    };
    let mut event = json!({
        "headers": { "content-type": content_type },
        "body": body,
        "isBase64Encoded": is_base64,
    });
    if flags.contains('2') {
        event["requestContext"]["http"]["method"] = method.into();
    } else {
        event["httpMethod"] = method.into();
    }
    let list = if flags.contains('h') { 2 } else { usize::from(flags.contains('o')) };
    let policy = &POLICIES[3 * usize::from(flags.contains('r')) + list];
    let mut event = event.to_string();
    if flags.contains('s') {
        event = event.replacen(r#""body":""#, r#""body":"\ud800"#, 1);
    }
    let mut event = event.into_bytes();
    if flags.contains('x') {
        let path = sent.iter().copied().filter(|byte| *byte >= b' ' && !b"\"\\".contains(byte));
        event.splice(1..1, br#""path":""#.iter().copied().chain(path).chain(*b"\","));
    }
    let answered = ENDPOINT.check(&event, Some(sent), policy);
    // RFC 9110 §9.1: a method is a token. A gateway takes nothing else.
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    assert!(answered || method.is_empty() || !method.bytes().all(is_token), "a caller without an answer");
    Corpus::Keep
});
