//! SQL of the ledger, one function a question.
//!
//! Locks are always taken in the order reservation id → unit row → entry rows, so that bookings of one unit wait for
//! each other and never deadlock. The expiry of old reservations takes entry rows alone, and skips those in use.

mod entries;
mod locks;
mod rows;

pub(crate) use entries::{
    LedgerKey, counting, expire, expire_of_unit, find, find_many, insert, insert_history,
    is_released_unseen, page, release, remember_release, set_state, unit_of_entry,
};
pub(crate) use locks::{ensure_unit, lock_reservation, lock_unit, lock_units};
