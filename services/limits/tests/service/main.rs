//! The service on a real database: the ledger, and the contract as a client sees it.

#[cfg(test)]
mod ledger;
#[cfg(test)]
mod rpc;
#[cfg(test)]
mod world;
