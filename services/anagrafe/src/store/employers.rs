//! Employer positions, production units, headcount.

use std::collections::HashMap;

use chassis::identity::Scope;
use chrono::NaiveDate;
use kernel::Matricola;
use sqlx::{PgConnection, PgExecutor};

use super::BATCH;
use crate::domain::employer::{Employer, ProductionUnit, SchemeFrom};
use crate::domain::headcount::MonthHeads;

/// Heads of one unit and month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitHeads {
    /// Matricola.
    pub matricola: String,
    /// Code of the unit.
    pub code: i32,
    /// Month and heads.
    pub heads: MonthHeads,
}

/// An employer in scope, as it is on a day: of the caller's firms, registered at an office in scope, or with a unit for
/// which one is competent.
pub async fn find(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    matricola: &Matricola,
    day: NaiveDate,
) -> Result<Option<Employer>, sqlx::Error> {
    sqlx::query_as!(
        Employer,
        r#"SELECT e.matricola, e.codice_fiscale, e.name, e.csc, e.authorization_codes, e.ateco, e.ateco_version, e.sector,
                  scheme_on(e.matricola, $4, e.protection_scheme) AS "protection_scheme!", e.seat_province_istat,
                  e.registered_office, e.active_from, e.active_to
           FROM employer e
           WHERE e.matricola = $1
             AND ($2::text[] IS NULL OR e.matricola = ANY($2))
             AND ($3::text[] IS NULL OR e.registered_office = ANY($3) OR EXISTS (
                 SELECT 1 FROM production_unit u
                 WHERE u.matricola = e.matricola AND u.competent_office = ANY($3)))"#,
        matricola.as_str(),
        scope.matricole() as Option<Vec<String>>,
        scope.offices() as Option<Vec<String>>,
        day,
    )
    .fetch_optional(db)
    .await
}

/// A page of the employers in scope, as they are on a day, ordered by matricola; one row more than `size`.
pub async fn page(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    after: Option<String>,
    size: i64,
    day: NaiveDate,
) -> Result<Vec<Employer>, sqlx::Error> {
    sqlx::query_as!(
        Employer,
        r#"SELECT e.matricola, e.codice_fiscale, e.name, e.csc, e.authorization_codes, e.ateco, e.ateco_version, e.sector,
                  scheme_on(e.matricola, $5, e.protection_scheme) AS "protection_scheme!", e.seat_province_istat,
                  e.registered_office, e.active_from, e.active_to
           FROM employer e
           WHERE ($1::text IS NULL OR e.matricola > $1)
             AND ($2::text[] IS NULL OR e.matricola = ANY($2))
             AND ($3::text[] IS NULL OR e.registered_office = ANY($3) OR EXISTS (
                 SELECT 1 FROM production_unit u
                 WHERE u.matricola = e.matricola AND u.competent_office = ANY($3)))
           ORDER BY e.matricola LIMIT $4::bigint + 1"#,
        after,
        scope.matricole() as Option<Vec<String>>,
        scope.offices() as Option<Vec<String>>,
        size,
        day,
    )
    .fetch_all(db)
    .await
}

/// A page of the units of an employer that are in scope, ordered by code; one row more than `size`. An office sees the
/// units of the employers registered there, and those for which it is competent.
pub async fn units(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    matricola: &Matricola,
    after: Option<i32>,
    size: i64,
) -> Result<Vec<ProductionUnit>, sqlx::Error> {
    sqlx::query_as!(
        ProductionUnit,
        "SELECT u.* FROM production_unit u JOIN employer e USING (matricola)
         WHERE u.matricola = $1
           AND ($2::integer IS NULL OR u.code > $2)
           AND ($3::text[] IS NULL OR u.matricola = ANY($3))
           AND ($4::text[] IS NULL OR e.registered_office = ANY($4) OR u.competent_office = ANY($4))
         ORDER BY u.code LIMIT $5::bigint + 1",
        matricola.as_str(),
        after,
        scope.matricole() as Option<Vec<String>>,
        scope.offices() as Option<Vec<String>>,
        size,
    )
    .fetch_all(db)
    .await
}

