//! The law as it was known: a rule that comes later changes no answer that was given, and what it changes can be shown.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chassis::wire::{date, instant, timestamp};
use chassis::{Clock, Reason};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use futures_util::stream;
use limits::app::App;
use limits::domain::law::digest;
use limits::domain::rules::{IN_FORCE, Record, RuleFiles, Switch, Switches, read};
use limits::domain::{Cause, Facts, Rules, Scheme, Sector};
use prost::Message;
use proto::omnia::common::v1::WeekPeriod;
use proto::omnia::limits::v1 as pb;
use proto::omnia::limits::v1::limits_service_client::LimitsServiceClient;
use proto::omnia::limits::v1::reservation_service_client::ReservationServiceClient;
use tokio::task::JoinSet;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::rpc::{Transport, transport_to, wire_unit};
use crate::world::{MATRICOLA, World, about, claims, day, industry, unit};

fn limits_of(app: &App) -> LimitsServiceClient<Transport> {
    LimitsServiceClient::new(transport_to(app, claims()))
}

/// The rules with a window for bad weather that a decree adds for days that have passed.
fn with_the_decree() -> Rules {
    let climate = format!(
        "{}2026-03-01,2026-04-30,a decree of November\n",
        RuleFiles::embedded().climate
    );
    let files = RuleFiles {
        climate: &climate,
        ..RuleFiles::embedded()
    };
    read(&files, Switches::default()).unwrap()
}

/// The rules with another number of weeks in the biennio mobile.
pub(crate) fn with_biennium(weeks: u32) -> Rules {
    let values = RuleFiles::embedded()
        .values
        .replace("biennium_weeks,52,", &format!("biennium_weeks,{weeks},"));
    let files = RuleFiles {
        values: &values,
        ..RuleFiles::embedded()
    };
    read(&files, Switches::default()).unwrap()
}

/// A builder whom the weather stopped for four weeks of March.
async fn builder() -> World {
    let world = World::new().await;
    world.knows(
        &unit(1),
        Facts {
            sector: Sector::M,
            ..industry()
        },
    );
    let rain = world.line(
        &unit(1),
        Scheme::Cigo,
        Cause::Eone,
        day(2026, 3, 2),
        day(2026, 3, 29),
    );
    world.import(&[rain]).await.unwrap();
    world
}

async fn counters(app: &App, at: Option<DateTime<Utc>>) -> pb::GetCountersResponse {
    let request = pb::GetCountersRequest {
        unit: Some(wire_unit()),
        as_known_at: at.map(timestamp),
        ..pb::GetCountersRequest::default()
    };
    let answer = limits_of(app).get_counters(request).await;
    answer.unwrap().into_inner()
}

async fn rules(app: &App, at: Option<DateTime<Utc>>) -> Result<pb::ListRulesResponse, Status> {
    let request = pb::ListRulesRequest {
        as_known_at: at.map(timestamp),
        on: Some(date(day(2026, 3, 15))),
    };
    Ok(limits_of(app).list_rules(request).await?.into_inner())
}

async fn explain(app: &App, at: Option<DateTime<Utc>>) -> pb::ExplainResponse {
    let request = pb::ExplainRequest {
        unit: Some(wire_unit()),
        as_known_at: at.map(timestamp),
        ..pb::ExplainRequest::default()
    };
    limits_of(app).explain(request).await.unwrap().into_inner()
}

async fn laws(app: &App) -> Vec<pb::LawVersion> {
    let request = pb::ListLawVersionsRequest::default();
    let page = limits_of(app).list_law_versions(request).await.unwrap();
    page.into_inner().versions
}

