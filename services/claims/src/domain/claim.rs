//! The claim: what it holds, and what happens to it. Every method checks the rules, changes the claim and returns the
//! step for its history; what fails changes nothing.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{AuthorizationNumber, OfficeCode, ProtocolNumber, Ticket, Week, WeekPeriod, rome};
use uuid::Uuid;

use super::appeal::{AppealRuling, RulingOutcome};
use super::checks::{Finding, Severity};
use super::content::Content;
use super::decision::{Decision, Evidence, Grant, Outcome, Proposal, Proposed, Requested, judge};
use super::desk::{Action, OfficeFacts};
use super::filled::Filled;
use super::ground::Ground;
use super::list::ListReport;
use super::product::{Causale, PaymentMode, Product};
use super::refused::Refused;
use super::role::{Actor, Role};
use super::source::Completion;
use super::state::{Command, State};
use super::terms::{Lateness, appeal_due};
use super::unit::{KnownUnit, UnitFacts};

/// What submission adds to a claim and nothing changes afterwards (CLM-5, CLM-13).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filing {
    /// Incoming protocol.
    pub protocol: ProtocolNumber,
    /// Ticket.
    pub ticket: Ticket,
    /// Instant of the protocol.
    pub submitted_at: DateTime<Utc>,
    /// Competent office.
    pub office: OfficeCode,
    /// What the anagrafe knew of the unit.
    pub unit: FrozenUnit,
    /// How it stands to its term.
    pub lateness: Lateness,
    /// What the check had to say, none blocking.
    pub findings: Vec<Finding>,
    /// What was asked for, whole.
    pub asked: Asked,
}

/// The required part of the content, which a filed claim surely has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// The instrument.
    pub product: Product,
    /// The reason.
    pub causale: Causale,
    /// Who advances the money.
    pub payment_mode: PaymentMode,
    /// Weeks, workers and hours.
    pub whole: Grant,
}

impl Asked {
    /// The required part of a content; `None` when something is missing.
    pub fn of(content: &Content) -> Option<Self> {
        Some(Self {
            product: content.product?,
            causale: content.causale?,
            payment_mode: content.payment_mode?,
            whole: Grant {
                period: content.weeks()?,
                beneficiaries: content.beneficiaries_count,
                hours_hundredths: content.hours_requested_hundredths,
            },
        })
    }
}

impl Asked {
    /// As what the limits keep its weeks; `None` when they do not.
    pub fn ground(&self) -> Option<Ground> {
        Ground::of(self.product, self.causale, self.whole.period.first_day())
    }
}

/// The facts of the unit on which limits and statistics depend, as they were at submission.
/// Prints without the employer, who may be a person.
#[derive(Clone, PartialEq, Eq)]
pub struct FrozenUnit {
    /// Codice fiscale of the firm.
    pub employer_cf: String,
    /// Codice statistico contributivo.
    pub csc: String,
    /// Letter of art. 10, or `fis`.
    pub sector: String,
    /// Working days of a week.
    pub working_days: i16,
    /// ISTAT code of the region of the office.
    pub region_istat: String,
    /// Average heads, in hundredths.
    pub average_heads_hundredths: i64,
}

impl std::fmt::Debug for FrozenUnit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FrozenUnit")
            .field("sector", &self.sector)
            .finish_non_exhaustive()
    }
}

impl FrozenUnit {
    /// What is kept of the facts of an instant.
    pub fn of(facts: &UnitFacts) -> Self {
        Self {
            employer_cf: facts.employer_cf.clone(),
            csc: facts.csc.clone(),
            sector: facts.sector.clone(),
            working_days: facts.working_days,
            region_istat: facts.region_istat.clone(),
            average_heads_hundredths: facts.average_heads_hundredths,
        }
    }
}

