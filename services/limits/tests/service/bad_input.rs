//! What cannot be right is refused by every method, and names the field and the rule.

use chassis::identity::Caller;
use chassis::wire::date;
use chrono::NaiveDate;
use kernel::Hours;
use limits::domain::{Cause, Facts, Scheme, Staff};
use proto::omnia::common::v1 as common;
use proto::omnia::limits::v1 as pb;
use proto::omnia::limits::v1::limits_service_client::LimitsServiceClient;
use proto::omnia::limits::v1::reservation_service_client::ReservationServiceClient;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::rpc::{Transport, transport, wire_unit};
use crate::world::{World, claims, day, industry, shop, ten_workers, unit};

fn limits(world: &World) -> LimitsServiceClient<Transport> {
    LimitsServiceClient::new(transport(world, claims()))
}

fn bookings(world: &World) -> ReservationServiceClient<Transport> {
    ReservationServiceClient::new(transport(world, claims()))
}

/// The field and the rule that a refusal names first.
fn named(refused: &Status) -> (String, String) {
    let violations = refused.get_details_bad_request().unwrap().field_violations;
    let first = violations.into_iter().next().unwrap();
    (first.field, first.description)
}

fn weeks(first: NaiveDate, weeks: i32) -> common::WeekPeriod {
    common::WeekPeriod {
        first_week: Some(date(first)),
        weeks,
    }
}

fn months(first: NaiveDate, months: i32) -> pb::MonthPeriod {
    pb::MonthPeriod {
        first_day: Some(date(first)),
        months,
    }
}

/// What is asked for, before it is put to a method.
#[derive(Clone, Default)]
struct Ask {
    cause: pb::Cause,
    period: Option<common::WeekPeriod>,
    months: Option<pb::MonthPeriod>,
    hours: i64,
}

impl Ask {
    /// The first violation that each method which takes requests names, without what stands before the field.
    async fn refused(&self, world: &World, facts: Facts) -> Vec<(String, String)> {
        let Self {
            cause,
            period,
            months,
            hours,
        } = self.clone();
        let unit = Some(wire_unit());
        let told = Some(pb::UnitFacts {
            sector: facts.sector.to_string(),
            working_days: 5,
            ..pb::UnitFacts::default()
        });
        let simulate = pb::SimulateRequest {
            unit: unit.clone(),
            cause: cause.into(),
            period,
            months,
            hours_hundredths: hours,
            ..pb::SimulateRequest::default()
        };
        let explain = pb::ExplainRequest {
            unit: unit.clone(),
            request: Some(pb::RequestOnTop {
                cause: cause.into(),
                period,
                months,
                hours_hundredths: hours,
                flags: Vec::new(),
            }),
            ..pb::ExplainRequest::default()
        };
        let evaluate = pb::EvaluateRequest {
            unit: unit.clone(),
            facts: told.clone(),
            cause: cause.into(),
            period,
            months,
            hours_hundredths: hours,
            ..pb::EvaluateRequest::default()
        };
        let scheme = match (months, facts == shop()) {
            (Some(_), _) => pb::Scheme::Cigs,
            (None, true) => pb::Scheme::Ais,
            (None, false) => pb::Scheme::Cigo,
        };
        let reserve = pb::ReserveRequest {
            reservation_id: "018f2f6e-0000-7000-8000-000000000001".to_owned(),
            unit,
            facts: told,
            scheme: scheme.into(),
            cause: cause.into(),
            period,
            months,
            hours_hundredths: hours,
            origin: "claim:1".to_owned(),
            ..pb::ReserveRequest::default()
        };
        let statuses = [
            limits(world).simulate(simulate).await.map(|_| ()),
            limits(world).explain(explain).await.map(|_| ()),
            bookings(world).evaluate(evaluate).await.map(|_| ()),
            bookings(world).reserve(reserve).await.map(|_| ()),
        ];
        statuses
            .into_iter()
            .map(|status| {
                let (field, rule) = named(&status.unwrap_err());
                let field = field.trim_start_matches("request.").to_owned();
                (field, rule)
            })
            .collect()
    }
}

async fn with_ten_workers(facts: Facts) -> World {
    let world = World::new().await;
    world.staff.lock().unwrap().groups = ten_workers();
    world.knows(&unit(1), facts);
    world
}

#[tokio::test]
async fn more_hours_than_there_are_to_work_are_refused_by_every_method() {
    let world = with_ten_workers(industry()).await;
    for (ask, hours) in [
        (
            Ask {
                cause: pb::Cause::Ord,
                period: Some(weeks(day(2026, 11, 23), 4)),
                ..Ask::default()
            },
            // 10 × 40 × 104 weeks.
            41_600,
        ),
        (
            Ask {
                cause: pb::Cause::Cds,
                months: Some(months(day(2026, 12, 1), 12)),
                ..Ask::default()
            },
            // 10 × 40 × 52 weeks.
            20_800,
        ),
    ] {
        let over = Ask {
            hours: hours * 100 + 1,
            ..ask
        };
        for (field, rule) in over.refused(&world, industry()).await {
            assert_eq!(field, "hours_hundredths");
            assert!(rule.contains("workable hours"), "{rule}");
        }
    }
}

