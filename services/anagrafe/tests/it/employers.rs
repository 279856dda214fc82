//! Employers and units, within the caller's scope.

use anagrafe::app::import::Kind;
use chassis::access::Role;
use chassis::identity::{Caller, Scope};
use proto::omnia::anagrafe::v1::employers_service_server::EmployersService;
use proto::omnia::anagrafe::v1::{
    GetEmployerRequest, GetFilingContextRequest, GetFilingContextResponse, HeadcountGroup,
    ListEmployersRequest, ListProductionUnitsRequest,
};
use proto::omnia::common::v1::UnitKey;
use tonic::{Code, Status};

use crate::stage::{CONSULTANT, MILANO, OWNER, ROMA, STAFF, Stage, by, reason};

impl Stage {
    async fn sees(&self, caller: &Caller, matricola: &str) -> Result<String, Status> {
        let request = GetEmployerRequest {
            matricola: matricola.to_owned(),
        };
        Ok(self
            .grpc
            .get_employer(by(caller, request))
            .await?
            .into_inner()
            .employer
            .unwrap()
            .name)
    }

    async fn employers(&self, caller: &Caller) -> Vec<String> {
        let page = self
            .grpc
            .list_employers(by(caller, ListEmployersRequest::default()))
            .await
            .unwrap();
        page.into_inner()
            .employers
            .into_iter()
            .map(|employer| employer.matricola)
            .collect()
    }

    async fn units(&self, caller: &Caller, matricola: &str) -> Result<Vec<i32>, Status> {
        let request = ListProductionUnitsRequest {
            matricola: matricola.to_owned(),
            ..Default::default()
        };
        let page = self
            .grpc
            .list_production_units(by(caller, request))
            .await?
            .into_inner();
        Ok(page
            .production_units
            .into_iter()
            .map(|unit| unit.key.unwrap().production_unit_code)
            .collect())
    }

    async fn context(
        &self,
        matricola: &str,
        code: i32,
    ) -> Result<GetFilingContextResponse, Status> {
        self.context_of(matricola, code, GetFilingContextRequest::default())
            .await
    }

    /// The context with the headcount of the semesters that the request names.
    async fn context_of(
        &self,
        matricola: &str,
        code: i32,
        request: GetFilingContextRequest,
    ) -> Result<GetFilingContextResponse, Status> {
        let unit = Some(UnitKey {
            matricola: matricola.to_owned(),
            production_unit_code: code,
        });
        let claims = Caller::service("claims");
        let request = GetFilingContextRequest { unit, ..request };
        let answer = self.grpc.get_filing_context(by(&claims, request)).await?;
        Ok(answer.into_inner())
    }

    async fn competent(&self, matricola: &str, code: i32) -> String {
        self.context(matricola, code)
            .await
            .unwrap()
            .competent_office
            .unwrap()
            .code
    }
}

fn date(text: &str) -> proto::google::r#type::Date {
    chassis::wire::date(text.parse().unwrap())
}

#[tokio::test]
async fn a_firm_sees_itself_and_is_refused_the_others() {
    let stage = Stage::with_firms().await;
    let owner = stage.firm(OWNER, Role::AzTit, MILANO).await;
    assert_eq!(
        stage.sees(&owner, MILANO).await.unwrap(),
        "Officine Esempio S.r.l."
    );
    assert_eq!(stage.employers(&owner).await, [MILANO]);
    assert_eq!(stage.units(&owner, MILANO).await.unwrap(), [0, 1, 2]);
    for other in [ROMA, "0000000000"] {
        let refused = stage.sees(&owner, other).await.unwrap_err();
        assert_eq!(
            (refused.code(), reason(&refused).as_str()),
            (Code::PermissionDenied, "IDN-E05")
        );
        assert_eq!(
            reason(&stage.units(&owner, other).await.unwrap_err()),
            "IDN-E05"
        );
    }
    assert_eq!(
        stage.audited().await[2..],
        ["anagrafe.get_employer", "anagrafe.list_employers"]
    );
}