/// A claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Id.
    pub id: Uuid,
    /// Version, increasing by one a change.
    pub version: i64,
    /// Where it stands.
    pub state: State,
    /// Since when.
    pub state_since: DateTime<Utc>,
    /// What was asked for.
    pub content: Box<Content>,
    /// Name of the employer; empty while the unit is unknown to the anagrafe.
    pub employer_name: String,
    /// What submission added; `None` for a draft.
    pub filing: Option<Filing>,
    /// To whom it is assigned, or who has it in charge.
    pub handler: Option<Uuid>,
    /// The proposal that awaits adoption.
    pub proposal: Option<Proposal>,
    /// The decision in force.
    pub decision: Option<Decision>,
    /// What the committee decided on the last ricorso.
    pub ruling: Option<AppealRuling>,
    /// Weeks for which a claim that prevails annulled this one, in order (CLM-11).
    pub gave_way: Vec<Week>,
    /// The adoption under way, which nothing else may cross.
    pub adoption: Option<Uuid>,
    /// What the platform filled in.
    pub filled: Vec<Filled>,
    /// What the anagrafe said of the unit last.
    pub known: Option<KnownUnit>,
    /// Checks that the submission had to leave out.
    pub completions: Vec<Completion>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// One step in the life of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Version of the claim after it.
    pub version: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// State before; `None` for the first.
    pub from: Option<State>,
    /// State after.
    pub to: State,
    /// Who.
    pub by: Actor,
    /// What was done; `None` for steps from before that was recorded.
    pub action: Option<Action>,
    /// To whom the claim was given.
    pub person: Option<Uuid>,
    /// Reason, remark or note; empty when there is none.
    pub note: String,
}

/// What an adoption is given by the registers and the limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActNumbers {
    /// Id of the decision.
    pub id: Uuid,
    /// Outgoing protocol.
    pub protocol: ProtocolNumber,
    /// Authorisation, for grants.
    pub authorization: Option<AuthorizationNumber>,
    /// Reservation of the weeks, for grants.
    pub reservation_id: Option<Uuid>,
    /// Code by which anybody may check the act.
    pub verification_code: String,
}

impl Claim {
    /// A new draft, with its first step.
    pub fn draft(
        id: Uuid,
        content: Content,
        employer_name: String,
        by: Actor,
        at: DateTime<Utc>,
    ) -> (Self, Step) {
        let claim = Self {
            id,
            version: 1,
            state: State::Draft,
            state_since: at,
            content: Box::new(content),
            employer_name,
            filing: None,
            handler: None,
            proposal: None,
            decision: None,
            ruling: None,
            gave_way: Vec::new(),
            adoption: None,
            filled: Vec::new(),
            known: None,
            completions: Vec::new(),
            created_at: at,
            updated_at: at,
        };
        let step = Step {
            version: 1,
            at,
            from: None,
            to: State::Draft,
            by,
            action: Some(Action::Draft),
            person: None,
            note: String::new(),
        };
        (claim, step)
    }

    /// Replaces the content of a draft.
    pub fn rewrite(
        &mut self,
        content: Content,
        employer_name: String,
        at: DateTime<Utc>,
    ) -> Result<(), Refused> {
        self.require_draft()?;
        *self.content = content;
        self.employer_name = employer_name;
        self.touch(at);
        Ok(())
    }

    /// Gives a draft another list of workers, and with `set_totals` its totals too.
    pub fn relist(
        &mut self,
        report: &ListReport,
        set_totals: bool,
        at: DateTime<Utc>,
    ) -> Result<(), Refused> {
        self.require_draft()?;
        if set_totals {
            self.content.beneficiaries_count = report.workers;
            self.content.hours_requested_hundredths = report.hours_hundredths;
        }
        self.touch(at);
        Ok(())
    }

    /// Refuses what only a draft allows.
    pub fn require_draft(&self) -> Result<(), Refused> {
        if self.state == State::Draft {
            Ok(())
        } else {
            Err(Refused::InvalidState(self.state))
        }
    }

