//! From the domain to messages, as the reader may see it: filers do not see who works for the office, nor what is
//! only proposed.

use std::fmt::Write;

use chassis::identity::Caller;
use chassis::wire;
use chrono::NaiveDate;
use kernel::rome;
use proto::omnia::claims::v1 as pb;
use proto::omnia::common::v1 as common;
use uuid::Uuid;

use crate::app::{Checked, Entry, Given, Results, Shown, Standing, Summary, Verified};
use crate::domain::appeal::AppealRuling;
use crate::domain::attachment::Attachment;
use crate::domain::checks::Finding;
use crate::domain::claim::{Claim, Step, runs};
use crate::domain::content::{
    Beneficiary, Consultation, Content, Decree, FinancialIndicator, HeadcountGroup,
    INLINE_LIST_MOST, Recipient, TechnicalReport, UnitKey, WrittenPeriod,
};
use crate::domain::decision::{Decision, Grant, Proposal, Refusal};
use crate::domain::delegation::SignatureDelegation;
use crate::domain::desk::Note;
use crate::domain::filled::Filled;
use crate::domain::list::{LineFault, ListReport};
use crate::domain::role::Role;
use crate::domain::search::Found;
use crate::domain::source::{Completion, Source};
use crate::domain::upload::Brought;
use crate::names;

/// Who reads, and on what day.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader {
    /// Whether for the office.
    staff: bool,
    /// Today in Rome.
    today: NaiveDate,
}

impl Reader {
    /// The caller today.
    pub(super) fn of(caller: &Caller, today: NaiveDate) -> Self {
        Self {
            staff: !caller.is_filer(),
            today,
        }
    }

    /// A claim.
    pub(super) fn claim(self, claim: Claim) -> pb::Claim {
        let today = self.today;
        let filing = claim.filing.as_ref();
        let proposal = claim.proposal.as_ref().filter(|_| self.staff);
        pb::Claim {
            claim_id: claim.id.to_string(),
            state: names::state(claim.state).into(),
            etag: claim.version.to_string(),
            competent_office: filing.map(|it| it.office.to_string()).unwrap_or_default(),
            protocol_number: filing.map(|it| it.protocol.to_string()).unwrap_or_default(),
            ticket: filing.map(|it| it.ticket.to_string()).unwrap_or_default(),
            submitted_at: filing.map(|it| wire::timestamp(it.submitted_at)),
            filed_late: filing.is_some_and(|it| it.lateness.filed_late),
            earliest_recognisable_date: filing
                .and_then(|it| it.lateness.earliest_recognisable)
                .map(wire::date),
            nothing_recognisable: filing.is_some_and(|it| it.lateness.nothing_recognisable),
            forced_findings: claim.forced().cloned().map(finding).collect(),
            handler_id: self.handler(claim.handler),
            proposal: proposal.map(show_proposal),
            decision: claim.decision.as_ref().map(decision),
            gross_days: i32::try_from(claim.gross_days(today)).unwrap_or(i32::MAX),
            created_at: Some(wire::timestamp(claim.created_at)),
            updated_at: Some(wire::timestamp(claim.updated_at)),
            content: Some(content(*claim.content)),
            filled: claim.filled.into_iter().map(filled).collect(),
            completions: claim.completions.into_iter().map(completion).collect(),
            appeal_ruling: claim.ruling.map(appeal_ruling),
            annulled_weeks: runs(&claim.gave_way)
                .into_iter()
                .map(wire::week_period)
                .collect(),
            employer_name: claim.employer_name,
        }
    }

    /// A claim in a list.
    pub(super) fn summary(self, summary: Summary) -> pb::ClaimSummary {
        pb::ClaimSummary {
            claim_id: summary.id.to_string(),
            state: names::state(summary.state).into(),
            protocol_number: summary.protocol.unwrap_or_default(),
            product: summary
                .product
                .map(names::product)
                .unwrap_or_default()
                .into(),
            causale: summary
                .causale
                .map(names::causale)
                .unwrap_or_default()
                .into(),
            unit: Some(unit(&summary.unit)),
            employer_name: summary.employer_name,
            period: summary.period.map(period),
            competent_office: summary.office.unwrap_or_default(),
            submitted_at: summary.submitted_at.map(wire::timestamp),
            beneficiaries_count: summary.beneficiaries_count,
            hours_requested_hundredths: summary.hours_requested_hundredths,
            handler_id: self.handler(summary.handler),
            forced: summary.forced,
            proposal_pending: summary.proposal_pending && self.staff,
        }
    }

