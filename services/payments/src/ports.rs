//! What the use cases ask of others, in their words.

use async_trait::async_trait;
use chassis::Failure;
use kernel::{AuthorizationNumber, CodiceFiscale, Hours, Iban, ProtocolNumber};
use uuid::Uuid;

use crate::domain::authorisation::{Authorisation, Details};
use crate::domain::month::Month;

/// The claims service: what was granted, and the protocol register.
#[async_trait]
pub trait Grants: Send + Sync {
    /// The grant of a number; `None` when nothing was granted under it.
    async fn find(
        &self,
        number: &AuthorizationNumber,
    ) -> Result<Option<(Authorisation, Details)>, Failure>;

    /// Its workers, with their hours.
    async fn workers(
        &self,
        number: &AuthorizationNumber,
    ) -> Result<Vec<(CodiceFiscale, Hours)>, Failure>;

    /// The incoming protocol number of a flow: the same whenever it is asked for.
    async fn register(
        &self,
        flow: Uuid,
        number: &AuthorizationNumber,
    ) -> Result<ProtocolNumber, Failure>;
}

/// The anagrafe: who a person is.
#[async_trait]
pub trait People: Send + Sync {
    /// Opaque ids, in the order asked for.
    async fn identify(&self, codes: &[CodiceFiscale]) -> Result<Vec<Uuid>, Failure>;
}

/// What is asked of the registers about a line.
#[derive(Clone, PartialEq, Eq)]
pub struct Question {
    /// Codice fiscale.
    pub codice_fiscale: String,
    /// Month.
    pub month: Month,
    /// Account, unless the worker is paid at a post office.
    pub iban: Option<Iban>,
}

/// What a bank says of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// It is the worker's, alone or jointly.
    Worker,
    /// It is not.
    Other,
    /// It gave no answer: it is asked again.
    NoAnswer,
}

/// What the registers say of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Findings {
    /// In the register of persons, and alive in the month.
    pub known: bool,
    /// `NASpI`, sickness or maternity paid by INPS on days of the month.
    pub other_benefit: bool,
    /// Whose account it is.
    pub holder: Holder,
}

/// The register of persons, the other benefits, and the shared database of account holders (Msg 1904/2020).
#[async_trait]
pub trait Registers: Send + Sync {
    /// What they say of each line, in the order asked for.
    async fn look_up(&self, questions: &[Question]) -> Result<Vec<Findings>, Failure>;
}
