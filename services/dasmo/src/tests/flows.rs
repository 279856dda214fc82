//! Payment flows: what is counted of them, who is counted, and the flows behind the number.

use std::collections::{BTreeMap, BTreeSet};

use chassis::access::Role;
use chassis::lifecycle::Stop;
use chassis::wire;
use chrono::NaiveDate;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use proto::omnia::claims::v1::{Causale, Product};
use proto::omnia::dasmo::v1::{
    Dimension, ExportFlowFiguresRequest, ExportFormat, ExportLanguage, FlowBreakdownPart,
    GetFlowBreakdownRequest, GetFlowTrendRequest, LinePersons, LineVolumes, ListStockFlowsRequest,
    Part, Persons, TrendStep, VolumesFilter,
};
use proto::omnia::feed::v1::Event;
use proto::omnia::payments::v1::{AnomalyCode, LineState};
use tonic::Code;
use tonic_types::StatusExt;

use super::flow::{CENTS, Flow, HOURS};
use super::rows;
use super::world::{
    Claim, OFFICES, World, central_manager, day, director_of_milano, offices, person,
};
use crate::app::snapshots::Feed;

/// Flows in every state on 23 November, at three offices.
async fn a_mixed_day() -> World {
    let world = World::at("2026-11-24 09:00").await;
    let mut paid = Flow::number(1, &[1, 2, 3, 4]);
    world.feed.tell([
        paid.received("490000", "2026-11-02 10:00"),
        paid.to(&[0, 1, 2, 3], LineState::InVerification, "2026-11-02 10:01"),
        paid.to(&[0, 1, 2], LineState::Verified, "2026-11-03 10:00"),
        paid.stopped(
            &[3],
            &[AnomalyCode::BenefitOverlap, AnomalyCode::CfUnknown],
            "2026-11-03 10:00",
        ),
        paid.to(&[0, 1, 2], LineState::Ordered, "2026-11-10 10:00"),
        paid.to(&[0, 1], LineState::Paid, "2026-11-12 10:00"),
        paid.to(&[2], LineState::Paid, "2026-11-23 10:00"),
        // The bank sends back what it had paid.
        paid.steps(
            &[
                (&[1], LineState::Returned, &[]),
                (&[1], LineState::Anomaly, &[AnomalyCode::IbanReturned]),
            ],
            None,
            "2026-11-23 15:00",
        ),
    ]);
    let mut rejected = Flow::number(2, &[5, 6]).because(Causale::Covid19Dl41);
    world.feed.tell([
        rejected.received("490100", "2026-11-20 10:00"),
        rejected.to(&[0], LineState::Cancelled, "2026-11-21 10:00"),
        rejected.rejected("2026-11-23 10:00"),
    ]);
    let mut old = Flow::number(3, &[1, 7]).of(Product::AisFis).of_nobody(1);
    world.feed.tell([
        old.received("700000", "2025-10-01 10:00"),
        old.to(&[0, 1], LineState::InVerification, "2025-10-01 10:01"),
        old.stopped(&[1], &[AnomalyCode::CfInvalid], "2025-10-02 10:00"),
    ]);
    world
        .feed
        .tell([Flow::number(4, &[8, 9, 10]).received("490000", "2026-11-23 11:00")]);
    world.night().await.unwrap();
    world
}

fn by(dimension: Dimension) -> GetFlowBreakdownRequest {
    GetFlowBreakdownRequest {
        by: dimension.into(),
        ..GetFlowBreakdownRequest::default()
    }
}

/// Value, received, paid, gone otherwise, and stock of each part.
fn seen(parts: &[FlowBreakdownPart]) -> Vec<(&str, i64, i64, i64, i64)> {
    parts
        .iter()
        .map(|part| {
            let it = part.volumes.as_ref().unwrap();
            let gone = it.rejected + it.cancelled;
            (part.value.as_str(), it.received, it.paid, gone, it.stock)
        })
        .collect()
}

async fn total_of(world: &World, request: GetFlowBreakdownRequest) -> (LineVolumes, LinePersons) {
    let answer = world.flow_breakdown(&central_manager(), request).await;
    let total = answer.unwrap().total.unwrap();
    (total.volumes.unwrap(), total.persons.unwrap())
}

