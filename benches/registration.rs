//! What our own code takes of a registration: read, prove, issue, answer; and the whole handler over a table that
//! answers at once.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on should stop where it is")]

use std::time::Duration;

use axum::Router;
use dev::dynamodb;
use divan::Bencher;
use dynamic_client_registration::attempts::Effort;
use dynamic_client_registration::outcome::Refusal;
use dynamic_client_registration::{
    Client, ClientMetadata, ClientStore, Handler, Outcome, Policy, RegistrationRequest, response,
};
use lambda_http::Request;
use lambda_http::http::Method;
use tokio::net::TcpListener;

fn main() {
    divan::main();
}

/// The body of an event in `events/`.
fn body_of(event: &str) -> String {
    let event: serde_json::Value = serde_json::from_str(event).unwrap();
    event["body"].as_str().unwrap().to_owned()
}

/// The reference's own example.
fn full() -> String {
    body_of(include_str!("../events/register-full.json"))
}

/// The least that is registered.
fn minimal() -> String {
    body_of(include_str!("../events/register-minimal.json"))
}

/// 64 KiB of as many unknown members as fit.
fn many_members() -> String {
    let members: Vec<String> = (0..5_900).map(|number| format!("\"m{number:04}\":1")).collect();
    format!("{{{}}}", members.join(","))
}

/// 64 KiB of nesting in an unknown member.
fn deep() -> String {
    format!("{{\"a\":{}{}}}", "[".repeat(32_000), "]".repeat(32_000))
}

/// Everything but the table.
#[divan::bench(args = ["full", "minimal", "many members", "deep"])]
fn read_prove_issue_answer(bencher: Bencher<'_, '_>, name: &str) {
    let body = match name {
        "full" => full(),
        "minimal" => minimal(),
        "many members" => many_members(),
        _ => deep(),
    };
    bencher.bench(|| response::answer(&register(&body).unwrap_or_else(Outcome::Refused)));
}

fn register(body: &str) -> Result<Outcome, Refusal> {
    let request = RegistrationRequest::parse(body.as_bytes())?;
    let metadata = ClientMetadata::validate(request, &Policy::default())?;
    let effort = Effort { attempts: 1, duration: Duration::ZERO };
    Ok(Outcome::Registered(Client::issue(metadata, None), effort))
}

/// The handler, the SDK and HTTP on loopback.
#[divan::bench]
fn handle(bencher: Bencher<'_, '_>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let handler = runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(async || "{}")).await });
        let config = dynamodb::sdk_config(&url).unwrap();
        Handler::new(ClientStore::new(&config, "clients".to_owned()), Policy::default())
    });
    let mut request = Request::new(full().into());
    *request.method_mut() = Method::POST;
    bencher.bench_local(|| {
        let response = runtime.block_on(handler.handle("benchmark", &request));
        assert_eq!(response.status(), 201);
    });
}
