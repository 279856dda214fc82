//! Master data in bulk: all or none, a report by line, harmless when repeated.

use std::fmt::Write;

use anagrafe::app::import::{Kind, Report};
use chassis::identity::Caller;
use proto::omnia::anagrafe::v1::import_service_client::ImportServiceClient;
use proto::omnia::anagrafe::v1::import_service_server::ImportServiceServer;
use proto::omnia::anagrafe::v1::{
    ImportKind, ImportMasterDataRequest, ImportMasterDataResponse, Resolution,
};
use tonic::transport::server::TcpIncoming;
use tonic::{Code, Request, Status};

use crate::stage::{
    CONSULTANT, IDM, MILANO, OWNER, ROMA, STAFF, Stage, codice_fiscale, mandates_file, reason,
    roles_file,
};

const MANY: usize = 20_000;

const EMPLOYERS: &str = "matricola,codice_fiscale,name,csc,authorization_codes,ateco,ateco_version,sector,protection_scheme,seat_province_istat,registered_office,active_from,active_to\n";
const UNITS: &str = "matricola,production_unit_code,name,address,municipality_belfiore,province_istat,working_days,is_production_unit,active_from,active_to,headcount\n";

fn employers(count: usize, name: &str) -> String {
    let mut file = EMPLOYERS.to_owned();
    for n in 0..count {
        writeln!(
            file,
            "{:010},12345678903,\"{name}, {n}\",10601,1S,25.62.00,ATECO_2025,a,CIGO_CIGS,015,490000,2015-03-01,",
            n + 1
        )
        .unwrap();
    }
    file
}

fn units(count: usize, heads: &str) -> String {
    let mut file = UNITS.to_owned();
    for n in 0..count {
        writeln!(
            file,
            "{:010},0,Sede,Via Esempio {n},F205,015,5,true,2015-03-01,,2022-11/40/{heads}|2022-10/40/12.5",
            n + 1
        )
        .unwrap();
    }
    file
}

fn figures(report: &Report) -> (usize, usize, usize, usize) {
    (
        report.lines,
        report.created,
        report.updated,
        report.unchanged,
    )
}

fn places(report: &Report) -> Vec<(u64, &str)> {
    report
        .faults
        .iter()
        .map(|fault| (fault.line, fault.column))
        .collect()
}

