//! The environment, read once and parsed into types before the first request.

use std::{env, fmt};

use crate::metadata::UnsupportedMetadata;

/// What an operator sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `TABLE_NAME`: the DynamoDB table. Required.
    pub table_name: String,
    /// `CLIENT_TTL_DAYS`: days until an item may expire, at most [`MAX_CLIENT_TTL_DAYS`]; 0, the default, is never.
    pub client_ttl_days: u32,
    /// `UNSUPPORTED_METADATA`: `reject`, the default, or `replace`.
    pub unsupported_metadata: UnsupportedMetadata,
}

/// An environment variable. One that is set but empty counts as not set, as templates and shells produce both. What is not UTF-8 in
/// it is replaced, so that it is refused as bad and not taken for absent.
#[must_use]
pub fn variable(name: &str) -> Option<String> {
    let value = env::var_os(name)?.to_string_lossy().into_owned();
    Some(value).filter(|value| !value.is_empty())
}

/// The longest time to live: a hundred years. More is a slip of the keyboard.
pub const MAX_CLIENT_TTL_DAYS: u32 = 36_500;

impl Settings {
    /// Parses the settings that `variable` looks up by name.
    ///
    /// # Errors
    ///
    /// A [`SettingsError`] that names the first variable that is missing or bad.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        Ok(Self {
            table_name: variable("TABLE_NAME")
                .filter(|name| is_table_name(name))
                .ok_or(SettingsError("TABLE_NAME must be the name or the ARN of the DynamoDB table"))?,
            client_ttl_days: match variable("CLIENT_TTL_DAYS") {
                None => 0,
                Some(days) => {
                    days.parse().ok().filter(|days| *days <= MAX_CLIENT_TTL_DAYS).ok_or(SettingsError(
                        "CLIENT_TTL_DAYS must be a whole number of days from 0 (never) to 36500",
                    ))?
                }
            },
            unsupported_metadata: match variable("UNSUPPORTED_METADATA").as_deref() {
                None | Some("reject") => UnsupportedMetadata::Reject,
                Some("replace") => UnsupportedMetadata::Replace,
                Some(_) => {
                    return Err(SettingsError("UNSUPPORTED_METADATA must be reject or replace"));
                }
            },
        })
    }
}

/// What DynamoDB takes for a table: a name of 3 to 255 letters, digits and `_.-`, by itself or at the end of an ARN.
fn is_table_name(text: &str) -> bool {
    let name = match text.split_once(":table/") {
        Some((table_of, name)) if table_of.starts_with("arn:") => name,
        _ => text,
    };
    (3..=255).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
}

/// A setting that is missing or bad. Its `Display` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SettingsError(&'static str);

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for SettingsError {}
