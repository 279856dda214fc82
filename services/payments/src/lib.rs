//! Direct payment of wage integration: the flows that employers send (SR41, SR43, UniEmens-CIG), what is checked of them, and
//! what each worker is due.
//!
//! Specification: `domain/claims.md` §7, §10.3; amounts and terms by `domain/limits.md` §8, §10. The rules are in
//! [`domain`], pure.

pub mod domain;
