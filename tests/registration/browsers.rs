//! Web pages register from any origin, without credentials. What a browser then lets through is four constant headers'
//! business (Fetch standard, section 3.3); they hold them byte for byte.

use dev::dynamodb::Table;
use dev::wire::{Fault, Wire, always};
use dynamic_client_registration::{Handler, Policy};
use lambda_http::http::{HeaderValue, Method};
use serde_json::{Value, json};

use crate::support::{Endpoint, Reply, minimal, minimal_with, post, store};

/// Any header may be sent: `*` says so, but not for `Authorization`, and not to browsers from before 2019, which take it
/// for a name; so those that clients are known to send are named.
#[tokio::test]
async fn a_preflight_allows_every_origin_and_header_and_touches_nothing() {
    let endpoint = Endpoint::start().await;
    for (origin, header) in [("https://app.example.com", "content-type,traceparent"), ("null", "*")] {
        let mut request = post(minimal().to_string());
        *request.method_mut() = Method::OPTIONS;
        request.headers_mut().insert("Origin", HeaderValue::from_static(origin));
        request.headers_mut().insert("Access-Control-Request-Method", HeaderValue::from_static("POST"));
        request.headers_mut().insert("Access-Control-Request-Headers", HeaderValue::from_static(header));

        let reply = endpoint.send(request).await;

        assert_eq!((reply.status.as_u16(), reply.body.as_str()), (204, ""));
        reply.assert_headers(&[
            ("access-control-allow-headers", "Content-Type, Accept, Authorization, MCP-Protocol-Version, *"),
            ("access-control-allow-methods", "POST, OPTIONS"),
            ("access-control-allow-origin", "*"),
            ("access-control-max-age", "86400"),
        ]);
    }
    assert_eq!(endpoint.table.items(), Vec::<Value>::new());
}

#[tokio::test]
async fn a_page_of_any_origin_may_register() {
    let endpoint = Endpoint::start().await;
    for origin in ["https://app.example.com", "http://localhost:6274", "null", "moz-extension://5a434691-ccb2-4fd1"] {
        let mut request = post(minimal().to_string());
        request.headers_mut().insert("Origin", HeaderValue::from_static(origin));
        endpoint.send(request).await.assert_registered(origin);
    }
}

/// A page that cannot read a refusal tells its user that the server is down.
#[tokio::test]
async fn a_page_may_read_every_answer_and_what_it_says_about_trying_again() {
    let mut get = post("");
    *get.method_mut() = Method::GET;
    let endpoint = Endpoint::start().await;
    let mut replies = vec![
        (201, endpoint.register(&minimal()).await),
        (400, endpoint.send(post("{")).await),
        (400, endpoint.register(&minimal_with("client_name", " ")).await),
        (400, endpoint.register(&minimal_with("redirect_uris", json!(["https://example.com/#"]))).await),
        (405, endpoint.send(get).await),
    ];
    for (status, fault) in [
        (429, Fault::Exception(400, "ThrottlingException")),
        (500, Fault::Exception(400, "AccessDeniedException")),
        (503, Fault::Exception(503, "ServiceUnavailable")),
    ] {
        let table = Table::start().await;
        let wire = Wire::to(&table.url, always(fault)).await;
        let handler = Handler::new(store(&wire.url).await, Policy::default());
        replies.push((status, Reply::from(handler.handle("test-request", &post(minimal().to_string())).await)));
    }
    for (status, reply) in replies {
        assert_eq!(reply.status.as_u16(), status, "{}", reply.body);
        let header = |name| reply.headers.get(name).map(|value| value.to_str().unwrap());
        assert_eq!(header("access-control-allow-origin"), Some("*"), "{status}");
        assert_eq!(header("access-control-allow-credentials"), None, "{status}");
        let exposed = [429, 503].contains(&status).then_some("Retry-After, X-RateLimit-Reset");
        assert_eq!(header("access-control-expose-headers"), exposed, "{status}");
        assert_eq!(header("retry-after"), exposed.map(|_| "5"), "{status}");
        assert_eq!(header("x-ratelimit-reset"), (status == 429).then_some("5"), "{status}");
    }
}
