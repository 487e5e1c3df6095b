//! The whole thing on one machine: an embedded DynamoDB and the endpoint on local ports. See docs/local.md.

#![expect(clippy::print_stdout, reason = "a program for a terminal")]

use std::net::Ipv4Addr;
use std::time::Duration;

use dev::{dynamodb, server};
use dynamic_client_registration::environment::variable;
use dynamic_client_registration::{ClientStore, Handler, Settings};
use dynoxide::Database;
use lambda_http::Error;
use lexopt::prelude::*;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;
use tokio::time::timeout;

const USAGE: &str = "\
Serves the registration endpoint on this machine with an embedded DynamoDB.

Usage: cargo run --example local -- [OPTIONS]

Options:
  --port PORT            port of the endpoint, 0 for any free one [default: 9000]
  --dynamodb-port PORT   port of the embedded DynamoDB, 0 for any free one [default: 8000]
  --data FILE            keep the table in FILE; without it the table is in memory
  --table-only           DynamoDB alone, for `cargo lambda watch` and `sam local`
  --help                 this text

TABLE_NAME [default: oauth2-clients], CLIENT_TTL_DAYS, UNSUPPORTED_METADATA and ALLOWED_REDIRECT_ORIGINS are
read from the environment, as the function does.";

#[tokio::main]
async fn main() {
    if let Err(error) = run().await {
        eprintln!("error: {error}");
        if error.is::<lexopt::Error>() {
            eprintln!("\n{USAGE}");
        }
        std::process::exit(1);
    }
}

async fn run() -> Result<(), Error> {
    let (mut port, mut dynamodb_port, mut data, mut table_only) = (9000, 8000, None, false);
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("port") => port = arguments.value()?.parse()?,
            Long("dynamodb-port") => dynamodb_port = arguments.value()?.parse()?,
            Long("data") => data = Some(arguments.value()?.string()?),
            Long("table-only") => table_only = true,
            Long("help") | Short('h') => {
                println!("{USAGE}");
                return Ok(());
            }
            _ => return Err(argument.unexpected().into()),
        }
    }
    tracing_subscriber::fmt().with_target(false).init();
    let Settings { table_name, policy } =
        Settings::read(|name| variable(name).or_else(|| (name == "TABLE_NAME").then(|| "oauth2-clients".to_owned())))?;

    // Both ports first: when one is taken, nothing has been opened or promised yet.
    let dynamodb_listener = listen(dynamodb_port, "--dynamodb-port").await?;
    let endpoint_listener = if table_only { None } else { Some(listen(port, "--port").await?) };

    let database = match &data {
        Some(file) => Database::new(file).map_err(|error| format!("cannot open {file}: {error}"))?,
        None => Database::memory()?,
    };
    dynamodb::create_table(&database, &table_name)?;
    let dynamodb_url = format!("http://{}", dynamodb_listener.local_addr()?);
    tokio::spawn(dynoxide::server::serve_on(dynamodb_listener, database));
    let kept = data.map_or("in memory".to_owned(), |file| format!("kept in {file}"));
    println!("DynamoDB is ready at {dynamodb_url}, table {table_name}, {kept}");

    let Some(listener) = endpoint_listener else { return Ok(ctrl_c_or_terminate().await?) };
    let url = format!("http://{}{}", listener.local_addr()?, server::PATH);
    let store = ClientStore::new(&dynamodb::sdk_config(&dynamodb_url)?, table_name);
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = axum::serve(listener, server::router(Handler::new(store, policy)))
        .with_graceful_shutdown(async { drop(stopped.await) });
    let serving = tokio::spawn(serving.into_future());
    println!(
        "The endpoint is ready at {url}\n\nRegister a client:\n  curl -i {url} -H 'Content-Type: application/json' \\\n    \
         -d '{{\"client_name\":\"Example MCP Client\",\"redirect_uris\":[\"https://example.com/oauth/callback\"]}}'"
    );

    ctrl_c_or_terminate().await?;
    println!("Stopping.");
    drop(stop);
    // What is being answered may finish, and the table is there until then; but a caller that never ends cannot keep us.
    timeout(Duration::from_secs(8), serving).await.unwrap_or(Ok(Ok(())))??;
    Ok(())
}

async fn listen(port: u16, option: &str) -> Result<TcpListener, String> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(|error| format!("cannot listen on port {port}: {error}; choose another one with {option}"))
}

async fn ctrl_c_or_terminate() -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result,
        _ = terminate.recv() => Ok(()),
    }
}
