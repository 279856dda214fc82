//! Flows.

use chassis::identity::Scope;
use chrono::{DateTime, NaiveDate, Utc};
use kernel::{
    AuthorizationNumber, Digest, Hours, Matricola, OfficeCode, Period, ProductionUnitCode,
    ProtocolNumber,
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::authorisations::unit;
use super::rows::{coded, corrupt, hours, integer, parsed, period, unsigned};
use crate::domain::flow::FlowKind;
use crate::domain::month::Month;
use crate::domain::state::{Counts, Ended, FlowState, LineState};

/// A flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Flow {
    pub(crate) id: Uuid,
    pub(crate) version: i64,
    pub(crate) protocol: ProtocolNumber,
    pub(crate) kind: FlowKind,
    pub(crate) ended: Option<Ended>,
    pub(crate) authorization: AuthorizationNumber,
    pub(crate) claim: Uuid,
    pub(crate) matricola: Matricola,
    pub(crate) unit: ProductionUnitCode,
    pub(crate) employer_name: String,
    pub(crate) office: OfficeCode,
    pub(crate) region_istat: String,
    pub(crate) product: String,
    pub(crate) causale: String,
    pub(crate) csc_sector: String,
    pub(crate) average_heads_hundredths: i64,
    pub(crate) period: Period,
    /// Last day for its first month (PAY-1).
    pub(crate) term: NaiveDate,
    pub(crate) corrects: Option<Uuid>,
    pub(crate) lines: u32,
    pub(crate) hours: Hours,
    pub(crate) counts: Counts,
    pub(crate) digest: Digest,
    pub(crate) reason: String,
    pub(crate) sent_by: Uuid,
    pub(crate) received_at: DateTime<Utc>,
}

impl Flow {
    /// Where it stands.
    pub(crate) fn state(&self) -> FlowState {
        self.counts.state(self.ended)
    }
}

struct Row {
    id: Uuid,
    version: i64,
    protocol_number: String,
    kind: String,
    ended: Option<String>,
    authorization_number: String,
    claim_id: Uuid,
    matricola: String,
    production_unit_code: i32,
    employer_name: String,
    office: String,
    region_istat: String,
    product: String,
    causale: String,
    csc_sector: String,
    average_heads_hundredths: i64,
    first_day: NaiveDate,
    last_day: NaiveDate,
    term: NaiveDate,
    corrects: Option<Uuid>,
    lines: i32,
    hours: i64,
    counts: Vec<i32>,
    sha256: String,
    reason: String,
    sent_by: Uuid,
    received_at: DateTime<Utc>,
}

impl Row {
    fn flow(self) -> Result<Flow, sqlx::Error> {
        Ok(Flow {
            id: self.id,
            version: self.version,
            protocol: parsed(&self.protocol_number, "flow.protocol_number")?,
            kind: coded(&self.kind, FlowKind::parse, "flow.kind")?,
            ended: match self.ended.as_deref() {
                None => None,
                Some("REJECTED") => Some(Ended::Rejected),
                Some("DELETED") => Some(Ended::Deleted),
                Some(_) => return Err(corrupt("flow.ended")),
            },
            authorization: parsed(&self.authorization_number, "flow.authorization_number")?,
            claim: self.claim_id,
            matricola: parsed(&self.matricola, "flow.matricola")?,
            unit: unit(self.production_unit_code)?,
            employer_name: self.employer_name,
            office: parsed(&self.office, "flow.office")?,
            region_istat: self.region_istat,
            product: self.product,
            causale: self.causale,
            csc_sector: self.csc_sector,
            average_heads_hundredths: self.average_heads_hundredths,
            period: period(self.first_day, self.last_day, "flow.last_day")?,
            term: self.term,
            corrects: self.corrects,
            lines: unsigned(self.lines, "flow.lines")?,
            hours: hours(self.hours),
            counts: counts(&self.counts),
            digest: parsed(&self.sha256, "flow.sha256")?,
            reason: self.reason,
            sent_by: self.sent_by,
            received_at: self.received_at,
        })
    }
}

fn counts(columns: &[i32]) -> Counts {
    let mut counts = Counts::default();
    for (state, lines) in LineState::ALL.iter().zip(columns) {
        counts.add(*state, (*lines).into());
    }
    counts
}

fn columns(counts: &Counts) -> Result<Vec<i32>, sqlx::Error> {
    let of = |state: &LineState| integer(counts.of(*state));
    LineState::ALL.iter().map(of).collect()
}

fn ended(flow: &Flow) -> Option<&'static str> {
    flow.ended.map(|ended| match ended {
        Ended::Rejected => "REJECTED",
        Ended::Deleted => "DELETED",
    })
}

