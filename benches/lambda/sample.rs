//! One cold start of a function and its warm calls, measured from outside.

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use dev::runtime_api::Function;
use serde_json::Value;

use crate::program::Copy;
use crate::stand_in::StandIn;

pub struct Sample {
    /// From the start of the process to the first answer, in milliseconds.
    pub start: f64,
    /// How often it waited for the disk until then.
    pub waits: f64,
    /// Processor time of a warm call, in milliseconds.
    pub cpu: f64,
    pub peak_kib: f64,
}

impl Sample {
    /// Starts a copy, and calls it once and then `warm` times.
    pub async fn take(copy: &Copy<'_>, warm: usize, dynamodb: &StandIn) -> Self {
        let started = Instant::now();
        let function = start(copy, &[], dynamodb).await;
        function.asked().await;
        let start = call(&function).await.duration_since(started);
        let process = format!("/proc/{}", function.process_id());
        let read = |file: &str| fs::read_to_string(format!("{process}/{file}")).unwrap();
        let waits = read("stat").split(' ').nth(11).unwrap().parse().unwrap();
        let before = cpu_time(&process);
        for _ in 0..warm {
            call(&function).await;
        }
        let cpu = cpu_time(&process).saturating_sub(before);
        let status = read("status");
        let peak = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
        let peak_kib = peak.split_whitespace().nth(1).unwrap().parse().unwrap();
        function.stop().await;
        assert_eq!(dynamodb.take()[2], copy.program.requests(warm + 1)[2], "clients put by {}", copy.program.name);
        Self { start: ms(start), waits, cpu: ms(cpu) / warm as f64, peak_kib }
    }
}

/// Starts a copy in the environment of a function, under `tool` where there is one.
pub async fn start(copy: &Copy<'_>, tool: &[&str], dynamodb: &StandIn) -> Function {
    let mut command = copy.command(tool);
    command
        .envs([
            ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
            ("AWS_LAMBDA_LOG_LEVEL", "INFO"),
            ("AWS_SESSION_TOKEN", &"token".repeat(100)),
            ("AWS_ENDPOINT_URL_DYNAMODB", &dynamodb.tls.url),
            ("TABLE_NAME", "clients"),
        ])
        .stdout(Stdio::null())
        .stderr(if tool.is_empty() { Stdio::null() } else { Stdio::piped() });
    Function::run(command).await
}

/// Hands over the API's own example, as API Gateway does; when the answer was there. The function is ready for the next
/// event when this returns.
pub async fn call(function: &Function) -> Instant {
    function.invoke("request", &include_str!("../../events/register-full.json"));
    let report = function.posted().await;
    let result = serde_json::from_slice::<Value>(&report.body).unwrap_or_default();
    assert!(result["statusCode"] == 201 || result["body"] == "hello", "{}", String::from_utf8_lossy(&report.body));
    function.asked().await;
    report.posted
}

/// Processor time of all threads of a process.
fn cpu_time(process: &str) -> Duration {
    let tasks = fs::read_dir(format!("{process}/task")).unwrap();
    let nanoseconds = tasks.filter_map(|task| {
        let statistics = fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        statistics.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanoseconds.sum())
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
