//! What was granted, by authorisation number. Asked by the payments service alone, whose scope is every row.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{AuthorizationNumber, OfficeCode, ProtocolNumber, WeekPeriod, rome};
use sqlx::PgConnection;
use uuid::Uuid;

use super::registers::{self, Direction};
use super::rows::{corrupt, parsed, state, unit_key, unsigned, weeks};
use crate::domain::content::UnitKey;
use crate::domain::product::{Causale, PaymentMode, Product};
use crate::domain::state::State;

/// A grant.
#[derive(Debug)]
pub(crate) struct Authorization {
    /// Its number.
    pub(crate) number: AuthorizationNumber,
    /// The claim.
    pub(crate) claim: Uuid,
    /// Where the claim stands.
    pub(crate) state: State,
    /// Whether no later decision took its place.
    pub(crate) in_force: bool,
    /// The unit.
    pub(crate) unit: UnitKey,
    /// Name of the employer.
    pub(crate) employer_name: String,
    /// Ticket.
    pub(crate) ticket: String,
    /// Competent office.
    pub(crate) office: OfficeCode,
    /// ISTAT code of its region.
    pub(crate) region_istat: String,
    /// Instrument.
    pub(crate) product: Product,
    /// Reason.
    pub(crate) causale: Causale,
    /// Who pays.
    pub(crate) payment_mode: PaymentMode,
    /// Weeks.
    pub(crate) period: WeekPeriod,
    /// Workers.
    pub(crate) beneficiaries: u32,
    /// Hours, in hundredths.
    pub(crate) hours_hundredths: i64,
    /// Day of the adoption.
    pub(crate) adopted_on: NaiveDate,
    /// First digit of the CSC.
    pub(crate) csc_sector: String,
    /// Average heads of the unit, in hundredths.
    pub(crate) average_heads_hundredths: i64,
}

/// The grant of a number.
pub(crate) async fn find(
    db: &mut PgConnection,
    number: &AuthorizationNumber,
) -> Result<Option<Authorization>, sqlx::Error> {
    let row = sqlx::query!(
        "select claim.id, claim.state, matricola, production_unit_code, employer_name, ticket as \"ticket!\",
                competent_office as \"competent_office!\", region_istat as \"region_istat!\", product as \"product!\",
                causale as \"causale!\", payment_mode as \"payment_mode!\", left(csc, 1) as \"csc_sector!\",
                average_heads_hundredths as \"average_heads_hundredths!\", adopted_at,
                grant_first_day as \"grant_first_day!\", grant_weeks as \"grant_weeks!\",
                grant_beneficiaries as \"grant_beneficiaries!\", grant_hours_hundredths as \"grant_hours_hundredths!\",
                not exists (select from decision later
                            where later.claim_id = claim.id and later.sequence > decision.sequence) as \"in_force!\"
         from decision join proposal on proposal.id = proposal_id join claim on claim.id = decision.claim_id
         where authorization_number = $1",
        number.as_str(),
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        Ok(Authorization {
            number: number.clone(),
            claim: row.id,
            state: state(&row.state)?,
            in_force: row.in_force,
            unit: unit_key(&row.matricola, row.production_unit_code)?,
            employer_name: row.employer_name,
            ticket: row.ticket,
            office: parsed(&row.competent_office, "claim.competent_office")?,
            region_istat: row.region_istat,
            product: Product::parse(&row.product).ok_or_else(|| corrupt("claim.product"))?,
            causale: Causale::parse(&row.causale).ok_or_else(|| corrupt("claim.causale"))?,
            payment_mode: PaymentMode::parse(&row.payment_mode)
                .ok_or_else(|| corrupt("claim.payment_mode"))?,
            period: weeks(row.grant_first_day, row.grant_weeks, "proposal.grant_weeks")?,
            beneficiaries: unsigned(row.grant_beneficiaries, "proposal.grant_beneficiaries")?,
            hours_hundredths: row.grant_hours_hundredths,
            adopted_on: rome::date_of(row.adopted_at),
            csc_sector: row.csc_sector,
            average_heads_hundredths: row.average_heads_hundredths,
        })
    })
    .transpose()
}

/// The number under which a flow is registered; `None` while it is not.
pub(crate) async fn protocol_of_flow(
    db: &mut PgConnection,
    flow: Uuid,
    office: &OfficeCode,
) -> Result<Option<ProtocolNumber>, sqlx::Error> {
    let row = sqlx::query!(
        "select number, registered_at from protocol_entry where flow_id = $1",
        flow,
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        let progressive = unsigned(row.number, "protocol_entry.number")?;
        ProtocolNumber::new(office, rome::date_of(row.registered_at), progressive)
            .map_err(|_| corrupt("protocol_entry.number"))
    })
    .transpose()
}

/// Enters a flow under the next number of the office.
pub(crate) async fn register_flow(
    db: &mut PgConnection,
    flow: Uuid,
    claim: Uuid,
    office: &OfficeCode,
    at: DateTime<Utc>,
) -> Result<ProtocolNumber, sqlx::Error> {
    let number = registers::protocol(db, office, Direction::Incoming, claim, at).await?;
    sqlx::query!(
        "update protocol_entry set flow_id = $4 where office4 = $1 and year = $2 and number = $3",
        office.office4(),
        chrono::Datelike::year(&number.day()),
        super::rows::integer(number.progressive())?,
        flow,
    )
    .execute(db)
    .await?;
    Ok(number)
}
