//! The endpoint over plain HTTP: what API Gateway does for the function, on one machine.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderValue, Request, Response, StatusCode, header};
use axum::routing::any;
use dynamic_client_registration::Handler;
use uuid::Uuid;

/// The route, as in the template.
pub const PATH: &str = "/api/v2/oauth2/register";

/// API Gateway's largest payload, in bytes.
const MAX_PAYLOAD_BYTES: usize = 10 * 1024 * 1024;

/// A service that hands every request for [`PATH`] to the handler.
pub fn router(handler: Handler) -> Router {
    Router::new()
        .route(PATH, any(register))
        .fallback(async || gateway_response(StatusCode::NOT_FOUND, r#"{"errors":["Not Found"]}"#))
        .with_state(Arc::new(handler))
}

async fn register(State(handler): State<Arc<Handler>>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_PAYLOAD_BYTES).await else {
        return gateway_response(
            StatusCode::PAYLOAD_TOO_LARGE,
            r#"{"errors":["Request Too Large"]}"#,
        );
    };
    let request = Request::from_parts(parts, lambda_http::Body::Binary(body.into()));
    let response = handler.handle(&Uuid::new_v4().to_string(), &request).await;
    response.map(|body| Body::from(body.to_vec()))
}

/// What the template has API Gateway itself answer.
fn gateway_response(status: StatusCode, body: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response.headers_mut().insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    response
}
