//! Migrations: those of the chassis (outbox, audit, idempotency, jobs) and those of the service, in one database.

use std::collections::HashSet;

use sha2::{Digest, Sha256};
use sqlx::migrate::{Migrate, MigrateError, Migrator};
use sqlx::{Connection, PgConnection, PgPool};

/// Schema of what the chassis keeps in every service's database.
static CHASSIS: Migrator = sqlx::migrate!();

/// Where the versions of services begin.
const FIRST_OF_SERVICE: i64 = 1000;

const TABLE: &str = "_sqlx_migrations";

/// Applies what is pending: first the chassis' migrations (versions below 1000), then the service's (from 1000 on).
pub async fn migrate(pool: &PgPool, service: &Migrator) -> Result<(), MigrateError> {
    let migrations = merged(service)?;
    // A connection of its own, closed in any case: it holds the migrator's lock, and waits for it without a time limit.
    let mut connection = PgConnection::connect_with(&pool.connect_options()).await?;
    let result = run(&mut connection, &migrations).await;
    connection.close().await?;
    result
}

/// Number of migrations that the database lacks. A service does not start when it is above zero.
pub async fn pending(pool: &PgPool, service: &Migrator) -> Result<usize, MigrateError> {
    let migrations = merged(service)?;
    let mut connection = pool.acquire().await?;
    if sqlx::query_scalar!("select to_regclass('_sqlx_migrations')::text")
        .fetch_one(&mut *connection)
        .await?
        .is_none()
    {
        return Ok(migrations.iter().count());
    }
    let applied = connection.list_applied_migrations(TABLE).await?;
    let applied: HashSet<i64> = applied
        .into_iter()
        .map(|migration| migration.version)
        .collect();
    Ok(migrations
        .iter()
        .filter(|migration| !applied.contains(&migration.version))
        .count())
}

/// A name for the schema that results from the migrations: equal for equal migrations.
pub fn fingerprint(service: &Migrator) -> Result<String, MigrateError> {
    let mut digest = Sha256::new();
    for migration in merged(service)?.iter() {
        digest.update(migration.version.to_be_bytes());
        digest.update(&migration.checksum);
    }
    Ok(hex::encode(digest.finalize()))
}

async fn run(connection: &mut PgConnection, migrations: &Migrator) -> Result<(), MigrateError> {
    sqlx::query!("select set_config('statement_timeout', '0', false)")
        .fetch_one(&mut *connection)
        .await?;
    migrations.run(&mut *connection).await?;
    carry_on_after_restore(connection).await?;
    Ok(())
}

/// After a restore from a dump the cluster may hand out transaction ids below those in the outbox and the audit trail.
/// Raising the base keeps new events behind the old ones, and the cursors of consumers valid.
async fn carry_on_after_restore(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update tx_base
         set base = highest.tx + 1 - pg_current_xact_id()::text::bigint
         from (
             select greatest((select max(tx) from outbox), (select max(tx) from audit_record)) as tx
         ) highest
         where highest.tx > base + pg_current_xact_id()::text::bigint"
    )
    .execute(connection)
    .await?;
    Ok(())
}

fn merged(service: &Migrator) -> Result<Migrator, MigrateError> {
    if let Some(low) = service
        .iter()
        .find(|migration| migration.version < FIRST_OF_SERVICE)
    {
        let version = low.version;
        return Err(MigrateError::Source(
            format!("migration {version} of a service: versions below {FIRST_OF_SERVICE} belong to the chassis").into(),
        ));
    }
    Ok(Migrator::with_migrations(
        CHASSIS.iter().chain(service.iter()).cloned().collect(),
    ))
}
