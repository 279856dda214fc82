//! What is wrong with rules that are data: every fault at once, each with its file, row and rule.

use std::fmt;

/// One thing wrong with a rule file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleFault {
    /// File.
    pub file: &'static str,
    /// Line of the file, from 1; 0 when the fault is of the file as a whole.
    pub row: u64,
    /// The rule, such as `biennium_weeks`.
    pub rule: String,
    /// What is wrong.
    pub wrong: String,
}

/// Everything wrong with a set of rule files.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct RuleFaults(pub Vec<RuleFault>);

impl fmt::Display for RuleFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the rules are faulty:")?;
        for RuleFault {
            file,
            row,
            rule,
            wrong,
        } in &self.0
        {
            write!(f, "\n  {file}, row {row}, {rule}: {wrong}")?;
        }
        Ok(())
    }
}
