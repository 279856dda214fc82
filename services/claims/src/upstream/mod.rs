//! The other services, over gRPC: what [`crate::ports`] promises.

mod anagrafe;
mod limits;
mod registers;

pub(crate) use anagrafe::Anagrafe;
pub(crate) use limits::LimitsService;
use proto::omnia::common::v1 as common;
pub(crate) use registers::Registers;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::domain::content::UnitKey;

/// Reason of an error, `ErrorInfo.reason`; empty when it has none.
fn reason(status: &Status) -> String {
    status
        .get_details_error_info()
        .map(|info| info.reason)
        .unwrap_or_default()
}

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

fn unit_key(unit: &UnitKey) -> common::UnitKey {
    common::UnitKey {
        matricola: unit.matricola.to_string(),
        production_unit_code: i32::try_from(unit.code.get()).unwrap_or(i32::MAX),
    }
}
