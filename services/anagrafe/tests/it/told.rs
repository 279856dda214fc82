//! What the feed tells of employers and units, for whoever keeps a copy.

use anagrafe::app::TellUntold;
use anagrafe::app::import::Kind;
use chassis::jobs::Job;
use chassis::lifecycle::Stop;
use chassis::wire;
use prost::Message;
use proto::omnia::anagrafe::v1::{EmployerEvent, ProductionUnitEvent};

use crate::stage::Stage;

/// Heads of the firm in Milano.
const HEADS: &str = "matricola,month,heads\n4912345678,2022-10,26\n4912345678,2022-11,27.5\n";

/// Everything told so far, in feed order, in short: `a firm: sector month=heads …` or
/// `firm/unit: days office month=hours*heads …`.
async fn told(stage: &Stage) -> Vec<String> {
    let rows: Vec<(String, String, Vec<u8>)> = sqlx::query_as(
        "SELECT aggregate_type, aggregate_id, payload FROM outbox
         WHERE aggregate_type IN ('employer', 'production_unit') ORDER BY tx, id",
    )
    .fetch_all(stage.database.database.pool())
    .await
    .unwrap();
    rows.iter()
        .map(|(kind, id, payload)| match kind.as_str() {
            "employer" => employer(id, &EmployerEvent::decode(payload.as_slice()).unwrap()),
            _ => unit(
                id,
                &ProductionUnitEvent::decode(payload.as_slice()).unwrap(),
            ),
        })
        .collect()
}

/// What was told since.
async fn news(stage: &Stage, before: &[String]) -> Vec<String> {
    let all = told(stage).await;
    assert_eq!(&all[..before.len()], before);
    all[before.len()..].to_vec()
}

fn month(day: Option<&proto::google::r#type::Date>) -> String {
    let day = wire::day(day.unwrap(), "month").unwrap();
    day.format("%Y-%m").to_string()
}

fn employer(id: &str, event: &EmployerEvent) -> String {
    assert_eq!(id, event.matricola);
    let months = event.months.iter();
    let months =
        months.map(|one| format!(" {}={}", month(one.month.as_ref()), one.heads_hundredths));
    format!("{id}: {}{}", event.sector, months.collect::<String>())
}

fn unit(id: &str, event: &ProductionUnitEvent) -> String {
    let key = event.unit.as_ref().unwrap();
    assert_eq!(
        id,
        format!("{}/{}", key.matricola, key.production_unit_code)
    );
    let months = event.months.iter().map(|one| {
        let groups = one.groups.iter();
        let groups =
            groups.map(|it| format!("{}*{}", it.weekly_hours_hundredths, it.heads_hundredths));
        format!(
            " {}={}",
            month(one.month.as_ref()),
            groups.collect::<Vec<_>>().join("+")
        )
    });
    let months: String = months.collect();
    format!(
        "{id}: {} {}{months}",
        event.working_days, event.competent_office
    )
}

#[tokio::test]
async fn an_import_tells_what_it_created_with_all_its_months() {
    let stage = Stage::with_firms().await;
    stage.imports(Kind::EmployerHeadcount, HEADS).await;
    assert_eq!(
        told(&stage).await,
        [
            "4912345678: a",
            "7000000001: fis",
            "4912345678/0: 5 490000 2022-10=2000*300+4000*2300 2022-11=2000*300+4000*2400",
            "4912345678/1: 5 490100 2022-11=4000*6100",
            "4912345678/2: 6 490000",
            "7000000001/0: 5 700000 2022-11=4000*900",
            "4912345678: a 2022-10=2600 2022-11=2750",
        ]
    );
}

const UNITS_HEADING: &str = "matricola,production_unit_code,name,address,municipality_belfiore,province_istat,working_days,is_production_unit,active_from,active_to,headcount";

