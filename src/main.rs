//! The parts list of the Lambda function: log, settings, SDK client, `lambda_http` with the handler, run.

use std::convert::Infallible;
use std::fs::File;
use std::io::{self, BufReader};
use std::process::ExitCode;

use dynamic_client_registration::environment::variable;
use dynamic_client_registration::{ClientStore, Handler, Settings, connection, event, log};
use lambda_http::tower::util::MapRequestLayer;
use lambda_http::{Error, Request, RequestExt, service_fn};

/// One eighth fewer instructions per call than with the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

// One thread: an instance answers one event at a time. That saves a fifth of the CPU time per call and an eighth of the start.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    read_program();
    log::start();
    let serve = match start().await {
        Ok(serve) => serve,
        Err(error) => {
            tracing::error!(error, "the function cannot start");
            return ExitCode::FAILURE;
        }
    };
    // Running as a task saves three of sixteen system calls per call: the runtime wakes its tasks by a queue, but the
    // future it blocks on by writing to an `eventfd`, for which it then has to poll once more.
    match tokio::spawn(serve).await.map_err(Error::from).flatten() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error, "the runtime has ended");
            ExitCode::FAILURE
        }
    }
}

/// Reads this program's file from end to end. On a new instance it is not in memory, and a start touches most of it; so it
/// comes in one sweep, with a fifth of the waits for the disk. This is a bet: up to a millisecond where the file is in
/// memory against the 4 that it saves where it is not (a thread that does it meanwhile saved 3). Nobody has measured it on
/// Lambda.
fn read_program() {
    // If it cannot be read, nothing is lost.
    let _ = File::open("/proc/self/exe")
        .and_then(|program| io::copy(&mut BufReader::with_capacity(65_536, program), &mut io::sink()));
}

/// Everything up to the first event. What it returns serves events until the runtime ends.
async fn start() -> Result<impl Future<Output = Result<(), Error>>, Error> {
    // Without it the runtime panics, in three lines on standard error.
    if variable("AWS_LAMBDA_RUNTIME_API").is_none() {
        return Err("AWS_LAMBDA_RUNTIME_API is not set: only Lambda runs this; elsewhere, run examples/local.rs".into());
    }
    let settings = Settings::read(variable)?;
    let store = ClientStore::new(&connection::sdk_config()?, settings.table_name);
    store.warm_up().await;
    let handler = Handler::new(store, settings.policy);

    let service = service_fn(move |request: Request| {
        let handler = handler.clone();
        async move {
            let request_id = request.lambda_context_ref().map_or("", |context| &context.request_id);
            Ok::<_, Infallible>(event::TextResponse(handler.handle(request_id, &request).await))
        }
    });
    // One event at a time on classic Lambda, `AWS_LAMBDA_MAX_CONCURRENCY` at a time on Managed Instances.
    Ok(lambda_http::runtime_concurrent(service).layer(MapRequestLayer::new(event::keep_what_is_read)).run_concurrent())
}
