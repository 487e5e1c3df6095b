//! The story of one request. This is the only room that knows the order of the verbs, and it cannot fail: a refusal is an
//! answer.

use std::time::Duration;

use lambda_http::http::Method;
use lambda_http::{Body, Request, Response};

use crate::client::Client;
use crate::error::{RegistrationError, StoreError};
use crate::metadata::{ClientMetadata, UnsupportedMetadata};
use crate::request::RegistrationRequest;
use crate::store::{ClientStore, Effort};
use crate::{log, response};

/// Identifiers tried before a registration is given up. Two random UUIDs never meet in practice; when three in a row are
/// taken, something else is wrong.
const MAX_CLIENT_IDS: usize = 3;

/// Time spent on the table after which no further identifier is tried, so that the last try, too, ends before the function's
/// time-out: this and [`OPERATION_TIMEOUT`](crate::store::OPERATION_TIMEOUT) stay below it.
pub const NO_NEW_CLIENT_ID_AFTER: Duration = Duration::from_secs(2);

/// The client registration endpoint (RFC 7591 §3).
#[derive(Clone, Debug)]
pub struct Handler {
    store: ClientStore,
    unsupported_metadata: UnsupportedMetadata,
    client_ttl_days: u32,
}

impl Handler {
    /// An endpoint that registers into `store`; the other two are the operator's settings of the same names.
    #[must_use]
    pub fn new(store: ClientStore, unsupported_metadata: UnsupportedMetadata, client_ttl_days: u32) -> Self {
        Self { store, unsupported_metadata, client_ttl_days }
    }

    /// Answers one request, and logs one line under `request_id`. The path is the gateway's business and is not looked at.
    pub async fn handle(&self, request_id: &str, request: &Request) -> Response<Body> {
        match *request.method() {
            Method::POST => {
                let mut effort = Effort::default();
                let outcome = self.register(request, &mut effort).await;
                let answer = response::answer(&outcome);
                log::registration(request_id, &outcome, answer.status(), effort);
                answer
            }
            Method::OPTIONS => {
                let answer = response::preflight();
                log::other(request_id, "preflight", answer.status());
                answer
            }
            _ => {
                let answer = response::method_not_allowed();
                log::other(request_id, "method_not_allowed", answer.status());
                answer
            }
        }
    }

    async fn register(&self, request: &Request, effort: &mut Effort) -> Result<Client, RegistrationError> {
        let request = RegistrationRequest::read(request)?;
        let metadata = ClientMetadata::prove(request, self.unsupported_metadata)?;
        let mut client = Client::issue(metadata, self.client_ttl_days);
        let mut client_ids = 1;
        loop {
            match self.store.insert(&client, effort).await {
                Err(StoreError::ClientIdTaken)
                    if client_ids < MAX_CLIENT_IDS && effort.duration < NO_NEW_CLIENT_ID_AFTER =>
                {
                    client = client.reissue();
                    client_ids += 1;
                }
                Ok(()) => return Ok(client),
                Err(error) => return Err(error.into()),
            }
        }
    }
}
