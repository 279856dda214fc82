//! Use cases: taking in what the claims and payments services tell, making the picture of each day, and showing it.

pub(crate) mod cases;
pub(crate) mod dashboard;
pub(crate) mod digest;
pub(crate) mod export;
pub(crate) mod figures;
pub(crate) mod ledger;
pub(crate) mod lines;
pub(crate) mod snapshots;
pub(crate) mod territory;
