//! Drafts: create, rewrite, delete, check.

use chassis::db::ScopedFutureExt;
use chassis::identity::Caller;
use chassis::{Failure, Tx, idempotency};
use chrono::NaiveDate;
use uuid::Uuid;

use super::sources::{Away, Standing};
use super::{App, actor, audited};
use crate::domain::checks::{Finding, submittable};
use crate::domain::claim::Claim;
use crate::domain::content::{Content, UnitKey};
use crate::domain::filled::{self, Filled};
use crate::domain::source::Source;
use crate::domain::terms::{Filed, Lateness};
use crate::domain::unit::KnownUnit;
use crate::ports::Evaluation;
use crate::store;

/// Method of the idempotency key.
const CREATE: &str = "claims.create_draft";

/// A draft to start.
#[derive(Debug)]
pub(crate) struct CreateCommand {
    /// Client's id of the request.
    pub(crate) request_id: Uuid,
    /// The request as it came.
    pub(crate) fingerprint: Vec<u8>,
    /// First content.
    pub(crate) content: Content,
    /// Claim to copy from.
    pub(crate) copy_from: Option<Uuid>,
}

/// Everything there is to say on a draft.
#[derive(Debug)]
pub(crate) struct Checked {
    /// Findings, the most severe first.
    pub(crate) findings: Vec<Finding>,
    /// Whether it could be submitted now.
    pub(crate) submittable: bool,
    /// What the limits say.
    pub(crate) evaluation: Evaluation,
    /// Office that will be competent; `None` for an unknown unit.
    pub(crate) office: Option<String>,
    /// First day to file; `None` while that cannot be said, or when it is any day.
    pub(crate) not_before: Option<NaiveDate>,
    /// How the claim would stand to its term today; `None` while that cannot be said.
    pub(crate) lateness: Option<Lateness>,
    /// How the outside sources stood.
    pub(crate) sources: Vec<(Source, Standing)>,
}

impl App {
    /// Starts a draft for a unit of the caller's firms. IDN-E05 or IDN-E07 for a matricola of others, IDN-E12 for a
    /// `request_id` used with another content.
    pub(crate) async fn create_draft(
        &self,
        caller: &Caller,
        command: &CreateCommand,
    ) -> Result<Claim, Failure> {
        caller.require_matricola(command.content.unit.matricola.as_str())?;
        let copied = match command.copy_from {
            Some(id) => Some(self.copyable(caller, id, &command.content.unit).await?),
            None => None,
        };
        let known = &self.known_unit(&command.content).await;
        let prepared = &self.prepared(caller, &command.content, copied.as_ref(), known.as_ref())?;
        self.database
            .transaction("claims_create_draft", |tx| {
                async move { self.create_in(tx, caller, command, prepared).await }.scope_boxed()
            })
            .await
    }

    async fn create_in(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        command: &CreateCommand,
        prepared: &Prepared,
    ) -> Result<Claim, Failure> {
        let (person, request) = (caller.person, command.request_id);
        if let Some(id) =
            idempotency::claim(tx, CREATE, person, request, &command.fingerprint).await?
        {
            return store::claims::find(tx, id, &caller.scope)
                .await?
                .ok_or_else(Failure::not_found);
        }
        let now = self.clock.now();
        let id = self.ids.at(now);
        let content = Content {
            beneficiaries_omitted: false,
            ..prepared.content.clone()
        };
        let name = prepared
            .known
            .as_ref()
            .map(|it| it.facts.employer_name.clone());
        let (mut claim, step) =
            Claim::draft(id, content, name.unwrap_or_default(), actor(caller)?, now);
        claim.filled.clone_from(&prepared.filled);
        claim.known.clone_from(&prepared.known);
        store::claims::insert(tx, &[&claim], &[person]).await?;
        store::history::append(tx, &[(claim.id, &step)]).await?;
        audited(tx, caller, CREATE, claim.id, now).await?;
        idempotency::complete(tx, CREATE, person, request, claim.id).await?;
        Ok(claim)
    }

    /// Replaces the content of a draft. `ETAG_MISMATCH` when somebody else changed it, `INVALID_STATE` when it is no longer
    /// a draft.
    pub(crate) async fn update_draft(
        &self,
        caller: &Caller,
        id: Uuid,
        etag: &str,
        content: &Content,
        confirmed: &[String],
    ) -> Result<Claim, Failure> {
        caller.require_matricola(content.unit.matricola.as_str())?;
        let answer = &self.unit_now(content).await;
        self.database
            .transaction("claims_update_draft", |tx| {
                async move {
                    let mut claim = self.locked(tx, caller, id).await?;
                    claim.require_draft()?;
                    require_etag(&claim, etag)?;
                    let now = self.clock.now();
                    let before = claim
                        .known
                        .take()
                        .filter(|_| claim.content.unit == content.unit);
                    let known = match answer {
                        Ok(answer) => answer.clone().map(|facts| KnownUnit { facts, at: now }),
                        Err(Away) => before,
                    };
                    let mut content = content.clone();
                    let fresh = known
                        .as_ref()
                        .map(|it| filled::from_unit(&mut content, &it.facts, it.at))
                        .unwrap_or_default();
                    let mut filled = filled::kept(claim.filled.clone(), fresh, &content);
                    filled::confirm(&mut filled, Some(confirmed), actor(caller)?, now);
                    let name = known.as_ref().map(|it| it.facts.employer_name.clone());
                    claim.rewrite(content, name.unwrap_or_default(), now)?;
                    claim.filled = filled;
                    claim.known = known;
                    store::claims::rewrite(tx, &claim).await?;
                    audited(tx, caller, "claims.update_draft", id, now).await?;
                    Ok(claim)
                }
                .scope_boxed()
            })
            .await
    }

