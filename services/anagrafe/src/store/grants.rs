//! Roles held.

use chassis::identity::Scope;
use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::{BATCH, decode};
use crate::domain::grant::Grant;

/// A grant to be written.
#[derive(Debug, Clone)]
pub struct NewGrant {
    /// The grant.
    pub grant: Grant,
    /// Whether the holder is a system client.
    pub is_client: bool,
    /// Office whose IDM keeps it.
    pub structure: Option<String>,
    /// Who granted it; none for an import.
    pub granted_by: Option<Uuid>,
}

/// A grant with the name of the firm it is held at.
#[derive(Debug, Clone)]
pub struct NamedGrant {
    /// The grant.
    pub grant: Grant,
    /// Name of the firm, for roles at employers.
    pub employer_name: Option<String>,
}

/// What is known of somebody by codice fiscale: id, whether there is or was a mandate, live roles.
#[derive(Debug, Clone)]
pub struct Known {
    /// Opaque id.
    pub id: Uuid,
    /// Whether there is or was a mandate.
    pub is_delegate: bool,
    /// Roles that are not over.
    pub grants: Vec<Grant>,
}

/// One row of `role_grant`.
struct Row {
    id: Uuid,
    holder: Uuid,
    role: String,
    organisation: String,
    areas: Vec<String>,
    effective_from: DateTime<Utc>,
    effective_to: Option<DateTime<Utc>>,
    withdrawn_at: Option<DateTime<Utc>>,
    dasmo_from: Option<DateTime<Utc>>,
    dasmo_withdrawn_at: Option<DateTime<Utc>>,
}

impl Row {
    fn grant(self) -> Result<Grant, sqlx::Error> {
        Ok(Grant {
            id: self.id,
            holder: self.holder,
            role: decode(&self.role)?,
            organisation: self.organisation,
            areas: self.areas,
            effective_from: self.effective_from,
            effective_to: self.effective_to,
            withdrawn_at: self.withdrawn_at,
            dasmo_from: self.dasmo_from,
            dasmo_withdrawn_at: self.dasmo_withdrawn_at,
        })
    }
}

/// A person by codice fiscale with the roles that are not over; the gateway asks for it on every call.
pub async fn of_codice_fiscale(
    db: impl PgExecutor<'_>,
    codice_fiscale: &str,
    now: DateTime<Utc>,
) -> Result<Option<Known>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT p.id AS person,
                  EXISTS (SELECT 1 FROM mandate m WHERE m.delegate_id = p.id) AS "is_delegate!",
                  g.id AS "id?", g.role AS "role?", g.organisation AS "organisation?", g.areas AS "areas?",
                  g.effective_from AS "effective_from?", g.effective_to, g.dasmo_from, g.dasmo_withdrawn_at
           FROM person p
           LEFT JOIN role_grant g ON g.person_id = p.id AND g.withdrawn_at IS NULL
                AND (g.effective_to IS NULL OR g.effective_to > $2)
           WHERE p.codice_fiscale = $1"#,
        codice_fiscale,
        now,
    )
    .fetch_all(db)
    .await?;
    let Some(first) = rows.first() else {
        return Ok(None);
    };
    let mut known = Known {
        id: first.person,
        is_delegate: first.is_delegate,
        grants: Vec::new(),
    };
    for row in rows {
        let (Some(id), Some(role), Some(organisation), Some(areas), Some(effective_from)) = (
            row.id,
            row.role,
            row.organisation,
            row.areas,
            row.effective_from,
        ) else {
            continue;
        };
        let row = Row {
            id,
            holder: row.person,
            role,
            organisation,
            areas,
            effective_from,
            effective_to: row.effective_to,
            withdrawn_at: None,
            dasmo_from: row.dasmo_from,
            dasmo_withdrawn_at: row.dasmo_withdrawn_at,
        };
        known.grants.push(row.grant()?);
    }
    Ok(Some(known))
}

/// A system client by its id, with the roles that are not over.
pub async fn of_client(
    db: impl PgExecutor<'_>,
    client_id: &str,
    now: DateTime<Utc>,
) -> Result<Option<Known>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT g.id, c.id AS holder, g.role, g.organisation, g.areas, g.effective_from, g.effective_to,
                  g.withdrawn_at, g.dasmo_from, g.dasmo_withdrawn_at
           FROM client c JOIN role_grant g ON g.client_id = c.id
           WHERE c.client_id = $1 AND g.withdrawn_at IS NULL AND (g.effective_to IS NULL OR g.effective_to > $2)"#,
        client_id,
        now,
    )
    .fetch_all(db)
    .await?;
    let Some(id) = rows.first().map(|row| row.holder) else {
        return Ok(None);
    };
    let grants = rows.into_iter().map(Row::grant).collect::<Result<_, _>>()?;
    Ok(Some(Known {
        id,
        is_delegate: false,
        grants,
    }))
}

