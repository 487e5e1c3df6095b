//! Web pages register from any origin, without credentials. Four constant headers decide what a browser allows (Fetch
//! standard, section 3.3); these tests pin them byte for byte.

use lambda_http::http::{HeaderValue, Method};
use serde_json::Value;

use crate::support::{Endpoint, minimal, post};

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
