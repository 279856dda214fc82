//! An employer gives an intermediary a mandate, and takes it back.

use std::time::Duration;

use anagrafe::app::import::Kind;
use chassis::access::Role;
use chassis::identity::Caller;
use chassis::wire::date;
use chrono::NaiveDate;
use futures_util::StreamExt;
use proto::omnia::anagrafe::v1::mandates_service_server::MandatesService;
use proto::omnia::anagrafe::v1::{
    GrantMandateRequest, ListMandatesRequest, Mandate, Resolution, WatchMandateRequest,
    WatchMandateResponse, WithdrawMandateRequest,
};
use tonic::{Code, Status};

use crate::stage::{
    CONSULTANT, MILANO, OTHER, OWNER, ROMA, STAFF, Stage, by, mandates_file, reason,
};

/// Far longer than anything here takes: a test that hangs should fail.
const PATIENCE: Duration = Duration::from_secs(20);

fn request(matricola: &str, delegate: &str, request_id: u32) -> GrantMandateRequest {
    GrantMandateRequest {
        request_id: format!("018f0000-0000-7000-8000-{request_id:012x}"),
        matricola: matricola.to_owned(),
        delegate_codice_fiscale: delegate.to_owned(),
        from: None,
        to: None,
    }
}

fn day(text: &str) -> proto::google::r#type::Date {
    date(text.parse::<NaiveDate>().unwrap())
}

impl Stage {
    async fn owner(&self) -> Caller {
        self.firm(OWNER, Role::AzTit, MILANO).await
    }

    async fn gives(
        &self,
        caller: &Caller,
        request: GrantMandateRequest,
    ) -> Result<Mandate, Status> {
        Ok(self
            .grpc
            .grant_mandate(by(caller, request))
            .await?
            .into_inner()
            .mandate
            .unwrap())
    }

    async fn takes_back(&self, caller: &Caller, mandate_id: &str) -> Result<Mandate, Status> {
        let request = WithdrawMandateRequest {
            mandate_id: mandate_id.to_owned(),
        };
        Ok(self
            .grpc
            .withdraw_mandate(by(caller, request))
            .await?
            .into_inner()
            .mandate
            .unwrap())
    }

    async fn lists(&self, caller: &Caller) -> Vec<Mandate> {
        self.grpc
            .list_mandates(by(caller, ListMandatesRequest::default()))
            .await
            .unwrap()
            .into_inner()
            .mandates
    }

    async fn watches(
        &self,
        caller: &Caller,
    ) -> Result<<anagrafe::grpc::Grpc as MandatesService>::WatchMandateStream, Status> {
        Ok(self
            .grpc
            .watch_mandate(by(caller, WatchMandateRequest {}))
            .await?
            .into_inner())
    }

    fn keep_watch(&self) {
        tokio::spawn(self.app.clone().keep_watch());
    }
}

async fn next(
    stream: &mut (impl futures_util::Stream<Item = Result<WatchMandateResponse, Status>> + Unpin),
) -> Option<Result<Mandate, Status>> {
    let item = tokio::time::timeout(PATIENCE, stream.next())
        .await
        .expect("the stream says something");
    item.map(|item| item.map(|response| response.mandate.unwrap()))
}

#[tokio::test]
async fn a_mandate_works_at_once_and_its_withdrawal_too() {
    let stage = Stage::with_firms().await;
    let owner = stage.owner().await;
    let given = stage
        .gives(&owner, request(MILANO, CONSULTANT, 1))
        .await
        .unwrap();
    assert!(given.active);
    assert_eq!(given.employer_name, "Officine Esempio S.r.l.");
    assert_eq!(
        stage.resolves(CONSULTANT, "INT").await.scope_codes,
        [MILANO]
    );
    let taken = stage.takes_back(&owner, &given.mandate_id).await.unwrap();
    assert!(!taken.active && taken.withdrawn_at.is_some());
    assert_eq!(
        stage.resolves(CONSULTANT, "INT").await.resolution(),
        Resolution::MandateNotActive
    );
    assert_eq!(
        stage.takes_back(&owner, &given.mandate_id).await.unwrap(),
        taken,
        "again is no error"
    );
    assert_eq!(
        stage.events_of(&given.delegate_person_id).await,
        ["KIND_MANDATE_GRANTED", "KIND_MANDATE_WITHDRAWN"]
    );
}

