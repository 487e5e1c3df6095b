//! A [`Client`] as an item of the table, as the authorization server reads it (`docs/authorization-server.md`).

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::client::Client;
use crate::member::MemberValue;

/// The item of a client: one attribute for each registered member, under the RFC's name, and the times at which it was
/// issued and may expire, in seconds since the epoch.
pub fn item(client: &Client) -> HashMap<String, AttributeValue> {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let number = |number: u64| AttributeValue::N(number.to_string());

    let mut item = HashMap::from([
        ("client_id".to_owned(), AttributeValue::S(client.client_id().to_string())),
        ("client_id_issued_at".to_owned(), number(client.client_id_issued_at())),
    ]);
    if let Some(expires_at) = client.expires_at() {
        item.insert("expires_at".to_owned(), number(expires_at));
    }
    item.extend(client.metadata().members().map(|(member, value)| {
        let value = match value {
            MemberValue::Text(value) => text(value),
            MemberValue::List(values) => AttributeValue::L(values.into_iter().map(text).collect()),
        };
        (member.as_str().to_owned(), value)
    }));
    item
}
