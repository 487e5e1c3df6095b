//! Handles one request. Only this module knows the order of the verbs, and it cannot fail: a refusal is also an answer.

use lambda_http::http::Method;
use lambda_http::{Body, Request, Response};

use crate::client::Client;
use crate::metadata::ClientMetadata;
use crate::outcome::{Outcome, Refusal};
use crate::policy::Policy;
use crate::request::RegistrationRequest;
use crate::store::ClientStore;
use crate::{log, response};

/// The client registration endpoint (RFC 7591 §3).
#[derive(Clone, Debug)]
pub struct Handler {
    store: ClientStore,
    policy: Policy,
}

impl Handler {
    /// An endpoint that registers into `store` what the operator's `policy` allows.
    pub fn new(store: ClientStore, policy: Policy) -> Self {
        Self { store, policy }
    }

    /// Answers one request, and logs one line with `request_id`. The path is the gateway's business, and ignored.
    pub async fn handle(&self, request_id: &str, request: &Request) -> Response<Body> {
        let outcome = match *request.method() {
            Method::POST => self.register(request).await.unwrap_or_else(Outcome::Refused),
            Method::OPTIONS => Outcome::Preflight,
            _ => Outcome::MethodNotAllowed,
        };
        let answer = response::answer(&outcome);
        log::outcome(request_id, &outcome, answer.status());
        answer
    }

    /// Read, validate, issue, insert; the answer is the caller's.
    async fn register(&self, request: &Request) -> Result<Outcome, Refusal> {
        let request = RegistrationRequest::read(request)?;
        let metadata = ClientMetadata::validate(request, &self.policy)?;
        let client = Client::issue(metadata, self.policy.client_ttl);
        Ok(match self.store.insert(&client).await {
            (Ok(()), effort) => Outcome::Registered(client, effort),
            (Err(error), effort) => Outcome::NotStored(error, effort),
        })
    }
}