#[tokio::test]
async fn an_intermediary_sees_the_firm_of_the_mandate_only() {
    let stage = Stage::with_firms().await;
    let mandate = "018f0000-0000-7000-8000-000000000001";
    let consultant = stage.intermediary(CONSULTANT, mandate, MILANO).await;
    assert!(stage.sees(&consultant, MILANO).await.is_ok());
    let refused = stage.sees(&consultant, ROMA).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::PermissionDenied, "IDN-E07")
    );
}

#[tokio::test]
async fn an_office_sees_whom_it_registers_and_the_units_for_which_it_is_competent() {
    let stage = Stage::with_firms().await;
    let milano = stage.staff(STAFF, Role::Sede, "490000").await;
    assert_eq!(stage.employers(&milano).await, [MILANO]);
    assert_eq!(stage.units(&milano, MILANO).await.unwrap(), [0, 1, 2]);
    let monza = stage.staff(STAFF, Role::Sede, "490100").await;
    assert_eq!(stage.employers(&monza).await, [MILANO]);
    assert_eq!(stage.units(&monza, MILANO).await.unwrap(), [1]);
    let lodi = stage.staff(STAFF, Role::Sede, "492700").await;
    assert_eq!(
        stage.employers(&lodi).await,
        [] as [&str; 0],
        "a building site belongs to Milano"
    );
    for unseen in [MILANO, "0000000000"] {
        let refused = stage.sees(&lodi, unseen).await.unwrap_err();
        assert_eq!(
            (refused.code(), reason(&refused).as_str()),
            (Code::NotFound, "IDN-E06")
        );
    }
    let italy = stage.person(STAFF, Role::Mlps, Scope::National).await;
    assert_eq!(stage.employers(&italy).await, [MILANO, ROMA]);
}

#[tokio::test]
async fn employers_come_page_by_page() {
    let stage = Stage::with_firms().await;
    let italy = stage.person(STAFF, Role::Mlps, Scope::National).await;
    let list = |page_token| {
        stage.grpc.list_employers(by(
            &italy,
            ListEmployersRequest {
                page_size: 1,
                page_token,
            },
        ))
    };
    let first = list(String::new()).await.unwrap().into_inner();
    assert_eq!(first.employers[0].matricola, MILANO);
    let second = list(first.next_page_token).await.unwrap().into_inner();
    assert_eq!(
        (
            second.employers[0].matricola.as_str(),
            second.next_page_token.as_str()
        ),
        (ROMA, "")
    );
    let refused = list("not a token".to_owned()).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::InvalidArgument, "FIELD_INVALID")
    );
}

#[tokio::test]
async fn the_competent_office_follows_clm_5() {
    let stage = Stage::with_firms().await;
    assert_eq!(
        stage.competent(MILANO, 0).await,
        "490000",
        "in the province of registration"
    );
    assert_eq!(
        stage.competent(MILANO, 1).await,
        "490100",
        "in another province"
    );
    assert_eq!(
        stage.competent(MILANO, 2).await,
        "490000",
        "a building site that is no unit"
    );
}

#[tokio::test]
async fn the_competent_office_follows_an_employer_that_moves() {
    let stage = Stage::with_firms().await;
    let moved = "\
matricola,codice_fiscale,name,csc,authorization_codes,ateco,ateco_version,sector,protection_scheme,seat_province_istat,registered_office,active_from,active_to
4912345678,12345678903,Officine Esempio S.r.l.,10601,1S|7A,25.62.00,ATECO_2025,a,CIGO_CIGS,108,490100,2015-03-01,
";
    let report = stage.imports(Kind::Employers, moved).await;
    assert_eq!((report.updated, report.unchanged), (1, 0));
    assert_eq!(stage.competent(MILANO, 0).await, "490000");
    assert_eq!(stage.competent(MILANO, 1).await, "490100");
    assert_eq!(stage.competent(MILANO, 2).await, "490100");
}

