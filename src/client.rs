//! Issue: proved metadata becomes a [`Client`]. The only clock and the only randomness are here.

use std::time::{SystemTime, UNIX_EPOCH};

use uuid::Uuid;

use crate::metadata::ClientMetadata;

const SECONDS_A_DAY: u64 = 24 * 60 * 60;

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
    /// Gives the metadata a fresh identifier and the present time. `ttl_days` is the time to live in days, 0 for ever.
    #[must_use]
    pub fn issue(metadata: ClientMetadata, ttl_days: u32) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since_epoch| since_epoch.as_secs());
        Self {
            client_id: Uuid::new_v4(),
            client_id_issued_at: now,
            expires_at: (ttl_days > 0).then(|| now + u64::from(ttl_days) * SECONDS_A_DAY),
            metadata,
        }
    }

    /// The same registration under another fresh identifier, for when the first one is somebody else's.
    #[must_use]
    pub fn reissue(self) -> Self {
        Self { client_id: Uuid::new_v4(), ..self }
    }

    /// `client_id`: a random (version 4) UUID. It is an identifier, not a secret.
    #[must_use]
    pub fn client_id(&self) -> Uuid {
        self.client_id
    }

    /// `client_id_issued_at`: seconds since the epoch.
    #[must_use]
    pub fn client_id_issued_at(&self) -> u64 {
        self.client_id_issued_at
    }

    /// `expires_at`: seconds since the epoch after which the table may drop the client; `None` is never.
    #[must_use]
    pub fn expires_at(&self) -> Option<u64> {
        self.expires_at
    }

    /// What was registered.
    #[must_use]
    pub fn metadata(&self) -> &ClientMetadata {
        &self.metadata
    }
}