    /// Removes a draft. One that was deleted before is no error.
    pub(crate) async fn delete_draft(&self, caller: &Caller, id: Uuid) -> Result<(), Failure> {
        self.database
            .transaction("claims_delete_draft", |tx| {
                async move {
                    if store::claims::lock(tx, id, &caller.scope).await?.is_none() {
                        let deleted = store::claims::was_deleted(tx, id, &caller.scope).await?;
                        return if deleted {
                            Ok(())
                        } else {
                            Err(Failure::not_found())
                        };
                    }
                    let claim = self.locked(tx, caller, id).await?;
                    claim.require_draft()?;
                    let now = self.clock.now();
                    store::claims::delete_draft(tx, &claim, now).await?;
                    audited(tx, caller, "claims.delete_draft", id, now).await
                }
                .scope_boxed()
            })
            .await
    }

    /// Says everything there is to say on a draft; changes nothing (CLM-6).
    pub(crate) async fn check_draft(&self, caller: &Caller, id: Uuid) -> Result<Checked, Failure> {
        let claim = self.seen(caller, id, "claims.check_draft").await?;
        claim.require_draft()?;
        let claim = &self.whole(claim).await?;
        let known = self.ask(&claim.content, claim.known.as_ref()).await;
        let mut connection = self.database.pool().acquire().await?;
        let others = known.others(&mut connection, claim).await?;
        let quality = actor(caller)?.role.quality();
        let findings = known.check(&claim.content, &others, quality, self.clock.today());
        let filed = Filed::of(&claim.content, self.rules);
        Ok(Checked {
            submittable: submittable(&claim.content, &findings),
            findings,
            office: known
                .unit
                .as_ref()
                .map(|unit| unit.competent_office.to_string()),
            not_before: filed.as_ref().and_then(Filed::not_before),
            lateness: filed.map(|filed| filed.lateness(self.clock.today())),
            sources: self.standing(&known),
            evaluation: known.evaluation,
        })
    }

    /// What the anagrafe says of the unit now; `None` when it is unknown, or the anagrafe degraded: a draft is never lost
    /// to an outage.
    async fn known_unit(&self, content: &Content) -> Option<KnownUnit> {
        let facts = self.unit_now(content).await.ok().flatten()?;
        Some(KnownUnit {
            facts,
            at: self.clock.now(),
        })
    }

    /// The claim to copy from: in the caller's rows and of the same matricola; IDN-E06 otherwise.
    async fn copyable(&self, caller: &Caller, id: Uuid, unit: &UnitKey) -> Result<Claim, Failure> {
        let claim = self.seen(caller, id, "claims.copy").await?;
        if claim.content.unit.matricola == unit.matricola {
            Ok(claim)
        } else {
            Err(Failure::not_found())
        }
    }

    /// The content with what the platform knows filled in: the session, the claim copied, the anagrafe.
    fn prepared(
        &self,
        caller: &Caller,
        content: &Content,
        copied: Option<&Claim>,
        known: Option<&KnownUnit>,
    ) -> Result<Prepared, Failure> {
        let now = self.clock.now();
        let mut content = content.clone();
        let quality = actor(caller)?.role.quality();
        let mut filled = filled::from_session(&mut content, quality, now);
        if let Some(claim) = copied {
            let protocol = claim.filing.as_ref().map(|it| it.protocol.to_string());
            let protocol = protocol.unwrap_or_default();
            filled.extend(filled::from_claim(
                &mut content,
                &claim.content,
                &protocol,
                now,
            ));
        }
        if let Some(known) = known {
            filled.extend(filled::from_unit(&mut content, &known.facts, known.at));
        }
        Ok(Prepared {
            content,
            filled,
            known: known.cloned(),
        })
    }
}

/// A draft with what the platform knows filled in.
struct Prepared {
    content: Content,
    filled: Vec<Filled>,
    known: Option<KnownUnit>,
}

/// Version of a claim as callers give it back.
pub(super) fn require_etag(claim: &Claim, etag: &str) -> Result<(), Failure> {
    if claim.version.to_string() == etag {
        Ok(())
    } else {
        Err(Failure::etag_mismatch())
    }
}
