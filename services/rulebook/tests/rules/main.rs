//! The rulebook: its worked examples, and its invariants on random histories against a slow oracle.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod invariants;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod recorded;
#[cfg(test)]
mod spec;
#[cfg(test)]
mod worked_examples;
