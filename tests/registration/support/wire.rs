//! A wire that can be cut: a loopback proxy between the real SDK and the embedded DynamoDB. A script says what happens to each
//! request, and every request is remembered.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

/// The `client_name` of the item that [`Fault::Collide`] puts in the way.
pub const ANOTHER_CLIENT: &str = "Another client";

/// What happens to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(dead_code, reason = "not every user of the wire plays every trick")]
pub enum Fault {
    /// Nothing: DynamoDB gets the request, the caller gets the reply.
    Pass,
    /// DynamoDB gets it after this time.
    Delay(Duration),
    /// The connection is reset before DynamoDB sees the request.
    ResetBeforeWrite,
    /// DynamoDB does as asked, then the connection is reset.
    ResetAfterWrite,
    /// DynamoDB does as asked, then the connection is closed in good order, without a reply.
    LoseReply,
    /// DynamoDB does as asked, and the connection is closed in the middle of the reply's body.
    TruncateReply,
    /// All goes well, and then the connection is closed, as an idle one is after a while.
    CloseWhenIdle,
    /// Instead of DynamoDB this status and this exception answer.
    Exception(u16, &'static str),
    /// Instead of DynamoDB something answers with this status that speaks HTTP and no JSON.
    Garbage(u16),
    /// Instead of DynamoDB something answers that speaks no HTTP.
    NotHttp,
    /// Nobody ever answers.
    Silence,
    /// Another client's item is put under the `client_id` of this request before DynamoDB gets it.
    Collide,
}

/// `fault` for the first request, nothing after it.
#[allow(dead_code, reason = "not every user of the wire plays every trick")]
pub fn once(fault: Fault) -> impl Fn(usize) -> Fault {
    move |nth| if nth == 0 { fault } else { Fault::Pass }
}

/// `fault` for every request.
#[allow(dead_code, reason = "not every user of the wire plays every trick")]
pub fn always(fault: Fault) -> impl Fn(usize) -> Fault {
    move |_| fault
}

/// A request that came over the wire.
#[derive(Clone, Debug)]
pub struct Crossing {
    /// What happened to it.
    #[allow(dead_code, reason = "the tests wrote the script and know; the soak does not")]
    pub fault: Fault,
    /// `X-Amz-Target`, the operation.
    #[allow(dead_code, reason = "the soak has one operation only")]
    pub target: String,
    /// The operation's input.
    pub input: Value,
}

/// The proxy. It stops when it is dropped.
#[derive(Debug)]
pub struct Wire {
    /// Where the SDK finds it.
    pub url: String,
    crossings: Arc<Mutex<Vec<Crossing>>>,
    task: AbortHandle,
}

impl Wire {
    /// A wire to the DynamoDB at `table_url`. `script` says what happens to the n-th request, counted from 0.
    pub async fn to(table_url: &str, script: impl Fn(usize) -> Fault + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::behind(listener, table_url, script)
    }

