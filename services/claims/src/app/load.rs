//! Many claims at once, each with its whole life, through the same rules and the same statements as one at a time.
//!
//! A script says what was written and who did what when. All scripts of a call are played in the order of their
//! instants, so that protocol numbers are gapless, dated by the script and increasing with time; then everything is
//! written in one transaction, and the weeks granted are given to the limits. For demonstration data and for stock
//! that comes from elsewhere.

use std::collections::HashMap;

use chassis::db::ScopedFutureExt;
use chassis::identity::Caller;
use chassis::{Context, Database, Failure, Ids, Tx, audit, outbox};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use kernel::{AuthorizationNumber, OfficeCode, ProtocolNumber, WeekPeriod, rome};
use proto::omnia::claims::v1 as pb;
use uuid::Uuid;

use super::events;
use super::refusals::broken;
use super::submission::TICKET_LENGTH;
use crate::domain::checks::{Facts, Finding, Overlap, SameUnit, Severity, check, submittable};
use crate::domain::claim::{ActNumbers, Asked, Claim, Filing, FrozenUnit, Step};
use crate::domain::content::{Content, UnitKey};
use crate::domain::decision::{Decision, Proposal, Proposed};
use crate::domain::documents::VerificationCode;
use crate::domain::product::Causale;
use crate::domain::refused::Refused;
use crate::domain::role::Actor;
use crate::domain::rules::IN_FORCE;
use crate::domain::state::State;
use crate::domain::terms::Filed;
use crate::domain::unit::UnitFacts;
use crate::ports::{Limits, PastGrant, Registry};
use crate::store;
use crate::store::decisions::ProposalStatus;
use crate::store::registers::{Direction, Entry};
use std::sync::Arc;

/// Claims of one statement.
pub(super) const STATEMENT_CLAIMS: usize = 500;

/// The life of one claim.
#[derive(Debug, Clone)]
pub struct Scripted {
    /// What the filer wrote.
    pub content: Content,
    /// Who wrote it.
    pub by: Actor,
    /// When.
    pub drafted_at: DateTime<Utc>,
    /// What happened next, in the order of time.
    pub steps: Vec<ScriptedStep>,
}

/// One step in the life of a claim.
#[derive(Debug, Clone)]
pub struct ScriptedStep {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub by: Actor,
    /// What.
    pub act: Act,
}

/// What somebody did.
#[derive(Debug, Clone)]
pub enum Act {
    /// Submitted the draft.
    Submit,
    /// Assigned it to an operator.
    Assign(Uuid),
    /// Took it in charge.
    TakeInCharge,
    /// Proposed a decision.
    Propose(Proposed),
    /// Adopted the pending proposal.
    Adopt,
    /// Withdrew the claim, with a reason.
    Withdraw(String),
    /// Annulled it ex officio, with a reason.
    Annul(String),
    /// Asked for a riesame, with a reason.
    Reexamine(String),
    /// Appealed, with the grounds.
    Appeal(String),
}

/// What came of a load.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Claims written.
    pub claims: usize,
    /// Scripts whose story the rules cut short: position, and the code of the rule. Each claim stands where it was
    /// before the step that was refused.
    pub cut_short: Vec<(usize, &'static str)>,
}

/// Loads scripts.
#[derive(Clone)]
pub struct Loader {
    pub(super) database: Database,
    pub(super) ids: Ids,
    registry: Arc<dyn Registry>,
    pub(super) limits: Arc<dyn Limits>,
}

impl std::fmt::Debug for Loader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loader").finish_non_exhaustive()
    }
}

impl Loader {
    /// Over the platform, as the service itself stands on it.
    pub fn new(context: &Context) -> Self {
        let registry = Arc::new(crate::upstream::Anagrafe::over(&context.channels));
        let limits = Arc::new(crate::upstream::LimitsService::over(&context.channels));
        Self::over(
            context.database.clone(),
            context.ids.clone(),
            registry,
            limits,
        )
    }

