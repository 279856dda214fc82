//! Weeks of AIS and months of CIGS are set aside as those of CIGO are: every counter that binds decides, under the lock of
//! the unit, and a refusal says which one and what would fit.

use chassis::Reason;
use chassis::wire::date;
use chrono::{Days, NaiveDate, TimeDelta};
use futures_util::future::join_all;
use kernel::Hours;
use kernel::calendar::add_months;
use limits::app::ReserveCommand;
use limits::domain::ledger::State;
use limits::domain::{Cause, Flags, Scheme, Staff};
use proto::omnia::common::v1 as common;
use proto::omnia::limits::v1 as pb;
use proto::omnia::limits::v1::reservation_service_client::ReservationServiceClient;
use tonic::Status;
use tonic_types::StatusExt;

use crate::rpc::{Transport, transport, wire_unit};
use crate::world::{World, claims, day, industry, shop, ten_workers, unit};

/// Eight weeks of AIS in the two years before November 2026, as in the example E17.
async fn eight_weeks_used(world: &World) {
    let used = world.line(
        &unit(1),
        Scheme::Ais,
        Cause::Ord,
        day(2025, 10, 6),
        day(2025, 11, 30),
    );
    world.knows(&unit(1), shop());
    world.import(&[used]).await.unwrap();
}

/// Fourteen months of riorganizzazione: ten are left.
async fn ten_months_left(world: &World) {
    let used = world.line(
        &unit(1),
        Scheme::Cigs,
        Cause::Riorg,
        day(2024, 1, 1),
        day(2025, 2, 28),
    );
    world.knows(&unit(1), industry());
    world.import(&[used]).await.unwrap();
}

async fn granted_at_once(world: &World, commands: &[ReserveCommand]) -> usize {
    let outcomes = join_all(commands.iter().map(|command| world.reserve(command))).await;
    for refused in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert_eq!(refused.reason(), Reason::LimitExceeded, "{refused}");
    }
    outcomes.iter().filter(|outcome| outcome.is_ok()).count()
}

/// What a refusal tells of counter, source, what fits, and what first does not.
async fn refused(world: &World, command: &ReserveCommand) -> Vec<(String, String)> {
    let failure = world.reserve(command).await.unwrap_err();
    assert_eq!(failure.reason(), Reason::LimitExceeded, "{failure}");
    told(failure)
}

fn told(failure: chassis::Failure) -> Vec<(String, String)> {
    let info = Status::from(failure).get_details_error_info().unwrap();
    let mut metadata: Vec<_> = info.metadata.into_iter().collect();
    metadata.sort();
    metadata
}

fn says(pairs: [(&str, &str); 4]) -> Vec<(String, String)> {
    let owned = pairs.map(|(key, value)| (key.to_owned(), value.to_owned()));
    owned.to_vec()
}