/// The roles of some people that are not over.
pub async fn of_people(
    db: impl PgExecutor<'_>,
    people: &[Uuid],
    now: DateTime<Utc>,
) -> Result<Vec<Grant>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"SELECT id, person_id AS "holder!", role, organisation, areas, effective_from, effective_to,
                  withdrawn_at, dasmo_from, dasmo_withdrawn_at
           FROM role_grant
           WHERE person_id = ANY($1) AND withdrawn_at IS NULL AND (effective_to IS NULL OR effective_to > $2)"#,
        people,
        now,
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(Row::grant)
    .collect()
}

/// The roles of territorial staff that are held at an office at an instant, by person and role.
pub async fn staff_of(
    db: impl PgExecutor<'_>,
    office: &str,
    now: DateTime<Utc>,
) -> Result<Vec<Grant>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"SELECT id, person_id AS "holder!", role, organisation, areas, effective_from, effective_to, withdrawn_at,
                  dasmo_from, dasmo_withdrawn_at
           FROM role_grant
           WHERE organisation = $1 AND role IN ('SEDE', 'PO', 'DIR', 'DSEDE') AND person_id IS NOT NULL
             AND withdrawn_at IS NULL AND effective_from <= $2 AND (effective_to IS NULL OR effective_to > $2)
           ORDER BY person_id, role"#,
        office,
        now,
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(Row::grant)
    .collect()
}

/// Every role that some people or clients hold or held, withdrawn ones first.
pub async fn ever_of(db: impl PgExecutor<'_>, holders: &[Uuid]) -> Result<Vec<Grant>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"SELECT id, coalesce(person_id, client_id) AS "holder!", role, organisation, areas, effective_from,
                  effective_to, withdrawn_at, dasmo_from, dasmo_withdrawn_at
           FROM role_grant
           WHERE person_id = ANY($1) OR client_id = ANY($1)
           ORDER BY withdrawn_at NULLS LAST"#,
        holders,
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(Row::grant)
    .collect()
}

/// The roles of one person that are not over, to choose from, with the names of firms.
pub async fn own(
    db: impl PgExecutor<'_>,
    person: Uuid,
    now: DateTime<Utc>,
) -> Result<Vec<NamedGrant>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT g.id, g.person_id AS "holder!", g.role, g.organisation, g.areas, g.effective_from, g.effective_to,
                  g.withdrawn_at, g.dasmo_from, g.dasmo_withdrawn_at, e.name AS "employer_name?"
           FROM role_grant g
           LEFT JOIN employer e ON e.matricola = g.organisation AND g.role LIKE 'AZ-%'
           WHERE g.person_id = $1 AND g.withdrawn_at IS NULL AND (g.effective_to IS NULL OR g.effective_to > $2)
           ORDER BY g.role, g.organisation, g.effective_from"#,
        person,
        now,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let employer_name = row.employer_name;
            let row = Row {
                id: row.id,
                holder: row.holder,
                role: row.role,
                organisation: row.organisation,
                areas: row.areas,
                effective_from: row.effective_from,
                effective_to: row.effective_to,
                withdrawn_at: row.withdrawn_at,
                dasmo_from: row.dasmo_from,
                dasmo_withdrawn_at: row.dasmo_withdrawn_at,
            };
            Ok(NamedGrant {
                grant: row.grant()?,
                employer_name,
            })
        })
        .collect()
}

/// A page of the grants kept by the structures in scope, ordered by id; one row more than `size`.
pub async fn page(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    after: Option<Uuid>,
    size: i64,
) -> Result<Vec<Grant>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"SELECT id, person_id AS "holder!", role, organisation, areas, effective_from, effective_to, withdrawn_at,
                  dasmo_from, dasmo_withdrawn_at
           FROM role_grant
           WHERE structure = ANY($1) AND ($2::uuid IS NULL OR id > $2) AND person_id IS NOT NULL
           ORDER BY id LIMIT $3::bigint + 1"#,
        &structures(scope),
        after,
        size,
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(Row::grant)
    .collect()
}

/// A grant kept by the structures in scope, held until the transaction ends.
pub async fn in_scope(
    conn: &mut PgConnection,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<Grant>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"SELECT id, person_id AS "holder!", role, organisation, areas, effective_from, effective_to, withdrawn_at,
                  dasmo_from, dasmo_withdrawn_at
           FROM role_grant
           WHERE id = $1 AND structure = ANY($2) AND person_id IS NOT NULL
           FOR UPDATE"#,
        id,
        &structures(scope),
    )
    .fetch_optional(conn)
    .await?
    .map(Row::grant)
    .transpose()
}