    /// A page of what was found.
    pub(super) fn results(self, results: Results) -> pb::SearchClaimsResponse {
        let claims = results.claims.into_iter();
        pb::SearchClaimsResponse {
            claims: claims.map(|found| self.found(found)).collect(),
            next_page_token: results.next_page_token,
            total: i32::try_from(results.total).unwrap_or(i32::MAX),
            total_exceeded: results.total_exceeded,
        }
    }

    /// A claim that was found.
    fn found(self, found: Found) -> pb::FoundClaim {
        let filed = found.submitted_at.map(rome::date_of);
        let gross_days = filed.map_or(0, |filed| (self.today - filed).num_days().max(0));
        pb::FoundClaim {
            ticket: found.ticket.unwrap_or_default(),
            unit_name: found.unit_name,
            payment_mode: found
                .payment_mode
                .map(names::payment_mode)
                .unwrap_or_default()
                .into(),
            filing_due_date: found.filing_due.map(wire::date),
            filed_late: found.filed_late,
            state_since: Some(wire::timestamp(found.state_since)),
            gross_days: i32::try_from(gross_days).unwrap_or(i32::MAX),
            claim: Some(self.summary(Summary {
                id: found.place.id,
                state: found.state,
                protocol: found.protocol,
                product: found.product,
                causale: found.causale,
                unit: found.unit,
                employer_name: found.employer_name,
                period: found.period,
                office: found.office,
                submitted_at: found.submitted_at,
                beneficiaries_count: found.beneficiaries_count,
                hours_requested_hundredths: found.hours_requested_hundredths,
                handler: found.handler,
                forced: found.forced,
                proposal_pending: found.proposal_pending,
            })),
        }
    }

    /// The steps of a claim. Filers see those that moved it, without who in the office made them.
    pub(super) fn history(self, entries: Vec<Entry>) -> Vec<pb::HistoryStep> {
        let visible = |entry: &Entry| match entry {
            Entry::Step(step) => self.staff || step.from != Some(step.to),
            Entry::Note(..) => self.staff,
        };
        entries
            .into_iter()
            .filter(visible)
            .map(|entry| match entry {
                Entry::Step(step) => self.step(step),
                Entry::Note(note, state) => noted(note, names::state(state)),
            })
            .collect()
    }

    fn step(self, step: Step) -> pb::HistoryStep {
        let named = self.staff || step.by.role.quality().is_some();
        pb::HistoryStep {
            occurred_at: Some(wire::timestamp(step.at)),
            from: step.from.map(names::state).unwrap_or_default().into(),
            to: names::state(step.to).into(),
            actor_role: step.by.role.code().to_owned(),
            actor_id: if named {
                step.by.person.to_string()
            } else {
                String::new()
            },
            note: step.note,
            action: step.action.map(names::action).unwrap_or_default().into(),
            person_id: self.handler(step.person),
            note_id: String::new(),
        }
    }

    fn handler(self, handler: Option<Uuid>) -> String {
        handler
            .filter(|_| self.staff)
            .map(|handler| handler.to_string())
            .unwrap_or_default()
    }
}

fn noted(note: Note, state: pb::ClaimState) -> pb::HistoryStep {
    pb::HistoryStep {
        occurred_at: Some(wire::timestamp(note.at)),
        from: state.into(),
        to: state.into(),
        actor_role: note.by.role.code().to_owned(),
        actor_id: note.by.person.to_string(),
        note: note.text,
        action: pb::HistoryAction::Note.into(),
        person_id: String::new(),
        note_id: note.id.to_string(),
    }
}

