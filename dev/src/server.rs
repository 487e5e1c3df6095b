//! The endpoint over plain HTTP: what API Gateway does for the function, on one machine.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{Request, Response, StatusCode};
use axum::response::IntoResponse;
use axum::routing::any;
use dynamic_client_registration::Handler;
use dynamic_client_registration::request::MAX_BODY_BYTES;
use uuid::Uuid;

/// The route, as in the template.
pub const PATH: &str = "/api/v2/oauth2/register";

/// What API Gateway takes: 10 MB. All of it is read, so that a caller whose body is too long is told so.
const GATEWAY_MAX_BYTES: usize = 10_000_000;

/// A service that hands every request for [`PATH`] to the handler.
pub fn router(handler: Handler) -> Router {
    Router::new().route(PATH, any(register)).fallback(not_found).with_state(Arc::new(handler))
}

async fn register(State(handler): State<Arc<Handler>>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    // Beyond what the gateway takes, one byte too many for the handler is all it has to see.
    let body = to_bytes(body, GATEWAY_MAX_BYTES).await.map_or_else(|_| vec![0; MAX_BODY_BYTES + 1], Vec::from);
    let request = Request::from_parts(parts, lambda_http::Body::Binary(body));
    let response = handler.handle(&Uuid::new_v4().to_string(), &request).await;
    response.map(|body| Body::from(body.to_vec()))
}

/// What the template has API Gateway itself answer to an unknown path.
async fn not_found() -> impl IntoResponse {
    let headers = [("Content-Type", "application/json"), ("Access-Control-Allow-Origin", "*")];
    (StatusCode::NOT_FOUND, headers, r#"{"errors":["Not Found"]}"#)
}
