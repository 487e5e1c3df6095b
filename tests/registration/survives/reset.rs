//! The connection is reset before DynamoDB sees the request.

use dev::wire::{Fault, always, once};
use serde_json::Value;

use super::{NO_TIME_OUT, Trial};

#[tokio::test]
async fn one_reset_before_the_write_does_not_lose_the_client() {
    let trial = Trial::over(once(Fault::ResetBeforeWrite)).await;
    trial.assert_registered(2, NO_TIME_OUT);
}

#[tokio::test]
async fn resets_before_every_write_are_503_and_nothing_is_stored() {
    let trial = Trial::over(always(Fault::ResetBeforeWrite)).await;
    trial.assert_unavailable(NO_TIME_OUT);
    assert_eq!(trial.table.items(), [] as [Value; 0]);
}