    /// Protocols the draft (CLM-13).
    pub fn submit(&mut self, filing: Filing, by: Actor) -> Result<Step, Refused> {
        let at = filing.submitted_at;
        let step = self.moved(Command::Submit, by, at, String::new())?;
        self.filing = Some(filing);
        super::filled::confirm(&mut self.filled, None, by, at);
        Ok(step)
    }

    /// Gives the claim to an operator, or moves it to another (CLM-14).
    pub fn assign(
        &mut self,
        operator: Uuid,
        by: Actor,
        at: DateTime<Utc>,
    ) -> Result<Step, Refused> {
        let mut step = if self.state.may_be_reassigned() {
            self.stayed(Action::Assign, by, at, String::new())
        } else {
            self.moved(Command::Assign, by, at, String::new())?
        };
        self.handler = Some(operator);
        step.person = self.handler;
        Ok(step)
    }

    /// Gives a claim that one has in charge to a colleague, or back to the queue. Its state stays: nothing of what was
    /// done is undone.
    pub fn hand_over(
        &mut self,
        to: Option<Uuid>,
        reason: String,
        by: Actor,
        at: DateTime<Utc>,
    ) -> Result<Step, Refused> {
        if !self.state.is_worked_on() {
            return Err(Refused::InvalidState(self.state));
        }
        if self.handler != Some(by.person) {
            return Err(Refused::AssignedToOther);
        }
        self.handler = to;
        let mut step = self.stayed(Action::HandOver, by, at, reason);
        step.person = to;
        Ok(step)
    }

    /// Moves the claim to another office, where nobody has it yet (CLM-5). Age and terms stay.
    pub fn transfer(
        &mut self,
        office: OfficeCode,
        facts: &OfficeFacts,
        reason: String,
        by: Actor,
        at: DateTime<Utc>,
    ) -> Result<Step, Refused> {
        let step = self.moved(Command::Transfer, by, at, reason)?;
        self.handler = None;
        if let Some(filing) = &mut self.filing {
            filing.office = office;
            filing.unit.region_istat.clone_from(&facts.region_istat);
        }
        Ok(step)
    }

    /// Opens the review (CLM-14), or goes on with one that was handed back to the queue. `None` when the caller already
    /// has it in charge.
    pub fn take_in_charge(
        &mut self,
        by: Actor,
        at: DateTime<Utc>,
    ) -> Result<Option<Step>, Refused> {
        let command = Command::TakeInCharge;
        let worked_on = self.state.is_worked_on();
        if !worked_on {
            self.state.after(command)?;
        }
        if self.handler.is_some_and(|handler| handler != by.person) {
            return Err(Refused::AssignedToOther);
        }
        if worked_on && self.handler.is_some() {
            return Ok(None);
        }
        if !command.is_for(by.role) {
            return Err(Refused::NotForRole);
        }
        let step = if worked_on {
            self.stayed(Action::TakeInCharge, by, at, String::new())
        } else {
            self.moved(command, by, at, String::new())?
        };
        self.handler = Some(by.person);
        Ok(Some(step))
    }

    /// Proposes a decision, replacing the proposal before (CLM-15 to CLM-20).
    pub fn propose(
        &mut self,
        id: Uuid,
        proposed: Proposed,
        returned_remark: String,
        by: Actor,
        at: DateTime<Utc>,
    ) -> Result<Step, Refused> {
        if !self.may_be_proposed() {
            return Err(Refused::InvalidState(self.state));
        }
        if by.role != Role::Po && self.handler != Some(by.person) {
            return Err(Refused::AssignedToOther);
        }
        if self
            .conforming()
            .is_some_and(|outcome| outcome != proposed.outcome)
        {
            return Err(Refused::OutcomeMismatch);
        }
        if self.grants_what_gave_way(&proposed) {
            return Err(Refused::GrantExceedsRequest);
        }
        judge(&proposed, &self.requested()?, Evidence::default())?;
        let note = proposed.outcome.code().to_owned();
        let step = self.stayed(Action::Propose, by, at, note);
        self.proposal = Some(Proposal {
            id,
            proposed,
            by: by.person,
            at,
            returned_remark,
        });
        Ok(step)
    }

