//! The names of the domain and of the contract: the same code, with the prefix of its enumeration.

use proto::omnia::claims::v1 as pb;

use crate::domain::checks::Severity;
use crate::domain::content::FilerQuality;
use crate::domain::decision::{Outcome, RejectionReason};
use crate::domain::product::{Causale, PaymentMode, Product};
use crate::domain::state::State;

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
    /// Kind of a decision.
    outcome, outcome_of: Outcome <=> Outcome, "OUTCOME_";
    /// Why something is refused.
    rejection_reason, rejection_reason_of: RejectionReason <=> RejectionReason, "REJECTION_REASON_";
}

/// Severity of a finding.
pub(crate) fn severity(value: Severity) -> pb::Severity {
    match value {
        Severity::Info => pb::Severity::Info,
        Severity::Force => pb::Severity::Force,
        Severity::Block => pb::Severity::Block,
    }
}
