//! Every decision leaves a record, once.

use std::os::unix::fs::PermissionsExt;

use chrono::TimeDelta;
use tonic::Code;

use crate::world::{CASES, GET, OFFICE, PERSON, SUBMIT, World, eventually};

#[derive(Debug, PartialEq, Eq)]
struct Record {
    action: String,
    outcome: String,
    reason: Option<String>,
}

async fn records(world: &World) -> Vec<Record> {
    sqlx::query_as!(
        Record,
        "select action, outcome, reason from audit_record where resource_type = 'method' order by tx, id"
    )
    .fetch_all(world.database.database.pool())
    .await
    .unwrap()
}

fn record(path: &str, reason: Option<&str>) -> Record {
    Record {
        action: path[1..].to_owned(),
        outcome: if reason.is_some() {
            "REFUSED"
        } else {
            "ALLOWED"
        }
        .to_owned(),
        reason: reason.map(str::to_owned),
    }
}

#[tokio::test]
async fn allowed_and_refused_calls_are_recorded_with_who_and_as_what() {
    let mut world = World::new().await;
    world.call_known(SUBMIT).await;
    world.call_known(CASES).await;
    world.call(GET, &[]).await;
    world.call(OFFICE, &[]).await;
    world.stop().await;
    assert_eq!(
        records(&world).await,
        [
            record(SUBMIT, None),
            record(CASES, Some("IDN-E04")),
            record(GET, Some("IDN-E01")),
            record(OFFICE, None)
        ]
    );
    let submitted = sqlx::query!(
        "select actor, role, scope, length(trace_id) as trace from audit_record where action = $1",
        &SUBMIT[1..]
    )
    .fetch_one(world.database.database.pool())
    .await
    .unwrap();
    assert_eq!(submitted.actor, Some(PERSON));
    assert_eq!(
        (submitted.role.as_deref(), submitted.scope.as_deref()),
        (Some("AZ-CON"), Some("OWN"))
    );
    assert_eq!(submitted.trace, Some(32));
}

#[tokio::test]
async fn what_was_decided_before_the_gateway_was_killed_is_recorded_once() {
    let mut world = World::new().await;
    for _ in 0..3 {
        for _ in 0..20 {
            assert_eq!(world.call(OFFICE, &[]).await.code(), Code::Ok);
        }
        world.kill().await;
        world.clock.advance(TimeDelta::minutes(1));
        world.start();
    }
    world.stop().await;
    assert_eq!(records(&world).await.len(), 60);
}

#[tokio::test]
async fn records_reach_the_audit_trail_while_the_gateway_runs() {
    let world = World::new().await;
    world.call(OFFICE, &[]).await;
    eventually(async || records(&world).await.len() == 1).await;
}

#[tokio::test]
async fn a_second_gateway_does_not_write_into_the_journal_of_the_first() {
    let world = World::new().await;
    world.call(OFFICE, &[]).await;
    let folder = world.folder.path().join("journal");
    assert_eq!(
        std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777,
        0o700
    );
    let lock = std::fs::File::open(folder.join("instance")).unwrap();
    assert!(lock.try_lock().is_err());
}
