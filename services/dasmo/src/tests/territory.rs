//! Who sees what.

use chassis::access::Role;
use proto::omnia::dasmo::v1::{ListCasesRequest, VolumesFilter};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::rows;
use super::world::{
    Ask, Claim, OFFICES, World, central_manager, director_of_lombardia, director_of_milano,
    everything, offices, person,
};
use crate::settings::Settings;

/// One claim at each office, published.
async fn one_claim_everywhere(settings: Settings) -> World {
    let world = World::with("2026-11-24 09:00", settings).await;
    for (number, (office, _)) in OFFICES.iter().enumerate() {
        let number = u128::try_from(number).unwrap() + 1;
        world
            .feed
            .tell([Claim::number(number).submitted(office, "2026-11-23 10:00")]);
    }
    world.night().await.unwrap();
    world
}

fn reason(status: &Status) -> (Code, String) {
    (
        status.code(),
        status
            .get_error_details()
            .error_info()
            .unwrap()
            .reason
            .clone(),
    )
}

#[tokio::test]
async fn a_sede_is_shown_with_its_agencies_when_they_are_asked_for() {
    let world = one_claim_everywhere(Settings::default()).await;
    let request = |with_agencies| VolumesFilter {
        office: "490000".to_owned(),
        with_agencies,
        ..VolumesFilter::default()
    };
    let milano_alone = person(Role::Po, offices(&["490000"]), "490000");
    for (caller, seen) in [
        (central_manager(), &["490000", "490001"][..]),
        (director_of_milano(), &["490000", "490001"]),
        (milano_alone, &["490000"]),
    ] {
        for (with_agencies, seen) in [(false, &["490000"][..]), (true, seen)] {
            let list = ListCasesRequest {
                filter: Some(request(with_agencies)),
                ..ListCasesRequest::default()
            };
            let cases = world.cases(&caller, list).await.unwrap().cases;
            let offices: Vec<_> = cases.iter().map(|case| case.office.as_str()).collect();
            assert_eq!(offices, seen);
            let forecast = world.forecast(&caller, request(with_agencies)).await;
            let stock = forecast.unwrap().stock;
            assert_eq!(usize::try_from(stock).unwrap(), seen.len());
        }
    }
    let nowhere = VolumesFilter {
        with_agencies: true,
        ..VolumesFilter::default()
    };
    let refused = world.forecast(&central_manager(), nowhere).await;
    assert_eq!(refused.unwrap_err().code(), Code::InvalidArgument);
}

fn outside_scope() -> (Code, String) {
    (Code::PermissionDenied, "IDN-E05".to_owned())
}

#[tokio::test]
async fn everybody_sees_the_own_territory_and_no_totals_beyond_it() {
    let world = one_claim_everywhere(Settings::default()).await;
    let metropolitan = person(Role::Dcm, offices(&["490000", "490001"]), "MILANO");
    for (caller, seen) in [
        (director_of_milano(), &["490000", "490001"][..]),
        (metropolitan, &["490000", "490001"]),
        (director_of_lombardia(), &["490000", "490001", "490100"]),
        (
            central_manager(),
            &["040000", "490000", "490001", "490100", "700000"],
        ),
    ] {
        let picture = world.volumes(&caller, everything()).await.unwrap();
        let offices: Vec<_> = picture
            .cells
            .iter()
            .map(|cell| cell.office.as_str())
            .collect();
        assert_eq!(offices, seen, "{}", caller.role);
        assert_eq!(
            picture.total.unwrap().stock,
            i64::try_from(seen.len()).unwrap()
        );
        let cases = world
            .cases(&caller, ListCasesRequest::default())
            .await
            .unwrap()
            .cases;
        assert_eq!(cases.len(), seen.len());
    }
}

#[tokio::test]
async fn a_filter_narrows_within_the_territory() {
    let world = one_claim_everywhere(Settings::default()).await;
    let agency = world
        .volumes(&director_of_milano(), Ask::office("490001"))
        .await
        .unwrap();
    assert_eq!(agency.total.unwrap().stock, 1);
    let region = world
        .volumes(&director_of_lombardia(), Ask::region("03"))
        .await
        .unwrap();
    assert_eq!(region.total.unwrap().stock, 3);
    let lazio = world
        .volumes(&central_manager(), Ask::region("12"))
        .await
        .unwrap();
    assert_eq!(lazio.total.unwrap().stock, 1);
}

#[tokio::test]
async fn a_filter_outside_the_territory_is_refused_and_the_attempt_is_audited() {
    let world = one_claim_everywhere(Settings::default()).await;
    for (caller, ask) in [
        (director_of_milano(), Ask::office("490100")),
        (director_of_milano(), Ask::office("999999")),
        (director_of_milano(), Ask::region("03")),
        (director_of_lombardia(), Ask::office("700000")),
        (director_of_lombardia(), Ask::region("12")),
        (director_of_lombardia(), Ask::region("20")),
    ] {
        let refused = world.volumes(&caller, ask).await.unwrap_err();
        assert_eq!(reason(&refused), outside_scope());
    }
    let trail = rows::audited(&world.database.database, "dasmo.volumes").await;
    assert_eq!(trail.len(), 6);
    assert!(
        trail
            .iter()
            .all(|record| *record == ("REFUSED".to_owned(), Some("IDN-E05".to_owned()), 0))
    );
}

#[tokio::test]
async fn every_look_at_the_dashboard_leaves_its_trace() {
    let world = one_claim_everywhere(Settings::default()).await;
    world
        .volumes(&director_of_milano(), everything())
        .await
        .unwrap();
    world
        .cases(&director_of_milano(), ListCasesRequest::default())
        .await
        .unwrap();
    let done = |rows| vec![("DONE".to_owned(), None, rows)];
    assert_eq!(
        rows::audited(&world.database.database, "dasmo.volumes").await,
        done(2)
    );
    assert_eq!(
        rows::audited(&world.database.database, "dasmo.cases").await,
        done(2)
    );
}

#[tokio::test]
async fn with_the_regional_profile_a_director_of_an_office_sees_the_region_and_no_further() {
    let world = one_claim_everywhere(Settings {
        profilo_regionale: true,
        ..Settings::default()
    })
    .await;
    let picture = world
        .volumes(&director_of_milano(), everything())
        .await
        .unwrap();
    assert_eq!(picture.total.unwrap().stock, 3);
    assert!(
        world
            .volumes(&director_of_milano(), Ask::region("03"))
            .await
            .is_ok()
    );
    let refused = world
        .volumes(&director_of_milano(), Ask::office("700000"))
        .await
        .unwrap_err();
    assert_eq!(reason(&refused), outside_scope());
}

#[tokio::test]
async fn a_scope_that_has_no_offices_sees_nothing() {
    let world = one_claim_everywhere(Settings::default()).await;
    let sre = person(Role::Sre, chassis::identity::Scope::System, "");
    let refused = world.volumes(&sre, everything()).await.unwrap_err();
    assert_eq!(
        reason(&refused),
        (Code::PermissionDenied, "IDN-E04".to_owned())
    );
}
