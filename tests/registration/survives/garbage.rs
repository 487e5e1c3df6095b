//! What answers is not DynamoDB.

use dev::wire::{Fault, always, once};

use super::{NO_TIME_OUT, Trial};

#[tokio::test]
async fn one_reply_that_is_not_json_does_not_lose_the_client() {
    let trial = Trial::over(once(Fault::Garbage(200))).await;
    trial.assert_registered(2, NO_TIME_OUT);
}

/// It was reached and answered; to come back in five seconds would be no advice.
#[tokio::test]
async fn replies_that_are_not_json_are_500() {
    let trial = Trial::over(always(Fault::Garbage(200))).await;
    trial.assert_failed(3);
}

#[tokio::test]
async fn one_reply_that_is_not_http_does_not_lose_the_client() {
    let trial = Trial::over(once(Fault::NotHttp)).await;
    trial.assert_registered(2, NO_TIME_OUT);
}

#[tokio::test]
async fn replies_that_are_not_http_are_500() {
    let trial = Trial::over(always(Fault::NotHttp)).await;
    trial.assert_failed(3);
}