impl Stage {
    async fn count_of_employers(&self) -> i64 {
        sqlx::query_scalar!(r#"SELECT count(*) AS "count!" FROM employer"#)
            .fetch_one(self.database.database.pool())
            .await
            .unwrap()
    }

    /// Sends a file in pieces over a real connection, as the operator's tool does.
    async fn uploads(
        &self,
        pieces: Vec<ImportMasterDataRequest>,
    ) -> Result<ImportMasterDataResponse, Status> {
        let incoming = TcpIncoming::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = incoming.local_addr().unwrap();
        let service =
            ImportServiceServer::with_interceptor(self.grpc.clone(), |mut request: Request<()>| {
                request.extensions_mut().insert(Caller::service("operator"));
                Ok(request)
            });
        tokio::spawn(
            tonic::transport::Server::builder()
                .add_service(service)
                .serve_with_incoming_shutdown(incoming, self.stop.clone().cancelled_owned()),
        );
        let mut client = ImportServiceClient::connect(format!("http://{address}"))
            .await
            .unwrap();
        Ok(client
            .import_master_data(futures_util::stream::iter(pieces))
            .await?
            .into_inner())
    }
}

fn pieces(kind: ImportKind, file: &str, dry_run: bool) -> Vec<ImportMasterDataRequest> {
    file.as_bytes()
        .chunks(64 * 1024)
        .map(|chunk| ImportMasterDataRequest {
            kind: kind.into(),
            chunk: chunk.to_vec().into(),
            dry_run,
        })
        .collect()
}

#[tokio::test]
async fn heads_of_employers_are_added_month_by_month_and_corrected() {
    let stage = Stage::with_firms().await;
    let file = |heads: &str| {
        format!("heads,month,matricola\n{heads},2022-11,{MILANO}\n7,2022-10,{MILANO}\n")
    };
    let counts = |report: Report| (report.created, report.updated, report.unchanged);
    let kind = Kind::EmployerHeadcount;
    let dry = stage.import(kind, &file("61.5"), true).await;
    assert_eq!(counts(dry), (2, 0, 0));
    assert_eq!(counts(stage.imports(kind, &file("61.5")).await), (2, 0, 0));
    assert_eq!(counts(stage.imports(kind, &file("61.5")).await), (0, 0, 2));
    assert_eq!(counts(stage.imports(kind, &file("60")).await), (0, 1, 1));
}

#[tokio::test]
async fn heads_of_employers_name_what_is_wrong_line_by_line() {
    let stage = Stage::with_firms().await;
    let file = format!(
        "matricola,month,heads\n{MILANO},2022-13,1\n{MILANO},2022-11,-1\n{MILANO},2022-10,1000000.01\nabc,2022-10,1\n"
    );
    let report = stage.import(Kind::EmployerHeadcount, &file, false).await;
    let places: Vec<_> = report
        .faults
        .iter()
        .map(|fault| (fault.line, fault.column))
        .collect();
    assert_eq!(
        places,
        [(2, "month"), (3, "heads"), (4, "heads"), (5, "matricola")]
    );
    let twice = format!("matricola,month,heads\n{MILANO},2022-11,1\n{MILANO},2022-11,2\n");
    let report = stage.import(Kind::EmployerHeadcount, &twice, false).await;
    assert_eq!(report.faults[0].message, "repeats the key of line 2");
    let nobody = "matricola,month,heads\n9999999999,2022-11,1\n";
    let report = stage.import(Kind::EmployerHeadcount, nobody, false).await;
    assert_eq!(
        report.faults[0].message,
        "is not known: import its employer first"
    );
}

#[tokio::test]
async fn schemes_of_employers_are_added_corrected_and_refused_line_by_line() {
    let stage = Stage::with_firms().await;
    let kind = Kind::ProtectionSchemes;
    let file = |scheme: &str| {
        format!(
            "matricola,month,protection_scheme\n{MILANO},2022-05,{scheme}\n{ROMA},2022-05,FIS\n"
        )
    };
    let counts = |report: Report| (report.created, report.updated, report.unchanged);
    assert_eq!(
        counts(stage.import(kind, &file("FIS"), true).await),
        (2, 0, 0)
    );
    assert_eq!(counts(stage.imports(kind, &file("FIS")).await), (2, 0, 0));
    assert_eq!(counts(stage.imports(kind, &file("CIGO")).await), (0, 1, 1));
    let faulty = format!(
        "matricola,month,protection_scheme\n{MILANO},2022,FIS\n{MILANO},2022-06,CIGX\n{MILANO},2022-07,FIS\n{MILANO},2022-07,FIS\n"
    );
    let report = stage.import(kind, &faulty, false).await;
    let places: Vec<_> = report
        .faults
        .iter()
        .map(|fault| (fault.line, fault.column))
        .collect();
    assert_eq!(
        places,
        [(2, "month"), (3, "protection_scheme"), (5, "month")]
    );
    let nobody = "matricola,month,protection_scheme\n9999999999,2022-11,FIS\n";
    let report = stage.import(kind, nobody, false).await;
    assert_eq!(
        report.faults[0].message,
        "is not known: import its employer first"
    );
}

#[tokio::test]
async fn twenty_thousand_lines_come_in_and_again_change_nothing() {
    let stage = Stage::empty().await;
    let count = i32::try_from(MANY).unwrap();
    let file = employers(MANY, "Ditta");
    let first = stage
        .uploads(pieces(ImportKind::Employers, &file, false))
        .await
        .unwrap();
    assert_eq!(
        (first.lines, first.created, first.unchanged),
        (count, count, 0)
    );
    let again = stage
        .uploads(pieces(ImportKind::Employers, &file, false))
        .await
        .unwrap();
    assert_eq!(
        (again.lines, again.created, again.updated, again.unchanged),
        (count, 0, 0, count)
    );

    let units_file = units(MANY, "12");
    assert_eq!(
        figures(&stage.imports(Kind::ProductionUnits, &units_file).await),
        (MANY, MANY, 0, 0)
    );
    assert_eq!(
        figures(&stage.imports(Kind::ProductionUnits, &units_file).await),
        (MANY, 0, 0, MANY)
    );
    let grown = units_file.replacen("2022-11/40/12|", "2022-11/40/13|", 7);
    assert_eq!(
        figures(&stage.imports(Kind::ProductionUnits, &grown).await),
        (MANY, 0, 7, MANY - 7)
    );
}

#[tokio::test]
async fn thousands_of_roles_come_in_and_again_change_nothing() {
    let stage = Stage::empty().await;
    let lines: Vec<String> = (0..3_000)
        .map(|n| format!("{},,SEDE,490000,,2020-01-01,,", codice_fiscale(n)))
        .collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let file = roles_file(&lines);
    assert_eq!(
        figures(&stage.imports(Kind::Roles, &file).await),
        (3_000, 3_000, 0, 0)
    );
    assert_eq!(
        figures(&stage.imports(Kind::Roles, &file).await),
        (3_000, 0, 0, 3_000)
    );
}

#[tokio::test]
async fn a_changed_line_updates_its_row_alone() {
    let stage = Stage::empty().await;
    let file = employers(10, "Ditta");
    stage.imports(Kind::Employers, &file).await;
    let changed = file.replace("Ditta, 3", "Ditta nuova");
    assert_eq!(
        figures(&stage.imports(Kind::Employers, &changed).await),
        (10, 0, 1, 9)
    );
}

#[tokio::test]
async fn one_wrong_line_keeps_all_out_and_the_report_says_where() {
    let stage = Stage::empty().await;
    let mut file = employers(3, "Ditta");
    file.push_str("49,12345678901,,1060,S1,256200,ATECO_2026,j,CIG,999,970300,2022-02-30,\n");
    file.push_str("0000000001,12345678903,Doppia,10601,,25.62.00,ATECO_2007,fis,FIS,015,490000,2015-03-01,2014-01-01\n");
    let report = stage.import(Kind::Employers, &file, false).await;
    assert_eq!(figures(&report), (5, 0, 0, 0));
    assert_eq!(
        places(&report),
        [
            (5, "matricola"),
            (5, "codice_fiscale"),
            (5, "name"),
            (5, "csc"),
            (5, "authorization_codes"),
            (5, "ateco"),
            (5, "ateco_version"),
            (5, "sector"),
            (5, "protection_scheme"),
            (5, "seat_province_istat"),
            (5, "registered_office"),
            (5, "active_from"),
            (6, "active_to"),
        ]
    );
    assert!(
        report
            .faults
            .iter()
            .all(|fault| !fault.message.contains("12345678901"))
    );
    assert_eq!(stage.count_of_employers().await, 0);
}

#[tokio::test]
async fn a_key_stands_once_in_a_file() {
    let stage = Stage::empty().await;
    let file = employers(2, "Ditta").replace("0000000002,", "0000000001,");
    let report = stage.import(Kind::Employers, &file, false).await;
    assert_eq!(places(&report), [(3, "matricola")]);
}

#[tokio::test]
async fn a_dry_run_reports_and_writes_nothing() {
    let stage = Stage::empty().await;
    let file = employers(5, "Ditta");
    assert_eq!(
        figures(&stage.import(Kind::Employers, &file, true).await),
        (5, 5, 0, 0)
    );
    assert_eq!(stage.count_of_employers().await, 0);
    assert_eq!(stage.audited().await, [] as [&str; 0]);
    stage.imports(Kind::Employers, &file).await;
    assert_eq!(stage.audited().await, ["anagrafe.import"]);
}

#[tokio::test]
async fn a_line_that_refers_to_nobody_is_a_fault() {
    let stage = Stage::with_firms().await;
    let unit = format!("{UNITS}0000000009,0,Sede,,F205,015,5,true,2015-03-01,,\n");
    assert_eq!(
        places(&stage.import(Kind::ProductionUnits, &unit, false).await),
        [(2, "matricola")]
    );
    let role = roles_file(&[&format!("{OWNER},,AZ-TIT,0000000009,,2020-01-01,,")]);
    assert_eq!(
        places(&stage.import(Kind::Roles, &role, false).await),
        [(2, "organisation")]
    );
    let mandate = mandates_file(&[&format!("0000000009,{CONSULTANT},2020-01-01,")]);
    assert_eq!(
        places(&stage.import(Kind::Mandates, &mandate, false).await),
        [(2, "matricola")]
    );
}

#[tokio::test]
async fn the_headcount_of_a_month_is_replaced_and_other_months_stay() {
    let stage = Stage::with_firms().await;
    let unit = |headcount: &str| {
        format!(
            "{UNITS}{MILANO},0,Sede di Milano,Via Esempio 1,F205,015,5,true,2015-03-01,,{headcount}\n"
        )
    };
    let report = stage
        .imports(Kind::ProductionUnits, &unit("2022-11/38.5/10"))
        .await;
    assert_eq!(figures(&report), (1, 0, 1, 0));
    let rows = sqlx::query!(
        "SELECT month, weekly_hours_hundredths AS hours, heads_hundredths AS heads FROM headcount
         WHERE matricola = $1 AND code = 0 ORDER BY month, hours",
        MILANO,
    )
    .fetch_all(stage.database.database.pool())
    .await
    .unwrap();
    let rows: Vec<(String, i64, i64)> = rows
        .into_iter()
        .map(|row| (row.month.to_string(), row.hours, row.heads))
        .collect();
    let october = |hours, heads| ("2022-10-01".to_owned(), hours, heads);
    assert_eq!(
        rows,
        [
            october(2_000, 300),
            october(4_000, 2_300),
            ("2022-11-01".to_owned(), 3_850, 1_000)
        ]
    );
    assert_eq!(
        figures(&stage.imports(Kind::ProductionUnits, &unit("")).await),
        (1, 0, 0, 1)
    );
}

#[tokio::test]
async fn roles_that_cannot_be_are_faults() {
    let stage = Stage::with_firms().await;
    let cases = [
        (format!("{STAFF},,CIT,,,2020-01-01,,"), "role"),
        (format!("{STAFF},,SYS-I,,,2020-01-01,,"), "role"),
        (
            "RSSMRA80A01H501V,,LAV,,,2020-01-01,,".to_owned(),
            "codice_fiscale",
        ),
        (format!("{STAFF},client,LAV,,,2020-01-01,,"), "client_id"),
        (
            format!("{STAFF},client,SYS-P,C_F205,,2020-01-01,,"),
            "codice_fiscale",
        ),
        (format!("{STAFF},,SEDE,,,2020-01-01,,"), "organisation"),
        (
            format!("{STAFF},,SEDE,999999,,2020-01-01,,"),
            "organisation",
        ),
        (format!("{STAFF},,DREG,21,,2020-01-01,,"), "organisation"),
        (format!("{STAFF},,DCM,TORINO,,2020-01-01,,"), "organisation"),
        (format!("{STAFF},,AUD,490000,,2020-01-01,,"), "organisation"),
        (
            format!("{STAFF},,PO,490000,ammortizzatori,2020-01-01,,"),
            "areas",
        ),
        (
            format!("{STAFF},,PO,490000,ASSISTENZA,2020-01-01,,2020-01-02"),
            "dasmo_from",
        ),
        (
            format!("{STAFF},,SEDE,490000,,2020-01-01,,2020-01-02"),
            "dasmo_from",
        ),
        (
            format!("{STAFF},,SEDE,490000,,2020-01-02,2020-01-01,"),
            "effective_to",
        ),
    ];
    for (line, column) in cases {
        let report = stage
            .import(Kind::Roles, &roles_file(&[&line]), false)
            .await;
        assert_eq!(places(&report), [(2, column)], "{line}");
    }
}

#[tokio::test]
async fn incompatible_roles_are_faults_of_both_lines_or_of_the_newcomer() {
    let stage = Stage::empty().await;
    let idm = format!("{STAFF},,IDM,490000,,2020-01-01,,");
    let director = format!("{STAFF},,DSEDE,490000,,2020-01-01,,");
    let both = roles_file(&[&idm, &director]);
    assert_eq!(
        places(&stage.import(Kind::Roles, &both, false).await),
        [(2, "role"), (3, "role")]
    );
    stage.imports(Kind::Roles, &roles_file(&[&idm])).await;
    assert_eq!(
        places(
            &stage
                .import(Kind::Roles, &roles_file(&[&director]), false)
                .await
        ),
        [(2, "role")]
    );
    let past = format!("{STAFF},,DSEDE,490000,,2018-01-01,2019-12-31,");
    stage.imports(Kind::Roles, &roles_file(&[&past])).await;
}

#[tokio::test]
async fn an_import_ends_a_role_and_never_revives_one_that_was_withdrawn() {
    let stage = Stage::empty().await;
    let line = |to: &str| roles_file(&[&format!("{STAFF},,SEDE,490000,,2020-01-01,{to},")]);
    stage.imports(Kind::Roles, &line("")).await;
    assert_eq!(
        figures(&stage.imports(Kind::Roles, &line("2022-12-14")).await),
        (1, 0, 1, 0)
    );
    assert_eq!(
        stage.resolves(STAFF, "SEDE").await.resolution(),
        Resolution::RoleNotHeld
    );
    stage.imports(Kind::Roles, &line("")).await;
    assert_eq!(
        stage.resolves(STAFF, "SEDE").await.resolution(),
        Resolution::Resolved
    );

    let idm = stage.staff(IDM, chassis::access::Role::Idm, "490000").await;
    let grants = stage
        .app
        .list_roles(
            &idm,
            &chassis::paging::Page {
                size: 10,
                after: None,
            },
        )
        .await
        .unwrap()
        .0;
    stage
        .app
        .withdraw_role(&idm, grants[0].grant.id, false)
        .await
        .unwrap();
    assert_eq!(
        figures(&stage.imports(Kind::Roles, &line("")).await),
        (1, 0, 0, 1)
    );
    assert_eq!(
        stage.resolves(STAFF, "SEDE").await.resolution(),
        Resolution::RoleNotHeld
    );
}

#[tokio::test]
async fn an_import_tells_those_who_cache_what_people_may_do() {
    let stage = Stage::with_roles(&[&format!("{OWNER},,AZ-TIT,{MILANO},,2020-01-01,,")]).await;
    stage
        .imports(
            Kind::Mandates,
            &mandates_file(&[&format!("{MILANO},{CONSULTANT},2022-12-01,")]),
        )
        .await;
    let owner = stage.id_of(OWNER).await.to_string();
    assert_eq!(stage.events_of(&owner).await, ["KIND_ROLE_GRANTED"]);
    let consultant = stage.id_of(CONSULTANT).await.to_string();
    assert_eq!(stage.events_of(&consultant).await, ["KIND_MANDATE_GRANTED"]);
}

#[tokio::test]
async fn pieces_of_different_files_are_refused() {
    let stage = Stage::empty().await;
    let mut mixed = pieces(ImportKind::Employers, &employers(1, "Ditta"), false);
    mixed.extend(pieces(ImportKind::Roles, &roles_file(&[]), false));
    let refused = stage.uploads(mixed).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::InvalidArgument, "FIELD_INVALID")
    );
    let nothing = stage.uploads(Vec::new()).await.unwrap_err();
    assert_eq!(nothing.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn every_example_of_master_data_in_the_document_imports() {
    let document = include_str!("../../../../docs/import.md");
    let (master_data, _) = document.split_once("\n## History of the limits").unwrap();
    let examples: Vec<&str> = master_data
        .split("```csv\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    let stage = Stage::empty().await;
    let kinds = [
        Kind::Employers,
        Kind::ProductionUnits,
        Kind::EmployerHeadcount,
        Kind::ProtectionSchemes,
        Kind::Roles,
        Kind::Mandates,
    ];
    assert_eq!(examples.len(), kinds.len());
    for (kind, example) in kinds.into_iter().zip(examples) {
        let report = stage.imports(kind, example).await;
        assert_eq!(report.created, report.lines);
        assert_eq!(stage.imports(kind, example).await.unchanged, report.lines);
    }
}
