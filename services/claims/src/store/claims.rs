//! Claims.

use chassis::identity::Scope;
use chrono::{DateTime, NaiveDate, Utc};
use kernel::WeekPeriod;
use sqlx::PgConnection;
use uuid::Uuid;

use super::content::{findings_to_json, json, rest_of};
use super::rows::{ClaimRow, integer, state, unit_key};
use super::{appeals, completions, decisions, workers};
use crate::domain::checks::SameUnit;
use crate::domain::claim::Claim;
use crate::domain::content::{UnitKey, WrittenPeriod};
use crate::domain::product::{Causale, Product};
use crate::domain::state::State;

/// Whether a scope reaches drafts: only that of filers does (ROL-2).
pub(super) fn sees_drafts(scope: &Scope) -> bool {
    scope.matricole().is_some()
}

/// The claim with this id in the scope, with pending proposal and decision in force, and its workers unless there are
/// many ([`crate::domain::content::INLINE_LIST_MOST`]).
pub(crate) async fn find(
    db: &mut PgConnection,
    id: Uuid,
    scope: &Scope,
) -> Result<Option<Claim>, sqlx::Error> {
    let matricole = scope.matricole();
    let offices = scope.offices();
    let row = sqlx::query_as!(
        ClaimRow,
        "select id, version, state, state_since, matricola, production_unit_code, employer_name, product, causale,
                payment_mode, first_day, weeks, beneficiaries_count, hours_requested_hundredths, content, protocol_number, ticket,
                submitted_at, competent_office, employer_cf, csc, sector, working_days, region_istat,
                average_heads_hundredths, filing_due, filed_late, earliest_recognisable, nothing_recognisable,
                findings, handler_id, adoption_id, gave_way, filled, known_unit, known_at, created_at, updated_at
         from claim
         where id = $1 and ($2::text[] is null or matricola = any($2))
           and ($3::text[] is null or competent_office = any($3)) and (state <> 'DRAFT' or $4)",
        id,
        matricole.as_deref(),
        offices.as_deref(),
        sees_drafts(scope),
    )
    .fetch_optional(&mut *db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let mut claim = row.into_claim()?;
    match workers::of_claim_if_few(db, id).await? {
        Some(workers) => claim.content.beneficiaries = workers,
        None => claim.content.beneficiaries_omitted = true,
    }
    if claim.state != State::Draft {
        claim.proposal = decisions::pending_proposal(db, id).await?;
        claim.decision = decisions::in_force(db, id).await?;
        if claim.decision.is_some() {
            claim.ruling = appeals::last(db, id).await?;
        }
        claim.completions = completions::of_claim(db, id).await?;
    }
    Ok(Some(claim))
}

/// Version and state of the claim with this id in the scope.
pub(crate) async fn glance(
    db: &mut PgConnection,
    id: Uuid,
    scope: &Scope,
) -> Result<Option<(i64, State)>, sqlx::Error> {
    let matricole = scope.matricole();
    let offices = scope.offices();
    let row = sqlx::query!(
        "select version, state from claim
         where id = $1 and ($2::text[] is null or matricola = any($2))
           and ($3::text[] is null or competent_office = any($3)) and (state <> 'DRAFT' or $4)",
        id,
        matricole.as_deref(),
        offices.as_deref(),
        sees_drafts(scope),
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| Ok((row.version, state(&row.state)?)))
        .transpose()
}

/// Locks the claim with this id in the scope until the end of the transaction; returns its version. Read it afterwards
/// with [`find`], in a statement of its own, so as to see what others committed while this one waited.
pub(crate) async fn lock(
    db: &mut PgConnection,
    id: Uuid,
    scope: &Scope,
) -> Result<Option<i64>, sqlx::Error> {
    let matricole = scope.matricole();
    let offices = scope.offices();
    sqlx::query_scalar!(
        "select version from claim
         where id = $1 and ($2::text[] is null or matricola = any($2))
           and ($3::text[] is null or competent_office = any($3)) and (state <> 'DRAFT' or $4)
         for update",
        id,
        matricole.as_deref(),
        offices.as_deref(),
        sees_drafts(scope),
    )
    .fetch_optional(db)
    .await
}

/// Adds claims, whatever their state, with their workers. `created_by` holds one person a claim.
pub(crate) async fn insert(
    db: &mut PgConnection,
    claims: &[&Claim],
    created_by: &[Uuid],
) -> Result<(), sqlx::Error> {
    let mut columns = Columns::default();
    for claim in claims {
        columns.push(claim)?;
    }
    sqlx::query!(
        "insert into claim
            (id, version, state, matricola, production_unit_code, employer_name, product, causale, payment_mode,
             first_day, weeks, beneficiaries_count, hours_requested_hundredths, content, protocol_number, ticket,
             submitted_at, competent_office, employer_cf, csc, sector, working_days, region_istat,
             average_heads_hundredths, filing_due, filed_late, earliest_recognisable, nothing_recognisable, findings,
             counted, handler_id, filled, known_unit, known_at, created_by, created_at, updated_at, state_since)
         select id, version, state, matricola, production_unit_code, employer_name, product, causale, payment_mode,
             first_day, weeks, beneficiaries_count, hours_requested_hundredths, content, protocol_number, ticket,
             submitted_at, competent_office, employer_cf, csc, sector, working_days, region_istat,
             average_heads_hundredths, filing_due, filed_late, earliest_recognisable, nothing_recognisable, findings,
             case when counted_from is not null then datemultirange(daterange(counted_from, counted_to, '[]')) end,
             handler_id, filled, known_unit, known_at, created_by, created_at, updated_at, state_since
         from unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::int[], $6::text[], $7::text[], $8::text[],
             $9::text[], $10::date[], $11::int[], $12::int[], $13::bigint[], $14::jsonb[], $15::text[], $16::text[],
             $17::timestamptz[], $18::text[], $19::text[], $20::text[], $21::text[], $22::smallint[], $23::text[],
             $24::bigint[], $25::date[], $26::bool[], $27::date[], $28::bool[], $29::jsonb[], $30::date[], $31::date[],
             $32::uuid[], $33::jsonb[], $34::jsonb[], $35::timestamptz[], $36::uuid[], $37::timestamptz[],
             $38::timestamptz[], $39::timestamptz[])
           as new (id, version, state, matricola, production_unit_code, employer_name, product, causale, payment_mode,
             first_day, weeks, beneficiaries_count, hours_requested_hundredths, content, protocol_number, ticket,
             submitted_at, competent_office, employer_cf, csc, sector, working_days, region_istat,
             average_heads_hundredths, filing_due, filed_late, earliest_recognisable, nothing_recognisable, findings,
             counted_from, counted_to, handler_id, filled, known_unit, known_at, created_by, created_at, updated_at,
             state_since)",
        &columns.id,
        &columns.version,
        &columns.state,
        &columns.matricola,
        &columns.production_unit_code,
        &columns.employer_name,
        &columns.product as &[Option<String>],
        &columns.causale as &[Option<String>],
        &columns.payment_mode as &[Option<String>],
        &columns.first_day as &[Option<NaiveDate>],
        &columns.weeks as &[Option<i32>],
        &columns.beneficiaries_count,
        &columns.hours_requested_hundredths,
        &columns.content,
        &columns.protocol_number as &[Option<String>],
        &columns.ticket as &[Option<String>],
        &columns.submitted_at as &[Option<DateTime<Utc>>],
        &columns.competent_office as &[Option<String>],
        &columns.employer_cf as &[Option<String>],
        &columns.csc as &[Option<String>],
        &columns.sector as &[Option<String>],
        &columns.working_days as &[Option<i16>],
        &columns.region_istat as &[Option<String>],
        &columns.average_heads_hundredths as &[Option<i64>],
        &columns.filing_due as &[Option<NaiveDate>],
        &columns.filed_late as &[Option<bool>],
        &columns.earliest_recognisable as &[Option<NaiveDate>],
        &columns.nothing_recognisable as &[Option<bool>],
        &columns.findings as &[Option<serde_json::Value>],
        &columns.counted_from as &[Option<NaiveDate>],
        &columns.counted_to as &[Option<NaiveDate>],
        &columns.handler_id as &[Option<Uuid>],
        &columns.filled,
        &columns.known_unit as &[Option<serde_json::Value>],
        &columns.known_at as &[Option<DateTime<Utc>>],
        created_by,
        &columns.created_at,
        &columns.updated_at,
        &columns.state_since,
    )
    .execute(&mut *db)
    .await?;
    workers::insert(db, claims).await
}

