//! SQL about payment flows, one function a question.

pub(crate) mod cells;
pub(crate) mod flows;
pub(crate) mod ledger;
pub(crate) mod persons;
pub(crate) mod pictures;
pub(crate) mod volumes;