/// Staff roles belong to structures: a scope that names none holds none.
fn structures(scope: &Scope) -> Vec<String> {
    scope.offices().unwrap_or_default()
}

/// Writes new grants.
pub async fn insert(
    conn: &mut PgConnection,
    grants: &[NewGrant],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    for batch in grants.chunks(BATCH) {
        insert_batch(conn, batch, now).await?;
    }
    Ok(())
}

async fn insert_batch(
    conn: &mut PgConnection,
    grants: &[NewGrant],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let holder = |one: &NewGrant, client| (one.is_client == client).then_some(one.grant.holder);
    let id: Vec<Uuid> = grants.iter().map(|one| one.grant.id).collect();
    let person: Vec<Option<Uuid>> = grants.iter().map(|one| holder(one, false)).collect();
    let client: Vec<Option<Uuid>> = grants.iter().map(|one| holder(one, true)).collect();
    let role: Vec<String> = grants
        .iter()
        .map(|one| one.grant.role.id().to_owned())
        .collect();
    let organisation: Vec<String> = grants
        .iter()
        .map(|one| one.grant.organisation.clone())
        .collect();
    let structure: Vec<Option<String>> = grants.iter().map(|one| one.structure.clone()).collect();
    let areas: Vec<String> = grants.iter().map(|one| one.grant.areas.join("|")).collect();
    let effective_from: Vec<DateTime<Utc>> =
        grants.iter().map(|one| one.grant.effective_from).collect();
    let effective_to: Vec<Option<DateTime<Utc>>> =
        grants.iter().map(|one| one.grant.effective_to).collect();
    let dasmo_from: Vec<Option<DateTime<Utc>>> =
        grants.iter().map(|one| one.grant.dasmo_from).collect();
    let granted_by: Vec<Option<Uuid>> = grants.iter().map(|one| one.granted_by).collect();
    sqlx::query!(
        "INSERT INTO role_grant
             (id, person_id, client_id, role, organisation, structure, areas, effective_from, effective_to,
              dasmo_from, granted_by, created_at)
         SELECT id, person, client, role, organisation, structure, string_to_array(areas, '|'), effective_from,
                effective_to, dasmo_from, granted_by, $12
         FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[],
             $8::timestamptz[], $9::timestamptz[], $10::timestamptz[], $11::uuid[])
             AS new (id, person, client, role, organisation, structure, areas, effective_from, effective_to,
                 dasmo_from, granted_by)",
        &id,
        &person as &[Option<Uuid>],
        &client as &[Option<Uuid>],
        &role,
        &organisation,
        &structure as &[Option<String>],
        &areas,
        &effective_from,
        &effective_to as &[Option<DateTime<Utc>>],
        &dasmo_from as &[Option<DateTime<Utc>>],
        &granted_by as &[Option<Uuid>],
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes what can change about grants: areas, end, withdrawal, DASMO access.
pub async fn update(conn: &mut PgConnection, grants: &[Grant]) -> Result<(), sqlx::Error> {
    for batch in grants.chunks(BATCH) {
        update_batch(conn, batch).await?;
    }
    Ok(())
}

async fn update_batch(conn: &mut PgConnection, grants: &[Grant]) -> Result<(), sqlx::Error> {
    let id: Vec<Uuid> = grants.iter().map(|one| one.id).collect();
    let areas: Vec<String> = grants.iter().map(|one| one.areas.join("|")).collect();
    let effective_to: Vec<Option<DateTime<Utc>>> =
        grants.iter().map(|one| one.effective_to).collect();
    let withdrawn_at: Vec<Option<DateTime<Utc>>> =
        grants.iter().map(|one| one.withdrawn_at).collect();
    let dasmo_from: Vec<Option<DateTime<Utc>>> = grants.iter().map(|one| one.dasmo_from).collect();
    let dasmo_withdrawn_at: Vec<Option<DateTime<Utc>>> =
        grants.iter().map(|one| one.dasmo_withdrawn_at).collect();
    sqlx::query!(
        "UPDATE role_grant g SET
             areas = string_to_array(new.areas, '|'), effective_to = new.effective_to,
             withdrawn_at = new.withdrawn_at, dasmo_from = new.dasmo_from,
             dasmo_withdrawn_at = new.dasmo_withdrawn_at
         FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[],
             $6::timestamptz[])
             AS new (id, areas, effective_to, withdrawn_at, dasmo_from, dasmo_withdrawn_at)
         WHERE g.id = new.id",
        &id,
        &areas,
        &effective_to as &[Option<DateTime<Utc>>],
        &withdrawn_at as &[Option<DateTime<Utc>>],
        &dasmo_from as &[Option<DateTime<Utc>>],
        &dasmo_withdrawn_at as &[Option<DateTime<Utc>>],
    )
    .execute(conn)
    .await?;
    Ok(())
}
