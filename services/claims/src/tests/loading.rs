//! Many claims at once.

use super::ports::{Booked, FakeRegistry};
use super::*;
use crate::app::ListCommand;
use crate::domain::claim::Asked;
use crate::domain::role::Actor;
use crate::domain::state::State;
use crate::load::{Act, Loaded, Loader, Scripted, ScriptedStep};

fn loader(world: &World) -> Loader {
    let app = &world.app;
    Loader::over(
        app.database.clone(),
        app.ids.clone(),
        Arc::new(FakeRegistry),
        world.limits.clone(),
    )
}

fn actor(caller: &Caller) -> Actor {
    crate::app::actor(caller).unwrap()
}

/// A claim filed on a day, and so many of: taken in charge, proposed in full, adopted, annulled.
fn story(content: Content, filed: &str, steps: usize) -> Scripted {
    let whole = Asked::of(&content).unwrap().whole;
    let proposed = Proposed {
        outcome: Outcome::Acceptance,
        grant: Some(whole),
        refusals: vec![],
        ..samples::rejection()
    };
    let acts = [
        (consultant(&[]), Act::Submit),
        (operator(), Act::TakeInCharge),
        (operator(), Act::Propose(proposed)),
        (director(), Act::Adopt),
        (director(), Act::Annul("Duplicata".into())),
    ];
    let first = instant(filed);
    let steps = (0..)
        .zip(acts)
        .take(steps)
        .map(|(place, (by, act))| ScriptedStep {
            at: first + TimeDelta::days(place * 3),
            by: actor(&by),
            act,
        });
    Scripted {
        by: actor(&consultant(&[])),
        drafted_at: first - TimeDelta::days(1),
        steps: steps.collect(),
        content,
    }
}

#[tokio::test]
async fn scripts_become_claims_in_every_state_with_numbers_that_follow_time() {
    let world = World::new().await;
    let scripts: Vec<_> = (0..6)
        .map(|number| {
            let filed = format!("2026-09-{:02}", 8 + number);
            let content = content_with_worker(
                if number % 2 == 0 { OFFICINE } else { CANTIERI },
                number + 1,
                number,
            );
            story(content, &filed, number as usize)
        })
        .collect();
    let loaded = loader(&world).load(&scripts).await.unwrap();
    assert_eq!(
        loaded,
        Loaded {
            claims: 6,
            cut_short: vec![]
        }
    );

    let offices = [MILANO, ROMA]
        .iter()
        .map(|office| office.parse().unwrap())
        .collect();
    let everything = Caller {
        scope: Scope::Offices(offices),
        ..director()
    };
    let (rows, _) = world
        .app
        .list(&everything, &ListCommand::default())
        .await
        .unwrap();
    let states: Vec<_> = rows.iter().map(|row| row.state).collect();
    assert_eq!(states.len(), 5, "the draft is for its filer alone");
    for state in [
        State::Submitted,
        State::UnderReview,
        State::Accepted,
        State::Annulled,
    ] {
        assert!(states.contains(&state), "{state:?}");
    }
    let registered = sqlx::query!(
        "select office4, number, registered_at from protocol_entry order by office4, number"
    )
    .fetch_all(world.database.database.pool())
    .await
    .unwrap();
    for office in ["4900", "7000"] {
        let entries: Vec<_> = registered
            .iter()
            .filter(|entry| entry.office4 == office)
            .collect();
        assert!(
            (1..)
                .zip(&entries)
                .all(|(number, entry)| entry.number == number),
            "no gap"
        );
        assert!(
            entries.is_sorted_by_key(|entry| entry.registered_at),
            "numbers follow time"
        );
    }
    assert_eq!(
        world.limits.booked(&unit_key(OFFICINE, 5)),
        [(samples::weeks("2026-09-07", 8), Booked::Authorised)]
    );
    assert_eq!(world.limits.booked(&unit_key(CANTIERI, 6)), [], "annulled");
}

