//! Configuration: defaults in code, then a file, then `OMNIA__SECTION__KEY`. Unknown keys are errors, every fault is
//! reported together, secrets never print.
//!
//! `omnia.example.toml` at the root of the repository documents every key; a test keeps it true.

mod check;
mod load;
mod sections;
mod values;

pub use load::{Fault, Faults, Sources};
pub use sections::*;
pub use values::{ClamdAddress, ClamdAddressError, ServiceUrl, UrlError, list};

impl Platform {
    /// The configuration as TOML with every secret replaced, for the log at start and for `omnia config`.
    pub fn redacted(&self) -> String {
        toml::to_string_pretty(self).unwrap_or_default()
    }

    /// The section of a service.
    pub fn service(&self, name: &str) -> Option<&ServiceConfig> {
        self.services.get(name)
    }
}
