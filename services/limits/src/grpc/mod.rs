//! The service over gRPC: messages in, use case, messages out.

mod bulk;
mod limits;
mod read;
mod reservations;

pub(crate) use limits::LimitsApi;
pub(crate) use reservations::ReservationApi;
