//! The ledger on a real database: reservations at the same instant, repeated, lapsed, confirmed and given back.

use crate::world::{
    MATRICOLA, OFFICE, World, about, caller, claims, day, industry, noon, shop, unit,
};
use chassis::Reason;
use chassis::access::Role;
use chassis::identity::Scope;
use chrono::{Days, TimeDelta};
use futures_util::future::join_all;
use kernel::calendar::add_months;
use kernel::{Hours, Week};
use limits::app::{ReserveCommand, Told, Wish};
use limits::domain::cigs::{cause_measure, crises, next_crisis_from};
use limits::domain::ledger::{Entry, State, UnitKey, unit_of};
use limits::domain::rules::IN_FORCE;
use limits::domain::total_duration::TotalDuration;
use limits::domain::{
    Cause, CounterKind, Counting, Facts, Flags, Request, Scheme, Sector, Staff, WeekTable,
};
use limits::planted::PlantedBug;
use proptest::prelude::*;
use proto::omnia::limits::v1 as pb;

/// A manufacturer of whom claims tell nothing else.
fn told() -> Told {
    Told {
        facts: industry(),
        staff: Staff::default(),
        filed_on: None,
    }
}

/// History that leaves room for exactly ten weeks under art. 4: 21 months and 20 days of CIGS.
async fn ten_weeks_left(world: &World, unit: &UnitKey) {
    let cigs = world.line(
        unit,
        Scheme::Cigs,
        Cause::Riorg,
        day(2024, 1, 1),
        day(2025, 10, 20),
    );
    assert_eq!(world.import(&[cigs]).await.unwrap(), 1);
}

/// As many requests of one week each, on weeks that follow one another.
fn one_week_each(world: &World, unit: &UnitKey, count: u64) -> Vec<ReserveCommand> {
    (0..count)
        .map(|offset| world.weeks(unit, day(2026, 11, 23) + Days::new(offset * 7), 1))
        .collect()
}