#[tokio::test]
async fn every_dimension_cuts_the_lines_of_the_day() {
    let world = a_mixed_day().await;
    for (dimension, expected) in [
        (
            Dimension::Region,
            vec![("03", 3, 1, 1, 5), ("12", 0, 0, 0, 2)],
        ),
        (
            Dimension::Office,
            vec![
                ("490000", 3, 1, 0, 5),
                ("490100", 0, 0, 1, 0),
                ("700000", 0, 0, 0, 2),
            ],
        ),
        (
            Dimension::Product,
            vec![("AIS_FIS", 0, 0, 0, 2), ("CIGO", 3, 1, 1, 5)],
        ),
        (
            Dimension::Section,
            vec![("COVID", 0, 0, 1, 0), ("ORDINARY", 3, 1, 0, 7)],
        ),
        (
            Dimension::Causale,
            vec![("COVID19_DL41", 0, 0, 1, 0), ("MARKET_CRISIS", 3, 1, 0, 7)],
        ),
        (Dimension::PaymentMode, vec![("DIRECT", 3, 1, 1, 7)]),
        (Dimension::Sector, vec![("1", 3, 1, 1, 7)]),
        (Dimension::Size, vec![("16-50", 3, 1, 1, 7)]),
        (
            Dimension::Arrival,
            vec![("2025-10", 0, 0, 0, 2), ("2026-11", 3, 1, 1, 5)],
        ),
        (
            Dimension::Stage,
            vec![("STOPPED", 0, 0, 0, 3), ("VERIFYING", 0, 0, 0, 4)],
        ),
        (
            Dimension::Age,
            vec![
                ("0-15", 0, 0, 0, 3),
                ("16-30", 0, 0, 0, 2),
                (">365", 0, 0, 0, 2),
            ],
        ),
        (
            Dimension::Outcome,
            vec![("PAID", 0, 1, 0, 0), ("REJECTED", 0, 0, 1, 0)],
        ),
        (
            Dimension::Anomaly,
            vec![
                ("BENEFIT_OVERLAP", 0, 0, 0, 1),
                ("CF_INVALID", 0, 0, 0, 1),
                ("CF_UNKNOWN", 0, 0, 0, 1),
                ("IBAN_RETURNED", 0, 0, 0, 1),
            ],
        ),
    ] {
        let answer = world
            .flow_breakdown(&central_manager(), by(dimension))
            .await
            .unwrap();
        assert_eq!(seen(&answer.parts), expected, "{dimension:?}");
    }
}

#[tokio::test]
async fn the_day_tells_flows_lines_amounts_hours_and_how_long_payments_took() {
    let world = a_mixed_day().await;
    let (total, _) = total_of(&world, by(Dimension::Section)).await;
    assert_eq!((total.received_flows, total.received), (1, 3));
    assert_eq!(
        (total.received_hours_hundredths, total.received_cents),
        (3 * HOURS, 3 * CENTS)
    );
    assert_eq!((total.paid_cents, total.rejected_cents), (CENTS, CENTS));
    assert_eq!((total.sent_back, total.reopened), (1, 1));
    assert_eq!(
        (
            total.stock_verifying,
            total.stock_stopped,
            total.stock_to_order,
            total.stock_ordered
        ),
        (4, 3, 0, 0)
    );
    assert_eq!((total.stock_chronic, total.stock_very_old), (2, 2));
    assert_eq!(
        (total.stock_hours_hundredths, total.stock_cents),
        (7 * HOURS, 7 * CENTS)
    );
    let days = total.payment_days.unwrap();
    assert_eq!(
        (days.mean_hundredths, days.median, days.p90),
        (2_100, 21, 21)
    );
    let ages: Vec<i64> = total.ages.iter().map(|class| class.claims).collect();
    assert_eq!(ages, [3, 2, 0, 0, 0, 0, 2]);
}