fn with_hours(mut command: ReserveCommand, hours: i64) -> ReserveCommand {
    command.told.staff.groups = ten_workers();
    command.booking.hours = Hours::from_hundredths(hours * 100);
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn forty_requests_of_a_week_of_ais_at_once_take_exactly_the_last_five() {
    let world = World::new().await;
    eight_weeks_used(&world).await;
    let commands: Vec<_> = (0..40)
        .map(|offset| world.ais(&unit(1), day(2026, 11, 23) + Days::new(offset * 7), 1, 5))
        .collect();
    assert_eq!(granted_at_once(&world, &commands).await, 5);
}

#[tokio::test]
async fn a_shop_of_five_is_told_which_week_of_ais_no_longer_fits_and_a_larger_one_has_them_all() {
    let world = World::new().await;
    eight_weeks_used(&world).await;
    assert_eq!(
        refused(&world, &world.ais(&unit(1), day(2026, 11, 23), 13, 5)).await,
        says([
            ("counter", "AIS_BIENNIUM"),
            ("firstFailingWeek", "2026-12-28"),
            ("grantableWeeks", "5"),
            ("source", "art. 29 c. 3-bis D.Lgs. 148/2015"),
        ])
    );
    let larger = world.ais(&unit(1), day(2026, 11, 23), 13, 6);
    world.reserve(&larger).await.unwrap();
    let booked = world.confirm(larger.id).await.unwrap();
    assert_eq!(
        (booked.state, booked.booking.scheme),
        (State::Authorised, Scheme::Ais)
    );
}

#[tokio::test]
async fn art_4_counts_ais_beside_cigs() {
    let world = World::new().await;
    ten_months_left(&world).await;
    let full = world.line(
        &unit(1),
        Scheme::Cigs,
        Cause::Crisi,
        day(2025, 3, 1),
        day(2025, 11, 30),
    );
    world.import(&[full]).await.unwrap();
    let refusal = refused(&world, &world.ais(&unit(1), day(2026, 11, 23), 5, 20)).await;
    assert_eq!(
        refusal[..3],
        says([
            ("counter", "TOTAL_DURATION"),
            ("firstFailingWeek", "2026-12-21"),
            ("grantableWeeks", "4"),
            ("", ""),
        ])[..3],
        "a month of the 24 is left, which is four weeks and a third"
    );
}

#[tokio::test]
async fn ais_is_not_booked_where_nobody_tells_the_headcount() {
    let world = World::new().await;
    world.knows(&unit(1), shop());
    let mut unknown = world.ais(&unit(1), day(2026, 11, 23), 1, 5);
    unknown.told.staff.headcount = None;
    let failure = world.reserve(&unknown).await.unwrap_err();
    assert_eq!(
        failure.violations()[0].field,
        "facts.staff.employer_monthly_heads_hundredths"
    );
    unknown.booking.flags = Flags {
        covid: true,
        ..Flags::default()
    };
    assert!(
        world.reserve(&unknown).await.is_ok(),
        "a neutral period asks for no counter"
    );
}

#[tokio::test]
async fn cigo_and_ais_exclude_each_other() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    let mut ais = world.ais(&unit(1), day(2026, 11, 23), 1, 5);
    ais.told.facts = industry();
    let mut cigo = world.weeks(&unit(1), day(2026, 11, 23), 1);
    cigo.told.facts = shop();
    for command in [ais, cigo] {
        let failure = world.reserve(&command).await.unwrap_err();
        assert_eq!(failure.reason(), Reason::ProductNotCompatible);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn thirty_requests_of_a_month_of_cigs_at_once_take_exactly_the_last_ten() {
    let world = World::new().await;
    ten_months_left(&world).await;
    let commands: Vec<_> = (0..30)
        .map(|offset| {
            let from = add_months(day(2026, 12, 1), offset);
            world.months(&unit(1), Cause::Riorg, from, 1)
        })
        .collect();
    let granted = granted_at_once(&world, &commands).await;
    // All thirty lie within five years of the first of the fourteen months but for the last four.
    let free_again = i32::try_from(granted).unwrap() - 10;
    assert!((0..=5).contains(&free_again), "{granted}");
    let measured = measured_at_every_end(&world).await;
    assert!(
        measured.iter().all(|units| *units <= 18_720),
        "{measured:?}"
    );
    assert!(measured.contains(&18_720), "not a month is left unsold");
}

/// UM of art. 4 at the end of each authorised month.
async fn measured_at_every_end(world: &World) -> Vec<i64> {
    let entries = world.ledger(&unit(1)).await;
    let all = limits::domain::ledger::unit_of(industry(), Staff::default(), &entries, None);
    let total =
        limits::domain::total_duration::TotalDuration::new(&all, &limits::domain::rules::IN_FORCE);
    let ends = entries.iter().map(|entry| entry.booking.period.last_day());
    ends.map(|last| total.measure(last).used_units).collect()
}

#[tokio::test]
async fn a_new_crisis_waits_for_two_thirds_of_the_one_before() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    let year = world.months(&unit(1), Cause::Crisi, day(2025, 1, 1), 12);
    world.reserve(&year).await.unwrap();
    world.confirm(year.id).await.unwrap();
    let early = world.months(&unit(1), Cause::Crisi, day(2026, 8, 31), 6);
    assert_eq!(
        refused(&world, &early).await,
        says([
            ("counter", "CIGS_CRISI"),
            ("firstFailingMonthEnd", "2026-09-29"),
            ("grantableMonths", "0"),
            ("source", "art. 22 c. 2 D.Lgs. 148/2015"),
        ])
    );
    let in_time = world.months(&unit(1), Cause::Crisi, day(2026, 9, 1), 6);
    world.reserve(&in_time).await.unwrap();
}

#[tokio::test]
async fn a_crisis_booked_for_later_keeps_the_gap_before_it_free() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    let later = world.months(&unit(1), Cause::Crisi, day(2027, 9, 1), 6);
    world.reserve(&later).await.unwrap();
    // Three months up to February ask for two of pause, nine up to August for six.
    let long = world.months(&unit(1), Cause::Crisi, day(2026, 12, 1), 8);
    let refusal = refused(&world, &long).await;
    assert_eq!(
        refusal[1..3],
        says([
            ("", ""),
            ("firstFailingMonthEnd", "2027-05-31"),
            ("grantableMonths", "5"),
            ("", ""),
        ])[1..3],
        "six months would end on 31 May and ask for four of pause"
    );
    let short = world.months(&unit(1), Cause::Crisi, day(2026, 12, 1), 5);
    world.reserve(&short).await.unwrap();
}

