//! Every table of the page on performance that one run makes, in its order.

use std::time::Duration;

use crate::growth::{self, DYNAMODB_DELAY};
use crate::program::Program;
use crate::times::Rounds;
use crate::{counts, times};

/// Of a processor; a function of 1769 MB has a whole one.
const SHARE_OF_128_MB: f64 = 128.0 / 1769.0;

pub async fn make(builds: &[Program], rounds: &Rounds) {
    println!("## Counted\n");
    counts::compare(builds).await.print();

    println!("\n## By the body, thousand instructions per registration\n");
    growth::by_body(builds).await;

    println!("\n## Timed\n");
    times::measure(builds, rounds, None, Duration::ZERO).await.print();

    println!("\n## As a function of 128 MB, DynamoDB 2 ms away\n");
    // A fourteenth of the processor takes fourteen times as long.
    let small = Rounds { cold: rounds.cold.div_ceil(3), warm: rounds.warm.div_ceil(10), ..*rounds };
    times::measure(builds, &small, Some(SHARE_OF_128_MB), DYNAMODB_DELAY).await.print();

    println!("\n## By events in flight, DynamoDB 2 ms away\n");
    growth::by_events_in_flight(&builds[0], rounds).await;
}
