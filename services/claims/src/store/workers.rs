//! Workers of claims, and the days on which they count (CLM-10).

use std::collections::BTreeMap;
use std::fmt::Write;

use chrono::NaiveDate;
use kernel::WeekPeriod;
use sqlx::PgConnection;
use uuid::Uuid;

use super::rows::integer;
use crate::domain::checks::Overlap;
use crate::domain::claim::Claim;
use crate::domain::content::{Beneficiary, INLINE_LIST_MOST};

/// The workers of a claim, in the order of the filer.
pub(crate) async fn of_claim(
    db: &mut PgConnection,
    claim: Uuid,
) -> Result<Vec<Beneficiary>, sqlx::Error> {
    sqlx::query_as!(
        Beneficiary,
        "select codice_fiscale, qualifica, weekly_hours_hundredths, hired_on, hours_requested_hundredths, iban
         from beneficiary where claim_id = $1 order by position",
        claim,
    )
    .fetch_all(db)
    .await
}

/// The workers of a claim when there are few; `None` when the list is longer than [`INLINE_LIST_MOST`].
pub(super) async fn of_claim_if_few(
    db: &mut PgConnection,
    claim: Uuid,
) -> Result<Option<Vec<Beneficiary>>, sqlx::Error> {
    let most = i64::try_from(INLINE_LIST_MOST).unwrap_or(i64::MAX);
    let workers = sqlx::query_as!(
        Beneficiary,
        "select codice_fiscale, qualifica, weekly_hours_hundredths, hired_on, hours_requested_hundredths, iban
         from beneficiary where claim_id = $1 order by position limit $2",
        claim,
        most + 1,
    )
    .fetch_all(db)
    .await?;
    Ok((workers.len() <= INLINE_LIST_MOST).then_some(workers))
}

struct PageRow {
    position: i32,
    codice_fiscale: String,
    qualifica: String,
    weekly_hours_hundredths: i64,
    hired_on: Option<NaiveDate>,
    hours_requested_hundredths: i64,
    iban: String,
}

/// Workers of a claim after a place in its list, with their places.
pub(crate) async fn page(
    db: &mut PgConnection,
    claim: Uuid,
    after: Option<i32>,
    limit: i64,
) -> Result<Vec<(i32, Beneficiary)>, sqlx::Error> {
    let rows = sqlx::query_as!(
        PageRow,
        "select position, codice_fiscale, qualifica, weekly_hours_hundredths, hired_on, hours_requested_hundredths, iban
         from beneficiary where claim_id = $1 and position > $2 order by position limit $3",
        claim,
        after.unwrap_or(-1),
        limit,
    )
    .fetch_all(db)
    .await?;
    let worker = |row: PageRow| {
        let worker = Beneficiary {
            codice_fiscale: row.codice_fiscale,
            qualifica: row.qualifica,
            weekly_hours_hundredths: row.weekly_hours_hundredths,
            hired_on: row.hired_on,
            hours_requested_hundredths: row.hours_requested_hundredths,
            iban: row.iban,
        };
        (row.position, worker)
    };
    Ok(rows.into_iter().map(worker).collect())
}

/// Number of workers of a claim and the sum of their hours, counted.
pub(crate) async fn totals(db: &mut PgConnection, claim: Uuid) -> Result<(i64, i64), sqlx::Error> {
    let row = sqlx::query!(
        "select count(*) as \"count!\", coalesce(sum(hours_requested_hundredths), 0)::bigint as \"hours!\"
         from beneficiary where claim_id = $1",
        claim,
    )
    .fetch_one(db)
    .await?;
    Ok((row.count, row.hours))
}

/// Bytes of rows that are sent at once.
const COPY_BYTES: usize = 64 * 1024;

/// Adds a list that was read from a file, whose values hold nothing that `COPY` would read otherwise.
pub(crate) async fn copy(
    db: &mut PgConnection,
    claim: Uuid,
    workers: &[Beneficiary],
) -> Result<(), sqlx::Error> {
    let mut copy = db
        .copy_in_raw(
            "copy beneficiary (claim_id, position, codice_fiscale, qualifica, weekly_hours_hundredths, hired_on,
                               hours_requested_hundredths, iban) from stdin",
        )
        .await?;
    let claim = claim.to_string();
    let mut rows = String::with_capacity(COPY_BYTES + 256);
    for (position, worker) in workers.iter().enumerate() {
        let hired_on = worker
            .hired_on
            .map_or_else(|| "\\N".to_owned(), |day| day.to_string());
        let written = writeln!(
            rows,
            "{claim}\t{position}\t{}\t{}\t{}\t{hired_on}\t{}\t{}",
            worker.codice_fiscale,
            worker.qualifica,
            worker.weekly_hours_hundredths,
            worker.hours_requested_hundredths,
            worker.iban,
        );
        written.map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
        if rows.len() >= COPY_BYTES {
            copy.send(rows.as_bytes()).await?;
            rows.clear();
        }
    }
    copy.send(rows.as_bytes()).await?;
    copy.finish().await?;
    Ok(())
}

