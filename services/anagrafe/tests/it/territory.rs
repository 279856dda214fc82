//! Offices and holidays, as everybody may read them.

use anagrafe::app::App;
use anagrafe::data;
use chassis::Ids;
use proto::omnia::anagrafe::v1::territory_service_server::TerritoryService;
use proto::omnia::anagrafe::v1::{
    GetOfficeRequest, ListHolidaysRequest, ListOfficesRequest, OfficeKind,
};
use tonic::{Code, Request};

use crate::stage::{Stage, reason};

async fn all_offices(stage: &Stage, region_istat: &str, page_size: i32) -> (Vec<String>, usize) {
    let (mut codes, mut pages, mut page_token) = (Vec::new(), 0, String::new());
    loop {
        let request = ListOfficesRequest {
            region_istat: region_istat.to_owned(),
            page_size,
            page_token,
        };
        let page = stage
            .grpc
            .list_offices(Request::new(request))
            .await
            .unwrap()
            .into_inner();
        codes.extend(page.offices.into_iter().map(|office| office.code));
        pages += 1;
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return (codes, pages);
        }
    }
}

#[tokio::test]
async fn an_office_shows_both_codes_of_its_region() {
    let stage = Stage::empty().await;
    let request = GetOfficeRequest {
        code: "490000".to_owned(),
    };
    let office = stage
        .grpc
        .get_office(Request::new(request))
        .await
        .unwrap()
        .into_inner()
        .office
        .unwrap();
    assert_eq!(
        (office.region_istat.as_str(), office.region_dm1986.as_str()),
        ("03", "10")
    );
    assert_eq!(
        (
            office.province_istat.as_str(),
            office.province_sign.as_str()
        ),
        ("015", "MI")
    );
    assert_eq!(
        (office.metro.as_str(), office.parent_code.as_str()),
        ("MILANO", "970300")
    );
    assert_eq!(office.kind(), OfficeKind::Provincial);
}

#[tokio::test]
async fn an_office_that_does_not_exist_is_not_found() {
    let stage = Stage::empty().await;
    let request = GetOfficeRequest {
        code: "999999".to_owned(),
    };
    let refused = stage
        .grpc
        .get_office(Request::new(request))
        .await
        .unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::NotFound, "IDN-E06")
    );
}

#[tokio::test]
async fn the_offices_come_page_by_page_each_once() {
    let stage = Stage::empty().await;
    let (codes, pages) = all_offices(&stage, "", 50).await;
    assert_eq!((codes.len(), pages), (130, 3));
    assert!(codes.is_sorted());
    let (lombardia, _) = all_offices(&stage, "03", 0).await;
    assert_eq!(
        lombardia.len(),
        14,
        "twelve Sedi, the directorate and the coordination"
    );
}

#[tokio::test]
async fn holidays_are_those_of_the_year() {
    let stage = Stage::empty().await;
    let days = |year| {
        stage
            .grpc
            .list_holidays(Request::new(ListHolidaysRequest { year }))
    };
    let fourth_of_october = |days: &[proto::google::r#type::Date]| {
        days.iter().any(|day| (day.month, day.day) == (10, 4))
    };
    assert!(!fourth_of_october(
        &days(2025).await.unwrap().into_inner().days
    ));
    assert!(fourth_of_october(
        &days(2027).await.unwrap().into_inner().days
    ));
}

#[tokio::test]
async fn starting_again_leaves_the_tables_as_they_are() {
    let stage = Stage::empty().await;
    let rows = || async {
        sqlx::query_scalar!(r#"SELECT string_agg(o.code || o.xmin::text, ',' ORDER BY o.code) AS "rows!" FROM office o"#)
            .fetch_one(stage.database.database.pool())
            .await
            .unwrap()
    };
    let before = rows().await;
    let database = stage.database.database.clone();
    App::start(
        database,
        stage.clock.clone(),
        Ids::seeded(8),
        stage.stop.clone(),
        data::territory().unwrap(),
    )
    .await
    .unwrap();
    assert_eq!(rows().await, before);
}