#[tokio::test]
async fn an_interval_sums_movements_and_compares_the_stock_with_thirty_days_before() {
    let world = a_mixed_day().await;
    let request = GetFlowBreakdownRequest {
        from: Some(wire::date(day("2026-11-01"))),
        ..by(Dimension::Office)
    };
    let answer = world
        .flow_breakdown(&central_manager(), request.clone())
        .await
        .unwrap();
    assert_eq!(
        seen(&answer.parts),
        [
            ("490000", 7, 3, 0, 5),
            ("490100", 2, 0, 2, 0),
            ("700000", 0, 0, 0, 2)
        ]
    );
    let total = answer.total.unwrap();
    let rates = total.rates.unwrap();
    assert_eq!(
        (rates.clearance_hundredths, rates.acceptance_hundredths),
        (Some(5_556), Some(6_000)),
        "5 of 9 came to an end, 3 of 5 were paid"
    );
    assert_eq!(total.growing, Some(true));
    let days = total.volumes.unwrap().payment_days.unwrap();
    assert_eq!(
        (days.mean_hundredths, days.median, days.p90),
        (1_367, 10, 21)
    );
}

fn told(persons: Option<Persons>) -> Option<i64> {
    let persons = persons.unwrap();
    (!persons.below_three).then_some(persons.count)
}

#[tokio::test]
async fn distinct_workers_are_counted_once_and_not_told_below_three() {
    let world = a_mixed_day().await;
    let (_, persons) = total_of(&world, by(Dimension::Product)).await;
    // 1, 2 and 4 have a line in stock each, and 8 to 10 since today; whose the invalid line is nobody knows.
    assert_eq!(told(persons.stock), Some(6));
    assert_eq!(told(persons.received), Some(3));
    assert_eq!(told(persons.paid), None, "one worker was paid");
    // 1 was paid for a CIGO and waits for an AIS; 2 was paid, and the money came back.
    assert_eq!(told(persons.first_payment_pending), Some(6));

    let since = GetFlowBreakdownRequest {
        from: Some(wire::date(day("2026-11-01"))),
        ..by(Dimension::Product)
    };
    let (_, persons) = total_of(&world, since).await;
    assert_eq!(told(persons.received), Some(9), "1 to 6 and 8 to 10");
    assert_eq!(told(persons.paid), Some(3));

    let answer = world
        .flow_breakdown(&central_manager(), by(Dimension::Anomaly))
        .await
        .unwrap();
    for part in &answer.parts {
        let persons = part.persons.unwrap();
        assert_eq!(told(persons.stock), None, "{}", part.value);
        assert_eq!(
            persons.stock.unwrap().count,
            0,
            "not hidden by the page alone"
        );
    }
}

#[tokio::test]
async fn workers_of_a_picture_are_those_of_its_day_whatever_came_later() {
    let world = a_mixed_day().await;
    let request = GetFlowBreakdownRequest {
        as_of: Some(wire::date(day("2026-11-23"))),
        ..by(Dimension::Product)
    };
    let before = total_of(&world, request.clone()).await;
    // Steps of the day itself that come after it was published are not shown before it is made again.
    let mut late = Flow::number(5, &[20, 21, 22]);
    let event = late.received("490000", "2026-11-23 20:00");
    world.feed.take_in(vec![event]).await.unwrap();
    assert_eq!(total_of(&world, request.clone()).await, before);

    world.night().await.unwrap();
    let (volumes, persons) = total_of(&world, request).await;
    assert_eq!((volumes.received, volumes.stock), (6, 10));
    assert_eq!(told(persons.stock), Some(9));
    let noted = world.flow_corrections(&director_of_milano()).await.unwrap();
    assert_eq!(noted.len(), 1);
    assert_eq!(
        (
            noted[0].received_before,
            noted[0].received_after,
            noted[0].stock_after
        ),
        (3, 6, 8)
    );
    let claims = world.corrections(&director_of_milano()).await.unwrap();
    assert!(claims.is_empty(), "the figures of claims are the same");
}

