//! A Lambda Runtime API on loopback that starts a function's binary, as Lambda does.

use std::ffi::OsStr;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::routing::{get, post};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::{Mutex, mpsc};
use tokio::time::timeout;

/// One function instance: the binary between two queues.
pub struct Function {
    events: mpsc::UnboundedSender<(String, String)>,
    results: Mutex<mpsc::UnboundedReceiver<(String, Value)>>,
    process: Child,
}

struct Queues {
    events: Mutex<mpsc::UnboundedReceiver<(String, String)>>,
    results: mpsc::UnboundedSender<(String, Value)>,
}

impl Function {
    /// Starts `binary` with Lambda's environment and `environment`, and nothing else of ours.
    pub async fn start(binary: impl AsRef<OsStr>, environment: &[(&str, &str)]) -> Self {
        let (events, next) = mpsc::unbounded_channel();
        let (answers, results) = mpsc::unbounded_channel();
        let queues = Arc::new(Queues { events: Mutex::new(next), results: answers });
        let api = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(invocation_next))
            .route("/2018-06-01/runtime/invocation/{id}/{kind}", post(invocation_end))
            .with_state(queues);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move { axum::serve(listener, api).await });
        let process = command(binary)
            .env("AWS_LAMBDA_RUNTIME_API", address)
            .envs(environment.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self { events, results: Mutex::new(results), process }
    }

    /// Hands the function an event, a JSON value or any text; it is queued while the function is busy.
    pub fn invoke(&self, request_id: &str, event: &impl ToString) {
        self.events.send((request_id.to_owned(), event.to_string())).unwrap();
    }

    /// What the function posts next, a result or an error report, with its request id.
    pub async fn report(&self) -> (String, Value) {
        let mut results = self.results.lock().await;
        timeout(Duration::from_secs(30), results.recv()).await.expect("the function to report").unwrap()
    }

    /// The next result, with its request id. Panics when the function reports an error instead.
    pub async fn result(&self) -> (String, Value) {
        let (id, result) = self.report().await;
        assert!(result.get("errorMessage").is_none(), "function error: {result}");
        (id, result)
    }

    /// Stops the process where it is, as Lambda does between events.
    pub async fn freeze(&self) {
        self.signal("STOP").await;
    }

    /// Lets a frozen process go on, which knows nothing of the time between.
    pub async fn thaw(&self) {
        self.signal("CONT").await;
    }

    async fn signal(&self, signal: &str) {
        let kill = format!("kill -{signal} {}", self.process.id().unwrap());
        assert!(Command::new("sh").args(["-c", &kill]).status().await.unwrap().success(), "{kill}");
    }

    /// Stops the function, as Lambda does when it is no longer needed; all it has logged.
    pub async fn stop(mut self) -> String {
        self.process.start_kill().unwrap();
        let output = self.process.wait_with_output().await.unwrap();
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
    }
}

/// `binary` in Lambda's environment, without a Runtime API to talk to.
pub fn command(binary: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(binary);
    command.env_clear().kill_on_drop(true).envs([
        ("AWS_LAMBDA_FUNCTION_NAME", "register-client"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:1"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
    ]);
    command
}

async fn invocation_next(State(queues): State<Arc<Queues>>) -> Result<(HeaderMap, String), StatusCode> {
    let (id, event) = queues.events.lock().await.recv().await.ok_or(StatusCode::GONE)?;
    let mut headers = HeaderMap::new();
    headers.insert("Lambda-Runtime-Aws-Request-Id", HeaderValue::from_str(&id).unwrap());
    headers.insert("Lambda-Runtime-Deadline-Ms", HeaderValue::from_static("4102444800000"));
    headers.insert(
        "Lambda-Runtime-Invoked-Function-Arn",
        HeaderValue::from_static("arn:aws:lambda:us-east-1:123456789012:function:register-client"),
    );
    headers.insert("Lambda-Runtime-Trace-Id", HeaderValue::from_static("Root=1-00000000-000000000000000000000000"));
    Ok((headers, event))
}

async fn invocation_end(
    State(queues): State<Arc<Queues>>,
    Path((id, _response_or_error)): Path<(String, String)>,
    body: String,
) -> StatusCode {
    // The receiver is gone once the test has seen enough.
    let _ = queues.results.send((id, serde_json::from_str(&body).unwrap()));
    StatusCode::ACCEPTED
}
