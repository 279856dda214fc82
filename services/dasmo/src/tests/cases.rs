//! The list behind the number.

use proto::omnia::claims::v1::{Causale, ClaimState};
use proto::omnia::dasmo::v1::{Dimension, ListCasesRequest, Part, VolumesFilter};
use tonic::Code;
use tonic_types::StatusExt;

use super::rows;
use super::world::{Claim, World, central_manager, director_of_milano};

async fn five_cases() -> World {
    let world = World::at("2026-11-24 09:00").await;
    let mut waiting = Claim::number(2).set_off();
    world.feed.tell([
        Claim::number(1).submitted("490000", "2025-11-01 10:00"),
        waiting.submitted("490000", "2026-04-01 10:00"),
        waiting.to(ClaimState::UnderReview, "2026-04-02 10:00"),
        waiting.to(ClaimState::SupplementPending, "2026-04-03 10:00"),
        Claim::number(3)
            .because(Causale::Covid19L178)
            .by("7", 400)
            .submitted("490000", "2026-11-20 10:00"),
        Claim::number(4)
            .by("7", 400)
            .submitted("490001", "2026-11-21 10:00"),
        Claim::number(5).submitted("700000", "2026-11-21 10:00"),
    ]);
    world.night().await.unwrap();
    world
}

fn parts(parts: &[(Dimension, &str)]) -> ListCasesRequest {
    let part = |(dimension, value): &(Dimension, &str)| Part {
        dimension: (*dimension).into(),
        value: (*value).to_owned(),
    };
    ListCasesRequest {
        filter: Some(VolumesFilter {
            parts: parts.iter().map(part).collect(),
            ..VolumesFilter::default()
        }),
        ..ListCasesRequest::default()
    }
}

#[tokio::test]
async fn cases_are_filtered_by_any_characteristics_together_and_counted() {
    let world = five_cases().await;
    for (asked, found) in [
        (parts(&[]), vec![1, 2, 3, 4]),
        (parts(&[(Dimension::Stage, "WAITING")]), vec![2]),
        (parts(&[(Dimension::PaymentMode, "CONGUAGLIO")]), vec![2]),
        (parts(&[(Dimension::Arrival, "2026-11")]), vec![3, 4]),
        (
            parts(&[
                (Dimension::Sector, "7"),
                (Dimension::Causale, "MARKET_CRISIS"),
            ]),
            vec![4],
        ),
        (
            parts(&[(Dimension::Size, "0-5"), (Dimension::Age, "0-15")]),
            vec![3, 4],
        ),
        (parts(&[(Dimension::Age, "31-60")]), vec![]),
        (
            ListCasesRequest {
                only_chronic: true,
                ..parts(&[])
            },
            vec![1, 2],
        ),
        (
            ListCasesRequest {
                only_very_old: true,
                ..parts(&[])
            },
            vec![1],
        ),
    ] {
        let page = world
            .cases(&director_of_milano(), asked.clone())
            .await
            .unwrap();
        let numbers: Vec<u128> = page
            .cases
            .iter()
            .map(|case| case.claim_id.parse::<uuid::Uuid>().unwrap().as_u128())
            .collect();
        assert_eq!(numbers, found, "{asked:?}");
        assert_eq!(usize::try_from(page.total).unwrap(), found.len());
        assert!(!page.total_exceeded);
    }
}

#[tokio::test]
async fn a_section_is_a_filter_of_its_own() {
    let world = five_cases().await;
    let filter = VolumesFilter {
        section: "COVID".to_owned(),
        ..VolumesFilter::default()
    };
    let asked = ListCasesRequest {
        filter: Some(filter),
        ..ListCasesRequest::default()
    };
    let page = world.cases(&director_of_milano(), asked).await.unwrap();
    assert_eq!(page.cases.len(), 1);
    assert_eq!(page.cases[0].causale, "COVID19_L178");
    assert_eq!(
        (page.cases[0].sector.as_str(), page.cases[0].size.as_str()),
        ("7", "0-5")
    );
    assert_eq!(page.cases[0].submitted_on.map(|it| it.day), Some(20));
}

#[tokio::test]
async fn an_outcome_or_the_same_characteristic_twice_is_refused() {
    let world = five_cases().await;
    for asked in [
        parts(&[(Dimension::Outcome, "REJECTION")]),
        parts(&[(Dimension::Sector, "1"), (Dimension::Sector, "7")]),
    ] {
        let refused = world.cases(&director_of_milano(), asked).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        let details = refused.get_error_details();
        let violations = &details.bad_request().unwrap().field_violations;
        assert_eq!(violations[0].field, "filter.parts");
    }
}

#[tokio::test]
async fn a_case_is_found_by_its_id_inside_the_territory_only() {
    let world = five_cases().await;
    let [milano, roma, absent] = [1, 5, 9].map(|number| Claim::number(number).id());
    assert!(
        world
            .case(&director_of_milano(), milano)
            .await
            .unwrap()
            .very_old
    );
    assert_eq!(
        world.case(&central_manager(), roma).await.unwrap().office,
        "700000"
    );
    for hidden in [roma, absent] {
        let refused = world.case(&director_of_milano(), hidden).await.unwrap_err();
        assert_eq!(refused.code(), Code::NotFound);
    }
    let trail = rows::audited(&world.database.database, "dasmo.case").await;
    assert_eq!(
        trail.len(),
        4,
        "looking for what is not there leaves its trace too"
    );
}
