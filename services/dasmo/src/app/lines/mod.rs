//! Payment flows: taking in what the payments service tells, drawing their part of a picture, and showing it.

pub(crate) mod drawing;
pub(crate) mod ledger;
mod shown;

pub(crate) use shown::{LineBreakdown, Lines, StockFlow, StockFlows};
