//! The floor: a stock `lambda_http` hello world.

use lambda_http::{Error, Request, run, service_fn};

#[tokio::main]
async fn main() -> Result<(), Error> {
    lambda_http::tracing::init_default_subscriber();
    run(service_fn(async |_: Request| Ok::<_, Error>("hello"))).await
}
