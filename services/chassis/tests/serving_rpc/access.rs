//! Who gets in, and which check answers those who do not (`identity.md` §7).

use chassis::access::Role;
use chassis::identity::{Caller, Level, Scope};
use chrono::TimeDelta;
use proto::omnia::anagrafe::v1::employers_service_client::EmployersServiceClient;
use proto::omnia::anagrafe::v1::roles_service_client::RolesServiceClient;
use proto::omnia::anagrafe::v1::{
    GetEmployerRequest, GetFilingContextRequest, ListStaffRolesRequest,
};
use proto::omnia::common::v1::UnitKey;
use tonic::{Code, Request, Status};

use super::support::{
    Handlers, Keys, PLAIN, Running, Server, acting_as, consultant, data, reason, with_token,
};

const OWN: &str = "4901234567";
const FOREIGN: &str = "4907654321";

struct House {
    keys: Keys,
    server: Running,
}

impl House {
    async fn open() -> Self {
        let keys = Keys::new();
        let server = Server::default().start(&keys, &Handlers::new()).await;
        Self { keys, server }
    }

    /// `GetEmployer` needs OMN-3 at level 2.
    async fn employer(&self, request: Request<GetEmployerRequest>) -> Result<(), Status> {
        let mut client = EmployersServiceClient::new(self.server.channel().await);
        client.get_employer(request).await.map(|_| ())
    }

    async fn employer_as(&self, caller: &Caller, matricola: &str) -> Result<(), Status> {
        self.employer(with_token(asking_for(matricola), &self.keys.token(caller)))
            .await
    }

    /// `GetFilingContext` is for the services claims, limits and dasmo.
    async fn filing_context(&self, token: &str) -> Result<(), Status> {
        let mut client = EmployersServiceClient::new(self.server.channel().await);
        let unit = UnitKey {
            matricola: OWN.to_owned(),
            production_unit_code: 0,
        };
        let message = GetFilingContextRequest {
            unit: Some(unit),
            ..Default::default()
        };
        client
            .get_filing_context(with_token(message, token))
            .await
            .map(|_| ())
    }

    /// `ListStaffRoles` needs PLT-3 at level 3.
    async fn staff_roles_as(&self, caller: &Caller) -> Status {
        let mut client = RolesServiceClient::new(self.server.channel().await);
        let request = with_token(ListStaffRolesRequest::default(), &self.keys.token(caller));
        client
            .list_staff_roles(request)
            .await
            .expect_err("nobody serves it here")
    }
}

fn asking_for(matricola: &str) -> GetEmployerRequest {
    GetEmployerRequest {
        matricola: matricola.to_owned(),
    }
}

fn assert_refused<T: std::fmt::Debug>(result: Result<T, Status>, code: Code, why: &str) {
    let status = result.expect_err("is refused");
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (code, why),
        "{status:?}"
    );
}

#[tokio::test]
async fn published_data_are_open_to_anybody() {
    let house = House::open().await;
    assert_eq!(house.server.office(PLAIN).await.unwrap().code, PLAIN);
}

#[tokio::test]
async fn a_consultant_reads_the_own_firm() {
    let house = House::open().await;
    house.employer_as(&consultant(OWN), OWN).await.unwrap();
}

#[tokio::test]
async fn the_service_itself_guards_the_rows() {
    let house = House::open().await;
    assert_refused(
        house.employer_as(&consultant(OWN), FOREIGN).await,
        Code::PermissionDenied,
        "IDN-E05",
    );
}

#[tokio::test]
async fn who_reaches_the_service_past_the_gateway_is_not_authenticated() {
    let house = House::open().await;
    let refused = house.employer(Request::new(asking_for(OWN))).await;
    assert_refused(refused, Code::Unauthenticated, "IDN-E01");
}

