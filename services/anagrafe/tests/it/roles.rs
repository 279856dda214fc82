//! The IDM delegate of a Sede grants and withdraws the roles of its staff.

use anagrafe::app::import::Kind;
use chassis::access::Role;
use chassis::identity::Caller;
use proto::omnia::anagrafe::v1::roles_service_server::RolesService;
use proto::omnia::anagrafe::v1::{
    GrantDasmoAccessRequest, GrantStaffRoleRequest, ListStaffRolesRequest, Resolution, RoleGrant,
    WithdrawStaffRoleRequest,
};
use tonic::{Code, Status};

use crate::stage::{
    CONSULTANT, IDM, MILANO, OTHER, OWNER, STAFF, Stage, by, mandates_file, reason, roles_file,
};

const FIRST: &str = "018f0000-0000-7000-8000-000000000001";

fn request(codice_fiscale: &str, role: &str, request_id: &str) -> GrantStaffRoleRequest {
    GrantStaffRoleRequest {
        request_id: request_id.to_owned(),
        codice_fiscale: codice_fiscale.to_owned(),
        role: role.to_owned(),
        areas: vec!["AMMORTIZZATORI".to_owned()],
    }
}

impl Stage {
    async fn idm(&self) -> Caller {
        self.staff(IDM, Role::Idm, "490000").await
    }

    async fn grants(
        &self,
        caller: &Caller,
        codice_fiscale: &str,
        role: &str,
    ) -> Result<RoleGrant, Status> {
        let unique = format!(
            "018f0000-0000-7000-8000-{:012x}",
            self.audited().await.len() + 16
        );
        let request = request(codice_fiscale, role, &unique);
        Ok(self
            .grpc
            .grant_staff_role(by(caller, request))
            .await?
            .into_inner()
            .role
            .unwrap())
    }

    async fn withdraws(
        &self,
        caller: &Caller,
        role_id: &str,
        dasmo_only: bool,
    ) -> Result<RoleGrant, Status> {
        let request = WithdrawStaffRoleRequest {
            role_id: role_id.to_owned(),
            dasmo_only,
        };
        Ok(self
            .grpc
            .withdraw_staff_role(by(caller, request))
            .await?
            .into_inner()
            .role
            .unwrap())
    }

    async fn opens_dasmo(&self, caller: &Caller, role_id: &str) -> Result<RoleGrant, Status> {
        let request = GrantDasmoAccessRequest {
            role_id: role_id.to_owned(),
        };
        Ok(self
            .grpc
            .grant_dasmo_access(by(caller, request))
            .await?
            .into_inner()
            .role
            .unwrap())
    }

    async fn lists_roles(&self, caller: &Caller) -> Vec<RoleGrant> {
        let request = ListStaffRolesRequest::default();
        self.grpc
            .list_staff_roles(by(caller, request))
            .await
            .unwrap()
            .into_inner()
            .roles
    }
}

#[tokio::test]
async fn a_role_granted_today_works_from_tomorrow_and_its_withdrawal_at_once() {
    let stage = Stage::empty().await;
    let idm = stage.idm().await;
    let granted = stage.grants(&idm, STAFF, "DSEDE").await.unwrap();
    assert_eq!(
        (
            granted.organisation.as_str(),
            granted.organisation_name.as_str()
        ),
        ("490000", "Milano")
    );
    assert_eq!(
        stage.resolves(STAFF, "DSEDE").await.resolution(),
        Resolution::RoleNotEffective
    );
    stage.at("2022-12-15T23:00:00Z");
    assert_eq!(
        stage.resolves(STAFF, "DSEDE").await.resolution(),
        Resolution::Resolved
    );
    stage
        .withdraws(&idm, &granted.role_id, false)
        .await
        .unwrap();
    assert_eq!(
        stage.resolves(STAFF, "DSEDE").await.resolution(),
        Resolution::RoleNotHeld
    );
    assert_eq!(
        stage.events_of(&granted.person_id).await,
        ["KIND_ROLE_GRANTED", "KIND_ROLE_WITHDRAWN"]
    );
    assert_eq!(
        stage.audited().await,
        ["anagrafe.grant_role", "anagrafe.withdraw_role"]
    );
}

#[tokio::test]
async fn the_same_request_twice_is_one_grant() {
    let stage = Stage::empty().await;
    let idm = stage.idm().await;
    let grant = |message| stage.grpc.grant_staff_role(by(&idm, message));
    let first = grant(request(STAFF, "SEDE", FIRST))
        .await
        .unwrap()
        .into_inner();
    let second = grant(request(STAFF, "SEDE", FIRST))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(first, second);
    assert_eq!(stage.lists_roles(&idm).await.len(), 1);
    let reused = grant(request(OTHER, "SEDE", FIRST)).await.unwrap_err();
    assert_eq!(
        (reused.code(), reason(&reused).as_str()),
        (Code::AlreadyExists, "IDN-E12")
    );
}

