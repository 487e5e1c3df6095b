//! Lambda freezes an instance between two events, and what was connected to it may be gone when it wakes up.

use std::sync::atomic::Ordering;
use std::time::Duration;

use dev::dynamodb::{TABLE_NAME, Table, sdk_config};
use dev::wire::{Fault, Wire, always};
use dynamic_client_registration::{ClientStore, Handler, Policy};
use tokio::time::timeout;

use super::insert;
use super::limits::{Clock, config};
use crate::events;
use crate::support::{Reply, minimal, post, start};

#[tokio::test]
async fn an_instance_whose_connection_dies_while_it_is_frozen_registers_when_it_wakes() {
    for is_silent in [false, true] {
        let table = Table::start().await;
        let wire = Wire::to(&table.url, always(Fault::Pass)).await;
        let function = start(&wire.url, &[]).await;
        function.invoke("before", &events::all()["register-minimal"]);
        assert_eq!(function.result().await.1["statusCode"], 201);

        function.signal("STOP").await;
        if is_silent {
            wire.go_silent();
        } else {
            wire.hang_up();
        }
        function.invoke("after", &events::all()["register-minimal"]);
        timeout(Duration::from_millis(300), function.report()).await.expect_err("nobody answers while frozen");
        assert_eq!(wire.crossings().len(), 2, "the warm-up and the first registration");
        function.signal("CONT").await;

        assert_eq!(function.result().await.1["statusCode"], 201);
        assert_eq!(table.items().len(), 2);
        function.stop().await;
    }
}

/// What is silently gone is noticed only by an attempt's time-out.
#[tokio::test]
async fn a_connection_that_was_idle_for_more_than_50_seconds_is_not_used_again() {
    let table = Table::start().await;
    let wire = Wire::to(&table.url, always(Fault::Pass)).await;
    let clock = Clock::default();
    let store = ClientStore::new(&config(&wire, &clock), TABLE_NAME.to_owned());
    for (idle, attempts) in [(50, 2), (51, 1)] {
        insert(&store).await.0.unwrap();
        wire.go_silent();
        clock.seconds.fetch_add(idle, Ordering::SeqCst);

        let (result, effort) = insert(&store).await;

        result.unwrap();
        assert_eq!(effort.attempts, attempts, "after {idle} seconds");
    }
}

#[tokio::test]
async fn a_connection_closed_while_idle_costs_no_attempt() {
    let table = Table::start().await;
    let wire = Wire::to(&table.url, always(Fault::CloseWhenIdle)).await;
    let store = ClientStore::new(&sdk_config(&wire.url).unwrap(), TABLE_NAME.to_owned());
    let handler = Handler::new(store, Policy::default());
    for count in 1..=5 {
        let request = post(minimal().to_string());
        let reply = Reply::from(handler.handle("test-request", &request).await);
        reply.assert_registered(count);
        assert_eq!(table.items().len(), count);
        assert_eq!(wire.crossings().len(), count);
    }
}
