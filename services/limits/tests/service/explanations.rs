//! How a figure comes about, told week by week, and what has changed since.

use chassis::wire::date;
use kernel::Hours;
use limits::domain::ledger::Usage;
use limits::domain::staff::{Average, HoursGroup};
use limits::domain::{Cause, Scheme, exact};
use proto::omnia::common::v1 as common;
use proto::omnia::limits::v1 as pb;
use proto::omnia::limits::v1::limits_service_client::LimitsServiceClient;
use tonic::Status;
use tonic_types::StatusExt;

use crate::rpc::{transport, wire_unit};
use crate::world::{World, claims, day, industry, shop, ten_workers, unit};

async fn explain(
    world: &World,
    request: pb::ExplainRequest,
) -> Result<pb::ExplainResponse, Status> {
    let mut limits = LimitsServiceClient::new(transport(world, claims()));
    let request = pb::ExplainRequest {
        unit: Some(wire_unit()),
        ..request
    };
    Ok(limits.explain(request).await?.into_inner())
}

fn about(kind: pb::CounterKind) -> pb::ExplainRequest {
    pb::ExplainRequest {
        kinds: vec![kind.into()],
        ..pb::ExplainRequest::default()
    }
}

#[tokio::test]
async fn the_weeks_of_the_biennio_are_told_with_what_counted_and_what_did_not() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    let mut used = world.line(
        &unit(1),
        Scheme::Cigo,
        Cause::Ord,
        day(2026, 3, 2),
        day(2026, 3, 15),
    );
    used.usage = Some(Usage {
        dates: [day(2026, 3, 3), day(2026, 3, 4)].into(),
        ..Usage::default()
    });
    let mut covid = world.line(
        &unit(1),
        Scheme::Cigo,
        Cause::Ord,
        day(2026, 5, 4),
        day(2026, 5, 10),
    );
    covid.booking.flags.covid = true;
    world.import(&[used.clone(), covid.clone()]).await.unwrap();
    let told = explain(&world, about(pb::CounterKind::CigoBiennium))
        .await
        .unwrap();
    let [explanation] = &told.explanations[..] else {
        panic!("one counter was asked for: {told:?}");
    };
    assert_eq!(
        (explanation.used_units, explanation.limit_units),
        (12, 1_560)
    );
    assert_eq!(explanation.source, "art. 12 c. 3 D.Lgs. 148/2015");
    assert_eq!(explanation.rule, "biennium_weeks");
    let first = &explanation.weeks[0];
    assert_eq!(first.week, Some(date(day(2026, 3, 2))));
    assert_eq!((first.units, first.basis.as_str()), (12, "FRUITO"));
    assert_eq!(first.counted_entry_ids, [used.id.to_string()]);
    let last = explanation.weeks.last().unwrap();
    assert_eq!((last.units, last.running_total), (0, 12));
    assert_eq!(
        last.excluded,
        [pb::Exclusion {
            entry_id: covid.id.to_string(),
            reason: "COVID".to_owned()
        }]
    );
    assert_eq!(told.difference, None);
    for text in [&explanation.text_it, &explanation.text_en] {
        assert!(text.contains("art. 12 c. 3 D.Lgs. 148/2015"), "{text}");
        assert!(text.contains(&used.id.to_string()), "{text}");
    }
    assert_ne!(explanation.text_it, explanation.text_en);
    assert!(
        !explanation.text_it.contains(".."),
        "{}",
        explanation.text_it
    );
}

#[tokio::test]
async fn every_counter_is_explained_to_the_figure_that_get_counters_tells() {
    let world = World::new().await;
    world.staff.lock().unwrap().groups.push(HoursGroup {
        weekly_hours: exact::hundredths(3_850),
        heads: Average::known(exact::hundredths(733)),
    });
    world.knows(&unit(1), industry());
    let cds = world.line(
        &unit(1),
        Scheme::Cigs,
        Cause::Cds,
        day(2024, 1, 1),
        day(2024, 9, 10),
    );
    world.import(&[cds]).await.unwrap();
    world
        .reserve(&world.weeks(&unit(1), day(2026, 11, 23), 9))
        .await
        .unwrap();
    let week = Some(date(day(2027, 2, 1)));
    let told = explain(
        &world,
        pb::ExplainRequest {
            reference_week: week,
            ..pb::ExplainRequest::default()
        },
    );
    let told = told.await.unwrap();
    let mut limits = LimitsServiceClient::new(transport(&world, claims()));
    let request = pb::GetCountersRequest {
        unit: Some(wire_unit()),
        reference_week: week,
        as_known_at: told.known_at,
        staff: None,
    };
    let counters = limits.get_counters(request).await.unwrap().into_inner();
    let figures: Vec<_> = counters
        .counters
        .iter()
        .filter(|one| one.kind() != pb::CounterKind::CigoWaiting)
        .map(|one| (one.kind(), one.limit_units, one.used_units))
        .collect();
    let trails: Vec<_> = told
        .explanations
        .iter()
        .filter(|one| one.kind() != pb::CounterKind::CigoWaiting)
        .map(|one| (one.kind(), one.limit_units, one.used_units))
        .collect();
    assert_eq!(trails, figures);
    assert_eq!(trails.len(), 7);
    let hours = told
        .explanations
        .iter()
        .find_map(|one| one.hours.as_ref())
        .unwrap();
    // 38.5 × 7.33 × 104 = 29349.32
    assert_eq!(hours.workable_hours, "733733/25");
    assert_eq!((hours.divisor, hours.limit_hours), (3, 9_783));
}

