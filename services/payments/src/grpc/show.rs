//! Flows, lines and orders to messages.

use chassis::wire;
use chrono::NaiveDate;
use kernel::Hours;
use proto::omnia::payments::v1 as pb;

use crate::app::{
    Balances, Batch, Explained, Flow, Kept, KeptStep, MyPayment, Recovery, Seen, Shown,
    ShownRecovery, Treasury,
};
use crate::domain::amount::{Amount, Step};
use crate::domain::checks::Anomaly;
use crate::domain::line::Way;
use crate::domain::refusal::Fault;
use crate::domain::state::LineState;
use crate::domain::upload::Refusal;
use crate::names;

fn count(number: impl TryInto<i32>) -> i32 {
    number.try_into().unwrap_or(i32::MAX)
}

pub(super) fn upload(shown: Shown) -> pb::Upload {
    let upload = shown.upload;
    let received = shown.protocol.is_some();
    pb::Upload {
        upload_id: upload.announced.id.to_string(),
        state: names::upload_state(upload.state).into(),
        total_bytes: upload.announced.total_bytes,
        stored_bytes: upload.stored_bytes,
        sha256: upload.announced.digest.to_string(),
        started_at: Some(wire::timestamp(upload.created_at)),
        updated_at: Some(wire::timestamp(upload.updated_at)),
        flow_id: if received {
            upload.flow.to_string()
        } else {
            String::new()
        },
        protocol_number: shown
            .protocol
            .map(|number| number.to_string())
            .unwrap_or_default(),
        refusal: upload.refusal.map(refusal),
    }
}

fn refusal(refusal: Refusal) -> pb::FlowRefusal {
    let (term, term_source) = refusal.term.unzip();
    pb::FlowRefusal {
        codes: refusal
            .codes
            .iter()
            .map(|it| it.code().to_owned())
            .collect(),
        faults_count: count(refusal.faults_count),
        faults: refusal.faults.iter().map(fault).collect(),
        not_before: refusal.not_before.map(wire::date),
        term: term.map(wire::date),
        term_source: term_source.unwrap_or_default(),
    }
}

fn fault(fault: &Fault) -> pb::FlowFault {
    pb::FlowFault {
        line: count(fault.line),
        field: fault.field.to_owned(),
        rule: fault.rule.code().to_owned(),
        text_it: fault.rule.italian().to_owned(),
        text_en: fault.rule.english().to_owned(),
    }
}

pub(super) fn flow(flow: Flow) -> pb::Flow {
    let by_state = LineState::ALL.iter().map(|state| pb::StateCount {
        state: names::line_state(*state).into(),
        lines: count(flow.counts.of(*state)),
    });
    pb::Flow {
        flow_id: flow.id.to_string(),
        protocol_number: flow.protocol.to_string(),
        kind: names::flow_kind(flow.kind).into(),
        state: names::flow_state(flow.state()).into(),
        authorization_number: flow.authorization.to_string(),
        matricola: flow.matricola.to_string(),
        lines_by_state: by_state.filter(|it| it.lines > 0).collect(),
        paid_lines: count(flow.counts.of(LineState::Paid)),
        employer_name: flow.employer_name,
        competent_office: flow.office.to_string(),
        from: Some(wire::date(flow.period.first_day())),
        to: Some(wire::date(flow.period.last_day())),
        received_at: Some(wire::timestamp(flow.received_at)),
        lines_count: count(flow.lines),
        hours_hundredths: flow.hours.hundredths(),
        term: Some(wire::date(flow.term)),
        corrects_flow_id: flow.corrects.map(|id| id.to_string()).unwrap_or_default(),
        rejection_reason: flow.reason,
        sha256: flow.digest.to_string(),
        claim_id: flow.claim.to_string(),
    }
}

fn anomaly(anomaly: Anomaly) -> pb::Anomaly {
    pb::Anomaly {
        code: names::anomaly(anomaly).into(),
        remedy_it: anomaly.remedy_italian().to_owned(),
        remedy_en: anomaly.remedy_english().to_owned(),
    }
}

fn way(way: &Way) -> (pb::PaymentWay, String) {
    match way {
        Way::Transfer(iban) => (pb::PaymentWay::Transfer, iban.masked()),
        Way::Domiciled(_) => (pb::PaymentWay::Domiciled, String::new()),
    }
}

pub(super) fn seen(seen: Seen) -> pb::Line {
    line(seen.line, seen.recovered)
}

/// A line, with what of it is recovered.
pub(super) fn line(line: Kept, recovered_cents: i64) -> pb::Line {
    let (way, iban_masked) = way(&line.way);
    let gross = line.amount.map(|it| it.0);
    pb::Line {
        line_number: count(line.number),
        month: Some(wire::date(line.month.first_day())),
        r#type: names::line_type(line.line_type).into(),
        state: names::line_state(line.state).into(),
        anomalies: line.anomalies.iter().map(|it| anomaly(*it)).collect(),
        hours_hundredths: line.hours.hundredths(),
        hours_by_week_hundredths: line.weeks.map(Hours::hundredths).to_vec(),
        gross_cents: gross.map_or(0, kernel::Cents::get),
        net_cents: line.amount.map_or(0, |it| it.1.get()),
        expected_cents: line.expected.map_or(0, kernel::Cents::get),
        expected_differs: line
            .expected
            .zip(gross)
            .is_some_and(|(one, other)| one != other),
        way: way.into(),
        iban_masked,
        amount_to_set: line.state == LineState::InVerification && line.amount.is_none(),
        attempts: count(line.attempt),
        bank_date: line.bank_date.map(wire::date),
        recovered_cents,
        codice_fiscale: line.codice_fiscale,
        surname: line.surname,
        name: line.name,
    }
}

