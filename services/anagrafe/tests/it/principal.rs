//! What an identity may act as, as the gateway asks.

use std::collections::HashSet;

use anagrafe::app::import::Kind;
use chassis::access::Role;
use chassis::identity::Scope;
use proto::omnia::anagrafe::v1::principal_service_server::PrincipalService;
use proto::omnia::anagrafe::v1::profile_service_server::ProfileService;
use proto::omnia::anagrafe::v1::resolve_principal_request::Subject;
use proto::omnia::anagrafe::v1::{ListProfilesRequest, Resolution, ResolvePrincipalRequest};
use tonic::{Code, Request};

use crate::stage::{
    CONSULTANT, MILANO, OTHER, OWNER, ROMA, STAFF, Stage, by, mandates_file, reason,
};

#[tokio::test]
async fn anybody_with_a_codice_fiscale_is_a_citizen_and_keeps_one_id() {
    let stage = Stage::empty().await;
    let asked = (0..16).map(|_| {
        let app = stage.grpc.clone();
        tokio::spawn(async move {
            let subject = Some(Subject::CodiceFiscale(OWNER.to_owned()));
            let request = ResolvePrincipalRequest {
                subject,
                ..Default::default()
            };
            app.resolve_principal(Request::new(request))
                .await
                .unwrap()
                .into_inner()
        })
    });
    let mut ids = HashSet::new();
    for answer in asked.collect::<Vec<_>>() {
        let answer = answer.await.unwrap();
        assert_eq!(
            (answer.resolution(), answer.role.as_str()),
            (Resolution::Resolved, "CIT")
        );
        assert_eq!(
            (answer.scope_type.as_str(), answer.scope_codes.len()),
            ("OWN", 0)
        );
        ids.insert(answer.person_id);
    }
    assert_eq!(ids.len(), 1);
}

#[test]
fn every_role_of_the_platform_but_that_of_services_can_be_held() {
    for role in Role::ALL {
        let held = role.id().parse::<anagrafe::domain::role::Role>();
        assert_eq!(
            held.map(anagrafe::domain::role::Role::id).ok(),
            (role != Role::SysI).then_some(role.id())
        );
    }
}

#[tokio::test]
async fn a_malformed_codice_fiscale_is_no_identity() {
    let stage = Stage::empty().await;
    let subject = Some(Subject::CodiceFiscale("RSSMRA80A01H501V".to_owned()));
    let request = ResolvePrincipalRequest {
        subject,
        ..Default::default()
    };
    let refused = stage
        .grpc
        .resolve_principal(Request::new(request))
        .await
        .unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::PermissionDenied, "IDN-E11")
    );
    assert!(!format!("{refused:?}").contains("RSSMRA"));
}

#[tokio::test]
async fn two_roles_must_be_chosen_from() {
    let owner = format!("{OWNER},,AZ-TIT,{MILANO},,2020-01-01,,");
    let official = format!("{OWNER},,PO,490000,AMMORTIZZATORI,2020-01-01,,");
    let stage = Stage::with_roles(&[&owner, &official]).await;
    let undecided = stage.resolves(OWNER, "").await;
    assert_eq!(undecided.resolution(), Resolution::RoleRequired);
    assert_eq!(undecided.choices, ["AZ-TIT", "PO"]);
    let chosen = stage.resolves(OWNER, "PO").await;
    assert_eq!(
        (chosen.role.as_str(), chosen.organisation.as_str()),
        ("PO", "490000")
    );
    assert_eq!(chosen.areas, ["AMMORTIZZATORI"]);
    assert_eq!(
        stage.resolves(OWNER, "DIR").await.resolution(),
        Resolution::RoleNotHeld
    );
    assert_eq!(
        stage.resolves(OWNER, "NOBODY").await.resolution(),
        Resolution::RoleNotHeld
    );
}