    /// Over these parts.
    pub fn over(
        database: Database,
        ids: Ids,
        registry: Arc<dyn Registry>,
        limits: Arc<dyn Limits>,
    ) -> Self {
        Self {
            database,
            ids,
            registry,
            limits,
        }
    }

    /// Plays the scripts and writes what comes of them, all or nothing. Protocol numbers follow time within one call,
    /// so give everything that belongs together at once. The 52 weeks are not asked of the limits: scripts respect
    /// them by themselves.
    pub async fn load(&self, scripts: &[Scripted]) -> Result<Loaded, Failure> {
        let units = &self.units(scripts).await?;
        let (loaded, grants) = self
            .database
            .transaction("claims_load", |tx| {
                async move { self.load_in(tx, scripts, units).await }.scope_boxed()
            })
            .await?;
        self.limits.import(&grants).await?;
        Ok(loaded)
    }

    /// How many claims these units have, in whatever state: whoever loads the same twice may ask before.
    pub async fn claims_of(&self, units: &[UnitKey]) -> Result<u64, Failure> {
        self.database
            .transaction("claims_of_units", |tx| {
                async move { Ok(store::claims::count_of_units(tx, units).await?) }.scope_boxed()
            })
            .await
    }

    /// How many claims there are in each state; states not named have none.
    pub async fn by_state(&self) -> Result<Vec<(State, i64)>, Failure> {
        self.database
            .transaction("claims_by_state", |tx| {
                async move { Ok(store::claims::count_by_state(tx).await?) }.scope_boxed()
            })
            .await
    }

    pub(super) async fn units(&self, scripts: &[Scripted]) -> Result<Units, Failure> {
        let mut units = HashMap::new();
        for script in scripts {
            let key = &script.content.unit;
            if !units.contains_key(key)
                && let Some(facts) = self.registry.unit(key, None).await?
            {
                units.insert(key.clone(), facts);
            }
        }
        Ok(Arc::new(units))
    }

    async fn load_in(
        &self,
        tx: &mut Tx,
        scripts: &[Scripted],
        units: &Units,
    ) -> Result<(Loaded, Vec<PastGrant>), Failure> {
        let mut play = Play::new(self.ids.clone(), units.clone(), scripts);
        play.registers.open(tx, scripts, units).await?;
        for (_, story, place) in moments(scripts) {
            play.play(story, &scripts[story].steps[place])?;
        }
        self.write(tx, &play).await?;
        let loaded = Loaded {
            claims: play.stories.len(),
            cut_short: play.cut_short.clone(),
        };
        Ok((loaded, play.grants()))
    }

    async fn write(&self, tx: &mut Tx, play: &Play) -> Result<(), Failure> {
        for stories in play.stories.chunks(STATEMENT_CLAIMS) {
            let claims: Vec<&Claim> = stories.iter().map(|story| &story.claim).collect();
            let authors: Vec<Uuid> = stories.iter().map(|story| story.author).collect();
            store::claims::insert(tx, &claims, &authors).await?;
            store::workers::count(tx, &claims).await.map_err(broken)?;
            let steps: Vec<_> = stories
                .iter()
                .flat_map(|story| story.steps.iter().map(|step| (story.claim.id, step)))
                .collect();
            store::history::append(tx, &steps).await?;
            let proposals: Vec<_> = stories.iter().flat_map(Story::proposals).collect();
            store::decisions::insert_proposals(tx, &proposals).await?;
            let decisions: Vec<_> = stories
                .iter()
                .flat_map(|story| story.decisions.iter().map(|it| (story.claim.id, it)))
                .collect();
            store::decisions::insert_decisions(tx, &decisions).await?;
        }
        play.registers.write(tx).await?;
        self.tell(tx, &play.events).await?;
        let last = play
            .stories
            .iter()
            .map(|story| story.claim.updated_at)
            .max();
        match last {
            Some(at) => audited(tx, play.stories.len(), at).await,
            None => Ok(()),
        }
    }

