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
mod growth;
mod page;
mod program;
mod sample;
mod stand_in;
mod table;
mod throttle;
mod times;

use std::path::PathBuf;
use std::time::Duration;

use lexopt::prelude::*;

use crate::program::Program;
use crate::times::Rounds;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const USAGE: &str = "\
Measures what a registration costs on Lambda.

Usage: cargo bench --bench lambda -- [COMMAND] [OPTIONS] [BINARY...]

Commands:
  times    starts and calls of builds of this function, as ratios to the first [default]
  counts   instructions, code touched, system calls and sizes of the same
  gate     counts of the first, failing beyond the bounds
  page     the tables of docs/performance.md that compare builds

Options of all that measure time:
  --copies N             fresh copies of each program [default: 5]
  --cold N               cold starts of each copy [default: 5]
  --warm N               warm calls in each cold start [default: 100]
Options of `times` and `counts`:
  --peers                what else people would deploy, too; of `counts`, a hello world
Options of `times`:
  --cpu-share SHARE      of one processor, from the first event on, by a cgroup; 0.072 is a function of 128 MB [default: whole]
  --dynamodb-delay MS    before every reply of the stand-in for DynamoDB [default: 0]
Argument:
  BINARY                 a build of this function [default: what .ci/archive makes now]
  --help                 this text";

enum Command {
    Times,
    Counts,
    Gate,
    Page,
    Help,
}

struct Options {
    command: Command,
    rounds: Rounds,
    peers: bool,
    cpu_share: Option<f64>,
    dynamodb_delay: Duration,
    binaries: Vec<PathBuf>,
}

impl Options {
    fn parse() -> Result<Self, lexopt::Error> {
        let mut options = Self {
            command: Command::Times,
            rounds: Rounds { copies: 5, cold: 5, warm: 100 },
            peers: false,
            cpu_share: None,
            dynamodb_delay: Duration::ZERO,
            binaries: Vec::new(),
        };
        let mut arguments = lexopt::Parser::from_env();
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("copies") => options.rounds.copies = arguments.value()?.parse()?,
                Long("cold") => options.rounds.cold = arguments.value()?.parse()?,
                Long("warm") => options.rounds.warm = arguments.value()?.parse()?,
                Long("peers") => options.peers = true,
                Long("cpu-share") => options.cpu_share = Some(arguments.value()?.parse()?),
                Long("dynamodb-delay") => {
                    options.dynamodb_delay = Duration::from_millis(arguments.value()?.parse()?);
                }
                Long("help") | Short('h') => options.command = Command::Help,
                Long("bench") => {} // cargo's
                Value(value) => match value.to_str() {
                    Some("times") => options.command = Command::Times,
                    Some("counts") => options.command = Command::Counts,
                    Some("gate") => options.command = Command::Gate,
                    Some("page") => options.command = Command::Page,
                    _ => options.binaries.push(value.into()),
                },
                _ => return Err(argument.unexpected()),
            }
        }
        Ok(options)
    }

    /// The builds that were named, or what operators deploy.
    fn builds(&self) -> Vec<Program> {
        if self.binaries.is_empty() {
            return vec![Program::this_function()];
        }
        self.binaries.iter().map(|path| Program::build(path)).collect()
    }
}

// One thread: the function has the other processor to itself.
#[tokio::main(flavor = "current_thread")]
async fn main() {
    let options = Options::parse().unwrap_or_else(|error| {
        eprintln!("error: {error}\n\n{USAGE}");
        std::process::exit(2);
    });
    match options.command {
        Command::Counts => {
            let mut programs = options.builds();
            if options.peers {
                programs.push(Program::hello_world());
            }
            counts::compare(&programs).await.print();
        }
        Command::Gate => counts::hold_to_bounds(&options.builds()[0]).await,
        Command::Page => page::make(&options.builds(), &options.rounds).await,
        Command::Times => {
            let mut programs = options.builds();
            if options.peers {
                programs.extend(Program::peers());
            }
            times::measure(&programs, &options.rounds, options.cpu_share, options.dynamodb_delay).await.print();
        }
        Command::Help => println!("{USAGE}"),
    }
}
