//! The service on a real database: the ledger, and the contract as a client sees it.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod bulk;
#[cfg(test)]
mod corrections;
#[cfg(test)]
mod explanations;
#[cfg(test)]
mod kills;
#[cfg(test)]
mod law;
#[cfg(test)]
mod ledger;
#[cfg(test)]
mod master_data;
#[cfg(test)]
mod nation;
#[cfg(test)]
mod paid;
#[cfg(test)]
mod past;
#[cfg(test)]
mod recompute;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod rpc;
#[cfg(test)]
mod schemes;
#[cfg(test)]
mod staff;
#[cfg(test)]
mod world;