    /// Writes what the other services are told.
    pub(super) async fn tell(
        &self,
        tx: &mut Tx,
        events: &[(DateTime<Utc>, pb::ClaimEvent)],
    ) -> Result<(), Failure> {
        for (at, event) in events {
            let id = self.ids.at(*at);
            outbox::publish(tx, id, events::AGGREGATE, &event.claim_id, event, *at).await?;
        }
        Ok(())
    }
}

/// Records a load, or a part of one.
pub(super) async fn audited(tx: &mut Tx, claims: usize, at: DateTime<Utc>) -> Result<(), Failure> {
    let entry = audit::Entry {
        action: "claims.load",
        resource_type: "claim",
        resource_id: String::new(),
        result_count: i64::try_from(claims).unwrap_or(i64::MAX),
    };
    audit::record(tx, &Caller::service("claims"), entry, at).await
}

/// Facts of the units that scripts name.
pub(super) type Units = Arc<HashMap<UnitKey, UnitFacts>>;

/// Every step of scripts in the order of time: instant, script, place in the script.
pub(super) fn moments(scripts: &[Scripted]) -> Vec<(DateTime<Utc>, usize, usize)> {
    let of = |(story, script): (usize, &Scripted)| {
        let steps = script.steps.iter().enumerate();
        let moments = steps.map(|(place, step)| (step.at, story, place));
        moments.collect::<Vec<_>>()
    };
    let mut moments: Vec<_> = scripts.iter().enumerate().flat_map(of).collect();
    moments.sort_unstable();
    moments
}

/// One claim as it is played.
pub(super) struct Story {
    pub(super) claim: Claim,
    pub(super) author: Uuid,
    pub(super) steps: Vec<Step>,
    pub(super) closed: Vec<(Proposal, ProposalStatus)>,
    pub(super) decisions: Vec<Decision>,
    over: bool,
}

impl Story {
    pub(super) fn proposals(&self) -> impl Iterator<Item = (Uuid, &Proposal, ProposalStatus)> {
        let closed = self
            .closed
            .iter()
            .map(|(proposal, status)| (self.claim.id, proposal, *status));
        let pending = self
            .claim
            .proposal
            .iter()
            .map(|it| (self.claim.id, it, ProposalStatus::Pending));
        closed.chain(pending)
    }

    /// Ends the pending proposal.
    fn close(&mut self, pending: Option<Proposal>, status: ProposalStatus) {
        self.closed
            .extend(pending.map(|proposal| (proposal, status)));
    }
}

/// Why a step of a script was not made.
enum Stopped {
    /// A rule refuses it.
    By(&'static str),
    /// A failure of ours.
    Failed(Failure),
}

impl From<Refused> for Stopped {
    fn from(refused: Refused) -> Self {
        Self::By(refused.code())
    }
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// All scripts of a call, played in the order of their instants.
pub(super) struct Play {
    ids: Ids,
    units: Units,
    pub(super) stories: Vec<Story>,
    pub(super) registers: Registers,
    /// Claims of each worker at each employer.
    workers: HashMap<(String, String), Vec<usize>>,
    /// Claims of each unit.
    of_unit: HashMap<UnitKey, Vec<usize>>,
    pub(super) events: Vec<(DateTime<Utc>, pb::ClaimEvent)>,
    pub(super) cut_short: Vec<(usize, &'static str)>,
}

impl Play {
    pub(super) fn new(ids: Ids, units: Units, scripts: &[Scripted]) -> Self {
        let stories = scripts
            .iter()
            .map(|script| begin(&ids, &units, script))
            .collect();
        Self {
            ids,
            units,
            stories,
            registers: Registers::default(),
            workers: HashMap::new(),
            of_unit: HashMap::new(),
            events: Vec::new(),
            cut_short: Vec::new(),
        }
    }

