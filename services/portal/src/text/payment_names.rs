//! Names of the things of direct payment (`claims.md` §7).

use chrono::Datelike;
use proto::google::r#type::Date;
use proto::omnia::payments::v1::{
    AnomalyCode, FlowKind, FlowState, LineState, LineType, PaymentWay, RecoveryAction,
    RecoveryReason, RecoveryState,
};

use super::{Text, format};

/// The form of a flow.
pub(crate) fn kind(t: Text, kind: FlowKind) -> &'static str {
    match kind {
        FlowKind::Unspecified => "",
        FlowKind::Sr41 => t.flow_kind_sr41(),
        FlowKind::Sr43 => t.flow_kind_sr43(),
        FlowKind::UniemensCig => t.flow_kind_uniemens(),
    }
}

/// The forms, the one in force first.
pub(crate) const KINDS: [FlowKind; 3] = [FlowKind::UniemensCig, FlowKind::Sr41, FlowKind::Sr43];

/// Where a flow stands (`claims.md` §7.6).
pub(crate) fn flow_state(t: Text, state: FlowState) -> &'static str {
    match state {
        FlowState::Unspecified => "",
        FlowState::Received => t.flow_received(),
        FlowState::Checking => t.flow_checking(),
        FlowState::WithAnomalies => t.flow_with_anomalies(),
        FlowState::InPayment => t.flow_in_payment(),
        FlowState::Paid => t.flow_paid(),
        FlowState::Rejected => t.flow_rejected(),
        FlowState::Deleted => t.flow_deleted(),
    }
}

/// Tone of a state, besides its name: never the only sign.
pub(crate) fn flow_tone(state: FlowState) -> &'static str {
    match state {
        FlowState::Paid => "bene",
        FlowState::Rejected | FlowState::Deleted => "chiusa",
        FlowState::WithAnomalies => "ferma",
        FlowState::Unspecified
        | FlowState::Received
        | FlowState::Checking
        | FlowState::InPayment => "corso",
    }
}

/// The states of flows, in the order of their life.
pub(crate) const FLOW_STATES: [FlowState; 7] = [
    FlowState::Received,
    FlowState::Checking,
    FlowState::WithAnomalies,
    FlowState::InPayment,
    FlowState::Paid,
    FlowState::Rejected,
    FlowState::Deleted,
];

/// Where a line stands (`claims.md` §7.6).
pub(crate) fn line_state(t: Text, state: LineState) -> &'static str {
    match state {
        LineState::Unspecified => "",
        LineState::Received => t.line_received(),
        LineState::InVerification => t.line_in_verification(),
        LineState::Verified => t.line_verified(),
        LineState::Anomaly => t.line_anomaly(),
        LineState::Ordered => t.line_ordered(),
        LineState::Paid => t.line_paid(),
        LineState::Returned => t.line_returned(),
        LineState::Cancelled => t.line_cancelled(),
    }
}

/// Tone of that.
pub(crate) fn line_tone(state: LineState) -> &'static str {
    match state {
        LineState::Paid => "bene",
        LineState::Cancelled => "chiusa",
        LineState::Anomaly | LineState::Returned => "ferma",
        LineState::Unspecified
        | LineState::Received
        | LineState::InVerification
        | LineState::Verified
        | LineState::Ordered => "corso",
    }
}

/// The states of lines, in the order of their life.
pub(crate) const LINE_STATES: [LineState; 8] = [
    LineState::Received,
    LineState::InVerification,
    LineState::Verified,
    LineState::Anomaly,
    LineState::Ordered,
    LineState::Paid,
    LineState::Returned,
    LineState::Cancelled,
];

/// What a line asks for.
pub(crate) fn line_type(t: Text, line_type: LineType) -> &'static str {
    match line_type {
        LineType::Unspecified => "",
        LineType::ZeroHours => t.line_type_zero(),
        LineType::ReducedHours => t.line_type_reduced(),
        LineType::Adjustment => t.line_type_adjustment(),
        LineType::FamilyAllowance => t.line_type_family(),
        LineType::HigherCeiling => t.line_type_ceiling(),
    }
}

/// How somebody is paid.
pub(crate) fn way(t: Text, way: PaymentWay) -> &'static str {
    match way {
        PaymentWay::Unspecified => "",
        PaymentWay::Transfer => t.way_transfer(),
        PaymentWay::Domiciled => t.way_domiciled(),
    }
}

/// Why a line is stopped (`claims.md` PAY-5).
pub(crate) fn anomaly(t: Text, code: AnomalyCode) -> &'static str {
    match code {
        AnomalyCode::Unspecified => "",
        AnomalyCode::CfInvalid => t.anomaly_cf_invalid(),
        AnomalyCode::CfUnknown => t.anomaly_cf_unknown(),
        AnomalyCode::NotABeneficiary => t.anomaly_not_a_beneficiary(),
        AnomalyCode::HoursExceedAuthorized => t.anomaly_hours_authorized(),
        AnomalyCode::HoursExceedContract => t.anomaly_hours_contract(),
        AnomalyCode::BenefitOverlap => t.anomaly_overlap(),
        AnomalyCode::AlreadyPaid => t.anomaly_already_paid(),
        AnomalyCode::IbanHolderMismatch => t.anomaly_iban_mismatch(),
        AnomalyCode::IbanHolderUnknown => t.anomaly_iban_unknown(),
        AnomalyCode::IbanReturned => t.anomaly_iban_returned(),
        AnomalyCode::DeductionsToWork => t.anomaly_deductions(),
    }
}

/// The code of PAY-5 itself, as software of payroll knows it.
pub(crate) fn code(code: AnomalyCode) -> &'static str {
    code.as_str_name()
        .strip_prefix("ANOMALY_CODE_")
        .unwrap_or_default()
}