#[tokio::test]
async fn days_that_the_rules_do_not_cover_are_refused_by_every_method() {
    let world = with_ten_workers(industry()).await;
    for (ask, field, rule) in [
        (
            Ask {
                cause: pb::Cause::Ord,
                period: Some(weeks(day(2015, 9, 14), 1)),
                ..Ask::default()
            },
            "period",
            "total_months, which holds from 2015-09-24",
        ),
        (
            Ask {
                cause: pb::Cause::Crisi,
                months: Some(months(day(2015, 9, 23), 3)),
                ..Ask::default()
            },
            "months",
            "crisi_months, which holds from 2015-09-24",
        ),
    ] {
        for (at_fault, text) in ask.refused(&world, industry()).await {
            assert_eq!(at_fault, field);
            assert!(text.contains(rule), "{text}");
        }
    }
    let world = World::new().await;
    world.staff.lock().unwrap().headcount = Some(limits::domain::staff::Average::known(
        limits::domain::exact::whole(5),
    ));
    world.knows(&unit(1), shop());
    let before_2022 = Ask {
        cause: pb::Cause::Ord,
        period: Some(weeks(day(2021, 12, 27), 2)),
        ..Ask::default()
    };
    for (field, text) in before_2022.refused(&world, shop()).await {
        assert_eq!(field, "period");
        assert!(
            text.contains("ais_small_heads, which holds from 2022-01-01"),
            "{text}"
        );
    }
    let counters = pb::GetCountersRequest {
        unit: Some(wire_unit()),
        reference_week: Some(date(day(2021, 12, 27))),
        ..pb::GetCountersRequest::default()
    };
    let refused = limits(&world).get_counters(counters).await.unwrap_err();
    assert_eq!(named(&refused).0, "reference_week");
}

#[tokio::test]
async fn a_unit_that_nobody_knows_is_named_by_every_method() {
    let world = World::new().await;
    let ask = Ask {
        cause: pb::Cause::Ord,
        period: Some(weeks(day(2026, 11, 23), 1)),
        ..Ask::default()
    };
    for (field, rule) in ask.refused(&world, industry()).await {
        assert_eq!(field, "unit");
        assert!(rule.starts_with("must be known to the anagrafe"), "{rule}");
    }
    let (unit, mut limits) = (Some(wire_unit()), limits(&world));
    let counters = pb::GetCountersRequest {
        unit: unit.clone(),
        ..pb::GetCountersRequest::default()
    };
    let ledger = pb::ListLedgerRequest {
        unit: unit.clone(),
        ..pb::ListLedgerRequest::default()
    };
    let versions = pb::ListEntryVersionsRequest {
        unit,
        entry_id: "018f2f6e-0000-7000-8000-000000000001".to_owned(),
        ..pb::ListEntryVersionsRequest::default()
    };
    for refused in [
        limits.get_counters(counters).await.map(|_| ()),
        limits.list_ledger(ledger).await.map(|_| ()),
        limits.list_entry_versions(versions).await.map(|_| ()),
    ] {
        let refused = refused.unwrap_err();
        assert_eq!(
            refused.code(),
            Code::NotFound,
            "as one that the caller may not see"
        );
        assert_eq!(named(&refused).0, "unit");
    }
}

#[tokio::test]
async fn history_with_more_hours_than_there_were_to_work_names_the_line() {
    let world = with_ten_workers(industry()).await;
    let operator = Caller::service("operator");
    let line = |first, last, hours: i64| {
        let mut line = world.line(&unit(1), Scheme::Cigo, Cause::Ord, first, last);
        line.booking.hours = Hours::from_hundredths(hours * 100);
        line
    };
    let within = line(day(2025, 3, 3), day(2025, 3, 30), 41_600);
    let over = line(day(2025, 5, 5), day(2025, 6, 1), 41_601);
    let batch = [within.clone(), over];
    let refused = world.app.import_history(&operator, &batch, true).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.violations().len(), 1);
    assert_eq!(refused.violations()[0].field, "entries[1].hours_hundredths");
    world
        .app
        .import_history(&operator, &[within], false)
        .await
        .unwrap();
    *world.staff.lock().unwrap() = Staff::default();
    world.knows(&unit(1), industry());
    let unjudged = line(day(2025, 5, 5), day(2025, 6, 1), 41_601);
    world
        .app
        .import_history(&operator, &[unjudged], false)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_correction_with_more_hours_than_there_were_to_work_names_them() {
    let world = with_ten_workers(industry()).await;
    let line = world.line(
        &unit(1),
        Scheme::Cigo,
        Cause::Ord,
        day(2025, 3, 3),
        day(2025, 3, 30),
    );
    world.import(std::slice::from_ref(&line)).await.unwrap();
    let ledger = pb::ListLedgerRequest {
        unit: Some(wire_unit()),
        ..pb::ListLedgerRequest::default()
    };
    let ledger = limits(&world).list_ledger(ledger).await.unwrap();
    let entry = ledger.into_inner().entries.remove(0);
    let correct = |hours_hundredths, number| pb::CorrectEntryRequest {
        request_id: format!("018f2f6e-0000-7000-8000-00000000000{number}"),
        entry: Some(pb::LedgerEntry {
            hours_hundredths,
            ..entry.clone()
        }),
        reason: "hours were missing".to_owned(),
    };
    let over = bookings(&world).correct_entry(correct(4_160_001, 1)).await;
    assert_eq!(named(&over.unwrap_err()).0, "entry.hours_hundredths");
    let within = bookings(&world).correct_entry(correct(4_160_000, 2)).await;
    assert!(within.is_ok());
}