    /// Plays a step of a story, unless a rule cut it short before.
    pub(super) fn play(&mut self, story: usize, scripted: &ScriptedStep) -> Result<(), Failure> {
        if self.stories[story].over {
            return Ok(());
        }
        match self.step(story, scripted) {
            Ok(()) => Ok(()),
            Err(Stopped::By(code)) => {
                self.stories[story].over = true;
                self.cut_short.push((story, code));
                Ok(())
            }
            Err(Stopped::Failed(failure)) => Err(failure),
        }
    }

    fn step(&mut self, index: usize, scripted: &ScriptedStep) -> Result<(), Stopped> {
        let (by, at) = (scripted.by, scripted.at);
        let made = match &scripted.act {
            Act::Submit => Some(self.submit(index, by, at)?),
            Act::Adopt => Some(self.adopt(index, by, at)?),
            Act::Propose(proposed) => Some(self.propose(index, proposed.clone(), by, at)?),
            act => self.plain(index, act, by, at)?,
        };
        if let Some(step) = made {
            let story = &mut self.stories[index];
            let event = (step.from != Some(step.to))
                .then(|| events::event(&story.claim, &step))
                .flatten();
            self.events.extend(event.map(|event| (at, event)));
            story.steps.push(step);
        }
        Ok(())
    }

    /// The acts that need nothing from outside the claim.
    fn plain(
        &mut self,
        index: usize,
        act: &Act,
        by: Actor,
        at: DateTime<Utc>,
    ) -> Result<Option<Step>, Stopped> {
        let story = &mut self.stories[index];
        let pending = story.claim.proposal.clone();
        let claim = &mut story.claim;
        let step = match act {
            Act::Assign(operator) => Some(claim.assign(*operator, by, at)?),
            Act::TakeInCharge => claim.take_in_charge(by, at)?,
            Act::Withdraw(reason) => Some(claim.withdraw(reason.clone(), by, at)?),
            Act::Annul(reason) => Some(claim.annul(reason.clone(), by, at)?),
            Act::Reexamine(reason) => Some(claim.reexamine(reason.clone(), by, at)?),
            Act::Appeal(grounds) => Some(claim.appeal(grounds.clone(), by, at)?),
            Act::Submit | Act::Adopt | Act::Propose(_) => None,
        };
        if story.claim.proposal.is_none() {
            story.close(pending, ProposalStatus::Dropped);
        }
        Ok(step)
    }

    fn propose(
        &mut self,
        index: usize,
        proposed: Proposed,
        by: Actor,
        at: DateTime<Utc>,
    ) -> Result<Step, Stopped> {
        let id = self.ids.at(at);
        let story = &mut self.stories[index];
        let before = story.claim.proposal.clone();
        let step = story.claim.propose(id, proposed, String::new(), by, at)?;
        story.close(before, ProposalStatus::Replaced);
        Ok(step)
    }

    fn submit(&mut self, index: usize, by: Actor, at: DateTime<Utc>) -> Result<Step, Stopped> {
        let today = rome::date_of(at);
        let findings = self.findings(index, by, today);
        let story = &mut self.stories[index];
        let content = &story.claim.content;
        if !submittable(content, &findings) {
            let first = findings
                .iter()
                .find(|finding| finding.severity != Severity::Info);
            return Err(Stopped::By(
                first.map_or("OVERRIDE_NOTE_MISSING", |finding| finding.code.code()),
            ));
        }
        let whole = self
            .units
            .get(&content.unit)
            .zip(Filed::of(content, &IN_FORCE))
            .zip(Asked::of(content));
        let Some(((unit, filed), asked)) = whole else {
            return Err(Stopped::By("CLAIM_INCOMPLETE"));
        };
        let ticket = match &content.ticket {
            Some(given) => given.clone(),
            None => self
                .ids
                .code(TICKET_LENGTH)
                .parse()
                .map_err(Failure::internal)?,
        };
        story.claim.require_draft()?;
        let office = unit.competent_office.clone();
        let filing = Filing {
            protocol: self
                .registers
                .protocol(&office, Direction::Incoming, story.claim.id, at)?,
            ticket,
            submitted_at: at,
            office,
            unit: FrozenUnit::of(unit),
            lateness: filed.lateness(today),
            findings,
            asked,
        };
        let step = story.claim.submit(filing, by)?;
        for worker in &story.claim.content.beneficiaries {
            let key = (unit.employer_cf.clone(), worker.codice_fiscale.clone());
            self.workers.entry(key).or_default().push(index);
        }
        self.of_unit
            .entry(story.claim.content.unit.clone())
            .or_default()
            .push(index);
        Ok(step)
    }

