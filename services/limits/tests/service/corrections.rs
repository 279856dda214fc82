//! What was used, what was wrong, and history that cannot be right.

use std::collections::{BTreeMap, BTreeSet};

use chassis::identity::Caller;
use chassis::{Failure, Reason};
use chrono::{Days, NaiveDate};
use kernel::{Hours, Period, Week};
use limits::app::{Cancellation, Correction};
use limits::domain::ledger::{Entry, State, Usage, Version};
use limits::domain::{Cause, Scheme};
use uuid::Uuid;

use crate::world::{World, about, claims, day, industry, unit};

fn payments() -> Caller {
    Caller::service("payments")
}

fn operator() -> Caller {
    Caller::service("operator")
}

fn used(dates: impl IntoIterator<Item = NaiveDate>) -> Usage {
    Usage {
        dates: dates.into_iter().collect(),
        hours: BTreeMap::new(),
    }
}

/// A quarter authorised from Monday 2 February 2026.
async fn a_quarter(world: &World) -> Entry {
    world.knows(&unit(1), industry());
    let mut line = world.line(
        &unit(1),
        Scheme::Cigo,
        Cause::Ord,
        day(2026, 2, 2),
        day(2026, 5, 3),
    );
    line.booking.hours = Hours::from_hundredths(520_000);
    world.import(std::slice::from_ref(&line)).await.unwrap();
    line
}

async fn used_units(world: &World) -> i64 {
    let week = Some(day(2026, 11, 23));
    let known = world.app.counters(&claims(), &about(1, None), week).await;
    known.unwrap().answer[0].used_units
}

async fn correct(
    world: &World,
    request: u128,
    version: i32,
    entry: &Entry,
) -> Result<Version, Failure> {
    let correction = Correction {
        request_id: Uuid::from_u128(request),
        version,
        entry: entry.clone(),
        reason: "decision read wrongly".to_owned(),
    };
    let fingerprint = format!("{version} {entry:?}");
    world
        .app
        .correct(&operator(), &correction, fingerprint.as_bytes())
        .await
}

#[tokio::test]
async fn declared_days_take_the_place_of_the_authorised_weeks() {
    let world = World::new().await;
    let line = a_quarter(&world).await;
    assert_eq!(used_units(&world).await, 390);
    let declared = used([day(2026, 2, 2), day(2026, 2, 3), day(2026, 6, 1)]);
    for _ in 0..2 {
        let taken = world
            .app
            .declare_usage(&payments(), line.id, &declared)
            .await
            .unwrap();
        assert_eq!(taken.version.number, 2);
        assert_eq!(taken.discarded, used([day(2026, 6, 1)]));
    }
    assert_eq!(used_units(&world).await, 12);
}

#[tokio::test]
async fn a_declaration_of_nothing_frees_the_whole_period() {
    let world = World::new().await;
    let line = a_quarter(&world).await;
    world
        .app
        .declare_usage(&payments(), line.id, &used([]))
        .await
        .unwrap();
    assert_eq!(used_units(&world).await, 0);
}

#[tokio::test]
async fn another_declaration_is_refused_and_a_correction_says_why() {
    let world = World::new().await;
    let line = a_quarter(&world).await;
    world
        .app
        .declare_usage(&payments(), line.id, &used([]))
        .await
        .unwrap();
    let other = used([day(2026, 2, 2)]);
    let refused = world
        .app
        .declare_usage(&payments(), line.id, &other)
        .await
        .unwrap_err();
    assert_eq!(refused.reason(), Reason::UsageAlreadyDeclared);
    let corrected = Entry {
        usage: Some(other),
        ..line
    };
    let version = correct(&world, 1, 2, &corrected).await.unwrap();
    assert_eq!(
        (version.number, version.reason.as_deref()),
        (3, Some("decision read wrongly"))
    );
    assert_eq!(used_units(&world).await, 6);
}

#[tokio::test]
async fn hours_used_cannot_exceed_the_hours_authorised() {
    let world = World::new().await;
    let line = a_quarter(&world).await;
    let usage = Usage {
        dates: BTreeSet::new(),
        hours: BTreeMap::from([(Week::of(day(2026, 2, 2)), Hours::from_hundredths(520_001))]),
    };
    let refused = world
        .app
        .declare_usage(&payments(), line.id, &usage)
        .await
        .unwrap_err();
    assert_eq!(refused.violations()[0].field, "entry.usage.hours_by_week");
}

#[tokio::test]
async fn a_correction_is_made_once_for_a_request_and_only_on_what_was_read() {
    let world = World::new().await;
    let mut line = a_quarter(&world).await;
    line.booking.period = Period::between(day(2026, 2, 2), day(2026, 2, 15));
    let first = correct(&world, 1, 1, &line).await.unwrap();
    assert_eq!(correct(&world, 1, 1, &line).await.unwrap(), first);
    assert_eq!(used_units(&world).await, 60);
    let late = correct(&world, 2, 1, &line).await.unwrap_err();
    assert_eq!(late.reason(), Reason::EtagMismatch);
    let mut other = line.clone();
    other.booking.hours = Hours::from_hundredths(1);
    let reused = correct(&world, 1, 1, &other).await.unwrap_err();
    assert_eq!(reused.reason(), Reason::IdnE12);
    other.booking.unit = unit(2);
    let moved = correct(&world, 3, 2, &other).await.unwrap_err();
    assert_eq!(moved.violations()[0].field, "entry.unit");
    other.id = Uuid::from_u128(9);
    let absent = correct(&world, 4, 2, &other).await.unwrap_err();
    assert_eq!(absent.reason(), Reason::IdnE06);
}