#[tokio::test]
async fn flows_are_listed_by_any_characteristics_together_and_counted() {
    let world = a_mixed_day().await;
    let parts = |parts: &[(Dimension, &str)]| ListStockFlowsRequest {
        filter: Some(VolumesFilter {
            parts: parts
                .iter()
                .map(|(dimension, value)| Part {
                    dimension: (*dimension).into(),
                    value: (*value).to_owned(),
                })
                .collect(),
            ..VolumesFilter::default()
        }),
        ..ListStockFlowsRequest::default()
    };
    for (asked, found) in [
        (parts(&[]), vec![3, 1, 4]),
        (parts(&[(Dimension::Stage, "STOPPED")]), vec![3, 1]),
        (parts(&[(Dimension::Anomaly, "CF_UNKNOWN")]), vec![1]),
        (
            parts(&[
                (Dimension::Stage, "VERIFYING"),
                (Dimension::Arrival, "2026-11"),
            ]),
            vec![4],
        ),
        (
            ListStockFlowsRequest {
                only_very_old: true,
                ..parts(&[])
            },
            vec![3],
        ),
        (
            ListStockFlowsRequest {
                filter: Some(VolumesFilter {
                    section: "COVID".to_owned(),
                    ..VolumesFilter::default()
                }),
                ..ListStockFlowsRequest::default()
            },
            vec![],
        ),
    ] {
        let page = world.stock_flows(&central_manager(), asked.clone()).await;
        let page = page.unwrap();
        let ids: Vec<String> = page.flows.iter().map(|flow| flow.flow_id.clone()).collect();
        let expected: Vec<String> = found
            .iter()
            .map(|number| Flow::number(*number, &[]).id().to_string())
            .collect();
        assert_eq!(ids, expected, "{asked:?}");
        assert_eq!(usize::try_from(page.total).unwrap(), found.len());
    }
}

#[tokio::test]
async fn a_listed_flow_tells_its_lines_by_stage_and_no_person() {
    let world = a_mixed_day().await;
    let id = Flow::number(1, &[]).id();
    let flow = world.stock_flow(&director_of_milano(), id).await.unwrap();
    assert_eq!((flow.lines, flow.stock, flow.stock_stopped), (4, 2, 2));
    assert_eq!(
        flow.anomalies,
        ["BENEFIT_OVERLAP", "CF_UNKNOWN", "IBAN_RETURNED"]
    );
    assert!(flow.workers.unwrap().below_three);
    assert_eq!((flow.age_days, flow.kind.as_str()), (21, "UNIEMENS_CIG"));
    assert_eq!((flow.hours_hundredths, flow.cents), (2 * HOURS, 2 * CENTS));

    let roma = person(Role::Dsede, offices(&["700000"]), "700000");
    let refused = world.stock_flow(&roma, id).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
}

#[tokio::test]
async fn pages_follow_each_other_over_the_same_day() {
    let world = a_mixed_day().await;
    let mut asked = ListStockFlowsRequest {
        page_size: 2,
        ..ListStockFlowsRequest::default()
    };
    let first = world
        .stock_flows(&central_manager(), asked.clone())
        .await
        .unwrap();
    world.it_is("2026-11-25 09:00");
    world.night().await.unwrap();
    asked.page_token = first.next_page_token;
    let second = world.stock_flows(&central_manager(), asked).await.unwrap();
    assert_eq!((first.flows.len(), second.flows.len()), (2, 1));
    assert_eq!(second.as_of, first.as_of);
}

#[tokio::test]
async fn claims_are_not_cut_by_anomalies() {
    let world = a_mixed_day().await;
    let refused = world
        .breakdown(
            &central_manager(),
            proto::omnia::dasmo::v1::GetBreakdownRequest {
                by: Dimension::Anomaly.into(),
                ..Default::default()
            },
        )
        .await
        .unwrap_err();
    let details = refused.get_error_details();
    assert_eq!(
        details.bad_request().unwrap().field_violations[0].field,
        "by"
    );
}

#[tokio::test]
async fn a_trend_and_a_forecast_go_over_the_same_lines() {
    let world = a_mixed_day().await;
    let weeks = world
        .flow_trend(
            &central_manager(),
            GetFlowTrendRequest {
                from: Some(wire::date(day("2026-11-02"))),
                to: Some(wire::date(day("2026-11-23"))),
                filter: None,
                step: TrendStep::Week.into(),
            },
        )
        .await
        .unwrap();
    let figures: Vec<_> = weeks
        .iter()
        .map(|week| {
            let total = week.total.as_ref().unwrap();
            (
                week.day.unwrap().day,
                total.received,
                total.paid,
                total.stock,
            )
        })
        .collect();
    assert_eq!(
        figures,
        [(8, 4, 0, 6), (15, 0, 2, 4), (22, 2, 0, 5), (23, 3, 1, 7)]
    );
    let forecast = world
        .flow_forecast(&central_manager(), VolumesFilter::default())
        .await
        .unwrap();
    assert_eq!((forecast.stock, forecast.pace_days), (7, 28));
    // 9 came; 3 were paid, one of them came back, 2 were cancelled.
    assert_eq!(
        (
            forecast.received_a_day_hundredths,
            forecast.gone_a_day_hundredths
        ),
        (32, 14)
    );
    assert_eq!(forecast.clears_on, None);
}

