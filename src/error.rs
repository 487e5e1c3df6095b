//! Every way a registration can end badly, in the domain's words. Nothing here knows HTTP; [`crate::response`] does the
//! mapping.

pub use crate::metadata::MetadataError;
pub use crate::redirect_uri::RedirectUriError;
pub use crate::request::ReadError;
pub use crate::store_error::StoreError;

/// Why a client was not registered.
#[derive(Debug)]
pub enum RegistrationError {
    /// The document could not be read. The caller gets a 400.
    Read(ReadError),
    /// The metadata may not be registered. The caller gets a 400.
    Metadata(MetadataError),
    /// The client could not be inserted. The caller gets a 429, 503 or 500 without the cause; the log gets the cause.
    Store(StoreError),
}

impl From<ReadError> for RegistrationError {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

impl From<MetadataError> for RegistrationError {
    fn from(error: MetadataError) -> Self {
        Self::Metadata(error)
    }
}

impl From<StoreError> for RegistrationError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