#[tokio::test]
async fn a_line_imported_again_after_its_correction_changes_nothing() {
    let world = World::new().await;
    let line = a_quarter(&world).await;
    let mut shorter = line.clone();
    shorter.booking.period = Period::between(day(2026, 2, 2), day(2026, 2, 15));
    correct(&world, 1, 1, &shorter).await.unwrap();
    assert_eq!(world.import(&[line]).await.unwrap(), 0);
    assert_eq!(used_units(&world).await, 60);
}

#[tokio::test]
async fn a_period_struck_out_counts_no_more_and_cannot_be_booked_or_used_again() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    let command = world.weeks(&unit(1), day(2026, 2, 2), 4);
    world.reserve(&command).await.unwrap();
    let cancellation = |version| Cancellation {
        request_id: Uuid::from_u128(1),
        version,
        id: command.id,
        reason: "decided twice".to_owned(),
    };
    let early = world
        .app
        .cancel(&operator(), &cancellation(1), b"1")
        .await
        .unwrap_err();
    assert_eq!(early.reason(), Reason::ReservationState);
    world.confirm(command.id).await.unwrap();
    for _ in 0..2 {
        let cancelled = world
            .app
            .cancel(&operator(), &cancellation(2), b"2")
            .await
            .unwrap();
        assert_eq!(cancelled.entry.state, State::Cancelled);
    }
    assert_eq!(used_units(&world).await, 0);
    for refused in [
        world.reserve(&command).await.unwrap_err(),
        world.confirm(command.id).await.unwrap_err(),
        world
            .app
            .declare_usage(&payments(), command.id, &used([]))
            .await
            .unwrap_err(),
    ] {
        assert_eq!(refused.reason(), Reason::ReservationState);
    }
    world.release(command.id).await.unwrap();
}

#[tokio::test]
async fn history_that_cannot_be_right_names_each_line_field_and_rule_and_nothing_is_written() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    let monday = day(2026, 2, 2);
    let line = |code: u32, from: NaiveDate, days: u64| {
        world.line(
            &unit(code),
            Scheme::Cigo,
            Cause::Ord,
            from,
            from + Days::new(days - 1),
        )
    };
    let import = async |lines: &[Entry]| {
        let refused = world.app.import_history(&operator(), lines, false).await;
        let violations = refused.unwrap_err().violations().to_vec();
        violations
            .into_iter()
            .map(|one| one.field)
            .collect::<Vec<_>>()
    };
    let mut zero_hours = line(1, monday, 7);
    zero_hours.booking.zero_hours = true;
    assert_eq!(
        import(&[line(1, day(1999, 1, 4), 7), line(1, monday, 7), zero_hours]).await,
        ["entries[0].first_day", "entries[2].zero_hours"]
    );
    assert_eq!(
        import(&[line(1, monday, 7), line(2, monday, 7)]).await,
        ["entries[1].unit"]
    );
    assert_eq!(
        import(&[line(1, monday, 14), line(1, monday + Days::new(13), 7)]).await,
        ["entries[1].first_day"]
    );
    assert!(world.ledger(&unit(1)).await.is_empty());
}

#[tokio::test]
async fn a_dry_run_counts_what_is_new_and_writes_nothing() {
    let world = World::new().await;
    let known = a_quarter(&world).await;
    let new = world.line(
        &unit(1),
        Scheme::Cigs,
        Cause::Cds,
        day(2025, 1, 1),
        day(2025, 3, 31),
    );
    let lines = [known.clone(), new];
    let counted = world.app.import_history(&operator(), &lines, true).await;
    assert_eq!(counted.unwrap(), 1);
    assert_eq!(world.ledger(&unit(1)).await, [known]);
}

#[tokio::test]
async fn history_comes_with_all_that_was_known_of_it() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    let mut line = world.line(
        &unit(1),
        Scheme::Cigs,
        Cause::Riorg,
        day(2026, 2, 2),
        day(2026, 2, 15),
    );
    let weeks = [Week::of(day(2026, 2, 2)), Week::of(day(2026, 2, 9))];
    line.booking.zero_hours = true;
    line.booking.working_days = limits::domain::WorkingDays::from_number(6);
    line.booking.hours = Hours::from_hundredths(3_000);
    line.booking.hours_by_week = weeks
        .into_iter()
        .zip([1_000, 2_000].map(Hours::from_hundredths))
        .collect();
    line.usage = Some(Usage {
        dates: BTreeSet::from([day(2026, 2, 4)]),
        hours: BTreeMap::from([(weeks[0], Hours::from_hundredths(800))]),
    });
    world.import(std::slice::from_ref(&line)).await.unwrap();
    assert_eq!(world.ledger(&unit(1)).await, [line]);
}
