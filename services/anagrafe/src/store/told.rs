//! What the feed tells of employers and units: as they are now, with the months that changed.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use kernel::headcount::MonthHeads;
use sqlx::PgConnection;

/// A unit: matricola and code.
pub type UnitKey = (String, i32);

/// Employers or units, each with the months whose heads are to be told.
pub type Changed<K> = BTreeMap<K, BTreeSet<NaiveDate>>;

/// An employer as it is told.
#[derive(Debug)]
pub struct ToldEmployer {
    /// Matricola.
    pub matricola: String,
    /// Letter of art. 10, or the FIS.
    pub sector: String,
    /// Months with their heads, oldest first, hundredths.
    pub months: Vec<(NaiveDate, i64)>,
}

/// A unit as it is told.
#[derive(Debug)]
pub struct ToldUnit {
    /// Unit.
    pub key: UnitKey,
    /// Working days of a week.
    pub working_days: i16,
    /// Competent office.
    pub competent_office: String,
    /// Heads of the months, oldest first, by ascending hours.
    pub heads: Vec<MonthHeads>,
}

/// Employers as they are now, by matricola.
pub async fn employers(
    conn: &mut PgConnection,
    changed: &Changed<String>,
) -> Result<Vec<ToldEmployer>, sqlx::Error> {
    let matricole: Vec<String> = changed.keys().cloned().collect();
    let (of, month): (Vec<String>, Vec<NaiveDate>) = changed
        .iter()
        .flat_map(|(matricola, months)| months.iter().map(|month| (matricola.clone(), *month)))
        .unzip();
    let rows = sqlx::query!(
        r#"SELECT e.matricola, e.sector, h.month AS "month?", h.heads_hundredths AS "heads?"
           FROM employer e
           LEFT JOIN (
               SELECT matricola, month, heads_hundredths FROM employer_headcount
               JOIN unnest($2::text[], $3::date[]) AS changed (matricola, month) USING (matricola, month)
           ) AS h ON h.matricola = e.matricola
           WHERE e.matricola = ANY($1)
           ORDER BY e.matricola, h.month"#,
        &matricole,
        &of,
        &month,
    )
    .fetch_all(conn)
    .await?;
    let mut told: Vec<ToldEmployer> = Vec::with_capacity(changed.len());
    for row in rows {
        if told
            .last()
            .is_none_or(|last| last.matricola != row.matricola)
        {
            told.push(ToldEmployer {
                matricola: row.matricola,
                sector: row.sector,
                months: Vec::new(),
            });
        }
        if let Some((last, month)) = told.last_mut().zip(row.month.zip(row.heads)) {
            last.months.push(month);
        }
    }
    Ok(told)
}

/// Units as they are now, by matricola and code.
pub async fn units(
    conn: &mut PgConnection,
    changed: &Changed<UnitKey>,
) -> Result<Vec<ToldUnit>, sqlx::Error> {
    let (matricole, codes): (Vec<String>, Vec<i32>) = changed.keys().cloned().unzip();
    let mut months = (Vec::new(), Vec::new(), Vec::new());
    for ((matricola, code), month) in changed
        .iter()
        .flat_map(|(key, months)| months.iter().map(move |month| (key, *month)))
    {
        months.0.push(matricola.clone());
        months.1.push(*code);
        months.2.push(month);
    }
    let rows = sqlx::query!(
        r#"SELECT u.matricola, u.code, u.working_days, u.competent_office, h.month AS "month?",
                  h.weekly_hours_hundredths AS "weekly_hours?", h.heads_hundredths AS "heads?"
           FROM production_unit u
           JOIN unnest($1::text[], $2::integer[]) AS wanted (matricola, code) USING (matricola, code)
           LEFT JOIN (
               SELECT matricola, code, month, weekly_hours_hundredths, heads_hundredths FROM headcount
               JOIN unnest($3::text[], $4::integer[], $5::date[]) AS changed (matricola, code, month)
                   USING (matricola, code, month)
           ) AS h ON h.matricola = u.matricola AND h.code = u.code
           ORDER BY u.matricola, u.code, h.month, h.weekly_hours_hundredths"#,
        &matricole,
        &codes,
        &months.0,
        &months.1,
        &months.2,
    )
    .fetch_all(conn)
    .await?;
    let mut told: Vec<ToldUnit> = Vec::with_capacity(changed.len());
    for row in rows {
        let key = (row.matricola, row.code);
        if told.last().is_none_or(|last| last.key != key) {
            told.push(ToldUnit {
                key,
                working_days: row.working_days,
                competent_office: row.competent_office,
                heads: Vec::new(),
            });
        }
        let heads = row.month.zip(row.weekly_hours).zip(row.heads);
        if let Some((last, ((month, weekly_hours), heads))) = told.last_mut().zip(heads) {
            last.heads.push(MonthHeads {
                month,
                weekly_hours,
                heads,
            });
        }
    }
    Ok(told)
}

/// Some of the employers that were never told, after a matricola, with all their months.
pub async fn untold_employers(
    conn: &mut PgConnection,
    after: &str,
    at_most: i64,
) -> Result<Changed<String>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT untold.matricola, array_remove(array_agg(h.month), NULL) AS "months!"
           FROM (
               SELECT e.matricola FROM employer e
               WHERE e.matricola > $1 AND NOT EXISTS (
                   SELECT FROM outbox_head WHERE aggregate_type = 'employer' AND aggregate_id = e.matricola)
               ORDER BY e.matricola LIMIT $2
           ) AS untold
           LEFT JOIN employer_headcount h USING (matricola)
           GROUP BY untold.matricola"#,
        after,
        at_most,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.matricola, row.months.into_iter().collect()))
        .collect())
}

/// Some of the units that were never told, after one, with all their months.
pub async fn untold_units(
    conn: &mut PgConnection,
    after: &UnitKey,
    at_most: i64,
) -> Result<Changed<UnitKey>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT untold.matricola, untold.code, array_remove(array_agg(DISTINCT h.month), NULL) AS "months!"
           FROM (
               SELECT u.matricola, u.code FROM production_unit u
               WHERE (u.matricola, u.code) > ($1, $2) AND NOT EXISTS (
                   SELECT FROM outbox_head
                   WHERE aggregate_type = 'production_unit' AND aggregate_id = u.matricola || '/' || u.code)
               ORDER BY u.matricola, u.code LIMIT $3
           ) AS untold
           LEFT JOIN headcount h USING (matricola, code)
           GROUP BY untold.matricola, untold.code"#,
        after.0,
        after.1,
        at_most,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| ((row.matricola, row.code), row.months.into_iter().collect()))
        .collect())
}
