//! The scope values that a client may request (RFC 6749 §3.3).

/// The longest `scope`, in characters.
pub const MAX_SCOPE_CHARS: usize = 1000;

/// A `scope`: tokens of visible ASCII without `"` and `\`, one space between two, at most [`MAX_SCOPE_CHARS`] characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope(String);

impl Scope {
    /// The scope exactly as it was sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Scope {
    type Error = ScopeError;

    fn try_from(sent: String) -> Result<Self, ScopeError> {
        if sent.chars().count() > MAX_SCOPE_CHARS {
            return Err(ScopeError::TooLong);
        }
        let is_token_byte = |byte| matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E);
        let is_token = |token: &str| !token.is_empty() && token.bytes().all(is_token_byte);
        if sent.split(' ').all(is_token) { Ok(Self(sent)) } else { Err(ScopeError::Malformed) }
    }
}

/// Why a `scope` is not registered. Its `Display` is the sentence that the caller reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the sentence says it")]
pub enum ScopeError {
    #[error("scope must be at most {MAX_SCOPE_CHARS} characters")]
    TooLong,
    #[error(
        "scope must be tokens of printable ASCII without quotation marks or backslashes, separated by single spaces"
    )]
    Malformed,
}