#[tokio::test]
async fn a_table_of_flows_tells_filters_and_workers_as_the_page_does() {
    let world = a_mixed_day().await;
    let export = |breakdown, flows| ExportFlowFiguresRequest {
        breakdown,
        flows,
        format: ExportFormat::Csv.into(),
        language: ExportLanguage::Italian.into(),
        ..ExportFlowFiguresRequest::default()
    };
    let request = export(Some(by(Dimension::Stage)), None);
    let (header, bytes) = world
        .export_flows(&director_of_milano(), request)
        .await
        .unwrap();
    let text = String::from_utf8(bytes).unwrap();
    assert_eq!(header.rows_total, 3, "two stages and the total");
    assert!(header.file_name.starts_with("dasmo-flussi-dati-20261123"));
    let head = text.lines().find(|line| line.starts_with("Fase;")).unwrap();
    let total = text
        .lines()
        .find(|line| line.starts_with("Totale;"))
        .unwrap();
    assert_eq!(head.split(';').count(), total.split(';').count());
    assert!(head.ends_with("In attesa del primo pagamento"));
    // The director of Milano sees two stopped lines, of two workers, and three that came today.
    let stopped = text
        .lines()
        .find(|line| line.starts_with("fermo;"))
        .unwrap();
    assert!(stopped.ends_with("<3;<3"), "{stopped}");
    assert!(total.ends_with(";5;5"), "{total}");

    let list = ListStockFlowsRequest {
        only_chronic: true,
        ..ListStockFlowsRequest::default()
    };
    let (header, bytes) = world
        .export_flows(&central_manager(), export(None, Some(list)))
        .await
        .unwrap();
    assert_eq!(header.rows_total, 1);
    assert!(String::from_utf8(bytes).unwrap().contains("solo croniche"));
    let audited = rows::audited(&world.database.database, "dasmo.export").await;
    assert_eq!(audited.len(), 2);

    let pdf = ExportFlowFiguresRequest {
        format: ExportFormat::Pdf.into(),
        ..export(Some(by(Dimension::Office)), None)
    };
    let (header, bytes) = world.export_flows(&central_manager(), pdf).await.unwrap();
    assert_eq!(header.media_type, "application/pdf");
    assert!(bytes.starts_with(b"%PDF-"));
}

#[tokio::test]
async fn a_rebuild_and_another_order_of_events_make_the_same_pictures_of_flows() {
    let world = a_mixed_day().await;
    let figures = rows::line_figures(&world.database.database).await;
    world.snapshots.rebuild(&Stop::new()).await.unwrap();
    assert_eq!(rows::line_figures(&world.database.database).await, figures);
    assert!(
        world
            .flow_corrections(&central_manager())
            .await
            .unwrap()
            .is_empty(),
        "the same figures are no correction"
    );
}

#[tokio::test]
async fn a_line_whose_last_step_was_lost_makes_no_picture() {
    let world = World::at("2026-11-24 09:00").await;
    let mut flow = Flow::number(1, &[1]);
    world
        .feed
        .tell([flow.received("490000", "2026-11-20 10:00")]);
    world.night().await.unwrap();
    let event = flow.to(&[0], LineState::Cancelled, "2026-11-24 10:00");
    world.feed.tell([event]);
    world.it_is("2026-11-25 09:00");
    world.feed.catch_up().await.unwrap();
    rows::lose_last_line_step(&world.database.database, flow.id()).await;
    let failure = world.night().await.unwrap_err();
    let mut cause: &dyn std::error::Error = &failure;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    assert!(
        cause.to_string().contains("DAS-1") || cause.to_string().contains("list behind"),
        "{cause}"
    );
    let last = world.freshness().await;
    assert_eq!(last.as_of.unwrap().day, 23, "the last good day stays");
    assert!(last.stale);
}

/// Random lives of flows: where, when it came, and what its lines did after how many days.
type Life = (usize, u64, Vec<Vec<(u8, u64)>>);

