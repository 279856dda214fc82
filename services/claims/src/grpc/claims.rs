//! `ClaimsService`.

use chassis::{Failure, wire};
use prost::Message;
use proto::omnia::claims::v1 as pb;
use proto::omnia::claims::v1::claims_service_server::ClaimsService;
use tonic::{Request, Response, Status};

use super::read::{content, id, optional_id, unit};
use super::show::{Reader, checked, finding};
use super::{assist, parts};
use crate::app::{App, CreateCommand, Filter, ListCommand, SubmitCommand};
use crate::names;

/// The service over the use cases.
pub(crate) struct ClaimsApi(pub(crate) App);

#[tonic::async_trait]
impl ClaimsService for ClaimsApi {
    async fn create_draft(
        &self,
        request: Request<pb::CreateDraftRequest>,
    ) -> Result<Response<pb::CreateDraftResponse>, Status> {
        let (caller, message) = parts(request)?;
        let command = CreateCommand {
            request_id: id(&message.request_id, "request_id")?,
            fingerprint: message.encode_to_vec(),
            copy_from: optional_id(&message.copy_from_claim_id, "copy_from_claim_id")?,
            content: content(message.content)?,
        };
        let claim = self.0.create_draft(&caller, &command).await?;
        let claim = Some(Reader::of(&caller, self.0.clock.today()).claim(claim));
        Ok(Response::new(pb::CreateDraftResponse { claim }))
    }

    async fn update_draft(
        &self,
        request: Request<pb::UpdateDraftRequest>,
    ) -> Result<Response<pb::UpdateDraftResponse>, Status> {
        let (caller, message) = parts(request)?;
        let claim_id = id(&message.claim_id, "claim_id")?;
        let claim = self
            .0
            .update_draft(
                &caller,
                claim_id,
                &message.etag,
                &content(message.content)?,
                &message.confirmed_fields,
            )
            .await?;
        let claim = Some(Reader::of(&caller, self.0.clock.today()).claim(claim));
        Ok(Response::new(pb::UpdateDraftResponse { claim }))
    }

    async fn delete_draft(
        &self,
        request: Request<pb::DeleteDraftRequest>,
    ) -> Result<Response<pb::DeleteDraftResponse>, Status> {
        let (caller, message) = parts(request)?;
        self.0
            .delete_draft(&caller, id(&message.claim_id, "claim_id")?)
            .await?;
        Ok(Response::new(pb::DeleteDraftResponse {}))
    }

    async fn check_draft(
        &self,
        request: Request<pb::CheckDraftRequest>,
    ) -> Result<Response<pb::CheckDraftResponse>, Status> {
        let (caller, message) = parts(request)?;
        let answer = self
            .0
            .check_draft(&caller, id(&message.claim_id, "claim_id")?)
            .await?;
        Ok(Response::new(checked(answer)))
    }

    async fn suggest_products(
        &self,
        request: Request<pb::SuggestProductsRequest>,
    ) -> Result<Response<pb::SuggestProductsResponse>, Status> {
        let (caller, message) = parts(request)?;
        let day = wire::optional_day(message.first_day.as_ref(), "first_day")?;
        let unit = unit(message.unit.as_ref(), "unit")?;
        let answer = self.0.suggest_products(&caller, &unit, day).await?;
        Ok(Response::new(assist::suggested(answer)))
    }

    async fn list_causali(
        &self,
        request: Request<pb::ListCausaliRequest>,
    ) -> Result<Response<pb::ListCausaliResponse>, Status> {
        let (_, message) = parts(request)?;
        let product = names::product_of(message.product())
            .ok_or_else(|| Failure::field("product", "is required"))?;
        let today = self.0.clock.today();
        let day = wire::optional_day(message.first_day.as_ref(), "first_day")?.unwrap_or(today);
        Ok(Response::new(assist::causali(
            self.0.rules,
            product,
            day,
            today,
        )))
    }

    async fn get_filing_form(
        &self,
        request: Request<pb::GetFilingFormRequest>,
    ) -> Result<Response<pb::GetFilingFormResponse>, Status> {
        let (caller, message) = parts(request)?;
        let unit = unit(message.unit.as_ref(), "unit")?;
        let form = self.0.filing_form(&caller, &unit).await?;
        let reader = Reader::of(&caller, self.0.clock.today());
        Ok(Response::new(assist::form(form, reader)))
    }