/// Why a whole flow was refused, and what to do (`claims.md` PAY-3).
pub(crate) fn refusal(t: Text, code: &str) -> &'static str {
    match code {
        "FLOW_MALFORMED" => t.refusal_malformed(),
        "TOTALS_MISMATCH" => t.refusal_totals(),
        "AUTHORIZATION_UNKNOWN" => t.refusal_unknown(),
        "AUTHORIZATION_MATRICOLA_MISMATCH" => t.refusal_matricola(),
        "AUTHORIZATION_NOT_DIRECT" => t.refusal_not_direct(),
        "AUTHORIZATION_NOT_ACTIVE" => t.refusal_not_active(),
        "PERIOD_OUTSIDE_AUTHORIZATION" => t.refusal_period(),
        "IBAN_INVALID" => t.refusal_iban(),
        "CONTRACT_HOURS_INVALID" => t.refusal_contract(),
        "DUPLICATE_LINE" => t.refusal_duplicate(),
        "FLOW_KIND_NOT_ALLOWED" => t.refusal_kind(),
        "FLOW_TOO_EARLY" => t.refusal_early(),
        "FLOW_TERM_EXPIRED" => t.refusal_late(),
        "FILER_NOT_ENTITLED" => t.refusal_filer(),
        _ => t.refusal_other(),
    }
}

/// Where a recovery stands.
pub(crate) fn recovery_state(t: Text, state: RecoveryState) -> &'static str {
    match state {
        RecoveryState::Unspecified => "",
        RecoveryState::Opened => t.recovery_state_opened(),
        RecoveryState::Notified => t.recovery_state_notified(),
        RecoveryState::PartlyRepaid => t.recovery_state_partly(),
        RecoveryState::Settled => t.recovery_state_settled(),
        RecoveryState::WrittenOff => t.recovery_state_written_off(),
        RecoveryState::Cancelled => t.recovery_state_cancelled(),
    }
}

/// Tone of that.
pub(crate) fn recovery_tone(state: RecoveryState) -> &'static str {
    match state {
        RecoveryState::Settled => "bene",
        RecoveryState::WrittenOff | RecoveryState::Cancelled => "chiusa",
        RecoveryState::Opened | RecoveryState::Notified | RecoveryState::PartlyRepaid => "ferma",
        RecoveryState::Unspecified => "corso",
    }
}

/// The states of recoveries, in the order of their life.
pub(crate) const RECOVERY_STATES: [RecoveryState; 6] = [
    RecoveryState::Opened,
    RecoveryState::Notified,
    RecoveryState::PartlyRepaid,
    RecoveryState::Settled,
    RecoveryState::WrittenOff,
    RecoveryState::Cancelled,
];

/// Why money has to come back.
pub(crate) fn recovery_reason(t: Text, reason: RecoveryReason) -> &'static str {
    match reason {
        RecoveryReason::Unspecified => "",
        RecoveryReason::GrantAnnulled => t.recovery_reason_annulled(),
        RecoveryReason::GrantReduced => t.recovery_reason_reduced(),
        RecoveryReason::LineCorrected => t.recovery_reason_line(),
        RecoveryReason::PayeeDeceased => t.recovery_reason_deceased(),
        RecoveryReason::AmountCorrected => t.recovery_reason_amount(),
        RecoveryReason::NotEntitled => t.recovery_reason_not_entitled(),
    }
}

/// The reasons.
pub(crate) const RECOVERY_REASONS: [RecoveryReason; 6] = [
    RecoveryReason::GrantAnnulled,
    RecoveryReason::GrantReduced,
    RecoveryReason::LineCorrected,
    RecoveryReason::PayeeDeceased,
    RecoveryReason::AmountCorrected,
    RecoveryReason::NotEntitled,
];

/// What was done to a recovery.
pub(crate) fn recovery_action(t: Text, action: RecoveryAction) -> &'static str {
    match action {
        RecoveryAction::Unspecified => "",
        RecoveryAction::Open => t.recovery_did_open(),
        RecoveryAction::Notify => t.recovery_did_notify(),
        RecoveryAction::Extend => t.recovery_did_extend(),
        RecoveryAction::Repay => t.recovery_did_repay(),
        RecoveryAction::WriteOff => t.recovery_did_write_off(),
        RecoveryAction::Cancel => t.recovery_did_cancel(),
        RecoveryAction::SendBack => t.recovery_did_send_back(),
    }
}

/// An account of the ledger.
pub(crate) fn account(t: Text, account: &str) -> String {
    match account {
        "BENEFITS" => t.account_benefits(),
        "REDUCTION" => t.account_reduction(),
        "BANK_CLEARING" => t.account_bank_clearing(),
        "TREASURY" => t.account_treasury(),
        "RECEIVABLE" => t.account_receivable(),
        "WRITE_OFFS" => t.account_write_offs(),
        "REFUNDS_DUE" => t.account_refunds(),
        other => other,
    }
    .to_owned()
}

/// `settembre 2026`; empty when the day is absent.
pub(crate) fn month(t: Text, day: Option<&Date>) -> String {
    let day = day.and_then(format::of_message);
    day.map_or(String::new(), |day| {
        t.month_and_year(day.month0(), day.year())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    #[test]
    fn a_month_is_told_by_its_name_and_a_code_as_the_law_spells_it() {
        let day = Date {
            year: 2026,
            month: 9,
            day: 1,
        };
        assert_eq!(month(Text(Language::Italian), Some(&day)), "settembre 2026");
        assert_eq!(month(Text(Language::English), Some(&day)), "September 2026");
        assert_eq!(month(Text(Language::Italian), None), "");
        assert_eq!(code(AnomalyCode::NotABeneficiary), "NOT_A_BENEFICIARY");
    }
}
