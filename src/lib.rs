//! An OAuth 2.0 Dynamic Client Registration endpoint (RFC 7591) for public clients, as an AWS Lambda function.
//!
//! # The map
//!
//! A registration moves through five verbs. Each verb has its files; one type goes in, another comes out, and nothing
//! flows back:
//!
//! | verb | file | in → out |
//! |---|---|---|
//! | read | [`request`] | HTTP request → [`RegistrationRequest`]: what was sent |
//! | prove | [`metadata`], [`redirect_uri`], [`uri`] | → [`ClientMetadata`]: what may be registered |
//! | issue | [`client`] | → [`Client`]: with an identifier and a time |
//! | insert | [`store`], [`item`] | → one conditional `PutItem` |
//! | answer | [`response`] | [`Client`] or [`RegistrationError`] → HTTP response |
//!
//! [`handler`] is the only room that knows this order. [`error`] gathers the ways it can end badly, among them [`store_error`],
//! what DynamoDB's failures mean. [`log`] writes the one line a request leaves behind, [`event`] is the border to Lambda,
//! [`connection`] the way to DynamoDB, and [`settings`] the border to the environment.

pub mod client;
pub mod connection;
pub mod error;
pub mod event;
pub mod handler;
pub mod item;
pub mod log;
pub mod metadata;
pub mod redirect_uri;
pub mod request;
pub mod response;
pub mod settings;
pub mod store;
pub mod store_error;
pub mod uri;

pub use client::Client;
pub use error::RegistrationError;
pub use handler::Handler;
pub use metadata::ClientMetadata;
pub use redirect_uri::RedirectUri;
pub use request::RegistrationRequest;
pub use settings::Settings;
pub use store::ClientStore;
