//! Reservations at the same instant, while the connections they run on are killed and the callers die.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use chassis::{Class, Reason};
use chrono::Days;
use limits::app::ReserveCommand;
use limits::domain::ledger::State;
use limits::domain::{Cause, Scheme};
use sqlx::{Connection, PgConnection};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;

use crate::world::{World, claims, day, industry, unit};

/// Kills a connection of the service at random, again and again.
async fn kill_connections(url: String, victims: Arc<AtomicU32>) {
    let mut connection = PgConnection::connect(&url).await.unwrap();
    loop {
        let hit = sqlx::query_scalar::<_, bool>(
            "select pg_terminate_backend(pid) from pg_stat_activity
             where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'
             order by random() limit 1",
        )
        .fetch_all(&mut connection)
        .await
        .unwrap();
        victims.fetch_add(u32::try_from(hit.len()).unwrap(), Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(8)).await;
    }
}

/// Asks until there is an answer; the caller dies from time to time, in the middle of a transaction, and asks again
/// under the same id. Says whether the weeks were granted.
async fn ask(world: Arc<World>, command: ReserveCommand, patience_ms: u64) -> bool {
    for attempt in 0.. {
        let patience = Duration::from_millis(patience_ms + 5 * attempt);
        match timeout(patience, world.reserve(&command)).await {
            Ok(Ok(_)) => return true,
            Ok(Err(failure)) if failure.reason() == Reason::LimitExceeded => return false,
            Ok(Err(failure)) => assert_ne!(failure.class(), Class::Malformed, "{failure}"),
            Err(_) => {}
        }
    }
    unreachable!("attempts have no end")
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_reservations_take_exactly_the_last_ten_weeks_while_connections_are_killed() {
    let world = Arc::new(World::new().await);
    let victims = Arc::new(AtomicU32::new(0));
    let killer: JoinHandle<()> =
        tokio::spawn(kill_connections(world.database.url(), victims.clone()));
    for round in 1..=2 {
        let unit = unit(round);
        let cigs = world.line(
            &unit,
            Scheme::Cigs,
            Cause::Riorg,
            day(2024, 1, 1),
            day(2025, 10, 20),
        );
        while world.import(std::slice::from_ref(&cigs)).await.is_err() {}
        let mut callers = JoinSet::new();
        for offset in 0..64 {
            let command = world.weeks(&unit, day(2026, 11, 23) + Days::new(offset * 7), 1);
            callers.spawn(ask(world.clone(), command, offset % 16));
        }
        let granted = callers.join_all().await.into_iter().filter(|won| *won);
        assert_eq!(granted.count(), 10, "round {round}");
    }
    killer.abort();
    assert!(
        victims.load(Ordering::Relaxed) > 20,
        "the connections were not killed: the test proves nothing"
    );
    for round in 1..=2 {
        world.knows(&unit(round), industry());
        let ledger = ledger(&world, round).await;
        let reserved = ledger
            .iter()
            .filter(|state| matches!(state, State::Reserved { .. }));
        assert_eq!((reserved.count(), ledger.len()), (10, 11), "round {round}");
    }
}

/// The states of the ledger, on a connection that lives: the last kill may have hit one that is still in the pool.
async fn ledger(world: &World, round: u32) -> Vec<State> {
    let (caller, unit) = (claims(), unit(round));
    loop {
        if let Ok(page) = world.app.ledger(&caller, &unit, None, 200, "").await {
            return page
                .entries
                .iter()
                .map(|version| version.entry.state)
                .collect();
        }
    }
}
