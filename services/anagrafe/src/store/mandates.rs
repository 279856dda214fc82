//! Mandates.

use chassis::access::Role;
use chassis::identity::{Caller, Scope};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::BATCH;
use crate::domain::mandate::{AZIENDALE, Mandate};

/// Whose mandates a caller may see: those of the own firms, or those held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// Given by these matricole.
    Of(Vec<String>),
    /// Held by this person.
    Held(Uuid),
}

impl Reach {
    /// The reach of a caller.
    pub fn of(caller: &Caller) -> Self {
        match (&caller.role, &caller.scope) {
            (Role::Int, _) => Self::Held(caller.person),
            (_, scope @ (Scope::Own(_) | Scope::Mandate(_))) => {
                Self::Of(scope.matricole().unwrap_or_default())
            }
            _ => Self::Of(Vec::new()),
        }
    }

    fn matricole(&self) -> Option<&[String]> {
        match self {
            Self::Of(matricole) => Some(matricole),
            Self::Held(_) => None,
        }
    }

    fn delegate(&self) -> Option<Uuid> {
        match self {
            Self::Of(_) => None,
            Self::Held(person) => Some(*person),
        }
    }
}

/// The active mandates of a person, or the one asked for if it is active; two at most, which stand for "several".
pub async fn active_of(
    db: impl PgExecutor<'_>,
    delegate: Uuid,
    asked: Option<Uuid>,
    today: NaiveDate,
) -> Result<Vec<Mandate>, sqlx::Error> {
    sqlx::query_as!(
        Mandate,
        r#"SELECT m.id, m.matricola, e.name AS employer_name, m.delegate_id AS delegate, m.valid_from AS "from",
                  m.valid_to AS "to", m.withdrawn_at
           FROM mandate m JOIN employer e USING (matricola)
           WHERE m.delegate_id = $1 AND m.withdrawn_at IS NULL AND m.valid_from <= $2
             AND (m.valid_to IS NULL OR m.valid_to >= $2) AND ($3::uuid IS NULL OR m.id = $3)
           ORDER BY m.id LIMIT 2"#,
        delegate,
        today,
        asked,
    )
    .fetch_all(db)
    .await
}

/// The mandates that a person holds and that are not over.
pub async fn held_by(
    db: impl PgExecutor<'_>,
    delegate: Uuid,
    today: NaiveDate,
) -> Result<Vec<Mandate>, sqlx::Error> {
    sqlx::query_as!(
        Mandate,
        r#"SELECT m.id, m.matricola, e.name AS employer_name, m.delegate_id AS delegate, m.valid_from AS "from",
                  m.valid_to AS "to", m.withdrawn_at
           FROM mandate m JOIN employer e USING (matricola)
           WHERE m.delegate_id = $1 AND m.withdrawn_at IS NULL AND (m.valid_to IS NULL OR m.valid_to >= $2)
           ORDER BY m.id"#,
        delegate,
        today,
    )
    .fetch_all(db)
    .await
}

/// Which of these people hold a mandate that is not over.
pub async fn delegates_among(
    db: impl PgExecutor<'_>,
    people: &[Uuid],
    today: NaiveDate,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT DISTINCT delegate_id FROM mandate
         WHERE delegate_id = ANY($1) AND withdrawn_at IS NULL AND (valid_to IS NULL OR valid_to >= $2)",
        people,
        today,
    )
    .fetch_all(db)
    .await
}

/// The mandates with these ids, as they are now, for those who watch them.
pub async fn watched(db: impl PgExecutor<'_>, ids: &[Uuid]) -> Result<Vec<Mandate>, sqlx::Error> {
    sqlx::query_as!(
        Mandate,
        r#"SELECT m.id, m.matricola, e.name AS employer_name, m.delegate_id AS delegate, m.valid_from AS "from",
                  m.valid_to AS "to", m.withdrawn_at
           FROM mandate m JOIN employer e USING (matricola)
           WHERE m.id = ANY($1)"#,
        ids,
    )
    .fetch_all(db)
    .await
}