#[tokio::test]
async fn a_role_already_held_at_the_office_is_not_granted_again_until_withdrawn() {
    let stage = Stage::empty().await;
    let idm = stage.idm().await;
    let first = stage.grants(&idm, STAFF, "SEDE").await.unwrap();
    let refused = stage.grants(&idm, STAFF, "SEDE").await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::FailedPrecondition, "INVALID_STATE")
    );
    stage.withdraws(&idm, &first.role_id, false).await.unwrap();
    stage.grants(&idm, STAFF, "SEDE").await.unwrap();
}

#[tokio::test]
async fn nobody_grants_to_oneself() {
    let stage = Stage::empty().await;
    let idm = stage.idm().await;
    let refused = stage.grants(&idm, IDM, "SEDE").await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::FailedPrecondition, "IDN-E17")
    );
}

#[tokio::test]
async fn incompatible_roles_are_not_granted() {
    let cases = [
        ("AUD", "", "SEDE", false),
        ("AUD", "", "DSEDE", false),
        ("SRE", "", "PO", false),
        ("IDM", "700000", "DSEDE", false),
        ("IDM", "700000", "SEDE", true),
        ("ENTE", "C_F205", "SEDE", false),
        ("ENTE", "C_F205", "PO", false),
        ("ENTE", "C_F205", "DIR", false),
        ("ENTE", "C_F205", "DSEDE", true),
        ("LAV", "", "DSEDE", true),
        ("AZ-TIT", MILANO, "PO", true),
    ];
    let stage = Stage::with_firms().await;
    let idm = stage.idm().await;
    for (index, (held, at, wanted, allowed)) in cases.into_iter().enumerate() {
        let person = crate::stage::codice_fiscale(index);
        stage
            .imports(
                Kind::Roles,
                &roles_file(&[&format!("{person},,{held},{at},,2020-01-01,,")]),
            )
            .await;
        let outcome = stage.grants(&idm, &person, wanted).await;
        match outcome {
            Ok(_) => assert!(allowed, "{held} with {wanted} was granted"),
            Err(refused) => {
                assert!(!allowed, "{held} with {wanted} was refused");
                assert_eq!(
                    (refused.code(), reason(&refused).as_str()),
                    (Code::FailedPrecondition, "IDN-E17")
                );
            }
        }
    }
}

#[tokio::test]
async fn a_role_that_ended_excludes_nothing() {
    let stage = Stage::with_roles(&[&format!("{STAFF},,AUD,,,2020-01-01,2022-12-14,")]).await;
    let idm = stage.idm().await;
    stage.grants(&idm, STAFF, "SEDE").await.unwrap();
}

#[tokio::test]
async fn an_auditor_receives_no_mandate_and_an_intermediary_does_not_become_auditor() {
    let stage = Stage::with_roles(&[&format!("{STAFF},,AUD,,,2020-01-01,,")]).await;
    let mandates = mandates_file(&[&format!("{MILANO},{STAFF},2022-12-01,")]);
    let report = stage.import(Kind::Mandates, &mandates, false).await;
    assert_eq!(
        (report.faults.len(), report.faults[0].column),
        (1, "delegate_codice_fiscale")
    );
    stage
        .imports(
            Kind::Mandates,
            &mandates_file(&[&format!("{MILANO},{CONSULTANT},2022-12-01,")]),
        )
        .await;
    let auditor = roles_file(&[&format!("{CONSULTANT},,AUD,,,2023-01-01,,")]);
    let report = stage.import(Kind::Roles, &auditor, false).await;
    assert_eq!((report.faults.len(), report.faults[0].column), (1, "role"));
}

