//! DynamoDB limits the rate under three names.

use dev::wire::{Fault, always, once};

use super::{NO_TIME_OUT, Trial};

const NAMES: [&str; 3] = ["ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded"];

#[tokio::test]
async fn one_throttled_attempt_does_not_lose_the_client() {
    for name in NAMES {
        let trial = Trial::over(once(Fault::Exception(400, name))).await;
        trial.assert_registered(2, NO_TIME_OUT);
    }
}

#[tokio::test]
async fn throttling_for_good_is_429_and_says_when_to_come_back() {
    for name in NAMES {
        let trial = Trial::over(always(Fault::Exception(400, name))).await;
        trial.assert_throttled();
    }
}

/// DynamoDB never answers so; a proxy on the way may.
#[tokio::test]
async fn a_429_of_somebody_on_the_way_is_429() {
    let trial = Trial::over(always(Fault::Garbage(429))).await;
    trial.assert_throttled();
}