/// A unit in scope with its employer as it is on a day, and its heads from one month to another, both included. One
/// statement: each round trip more would be waited for by every claim and every question about limits.
pub async fn filing(
    db: impl PgExecutor<'_>,
    scope: &Scope,
    matricola: &Matricola,
    code: i32,
    day: NaiveDate,
    months: (NaiveDate, NaiveDate),
) -> Result<Option<(Employer, ProductionUnit, Vec<MonthHeads>)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"SELECT e.matricola, e.codice_fiscale, e.name, e.csc, e.authorization_codes, e.ateco, e.ateco_version, e.sector,
                  scheme_on(e.matricola, $7, e.protection_scheme) AS "protection_scheme!", e.seat_province_istat,
                  e.registered_office, e.active_from, e.active_to,
                  u.code, u.name AS unit_name, u.address, u.municipality_belfiore, u.province_istat, u.working_days,
                  u.is_production_unit, u.competent_office, u.active_from AS unit_from, u.active_to AS unit_to,
                  h.months AS "months!", h.weekly_hours AS "weekly_hours!", h.heads AS "heads!"
           FROM production_unit u JOIN employer e USING (matricola)
           CROSS JOIN LATERAL (
               SELECT coalesce(array_agg(month), '{}') AS months,
                      coalesce(array_agg(weekly_hours_hundredths), '{}') AS weekly_hours,
                      coalesce(array_agg(heads_hundredths), '{}') AS heads
               FROM headcount WHERE matricola = u.matricola AND code = u.code AND month BETWEEN $5 AND $6) h
           WHERE u.matricola = $1 AND u.code = $2
             AND ($3::text[] IS NULL OR u.matricola = ANY($3))
             AND ($4::text[] IS NULL OR e.registered_office = ANY($4) OR u.competent_office = ANY($4))"#,
        matricola.as_str(),
        code,
        scope.matricole() as Option<Vec<String>>,
        scope.offices() as Option<Vec<String>>,
        months.0,
        months.1,
        day,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| {
        let heads = row.months.iter().zip(&row.weekly_hours).zip(&row.heads);
        let heads = heads.map(|((month, weekly_hours), heads)| MonthHeads {
            month: *month,
            weekly_hours: *weekly_hours,
            heads: *heads,
        });
        let heads = heads.collect();
        let unit = ProductionUnit {
            matricola: row.matricola.clone(),
            code: row.code,
            name: row.unit_name,
            address: row.address,
            municipality_belfiore: row.municipality_belfiore,
            province_istat: row.province_istat,
            working_days: row.working_days,
            is_production_unit: row.is_production_unit,
            competent_office: row.competent_office,
            active_from: row.unit_from,
            active_to: row.unit_to,
        };
        let employer = Employer {
            matricola: row.matricola,
            codice_fiscale: row.codice_fiscale,
            name: row.name,
            csc: row.csc,
            authorization_codes: row.authorization_codes,
            ateco: row.ateco,
            ateco_version: row.ateco_version,
            sector: row.sector,
            protection_scheme: row.protection_scheme,
            seat_province_istat: row.seat_province_istat,
            registered_office: row.registered_office,
            active_from: row.active_from,
            active_to: row.active_to,
        };
        (employer, unit, heads)
    }))
}

/// Lets one import of this kind at a time through, until the transaction ends.
pub async fn lock_imports(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!(r#"SELECT pg_advisory_xact_lock(hashtext('anagrafe import')) AS "locked!: ()""#)
        .fetch_one(conn)
        .await?;
    Ok(())
}

/// Offices of registration of those of these employers that are known.
pub async fn registered_offices(
    db: impl PgExecutor<'_>,
    matricole: &[String],
) -> Result<HashMap<String, String>, sqlx::Error> {
    let rows = sqlx::query!(
        "SELECT matricola, registered_office FROM employer WHERE matricola = ANY($1)",
        matricole,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.matricola, row.registered_office))
        .collect())
}

/// Creates or updates employers; tells for each whose row was written whether it was created.
pub async fn upsert(
    conn: &mut PgConnection,
    employers: &[Employer],
) -> Result<HashMap<String, bool>, sqlx::Error> {
    let mut written = HashMap::new();
    for batch in employers.chunks(BATCH) {
        written.extend(upsert_batch(conn, batch).await?);
    }
    Ok(written)
}

