//! Use cases: who may do what to which claim, in one transaction each, and what is told to the others.

mod adoption;
mod attachments;
mod delegations;
mod drafts;
mod events;
mod files;
mod lists;
pub(crate) mod load;
mod reading;
mod refusals;
mod remedies;
mod resume;
mod review;
mod submission;
mod uploads;

use std::sync::Arc;

use chassis::identity::Caller;
use chassis::{Database, Failure, Ids, SharedClock, Tx, audit};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Week, WeekPeriod};
use uuid::Uuid;

pub(crate) use self::delegations::GrantCommand;
pub(crate) use self::drafts::{Checked, CreateCommand};
pub(crate) use self::files::{Files, FilesJob};
pub(crate) use self::reading::ListCommand;
pub(crate) use self::submission::SubmitCommand;
pub(crate) use self::uploads::{Begun, Receiving, Shown};
use crate::domain::attachment::AttachmentFact;
use crate::domain::checks::{Facts, Finding, check};
use crate::domain::claim::{Claim, Step};
use crate::domain::content::{Content, FilerQuality};
use crate::domain::role::{Actor, Role};
use crate::domain::unit::UnitFacts;
use crate::metrics::Metrics;
use crate::planted::Planted;
use crate::ports::{Evaluation, Limits, LimitsUnit, Query, Registry};
use crate::store;
pub(crate) use crate::store::claims::{Filter, Summary};

/// Everything that the use cases stand on.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) database: Database,
    pub(crate) clock: SharedClock,
    pub(crate) ids: Ids,
    pub(crate) registry: Arc<dyn Registry>,
    pub(crate) limits: Arc<dyn Limits>,
    pub(crate) metrics: Metrics,
    pub(crate) files: Files,
    pub(crate) planted: Planted,
}

/// What the anagrafe and the limits say of a content, asked for before the transaction.
struct Known {
    unit: Option<UnitFacts>,
    evaluation: Evaluation,
}

/// Other claims that are in the way of a content, read from our own tables.
#[derive(Default)]
struct Others {
    overlaps: Vec<crate::domain::checks::Overlap>,
    same_unit: Vec<crate::domain::checks::SameUnit>,
    attachments: Vec<AttachmentFact>,
}

impl App {
    /// The claim, in the caller's rows; IDN-E06 otherwise.
    async fn locked(&self, tx: &mut Tx, caller: &Caller, id: Uuid) -> Result<Claim, Failure> {
        store::claims::lock(tx, id, &caller.scope)
            .await?
            .ok_or_else(Failure::not_found)?;
        store::claims::find(tx, id, &caller.scope)
            .await?
            .ok_or_else(Failure::not_found)
    }

    /// The same, for a change that an adoption under way would cross.
    async fn locked_for_change(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        id: Uuid,
    ) -> Result<Claim, Failure> {
        let claim = self.locked(tx, caller, id).await?;
        if claim.adoption.is_some() {
            Err(refusals::being_adopted())
        } else {
            Ok(claim)
        }
    }

    /// Writes what a step left behind: where the claim stands, its history, its event, the audit record.
    async fn record_step(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        action: &'static str,
        claim: &Claim,
        step: &Step,
    ) -> Result<(), Failure> {
        store::claims::advance(tx, claim).await?;
        store::history::append(tx, &[(claim.id, step)]).await?;
        if step.from != Some(step.to) {
            events::publish(tx, self.ids.at(step.at), claim, step).await?;
        }
        audited(tx, caller, action, claim.id, step.at).await
    }

    /// Asks the anagrafe and the limits about a content.
    async fn ask(&self, content: &Content) -> Result<Known, Failure> {
        let start = content.weeks().map(WeekPeriod::first_day);
        let unit = self.registry.unit(&content.unit, start).await?;
        let evaluation = match &unit {
            Some(facts) => self.limits.evaluate(&self.query(content, facts)).await?,
            None => Evaluation::default(),
        };
        Ok(Known { unit, evaluation })
    }

    fn query(&self, content: &Content, facts: &UnitFacts) -> Query {
        let askable = |weeks: &WeekPeriod| {
            // A unit of the FIS has no CIGO: its counters are shown, and S1 says that the product does not fit.
            !facts.is_of_fis()
                && content.product.is_some_and(|it| {
                    it.is_served() && it.max_weeks().is_none_or(|most| weeks.count() <= most)
                })
        };
        let next_monday = (Week::of(self.clock.today()) + 1).monday();
        Query {
            unit: LimitsUnit {
                key: content.unit.clone(),
                sector: facts.sector.clone(),
                working_days: facts.working_days,
                staff: Some(facts.staff.clone()),
                filed_on: None,
            },
            eone: content.is_eone(),
            hours_hundredths: content.hours_requested_hundredths,
            period: content.weeks().filter(askable),
            reference: content
                .period
                .map_or(next_monday, |period| period.first_day),
        }
    }
}

impl Known {
    /// Reads what else matters to a draft, within the transaction or outside.
    async fn others(
        &self,
        db: &mut chassis::db::Connection,
        draft: &Claim,
    ) -> Result<Others, Failure> {
        let content = &draft.content;
        let attachments = store::attachments::facts(db, draft.id).await?;
        let (Some(unit), Some(weeks)) = (&self.unit, content.weeks()) else {
            return Ok(Others {
                attachments,
                ..Others::default()
            });
        };
        let matricola = content.unit.matricola.as_str();
        let overlaps =
            store::workers::overlaps(db, &unit.employer_cf, matricola, draft.id, weeks).await?;
        let ids: Vec<Uuid> = overlaps.iter().map(|(id, _)| *id).collect();
        let same_unit = store::claims::of_same_unit(db, &content.unit, weeks, &ids).await?;
        Ok(Others {
            overlaps: overlaps.into_iter().map(|(_, overlap)| overlap).collect(),
            same_unit,
            attachments,
        })
    }

    /// Everything there is to say.
    fn check(
        &self,
        content: &Content,
        others: &Others,
        quality: Option<FilerQuality>,
        today: NaiveDate,
    ) -> Vec<Finding> {
        let facts = Facts {
            today,
            quality,
            unit: self.unit.as_ref(),
            limit: self.evaluation.reached,
            overlaps: &others.overlaps,
            same_unit: &others.same_unit,
            attachments: &others.attachments,
        };
        check(content, &facts)
    }
}

/// The caller as the domain knows who acts. The access rules let nobody else through.
pub(crate) fn actor(caller: &Caller) -> Result<Actor, Failure> {
    let role = Role::parse(caller.role.id()).ok_or_else(Failure::capability_lacking)?;
    Ok(Actor {
        person: caller.person,
        role,
    })
}

/// Records one access or change of a claim.
async fn audited(
    tx: &mut Tx,
    caller: &Caller,
    action: &'static str,
    claim: Uuid,
    at: DateTime<Utc>,
) -> Result<(), Failure> {
    let entry = audit::Entry {
        action,
        resource_type: "claim",
        resource_id: claim.to_string(),
        result_count: 1,
    };
    audit::record(tx, caller, entry, at).await
}
