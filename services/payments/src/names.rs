//! The names of the domain and of the contract: the same code, with the prefix of its enumeration.

use proto::omnia::payments::v1 as pb;

use crate::domain::checks::Anomaly;
use crate::domain::flow::FlowKind;
use crate::domain::layout::Format;
use crate::domain::line::LineType;
use crate::domain::recovery::{RecoveryAction, RecoveryReason, RecoveryState};
use crate::domain::state::{FlowState, LineState};
use crate::domain::terms::Family;
use crate::domain::upload::UploadState;

/// Declares the twin on the wire of each value of an enumeration of the domain.
macro_rules! shown {
    ($($(#[$meta:meta])* $to:ident: $domain:ident => $wire:ident, $prefix:literal;)+) => {
        $(
            $(#[$meta])*
            pub(crate) fn $to(value: $domain) -> pb::$wire {
                pb::$wire::from_str_name(&format!(concat!($prefix, "{}"), value.code())).unwrap_or_default()
            }
        )+

        #[cfg(test)]
        mod shown {
            use super::*;

            $(
                #[test]
                fn $to() {
                    for &value in $domain::ALL {
                        assert_ne!(super::$to(value), pb::$wire::Unspecified, "{value:?}");
                    }
                }
            )+
        }
    };
}

/// Declares the value of the domain of each twin on the wire; `Unspecified` is none.
macro_rules! read {
    ($($(#[$meta:meta])* $from:ident: $wire:ident => $domain:ident, $prefix:literal;)+) => {
        $(
            $(#[$meta])*
            pub(crate) fn $from(wire: pb::$wire) -> Option<$domain> {
                $domain::parse(wire.as_str_name().strip_prefix($prefix)?)
            }
        )+
    };
}

shown! {
    /// Form of a flow.
    flow_kind: FlowKind => FlowKind, "FLOW_KIND_";
    /// State of a flow.
    flow_state: FlowState => FlowState, "FLOW_STATE_";
    /// State of a line.
    line_state: LineState => LineState, "LINE_STATE_";
    /// Why a line is stopped.
    anomaly: Anomaly => AnomalyCode, "ANOMALY_CODE_";
    /// Family of reasons.
    family: Family => CausaleFamily, "CAUSALE_FAMILY_";
    /// State of an upload.
    upload_state: UploadState => UploadState, "UPLOAD_STATE_";
    /// State of a recovery.
    recovery_state: RecoveryState => RecoveryState, "RECOVERY_STATE_";
    /// Why it is made.
    recovery_reason: RecoveryReason => RecoveryReason, "RECOVERY_REASON_";
    /// What was done to it.
    recovery_action: RecoveryAction => RecoveryAction, "RECOVERY_ACTION_";
}

read! {
    /// Form of a flow.
    flow_kind_of: FlowKind => FlowKind, "FLOW_KIND_";
    /// State of a flow.
    flow_state_of: FlowState => FlowState, "FLOW_STATE_";
    /// State of a line.
    line_state_of: LineState => LineState, "LINE_STATE_";
    /// Layout.
    format_of: FlowFormat => Format, "FLOW_FORMAT_";
    /// State of a recovery.
    recovery_state_of: RecoveryState => RecoveryState, "RECOVERY_STATE_";
    /// Why it is made.
    recovery_reason_of: RecoveryReason => RecoveryReason, "RECOVERY_REASON_";
}

/// Type of a line, whose codes are digits.
pub(crate) fn line_type(value: LineType) -> pb::LineType {
    match value {
        LineType::ZeroHours => pb::LineType::ZeroHours,
        LineType::ReducedHours => pb::LineType::ReducedHours,
        LineType::Adjustment => pb::LineType::Adjustment,
        LineType::FamilyAllowance => pb::LineType::FamilyAllowance,
        LineType::HigherCeiling => pb::LineType::HigherCeiling,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_read_back() {
        for &state in FlowState::ALL {
            assert_eq!(flow_state_of(flow_state(state)), Some(state));
        }
        for &state in LineState::ALL {
            assert_eq!(line_state_of(line_state(state)), Some(state));
        }
        for &kind in FlowKind::ALL {
            assert_eq!(flow_kind_of(flow_kind(kind)), Some(kind));
        }
        for &state in RecoveryState::ALL {
            assert_eq!(recovery_state_of(recovery_state(state)), Some(state));
        }
        for &reason in RecoveryReason::ALL {
            assert_eq!(recovery_reason_of(recovery_reason(reason)), Some(reason));
        }
        assert_eq!(format_of(pb::FlowFormat::Xml), Some(Format::Xml));
        assert_eq!(format_of(pb::FlowFormat::Unspecified), None);
    }

    #[test]
    fn every_type_of_line_has_a_name_of_its_own() {
        let names = LineType::ALL.iter().map(|it| i32::from(line_type(*it)));
        let names: std::collections::BTreeSet<_> = names.collect();
        assert_eq!(names.len(), LineType::ALL.len());
    }
}
