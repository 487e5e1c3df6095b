//! The same endpoint as most people would deploy it: every crate with its default features, the default release
//! profile, a runtime of many threads, no warm-up.

use dynamic_client_registration::{ClientStore, Handler, Policy};
use lambda_http::{Error, Request, RequestExt, run, service_fn};

#[tokio::main]
#[expect(clippy::disallowed_methods, reason = "most people read a variable so")]
async fn main() -> Result<(), Error> {
    lambda_http::tracing::init_default_subscriber();
    let config = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
    let store = ClientStore::new(&config, std::env::var("TABLE_NAME")?);
    let handler = &Handler::new(store, Policy::default());
    run(service_fn(move |request: Request| async move {
        let request_id = request.lambda_context().request_id;
        Ok::<_, Error>(handler.handle(&request_id, &request).await)
    }))
    .await
}
