//! The write happened, and the reply that says so did not arrive. The retry is refused because of the item that it
//! finds: its own.

use dev::wire::{ANOTHER_CLIENT, Fault, always, once};
use serde_json::json;

use super::{NO_TIME_OUT, Trial, assert_failed};

#[tokio::test]
async fn a_refused_retry_whose_reply_is_lost_too_does_not_lose_the_client() {
    let trial = Trial::over(|nth| match nth {
        0 => Fault::LoseReply,
        1 => Fault::TruncateReply,
        _ => Fault::Pass,
    })
    .await;
    trial.assert_registered(3, NO_TIME_OUT);
}

#[tokio::test]
async fn a_lost_reply_and_then_throttling_is_429_and_leaves_one_item() {
    let trial = Trial::over(|nth| match nth {
        0 => Fault::LoseReply,
        _ => Fault::Exception(400, "ThrottlingException"),
    })
    .await;
    assert_eq!(trial.reply.status, 429);
    trial.assert_effort(3, NO_TIME_OUT);
    trial.table.only_item();
}

/// A stream's consumer or a replication may have been faster than the retry.
#[tokio::test]
async fn a_lost_reply_is_recognised_though_somebody_else_has_added_attributes() {
    let trial = Trial::over(once(Fault::UpdateAndLoseReply("SET reviewed_by = client_name, tags = grant_types"))).await;

    trial.assert_registered(2, NO_TIME_OUT);
    let mut expected = trial.wire.crossings()[0].input["Item"].clone();
    expected["reviewed_by"] = expected["client_name"].clone();
    expected["tags"] = expected["grant_types"].clone();
    assert_eq!(trial.table.only_item(), expected);
}

/// Then it is not the registration that is being answered, and nobody can say which it is.
#[tokio::test]
async fn an_item_that_lacks_an_attribute_or_has_another_value_is_not_ours() {
    for update in [
        "REMOVE tos_uri",
        "REMOVE client_name",
        "REMOVE redirect_uris",
        "REMOVE client_id_issued_at",
        "SET client_name = client_uri",
        "SET client_uri = logo_uri",
        "SET redirect_uris[0] = client_uri",
        "SET redirect_uris = list_append(redirect_uris, redirect_uris)",
        "SET client_id_issued_at = client_name",
    ] {
        let trial = Trial::over(once(Fault::UpdateAndLoseReply(update))).await;

        assert_failed(&trial.reply);
        trial.assert_effort(2, NO_TIME_OUT);
        assert_ne!(trial.table.only_item(), trial.wire.crossings()[0].input["Item"], "{update}");
    }
}

/// Random identifiers do not collide, so there is no second one; what matters is that the other client stays as it was.
#[tokio::test]
async fn a_taken_identifier_is_500_and_the_other_client_is_left_alone() {
    let trial = Trial::over(always(Fault::Collide)).await;

    assert_failed(&trial.reply);
    trial.assert_effort(1, NO_TIME_OUT);
    let taken = &trial.wire.crossings()[0].input["Item"]["client_id"];
    assert_eq!(trial.table.only_item(), json!({ "client_id": taken, "client_name": { "S": ANOTHER_CLIENT } }));
}
