//! Issue: valid metadata becomes a [`Client`]. The only wall clock and the only randomness are here.

use std::time::{Duration, SystemTime};

use uuid::Uuid;

use crate::metadata::ClientMetadata;

/// A client as it is registered (RFC 7591 §3.2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "these are the RFC's names")]
pub struct Client {
    client_id: Uuid,
    client_id_issued_at: u64,
    expires_at: Option<u64>,
    metadata: ClientMetadata,
}

impl Client {
    /// Gives the metadata a new identifier and the current time. `client_ttl` is how long the client lives unless
    /// somebody renews it; `None` means forever.
    #[expect(clippy::disallowed_methods, reason = "this is the one place for a client's time and randomness")]
    pub fn issue(metadata: ClientMetadata, client_ttl: Option<Duration>) -> Self {
        #[expect(clippy::unreachable, reason = "no clock that signs requests to AWS is wrong by decades")]
        let Ok(now) = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) else {
            unreachable!("the clock is before 1970")
        };
        let now = now.as_secs();
        Self {
            client_id: Uuid::new_v4(),
            client_id_issued_at: now,
            expires_at: client_ttl.map(|ttl| now.saturating_add(ttl.as_secs())),
            metadata,
        }
    }

    /// `client_id`: a random UUID. It is an identifier, not a secret. Version 4 and not 7: it spreads over the table's
    /// partitions, and tells nobody when others registered.
    pub fn client_id(&self) -> Uuid {
        self.client_id
    }

    /// `client_id_issued_at`: seconds since the epoch.
    pub fn client_id_issued_at(&self) -> u64 {
        self.client_id_issued_at
    }

    /// `expires_at`: seconds since the epoch, after which the table may delete the client; `None` means never.
    pub fn expires_at(&self) -> Option<u64> {
        self.expires_at
    }

    /// What was registered.
    pub fn metadata(&self) -> &ClientMetadata {
        &self.metadata
    }
}