#[tokio::test]
async fn dasmo_opens_from_tomorrow_to_those_who_may_have_it() {
    let stage = Stage::empty().await;
    let idm = stage.idm().await;
    let director = stage.grants(&idm, STAFF, "DSEDE").await.unwrap();
    let opened = stage.opens_dasmo(&idm, &director.role_id).await.unwrap();
    assert_eq!(opened.dasmo_from, opened.effective_from);
    assert_eq!(
        stage.opens_dasmo(&idm, &director.role_id).await.unwrap(),
        opened,
        "again is no error"
    );
    stage.at("2022-12-16T09:00:00Z");
    assert!(stage.resolves(STAFF, "DSEDE").await.dasmo);
    stage
        .withdraws(&idm, &director.role_id, true)
        .await
        .unwrap();
    let after = stage.resolves(STAFF, "DSEDE").await;
    assert_eq!(
        (after.resolution(), after.dasmo, after.dasmo_pending),
        (Resolution::Resolved, false, false)
    );
    stage.opens_dasmo(&idm, &director.role_id).await.unwrap();
    let pending = stage.resolves(STAFF, "DSEDE").await;
    assert_eq!((pending.dasmo, pending.dasmo_pending), (false, true));
    assert_eq!(
        stage.events_of(&director.person_id).await,
        [
            "KIND_ROLE_GRANTED",
            "KIND_DASMO_CHANGED",
            "KIND_DASMO_CHANGED",
            "KIND_DASMO_CHANGED"
        ]
    );
}

#[tokio::test]
async fn dasmo_is_refused_to_everybody_else() {
    let stage = Stage::with_roles(&[
        &format!("{OTHER},,PO,490000,ASSISTENZA,2020-01-01,,"),
        &format!("{OWNER},,DIR,490000,AMMORTIZZATORI,2020-01-01,2022-12-14,"),
        &format!("{IDM},,PO,490000,AMMORTIZZATORI,2020-01-01,,"),
    ])
    .await;
    let idm = stage.idm().await;
    stage.grants(&idm, STAFF, "SEDE").await.unwrap();
    for grant in stage.lists_roles(&idm).await {
        let refused = stage.opens_dasmo(&idm, &grant.role_id).await.unwrap_err();
        let oneself = grant.person_id == idm.person.to_string();
        let expected = if oneself {
            "IDN-E17"
        } else {
            "NOT_ELIGIBLE_FOR_DASMO"
        };
        assert_eq!(
            (refused.code(), reason(&refused).as_str()),
            (Code::FailedPrecondition, expected)
        );
    }
}

#[tokio::test]
async fn the_regional_director_is_in_the_care_of_the_directorate() {
    let stage = Stage::with_roles(&[&format!("{STAFF},,DREG,03,,2020-01-01,,")]).await;
    let of_milano = stage.idm().await;
    assert_eq!(stage.lists_roles(&of_milano).await, []);
    let of_the_region = stage.staff(IDM, Role::Idm, "970300").await;
    let roles = stage.lists_roles(&of_the_region).await;
    assert_eq!((roles.len(), roles[0].role.as_str()), (1, "DREG"));
    stage
        .opens_dasmo(&of_the_region, &roles[0].role_id)
        .await
        .unwrap();
    assert!(stage.resolves(STAFF, "DREG").await.dasmo_pending);
}

#[tokio::test]
async fn the_staff_of_another_office_is_not_found() {
    let stage = Stage::empty().await;
    let milano = stage.idm().await;
    let granted = stage.grants(&milano, STAFF, "PO").await.unwrap();
    let roma = stage.staff(OTHER, Role::Idm, "700000").await;
    assert_eq!(stage.lists_roles(&roma).await, []);
    let refusals = [
        stage
            .withdraws(&roma, &granted.role_id, false)
            .await
            .unwrap_err(),
        stage
            .opens_dasmo(&roma, &granted.role_id)
            .await
            .unwrap_err(),
        stage.withdraws(&roma, FIRST, false).await.unwrap_err(),
    ];
    for refused in refusals {
        assert_eq!(
            (refused.code(), reason(&refused).as_str()),
            (Code::NotFound, "IDN-E06")
        );
    }
}

#[tokio::test]
async fn the_staff_is_listed_page_by_page_past_and_present() {
    let stage = Stage::empty().await;
    let idm = stage.idm().await;
    for n in 0..5 {
        stage
            .grants(&idm, &crate::stage::codice_fiscale(n), "SEDE")
            .await
            .unwrap();
    }
    let first = stage.lists_roles(&idm).await;
    stage
        .withdraws(&idm, &first[0].role_id, false)
        .await
        .unwrap();
    let (mut seen, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListStaffRolesRequest {
            page_size: 2,
            page_token,
        };
        let page = stage
            .grpc
            .list_staff_roles(by(&idm, request))
            .await
            .unwrap()
            .into_inner();
        assert!(page.roles.len() <= 2);
        seen.extend(
            page.roles
                .into_iter()
                .map(|role| (role.role_id, role.effective_to.is_some())),
        );
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(seen.len(), 5);
    assert_eq!(seen.iter().filter(|(_, ended)| *ended).count(), 1);
}
