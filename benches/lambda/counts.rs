//! What a clock does not change: instructions, system calls, sizes.

use std::fs;
use std::process;
use std::time::Duration;

use crate::program::{Copy, Program};
use crate::sample::{Sample, call, start};
use crate::stand_in::StandIn;
use crate::table::Table;
use crate::times::register_full;

/// What `gate` allows: a little above what was measured when a figure was last improved. An instruction count differs
/// by about 1 % between machines, and a busy machine takes one or two system calls more.
const BOUNDS: [(&str, f64); 5] = [
    ("instructions at start-up", 3_900_000.0),
    ("instructions per warm call", 700_000.0),
    ("system calls per warm call", 17.0),
    ("deployment zip, bytes", 3_000_000.0),
    ("peak memory, KiB", 9.2 * 1024.0),
];

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
async fn count(program: &Program) -> [f64; 5] {
    let copy = program.copy(0);
    let dynamodb = StandIn::start(Duration::ZERO).await;
    let [few, many] = CALLS;
    let a_call = |few_calls: f64, many_calls: f64| (many_calls - few_calls) / (many - few) as f64;
    [
        instructions(&copy, 0, &dynamodb).await,
        a_call(instructions(&copy, few, &dynamodb).await, instructions(&copy, many, &dynamodb).await),
        a_call(system_calls(&copy, few, &dynamodb).await, system_calls(&copy, many, &dynamodb).await),
        program.packed() as f64,
        Sample::take(&copy, &register_full(), 100, None, &dynamodb).await.peak_kib,
    ]
}

/// Instructions from the start to the `/next` after `calls` calls, by valgrind.
async fn instructions(copy: &Copy<'_>, calls: usize, dynamodb: &StandIn) -> f64 {
    let tool = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"];
    let report = run_under(&tool, copy, calls, dynamodb).await;
    let line = report.lines().find(|line| line.contains("Collected :")).expect("valgrind's count");
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

/// System calls from the start to the `/next` after `calls` calls, by strace.
async fn system_calls(copy: &Copy<'_>, calls: usize, dynamodb: &StandIn) -> f64 {
    let report = run_under(&["strace", "-f", "-c", "-U", "calls,name"], copy, calls, dynamodb).await;
    let line = report.lines().find(|line| line.ends_with(" total")).expect("strace's count");
    line.split_whitespace().next().unwrap().parse().unwrap()
}

/// Runs the function under a tool that counts until the function ends; what the tool says.
async fn run_under(tool: &[&str], copy: &Copy<'_>, calls: usize, dynamodb: &StandIn) -> String {
    let function = start(copy, tool, dynamodb, &[]).await;
    function.asked().await;
    for _ in 0..calls {
        call(&function, &register_full()).await;
    }
    // valgrind is the process it runs; strace's is a child.
    let process = function.process_id();
    let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap_or_default();
    let stop = children.split_whitespace().next().map_or_else(|| process.to_string(), str::to_owned);
    assert!(process::Command::new("kill").args(["-TERM", &stop]).status().unwrap().success());
    let report = function.ended().await;
    dynamodb.take_puts();
    report
}