#[tokio::test]
async fn a_year_of_cigo_leaves_twelve_of_eighteen_months_of_riorganizzazione() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    let year = world.line(
        &unit(1),
        Scheme::Cigo,
        Cause::Ord,
        day(2023, 1, 2),
        day(2023, 12, 31),
    );
    world.import(&[year]).await.unwrap();
    let asked = world.months(&unit(1), Cause::Riorg, day(2025, 1, 1), 18);
    assert_eq!(
        refused(&world, &asked).await,
        says([
            ("counter", "TOTAL_DURATION"),
            ("firstFailingMonthEnd", "2026-01-31"),
            ("grantableMonths", "12"),
            ("source", "art. 4 c. 1 D.Lgs. 148/2015"),
        ]),
        "as in the example E24"
    );
}

#[tokio::test]
async fn a_programme_suspends_four_fifths_of_its_hours_and_not_one_more() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    let year = |hours| {
        let command = world.months(&unit(1), Cause::Riorg, day(2026, 12, 1), 12);
        with_hours(command, hours)
    };
    assert_eq!(
        refused(&world, &year(16_641)).await,
        says([
            ("counter", "CIGS_HOURS"),
            ("firstFailingMonthEnd", "2026-12-31"),
            ("grantableMonths", "0"),
            (
                "source",
                "art. 22 c. 4 e art. 44 c. 3 D.Lgs. 148/2015; Min. Lavoro circ. 16/2017"
            ),
        ])
    );
    world.reserve(&year(16_640)).await.unwrap();
    let beside = refused(&world, &year(1)).await;
    assert_eq!(beside[0].1, "CIGS_HOURS", "all that may be suspended is");
    let mut solidarity = year(20_000);
    solidarity.booking.cause = Cause::Cds;
    solidarity.booking.period = world
        .months(&unit(1), Cause::Cds, day(2027, 12, 1), 12)
        .booking
        .period;
    world.reserve(&solidarity).await.unwrap();
}

#[tokio::test]
async fn hours_of_earlier_weeks_leave_later_ones_their_third() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    let weeks = |first: NaiveDate, hours| with_hours(world.weeks(&unit(1), first, 4), hours);
    world
        .reserve(&weeks(day(2027, 3, 1), 13_000))
        .await
        .unwrap();
    let refusal = refused(&world, &weeks(day(2026, 11, 23), 867)).await;
    assert_eq!(refusal[0].1, "CIGO_ONE_THIRD");
    world.reserve(&weeks(day(2026, 11, 23), 866)).await.unwrap();
}

#[tokio::test]
async fn months_that_lapsed_and_were_given_away_are_told_when_confirmed() {
    let world = World::new().await;
    ten_months_left(&world).await;
    let late = world.months(&unit(1), Cause::Riorg, day(2026, 12, 1), 10);
    world.reserve(&late).await.unwrap();
    world.clock.advance(TimeDelta::hours(25));
    let other = world.months(&unit(1), Cause::Riorg, day(2027, 10, 1), 3);
    world.reserve(&other).await.unwrap();
    let failure = world.confirm(late.id).await.unwrap_err();
    assert_eq!(failure.reason(), Reason::ReservationExpired);
    assert_eq!(
        told(failure)[..3],
        says([
            ("counter", "CIGS_RIORG"),
            ("firstFailingMonthEnd", "2027-07-31"),
            ("grantableMonths", "7"),
            ("", ""),
        ])[..3]
    );
}

fn bookings(world: &World) -> ReservationServiceClient<Transport> {
    ReservationServiceClient::new(transport(world, claims()))
}

fn unit_facts(sector: &str, heads: Vec<i64>) -> pb::UnitFacts {
    pb::UnitFacts {
        sector: sector.to_owned(),
        working_days: 5,
        staff: Some(pb::Staff {
            employer_monthly_heads_hundredths: heads,
            groups: Vec::new(),
        }),
        ..pb::UnitFacts::default()
    }
}

fn weeks_asked(weeks: i32) -> common::WeekPeriod {
    common::WeekPeriod {
        first_week: Some(date(day(2026, 11, 23))),
        weeks,
    }
}

fn months_asked(months: i32) -> pb::MonthPeriod {
    pb::MonthPeriod {
        first_day: Some(date(day(2026, 12, 1))),
        months,
    }
}