/// Writes the content of a draft, workers included unless the list stays as it is.
pub(crate) async fn rewrite(db: &mut PgConnection, claim: &Claim) -> Result<(), sqlx::Error> {
    let content = &claim.content;
    let known = claim.known.as_ref();
    sqlx::query!(
        "update claim
         set version = $2, matricola = $3, production_unit_code = $4, employer_name = $5, product = $6, causale = $7,
             payment_mode = $8, first_day = $9, weeks = $10, beneficiaries_count = $11,
             hours_requested_hundredths = $12, content = $13, updated_at = $14, filled = $15, known_unit = $16,
             known_at = $17
         where id = $1",
        claim.id,
        claim.version,
        content.unit.matricola.as_str(),
        integer(content.unit.code.get())?,
        claim.employer_name,
        content.product.map(Product::code),
        content.causale.map(Causale::code),
        content.payment_mode.map(crate::domain::product::PaymentMode::code),
        content.period.map(|period| period.first_day),
        content.period.map(|period| integer(period.weeks)).transpose()?,
        integer(content.beneficiaries_count)?,
        content.hours_requested_hundredths,
        rest_of(content)?,
        claim.updated_at,
        json(&claim.filled)?,
        known.map(|known| json(&known.facts)).transpose()?,
        known.map(|known| known.at),
    )
    .execute(&mut *db)
    .await?;
    if content.beneficiaries_omitted {
        return Ok(());
    }
    workers::clear(db, claim.id).await?;
    workers::insert(db, &[claim]).await
}

