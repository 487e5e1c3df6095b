//! What a clock does not change: instructions, system calls, sizes.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;
use std::process;
use std::time::Duration;

use crate::ROOT;
use crate::program::{Copy, Program};
use crate::sample::{Sample, call, start};
use crate::stand_in::StandIn;
use crate::table::Table;
use crate::times::register_full;

/// What `gate` allows of a build for x86-64: 2 to 4 % above what was measured when a figure was last improved, as
/// instructions and code touched differ by about 1 % between machines; a busy machine takes up to three system calls more.
const BOUNDS: [(&str, f64); 6] = [
    ("instructions at start-up", 3_870_000.0),
    ("instructions per warm call", 690_000.0),
    ("code touched per warm call, bytes", 576.0 * 1024.0),
    ("system calls per warm call", 17.0),
    ("deployment zip, bytes", 2_630_000.0),
    ("peak memory, KiB", 7.8 * 1024.0),
];

/// What a processor fetches at once.
const CACHE_LINE: u64 = 64;

/// Warm calls of the shorter and of the longer run, whose difference is what calls cost.
const CALLS: [usize; 2] = [10, 60];

pub async fn compare(programs: &[Program]) -> Table {
    let mut head = vec![""];
    head.extend(BOUNDS.map(|(name, _)| name));
    let mut table = Table::new(&head);
    for program in programs {
        let counts = count(program).await.map(|count| format!("{count:.0}"));
        table.row([program.name.clone()].into_iter().chain(counts).collect());
    }
    table
}

/// Ends this process with a failure where a count is beyond its bound.
pub async fn hold_to_bounds(program: &Program) {
    let mut table = Table::new(&["", &program.name, "bound", ""]);
    let mut beyond = false;
    for ((name, bound), count) in BOUNDS.into_iter().zip(count(program).await) {
        let mark = if count > bound { "beyond the bound" } else { "" };
        beyond |= count > bound;
        table.row(vec![name.to_owned(), format!("{count:.0}"), format!("{bound:.0}"), mark.to_owned()]);
    }
    table.print();
    if beyond {
        process::exit(1);
    }
}

/// The figures that [`BOUNDS`] names, in its order.
async fn count(program: &Program) -> [f64; 6] {
    let copy = program.copy(0);
    let dynamodb = StandIn::start(Duration::ZERO).await;
    let start = instructions(&copy, 0, &register_full(), &dynamodb).await;
    let (instructions, code) = warm_call(&copy, &register_full(), &dynamodb).await;
    let [few, many] = CALLS;
    let system_calls = system_calls(&copy, many, &dynamodb).await - system_calls(&copy, few, &dynamodb).await;
    [
        start.values().sum::<i64>() as f64,
        instructions,
        code,
        system_calls / (many - few) as f64,
        program.packed() as f64,
        Sample::take(&copy, &register_full(), 100, None, &dynamodb).await.peak_kib,
    ]
}

/// Instructions of a warm call, and the bytes of all cache lines that hold one that every call runs.
pub async fn warm_call(copy: &Copy<'_>, event: &str, dynamodb: &StandIn) -> (f64, f64) {
    let [few, many] = CALLS;
    let mut count = instructions(copy, many, event, dynamodb).await;
    for (place, times) in instructions(copy, few, event, dynamodb).await {
        *count.entry(place).or_default() -= times;
    }
    let calls = i64::try_from(many - few).unwrap();
    let lines: HashSet<_> = count
        .iter()
        .filter(|(_, times)| **times >= calls)
        .map(|((object, address), _)| (object, address / CACHE_LINE))
        .collect();
    (count.values().sum::<i64>() as f64 / calls as f64, lines.len() as f64 * CACHE_LINE as f64)
}

/// By object and address, how often each instruction is run from the start to the `/next` after `calls` calls, by
/// valgrind.
async fn instructions(copy: &Copy<'_>, calls: usize, event: &str, dynamodb: &StandIn) -> HashMap<(String, u64), i64> {
    let file = Path::new(ROOT).join("target/callgrind.out");
    let output = format!("--callgrind-out-file={}", file.display());
    let form = ["--dump-instr=yes", "--dump-line=no", "--compress-pos=no", "--compress-strings=no"];
    run_under(&[&["valgrind", "--tool=callgrind", &output], &form[..]].concat(), copy, calls, event, dynamodb).await;
    let (mut object, mut is_call) = ("", false);
    let mut count = HashMap::new();
    for line in fs::read_to_string(&file).unwrap().lines() {
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
    let tool = ["strace", "-f", "-c", "-U", "calls,name"];
    let report = run_under(&tool, copy, calls, &register_full(), dynamodb).await;
    let line = report.lines().find(|line| line.ends_with(" total")).expect("strace's count");
    line.split_whitespace().next().unwrap().parse().unwrap()
}

/// Runs the function under a tool that counts until the function ends; what the tool says.
async fn run_under(tool: &[&str], copy: &Copy<'_>, calls: usize, event: &str, dynamodb: &StandIn) -> String {
    let requests = if copy.program.registers { calls + 1 } else { 0 };
    // On a busy machine the warm-up may run out of time, or an attempt at an insert: that is another count.
    for _ in 0..30 {
        dynamodb.take_requests();
        let function = start(copy, tool, dynamodb, &[]).await;
        function.asked().await;
        for _ in 0..calls {
            call(&function, event).await;
        }
        // valgrind is the process it runs; strace's is a child.
        let process = function.process_id();
        let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap_or_default();
        let stop = children.split_whitespace().next().map_or_else(|| process.to_string(), str::to_owned);
        assert!(process::Command::new("kill").args(["-TERM", &stop]).status().unwrap().success());
        let report = function.ended().await;
        dynamodb.take_puts();
        if dynamodb.take_requests() == requests {
            return report;
        }
    }
    panic!("{}: no run of {calls} calls in which each request came once; the machine is too busy", copy.program.name)
}
