//! No connection to the table can be opened.

use std::time::Duration;

use dev::dynamodb::{TABLE_NAME, sdk_config};
use dynamic_client_registration::ClientStore;
use tokio::net::{TcpSocket, TcpStream};

use super::{NO_TIME_OUT, SOME_TIME_OUTS, assert_unavailable, insert, register};

/// A port of ours that nobody listens on, and its address.
fn deaf() -> (TcpSocket, String) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    (socket, url)
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
    // Three times half a second of waiting for a connection.
    for took in [took, effort.duration] {
        assert!(took > Duration::from_millis(1_500) && took < SOME_TIME_OUTS, "{took:?}");
    }
}