#[tokio::test]
async fn claims_evaluate_ais_of_a_shop_and_cigs_of_anybody() {
    let world = World::new().await;
    eight_weeks_used(&world).await;
    let ask = |cause: pb::Cause, period, months, heads| {
        let request = pb::EvaluateRequest {
            unit: Some(wire_unit()),
            facts: Some(unit_facts("fis", heads)),
            cause: cause.into(),
            period,
            months,
            ..pb::EvaluateRequest::default()
        };
        let mut api = bookings(&world);
        async move { api.evaluate(request).await }
    };
    let ais = ask(pb::Cause::Ord, Some(weeks_asked(13)), None, vec![500; 6]).await;
    let ais = ais.unwrap().into_inner();
    let simulation = ais.simulation.unwrap();
    assert_eq!(
        (simulation.grantable_weeks, simulation.binding()),
        (5, pb::CounterKind::AisBiennium)
    );
    assert_eq!(ais.source, "art. 29 c. 3-bis D.Lgs. 148/2015");
    assert_eq!(ais.counters[0].residual_weeks, 5);
    let crisis = ask(
        pb::Cause::Crisi,
        None,
        Some(months_asked(13)),
        vec![1_600; 6],
    )
    .await;
    let months = crisis.unwrap().into_inner().months.unwrap();
    assert_eq!(
        (months.grantable_months, months.binding()),
        (12, pb::CounterKind::CigsCrisi)
    );
    let alone = ask(pb::Cause::Unspecified, None, None, Vec::new()).await;
    let alone = alone.unwrap().into_inner();
    assert_eq!((alone.simulation, alone.months), (None, None));
    let unknown = ask(pb::Cause::Ord, Some(weeks_asked(1)), None, Vec::new()).await;
    let violations = unknown.unwrap_err().get_details_bad_request().unwrap();
    assert_eq!(
        violations.field_violations[0].field,
        "facts.staff.employer_monthly_heads_hundredths"
    );
}

#[tokio::test]
async fn weeks_and_months_are_booked_by_their_own_schemes() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    let request = |scheme: pb::Scheme, cause: pb::Cause| pb::ReserveRequest {
        reservation_id: "018f2f6e-0000-7000-8000-000000000001".to_owned(),
        unit: Some(wire_unit()),
        facts: Some(unit_facts("a", Vec::new())),
        scheme: scheme.into(),
        cause: cause.into(),
        origin: "claim:1".to_owned(),
        ..pb::ReserveRequest::default()
    };
    let (ordinary, extraordinary) = (pb::Scheme::Cigo, pb::Scheme::Cigs);
    let (ord, crisi) = (pb::Cause::Ord, pb::Cause::Crisi);
    for (asked, field) in [
        (request(ordinary, crisi), "cause"),
        (request(extraordinary, ord), "cause"),
        (request(ordinary, ord), "period"),
        (request(extraordinary, crisi), "months"),
        (
            pb::ReserveRequest {
                period: Some(weeks_asked(1)),
                months: Some(months_asked(1)),
                ..request(extraordinary, crisi)
            },
            "period",
        ),
        (
            pb::ReserveRequest {
                period: Some(weeks_asked(1)),
                months: Some(months_asked(1)),
                ..request(ordinary, ord)
            },
            "months",
        ),
        (
            pb::ReserveRequest {
                period: Some(weeks_asked(1)),
                zero_hours: true,
                ..request(ordinary, ord)
            },
            "zero_hours",
        ),
    ] {
        let status = bookings(&world).reserve(asked).await.unwrap_err();
        let violations = status.get_details_bad_request().unwrap().field_violations;
        assert_eq!(violations[0].field, field);
    }
    let months = pb::ReserveRequest {
        months: Some(months_asked(2)),
        zero_hours: true,
        ..request(extraordinary, crisi)
    };
    let entry = bookings(&world).reserve(months).await.unwrap();
    let entry = entry.into_inner().entry.unwrap();
    assert_eq!(
        (
            entry.scheme(),
            entry.first_day,
            entry.last_day,
            entry.zero_hours
        ),
        (
            extraordinary,
            Some(date(day(2026, 12, 1))),
            Some(date(day(2027, 1, 31))),
            true
        )
    );
}

#[tokio::test]
async fn weeks_of_cigs_count_by_their_days_and_ask_for_every_month_that_they_touch() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    let request = |id: u128, weeks: i32| pb::ReserveRequest {
        reservation_id: uuid::Uuid::from_u128(id).to_string(),
        unit: Some(wire_unit()),
        facts: Some(unit_facts("a", vec![1_600; 6])),
        scheme: pb::Scheme::Cigs.into(),
        cause: pb::Cause::Crisi.into(),
        period: Some(weeks_asked(weeks)),
        origin: "claim:1".to_owned(),
        ..pb::ReserveRequest::default()
    };
    let refused = bookings(&world).reserve(request(1, 53)).await.unwrap_err();
    let info = refused.get_details_error_info().unwrap();
    assert_eq!(info.reason, "LIMIT_EXCEEDED");
    assert_eq!(info.metadata["counter"], "CIGS_CRISI");
    assert_eq!(info.metadata["grantableMonths"], "12");
    let booked = bookings(&world).reserve(request(2, 52)).await.unwrap();
    let entry = booked.into_inner().entry.unwrap();
    assert_eq!(
        (entry.first_day, entry.last_day),
        (Some(date(day(2026, 11, 23))), Some(date(day(2027, 11, 21)))),
        "364 days, and not the whole of twelve months"
    );
}