    /// Sends the proposal back with a remark (CLM-15).
    pub fn return_proposal(
        &mut self,
        proposal: Uuid,
        remark: String,
        by: Actor,
        at: DateTime<Utc>,
    ) -> Result<Step, Refused> {
        self.pending(proposal)?;
        self.proposal = None;
        Ok(self.stayed(Action::ReturnProposal, by, at, remark))
    }

    /// Whether somebody may adopt the proposal they read (CLM-15, CLM-21). Returns it.
    pub fn adoptable(&self, proposal: Uuid, by: Actor) -> Result<&Proposal, Refused> {
        let pending = self.pending(proposal)?;
        if pending.by == by.person {
            Err(Refused::SamePersonCannotAdopt)
        } else {
            Ok(pending)
        }
    }

    /// Adopts the proposal (CLM-15, CLM-16).
    pub fn adopt(
        &mut self,
        numbers: ActNumbers,
        by: Actor,
        at: DateTime<Utc>,
    ) -> Result<Step, Refused> {
        let Some(proposal) = self.proposal.clone() else {
            return Err(Refused::ProposalChanged);
        };
        self.adoptable(proposal.id, by)?;
        let outcome = proposal.proposed.outcome;
        let command = match self.state {
            State::UnderAppeal => Command::SettleAppeal(outcome),
            _ => Command::Adopt(outcome),
        };
        let step = self.moved(command, by, at, String::new())?;
        self.decision = Some(Decision {
            id: numbers.id,
            proposal_id: proposal.id,
            sequence: self
                .decision
                .as_ref()
                .map_or(1, |before| before.sequence + 1),
            decided: proposal.proposed,
            protocol: numbers.protocol,
            authorization: numbers.authorization,
            reservation_id: numbers.reservation_id,
            adopter: by.person,
            adopter_role: by.role,
            adopted_at: at,
            verification_code: numbers.verification_code,
            appeal_due: (outcome != Outcome::Acceptance).then(|| appeal_due(rome::date_of(at))),
        });
        self.proposal = None;
        self.adoption = None;
        Ok(step)
    }

    /// The weeks were not to be had: the claim is free again, with its proposal.
    pub fn adoption_refused(&mut self, by: Actor, reason: String, at: DateTime<Utc>) -> Step {
        self.adoption = None;
        self.stayed(Action::AdoptionRefused, by, at, reason)
    }

    /// Withdraws a claim that has no decision (CLM-23).
    pub fn withdraw(
        &mut self,
        reason: String,
        by: Actor,
        at: DateTime<Utc>,
    ) -> Result<Step, Refused> {
        let step = self.moved(Command::Withdraw, by, at, reason)?;
        self.proposal = None;
        Ok(step)
    }

    /// Annuls a claim ex officio (CLM-23).
    pub fn annul(&mut self, reason: String, by: Actor, at: DateTime<Utc>) -> Result<Step, Refused> {
        let step = self.moved(Command::Annul, by, at, reason)?;
        self.proposal = None;
        Ok(step)
    }

    /// Gives way to a COVID claim that was accepted for the same workers and days (CLM-11): annulled ex officio for the
    /// weeks that it covers, and altogether when none is left. A proposal that would grant one of them is void. The law
    /// does this, not a role.
    pub fn give_way(
        &mut self,
        to: &ProtocolNumber,
        weeks: WeekPeriod,
        by: Actor,
        at: DateTime<Utc>,
    ) -> Step {
        let own = self.counted().into_iter().flat_map(WeekPeriod::weeks);
        let lost: Vec<Week> = own.filter(|week| weeks.contains(week.monday())).collect();
        let note = format!("CLM-11: {to}: {}", told(&runs(&lost)));
        self.gave_way.extend(lost);
        self.gave_way.sort_unstable();
        let void = |proposal: &Proposal| self.grants_what_gave_way(&proposal.proposed);
        if self.proposal.as_ref().is_some_and(void) {
            self.proposal = None;
        }
        let nothing_left = self.counted().is_empty();
        let from = self.state;
        let Some(annulled) = from.after(Command::Annul).ok().filter(|_| nothing_left) else {
            return self.stayed(Action::GiveWay, by, at, note);
        };
        self.state = annulled;
        self.state_since = at;
        self.proposal = None;
        let mut step = self.stayed(Action::GiveWay, by, at, note);
        step.from = Some(from);
        step
    }

