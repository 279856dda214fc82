//! Submission: at once or not at all (CLM-13).

use chassis::db::ScopedFutureExt;
use chassis::identity::Caller;
use chassis::{Failure, Tx, idempotency};
use kernel::rome;
use uuid::Uuid;

use super::drafts::require_etag;
use super::refusals::{broken, forbid};
use super::{App, Known, actor, audited, events};
use crate::domain::checks::Finding;
use crate::domain::claim::{Asked, Claim, Filing, FrozenUnit};
use crate::domain::filled;
use crate::domain::state::State;
use crate::domain::terms::Filed;
use crate::domain::unit::KnownUnit;
use crate::store;
use crate::store::registers::Direction;

/// Method of the idempotency key.
const SUBMIT: &str = "claims.submit";
/// Length of a ticket.
pub(super) const TICKET_LENGTH: usize = 16;

/// A draft to submit.
#[derive(Debug)]
pub(crate) struct SubmitCommand {
    /// The draft.
    pub(crate) claim: Uuid,
    /// Client's id of the request.
    pub(crate) request_id: Uuid,
    /// The request as it came.
    pub(crate) fingerprint: Vec<u8>,
    /// Version that the caller read.
    pub(crate) etag: String,
}

/// The receipt.
#[derive(Debug)]
pub(crate) struct Submitted {
    /// The claim, protocolled.
    pub(crate) claim: Claim,
    /// Findings at the instant of submission.
    pub(crate) findings: Vec<Finding>,
}

impl App {
    /// Protocols a draft. When findings forbid it nothing changes, and the answer is the reason of the first. The same
    /// request again is the same protocol number (CLM-12).
    pub(crate) async fn submit(
        &self,
        caller: &Caller,
        command: &SubmitCommand,
    ) -> Result<Submitted, Failure> {
        let read = &self.read_whole(caller, command.claim).await?;
        // The others are asked before the transaction, which holds no call over the network. What was read is read
        // again under the lock by its version.
        let known = &match read.state {
            State::Draft => Some(self.ask(&read.content, read.known.as_ref()).await),
            _ => None,
        };
        let (claim, new) = self
            .database
            .transaction("claims_submit", |tx| {
                async move {
                    self.submit_in(tx, caller, command, read, known.as_ref())
                        .await
                }
                .scope_boxed()
            })
            .await?;
        let filing = claim.filing.as_ref();
        if let Some(filing) = filing.filter(|_| new) {
            self.metrics.submitted(filing.asked.product);
        }
        let findings = filing
            .map(|filing| filing.findings.clone())
            .unwrap_or_default();
        Ok(Submitted { claim, findings })
    }

    /// The claim after submission, and whether this call submitted it.
    async fn submit_in(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        command: &SubmitCommand,
        read: &Claim,
        known: Option<&Known>,
    ) -> Result<(Claim, bool), Failure> {
        let (person, request) = (caller.person, command.request_id);
        if let Some(id) =
            idempotency::claim(tx, SUBMIT, person, request, &command.fingerprint).await?
        {
            let claim = store::claims::find(tx, id, &caller.scope)
                .await?
                .ok_or_else(Failure::not_found)?;
            return Ok((claim, false));
        }
        let version = store::claims::lock(tx, read.id, &caller.scope)
            .await?
            .ok_or_else(Failure::not_found)?;
        read.require_draft()?;
        require_etag(read, &command.etag)?;
        let known = known
            .filter(|_| version == read.version)
            .ok_or_else(Failure::etag_mismatch)?;
        let claim = self.protocolled(tx, caller, read.clone(), known).await?;
        idempotency::complete(tx, SUBMIT, person, request, claim.id).await?;
        Ok((claim, true))
    }

    async fn protocolled(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        mut claim: Claim,
        known: &Known,
    ) -> Result<Claim, Failure> {
        let now = self.clock.now();
        let today = rome::date_of(now);
        let by = actor(caller)?;
        let content = &claim.content;
        let others = known.others(tx, &claim).await?;
        let findings = known.check(content, &others, by.role.quality(), today);
        forbid(content, &findings)?;
        let whole = known
            .unit
            .as_ref()
            .zip(Filed::of(content, self.rules))
            .zip(Asked::of(content));
        let ((unit, filed), asked) =
            whole.ok_or_else(|| Failure::internal("a claim passed the check and is not whole"))?;
        let ticket = match &content.ticket {
            Some(given) => given.clone(),
            None => self
                .ids
                .code(TICKET_LENGTH)
                .parse()
                .map_err(Failure::internal)?,
        };
        let lateness = filed.lateness(today);
        let office = unit.competent_office.clone();
        let protocol =
            store::registers::protocol(tx, &office, Direction::Incoming, claim.id, now).await?;
        if claim.known.is_none() {
            // Written while the anagrafe was away: what it knows is filled in now.
            let fresh = filled::from_unit(&mut claim.content, unit, now);
            claim.filled = filled::kept(claim.filled, fresh, &claim.content);
            claim.employer_name.clone_from(&unit.employer_name);
            claim.known = Some(KnownUnit {
                facts: unit.clone(),
                at: now,
            });
            store::claims::rewrite(tx, &claim).await?;
        }
        let office_title = &unit.office_title;
        let unit = FrozenUnit::of(unit);
        let filing = Filing {
            protocol,
            ticket,
            submitted_at: now,
            office,
            unit,
            lateness,
            findings,
            asked,
        };
        let step = claim.submit(filing, by)?;
        store::claims::file(tx, &claim).await.map_err(broken)?;
        store::workers::count(tx, &[&claim]).await.map_err(broken)?;
        let left_out: Vec<_> = known.degraded.iter().map(|it| it.source).collect();
        store::completions::open(tx, claim.id, &left_out, now).await?;
        self.issue_receipt(tx, &claim, office_title).await?;
        store::history::append(tx, &[(claim.id, &step)]).await?;
        if !self.planted.drops_event() {
            events::publish(tx, self.ids.at(now), &claim, &step).await?;
        }
        audited(tx, caller, SUBMIT, claim.id, now).await?;
        Ok(claim)
    }
}