#[tokio::test]
async fn a_loaded_claim_is_like_one_that_came_over_the_calls() {
    let world = World::new().await;
    loader(&world)
        .load(&[story(content_of(OFFICINE, 1), "2026-09-08", 4)])
        .await
        .unwrap();
    let next = world.submitted(&content_with_worker(OFFICINE, 2, 1)).await;
    assert_eq!(
        next.filing.unwrap().protocol.progressive(),
        3,
        "after the two of the script"
    );
    let (rows, _) = world
        .app
        .list(&director(), &ListCommand::default())
        .await
        .unwrap();
    let loaded = rows
        .iter()
        .find(|row| row.state == State::Accepted)
        .unwrap()
        .id;
    assert_eq!(world.events(loaded).await, 3);
    assert_eq!(
        world.app.history(&director(), loaded).await.unwrap().len(),
        5
    );
    world
        .app
        .annul(&director(), loaded, "Duplicata")
        .await
        .unwrap();
    assert_eq!(world.limits.weeks_taken(&unit_key(OFFICINE, 1)), 0);
    world.submitted(&content_of(OFFICINE, 3)).await;
}

#[tokio::test]
async fn a_story_that_the_rules_cut_short_stands_where_it_was_and_leaves_no_gap() {
    let world = World::new().await;
    let first = story(content_of(OFFICINE, 1), "2026-09-08", 1);
    let overlapping = story(content_of(OFFICINE, 2), "2026-09-09", 4);
    let last = story(content_with_worker(OFFICINE, 3, 1), "2026-09-10", 1);
    let loaded = loader(&world)
        .load(&[first, overlapping, last])
        .await
        .unwrap();
    assert_eq!(
        loaded,
        Loaded {
            claims: 3,
            cut_short: vec![(1, "CLAIM_PERIOD_OVERLAPS")]
        }
    );
    assert_eq!(world.register("4900").await.len(), 2);
    let (rows, _) = world
        .app
        .list(&consultant(&[OFFICINE]), &ListCommand::default())
        .await
        .unwrap();
    let drafts = rows.iter().filter(|row| row.state == State::Draft).count();
    assert_eq!(drafts, 1);
}

/// What stands in the tables, without the identifiers.
async fn rows(world: &World) -> Vec<String> {
    sqlx::query_scalar!(
        r#"select concat_ws(' ', state, version, protocol_number, counted, competent_office, updated_at) as "row!" from claim
           union all select concat_ws(' ', from_state, to_state, version, occurred_at) from history
           union all select concat_ws(' ', status, outcome, proposed_at) from proposal
           union all select concat_ws(' ', protocol_number, authorization_number, sequence, adopted_at) from decision
           union all select concat_ws(' ', payload_type, occurred_at) from outbox
           union all select concat_ws(' ', codice_fiscale, days) from worker_span
           order by 1"#
    )
    .fetch_all(world.database.database.pool())
    .await
    .unwrap()
}

/// The instant of the last event.
async fn last_told(world: &World) -> Option<chrono::DateTime<chrono::Utc>> {
    sqlx::query_scalar!("select max(occurred_at) from outbox")
        .fetch_one(world.database.database.pool())
        .await
        .unwrap()
}

#[tokio::test]
async fn days_played_one_by_one_leave_what_whole_lives_leave() {
    let scripts: Vec<_> = (1..6)
        .map(|number| {
            let filed = format!("2026-09-{:02}", 8 + number);
            let content = content_with_worker(OFFICINE, number + 1, number);
            story(content, &filed, number as usize)
        })
        .collect();
    let (whole, by_day) = (World::new().await, World::new().await);
    let loaded = loader(&whole).load(&scripts).await.unwrap();

    let mut replay = loader(&by_day).replay(scripts).await.unwrap();
    let mut told = Vec::new();
    for day in 8..30 {
        let midnight = instant(&format!("2026-09-{day:02}")) + TimeDelta::days(1);
        replay.until(midnight).await.unwrap();
        assert!(last_told(&by_day).await.is_none_or(|last| last < midnight));
        told.push(rows(&by_day).await.len());
    }
    assert!(
        told.is_sorted() && told[0] < told[21],
        "days pass: {told:?}"
    );
    assert_eq!(replay.end().await.unwrap(), loaded);
    assert_eq!(rows(&by_day).await, rows(&whole).await);
    assert_eq!(
        by_day.limits.booked(&unit_key(OFFICINE, 5)),
        [(samples::weeks("2026-09-07", 8), Booked::Authorised)]
    );
}