/// Everything that the law decides, as bytes.
async fn answers(app: &App, at: Option<DateTime<Utc>>) -> Vec<(DateTime<Utc>, Vec<u8>)> {
    let as_known_at = at.map(timestamp);
    let counters = counters(app, at).await;
    let request = pb::SimulateRequest {
        unit: Some(wire_unit()),
        cause: pb::Cause::Ord.into(),
        period: Some(WeekPeriod {
            first_week: Some(date(day(2027, 1, 4))),
            weeks: 13,
        }),
        as_known_at,
        ..pb::SimulateRequest::default()
    };
    let simulation = limits_of(app).simulate(request).await.unwrap().into_inner();
    let explained = pb::ExplainResponse {
        difference: None,
        ..explain(app, at).await
    };
    let rules = rules(app, at).await.unwrap();
    let asked = pb::BulkUnit {
        matricola: MATRICOLA.to_owned(),
        production_unit_code: 1,
        as_known_at,
        ..pb::BulkUnit::default()
    };
    let bulk = stream::iter([pb::EvaluateBulkRequest {
        unit: Some(asked.clone()),
    }]);
    let mut told = limits_of(app)
        .evaluate_bulk(bulk)
        .await
        .unwrap()
        .into_inner();
    let bulk = told.message().await.unwrap().unwrap().answer.unwrap();
    let units = stream::iter([pb::EvaluateUnitsRequest { unit: Some(asked) }]);
    let mut bookings = ReservationServiceClient::new(transport_to(app, claims()));
    let mut told = bookings.evaluate_units(units).await.unwrap().into_inner();
    let units = told.message().await.unwrap().unwrap().answer.unwrap();
    [
        (counters.known_at, counters.encode_to_vec()),
        (simulation.known_at, simulation.encode_to_vec()),
        (explained.known_at, explained.encode_to_vec()),
        (rules.known_at, rules.encode_to_vec()),
        (bulk.known_at, bulk.encode_to_vec()),
        (units.known_at, units.encode_to_vec()),
    ]
    .into_iter()
    .map(|(known_at, bytes)| (instant(known_at.as_ref().unwrap()).unwrap(), bytes))
    .collect()
}

async fn again(app: &App, given: &[(DateTime<Utc>, Vec<u8>)]) {
    for (place, (known_at, bytes)) in given.iter().enumerate() {
        let (again_at, again) = answers(app, Some(*known_at)).await.swap_remove(place);
        assert_eq!((again_at, &again), (*known_at, bytes), "answer {place}");
    }
}

fn used(counters: &[pb::Counter], kind: pb::CounterKind) -> i64 {
    let found = counters.iter().find(|counter| counter.kind() == kind);
    found.unwrap().used_units
}

#[tokio::test]
async fn a_decree_for_past_days_leaves_the_answers_that_were_given_and_changes_todays() {
    let world = builder().await;
    let before = answers(&world.app, None).await;
    let then = counters(&world.app, None).await;
    world.clock.advance(TimeDelta::days(1));
    let renewed = world.start(&with_the_decree(), 0).await.unwrap();
    for app in [&renewed, &world.app] {
        again(app, &before).await;
        let today = counters(app, None).await;
        let biennium = |answer: &pb::GetCountersResponse| {
            used(&answer.counters, pb::CounterKind::CigoBiennium)
        };
        assert_eq!((biennium(&then), biennium(&today)), (120, 0));
        for ((_, then), (_, today)) in before.iter().zip(&answers(app, None).await) {
            assert_ne!(then, today);
        }
    }
    let after = answers(&renewed, None).await;
    world.clock.advance(TimeDelta::days(400));
    again(&world.app, &before).await;
    again(&world.app, &after).await;
}