/// Writes what a new list changes in its draft, without the workers.
pub(crate) async fn relist(db: &mut PgConnection, claim: &Claim) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update claim
         set version = $2, beneficiaries_count = $3, hours_requested_hundredths = $4, updated_at = $5
         where id = $1",
        claim.id,
        claim.version,
        integer(claim.content.beneficiaries_count)?,
        claim.content.hours_requested_hundredths,
        claim.updated_at,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Writes what submission adds. Breaks [`super::TICKET_USED`] when the ticket is linked to another claim.
pub(crate) async fn file(db: &mut PgConnection, claim: &Claim) -> Result<(), sqlx::Error> {
    let Some(filing) = &claim.filing else {
        return advance(db, claim).await;
    };
    let counted = claim.counted();
    sqlx::query!(
        "update claim
         set version = $2, state = $3, protocol_number = $4, ticket = $5, submitted_at = $6, competent_office = $7,
             employer_cf = $8, csc = $9, sector = $10, working_days = $11, region_istat = $12,
             average_heads_hundredths = $13, filing_due = $14, filed_late = $15, earliest_recognisable = $16,
             nothing_recognisable = $17, findings = $18,
             counted = case when $19::date is not null then datemultirange(daterange($19, $20, '[]')) end,
             updated_at = $21, filled = $22, state_since = $23
         where id = $1",
        claim.id,
        claim.version,
        claim.state.code(),
        filing.protocol.as_str(),
        filing.ticket.as_str(),
        filing.submitted_at,
        filing.office.as_str(),
        filing.unit.employer_cf,
        filing.unit.csc,
        filing.unit.sector,
        filing.unit.working_days,
        filing.unit.region_istat,
        filing.unit.average_heads_hundredths,
        filing.lateness.due,
        filing.lateness.filed_late,
        filing.lateness.earliest_recognisable,
        filing.lateness.nothing_recognisable,
        findings_to_json(&filing.findings)?,
        counted.first().map(|weeks| weeks.first_day()),
        counted.last().map(|weeks| weeks.last_day()),
        claim.updated_at,
        json(&claim.filled)?,
        claim.state_since,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Writes where a filed claim stands.
pub(crate) async fn advance(db: &mut PgConnection, claim: &Claim) -> Result<(), sqlx::Error> {
    let counted = claim.counted();
    let first_days: Vec<_> = counted.iter().map(|weeks| weeks.first_day()).collect();
    let last_days: Vec<_> = counted.iter().map(|weeks| weeks.last_day()).collect();
    let gave_way: Vec<_> = claim.gave_way.iter().map(|week| week.monday()).collect();
    sqlx::query!(
        "update claim
         set version = $2, state = $3, handler_id = $4, adoption_id = $5,
             counted = (select range_agg(daterange(first, last, '[]')) from unnest($6::date[], $7::date[]) as run (first, last)),
             updated_at = $8, competent_office = $9, state_since = $10, region_istat = $11, gave_way = $12
         where id = $1",
        claim.id,
        claim.version,
        claim.state.code(),
        claim.handler,
        claim.adoption,
        &first_days,
        &last_days,
        claim.updated_at,
        claim.filing.as_ref().map(|filing| filing.office.as_str()),
        claim.state_since,
        claim.filing.as_ref().map(|filing| filing.unit.region_istat.as_str()),
        &gave_way,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Removes a draft and remembers that it was there.
pub(crate) async fn delete_draft(
    db: &mut PgConnection,
    claim: &Claim,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from claim where id = $1", claim.id)
        .execute(&mut *db)
        .await?;
    sqlx::query!(
        "insert into deleted_draft (claim_id, matricola, deleted_at) values ($1, $2, $3)",
        claim.id,
        claim.content.unit.matricola.as_str(),
        at,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Whether a draft with this id was deleted in the scope.
pub(crate) async fn was_deleted(
    db: &mut PgConnection,
    id: Uuid,
    scope: &Scope,
) -> Result<bool, sqlx::Error> {
    let matricole = scope.matricole();
    let found = sqlx::query_scalar!(
        "select exists (select from deleted_draft
                        where claim_id = $1 and ($2::text[] is null or matricola = any($2))) as \"found!\"",
        id,
        matricole.as_deref(),
    )
    .fetch_one(db)
    .await?;
    Ok(found)
}

/// Live claims of the unit, other than this one and those of `besides`, that count on days of the weeks (S6).
pub(crate) async fn of_same_unit(
    db: &mut PgConnection,
    unit: &UnitKey,
    weeks: WeekPeriod,
    besides: &[Uuid],
) -> Result<Vec<SameUnit>, sqlx::Error> {
    sqlx::query_as!(
        SameUnit,
        "select protocol_number as \"protocol!\", lower(counted) as \"first_day!\",
                upper(counted) - 1 as \"last_day!\"
         from claim
         where matricola = $1 and production_unit_code = $2 and counted is not null
           and counted && daterange($3, $4, '[]') and id <> all($5)
         order by lower(counted), id",
        unit.matricola.as_str(),
        integer(unit.code.get())?,
        weeks.first_day(),
        weeks.last_day(),
        besides,
    )
    .fetch_all(db)
    .await
}

/// Weeks of the unit that live claims for a reason count on (COV-2).
pub(crate) async fn weeks_counted(
    db: &mut PgConnection,
    unit: &UnitKey,
    causale: Causale,
) -> Result<u32, sqlx::Error> {
    let days = sqlx::query_scalar!(
        "select coalesce(sum(upper(counted) - lower(counted)), 0) as \"days!\"
         from claim
         where matricola = $1 and production_unit_code = $2 and counted is not null and causale = $3",
        unit.matricola.as_str(),
        integer(unit.code.get())?,
        causale.code(),
    )
    .fetch_one(db)
    .await?;
    Ok(u32::try_from(days / 7).unwrap_or(u32::MAX))
}

/// The last claim of the unit that was filed, in the scope.
pub(crate) async fn last_of_unit(
    db: &mut PgConnection,
    unit: &UnitKey,
    scope: &Scope,
) -> Result<Option<Uuid>, sqlx::Error> {
    let matricole = scope.matricole();
    let offices = scope.offices();
    sqlx::query_scalar!(
        "select id from claim
         where matricola = $1 and production_unit_code = $2 and state <> 'DRAFT'
           and ($3::text[] is null or matricola = any($3)) and ($4::text[] is null or competent_office = any($4))
         order by submitted_at desc, id desc limit 1",
        unit.matricola.as_str(),
        integer(unit.code.get())?,
        matricole.as_deref(),
        offices.as_deref(),
    )
    .fetch_optional(db)
    .await
}

/// A claim in a list.
#[derive(Debug, Clone)]
pub(crate) struct Summary {
    /// Id.
    pub(crate) id: Uuid,
    /// Where it stands.
    pub(crate) state: State,
    /// Protocol number; `None` for a draft.
    pub(crate) protocol: Option<String>,
    /// The instrument.
    pub(crate) product: Option<Product>,
    /// The reason.
    pub(crate) causale: Option<Causale>,
    /// The unit.
    pub(crate) unit: UnitKey,
    /// Name of the employer.
    pub(crate) employer_name: String,
    /// The weeks as written.
    pub(crate) period: Option<WrittenPeriod>,
    /// Competent office; `None` for a draft.
    pub(crate) office: Option<String>,
    /// Instant of the protocol.
    pub(crate) submitted_at: Option<DateTime<Utc>>,
    /// Workers asked for.
    pub(crate) beneficiaries_count: i32,
    /// Hours asked for, in hundredths.
    pub(crate) hours_requested_hundredths: i64,
    /// To whom it is assigned, or who has it in charge.
    pub(crate) handler: Option<Uuid>,
    /// Whether some finding was forced.
    pub(crate) forced: bool,
    /// Whether a proposal awaits adoption.
    pub(crate) proposal_pending: bool,
}

/// What a list is narrowed to, within the scope.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    /// States; empty for all.
    pub(crate) states: Vec<State>,
    /// Competent office.
    pub(crate) office: Option<String>,
    /// Matricola.
    pub(crate) matricola: Option<String>,
    /// Handler.
    pub(crate) handler: Option<Uuid>,
    /// Protocol number.
    pub(crate) protocol: Option<String>,
}

/// Claims in the scope, newest first, at most `limit`, after the one with id `after`.
pub(crate) async fn list(
    db: &mut PgConnection,
    scope: &Scope,
    filter: &Filter,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Summary>, sqlx::Error> {
    let matricole = scope.matricole();
    let offices = scope.offices();
    let states: Vec<String> = filter
        .states
        .iter()
        .map(|state| state.code().to_owned())
        .collect();
    let rows = sqlx::query!(
        "select id, state, protocol_number, product, causale, matricola, production_unit_code, employer_name, first_day,
                weeks, competent_office, submitted_at, beneficiaries_count, hours_requested_hundredths, handler_id,
                coalesce(jsonb_path_exists(findings, '$[*] ? (@.severity == \"FORCE\")'), false) as \"forced!\",
                exists (select from proposal where claim_id = claim.id and status = 'PENDING') as \"pending!\"
         from claim
         where ($1::text[] is null or matricola = any($1)) and ($2::text[] is null or competent_office = any($2))
           and (state <> 'DRAFT' or $3)
           and (cardinality($4::text[]) = 0 or state = any($4)) and ($5::text is null or competent_office = $5)
           and ($6::text is null or matricola = $6) and ($7::uuid is null or handler_id = $7)
           and ($8::text is null or protocol_number = $8) and ($9::uuid is null or id < $9)
         order by id desc
         limit $10",
        matricole.as_deref(),
        offices.as_deref(),
        sees_drafts(scope),
        &states,
        filter.office,
        filter.matricola,
        filter.handler,
        filter.protocol,
        after,
        limit,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Summary {
                id: row.id,
                state: state(&row.state)?,
                protocol: row.protocol_number,
                product: row.product.as_deref().and_then(Product::parse),
                causale: row.causale.as_deref().and_then(Causale::parse),
                unit: unit_key(&row.matricola, row.production_unit_code)?,
                employer_name: row.employer_name,
                period: row
                    .first_day
                    .zip(row.weeks.and_then(|weeks| u32::try_from(weeks).ok()))
                    .map(|(first_day, weeks)| WrittenPeriod { first_day, weeks }),
                office: row.competent_office,
                submitted_at: row.submitted_at,
                beneficiaries_count: row.beneficiaries_count,
                hours_requested_hundredths: row.hours_requested_hundredths,
                handler: row.handler_id,
                forced: row.forced,
                proposal_pending: row.pending,
            })
        })
        .collect()
}

/// Number of claims by state, for the gauge.
pub(crate) async fn count_by_state(
    db: &mut PgConnection,
) -> Result<Vec<(State, i64)>, sqlx::Error> {
    let rows = sqlx::query!("select state, count(*) as \"count!\" from claim group by state")
        .fetch_all(db)
        .await?;
    rows.into_iter()
        .map(|row| Ok((state(&row.state)?, row.count)))
        .collect()
}

/// Number of claims of several units, drafts included.
pub(crate) async fn count_of_units(
    db: &mut PgConnection,
    units: &[UnitKey],
) -> Result<u64, sqlx::Error> {
    let mut matricola = Vec::with_capacity(units.len());
    let mut code = Vec::with_capacity(units.len());
    for unit in units {
        matricola.push(unit.matricola.as_str().to_owned());
        code.push(integer(unit.code.get())?);
    }
    let count = sqlx::query_scalar!(
        "select count(*) as \"count!\" from claim
         join unnest($1::text[], $2::int[]) as unit (matricola, production_unit_code)
           using (matricola, production_unit_code)",
        &matricola,
        &code,
    )
    .fetch_one(db)
    .await?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// The columns of several claims, for one statement.
#[derive(Default)]
struct Columns {
    id: Vec<Uuid>,
    version: Vec<i64>,
    state: Vec<String>,
    matricola: Vec<String>,
    production_unit_code: Vec<i32>,
    employer_name: Vec<String>,
    product: Vec<Option<String>>,
    causale: Vec<Option<String>>,
    payment_mode: Vec<Option<String>>,
    first_day: Vec<Option<NaiveDate>>,
    weeks: Vec<Option<i32>>,
    beneficiaries_count: Vec<i32>,
    hours_requested_hundredths: Vec<i64>,
    content: Vec<serde_json::Value>,
    protocol_number: Vec<Option<String>>,
    ticket: Vec<Option<String>>,
    submitted_at: Vec<Option<DateTime<Utc>>>,
    competent_office: Vec<Option<String>>,
    employer_cf: Vec<Option<String>>,
    csc: Vec<Option<String>>,
    sector: Vec<Option<String>>,
    working_days: Vec<Option<i16>>,
    region_istat: Vec<Option<String>>,
    average_heads_hundredths: Vec<Option<i64>>,
    filing_due: Vec<Option<NaiveDate>>,
    filed_late: Vec<Option<bool>>,
    earliest_recognisable: Vec<Option<NaiveDate>>,
    nothing_recognisable: Vec<Option<bool>>,
    findings: Vec<Option<serde_json::Value>>,
    counted_from: Vec<Option<NaiveDate>>,
    counted_to: Vec<Option<NaiveDate>>,
    handler_id: Vec<Option<Uuid>>,
    filled: Vec<serde_json::Value>,
    known_unit: Vec<Option<serde_json::Value>>,
    known_at: Vec<Option<DateTime<Utc>>>,
    created_at: Vec<DateTime<Utc>>,
    updated_at: Vec<DateTime<Utc>>,
    state_since: Vec<DateTime<Utc>>,
}

impl Columns {
    fn push(&mut self, claim: &Claim) -> Result<(), sqlx::Error> {
        self.push_content(claim)?;
        self.push_filing(claim)?;
        let counted = claim.counted();
        self.counted_from
            .push(counted.first().map(|weeks| weeks.first_day()));
        self.counted_to
            .push(counted.last().map(|weeks| weeks.last_day()));
        self.handler_id.push(claim.handler);
        self.filled.push(json(&claim.filled)?);
        let known = claim.known.as_ref();
        self.known_unit
            .push(known.map(|known| json(&known.facts)).transpose()?);
        self.known_at.push(known.map(|known| known.at));
        self.created_at.push(claim.created_at);
        self.updated_at.push(claim.updated_at);
        self.state_since.push(claim.state_since);
        Ok(())
    }

    fn push_content(&mut self, claim: &Claim) -> Result<(), sqlx::Error> {
        let content = &claim.content;
        self.id.push(claim.id);
        self.version.push(claim.version);
        self.state.push(claim.state.code().to_owned());
        self.matricola
            .push(content.unit.matricola.as_str().to_owned());
        self.production_unit_code
            .push(integer(content.unit.code.get())?);
        self.employer_name.push(claim.employer_name.clone());
        self.product
            .push(content.product.map(|it| it.code().to_owned()));
        self.causale
            .push(content.causale.map(|it| it.code().to_owned()));
        self.payment_mode
            .push(content.payment_mode.map(|it| it.code().to_owned()));
        self.first_day
            .push(content.period.map(|period| period.first_day));
        self.weeks.push(
            content
                .period
                .map(|period| integer(period.weeks))
                .transpose()?,
        );
        self.beneficiaries_count
            .push(integer(content.beneficiaries_count)?);
        self.hours_requested_hundredths
            .push(content.hours_requested_hundredths);
        self.content.push(rest_of(content)?);
        Ok(())
    }

    fn push_filing(&mut self, claim: &Claim) -> Result<(), sqlx::Error> {
        let filing = claim.filing.as_ref();
        self.protocol_number
            .push(filing.map(|it| it.protocol.as_str().to_owned()));
        self.ticket
            .push(filing.map(|it| it.ticket.as_str().to_owned()));
        self.submitted_at.push(filing.map(|it| it.submitted_at));
        self.competent_office
            .push(filing.map(|it| it.office.as_str().to_owned()));
        self.employer_cf
            .push(filing.map(|it| it.unit.employer_cf.clone()));
        self.csc.push(filing.map(|it| it.unit.csc.clone()));
        self.sector.push(filing.map(|it| it.unit.sector.clone()));
        self.working_days
            .push(filing.map(|it| it.unit.working_days));
        self.region_istat
            .push(filing.map(|it| it.unit.region_istat.clone()));
        self.average_heads_hundredths
            .push(filing.map(|it| it.unit.average_heads_hundredths));
        self.filing_due.push(filing.and_then(|it| it.lateness.due));
        self.filed_late
            .push(filing.map(|it| it.lateness.filed_late));
        self.earliest_recognisable
            .push(filing.and_then(|it| it.lateness.earliest_recognisable));
        self.nothing_recognisable
            .push(filing.map(|it| it.lateness.nothing_recognisable));
        self.findings.push(
            filing
                .map(|it| findings_to_json(&it.findings))
                .transpose()?,
        );
        Ok(())
    }
}
