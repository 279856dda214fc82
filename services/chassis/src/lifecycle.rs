//! Stopping: one token that everybody watches.

/// Tells when to stop. Cloned freely.
pub type Stop = tokio_util::sync::CancellationToken;
