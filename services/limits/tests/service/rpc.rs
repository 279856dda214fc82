//! The contract as a client sees it: messages, codes, reasons and the data that programs use.

use crate::world::{MATRICOLA, World, caller, claims, day, industry, unit};
use chassis::access::Role;
use chassis::identity::{Caller, Scope};
use chassis::wire::date;
use limits::app::App;
use proto::omnia::common::v1 as common;
use proto::omnia::limits::v1 as pb;
use proto::omnia::limits::v1::limits_service_client::LimitsServiceClient;
use proto::omnia::limits::v1::reservation_service_client::ReservationServiceClient;
use tonic::body::Body;
use tonic::codegen::http::Request;
use tonic::service::Routes;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use tower::ServiceExt;
use tower::util::MapRequest;

pub(crate) type Transport =
    MapRequest<Routes, Box<dyn FnMut(Request<Body>) -> Request<Body> + Send>>;

/// The routes of the service, behind what stands for the access layer.
pub(crate) fn transport(world: &World, caller: Caller) -> Transport {
    transport_to(&world.app, caller)
}

/// The same for one of several instances.
pub(crate) fn transport_to(app: &App, caller: Caller) -> Transport {
    limits::routes(app).map_request(Box::new(move |mut request: Request<Body>| {
        request.extensions_mut().insert(caller.clone());
        request
    }))
}

pub(crate) fn wire_unit() -> common::UnitKey {
    common::UnitKey {
        matricola: MATRICOLA.to_owned(),
        production_unit_code: 1,
    }
}

fn period(weeks: i32) -> common::WeekPeriod {
    common::WeekPeriod {
        first_week: Some(date(day(2026, 11, 23))),
        weeks,
    }
}

fn reserve(weeks: i32) -> pb::ReserveRequest {
    pb::ReserveRequest {
        reservation_id: "018f2f6e-0000-7000-8000-000000000001".to_owned(),
        unit: Some(wire_unit()),
        facts: Some(pb::UnitFacts {
            sector: "a".to_owned(),
            working_days: 5,
            ..pb::UnitFacts::default()
        }),
        scheme: pb::Scheme::Cigo.into(),
        cause: pb::Cause::Ord.into(),
        period: Some(period(weeks)),
        hours_hundredths: 52_000,
        origin: "claim:1".to_owned(),
        ..pb::ReserveRequest::default()
    }
}

fn reason(status: &Status) -> String {
    status
        .get_details_error_info()
        .expect("an ErrorInfo")
        .reason
}

#[tokio::test]
async fn a_reservation_is_made_confirmed_and_shown_to_the_consultant() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    let mut bookings = ReservationServiceClient::new(transport(&world, claims()));
    let reserved = bookings
        .reserve(reserve(13))
        .await
        .unwrap()
        .into_inner()
        .entry
        .unwrap();
    assert_eq!(reserved.state(), pb::EntryState::Reserved);
    assert!(reserved.expires_at.is_some());
    let id = reserved.entry_id.clone();
    let confirmed = bookings
        .confirm(pb::ConfirmRequest { reservation_id: id })
        .await
        .unwrap()
        .into_inner();
    assert_eq!(confirmed.entry.unwrap().state(), pb::EntryState::Authorised);

    let consultant = caller(Role::AzCon, Scope::Own(vec![MATRICOLA.to_owned()]));
    let mut limits = LimitsServiceClient::new(transport(&world, consultant));
    let request = pb::GetCountersRequest {
        unit: Some(wire_unit()),
        reference_week: Some(date(day(2027, 2, 25))),
        ..Default::default()
    };
    let counters = limits
        .get_counters(request)
        .await
        .unwrap()
        .into_inner()
        .counters;
    let biennium = counters
        .iter()
        .find(|counter| counter.kind() == pb::CounterKind::CigoBiennium)
        .unwrap();
    assert_eq!((biennium.used_units, biennium.residual_weeks), (390, 39));
    assert_eq!(biennium.source, "art. 12 c. 3 D.Lgs. 148/2015");
}

#[tokio::test]
async fn a_refusal_names_the_counter_and_what_could_be_granted() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    let mut bookings = ReservationServiceClient::new(transport(&world, claims()));
    let refused = bookings.reserve(reserve(14)).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    let info = refused.get_details_error_info().unwrap();
    assert_eq!(info.reason, "LIMIT_EXCEEDED");
    for (key, value) in [
        ("counter", "CIGO_CONTINUOUS"),
        ("grantableWeeks", "13"),
        ("firstFailingWeek", "2027-02-22"),
        ("source", "art. 12 c. 1 D.Lgs. 148/2015"),
    ] {
        assert_eq!(
            info.metadata.get(key).map(String::as_str),
            Some(value),
            "{key}"
        );
    }
}