    fn adopt(&mut self, index: usize, by: Actor, at: DateTime<Utc>) -> Result<Step, Stopped> {
        let story = &mut self.stories[index];
        let Some(proposal) = story.claim.proposal.clone() else {
            return Err(Refused::InvalidState(story.claim.state).into());
        };
        story.claim.adoptable(proposal.id, by)?;
        let Some(filing) = &story.claim.filing else {
            return Err(Refused::InvalidState(story.claim.state).into());
        };
        let office = filing.office.clone();
        let granted = proposal.proposed.grant.is_some();
        let day = rome::date_of(at);
        let numbers = ActNumbers {
            id: self.ids.at(at),
            protocol: self
                .registers
                .protocol(&office, Direction::Outgoing, story.claim.id, at)?,
            authorization: if granted {
                Some(self.registers.authorization(&office, day)?)
            } else {
                None
            },
            reservation_id: (granted && filing.asked.ground().is_some()).then_some(proposal.id),
            verification_code: VerificationCode::of(self.ids.bytes()).into(),
        };
        let step = story.claim.adopt(numbers, by, at)?;
        story.decisions.extend(story.claim.decision.clone());
        story.close(Some(proposal), ProposalStatus::Adopted);
        Ok(step)
    }

    fn findings(&self, index: usize, by: Actor, today: NaiveDate) -> Vec<Finding> {
        let content = &self.stories[index].claim.content;
        let unit = self.units.get(&content.unit);
        let (overlaps, same_unit) = match (unit, content.weeks()) {
            (Some(unit), Some(weeks)) => self.others(content, unit, weeks),
            _ => (Vec::new(), Vec::new()),
        };
        let quality = by.role.quality();
        check(
            content,
            &Facts {
                quality,
                overlaps: &overlaps,
                same_unit: &same_unit,
                covid_weeks: self.covid_weeks(content),
                ..Facts::on(today, &IN_FORCE, unit)
            },
        )
    }

    /// What the store answers for one claim, from the stories played so far.
    fn others(
        &self,
        content: &Content,
        unit: &UnitFacts,
        weeks: WeekPeriod,
    ) -> (Vec<Overlap>, Vec<SameUnit>) {
        let mut shared: HashMap<usize, Vec<u32>> = HashMap::new();
        for (position, worker) in (0_u32..).zip(&content.beneficiaries) {
            let key = (unit.employer_cf.clone(), worker.codice_fiscale.clone());
            for &other in self.workers.get(&key).into_iter().flatten() {
                if self.counts_in(other, weeks).is_some() {
                    shared.entry(other).or_default().push(position);
                }
            }
        }
        let of_unit = self.of_unit.get(&content.unit).into_iter().flatten();
        let same_unit = of_unit
            .filter(|other| !shared.contains_key(other))
            .filter_map(|&other| self.counts_in(other, weeks).map(|counted| (other, counted)))
            .map(|(other, counted)| SameUnit {
                protocol: self.protocol_of(other),
                first_day: counted.first_day(),
                last_day: counted.last_day(),
            })
            .collect();
        let overlaps = shared
            .into_iter()
            .filter_map(|(other, positions)| {
                self.counts_in(other, weeks)
                    .map(|counted| (other, positions, counted))
            })
            .map(|(other, positions, counted)| Overlap {
                protocol: self.protocol_of(other),
                first_day: counted.first_day(),
                last_day: counted.last_day(),
                same_matricola: self.stories[other].claim.content.unit.matricola
                    == content.unit.matricola,
                covid: self.stories[other]
                    .claim
                    .content
                    .causale
                    .is_some_and(Causale::is_covid),
                workers: u32::try_from(positions.len()).unwrap_or(u32::MAX),
                positions,
            })
            .collect();
        (overlaps, same_unit)
    }

