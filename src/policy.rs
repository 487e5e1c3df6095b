//! What the operator decides about registrations.

use std::time::Duration;

use crate::allowed_origins::AllowedOrigins;

/// What the operator decides about registrations. Its `Default` is that of every setting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// What to do with metadata that is not supported.
    pub unsupported_metadata: UnsupportedMetadata,
    /// How long a client lives if nobody renews it; `None` means forever.
    pub client_ttl: Option<Duration>,
    /// The origins that redirection URIs may have.
    pub allowed_origins: AllowedOrigins,
}

/// What to do with a grant type, response type or authentication method that is not supported, and with a redirection URI
/// whose origin is not allowed; RFC 7591 §2 permits either.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnsupportedMetadata {
    /// Refuse the registration.
    #[default]
    Reject,
    /// Register what is supported, and say so in the answer.
    Replace,
}
