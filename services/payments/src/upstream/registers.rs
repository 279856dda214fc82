//! The registers, over the contract of `proto/omnia/registers/v1`: whoever holds them answers it.

use async_trait::async_trait;
use chassis::client::{Channels, ServiceChannel};
use chassis::{Failure, wire};
use proto::omnia::registers::v1 as pb;
use proto::omnia::registers::v1::payees_registers_service_client::PayeesRegistersServiceClient;

use super::failed;
use crate::ports::{Findings, Holder, Question, Registers};

/// The registers over their channel.
pub(crate) struct PayeesRegisters(PayeesRegistersServiceClient<ServiceChannel>);

impl PayeesRegisters {
    /// Over channels that know `registers`.
    pub(crate) fn over(channels: &Channels) -> Self {
        Self(PayeesRegistersServiceClient::new(channels.to("registers")))
    }
}

#[async_trait]
impl Registers for PayeesRegisters {
    async fn look_up(&self, questions: &[Question]) -> Result<Vec<Findings>, Failure> {
        let request = pb::LookUpPayeesRequest {
            payees: questions.iter().map(payee).collect(),
        };
        let answer = self.0.clone().look_up_payees(request).await;
        let findings = answer.map_err(failed)?.into_inner().findings;
        Ok(findings.into_iter().map(found).collect())
    }
}

fn payee(question: &Question) -> pb::Payee {
    pb::Payee {
        codice_fiscale: question.codice_fiscale.clone(),
        month: Some(wire::date(question.month.first_day())),
        iban: question
            .iban
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
    }
}

fn found(findings: pb::PayeeFindings) -> Findings {
    Findings {
        known: findings.known,
        other_benefit: findings.other_benefit,
        holder: match findings.holder() {
            pb::Holder::Worker => Holder::Worker,
            pb::Holder::Other => Holder::Other,
            pb::Holder::Unspecified => Holder::NoAnswer,
        },
    }
}