#[tokio::test]
async fn a_mandate_for_next_year_is_not_active_yet() {
    let stage = Stage::with_firms().await;
    let owner = stage.owner().await;
    let next_year = GrantMandateRequest {
        from: Some(day("2023-01-01")),
        ..request(MILANO, CONSULTANT, 1)
    };
    assert!(!stage.gives(&owner, next_year).await.unwrap().active);
    assert_eq!(
        stage.resolves(CONSULTANT, "INT").await.resolution(),
        Resolution::MandateNotActive
    );
    stage.at("2022-12-31T23:00:00Z");
    assert_eq!(
        stage.resolves(CONSULTANT, "INT").await.resolution(),
        Resolution::Resolved
    );
}

#[tokio::test]
async fn the_same_request_twice_is_one_mandate() {
    let stage = Stage::with_firms().await;
    let owner = stage.owner().await;
    let first = stage
        .gives(&owner, request(MILANO, CONSULTANT, 1))
        .await
        .unwrap();
    assert_eq!(
        stage
            .gives(&owner, request(MILANO, CONSULTANT, 1))
            .await
            .unwrap(),
        first
    );
    assert_eq!(stage.lists(&owner).await.len(), 1);
}

#[tokio::test]
async fn a_mandate_that_cannot_be_given_is_refused_with_its_reason() {
    let stage = Stage::with_roles(&[&format!("{STAFF},,AUD,,,2020-01-01,,")]).await;
    let owner = stage.owner().await;
    let past = GrantMandateRequest {
        from: Some(day("2022-12-14")),
        ..request(MILANO, CONSULTANT, 4)
    };
    let reversed = GrantMandateRequest {
        from: Some(day("2023-02-01")),
        to: Some(day("2023-01-01")),
        ..request(MILANO, CONSULTANT, 5)
    };
    let cases = [
        (
            request(ROMA, CONSULTANT, 1),
            Code::PermissionDenied,
            "IDN-E05",
        ),
        (request(MILANO, OWNER, 2), Code::InvalidArgument, "IDN-E16"),
        (
            request(MILANO, STAFF, 3),
            Code::FailedPrecondition,
            "IDN-E17",
        ),
        (past, Code::InvalidArgument, "FIELD_INVALID"),
        (reversed, Code::InvalidArgument, "FIELD_INVALID"),
        (
            request(MILANO, "RSSMRA80A01H501V", 6),
            Code::InvalidArgument,
            "FIELD_INVALID",
        ),
    ];
    for (request, code, expected) in cases {
        let refused = stage.gives(&owner, request).await.unwrap_err();
        assert_eq!(
            (refused.code(), reason(&refused).as_str()),
            (code, expected)
        );
    }
}

#[tokio::test]
async fn one_intermediary_holds_one_mandate_of_a_firm_at_a_time() {
    let stage = Stage::with_firms().await;
    let owner = stage.owner().await;
    let first = stage
        .gives(&owner, request(MILANO, CONSULTANT, 1))
        .await
        .unwrap();
    let refused = stage
        .gives(&owner, request(MILANO, CONSULTANT, 2))
        .await
        .unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::FailedPrecondition, "INVALID_STATE")
    );
    stage
        .gives(&owner, request(MILANO, OTHER, 3))
        .await
        .unwrap();
    stage.takes_back(&owner, &first.mandate_id).await.unwrap();
    stage
        .gives(&owner, request(MILANO, CONSULTANT, 4))
        .await
        .unwrap();
}

#[tokio::test]
async fn firms_see_what_they_gave_and_intermediaries_what_they_hold() {
    let stage = Stage::with_firms().await;
    let milano = stage.owner().await;
    let roma = stage.firm(OTHER, Role::AzLr, ROMA).await;
    let of_milano = stage
        .gives(&milano, request(MILANO, CONSULTANT, 1))
        .await
        .unwrap();
    stage.at("2022-12-15T14:30:01Z");
    let of_roma = stage
        .gives(&roma, request(ROMA, CONSULTANT, 2))
        .await
        .unwrap();
    assert_eq!(stage.lists(&milano).await, std::slice::from_ref(&of_milano));
    assert_eq!(stage.lists(&roma).await, std::slice::from_ref(&of_roma));
    let consultant = stage
        .intermediary(CONSULTANT, &of_milano.mandate_id, MILANO)
        .await;
    assert_eq!(
        stage.lists(&consultant).await,
        [of_milano.clone(), of_roma.clone()]
    );
    let stranger = stage
        .intermediary(STAFF, &of_milano.mandate_id, MILANO)
        .await;
    assert_eq!(stage.lists(&stranger).await, []);
    for (caller, id) in [
        (&roma, &of_milano),
        (&milano, &of_roma),
        (&stranger, &of_milano),
    ] {
        let refused = stage.takes_back(caller, &id.mandate_id).await.unwrap_err();
        assert_eq!(
            (refused.code(), reason(&refused).as_str()),
            (Code::NotFound, "IDN-E06")
        );
    }
    stage
        .takes_back(&consultant, &of_roma.mandate_id)
        .await
        .expect("an intermediary may renounce");
}

