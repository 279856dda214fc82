//! Grants and their workers.

use std::collections::BTreeMap;

use chassis::identity::Scope;
use kernel::{AuthorizationNumber, CodiceFiscale, Hours, ProductionUnitCode};
use sqlx::PgConnection;
use uuid::Uuid;

use super::rows::{coded, corrupt, hours, integer, parsed, period};
use crate::domain::authorisation::{Authorisation, Details};
use crate::domain::checks::{Allowance, WorkerAllowance};
use crate::domain::flow::FlowKind;

/// A grant with what is known of it.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    /// The grant.
    pub(crate) authorisation: Authorisation,
    /// What the first flow made known.
    pub(crate) details: Option<Details>,
    /// Form of the first flow of the ticket.
    pub(crate) first_kind: Option<FlowKind>,
    /// Hours set aside or paid.
    pub(crate) held: Hours,
}

struct Row {
    number: String,
    claim_id: Uuid,
    active: bool,
    direct: bool,
    matricola: String,
    production_unit_code: i32,
    office: String,
    region_istat: String,
    product: String,
    causale: String,
    first_day: chrono::NaiveDate,
    last_day: chrono::NaiveDate,
    hours_granted: i64,
    hours_held: i64,
    communicated_on: chrono::NaiveDate,
    csc_sector: String,
    average_heads_hundredths: i64,
    first_kind: Option<String>,
    employer_name: Option<String>,
    ticket: Option<String>,
}

impl Row {
    fn kept(self) -> Result<Kept, sqlx::Error> {
        let details = match (self.employer_name, self.ticket) {
            (Some(employer_name), Some(ticket)) => Some(Details {
                employer_name,
                ticket: parsed(&ticket, "authorisation.ticket")?,
            }),
            _ => None,
        };
        let first_kind = self.first_kind.as_deref();
        Ok(Kept {
            details,
            first_kind: first_kind
                .map(|kind| coded(kind, FlowKind::parse, "authorisation.first_kind"))
                .transpose()?,
            held: hours(self.hours_held),
            authorisation: Authorisation {
                number: parsed(&self.number, "authorisation.number")?,
                claim: self.claim_id,
                active: self.active,
                direct: self.direct,
                matricola: parsed(&self.matricola, "authorisation.matricola")?,
                unit: unit(self.production_unit_code)?,
                office: parsed(&self.office, "authorisation.office")?,
                region_istat: self.region_istat,
                product: self.product,
                causale: self.causale,
                period: period(self.first_day, self.last_day, "authorisation.last_day")?,
                hours: hours(self.hours_granted),
                communicated: self.communicated_on,
                csc_sector: self.csc_sector,
                average_heads_hundredths: self.average_heads_hundredths,
            },
        })
    }
}

/// Reads the code of a unit.
pub(super) fn unit(code: i32) -> Result<ProductionUnitCode, sqlx::Error> {
    let code = u32::try_from(code).ok();
    code.and_then(|code| ProductionUnitCode::try_from(code).ok())
        .ok_or_else(|| corrupt("production_unit_code"))
}

/// Writes what a decision granted, and ends the grants of the claim before it.
pub(crate) async fn granted(db: &mut PgConnection, one: &Authorisation) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update authorisation set active = false where claim_id = $1 and number <> $2",
        one.claim,
        one.number.as_str(),
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "insert into authorisation
             (number, claim_id, active, direct, matricola, production_unit_code, office, region_istat, product, causale,
              first_day, last_day, hours_granted, communicated_on, csc_sector, average_heads_hundredths)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
         on conflict (number) do update set active = excluded.active, office = excluded.office,
             region_istat = excluded.region_istat",
        one.number.as_str(),
        one.claim,
        one.active,
        one.direct,
        one.matricola.as_str(),
        integer(one.unit.get())?,
        one.office.as_str(),
        one.region_istat,
        one.product,
        one.causale,
        one.period.first_day(),
        one.period.last_day(),
        one.hours.hundredths(),
        one.communicated,
        one.csc_sector,
        one.average_heads_hundredths,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The claim stands, or stands no more: so does the grant in force.
