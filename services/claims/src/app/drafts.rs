//! Drafts: create, rewrite, delete, check.

use chassis::db::ScopedFutureExt;
use chassis::identity::Caller;
use chassis::{Failure, Tx, idempotency};
use chrono::NaiveDate;
use uuid::Uuid;

use super::{App, actor, audited};
use crate::domain::checks::{Finding, submittable};
use crate::domain::claim::Claim;
use crate::domain::content::{Content, UnitKey};
use crate::domain::terms::Filed;
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
    /// Last day to file in time; `None` while that cannot be said.
    pub(crate) due: Option<NaiveDate>,
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
        let name = &self.employer_name(&command.content.unit).await?;
        self.database
            .transaction("claims_create_draft", |tx| {
                async move { self.create_in(tx, caller, command, name).await }.scope_boxed()
            })
            .await
    }

    async fn create_in(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        command: &CreateCommand,
        employer_name: &str,
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
            ..command.content.clone()
        };
        let (claim, step) =
            Claim::draft(id, content, employer_name.to_owned(), actor(caller)?, now);
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
    ) -> Result<Claim, Failure> {
        caller.require_matricola(content.unit.matricola.as_str())?;
        let name = &self.employer_name(&content.unit).await?;
        self.database
            .transaction("claims_update_draft", |tx| {
                async move {
                    let mut claim = self.locked(tx, caller, id).await?;
                    claim.require_draft()?;
                    require_etag(&claim, etag)?;
                    let now = self.clock.now();
                    claim.rewrite(content.clone(), name.clone(), now)?;
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
        let known = self.ask(&claim.content).await?;
        let mut connection = self.database.pool().acquire().await?;
        let others = known.others(&mut connection, claim).await?;
        let quality = actor(caller)?.role.quality();
        let findings = known.check(&claim.content, &others, quality, self.clock.today());
        Ok(Checked {
            submittable: submittable(&claim.content, &findings),
            findings,
            office: known
                .unit
                .as_ref()
                .map(|unit| unit.competent_office.to_string()),
            due: Filed::of(&claim.content).map(|filed| filed.due()),
            evaluation: known.evaluation,
        })
    }

    /// Name of the employer; empty while the unit is unknown to the anagrafe, which F2 then says.
    async fn employer_name(&self, unit: &UnitKey) -> Result<String, Failure> {
        Ok(self
            .registry
            .unit(unit, None)
            .await?
            .map(|facts| facts.employer_name)
            .unwrap_or_default())
    }
}

/// Version of a claim as callers give it back.
pub(super) fn require_etag(claim: &Claim, etag: &str) -> Result<(), Failure> {
    if claim.version.to_string() == etag {
        Ok(())
    } else {
        Err(Failure::etag_mismatch())
    }
}
