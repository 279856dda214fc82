//! Claims as pages show them: every value in words, ready to print.

use proto::omnia::claims::v1::{
    Beneficiary, Claim, ClaimState, Decision, DeclaredUsed, Decree, DraftContent, Finding, Grant,
    HistoryAction, HistoryStep, Outcome, Proposal, Refusal, RulingOutcome, Severity,
};
use proto::omnia::common::v1::WeekPeriod;

use super::files::attachments::AttachmentView;
use super::handling::Colleagues;
use super::provenance::{self, CompletionView, FilledView};
use crate::gateway::Offices;
use crate::text::{Language, Text, format, names};

/// A claim.
#[derive(Debug)]
pub(crate) struct ClaimView {
    pub(crate) id: String,
    pub(crate) state: &'static str,
    pub(crate) tone: &'static str,
    pub(crate) is_draft: bool,
    pub(crate) etag: String,
    pub(crate) employer: String,
    pub(crate) protocol: String,
    pub(crate) ticket: String,
    pub(crate) submitted: String,
    pub(crate) office: String,
    pub(crate) days: i32,
    pub(crate) late: bool,
    /// Weeks for which a claim that prevails annulled this one; empty for none.
    pub(crate) annulled: String,
    pub(crate) nothing_recognisable: bool,
    pub(crate) earliest: String,
    pub(crate) content: ContentView,
    pub(crate) forced: Vec<FindingView>,
    pub(crate) decision: Option<DecisionView>,
    pub(crate) proposal: Option<ProposalView>,
    /// What the platform filled in.
    pub(crate) filled: Vec<FilledView>,
    /// What was or is to be completed after the submission.
    pub(crate) completions: Vec<CompletionView>,
    /// Files attached; none when they cannot be asked for now.
    pub(crate) attachments: Option<Vec<AttachmentView>>,
}