async fn granted_at_once(world: &World, commands: &[ReserveCommand]) -> usize {
    let outcomes = join_all(commands.iter().map(|command| world.reserve(command))).await;
    for refused in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert_eq!(refused.reason(), Reason::LimitExceeded, "{refused}");
    }
    outcomes.iter().filter(|outcome| outcome.is_ok()).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_reservations_at_once_take_exactly_the_last_ten_weeks() {
    let world = World::new().await;
    ten_weeks_left(&world, &unit(1)).await;
    let commands = one_week_each(&world, &unit(1), 64);
    assert_eq!(granted_at_once(&world, &commands).await, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn reservations_at_once_take_exactly_the_last_ten_weeks_of_the_biennium() {
    let world = World::new().await;
    let used = world.line(
        &unit(1),
        Scheme::Cigo,
        Cause::Ord,
        day(2026, 2, 2),
        day(2026, 11, 22),
    );
    world.import(&[used]).await.unwrap();
    // 42 weeks are used, and the windows of the 62 that follow hold them all.
    let commands = one_week_each(&world, &unit(1), 62);
    assert_eq!(granted_at_once(&world, &commands).await, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_lock_the_last_weeks_are_sold_twice() {
    let world = World::with_bug(PlantedBug::SkipLock).await;
    for code in 1..=50 {
        ten_weeks_left(&world, &unit(code)).await;
        let commands = one_week_each(&world, &unit(code), 64);
        if granted_at_once(&world, &commands).await > 10 {
            return;
        }
    }
    panic!("the planted bug was never seen: the test above proves nothing");
}

#[tokio::test]
async fn a_confirmation_books_once_and_with_the_planted_bug_twice() {
    for (bug, expected) in [(None, 1), (Some(PlantedBug::DoubleReservation), 2)] {
        let world = match bug {
            None => World::new().await,
            Some(bug) => World::with_bug(bug).await,
        };
        world.knows(&unit(1), industry());
        let command = world.weeks(&unit(1), day(2026, 11, 23), 4);
        world.reserve(&command).await.unwrap();
        world.confirm(command.id).await.unwrap();
        world.confirm(command.id).await.unwrap();
        assert_eq!(world.ledger(&unit(1)).await.len(), expected, "{bug:?}");
    }
}

#[tokio::test]
async fn the_same_reservation_again_gives_the_same_answer_and_another_day() {
    let world = World::new().await;
    let command = world.weeks(&unit(1), day(2026, 11, 23), 13);
    let first = world.reserve(&command).await.unwrap();
    assert_eq!(
        first.state,
        State::Reserved {
            expires_at: noon() + TimeDelta::hours(24)
        }
    );
    world.clock.advance(TimeDelta::hours(23));
    let again = world.reserve(&command).await.unwrap();
    assert_eq!(
        again.state,
        State::Reserved {
            expires_at: noon() + TimeDelta::hours(47)
        }
    );
    assert_eq!(again.becoming(first.state), first);
}

#[tokio::test]
async fn a_reservation_repeated_after_its_confirmation_is_the_authorised_one() {
    let world = World::new().await;
    let command = world.weeks(&unit(1), day(2026, 11, 23), 13);
    world.reserve(&command).await.unwrap();
    let confirmed = world.confirm(command.id).await.unwrap();
    assert_eq!(confirmed.state, State::Authorised);
    assert_eq!(world.reserve(&command).await.unwrap(), confirmed);
}

#[tokio::test]
async fn the_same_id_for_other_weeks_is_refused() {
    let world = World::new().await;
    let command = world.weeks(&unit(1), day(2026, 11, 23), 4);
    world.reserve(&command).await.unwrap();
    let mut other = command.clone();
    other.booking.hours = Hours::from_hundredths(1);
    assert_eq!(
        world.reserve(&other).await.unwrap_err().reason(),
        Reason::IdnE12
    );
}

#[tokio::test]
async fn a_request_over_the_limit_is_refused_and_leaves_nothing() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    let command = world.weeks(&unit(1), day(2026, 11, 23), 14);
    assert_eq!(
        world.reserve(&command).await.unwrap_err().reason(),
        Reason::LimitExceeded
    );
    assert!(world.ledger(&unit(1)).await.is_empty());
}

#[tokio::test]
async fn weeks_set_aside_are_free_again_after_a_day_even_before_the_job_has_marked_them() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    ten_weeks_left(&world, &unit(1)).await;
    let forgotten = world.weeks(&unit(1), day(2026, 11, 23), 10);
    let wanted = world.weeks(&unit(1), day(2027, 3, 1), 10);
    world.reserve(&forgotten).await.unwrap();
    assert_eq!(
        world.reserve(&wanted).await.unwrap_err().reason(),
        Reason::LimitExceeded
    );
    world.clock.advance(TimeDelta::hours(25));
    world.reserve(&wanted).await.unwrap();
    assert_eq!(state_of(&world, &unit(1), &forgotten).await, State::Expired);
}

#[tokio::test]
async fn the_job_marks_what_has_lapsed_and_nothing_else() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    let old = world.weeks(&unit(1), day(2026, 11, 23), 1);
    world.reserve(&old).await.unwrap();
    world.clock.advance(TimeDelta::hours(23));
    let young = world.weeks(&unit(1), day(2027, 1, 4), 1);
    let kept = world.reserve(&young).await.unwrap();
    world.clock.advance(TimeDelta::hours(1));
    world.expire().await;
    world.expire().await;
    assert_eq!(state_of(&world, &unit(1), &old).await, State::Expired);
    assert_eq!(state_of(&world, &unit(1), &young).await, kept.state);
    assert_eq!(events(&world).await, ["RESERVED", "RESERVED", "EXPIRED"]);
}

#[tokio::test]
async fn a_lapsed_reservation_is_confirmed_when_its_weeks_are_still_free() {
    let world = World::new().await;
    let command = world.weeks(&unit(1), day(2026, 11, 23), 10);
    world.reserve(&command).await.unwrap();
    world.clock.advance(TimeDelta::hours(25));
    world.expire().await;
    assert_eq!(
        world.confirm(command.id).await.unwrap().state,
        State::Authorised
    );
}

#[tokio::test]
async fn a_lapsed_reservation_whose_weeks_were_given_away_cannot_be_confirmed() {
    let world = World::new().await;
    ten_weeks_left(&world, &unit(1)).await;
    let late = world.weeks(&unit(1), day(2026, 11, 23), 10);
    world.reserve(&late).await.unwrap();
    world.clock.advance(TimeDelta::hours(25));
    world
        .reserve(&world.weeks(&unit(1), day(2027, 3, 1), 1))
        .await
        .unwrap();
    assert_eq!(
        world.confirm(late.id).await.unwrap_err().reason(),
        Reason::ReservationExpired
    );
}

#[tokio::test]
async fn a_release_gives_the_weeks_back_also_once_authorised() {
    let world = World::new().await;
    ten_weeks_left(&world, &unit(1)).await;
    let annulled = world.weeks(&unit(1), day(2026, 11, 23), 10);
    world.reserve(&annulled).await.unwrap();
    world.confirm(annulled.id).await.unwrap();
    world.release(annulled.id).await.unwrap();
    world.release(annulled.id).await.unwrap();
    world
        .reserve(&world.weeks(&unit(1), day(2027, 3, 1), 10))
        .await
        .unwrap();
    assert_eq!(
        world.confirm(annulled.id).await.unwrap_err().reason(),
        Reason::ReservationState
    );
    assert_eq!(
        events(&world).await,
        [
            "AUTHORISED",
            "RESERVED",
            "AUTHORISED",
            "RELEASED",
            "RESERVED"
        ]
    );
}

#[tokio::test]
async fn a_reservation_that_comes_after_its_release_is_refused() {
    let world = World::new().await;
    let late = world.weeks(&unit(1), day(2026, 11, 23), 1);
    world.release(late.id).await.unwrap();
    world.release(late.id).await.unwrap();
    assert_eq!(
        world.reserve(&late).await.unwrap_err().reason(),
        Reason::ReservationState
    );
    assert_eq!(
        world.confirm(late.id).await.unwrap_err().reason(),
        Reason::ReservationState
    );
}

#[tokio::test]
async fn a_covid_period_is_booked_whatever_the_counters_say() {
    let world = World::new().await;
    let mut command = world.weeks(&unit(1), day(2021, 1, 4), 30);
    command.booking.flags = Flags {
        covid: true,
        ..Flags::default()
    };
    world.reserve(&command).await.unwrap();
    let counters = world
        .app
        .evaluate(&claims(), &unit(1), &told(), None, Some(day(2021, 8, 2)))
        .await
        .unwrap()
        .1;
    assert!(counters.iter().all(|counter| counter.used_units == 0));
}

#[tokio::test]
async fn a_unit_of_the_fis_has_no_cigo() {
    let world = World::new().await;
    let mut command = world.weeks(&unit(1), day(2026, 11, 23), 1);
    command.told.facts = shop();
    assert_eq!(
        world.reserve(&command).await.unwrap_err().reason(),
        Reason::ProductNotCompatible
    );
    world.knows(&unit(1), shop());
    let counters = world
        .app
        .counters(&claims(), &about(1, None), None)
        .await
        .unwrap()
        .answer;
    assert_eq!(
        counters
            .iter()
            .map(|counter| counter.kind)
            .collect::<Vec<_>>(),
        [CounterKind::TotalDuration]
    );
}

#[tokio::test]
async fn what_is_confirmed_shrinks_what_is_left() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    let command = world.weeks(&unit(1), day(2026, 11, 23), 13);
    let residual = async || {
        let request = Some(Wish::Weeks(Request::ordinary(
            Week::of(day(2027, 3, 1)),
            13,
        )));
        let (_, counters) = world
            .app
            .evaluate(&claims(), &unit(1), &told(), request, None)
            .await
            .unwrap();
        counters
            .iter()
            .map(|counter| counter.residual_weeks)
            .collect::<Vec<_>>()
    };
    assert_eq!(residual().await, [52, 52, 0, 104]);
    world.reserve(&command).await.unwrap();
    world.confirm(command.id).await.unwrap();
    assert_eq!(residual().await, [39, 52, 0, 91]);
}

