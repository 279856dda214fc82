//! Workers of claims, and the days on which they count (CLM-10).

use std::collections::BTreeMap;

use chrono::NaiveDate;
use kernel::WeekPeriod;
use sqlx::PgConnection;
use uuid::Uuid;

use super::rows::integer;
use crate::domain::checks::Overlap;
use crate::domain::claim::Claim;
use crate::domain::content::Beneficiary;

/// The workers of a claim, in the order of the filer.
pub(super) async fn of_claim(
    db: &mut PgConnection,
    claim: Uuid,
) -> Result<Vec<Beneficiary>, sqlx::Error> {
    sqlx::query_as!(
        Beneficiary,
        "select codice_fiscale, qualifica, weekly_hours_hundredths, hired_on, hours_requested_hundredths
         from beneficiary where claim_id = $1 order by position",
        claim,
    )
    .fetch_all(db)
    .await
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
    for claim in claims {
        for (place, worker) in (0_u32..).zip(&claim.content.beneficiaries) {
            claim_id.push(claim.id);
            position.push(integer(place)?);
            codice_fiscale.push(worker.codice_fiscale.clone());
            qualifica.push(worker.qualifica.clone());
            weekly_hours.push(worker.weekly_hours_hundredths);
            hired_on.push(worker.hired_on);
            hours_requested.push(worker.hours_requested_hundredths);
        }
    }
    if claim_id.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into beneficiary (claim_id, position, codice_fiscale, qualifica, weekly_hours_hundredths, hired_on,
                                  hours_requested_hundredths)
         select * from unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::bigint[], $6::date[], $7::bigint[])",
        &claim_id,
        &position,
        &codice_fiscale,
        &qualifica,
        &weekly_hours,
        &hired_on as &[Option<NaiveDate>],
        &hours_requested,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Removes the workers of a draft.
pub(super) async fn clear(db: &mut PgConnection, claim: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from beneficiary where claim_id = $1", claim)
        .execute(db)
        .await?;
    Ok(())
}

/// Makes workers count on the days of their claims. Breaks [`super::WORKER_IN_TWO_CLAIMS`] when one already does in
/// another claim of the employer. Claims that count on no day are passed over.
pub(crate) async fn count(db: &mut PgConnection, claims: &[&Claim]) -> Result<(), sqlx::Error> {
    let mut spans = Vec::new();
    for claim in claims {
        let (Some(filing), Some(weeks)) = (&claim.filing, claim.counted_weeks()) else {
            continue;
        };
        for worker in &claim.content.beneficiaries {
            spans.push((
                worker.codice_fiscale.to_ascii_uppercase(),
                claim.id,
                &filing.unit.employer_cf,
                weeks,
            ));
        }
    }
    if spans.is_empty() {
        return Ok(());
    }
    // In one order everywhere, so that two submissions with the same workers wait for each other and never in a circle.
    spans.sort_unstable_by(|one, other| (&one.0, one.1).cmp(&(&other.0, other.1)));
    let codice_fiscale: Vec<_> = spans.iter().map(|span| span.0.trim().to_owned()).collect();
    let claim_id: Vec<_> = spans.iter().map(|span| span.1).collect();
    let employer_cf: Vec<_> = spans.iter().map(|span| span.2.clone()).collect();
    let first_day: Vec<_> = spans.iter().map(|span| span.3.first_day()).collect();
    let last_day: Vec<_> = spans.iter().map(|span| span.3.last_day()).collect();
    sqlx::query!(
        "insert into worker_span (claim_id, employer_cf, codice_fiscale, days)
         select claim_id, employer_cf, codice_fiscale, daterange(first_day, last_day, '[]')
         from unnest($1::uuid[], $2::text[], $3::text[], $4::date[], $5::date[])
           as new (claim_id, employer_cf, codice_fiscale, first_day, last_day)",
        &claim_id,
        &employer_cf,
        &codice_fiscale,
        &first_day,
        &last_day,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Makes the workers of a claim count on its days as they are now, whatever they were before.
pub(crate) async fn recount(
    db: &mut PgConnection,
    claim: &Claim,
    before: Option<WeekPeriod>,
) -> Result<(), sqlx::Error> {
    if claim.counted_weeks() == before {
        return Ok(());
    }
    if before.is_some() {
        sqlx::query!("delete from worker_span where claim_id = $1", claim.id)
            .execute(&mut *db)
            .await?;
    }
    count(db, &[claim]).await
}

/// Other live claims of the employer that have workers of the list on days of the weeks (S5).
pub(crate) async fn overlaps(
    db: &mut PgConnection,
    employer_cf: &str,
    matricola: &str,
    workers: &[Beneficiary],
    weeks: WeekPeriod,
) -> Result<Vec<(Uuid, Overlap)>, sqlx::Error> {
    let codes: Vec<String> = workers
        .iter()
        .map(|worker| worker.codice_fiscale.trim().to_ascii_uppercase())
        .collect();
    // The limit cuts nothing off. It tells the planner that a list of unknown length is short, so that it keeps one plan
    // instead of planning anew each time, which took three times as long as the query (docs/benchmarks.md).
    let rows = sqlx::query!(
        "select claim.id, protocol_number as \"protocol!\", matricola = $2 as \"same_matricola!\",
                lower(days) as \"first_day!\", upper(days) - 1 as \"last_day!\", worker.position as \"position!\"
         from (select * from unnest($3::text[]) with ordinality limit cardinality($3))
              as worker (codice_fiscale, position)
         join worker_span span on span.codice_fiscale = worker.codice_fiscale
          and span.employer_cf = $1 and span.days && daterange($4, $5, '[]')
         join claim on claim.id = span.claim_id
         order by worker.position",
        employer_cf,
        matricola,
        &codes,
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
            workers: 0,
            positions: Vec::new(),
        });
        overlap.workers += 1;
        if overlap.same_matricola {
            overlap
                .positions
                .extend(u32::try_from(row.position - 1).ok());
        }
    }
    Ok(found.into_iter().collect())
}