    /// Opens a riesame of the decision (CLM-24).
    pub fn reexamine(
        &mut self,
        reason: String,
        by: Actor,
        at: DateTime<Utc>,
    ) -> Result<Step, Refused> {
        self.moved(Command::Reexamine, by, at, reason)
    }

    /// Files a ricorso against the decision (CLM-25).
    pub fn appeal(
        &mut self,
        grounds: String,
        by: Actor,
        at: DateTime<Utc>,
    ) -> Result<Step, Refused> {
        if self.state == State::Accepted {
            return Err(Refused::NotAppealable);
        }
        if self.ruling_on_decision().is_some() {
            // The committee has spoken: the decision is final.
            return Err(Refused::InvalidState(self.state));
        }
        self.state.after(Command::Appeal)?;
        let due = self
            .decision
            .as_ref()
            .and_then(|decision| decision.appeal_due);
        if due.is_some_and(|due| rome::date_of(at) > due) {
            return Err(Refused::AppealTermExpired);
        }
        self.moved(Command::Appeal, by, at, grounds)
    }

    /// Records what the committee decided on the ricorso (CLM-25): dismissed, the decision in force stands for good;
    /// otherwise the claim waits, under appeal, for the decision that conforms.
    pub fn rule_on_appeal(
        &mut self,
        ruling: AppealRuling,
        by: Actor,
        at: DateTime<Utc>,
    ) -> Result<Step, Refused> {
        if by.role != Role::Dir {
            return Err(Refused::NotForRole);
        }
        let open = self.state == State::UnderAppeal && self.ruling_on_decision().is_none();
        let Some(decision) = self.decision.as_ref().filter(|_| open) else {
            return Err(Refused::InvalidState(self.state));
        };
        let note = format!("{} {}", ruling.outcome.code(), ruling.number);
        let stands = decision.decided.outcome;
        let step = if ruling.outcome == RulingOutcome::Dismissed {
            self.moved(Command::SettleAppeal(stands), by, at, note)?
        } else {
            self.stayed(Action::RuleOnAppeal, by, at, note)
        };
        self.ruling = Some(ruling);
        Ok(Step {
            action: Some(Action::RuleOnAppeal),
            ..step
        })
    }

    /// The ruling on the decision in force.
    pub fn ruling_on_decision(&self) -> Option<&AppealRuling> {
        let decision = self.decision.as_ref()?.id;
        self.ruling.as_ref().filter(|it| it.decision == decision)
    }

    /// Kind of the decision that the committee has told the office to adopt.
    fn conforming(&self) -> Option<Outcome> {
        let ruling = self.ruling_on_decision()?;
        ruling
            .outcome
            .conforming()
            .filter(|_| self.state == State::UnderAppeal)
    }

    fn may_be_proposed(&self) -> bool {
        self.state.may_be_proposed() || self.conforming().is_some()
    }

    /// What was asked for, with what can be recognised of it.
    pub fn requested(&self) -> Result<Requested, Refused> {
        let filing = self
            .filing
            .as_ref()
            .ok_or(Refused::InvalidState(self.state))?;
        Ok(Requested {
            whole: filing.asked.whole,
            earliest_recognisable: filing.lateness.earliest_recognisable,
            nothing_recognisable: filing.lateness.nothing_recognisable,
        })
    }