#[tokio::test]
async fn a_past_answer_tells_what_has_changed_since() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    let line = |from, to| world.line(&unit(1), Scheme::Cigo, Cause::Ord, from, to);
    let early = line(day(2026, 3, 2), day(2026, 3, 8));
    world.import(std::slice::from_ref(&early)).await.unwrap();
    let then = explain(&world, about(pb::CounterKind::CigoBiennium))
        .await
        .unwrap();
    world.clock.advance(chrono::TimeDelta::hours(1));
    let late = line(day(2026, 4, 6), day(2026, 4, 12));
    world.import(std::slice::from_ref(&late)).await.unwrap();
    let again = explain(
        &world,
        pb::ExplainRequest {
            as_known_at: then.known_at,
            ..about(pb::CounterKind::CigoBiennium)
        },
    );
    let again = again.await.unwrap();
    assert_eq!(again.explanations, then.explanations);
    let difference = again.difference.unwrap();
    assert_eq!(
        difference.entries,
        [pb::EntryChange {
            entry_id: late.id.to_string(),
            kind: pb::EntryChangeKind::Added.into()
        }]
    );
    let used: Vec<_> = difference
        .counters
        .iter()
        .map(|change| {
            let (then, today) = (
                change.then.as_ref().unwrap(),
                change.today.as_ref().unwrap(),
            );
            assert_eq!(then.kind, today.kind);
            (then.kind(), then.used_units, today.used_units)
        })
        .collect();
    assert!(
        used.contains(&(pb::CounterKind::CigoBiennium, 30, 60)),
        "{used:?}"
    );
}

#[tokio::test]
async fn a_counter_that_cannot_be_told_is_refused_by_its_field() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    let refused = explain(&world, about(pb::CounterKind::CigoOneThird))
        .await
        .unwrap_err();
    let violations = refused.get_details_bad_request().unwrap().field_violations;
    assert_eq!(violations[0].field, "kinds");
}

fn asked(cause: pb::Cause, weeks: i32, hours: i64) -> pb::RequestOnTop {
    pb::RequestOnTop {
        cause: cause.into(),
        period: Some(common::WeekPeriod {
            first_week: Some(date(day(2026, 11, 23))),
            weeks,
        }),
        hours_hundredths: hours * 100,
        ..pb::RequestOnTop::default()
    }
}

fn with(request: pb::RequestOnTop) -> pb::ExplainRequest {
    pb::ExplainRequest {
        request: Some(request),
        ..pb::ExplainRequest::default()
    }
}

fn kinds(told: &pb::ExplainResponse) -> Vec<pb::CounterKind> {
    let kinds = told.explanations.iter();
    kinds.map(pb::Explanation::kind).collect()
}

#[tokio::test]
async fn a_request_is_explained_by_every_counter_that_looks_at_it() {
    let world = World::new().await;
    world.staff.lock().unwrap().groups = ten_workers();
    world.knows(&unit(1), industry());
    let mut running = world.line(
        &unit(1),
        Scheme::Cigo,
        Cause::Ord,
        day(2026, 10, 26),
        day(2026, 11, 22),
    );
    running.booking.hours = Hours::from_hundredths(160_000);
    world.import(&[running.clone()]).await.unwrap();
    let told = explain(&world, with(asked(pb::Cause::Ord, 3, 1_200))).await;
    let told = told.unwrap();
    assert_eq!(
        kinds(&told),
        [
            pb::CounterKind::CigoBiennium,
            pb::CounterKind::CigoContinuous,
            pb::CounterKind::CigoWaiting,
            pb::CounterKind::CigoOneThird,
            pb::CounterKind::TotalDuration,
        ]
    );
    let used: Vec<_> = told.explanations.iter().map(|one| one.used_units).collect();
    assert_eq!(used, [210, 7, 0, 2_800, 7 * 180]);
    let continuous = &told.explanations[1];
    assert_eq!(
        (continuous.window_start, continuous.window_end),
        (Some(date(day(2026, 10, 26))), Some(date(day(2026, 12, 13))))
    );
    let bases: Vec<_> = continuous
        .weeks
        .iter()
        .map(|week| &week.basis[..])
        .collect();
    assert_eq!(bases[2..5], ["AUTHORISED", "AUTHORISED", "REQUESTED"]);
    assert_eq!(continuous.weeks[6].running_total, 7);
    let third = &told.explanations[3];
    let hours = third.hours.as_ref().unwrap();
    assert_eq!(
        (
            &hours.requested_hours[..],
            &hours.used_hours[..],
            &hours.part[..],
            hours.limit_hours
        ),
        ("1200", "2800", "1/3", 13_866)
    );
    assert_eq!(hours.loads[0].entry_id, running.id.to_string());
    assert!(
        third.text_it.contains("Ore richieste: 1200,00\n"),
        "{}",
        third.text_it
    );
}