/// A note of the office.
pub(super) fn note(note: Note) -> pb::Note {
    pb::Note {
        note_id: note.id.to_string(),
        text: note.text,
        author_id: note.by.person.to_string(),
        author_role: note.by.role.code().to_owned(),
        created_at: Some(wire::timestamp(note.at)),
        corrects_note_id: note.corrects.map(|id| id.to_string()).unwrap_or_default(),
    }
}

fn appeal_ruling(ruling: AppealRuling) -> pb::AppealRuling {
    pb::AppealRuling {
        ruling_id: ruling.id.to_string(),
        decision_id: ruling.decision.to_string(),
        ruling: names::ruling(ruling.outcome).into(),
        number: ruling.number,
        ruled_on: Some(wire::date(ruling.ruled_on)),
        grounds: ruling.grounds,
        recorded_at: Some(wire::timestamp(ruling.at)),
    }
}

/// A finding.
pub(super) fn finding(finding: Finding) -> pb::Finding {
    let (fix_it, fix_en) = (finding.fix_it().to_owned(), finding.fix_en().to_owned());
    pb::Finding {
        fix_it,
        fix_en,
        code: finding.code.code().to_owned(),
        severity: names::severity(finding.severity).into(),
        field: finding.field,
        text_it: finding.it,
        text_en: finding.en,
        source: finding.source.into_owned(),
    }
}

/// The outcome of a check.
pub(super) fn checked(checked: Checked) -> pb::CheckDraftResponse {
    pb::CheckDraftResponse {
        findings: checked.findings.into_iter().map(finding).collect(),
        submittable: checked.submittable,
        counters: checked.evaluation.counters,
        simulation: checked.evaluation.simulation,
        competent_office: checked.office.unwrap_or_default(),
        filing_due_date: checked.lateness.and_then(|it| it.due).map(wire::date),
        filing_not_before: checked.not_before.map(wire::date),
        earliest_recognisable_date: checked
            .lateness
            .and_then(|it| it.earliest_recognisable)
            .map(wire::date),
        nothing_recognisable: checked.lateness.is_some_and(|it| it.nothing_recognisable),
        sources: checked.sources.into_iter().map(source_status).collect(),
    }
}

/// A value that the platform filled in.
pub(super) fn filled(filled: Filled) -> pb::FilledValue {
    let (by, at) = filled.confirmed.unzip();
    let role = filled.confirmed_as;
    pb::FilledValue {
        field: filled.field,
        value: filled.value,
        source: names::filled_from(filled.from).into(),
        source_detail: filled.detail,
        filled_at: Some(wire::timestamp(filled.at)),
        confirmed_by: by.map(|by| by.to_string()).unwrap_or_default(),
        confirmed_at: at.map(wire::timestamp),
        confirmed_role: role.map(Role::code).unwrap_or_default().to_owned(),
    }
}

/// How a source stood.
pub(super) fn source_status((source, standing): (Source, Standing)) -> pb::SourceStatus {
    let (state, known_at) = match standing {
        Standing::Available => (pb::SourceState::Available, None),
        Standing::Degraded(known_at) => (pb::SourceState::Degraded, known_at),
        Standing::NotConnected => (pb::SourceState::NotConnected, None),
    };
    pb::SourceStatus {
        source: names::source(source).into(),
        state: state.into(),
        known_at: known_at.map(wire::timestamp),
    }
}

fn completion(completion: Completion) -> pb::Completion {
    let (at, findings) = completion.done.unzip();
    pb::Completion {
        source: names::source(completion.source).into(),
        since: Some(wire::timestamp(completion.since)),
        completed_at: at.map(wire::timestamp),
        findings: findings
            .unwrap_or_default()
            .into_iter()
            .map(finding)
            .collect(),
    }
}

/// A delegation of signature.
pub(super) fn delegation(delegation: &SignatureDelegation) -> pb::SignatureDelegation {
    pb::SignatureDelegation {
        delegation_id: delegation.id.to_string(),
        office: delegation.office.to_string(),
        delegate_person_id: delegation.delegate.to_string(),
        from: Some(wire::date(delegation.days.first_day())),
        to: Some(wire::date(delegation.days.last_day())),
        withdrawn_at: delegation.withdrawn_at.map(wire::timestamp),
    }
}

