//! Scripts of many claims played day by day: what happens is written when it happens, as the service writes it, so that whoever
//! follows the feed sees the days pass. [`super::load`] writes whole lives at once instead.

use std::collections::BTreeSet;

use chassis::db::ScopedFutureExt;
use chassis::{Failure, Tx};
use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use kernel::{AuthorizationNumber, OfficeCode, Ticket, WeekPeriod, rome};
use uuid::Uuid;

use super::load::{Loaded, Loader, Play, STATEMENT_CLAIMS, Scripted, Story, audited, moments};
use super::refusals::broken;
use crate::domain::claim::{Claim, Step};
use crate::domain::content::Content;
use crate::domain::decision::Grant;
use crate::domain::product::PaymentMode;
use crate::store;
use crate::store::decisions::ProposalStatus;

/// Scripts on their way.
pub struct Replay {
    loader: Loader,
    scripts: Vec<Scripted>,
    play: Play,
    moments: Vec<(DateTime<Utc>, usize, usize)>,
    /// How many of the moments are over.
    over: usize,
    /// What is written of each story; `None` before its first step.
    written: Vec<Option<Written>>,
}

impl std::fmt::Debug for Replay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Replay({} of {} steps)", self.over, self.moments.len())
    }
}

/// A grant for direct payment, as those who send its flows know it.
#[derive(Debug, Clone)]
pub struct Granted {
    /// Number.
    pub authorization: AuthorizationNumber,
    /// What was granted.
    pub grant: Grant,
    /// Ticket.
    pub ticket: Ticket,
    /// Competent office.
    pub office: OfficeCode,
    /// What was asked for.
    pub content: Content,
    /// Who filed the claim.
    pub filer: Uuid,
    /// Day of the decision.
    pub adopted_on: NaiveDate,
}

/// How much of a story is written.
#[derive(Default)]
struct Written {
    steps: usize,
    closed: usize,
    decisions: usize,
    /// The proposal that awaits adoption.
    pending: Option<Uuid>,
    /// Weeks on which its workers count.
    counted: Vec<WeekPeriod>,
}

impl Written {
    /// All of a story as it stands.
    fn all_of(story: &Story) -> Self {
        Self {
            steps: story.steps.len(),
            closed: story.closed.len(),
            decisions: story.decisions.len(),
            pending: story.claim.proposal.as_ref().map(|it| it.id),
            counted: story.claim.counted(),
        }
    }
}

impl Loader {
    /// Begins to play scripts. Nothing is written yet. Numbers that others take between two days are left to them.
    pub async fn replay(&self, scripts: Vec<Scripted>) -> Result<Replay, Failure> {
        let units = self.units(&scripts).await?;
        let mut play = Play::new(self.ids.clone(), units.clone(), &scripts);
        let (scripts_of, units_of) = (&scripts, &units);
        play.registers = self
            .database
            .transaction("claims_replay_open", |tx| {
                async move {
                    let mut registers = super::load::Registers::default();
                    registers.open(tx, scripts_of, units_of).await?;
                    Ok(registers)
                }
                .scope_boxed()
            })
            .await?;
        Ok(Replay {
            loader: self.clone(),
            moments: moments(&scripts),
            over: 0,
            written: scripts.iter().map(|_| None).collect(),
            play,
            scripts,
        })
    }
}

impl Replay {
    /// Plays what happens before an instant, and writes it in one transaction. Returns what was granted for direct payment.
    pub async fn until(&mut self, instant: DateTime<Utc>) -> Result<Vec<Granted>, Failure> {
        self.catch_up(instant).await?;
        let mut moved = BTreeSet::new();
        while let Some((at, story, place)) = self.moments.get(self.over).copied()
            && at < instant
        {
            self.play.play(story, &self.scripts[story].steps[place])?;
            moved.insert(story);
            self.over += 1;
        }
        if moved.is_empty() {
            return Ok(Vec::new());
        }
        let (this, stories) = (&*self, &moved);
        self.loader
            .database
            .transaction("claims_replay", |tx| {
                async move { this.write(tx, stories).await }.scope_boxed()
            })
            .await?;
        let granted = moved
            .iter()
            .filter_map(|story| self.granted(*story))
            .collect();
        for story in moved {
            self.written[story] = Some(Written::all_of(&self.play.stories[story]));
        }
        self.play.events.clear();
        self.play.registers.settle();
        Ok(granted)
    }

