//! The other services, over gRPC: what [`crate::ports`] promises.

mod anagrafe;
mod claims;
mod registers;

pub(crate) use anagrafe::Anagrafe;
pub(crate) use claims::Claims;
pub(crate) use registers::PayeesRegisters;
use tonic::{Code, Status};

/// A failure of another service: try again when it is away or busy, otherwise a defect of ours.
fn failed(status: Status) -> chassis::Failure {
    match status.code() {
        Code::Unavailable
        | Code::DeadlineExceeded
        | Code::ResourceExhausted
        | Code::Cancelled
        | Code::Aborted => chassis::Failure::unavailable(status),
        _ => chassis::Failure::internal(status),
    }
}
