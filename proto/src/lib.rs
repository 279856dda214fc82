//! The public contract of Omnia, compiled: messages, gRPC clients and servers, and the descriptor set.
//!
//! A message is validated against its `buf.validate` rules by [`codec::ValidatingCodec`] as it is decoded, so that a
//! handler never sees a malformed one.

#![allow(
    clippy::all,
    clippy::pedantic,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    missing_docs,
    unreachable_pub,
    reason = "generated code; the documentation lives in the .proto files"
)]

pub mod codec;

include!(concat!(env!("OUT_DIR"), "/packages.rs"));

mod validation {
    use super::*;
    include!(concat!(env!("OUT_DIR"), "/validate_impl.rs"));
    include!(concat!(env!("OUT_DIR"), "/without_rules.rs"));
}

/// Encoded `google.protobuf.FileDescriptorSet` of every package, options included.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
