//! Rows are not the model: from the columns of a claim to the claim, refusing combinations that cannot be.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{ProductionUnitCode, Week, WeekPeriod};
use uuid::Uuid;

use super::content::{findings_from_json, read, restore};
use crate::domain::claim::{Asked, Claim, Filing, FrozenUnit};
use crate::domain::content::{Content, UnitKey, WrittenPeriod};
use crate::domain::product::{Causale, PaymentMode, Product};
use crate::domain::state::State;
use crate::domain::terms::Lateness;
use crate::domain::unit::KnownUnit;

/// A column holds what the domain cannot have written.
pub(super) fn corrupt(column: &'static str) -> sqlx::Error {
    sqlx::Error::Decode(format!("unexpected value in column {column}").into())
}

/// Reads an identifier of the kernel.
pub(super) fn parsed<T: std::str::FromStr>(
    text: &str,
    column: &'static str,
) -> Result<T, sqlx::Error> {
    text.parse().map_err(|_| corrupt(column))
}

/// Reads a number that is never negative.
pub(super) fn unsigned(number: i32, column: &'static str) -> Result<u32, sqlx::Error> {
    u32::try_from(number).map_err(|_| corrupt(column))
}

/// A number for a column of type integer.
pub(super) fn integer(number: u32) -> Result<i32, sqlx::Error> {
    i32::try_from(number).map_err(|error| sqlx::Error::Encode(Box::new(error)))
}

/// Reads whole weeks.
pub(super) fn weeks(
    first_day: NaiveDate,
    count: i32,
    column: &'static str,
) -> Result<WeekPeriod, sqlx::Error> {
    let first = Week::from_monday(first_day).map_err(|_| corrupt(column))?;
    WeekPeriod::new(first, unsigned(count, column)?).map_err(|_| corrupt(column))
}

/// Reads the key of a unit.
pub(super) fn unit_key(matricola: &str, code: i32) -> Result<UnitKey, sqlx::Error> {
    let code = unsigned(code, "claim.production_unit_code")?;
    Ok(UnitKey {
        matricola: parsed(matricola, "claim.matricola")?,
        code: ProductionUnitCode::try_from(code)
            .map_err(|_| corrupt("claim.production_unit_code"))?,
    })
}

/// Reads the state.
pub(super) fn state(code: &str) -> Result<State, sqlx::Error> {
    State::parse(code).ok_or_else(|| corrupt("claim.state"))
}

fn coded<T>(
    code: Option<&str>,
    parse: fn(&str) -> Option<T>,
    column: &'static str,
) -> Result<Option<T>, sqlx::Error> {
    code.map(|code| parse(code).ok_or_else(|| corrupt(column)))
        .transpose()
}

fn mondays(days: &[NaiveDate]) -> Result<Vec<Week>, sqlx::Error> {
    let week = |day: &NaiveDate| Week::from_monday(*day).map_err(|_| corrupt("claim.gave_way"));
    days.iter().map(week).collect()
}

/// The columns of a claim.
pub(super) struct ClaimRow {
    pub(super) id: Uuid,
    pub(super) version: i64,
    pub(super) state: String,
    pub(super) state_since: DateTime<Utc>,
    pub(super) matricola: String,
    pub(super) production_unit_code: i32,
    pub(super) employer_name: String,
    pub(super) product: Option<String>,
    pub(super) causale: Option<String>,
    pub(super) payment_mode: Option<String>,
    pub(super) first_day: Option<NaiveDate>,
    pub(super) weeks: Option<i32>,
    pub(super) beneficiaries_count: i32,
    pub(super) hours_requested_hundredths: i64,
    pub(super) content: serde_json::Value,
    pub(super) protocol_number: Option<String>,
    pub(super) ticket: Option<String>,
    pub(super) submitted_at: Option<DateTime<Utc>>,
    pub(super) competent_office: Option<String>,
    pub(super) employer_cf: Option<String>,
    pub(super) csc: Option<String>,
    pub(super) sector: Option<String>,
    pub(super) working_days: Option<i16>,
    pub(super) region_istat: Option<String>,
    pub(super) average_heads_hundredths: Option<i64>,
    pub(super) filing_due: Option<NaiveDate>,
    pub(super) filed_late: Option<bool>,
    pub(super) earliest_recognisable: Option<NaiveDate>,
    pub(super) nothing_recognisable: Option<bool>,
    pub(super) findings: Option<serde_json::Value>,
    pub(super) handler_id: Option<Uuid>,
    pub(super) adoption_id: Option<Uuid>,
    pub(super) gave_way: Vec<NaiveDate>,
    pub(super) filled: serde_json::Value,
    pub(super) known_unit: Option<serde_json::Value>,
    pub(super) known_at: Option<DateTime<Utc>>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
}

