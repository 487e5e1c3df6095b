//! The parts list of the Lambda function: logs, settings, SDK client, handler, run.

use dynamic_client_registration::event::{Event, NotAnHttpEvent};
use dynamic_client_registration::settings::variable;
use dynamic_client_registration::{ClientStore, Handler, Settings, connection};
use lambda_http::lambda_runtime::{self, LambdaEvent};
use lambda_http::{Error, service_fn};
use tracing::level_filters::LevelFilter;

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
    start_logging();
    let settings =
        Settings::read(variable).inspect_err(|error| tracing::error!(%error, "cold start"))?;
    let config =
        connection::sdk_config().inspect_err(|error| tracing::error!(%error, "cold start"))?;
    let store = ClientStore::new(&config, settings.table_name);
    store.warm_up().await;
    let handler = Handler::new(
        store,
        settings.unsupported_metadata,
        settings.client_ttl_days,
    );

    // One event at a time on classic Lambda, `AWS_LAMBDA_MAX_CONCURRENCY` at a time on Managed Instances.
    lambda_runtime::run_concurrent(service_fn(
        move |LambdaEvent {
                  payload, context, ..
              }: LambdaEvent<Event>| {
            let handler = handler.clone();
            async move {
                let (format, request) = payload.into_request()?;
                let response = handler.handle(&context.request_id, &request).await;
                Ok::<_, NotAnHttpEvent>(format.result(response))
            }
        },
    ))
    .await
}

/// Lambda's logging controls set `AWS_LAMBDA_LOG_FORMAT` (`JSON` or `Text`) and `AWS_LAMBDA_LOG_LEVEL`.
fn start_logging() {
    let level = variable("AWS_LAMBDA_LOG_LEVEL")
        .and_then(|level| level.parse().ok())
        .unwrap_or(LevelFilter::INFO)
        // At TRACE the Lambda runtime would write whole events, with the callers' addresses in them.
        .min(LevelFilter::DEBUG);
    let logs = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_target(false);
    if variable("AWS_LAMBDA_LOG_FORMAT").is_some_and(|format| format.eq_ignore_ascii_case("json")) {
        // One flat object a line: metric filters and log queries name its members without a path. With its time, without
        // which Lambda takes every line for INFO, whatever its level says, and drops it where only WARN is asked for.
        logs.json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(false)
            .init();
    } else {
        logs.without_time().init();
    }
}