#[tokio::test]
async fn a_stream_under_a_mandate_ends_when_the_mandate_is_withdrawn() {
    let stage = Stage::with_firms().await;
    stage.keep_watch();
    let owner = stage.owner().await;
    let given = stage
        .gives(&owner, request(MILANO, CONSULTANT, 1))
        .await
        .unwrap();
    let consultant = stage
        .intermediary(CONSULTANT, &given.mandate_id, MILANO)
        .await;
    let mut stream = stage.watches(&consultant).await.unwrap();
    assert_eq!(next(&mut stream).await.unwrap().unwrap(), given);
    stage.takes_back(&owner, &given.mandate_id).await.unwrap();
    let end = next(&mut stream).await.unwrap().unwrap_err();
    assert_eq!(
        (end.code(), reason(&end).as_str()),
        (Code::PermissionDenied, "IDN-E07")
    );
    assert!(next(&mut stream).await.is_none());
    let again = stage.watches(&consultant).await.map(|_| ()).unwrap_err();
    assert_eq!(reason(&again), "IDN-E07");
}

#[tokio::test]
async fn a_withdrawal_in_another_process_is_seen_as_well() {
    let stage = Stage::with_firms().await;
    stage.keep_watch();
    let owner = stage.owner().await;
    let given = stage
        .gives(&owner, request(MILANO, CONSULTANT, 1))
        .await
        .unwrap();
    let consultant = stage
        .intermediary(CONSULTANT, &given.mandate_id, MILANO)
        .await;
    let mut stream = stage.watches(&consultant).await.unwrap();
    next(&mut stream).await.unwrap().unwrap();
    sqlx::query!(
        "UPDATE mandate SET withdrawn_at = $1",
        crate::stage::instant(crate::stage::NOW)
    )
    .execute(stage.database.database.pool())
    .await
    .unwrap();
    assert_eq!(
        reason(&next(&mut stream).await.unwrap().unwrap_err()),
        "IDN-E07"
    );
}

#[tokio::test]
async fn a_stream_shows_a_changed_last_day_and_ends_after_it() {
    let stage = Stage::with_firms().await;
    stage.keep_watch();
    let line = |to: &str| mandates_file(&[&format!("{MILANO},{CONSULTANT},2022-12-01,{to}")]);
    stage.imports(Kind::Mandates, &line("")).await;
    let mandate = stage.resolves(CONSULTANT, "INT").await.mandate.unwrap();
    let consultant = stage
        .intermediary(CONSULTANT, &mandate.mandate_id, MILANO)
        .await;
    let mut stream = stage.watches(&consultant).await.unwrap();
    assert_eq!(next(&mut stream).await.unwrap().unwrap().to, None);
    stage.imports(Kind::Mandates, &line("2022-12-20")).await;
    assert_eq!(
        next(&mut stream).await.unwrap().unwrap().to,
        Some(day("2022-12-20"))
    );
    stage.at("2022-12-20T23:00:00Z");
    assert_eq!(
        reason(&next(&mut stream).await.unwrap().unwrap_err()),
        "IDN-E07"
    );
}

#[tokio::test]
async fn a_stream_ends_with_a_hint_to_retry_when_the_service_drains() {
    let stage = Stage::with_firms().await;
    let owner = stage.owner().await;
    let given = stage
        .gives(&owner, request(MILANO, CONSULTANT, 1))
        .await
        .unwrap();
    let consultant = stage
        .intermediary(CONSULTANT, &given.mandate_id, MILANO)
        .await;
    let mut stream = stage.watches(&consultant).await.unwrap();
    next(&mut stream).await.unwrap().unwrap();
    stage.stop.cancel();
    let end = next(&mut stream).await.unwrap().unwrap_err();
    assert_eq!(end.code(), Code::Unavailable);
    assert!(tonic_types::StatusExt::get_details_retry_info(&end).is_some());
    assert!(next(&mut stream).await.is_none());
}

#[tokio::test]
async fn nobody_watches_the_mandate_of_another() {
    let stage = Stage::with_firms().await;
    let owner = stage.owner().await;
    let given = stage
        .gives(&owner, request(MILANO, CONSULTANT, 1))
        .await
        .unwrap();
    let stranger = stage.intermediary(STAFF, &given.mandate_id, MILANO).await;
    assert_eq!(
        reason(&stage.watches(&stranger).await.map(|_| ()).unwrap_err()),
        "IDN-E07"
    );
}
