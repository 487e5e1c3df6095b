//! What a clock does not change: instructions, system calls, sizes.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;
use std::process::{self, Stdio};

use crate::ROOT;
use crate::page::{self, table};
use crate::program::{Copy, Program};
use crate::sample::{Sample, call, start};
use crate::stand_in::StandIn;

/// A name, how many make one of its unit, and what `gate` allows a build for x86-64: a few per cent above what was measured,
/// as instructions, code touched and pages differ by about 1 % between machines; a busy machine takes up to three system
/// calls more.
const BOUNDS: [(&str, f64, f64); 7] = [
    ("million instructions at start-up", 1e6, 3.9),
    ("thousand instructions per warm call", 1e3, 690.0),
    ("KiB of code per warm call", 1024.0, 576.0),
    ("pages of code until the first answer", 1.0, 685.0),
    ("system calls per warm call", 1.0, 17.0),
    ("MB of zip", 1e6, 2.6),
    ("MiB of memory at the peak", 1024.0, 7.8),
];

/// What a processor fetches at once, and what the kernel does.
const CACHE_LINE: u64 = 64;
const PAGE: u64 = 4096;

/// Warm calls of the shorter and of the longer run, whose difference is what calls cost.
const CALLS: [usize; 2] = [10, 60];

pub async fn compare(programs: &[Program]) -> String {
    let mut columns = Vec::new();
    for program in programs {
        columns.push(count(program).await);
    }
    rows(programs, &columns)
}

/// Ends this process with a failure where a count is beyond its bound, the page has another bound, or a start takes so long
/// with little processor that a request is sent again.
pub async fn hold_to_bounds(program: &Program) {
    let counts = count(program).await;
    print!("{}", rows(std::slice::from_ref(program), &[counts]));
    let page = page::read();
    let mut broken = !holds_with_a_fourteenth_of_a_processor(program).await;
    for ((name, unit, bound), count) in BOUNDS.into_iter().zip(counts) {
        let is_on_page = page.lines().any(|line| {
            line.starts_with(&format!("| {name} |")) && line.ends_with(&format!("| {} |", figure(bound, bound)))
        });
        if count / unit > bound || !is_on_page {
            broken = true;
            eprintln!("{name}: {}", if is_on_page { "beyond the bound" } else { "the page has another bound" });
        }
    }
    if broken {
        process::exit(1);
    }
}

/// Whether a start and a call send each request once with what 128 MB get of a processor.
async fn holds_with_a_fourteenth_of_a_processor(program: &Program) -> bool {
    let copy = program.copy("target/copies", 0);
    let dynamodb = StandIn::start().await;
    let function = start(&copy, &[], &dynamodb).await;
    let process = function.process_id();
    let throttle = format!("while kill -STOP {process}; do sleep 0.065; kill -CONT {process}; sleep 0.005; done");
    let mut throttle = process::Command::new("sh").args(["-c", &throttle]).stderr(Stdio::null()).spawn().unwrap();
    function.asked().await;
    call(&function).await;
    function.stop().await;
    throttle.wait().unwrap(); // it ends as there is nothing to stop any more
    let (requests, expected) = (dynamodb.take(), program.requests(1));
    println!("\nconnections, requests and clients with a fourteenth of a processor: {requests:?} for {expected:?}");
    requests == expected
}

fn rows(programs: &[Program], columns: &[[f64; 7]]) -> String {
    let names = programs.iter().map(|program| program.name.as_str());
    let head = [""].into_iter().chain(names).chain(["bound"]).map(str::to_owned).collect();
    let rows = BOUNDS.into_iter().enumerate().map(|(number, (name, unit, bound))| {
        let figures = columns.iter().map(|column| figure(column[number] / unit, bound));
        [name.to_owned()].into_iter().chain(figures).chain([figure(bound, bound)]).collect()
    });
    table(head, rows)
}

fn figure(value: f64, bound: f64) -> String {
    format!("{value:.*}", if bound < 10.0 { 2 } else { 0 })
}

