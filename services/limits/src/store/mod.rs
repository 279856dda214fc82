//! SQL of the ledger, one function a question.
//!
//! Locks are always taken in the order reservation id → the law, shared → units, in the order of their shards → entry
//! rows, so that changes of one unit wait for each other and never deadlock; a law that is recorded waits for all of them,
//! and needs nothing but its own. A reader of the present waits for a change under way
//! (`unit_entries`), so that every change it does not see is stamped after its answer: that is why an answer can be
//! given again.

mod copied;
mod entries;
mod facts;
mod law;
mod locks;
mod master;
mod paid;
mod recompute;
mod rows;
mod staff;

pub(crate) use entries::{
    LedgerKey, authorised, entries, entries_under, entry_versions, extend_versions, find,
    find_many, first_versions, is_released_unseen, remember_release, unit_of_entry,
    units_with_lapsed, version, write,
};
pub(crate) use facts::{KnownFacts, RememberedFacts, facts_known, remember_facts};
pub(crate) use law::{law_is_recorded, law_known, laws_after, lock_law, record_law};
pub(crate) use locks::{ensure_unit, last_recorded, lock_reservation, lock_units, stamp_units};
pub(crate) use master::{
    MasterNews, MasterUnit, Reading, StaffMonths, master_unit, reading, take_master_news,
};
pub(crate) use paid::{MonthChange, PaidMonth, change_months, paid_months};
pub(crate) use recompute::{
    Batch, Place, RawBatch, Run, Stretch, entries_of, finish_run, last_after, open_run,
    prepare_reading, units_of, write_batch,
};
