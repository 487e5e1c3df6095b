//! Every dangerous or broken registration stays out, with the reason, and leaves nothing behind. One file per subject;
//! each row breaks one rule and says which.

mod document;
mod hosts;
mod metadata;
mod names;
mod redirect_uris;
mod schemes;

use serde_json::{Value, json};

use crate::support::{Endpoint, minimal_with};

pub const INVALID_REQUEST: &str = "invalid_request";
pub const INVALID_CLIENT_METADATA: &str = "invalid_client_metadata";
pub const INVALID_REDIRECT_URI: &str = "invalid_redirect_uri";

/// The sentences of rules that many rows break. Callers rely on them: whoever changes one changes it here too, on
/// purpose.
pub mod sentence {
    pub const NO_NAME: &str = "client_name is required and must not be empty";
    pub const NAME_TOO_LONG: &str = "client_name must be at most 1000 characters";
    pub const NAME_SHOWS_NOTHING: &str = "client_name must have at least one visible character";
    pub const NAME_CONTROL: &str = "client_name must not contain control characters";
    pub const NAME_REORDERS: &str = "client_name must not contain characters that reorder or break text: U+202A-202E, U+2066-206F, U+2028, U+2029, U+FFF9-FFFB";
    pub const NAME_HIDES: &str = "client_name must not contain hidden text; send the name as it is displayed, with no invisible characters but those that its script or emoji need, and at most 2 of them in a row";
    pub const NAME_BROKEN: &str = "client_name must be valid text: send it as UTF-8, without U+FFFD or noncharacters";

    pub const NOT_WELL_FORMED: &str = "redirect URI is not well-formed";
    pub const FRAGMENT: &str = "a redirect URI must not have a fragment";
    pub const USERINFO: &str = "a redirect URI must not have a user name or password";
    pub const WILDCARD: &str = "a redirect URI must not have a wildcard in its host; register each URI";
    pub const HOST: &str = "the host of a redirect URI must be a plain ASCII domain name or an IP address in its usual notation; any xn-- label must be valid";
    pub const LOOPBACK: &str =
        "http is allowed only for http://localhost, http://127.0.0.1 and http://[::1]; use https for any other host";
    pub const PROTOCOL_SCHEME: &str = "the scheme of a redirect URI must not be that of a public protocol; use https, http on loopback, or your application's own scheme such as com.example.app";
    pub const BROWSER_SCHEME: &str = "the scheme of a redirect URI must not be one that browsers handle themselves; use https, http on loopback, or your application's own scheme such as com.example.app";
    pub const SYSTEM_SCHEME: &str = "the scheme of a redirect URI must not be one that operating systems handle themselves; use https, http on loopback, or your application's own scheme such as com.example.app";
    pub const ORIGIN: &str = "this server registers only redirect URIs whose origin its operator has listed";

    pub const GRANT_TYPES: &str = "grant_types may include only authorization_code and refresh_token";
    pub const NO_CODE_GRANT: &str = "grant_types must include authorization_code";
    pub const RESPONSE_TYPES: &str = "response_types must include code; no other response type is supported";

    pub fn link(member: &str) -> String {
        format!(
            "{member} must be a valid http or https URL in ASCII, with a plain host and no user name, at most 1000 characters"
        )
    }
}

/// A registration with one fault, the sentence that names the fault, and why it is one.
pub struct Row {
    pub body: Value,
    pub sentence: String,
    pub why: String,
}

/// The smallest honest registration with a broken `member`.
pub fn row(member: &str, value: impl Into<Value>, sentence: &str, why: impl Into<String>) -> Row {
    Row { body: minimal_with(member, value), sentence: sentence.to_owned(), why: format!("{member}: {}", why.into()) }
}

/// A redirect URI that is well-formed and not allowed: by itself, and between two that are allowed. The sentence says
/// which one it was.
pub fn redirect_uri_rows(uri: &str, sentence: &str, why: &str) -> [Row; 2] {
    let why = format!("{uri}: {why}");
    [
        row("redirect_uris", json!([uri]), &format!("redirect_uris[0]: {sentence}"), why.as_str()),
        row(
            "redirect_uris",
            json!(["https://example.com/cb", uri, "https://example.com/cb2"]),
            &format!("redirect_uris[1]: {sentence}"),
            why,
        ),
    ]
}

/// Each row is refused with `code` and its own sentence, and after the last one the table is still empty.
pub async fn assert_refused(code: &str, rows: impl IntoIterator<Item = Row>) {
    let endpoint = Endpoint::start().await;
    let mut refused = 0;
    for Row { body, sentence, why } in rows {
        let description = endpoint.register(&body).await.assert_refused(code, &why);
        assert_eq!(description, sentence, "{why}");
        refused += 1;
    }
    assert_ne!(refused, 0, "a table without rows");
    assert_eq!(endpoint.table.items(), Vec::<Value>::new());
}
