//! Pure rules of the master data: territory, roles, mandates, headcount, and what a person may act as.

pub mod employer;
pub mod grant;
pub mod headcount;
pub mod mandate;
pub mod principal;
pub mod role;
pub mod territory;