async fn upsert_batch(
    conn: &mut PgConnection,
    rows: &[Employer],
) -> Result<Vec<(String, bool)>, sqlx::Error> {
    let text = |field: fn(&Employer) -> &String| -> Vec<String> {
        rows.iter().map(|one| field(one).clone()).collect()
    };
    let codes: Vec<String> = rows
        .iter()
        .map(|one| one.authorization_codes.join("|"))
        .collect();
    let from: Vec<NaiveDate> = rows.iter().map(|one| one.active_from).collect();
    let to: Vec<Option<NaiveDate>> = rows.iter().map(|one| one.active_to).collect();
    let written = sqlx::query!(
        r#"INSERT INTO employer AS known
               (matricola, codice_fiscale, name, csc, authorization_codes, ateco, ateco_version, sector,
                protection_scheme, seat_province_istat, registered_office, active_from, active_to)
           SELECT matricola, codice_fiscale, name, csc, string_to_array(codes, '|'), ateco, ateco_version, sector,
                  scheme, province, office, first, last
           FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
               $8::text[], $9::text[], $10::text[], $11::text[], $12::date[], $13::date[])
               AS new (matricola, codice_fiscale, name, csc, codes, ateco, ateco_version, sector, scheme, province,
                   office, first, last)
           ON CONFLICT (matricola) DO UPDATE SET
               codice_fiscale = excluded.codice_fiscale, name = excluded.name, csc = excluded.csc,
               authorization_codes = excluded.authorization_codes, ateco = excluded.ateco,
               ateco_version = excluded.ateco_version, sector = excluded.sector,
               protection_scheme = excluded.protection_scheme, seat_province_istat = excluded.seat_province_istat,
               registered_office = excluded.registered_office, active_from = excluded.active_from,
               active_to = excluded.active_to
           WHERE known IS DISTINCT FROM excluded
           RETURNING known.matricola, known.xmax = 0 AS "created!""#,
        &text(|one| &one.matricola),
        &text(|one| &one.codice_fiscale),
        &text(|one| &one.name),
        &text(|one| &one.csc),
        &codes,
        &text(|one| &one.ateco),
        &text(|one| &one.ateco_version),
        &text(|one| &one.sector),
        &text(|one| &one.protection_scheme),
        &text(|one| &one.seat_province_istat),
        &text(|one| &one.registered_office),
        &from,
        &to as &[Option<NaiveDate>],
    )
    .fetch_all(conn)
    .await?;
    Ok(written
        .into_iter()
        .map(|row| (row.matricola, row.created))
        .collect())
}

/// Creates or updates schemes of employers; tells how many were created, and how many changed.
pub async fn upsert_schemes(
    conn: &mut PgConnection,
    rows: &[SchemeFrom],
) -> Result<(usize, usize), sqlx::Error> {
    let (mut created, mut updated) = (0, 0);
    for batch in rows.chunks(BATCH) {
        let matricola: Vec<String> = batch.iter().map(|one| one.matricola.clone()).collect();
        let month: Vec<NaiveDate> = batch.iter().map(|one| one.month).collect();
        let scheme: Vec<String> = batch
            .iter()
            .map(|one| one.protection_scheme.clone())
            .collect();
        let written = sqlx::query_scalar!(
            r#"INSERT INTO employer_scheme AS known (matricola, month, protection_scheme)
               SELECT * FROM unnest($1::text[], $2::date[], $3::text[])
               ON CONFLICT (matricola, month) DO UPDATE SET protection_scheme = excluded.protection_scheme
               WHERE known IS DISTINCT FROM excluded
               RETURNING known.xmax = 0 AS "created!""#,
            &matricola,
            &month,
            &scheme,
        )
        .fetch_all(&mut *conn)
        .await?;
        let new = written.iter().filter(|created| **created).count();
        created += new;
        updated += written.len() - new;
    }
    Ok((created, updated))
}

/// The units of some employers.
pub async fn units_of(
    db: impl PgExecutor<'_>,
    matricole: &[String],
) -> Result<Vec<ProductionUnit>, sqlx::Error> {
    sqlx::query_as!(
        ProductionUnit,
        "SELECT * FROM production_unit WHERE matricola = ANY($1)",
        matricole,
    )
    .fetch_all(db)
    .await
}

/// Creates or updates units; tells for each whose row was written whether it was created.
pub async fn upsert_units(
    conn: &mut PgConnection,
    units: &[ProductionUnit],
) -> Result<HashMap<(String, i32), bool>, sqlx::Error> {
    let mut written = HashMap::new();
    for batch in units.chunks(BATCH) {
        written.extend(upsert_units_batch(conn, batch).await?);
    }
    Ok(written)
}

