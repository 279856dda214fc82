//! The documents of a claim: the act of a decision (CLM-22) and the receipt of a submission (CLM-13), composed once as
//! what [`press`] sets, and kept so. What they say is what held on the day they were issued, whatever law, names and
//! programs come later.

pub mod act;
pub mod receipt;
pub mod verification;
mod words;

pub use act::{Act, Replaced, Signature};
pub use receipt::receipt;
pub use verification::{Unreadable, VerificationCode};

/// Language of the documents.
const LANGUAGE: &str = "it-IT";
/// How their pages are numbered.
const NUMBERING: &str = "Pagina {n} di {m}";

/// Which document of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The provvedimento.
    Act,
    /// The receipt of the submission.
    Receipt,
}

impl Kind {
    /// Its code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Act => "ACT",
            Self::Receipt => "RECEIPT",
        }
    }
}