#[tokio::test]
async fn months_are_explained_with_their_causale_art_4_and_their_hours() {
    let world = World::new().await;
    world.staff.lock().unwrap().groups = ten_workers();
    world.knows(&unit(1), industry());
    let mut earlier = world.line(
        &unit(1),
        Scheme::Cigs,
        Cause::Riorg,
        day(2026, 1, 1),
        day(2026, 12, 31),
    );
    earlier.booking.hours = Hours::from_hundredths(365_000);
    world.import(&[earlier.clone()]).await.unwrap();
    let request = pb::RequestOnTop {
        cause: pb::Cause::Riorg.into(),
        months: Some(pb::MonthPeriod {
            first_day: Some(date(day(2026, 12, 1))),
            months: 7,
        }),
        hours_hundredths: 100_000,
        ..pb::RequestOnTop::default()
    };
    let told = explain(&world, with(request)).await.unwrap();
    assert_eq!(
        kinds(&told),
        [
            pb::CounterKind::TotalDuration,
            pb::CounterKind::CigsRiorg,
            pb::CounterKind::CigsHours
        ]
    );
    let [total, riorg, programme] = &told.explanations[..] else {
        panic!("{told:?}")
    };
    assert_eq!(
        (total.used_units, riorg.used_units),
        (18 * 780, 18 * 780),
        "December is counted once"
    );
    assert_eq!(riorg.window_end, Some(date(day(2027, 6, 30))));
    assert!(riorg.cigs.iter().any(|piece| piece.entry_id == "REQUESTED"));
    // 10 × 40 × 7 × 52 ÷ 12 = 36400/3, of which four fifths; December holds 31 of the 365 days of 3 650 hours.
    let hours = programme.hours.as_ref().unwrap();
    assert_eq!(
        (&hours.weeks[..], &hours.workable_hours[..], &hours.part[..]),
        ("91/3", "36400/3", "4/5")
    );
    assert_eq!(
        (
            programme.limit_units,
            programme.used_units,
            &hours.loads[0].hours[..],
            hours.divisor
        ),
        (9_706, 1_310, "310", 0)
    );
    assert!(
        programme
            .text_en
            .contains("≈30.33 weeks: ≈12133.33 × 0.80 = 9706"),
        "{}",
        programme.text_en
    );
}

#[tokio::test]
async fn a_counter_that_does_not_look_at_the_request_is_refused_by_its_field() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    let request = pb::ExplainRequest {
        request: Some(asked(pb::Cause::Ord, 1, 0)),
        ..about(pb::CounterKind::AisBiennium)
    };
    let refused = explain(&world, request).await.unwrap_err();
    let violations = refused.get_details_bad_request().unwrap().field_violations;
    assert_eq!(violations[0].field, "kinds");
    let nothing = pb::RequestOnTop {
        period: None,
        ..asked(pb::Cause::Ord, 1, 0)
    };
    let refused = explain(&world, with(nothing)).await.unwrap_err();
    let violations = refused.get_details_bad_request().unwrap().field_violations;
    assert_eq!(violations[0].field, "request.period");
}

#[tokio::test]
async fn one_third_of_the_hours_of_ais_informs_and_refuses_nothing() {
    let world = World::new().await;
    world.staff.lock().unwrap().groups = ten_workers();
    world.staff.lock().unwrap().headcount = Some(Average::known(exact::whole(10)));
    world.knows(&unit(1), shop());
    let mut command = world.ais(&unit(1), day(2026, 11, 23), 4, 10);
    command.booking.hours = Hours::from_hundredths(1_400_000);
    world.reserve(&command).await.unwrap();
    let told = explain(
        &world,
        pb::ExplainRequest {
            reference_week: Some(date(day(2027, 1, 4))),
            ..about(pb::CounterKind::AisOneThird)
        },
    );
    let told = told.await.unwrap();
    let [third] = &told.explanations[..] else {
        panic!("{told:?}")
    };
    assert_eq!(
        (third.used_units, third.limit_units, &third.source[..]),
        (14_000, 13_866, "msg INPS 583/2023")
    );
    assert!(third.text_it.contains("(indicativo)"), "{}", third.text_it);
    let mut limits = LimitsServiceClient::new(transport(&world, claims()));
    let request = pb::GetCountersRequest {
        unit: Some(wire_unit()),
        ..pb::GetCountersRequest::default()
    };
    let counters = limits.get_counters(request).await.unwrap().into_inner();
    let informative: Vec<_> = counters
        .counters
        .iter()
        .map(|one| (one.kind(), one.informative))
        .collect();
    assert_eq!(
        informative,
        [
            (pb::CounterKind::AisBiennium, false),
            (pb::CounterKind::AisOneThird, true),
            (pb::CounterKind::TotalDuration, false)
        ]
    );
}
