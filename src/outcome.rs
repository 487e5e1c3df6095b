//! Every way a request can end, and RFC 7591's words for a refusal (§3.2.2). Nothing here knows HTTP:
//! [`crate::response`] turns an outcome into an answer, and [`crate::log`] into a log line.

use crate::attempts::Effort;
use crate::client::Client;
use crate::failure::StoreError;
use crate::member::Member;
use crate::metadata::MetadataError;
use crate::origin::Origin;
use crate::redirect_uri::RedirectUriError;
use crate::request::ReadError;

/// How a request ended.
#[derive(Debug)]
pub enum Outcome {
    /// The client is in the table.
    Registered(Client, Effort),
    /// The caller sent something that may not be registered. The table was not touched.
    Refused(Refusal),
    /// The client could not be inserted. The caller is not at fault.
    NotStored(StoreError, Effort),
    /// A browser asked whether it may send a registration (CORS).
    Preflight,
    /// A method that this endpoint does not support.
    MethodNotAllowed,
}

impl Outcome {
    /// The `outcome` of the log line; metric filters match on it.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Registered(..) => "registered",
            Self::Refused(_) => "refused",
            Self::NotStored(StoreError::Throttled(_), _) => "throttled",
            Self::NotStored(StoreError::Unavailable(_), _) => "unavailable",
            Self::NotStored(StoreError::Failed(_) | StoreError::ClientIdTaken, _) => "failed",
            Self::Preflight => "preflight",
            Self::MethodNotAllowed => "method_not_allowed",
        }
    }
}

/// Why a registration is refused. Its `Display` is the `error_description`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The document could not be read.
    #[error(transparent)]
    Document(#[from] ReadError),
    /// The metadata may not be registered.
    #[error(transparent)]
    Metadata(#[from] MetadataError),
}

impl Refusal {
    /// The `error`. For a redirection URI that is not well-formed, the published reference has
    /// `invalid_client_metadata`.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Document(ReadError::WrongType(_))
            | Self::Metadata(MetadataError::RedirectUri(_, RedirectUriError::NotWellFormed)) => {
                ErrorCode::InvalidClientMetadata
            }
            Self::Document(_) => ErrorCode::InvalidRequest,
            Self::Metadata(MetadataError::RedirectUri(..) | MetadataError::OriginNotListed(..)) => {
                ErrorCode::InvalidRedirectUri
            }
            Self::Metadata(_) => ErrorCode::InvalidClientMetadata,
        }
    }

    /// The first origin that the operator does not list, where that is why.
    pub const fn origin(&self) -> Option<&Origin> {
        if let Self::Metadata(MetadataError::OriginNotListed(_, origin)) = self { Some(origin) } else { None }
    }

    /// The member at fault, if the error is about one member.
    pub const fn member(&self) -> Option<Member> {
        match self {
            Self::Document(ReadError::Twice(member) | ReadError::NotUnicode(member) | ReadError::WrongType(member)) => {
                Some(*member)
            }
            Self::Document(_) => None,
            Self::Metadata(error) => Some(error.member()),
        }
    }
}

/// The error codes of a client registration error response (RFC 7591 §3.2.2; `invalid_request` is RFC 6749 §5.2's).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// Something is wrong with the document or how it was sent.
    InvalidRequest,
    /// A member breaks its rule.
    InvalidClientMetadata,
    /// A redirection URI is well-formed, but may not be registered.
    InvalidRedirectUri,
}

impl ErrorCode {
    /// The code as it appears in the answer and in the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClientMetadata => "invalid_client_metadata",
            Self::InvalidRedirectUri => "invalid_redirect_uri",
        }
    }
}