fn number(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

fn unit(unit: &UnitKey) -> common::UnitKey {
    common::UnitKey {
        matricola: unit.matricola.to_string(),
        production_unit_code: number(unit.code.get()),
    }
}

fn period(written: WrittenPeriod) -> common::WeekPeriod {
    common::WeekPeriod {
        first_week: Some(wire::date(written.first_day)),
        weeks: number(written.weeks),
    }
}

/// The content.
pub(super) fn content(content: Content) -> pb::DraftContent {
    let workers = content.beneficiaries;
    let beneficiaries_omitted = content.beneficiaries_omitted || workers.len() > INLINE_LIST_MOST;
    let beneficiaries = if beneficiaries_omitted {
        Vec::new()
    } else {
        workers.into_iter().map(beneficiary).collect()
    };
    pb::DraftContent {
        unit: Some(unit(&content.unit)),
        product: content
            .product
            .map(names::product)
            .unwrap_or_default()
            .into(),
        causale: content
            .causale
            .map(names::causale)
            .unwrap_or_default()
            .into(),
        period: content.period.map(period),
        effective_start_date: content.effective_start_date.map(wire::date),
        event_days: content.event_days.into_iter().map(wire::date).collect(),
        beneficiaries_count: number(content.beneficiaries_count),
        hours_requested_hundredths: content.hours_requested_hundredths,
        beneficiaries_omitted,
        beneficiaries,
        payment_mode: content
            .payment_mode
            .map(names::payment_mode)
            .unwrap_or_default()
            .into(),
        direct_payment_statement: content.direct_payment_statement,
        technical_report: content.technical_report.map(report),
        consultation: content.consultation.as_ref().map(consultation),
        self_declarations: content
            .self_declarations
            .into_iter()
            .map(|it| pb::SelfDeclaration {
                declaration_id: it.declaration_id,
                text: it.text,
                declared_on: it.declared_on.map(wire::date),
                declarant: it.declarant,
            })
            .collect(),
        override_notes: content
            .override_notes
            .into_iter()
            .map(|it| pb::OverrideNote {
                code: it.code,
                note: it.note,
            })
            .collect(),
        filer_quality: content
            .filer_quality
            .map(names::filer_quality)
            .unwrap_or_default()
            .into(),
        contact_pec: content.contact_pec,
        contact_email: content.contact_email,
        ticket: content.ticket.map(String::from).unwrap_or_default(),
        contact_phone: content.contact_phone,
        filer_codice_fiscale: content.filer_codice_fiscale,
        fund_code: content.fund_code,
        headcount: content.headcount.iter().map(headcount).collect(),
        seat_province_istat: content.seat_province_istat,
        extension_of: content.extension_of,
        declared_used: content.declared_used.map(|it| pb::DeclaredUsed {
            weeks: number(it.weeks),
            days: it.days.into_iter().map(wire::date).collect(),
        }),
        financial_indicators: content.financial_indicators.iter().map(indicator).collect(),
        decree: content.decree.map(decree),
        days_requested: number(content.days_requested),
        advance_40_requested: content.advance_40_requested,
    }
}

fn headcount(group: &HeadcountGroup) -> pb::HeadcountGroup {
    pb::HeadcountGroup {
        weekly_hours_hundredths: group.weekly_hours_hundredths,
        average_heads_hundredths: group.average_heads_hundredths,
    }
}

fn indicator(it: &FinancialIndicator) -> pb::FinancialIndicator {
    pb::FinancialIndicator {
        year: it.year,
        quarter: it.quarter.map_or(0, number),
        turnover_cents: it.turnover_cents,
        operating_result_cents: it.operating_result_cents,
        net_result_cents: it.net_result_cents,
        debt_cents: it.debt_cents,
    }
}

fn decree(it: Decree) -> pb::Decree {
    pb::Decree {
        authority: it.authority,
        number: it.number,
        date: it.date.map(wire::date),
        from: it.from.map(wire::date),
        to: it.to.map(wire::date),
        hours_hundredths: it.hours_hundredths,
    }
}

/// A worker of the list.
pub(super) fn beneficiary(worker: Beneficiary) -> pb::Beneficiary {
    pb::Beneficiary {
        codice_fiscale: worker.codice_fiscale,
        qualifica: worker.qualifica,
        weekly_hours_hundredths: worker.weekly_hours_hundredths,
        hired_on: worker.hired_on.map(wire::date),
        hours_requested_hundredths: worker.hours_requested_hundredths,
        iban: worker.iban,
    }
}

fn report(report: TechnicalReport) -> pb::TechnicalReport {
    pb::TechnicalReport {
        activity: report.activity,
        event_and_causes: report.event_and_causes,
        consequences: report.consequences,
        transience_and_resumption: report.transience_and_resumption,
        non_attributability: report.non_attributability,
        market_continuity: report.market_continuity,
        sections: report
            .sections
            .into_iter()
            .map(|it| pb::ReportSection {
                section_id: it.section_id,
                text: it.text,
            })
            .collect(),
    }
}

fn consultation(consultation: &Consultation) -> pb::Consultation {
    pb::Consultation {
        communication_date: consultation.communication_date.map(wire::date),
        joint_exam_requested: consultation.joint_exam_requested,
        joint_exam_end_date: consultation.joint_exam_end_date.map(wire::date),
        recipients: consultation.recipients.iter().map(recipient).collect(),
        outcome: consultation
            .outcome
            .map(names::consultation_outcome)
            .unwrap_or_default()
            .into(),
    }
}

fn recipient(it: &Recipient) -> pb::Recipient {
    pb::Recipient {
        kind: it
            .kind
            .map(names::recipient_kind)
            .unwrap_or_default()
            .into(),
        name: it.name.clone(),
    }
}

fn grant(grant: &Grant) -> pb::Grant {
    pb::Grant {
        period: Some(wire::week_period(grant.period)),
        beneficiaries_count: number(grant.beneficiaries),
        hours_hundredths: grant.hours_hundredths,
    }
}

fn refusals(refusals: &[Refusal]) -> Vec<pb::Refusal> {
    refusals
        .iter()
        .map(|it| pb::Refusal {
            reason: names::rejection_reason(it.reason).into(),
            what: it.what.clone(),
        })
        .collect()
}

fn show_proposal(proposal: &Proposal) -> pb::Proposal {
    pb::Proposal {
        proposal_id: proposal.id.to_string(),
        outcome: names::outcome(proposal.proposed.outcome).into(),
        grant: proposal.proposed.grant.as_ref().map(grant),
        refusals: refusals(&proposal.proposed.refusals),
        motivation: proposal.proposed.motivation.clone(),
        proposed_by: proposal.by.to_string(),
        proposed_at: Some(wire::timestamp(proposal.at)),
        returned_remark: proposal.returned_remark.clone(),
    }
}

fn decision(decision: &Decision) -> pb::Decision {
    pb::Decision {
        decision_id: decision.id.to_string(),
        outcome: names::outcome(decision.decided.outcome).into(),
        grant: decision.decided.grant.as_ref().map(grant),
        refusals: refusals(&decision.decided.refusals),
        motivation: decision.decided.motivation.clone(),
        protocol_number: decision.protocol.to_string(),
        authorization_number: decision
            .authorization
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        adopted_at: Some(wire::timestamp(decision.adopted_at)),
        adopter_role: decision.adopter_role.code().to_owned(),
        verification_code: decision.verification_code.clone(),
        appeal_due_date: decision.appeal_due.map(wire::date),
        sequence: decision.sequence,
    }
}

/// An upload, with what came of it.
pub(super) fn upload(shown: Shown) -> pb::Upload {
    let upload = shown.upload;
    let kind = match upload.announced.brought {
        Brought::List { .. } => pb::UploadKind::Beneficiaries,
        Brought::Attachment { .. } => pb::UploadKind::Attachment,
    };
    let version = upload.version_after;
    pb::Upload {
        upload_id: upload.announced.id.to_string(),
        claim_id: upload.announced.claim.to_string(),
        kind: kind.into(),
        state: names::upload_state(upload.state).into(),
        total_bytes: upload.announced.total_bytes,
        stored_bytes: upload.stored_bytes,
        sha256: upload.announced.digest.to_string(),
        started_at: Some(wire::timestamp(upload.created_at)),
        updated_at: Some(wire::timestamp(upload.updated_at)),
        list: upload.report.map(|report| list_report(report, version)),
        attachment: shown.attachment.map(attachment),
    }
}

fn list_report(report: ListReport, version: Option<i64>) -> pb::ListReport {
    pb::ListReport {
        beneficiaries_count: number(report.workers),
        hours_requested_hundredths: report.hours_hundredths,
        faults_count: number(report.faults_count),
        faults: report.faults.into_iter().map(line_fault).collect(),
        etag: version
            .map(|version| version.to_string())
            .unwrap_or_default(),
    }
}

fn line_fault(fault: LineFault) -> pb::LineFault {
    pb::LineFault {
        line: number(fault.line),
        column: fault.rule.column().to_owned(),
        rule: names::line_rule(fault.rule).into(),
        text_it: fault.rule.italian().to_owned(),
        text_en: fault.rule.english().to_owned(),
    }
}

/// An attachment.
pub(super) fn attachment(attachment: Attachment) -> pb::Attachment {
    pb::Attachment {
        attachment_id: attachment.id.to_string(),
        kind: names::attachment_kind(attachment.kind).into(),
        file_name: attachment.file_name,
        r#type: names::file_type(attachment.file_type).into(),
        size_bytes: attachment.size_bytes,
        sha256: attachment.digest.to_string(),
        scan: names::scan_state(attachment.scan).into(),
        uploaded_at: Some(wire::timestamp(attachment.uploaded_at)),
    }
}

/// What a download begins with.
pub(super) fn header(of: Attachment) -> pb::DownloadHeader {
    pb::DownloadHeader {
        content_type: of.file_type.safe_media_type().to_owned(),
        content_disposition: disposition(&of.file_name),
        attachment: Some(attachment(of)),
    }
}

/// What the download of a document begins with.
pub(super) fn document_header(given: &Given) -> pb::DocumentHeader {
    let file_name = format!("{}.pdf", given.name);
    pb::DocumentHeader {
        content_disposition: disposition(&file_name),
        file_name,
        size_bytes: given.file.size_bytes,
        sha256: given.file.digest.to_string(),
        issued_at: Some(wire::timestamp(given.issued_at)),
        content_type: "application/pdf".to_owned(),
    }
}

/// What a code is the code of.
pub(super) fn verified(verified: Verified) -> pb::VerifyActResponse {
    let (result, act) = match verified {
        Verified::Mistyped => (pb::VerificationResult::Mistyped, None),
        Verified::Unknown => (pb::VerificationResult::Unknown, None),
        Verified::Act(act) => {
            let act = pb::VerifiedAct {
                outcome: names::outcome(act.outcome).into(),
                protocol_number: act.protocol,
                adopted_on: Some(wire::date(rome::date_of(act.adopted_at))),
            };
            (pb::VerificationResult::Genuine, Some(act))
        }
    };
    pb::VerifyActResponse {
        result: result.into(),
        act,
    }
}

/// `attachment` with the name twice: in ASCII for whoever reads no more, and whole (RFC 6266, RFC 8187). A safe name has
/// neither quotes nor semicolons.
fn disposition(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|it| if it.is_ascii() { it } else { '_' })
        .collect();
    let mut whole = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
            whole.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(whole, "%{byte:02X}");
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{whole}")
}

#[cfg(test)]
mod tests {
    use super::disposition;

    #[test]
    fn a_name_goes_out_whole_and_in_ascii() {
        assert_eq!(
            disposition("unità 2.pdf"),
            "attachment; filename=\"unit_ 2.pdf\"; filename*=UTF-8''unit%C3%A0%202.pdf"
        );
    }
}