#[tokio::test]
async fn each_role_reaches_its_territory() {
    let people = [
        format!("{OWNER},,AZ-LR,{MILANO},,2020-01-01,,"),
        format!("{OWNER},,AZ-LR,{ROMA},,2020-01-01,,"),
        format!("{STAFF},,DSEDE,060000,,2020-01-01,,"),
        format!("{CONSULTANT},,DREG,04,,2020-01-01,,2020-01-02"),
        format!("{OTHER},,DCM,NAPOLI,,2020-01-01,,"),
        "SMPLCU72S05F205A,,DIR,,CASELLARIO_CENTRALE,2020-01-01,,".to_owned(),
        "CLLNNA85C52H501I,,AUD,,,2020-01-01,,".to_owned(),
    ];
    let lines: Vec<&str> = people.iter().map(String::as_str).collect();
    let stage = Stage::with_roles(&lines).await;
    let reach = |person: &'static str| {
        let stage = &stage;
        async move {
            let answer = stage.resolves(person, "").await;
            (answer.scope_type, answer.scope_codes)
        }
    };
    assert_eq!(
        reach(OWNER).await,
        ("OWN".to_owned(), vec![MILANO.to_owned(), ROMA.to_owned()])
    );
    assert_eq!(
        reach(STAFF).await,
        (
            "SEDE".to_owned(),
            vec!["060000".to_owned(), "060001".to_owned()]
        )
    );
    assert_eq!(
        reach(CONSULTANT).await,
        (
            "REGIONE".to_owned(),
            vec!["140000".to_owned(), "830000".to_owned()]
        )
    );
    assert_eq!(
        reach(OTHER).await,
        ("METRO".to_owned(), vec!["510000".to_owned()])
    );
    assert_eq!(
        reach("SMPLCU72S05F205A").await,
        ("NAZIONALE".to_owned(), vec![])
    );
    assert_eq!(
        reach("CLLNNA85C52H501I").await,
        ("NAZIONALE".to_owned(), vec![])
    );
    assert!(stage.resolves(CONSULTANT, "DREG").await.dasmo);
}

#[tokio::test]
async fn a_role_works_from_its_first_to_its_last_day_in_rome() {
    let stage =
        Stage::with_roles(&[&format!("{STAFF},,SEDE,490000,,2022-12-16,2022-12-20,")]).await;
    let resolution = || async { stage.resolves(STAFF, "SEDE").await.resolution() };
    assert_eq!(resolution().await, Resolution::RoleNotEffective);
    stage.at("2022-12-15T22:59:59Z");
    assert_eq!(resolution().await, Resolution::RoleNotEffective);
    stage.at("2022-12-15T23:00:00Z");
    assert_eq!(resolution().await, Resolution::Resolved);
    stage.at("2022-12-20T22:59:59Z");
    assert_eq!(resolution().await, Resolution::Resolved);
    stage.at("2022-12-20T23:00:00Z");
    assert_eq!(resolution().await, Resolution::RoleNotHeld);
}

#[tokio::test]
async fn an_intermediary_needs_a_mandate_and_with_several_must_choose() {
    let stage = Stage::with_firms().await;
    assert_eq!(
        stage.resolves(CONSULTANT, "INT").await.resolution(),
        Resolution::RoleNotHeld
    );
    let milano = format!("{MILANO},{CONSULTANT},2022-12-01,");
    let roma = format!("{ROMA},{CONSULTANT},2022-12-10,2022-12-31");
    stage
        .imports(Kind::Mandates, &mandates_file(&[&milano]))
        .await;
    let one = stage.resolves(CONSULTANT, "").await;
    assert_eq!(
        (one.role.as_str(), one.scope_type.as_str()),
        ("INT", "MANDATE")
    );
    assert_eq!(one.scope_codes, [MILANO]);
    let mandate = one.mandate.unwrap();
    assert!(mandate.active);

    stage
        .imports(Kind::Mandates, &mandates_file(&[&milano, &roma]))
        .await;
    assert_eq!(
        stage.resolves(CONSULTANT, "INT").await.resolution(),
        Resolution::MandateNotActive
    );
    let chosen = |mandate_id: &str| ResolvePrincipalRequest {
        subject: Some(Subject::CodiceFiscale(CONSULTANT.to_owned())),
        role: "INT".to_owned(),
        mandate_id: mandate_id.to_owned(),
        ..Default::default()
    };
    assert_eq!(
        stage.asks(chosen(&mandate.mandate_id)).await.scope_codes,
        [MILANO]
    );
    for none in ["018f0000-0000-7000-8000-000000000000", "not-a-mandate"] {
        assert_eq!(
            stage.asks(chosen(none)).await.resolution(),
            Resolution::MandateNotActive
        );
    }
    stage.at("2022-12-31T23:00:00Z");
    assert_eq!(
        stage.resolves(CONSULTANT, "INT").await.resolution(),
        Resolution::Resolved
    );
}

