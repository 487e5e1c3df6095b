//! The environment, one variable at a time. Nothing else reads it.

use std::env;

/// An environment variable. One that is set but empty counts as not set, because templates and shells produce both.
/// Bytes that are not UTF-8 are replaced, so that such a value is refused as bad and not mistaken for a missing one.
pub fn variable(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    let value = env::var_os(name)?.to_string_lossy().into_owned();
    Some(value).filter(|value| !value.is_empty())
}
