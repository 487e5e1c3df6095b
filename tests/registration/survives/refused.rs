//! What no retry changes, so none is made.

use dev::dynamodb::{TABLE_NAME, Table, sdk_config};
use dev::wire::{Fault, Wire, always};
use dynamic_client_registration::ClientStore;

use super::{NO_TIME_OUT, assert_failed, insert, register};

#[tokio::test]
async fn a_missing_table_is_500() {
    let table = Table::start().await;
    let wire = Wire::to(&table.url, always(Fault::Pass)).await;

    let (reply, took) = register(&sdk_config(&wire.url).unwrap(), "no-such-table").await;

    assert_failed(&reply);
    assert_eq!(wire.crossings().len(), 1);
    assert!(took < NO_TIME_OUT, "{took:?}");
}

#[tokio::test]
async fn no_credentials_are_500() {
    let table = Table::start().await;
    let wire = Wire::to(&table.url, always(Fault::Pass)).await;
    let mut config = sdk_config(&wire.url).unwrap().into_builder();
    config.set_credentials_provider(None);

    let config = config.build();
    let (reply, took) = register(&config, TABLE_NAME).await;

    assert_failed(&reply);
    let (result, effort) = insert(&ClientStore::new(&config, TABLE_NAME.to_owned())).await;
    result.unwrap_err();
    assert_eq!(effort.attempts, 0);
    assert!(wire.crossings().is_empty());
    assert!(took < NO_TIME_OUT, "{took:?}");
}