    /// Weeks in which the claim counts against others for the same workers, each stretch without a gap: those granted by
    /// the decision in force, otherwise those asked for, without those on which it gave way; none when the claim is not
    /// live (CLM-10, CLM-11).
    pub fn counted(&self) -> Vec<WeekPeriod> {
        let whole = match &self.decision {
            _ if !self.state.is_live() => None,
            Some(decision) => decision.decided.grant.map(|grant| grant.period),
            None => self.filing.as_ref().map(|filing| filing.asked.whole.period),
        };
        let weeks = whole.into_iter().flat_map(WeekPeriod::weeks);
        let left: Vec<Week> = weeks.filter(|week| !self.gave_way.contains(week)).collect();
        runs(&left)
    }

    /// Whether something proposed would grant a week on which the claim gave way.
    fn grants_what_gave_way(&self, proposed: &Proposed) -> bool {
        let granted = |week: &Week| {
            let grant = proposed.grant.as_ref();
            grant.is_some_and(|grant| grant.period.contains(week.monday()))
        };
        self.gave_way.iter().any(granted)
    }

    /// Findings that the filer forced (CLM-7).
    pub fn forced(&self) -> impl Iterator<Item = &Finding> {
        let findings = self
            .filing
            .as_ref()
            .map(|filing| filing.findings.as_slice())
            .unwrap_or_default();
        findings
            .iter()
            .filter(|finding| finding.severity == Severity::Force)
    }

    /// Days since the protocol (INT-9); 0 for a draft.
    pub fn gross_days(&self, today: NaiveDate) -> i64 {
        let filed = self
            .filing
            .as_ref()
            .map(|filing| rome::date_of(filing.submitted_at));
        filed.map_or(0, |filed| (today - filed).num_days().max(0))
    }

    fn pending(&self, proposal: Uuid) -> Result<&Proposal, Refused> {
        if self.state == State::SupplementPending {
            return Err(Refused::SupplementStillOpen);
        }
        if !self.may_be_proposed() {
            return Err(Refused::InvalidState(self.state));
        }
        self.proposal
            .as_ref()
            .filter(|pending| pending.id == proposal)
            .ok_or(Refused::ProposalChanged)
    }

    fn moved(
        &mut self,
        command: Command,
        by: Actor,
        at: DateTime<Utc>,
        note: String,
    ) -> Result<Step, Refused> {
        if !command.is_for(by.role) {
            return Err(Refused::NotForRole);
        }
        let from = self.state;
        self.state = from.after(command)?;
        if self.state != from {
            self.state_since = at;
        }
        self.touch(at);
        Ok(Step {
            version: self.version,
            at,
            from: Some(from),
            to: self.state,
            by,
            action: Some(command.action()),
            person: None,
            note,
        })
    }

    fn stayed(&mut self, action: Action, by: Actor, at: DateTime<Utc>, note: String) -> Step {
        self.touch(at);
        Step {
            version: self.version,
            at,
            from: Some(self.state),
            to: self.state,
            by,
            action: Some(action),
            person: None,
            note,
        }
    }

    fn touch(&mut self, at: DateTime<Utc>) {
        self.version += 1;
        self.updated_at = at;
    }
}

/// Weeks in order, as stretches without a gap.
pub fn runs(weeks: &[Week]) -> Vec<WeekPeriod> {
    let stretches = weeks.chunk_by(|before, after| after.index() == before.index() + 1);
    let run =
        |weeks: &[Week]| WeekPeriod::new(*weeks.first()?, u32::try_from(weeks.len()).ok()?).ok();
    stretches.filter_map(run).collect()
}

