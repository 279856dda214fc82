//! The shared vocabulary of Omnia: identifiers, weeks, periods, terms, money and hours.
//!
//! Everything here is pure: no input or output, no clock of its own. A value exists only when it is well formed; it is
//! parsed from text, prints back the same text, and refuses with the rule that was broken ([`Refused`]), never with
//! the value itself, which may be personal.

pub mod calendar;
mod check_letter;
mod coded;
mod codes;
mod codice_fiscale;
mod digest;
pub mod headcount;
pub mod holidays;
mod iban;
mod numbers;
mod partita_iva;
mod period;
mod quantity;
mod refused;
pub mod rome;
mod rule_fault;
mod text;
mod week;

pub use codes::{
    Ateco, AtecoVersion, AuthorizationCode, Belfiore, Csc, IstatProvince, IstatRegion, Matricola,
    OfficeCode, ProductionUnitCode, RegionDm1986,
};
pub use codice_fiscale::{CodiceFiscale, EmployerCode, Sex};
pub use digest::Digest;
pub use holidays::Term;
pub use iban::Iban;
pub use numbers::{AuthorizationNumber, ProtocolNumber, Ticket};
pub use partita_iva::PartitaIva;
pub use period::Period;
pub use quantity::{Cents, Hours};
pub use refused::Refused;
pub use rule_fault::{RuleFault, RuleFaults};
pub use week::{Week, WeekPeriod};