#[tokio::test]
async fn history_is_imported_once_and_counts() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    let lines: Vec<Entry> = (0..500)
        .map(|offset| {
            let monday = day(2026, 1, 5) + Days::new(offset % 40 * 7);
            world.line(
                &unit(1 + u32::try_from(offset / 40).unwrap()),
                Scheme::Cigo,
                Cause::Ord,
                monday,
                monday + Days::new(6),
            )
        })
        .collect();
    assert_eq!(world.import(&lines).await.unwrap(), 500);
    assert_eq!(world.import(&lines).await.unwrap(), 0);
    let counters = world
        .app
        .counters(&claims(), &about(1, None), None)
        .await
        .unwrap()
        .answer;
    assert_eq!(counters[0].residual_weeks, 12);
    assert_eq!(events(&world).await.len(), 500);
}

#[tokio::test]
async fn a_line_of_history_that_changed_refuses_the_whole_batch() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    let known = world.line(
        &unit(1),
        Scheme::Cigo,
        Cause::Ord,
        day(2026, 1, 5),
        day(2026, 1, 11),
    );
    world.import(std::slice::from_ref(&known)).await.unwrap();
    let mut changed = known.clone();
    changed.booking.cause = Cause::Eone;
    let new = world.line(
        &unit(1),
        Scheme::Cigo,
        Cause::Ord,
        day(2026, 2, 2),
        day(2026, 2, 8),
    );
    let refused = world.import(&[new, changed]).await.unwrap_err();
    assert_eq!(refused.reason(), Reason::IdnE12);
    assert_eq!(refused.violations()[0].field, "entries[1].entry_id");
    assert_eq!(world.ledger(&unit(1)).await, [known]);
}

