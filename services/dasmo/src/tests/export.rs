//! What people take along.

use chassis::identity::{Caller, PersonName};
use proto::omnia::dasmo::v1::{
    Dimension, ExportFiguresRequest, ExportFormat, ExportLanguage, GetBreakdownRequest,
    GetTrendRequest, ListCasesRequest, VolumesFilter,
};
use tonic::Code;

use super::rows;
use super::world::{Claim, World, day, director_of_milano};

fn ada() -> Caller {
    Caller {
        name: PersonName("Ada Bianchi".to_owned()),
        ..director_of_milano()
    }
}

async fn three_cases() -> World {
    let world = World::at("2026-11-24 09:00").await;
    for number in 1..=3 {
        world
            .feed
            .tell([Claim::number(number).submitted("490000", "2026-11-20 10:00")]);
    }
    world
        .feed
        .tell([Claim::number(4).submitted("700000", "2026-11-20 10:00")]);
    world.night().await.unwrap();
    world
}

fn export(
    table: ExportFiguresRequest,
    format: ExportFormat,
    language: ExportLanguage,
) -> ExportFiguresRequest {
    ExportFiguresRequest {
        format: format.into(),
        language: language.into(),
        ..table
    }
}

fn of_cases(cases: ListCasesRequest) -> ExportFiguresRequest {
    ExportFiguresRequest {
        cases: Some(cases),
        ..ExportFiguresRequest::default()
    }
}

fn breakdown() -> ExportFiguresRequest {
    ExportFiguresRequest {
        breakdown: Some(GetBreakdownRequest {
            by: Dimension::Product.into(),
            ..GetBreakdownRequest::default()
        }),
        ..ExportFiguresRequest::default()
    }
}

async fn csv(world: &World, table: ExportFiguresRequest, language: ExportLanguage) -> Vec<String> {
    let request = export(table, ExportFormat::Csv, language);
    let (header, bytes) = world.export(&ada(), request).await.unwrap();
    assert!(header.media_type.starts_with("text/csv"));
    let text = String::from_utf8(bytes).unwrap();
    text.trim_start_matches('\u{feff}')
        .lines()
        .map(|line| line.trim_end_matches('\r').to_owned())
        .collect()
}

#[tokio::test]
async fn a_table_says_of_which_day_it_is_with_which_filters_and_who_took_it() {
    let world = three_cases().await;
    let lines = csv(&world, breakdown(), ExportLanguage::Italian).await;
    assert!(lines[0].starts_with("Situazione al;2026-11-23;"));
    assert!(lines[1].starts_with("Movimenti dal;2026-11-23;"));
    assert!(lines[2].starts_with("Filtri;nessuno;"));
    assert!(lines[3].starts_with("Estratto da;Ada Bianchi;"));
    assert!(lines[4].starts_with("Estratto il;2026-11-24 09:00:00;"));
    assert!(lines[6].starts_with("Prodotto;Pervenute;"));
    assert!(lines[7].starts_with("CIGO;0;0;0;"));
    assert!(lines[8].starts_with("Totale;"));
    assert_eq!(lines.len(), 9);
}

#[tokio::test]
async fn a_trend_has_a_row_a_period() {
    let world = three_cases().await;
    let table = ExportFiguresRequest {
        trend: Some(GetTrendRequest {
            from: Some(chassis::wire::date(day("2026-11-01"))),
            to: Some(chassis::wire::date(day("2026-11-30"))),
            ..GetTrendRequest::default()
        }),
        ..ExportFiguresRequest::default()
    };
    let lines = csv(&world, table, ExportLanguage::English).await;
    assert!(lines[0].starts_with("As of,2026-11-23,"));
    let rows: Vec<_> = lines
        .iter()
        .filter(|line| line.starts_with("2026-11-2"))
        .collect();
    assert_eq!(rows.len(), 4, "20 to 23 November");
    assert!(rows[0].starts_with("2026-11-20,2026-11-20,3,30,0,"));
}

#[tokio::test]
async fn cases_go_along_as_they_are_listed_and_no_others() {
    let world = three_cases().await;
    let table = of_cases(ListCasesRequest::default());
    let lines = csv(&world, table, ExportLanguage::Italian).await;
    let rows: Vec<_> = lines
        .iter()
        .filter(|line| line.starts_with("INPS."))
        .collect();
    assert_eq!(rows.len(), 3);
    assert!(rows[0].contains(";2026-11-20;490000;CIGO;MARKET_CRISIS;pagamento diretto;1;16-50;SUBMITTED;3;no;no;10;400,00"));
    let trail = rows::audited(&world.database.database, "dasmo.export").await;
    assert_eq!(trail, [("DONE".to_owned(), None, 3)]);
}

#[tokio::test]
async fn a_spreadsheet_and_a_document_are_what_they_say() {
    let world = three_cases().await;
    for (format, magic, name) in [
        (ExportFormat::Xlsx, &b"PK"[..], "dasmo-dati-20261123.xlsx"),
        (ExportFormat::Pdf, b"%PDF", "dasmo-dati-20261123.pdf"),
    ] {
        let request = export(breakdown(), format, ExportLanguage::Italian);
        let (header, bytes) = world.export(&ada(), request).await.unwrap();
        assert_eq!(header.file_name, name);
        assert!(bytes.starts_with(magic), "{name}");
        assert_eq!(header.rows_total, 2, "CIGO and the total");
    }
}

#[tokio::test]
async fn a_filter_outside_the_territory_takes_nothing_along_and_the_attempt_is_audited() {
    let world = three_cases().await;
    let filter = VolumesFilter {
        office: "700000".to_owned(),
        ..VolumesFilter::default()
    };
    let table = of_cases(ListCasesRequest {
        filter: Some(filter),
        ..ListCasesRequest::default()
    });
    let request = export(table, ExportFormat::Csv, ExportLanguage::Italian);
    let refused = world.export(&ada(), request).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let trail = rows::audited(&world.database.database, "dasmo.export").await;
    assert_eq!(
        trail,
        [("REFUSED".to_owned(), Some("IDN-E05".to_owned()), 0)]
    );
}

#[tokio::test]
async fn nothing_or_two_things_at_once_are_refused() {
    let world = three_cases().await;
    let both = ExportFiguresRequest {
        cases: Some(ListCasesRequest::default()),
        ..breakdown()
    };
    for table in [ExportFiguresRequest::default(), both] {
        let request = export(table, ExportFormat::Csv, ExportLanguage::Italian);
        let refused = world.export(&ada(), request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
    }
}
