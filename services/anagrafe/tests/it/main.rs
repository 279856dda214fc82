//! The anagrafe against a real PostgreSQL: each module tells one part of its story.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod employers;
mod import;
mod mandates;
mod principal;
mod roles;
mod stage;
mod territory;
mod told;
