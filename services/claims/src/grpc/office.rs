//! `OfficeService`.

use chassis::wire;
use prost::Message;
use proto::omnia::claims::v1 as pb;
use proto::omnia::claims::v1::office_service_server::OfficeService;
use tonic::{Request, Response, Status};

use super::parts;
use super::read::{days, id, proposed};
use super::show::{Reader, delegation};
use crate::app::{App, GrantCommand};

/// The service over the use cases.
pub(super) struct OfficeApi(pub(super) App);

#[tonic::async_trait]
impl OfficeService for OfficeApi {
    async fn assign_claim(
        &self,
        request: Request<pb::AssignClaimRequest>,
    ) -> Result<Response<pb::AssignClaimResponse>, Status> {
        let (caller, message) = parts(request)?;
        let operator = id(&message.operator_id, "operator_id")?;
        let claim = self
            .0
            .assign(&caller, id(&message.claim_id, "claim_id")?, operator)
            .await?;
        let claim = Some(Reader::of(&caller, self.0.clock.today()).claim(claim));
        Ok(Response::new(pb::AssignClaimResponse { claim }))
    }

    async fn transfer_claim(
        &self,
        request: Request<pb::TransferClaimRequest>,
    ) -> Result<Response<pb::TransferClaimResponse>, Status> {
        let (caller, message) = parts(request)?;
        let claim_id = id(&message.claim_id, "claim_id")?;
        let office = wire::parse(&message.office, "office")?;
        self.0
            .transfer(&caller, claim_id, &office, &message.reason)
            .await?;
        Ok(Response::new(pb::TransferClaimResponse {}))
    }

    async fn take_in_charge(
        &self,
        request: Request<pb::TakeInChargeRequest>,
    ) -> Result<Response<pb::TakeInChargeResponse>, Status> {
        let (caller, message) = parts(request)?;
        let claim = self
            .0
            .take_in_charge(&caller, id(&message.claim_id, "claim_id")?)
            .await?;
        let claim = Some(Reader::of(&caller, self.0.clock.today()).claim(claim));
        Ok(Response::new(pb::TakeInChargeResponse { claim }))
    }

    async fn propose_decision(
        &self,
        request: Request<pb::ProposeDecisionRequest>,
    ) -> Result<Response<pb::ProposeDecisionResponse>, Status> {
        let (caller, message) = parts(request)?;
        let claim_id = id(&message.claim_id, "claim_id")?;
        let claim = self
            .0
            .propose(&caller, claim_id, &proposed(message)?)
            .await?;
        let claim = Some(Reader::of(&caller, self.0.clock.today()).claim(claim));
        Ok(Response::new(pb::ProposeDecisionResponse { claim }))
    }

    async fn return_proposal(
        &self,
        request: Request<pb::ReturnProposalRequest>,
    ) -> Result<Response<pb::ReturnProposalResponse>, Status> {
        let (caller, message) = parts(request)?;
        let (claim_id, proposal) = (
            id(&message.claim_id, "claim_id")?,
            id(&message.proposal_id, "proposal_id")?,
        );
        let claim = self
            .0
            .return_proposal(&caller, claim_id, proposal, &message.remark)
            .await?;
        let claim = Some(Reader::of(&caller, self.0.clock.today()).claim(claim));
        Ok(Response::new(pb::ReturnProposalResponse { claim }))
    }

    async fn adopt_decision(
        &self,
        request: Request<pb::AdoptDecisionRequest>,
    ) -> Result<Response<pb::AdoptDecisionResponse>, Status> {
        let (caller, message) = parts(request)?;
        let (claim_id, proposal) = (
            id(&message.claim_id, "claim_id")?,
            id(&message.proposal_id, "proposal_id")?,
        );
        let claim = self.0.adopt(&caller, claim_id, proposal).await?;
        let claim = Some(Reader::of(&caller, self.0.clock.today()).claim(claim));
        Ok(Response::new(pb::AdoptDecisionResponse { claim }))
    }

    async fn annul_claim(
        &self,
        request: Request<pb::AnnulClaimRequest>,
    ) -> Result<Response<pb::AnnulClaimResponse>, Status> {
        let (caller, message) = parts(request)?;
        let claim = self
            .0
            .annul(&caller, id(&message.claim_id, "claim_id")?, &message.reason)
            .await?;
        let claim = Some(Reader::of(&caller, self.0.clock.today()).claim(claim));
        Ok(Response::new(pb::AnnulClaimResponse { claim }))
    }

    async fn grant_signature_delegation(
        &self,
        request: Request<pb::GrantSignatureDelegationRequest>,
    ) -> Result<Response<pb::GrantSignatureDelegationResponse>, Status> {
        let (caller, message) = parts(request)?;
        let command = GrantCommand {
            request_id: id(&message.request_id, "request_id")?,
            fingerprint: message.encode_to_vec(),
            delegate: id(&message.delegate_person_id, "delegate_person_id")?,
            days: days(message.from.as_ref(), message.to.as_ref())?,
        };
        let given = self.0.grant_delegation(&caller, &command).await?;
        Ok(Response::new(pb::GrantSignatureDelegationResponse {
            delegation: Some(delegation(&given)),
        }))
    }

    async fn withdraw_signature_delegation(
        &self,
        request: Request<pb::WithdrawSignatureDelegationRequest>,
    ) -> Result<Response<pb::WithdrawSignatureDelegationResponse>, Status> {
        let (caller, message) = parts(request)?;
        let ended = self
            .0
            .withdraw_delegation(&caller, id(&message.delegation_id, "delegation_id")?)
            .await?;
        Ok(Response::new(pb::WithdrawSignatureDelegationResponse {
            delegation: Some(delegation(&ended)),
        }))
    }

    async fn list_signature_delegations(
        &self,
        request: Request<pb::ListSignatureDelegationsRequest>,
    ) -> Result<Response<pb::ListSignatureDelegationsResponse>, Status> {
        let (caller, message) = parts(request)?;
        let (delegations, next_page_token) = self
            .0
            .list_delegations(&caller, message.page_size, &message.page_token)
            .await?;
        let delegations = delegations.iter().map(delegation).collect();
        Ok(Response::new(pb::ListSignatureDelegationsResponse {
            delegations,
            next_page_token,
        }))
    }
}
