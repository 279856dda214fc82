//! The others, as the tests want them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

use async_trait::async_trait;
use chassis::Failure;
use kernel::{AuthorizationNumber, CodiceFiscale, Hours, ProtocolNumber};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{MILANO, WORKERS, day};
use crate::domain::authorisation::{Authorisation, Details};
use crate::ports::{Findings, Grants, Holder, People, Question, Registers};

/// Claims that grant what they are told, 160 hours to each worker, and number flows.
pub(super) struct FakeClaims {
    granted: Mutex<BTreeMap<String, (Authorisation, Details)>>,
    workers: Mutex<Vec<String>>,
    numbered: Mutex<Vec<Uuid>>,
}

impl Default for FakeClaims {
    /// Grants to [`WORKERS`].
    fn default() -> Self {
        Self {
            granted: Mutex::default(),
            workers: Mutex::new(WORKERS.map(str::to_owned).to_vec()),
            numbered: Mutex::default(),
        }
    }
}

impl FakeClaims {
    /// Grants to these workers from now on.
    pub(super) fn grant_to(&self, workers: Vec<String>) {
        *self.workers.lock().unwrap() = workers;
    }

    pub(super) fn grant(&self, authorisation: Authorisation, details: Details) {
        let number = authorisation.number.to_string();
        let mut granted = self.granted.lock().unwrap();
        granted.insert(number, (authorisation, details));
    }

    /// How many flows have a number.
    pub(super) fn numbered(&self) -> usize {
        self.numbered.lock().unwrap().len()
    }
}

#[async_trait]
impl Grants for FakeClaims {
    async fn find(
        &self,
        number: &AuthorizationNumber,
    ) -> Result<Option<(Authorisation, Details)>, Failure> {
        Ok(self.granted.lock().unwrap().get(number.as_str()).cloned())
    }

    async fn workers(
        &self,
        _: &AuthorizationNumber,
    ) -> Result<Vec<(CodiceFiscale, Hours)>, Failure> {
        let worker = |code: &String| (code.parse().unwrap(), Hours::from_hundredths(16_000));
        Ok(self.workers.lock().unwrap().iter().map(worker).collect())
    }

    async fn register(
        &self,
        flow: Uuid,
        _: &AuthorizationNumber,
    ) -> Result<ProtocolNumber, Failure> {
        let mut numbered = self.numbered.lock().unwrap();
        let place = numbered
            .iter()
            .position(|it| *it == flow)
            .unwrap_or_else(|| {
                numbered.push(flow);
                numbered.len() - 1
            });
        let progressive = u32::try_from(place + 1).unwrap();
        let office = MILANO.parse().unwrap();
        ProtocolNumber::new(&office, day(2026, 10, 25), progressive).map_err(Failure::internal)
    }
}

/// People whose ids follow from their codes.
pub(super) struct FakePeople;

impl FakePeople {
    pub(super) fn id(code: &str) -> Uuid {
        let digest = Sha256::digest(code);
        Uuid::from_slice(&digest[..16]).unwrap()
    }
}

#[async_trait]
impl People for FakePeople {
    async fn identify(&self, codes: &[CodiceFiscale]) -> Result<Vec<Uuid>, Failure> {
        Ok(codes.iter().map(|code| Self::id(code.as_str())).collect())
    }
}

/// Registers to which everybody is known and owns the account, but for those named.
#[derive(Default)]
pub(super) struct FakeRegisters {
    findings: Mutex<HashMap<String, Findings>>,
}

impl FakeRegisters {
    /// What is said of a worker from now on.
    pub(super) fn say(&self, code: &str, findings: Findings) {
        let mut said = self.findings.lock().unwrap();
        said.insert(code.to_owned(), findings);
    }
}

/// What is said of a worker with whom nothing is wrong.
pub(super) const RIGHT: Findings = Findings {
    known: true,
    other_benefit: false,
    holder: Holder::Worker,
};

#[async_trait]
impl Registers for FakeRegisters {
    async fn look_up(&self, questions: &[Question]) -> Result<Vec<Findings>, Failure> {
        let said = self.findings.lock().unwrap();
        let of = |question: &Question| {
            let findings = said.get(&question.codice_fiscale).copied().unwrap_or(RIGHT);
            match question.iban {
                Some(_) => findings,
                None => Findings {
                    holder: Holder::Worker,
                    ..findings
                },
            }
        };
        Ok(questions.iter().map(of).collect())
    }
}
