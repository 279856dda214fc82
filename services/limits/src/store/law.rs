//! The sets of rules that were recorded.

use chassis::{Failure, Tx};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::domain::law::LawVersion;
use crate::domain::rules::Record;

/// Whether a set was recorded, now or before.
pub(crate) async fn law_is_recorded(
    connection: &mut PgConnection,
    digest: &[u8],
) -> Result<bool, Failure> {
    let found = sqlx::query_scalar!(
        r#"select exists (select from law_version where digest = $1) as "found!""#,
        digest
    )
    .fetch_one(connection)
    .await?;
    Ok(found)
}

/// Waits for every answer and every change under way, and keeps others waiting until the end of the transaction.
pub(crate) async fn lock_law(tx: &mut Tx) -> Result<(), Failure> {
    sqlx::query!("select pg_advisory_xact_lock(14821, 0)")
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Records a set that never was, from now on and later than everything that was known before. The law must be locked.
pub(crate) async fn record_law(
    tx: &mut Tx,
    record: &Record,
    digest: &[u8],
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    sqlx::query!(
        "insert into law_version (version, recorded_at, digest, record)
         select coalesce(max(version), 0) + 1,
                greatest(
                    $3::timestamptz,
                    max(recorded_at) + interval '1 microsecond',
                    (select max(last_recorded_at) from unit) + interval '1 microsecond'
                ),
                $1::bytea, $2::text
         from law_version
         on conflict (digest) do nothing",
        digest,
        record.as_str(),
        now,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Number of the set known at an instant, or now; it stays so until the end of the transaction. Before the first was
/// recorded, the first; `None` when there is none at all.
pub(crate) async fn law_known(
    connection: &mut PgConnection,
    at: Option<DateTime<Utc>>,
) -> Result<Option<i32>, Failure> {
    let number = sqlx::query_scalar!("select law_known($1)", at)
        .fetch_one(connection)
        .await?;
    Ok(number)
}

/// The sets recorded after that of a number, oldest first.
pub(crate) async fn laws_after(
    connection: &mut PgConnection,
    number: i32,
) -> Result<Vec<LawVersion>, Failure> {
    let rows = sqlx::query!(
        "select version, recorded_at, digest, record from law_version where version > $1 order by version",
        number
    )
    .fetch_all(connection)
    .await?;
    let versions = rows.into_iter().map(|row| {
        let record = Record::kept(row.record);
        LawVersion::read(row.version, row.recorded_at, row.digest, &record)
    });
    Ok(versions.collect())
}
