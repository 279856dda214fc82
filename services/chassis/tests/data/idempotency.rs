//! One request id, one effect.

use std::sync::Arc;

use chassis::db::ScopedFutureExt;
use chassis::{Class, Database, Failure, Reason, idempotency};
use testkit::TestDatabase;
use tokio::sync::Notify;
use uuid::Uuid;

const METHOD: &str = "omnia.claims.v1.ClaimService/CreateClaim";
const CALLER: Uuid = Uuid::from_u128(1);
const REQUEST: Uuid = Uuid::from_u128(2);

/// Creates something with `id` under the request id, unless it was created before; returns what there is then.
async fn create(database: &Database, id: Uuid, content: &[u8]) -> Result<Uuid, Failure> {
    database
        .transaction("create", |tx| {
            async move {
                if let Some(before) =
                    idempotency::claim(tx, METHOD, CALLER, REQUEST, content).await?
                {
                    return Ok(before);
                }
                idempotency::complete(tx, METHOD, CALLER, REQUEST, id).await?;
                Ok(id)
            }
            .scope_boxed()
        })
        .await
}

#[tokio::test]
async fn a_repeated_request_gets_the_first_answer() {
    let test = TestDatabase::of_chassis().await;
    let first = Uuid::from_u128(10);
    assert_eq!(
        create(&test.database, first, b"content").await.unwrap(),
        first
    );
    assert_eq!(
        create(&test.database, Uuid::from_u128(11), b"content")
            .await
            .unwrap(),
        first
    );
}

#[tokio::test]
async fn a_request_id_used_for_another_content_is_refused() {
    let test = TestDatabase::of_chassis().await;
    create(&test.database, Uuid::from_u128(10), b"content")
        .await
        .unwrap();
    let refused = create(&test.database, Uuid::from_u128(11), b"another")
        .await
        .unwrap_err();
    assert_eq!(
        (refused.class(), refused.reason()),
        (Class::Exists, Reason::IdnE12)
    );
}

#[tokio::test]
async fn of_two_concurrent_requests_the_second_waits_and_gets_the_answer_of_the_first() {
    let test = TestDatabase::of_chassis().await;
    let answers = concurrent(&test, true).await;
    assert_eq!(answers, (true, Uuid::from_u128(10)));
}

#[tokio::test]
async fn when_the_first_of_two_concurrent_requests_fails_the_second_takes_its_place() {
    let test = TestDatabase::of_chassis().await;
    let answers = concurrent(&test, false).await;
    assert_eq!(answers, (false, Uuid::from_u128(11)));
}

/// Holds a first request open until a second one waits for it, then ends the first; returns whether the first
/// succeeded and what the second was answered.
async fn concurrent(test: &TestDatabase, first_commits: bool) -> (bool, Uuid) {
    let (claimed, finish) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (claimed, finish) = (&claimed, &finish);
    let first = test.database.transaction("first", |tx| {
        async move {
            idempotency::claim(tx, METHOD, CALLER, REQUEST, b"content").await?;
            claimed.notify_one();
            finish.notified().await;
            idempotency::complete(tx, METHOD, CALLER, REQUEST, Uuid::from_u128(10)).await?;
            if first_commits {
                Ok(())
            } else {
                Err(Failure::not_found())
            }
        }
        .scope_boxed()
    });
    let second = async {
        claimed.notified().await;
        create(&test.database, Uuid::from_u128(11), b"content").await
    };
    let referee = async {
        crate::eventually("the second request waits", async || {
            sqlx::query_scalar::<_, i64>(
                "select count(*) from pg_locks where not granted and locktype = 'transactionid'
                 and pid in (select pid from pg_stat_activity where datname = current_database())",
            )
            .fetch_one(test.database.pool())
            .await
            .unwrap()
                == 1
        })
        .await;
        finish.notify_one();
    };
    let (first, second, ()) = tokio::join!(first, second, referee);
    (first.is_ok(), second.unwrap())
}