fn lives() -> impl Strategy<Value = Vec<Life>> {
    let steps = proptest::collection::vec((0..8_u8, 0..4_u64), 0..6);
    let lines = proptest::collection::vec(steps, 1..5);
    proptest::collection::vec((0..OFFICES.len(), 0..12_u64, lines), 1..12)
}

/// Where each line of a flow stood from which day on.
type Stood = BTreeMap<(u128, usize), Vec<(NaiveDate, LineState)>>;

/// The events of these lives in the order of their instants, and where each line stood on each day.
fn told_of(lives: &[Life]) -> (Vec<Event>, Stood) {
    let first = day("2026-11-02");
    let on = |offset: u64| first + chrono::Days::new(offset);
    let mut events = Vec::new();
    let mut stood = Stood::new();
    for (number, (office, came, lines)) in (1..).zip(lives) {
        let workers: Vec<u128> = (0..lines.len() as u128)
            .map(|line| number * 3 + line)
            .collect();
        let mut flow = Flow::number(number, &workers);
        events.push((
            *came,
            0,
            flow.received(OFFICES[*office].0, &format!("{} 08:00", on(*came))),
        ));
        let mut steps: Vec<(u64, usize, LineState)> = Vec::new();
        for (line, moves) in lines.iter().enumerate() {
            stood
                .entry((number, line))
                .or_default()
                .push((on(*came), LineState::Received));
            let mut when = *came;
            for (state, later) in moves {
                when += later;
                let state = LineState::try_from(i32::from(*state) + 1).unwrap();
                steps.push((when, line, state));
            }
        }
        steps.sort_by_key(|(when, ..)| *when);
        for (order, (when, line, state)) in (1..).zip(steps) {
            let at = format!("{} {:02}:{:02}", on(when), 9 + order / 60, order % 60);
            events.push((when, order, flow.to(&[line], state, &at)));
            stood
                .entry((number, line))
                .or_default()
                .push((on(when), state));
        }
    }
    events.sort_by_key(|(when, order, _)| (*when, *order));
    (events.into_iter().map(|(.., event)| event).collect(), stood)
}

#[tokio::test]
async fn stock_and_workers_are_those_of_a_plain_count_on_every_day() {
    let mut runner = TestRunner::deterministic();
    for _ in 0..3 {
        let lives = lives().new_tree(&mut runner).unwrap().current();
        let (events, stood) = told_of(&lives);
        let world = World::at("2026-12-24 09:00").await;
        for batch in events.chunks(7) {
            world.feed.take_in(batch.to_vec()).await.unwrap();
        }
        world.night().await.unwrap();
        for offset in (0..40).step_by(3) {
            let on = day("2026-11-02") + chrono::Days::new(offset);
            let mut stock = 0;
            let mut workers = BTreeSet::new();
            for ((flow, line), steps) in &stood {
                let last = steps.iter().rfind(|(when, _)| *when <= on);
                if last.is_some_and(|(_, state)| {
                    !matches!(state, LineState::Paid | LineState::Cancelled)
                }) {
                    stock += 1;
                    workers.insert(flow * 3 + *line as u128);
                }
            }
            let request = GetFlowBreakdownRequest {
                as_of: Some(wire::date(on)),
                ..by(Dimension::Office)
            };
            let Ok(answer) = world.flow_breakdown(&central_manager(), request).await else {
                assert_eq!(stock, 0, "{on} lies before the first flow");
                continue;
            };
            let total = answer.total.unwrap();
            assert_eq!(total.volumes.unwrap().stock, stock, "{on}");
            let counted = i64::try_from(workers.len()).unwrap();
            let shown = told(total.persons.unwrap().stock);
            assert_eq!(shown, (counted >= 3).then_some(counted), "{on}");
        }
    }
}

#[tokio::test]
async fn claims_and_flows_are_counted_apart() {
    let world = a_mixed_day().await;
    let claims = world
        .volumes(&central_manager(), super::world::everything())
        .await
        .unwrap();
    assert_eq!(claims.total.unwrap().stock, 0);
    let mut claim = Claim::number(1);
    world
        .feed
        .tell([claim.submitted("490000", "2026-11-24 10:00")]);
    world.it_is("2026-11-25 09:00");
    world.night().await.unwrap();
    let (total, _) = total_of(&world, by(Dimension::Section)).await;
    assert_eq!((total.received, total.stock), (0, 7));
}
