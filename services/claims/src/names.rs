//! The names of the domain and of the contract: the same code, with the prefix of its enumeration.

use proto::omnia::claims::v1 as pb;

use crate::domain::appeal::RulingOutcome;
use crate::domain::attachment::{AttachmentKind, ScanState};
use crate::domain::checks::Severity;
use crate::domain::content::{ConsultationOutcome, FilerQuality, RecipientKind};
use crate::domain::decision::{Outcome, RejectionReason};
use crate::domain::desk::{Action, AgeBand};
use crate::domain::file_type::FileType;
use crate::domain::filled::FilledFrom;
use crate::domain::list::LineRule;
use crate::domain::product::{Causale, PaymentMode, Product};
use crate::domain::search::SortField;
use crate::domain::source::Source;
use crate::domain::state::State;
use crate::domain::upload::UploadState;

/// Declares both ways between an enumeration of the domain and its twin on the wire. `Unspecified` on the wire is no
/// value of the domain.
macro_rules! twins {
    ($($(#[$meta:meta])* $to:ident, $from:ident: $domain:ident <=> $wire:ident, $prefix:literal;)+) => {
        $(
            $(#[$meta])*
            pub(crate) fn $to(value: $domain) -> pb::$wire {
                pb::$wire::from_str_name(&format!(concat!($prefix, "{}"), value.code())).unwrap_or_default()
            }

            $(#[$meta])*
            pub(crate) fn $from(wire: pb::$wire) -> Option<$domain> {
                $domain::parse(wire.as_str_name().strip_prefix($prefix)?)
            }
        )+

        #[cfg(test)]
        mod tests {
            use super::*;

            $(
                #[test]
                fn $to() {
                    for &value in $domain::ALL {
                        assert_eq!(super::$from(super::$to(value)), Some(value), "{value:?}");
                    }
                    assert_eq!(super::$from(pb::$wire::Unspecified), None);
                }
            )+
        }
    };
}

twins! {
    /// State of a claim.
    state, state_of: State <=> ClaimState, "CLAIM_STATE_";
    /// Instrument.
    product, product_of: Product <=> Product, "PRODUCT_";
    /// Reason.
    causale, causale_of: Causale <=> Causale, "CAUSALE_";
    /// Who advances the money.
    payment_mode, payment_mode_of: PaymentMode <=> PaymentMode, "PAYMENT_MODE_";
    /// Quality of the filer.
    filer_quality, filer_quality_of: FilerQuality <=> FilerQuality, "FILER_QUALITY_";
    /// Who was told of the suspension.
    recipient_kind, recipient_kind_of: RecipientKind <=> RecipientKind, "RECIPIENT_KIND_";
    /// How a consultation ended.
    consultation_outcome, consultation_outcome_of:
        ConsultationOutcome <=> ConsultationOutcome, "CONSULTATION_OUTCOME_";
    /// Kind of a decision.
    outcome, outcome_of: Outcome <=> Outcome, "OUTCOME_";
    /// Why something is refused.
    rejection_reason, rejection_reason_of: RejectionReason <=> RejectionReason, "REJECTION_REASON_";
    /// What the committee decided.
    ruling, ruling_of: RulingOutcome <=> RulingOutcome, "RULING_OUTCOME_";
    /// Class of age.
    age_band, age_band_of: AgeBand <=> AgeBand, "AGE_BAND_";
    /// What an attachment is for.
    attachment_kind, attachment_kind_of: AttachmentKind <=> AttachmentKind, "ATTACHMENT_KIND_";
}

/// Declares the way from an enumeration of the domain to its twin on the wire, where nobody sends it.
macro_rules! told {
    ($($(#[$meta:meta])* $to:ident: $domain:ident => $wire:ident, $prefix:literal;)+) => {
        $(
            $(#[$meta])*
            pub(crate) fn $to(value: $domain) -> pb::$wire {
                pb::$wire::from_str_name(&format!(concat!($prefix, "{}"), value.code())).unwrap_or_default()
            }
        )+

        #[cfg(test)]
        mod told {
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

told! {
    /// What somebody did.
    action: Action => HistoryAction, "HISTORY_ACTION_";
    /// How far an upload is.
    upload_state: UploadState => UploadState, "UPLOAD_STATE_";
    /// Rule that a line of a list breaks.
    line_rule: LineRule => LineRule, "LINE_RULE_";
    /// Type of a file.
    file_type: FileType => FileType, "FILE_TYPE_";
    /// What the antivirus says.
    scan_state: ScanState => ScanState, "SCAN_STATE_";
}

/// What claims are sorted by.
pub(crate) fn sort_field_of(wire: pb::SortField) -> Option<SortField> {
    SortField::parse(wire.as_str_name().strip_prefix("SORT_FIELD_")?)
}

/// Severity of a finding.
pub(crate) fn severity(value: Severity) -> pb::Severity {
    match value {
        Severity::Info => pb::Severity::Info,
        Severity::Force => pb::Severity::Force,
        Severity::Block => pb::Severity::Block,
    }
}

/// Where a value comes from.
pub(crate) fn filled_from(value: FilledFrom) -> pb::ValueSource {
    match value {
        FilledFrom::Anagrafe => pb::ValueSource::Anagrafe,
        FilledFrom::Session => pb::ValueSource::Session,
        FilledFrom::LastClaim => pb::ValueSource::LastClaim,
    }
}

/// Outside source.
pub(crate) fn source(value: Source) -> pb::Source {
    match value {
        Source::Anagrafe => pb::Source::Anagrafe,
        Source::Limits => pb::Source::Limits,
        Source::Persons => pb::Source::Persons,
        Source::Uniemens => pb::Source::Uniemens,
    }
}