pub(crate) async fn set_active(
    db: &mut PgConnection,
    claim: Uuid,
    active: bool,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update authorisation set active = $2
         where number = (select max(number) from authorisation where claim_id = $1)",
        claim,
        active,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The claim was annulled, and with it every grant of it.
pub(crate) async fn annul(db: &mut PgConnection, claim: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update authorisation set active = false, annulled = true where claim_id = $1",
        claim,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The grant of a number.
pub(crate) async fn find(db: &mut PgConnection, number: &str) -> Result<Option<Kept>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        "select number, claim_id, active, direct, matricola, production_unit_code, office, region_istat, product, causale,
                first_day, last_day, hours_granted, hours_held, communicated_on, csc_sector, average_heads_hundredths,
                first_kind, employer_name, ticket
         from authorisation where number = $1",
        number,
    )
    .fetch_optional(db)
    .await?
    .map(Row::kept)
    .transpose()
}

/// The grant in force of a claim; `None` while it does not stand.
pub(crate) async fn in_force(
    db: &mut PgConnection,
    claim: Uuid,
) -> Result<Option<Kept>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        "select number, claim_id, active, direct, matricola, production_unit_code, office, region_istat, product, causale,
                first_day, last_day, hours_granted, hours_held, communicated_on, csc_sector, average_heads_hundredths,
                first_kind, employer_name, ticket
         from authorisation where claim_id = $1 and active order by number desc limit 1",
        claim,
    )
    .fetch_optional(db)
    .await?
    .map(Row::kept)
    .transpose()
}

/// Numbers of grants in force of which no flow has made anything known yet, while lines of a scope that passed under grants before
/// them wait to be ordered.
pub(crate) async fn unknown_in_force(
    db: &mut PgConnection,
    scope: &Scope,
) -> Result<Vec<AuthorizationNumber>, sqlx::Error> {
    let offices = scope.offices();
    let numbers = sqlx::query_scalar!(
        "select number from authorisation as in_force
         where active and ticket is null
           and exists (select from authorisation as other join line on authorization_number = other.number
                       where other.claim_id = in_force.claim_id and other.number <> in_force.number
                         and line.state = 'VERIFIED' and ($1::text[] is null or line.office = any($1)))
         order by number",
        offices.as_deref(),
    )
    .fetch_all(db)
    .await?;
    let numbers = numbers.iter();
    numbers
        .map(|number| parsed(number, "authorisation.number"))
        .collect()
}

/// Locks grants, with all others of their claims, in one order until the end of the transaction: whatever changes lines of theirs
/// begins here (PAY-6).
pub(crate) async fn lock(db: &mut PgConnection, numbers: &[String]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "select number from authorisation
         where claim_id in (select claim_id from authorisation where number = any($1))
         order by number for update",
        numbers,
    )
    .fetch_all(db)
    .await?;
    Ok(())
}

