//! The identifier is taken by somebody else's item, which stays as it is.

use dev::wire::{ANOTHER_CLIENT, Fault, always};
use serde_json::json;

use super::{NO_TIME_OUT, Trial, assert_failed};

/// Random identifiers do not collide, so there is no second one; what matters is that the other client stays as it was.
#[tokio::test]
async fn a_taken_identifier_is_500_and_the_other_client_is_left_alone() {
    let trial = Trial::over(always(Fault::Collide)).await;

    assert_failed(&trial.reply);
    trial.assert_effort(1, NO_TIME_OUT);
    let taken = &trial.wire.crossings()[0].input["Item"]["client_id"];
    assert_eq!(trial.table.only_item(), json!({ "client_id": taken, "client_name": { "S": ANOTHER_CLIENT } }));
}

/// Nothing shows that the item is ours, so it is not.
#[tokio::test]
async fn a_failed_condition_without_the_item_is_500() {
    let trial = Trial::over(always(Fault::Exception(400, "ConditionalCheckFailedException"))).await;
    trial.assert_failed(1);
}