impl ClaimRow {
    /// The claim, without workers, proposal and decision, which live in tables of their own.
    pub(super) fn into_claim(mut self) -> Result<Claim, sqlx::Error> {
        let content = self.content()?;
        let filing = if self.protocol_number.is_some() {
            Some(self.filing(&content)?)
        } else {
            None
        };
        Ok(Claim {
            id: self.id,
            version: self.version,
            state: state(&self.state)?,
            state_since: self.state_since,
            content: Box::new(content),
            employer_name: self.employer_name,
            filing,
            handler: self.handler_id,
            proposal: None,
            decision: None,
            ruling: None,
            gave_way: mondays(&self.gave_way)?,
            adoption: self.adoption_id,
            filled: read(self.filled)?,
            known: match (self.known_unit, self.known_at) {
                (Some(facts), Some(at)) => Some(KnownUnit {
                    facts: read(facts)?,
                    at,
                }),
                _ => None,
            },
            completions: Vec::new(),
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }

    fn content(&mut self) -> Result<Content, sqlx::Error> {
        let mut content = Content::of(unit_key(&self.matricola, self.production_unit_code)?);
        content.product = coded(self.product.as_deref(), Product::parse, "claim.product")?;
        content.causale = coded(self.causale.as_deref(), Causale::parse, "claim.causale")?;
        content.payment_mode = coded(
            self.payment_mode.as_deref(),
            PaymentMode::parse,
            "claim.payment_mode",
        )?;
        content.period = match (self.first_day, self.weeks) {
            (Some(first_day), Some(weeks)) => Some(WrittenPeriod {
                first_day,
                weeks: unsigned(weeks, "claim.weeks")?,
            }),
            _ => None,
        };
        content.beneficiaries_count =
            unsigned(self.beneficiaries_count, "claim.beneficiaries_count")?;
        content.hours_requested_hundredths = self.hours_requested_hundredths;
        restore(&mut content, self.content.take())?;
        Ok(content)
    }

    fn filing(&mut self, content: &Content) -> Result<Filing, sqlx::Error> {
        let missing = || corrupt("claim.protocol_number and the columns of the filing");
        Ok(Filing {
            protocol: parsed(
                self.protocol_number.as_deref().ok_or_else(missing)?,
                "claim.protocol_number",
            )?,
            ticket: parsed(self.ticket.as_deref().ok_or_else(missing)?, "claim.ticket")?,
            submitted_at: self.submitted_at.ok_or_else(missing)?,
            office: parsed(
                self.competent_office.as_deref().ok_or_else(missing)?,
                "claim.competent_office",
            )?,
            unit: FrozenUnit {
                employer_cf: self.employer_cf.take().ok_or_else(missing)?,
                csc: self.csc.take().ok_or_else(missing)?,
                sector: self.sector.take().ok_or_else(missing)?,
                working_days: self.working_days.ok_or_else(missing)?,
                region_istat: self.region_istat.take().ok_or_else(missing)?,
                average_heads_hundredths: self.average_heads_hundredths.ok_or_else(missing)?,
            },
            lateness: Lateness {
                due: self.filing_due,
                filed_late: self.filed_late.ok_or_else(missing)?,
                earliest_recognisable: self.earliest_recognisable,
                nothing_recognisable: self.nothing_recognisable.ok_or_else(missing)?,
            },
            findings: findings_from_json(self.findings.take().ok_or_else(missing)?)?,
            asked: Asked::of(content).ok_or_else(missing)?,
        })
    }
}