#[tokio::test]
async fn what_the_decree_changed_is_explained_apart_from_what_the_ledger_changed() {
    let world = builder().await;
    let given = explain(&world.app, None).await;
    let then = given.known_at.as_ref().and_then(instant);
    world.clock.advance(TimeDelta::days(1));
    let decreed_at = world.clock.now();
    let app = world.start(&with_the_decree(), 0).await.unwrap();
    let rest = world.line(
        &unit(1),
        Scheme::Cigo,
        Cause::Ord,
        day(2026, 6, 1),
        day(2026, 6, 7),
    );
    world.import(&[rest]).await.unwrap();
    let told = explain(&app, then).await;
    assert_eq!(told.explanations, given.explanations);
    let difference = told.difference.unwrap();
    assert_eq!(difference.entries.len(), 1);
    let biennium = difference
        .counters
        .iter()
        .find(|change| change.today.as_ref().unwrap().kind() == pb::CounterKind::CigoBiennium)
        .unwrap();
    let used = |counter: &Option<pb::Counter>| counter.as_ref().unwrap().used_units;
    assert_eq!(
        (
            used(&biennium.then),
            used(&biennium.under_todays_law),
            used(&biennium.today)
        ),
        (120, 0, 30),
        "the decree takes four weeks out, the new line adds one"
    );
    let law = difference.law.unwrap();
    let (first, second) = (law.then.unwrap(), law.today.unwrap());
    assert_eq!((first.version, second.version), (1, 2));
    assert_eq!(second.known_from, Some(timestamp(decreed_at)));
    assert_eq!(
        law.rules,
        [pb::RuleChange {
            before: None,
            after: Some(pb::Rule {
                key: "climate_window".to_owned(),
                value: "true".to_owned(),
                unit: "flag".to_owned(),
                from: Some(date(day(2026, 3, 1))),
                to: Some(date(day(2026, 4, 30))),
                source: "a decree of November".to_owned(),
                known_from: Some(timestamp(decreed_at)),
            }),
        }]
    );
    assert_eq!(law.readings, []);
    assert_eq!(
        law.text_it,
        "Allora si conosceva un'altra legge: la versione 1, nota dal 22/11/2026 alle 12:00:00; oggi la versione 2, nota \
         dal 23/11/2026 alle 12:00:00.\n  Aggiunta: climate_window = true flag dal 01/03/2026 al 30/04/2026 (a decree of \
         November)\n"
    );
    assert!(
        law.text_en.contains("Added: climate_window"),
        "{}",
        law.text_en
    );
}

#[tokio::test]
async fn without_a_new_law_the_difference_speaks_of_none() {
    let world = builder().await;
    let then = counters(&world.app, None)
        .await
        .known_at
        .as_ref()
        .and_then(instant);
    world.clock.advance(TimeDelta::days(1));
    let rest = world.line(
        &unit(1),
        Scheme::Cigo,
        Cause::Ord,
        day(2026, 6, 1),
        day(2026, 6, 7),
    );
    world.import(&[rest]).await.unwrap();
    let difference = explain(&world.app, then).await.difference.unwrap();
    assert_eq!(difference.law, None);
    assert!(!difference.counters.is_empty());
    assert!(
        difference
            .counters
            .iter()
            .all(|change| change.under_todays_law.is_none())
    );
}

#[tokio::test]
async fn a_switch_that_is_turned_is_a_new_law_and_turning_it_back_takes_another_edition() {
    let world = builder().await;
    let before = answers(&world.app, None).await;
    let total = async |app: &App| {
        let told = counters(app, None).await.counters;
        used(&told, pb::CounterKind::TotalDuration)
    };
    assert_eq!(total(&world.app).await, 720);
    world.clock.advance(TimeDelta::hours(1));
    let turned = IN_FORCE.with(Switches {
        art4_includes_eone: Switch::Off,
        ..Switches::default()
    });
    let turned_at = world.clock.now();
    let second = world.start(&turned, 0).await.unwrap();
    assert_eq!((total(&second).await, total(&world.app).await), (0, 0));
    again(&second, &before).await;
    let reading = |name: &str, before: &str, after: &str| pb::ReadingChange {
        name: name.to_owned(),
        before: before.to_owned(),
        after: after.to_owned(),
    };
    let law = explain(&second, Some(before[0].0))
        .await
        .difference
        .unwrap()
        .law
        .unwrap();
    assert_eq!(law.rules, []);
    assert_eq!(
        law.readings,
        [reading("art4_includes_eone", "true", "false")]
    );
    assert!(
        law.text_it
            .contains("Opzione art4_includes_eone: true → false")
    );
    let listed = rules(&second, None).await.unwrap();
    let known: Vec<_> = listed
        .readings
        .iter()
        .filter(|reading| reading.known_from == Some(timestamp(turned_at)))
        .map(|reading| (reading.name.as_str(), reading.value.as_str()))
        .collect();
    assert_eq!(known, [("art4_includes_eone", "false")]);

    world.clock.advance(TimeDelta::hours(1));
    let straggler = world.start(&IN_FORCE, 0).await.unwrap();
    assert_eq!(
        total(&straggler).await,
        0,
        "it was superseded, and stays so"
    );
    let back = world.start(&IN_FORCE, 1).await.unwrap();
    assert_eq!((total(&back).await, total(&second).await), (720, 720));
    let told: Vec<_> = laws(&back)
        .await
        .into_iter()
        .map(|law| (law.version, law.readings))
        .collect();
    assert_eq!(
        told,
        [
            (3, vec![reading("art4_includes_eone", "false", "true")]),
            (2, vec![reading("art4_includes_eone", "true", "false")]),
            (1, vec![]),
        ]
    );
}

