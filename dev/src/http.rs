//! An HTTP client that never tries anything twice, so that who counts requests counts what was asked for.

use axum::body::Bytes;
use axum::http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use lambda_http::Error;

/// Connections that are kept as long as they last.
#[derive(Clone, Debug)]
pub struct HttpClient(legacy::Client<HttpConnector, Full<Bytes>>);

impl HttpClient {
    /// Sends `request`, whose URI is a whole URL, and reads all of the reply.
    ///
    /// # Errors
    ///
    /// When there is no reply, or only a part of one.
    pub async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Error> {
        let (head, body) = self.0.request(request.map(Full::new)).await?.into_parts();
        Ok(Response::from_parts(head, body.collect().await?.to_bytes()))
    }
}

impl Default for HttpClient {
    /// Without any connection yet.
    fn default() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self(legacy::Client::builder(TokioExecutor::new()).retry_canceled_requests(false).build(connector))
    }
}
