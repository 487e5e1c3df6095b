//! A body's bytes as client metadata, under every policy.

#![no_main]

use std::sync::LazyLock;

use dynamic_client_registration::member::Value as Member;
use dynamic_client_registration::{ClientMetadata, Policy, RegistrationRequest};
use fuzz::{check_description, check_registered, policies};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};

static POLICIES: LazyLock<Vec<Policy>> = LazyLock::new(policies);

fuzz_target!(|sent: &[u8]| {
    for policy in POLICIES.iter() {
        let request = match RegistrationRequest::parse(sent) {
            Ok(request) => request,
            Err(error) => return check_description(&error.to_string()),
        };
        match ClientMetadata::validate(request, policy) {
            Ok(metadata) => check_registered(sent, &json_of(&metadata), policy),
            Err(error) => check_description(&error.to_string()),
        }
    }
});

fn json_of(metadata: &ClientMetadata) -> Value {
    let json = |value| match value {
        Member::Text(text) => Value::from(text),
        Member::List(texts) => Value::from(texts),
    };
    metadata.members().map(|(member, value)| (member.to_string(), json(value))).collect::<Map<_, _>>().into()
}
