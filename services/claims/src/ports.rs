//! What claims ask of the anagrafe, of the limits and of the registers of workers, in the words of claims.
//! [`crate::upstream`] speaks to the real services; tests have their own.

use async_trait::async_trait;
use chassis::Failure;
use chrono::{DateTime, NaiveDate, Utc};
use kernel::{OfficeCode, WeekPeriod};
use proto::omnia::limits::v1 as pb;
use uuid::Uuid;

use crate::domain::checks::LimitReached;
use crate::domain::content::UnitKey;
use crate::domain::desk::{Colleague, OfficeFacts};
use crate::domain::ground::Ground;
use crate::domain::unit::{Staff, UnitFacts};

/// The anagrafe.
#[async_trait]
pub trait Registry: Send + Sync + 'static {
    /// Employer, unit and competent office, with the headcount of the semester before a period that starts on a day, or
    /// today; `None` when the unit is unknown. `UNAVAILABLE` when nobody answers.
    async fn unit(
        &self,
        unit: &UnitKey,
        start: Option<NaiveDate>,
    ) -> Result<Option<UnitFacts>, Failure>;

    /// An office; `None` when there is none with this code. `UNAVAILABLE` when nobody answers.
    async fn office(&self, office: &OfficeCode) -> Result<Option<OfficeFacts>, Failure>;

    /// Who holds which role at an office now, by person; nobody where there is no office. `UNAVAILABLE` when nobody
    /// answers.
    async fn staff(&self, office: &OfficeCode) -> Result<Vec<Colleague>, Failure>;
}

/// The register of persons (S7).
#[async_trait]
pub trait Persons: Send + Sync + 'static {
    /// Places in the list of the codici fiscali that it does not know, ascending. `UNAVAILABLE` when nobody answers.
    async fn unknown(&self, codes: &[String]) -> Result<Vec<u32>, Failure>;
}

/// The UniEmens declarations (S8).
#[async_trait]
pub trait Uniemens: Send + Sync + 'static {
    /// Places in the list of the codici fiscali that no declaration of the unit names for a month of the weeks,
    /// ascending. `UNAVAILABLE` when nobody answers.
    async fn not_employed(
        &self,
        unit: &UnitKey,
        codes: &[String],
        weeks: WeekPeriod,
    ) -> Result<Vec<u32>, Failure>;
}

/// What the limits depend on and the anagrafe knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitsUnit {
    /// The unit.
    pub key: UnitKey,
    /// Letter of art. 10, or `fis`.
    pub sector: String,
    /// Working days of a week.
    pub working_days: i16,
    /// Who works there, where it was just asked; otherwise the limits ask themselves.
    pub staff: Option<Staff>,
    /// Day of the filing, from which the headcount of the employer is looked back at; `None` for today.
    pub filed_on: Option<NaiveDate>,
}

/// A question to the limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The unit.
    pub unit: LimitsUnit,
    /// The weeks asked for, and as what they count; `None` for the counters alone.
    pub asked: Option<(Ground, WeekPeriod)>,
    /// Hours asked for, in hundredths.
    pub hours_hundredths: i64,
    /// Day of the week from which to look when there is no period.
    pub reference: NaiveDate,
}

/// The answer of the limits.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Evaluation {
    /// Counters of the unit, as the limits tell them; passed on unread.
    pub counters: Vec<pb::Counter>,
    /// What would fit, as the limits tell it; passed on.
    pub simulation: Option<pb::Simulation>,
    /// The same for the check: `None` when all weeks fit.
    pub reached: Option<LimitReached>,
}

/// Weeks to set aside for a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Id of the reservation.
    pub reservation: Uuid,
    /// The unit.
    pub unit: LimitsUnit,
    /// As what the weeks count.
    pub ground: Ground,
    /// The weeks.
    pub period: WeekPeriod,
    /// Hours granted, in hundredths.
    pub hours_hundredths: i64,
    /// The claim.
    pub claim: Uuid,
}

/// Why weeks were not set aside.
#[derive(Debug)]
pub enum ReserveError {
    /// They do not fit.
    Exceeded {
        /// Which counter refuses them, as the limits name it; empty when they do not say.
        counter: String,
    },
    /// The unit is covered by the FIS and has no CIGO, or by CIGO and has no AIS.
    OtherScheme,
    /// The limits cannot judge them: what they would need to know is not there, or no rule covers the days.
    Unjudged {
        /// The rule that is not kept, in English.
        rule: String,
    },
    /// Anything else.
    Failed(Failure),
}

/// Why weeks set aside could not be confirmed.
#[derive(Debug)]
pub enum ConfirmError {
    /// The reservation has lapsed.
    Expired,
    /// Anything else.
    Failed(Failure),
}

/// Weeks of a claim that was decided before the platform kept them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastGrant {
    /// The same as reservation of the decision.
    pub reservation: Uuid,
    /// The unit.
    pub unit: UnitKey,
    /// As what the weeks count.
    pub ground: Ground,
    /// The weeks.
    pub period: WeekPeriod,
    /// Hours, in hundredths.
    pub hours_hundredths: i64,
    /// The claim.
    pub claim: Uuid,
}

/// The limits. Every change is idempotent on the reservation's id.
#[async_trait]
pub trait Limits: Send + Sync + 'static {
    /// Counters, and what would fit.
    async fn evaluate(&self, query: &Query) -> Result<Evaluation, Failure>;

    /// Sets weeks aside; returns when the reservation lapses. The same order again renews it.
    async fn reserve(&self, order: &Order) -> Result<DateTime<Utc>, ReserveError>;

    /// Turns a reservation into an authorised period.
    async fn confirm(&self, reservation: Uuid) -> Result<(), ConfirmError>;

    /// Gives weeks back, whether set aside or authorised.
    async fn release(&self, reservation: Uuid, reason: &str) -> Result<(), Failure>;

    /// Adds authorised periods of the past, many at once.
    async fn import(&self, grants: &[PastGrant]) -> Result<(), Failure>;
}
