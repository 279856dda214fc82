//! SQL: one function a question. What returns rows of claims takes the scope of the caller.

pub(crate) mod adoptions;
pub(crate) mod appeals;
pub(crate) mod attachments;
pub(crate) mod authorizations;
pub(crate) mod claims;
pub(crate) mod completions;
mod content;
pub(crate) mod decisions;
pub(crate) mod delegations;
pub(crate) mod desk;
pub(crate) mod documents;
pub(crate) mod exports;
pub(crate) mod history;
pub(crate) mod kept;
pub(crate) mod payments;
pub(crate) mod registers;
mod rows;
pub(crate) mod search;
pub(crate) mod uploads;
pub(crate) mod workers;

/// Name of the constraint that a statement broke, if that is why it failed.
pub(crate) fn broken_constraint(error: &sqlx::Error) -> Option<&str> {
    error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::constraint)
}

/// Two live claims of an employer would have the same worker on one day (CLM-10).
pub(crate) const WORKER_IN_TWO_CLAIMS: &str = "worker_span_one_claim_a_day";
/// The ticket is linked to another claim (IDF-3).
pub(crate) const TICKET_USED: &str = "claim_ticket_key";
