//! A Lambda Runtime API on loopback that starts a function, as Lambda does.

use std::ffi::OsStr;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::{Mutex, mpsc};
use tokio::time::timeout;

/// After this a function that does not answer is broken, even one that valgrind runs.
const PATIENCE: Duration = Duration::from_mins(1);

/// One function instance: its process between two queues.
pub struct Function {
    events: mpsc::UnboundedSender<(String, Vec<u8>)>,
    asked: Mutex<mpsc::UnboundedReceiver<Instant>>,
    reports: Mutex<mpsc::UnboundedReceiver<Report>>,
    process: Child,
}

/// What a function posts when it is done with an event: a result, or an error report.
#[derive(Debug)]
pub struct Report {
    /// Of the event.
    pub request_id: String,
    /// JSON, if the function is right.
    pub body: Bytes,
    /// When it was here.
    pub posted: Instant,
}

struct Queues {
    events: Mutex<mpsc::UnboundedReceiver<(String, Vec<u8>)>>,
    asked: mpsc::UnboundedSender<Instant>,
    reports: mpsc::UnboundedSender<Report>,
}

impl Function {
    /// Starts `binary` with Lambda's environment and `environment`, and nothing else of ours.
    pub async fn start(binary: impl AsRef<OsStr>, environment: &[(&str, &str)]) -> Self {
        let mut command = command(binary);
        command.envs(environment.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self::run(command).await
    }

    /// Runs `command` with a Runtime API of its own.
    pub async fn run(mut command: Command) -> Self {
        let (events, next) = mpsc::unbounded_channel();
        let (asks, asked) = mpsc::unbounded_channel();
        let (posts, reports) = mpsc::unbounded_channel();
        let queues = Arc::new(Queues { events: Mutex::new(next), asked: asks, reports: posts });
        let api = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(invocation_next))
            .route("/2018-06-01/runtime/invocation/{id}/{kind}", post(invocation_end))
            .with_state(queues);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let listener = listener.tap_io(|connection| connection.set_nodelay(true).unwrap());
        tokio::spawn(async move { axum::serve(listener, api).await });
        let process = command.env("AWS_LAMBDA_RUNTIME_API", address).spawn();
        let process = process.unwrap_or_else(|error| panic!("{}: {error}", command.as_std().get_program().display()));
        Self { events, asked: Mutex::new(asked), reports: Mutex::new(reports), process }
    }

    /// The process, or what runs it.
    pub fn process_id(&self) -> u32 {
        self.process.id().unwrap()
    }

    /// When the function asked for an event, or for its next one. Each time it did is returned once.
    pub async fn asked(&self) -> Instant {
        let mut asked = self.asked.lock().await;
        timeout(PATIENCE, asked.recv()).await.expect("the function to ask for an event").unwrap()
    }

    /// Hands the function an event, a JSON value or any text; it is queued while the function is busy.
    pub fn invoke(&self, request_id: &str, event: &impl ToString) {
        self.invoke_bytes(request_id, event.to_string().into_bytes());
    }

    /// Hands the function an event that need not be text.
    pub fn invoke_bytes(&self, request_id: &str, event: Vec<u8>) {
        self.events.send((request_id.to_owned(), event)).unwrap();
    }

    /// What the function posts next.
    pub async fn posted(&self) -> Report {
        let mut reports = self.reports.lock().await;
        timeout(PATIENCE, reports.recv()).await.expect("the function to report").unwrap()
    }

    /// What the function posts next, a result or an error report, with its request id.
    pub async fn report(&self) -> (String, Value) {
        let report = self.posted().await;
        (report.request_id, serde_json::from_slice(&report.body).unwrap())
    }

    /// The next result, with its request id. Panics when the function reports an error instead.
    pub async fn result(&self) -> (String, Value) {
        let (id, result) = self.report().await;
        assert!(result.get("errorMessage").is_none(), "function error: {result}");
        (id, result)
    }

    /// Sends the process a signal: `STOP` freezes it, as Lambda does between events, and `CONT` lets it go on, without
    /// knowing of the time between.
    pub async fn signal(&self, signal: &str) {
        let kill = format!("kill -{signal} {}", self.process_id());
        assert!(Command::new("sh").args(["-c", &kill]).status().await.unwrap().success(), "{kill}");
    }

    /// Stops the function, as Lambda does when it is no longer needed; all it has logged, if that is piped.
    pub async fn stop(mut self) -> String {
        self.process.start_kill().unwrap();
        self.ended().await
    }

    /// All the function has logged, if that is piped, once it has ended by itself.
    pub async fn ended(self) -> String {
        let output = self.process.wait_with_output().await.unwrap();
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
    }
}

/// `program` in Lambda's environment, without a Runtime API to talk to.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.env_clear().kill_on_drop(true).envs([
        ("AWS_LAMBDA_FUNCTION_NAME", "register-client"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:1"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
    ]);
    command
}

async fn invocation_next(State(queues): State<Arc<Queues>>) -> Result<Response, StatusCode> {
    // Nobody listens where the function has been stopped.
    let _ = queues.asked.send(Instant::now());
    let (id, event) = queues.events.lock().await.recv().await.ok_or(StatusCode::GONE)?;
    let headers = [
        ("Content-Type", "application/json"),
        ("Lambda-Runtime-Aws-Request-Id", id.as_str()),
        ("Lambda-Runtime-Deadline-Ms", "4102444800000"),
        ("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:123456789012:function:register-client"),
        ("Lambda-Runtime-Trace-Id", "Root=1-00000000-000000000000000000000000"),
    ];
    Ok((headers, event).into_response())
}

async fn invocation_end(
    State(queues): State<Arc<Queues>>,
    Path((request_id, _response_or_error)): Path<(String, String)>,
    body: Bytes,
) -> StatusCode {
    let _ = queues.reports.send(Report { request_id, body, posted: Instant::now() });
    StatusCode::ACCEPTED
}