/// The figures that [`BOUNDS`] names, in its order.
async fn count(program: &Program) -> [f64; 7] {
    let copy = program.copy("target/copies", 0);
    let dynamodb = StandIn::start().await;
    let start = instructions(&copy, 0, &dynamodb).await;
    let first = instructions(&copy, 1, &dynamodb).await;
    let of_file = first.keys().filter(|(object, _)| Path::new(object) == copy.path);
    let pages: HashSet<_> = of_file.map(|(_, address)| address / PAGE).collect();
    let [few, many] = CALLS;
    let calls = i64::try_from(many - few).unwrap();
    let mut warm = instructions(&copy, many, &dynamodb).await;
    for (place, times) in instructions(&copy, few, &dynamodb).await {
        *warm.entry(place).or_default() -= times;
    }
    let of_every_call = warm.iter().filter(|(_, times)| **times >= calls);
    let lines: HashSet<_> = of_every_call.map(|((object, address), _)| (object, address / CACHE_LINE)).collect();
    let system_calls = system_calls(&copy, many, &dynamodb).await - system_calls(&copy, few, &dynamodb).await;
    [
        start.values().sum::<i64>() as f64,
        warm.values().sum::<i64>() as f64 / calls as f64,
        lines.len() as f64 * CACHE_LINE as f64,
        pages.len() as f64,
        system_calls / calls as f64,
        program.packed() as f64,
        Sample::take(&copy, 100, &dynamodb).await.peak_kib,
    ]
}

/// By object and address, how often each instruction is run from the start to the `/next` after `calls` calls, by
/// valgrind, which comes first on a busy machine, as far as it may.
async fn instructions(copy: &Copy<'_>, calls: usize, dynamodb: &StandIn) -> HashMap<(String, u64), i64> {
    let form = "--dump-instr=yes --dump-line=no --compress-pos=no --compress-strings=no";
    let tool = format!("nice -n -10 valgrind --tool=callgrind --callgrind-out-file=target/callgrind.out {form}");
    run_under(&tool, copy, calls, dynamodb).await;
    let (mut object, mut is_call) = ("", false);
    let mut count = HashMap::new();
    for line in fs::read_to_string(Path::new(ROOT).join("target/callgrind.out")).unwrap().lines() {
        if let Some(name) = line.strip_prefix("ob=") {
            object = name;
        }
        // After a call stands what the callee's instructions cost, which have their own lines.
        if let (Some((address, times)), false) = (cost(line), is_call) {
            *count.entry((object.to_owned(), address)).or_default() += times;
        }
        is_call = line.starts_with("calls=");
    }
    count
}

/// Of a line such as `0x1151b0 12`.
fn cost(line: &str) -> Option<(u64, i64)> {
    let (address, times) = line.strip_prefix("0x")?.split_once(' ')?;
    Some((u64::from_str_radix(address, 16).ok()?, times.parse().ok()?))
}

/// System calls from the start to the `/next` after `calls` calls, by strace.
async fn system_calls(copy: &Copy<'_>, calls: usize, dynamodb: &StandIn) -> f64 {
    let report = run_under("strace -f -c -U calls,name", copy, calls, dynamodb).await;
    let line = report.lines().find(|line| line.ends_with(" total")).expect("strace's count");
    line.split_whitespace().next().unwrap().parse().unwrap()
}

/// Runs the function under a tool that counts until the function ends; what the tool says.
async fn run_under(tool: &str, copy: &Copy<'_>, calls: usize, dynamodb: &StandIn) -> String {
    // On a busy machine a connection may run out of time, the warm-up or an insert: that is another count.
    for _ in 0..60 {
        dynamodb.take();
        let function = start(copy, &tool.split(' ').collect::<Vec<_>>(), dynamodb).await;
        function.asked().await;
        for _ in 0..calls {
            call(&function).await;
        }
        // valgrind is the process it runs; strace's is a child.
        let process = function.process_id();
        let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap_or_default();
        let stop = children.split_whitespace().next().map_or_else(|| process.to_string(), str::to_owned);
        assert!(process::Command::new("kill").args(["-TERM", &stop]).status().unwrap().success());
        let report = function.ended().await;
        if dynamodb.take() == copy.program.requests(calls) {
            return report;
        }
    }
    panic!("{}: no run of {calls} calls with one connection; the machine is too busy", copy.program.name)
}