/// Adds a flow.
pub(crate) async fn insert(db: &mut PgConnection, flow: &Flow) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into flow
             (id, version, protocol_number, kind, state, ended, authorization_number, claim_id, matricola, production_unit_code,
              employer_name, office, region_istat, product, causale, csc_sector, average_heads_hundredths, first_day, last_day,
              term, corrects, lines, hours, counts, sha256, reason, sent_by, received_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,
                 $25, $26, $27, $28)",
        flow.id,
        flow.version,
        flow.protocol.to_string(),
        flow.kind.code(),
        flow.state().code(),
        ended(flow),
        flow.authorization.as_str(),
        flow.claim,
        flow.matricola.as_str(),
        integer(flow.unit.get())?,
        flow.employer_name,
        flow.office.as_str(),
        flow.region_istat,
        flow.product,
        flow.causale,
        flow.csc_sector,
        flow.average_heads_hundredths,
        flow.period.first_day(),
        flow.period.last_day(),
        flow.term,
        flow.corrects,
        integer(flow.lines)?,
        flow.hours.hundredths(),
        &columns(&flow.counts)?,
        flow.digest.to_string(),
        flow.reason,
        flow.sent_by,
        flow.received_at,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Writes what changes of a flow.
pub(crate) async fn advance(db: &mut PgConnection, flow: &Flow) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update flow set version = $2, state = $3, ended = $4, counts = $5, reason = $6 where id = $1",
        flow.id,
        flow.version,
        flow.state().code(),
        ended(flow),
        &columns(&flow.counts)?,
        flow.reason,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A flow in a scope.
pub(crate) async fn find(
    db: &mut PgConnection,
    id: Uuid,
    scope: &Scope,
) -> Result<Option<Flow>, sqlx::Error> {
    let (matricole, offices) = (scope.matricole(), scope.offices());
    sqlx::query_as!(
        Row,
        "select id, version, protocol_number, kind, ended, authorization_number, claim_id, matricola, production_unit_code,
                employer_name, office, region_istat, product, causale, csc_sector, average_heads_hundredths, first_day,
                last_day, term, corrects, lines, hours, counts, sha256, reason, sent_by, received_at
         from flow
         where id = $1 and ($2::text[] is null or matricola = any($2)) and ($3::text[] is null or office = any($3))",
        id,
        matricole.as_deref(),
        offices.as_deref(),
    )
    .fetch_optional(db)
    .await?
    .map(Row::flow)
    .transpose()
}

/// Flows by id, locked in one order until the end of the transaction.
pub(crate) async fn lock(db: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Flow>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        "select id, version, protocol_number, kind, ended, authorization_number, claim_id, matricola, production_unit_code,
                employer_name, office, region_istat, product, causale, csc_sector, average_heads_hundredths, first_day,
                last_day, term, corrects, lines, hours, counts, sha256, reason, sent_by, received_at
         from flow where id = any($1) order by id for update",
        ids,
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(Row::flow)
    .collect()
}

/// The flow that these bytes were for this authorisation.
pub(crate) async fn of_bytes(
    db: &mut PgConnection,
    authorization: &str,
    digest: &Digest,
) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select id from flow where authorization_number = $1 and sha256 = $2",
        authorization,
        digest.to_string(),
    )
    .fetch_optional(db)
    .await
}

/// The flow of a receipt number, of the claim of an authorisation.
pub(crate) async fn of_protocol(
    db: &mut PgConnection,
    authorization: &str,
    protocol: &ProtocolNumber,
) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select flow.id from flow join authorisation using (claim_id) where number = $1 and protocol_number = $2",
        authorization,
        protocol.to_string(),
    )
    .fetch_optional(db)
    .await
}

/// What a list is narrowed to.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    /// Employer.
    pub(crate) matricola: Option<String>,
    /// Authorisation.
    pub(crate) authorization: Option<String>,
    /// States; empty for every one.
    pub(crate) states: Vec<FlowState>,
    /// A month that is covered.
    pub(crate) month: Option<Month>,
    /// Competent office.
    pub(crate) office: Option<String>,
}

/// Flows in a scope, newest first, after a key.
pub(crate) async fn page(
    db: &mut PgConnection,
    scope: &Scope,
    filter: &Filter,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> Result<Vec<Flow>, sqlx::Error> {
    let (matricole, offices) = (scope.matricole(), scope.offices());
    let states: Vec<String> = filter
        .states
        .iter()
        .map(|it| it.code().to_owned())
        .collect();
    sqlx::query_as!(
        Row,
        "select id, version, protocol_number, kind, ended, authorization_number, claim_id, matricola, production_unit_code,
                employer_name, office, region_istat, product, causale, csc_sector, average_heads_hundredths, first_day,
                last_day, term, corrects, lines, hours, counts, sha256, reason, sent_by, received_at
         from flow
         where ($1::text[] is null or matricola = any($1)) and ($2::text[] is null or office = any($2))
           and ($3::text is null or matricola = $3) and ($4::text is null or authorization_number = $4)
           and (cardinality($5::text[]) = 0 or state = any($5))
           and ($6::date is null or (last_day >= $6 and first_day < $6 + interval '1 month'))
           and ($7::text is null or office = $7)
           and ($8::timestamptz is null or (received_at, id) < ($8, $9))
         order by received_at desc, id desc limit $10",
        matricole.as_deref(),
        offices.as_deref(),
        filter.matricola,
        filter.authorization,
        &states,
        filter.month.map(Month::first_day),
        filter.office,
        after.map(|key| key.0),
        after.map(|key| key.1),
        limit,
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(Row::flow)
    .collect()
}