#[tokio::test]
async fn a_token_that_is_none_of_ours_is_refused_even_where_none_is_needed() {
    let house = House::open().await;
    let other = Keys::new();
    for token in ["nonsense", "", &other.token(&consultant(OWN))] {
        assert_refused(
            house.employer(with_token(asking_for(OWN), token)).await,
            Code::Unauthenticated,
            "IDN-E01",
        );
    }
    let mut request = Request::new(asking_for(OWN));
    request
        .metadata_mut()
        .insert("authorization", "Basic b21uaWE6b21uaWE=".parse().unwrap());
    assert_refused(
        house.employer(request).await,
        Code::Unauthenticated,
        "IDN-E01",
    );
}

#[tokio::test]
async fn a_token_works_for_a_minute() {
    let house = House::open().await;
    let token = house.keys.token(&consultant(OWN));
    house
        .employer(with_token(asking_for(OWN), &token))
        .await
        .unwrap();
    house.keys.clock.advance(TimeDelta::minutes(2));
    assert_refused(
        house.employer(with_token(asking_for(OWN), &token)).await,
        Code::Unauthenticated,
        "IDN-E02",
    );
}

#[tokio::test]
async fn the_level_is_asked_before_the_capability() {
    let house = House::open().await;
    let consultant = consultant(OWN);
    let status = house.staff_roles_as(&consultant).await;
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::Unauthenticated, "IDN-E03")
    );
    assert_eq!(
        data(&status)["acr_values"],
        "https://www.spid.gov.it/SpidL3"
    );

    let stronger = Caller {
        level: Level::L3,
        ..consultant
    };
    let status = house.staff_roles_as(&stronger).await;
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::PermissionDenied, "IDN-E04")
    );
}

#[tokio::test]
async fn the_capability_is_asked_before_the_row() {
    let house = House::open().await;
    let worker = acting_as(Role::Lav, Scope::Own(Vec::new()));
    assert_refused(
        house.employer_as(&worker, FOREIGN).await,
        Code::PermissionDenied,
        "IDN-E04",
    );
}

#[tokio::test]
async fn a_token_for_another_reach_than_the_matrix_grants_is_refused() {
    let house = House::open().await;
    let everywhere = acting_as(Role::AzCon, Scope::National);
    assert_refused(
        house.employer_as(&everywhere, OWN).await,
        Code::PermissionDenied,
        "IDN-E04",
    );
}

#[tokio::test]
async fn methods_for_services_admit_only_the_services_on_their_list() {
    let house = House::open().await;
    house
        .filing_context(&house.keys.signer("claims").own())
        .await
        .unwrap();
    let gateway = house.keys.signer("gateway").own();
    assert_refused(
        house.filing_context(&gateway).await,
        Code::PermissionDenied,
        "IDN-E04",
    );
    let person = house.keys.token(&consultant(OWN));
    assert_refused(
        house.filing_context(&person).await,
        Code::PermissionDenied,
        "IDN-E04",
    );
}

#[tokio::test]
async fn a_service_cannot_speak_for_a_person() {
    let house = House::open().await;
    let forged = house
        .keys
        .signer("claims")
        .sign(&consultant(OWN), chassis::identity::token::AUDIENCE);
    assert_refused(
        house.employer(with_token(asking_for(OWN), &forged)).await,
        Code::Unauthenticated,
        "IDN-E01",
    );
}

#[tokio::test]
async fn a_service_has_no_more_than_its_methods() {
    let house = House::open().await;
    let claims = house.keys.signer("claims").own();
    assert_refused(
        house.employer(with_token(asking_for(OWN), &claims)).await,
        Code::PermissionDenied,
        "IDN-E04",
    );
}

#[tokio::test]
async fn a_method_that_does_not_exist_is_not_implemented() {
    let house = House::open().await;
    let mut client = tonic::client::Grpc::new(house.server.channel().await);
    client.ready().await.unwrap();
    let path =
        http::uri::PathAndQuery::from_static("/omnia.anagrafe.v1.TerritoryService/DeleteOffice");
    let codec = tonic_prost::ProstCodec::<(), ()>::default();
    let answer = client.unary(Request::new(()), path, codec).await;
    assert_eq!(answer.unwrap_err().code(), Code::Unimplemented);
}