#[tokio::test]
async fn a_simulation_says_what_fits_and_from_when_all_would() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    let mut limits = LimitsServiceClient::new(transport(&world, claims()));
    let request = pb::SimulateRequest {
        unit: Some(wire_unit()),
        cause: pb::Cause::Ord.into(),
        period: Some(period(13)),
        ..Default::default()
    };
    let answer = limits.simulate(request).await.unwrap().into_inner();
    let simulation = answer.simulation.unwrap();
    assert_eq!(
        (simulation.grantable_weeks, simulation.binding()),
        (13, pb::CounterKind::Unspecified)
    );
    assert_eq!(simulation.first_block_week, Some(date(day(2026, 11, 23))));
    assert_eq!(answer.counters.len(), 4);
}

#[tokio::test]
async fn a_week_before_the_reform_lies_outside_the_rules() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    let mut limits = LimitsServiceClient::new(transport(&world, claims()));
    let mut asked = async |reference| {
        let request = pb::GetCountersRequest {
            unit: Some(wire_unit()),
            reference_week: Some(date(reference)),
            ..Default::default()
        };
        limits.get_counters(request).await
    };
    assert!(asked(day(2015, 9, 24)).await.is_ok());
    let refused = asked(day(2015, 9, 20)).await.unwrap_err();
    let violations = refused.get_details_bad_request().unwrap().field_violations;
    assert_eq!(violations[0].field, "reference_week");
    assert!(
        violations[0].description.contains("total_months")
            && violations[0].description.contains("2015-09-24"),
        "{violations:?}"
    );
}

#[tokio::test]
async fn malformed_requests_name_the_field() {
    let world = World::new().await;
    let mut bookings = ReservationServiceClient::new(transport(&world, claims()));
    let tuesday = common::WeekPeriod {
        first_week: Some(date(day(2026, 11, 24))),
        weeks: 1,
    };
    let unknown_flag = vec!["covid-20".to_owned()];
    for (request, field) in [
        (
            pb::ReserveRequest {
                period: Some(tuesday),
                ..reserve(1)
            },
            "period.first_week",
        ),
        (
            pb::ReserveRequest {
                flags: unknown_flag,
                ..reserve(1)
            },
            "flags",
        ),
        (
            pb::ReserveRequest {
                cause: pb::Cause::Crisi.into(),
                ..reserve(1)
            },
            "cause",
        ),
    ] {
        let refused = bookings.reserve(request).await.unwrap_err();
        assert_eq!(
            (refused.code(), reason(&refused).as_str()),
            (Code::InvalidArgument, "FIELD_INVALID")
        );
        let violations = refused.get_details_bad_request().unwrap().field_violations;
        assert_eq!(violations[0].field, field);
    }
}

#[tokio::test]
async fn history_of_every_scheme_is_taken_and_nonsense_refused() {
    let world = World::new().await;
    let mut bookings = ReservationServiceClient::new(transport(&world, claims()));
    let line = |id: &str, scheme: pb::Scheme, cause: pb::Cause| pb::LedgerEntry {
        entry_id: id.to_owned(),
        unit: Some(wire_unit()),
        scheme: scheme.into(),
        cause: cause.into(),
        first_day: Some(date(day(2025, 3, 4))),
        last_day: Some(date(day(2025, 5, 1))),
        origin: "history:7".to_owned(),
        ..pb::LedgerEntry::default()
    };
    let entries = vec![
        line(
            "018f2f6e-0000-7000-8000-00000000000a",
            pb::Scheme::Cigs,
            pb::Cause::Cds,
        ),
        line(
            "018f2f6e-0000-7000-8000-00000000000b",
            pb::Scheme::Ais,
            pb::Cause::Eone,
        ),
    ];
    let created = bookings
        .import_history(pb::ImportHistoryRequest {
            entries,
            dry_run: false,
        })
        .await
        .unwrap()
        .into_inner()
        .created;
    assert_eq!(created, 2);
    let entries = vec![line(
        "018f2f6e-0000-7000-8000-00000000000c",
        pb::Scheme::Cigs,
        pb::Cause::Ord,
    )];
    let refused = bookings
        .import_history(pb::ImportHistoryRequest {
            entries,
            dry_run: false,
        })
        .await
        .unwrap_err();
    assert_eq!(
        refused.get_details_bad_request().unwrap().field_violations[0].field,
        "entries[0].cause"
    );
}
