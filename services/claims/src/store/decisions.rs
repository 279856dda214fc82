//! Proposals and decisions.

use chrono::NaiveDate;
use sqlx::PgConnection;
use uuid::Uuid;

use super::content::{refusals_from_json, refusals_to_json};
use super::rows::{corrupt, integer, parsed, unsigned, weeks};
use crate::domain::decision::{Decision, Grant, Outcome, Proposal, Proposed};
use crate::domain::role::Role;

/// Where a proposal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProposalStatus {
    /// Awaits adoption.
    Pending,
    /// Replaced by another.
    Replaced,
    /// Sent back with a remark.
    Returned,
    /// Without object: the claim was withdrawn or annulled.
    Dropped,
    /// Adopted.
    Adopted,
}

impl ProposalStatus {
    fn code(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Replaced => "REPLACED",
            Self::Returned => "RETURNED",
            Self::Dropped => "DROPPED",
            Self::Adopted => "ADOPTED",
        }
    }
}

/// The columns of what is proposed.
struct ProposedRow {
    outcome: String,
    grant_first_day: Option<NaiveDate>,
    grant_weeks: Option<i32>,
    grant_beneficiaries: Option<i32>,
    grant_hours_hundredths: Option<i64>,
    refusals: serde_json::Value,
    motivation: String,
}

impl ProposedRow {
    fn into_proposed(self) -> Result<Proposed, sqlx::Error> {
        let columns = (
            self.grant_first_day,
            self.grant_weeks,
            self.grant_beneficiaries,
            self.grant_hours_hundredths,
        );
        let grant = match columns {
            (Some(first_day), Some(count), Some(beneficiaries), Some(hours_hundredths)) => {
                Some(Grant {
                    period: weeks(first_day, count, "proposal.grant_weeks")?,
                    beneficiaries: unsigned(beneficiaries, "proposal.grant_beneficiaries")?,
                    hours_hundredths,
                })
            }
            _ => None,
        };
        Ok(Proposed {
            outcome: Outcome::parse(&self.outcome).ok_or_else(|| corrupt("proposal.outcome"))?,
            grant,
            refusals: refusals_from_json(self.refusals)?,
            motivation: self.motivation,
        })
    }
}

/// The proposal of a claim that awaits adoption.
pub(super) async fn pending_proposal(
    db: &mut PgConnection,
    claim: Uuid,
) -> Result<Option<Proposal>, sqlx::Error> {
    let row = sqlx::query!(
        "select id, outcome, grant_first_day, grant_weeks, grant_beneficiaries, grant_hours_hundredths, refusals,
                motivation, proposed_by, proposed_at, returned_remark
         from proposal where claim_id = $1 and status = 'PENDING'",
        claim,
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        let columns = ProposedRow {
            outcome: row.outcome,
            grant_first_day: row.grant_first_day,
            grant_weeks: row.grant_weeks,
            grant_beneficiaries: row.grant_beneficiaries,
            grant_hours_hundredths: row.grant_hours_hundredths,
            refusals: row.refusals,
            motivation: row.motivation,
        };
        Ok(Proposal {
            id: row.id,
            proposed: columns.into_proposed()?,
            by: row.proposed_by,
            at: row.proposed_at,
            returned_remark: row.returned_remark,
        })
    })
    .transpose()
}

/// Remark with which the last proposal of a claim was sent back; empty when it was not.
pub(crate) async fn last_remark(db: &mut PgConnection, claim: Uuid) -> Result<String, sqlx::Error> {
    let remark = sqlx::query_scalar!(
        "select case when status = 'RETURNED' then remark else '' end as \"remark!\"
         from proposal where claim_id = $1 order by proposed_at desc, id desc limit 1",
        claim,
    )
    .fetch_optional(db)
    .await?;
    Ok(remark.unwrap_or_default())
}

