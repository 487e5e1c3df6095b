//! The endpoint against a real DynamoDB engine, through the real SDK. One binary, one file a promise.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should stop where it is"
)]

mod accepts;
mod api;
mod bootstrap;
mod browsers;
mod cases;
mod deployment;
mod events;
mod found;
mod hostile;
mod logs;
mod members;
mod origins;
mod pages;
mod persists;
mod refuses;
mod settings;
mod support;
mod survives;
mod tls;
