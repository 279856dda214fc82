//! People and system clients: the only place where an opaque id meets a codice fiscale.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

/// The id of a person, who becomes known as `new` if unknown. Two calls at once agree on one id.
pub async fn ensure(
    db: impl PgExecutor<'_>,
    codice_fiscale: &str,
    new: Uuid,
    now: DateTime<Utc>,
) -> Result<Uuid, sqlx::Error> {
    sqlx::query_scalar!(
        "INSERT INTO person (id, codice_fiscale, created_at) VALUES ($1, $2, $3)
         ON CONFLICT (codice_fiscale) DO UPDATE SET codice_fiscale = excluded.codice_fiscale
         RETURNING id",
        new,
        codice_fiscale,
        now,
    )
    .fetch_one(db)
    .await
}

/// Holds changes of a person's roles and mandates apart until the transaction ends.
pub async fn lock(conn: &mut PgConnection, person: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("SELECT id FROM person WHERE id = $1 FOR UPDATE", person)
        .fetch_optional(conn)
        .await?;
    Ok(())
}

/// As [`ensure`] and [`lock`], for many. `new` gives an id for each codice fiscale that is not known.
pub async fn ensure_all(
    conn: &mut PgConnection,
    codici_fiscali: &[String],
    new: &[Uuid],
    now: DateTime<Utc>,
) -> Result<HashMap<String, Uuid>, sqlx::Error> {
    sqlx::query!(
        "INSERT INTO person (id, codice_fiscale, created_at)
         SELECT id, codice_fiscale, $3 FROM unnest($1::uuid[], $2::text[]) AS new (id, codice_fiscale)
         ORDER BY codice_fiscale
         ON CONFLICT (codice_fiscale) DO NOTHING",
        new,
        codici_fiscali,
        now,
    )
    .execute(&mut *conn)
    .await?;
    let rows = sqlx::query!(
        "SELECT id, codice_fiscale FROM person WHERE codice_fiscale = ANY($1) ORDER BY id FOR UPDATE",
        codici_fiscali,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.codice_fiscale, row.id))
        .collect())
}

/// The ids of system clients, who become known if unknown.
pub async fn ensure_clients(
    conn: &mut PgConnection,
    client_ids: &[String],
    new: &[Uuid],
    now: DateTime<Utc>,
) -> Result<HashMap<String, Uuid>, sqlx::Error> {
    sqlx::query!(
        "INSERT INTO client (id, client_id, created_at)
         SELECT id, client_id, $3 FROM unnest($1::uuid[], $2::text[]) AS new (id, client_id)
         ORDER BY client_id
         ON CONFLICT (client_id) DO NOTHING",
        new,
        client_ids,
        now,
    )
    .execute(&mut *conn)
    .await?;
    let rows = sqlx::query!(
        "SELECT id, client_id FROM client WHERE client_id = ANY($1) ORDER BY id FOR UPDATE",
        client_ids,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.client_id, row.id))
        .collect())
}