/// Adds proposals of claims, each with its status.
pub(crate) async fn insert_proposals(
    db: &mut PgConnection,
    proposals: &[(Uuid, &Proposal, ProposalStatus)],
) -> Result<(), sqlx::Error> {
    if proposals.is_empty() {
        return Ok(());
    }
    let grant = |proposal: &Proposal| proposal.proposed.grant;
    let id: Vec<_> = proposals.iter().map(|it| it.1.id).collect();
    let claim_id: Vec<_> = proposals.iter().map(|it| it.0).collect();
    let status: Vec<_> = proposals.iter().map(|it| it.2.code().to_owned()).collect();
    let outcome: Vec<_> = proposals
        .iter()
        .map(|it| it.1.proposed.outcome.code().to_owned())
        .collect();
    let first_day: Vec<_> = proposals
        .iter()
        .map(|it| grant(it.1).map(|grant| grant.period.first_day()))
        .collect();
    let count: Vec<_> = proposals
        .iter()
        .map(|it| {
            grant(it.1)
                .map(|grant| integer(grant.period.count()))
                .transpose()
        })
        .collect::<Result<_, _>>()?;
    let beneficiaries: Vec<_> = proposals
        .iter()
        .map(|it| {
            grant(it.1)
                .map(|grant| integer(grant.beneficiaries))
                .transpose()
        })
        .collect::<Result<_, _>>()?;
    let hours: Vec<_> = proposals
        .iter()
        .map(|it| grant(it.1).map(|grant| grant.hours_hundredths))
        .collect();
    let refusals: Vec<_> = proposals
        .iter()
        .map(|it| refusals_to_json(&it.1.proposed.refusals))
        .collect::<Result<_, _>>()?;
    let motivation: Vec<_> = proposals
        .iter()
        .map(|it| it.1.proposed.motivation.clone())
        .collect();
    let proposed_by: Vec<_> = proposals.iter().map(|it| it.1.by).collect();
    let proposed_at: Vec<_> = proposals.iter().map(|it| it.1.at).collect();
    let remark: Vec<_> = proposals
        .iter()
        .map(|it| it.1.returned_remark.clone())
        .collect();
    sqlx::query!(
        "insert into proposal (id, claim_id, status, outcome, grant_first_day, grant_weeks, grant_beneficiaries,
                               grant_hours_hundredths, refusals, motivation, proposed_by, proposed_at, returned_remark)
         select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::date[], $6::int[], $7::int[],
                              $8::bigint[], $9::jsonb[], $10::text[], $11::uuid[], $12::timestamptz[], $13::text[])",
        &id,
        &claim_id,
        &status,
        &outcome,
        &first_day as &[Option<NaiveDate>],
        &count as &[Option<i32>],
        &beneficiaries as &[Option<i32>],
        &hours as &[Option<i64>],
        &refusals,
        &motivation,
        &proposed_by,
        &proposed_at,
        &remark,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Ends the pending proposal of a claim, if there is one.
