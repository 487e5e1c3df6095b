//! DynamoDB, or something on the way, answers 5xx.

use dev::wire::{Fault, always, once};
use serde_json::Value;

use super::{NO_TIME_OUT, Trial};

const ANSWERS: [Fault; 3] =
    [Fault::Garbage(502), Fault::Exception(500, "InternalServerError"), Fault::Exception(503, "ServiceUnavailable")];

#[tokio::test]
async fn one_server_error_does_not_lose_the_client() {
    for fault in ANSWERS {
        let trial = Trial::over(once(fault)).await;
        trial.assert_registered(2, NO_TIME_OUT);
    }
}

#[tokio::test]
async fn server_errors_for_good_are_503_and_nothing_is_stored() {
    for fault in ANSWERS {
        let trial = Trial::over(always(fault)).await;
        trial.assert_unavailable(NO_TIME_OUT);
        assert_eq!(trial.table.items(), [] as [Value; 0]);
    }
}
