//! Lambda freezes an instance between two events, and what was connected to it may be gone when it wakes up.

use std::time::Duration;

use dev::dynamodb::{TABLE_NAME, Table, sdk_config};
use dev::runtime_api::Function;
use dev::wire::{Fault, Wire, always};
use dynamic_client_registration::{ClientStore, Handler, Policy};
use tokio::time::timeout;

use crate::events;
use crate::support::{BINARY, Reply, minimal, post};

#[tokio::test]
async fn an_instance_whose_connection_dies_while_it_is_frozen_registers_when_it_wakes() {
    let table = Table::start().await;
    let wire = Wire::to(&table.url, always(Fault::Pass)).await;
    let environment = [("TABLE_NAME", TABLE_NAME), ("AWS_ENDPOINT_URL_DYNAMODB", &wire.url)];
    let function = Function::start(BINARY, &environment).await;
    function.invoke("before", &events::all()["register-minimal"]);
    assert_eq!(function.result().await.1["statusCode"], 201);

    function.freeze().await;
    wire.hang_up().await;
    function.invoke("after", &events::all()["register-minimal"]);
    timeout(Duration::from_millis(300), function.report()).await.expect_err("nobody answers while frozen");
    assert_eq!(wire.crossings().len(), 2, "the warm-up and the first registration");
    function.thaw().await;

    assert_eq!(function.result().await.1["statusCode"], 201);
    assert_eq!(table.items().len(), 2);
    function.stop().await;
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
