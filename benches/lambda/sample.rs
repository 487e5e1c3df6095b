//! One cold start of a function and its warm calls, measured from outside.

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use dev::runtime_api::{Function, Report};
use serde_json::Value;

use crate::program::Copy;
use crate::stand_in::StandIn;
use crate::throttle::Throttle;

/// Times in milliseconds.
pub struct Sample {
    pub init: f64,
    pub first: f64,
    pub warm: f64,
    pub cpu: f64,
    pub peak_kib: f64,
}

impl Sample {
    /// Starts a copy, and calls it once and then `warm` times with `event`.
    pub async fn take(copy: &Copy<'_>, event: &str, warm: usize, cpu_share: Option<f64>, dynamodb: &StandIn) -> Self {
        let started = Instant::now();
        let function = start(copy, &[], dynamodb, &[]).await;
        let init = function.asked().await.duration_since(started);
        let throttle = cpu_share.map(|share| Throttle::put(function.process_id(), share));
        let first = call(&function, event).await;
        let before = cpu_time(function.process_id());
        let mut calls = Vec::with_capacity(warm);
        for _ in 0..warm {
            calls.push(ms(call(&function, event).await));
        }
        let cpu = cpu_time(function.process_id()).saturating_sub(before);
        let peak_kib = peak_memory(function.process_id());
        function.stop().await;
        drop(throttle);
        let puts = if copy.program.registers { warm + 1 } else { 0 };
        assert_eq!(dynamodb.take_puts(), puts, "clients put by {}", copy.program.name);
        Self { init: ms(init), first: ms(first), warm: median(calls), cpu: ms(cpu) / warm as f64, peak_kib }
    }
}

/// Processor time a registration takes, in milliseconds, and the peak of memory in KiB, with so many events in flight.
pub async fn in_flight(copy: &Copy<'_>, event: &str, events: usize, calls: usize, dynamodb: &StandIn) -> (f64, f64) {
    let concurrency = events.to_string();
    let function = start(copy, &[], dynamodb, &[("AWS_LAMBDA_MAX_CONCURRENCY", &concurrency)]).await;
    // Every connection is open before it counts. Not all at once: an insert does not wait long for one.
    for fewer in 1..=events {
        keep_in_flight(&function, event, fewer, fewer).await;
    }
    dynamodb.take_puts();
    let before = cpu_time(function.process_id());
    keep_in_flight(&function, event, events, calls).await;
    let cpu = cpu_time(function.process_id()).saturating_sub(before);
    let peak_kib = peak_memory(function.process_id());
    function.stop().await;
    assert_eq!(dynamodb.take_puts(), calls, "clients put by {}", copy.program.name);
    (ms(cpu) / calls as f64, peak_kib)
}

async fn keep_in_flight(function: &Function, event: &str, events: usize, calls: usize) {
    for _ in 0..events.min(calls) {
        function.invoke("request", &event);
    }
    for given in events.min(calls)..calls + events.min(calls) {
        assert_good(&function.posted().await);
        if given < calls {
            function.invoke("request", &event);
        }
    }
}

/// Starts a copy in the environment of a function, under `tool` where there is one.
pub async fn start(copy: &Copy<'_>, tool: &[&str], dynamodb: &StandIn, environment: &[(&str, &str)]) -> Function {
    let mut command = copy.command(tool);
    command
        .envs([
            ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
            ("AWS_LAMBDA_LOG_LEVEL", "INFO"),
            ("AWS_SESSION_TOKEN", &"token".repeat(100)),
            ("AWS_ENDPOINT_URL_DYNAMODB", &dynamodb.tls.url),
            ("TABLE_NAME", "clients"),
        ])
        .envs(environment.iter().copied())
        .stdout(Stdio::null())
        .stderr(if tool.is_empty() { Stdio::null() } else { Stdio::piped() });
    Function::run(command).await
}

/// From handing over an event to the answer. The function is ready for the next one when this returns.
pub async fn call(function: &Function, event: &str) -> Duration {
    let given = Instant::now();
    function.invoke("request", &event);
    let report = function.posted().await;
    assert_good(&report);
    function.asked().await;
    report.posted.duration_since(given)
}

fn assert_good(report: &Report) {
    let good = serde_json::from_slice::<Value>(&report.body)
        .is_ok_and(|result| result["statusCode"] == 201 || result["body"] == "hello");
    assert!(good, "{}", String::from_utf8_lossy(&report.body));
}

/// Processor time of all threads of a process.
fn cpu_time(process: u32) -> Duration {
    let tasks = fs::read_dir(format!("/proc/{process}/task")).unwrap();
    let nanoseconds = tasks.filter_map(|task| {
        let statistics = fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        statistics.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanoseconds.sum())
}

fn peak_memory(process: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