/// A page of the mandates within reach, past ones included, ordered by id; one row more than `size`.
pub async fn page(
    db: impl PgExecutor<'_>,
    reach: &Reach,
    after: Option<Uuid>,
    size: i64,
) -> Result<Vec<Mandate>, sqlx::Error> {
    sqlx::query_as!(
        Mandate,
        r#"SELECT m.id, m.matricola, e.name AS employer_name, m.delegate_id AS delegate, m.valid_from AS "from",
                  m.valid_to AS "to", m.withdrawn_at
           FROM mandate m JOIN employer e USING (matricola)
           WHERE ($1::text[] IS NULL OR m.matricola = ANY($1)) AND ($2::uuid IS NULL OR m.delegate_id = $2)
             AND ($3::uuid IS NULL OR m.id > $3)
           ORDER BY m.id LIMIT $4::bigint + 1"#,
        reach.matricole() as Option<&[String]>,
        reach.delegate(),
        after,
        size,
    )
    .fetch_all(db)
    .await
}

/// A mandate within reach, held until the transaction ends.
pub async fn in_reach(
    conn: &mut PgConnection,
    reach: &Reach,
    id: Uuid,
) -> Result<Option<Mandate>, sqlx::Error> {
    sqlx::query_as!(
        Mandate,
        r#"SELECT m.id, m.matricola, e.name AS employer_name, m.delegate_id AS delegate, m.valid_from AS "from",
                  m.valid_to AS "to", m.withdrawn_at
           FROM mandate m JOIN employer e USING (matricola)
           WHERE m.id = $1 AND ($2::text[] IS NULL OR m.matricola = ANY($2))
             AND ($3::uuid IS NULL OR m.delegate_id = $3)
           FOR UPDATE OF m"#,
        id,
        reach.matricole() as Option<&[String]>,
        reach.delegate(),
    )
    .fetch_optional(conn)
    .await
}

/// Every mandate that these people hold or held, withdrawn ones first.
pub async fn ever_of(
    db: impl PgExecutor<'_>,
    delegates: &[Uuid],
) -> Result<Vec<Mandate>, sqlx::Error> {
    sqlx::query_as!(
        Mandate,
        r#"SELECT m.id, m.matricola, e.name AS employer_name, m.delegate_id AS delegate, m.valid_from AS "from",
                  m.valid_to AS "to", m.withdrawn_at
           FROM mandate m JOIN employer e USING (matricola)
           WHERE m.delegate_id = ANY($1)
           ORDER BY m.withdrawn_at NULLS LAST"#,
        delegates,
    )
    .fetch_all(db)
    .await
}

/// Writes new mandates.
pub async fn insert(
    conn: &mut PgConnection,
    mandates: &[Mandate],
    granted_by: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    for batch in mandates.chunks(BATCH) {
        let id: Vec<Uuid> = batch.iter().map(|one| one.id).collect();
        let matricola: Vec<String> = batch.iter().map(|one| one.matricola.clone()).collect();
        let delegate: Vec<Uuid> = batch.iter().map(|one| one.delegate).collect();
        let from: Vec<NaiveDate> = batch.iter().map(|one| one.from).collect();
        let to: Vec<Option<NaiveDate>> = batch.iter().map(|one| one.to).collect();
        sqlx::query!(
            "INSERT INTO mandate (id, type, matricola, delegate_id, valid_from, valid_to, granted_by, created_at)
             SELECT id, $6, matricola, delegate, first, last, $7, $8
             FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::date[], $5::date[])
                 AS new (id, matricola, delegate, first, last)",
            &id,
            &matricola,
            &delegate,
            &from,
            &to as &[Option<NaiveDate>],
            AZIENDALE,
            granted_by,
            now,
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Writes the last days of mandates.
pub async fn set_ends(
    conn: &mut PgConnection,
    ends: &[(Uuid, Option<NaiveDate>)],
) -> Result<(), sqlx::Error> {
    for batch in ends.chunks(BATCH) {
        let id: Vec<Uuid> = batch.iter().map(|one| one.0).collect();
        let to: Vec<Option<NaiveDate>> = batch.iter().map(|one| one.1).collect();
        sqlx::query!(
            "UPDATE mandate m SET valid_to = new.last
             FROM unnest($1::uuid[], $2::date[]) AS new (id, last) WHERE m.id = new.id",
            &id,
            &to as &[Option<NaiveDate>],
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Withdraws a mandate.
pub async fn withdraw(
    conn: &mut PgConnection,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE mandate SET withdrawn_at = $2 WHERE id = $1",
        id,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}