#[tokio::test]
async fn the_ledger_is_read_in_pages_newest_first() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    let lines: Vec<Entry> = (0..5)
        .map(|offset| day(2026, 1, 5) + Days::new(offset * 14))
        .map(|monday| {
            world.line(
                &unit(1),
                Scheme::Cigo,
                Cause::Ord,
                monday,
                monday + Days::new(6),
            )
        })
        .collect();
    world.import(&lines).await.unwrap();
    let mut read = Vec::new();
    let mut token = String::new();
    loop {
        let page = world
            .app
            .ledger(&claims(), &unit(1), None, 2, &token)
            .await
            .unwrap();
        read.extend(page.entries.into_iter().map(|version| version.entry));
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(read, lines.into_iter().rev().collect::<Vec<_>>());
}

#[tokio::test]
async fn each_caller_sees_the_units_of_their_own_scope_and_gets_the_right_refusal_for_the_others() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    let office = |code: &str| Scope::Offices(vec![code.parse().unwrap()]);
    let other_firm = "4958099999".to_owned();
    for (caller, expected) in [
        (
            caller(Role::AzCon, Scope::Own(vec![MATRICOLA.to_owned()])),
            None,
        ),
        (
            caller(Role::Int, Scope::Mandate(MATRICOLA.to_owned())),
            None,
        ),
        (caller(Role::Sede, office(OFFICE)), None),
        (
            caller(Role::AzCon, Scope::Own(vec![other_firm.clone()])),
            Some(Reason::IdnE05),
        ),
        (
            caller(Role::Int, Scope::Mandate(other_firm)),
            Some(Reason::IdnE07),
        ),
        (caller(Role::Sede, office("700000")), Some(Reason::IdnE06)),
    ] {
        let seen = [
            world
                .app
                .counters(&caller, &about(1, None), None)
                .await
                .err(),
            world
                .app
                .simulate(
                    &caller,
                    &about(1, None),
                    &Wish::Weeks(Request::ordinary(Week::of(day(2026, 11, 23)), 1)),
                )
                .await
                .err(),
            world.app.ledger(&caller, &unit(1), None, 0, "").await.err(),
        ];
        for failure in seen {
            assert_eq!(
                failure.map(|failure| failure.reason()),
                expected,
                "{caller:?}"
            );
        }
    }
    let absent = world
        .app
        .counters(&caller(Role::Sede, office(OFFICE)), &about(2, None), None)
        .await
        .unwrap_err();
    assert_eq!(absent.reason(), Reason::IdnE06);
}

const CIGS_CAUSES: [Cause; 3] = [Cause::Riorg, Cause::Crisi, Cause::Cds];

/// What may happen to a ledger.
#[derive(Debug, Clone)]
enum Step {
    Reserve {
        week: i32,
        count: u32,
        eone: bool,
    },
    Months {
        cause: Cause,
        month: i32,
        count: i32,
    },
    Confirm(prop::sample::Index),
    Release(prop::sample::Index),
    HoursPass(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..150_i32, 1..14_u32, prop::bool::weighted(0.2))
            .prop_map(|(week, count, eone)| Step::Reserve { week, count, eone }),
        3 => (0..3_usize, 0..60_i32, 1..13_i32)
            .prop_map(|(which, month, count)| Step::Months { cause: CIGS_CAUSES[which], month, count }),
        3 => any::<prop::sample::Index>().prop_map(Step::Confirm),
        1 => any::<prop::sample::Index>().prop_map(Step::Release),
        1 => (1..30_i64).prop_map(Step::HoursPass),
    ]
}

#[test]
fn no_sequence_of_steps_leaves_more_than_the_limit() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let world = runtime.block_on(World::new());
    let next_unit = std::cell::Cell::new(0);
    let config = ProptestConfig {
        cases: 16,
        max_shrink_iters: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(steps in prop::collection::vec(step(), 10..50), sector in prop_oneof![Just(Sector::A), Just(Sector::M)])| {
        next_unit.set(next_unit.get() + 1);
        let facts = Facts { sector, ..industry() };
        runtime.block_on(play(&world, &unit(next_unit.get()), facts, steps))?;
    });
    // The database is dropped inside a runtime that still runs.
    runtime.block_on(async { drop(world) });
}