async fn upsert_units_batch(
    conn: &mut PgConnection,
    rows: &[ProductionUnit],
) -> Result<Vec<((String, i32), bool)>, sqlx::Error> {
    let text = |field: fn(&ProductionUnit) -> &String| -> Vec<String> {
        rows.iter().map(|one| field(one).clone()).collect()
    };
    let code: Vec<i32> = rows.iter().map(|one| one.code).collect();
    let working_days: Vec<i16> = rows.iter().map(|one| one.working_days).collect();
    let is_unit: Vec<bool> = rows.iter().map(|one| one.is_production_unit).collect();
    let from: Vec<NaiveDate> = rows.iter().map(|one| one.active_from).collect();
    let to: Vec<Option<NaiveDate>> = rows.iter().map(|one| one.active_to).collect();
    let written = sqlx::query!(
        r#"INSERT INTO production_unit AS known
               (matricola, code, name, address, municipality_belfiore, province_istat, working_days,
                is_production_unit, competent_office, active_from, active_to)
           SELECT * FROM unnest($1::text[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[],
               $7::smallint[], $8::boolean[], $9::text[], $10::date[], $11::date[])
           ON CONFLICT (matricola, code) DO UPDATE SET
               name = excluded.name, address = excluded.address,
               municipality_belfiore = excluded.municipality_belfiore, province_istat = excluded.province_istat,
               working_days = excluded.working_days, is_production_unit = excluded.is_production_unit,
               competent_office = excluded.competent_office, active_from = excluded.active_from,
               active_to = excluded.active_to
           WHERE known IS DISTINCT FROM excluded
           RETURNING known.matricola, known.code, known.xmax = 0 AS "created!""#,
        &text(|one| &one.matricola),
        &code,
        &text(|one| &one.name),
        &text(|one| &one.address),
        &text(|one| &one.municipality_belfiore),
        &text(|one| &one.province_istat),
        &working_days,
        &is_unit,
        &text(|one| &one.competent_office),
        &from,
        &to as &[Option<NaiveDate>],
    )
    .fetch_all(conn)
    .await?;
    Ok(written
        .into_iter()
        .map(|row| ((row.matricola, row.code), row.created))
        .collect())
}

/// Every head count of these employers.
pub async fn headcount_of(
    db: impl PgExecutor<'_>,
    matricole: &[String],
) -> Result<Vec<UnitHeads>, sqlx::Error> {
    let rows = sqlx::query!(
        "SELECT matricola, code, month, weekly_hours_hundredths, heads_hundredths
         FROM headcount WHERE matricola = ANY($1)",
        matricole,
    )
    .fetch_all(db)
    .await?;
    let heads = rows.into_iter().map(|row| UnitHeads {
        matricola: row.matricola,
        code: row.code,
        heads: MonthHeads {
            month: row.month,
            weekly_hours: row.weekly_hours_hundredths,
            heads: row.heads_hundredths,
        },
    });
    Ok(heads.collect())
}

/// Creates or updates head counts.
pub async fn upsert_headcount(
    conn: &mut PgConnection,
    rows: &[UnitHeads],
) -> Result<(), sqlx::Error> {
    for batch in rows.chunks(BATCH) {
        let keys = HeadsKeys::of(batch);
        let heads: Vec<i64> = batch.iter().map(|one| one.heads.heads).collect();
        sqlx::query!(
            "INSERT INTO headcount (matricola, code, month, weekly_hours_hundredths, heads_hundredths)
             SELECT * FROM unnest($1::text[], $2::integer[], $3::date[], $4::bigint[], $5::bigint[])
             ON CONFLICT (matricola, code, month, weekly_hours_hundredths) DO UPDATE
                 SET heads_hundredths = excluded.heads_hundredths",
            &keys.matricola,
            &keys.code,
            &keys.month,
            &keys.weekly_hours,
            &heads,
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Removes head counts.
pub async fn delete_headcount(
    conn: &mut PgConnection,
    rows: &[UnitHeads],
) -> Result<(), sqlx::Error> {
    for batch in rows.chunks(BATCH) {
        let keys = HeadsKeys::of(batch);
        sqlx::query!(
            "DELETE FROM headcount known
             USING unnest($1::text[], $2::integer[], $3::date[], $4::bigint[])
                 AS gone (matricola, code, month, hours)
             WHERE known.matricola = gone.matricola AND known.code = gone.code AND known.month = gone.month
               AND known.weekly_hours_hundredths = gone.hours",
            &keys.matricola,
            &keys.code,
            &keys.month,
            &keys.weekly_hours,
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Keys of head counts, column by column.
struct HeadsKeys {
    matricola: Vec<String>,
    code: Vec<i32>,
    month: Vec<NaiveDate>,
    weekly_hours: Vec<i64>,
}

impl HeadsKeys {
    fn of(rows: &[UnitHeads]) -> Self {
        Self {
            matricola: rows.iter().map(|one| one.matricola.clone()).collect(),
            code: rows.iter().map(|one| one.code).collect(),
            month: rows.iter().map(|one| one.heads.month).collect(),
            weekly_hours: rows.iter().map(|one| one.heads.weekly_hours).collect(),
        }
    }
}