    /// The same behind a listener of the caller's.
    pub fn behind(
        listener: TcpListener,
        table_url: &str,
        script: impl Fn(usize) -> Fault + Send + Sync + 'static,
    ) -> Self {
        let url = format!("http://{}", listener.local_addr().unwrap());
        let crossings = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::new(Shared {
            table: table_url.strip_prefix("http://").unwrap().to_owned(),
            script,
            count: AtomicUsize::new(0),
            crossings: Arc::clone(&crossings),
        });
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((caller, _)) = listener.accept().await {
                let shared = Arc::clone(&shared);
                // A connection that breaks is what this is about; the SDK's side of it is what is looked at.
                connections.spawn(async move { shared.serve(caller).await.ok() });
                while connections.try_join_next().is_some() {}
            }
        });
        Self { url, crossings, task: task.abort_handle() }
    }

    /// Every request so far, in the order of arrival.
    pub fn crossings(&self) -> Vec<Crossing> {
        self.crossings.lock().unwrap().clone()
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Shared<S> {
    table: String,
    script: S,
    count: AtomicUsize,
    crossings: Arc<Mutex<Vec<Crossing>>>,
}

impl<S: Fn(usize) -> Fault> Shared<S> {
    async fn serve(&self, mut caller: TcpStream) -> io::Result<()> {
        caller.set_nodelay(true)?;
        let mut table = TcpStream::connect(&self.table).await?;
        table.set_nodelay(true)?;
        loop {
            let request = Message::read(&mut caller).await?;
            let fault = (self.script)(self.count.fetch_add(1, Ordering::SeqCst));
            self.crossings.lock().unwrap().push(Crossing {
                fault,
                target: request.header("x-amz-target").unwrap_or_default(),
                input: serde_json::from_slice(&request.body)?,
            });

            match fault {
                Fault::Pass => {}
                Fault::Delay(time) => tokio::time::sleep(time).await,
                Fault::ResetBeforeWrite => return caller.set_zero_linger(),
                Fault::ResetAfterWrite => {
                    request.exchange(&mut table).await?;
                    return caller.set_zero_linger();
                }
                Fault::LoseReply => {
                    request.exchange(&mut table).await?;
                    return caller.shutdown().await;
                }
                Fault::TruncateReply => {
                    let mut reply = request.exchange(&mut table).await?;
                    reply.body.truncate(reply.body.len() / 2);
                    reply.write(&mut caller).await?;
                    return caller.shutdown().await;
                }
                Fault::CloseWhenIdle => {
                    request.exchange(&mut table).await?.write(&mut caller).await?;
                    return caller.shutdown().await;
                }
                Fault::Exception(status, name) => {
                    let body = json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{name}"), "message": "as scripted" });
                    reply(status, &body.to_string()).write(&mut caller).await?;
                    continue;
                }
                Fault::Garbage(status) => {
                    reply(status, "<html>It works!</html>").write(&mut caller).await?;
                    continue;
                }
                Fault::NotHttp => {
                    caller.write_all(b"220 mail.example.com ESMTP\r\n\r\n").await?;
                    return caller.shutdown().await;
                }
                Fault::Silence => {
                    // Until the caller gives up.
                    let _ = caller.read(&mut [0]).await?;
                    return Ok(());
                }
                Fault::Collide => {
                    request.of_another_client().exchange(&mut table).await?;
                }
            }
            request.exchange(&mut table).await?.write(&mut caller).await?;
        }
    }
}

/// An HTTP/1.1 message with a `Content-Length`, which is all that is spoken here.
pub struct Message {
    /// The first line and the headers, with the empty line after them.
    pub head: String,
    pub body: Vec<u8>,
}

fn reply(status: u16, body: &str) -> Message {
    Message {
        head: format!(
            "HTTP/1.1 {status} Scripted\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: {}\r\n\r\n",
            body.len()
        ),
        body: body.as_bytes().to_vec(),
    }
}

impl Message {
    async fn read(stream: &mut TcpStream) -> io::Result<Self> {
        let mut bytes = Vec::new();
        let body_start = loop {
            if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            if stream.read_buf(&mut bytes).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        };
        let mut message =
            Self { body: bytes.split_off(body_start), head: String::from_utf8(bytes).map_err(io::Error::other)? };
        let length: usize = message.header("content-length").and_then(|length| length.parse().ok()).unwrap_or_default();
        let read = message.body.len();
        message.body.resize(length, 0);
        stream.read_exact(&mut message.body[read..]).await?;
        Ok(message)
    }

    fn header(&self, name: &str) -> Option<String> {
        self.head.lines().find_map(|line| {
            let (header, value) = line.split_once(':')?;
            header.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    }

    async fn write(&self, stream: &mut TcpStream) -> io::Result<()> {
        stream.write_all(&[self.head.as_bytes(), &self.body].concat()).await
    }

    /// Sends this request, and waits for the reply.
    pub async fn exchange(&self, table: &mut TcpStream) -> io::Result<Self> {
        self.write(table).await?;
        Self::read(table).await
    }

    /// The write of another client's item under the `client_id` of this one, unless that is taken.
    fn of_another_client(&self) -> Self {
        let input: Value = serde_json::from_slice(&self.body).unwrap();
        let body = json!({
            "TableName": input["TableName"],
            "Item": { "client_id": input["Item"]["client_id"], "client_name": { "S": ANOTHER_CLIENT } },
            "ConditionExpression": "attribute_not_exists(client_id)",
        })
        .to_string();
        let length = format!("content-length: {}", body.len());
        let head = self
            .head
            .lines()
            .map(|line| if line.to_ascii_lowercase().starts_with("content-length:") { &length } else { line })
            .collect::<Vec<_>>()
            .join("\r\n");
        Self { head: head + "\r\n", body: body.into_bytes() }
    }
}
