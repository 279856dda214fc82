//! What goes over the wire: both ways without loss, and only what the reader may see.

use proto::omnia::claims::v1 as pb;
use proto::omnia::claims::v1::claims_service_server::ClaimsService;
use tonic::{Code, Request};
use tonic_types::StatusExt;

use super::*;
use crate::grpc::ClaimsApi;

fn request<T>(caller: &Caller, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.extensions_mut().insert(caller.clone());
    request
}

async fn shown(world: &World, caller: &Caller, claim: Uuid) -> pb::Claim {
    let api = ClaimsApi(world.app.clone());
    let message = pb::GetClaimRequest {
        claim_id: claim.to_string(),
    };
    api.get_claim(request(caller, message))
        .await
        .unwrap()
        .into_inner()
        .claim
        .unwrap()
}

#[tokio::test]
async fn what_a_filer_writes_comes_back_as_it_was_written() {
    let world = World::new().await;
    let api = ClaimsApi(world.app.clone());
    let caller = consultant(&[OFFICINE]);
    let draft = world.draft(&caller, &content_of(OFFICINE, 1)).await;
    let written = shown(&world, &caller, draft.id).await.content;
    let message = pb::CreateDraftRequest {
        request_id: fresh().to_string(),
        content: written.clone(),
        copy_from_claim_id: String::new(),
    };
    let again = api
        .create_draft(request(&caller, message))
        .await
        .unwrap()
        .into_inner()
        .claim
        .unwrap();
    assert_eq!(again.content, written);
    let stored = world
        .app
        .claim(&caller, again.claim_id.parse().unwrap())
        .await
        .unwrap();
    assert_eq!(stored.content, draft.content);
}

#[tokio::test]
async fn filers_do_not_see_who_works_for_the_office_nor_what_is_only_proposed() {
    let world = World::new().await;
    let (claim, _) = world.proposed(&content_of(OFFICINE, 1)).await;
    let for_office = shown(&world, &operator(), claim.id).await;
    assert!(for_office.proposal.is_some());
    assert_eq!(for_office.handler_id, operator().person.to_string());
    let caller = consultant(&[OFFICINE]);
    let for_filer = shown(&world, &caller, claim.id).await;
    assert!(for_filer.proposal.is_none() && for_filer.handler_id.is_empty());

    let api = ClaimsApi(world.app.clone());
    let message = pb::ListHistoryRequest {
        claim_id: claim.id.to_string(),
    };
    let steps = api
        .list_history(request(&caller, message))
        .await
        .unwrap()
        .into_inner()
        .steps;
    let told: Vec<_> = steps
        .iter()
        .map(|step| (step.actor_role.as_str(), step.actor_id.is_empty()))
        .collect();
    assert_eq!(told, [("AZ-CON", false), ("AZ-CON", false), ("SEDE", true)]);
    let listed = api
        .list_claims(request(&caller, pb::ListClaimsRequest::default()))
        .await
        .unwrap()
        .into_inner();
    assert!(!listed.claims[0].proposal_pending && listed.claims[0].handler_id.is_empty());
}

#[tokio::test]
async fn a_refused_submission_names_every_field_in_its_details() {
    let world = World::new().await;
    let api = ClaimsApi(world.app.clone());
    let caller = consultant(&[OFFICINE]);
    let draft = world
        .draft(&caller, &Content::of(unit_key(OFFICINE, 1)))
        .await;
    let message = pb::SubmitClaimRequest {
        claim_id: draft.id.to_string(),
        request_id: fresh().to_string(),
        etag: "1".into(),
    };
    let status = api
        .submit_claim(request(&caller, message))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(
        status.get_details_error_info().unwrap().reason,
        "CLAIM_INCOMPLETE"
    );
    let fields = status.get_details_bad_request().unwrap().field_violations;
    assert!(fields.len() > 9 && fields.iter().all(|it| it.field.starts_with("content.")));
}