/// What was asked for.
#[derive(Debug, Default)]
pub(crate) struct ContentView {
    pub(crate) matricola: String,
    pub(crate) unit: i32,
    pub(crate) product: &'static str,
    pub(crate) causale: &'static str,
    pub(crate) article: u8,
    pub(crate) eone: bool,
    pub(crate) period: String,
    pub(crate) start: String,
    pub(crate) events: Vec<String>,
    pub(crate) workers_count: String,
    pub(crate) hours: String,
    pub(crate) workers: Vec<WorkerView>,
    pub(crate) workers_omitted: bool,
    pub(crate) payment: &'static str,
    pub(crate) statement: String,
    pub(crate) report: Vec<(&'static str, String)>,
    pub(crate) communication: String,
    pub(crate) exam_requested: bool,
    pub(crate) exam_end: String,
    pub(crate) declarations: Vec<(String, String)>,
    pub(crate) notes: Vec<(String, String)>,
    pub(crate) quality: &'static str,
    pub(crate) pec: String,
    pub(crate) email: String,
    /// Codice fiscale of who files.
    pub(crate) filer: String,
    /// Phone for the answers.
    pub(crate) phone: String,
    /// Who was told of the suspension.
    pub(crate) recipients: Vec<String>,
    /// How the consultation ended; empty when it is not told.
    pub(crate) outcome: &'static str,
    /// What only some instruments and reasons ask for: name and value.
    pub(crate) particulars: Vec<(&'static str, String)>,
}

/// A worker.
#[derive(Debug)]
pub(crate) struct WorkerView {
    pub(crate) code: String,
    pub(crate) qualifica: String,
    pub(crate) weekly: String,
    pub(crate) hired: String,
    pub(crate) hours: String,
    pub(crate) iban: String,
}

/// Something that the check says.
#[derive(Debug, Clone)]
pub(crate) struct FindingView {
    pub(crate) code: String,
    pub(crate) severity: &'static str,
    pub(crate) tone: &'static str,
    pub(crate) is_block: bool,
    pub(crate) is_force: bool,
    pub(crate) field: String,
    pub(crate) text: String,
    /// What to do about it; empty when there is nothing to say.
    pub(crate) fix: String,
    pub(crate) source: String,
}

/// A decision in force.
#[derive(Debug)]
pub(crate) struct DecisionView {
    pub(crate) outcome: &'static str,
    pub(crate) grant: Option<GrantView>,
    pub(crate) refusals: Vec<(&'static str, String)>,
    pub(crate) motivation: String,
    pub(crate) protocol: String,
    pub(crate) authorization: String,
    pub(crate) adopted: String,
    pub(crate) adopter: &'static str,
    pub(crate) verification: String,
    pub(crate) appeal_until: String,
    /// Numbers of the decisions that it took the place of.
    pub(crate) earlier: Vec<i32>,
}

/// A proposal that awaits adoption.
#[derive(Debug)]
pub(crate) struct ProposalView {
    pub(crate) id: String,
    pub(crate) outcome: &'static str,
    pub(crate) grant: Option<GrantView>,
    pub(crate) refusals: Vec<(&'static str, String)>,
    pub(crate) motivation: String,
    pub(crate) proposed: String,
    pub(crate) remark: String,
}

/// What is granted.
#[derive(Debug)]
pub(crate) struct GrantView {
    pub(crate) period: String,
    pub(crate) workers: String,
    pub(crate) hours: String,
}

/// One step in the life of a claim.
#[derive(Debug)]
pub(crate) struct StepView {
    pub(crate) at: String,
    pub(crate) to: &'static str,
    /// What was done; empty for steps of old.
    pub(crate) action: &'static str,
    /// Who did it.
    pub(crate) who: String,
    /// To whom the claim was given; empty for nobody.
    pub(crate) given_to: String,
    pub(crate) note: String,
}

impl ClaimView {
    /// A claim in a language.
    pub(crate) fn of(
        t: Text,
        claim: &Claim,
        offices: &Offices,
        attachments: Option<Vec<AttachmentView>>,
    ) -> Self {
        let content = claim.content.clone().unwrap_or_default();
        Self {
            id: claim.claim_id.clone(),
            state: names::state(t, claim.state()),
            tone: names::tone(claim.state()),
            is_draft: claim.state() == ClaimState::Draft,
            etag: claim.etag.clone(),
            employer: claim.employer_name.clone(),
            protocol: claim.protocol_number.clone(),
            ticket: claim.ticket.clone(),
            submitted: format::timestamp(claim.submitted_at.as_ref()),
            office: offices.name(&claim.competent_office),
            days: claim.gross_days,
            late: claim.filed_late,
            annulled: annulled(t, claim),
            nothing_recognisable: claim.nothing_recognisable,
            earliest: format::date(claim.earliest_recognisable_date.as_ref()),
            content: ContentView::of(t, &content),
            forced: findings(t, &claim.forced_findings),
            decision: claim
                .decision
                .as_ref()
                .map(|decision| decision_view(t, decision)),
            // What was adopted is a decision and no longer a proposal.
            proposal: claim
                .proposal
                .as_ref()
                .map(|proposal| proposal_view(t, proposal)),
            filled: provenance::filled(t, claim, offices),
            completions: provenance::completions(t, &claim.completions),
            attachments,
        }
    }
}

impl ContentView {
    /// The content in a language.
    pub(crate) fn of(t: Text, content: &DraftContent) -> Self {
        let Text(language) = t;
        let unit = content.unit.clone().unwrap_or_default();
        let (article, eone) = names::article(content.causale());
        let consultation = content.consultation.clone().unwrap_or_default();
        Self {
            matricola: unit.matricola,
            unit: unit.production_unit_code,
            product: names::product(t, content.product()),
            causale: names::causale(t, content.causale()),
            article,
            eone,
            period: period(t, content.period.as_ref()),
            start: format::date(content.effective_start_date.as_ref()),
            events: content
                .event_days
                .iter()
                .map(|day| format::date(Some(day)))
                .collect(),
            workers_count: format::number(content.beneficiaries_count.into(), language),
            hours: format::hundredths(content.hours_requested_hundredths, language),
            workers: content
                .beneficiaries
                .iter()
                .map(|worker| worker_view(language, worker))
                .collect(),
            workers_omitted: content.beneficiaries_omitted,
            payment: names::payment(t, content.payment_mode()),
            statement: content.direct_payment_statement.clone(),
            report: report(t, content),
            communication: format::date(consultation.communication_date.as_ref()),
            exam_requested: consultation.joint_exam_requested,
            exam_end: format::date(consultation.joint_exam_end_date.as_ref()),
            recipients: consultation
                .recipients
                .iter()
                .map(|one| format!("{}: {}", names::recipient(t, one.kind()), one.name))
                .collect(),
            outcome: names::consultation_outcome(t, consultation.outcome()),
            particulars: particulars(t, content),
            declarations: content
                .self_declarations
                .iter()
                .map(|one| (one.text.clone(), format::date(one.declared_on.as_ref())))
                .collect(),
            notes: content
                .override_notes
                .iter()
                .map(|one| (one.code.clone(), one.note.clone()))
                .collect(),
            quality: names::quality(t, content.filer_quality()),
            pec: content.contact_pec.clone(),
            email: content.contact_email.clone(),
            phone: content.contact_phone.clone(),
            filer: content.filer_codice_fiscale.clone(),
        }
    }
}

/// What only some instruments and reasons ask for, as far as it was written.
fn particulars(t: Text, content: &DraftContent) -> Vec<(&'static str, String)> {
    let Text(language) = t;
    let number = |value| format::hundredths(value, language);
    let groups = content.headcount.iter().map(|group| {
        let heads = number(group.average_heads_hundredths);
        t.headcount_group(&heads, &number(group.weekly_hours_hundredths))
    });
    let figures = content.financial_indicators.iter().map(|one| {
        let when = match one.quarter {
            0 => one.year.to_string(),
            quarter => format!("{}/{quarter}", one.year),
        };
        t.indicators_told(
            &when,
            &number(one.turnover_cents),
            &number(one.operating_result_cents),
            &number(one.net_result_cents),
            &number(one.debt_cents),
        )
    });
    let days = match content.days_requested {
        0 => String::new(),
        days => t.days(days.into()),
    };
    let advance = if content.advance_40_requested {
        t.advance_text()
    } else {
        ""
    };
    let mut told = vec![
        (t.fund(), content.fund_code.clone()),
        (
            t.decree(),
            content
                .decree
                .as_ref()
                .map_or(String::new(), |it| decree(t, it)),
        ),
        (t.days_requested(), days),
        (t.extension_of(), content.extension_of.clone()),
        (
            t.used_weeks(),
            content
                .declared_used
                .as_ref()
                .map_or(String::new(), |it| used(t, it)),
        ),
        (t.advance(), advance.to_owned()),
        (t.headcount(), groups.collect::<Vec<_>>().join("; ")),
        (t.seat_province(), content.seat_province_istat.clone()),
        (t.indicators(), figures.collect::<Vec<_>>().join("; ")),
    ];
    told.retain(|(_, value)| !value.is_empty());
    told
}

fn decree(t: Text, decree: &Decree) -> String {
    let Text(language) = t;
    t.decree_told(
        &decree.number,
        &format::date(decree.date.as_ref()),
        &decree.authority,
        &format::date(decree.from.as_ref()),
        &format::date(decree.to.as_ref()),
        &format::hundredths(decree.hours_hundredths, language),
    )
}

fn used(t: Text, used: &DeclaredUsed) -> String {
    let days: Vec<String> = used
        .days
        .iter()
        .map(|day| format::date(Some(day)))
        .collect();
    let weeks = t.weeks(used.weeks.into());
    if days.is_empty() {
        weeks
    } else {
        format!("{weeks}: {}", days.join(", "))
    }
}

/// Weeks for which a claim that prevails annulled this one; empty for none.
fn annulled(t: Text, claim: &Claim) -> String {
    let weeks = claim.annulled_weeks.iter();
    weeks
        .map(|weeks| period(t, Some(weeks)))
        .collect::<Vec<_>>()
        .join("; ")
}

/// `dal 07/09/2026 al 15/11/2026 (10 settimane)`; empty when it is absent.
pub(crate) fn period(t: Text, period: Option<&WeekPeriod>) -> String {
    let Some(period) = period else {
        return String::new();
    };
    let Some(first) = period.first_week.as_ref().and_then(format::of_message) else {
        return String::new();
    };
    let last = first + chrono::TimeDelta::days(i64::from(period.weeks) * 7 - 1);
    t.period(
        &format::day(first),
        &format::day(last),
        &t.weeks(period.weeks.into()),
    )
}

/// Findings in a language, the most severe first as they come.
pub(crate) fn findings(t: Text, findings: &[Finding]) -> Vec<FindingView> {
    let Text(language) = t;
    findings
        .iter()
        .map(|finding| FindingView {
            code: finding.code.clone(),
            severity: names::severity(t, finding.severity()),
            tone: match finding.severity() {
                Severity::Block => "danger",
                Severity::Force => "warning",
                Severity::Info | Severity::Unspecified => "info",
            },
            is_block: finding.severity() == Severity::Block,
            is_force: finding.severity() == Severity::Force,
            field: finding.field.clone(),
            text: match language {
                Language::Italian => finding.text_it.clone(),
                Language::English => finding.text_en.clone(),
            },
            fix: match language {
                Language::Italian => finding.fix_it.clone(),
                Language::English => finding.fix_en.clone(),
            },
            source: law(&finding.source),
        })
        .collect()
}

/// What of a source is law: the rules of our own specification say nothing to people.
fn law(source: &str) -> String {
    let ours = |part: &&str| {
        let code = part.chars().skip(1).all(|mark| mark.is_ascii_digit());
        !part.is_empty() && !code && !part.contains(".md")
    };
    let parts: Vec<&str> = source.split(';').map(str::trim).filter(ours).collect();
    parts.join("; ")
}

/// The history in a language.
pub(crate) fn steps(t: Text, steps: &[HistoryStep], colleagues: &Colleagues) -> Vec<StepView> {
    steps
        .iter()
        .map(|step| StepView {
            at: format::timestamp(step.occurred_at.as_ref()),
            to: names::state(t, step.to()),
            action: names::action(t, step.action()),
            who: colleagues.name(t, &step.actor_id, &step.actor_role),
            given_to: if step.person_id.is_empty() {
                String::new()
            } else {
                colleagues.name(t, &step.person_id, "SEDE")
            },
            note: told(t, step),
        })
        .collect()
}

/// The note of a step in words: what the platform writes there itself is a code.
fn told(t: Text, step: &HistoryStep) -> String {
    let outcome = Outcome::from_str_name(&format!("OUTCOME_{}", step.note));
    match (step.action(), outcome) {
        (HistoryAction::Propose, Some(outcome)) => names::outcome(t, outcome).to_owned(),
        (HistoryAction::RuleOnAppeal, _) => match step.note.split_once(' ') {
            Some((ruling, number)) => {
                let ruling = RulingOutcome::from_str_name(&format!("RULING_OUTCOME_{ruling}"));
                format!(
                    "{} ({number})",
                    names::ruling(t, ruling.unwrap_or_default())
                )
            }
            None => step.note.clone(),
        },
        _ => step.note.clone(),
    }
}

pub(crate) fn worker_view(language: Language, worker: &Beneficiary) -> WorkerView {
    WorkerView {
        code: worker.codice_fiscale.clone(),
        qualifica: worker.qualifica.clone(),
        weekly: format::hundredths(worker.weekly_hours_hundredths, language),
        hired: format::date(worker.hired_on.as_ref()),
        hours: format::hundredths(worker.hours_requested_hundredths, language),
        iban: worker.iban.clone(),
    }
}

fn report(t: Text, content: &DraftContent) -> Vec<(&'static str, String)> {
    let report = content.technical_report.clone().unwrap_or_default();
    let of_reason = report.sections.into_iter();
    let of_reason = of_reason.map(|section| (t.report_of_reason(), section.text));
    [
        (t.report_activity(), report.activity),
        (t.report_event(), report.event_and_causes),
        (t.report_consequences(), report.consequences),
        (t.report_transience(), report.transience_and_resumption),
        (t.report_non_attributability(), report.non_attributability),
        (t.report_market(), report.market_continuity),
    ]
    .into_iter()
    .chain(of_reason)
    .filter(|(_, text)| !text.is_empty())
    .collect()
}

fn decision_view(t: Text, decision: &Decision) -> DecisionView {
    DecisionView {
        outcome: names::outcome(t, decision.outcome()),
        grant: decision.grant.as_ref().map(|grant| grant_view(t, grant)),
        refusals: refusals(t, &decision.refusals),
        motivation: decision.motivation.clone(),
        protocol: decision.protocol_number.clone(),
        authorization: decision.authorization_number.clone(),
        adopted: format::timestamp(decision.adopted_at.as_ref()),
        adopter: names::role(t, &decision.adopter_role),
        verification: decision.verification_code.clone(),
        appeal_until: format::date(decision.appeal_due_date.as_ref()),
        earlier: (1..decision.sequence).collect(),
    }
}

fn proposal_view(t: Text, proposal: &Proposal) -> ProposalView {
    ProposalView {
        id: proposal.proposal_id.clone(),
        outcome: names::outcome(t, proposal.outcome()),
        grant: proposal.grant.as_ref().map(|grant| grant_view(t, grant)),
        refusals: refusals(t, &proposal.refusals),
        motivation: proposal.motivation.clone(),
        proposed: format::timestamp(proposal.proposed_at.as_ref()),
        remark: proposal.returned_remark.clone(),
    }
}

/// What is granted, in a language.
pub(crate) fn grant_view(t: Text, grant: &Grant) -> GrantView {
    let Text(language) = t;
    GrantView {
        period: period(t, grant.period.as_ref()),
        workers: format::number(grant.beneficiaries_count.into(), language),
        hours: format::hundredths(grant.hours_hundredths, language),
    }
}

fn refusals(t: Text, refusals: &[Refusal]) -> Vec<(&'static str, String)> {
    refusals
        .iter()
        .map(|refusal| (names::rejection(t, refusal.reason()), refusal.what.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_told_the_law_and_not_the_rules_of_the_house() {
        assert_eq!(law("F4; claims.md §4.7; Msg 28916/2006"), "Msg 28916/2006");
        assert_eq!(
            law("F6; claims.md CLM-8; DM 95442/2016 art. 2"),
            "DM 95442/2016 art. 2"
        );
        assert_eq!(law("F1; claims.md §4.4"), "");
        assert_eq!(
            law("art. 12 c. 3 D.Lgs. 148/2015"),
            "art. 12 c. 3 D.Lgs. 148/2015"
        );
    }
}
