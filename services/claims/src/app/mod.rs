//! Use cases: who may do what to which claim, in one transaction each, and what is told to the others.

mod adoption;
mod assist;
mod attachments;
mod authorizations;
pub(crate) mod completion;
mod delegations;
mod desk;
mod documents;
mod drafts;
mod events;
pub(crate) mod export;
mod files;
mod lists;
pub(crate) mod load;
mod payments;
mod prevail;
mod reading;
mod refusals;
mod remedies;
pub(crate) mod replay;
mod resume;
mod review;
mod search;
mod sources;
mod submission;
mod uploads;

use std::sync::Arc;
use std::time::Duration;

use chassis::identity::Caller;
use chassis::{Database, Failure, Ids, SharedClock, Tx, audit};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::Week;
use tokio::sync::Semaphore;
use uuid::Uuid;

pub(crate) use self::assist::{FilingForm, ProductChoice, Suggested};
pub(crate) use self::delegations::GrantCommand;
pub(crate) use self::desk::{
    AssignCommand, HandOverCommand, NoteCommand, QueueCommand, RulingCommand,
};
pub(crate) use self::documents::{Given, Verified};
pub(crate) use self::drafts::{Checked, CreateCommand};
pub(crate) use self::export::{ExportCommand, Exported};
pub(crate) use self::files::{Files, FilesJob};
pub(crate) use self::payments::take_in_payments;
pub(crate) use self::reading::{Entry, ListCommand};
pub(crate) use self::search::{Results, SearchCommand};
pub(crate) use self::sources::Standing;
pub(crate) use self::submission::SubmitCommand;
pub(crate) use self::uploads::Shown;
use crate::domain::attachment::AttachmentFact;
use crate::domain::checks::{Facts, Finding, check};
use crate::domain::claim::{Claim, Step};
use crate::domain::content::{Content, FilerQuality};
use crate::domain::ground::{Ground, Scheme};
use crate::domain::role::{Actor, Role};
use crate::domain::rules::Rules;
use crate::domain::source::Degraded;
use crate::domain::unit::UnitFacts;
use crate::metrics::Metrics;
use crate::planted::Planted;
use crate::ports::{Evaluation, Limits, LimitsUnit, Persons, Query, Registry, Uniemens};
use crate::store;
pub(crate) use crate::store::authorizations::Authorization;
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
    pub(crate) rules: &'static Rules,
    /// The register of persons; `None` when the platform is not connected to one.
    pub(crate) persons: Option<Arc<dyn Persons>>,
    /// The UniEmens declarations; `None` when the platform is not connected to them.
    pub(crate) uniemens: Option<Arc<dyn Uniemens>>,
    /// How long an outside source is waited for before it counts as degraded.
    pub(crate) patience: Duration,
    /// Turns in which exports are written.
    pub(crate) exports: Arc<Semaphore>,
    /// Address of the page where anybody checks an act, as it is printed.
    pub(crate) verification_page: String,
}

/// What the outside sources say of a content, asked for before the transaction.
struct Known {
    rules: &'static Rules,
    unit: Option<UnitFacts>,
    evaluation: Evaluation,
    unknown_workers: Vec<u32>,
    not_employed: Vec<u32>,
    degraded: Vec<Degraded>,
}

/// Other claims that are in the way of a content, read from our own tables.
#[derive(Default)]
struct Others {
    overlaps: Vec<crate::domain::checks::Overlap>,
    same_unit: Vec<crate::domain::checks::SameUnit>,
    attachments: Vec<AttachmentFact>,
    covid_weeks: u32,
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

    fn query(&self, content: &Content, facts: &UnitFacts) -> Query {
        // What the limits do not keep, or no claim may ask for, is not asked of them.
        let product = content.product.zip(content.causale);
        let asked = product.zip(content.weeks()).and_then(|(of, weeks)| {
            let ((product, causale), first_day) = (of, weeks.first_day());
            let rule = self.rules.product(product, first_day)?;
            let ground = Ground::of(product, causale, first_day)?;
            // Of a unit under another scheme the counters are shown, and S1 says that the product does not fit.
            let has_scheme = match ground.scheme {
                Scheme::Cigo => !facts.is_of_fis(),
                Scheme::Ais => facts.is_of_fis(),
                Scheme::Cigs => true,
            };
            let askable = has_scheme && weeks.count() <= rule.value.weeks_most;
            askable.then_some((ground, weeks))
        });
        let next_monday = (Week::of(self.clock.today()) + 1).monday();
        Query {
            unit: LimitsUnit {
                key: content.unit.clone(),
                sector: facts.sector.clone(),
                working_days: facts.working_days,
                staff: Some(facts.staff.clone()),
                filed_on: None,
            },
            hours_hundredths: content.hours_requested_hundredths,
            asked,
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
        let covid_weeks = match content.causale.filter(|causale| causale.is_covid()) {
            Some(causale) => store::claims::weeks_counted(db, &content.unit, causale).await?,
            None => 0,
        };
        Ok(Others {
            overlaps: overlaps.into_iter().map(|(_, overlap)| overlap).collect(),
            same_unit,
            attachments,
            covid_weeks,
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
            rules: self.rules,
            quality,
            unit: self.unit.as_ref(),
            limit: self.evaluation.reached,
            overlaps: &others.overlaps,
            same_unit: &others.same_unit,
            attachments: &others.attachments,
            covid_weeks: others.covid_weeks,
            unknown_workers: &self.unknown_workers,
            not_employed: &self.not_employed,
            degraded: &self.degraded,
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
