//! The one error of the kernel: what was refused, and the rule it broke. Never the value itself, which may be personal.

/// A value that breaks a rule of its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {rule}")]
pub struct Refused {
    what: &'static str,
    rule: &'static str,
}

impl Refused {
    pub(crate) const fn new(what: &'static str, rule: &'static str) -> Self {
        Self { what, rule }
    }

    /// What was refused, such as `codice fiscale`.
    pub fn what(&self) -> &'static str {
        self.what
    }

    /// The rule, such as `the check letter does not match`.
    pub fn rule(&self) -> &'static str {
        self.rule
    }
}
