//! The operator's settings, parsed into types before the first request.

use std::time::Duration;

use crate::allowed_origins::{AllowedOrigins, NotAnOrigin};
use crate::policy::{Policy, UnsupportedMetadata};

/// What an operator sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `TABLE_NAME`: name or ARN of the DynamoDB table. Required.
    pub table_name: String,
    /// `CLIENT_TTL_DAYS` (0, which means never, to [`MAX_CLIENT_TTL_DAYS`]), `UNSUPPORTED_METADATA` (`reject` or `replace`)
    /// and `ALLOWED_REDIRECT_ORIGINS` (separated by white space).
    pub policy: Policy,
}

/// The longest time to live: a hundred years. Anything longer is a typo.
pub const MAX_CLIENT_TTL_DAYS: u32 = 36_500;

impl Settings {
    /// Parses the settings that `variable` looks up by name.
    ///
    /// # Errors
    ///
    /// A [`SettingsError`] that names the first variable that is missing or bad.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let table_name = variable("TABLE_NAME").filter(|name| is_table_name(name)).ok_or(SettingsError::TableName)?;
        let mut policy = Policy::default();
        if let Some(days) = variable("CLIENT_TTL_DAYS") {
            let days: u32 =
                days.parse().ok().filter(|days| *days <= MAX_CLIENT_TTL_DAYS).ok_or(SettingsError::ClientTtlDays)?;
            policy.client_ttl = (days > 0).then(|| Duration::from_hours(24 * u64::from(days)));
        }
        if let Some(word) = variable("UNSUPPORTED_METADATA") {
            policy.unsupported_metadata = match word.as_str() {
                "reject" => UnsupportedMetadata::Reject,
                "replace" => UnsupportedMetadata::Replace,
                _ => return Err(SettingsError::UnsupportedMetadata),
            };
        }
        if let Some(origins) = variable("ALLOWED_REDIRECT_ORIGINS") {
            policy.allowed_origins = AllowedOrigins::parse(&origins)?;
        }
        Ok(Self { table_name, policy })
    }
}

/// What DynamoDB accepts as a table: a name of 3 to 255 letters, digits and `_.-`, by itself or at the end of an ARN.
fn is_table_name(text: &str) -> bool {
    let name = match text.split_once(":table/") {
        Some((table_of, name)) if table_of.starts_with("arn:") => name,
        _ => text,
    };
    (3..=255).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
}

/// A setting that is missing or bad. Its `Display` names it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the sentence says it")]
pub enum SettingsError {
    #[error("TABLE_NAME must be the name or the ARN of the DynamoDB table")]
    TableName,
    #[error("CLIENT_TTL_DAYS must be a whole number of days from 0 (never) to {MAX_CLIENT_TTL_DAYS}")]
    ClientTtlDays,
    #[error("UNSUPPORTED_METADATA must be reject or replace")]
    UnsupportedMetadata,
    #[error("ALLOWED_REDIRECT_ORIGINS: {0}")]
    AllowedRedirectOrigins(#[from] NotAnOrigin),
}
