//! Protocol and authorisation registers (IDF-1, IDF-2).

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use kernel::{AuthorizationNumber, OfficeCode, ProtocolNumber};
use sqlx::PgConnection;
use uuid::Uuid;

use super::rows::{corrupt, unsigned};

/// Which way something passes the register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Claims, replies, flows.
    Incoming,
    /// Decisions, interlocutions.
    Outgoing,
}

impl Direction {
    fn code(self) -> &'static str {
        match self {
            Self::Incoming => "IN",
            Self::Outgoing => "OUT",
        }
    }
}

/// One line of the protocol register.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// The number.
    pub(crate) number: ProtocolNumber,
    /// Which way.
    pub(crate) direction: Direction,
    /// The claim that it belongs to.
    pub(crate) claim: Uuid,
    /// When.
    pub(crate) at: DateTime<Utc>,
}

/// The next `count` protocol numbers of an office and the year of a day: returns the last before them. Holds the
/// register until the end of the transaction, so call it late.
pub(crate) async fn take_protocols(
    db: &mut PgConnection,
    office: &OfficeCode,
    year: i32,
    count: i32,
) -> Result<u32, sqlx::Error> {
    let last = sqlx::query_scalar!(
        "insert into protocol_register as register (office4, year, last) values ($1, $2, $3)
         on conflict (office4, year) do update set last = register.last + excluded.last
         returning last",
        office.office4(),
        year,
        count,
    )
    .fetch_one(db)
    .await?;
    unsigned(last - count, "protocol_register.last")
}

/// Last protocol and authorisation numbers of an office and year, 0 where there is none yet.
pub(crate) async fn last(
    db: &mut PgConnection,
    office: &OfficeCode,
    year: i32,
) -> Result<(u32, u32), sqlx::Error> {
    let row = sqlx::query!(
        "select coalesce((select last from protocol_register where office4 = $1 and year = $2), 0) as \"protocol!\",
                coalesce((select last from authorization_register where office4 = $1 and year = $2), 0)
                  as \"authorization!\"",
        office.office4(),
        year,
    )
    .fetch_one(db)
    .await?;
    let protocol = unsigned(row.protocol, "protocol_register.last")?;
    Ok((
        protocol,
        unsigned(row.authorization, "authorization_register.last")?,
    ))
}

/// The next protocol number of an office on a day, entered in the register.
pub(crate) async fn protocol(
    db: &mut PgConnection,
    office: &OfficeCode,
    direction: Direction,
    claim: Uuid,
    at: DateTime<Utc>,
) -> Result<ProtocolNumber, sqlx::Error> {
    let day = kernel::rome::date_of(at);
    let before = take_protocols(db, office, day.year(), 1).await?;
    let number = ProtocolNumber::new(office, day, before + 1)
        .map_err(|_| corrupt("protocol_register.last"))?;
    enter(
        db,
        &[Entry {
            number: number.clone(),
            direction,
            claim,
            at,
        }],
    )
    .await?;
    Ok(number)
}

/// Enters lines whose numbers were taken.
pub(crate) async fn enter(db: &mut PgConnection, entries: &[Entry]) -> Result<(), sqlx::Error> {
    let mut office4 = Vec::with_capacity(entries.len());
    let mut year = Vec::with_capacity(entries.len());
    let mut number = Vec::with_capacity(entries.len());
    let mut direction = Vec::with_capacity(entries.len());
    let mut claim_id = Vec::with_capacity(entries.len());
    let mut registered_at = Vec::with_capacity(entries.len());
    for entry in entries {
        office4.push(entry.number.office4().to_owned());
        year.push(entry.number.day().year());
        number.push(super::rows::integer(entry.number.progressive())?);
        direction.push(entry.direction.code().to_owned());
        claim_id.push(entry.claim);
        registered_at.push(entry.at);
    }
    sqlx::query!(
        "insert into protocol_entry (office4, year, number, direction, claim_id, registered_at)
         select * from unnest($1::text[], $2::int[], $3::int[], $4::text[], $5::uuid[], $6::timestamptz[])",
        &office4,
        &year,
        &number,
        &direction,
        &claim_id,
        &registered_at,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The next `count` authorisation numbers of an office and year: returns the last before them.
pub(crate) async fn take_authorizations(
    db: &mut PgConnection,
    office: &OfficeCode,
    year: i32,
    count: i32,
) -> Result<u32, sqlx::Error> {
    let last = sqlx::query_scalar!(
        "insert into authorization_register as register (office4, year, last) values ($1, $2, $3)
         on conflict (office4, year) do update set last = register.last + excluded.last
         returning last",
        office.office4(),
        year,
        count,
    )
    .fetch_one(db)
    .await?;
    unsigned(last - count, "authorization_register.last")
}

/// The next authorisation number of an office on a day.
pub(crate) async fn authorization(
    db: &mut PgConnection,
    office: &OfficeCode,
    day: NaiveDate,
) -> Result<AuthorizationNumber, sqlx::Error> {
    let before = take_authorizations(db, office, day.year(), 1).await?;
    AuthorizationNumber::new(office, day, before + 1)
        .map_err(|_| corrupt("authorization_register.last"))
}
