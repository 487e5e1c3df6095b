//! The item a [`Client`] is in the table: the schema that the authorization server reads. The README documents it.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::client::Client;

/// The item of a client: an attribute for each member that was registered, under the RFC's name, and when it was issued and
/// may expire, in seconds since the epoch.
#[must_use]
pub fn item(client: &Client) -> HashMap<String, AttributeValue> {
    let metadata = client.metadata();
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let number = |number: u64| AttributeValue::N(number.to_string());
    let redirect_uris = metadata.redirect_uris().map(text).collect();
    let grant_types = metadata.grant_types().map(text).collect();

    let attributes = [
        ("client_id", Some(text(&client.client_id().to_string()))),
        ("client_id_issued_at", Some(number(client.client_id_issued_at()))),
        ("expires_at", client.expires_at().map(number)),
        ("client_name", Some(text(metadata.client_name()))),
        ("redirect_uris", Some(AttributeValue::L(redirect_uris))),
        ("grant_types", Some(AttributeValue::L(grant_types))),
        ("response_types", Some(AttributeValue::L(metadata.response_types().map(text).to_vec()))),
        ("token_endpoint_auth_method", Some(text(metadata.token_endpoint_auth_method()))),
        ("scope", metadata.scope().map(text)),
        ("client_uri", metadata.client_uri().map(text)),
        ("logo_uri", metadata.logo_uri().map(text)),
        ("policy_uri", metadata.policy_uri().map(text)),
        ("tos_uri", metadata.tos_uri().map(text)),
        ("jwks_uri", metadata.jwks_uri().map(text)),
    ];
    let mut item = HashMap::with_capacity(attributes.len());
    item.extend(attributes.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    item
}
