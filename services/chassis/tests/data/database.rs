//! Migrations and transactions.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use chassis::db::{self, ScopedFutureExt};
use chassis::{Class, Failure};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, SqlSafeStr};
use testkit::TestDatabase;
use tokio::sync::Barrier;

fn one_migration(version: i64, sql: &'static str) -> Migrator {
    let sql = AssertSqlSafe(sql).into_sql_str();
    Migrator::with_migrations(vec![Migration::new(
        version,
        "test".into(),
        MigrationType::Simple,
        sql,
        false,
    )])
}

#[tokio::test]
async fn the_migrations_of_a_service_follow_those_of_the_chassis() {
    let test = TestDatabase::of_chassis().await;
    let service = one_migration(1000, "create table thing as select count(*) from outbox");
    assert_eq!(
        db::pending(test.database.pool(), &service).await.unwrap(),
        1
    );
    db::migrate(test.database.pool(), &service).await.unwrap();
    db::migrate(test.database.pool(), &service).await.unwrap();
    assert_eq!(
        db::pending(test.database.pool(), &service).await.unwrap(),
        0
    );
}

#[tokio::test]
async fn a_service_cannot_take_a_version_of_the_chassis() {
    let test = TestDatabase::of_chassis().await;
    let service = one_migration(1, "select 1");
    assert!(db::migrate(test.database.pool(), &service).await.is_err());
}

#[tokio::test]
async fn two_transactions_in_each_others_way_both_commit_in_the_end() {
    let test = TestDatabase::of_chassis().await;
    sqlx::raw_sql("create table thing (id int, n int); insert into thing values (1, 0), (2, 0)")
        .execute(test.database.pool())
        .await
        .unwrap();
    let both_hold_one = Arc::new(Barrier::new(2));
    let attempts = Arc::new(AtomicU32::new(0));
    let cross = async |first: i32, second: i32| {
        let (barrier, attempts) = (&both_hold_one, &attempts);
        test.database
            .transaction("cross", |tx| {
                async move {
                    let attempt = attempts.fetch_add(1, Ordering::SeqCst);
                    sqlx::query("update thing set n = n + 1 where id = $1")
                        .bind(first)
                        .execute(&mut **tx)
                        .await?;
                    if attempt < 2 {
                        barrier.wait().await;
                    }
                    sqlx::query("update thing set n = n + 1 where id = $1")
                        .bind(second)
                        .execute(&mut **tx)
                        .await?;
                    Ok(())
                }
                .scope_boxed()
            })
            .await
    };
    let (one, other) = tokio::join!(cross(1, 2), cross(2, 1));
    one.unwrap();
    other.unwrap();
    assert_eq!(
        attempts.load(Ordering::SeqCst),
        3,
        "the victim of the deadlock ran again"
    );
    let sum: i64 = sqlx::query_scalar("select sum(n) from thing")
        .fetch_one(test.database.pool())
        .await
        .unwrap();
    assert_eq!(sum, 4);
}

#[tokio::test]
async fn a_refusal_rolls_back_and_is_not_tried_again() {
    let test = TestDatabase::of_chassis().await;
    sqlx::raw_sql("create table thing (id int)")
        .execute(test.database.pool())
        .await
        .unwrap();
    let mut attempts = 0;
    let result: Result<(), Failure> = test
        .database
        .transaction("refuse", |tx| {
            attempts += 1;
            async move {
                sqlx::query("insert into thing values (1)")
                    .execute(&mut **tx)
                    .await?;
                Err(Failure::not_found())
            }
            .scope_boxed()
        })
        .await;
    assert_eq!(result.unwrap_err().class(), Class::NotFound);
    assert_eq!(attempts, 1);
    let rows: i64 = sqlx::query_scalar("select count(*) from thing")
        .fetch_one(test.database.pool())
        .await
        .unwrap();
    assert_eq!(rows, 0);
}

#[tokio::test]
async fn a_month_whose_records_already_live_in_the_default_partition_goes_on_there() {
    let test = TestDatabase::of_chassis().await;
    let pool = test.database.pool();
    sqlx::query(
        "insert into audit_record (at, tx, action, resource_type, resource_id, result_count, outcome)
         values ('2031-05-10', 1, 'a', 'b', 'c', 0, 'DONE')",
    )
    .execute(pool)
    .await
    .unwrap();
    sqlx::query("call extend_audit('2031-05-20')")
        .execute(pool)
        .await
        .unwrap();
    let made: Vec<String> = sqlx::query_scalar(
        "select relname::text from pg_class where relname like 'audit_record_2031%' and relkind = 'r' order by 1",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    assert_eq!(made, ["audit_record_2031_06", "audit_record_2031_07"]);
}

#[tokio::test]
async fn after_a_restore_into_a_younger_cluster_new_events_still_come_last() {
    let test = TestDatabase::of_chassis().await;
    let pool = test.database.pool();
    sqlx::query(
        "insert into outbox (tx, event_id, aggregate_type, aggregate_id, payload_type, payload, occurred_at, traceparent)
         values (900000000000, gen_random_uuid(), 'thing', '1', 'T', '', now(), '')",
    )
    .execute(pool)
    .await
    .unwrap();
    db::migrate(pool, &Migrator::with_migrations(Vec::new()))
        .await
        .unwrap();
    test.database
        .transaction("publish", |tx| {
            async move {
                let at = chrono::DateTime::UNIX_EPOCH;
                chassis::outbox::publish(tx, uuid::Uuid::nil(), "thing", "2", &1_u64, at).await
            }
            .scope_boxed()
        })
        .await
        .unwrap();
    let newest: i64 = sqlx::query_scalar("select tx from outbox where aggregate_id = '2'")
        .fetch_one(pool)
        .await
        .unwrap();
    assert!(newest > 900_000_000_000);
}
