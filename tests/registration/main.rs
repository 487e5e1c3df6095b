//! The endpoint against a real DynamoDB engine, through the real SDK. One binary, one file a promise.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::too_many_lines,
    reason = "a test that cannot go on should stop where it is, and a table is as long as its cases"
)]

mod accepts;
mod api;
mod bootstrap;
mod browsers;
mod cases;
mod deployment;
mod edges;
mod events;
mod hostile;
mod logs;
mod origins;
mod persists;
mod properties;
mod refuses;
mod security;
mod sentences;
mod support;
mod survives;
mod tls;
mod wire;