#[tokio::test]
async fn somebody_who_is_not_there_is_asked_about_by_id_and_never_under_a_mandate() {
    let director = format!("{STAFF},,DSEDE,060000,,2020-01-01,,");
    let stage = Stage::with_roles(&[&director]).await;
    let id = stage.id_of(STAFF).await;
    let ask = |person: uuid::Uuid, role: &str| ResolvePrincipalRequest {
        subject: Some(Subject::PersonId(person.to_string())),
        role: role.to_owned(),
        organisation: "060000".to_owned(),
        ..Default::default()
    };
    let answer = stage.asks(ask(id, "DSEDE")).await;
    assert_eq!(answer.resolution(), Resolution::Resolved);
    assert_eq!(answer.scope_codes, ["060000", "060001"]);
    let without = stage.asks(ask(id, "DREG")).await;
    assert_eq!(without.resolution(), Resolution::RoleNotHeld);
    let nobody = stage.asks(ask(uuid::Uuid::from_u128(1), "DSEDE")).await;
    assert_eq!(nobody.resolution(), Resolution::RoleNotHeld);
    let mandated = stage.asks(ask(id, "INT")).await;
    assert_eq!(mandated.resolution(), Resolution::RoleNotHeld);
}

#[tokio::test]
async fn a_system_client_holds_its_own_role_and_is_no_citizen() {
    let stage = Stage::with_roles(&[",comune-di-esempio,SYS-P,C_F205,,2020-01-01,,"]).await;
    let ask = |client: &str, role: &str| ResolvePrincipalRequest {
        subject: Some(Subject::ClientId(client.to_owned())),
        role: role.to_owned(),
        ..Default::default()
    };
    let known = stage.asks(ask("comune-di-esempio", "")).await;
    assert_eq!(
        (known.role.as_str(), known.organisation.as_str()),
        ("SYS-P", "C_F205")
    );
    assert_eq!(
        stage
            .asks(ask("comune-di-esempio", "CIT"))
            .await
            .resolution(),
        Resolution::RoleNotHeld
    );
    let unknown = stage.asks(ask("somebody-else", "")).await;
    assert_eq!(
        (unknown.resolution(), unknown.person_id.as_str()),
        (Resolution::RoleNotHeld, "")
    );
}

#[tokio::test]
async fn a_person_sees_what_there_is_to_choose_from() {
    let owner = format!("{OWNER},,AZ-TIT,{MILANO},,2020-01-01,,");
    let tomorrow = format!("{OWNER},,DREG,03,,2022-12-16,,");
    let past = format!("{OWNER},,PO,490000,,2020-01-01,2021-12-31,");
    let stage = Stage::with_roles(&[&owner, &tomorrow, &past]).await;
    stage
        .imports(
            Kind::Mandates,
            &mandates_file(&[&format!("{ROMA},{OWNER},2023-01-01,")]),
        )
        .await;
    let caller = stage.person(OWNER, Role::Cit, Scope::Own(vec![])).await;
    let profiles = stage
        .grpc
        .list_profiles(by(&caller, ListProfilesRequest {}))
        .await
        .unwrap()
        .into_inner();
    let roles: Vec<(&str, &str)> = profiles
        .roles
        .iter()
        .map(|role| (role.role.as_str(), role.organisation_name.as_str()))
        .collect();
    assert_eq!(
        roles,
        [("AZ-TIT", "Officine Esempio S.r.l."), ("DREG", "Lombardia")]
    );
    let mandates: Vec<(&str, bool)> = profiles
        .mandates
        .iter()
        .map(|mandate| (mandate.employer_name.as_str(), mandate.active))
        .collect();
    assert_eq!(mandates, [("Servizi Prova S.p.A.", false)]);
}
