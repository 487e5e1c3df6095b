//! The parts list of the Lambda function: logs, settings, SDK client, handler, run.

use dynamic_client_registration::event::{Event, NotAnHttpEvent};
use dynamic_client_registration::settings::variable;
use dynamic_client_registration::{ClientStore, Handler, Settings, connection, log};
use lambda_http::lambda_runtime::{self, LambdaEvent};
use lambda_http::{Error, service_fn};

/// An eighth fewer instructions a call than with the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    // A task of its own is woken without a system call; the future that the runtime blocks on costs one each time.
    tokio::spawn(serve()).await?
}

async fn serve() -> Result<(), Error> {
    connection::warm_up_resolver();
    log::start();
    let settings = Settings::read(variable).inspect_err(|error| tracing::error!(%error, "cold start"))?;
    let config = connection::sdk_config().inspect_err(|error| tracing::error!(%error, "cold start"))?;
    let store = ClientStore::new(&config, settings.table_name);
    store.warm_up().await;
    let handler = Handler::new(store, settings.unsupported_metadata, settings.client_ttl_days);

    // One event at a time on classic Lambda, `AWS_LAMBDA_MAX_CONCURRENCY` at a time on Managed Instances.
    lambda_runtime::run_concurrent(service_fn(move |LambdaEvent { payload, context, .. }: LambdaEvent<Event>| {
        let handler = handler.clone();
        async move {
            let (format, request) = payload.into_request()?;
            let response = handler.handle(&context.request_id, &request).await;
            Ok::<_, NotAnHttpEvent>(format.result(response))
        }
    }))
    .await
}
