//! What tests, benchmarks and the local server share: the two ends of the endpoint, and ways to break them.
//!
//! | module | what it is |
//! |---|---|
//! | [`api`] | the API's description, and whether an answer is what it says |
//! | [`cases`] | what the endpoint answers to which registration, as data |
//! | [`server`] | the endpoint over plain HTTP, in place of API Gateway |
//! | [`runtime_api`] | starts a function as Lambda does, and gives it events |
//! | [`dynamodb`] | an embedded DynamoDB with the template's table |
//! | [`wire`] | a proxy that loses, cuts and forges replies, as a script says |
//! | [`tls`] | TLS in front of any of them, under roots of its own |

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    reason = "a test that cannot go on should stop where it is"
)]

pub mod api;
pub mod cases;
pub mod dynamodb;
pub mod runtime_api;
pub mod server;
pub mod tls;
pub mod wire;