/// Writes what the first flow made known, with the workers; again without effect.
pub(crate) async fn make_known(
    db: &mut PgConnection,
    number: &str,
    details: &Details,
    workers: &[(CodiceFiscale, Uuid, Hours)],
) -> Result<(), sqlx::Error> {
    let codes: Vec<_> = workers.iter().map(|it| it.0.as_str().to_owned()).collect();
    let ids: Vec<_> = workers.iter().map(|it| it.1).collect();
    let granted: Vec<_> = workers.iter().map(|it| it.2.hundredths()).collect();
    sqlx::query!(
        "insert into granted_worker (number, codice_fiscale, person_id, hours_granted)
         select $1, * from unnest($2::text[], $3::uuid[], $4::bigint[])
         on conflict do nothing",
        number,
        &codes,
        &ids,
        &granted,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update authorisation
         set employer_name = $2, ticket = $3,
             first_kind = (select first_kind from authorisation as other where other.ticket = $3 and first_kind is not null limit 1)
         where number = $1 and ticket is null",
        number,
        details.employer_name,
        details.ticket.as_str(),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Writes the form of the first flow of a ticket; a later one without effect.
pub(crate) async fn begin_kind(
    db: &mut PgConnection,
    ticket: &str,
    kind: FlowKind,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update authorisation set first_kind = $2 where ticket = $1 and first_kind is null",
        ticket,
        kind.code(),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Hours of a grant, in all and by worker: what it holds, and what was ordered or paid under others of its claim.
pub(crate) async fn allowance(
    db: &mut PgConnection,
    kept: &Kept,
) -> Result<Allowance, sqlx::Error> {
    let number = kept.authorisation.number.as_str();
    let under_another = sqlx::query_scalar!(
        "select coalesce(sum(hours)::bigint, 0) as \"hours!\" from ordered_under_another where number = $1",
        number,
    )
    .fetch_one(&mut *db)
    .await?;
    let held = hours(kept.held.hundredths() + under_another);
    let mut allowance = Allowance::new(kept.authorisation.hours, held);
    let rows = sqlx::query!(
        "select codice_fiscale, person_id, hours_granted, hours_held + coalesce(hours, 0) as \"hours_held!\"
         from granted_worker left join ordered_under_another using (number, person_id)
         where number = $1",
        number,
    )
    .fetch_all(db)
    .await?;
    for row in rows {
        let code: CodiceFiscale = parsed(&row.codice_fiscale, "granted_worker.codice_fiscale")?;
        let worker = WorkerAllowance {
            id: row.person_id,
            granted: row.hours_granted,
            held: row.hours_held,
        };
        allowance.add(code, worker);
    }
    Ok(allowance)
}

/// Sets hours of workers aside, or frees them below zero. False when that is more than was granted: the transaction is then to
/// be given up.
pub(crate) async fn hold(
    db: &mut PgConnection,
    number: &str,
    hours: &[(Uuid, i64)],
) -> Result<bool, sqlx::Error> {
    let mut by_worker: BTreeMap<Uuid, i64> = BTreeMap::new();
    for (worker, hours) in hours {
        *by_worker.entry(*worker).or_default() += hours;
    }
    by_worker.retain(|_, hours| *hours != 0);
    let total: i64 = by_worker.values().sum();
    let (ids, moved): (Vec<Uuid>, Vec<i64>) = by_worker.into_iter().unzip();
    // Planned anew each time: a plan for any number of workers looks each of 200,000 up by itself.
    let held = sqlx::query!(
        "with of_workers as (
             update granted_worker set hours_held = hours_held + moved.hours
             from unnest($2::uuid[], $3::bigint[]) as moved (id, hours)
             where number = $1 and person_id = moved.id
         )
         update authorisation set hours_held = hours_held + $4 where number = $1",
        number,
        &ids,
        &moved,
        total,
    )
    .persistent(false)
    .execute(&mut *db)
    .await;
    match held {
        Ok(_) if moved.iter().all(|hours| *hours <= 0) => Ok(true),
        Ok(_) => fits(db, number).await,
        Err(error) if is_beyond_grant(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether what a grant holds fits it beside what was ordered or paid under others of its claim.
async fn fits(db: &mut PgConnection, number: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        "with under_another as (select person_id, hours from ordered_under_another where number = $1)
         select hours_held + coalesce((select sum(hours) from under_another), 0) <= hours_granted
                and not exists (
                    select from granted_worker as worker join under_another using (person_id)
                    where worker.number = $1 and worker.hours_held > 0 and worker.hours_held + hours > worker.hours_granted)
                as \"fits!\"
         from authorisation where number = $1",
        number,
    )
    .fetch_one(db)
    .await
}

fn is_beyond_grant(error: &sqlx::Error) -> bool {
    let constraint = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::constraint);
    matches!(
        constraint,
        Some("granted_worker_hours_within_grant" | "authorisation_hours_within_grant")
    )
}