pub(crate) async fn close_proposal(
    db: &mut PgConnection,
    claim: Uuid,
    status: ProposalStatus,
    remark: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update proposal set status = $2, remark = $3 where claim_id = $1 and status = 'PENDING'",
        claim,
        status.code(),
        remark,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The decision in force of a claim.
pub(super) async fn in_force(
    db: &mut PgConnection,
    claim: Uuid,
) -> Result<Option<Decision>, sqlx::Error> {
    of_claim(db, claim, None).await
}

/// A decision of a claim by its progressive; the last one without it.
pub(crate) async fn of_claim(
    db: &mut PgConnection,
    claim: Uuid,
    sequence: Option<i32>,
) -> Result<Option<Decision>, sqlx::Error> {
    let row = sqlx::query!(
        "select decision.id, proposal_id, sequence, protocol_number, authorization_number, reservation_id, adopter_id,
                adopter_role, adopted_at, verification_code, appeal_due, outcome, grant_first_day, grant_weeks,
                grant_beneficiaries, grant_hours_hundredths, refusals, motivation
         from decision join proposal on proposal.id = proposal_id
         where decision.claim_id = $1 and ($2::int is null or sequence = $2)
         order by sequence desc limit 1",
        claim,
        sequence,
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        let columns = ProposedRow {
            outcome: row.outcome,
            grant_first_day: row.grant_first_day,
            grant_weeks: row.grant_weeks,
            grant_beneficiaries: row.grant_beneficiaries,
            grant_hours_hundredths: row.grant_hours_hundredths,
            refusals: row.refusals,
            motivation: row.motivation,
        };
        let authorization = row.authorization_number.as_deref();
        Ok(Decision {
            id: row.id,
            proposal_id: row.proposal_id,
            sequence: row.sequence,
            decided: columns.into_proposed()?,
            protocol: parsed(&row.protocol_number, "decision.protocol_number")?,
            authorization: authorization
                .map(|it| parsed(it, "decision.authorization_number"))
                .transpose()?,
            reservation_id: row.reservation_id,
            adopter: row.adopter_id,
            adopter_role: Role::parse(&row.adopter_role)
                .ok_or_else(|| corrupt("decision.adopter_role"))?,
            adopted_at: row.adopted_at,
            verification_code: row.verification_code,
            appeal_due: row.appeal_due,
        })
    })
    .transpose()
}

/// Adds decisions of claims, whose proposals are there already.
pub(crate) async fn insert_decisions(
    db: &mut PgConnection,
    decisions: &[(Uuid, &Decision)],
) -> Result<(), sqlx::Error> {
    if decisions.is_empty() {
        return Ok(());
    }
    let id: Vec<_> = decisions.iter().map(|it| it.1.id).collect();
    let claim_id: Vec<_> = decisions.iter().map(|it| it.0).collect();
    let proposal_id: Vec<_> = decisions.iter().map(|it| it.1.proposal_id).collect();
    let sequence: Vec<_> = decisions.iter().map(|it| it.1.sequence).collect();
    let protocol: Vec<_> = decisions
        .iter()
        .map(|it| it.1.protocol.to_string())
        .collect();
    let authorization: Vec<_> = decisions
        .iter()
        .map(|it| it.1.authorization.as_ref().map(ToString::to_string))
        .collect();
    let reservation: Vec<_> = decisions.iter().map(|it| it.1.reservation_id).collect();
    let adopter: Vec<_> = decisions.iter().map(|it| it.1.adopter).collect();
    let adopter_role: Vec<_> = decisions
        .iter()
        .map(|it| it.1.adopter_role.code().to_owned())
        .collect();
    let adopted_at: Vec<_> = decisions.iter().map(|it| it.1.adopted_at).collect();
    let verification: Vec<_> = decisions
        .iter()
        .map(|it| it.1.verification_code.clone())
        .collect();
    let appeal_due: Vec<_> = decisions.iter().map(|it| it.1.appeal_due).collect();
    sqlx::query!(
        "insert into decision (id, claim_id, proposal_id, sequence, protocol_number, authorization_number,
                               reservation_id, adopter_id, adopter_role, adopted_at, verification_code, appeal_due)
         select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int[], $5::text[], $6::text[], $7::uuid[],
                              $8::uuid[], $9::text[], $10::timestamptz[], $11::text[], $12::date[])",
        &id,
        &claim_id,
        &proposal_id,
        &sequence,
        &protocol,
        &authorization as &[Option<String>],
        &reservation as &[Option<Uuid>],
        &adopter,
        &adopter_role,
        &adopted_at,
        &verification,
        &appeal_due as &[Option<NaiveDate>],
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Whether a proposal has already become a decision of the claim.
pub(crate) async fn is_adopted(
    db: &mut PgConnection,
    claim: Uuid,
    proposal: Uuid,
) -> Result<bool, sqlx::Error> {
    let found = sqlx::query_scalar!(
        "select exists (select from decision where claim_id = $1 and proposal_id = $2) as \"found!\"",
        claim,
        proposal,
    )
    .fetch_one(db)
    .await?;
    Ok(found)
}
