//! A reply comes late, or never.

use std::time::Duration;

use dev::wire::{Fault, always, once};
use serde_json::Value;

use super::{ALL_TIME_OUTS, NO_TIME_OUT, SOME_TIME_OUTS, Trial};

#[tokio::test]
async fn a_slow_reply_is_waited_for() {
    let delay = Fault::Delay(Duration::from_millis(600));
    let trial = Trial::over(always(delay)).await;
    trial.assert_registered(1, NO_TIME_OUT);
}

#[tokio::test]
async fn one_request_without_a_reply_does_not_lose_the_client() {
    let trial = Trial::over(once(Fault::Silence)).await;
    trial.assert_registered(2, SOME_TIME_OUTS);
}

#[tokio::test]
async fn a_table_that_never_replies_is_503_before_the_function_times_out() {
    let trial = Trial::over(always(Fault::Silence)).await;
    trial.assert_unavailable(ALL_TIME_OUTS);
    assert_eq!(trial.table.items(), [] as [Value; 0]);
}

/// The slow request may still be carried out, as nobody can call it back; the retry finds its item or makes it.
#[tokio::test]
async fn a_request_overtaken_by_its_own_retry_leaves_one_item() {
    let delay = Fault::Delay(Duration::from_millis(1_500));
    let trial = Trial::over(once(delay)).await;
    trial.assert_registered(2, SOME_TIME_OUTS);

    tokio::time::sleep(Duration::from_secs(1)).await;
    trial.table.only_item();
}