#[tokio::test]
async fn the_filing_context_holds_what_a_claim_needs() {
    let stage = Stage::with_firms().await;
    let context = stage.context(MILANO, 0).await.unwrap();
    let employer = context.employer.unwrap();
    assert_eq!(
        (
            employer.sector.as_str(),
            employer.protection_scheme.as_str()
        ),
        ("a", "CIGO_CIGS")
    );
    assert_eq!(employer.authorization_codes, ["1S", "7A"]);
    assert_eq!(context.production_unit.unwrap().working_days, 5);
    let group = |hours, average, months: &[i64]| HeadcountGroup {
        weekly_hours_hundredths: hours,
        average_heads_hundredths: average,
        monthly_heads_hundredths: months.to_vec(),
    };
    let two_months = [
        group(2_000, 300, &[300, 300]),
        group(4_000, 2_350, &[2_300, 2_400]),
    ];
    assert_eq!(context.headcount, two_months);
    let november = [group(2_000, 300, &[300]), group(4_000, 2_400, &[2_400])];
    let starting = GetFilingContextRequest {
        period_start: Some(date("2023-05-15")),
        ..Default::default()
    };
    let starting = stage.context_of(MILANO, 0, starting).await.unwrap();
    assert_eq!(
        starting.headcount, november,
        "October is not in the semester before a period of May"
    );
    stage.at("2023-05-15T10:00:00Z");
    let later = stage.context(MILANO, 0).await.unwrap();
    assert_eq!(
        later.headcount, november,
        "October is no longer in the semester"
    );
}

#[tokio::test]
async fn the_scheme_is_that_of_the_month_in_which_a_period_starts() {
    let stage = Stage::with_firms().await;
    let schemes = "\
matricola,month,protection_scheme
4912345678,2022-03,FIS
4912345678,2022-12,CIGS_FIS
4912345678,2023-02,CISOA
";
    stage.imports(Kind::ProtectionSchemes, schemes).await;
    for (start, scheme) in [
        ("2022-02-28", "CIGO_CIGS"),
        ("2022-03-01", "FIS"),
        ("2022-11-28", "FIS"),
        ("2022-12-05", "CIGS_FIS"),
        ("2023-02-06", "CISOA"),
    ] {
        let starting = GetFilingContextRequest {
            period_start: Some(date(start)),
            ..Default::default()
        };
        let context = stage.context_of(MILANO, 0, starting).await.unwrap();
        assert_eq!(
            context.employer.unwrap().protection_scheme,
            scheme,
            "{start}"
        );
    }
    let today = stage.context(MILANO, 0).await.unwrap();
    assert_eq!(today.employer.unwrap().protection_scheme, "CIGS_FIS");
    let request = GetEmployerRequest {
        matricola: MILANO.to_owned(),
    };
    let owner = stage.firm(OWNER, Role::AzTit, MILANO).await;
    let known = stage.grpc.get_employer(by(&owner, request)).await.unwrap();
    let known = known.into_inner().employer.unwrap();
    assert_eq!(known.protection_scheme, "CIGS_FIS", "of this month");
}

#[tokio::test]
async fn an_employer_is_counted_as_a_whole_in_the_semester_before_the_filing() {
    let stage = Stage::with_firms().await;
    let heads = "\
matricola,month,heads
4912345678,2022-05,80
4912345678,2022-11,90.5
4912345678,2022-10,88
";
    stage.imports(Kind::EmployerHeadcount, heads).await;
    let context = stage.context(MILANO, 1).await.unwrap();
    assert_eq!(context.employer_monthly_heads_hundredths, [8_800, 9_050]);
    let earlier = GetFilingContextRequest {
        filed_on: Some(date("2022-11-30")),
        ..Default::default()
    };
    let earlier = stage.context_of(MILANO, 1, earlier).await.unwrap();
    assert_eq!(earlier.employer_monthly_heads_hundredths, [8_000, 8_800]);
    let nobody = stage.context(ROMA, 0).await.unwrap();
    assert_eq!(nobody.employer_monthly_heads_hundredths, [] as [i64; 0]);
}

#[tokio::test]
async fn an_unknown_unit_has_no_filing_context() {
    let stage = Stage::with_firms().await;
    for (matricola, code) in [(MILANO, 9), ("0000000000", 0)] {
        let refused = stage.context(matricola, code).await.unwrap_err();
        assert_eq!(
            (refused.code(), reason(&refused).as_str()),
            (Code::NotFound, "IDN-E06")
        );
    }
}