async fn play(
    world: &World,
    unit: &UnitKey,
    facts: Facts,
    steps: Vec<Step>,
) -> Result<(), TestCaseError> {
    world.knows(unit, facts);
    let mut ids = Vec::new();
    for step in steps {
        match step {
            Step::Reserve { week, count, eone } => {
                let monday = (Week::of(day(2026, 1, 5)) + week).monday();
                let mut command = world.weeks(unit, monday, count);
                command.told.facts = facts;
                command.booking.cause = if eone { Cause::Eone } else { Cause::Ord };
                ids.push(command.id);
                expect(
                    world.reserve(&command).await.err(),
                    &[Reason::LimitExceeded],
                )?;
            }
            Step::Months {
                cause,
                month,
                count,
            } => {
                let from = add_months(day(2026, 1, 1), month);
                let mut command = world.months(unit, cause, from, count);
                command.told.facts = facts;
                ids.push(command.id);
                expect(
                    world.reserve(&command).await.err(),
                    &[Reason::LimitExceeded],
                )?;
            }
            Step::Confirm(which) if !ids.is_empty() => {
                let outcome = world.confirm(*which.get(&ids)).await.err();
                expect(
                    outcome,
                    &[Reason::ReservationState, Reason::ReservationExpired],
                )?;
            }
            Step::Release(which) if !ids.is_empty() => {
                expect(world.release(*which.get(&ids)).await.err(), &[])?;
            }
            Step::Confirm(_) | Step::Release(_) => {}
            Step::HoursPass(hours) => world.clock.advance(TimeDelta::hours(hours)),
        }
        limits_hold(world, unit, facts).await?;
    }
    Ok(())
}

fn expect(failure: Option<chassis::Failure>, allowed: &[Reason]) -> Result<(), TestCaseError> {
    let reason = failure.map(|failure| failure.reason());
    prop_assert!(
        reason.is_none_or(|reason| allowed.contains(&reason)),
        "{reason:?}"
    );
    Ok(())
}

async fn limits_hold(world: &World, unit: &UnitKey, facts: Facts) -> Result<(), TestCaseError> {
    use chassis::Clock;
    let now = world.clock.now();
    let counted: Vec<Entry> = world
        .ledger(unit)
        .await
        .into_iter()
        .filter(|entry| entry.state.counts(now))
        .collect();
    let unit = unit_of(facts, Staff::default(), &counted, None);
    let biennium = WeekTable::new(&unit, &IN_FORCE, Counting::Biennium);
    for (week, _) in biennium.weeks() {
        prop_assert!(biennium.sum(week - 103, week) <= 1560);
    }
    let total = TotalDuration::new(&unit, &IN_FORCE);
    for (week, _) in WeekTable::new(&unit, &IN_FORCE, Counting::TotalDuration).weeks() {
        prop_assert!(total.measure(week.sunday()).fits());
    }
    let cigs = unit
        .authorisations
        .iter()
        .filter(|one| one.scheme == Scheme::Cigs);
    for one in cigs {
        let last = one.period.last_day();
        prop_assert!(total.measure(last).fits());
        prop_assert!(cause_measure(&unit, &IN_FORCE, one.cause, last).residual_units() >= 0);
    }
    for pair in crises(&unit.authorisations).windows(2) {
        prop_assert!(pair[1].first_day() >= next_crisis_from(&IN_FORCE, pair[0]));
    }
    Ok(())
}

async fn state_of(world: &World, unit: &UnitKey, command: &ReserveCommand) -> State {
    world
        .ledger(unit)
        .await
        .into_iter()
        .find(|entry| entry.id == command.id)
        .unwrap()
        .state
}

/// The states that the events tell, in the order of the outbox.
async fn events(world: &World) -> Vec<String> {
    let payloads = sqlx::query_scalar!("select payload from outbox order by tx, id")
        .fetch_all(world.database.database.pool())
        .await
        .unwrap();
    let states = payloads.iter().map(|payload| {
        let event: pb::LedgerEvent = prost::Message::decode(payload.as_slice()).unwrap();
        event
            .entry
            .unwrap()
            .state()
            .as_str_name()
            .trim_start_matches("ENTRY_STATE_")
            .to_owned()
    });
    states.collect()
}
