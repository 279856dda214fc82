//! The server and the channels, seen by a caller: a small service of the contract behind the whole stack.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access;
mod calls;
mod drain;
mod overload;
mod refusals;
mod support;
