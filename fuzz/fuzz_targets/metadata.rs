//! A body's bytes as client metadata, unsupported values rejected and replaced.

#![no_main]

use dynamic_client_registration::metadata::UnsupportedMetadata;
use dynamic_client_registration::{ClientMetadata, RegistrationRequest};
use fuzz::{judge_description, judge_registered};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

fuzz_target!(|sent: &[u8]| {
    for mode in [UnsupportedMetadata::Reject, UnsupportedMetadata::Replace] {
        let request = match RegistrationRequest::parse(sent) {
            Ok(request) => request,
            Err(error) => return judge_description(&error.to_string()),
        };
        match ClientMetadata::prove(request, mode) {
            Ok(metadata) => judge_registered(sent, &json_of(&metadata), mode),
            Err(error) => judge_description(&error.to_string()),
        }
    }
});

fn json_of(metadata: &ClientMetadata) -> Value {
    let mut json = json!({
        "client_name": metadata.client_name(),
        "redirect_uris": metadata.redirect_uris().collect::<Vec<_>>(),
        "grant_types": metadata.grant_types().collect::<Vec<_>>(),
        "response_types": metadata.response_types(),
        "token_endpoint_auth_method": metadata.token_endpoint_auth_method(),
    });
    for (member, value) in [
        ("scope", metadata.scope()),
        ("client_uri", metadata.client_uri()),
        ("logo_uri", metadata.logo_uri()),
        ("policy_uri", metadata.policy_uri()),
        ("tos_uri", metadata.tos_uri()),
        ("jwks_uri", metadata.jwks_uri()),
    ] {
        if let Some(value) = value {
            json[member] = value.into();
        }
    }
    json
}