    async fn submit_claim(
        &self,
        request: Request<pb::SubmitClaimRequest>,
    ) -> Result<Response<pb::SubmitClaimResponse>, Status> {
        let (caller, message) = parts(request)?;
        let command = SubmitCommand {
            claim: id(&message.claim_id, "claim_id")?,
            request_id: id(&message.request_id, "request_id")?,
            fingerprint: message.encode_to_vec(),
            etag: message.etag,
        };
        let submitted = self.0.submit(&caller, &command).await?;
        Ok(Response::new(pb::SubmitClaimResponse {
            claim: Some(Reader::of(&caller, self.0.clock.today()).claim(submitted.claim)),
            findings: submitted.findings.into_iter().map(finding).collect(),
        }))
    }

    async fn withdraw_claim(
        &self,
        request: Request<pb::WithdrawClaimRequest>,
    ) -> Result<Response<pb::WithdrawClaimResponse>, Status> {
        let (caller, message) = parts(request)?;
        let claim = self
            .0
            .withdraw(&caller, id(&message.claim_id, "claim_id")?, &message.reason)
            .await?;
        let claim = Some(Reader::of(&caller, self.0.clock.today()).claim(claim));
        Ok(Response::new(pb::WithdrawClaimResponse { claim }))
    }

    async fn request_reexamination(
        &self,
        request: Request<pb::RequestReexaminationRequest>,
    ) -> Result<Response<pb::RequestReexaminationResponse>, Status> {
        let (caller, message) = parts(request)?;
        let claim = self
            .0
            .reexamine(&caller, id(&message.claim_id, "claim_id")?, &message.reason)
            .await?;
        let claim = Some(Reader::of(&caller, self.0.clock.today()).claim(claim));
        Ok(Response::new(pb::RequestReexaminationResponse { claim }))
    }

    async fn file_appeal(
        &self,
        request: Request<pb::FileAppealRequest>,
    ) -> Result<Response<pb::FileAppealResponse>, Status> {
        let (caller, message) = parts(request)?;
        let claim = self
            .0
            .appeal(
                &caller,
                id(&message.claim_id, "claim_id")?,
                &message.grounds,
            )
            .await?;
        let claim = Some(Reader::of(&caller, self.0.clock.today()).claim(claim));
        Ok(Response::new(pb::FileAppealResponse { claim }))
    }

    async fn get_claim(
        &self,
        request: Request<pb::GetClaimRequest>,
    ) -> Result<Response<pb::GetClaimResponse>, Status> {
        let (caller, message) = parts(request)?;
        let claim = self
            .0
            .claim(&caller, id(&message.claim_id, "claim_id")?)
            .await?;
        let claim = Some(Reader::of(&caller, self.0.clock.today()).claim(claim));
        Ok(Response::new(pb::GetClaimResponse { claim }))
    }

    async fn list_claims(
        &self,
        request: Request<pb::ListClaimsRequest>,
    ) -> Result<Response<pb::ListClaimsResponse>, Status> {
        let (caller, message) = parts(request)?;
        let given = |text: &String| (!text.is_empty()).then(|| text.clone());
        let command = ListCommand {
            filter: Filter {
                states: message.states().filter_map(names::state_of).collect(),
                office: given(&message.office),
                matricola: given(&message.matricola),
                handler: None,
                protocol: given(&message.protocol_number),
            },
            mine: message.mine,
            page_size: message.page_size,
            page_token: message.page_token,
        };
        let (claims, next_page_token) = self.0.list(&caller, &command).await?;
        let reader = Reader::of(&caller, self.0.clock.today());
        let claims = claims
            .into_iter()
            .map(|claim| reader.summary(claim))
            .collect();
        Ok(Response::new(pb::ListClaimsResponse {
            claims,
            next_page_token,
        }))
    }

    async fn list_history(
        &self,
        request: Request<pb::ListHistoryRequest>,
    ) -> Result<Response<pb::ListHistoryResponse>, Status> {
        let (caller, message) = parts(request)?;
        let steps = self
            .0
            .history(&caller, id(&message.claim_id, "claim_id")?)
            .await?;
        let steps = Reader::of(&caller, self.0.clock.today()).history(steps);
        Ok(Response::new(pb::ListHistoryResponse { steps }))
    }
}
