//! What a registration costs on Lambda: the real binary, and others to compare it with, as Lambda starts them.
//! Everything is on loopback: a Runtime API, and TLS in front of what stands in for DynamoDB.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a program for a terminal, that should stop where something is wrong"
)]

mod counts;
mod disk;
mod page;
mod program;
mod sample;
mod stand_in;
mod times;

use std::env;

use crate::program::Program;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const USAGE: &str = "\
Usage: cargo bench --bench lambda -- [gate | counts | times [BINARY...]]

Commands:
  gate     counts of the first build of this function, failing beyond the bounds
  counts   instructions, pages, system calls and sizes of each build and of a hello world
  times    starts and calls of the same and of all crates' defaults, as ratios to the hello world [default]

A BINARY is what .ci/archive has made, unless others are named. With BLESS=1, the table goes into docs/decisions.md.";

// One thread: the function has the other processor to itself.
#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect(); // cargo's
    let (command, binaries) =
        arguments.split_first().map_or(("times", &[][..]), |(first, rest)| (first.as_str(), rest));
    if !matches!(command, "gate" | "counts" | "times") {
        eprintln!("{USAGE}");
        std::process::exit(if command == "--help" { 0 } else { 2 });
    }
    stand_in::make_certificate();
    let mut programs: Vec<Program> = binaries.iter().map(|path| Program::build(Some(path))).collect();
    if programs.is_empty() {
        programs.push(Program::build(None));
    }
    if command == "gate" {
        counts::hold_to_bounds(&programs[0]).await;
        return;
    }
    programs.insert(0, Program::hello_world());
    if command == "counts" {
        page::show("counts", &counts::compare(&programs).await);
    } else {
        programs.push(Program::all_defaults());
        page::show("times", &times::compare(&programs).await);
    }
}