#[tokio::test]
async fn a_restart_with_the_same_rules_records_nothing() {
    let world = World::new().await;
    for _ in 0..3 {
        world.clock.advance(TimeDelta::hours(1));
        world.start(&IN_FORCE, 0).await.unwrap();
    }
    let [only] = &laws(&world.app).await[..] else {
        panic!("one law was ever known");
    };
    assert_eq!(
        (only.version, only.readable, &only.superseded_at),
        (1, true, &None)
    );
    assert_eq!(only.digest, hex::encode(digest(&Record::of(&IN_FORCE, 0))));
}

#[tokio::test]
async fn old_and_new_instances_that_alternate_do_not_turn_the_law_to_and_fro() {
    let world = World::new().await;
    let decree = with_the_decree();
    for _ in 0..5 {
        world.clock.advance(TimeDelta::minutes(1));
        world.start(&decree, 0).await.unwrap();
        world.clock.advance(TimeDelta::minutes(1));
        world.start(&IN_FORCE, 0).await.unwrap();
    }
    assert_eq!(laws(&world.app).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn instances_that_start_at_once_record_each_law_once_one_after_the_other() {
    let world = World::new().await;
    let sets = [with_biennium(40), with_biennium(60)];
    let starts = (0..16).map(|place| world.start(&sets[place % 2], 0));
    let apps: Vec<App> = join_all(starts)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    let known = laws(&world.app).await;
    let numbers: Vec<i32> = known.iter().map(|law| law.version).collect();
    assert_eq!(numbers, [3, 2, 1]);
    let since: Vec<_> = known
        .iter()
        .map(|law| instant(law.known_from.as_ref().unwrap()).unwrap())
        .collect();
    assert!(
        since.is_sorted_by(|later, earlier| later > earlier),
        "{since:?}"
    );
    assert_eq!(known[1].superseded_at, known[0].known_from);
    world.knows(&unit(1), industry());
    let limit = counters(&world.app, None).await.counters[0].limit_units;
    assert!([40 * 30, 60 * 30].contains(&limit), "{limit}");
    for app in &apps {
        assert_eq!(counters(app, None).await.counters[0].limit_units, limit);
    }
}

#[tokio::test]
async fn a_booking_is_judged_by_the_law_in_force_whatever_rules_the_instance_has() {
    let world = World::new().await;
    let command = world.weeks(&unit(1), day(2026, 11, 23), 13);
    world.start(&with_biennium(12), 0).await.unwrap();
    let refused = world.reserve(&command).await.unwrap_err();
    assert_eq!(refused.reason(), Reason::LimitExceeded);
    world.start(&IN_FORCE, 1).await.unwrap();
    world.reserve(&command).await.unwrap();
    world.clock.advance(TimeDelta::hours(25));
    world.start(&with_biennium(11), 0).await.unwrap();
    let lapsed = world.confirm(command.id).await.unwrap_err();
    assert_eq!(lapsed.reason(), Reason::ReservationExpired);
}

#[tokio::test]
async fn a_law_is_known_later_than_all_that_was_known_before_though_the_clock_stands_still() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    let command = world.weeks(&unit(1), day(2026, 11, 23), 4);
    let mut given = Vec::new();
    for weeks in [40, 41, 42] {
        world.reserve(&command).await.unwrap();
        given.push(answers(&world.app, None).await);
        world.start(&with_biennium(weeks), 0).await.unwrap();
        given.push(answers(&world.app, None).await);
    }
    world.clock.advance(TimeDelta::seconds(1));
    for answers in &given {
        again(&world.app, answers).await;
    }
}

#[tokio::test]
async fn master_data_that_change_right_after_a_law_leave_the_answers_under_it() {
    let world = World::new().await;
    world.knows(&unit(1), industry());
    counters(&world.app, None).await;
    world.clock.advance(TimeDelta::microseconds(1));
    world.start(&with_biennium(40), 0).await.unwrap();
    let given = answers(&world.app, None).await;
    let builder = Facts {
        sector: Sector::M,
        ..industry()
    };
    world.knows(&unit(1), builder);
    counters(&world.app, None).await;
    world.clock.advance(TimeDelta::seconds(1));
    again(&world.app, &given).await;
    let months = |told: &pb::GetCountersResponse| {
        let total = told.counters.iter();
        let mut total = total.filter(|one| one.kind() == pb::CounterKind::TotalDuration);
        total.next().unwrap().limit_units
    };
    let (then, today) = (
        counters(&world.app, Some(given[0].0)).await,
        counters(&world.app, None).await,
    );
    assert!(months(&then) < months(&today));
}

/// Answers about a unit while its ledger and the law change all the time, each with the instant as of which it is.
async fn read_on(
    world: Arc<World>,
    app: App,
    until: Arc<AtomicBool>,
) -> Vec<(DateTime<Utc>, i64, i64)> {
    let mut given = Vec::new();
    while !until.load(Ordering::Relaxed) {
        world.clock.advance(TimeDelta::microseconds(3));
        given.push(limit_and_used(&app, None).await);
    }
    given
}

async fn limit_and_used(app: &App, at: Option<DateTime<Utc>>) -> (DateTime<Utc>, i64, i64) {
    let week = Some(day(2027, 6, 7));
    let known = app.counters(&claims(), &about(1, at), week).await.unwrap();
    let biennium = &known.answer[0];
    (known.known_at, biennium.limit_units, biennium.used_units)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_given_while_the_law_and_the_ledger_change_is_given_again() {
    let world = Arc::new(World::new().await);
    world.knows(&unit(1), industry());
    let done = Arc::new(AtomicBool::new(false));
    let mut readers = JoinSet::new();
    for _ in 0..4 {
        let app = world.start(&IN_FORCE, 0).await.unwrap();
        readers.spawn(read_on(world.clone(), app, done.clone()));
    }
    let writer = tokio::spawn({
        let (world, done) = (world.clone(), done.clone());
        let commands: Vec<_> = (0..8)
            .map(|place| {
                let monday = day(2026, 11, 23) + chrono::Days::new(place * 7);
                world.weeks(&unit(1), monday, 1)
            })
            .collect();
        async move {
            for command in commands.iter().cycle() {
                if done.load(Ordering::Relaxed) {
                    break;
                }
                world.clock.advance(TimeDelta::microseconds(1));
                world.reserve(command).await.unwrap();
            }
        }
    });
    for weeks in 60..90 {
        world.clock.advance(TimeDelta::microseconds(1));
        world.start(&with_biennium(weeks), 0).await.unwrap();
    }
    done.store(true, Ordering::Relaxed);
    writer.await.unwrap();
    let given = readers.join_all().await.concat();
    world.clock.advance(TimeDelta::seconds(1));
    let limits: std::collections::BTreeSet<i64> =
        given.iter().map(|(_, limit, _)| *limit).collect();
    assert!(limits.len() > 5, "many laws were judged by: {limits:?}");
    for one in given {
        assert_eq!(limit_and_used(&world.app, Some(one.0)).await, one);
    }
}

#[tokio::test]
async fn rules_are_listed_as_they_were_known_each_since_when() {
    let world = World::new().await;
    let first_at = world.clock.now();
    let given = rules(&world.app, None).await.unwrap();
    assert_eq!(given.law_version, 1);
    assert!(
        given
            .rules
            .iter()
            .all(|rule| rule.known_from == Some(timestamp(first_at)))
    );
    world.clock.advance(TimeDelta::hours(1));
    let decreed_at = world.clock.now();
    world.start(&with_the_decree(), 0).await.unwrap();
    let told = rules(&world.app, None).await.unwrap();
    assert_eq!(told.law_version, 2);
    let new: Vec<_> = told
        .rules
        .iter()
        .filter(|rule| rule.known_from != Some(timestamp(first_at)))
        .map(|rule| (rule.key.as_str(), rule.known_from))
        .collect();
    assert_eq!(new, [("climate_window", Some(timestamp(decreed_at)))]);
    let known_at = given.known_at.as_ref().and_then(instant);
    assert_eq!(rules(&world.app, known_at).await.unwrap(), given);
    let tomorrow = world.clock.now() + TimeDelta::days(1);
    let refused = rules(&world.app, Some(tomorrow)).await.unwrap_err();
    let violations = refused.get_details_bad_request().unwrap().field_violations;
    assert_eq!(violations[0].field, "as_known_at");
}

#[tokio::test]
async fn before_the_first_law_was_recorded_the_first_is_the_law() {
    let world = builder().await;
    let long_ago = world.clock.now() - TimeDelta::days(300);
    let told = counters(&world.app, Some(long_ago)).await;
    world.start(&with_the_decree(), 0).await.unwrap();
    assert_eq!(counters(&world.app, Some(long_ago)).await, told);
    assert_eq!(
        rules(&world.app, Some(long_ago)).await.unwrap().law_version,
        1
    );
}

#[tokio::test]
async fn the_laws_are_listed_in_pages_newest_first() {
    let world = World::new().await;
    for weeks in [40, 41, 42, 43] {
        world.start(&with_biennium(weeks), 0).await.unwrap();
    }
    let mut seen = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = pb::ListLawVersionsRequest {
            page_size: 2,
            page_token,
        };
        let page = limits_of(&world.app).list_law_versions(request).await;
        let page = page.unwrap().into_inner();
        assert!(page.versions.len() <= 2);
        seen.extend(page.versions.into_iter().map(|law| {
            let change = law.rules.into_iter().next();
            let after = change
                .and_then(|change| change.after)
                .map(|rule| rule.value);
            (law.version, after, law.superseded_at.is_some())
        }));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let value = |text: &str| Some(text.to_owned());
    assert_eq!(
        seen,
        [
            (5, value("43"), false),
            (4, value("42"), true),
            (3, value("41"), true),
            (2, value("40"), true),
            (1, None, true)
        ]
    );
}

#[tokio::test]
async fn a_law_in_a_later_form_is_refused_by_name_and_the_past_before_it_still_answered() {
    let world = builder().await;
    let before = counters(&world.app, None).await;
    world.clock.advance(TimeDelta::hours(1));
    let later = Record::of(&IN_FORCE, 0)
        .as_str()
        .replace("\"format\":1", "\"format\":2");
    sqlx::query("insert into law_version values (2, $1, $2, $3)")
        .bind(world.clock.now())
        .bind(digest(&Record::kept(later.clone())).to_vec())
        .bind(later)
        .execute(world.database.database.pool())
        .await
        .unwrap();
    world.clock.advance(TimeDelta::hours(1));
    let refused = rules(&world.app, None).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    let info = refused.get_details_error_info().unwrap();
    assert_eq!(info.reason, "LAW_UNREADABLE");
    assert_eq!(info.metadata["lawVersion"], "2");
    assert!(
        refused.message().contains("format 2"),
        "{}",
        refused.message()
    );
    let asked = world.app.counters(&claims(), &about(1, None), None).await;
    assert_eq!(asked.unwrap_err().reason(), Reason::LawUnreadable);
    let command = world.weeks(&unit(1), day(2026, 11, 23), 1);
    let booked = world.reserve(&command).await.unwrap_err();
    assert_eq!(booked.reason(), Reason::LawUnreadable);
    let started = world.start(&IN_FORCE, 0).await.unwrap_err();
    assert_eq!(started.reason(), Reason::LawUnreadable);
    let known_at = before.known_at.as_ref().and_then(instant);
    assert_eq!(counters(&world.app, known_at).await, before);
    assert_eq!(rules(&world.app, known_at).await.unwrap().law_version, 1);
    let listed: Vec<_> = laws(&world.app)
        .await
        .into_iter()
        .map(|law| (law.version, law.readable))
        .collect();
    assert_eq!(listed, [(2, false), (1, true)]);
}

#[tokio::test]
async fn a_law_that_was_recorded_is_never_changed() {
    let world = World::new().await;
    for statement in [
        "update law_version set recorded_at = now()",
        "delete from law_version",
        "truncate law_version",
        "insert into law_version values (2, now(), '\\x00', 'another law')",
    ] {
        let refused = sqlx::query(statement)
            .execute(world.database.database.pool())
            .await;
        assert!(refused.is_err(), "{statement}");
    }
}