pub(super) fn explained(explained: Explained) -> pb::GetLineResponse {
    let (steps, capped) = steps(explained.amount);
    pb::GetLineResponse {
        line: Some(line(explained.line, explained.recovered)),
        steps,
        capped,
    }
}

/// The steps to an amount, and whether the ceiling is what holds.
fn steps(amount: Option<Amount>) -> (Vec<pb::AmountStep>, bool) {
    let Some(amount) = amount else {
        return (Vec::new(), false);
    };
    let step = |step: Step| pb::AmountStep {
        text_it: step.italian.to_owned(),
        text_en: step.english.to_owned(),
        formula: step.formula,
        result: step.result,
        source: step.source.to_owned(),
    };
    let steps = amount.steps.into_iter().map(step).collect();
    (steps, amount.integration.capped)
}

/// A payment of the caller's own, today, with the account to which what is owed of it goes.
pub(super) fn mine(payment: MyPayment, to: &Treasury, today: NaiveDate) -> pb::MyPayment {
    let MyPayment {
        mine,
        recoveries,
        amount,
    } = payment;
    let (steps, capped) = steps(amount);
    let line = mine.line;
    let (way, iban_masked) = way(&line.way);
    pb::MyPayment {
        month: Some(wire::date(line.month.first_day())),
        employer_name: mine.employer_name,
        r#type: names::line_type(line.line_type).into(),
        hours_hundredths: line.hours.hundredths(),
        gross_cents: line.amount.map_or(0, |it| it.0.get()),
        net_cents: line.amount.map_or(0, |it| it.1.get()),
        state: names::line_state(line.state).into(),
        way: way.into(),
        iban_masked,
        received_at: Some(wire::timestamp(mine.received_at)),
        bank_date: line.bank_date.map(wire::date),
        recoveries: recoveries
            .into_iter()
            .map(|one| my_recovery(one, to, today))
            .collect(),
        execution_date: mine.execution_date.map(wire::date),
        steps,
        capped,
    }
}

fn my_recovery(one: Recovery, to: &Treasury, today: NaiveDate) -> pb::MyRecovery {
    let standing = &one.standing;
    let (pay_to_iban, pay_to_name) = if standing.outstanding() > 0 {
        (to.iban.as_str().to_owned(), to.name.clone())
    } else {
        (String::new(), String::new())
    };
    pb::MyRecovery {
        state: names::recovery_state(standing.state).into(),
        reason: names::recovery_reason(one.reason).into(),
        note: one.note,
        amount_cents: standing.amount,
        repaid_cents: standing.repaid,
        outstanding_cents: standing.outstanding(),
        refund_due_cents: standing.refund_due(),
        opened_at: Some(wire::timestamp(one.opened_at)),
        notified_on: standing.notified_on.map(wire::date),
        due_on: standing.due_on.map(wire::date),
        overdue: standing.is_overdue(today),
        pay_to_iban,
        pay_to_name,
        code: one.code,
    }
}

pub(super) fn recovery(shown: ShownRecovery, today: NaiveDate) -> pb::Recovery {
    let one = shown.recovery;
    let standing = &one.standing;
    pb::Recovery {
        recovery_id: one.id.to_string(),
        state: names::recovery_state(standing.state).into(),
        reason: names::recovery_reason(one.reason).into(),
        flow_id: one.flow.to_string(),
        line_number: count(one.number),
        month: Some(wire::date(one.month)),
        paid_cents: shown.paid,
        amount_cents: standing.amount,
        repaid_cents: standing.repaid,
        written_off_cents: standing.written_off,
        outstanding_cents: standing.outstanding(),
        refund_due_cents: standing.refund_due(),
        opened_at: Some(wire::timestamp(one.opened_at)),
        notified_on: standing.notified_on.map(wire::date),
        due_on: standing.due_on.map(wire::date),
        overdue: standing.is_overdue(today),
        code: one.code,
        note: one.note,
        protocol_number: shown.protocol,
        authorization_number: one.authorization,
        office: one.office,
        codice_fiscale: shown.codice_fiscale,
        surname: shown.surname,
        name: shown.name,
    }
}

pub(super) fn recovery_step(step: KeptStep) -> pb::RecoveryStep {
    pb::RecoveryStep {
        occurred_at: Some(wire::timestamp(step.at)),
        action: names::recovery_action(step.action).into(),
        from: step
            .from
            .map_or(pb::RecoveryState::Unspecified, names::recovery_state)
            .into(),
        to: names::recovery_state(step.to).into(),
        amount_cents: step.cents,
        reference: step.reference.unwrap_or_default(),
        day: step.day.map(wire::date),
        note: step.note,
        actor_role: step.role,
        actor_id: step.person.map(|id| id.to_string()).unwrap_or_default(),
    }
}

pub(super) fn batch(batch: Batch) -> pb::Batch {
    pb::Batch {
        batch_id: batch.id.to_string(),
        message_id: batch.message_id,
        office: batch.office,
        created_at: Some(wire::timestamp(batch.created_at)),
        execution_date: Some(wire::date(batch.execution_date)),
        orders_count: count(batch.orders),
        total_cents: batch.total.get(),
        paid_count: count(batch.paid),
        returned_count: count(batch.returned),
        unknown_count: count(batch.unknown),
    }
}

pub(super) fn ledger(balances: Balances) -> pb::GetLedgerResponse {
    pb::GetLedgerResponse {
        sum_cents: balances.sum(),
        in_transit_cents: balances.in_transit,
        paid_cents: balances.paid,
        reconciled: balances.agree(),
        repaid_cents: balances.repaid,
        receivable_cents: balances.receivable,
        balances: balances
            .accounts
            .into_iter()
            .map(|(account, balance_cents)| pb::AccountBalance {
                account,
                balance_cents,
            })
            .collect(),
    }
}
