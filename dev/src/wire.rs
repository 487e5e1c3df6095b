//! A wire that can be cut: a loopback proxy between the real SDK and the embedded DynamoDB. A script says what happens
//! to each request, and every request is remembered.

use std::error::Error as _;
use std::fmt::Write as _;
use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{client, server};
use hyper_util::rt::TokioIo;
use lambda_http::Error;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// The `client_name` of the item that [`Fault::Collide`] puts in the way.
pub const ANOTHER_CLIENT: &str = "Another client";

/// What happens to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
    /// Instead of DynamoDB something answers with this status and this body, with or without an identifier as every reply
    /// of DynamoDB's has one.
    Success {
        /// One of 2xx.
        status: u16,
        /// Whether there is an `x-amzn-requestid`.
        request_id: bool,
        /// JSON, or none.
        body: &'static str,
    },
    /// Instead of DynamoDB something answers with a 200 whose body does not end.
    Endless,
    /// Instead of DynamoDB something answers that speaks no HTTP.
    NotHttp,
    /// Nobody ever answers.
    Silence,
    /// Another client's item is put under the `client_id` of this request before DynamoDB gets it.
    Collide,
    /// DynamoDB does as asked, somebody else changes the new item by this `UpdateExpression`, and the connection is
    /// closed without a reply. `SET reviewed_by = client_name` adds an attribute, as an operand may be another
    /// attribute; `REMOVE client_uri` takes one away.
    UpdateAndLoseReply(&'static str),
}

/// `fault` for the first request, nothing after it.
pub fn once(fault: Fault) -> impl Fn(usize) -> Fault {
    move |nth| if nth == 0 { fault } else { Fault::Pass }
}

/// `fault` for every request.
pub fn always(fault: Fault) -> impl Fn(usize) -> Fault {
    move |_| fault
}

/// A request that came over the wire.
#[derive(Clone, Debug)]
pub struct Crossing {
    /// What happened to it.
    pub fault: Fault,
    /// `X-Amz-Target`, the operation.
    pub target: String,
    /// The operation's input.
    pub input: Value,
}

/// The proxy.
pub struct Wire {
    /// Where the SDK finds it.
    pub url: String,
    shared: Arc<Shared>,
}

struct Shared {
    table_url: String,
    script: Box<dyn Fn(usize) -> Fault + Send + Sync>,
    crossings: Mutex<Vec<Crossing>>,
    hung_up: Notify,
    /// Of the connections that are opened now; requests on those of an earlier one are lost.
    generation: AtomicUsize,
}

impl Wire {
    /// A wire to the DynamoDB at `table_url`. `script` says what happens to the n-th request, counted from 0.
    pub async fn to(table_url: &str, script: impl Fn(usize) -> Fault + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            table_url: table_url.to_owned(),
            script: Box::new(script),
            crossings: Mutex::default(),
            hung_up: Notify::new(),
            generation: AtomicUsize::new(0),
        });
        let wire = Self { url, shared: Arc::clone(&shared) };
        tokio::spawn(async move {
            while let Ok((caller, _)) = listener.accept().await {
                let shared = Arc::clone(&shared);
                // A connection that breaks is what this is about; the SDK's side of it is what is looked at.
                tokio::spawn(async move { drop(shared.serve(caller).await) });
            }
        });
        wire
    }

    /// Closes every connection that is open now, as a table closes those that have been idle for a while.
    pub fn hang_up(&self) {
        self.shared.hung_up.notify_waiters();
    }

    /// Every connection that is open now stays open, but what comes over it reaches nobody, and nobody says so.
    pub fn go_silent(&self) {
        self.shared.generation.fetch_add(1, Ordering::SeqCst);
    }

    /// Every request so far, in the order of arrival.
    pub fn crossings(&self) -> Vec<Crossing> {
        self.shared.crossings.lock().unwrap().clone()
    }
}

/// How a connection ends that ends with this request.
#[derive(Debug)]
enum Ending {
    Reset,
    /// In good order, after these bytes.
    Close(Vec<u8>),
    /// Never, of its own accord.
    Never,
}

impl std::fmt::Display for Ending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the end of a connection, as scripted")
    }
}

impl std::error::Error for Ending {}

impl Shared {
    async fn serve(&self, caller: TcpStream) -> Result<(), Error> {
        caller.set_nodelay(true)?;
        let generation = self.generation.load(Ordering::SeqCst);
        let service = service_fn(|request| self.cross(generation, request));
        // Half-closed is open: what was sent is carried out, even if nobody waits for the reply any more.
        let mut http = server::conn::http1::Builder::new();
        let mut connection = http.half_close(true).serve_connection(TokioIo::new(caller), service);
        let result = tokio::select! {
            result = &mut connection => result,
            () = self.hung_up.notified() => return Ok(()),
        };
        let Err(error) = result else { return Ok(()) };
        let mut caller = connection.into_parts().io.into_inner();
        match error.source().and_then(|source| source.downcast_ref()) {
            Some(Ending::Reset) => caller.set_zero_linger()?,
            Some(Ending::Close(last)) => {
                caller.write_all(last).await?;
                caller.shutdown().await?;
            }
            Some(Ending::Never) => {
                caller.write_all(b"HTTP/1.1 200 OK\r\nx-amzn-requestid: scripted\r\n\r\n").await?;
                loop {
                    caller.write_all(&[b' '; 16 * 1024]).await?;
                }
            }
            None => return Err(error.into()),
        }
        Ok(())
    }

