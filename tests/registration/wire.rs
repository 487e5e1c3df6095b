//! The wire does to the table what the tests that use it believe.

use std::time::Duration;

use dev::dynamodb::Table;
use dev::wire::{Fault, Wire, always, once};
use dynamic_client_registration::{Handler, Policy};
use tokio::time::{sleep, timeout};

use crate::support::{full, post, store};

#[tokio::test]
async fn somebody_else_can_change_an_item_before_its_reply_is_lost() {
    let table = Table::start().await;
    let update = Fault::UpdateAndLoseReply("SET reviewed_by = client_name REMOVE client_uri");
    let wire = Wire::to(&table.url, once(update)).await;
    let handler = Handler::new(store(&wire.url).await, Policy::default());

    handler.handle("test-request", &post(full().to_string())).await;

    let crossings = wire.crossings();
    assert!(crossings.len() > 1, "a lost reply is asked for again: {crossings:?}");
    let mut changed = crossings[0].input["Item"].clone();
    changed["reviewed_by"] = changed["client_name"].clone();
    changed.as_object_mut().unwrap().remove("client_uri");
    let items = table.items();
    assert!(items.contains(&changed), "{items:?}");
}

#[tokio::test]
async fn a_delayed_request_is_carried_out_though_its_sender_has_given_up() {
    let table = Table::start().await;
    let wire = Wire::to(&table.url, always(Fault::Delay(Duration::from_millis(300)))).await;
    let handler = Handler::new(store(&wire.url).await, Policy::default());

    let request = post(full().to_string());
    timeout(Duration::from_millis(200), handler.handle("test-request", &request)).await.unwrap_err();
    assert!(table.items().is_empty());

    sleep(Duration::from_millis(400)).await;
    assert_eq!(table.only_item(), wire.crossings()[0].input["Item"]);
}