    /// Reads the numbers that others took meanwhile.
    async fn catch_up(&mut self, instant: DateTime<Utc>) -> Result<(), Failure> {
        let year = rome::date_of(instant - TimeDelta::seconds(1)).year();
        let registers = &self.play.registers;
        let last = self
            .loader
            .database
            .transaction("claims_replay_numbers", |tx| {
                async move { registers.of_year(tx, year).await }.scope_boxed()
            })
            .await?;
        self.play.registers.go_on(last);
        Ok(())
    }

    /// What a story has granted for direct payment since it was written.
    fn granted(&self, story: usize) -> Option<Granted> {
        let before = self.written[story].as_ref().map_or(0, |it| it.decisions);
        let story = self.story(story);
        let decision = story.decisions.get(before..)?.last()?;
        let filing = story.claim.filing.as_ref()?;
        if filing.asked.payment_mode != PaymentMode::Direct {
            return None;
        }
        Some(Granted {
            authorization: decision.authorization.clone()?,
            grant: decision.decided.grant?,
            ticket: filing.ticket.clone(),
            office: filing.office.clone(),
            content: (*story.claim.content).clone(),
            filer: story.author,
            adopted_on: rome::date_of(decision.adopted_at),
        })
    }

    /// Gives the limits the weeks that decisions in force grant, and says what came of the scripts.
    pub async fn end(self) -> Result<Loaded, Failure> {
        self.loader.limits.import(&self.play.grants()).await?;
        let written = self.written.iter().flatten().count();
        Ok(Loaded {
            claims: written,
            cut_short: self.play.cut_short,
        })
    }

    async fn write(&self, tx: &mut Tx, moved: &BTreeSet<usize>) -> Result<(), Failure> {
        let is_new = |story: &usize| self.written[*story].is_none();
        let new: Vec<&Story> = moved
            .iter()
            .copied()
            .filter(is_new)
            .map(|it| self.story(it))
            .collect();
        for stories in new.chunks(STATEMENT_CLAIMS) {
            let claims: Vec<&Claim> = stories.iter().map(|story| &story.claim).collect();
            let authors: Vec<Uuid> = stories.iter().map(|story| story.author).collect();
            store::claims::insert(tx, &claims, &authors).await?;
        }
        let nothing = Written::default();
        for &story in moved {
            let before = self.written[story].as_ref();
            if before.is_some() {
                store::claims::advance(tx, &self.story(story).claim).await?;
            }
            go_on(tx, self.story(story), before.unwrap_or(&nothing)).await?;
        }
        self.play.registers.write(tx).await?;
        self.loader.tell(tx, &self.play.events).await?;
        let last = moved
            .iter()
            .map(|it| self.story(*it).claim.updated_at)
            .max();
        match last {
            Some(at) => audited(tx, moved.len(), at).await,
            None => Ok(()),
        }
    }

    fn story(&self, number: usize) -> &Story {
        &self.play.stories[number]
    }
}

/// Writes what came to a story, whose claim is as it stands now.
async fn go_on(tx: &mut Tx, story: &Story, before: &Written) -> Result<(), Failure> {
    let claim = &story.claim;
    store::workers::recount(tx, claim, &before.counted)
        .await
        .map_err(broken)?;
    let steps: Vec<(Uuid, &Step)> = story.steps[before.steps..]
        .iter()
        .map(|step| (claim.id, step))
        .collect();
    store::history::append(tx, &steps).await?;
    let new_closed = &story.closed[before.closed..];
    if let Some((_, status)) = new_closed
        .iter()
        .find(|(it, _)| Some(it.id) == before.pending)
    {
        store::decisions::close_proposal(tx, claim.id, *status, "").await?;
    }
    let pending = claim
        .proposal
        .iter()
        .map(|it| (it, ProposalStatus::Pending));
    let proposals: Vec<_> = new_closed
        .iter()
        .map(|(proposal, status)| (proposal, *status))
        .chain(pending)
        .filter(|(proposal, _)| Some(proposal.id) != before.pending)
        .map(|(proposal, status)| (claim.id, proposal, status))
        .collect();
    store::decisions::insert_proposals(tx, &proposals).await?;
    let decisions: Vec<_> = story.decisions[before.decisions..]
        .iter()
        .map(|it| (claim.id, it))
        .collect();
    store::decisions::insert_decisions(tx, &decisions).await?;
    Ok(())
}