    /// Weeks of the unit in live claims for the same COVID reason.
    fn covid_weeks(&self, content: &Content) -> u32 {
        if !content.causale.is_some_and(Causale::is_covid) {
            return 0;
        }
        let of_unit = self.of_unit.get(&content.unit).into_iter().flatten();
        of_unit
            .map(|&other| &self.stories[other].claim)
            .filter(|claim| claim.content.causale == content.causale)
            .flat_map(Claim::counted)
            .map(WeekPeriod::count)
            .sum()
    }

    fn counts_in(&self, story: usize, weeks: WeekPeriod) -> Option<WeekPeriod> {
        let mut counted = self.stories[story].claim.counted().into_iter();
        counted.find(|counted| counted.overlaps(weeks))
    }

    fn protocol_of(&self, story: usize) -> String {
        self.stories[story]
            .claim
            .filing
            .as_ref()
            .map(|filing| filing.protocol.to_string())
            .unwrap_or_default()
    }

    /// The weeks that decisions in force grant.
    pub(super) fn grants(&self) -> Vec<PastGrant> {
        self.stories
            .iter()
            .filter(|story| story.claim.state.is_live())
            .filter_map(past_grant)
            .collect()
    }
}

fn begin(ids: &Ids, units: &HashMap<UnitKey, UnitFacts>, script: &Scripted) -> Story {
    let name = units
        .get(&script.content.unit)
        .map(|unit| unit.employer_name.clone())
        .unwrap_or_default();
    let id = ids.at(script.drafted_at);
    let (claim, step) = Claim::draft(
        id,
        script.content.clone(),
        name,
        script.by,
        script.drafted_at,
    );
    Story {
        claim,
        author: script.by.person,
        steps: vec![step],
        closed: Vec::new(),
        decisions: Vec::new(),
        over: false,
    }
}

fn past_grant(story: &Story) -> Option<PastGrant> {
    let decision = story.claim.decision.as_ref()?;
    let grant = decision.decided.grant?;
    Some(PastGrant {
        reservation: decision.reservation_id?,
        unit: story.claim.content.unit.clone(),
        ground: story.claim.filing.as_ref()?.asked.ground()?,
        period: grant.period,
        hours_hundredths: grant.hours_hundredths,
        claim: story.claim.id,
    })
}

/// The registers as they stand in the database, and what is taken from them.
#[derive(Default)]
pub(super) struct Registers {
    protocols: HashMap<(String, i32), Taken>,
    authorizations: HashMap<(String, i32), Taken>,
    entries: Vec<Entry>,
}

/// Numbers taken from one register.
struct Taken {
    office: OfficeCode,
    before: u32,
    count: i32,
}

impl Taken {
    fn next(&mut self) -> u32 {
        self.count += 1;
        self.before + self.count.unsigned_abs()
    }
}

impl Registers {
    /// Reads the registers of every office and year that the scripts may touch.
    pub(super) async fn open(
        &mut self,
        tx: &mut Tx,
        scripts: &[Scripted],
        units: &Units,
    ) -> Result<(), Failure> {
        for script in scripts {
            let Some(unit) = units.get(&script.content.unit) else {
                continue;
            };
            let office = &unit.competent_office;
            for step in &script.steps {
                let key = (office.office4().to_owned(), rome::date_of(step.at).year());
                if self.protocols.contains_key(&key) {
                    continue;
                }
                let (protocols, authorizations) = store::registers::last(tx, office, key.1).await?;
                let taken = |before| Taken {
                    office: office.clone(),
                    before,
                    count: 0,
                };
                self.authorizations
                    .insert(key.clone(), taken(authorizations));
                self.protocols.insert(key, taken(protocols));
            }
        }
        Ok(())
    }