#[tokio::test]
async fn an_import_tells_only_what_it_changed() {
    let stage = Stage::with_firms().await;
    stage.imports(Kind::EmployerHeadcount, HEADS).await;
    let before = told(&stage).await;
    stage.imports(Kind::EmployerHeadcount, HEADS).await;
    assert_eq!(news(&stage, &before).await, [""; 0], "nothing changed");
    let changed = format!(
        "{UNITS_HEADING}\n\
         4912345678,0,Sede di Milano,Via Esempio 1,F205,015,6,true,2015-03-01,,2022-11/40/24|2022-11/20/3\n\
         4912345678,1,Stabilimento di Monza,Via Prova 2,F704,108,5,true,2018-01-01,,2022-11/40/60|2022-11/30/1\n"
    );
    stage.imports(Kind::ProductionUnits, &changed).await;
    assert_eq!(
        news(&stage, &before).await,
        [
            "4912345678/0: 6 490000",
            "4912345678/1: 5 490100 2022-11=3000*100+4000*6000",
        ]
    );
    let before = told(&stage).await;
    let later = "matricola,month,heads\n4912345678,2022-11,27.5\n4912345678,2022-12,3\n";
    stage.imports(Kind::EmployerHeadcount, later).await;
    assert_eq!(news(&stage, &before).await, ["4912345678: a 2022-12=300"]);
}

#[tokio::test]
async fn a_firm_that_moves_to_another_office_takes_its_units_along() {
    let stage = Stage::with_firms().await;
    let before = told(&stage).await;
    let moved = "\
matricola,codice_fiscale,name,csc,authorization_codes,ateco,ateco_version,sector,protection_scheme,seat_province_istat,registered_office,active_from,active_to
4912345678,12345678903,Officine Esempio S.r.l.,10601,1S|7A,25.62.00,ATECO_2025,m,CIGO_CIGS,015,700000,2015-03-01,
";
    stage.imports(Kind::Employers, moved).await;
    let news = news(&stage, &before).await;
    assert_eq!(news[0], "4912345678: m");
    assert_eq!(
        news[1..],
        ["4912345678/2: 6 700000"],
        "the building site goes by the office of the firm, the units by where they are"
    );
}

#[tokio::test]
async fn neither_a_dry_run_nor_a_faulty_file_tells_anything() {
    let stage = Stage::with_firms().await;
    let before = told(&stage).await;
    stage.import(Kind::EmployerHeadcount, HEADS, true).await;
    let faulty = format!("{HEADS}4999999999,2022-11,1\n");
    let report = stage.import(Kind::EmployerHeadcount, &faulty, false).await;
    assert_eq!(report.faults.len(), 1);
    assert_eq!(news(&stage, &before).await, [""; 0]);
}

#[tokio::test]
async fn what_was_there_before_the_feed_is_told_once_with_all_its_months() {
    let stage = Stage::with_firms().await;
    stage.imports(Kind::EmployerHeadcount, HEADS).await;
    // As a database of before: the rows are there, and only of the firm in Roma anything was told.
    let pool = stage.database.database.pool();
    for forgotten in [
        "ALTER TABLE outbox DISABLE TRIGGER USER",
        "DELETE FROM outbox",
        "DELETE FROM outbox_head WHERE aggregate_id <> '7000000001'",
    ] {
        sqlx::query(forgotten).execute(pool).await.unwrap();
    }
    let job = TellUntold(stage.app.clone());
    job.run(Stop::new()).await.unwrap();
    assert_eq!(
        told(&stage).await,
        [
            "4912345678: a 2022-10=2600 2022-11=2750",
            "4912345678/0: 5 490000 2022-10=2000*300+4000*2300 2022-11=2000*300+4000*2400",
            "4912345678/1: 5 490100 2022-11=4000*6100",
            "4912345678/2: 6 490000",
            "7000000001/0: 5 700000 2022-11=4000*900",
        ]
    );
    let before = told(&stage).await;
    job.run(Stop::new()).await.unwrap();
    assert_eq!(news(&stage, &before).await, [""; 0]);
}

#[tokio::test]
async fn more_units_than_one_statement_writes_are_all_told() {
    let stage = Stage::with_firms().await;
    let before = told(&stage).await;
    let lines = (10..2_510).map(|code| {
        format!("4912345678,{code},Cantiere {code},,F205,015,5,false,2022-01-01,,2022-11/40/1\n")
    });
    let file = format!("{UNITS_HEADING}\n{}", lines.collect::<String>());
    stage.imports(Kind::ProductionUnits, &file).await;
    assert_eq!(news(&stage, &before).await.len(), 2_500);
}