/// Stretches of weeks as the history tells them.
fn told(runs: &[WeekPeriod]) -> String {
    let days = |run: &WeekPeriod| format!("{}–{}", run.first_day(), run.last_day());
    runs.iter().map(days).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::samples::{self, director, filer, instant, operator, position_officer};

    fn under_review() -> Claim {
        let mut claim = samples::filed("2026-09-07", 8, "2026-09-10");
        claim
            .take_in_charge(operator(), instant("2026-09-14"))
            .unwrap();
        claim
    }

    fn proposed(claim: &mut Claim) -> Uuid {
        let id = Uuid::from_u128(77);
        let proposal = samples::acceptance(claim);
        claim
            .propose(
                id,
                proposal,
                String::new(),
                operator(),
                instant("2026-09-15"),
            )
            .unwrap();
        id
    }

    #[test]
    fn a_claim_goes_from_draft_to_decision_and_its_version_counts_the_steps() {
        let mut claim = under_review();
        proposed(&mut claim);
        let step = claim
            .adopt(samples::numbers(), director(), instant("2026-09-16"))
            .unwrap();
        assert_eq!(
            (step.from, step.to),
            (Some(State::UnderReview), State::Accepted)
        );
        assert_eq!((claim.version, step.version), (5, 5));
        assert!(claim.proposal.is_none());
        assert_eq!(
            claim.decision.as_ref().map(|decision| decision.sequence),
            Some(1)
        );
    }

    #[test]
    fn taking_in_charge_twice_is_no_error_but_a_colleague_is_refused() {
        let mut claim = under_review();
        assert_eq!(
            claim.take_in_charge(operator(), instant("2026-09-15")),
            Ok(None)
        );
        let colleague = Actor {
            person: Uuid::from_u128(999),
            role: Role::Sede,
        };
        assert_eq!(
            claim.take_in_charge(colleague, instant("2026-09-15")),
            Err(Refused::AssignedToOther)
        );
    }

    #[test]
    fn an_assigned_claim_is_taken_only_by_its_operator_and_can_be_reassigned() {
        let mut claim = samples::filed("2026-09-07", 8, "2026-09-10");
        let colleague = Uuid::from_u128(999);
        claim
            .assign(colleague, position_officer(), instant("2026-09-11"))
            .unwrap();
        assert_eq!(
            claim.take_in_charge(operator(), instant("2026-09-12")),
            Err(Refused::AssignedToOther)
        );
        let step = claim
            .assign(operator().person, position_officer(), instant("2026-09-12"))
            .unwrap();
        assert_eq!(
            (step.from, step.to),
            (Some(State::Assigned), State::Assigned)
        );
        assert!(
            claim
                .take_in_charge(operator(), instant("2026-09-12"))
                .unwrap()
                .is_some()
        );
    }

    #[test]
    fn only_the_operator_in_charge_or_an_officer_proposes() {
        let mut claim = under_review();
        let proposal = samples::acceptance(&claim);
        let colleague = Actor {
            person: Uuid::from_u128(999),
            role: Role::Sede,
        };
        let at = instant("2026-09-15");
        let by_colleague =
            claim.propose(Uuid::nil(), proposal.clone(), String::new(), colleague, at);
        assert_eq!(by_colleague, Err(Refused::AssignedToOther));
        assert!(
            claim
                .propose(Uuid::nil(), proposal, String::new(), position_officer(), at)
                .is_ok()
        );
    }

    #[test]
    fn who_proposed_may_not_adopt() {
        let mut claim = under_review();
        let proposal = samples::acceptance(&claim);
        let officer = position_officer();
        let id = Uuid::from_u128(5);
        claim
            .propose(id, proposal, String::new(), officer, instant("2026-09-15"))
            .unwrap();
        assert_eq!(
            claim.adoptable(id, officer),
            Err(Refused::SamePersonCannotAdopt)
        );
        assert!(claim.adoptable(id, director()).is_ok());
    }

    #[test]
    fn a_proposal_that_changed_under_the_adopter_is_not_adopted() {
        let mut claim = under_review();
        let read = proposed(&mut claim);
        let other = samples::acceptance(&claim);
        claim
            .propose(
                Uuid::from_u128(78),
                other,
                String::new(),
                operator(),
                instant("2026-09-15"),
            )
            .unwrap();
        assert_eq!(
            claim.adoptable(read, director()),
            Err(Refused::ProposalChanged)
        );
    }

    #[test]
    fn a_claim_cannot_be_decided_before_it_is_in_charge() {
        let claim = samples::filed("2026-09-07", 8, "2026-09-10");
        assert_eq!(
            claim.adoptable(Uuid::nil(), director()),
            Err(Refused::InvalidState(State::Submitted))
        );
    }

    #[test]
    fn a_full_acceptance_cannot_be_appealed_and_a_rejection_only_in_thirty_days() {
        let mut accepted = under_review();
        proposed(&mut accepted);
        accepted
            .adopt(samples::numbers(), director(), instant("2026-11-06"))
            .unwrap();
        assert_eq!(
            accepted.appeal("Motivi".into(), filer(), instant("2026-11-10")),
            Err(Refused::NotAppealable)
        );

        let mut rejected = under_review();
        let id = Uuid::from_u128(6);
        let rejection = samples::rejection();
        rejected
            .propose(
                id,
                rejection,
                String::new(),
                operator(),
                instant("2026-11-05"),
            )
            .unwrap();
        rejected
            .adopt(samples::numbers(), director(), instant("2026-11-06"))
            .unwrap();
        let late = rejected
            .clone()
            .appeal("Motivi".into(), filer(), instant("2026-12-08"));
        assert_eq!(late, Err(Refused::AppealTermExpired));
        assert!(
            rejected
                .appeal("Motivi".into(), filer(), instant("2026-12-07"))
                .is_ok()
        );
    }

    #[test]
    fn a_decided_claim_counts_only_the_weeks_granted() {
        let mut claim = under_review();
        assert_eq!(claim.counted(), [samples::weeks("2026-09-07", 8)]);
        let id = Uuid::from_u128(6);
        claim
            .propose(
                id,
                samples::rejection(),
                String::new(),
                operator(),
                instant("2026-11-05"),
            )
            .unwrap();
        claim
            .adopt(samples::numbers(), director(), instant("2026-11-06"))
            .unwrap();
        assert_eq!(claim.counted(), []);
        claim
            .reexamine("Nuovi elementi".into(), filer(), instant("2026-11-09"))
            .unwrap();
        assert_eq!(claim.counted(), [], "nothing is granted yet");
    }

    #[test]
    fn a_claim_gives_way_for_the_weeks_that_are_covered_and_counts_on_around_them() {
        let mut claim = under_review();
        let proposed = samples::acceptance(&claim);
        let propose = |claim: &mut Claim, at: &str| {
            let id = Uuid::from_u128(6);
            claim.propose(id, proposed.clone(), String::new(), operator(), instant(at))
        };
        propose(&mut claim, "2026-11-05").unwrap();
        let prevails = claim.filing.clone().unwrap().protocol;
        let covered = samples::weeks("2026-09-21", 2);
        let step = claim.give_way(&prevails, covered, director(), instant("2026-11-06"));
        assert_eq!(
            claim.counted(),
            [
                samples::weeks("2026-09-07", 2),
                samples::weeks("2026-10-05", 4)
            ]
        );
        assert!(
            step.note.ends_with(": 2026-09-21–2026-10-04"),
            "{}",
            step.note
        );
        assert_eq!(claim.proposal, None, "it would grant what is annulled");
        let again = propose(&mut claim, "2026-11-07");
        assert_eq!(again, Err(Refused::GrantExceedsRequest));

        let whole = samples::weeks("2026-09-07", 8);
        claim.give_way(&prevails, whole, director(), instant("2026-11-08"));
        assert_eq!((claim.state, claim.counted()), (State::Annulled, vec![]));
    }

    #[test]
    fn a_withdrawn_claim_stays_withdrawn() {
        let mut claim = under_review();
        claim
            .withdraw("Ripresa del lavoro".into(), filer(), instant("2026-09-20"))
            .unwrap();
        assert_eq!(claim.counted(), []);
        let again = claim.withdraw("Ancora".into(), filer(), instant("2026-09-21"));
        assert_eq!(again, Err(Refused::InvalidState(State::Withdrawn)));
    }
}