    fn protocol(
        &mut self,
        office: &OfficeCode,
        direction: Direction,
        claim: Uuid,
        at: DateTime<Utc>,
    ) -> Result<ProtocolNumber, Failure> {
        let day = rome::date_of(at);
        let progressive = next(&mut self.protocols, office, day)?;
        let number = ProtocolNumber::new(office, day, progressive).map_err(Failure::internal)?;
        self.entries.push(Entry {
            number: number.clone(),
            direction,
            claim,
            at,
        });
        Ok(number)
    }

    fn authorization(
        &mut self,
        office: &OfficeCode,
        day: NaiveDate,
    ) -> Result<AuthorizationNumber, Failure> {
        let progressive = next(&mut self.authorizations, office, day)?;
        AuthorizationNumber::new(office, day, progressive).map_err(Failure::internal)
    }

    /// Takes the numbers for good. Fails when somebody took some meanwhile.
    pub(super) async fn write(&self, tx: &mut Tx) -> Result<(), Failure> {
        for ((_, year), taken) in self.protocols.iter().filter(|(_, taken)| taken.count > 0) {
            let before =
                store::registers::take_protocols(tx, &taken.office, *year, taken.count).await?;
            require_unmoved(taken, before)?;
        }
        for ((_, year), taken) in self
            .authorizations
            .iter()
            .filter(|(_, taken)| taken.count > 0)
        {
            let before =
                store::registers::take_authorizations(tx, &taken.office, *year, taken.count)
                    .await?;
            require_unmoved(taken, before)?;
        }
        for entries in self.entries.chunks(STATEMENT_CLAIMS) {
            store::registers::enter(tx, entries).await?;
        }
        Ok(())
    }

    /// Leaves the numbers that were taken, which are written by now.
    pub(super) fn settle(&mut self) {
        self.entries.clear();
        let taken = self.protocols.values_mut();
        for taken in taken.chain(self.authorizations.values_mut()) {
            taken.before += taken.count.unsigned_abs();
            taken.count = 0;
        }
    }

    /// The last numbers of each office of a year, as they stand in the database: others may have taken some.
    pub(super) async fn of_year(
        &self,
        tx: &mut Tx,
        year: i32,
    ) -> Result<Vec<((String, i32), (u32, u32))>, Failure> {
        let mut last = Vec::new();
        for (key, taken) in self.protocols.iter().filter(|(key, _)| key.1 == year) {
            let numbers = store::registers::last(tx, &taken.office, year).await?;
            last.push((key.clone(), numbers));
        }
        Ok(last)
    }

    /// Goes on from these numbers.
    pub(super) fn go_on(&mut self, last: Vec<((String, i32), (u32, u32))>) {
        for (key, (protocol, authorization)) in last {
            if let Some(taken) = self.protocols.get_mut(&key) {
                taken.before = protocol;
            }
            if let Some(taken) = self.authorizations.get_mut(&key) {
                taken.before = authorization;
            }
        }
    }
}

fn next(
    registers: &mut HashMap<(String, i32), Taken>,
    office: &OfficeCode,
    day: NaiveDate,
) -> Result<u32, Failure> {
    let register = registers.get_mut(&(office.office4().to_owned(), day.year()));
    register
        .map(Taken::next)
        .ok_or_else(|| Failure::internal("a register was not opened"))
}

fn require_unmoved(taken: &Taken, before: u32) -> Result<(), Failure> {
    if taken.before == before {
        Ok(())
    } else {
        Err(Failure::unavailable(
            "numbers of an office were taken while claims were loaded: load them again",
        ))
    }
}