/// Adds the workers of claims.
pub(super) async fn insert(db: &mut PgConnection, claims: &[&Claim]) -> Result<(), sqlx::Error> {
    let mut claim_id = Vec::new();
    let mut position = Vec::new();
    let mut codice_fiscale = Vec::new();
    let mut qualifica = Vec::new();
    let mut weekly_hours = Vec::new();
    let mut hired_on = Vec::new();
    let mut hours_requested = Vec::new();
    let mut iban = Vec::new();
    for claim in claims {
        for (place, worker) in (0_u32..).zip(&claim.content.beneficiaries) {
            claim_id.push(claim.id);
            position.push(integer(place)?);
            codice_fiscale.push(worker.codice_fiscale.clone());
            qualifica.push(worker.qualifica.clone());
            weekly_hours.push(worker.weekly_hours_hundredths);
            hired_on.push(worker.hired_on);
            hours_requested.push(worker.hours_requested_hundredths);
            iban.push(worker.iban.clone());
        }
    }
    if claim_id.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into beneficiary (claim_id, position, codice_fiscale, qualifica, weekly_hours_hundredths, hired_on,
                                  hours_requested_hundredths, iban)
         select * from unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::bigint[], $6::date[], $7::bigint[],
                              $8::text[])",
        &claim_id,
        &position,
        &codice_fiscale,
        &qualifica,
        &weekly_hours,
        &hired_on as &[Option<NaiveDate>],
        &hours_requested,
        &iban,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Removes the workers of a draft.
pub(crate) async fn clear(db: &mut PgConnection, claim: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from beneficiary where claim_id = $1", claim)
        .execute(db)
        .await?;
    Ok(())
}

/// Makes workers count on the days of their claims, as many as their lists have. Breaks
/// [`super::WORKER_IN_TWO_CLAIMS`] when one already does in another claim of the employer. Claims that count on no day
/// are passed over.
pub(crate) async fn count(db: &mut PgConnection, claims: &[&Claim]) -> Result<(), sqlx::Error> {
    let mut claim_id = Vec::new();
    let mut employer_cf = Vec::new();
    let mut first_day = Vec::new();
    let mut last_day = Vec::new();
    let mut covid = Vec::new();
    for claim in claims {
        let Some(filing) = &claim.filing else {
            continue;
        };
        for weeks in claim.counted() {
            claim_id.push(claim.id);
            employer_cf.push(filing.unit.employer_cf.clone());
            first_day.push(weeks.first_day());
            last_day.push(weeks.last_day());
            covid.push(filing.asked.causale.is_covid());
        }
    }
    if claim_id.is_empty() {
        return Ok(());
    }
    // In one order everywhere, so that two submissions with the same workers wait for each other and never in a circle.
    sqlx::query!(
        "insert into worker_span (claim_id, employer_cf, codice_fiscale, days, covid)
         select claim_id, employer_cf, upper(trim(codice_fiscale)), daterange(first_day, last_day, '[]'), covid
         from unnest($1::uuid[], $2::text[], $3::date[], $4::date[], $5::bool[])
           as new (claim_id, employer_cf, first_day, last_day, covid)
         join beneficiary using (claim_id)
         order by 3, 1",
        &claim_id,
        &employer_cf,
        &first_day,
        &last_day,
        &covid,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Makes the workers of a claim count on its days as they are now, whatever they were before.
pub(crate) async fn recount(
    db: &mut PgConnection,
    claim: &Claim,
    before: &[WeekPeriod],
) -> Result<(), sqlx::Error> {
    if claim.counted() == before {
        return Ok(());
    }
    if !before.is_empty() {
        sqlx::query!("delete from worker_span where claim_id = $1", claim.id)
            .execute(&mut *db)
            .await?;
    }
    count(db, &[claim]).await
}

/// Claims with another reason that a COVID claim prevails over: those of the same workers and days (CLM-11).
pub(crate) async fn prevailed_over(
    db: &mut PgConnection,
    claim: Uuid,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select distinct other.claim_id
         from worker_span own
         join worker_span other using (worker)
         where own.claim_id = $1 and own.covid and not other.covid and own.days && other.days
         order by other.claim_id",
        claim,
    )
    .fetch_all(db)
    .await
}

/// Other live claims of the employer that have workers of the list of a draft on days of the weeks (S5).
pub(crate) async fn overlaps(
    db: &mut PgConnection,
    employer_cf: &str,
    matricola: &str,
    draft: Uuid,
    weeks: WeekPeriod,
) -> Result<Vec<(Uuid, Overlap)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select claim.id, protocol_number as \"protocol!\", matricola = $2 as \"same_matricola!\",
                span.covid, lower(days) as \"first_day!\", upper(days) - 1 as \"last_day!\", worker.position
         from beneficiary worker
         join worker_span span on span.worker = worker_key($1, upper(trim(worker.codice_fiscale)))
          and span.days && daterange($4, $5, '[]')
         join claim on claim.id = span.claim_id
         where worker.claim_id = $3
         order by worker.position",
        employer_cf,
        matricola,
        draft,
        weeks.first_day(),
        weeks.last_day(),
    )
    .fetch_all(db)
    .await?;
    let mut found: BTreeMap<Uuid, Overlap> = BTreeMap::new();
    for row in rows {
        let overlap = found.entry(row.id).or_insert_with(|| Overlap {
            protocol: row.protocol,
            first_day: row.first_day,
            last_day: row.last_day,
            same_matricola: row.same_matricola,
            covid: row.covid,
            workers: 0,
            positions: Vec::new(),
        });
        overlap.workers += 1;
        if overlap.same_matricola {
            overlap.positions.extend(u32::try_from(row.position).ok());
        }
    }
    Ok(found.into_iter().collect())
}
