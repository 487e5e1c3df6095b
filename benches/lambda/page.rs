//! Every table of the page on performance, in its order, and the pictures beside them.

use std::time::Duration;

use crate::growth::{self, DYNAMODB_DELAY};
use crate::program::Program;
use crate::table::Table;
use crate::times::Rounds;
use crate::{bars, counts, times};

/// Of a processor; a function of 1769 MB has a whole one.
const SHARE_OF_128_MB: f64 = 128.0 / 1769.0;

pub async fn make(rounds: &Rounds) {
    let programs =
        [Program::hello_world(), Program::this_function(), Program::all_defaults(), Program::node(), Program::python()];
    let registering = &programs[1..];
    let ours = &registering[0];

    println!("## On a whole processor\n\n{rounds}\n");
    let whole = times::measure(&programs, rounds, None, Duration::ZERO).await;
    whole.print();
    let starts: Vec<_> = whole.rows().iter().map(|row| (row.name.clone(), row.start)).collect();
    bars::draw("start", "From the start to the first answer, ms", &starts, 1);
    let calls: Vec<_> = whole.rows().iter().map(|row| (row.name.clone(), row.cpu)).collect();
    bars::draw("call", "CPU per warm call, ms", &calls, 2);

    // A twelfth of the processor takes twelve times as long.
    let small = Rounds { cold: rounds.cold.div_ceil(3), warm: rounds.warm.div_ceil(10), ..*rounds };
    println!("\n## As a function of 128 MB, DynamoDB 2 ms away\n\n{small}\n");
    times::measure(&programs, &small, Some(SHARE_OF_128_MB), DYNAMODB_DELAY).await.print();

    println!("\n## What a clock does not change\n");
    counts::compare(&programs[..2]).await.print();
    println!("\n## Bytes to deploy, packed\n");
    let mut table = Table::new(&["", "KiB"]);
    for program in &programs {
        table.row(vec![program.name.clone(), format!("{}", program.packed() / 1024)]);
    }
    table.print();

    println!("\n## By the size of the body\n");
    growth::by_size(registering, rounds).await;

    println!("\n## By events in flight, DynamoDB 2 ms away\n");
    growth::by_events_in_flight(ours, rounds).await;
}
