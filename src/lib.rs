//! An OAuth 2.0 Dynamic Client Registration endpoint (RFC 7591) for public clients, as an AWS Lambda function.
//!
//! # The map
//!
//! A registration goes through five verbs. Each has its own files: one type in, another out, and nothing flows back.
//!
//! | verb | file | in → out |
//! |---|---|---|
//! | read | [`request`]; `object` | HTTP request → [`RegistrationRequest`]: what was sent |
//! | validate | [`metadata`]; [`client_name`], [`scope`], [`redirect_uri`] with [`scheme`], [`origin`], [`uri`] | → [`ClientMetadata`]: what may be registered |
//! | issue | [`client`] | → [`Client`]: with an identifier and a time |
//! | insert | [`store`]; [`item`], [`attempts`] | → one conditional `PutItem` |
//! | answer | [`response`] | [`outcome`] → HTTP response |
//!
//! [`handler`] is the only module that knows this order. [`outcome`] is every way a request can end; [`response`] and
//! [`log`] both read it and know nothing of each other. [`member`] names the members of RFC 7591, [`event`] adapts
//! Lambda's events, [`connection`] configures how DynamoDB is reached, [`failure`] says what its failures mean, and
//! [`environment`] reads environment variables. What the operator decides is a [`policy`] with its [`allowed_origins`],
//! which [`settings`] reads.
//!
//! The modules are public for the tests, the fuzzer, the benchmarks and the local server. Nothing else depends on this
//! crate, and its version is that of the endpoint, not of this interface.

pub mod allowed_origins;
pub mod attempts;
pub mod client;
pub mod client_name;
pub mod connection;
pub mod environment;
pub mod event;
pub mod failure;
pub mod handler;
pub mod item;
pub mod log;
pub mod member;
pub mod metadata;
mod object;
pub mod origin;
pub mod outcome;
pub mod policy;
pub mod redirect_uri;
pub mod request;
pub mod response;
pub mod scheme;
pub mod scope;
pub mod settings;
pub mod store;
pub mod uri;

pub use client::Client;
pub use client_name::ClientName;
pub use handler::Handler;
pub use member::Member;
pub use metadata::ClientMetadata;
pub use policy::Policy;
pub use redirect_uri::RedirectUri;
pub use request::RegistrationRequest;
pub use settings::Settings;
pub use store::ClientStore;
