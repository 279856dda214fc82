//! `DeskService`.

use chassis::Failure;
use chassis::wire;
use prost::Message;
use proto::omnia::claims::v1 as pb;
use proto::omnia::claims::v1::desk_service_server::DeskService;
use tonic::{Request, Response, Status};

use super::parts;
use super::read::{id, optional_id};
use super::show::{Reader, note};
use crate::app::{App, AssignCommand, HandOverCommand, NoteCommand, QueueCommand, RulingCommand};
use crate::domain::search::Handling;
use crate::names;

/// The service over the use cases.
pub(crate) struct DeskApi(pub(crate) App);

#[tonic::async_trait]
impl DeskService for DeskApi {
    async fn get_queue(
        &self,
        request: Request<pb::GetQueueRequest>,
    ) -> Result<Response<pb::GetQueueResponse>, Status> {
        let (caller, message) = parts(request)?;
        let command = QueueCommand {
            age: None,
            ..queue(message.filter.unwrap_or_default(), caller.person)?
        };
        let cells = self.0.queue(&caller, &command).await?;
        Ok(Response::new(pb::GetQueueResponse {
            total: cells.iter().map(|cell| cell.claims).sum(),
            cells: cells
                .into_iter()
                .map(|cell| pb::QueueCell {
                    office: cell.office,
                    product: names::product(cell.product).into(),
                    age: names::age_band(cell.age).into(),
                    claims: cell.claims,
                })
                .collect(),
        }))
    }

    async fn list_queue(
        &self,
        request: Request<pb::ListQueueRequest>,
    ) -> Result<Response<pb::ListQueueResponse>, Status> {
        let (caller, message) = parts(request)?;
        let command = queue(message.filter.unwrap_or_default(), caller.person)?;
        let results = self
            .0
            .queue_page(&caller, &command, message.page_size, &message.page_token)
            .await?;
        let reader = Reader::of(&caller, self.0.clock.today());
        let page = reader.results(results);
        Ok(Response::new(pb::ListQueueResponse {
            claims: page.claims,
            next_page_token: page.next_page_token,
            total: page.total,
            total_exceeded: page.total_exceeded,
        }))
    }

    async fn list_colleagues(
        &self,
        request: Request<pb::ListColleaguesRequest>,
    ) -> Result<Response<pb::ListColleaguesResponse>, Status> {
        let (caller, _) = parts(request)?;
        let colleagues = self.0.colleagues(&caller).await?;
        Ok(Response::new(pb::ListColleaguesResponse {
            colleagues: colleagues
                .into_iter()
                .map(|it| pb::Colleague {
                    person_id: it.person.to_string(),
                    role: it.role.code().to_owned(),
                    is_caller: it.person == caller.person,
                })
                .collect(),
        }))
    }

    async fn assign_claims(
        &self,
        request: Request<pb::AssignClaimsRequest>,
    ) -> Result<Response<pb::AssignClaimsResponse>, Status> {
        let (caller, message) = parts(request)?;
        let command = AssignCommand {
            request_id: id(&message.request_id, "request_id")?,
            fingerprint: message.encode_to_vec(),
            operator: id(&message.operator_id, "operator_id")?,
            claims: message
                .claim_ids
                .iter()
                .map(|claim| id(claim, "claim_ids"))
                .collect::<Result<_, _>>()?,
        };
        let results = self.0.assign_many(&caller, &command).await?;
        Ok(Response::new(pb::AssignClaimsResponse {
            results: results
                .into_iter()
                .map(|result| pb::AssignmentResult {
                    claim_id: result.claim.to_string(),
                    refused: result.refused,
                })
                .collect(),
        }))
    }

    async fn hand_over_claim(
        &self,
        request: Request<pb::HandOverClaimRequest>,
    ) -> Result<Response<pb::HandOverClaimResponse>, Status> {
        let (caller, message) = parts(request)?;
        let command = HandOverCommand {
            request_id: id(&message.request_id, "request_id")?,
            fingerprint: message.encode_to_vec(),
            claim: id(&message.claim_id, "claim_id")?,
            to: optional_id(&message.to_person_id, "to_person_id")?,
            reason: message.reason,
        };
        let claim = self.0.hand_over(&caller, &command).await?;
        let claim = Some(Reader::of(&caller, self.0.clock.today()).claim(claim));
        Ok(Response::new(pb::HandOverClaimResponse { claim }))
    }

    async fn add_note(
        &self,
        request: Request<pb::AddNoteRequest>,
    ) -> Result<Response<pb::AddNoteResponse>, Status> {
        let (caller, message) = parts(request)?;
        let command = NoteCommand {
            request_id: id(&message.request_id, "request_id")?,
            fingerprint: message.encode_to_vec(),
            claim: id(&message.claim_id, "claim_id")?,
            corrects: optional_id(&message.corrects_note_id, "corrects_note_id")?,
            text: message.text,
        };
        let added = self.0.add_note(&caller, &command).await?;
        Ok(Response::new(pb::AddNoteResponse {
            note: Some(note(added)),
        }))
    }

    async fn list_notes(
        &self,
        request: Request<pb::ListNotesRequest>,
    ) -> Result<Response<pb::ListNotesResponse>, Status> {
        let (caller, message) = parts(request)?;
        let claim = id(&message.claim_id, "claim_id")?;
        let (notes, next_page_token) = self
            .0
            .notes(&caller, claim, message.page_size, &message.page_token)
            .await?;
        Ok(Response::new(pb::ListNotesResponse {
            notes: notes.into_iter().map(note).collect(),
            next_page_token,
        }))
    }

    async fn record_appeal_ruling(
        &self,
        request: Request<pb::RecordAppealRulingRequest>,
    ) -> Result<Response<pb::RecordAppealRulingResponse>, Status> {
        let (caller, message) = parts(request)?;
        let required = |field| move || Failure::field(field, "is required");
        let ruled_on = wire::optional_day(message.ruled_on.as_ref(), "ruled_on")?;
        let command = RulingCommand {
            request_id: id(&message.request_id, "request_id")?,
            fingerprint: message.encode_to_vec(),
            claim: id(&message.claim_id, "claim_id")?,
            outcome: names::ruling_of(message.ruling()).ok_or_else(required("ruling"))?,
            ruled_on: ruled_on.ok_or_else(required("ruled_on"))?,
            number: message.number,
            grounds: message.grounds,
        };
        let claim = self.0.rule_on_appeal(&caller, &command).await?;
        let claim = Some(Reader::of(&caller, self.0.clock.today()).claim(claim));
        Ok(Response::new(pb::RecordAppealRulingResponse { claim }))
    }
}

/// Which claims of the queue.
fn queue(filter: pb::QueueFilter, caller: uuid::Uuid) -> Result<QueueCommand, Failure> {
    let handling = match (filter.mine, filter.unassigned) {
        (false, false) => Handling::Any,
        (true, false) => Handling::By(caller),
        (false, true) => Handling::Nobody,
        (true, true) => {
            return Err(Failure::field(
                "filter.unassigned",
                "only one of `mine` and `unassigned`",
            ));
        }
    };
    Ok(QueueCommand {
        product: names::product_of(filter.product()),
        age: names::age_band_of(filter.age()),
        state: names::state_of(filter.state()),
        office: (!filter.office.is_empty()).then_some(filter.office),
        handling,
    })
}