    /// The reply to one request, on a connection of `generation`; an [`Ending`] is one of the errors.
    async fn cross(&self, generation: usize, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Error> {
        if generation != self.generation.load(Ordering::SeqCst) {
            pending::<()>().await;
        }
        let (head, body) = request.into_parts();
        let request = Request::from_parts(head, body.collect().await?.to_bytes());
        let target = request.headers().get("x-amz-target").map(|target| target.to_str().unwrap().to_owned());
        let input: Value = serde_json::from_slice(request.body())?;
        let fault = {
            let mut crossings = self.crossings.lock().unwrap();
            let fault = (self.script)(crossings.len());
            crossings.push(Crossing { fault, target: target.unwrap_or_default(), input: input.clone() });
            fault
        };

        // What happens before DynamoDB gets the request, or in its place.
        match fault {
            Fault::Delay(time) => tokio::time::sleep(time).await,
            Fault::ResetBeforeWrite => return Err(Ending::Reset.into()),
            Fault::Exception(status, name) => {
                let name = format!("com.amazonaws.dynamodb.v20120810#{name}");
                return Ok(reply(status, json!({ "__type": name, "message": "as scripted" }).to_string()));
            }
            Fault::Garbage(status) => return Ok(reply(status, "<html>It works!</html>")),
            Fault::Success { status, request_id, body } => {
                let mut reply = reply(status, body);
                if request_id {
                    reply.headers_mut().insert("x-amzn-requestid", HeaderValue::from_static("scripted"));
                }
                return Ok(reply);
            }
            Fault::Endless => return Err(Ending::Never.into()),
            Fault::NotHttp => return Err(Ending::Close(b"220 mail.example.com ESMTP\r\n\r\n".to_vec()).into()),
            Fault::Silence => pending().await,
            Fault::Collide => {
                let put = json!({
                    "TableName": input["TableName"],
                    "Item": { "client_id": input["Item"]["client_id"], "client_name": { "S": ANOTHER_CLIENT } },
                    "ConditionExpression": "attribute_not_exists(client_id)", // unless it is taken
                });
                self.ask_as_well(&request, "DynamoDB_20120810.PutItem", &put).await?;
            }
            Fault::Pass
            | Fault::ResetAfterWrite
            | Fault::LoseReply
            | Fault::TruncateReply
            | Fault::CloseWhenIdle
            | Fault::UpdateAndLoseReply(_) => {}
        }
        let reply = send(&self.table_url, request.clone()).await?;
        // What happens to the reply.
        match fault {
            Fault::ResetAfterWrite => Err(Ending::Reset.into()),
            Fault::LoseReply => Err(Ending::Close(Vec::new()).into()),
            Fault::TruncateReply => {
                let mut bytes = on_the_wire(&reply);
                bytes.truncate(bytes.len() - reply.body().len().div_ceil(2));
                Err(Ending::Close(bytes).into())
            }
            Fault::CloseWhenIdle => Err(Ending::Close(on_the_wire(&reply)).into()),
            Fault::UpdateAndLoseReply(expression) => {
                let update = json!({
                    "TableName": input["TableName"],
                    "Key": { "client_id": input["Item"]["client_id"] },
                    "UpdateExpression": expression,
                });
                let reply = self.ask_as_well(&request, "DynamoDB_20120810.UpdateItem", &update).await?;
                assert_eq!(reply.status(), StatusCode::OK, "{:?}", reply.body());
                Err(Ending::Close(Vec::new()).into())
            }
            _ => Ok(reply.map(Full::new)),
        }
    }

    /// A request of somebody else, who may do what the sender of `request` may.
    async fn ask_as_well(
        &self,
        request: &Request<Bytes>,
        target: &'static str,
        input: &Value,
    ) -> Result<Response<Bytes>, Error> {
        let mut request = request.clone().map(|_| input.to_string().into());
        request.headers_mut().remove(header::CONTENT_LENGTH);
        request.headers_mut().insert("x-amz-target", HeaderValue::from_static(target));
        send(&self.table_url, request).await
    }
}

/// Sends `request`, whose URI is a path, to the server at `url`, and reads all of the reply. It never tries anything
/// twice, so that who counts requests counts what was asked for.
///
/// # Errors
///
/// When there is no reply, or only a part of one.
pub async fn send(url: &str, request: Request<Bytes>) -> Result<Response<Bytes>, Error> {
    let stream = TcpStream::connect(url.trim_start_matches("http://")).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let (head, body) = sender.send_request(request.map(Full::new)).await?.into_parts();
    Ok(Response::from_parts(head, body.collect().await?.to_bytes()))
}

fn reply(status: u16, body: impl Into<Full<Bytes>>) -> Response<Full<Bytes>> {
    let reply = Response::builder().status(status).header(header::CONTENT_TYPE, "application/x-amz-json-1.0");
    reply.body(body.into()).unwrap()
}

/// A reply's bytes, for connections that end with it.
fn on_the_wire(reply: &Response<Bytes>) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {}\r\n", reply.status());
    for (name, value) in reply.headers() {
        write!(head, "{name}: {}\r\n", value.to_str().unwrap()).unwrap();
    }
    [head.as_bytes(), b"\r\n", reply.body()].concat()
}
