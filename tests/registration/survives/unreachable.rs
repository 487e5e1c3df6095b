//! No connection to the table can be opened.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use aws_sdk_dynamodb::config::{AsyncSleep, Sleep};
use dev::dynamodb::{TABLE_NAME, Table, sdk_config};
use dev::wire::{Fault, Wire, always};
use dynamic_client_registration::ClientStore;
use tokio::net::{TcpSocket, TcpStream};

use super::{NO_TIME_OUT, SOME_TIME_OUTS, assert_unavailable, insert, register};

/// Refuses connections until the SDK pauses before its first retry, and is a wire from then on.
#[derive(Debug)]
struct ListensAtTheFirstPause {
    socket: Mutex<Option<TcpSocket>>,
    table_url: String,
    wire: Arc<OnceLock<Wire>>,
}

impl AsyncSleep for ListensAtTheFirstPause {
    fn sleep(&self, duration: Duration) -> Sleep {
        // The SDK sleeps for its time-outs too, all of them longer than this pause.
        if duration < Duration::from_secs(1)
            && let Some(socket) = self.socket.lock().unwrap().take()
        {
            let listener = socket.listen(16).unwrap();
            let wire = Wire::behind(listener, &self.table_url, always(Fault::Pass));
            self.wire.set(wire).unwrap();
        }
        Sleep::new(tokio::time::sleep(duration))
    }
}

/// A port of ours that nobody listens on, and its address.
fn deaf() -> (TcpSocket, String) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    (socket, url)
}

#[tokio::test]
async fn one_refused_connection_does_not_lose_the_client() {
    let table = Table::start().await;
    let (socket, url) = deaf();
    let wire = Arc::new(OnceLock::new());
    let config = sdk_config(&url)
        .unwrap()
        .into_builder()
        .sleep_impl(ListensAtTheFirstPause {
            socket: Mutex::new(Some(socket)),
            table_url: table.url.clone(),
            wire: Arc::clone(&wire),
        })
        .build();

    let (reply, took) = register(&config, TABLE_NAME).await;

    let registered = reply.assert_registered("a survivable fault");
    assert_eq!(table.only_item()["client_id"]["S"], registered["client_id"]);
    let wire = wire.get().expect("a pause before a retry");
    assert_eq!(wire.crossings().len(), 1, "the second attempt is the one that arrived");
    assert!(took < NO_TIME_OUT, "{took:?}");
}

#[tokio::test]
async fn connections_refused_for_good_are_503_after_three_attempts() {
    let (_socket, url) = deaf();
    let config = sdk_config(&url).unwrap();

    let (reply, took) = register(&config, TABLE_NAME).await;

    assert_unavailable(&reply);
    assert!(took < NO_TIME_OUT, "{took:?}");
    let (result, effort) = insert(&ClientStore::new(&config, TABLE_NAME.to_owned())).await;
    result.unwrap_err();
    assert_eq!(effort.attempts, 3);
}

#[tokio::test]
async fn connections_that_never_open_are_503_after_three_attempts() {
    // A listener whose queue is full: the kernel drops what else would connect.
    let (socket, url) = deaf();
    let listener = socket.listen(0).unwrap();
    let _queued = TcpStream::connect(listener.local_addr().unwrap()).await;

    let config = sdk_config(&url).unwrap();
    let store = ClientStore::new(&config, TABLE_NAME.to_owned());
    let ((reply, took), (result, effort)) = tokio::join!(register(&config, TABLE_NAME), insert(&store));

    assert_unavailable(&reply);
    result.unwrap_err();
    assert_eq!(effort.attempts, 3);
    // Three times a second of waiting for a connection.
    for took in [took, effort.duration] {
        assert!(took > Duration::from_secs(3) && took < SOME_TIME_OUTS, "{took:?}");
    }
}
