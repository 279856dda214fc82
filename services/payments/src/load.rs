//! Flows, orders and answers of the bank as they come by calls, through the same use cases, on whatever clock the context brings: for
//! data of days that are past.

use std::error::Error;
use std::fmt::Write;

use chassis::access::Role;
use chassis::identity::{Caller, Scope};
use chassis::upload::{Begun, Uploads};
use chassis::{Context, Failure};
use kernel::OfficeCode;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::app::{App, BatchCommand};
use crate::domain::flow::Header;
use crate::domain::layout::Format;
use crate::domain::refusal::FlowCode;
use crate::domain::upload::{Announced, UploadState};
use crate::store;

/// The use cases, for whoever plays the parts of filers, offices and the bank.
#[derive(Clone)]
pub struct Desk(App);

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").finish_non_exhaustive()
    }
}

/// What came of a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// Received under this id.
    Received(Uuid),
    /// Refused as a whole.
    Refused(Vec<FlowCode>),
}

impl Desk {
    /// Over the platform, as the service itself stands on it.
    pub fn new(context: &Context) -> Result<Self, Box<dyn Error + Send + Sync>> {
        crate::app(context).map(Self)
    }

    /// Sends a CSV flow as a consultant of the firm.
    pub async fn send(&self, filer: Uuid, header: &Header, file: &[u8]) -> Result<Sent, Failure> {
        let matricola = header.matricola.to_string();
        let caller = Caller {
            person: filer,
            role: Role::AzCon,
            scope: Scope::Own(vec![matricola]),
            service: None,
            ..Caller::service("payments")
        };
        let digest: [u8; 32] = Sha256::digest(file).into();
        let announced = Announced {
            id: self.0.ids.at(self.0.clock.now()),
            authorization: header.authorization.clone(),
            matricola: header.matricola.clone(),
            format: Format::Csv,
            header: Some(header.clone()),
            total_bytes: i64::try_from(file.len()).map_err(Failure::internal)?,
            digest: digest.into(),
        };
        let shown = match self.0.begin_upload(&caller, &announced).await? {
            Begun::Over(shown) => shown,
            Begun::Open(mut receiving) => {
                self.0.receive(&mut receiving, 0, file).await?;
                self.0.finish_upload(&caller, receiving).await?
            }
        };
        let upload = shown.upload;
        Ok(match (upload.state, upload.refusal) {
            (UploadState::Refused, refusal) => Sent::Refused(refusal.unwrap_or_default().codes),
            _ => Sent::Received(upload.flow),
        })
    }

    /// Asks others about every line that waits for it.
    pub async fn check(&self) -> Result<(), Failure> {
        while self.0.check_some().await? {}
        Ok(())
    }

    /// Orders what is verified at an office. Returns the end-to-end ids; none when there was nothing to order.
    pub async fn order(&self, officer: Uuid, office: &OfficeCode) -> Result<Vec<String>, Failure> {
        let caller = officer_of(officer, office);
        let request = self.0.ids.at(self.0.clock.now());
        let command = BatchCommand {
            request_id: request,
            fingerprint: request.as_bytes().to_vec(),
            lines_most: 0,
        };
        let Some(batch) = self.0.order_verified(&caller, &command).await? else {
            return Ok(Vec::new());
        };
        let mut connection = self.0.database.pool().acquire().await?;
        let orders = store::orders::of_batch(&mut connection, batch).await?;
        Ok(orders
            .into_iter()
            .map(|order| order.end_to_end_id)
            .collect())
    }

    /// The bank answers an office by pain.002: executed, or not.
    pub async fn answer(
        &self,
        officer: Uuid,
        office: &OfficeCode,
        answers: &[(String, bool)],
    ) -> Result<(), Failure> {
        let mut orders = String::new();
        for (id, executed) in answers {
            let status = if *executed { "ACSC" } else { "RJCT" };
            write!(
                orders,
                "<TxInfAndSts><OrgnlEndToEndId>{id}</OrgnlEndToEndId><TxSts>{status}</TxSts></TxInfAndSts>"
            )
            .map_err(Failure::internal)?;
        }
        let file = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.002.001.10\">\
             <CstmrPmtStsRpt><OrgnlPmtInfAndSts>{orders}</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"
        );
        self.0
            .ingest(&officer_of(officer, office), file.as_bytes())
            .await?;
        Ok(())
    }
}

/// A P.O. officer.
fn officer_of(person: Uuid, office: &OfficeCode) -> Caller {
    Caller {
        person,
        role: Role::Po,
        scope: Scope::Offices(vec![office.clone()]),
        organisation: office.to_string(),
        service: None,
        ..Caller::service("payments")
    }
}
